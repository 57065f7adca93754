/* SPDX-License-Identifier: BSD-2-Clause */
/* What Xenport says of itself: the level of the interface is Xen 4.17's, the rest names Xenport. */
#ifndef XEN_VERSION_H
#define XEN_VERSION_H

#define XEN_MAJOR_VERSION 4
#define XEN_MINOR_VERSION 17
#define XEN_EXTRA_VERSION ".0-xenport"
#define XEN_CHANGESET     "unavailable"
#define XEN_COMPILE_BY    "xenport"
#define XEN_COMPILE_DATE  __DATE__ " " __TIME__
#define XEN_COMPILER      __VERSION__

#endif
