/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain without privilege reaches no other domain's memory, tables, processor or machine, and Domain 0
 * cannot make another domain's page tables writable.
 *
 * Most calls take a domain or a frame number from their caller. An owner that is not compared, a call that
 * takes the number of a domain and forgets to ask who calls, a type that is judged by the wrong owner: each
 * lets a guest write into Domain 0 (compare XSA-30, XSA-213, XSA-280). A privileged domain may map others'
 * memory, but what the other uses as page tables or descriptors is nobody's to write.
 *
 * Here a second domain tries them all, from a list, with Domain 0's frames, tables and number, and with those
 * of the hypervisor; each must be refused with the errno of stock Xen. It leaves the answers in a shared
 * page. Then this domain, as Domain 0, tries the other's tables. A list of frames to give or to get that
 * fails answers how many were done: 0. A port that is not the domain's reads as ones. Asserted at the end: a
 * page of this domain's that was named in all of it is as it was, and the second domain leaves nothing.
 */
#include "guest.h"
#include "device.h"
#include "domain.h"

#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>

const char test_title[] = "no other domain's memory, tables or machine";

#define MAX_ANSWERS      64
#define SERIAL_STATUS    0x3fd /* of the hypervisor's console: never all ones */
#define HYPERVISOR_FRAME 0x280 /* of its image, on both */

static struct {
    volatile uint32_t done, count;
    uint64_t frame, table; /* Domain 0's: memory, its L4 table */
    uint64_t hypervisor;   /* a frame of the hypervisor's */
    volatile int32_t answer[MAX_ANSWERS];
} shared __attribute__((aligned(PAGE_SIZE)));
static char shared_rest[PAGE_SIZE - sizeof(shared)] __attribute__((used));

static uint64_t target[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t own[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
static domid_t other;

/* --- The attempts, and what stock Xen answers --- */
static long map_as(uint64_t frame, domid_t domid)
{
    return hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)window,
                     PTE_MAKE(frame, PTE_RW), UVMF_INVLPG, domid, 0);
}

static long map(uint64_t frame)
{
    return hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG);
}

static long update(uint64_t pointer, uint64_t value, unsigned int domains)
{
    struct mmu_update op = {.ptr = pointer, .val = value};

    return hypercall_mmu_update(&op, 1, NULL, domains);
}

static long extended(unsigned int command, uint64_t frame, domid_t domid)
{
    struct mmuext_op op = {.cmd = command, .arg1.mfn = frame};

    return hypercall_mmuext_op(&op, 1, NULL, domid);
}

static long reservation(unsigned int command, uint64_t frame, domid_t domid)
{
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = domid};

    set_xen_guest_handle_raw(op.extent_start, &frame);
    return hypercall_memory_op(command, &op);
}

static long exchange(uint64_t frame)
{
    uint64_t out = 0;
    struct xen_memory_exchange op = {.in = {.nr_extents = 1, .domid = DOMID_SELF},
                                     .out = {.nr_extents = 1, .domid = DOMID_SELF}};

    set_xen_guest_handle_raw(op.in.extent_start, &frame);
    set_xen_guest_handle_raw(op.out.extent_start, &out);
    return hypercall_memory_op(XENMEM_exchange, &op);
}

static long physical_map(uint64_t frame)
{
    struct xen_add_to_physmap op = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn, .idx = frame, .gpfn = 0x100};

    return hypercall_memory_op(XENMEM_add_to_physmap, &op);
}

static long shut_down_other(void)
{
    struct sched_remote_shutdown op = {.domain_id = 0, .reason = SHUTDOWN_crash};

    return hypercall_sched_op(SCHEDOP_remote_shutdown, &op);
}

static long bind_port(evtchn_port_t remote)
{
    evtchn_port_t port;

    return event_bind_interdomain(0, remote, &port);
}

static long port_for_others(void)
{
    struct evtchn_alloc_unbound op = {.dom = 0, .remote_dom = DOMID_SELF};

    return hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &op);
}

static long controller_virq(void)
{
    evtchn_port_t port;

    return event_bind_virq(VIRQ_DOM_EXC, 0, &port);
}

static long control(unsigned long number, uint32_t version)
{
    uint32_t op[64] = {1, version};

    return hypercall(number, HYPERCALL_POINTER(op), 0, 0, 0, 0);
}

static long gdt(uint64_t frame)
{
    return hypercall_set_gdt(&frame, 8);
}

static long read_port(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};
    long rc = hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl);

    return rc ? rc : in8(SERIAL_STATUS);
}

static long map_pirq(void)
{
    struct physdev_map_pirq op = {.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 4, .pirq = 4};

    return hypercall_physdev_op(PHYSDEVOP_map_pirq, &op);
}

