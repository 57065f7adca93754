/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asserts that every number and size which the public headers give without the Xen headers is what the Xen
 * headers say. Makes no code.
 */
#include <xenguest/balloon.h>
#include <xenguest/console.h>
#include <xenguest/elfnote.h>
#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/mmu.h>
#include <xenguest/sched.h>
#include <xenguest/shared.h>
#include <xenguest/vcpu.h>
#include <xenguest/xenbus.h>
#include "event_private.h"
#include "private.h"

#define SAME(ours, theirs) _Static_assert((uint64_t)(ours) == (uint64_t)(theirs), #ours " is not " #theirs)

#define SAME_ERRNO(name) SAME(XG_##name, XEN_##name)
SAME_ERRNO(EPERM);
SAME_ERRNO(ENOENT);
SAME_ERRNO(ESRCH);
SAME_ERRNO(EIO);
SAME_ERRNO(ENXIO);
SAME_ERRNO(E2BIG);
SAME_ERRNO(EAGAIN);
SAME_ERRNO(ENOMEM);
SAME_ERRNO(EACCES);
SAME_ERRNO(EFAULT);
SAME_ERRNO(EBUSY);
SAME_ERRNO(EEXIST);
SAME_ERRNO(ENODEV);
SAME_ERRNO(EISDIR);
SAME_ERRNO(EINVAL);
SAME_ERRNO(ENOSPC);
SAME_ERRNO(EROFS);
SAME_ERRNO(ERANGE);
SAME_ERRNO(ENOSYS);
SAME_ERRNO(ENOTEMPTY);
SAME_ERRNO(ETIME);
SAME_ERRNO(EBADMSG);
SAME_ERRNO(EOPNOTSUPP);
SAME_ERRNO(EISCONN);

#define SAME_CALL(name) SAME(XG_HYPERCALL_##name, __HYPERVISOR_##name)
SAME_CALL(set_trap_table);
SAME_CALL(mmu_update);
SAME_CALL(set_gdt);
SAME_CALL(stack_switch);
SAME_CALL(fpu_taskswitch);
SAME_CALL(set_debugreg);
SAME_CALL(get_debugreg);
SAME_CALL(update_descriptor);
SAME_CALL(memory_op);
SAME_CALL(multicall);
SAME_CALL(update_va_mapping);
SAME_CALL(set_timer_op);
SAME_CALL(xen_version);
SAME_CALL(console_io);
SAME_CALL(grant_table_op);
SAME_CALL(vm_assist);
SAME_CALL(update_va_mapping_otherdomain);
SAME_CALL(iret);
SAME_CALL(vcpu_op);
SAME_CALL(set_segment_base);
SAME_CALL(mmuext_op);
SAME_CALL(sched_op);
SAME_CALL(callback_op);
SAME_CALL(event_channel_op);
SAME_CALL(physdev_op);

#define SAME_NOTE(name) SAME(XG_NOTE_##name, XEN_ELFNOTE_##name)
SAME_NOTE(ENTRY);
SAME_NOTE(HYPERCALL_PAGE);
SAME_NOTE(VIRT_BASE);
SAME_NOTE(PADDR_OFFSET);
SAME_NOTE(XEN_VERSION);
SAME_NOTE(GUEST_OS);
SAME_NOTE(GUEST_VERSION);
SAME_NOTE(LOADER);
SAME_NOTE(PAE_MODE);
SAME_NOTE(FEATURES);
SAME_NOTE(BSD_SYMTAB);
SAME_NOTE(HV_START_LOW);
SAME_NOTE(L1_MFN_VALID);
SAME_NOTE(SUSPEND_CANCEL);
SAME_NOTE(INIT_P2M);
SAME_NOTE(MOD_START_PFN);
SAME_NOTE(SUPPORTED_FEATURES);

