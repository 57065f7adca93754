/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The official Xen headers, all that the library itself is built with. Only for sources that ask for them;
 * no other public header of the library includes this one. Needs <xen/xen.h> in the include path and
 * __XEN_INTERFACE_VERSION__ from the command line (`pkg-config --cflags xenguest` gives both).
 */
#ifndef XENGUEST_ABI_H
#define XENGUEST_ABI_H

#ifndef __XEN_INTERFACE_VERSION__
#error "define __XEN_INTERFACE_VERSION__ on the command line: pkg-config --cflags xenguest"
#endif

#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/io/console.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#endif
