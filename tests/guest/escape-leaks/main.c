/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guest sees of memory and registers is its own.
 *
 * Secrets get out where something is not filled: the rest of a structure on the hypervisor's stack that is
 * copied to the guest, a vector register that still holds another vCPU's (lazily switched FPU state, compare
 * XSA-267), registers of a new vCPU, frames that are handed out with what the last owner wrote.
 *
 * Asserted: a new vCPU's XMM and x87 registers and its general registers are empty though the first vCPU has
 * just filled its own, and each vCPU keeps its own over many switches; answers of hypercalls change no byte
 * behind the answer's end, and none of their words is an address of the hypervisor; neither is a word of
 * frames fresh from it. That a domain sees nothing of another domain's freed memory needs a second domain.
 */
#include "guest.h"

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/version.h>

const char test_title[] = "no data of others in registers, answers and fresh frames";

#define SECRET 0x5ec2e75ec2e75ec2ul

static volatile uint64_t seen[4];
static volatile bool told;

static void fill_vectors(uint64_t value)
{
    asm volatile("movq %0, %%xmm0; movq %0, %%xmm5; movq %0, %%xmm9; movq %0, %%xmm15" : : "r"(value));
}

static void read_vectors(volatile uint64_t *to)
{
    asm volatile("movq %%xmm0, %0" : "=r"(to[0]));
    asm volatile("movq %%xmm5, %0" : "=r"(to[1]));
    asm volatile("movq %%xmm9, %0" : "=r"(to[2]));
    asm volatile("movq %%xmm15, %0" : "=r"(to[3]));
}

static void second(void)
{
    read_vectors(seen);
    fill_vectors(~SECRET);
    told = true;
    for (;;) {
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
    }
}

static bool is_hypervisor_address(uint64_t word)
{
    return word >> 43 == 0xffff800000000000 >> 43;
}

static void vectors(void)
{
    uint64_t own[4];
    unsigned int n;

    fill_vectors(SECRET);
    REQUIRE(vcpu_launch(1, second) == 0);
    while (!told) {
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    read_vectors(own);
    for (n = 0; n < 4; n++) {
        CHECK_EQUAL(seen[n], 0);
        CHECK_EQUAL(own[n], SECRET);
    }
}

/* Asks with a buffer full of a pattern: what the answer is not must be as it was. */
static uint64_t buffer[512];
static void check_answer(size_t size, const char *what)
{
    unsigned int n;

    for (n = 0; n < 512; n++) {
        if (n * 8 >= size && buffer[n] != SECRET) {
            test_failure("%s: word %u behind the answer became 0x%lx", what, n, buffer[n]);
            break;
        }
        if (is_hypervisor_address(buffer[n])) {
            test_failure("%s: word %u is 0x%lx", what, n, buffer[n]);
        }
    }
    for (n = 0; n < 512; n++) {
        buffer[n] = SECRET;
    }
}

static void answers(void)
{
    struct evtchn_alloc_unbound port = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    unsigned int n;

    for (n = 0; n < 512; n++) {
        buffer[n] = SECRET;
    }
    hypercall_xen_version(XENVER_extraversion, buffer);
    check_answer(sizeof(xen_extraversion_t), "extraversion");
    hypercall_xen_version(XENVER_compile_info, buffer);
    check_answer(sizeof(struct xen_compile_info), "compile_info");
    hypercall_xen_version(XENVER_capabilities, buffer);
    check_answer(sizeof(xen_capabilities_info_t), "capabilities");
    hypercall_xen_version(XENVER_changeset, buffer);
    check_answer(sizeof(xen_changeset_info_t), "changeset");
    hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, buffer);
    check_answer(sizeof(struct vcpu_runstate_info), "runstate");
    REQUIRE(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &port) == 0);
    ((struct evtchn_status *)buffer)->dom = DOMID_SELF;
    ((struct evtchn_status *)buffer)->port = port.port;
    hypercall_event_channel_op(EVTCHNOP_status, buffer);
    check_answer(sizeof(struct evtchn_status), "status");
}

static void fresh_frames(void)
{
    static uint64_t window[512] __attribute__((aligned(PAGE_SIZE)));
    struct xen_memory_reservation op = {.nr_extents = 1, .domid = DOMID_SELF};
    unsigned int n, word;
    uint64_t frame;

    for (n = 0; n < 200; n++) {
        set_xen_guest_handle(op.extent_start, &frame);
        frame = 0x100000 + n;
        if (hypercall_memory_op(XENMEM_populate_physmap, &op) != 1) {
            return;
        }
        REQUIRE(hypercall_update_va_mapping((unsigned long)window, PTE_MAKE(frame, PTE_RW), UVMF_INVLPG) ==
                0);
        for (word = 0; word < 512; word++) {
            if (is_hypervisor_address(window[word])) {
                test_failure("frame 0x%lx word %u is 0x%lx", frame, word, window[word]);
                return;
            }
        }
    }
}

void test_main(void)
{
    vectors();
    answers();
    fresh_frames();
    test_success();
}
