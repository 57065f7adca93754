/* SPDX-License-Identifier: BSD-2-Clause */
/* See domain.h. Page n of the other's copy of this image is its pseudo-physical frame n, as in this domain.
 */
#define __XEN_TOOLS__ 1
#include "domain.h"

#include <xen/domctl.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include "domctl.h"
#include "guest.h"

#define PAGES     512
#define IMAGE_PFN 0x100
/* Below the image: what the domain builder would have made. */
#define L4_PFN    1
#define L3_PFN    2
#define L2_PFN    3
#define L1_PFN    4
#define LIST_PFN  5
#define START_PFN 6
#define LOW_PAGES 7

extern char vcpu_stacks[];

unsigned int domain_vcpus = 1;
static domid_t id, wanted_id;
static uint64_t p2m[PAGES];
static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static volatile void *shared_pages[16];
static unsigned int nr_shared;
static struct vcpu_guest_context context;

static long domctl(struct xen_domctl *op, uint32_t command)
{
    return hypercall_domctl(op, id, command);
}

/* The last page that the image and its stacks take. */
static uint64_t end_pfn(void)
{
    return pfn_of(vcpu_stacks + STACK_SIZE * MAX_VCPUS - 1) + 1;
}

static bool is_used(uint64_t pfn)
{
    return (pfn && pfn < LOW_PAGES) || (pfn >= IMAGE_PFN && pfn < end_pfn());
}

static void *map_frame(uint64_t pfn)
{
    REQUIRE(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)window,
                      PTE_MAKE(p2m[pfn], PTE_RW), UVMF_INVLPG, id, 0) == 0);
    return window;
}

static void unmap_frame(void)
{
    REQUIRE(page_unprotect(window) == 0);
}

static void make(void)
{
    static struct xen_domctl op;

    id = wanted_id;
    op.u.createdomain = (struct xen_domctl_createdomain){.max_vcpus = domain_vcpus,
                                                         .max_evtchn_port = 1023,
                                                         .max_grant_frames = 4,
                                                         .max_maptrack_frames = 4,
                                                         .grant_opts = 1};
    REQUIRE(domctl(&op, XEN_DOMCTL_createdomain) == 0);
    id = (domid_t)op.domain;
    op.u.max_vcpus.max = domain_vcpus;
    REQUIRE(domctl(&op, XEN_DOMCTL_max_vcpus) == 0);
    op.u.max_mem.max_memkb = 8192;
    REQUIRE(domctl(&op, XEN_DOMCTL_max_mem) == 0);
}

static void populate(void)
{
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = id};

    for (uint64_t pfn = 0; pfn < PAGES; pfn++) {
        p2m[pfn] = ~0ul;
        if (!is_used(pfn)) {
            continue;
        }
        p2m[pfn] = pfn;
        set_xen_guest_handle_raw(op.extent_start, &p2m[pfn]);
        REQUIRE(hypercall_memory_op(XENMEM_populate_physmap, &op) == 1);
    }
}

/* The frame of its shared info, mapped where start.c mapped this domain's. */
static uint64_t shared_info_mfn(void)
{
    static struct xen_domctl op;

    REQUIRE(domctl(&op, XEN_DOMCTL_getdomaininfo) == 0 && op.domain == id);
    return op.u.getdomaininfo.shared_info_frame;
}

static uint64_t l1_entry(uint64_t pfn)
{
    if (pfn == pfn_of(&shared_info)) {
        return PTE_MAKE(shared_info_mfn(), PTE_RW);
    }
    if (!is_used(pfn)) {
        return 0;
    }
    return PTE_MAKE(p2m[pfn], pfn >= L4_PFN && pfn <= L1_PFN ? PTE_RO : PTE_RW);
}

static void make_tables(void)
{
    uint64_t *table = map_frame(L4_PFN);

    memset(table, 0, PAGE_SIZE);
    table[511] = PTE_MAKE(p2m[L3_PFN], PTE_TABLE);
    table = map_frame(L3_PFN);
    memset(table, 0, PAGE_SIZE);
    table[510] = PTE_MAKE(p2m[L2_PFN], PTE_TABLE);
    table = map_frame(L2_PFN);
    memset(table, 0, PAGE_SIZE);
    table[0] = PTE_MAKE(p2m[L1_PFN], PTE_TABLE);
    table = map_frame(L1_PFN);
    for (uint64_t pfn = 0; pfn < PAGES; pfn++) {
        table[pfn] = l1_entry(pfn);
    }
}

