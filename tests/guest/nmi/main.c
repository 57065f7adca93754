/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An NMI comes whatever the event mask says, once, and no second one before iret.
 *
 * nmi.h: nmi_op registers the handler, as does callback_op type 5, as is entry 2 of the trap table.
 * VCPUOP_send_nmi (vcpu.h) sends one to a vCPU, the caller included. The frame is that of an exception
 * without error code. Until the handler's iret further NMIs wait, and several are one. A handler registered
 * by one of the two calls begins with events masked, one of the trap table as its flags say.
 *
 * What goes wrong: the NMI is held back by the event mask; it nests; the one that waited is lost, or comes
 * only with the next hypercall.
 */
#include "guest.h"

#include <xen/callback.h>
#include <xen/nmi.h>

const char test_title[] = "NMI: registration, delivery, masking until iret";

static volatile unsigned int nmi_depth, nmi_deepest, nmi_count, nmi_again;
static volatile uint8_t nmi_mask;
static volatile long nmi_sent;
static volatile uint64_t nmi_cs;

static long send_nmi(unsigned int vcpu)
{
    return hypercall_vcpu_op(VCPUOP_send_nmi, vcpu, NULL);
}

/* rcx and r11, then the processor's words: kept by the attribute's code and by the assembly below. */
__attribute__((used)) static void nmi_body(const uint64_t *frame)
{
    nmi_count++;
    nmi_cs = frame[3];
    nmi_mask = shared_info.vcpu_info[0].evtchn_upcall_mask;
    nmi_depth++;
    if (nmi_depth > nmi_deepest) {
        nmi_deepest = nmi_depth;
    }
    while (nmi_again) {
        nmi_again--;
        nmi_sent |= send_nmi(0);
    }
    nmi_depth--;
}

extern char nmi_entry[];
asm(".pushsection .text\n"
    "nmi_entry:\n\t"
    "pushq %rax; pushq %rdx; pushq %rsi; pushq %rdi; pushq %r8; pushq %r9; pushq %r10; pushq %rbx\n\t"
    "leaq 64(%rsp), %rdi; movq %rsp, %rbx; andq $-16, %rsp\n\t"
    "call nmi_body\n\t"
    "movq %rbx, %rsp\n\t"
    "popq %rbx; popq %r10; popq %r9; popq %r8; popq %rdi; popq %rsi; popq %rdx; popq %rax\n\t"
    /* rcx, r11, rip …: as iret wants it: rax, r11, rcx, flags in front of rip. */
    "popq %rcx; popq %r11\n\t"
    "pushq $0; pushq %rcx; pushq %r11; pushq %rax\n\t"
    "movl $23, %eax\n\t"
    "syscall; ud2\n"
    ".popsection");

static long nmi_op(unsigned int command, const void *argument)
{
    return hypercall(__HYPERVISOR_nmi_op, command, HYPERCALL_POINTER(argument), 0, 0, 0);
}

static void nmi_once(const char *how)
{
    nmi_count = nmi_deepest = 0;
    CHECK_RC(send_nmi(0), 0);
    CHECK_EQUAL(nmi_count, 1);
    if (nmi_count != 1) {
        printk("registered by %s\n", how);
    }
}

void test_main(void)
{
    struct xennmi_callback callback = {.handler_address = (unsigned long)nmi_entry};
    struct callback_register op = {.type = CALLBACKTYPE_nmi, .address = (unsigned long)nmi_entry};
    struct trap_info traps[2] = {
        {.vector = 2, .flags = 4, .cs = FLAT_KERNEL_CS, .address = (unsigned long)nmi_entry}};

    CHECK_RC(nmi_op(XENNMI_register_callback, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(nmi_op(7, &callback), -XEN_ENOSYS);
    CHECK_RC(send_nmi(1), -XEN_ENOENT);
    CHECK_RC(nmi_op(XENNMI_register_callback, &callback), 0);
    nmi_once("nmi_op");
    CHECK_EQUAL(nmi_mask, 1);
    CHECK_EQUAL(nmi_cs & 0xffff, FLAT_KERNEL_CS & ~3);
    CHECK_EQUAL(nmi_cs >> 32, 1);
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    nmi_once("nmi_op, unmasked");
    CHECK_EQUAL(nmi_mask, 1);
    CHECK_EQUAL(nmi_cs >> 32, 0);
    CHECK_EQUAL(shared_info.vcpu_info[0].evtchn_upcall_mask, 0);
    shared_info.vcpu_info[0].evtchn_upcall_mask = 1;

    nmi_count = nmi_deepest = 0;
    nmi_again = 3;
    CHECK_RC(send_nmi(0), 0);
    CHECK_RC(nmi_sent, 0);
    CHECK_EQUAL(nmi_deepest, 1);
    CHECK_EQUAL(nmi_count, 2);

    CHECK_RC(nmi_op(XENNMI_unregister_callback, NULL), 0);
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, &op), 0);
    nmi_once("callback_op");
    CHECK_RC(nmi_op(XENNMI_unregister_callback, NULL), 0);
    CHECK_RC(hypercall_set_trap_table(traps), 0);
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    nmi_once("the trap table");
    CHECK_EQUAL(nmi_mask, 1);
    traps[0].flags = 0;
    CHECK_RC(hypercall_set_trap_table(traps), 0);
    nmi_once("the trap table, without masking");
    CHECK_EQUAL(nmi_mask, 0);
    shared_info.vcpu_info[0].evtchn_upcall_mask = 1;
    test_success();
}
