/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an unprivileged domain may not: every call that governs the machine or another domain, called by a
 * DomU under stock xl. Each command of domctl, sysctl, platform_op and physdev_op, of kexec_op, mca, hypfs_op
 * and the probes; page tables, memory, grants and event channels of Domain 0 and of a domain that is not
 * there.
 *
 * Toolstacks and kernels tell by the errno whether they may not (-EPERM), whether nobody could (-ENOSYS,
 * -EOPNOTSUPP) or whether they asked wrongly; and whether the privilege or the argument is looked at first
 * shows in it too. Nothing is asserted here: the test tests/system/cases/xl.sh compares the lines of this
 * guest on Xenport with those on stock Xen.
 *
 * What goes wrong: a check that one command of many forgets; an answer that tells of other domains.
 */
/* For the numbers that only toolstacks use. */
#define __XEN_TOOLS__ 1

#include "guest.h"

#include <xen/arch-x86/xen-mca.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/version.h>

const char test_title[] = "what an unprivileged domain may not";

#define CONTROL_VERSION  0x15 /* of domctl and sysctl in 4.17 */
#define PLATFORM_VERSION 0x03000000

static const domid_t others[] = {0, 77};

static uint64_t argument[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
static uint64_t area[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static void clear(void)
{
    memset(argument, 0, sizeof(argument));
    memset(area, 0, sizeof(area));
}

static void answer(const char *what, unsigned int command, domid_t domain, long rc)
{
    printk("call %s %u of domain %u: %ld\n", what, command, domain, rc);
}

/* A command and a version in its first words, as these calls begin; the domain is domctl's third. */
static void control(const char *what, unsigned int number, unsigned int commands, uint32_t version)
{
    unsigned int command, i;

    for (command = 0; command < commands; command++) {
        for (i = 0; i < ARRAY_SIZE(others); i++) {
            clear();
            argument[0] = (uint64_t)version << 32 | command;
            argument[1] = number == __HYPERVISOR_domctl ? others[i] : 0;
            answer(what, command, others[i], hypercall(number, HYPERCALL_POINTER(argument), 0, 0, 0, 0));
            if (number != __HYPERVISOR_domctl)
                break;
        }
    }
}

static void controls(void)
{
    control("domctl", __HYPERVISOR_domctl, 90, CONTROL_VERSION);
    control("domctl of another version", __HYPERVISOR_domctl, 3, 0x99);
    control("sysctl", __HYPERVISOR_sysctl, 32, CONTROL_VERSION);
    control("sysctl of another version", __HYPERVISOR_sysctl, 3, 0x99);
    control("platform_op", __HYPERVISOR_platform_op, 70, 0);
    answer("domctl at a bad pointer", 0, 0, hypercall(__HYPERVISOR_domctl, 0x1000, 0, 0, 0, 0));
    answer("sysctl at a bad pointer", 0, 0, hypercall(__HYPERVISOR_sysctl, 0x1000, 0, 0, 0, 0));
    answer("platform_op at a bad pointer", 0, 0, hypercall(__HYPERVISOR_platform_op, 0x1000, 0, 0, 0, 0));
}

/* Calls whose first argument is the command and whose second the place of the rest. */
static void commands(const char *what, unsigned int number, unsigned int first, unsigned int last)
{
    unsigned int command;

    for (command = first; command <= last; command++) {
        clear();
        answer(what, command, DOMID_SELF, hypercall(number, command, HYPERCALL_POINTER(argument), 0, 0, 0));
    }
}

static void machine(void)
{
    commands("physdev_op", __HYPERVISOR_physdev_op, 4, 33);
    commands("kexec_op", __HYPERVISOR_kexec_op, 0, 6);
    commands("hypfs_op", __HYPERVISOR_hypfs_op, 0, 4);
    commands("xenpmu_op", __HYPERVISOR_xenpmu_op, 0, 6);
    commands("xsm_op", __HYPERVISOR_xsm_op, 0, 2);
    commands("argo_op", __HYPERVISOR_argo_op, 0, 4);
    commands("tmem_op", __HYPERVISOR_tmem_op, 0, 2);
    commands("hvm_op", __HYPERVISOR_hvm_op, 0, 26);
    control("mca", __HYPERVISOR_mca, 10, 0x03000000);
    answer("console_io read", CONSOLEIO_read, DOMID_SELF, hypercall_console_io(CONSOLEIO_read, 8, area));
    answer("console_io of no command", 9, DOMID_SELF, hypercall_console_io(9, 8, area));
    answer("build id", XENVER_build_id, DOMID_SELF, hypercall_xen_version(XENVER_build_id, NULL));
    answer("command line", XENVER_commandline, DOMID_SELF,
           hypercall_xen_version(XENVER_commandline, argument));
}

static void tables_of(domid_t other)
{
    struct mmu_update update = {.ptr = maddr_of(page_entry(area, 1)), .val = *page_entry(area, 1)};
    unsigned int command, done;

    answer("mmu_update for", 0, other, hypercall_mmu_update(&update, 1, &done, other));
    answer("mmu_update in", 0, other,
           hypercall_mmu_update(&update, 1, &done, (other + 1u) << 16 | DOMID_SELF));
    update.ptr |= MMU_MACHPHYS_UPDATE;
    update.val = pfn_of(area);
    answer("mmu_update", MMU_MACHPHYS_UPDATE, other, hypercall_mmu_update(&update, 1, &done, other));
    update.ptr = 0x1000 | MMU_MACHPHYS_UPDATE;
    answer("mmu_update of frame 1", MMU_MACHPHYS_UPDATE, DOMID_SELF,
           hypercall_mmu_update(&update, 1, &done, DOMID_SELF));
    answer("update_va_mapping", 0, other,
           hypercall(__HYPERVISOR_update_va_mapping_otherdomain, HYPERCALL_POINTER(area),
                     *page_entry(area, 1), 0, other, 0));
    for (command = 0; command < 21; command++) {
        struct mmuext_op operation = {.cmd = command, .arg1.mfn = mfn_of(area)};

        answer("mmuext_op", command, other, hypercall_mmuext_op(&operation, 1, &done, other));
    }
}

/* Where each argument has its domain: at its beginning, but for reservations and targets. */
static unsigned int domain_place(unsigned int command)
{
    switch (command) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
    case XENMEM_claim_pages:
    case XENMEM_exchange:
        return 24;
    case XENMEM_get_pod_target:
    case XENMEM_set_pod_target:
        return 32;
    default:
        return 0;
    }
}

static void memory_of(domid_t other)
{
    static const char *const what = "memory_op";
    unsigned int command;

    for (command = 0; command < 30; command++) {
        clear();
        memcpy((char *)argument + domain_place(command), &other, sizeof(other));
        if (command == XENMEM_exchange)
            memcpy((char *)argument + 56, &other, sizeof(other));
        answer(what, command, other, hypercall_memory_op(command, argument));
    }
}

static void grants_of(domid_t other)
{
    struct gnttab_setup_table setup = {.dom = other};
    struct gnttab_query_size size = {.dom = other};
    struct gnttab_get_version version = {.dom = other};
    struct gnttab_get_status_frames status = {.dom = other};
    struct gnttab_dump_table dump = {.dom = other};
    struct gnttab_map_grant_ref map = {.dom = other, .ref = 9, .flags = GNTMAP_host_map};
    struct gnttab_copy copy = {.source = {.u.ref = 9, .domid = other},
                               .dest = {.u.gmfn = pfn_of(area), .domid = DOMID_SELF},
                               .len = 8,
                               .flags = GNTCOPY_source_gref};

    map.host_addr = (unsigned long)area;
    answer("grant setup_table", 0, other, hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1));
    answer("grant setup_table status", 0, other, setup.status);
    answer("grant query_size", 0, other, hypercall_grant_table_op(GNTTABOP_query_size, &size, 1));
    answer("grant query_size status", 0, other, size.status);
    answer("grant get_version", 0, other, hypercall_grant_table_op(GNTTABOP_get_version, &version, 1));
    answer("grant status_frames", 0, other, hypercall_grant_table_op(GNTTABOP_get_status_frames, &status, 1));
    answer("grant status_frames status", 0, other, status.status);
    answer("grant dump_table", 0, other, hypercall_grant_table_op(GNTTABOP_dump_table, &dump, 1));
    answer("grant map", 0, other, hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1));
    answer("grant map status", 0, other, map.status);
    answer("grant copy", 0, other, hypercall_grant_table_op(GNTTABOP_copy, &copy, 1));
    answer("grant copy status", 0, other, copy.status);
}