/* As the domain builder leaves it: cleared, and no vCPU takes events before it says so. */
static void clear_shared_info(void)
{
    shared_info_t *info = (shared_info_t *)window;

    REQUIRE(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)window,
                      PTE_MAKE(shared_info_mfn(), PTE_RW), UVMF_INVLPG, id, 0) == 0);
    memset(window, 0, PAGE_SIZE);
    for (unsigned int i = 0; i < ARRAY_SIZE(info->vcpu_info); i++) {
        info->vcpu_info[i].evtchn_upcall_mask = 1;
    }
}

/* Its own start_info, which says where its tables and frames are, takes the place of the copy of ours. */
static void make_start_info(void)
{
    struct start_info *info = map_frame(START_PFN), *there = address_of_pfn(START_PFN);

    memset(info, 0, PAGE_SIZE);
    info->nr_pages = PAGES;
    info->pt_base = (unsigned long)address_of_pfn(L4_PFN);
    info->mfn_list = (unsigned long)address_of_pfn(LIST_PFN);
    memcpy(map_frame(LIST_PFN), p2m, sizeof(p2m));
    map_frame(pfn_of(&start_info));
    memcpy(window + ((unsigned long)&start_info & (PAGE_SIZE - 1)), &there, sizeof(there));
}

static void copy_image(void)
{
    for (uint64_t pfn = IMAGE_PFN; pfn < end_pfn(); pfn++) {
        if (pfn != pfn_of(window) && pfn != pfn_of(&shared_info)) {
            memcpy(map_frame(pfn), address_of_pfn(pfn), PAGE_SIZE);
        }
    }
    make_start_info();
}

static void pin(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = p2m[L4_PFN]};

    REQUIRE(hypercall_mmuext_op(&op, 1, NULL, id) == 0);
}

domid_t domain_create(void (*function)(void))
{
    static struct xen_domctl op;

    REQUIRE(end_pfn() <= PAGES);
    make();
    populate();
    vcpu_prepare(&context, 0, function);
    context.flags |= VGCF_online;
    context.ctrlreg[3] = xen_pfn_to_cr3(p2m[L4_PFN]);
    make_tables();
    copy_image();
    clear_shared_info();
    unmap_frame();
    pin();
    op.u.vcpucontext.vcpu = 0;
    set_xen_guest_handle_raw(op.u.vcpucontext.ctxt, &context);
    REQUIRE(domctl(&op, XEN_DOMCTL_setvcpucontext) == 0);
    return id;
}

domid_t domain_create_as(domid_t number, void (*function)(void))
{
    wanted_id = number;
    domain_create(function);
    wanted_id = 0;
    return id;
}

void domain_share(volatile void *page)
{
    REQUIRE(nr_shared < ARRAY_SIZE(shared_pages));
    shared_pages[nr_shared++] = page;
    REQUIRE(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)page,
                      PTE_MAKE(domain_mfn(page), PTE_RW), UVMF_INVLPG | UVMF_ALL, id, 0) == 0);
}

uint64_t domain_mfn(const volatile void *address)
{
    return p2m[pfn_of(address)];
}

void domain_run(int cpu)
{
    static struct xen_domctl op;
    static uint8_t map[8];

    if (cpu >= 0) {
        map[0] = (uint8_t)(1u << cpu);
        op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
        set_xen_guest_handle_raw(op.u.vcpuaffinity.cpumap_hard.bitmap, map);
        op.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
        REQUIRE(domctl(&op, XEN_DOMCTL_setvcpuaffinity) == 0);
    }
    REQUIRE(domctl(&op, XEN_DOMCTL_unpausedomain) == 0);
}

void domain_destroy(void)
{
    static struct xen_domctl op;

    while (nr_shared) {
        REQUIRE(page_unprotect(shared_pages[--nr_shared]) == 0);
    }
    REQUIRE(domctl(&op, XEN_DOMCTL_destroydomain) == 0);
}

bool domain_is_gone(uint64_t within_ns)
{
    static struct xen_domctl op;
    uint64_t end = time_ns() + within_ns;

    do {
        long rc = domctl(&op, XEN_DOMCTL_getdomaininfo);

        if (rc == -XEN_ESRCH || (rc == 0 && op.domain != id)) {
            return true;
        }
        hypercall_sched_op(SCHEDOP_yield, NULL);
    } while (time_ns() < end);
    return false;
}

void domain_wait(const volatile uint32_t *word, uint32_t value)
{
    uint64_t end = time_ns() + PATIENCE_NS;

    while (*word != value) {
        if (time_ns() > end) {
            test_error("the other domain does not go on: %u where %u is awaited", *word, value);
            test_finish();
        }
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
}
