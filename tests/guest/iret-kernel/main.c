/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The iret hypercall within the kernel: registers, flags, event mask, selectors' privilege.
 *
 * xen-x86_64.h draws the frame: rax, r11, rcx, flags, rip, cs, rflags, rsp, ss. cs with RPL 0, 1 or 2 returns
 * to the guest kernel. IF of the frame becomes the inverted event mask; IOPL, VM and the like are not the
 * guest's to set; with VGCF_in_syscall rcx and r11 are not restored. An event that became deliverable by the
 * new mask is delivered at once.
 *
 * What goes wrong: rcx and r11 carry what SYSRET left in them; the mask is set from IF the wrong way round; a
 * pending event waits for the next trap, so that a guest that unmasks by iret sleeps with work to do.
 */
#include "guest.h"

const char test_title[] = "iret to kernel mode";

struct outcome {
    uint64_t rax, rcx, r11, rflags, cs, rsp, expected_rsp;
    uint8_t mask;
};

static struct outcome go(uint64_t vgcf, uint64_t cs, uint64_t rflags)
{
    struct outcome o;

    asm volatile("movq %%rsp, %[before]\n\t"
                 "movq %%rsp, %%rdx\n\t"
                 "subq $128, %%rdx\n\t"
                 "pushq %[ss]\n\t"
                 "pushq %%rdx\n\t"
                 "pushq %[rflags]\n\t"
                 "pushq %[cs]\n\t"
                 "pushq $1f\n\t"
                 "pushq %[vgcf]\n\t"
                 "pushq $0x1111\n\t"
                 "pushq $0x2222\n\t"
                 "pushq $0x3333\n\t"
                 "movl %[number], %%eax\n\t"
                 "syscall\n"
                 "1:\tmovq %%rsp, %%rdx\n\t"
                 "movq %[before], %%rsp\n\t"
                 "movq %%r11, %[r11]\n\t"
                 "pushfq\n\t"
                 "popq %[flags_after]"
                 : "=&a"(o.rax), "=&c"(o.rcx), [r11] "=&r"(o.r11),
                   "=&d"(o.rsp), [before] "=&r"(o.expected_rsp), [flags_after] "=&r"(o.rflags)
                 : [ss] "i"(FLAT_KERNEL_SS), [rflags] "r"(rflags), [cs] "r"(cs), [vgcf] "r"(vgcf),
                   [number] "i"(__HYPERVISOR_iret)
                 : "r11", "memory", "cc");
    o.mask = shared_info.vcpu_info[0].evtchn_upcall_mask;
    o.cs = 0;
    asm volatile("movw %%cs, %w0" : "+r"(o.cs));
    return o;
}

void test_main(void)
{
    struct outcome o;
    evtchn_port_t port;
    unsigned int rpl;

    for (rpl = 0; rpl < 3; rpl++) {
        o = go(0, (FLAT_KERNEL_CS & ~3ul) | rpl, 2 | RFLAGS_CF);
        CHECK_EQUAL(o.rax, 0x3333);
        CHECK_EQUAL(o.r11, 0x2222);
        CHECK_EQUAL(o.rcx, 0x1111);
        CHECK_EQUAL(o.rsp, o.expected_rsp - 128);
        CHECK_EQUAL(o.cs, FLAT_KERNEL_CS);
        CHECK_EQUAL(o.rflags & (RFLAGS_CF | RFLAGS_IF), RFLAGS_CF | RFLAGS_IF);
        CHECK_EQUAL(o.mask, 1);
    }
    o = go(0, FLAT_KERNEL_CS & ~3ul, 2 | RFLAGS_IF | RFLAGS_IOPL);
    CHECK_EQUAL(o.mask, 0);
    CHECK_EQUAL(o.rflags & RFLAGS_IOPL, 0);
    o = go(VGCF_in_syscall, FLAT_KERNEL_CS & ~3ul, 2);
    CHECK_EQUAL(o.rax, 0x3333);
    CHECK_EQUAL(o.mask, 1);

    CHECK_RC(event_bind_ipi(0, &port), 0);
    event_unmask_locally(port);
    CHECK_RC(event_send(port), 0);
    CHECK_EQUAL(event_count[port], 0);
    o = go(0, FLAT_KERNEL_CS & ~3ul, 2 | RFLAGS_IF);
    CHECK_EQUAL(event_count[port], 1);
    CHECK_EQUAL(o.mask, 0);
    test_success();
}