#define ATTEMPTS(A)                                                                                          \
    A(map(shared.frame), -XEN_EBUSY)                                                                         \
    A(map(shared.table), -XEN_EBUSY)                                                                         \
    A(map(shared.hypervisor), -XEN_EBUSY)                                                                    \
    A(map(0xfee00), -XEN_EPERM)                                                                              \
    A(map(0xfec00), -XEN_EPERM)                                                                              \
    A(map(0xb8), -XEN_EPERM)                                                                                 \
    A(map_as(shared.frame, 0), -XEN_EPERM)                                                                   \
    A(map_as(0xb8, DOMID_IO), -XEN_EPERM)                                                                    \
    A(map_as(shared.hypervisor, DOMID_XEN), -XEN_EPERM)                                                      \
    A(update(maddr_of(own), PTE_MAKE(shared.frame, PTE_RW), 0), -XEN_EPERM)                                  \
    A(update(shared.table << PAGE_SHIFT, 0, DOMID_SELF), -XEN_EINVAL)                                        \
    A(update(shared.table << PAGE_SHIFT, 0, 1u << 16 | DOMID_SELF), -XEN_EPERM)                              \
    A(update(shared.frame << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 1, DOMID_SELF), -XEN_EINVAL)                  \
    A(update(shared.frame << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 1, 0), -XEN_EPERM)                            \
    A(extended(MMUEXT_PIN_L1_TABLE, shared.frame, DOMID_SELF), -XEN_EINVAL)                                  \
    A(extended(MMUEXT_PIN_L1_TABLE, shared.frame, 0), -XEN_EPERM)                                            \
    A(extended(MMUEXT_UNPIN_TABLE, shared.table, DOMID_SELF), -XEN_EINVAL)                                   \
    A(extended(MMUEXT_NEW_BASEPTR, shared.table, DOMID_SELF), -XEN_EINVAL)                                   \
    A(extended(MMUEXT_NEW_USER_BASEPTR, shared.table, DOMID_SELF), -XEN_EINVAL)                              \
    A(extended(MMUEXT_CLEAR_PAGE, shared.frame, DOMID_SELF), -XEN_EINVAL)                                    \
    A(extended(MMUEXT_CLEAR_PAGE, shared.hypervisor, DOMID_SELF), -XEN_EINVAL)                               \
    A(gdt(shared.frame), -XEN_EINVAL)                                                                        \
    A(hypercall_update_descriptor(shared.frame << PAGE_SHIFT, 0), -XEN_EINVAL)                               \
    A(reservation(XENMEM_decrease_reservation, shared.frame, DOMID_SELF), 0)                                 \
    A(reservation(XENMEM_decrease_reservation, shared.frame, 0), 0)                                          \
    A(reservation(XENMEM_populate_physmap, 0x100, 0), 0)                                                     \
    A(exchange(shared.frame), -XEN_EINVAL)                                                                   \
    A(physical_map(shared.frame), -XEN_EACCES)                                                               \
    A(shut_down_other(), -XEN_EPERM)                                                                         \
    A(bind_port(0), -XEN_EINVAL)                                                                             \
    A(bind_port(5), -XEN_EINVAL)                                                                             \
    A(port_for_others(), -XEN_EPERM)                                                                         \
    A(controller_virq(), 0)                                                                                  \
    A(control(__HYPERVISOR_domctl, 0), -XEN_EACCES)                                                          \
    A(control(__HYPERVISOR_sysctl, 0), -XEN_EACCES)                                                          \
    A(control(__HYPERVISOR_platform_op, 0), -XEN_EACCES)                                                     \
    A(map_pirq(), -XEN_EPERM)                                                                                \
    A(read_port(), 0xff)

static void attempts(void)
{
    uint32_t n = 0;

#define TRY(call, expected) shared.answer[n++] = (int32_t)(call);
    ATTEMPTS(TRY)
    shared.count = n;
    shared.done = 1;
    for (;;) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}

static void compare(void)
{
    static const struct {
        const char *call;
        int32_t expected;
    } list[] = {
#define LIST(call, expected) {#call, expected},
        ATTEMPTS(LIST)};

    CHECK_EQUAL(shared.count, ARRAY_SIZE(list));
    for (uint32_t n = 0; n < shared.count; n++) {
        if (shared.answer[n] != list[n].expected) {
            test_failure("%s answers %d, not %d", list[n].call, shared.answer[n], list[n].expected);
        }
    }
}

/* Domain 0 with the other's tables: it may read them, never write them or use them as its own. */
static void as_domain_0(void)
{
    uint64_t l4 = domain_mfn(address_of_pfn(1)), l1 = domain_mfn(address_of_pfn(4)), memory = domain_mfn(own);

    CHECK(map_as(l4, other) < 0);
    CHECK(map_as(l1, other) < 0);
    CHECK_RC(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)window,
                       PTE_MAKE(l1, PTE_RO), UVMF_INVLPG, other, 0),
             0);
    CHECK_EQUAL(trap_try_write((void *)window, 0), 14);
    CHECK(map(memory) < 0);
    CHECK_RC(extended(MMUEXT_NEW_BASEPTR, l4, DOMID_SELF), -XEN_EINVAL);
    CHECK_RC(extended(MMUEXT_PIN_L1_TABLE, memory, DOMID_SELF), -XEN_EINVAL);
    CHECK(page_update(page_entry(window, 2), PTE_MAKE(l1, PTE_TABLE)) < 0);
    CHECK_RC(gdt(memory), -XEN_EINVAL);
    CHECK(update(l1 << PAGE_SHIFT, PTE_MAKE(l4, PTE_RW), (other + 1u) << 16 | other) < 0);
    CHECK_RC(map_as(memory, other), 0);
    CHECK(extended(MMUEXT_PIN_L1_TABLE, memory, other) < 0);
    CHECK_RC(page_unprotect(window), 0);
}

void test_main(void)
{
    for (unsigned int n = 0; n < 512; n++) {
        target[n] = n * 0x0101010101010101ul;
    }
    shared.frame = mfn_of(target);
    other = domain_create(attempts);
    domain_share(&shared);
    shared.done = 0;
    shared.frame = mfn_of(target);
    shared.table = mfn_of((void *)start_info->pt_base);
    shared.hypervisor = HYPERVISOR_FRAME;
    domain_run(0);
    domain_wait(&shared.done, 1);
    compare();
    as_domain_0();
    for (unsigned int n = 0; n < 512; n++) {
        CHECK_EQUAL(target[n], n * 0x0101010101010101ul);
    }
    domain_destroy();
    CHECK(domain_is_gone(PATIENCE_NS));
    test_success();
}