SAME(XG_SHUTDOWN_POWEROFF, SHUTDOWN_poweroff);
SAME(XG_SHUTDOWN_REBOOT, SHUTDOWN_reboot);
SAME(XG_SHUTDOWN_SUSPEND, SHUTDOWN_suspend);
SAME(XG_SHUTDOWN_CRASH, SHUTDOWN_crash);
SAME(XG_SHUTDOWN_WATCHDOG, SHUTDOWN_watchdog);
SAME(XG_VIRQ_TIMER, VIRQ_TIMER);
SAME(XG_VIRQ_DEBUG, VIRQ_DEBUG);
SAME(XG_VIRQ_CONSOLE, VIRQ_CONSOLE);
SAME(XG_VIRQ_DOM_EXC, VIRQ_DOM_EXC);
SAME(XG_FLUSH_NONE, UVMF_NONE);
SAME(XG_FLUSH_PAGE_LOCAL, UVMF_INVLPG | UVMF_LOCAL);
SAME(XG_FLUSH_PAGE_ALL, UVMF_INVLPG | UVMF_ALL);
SAME(XG_FLUSH_TLB_LOCAL, UVMF_TLB_FLUSH | UVMF_LOCAL);
SAME(XG_FLUSH_TLB_ALL, UVMF_TLB_FLUSH | UVMF_ALL);
SAME(XG_DOMID_SELF, DOMID_SELF);
SAME(XG_DOMID_IO, DOMID_IO);
SAME(XG_SHARED_VCPUS, XEN_LEGACY_MAX_VCPUS);
SAME(XG_COMMAND_LINE_BYTES, MAX_GUEST_CMDLINE);
SAME(XG_GRANT_RESERVED, GNTTAB_NR_RESERVED_ENTRIES);
SAME(XG_EVENT_PORTS, EVTCHN_2L_NR_CHANNELS);
SAME(XG_EVENT_FIFO_PORTS, EVTCHN_FIFO_NR_CHANNELS);
SAME(XG_EVENT_WORDS, XG_PAGE_SIZE / sizeof(event_word_t));
SAME(XG_EVENT_PRIORITIES, EVTCHN_FIFO_MAX_QUEUES);
SAME(XG_EVENT_PRIORITY_FIRST, EVTCHN_FIFO_PRIORITY_MAX);
SAME(XG_EVENT_PRIORITY_DEFAULT, EVTCHN_FIFO_PRIORITY_DEFAULT);
SAME(XG_EVENT_PRIORITY_LAST, EVTCHN_FIFO_PRIORITY_MIN);
SAME(XG_WORD_PENDING, 1u << EVTCHN_FIFO_PENDING);
SAME(XG_WORD_MASKED, 1u << EVTCHN_FIFO_MASKED);
SAME(XG_WORD_LINKED, 1u << EVTCHN_FIFO_LINKED);
SAME(XG_WORD_BUSY, 1u << EVTCHN_FIFO_BUSY);
SAME(XG_WORD_LINK, EVTCHN_FIFO_LINK_MASK);
SAME(offsetof(struct xg_event_queues, head), offsetof(struct evtchn_fifo_control_block, head));
SAME(offsetof(struct xg_event_queues, next), sizeof(struct evtchn_fifo_control_block));
SAME(XG_BUS_UNKNOWN, XenbusStateUnknown);
SAME(XG_BUS_INITIALISING, XenbusStateInitialising);
SAME(XG_BUS_INIT_WAIT, XenbusStateInitWait);
SAME(XG_BUS_INITIALISED, XenbusStateInitialised);
SAME(XG_BUS_CONNECTED, XenbusStateConnected);
SAME(XG_BUS_CLOSING, XenbusStateClosing);
SAME(XG_BUS_CLOSED, XenbusStateClosed);
SAME(XG_BUS_RECONFIGURING, XenbusStateReconfiguring);
SAME(XG_BUS_RECONFIGURED, XenbusStateReconfigured);
SAME(XG_STORE_PAYLOAD_BYTES, XENSTORE_PAYLOAD_MAX);
SAME(XG_STORE_PATH_BYTES, XENSTORE_ABS_PATH_MAX + 1);

SAME(XG_VCPU_CONTEXT_BYTES, sizeof(struct vcpu_guest_context));
SAME(sizeof(((struct xg_runstate_area *)0)->storage), sizeof(struct vcpu_runstate_info));
SAME(sizeof(((struct xg_mmu_batch *)0)->storage[0]), sizeof(struct mmu_update));
SAME(sizeof(xg_mfn_t), sizeof(xen_pfn_t));
SAME(sizeof(xg_evtchn_t), sizeof(evtchn_port_t));
SAME(sizeof(struct xg_frame), 22 * 8);