static void events_of(domid_t other)
{
    struct evtchn_alloc_unbound unbound = {.dom = other, .remote_dom = other};
    struct evtchn_status status = {.dom = other, .port = 1};
    struct evtchn_reset reset = {.dom = other};
    struct evtchn_bind_interdomain interdomain = {.remote_dom = other, .remote_port = 1};
    struct evtchn_bind_pirq pirq = {.pirq = 1};
    struct sched_remote_shutdown shutdown = {.domain_id = other, .reason = SHUTDOWN_crash};
    unsigned int virq;

    answer("event alloc_unbound", 0, other, hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &unbound));
    answer("event status", 0, other, hypercall_event_channel_op(EVTCHNOP_status, &status));
    answer("event reset", 0, other, hypercall_event_channel_op(EVTCHNOP_reset, &reset));
    answer("event bind_interdomain", 0, other,
           hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &interdomain));
    answer("event bind_pirq", 0, other, hypercall_event_channel_op(EVTCHNOP_bind_pirq, &pirq));
    answer("remote_shutdown", 0, other, hypercall_sched_op(SCHEDOP_remote_shutdown, &shutdown));
    for (virq = VIRQ_TIMER; virq < NR_VIRQS + 1u; virq++) {
        struct evtchn_bind_virq bind = {.virq = virq};
        long rc = hypercall_event_channel_op(EVTCHNOP_bind_virq, &bind);

        answer("event bind_virq", virq, DOMID_SELF, rc);
        if (rc == 0)
            event_close(bind.port);
    }
}

void test_main(void)
{
    struct sched_pin_override pin = {.pcpu = 0};
    unsigned int i;

    REQUIRE(!(start_info->flags & (SIF_INITDOMAIN | SIF_PRIVILEGED)));
    controls();
    machine();
    answer("pin_override", 0, DOMID_SELF, hypercall_sched_op(SCHEDOP_pin_override, &pin));
    for (i = 0; i < ARRAY_SIZE(others); i++) {
        tables_of(others[i]);
        memory_of(others[i]);
        grants_of(others[i]);
        events_of(others[i]);
    }
    test_success();
}
