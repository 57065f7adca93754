/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 64-bit kernel runs 32-bit user code: cs 0xe023, and every way from there into the kernel.
 *
 * xen-x86_64.h gives FLAT_USER_CS32 in the hypervisor's part of the GDT; the frames are those of 64-bit code,
 * with that cs. INT 0x80 has a gate of its own and enters the trap table's entry. SYSCALL, which AMD's
 * processors have in compatibility mode (-cpu max is one), enters the syscall32 callback (callback.h); as
 * long as none is registered it is #UD at the instruction. Stock Xen masks events there when the callback for
 * 64-bit code says so; the flag given with syscall32 has no effect.
 *
 * What goes wrong: the frame of a SYSCALL from 32-bit code says 64-bit, and iret then goes on decoding the
 * wrong instructions; the upper halves of registers show what the hypervisor had in them; a return to 32-bit
 * code by SYSRET switches to 64-bit.
 */
#include "guest.h"

#include <xen/callback.h>

const char test_title[] = "32-bit user code on a 64-bit kernel";

#define WINDOW 0x400000u
#define STACK  (WINDOW + 2 * PAGE_SIZE)

static uint8_t code_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint8_t stack_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

#define CODE32(name, text)                                                                                   \
    extern const uint8_t name[], name##_end[];                                                               \
    asm(".pushsection .rodata\n" #name ":\n.code32\n" text "\n" #name "_end:\n.code64\n.popsection")

/* clang-format off */
CODE32(int80, "nop; int $0x80");
CODE32(syscall32, "nop; stc; syscall");
CODE32(undefined, "nop; ud2");
CODE32(breakpoint, "nop; int3");
CODE32(halt, "nop; hlt");
CODE32(store, "nop; movl %eax, 0x1000");
CODE32(load_hole, "nop; movl 0xffff8000, %eax");
CODE32(bad_selector, "nop; movl $0x1234, %eax; movl %eax, %es");
CODE32(forced_cpuid, "xorl %ecx, %ecx; movl $0x40000000, %eax; .byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2; int $0x80");
CODE32(stack_moves, "pushl $7; popl %eax; int $0x80");
/* clang-format on */

/* 64-bit user code that goes on in 32-bit mode; the upper halves of all registers are set. */
static void go_32(void)
{
    asm volatile("movq $-1, %%rsi\n\tmovq $-1, %%rdi\n\tmovq $-1, %%rbp\n\tmovq $-1, %%r11\n\t"
                 "movl %0, %%esp\n\tpushq %1\n\tpushq %2\n\tlretq" ::"i"(STACK),
                 "i"(FLAT_USER_CS32), "i"(WINDOW)
                 : "memory");
}

static void run_32(const uint8_t *code, const uint8_t *end)
{
    memcpy(code_page, code, (size_t)(end - code));
    user_run(go_32);
}

#define RUN(name) run_32(name, name##_end)

static void expect(uint64_t vector, uint64_t error_code, uint64_t rip)
{
    const struct trap_frame *frame = &trap_last.frame;

    CHECK_EQUAL(trap_last.count, 1);
    CHECK_EQUAL(frame->vector, vector);
    CHECK_EQUAL(frame->error_code, error_code);
    CHECK_EQUAL(frame->rip, WINDOW + rip);
    CHECK_EQUAL(FRAME_CS(frame), FLAT_USER_CS32);
    CHECK_EQUAL((uint16_t)frame->ss, FLAT_USER_SS32);
    CHECK_EQUAL(frame->rsp, STACK);
    CHECK_EQUAL(trap_last.frame_end, (uint64_t)user_trap_stack + STACK_SIZE);
    CHECK_EQUAL(frame->rflags & (RFLAGS_IF | RFLAGS_IOPL), RFLAGS_IF);
}

static void map_window(void)
{
    const volatile uint64_t *window = page_make_window(WINDOW);
    volatile uint64_t *user_top;

    user_initialise();
    user_top = address_of_mfn(user_base_mfn());
    CHECK_EQUAL(page_update(&window[0], PTE_MAKE(mfn_of(code_page), PTE_RO)), 0);
    CHECK_EQUAL(page_update(&window[1], PTE_MAKE(mfn_of(stack_page), PTE_RW)), 0);
    CHECK_EQUAL(page_update(&user_top[0], *(const uint64_t *)start_info->pt_base), 0);
}

static void exceptions(void)
{
    RUN(undefined);
    expect(6, 0, 1);
    RUN(breakpoint);
    expect(3, 0, 2);
    RUN(halt);
    expect(13, 0, 1);
    RUN(store);
    expect(14, 6, 1);
    CHECK_EQUAL(trap_last.cr2, 0x1000);
    RUN(load_hole);
    expect(14, 4, 1);
    CHECK_EQUAL(trap_last.cr2, 0xffff8000);
    RUN(bad_selector);
    expect(13, 0x1234, 6);
}

static void software_interrupts(void)
{
    RUN(int80);
    expect(13, 0x80 << 3 | 2, 1);
    CHECK_RC(trap_register(0x80, 3), 0);
    RUN(int80);
    expect(0x80, 0, 3);
    RUN(stack_moves);
    expect(0x80, 0, 5);
    CHECK_EQUAL(trap_last.frame.rax, 7);
    RUN(forced_cpuid);
    expect(0x80, 0, 16);
    CHECK_EQUAL(trap_last.frame.rbx, 0x566e6558);
}

void test_main(void)
{
    struct callback_register op = {.type = CALLBACKTYPE_syscall32, .address = (unsigned long)syscall_entry};
    const struct trap_frame *frame = &trap_last.frame;

    map_window();
    exceptions();
    software_interrupts();

    RUN(syscall32);
    expect(6, 0, 2);
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, &op), 0);
    RUN(syscall32);
    expect(VECTOR_SYSCALL, 0, 4);
    CHECK_EQUAL(frame->rcx, WINDOW + 4);
    CHECK_EQUAL(frame->r11 & RFLAGS_CF, RFLAGS_CF);
    CHECK_EQUAL(frame->rflags & RFLAGS_CF, RFLAGS_CF);
    CHECK_EQUAL(trap_last.mask, 0);
    op.flags = CALLBACKF_mask_events;
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, &op), 0);
    RUN(syscall32);
    CHECK_EQUAL(trap_last.mask, 0);
    op.type = CALLBACKTYPE_syscall;
    CHECK_RC(hypercall_callback_op(CALLBACKOP_register, &op), 0);
    RUN(syscall32);
    CHECK_EQUAL(trap_last.mask, 1);
    CHECK_EQUAL(FRAME_MASK(frame), 0);
    test_success();
}
