/* SPDX-License-Identifier: BSD-2-Clause */
/* What this build calls itself: the commit, when the tree knows it. */
#ifndef ASM_BUILD_INFO_H
#define ASM_BUILD_INFO_H

extern const char xenport_version[];

#endif
