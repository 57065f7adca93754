/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions, recorded for the test; user mode; the failsafe and system-call callbacks. */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include <stdbool.h>
#include <stdint.h>

/* What trap_common (entry.S) leaves on the stack. cs is the whole word: bits 32 to 39 hold the saved event
 * mask. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss;
};

#define FRAME_CS(frame)   ((uint16_t)(frame)->cs)
#define FRAME_MASK(frame) ((uint8_t)((frame)->cs >> 32))

/* The last exception, callback or system call, and how many there were since trap_forget. */
struct trap_record {
    unsigned int count;
    struct trap_frame frame;
    uint64_t cr2;       /* vcpu_info's copy on entry */
    uint8_t mask;       /* the event mask on entry */
    uint64_t frame_end; /* address just above the frame's ss */
};
extern struct trap_record trap_last;

/* Where the next exception in kernel mode continues; 0: it is unexpected and ends the test as an ERROR. */
extern uint64_t trap_resume;
/* Whether an exception continues where its frame says (for traps that leave rip behind the instruction). */
extern bool trap_continue;

/* The four selectors of the last failsafe callback: ds, es, fs, gs. */
extern uint64_t failsafe_selectors[4];

extern char trap_stubs[], event_entry[], syscall_entry[], failsafe_entry[];
#define TRAP_STUB(vector) ((unsigned long)trap_stubs + 16ul * (vector))

/* Registers a stub for vectors 0 to 31 (3 and 4 callable from user mode), none with events masked, and the
 * callbacks. */
void trap_initialise(void);
void trap_forget(void);

/* Registers a stub for one vector with the given flags of struct trap_info; answers the hypercall's result.
 */
long trap_register(uint8_t vector, uint8_t flags);

/*
 * Runs one assembly text during which an exception may come; after one, goes on behind the text. Answers its
 * vector, or -1. The text may use rax and no stack; %0 and on are the operands given.
 */
#define TRAP_TRY(text, ...)                                                                                  \
    ({                                                                                                       \
        trap_forget();                                                                                       \
        asm volatile("movq $771f, trap_resume\n\t" text "\n771:\tmovq $0, trap_resume"                       \
                     :                                                                                       \
                     : __VA_ARGS__                                                                           \
                     : "memory", "rax", "cc");                                                               \
        trap_last.count ? (int)trap_last.frame.vector : -1;                                                  \
    })

/* Reads or writes eight bytes; the vector of the exception that it made, or -1. */
int trap_try_read(const volatile void *address);
int trap_try_write(volatile void *address, uint64_t value);

/*
 * User mode. user_initialise makes a second top-level table with the guest's own memory, installs it as the
 * user base and switches the kernel stack. user_run goes to user mode at function; it comes back when user
 * mode makes a system call or an exception, of which trap_last then tells. Nothing but the user's stack is
 * set up there.
 */
void user_initialise(void);
void user_run(void (*function)(void));
/* The frame of the user's top-level table. */
uint64_t user_base_mfn(void);
extern char user_trap_stack[];

#endif
