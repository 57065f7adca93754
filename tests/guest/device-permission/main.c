/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device for another domain: I/O ports and frames of registers by XEN_DOMCTL_ioport_permission and
 * _iomem_permission, as xl's ioports= and iomem= ask.
 *
 * Without permission a port floats and an entry for the frame is refused (-EPERM). With it the domain reads
 * the device itself; the entry may be cached or not. Taken back, the port floats again; nothing new is
 * mapped.
 *
 * What goes wrong: permission for one port gives all; the frames of the interrupt controllers come with it.
 */
#define __XEN_TOOLS__ 1
#include "guest.h"
#include "domain.h"
#include "domctl.h"

#include <xen/domctl.h>
#include <xen/physdev.h>
#include <xen/sched.h>

const char test_title[] = "I/O ports and frames of registers for another domain";

#define KEYBOARD_STATUS 0x64
#define KEYBOARD_DATA   0x60
#define FLOATING        0xff
#define TEXT_FRAME      0xb8
#define LOCAL_APIC      0xfee00
#define UNCACHED        (1ul << 4)

static struct results {
    uint32_t asked, answered;
    uint8_t status, neighbour;
    long map, map_uncached, map_neighbour, map_controller;
    uint64_t text;
} *results;
static uint8_t page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint8_t window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct xen_domctl op;
static domid_t other;

/* Without it, IN is no instruction of a kernel in ring 3. */
static void take_ports(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};

    (void)hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl);
}

static uint8_t in(uint16_t port)
{
    uint8_t value;

    asm volatile("inb %1, %0" : "=a"(value) : "d"(port));
    return value;
}

static long map(uint64_t frame, uint64_t flags)
{
    return hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(frame, PTE_RO | flags), UVMF_INVLPG);
}

static void look(void)
{
    results->status = in(KEYBOARD_STATUS);
    results->neighbour = in(KEYBOARD_DATA);
    results->map_controller = map(LOCAL_APIC, 0);
    results->map_neighbour = map(TEXT_FRAME + 8, 0);
    results->map_uncached = map(TEXT_FRAME, UNCACHED);
    results->map = map(TEXT_FRAME, 0);
    if (results->map == 0) {
        results->text = *(volatile uint64_t *)window;
    }
    (void)hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG);
}

static void serve(void)
{
    take_ports();
    for (uint32_t turn = 1;; turn++) {
        while (__atomic_load_n(&results->asked, __ATOMIC_ACQUIRE) != turn) {
            hypercall_sched_op(SCHEDOP_yield, NULL);
        }
        look();
        __atomic_store_n(&results->answered, turn, __ATOMIC_RELEASE);
    }
}

static void ask(void)
{
    uint32_t turn = results->asked + 1;

    memset(&results->status, 0xee, sizeof(*results) - offsetof(struct results, status));
    __atomic_store_n(&results->asked, turn, __ATOMIC_RELEASE);
    domain_wait(&results->answered, turn);
}

static long run(uint32_t cmd)
{
    return hypercall_domctl(&op, other, cmd);
}

static void permit(bool yes)
{
    memset(&op, 0, sizeof(op));
    op.u.ioport_permission.first_port = KEYBOARD_STATUS;
    op.u.ioport_permission.nr_ports = 1;
    op.u.ioport_permission.allow_access = yes;
    REQUIRE(run(XEN_DOMCTL_ioport_permission) == 0);
    memset(&op, 0, sizeof(op));
    op.u.iomem_permission.first_mfn = TEXT_FRAME;
    op.u.iomem_permission.nr_mfns = 1;
    op.u.iomem_permission.allow_access = yes;
    REQUIRE(run(XEN_DOMCTL_iomem_permission) == 0);
}

static void check_none(void)
{
    ask();
    CHECK_EQUAL(results->status, FLOATING);
    CHECK_EQUAL(results->neighbour, FLOATING);
    CHECK_RC(results->map, -XEN_EPERM);
    CHECK(results->map_uncached < 0);
    CHECK(results->map_neighbour < 0 && results->map_controller < 0);
}

static void check_given(uint8_t status, uint64_t text)
{
    ask();
    CHECK_EQUAL(results->status, status);
    CHECK_EQUAL(results->neighbour, FLOATING);
    CHECK_RC(results->map, 0);
    CHECK_RC(results->map_uncached, 0);
    CHECK_EQUAL(results->text, text);
    CHECK_RC(results->map_neighbour, -XEN_EPERM);
    CHECK_RC(results->map_controller, -XEN_EPERM);
}

void test_main(void)
{
    uint64_t text;
    uint8_t status;

    take_ports();
    status = in(KEYBOARD_STATUS);
    REQUIRE(status != FLOATING);
    REQUIRE(map(TEXT_FRAME, UNCACHED) == 0);
    text = *(volatile uint64_t *)window;
    REQUIRE(page_unprotect(window) == 0);
    results = (void *)page;
    other = domain_create(serve);
    domain_share(page);
    domain_run(-1);
    check_none();
    permit(true);
    check_given(status, text);
    permit(false);
    check_none();
    domain_destroy();
    test_success();
}
