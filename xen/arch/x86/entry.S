/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way from a guest (or from an interrupted hypervisor) into C and back: SYSCALL, SYSENTER, the 256 vectors, the exit path.
 * Decisions are C's (traps.c, bounce.c); this file saves, restores and chooses between SYSRET and IRET. The frame is the
 * public struct cpu_user_regs at the bottom of struct cpu_info. State tables: docs/entry.md.
 */
#include <asm/extable.h>
#include <asm/layout.h>
#include <asm/smap.h>

/* struct cpu_user_regs: an ABI layout, checked by entry_offsets.c, which also defines the OFF_ symbols. */
#define UREGS_r15     0
#define UREGS_r14     8
#define UREGS_r13     16
#define UREGS_r12     24
#define UREGS_rbp     32
#define UREGS_rbx     40
#define UREGS_r11     48
#define UREGS_r10     56
#define UREGS_r9      64
#define UREGS_r8      72
#define UREGS_rax     80
#define UREGS_rcx     88
#define UREGS_rdx     96
#define UREGS_rsi     104
#define UREGS_rdi     112
#define UREGS_error   120
#define UREGS_vector  124
#define UREGS_rip     128
#define UREGS_cs      136
#define UREGS_rflags  144
#define UREGS_rsp     152
#define UREGS_ss      160
#define UREGS_es      168
#define UREGS_ds      176

#define VECTOR_SYSCALL  0x100
#define VECTOR_SYSENTER 0x101
#define RFLAGS_IF       0x200
#define RFLAGS_IF_BIT   9
#define RFLAGS_IOPL_VM  0x23000
#define RFLAGS_NOT_IN_HANDLER 0x77500           /* TF DF IOPL NT RF VM AC: bounce.c's FLAGS_CLEARED, and DF */
#define HYPERCALL_IRET  23

        .macro SAVE_REGISTERS
        push    %rdi
        push    %rsi
        push    %rdx
        push    %rcx
        push    %rax
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        .endm

        .macro RESTORE_REGISTERS
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rax
        pop     %rcx
        pop     %rdx
        pop     %rsi
        pop     %rdi
        .endm

        .macro ENTRY name
        .globl  \name
        .hidden \name
        .type   \name, @function
        .balign 16
\name:
        .endm

        .macro END name
        .size   \name, . - \name
        .endm

        .text

/*
 * SYSCALL from 64-bit code, reached through this CPU's stub (syscall_stub.c).
 *   rsp  &cpu_info.guest_regs.es      rax  guest's rsp      cpu_info.scratch  guest's rax
 *   rcx  guest's rip                  r11  guest's rflags   IF DF TF NT AC off; all else is the guest's
 */
ENTRY syscall_entry
        push    $SEL_USER_DS
        push    %rax
        push    %r11
        push    $SEL_USER_CS
        push    %rcx
        push    vector_syscall(%rip)
        mov     OFF_CPU_CURRENT - UREGS_error(%rsp), %rax
        testb   $1, OFF_VCPU_FLAGS(%rax)        /* VCPUF_KERNEL_MODE */
        jz      syscall_quickly
        cmpq    $HYPERCALL_IRET, OFF_CPU_SCRATCH - UREGS_error(%rsp)
        je      iret_quickly
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
.Lsyscall_save:
        SAVE_REGISTERS
        mov     OFF_CPU_CURRENT(%rsp), %rbx
        sti
        mov     %eax, OFF_VCPU_HYPERCALL(%rbx)
        cmp     $64, %rax                       /* NR_HYPERCALLS */
        jae     1f
        lea     hypercall_table(%rip), %rcx
        mov     (%rcx,%rax,8), %rax
        mov     %r10, %rcx
        call    *%rax
0:      mov     %rax, UREGS_rax(%rsp)
        jmp     exit_to_guest
1:      call    pv_unknown_hypercall
        jmp     0b
END syscall_entry

/*
 * The iret hypercall, as do_iret (iret.c) does it, for the case that nothing else is to do: most irets of most guests. rax (the current
 * vCPU; then the guest's rsp, where its frame is), rcx and r11 are free, all else is the guest's and stays where it is. Whatever is not that simple, a
 * fault included, goes the long way, which reads the frame again: the slot of rsp is written last.
 */
        .set    FRAME_rax, 0                    /* struct iret_context */
        .set    FRAME_r11, 8
        .set    FRAME_rcx, 16
        .set    FRAME_flags, 24
        .set    FRAME_rip, 32
        .set    FRAME_cs, 40
        .set    FRAME_rflags, 48
        .set    FRAME_rsp, 56
        .set    FRAME_ss, 64
        .macro  FRAME_LOAD field, to
77:     mov     FRAME_\field(%rax), \to
        EXTABLE 77b, iret_long_way
        .endm

        /* pv_toggle_guest_mode: rcx is the vCPU, r11 the frame number of its users' table. */
        .macro  GO_TO_USER
        shl     $12, %r11
        xorb    $1, OFF_VCPU_FLAGS(%rcx)
        mov     %r11, OFF_VCPU_CR3(%rcx)
        swapgs
        mov     %r11, %cr3
        .endm

iret_quickly:
        mov     OFF_CPU_PERCPU - UREGS_error(%rsp), %rcx
        lea     percpu_softirq_pending(%rip), %r11
        cmpq    $0, (%rcx,%r11)
        jne     iret_long_way
        cmpw    $0, OFF_VCPU_NMI_PENDING(%rax)  /* nmi_pending, nmi_masked */
        jne     iret_long_way
        mov     OFF_VCPU_DOMAIN(%rax), %r11
        testb   $0x10, OFF_DOMAIN_VM_ASSIST(%r11) /* VMASST_TYPE_architectural_iopl */
        jnz     iret_long_way
        cmpb    $0, OFF_DOMAIN_LINEAR_L4(%r11)  /* the address may lead into our own slots: pv/linear.c */
        jne     iret_long_way
        mov     OFF_VCPU_INFO(%rax), %rcx
        cmpb    $0, (%rcx)                      /* evtchn_upcall_pending */
        jne     iret_long_way
        mov     UREGS_rsp - UREGS_error(%rsp), %rax
        mov     %rax, %r11
        shr     $43, %r11                       /* the hypervisor's hole, as in usercopy.S */
        cmp     $(HV_VIRT_START >> 43), %r11d
        je      iret_long_way
        STAC                                    /* until IRETQ, which brings the guest's AC, or the long way */
        FRAME_LOAD rflags, %r11
        bt      $RFLAGS_IF_BIT, %r11
        setnc   1(%rcx)                         /* evtchn_upcall_mask */
        and     $~RFLAGS_IOPL_VM, %r11
        or      $RFLAGS_IF, %r11
        mov     %r11, UREGS_rflags - UREGS_error(%rsp)
        FRAME_LOAD cs, %rcx
        mov     %ecx, %r11d
        or      $3, %ecx
        movzwl  %cx, %ecx
        mov     %rcx, UREGS_cs - UREGS_error(%rsp)
        FRAME_LOAD ss, %rcx
        or      $3, %ecx
        movzwl  %cx, %ecx
        mov     %rcx, UREGS_ss - UREGS_error(%rsp)
        FRAME_LOAD flags, %rcx
        test    $0x100, %ecx                    /* VGCF_in_syscall */
        jnz     .Liret_in_syscall
        FRAME_LOAD rip, %rcx
        mov     %rcx, UREGS_rip - UREGS_error(%rsp)
        not     %r11d
        test    $3, %r11b
        jz      .Liret_to_user
        FRAME_LOAD rax, %rcx
        mov     %rcx, OFF_CPU_SCRATCH - UREGS_error(%rsp)
        FRAME_LOAD r11, %r11
        FRAME_LOAD rcx, %rcx
        FRAME_LOAD rsp, %rax
        mov     %rax, UREGS_rsp - UREGS_error(%rsp)
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
        add     $8, %rsp
        jmp     guest_iret

        /*
         * The frame must have been read before the user's page tables are in use: they do not have the kernel's stack. What was read is
         * kept above rsp, since a fault that is mended pushes its own frame below: the slots of es and ds, which mean nothing here.
         */
.Liret_to_user:
        mov     OFF_CPU_CURRENT - UREGS_error(%rsp), %rcx
        mov     OFF_VCPU_USER_TABLE(%rcx), %r11
        cmp     $-1, %r11                       /* INVALID_MFN */
        je      .Liret_end_access
        FRAME_LOAD rax, %rcx
        mov     %rcx, OFF_CPU_SCRATCH - UREGS_error(%rsp)
        FRAME_LOAD r11, %rcx
        mov     %rcx, UREGS_es - UREGS_error(%rsp)
        FRAME_LOAD rcx, %rcx
        mov     %rcx, UREGS_ds - UREGS_error(%rsp)
        FRAME_LOAD rsp, %rax
        mov     %rax, UREGS_rsp - UREGS_error(%rsp)
        mov     OFF_CPU_CURRENT - UREGS_error(%rsp), %rcx
        GO_TO_USER
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
        mov     UREGS_es - UREGS_error(%rsp), %r11
        mov     UREGS_ds - UREGS_error(%rsp), %rcx
        add     $8, %rsp
        jmp     guest_iret

        /* From a system call of its 64-bit users (load_as_sysret): flat segments, rcx and r11 lost. r11: cs as the frame has it. */
.Liret_in_syscall:
        mov     %r11d, %ecx
        or      $3, %ecx
        cmp     $SEL_USER_CS32, %cx
        je      .Liret_end_access
        not     %r11d
        test    $3, %r11b
        jnz     .Liret_end_access               /* to the kernel itself */
        FRAME_LOAD rip, %rcx
        mov     %rcx, %r11                      /* not canonical: SYSRET would fault in our mode */
        shl     $16, %r11
        sar     $16, %r11
        cmp     %rcx, %r11
        jne     .Liret_end_access
        mov     %rcx, UREGS_rip - UREGS_error(%rsp)
        mov     OFF_CPU_CURRENT - UREGS_error(%rsp), %rcx
        mov     OFF_VCPU_USER_TABLE(%rcx), %r11
        cmp     $-1, %r11                       /* INVALID_MFN */
        je      .Liret_end_access
        FRAME_LOAD rax, %rcx
        mov     %rcx, OFF_CPU_SCRATCH - UREGS_error(%rsp)
        FRAME_LOAD rsp, %rax
        mov     %rax, UREGS_rsp - UREGS_error(%rsp)
        mov     OFF_CPU_CURRENT - UREGS_error(%rsp), %rcx
        GO_TO_USER
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
        mov     UREGS_rip - UREGS_error(%rsp), %rcx
        mov     UREGS_rflags - UREGS_error(%rsp), %r11
        mov     UREGS_rsp - UREGS_error(%rsp), %rsp
        sysretq

.Liret_end_access:
        CLAC
iret_long_way:
        mov     $HYPERCALL_IRET, %eax
        jmp     .Lsyscall_save

/*
 * A system call of the guest's users, as pv_syscall_from_user (bounce.c) does it, for the case that nothing else is to do. rax (the
 * current vCPU), rcx and r11 are free; rcx and r11 of the frame are SYSCALL's: rip and rflags. In ring 3 IF is set and IOPL 0, so
 * that with events unmasked the frame's rflags are the processor's. One check of the address is enough: the lowest word is written
 * first. A fault puts the vCPU back into user mode and goes the long way, which says what is wrong with the stack.
 */
        .macro  FRAME_STORE from, offset
77:     movq    \from, \offset(%rcx)
        EXTABLE 77b, .Lsyscall_undo
        .endm

syscall_quickly:
        mov     OFF_CPU_PERCPU - UREGS_error(%rsp), %rcx
        lea     percpu_softirq_pending(%rip), %r11
        cmpq    $0, (%rcx,%r11)
        jne     syscall_long_way
        cmpb    $0, OFF_VCPU_NMI_PENDING(%rax)
        jne     syscall_long_way
        mov     OFF_VCPU_DOMAIN(%rax), %rcx
        testb   $0x10, OFF_DOMAIN_VM_ASSIST(%rcx) /* VMASST_TYPE_architectural_iopl */
        jnz     syscall_long_way
        mov     OFF_VCPU_INFO(%rax), %rcx
        cmpw    $0, (%rcx)                      /* evtchn_upcall_pending, evtchn_upcall_mask */
        jne     syscall_long_way
        cmpq    $0, OFF_VCPU_SYSCALL_ADDRESS(%rax)
        je      syscall_long_way
        mov     OFF_VCPU_KERNEL_SP(%rax), %rcx
        and     $~15, %rcx
        sub     $56, %rcx
        mov     %rcx, %r11
        shr     $43, %r11                       /* the hypervisor's hole, as in usercopy.S */
        cmp     $(HV_VIRT_START >> 43), %r11d
        je      syscall_long_way
        mov     OFF_VCPU_KERNEL_TABLE(%rax), %r11 /* pv_toggle_guest_mode */
        shl     $12, %r11
        orb     $1, OFF_VCPU_FLAGS(%rax)
        mov     %r11, OFF_VCPU_CR3(%rax)
        swapgs
        mov     %r11, %cr3
        STAC
        mov     UREGS_rip - UREGS_error(%rsp), %r11
        FRAME_STORE %r11, 0
        FRAME_STORE %r11, 16
        mov     UREGS_rflags - UREGS_error(%rsp), %r11
        FRAME_STORE %r11, 8
        FRAME_STORE %r11, 32
        FRAME_STORE $SEL_USER_CS, 24
        mov     UREGS_rsp - UREGS_error(%rsp), %r11
        FRAME_STORE %r11, 40
        FRAME_STORE $SEL_USER_DS, 48
        CLAC
        mov     OFF_VCPU_INFO(%rax), %r11
        testb   $4, OFF_VCPU_SYSCALL_FLAGS(%rax) /* TARGET_MASK_EVENTS */
        setnz   1(%r11)                         /* evtchn_upcall_mask */
        mov     UREGS_rflags - UREGS_error(%rsp), %r11
        and     $~RFLAGS_NOT_IN_HANDLER, %r11d
        mov     %rcx, UREGS_rsp - UREGS_error(%rsp)
        mov     OFF_VCPU_SYSCALL_ADDRESS(%rax), %rcx
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
        mov     UREGS_rsp - UREGS_error(%rsp), %rsp
        sysretq

.Lsyscall_undo:
        CLAC
        swapgs
        andb    $~1, OFF_VCPU_FLAGS(%rax)
syscall_long_way:
        mov     UREGS_rip - UREGS_error(%rsp), %rcx
        mov     UREGS_rflags - UREGS_error(%rsp), %r11
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
        SAVE_REGISTERS
        sti
        mov     %rsp, %rdi
        call    pv_syscall_from_user
        jmp     exit_to_guest

/* SYSCALL from compatibility-mode code: as above; never a hypercall here, since 32-bit PV guests do not exist yet. */
ENTRY syscall32_entry
        push    $SEL_USER_DS
        push    %rax
        push    %r11
        push    $SEL_USER_CS32
        push    %rcx
        push    vector_syscall(%rip)
        mov     OFF_CPU_SCRATCH - UREGS_error(%rsp), %rax
        SAVE_REGISTERS
        xor     %ebp, %ebp
        sti
        mov     %rsp, %rdi
        call    pv_syscall32
        jmp     exit_to_guest
END syscall32_entry

/*
 * SYSENTER. rsp: &cpu_info.guest_regs.es (MSR); IF off; TF, NT, AC as the guest had them. The guest's rip and rsp are lost (its
 * convention with its own users). Traps by TF are swallowed by trap_from_hypervisor, which leaves TF set until it has been saved.
 */
ENTRY sysenter_entry
        push    $SEL_USER_DS
        push    $0
        pushf
        .globl  sysenter_flags_saved
        .hidden sysenter_flags_saved
sysenter_flags_saved:
        push    $3
        push    $0
        push    vector_sysenter(%rip)
        SAVE_REGISTERS
        orl     $RFLAGS_IF, UREGS_rflags(%rsp)
        push    $2
        popf
        xor     %ebp, %ebp
        sti
        mov     %rsp, %rdi
        call    pv_sysenter
        jmp     exit_to_guest
END sysenter_entry

/*
 * The way back to the current guest: rsp = cpu_info, its registers in guest_regs. Softirqs first (one of them may switch to another
 * vCPU and then does not return), then what the guest must be told, then out with interrupts off.
 */
ENTRY exit_to_guest
        cli
        mov     OFF_CPU_CURRENT(%rsp), %rbx
        mov     OFF_CPU_PERCPU(%rsp), %rax
        lea     percpu_softirq_pending(%rip), %rcx
        cmpq    $0, (%rax,%rcx)
        jne     3f
        mov     OFF_VCPU_INFO(%rbx), %rax
        cmpb    $0, OFF_VCPU_NMI_PENDING(%rbx)
        jnz     4f
        cmpb    $0, (%rax)                      /* evtchn_upcall_pending */
        jne     5f
0:      cmpl    $VECTOR_SYSCALL, UREGS_vector(%rsp)
        jne     2f
        /*
         * SYSRET to a non-canonical address would fault in our mode, on the guest's stack. Who sets VECTOR_SYSCALL sees to a
         * canonical rip; only SYSCALL itself can have come from the last bytes of the lower half.
         */
        mov     UREGS_rip(%rsp), %rcx
        test    %rcx, %rcx
        js      1f
        bt      $47, %rcx
        jc      2f
1:      pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        mov     UREGS_rflags - UREGS_r11(%rsp), %r11
        mov     UREGS_r10 - UREGS_r11(%rsp), %r10
        mov     UREGS_r9 - UREGS_r11(%rsp), %r9
        mov     UREGS_r8 - UREGS_r11(%rsp), %r8
        mov     UREGS_rax - UREGS_r11(%rsp), %rax
        mov     UREGS_rdx - UREGS_r11(%rsp), %rdx
        mov     UREGS_rsi - UREGS_r11(%rsp), %rsi
        mov     UREGS_rdi - UREGS_r11(%rsp), %rdi
        mov     UREGS_rsp - UREGS_r11(%rsp), %rsp
        sysretq

3:      sti
        call    softirq_run
        jmp     exit_to_guest
4:      call    pv_deliver_nmi
        jmp     exit_to_guest
5:      cmpb    $0, 1(%rax)                     /* evtchn_upcall_mask */
        jne     0b
        call    pv_deliver_events
        jmp     exit_to_guest

2:      RESTORE_REGISTERS
        add     $8, %rsp
        .globl  guest_iret
        .hidden guest_iret
guest_iret:                                     /* a fault here is the guest's: trap_from_hypervisor */
        iretq
END exit_to_guest

/* noreturn void resume_guest(void): drops the stack and leaves for the current guest. */
ENTRY resume_guest
        or      $(STACK_SIZE - 1), %rsp
        lea     1(%rsp), %rsp
        sub     $OFF_CPU_INFO_SIZE, %rsp
        xor     %ebp, %ebp
        jmp     exit_to_guest
END resume_guest

/* noreturn void run_on_fresh_stack(noreturn function *): the same for the idle loop. */
ENTRY run_on_fresh_stack
        or      $(STACK_SIZE - 1), %rsp
        lea     1(%rsp), %rsp
        sub     $OFF_CPU_INFO_SIZE + 8, %rsp
        xor     %ebp, %ebp
        call    *%rdi
        ud2
END run_on_fresh_stack

/* Exceptions. rsp: the frame of the processor, error code and vector below it. IF off. */
exception_common:
        SAVE_REGISTERS
        CLD_CLAC
        xor     %ebp, %ebp
        mov     %rsp, %rdi
        testb   $3, UREGS_cs(%rsp)
        jz      exception_from_hypervisor
exception_from_guest:
        mov     UREGS_vector(%rsp), %eax
        lea     guest_exception_handlers(%rip), %rcx
        call    *(%rcx,%rax,8)
        jmp     exit_to_guest

/* INT 0x80 of a guest: the one software interrupt with a gate of its own. */
int80_entry:
        SAVE_REGISTERS
        CLD_CLAC
        xor     %ebp, %ebp
        mov     %rsp, %rdi
        call    int80_from_guest
        jmp     exit_to_guest

/* trap_from_hypervisor answers true when the fault was IRET's on the way to the guest: guest_regs now describe the guest's exception. */
exception_from_hypervisor:
        call    trap_from_hypervisor
        test    %al, %al
        jz      return_to_hypervisor
        or      $(STACK_SIZE - 1), %rsp
        lea     1(%rsp), %rsp
        sub     $OFF_CPU_INFO_SIZE, %rsp
        mov     %rsp, %rdi
        jmp     exception_from_guest

return_to_hypervisor:
        RESTORE_REGISTERS
        add     $8, %rsp
        iretq

/*
 * #DB, NMI, #DF, #MC come on stacks of their own, since they can hit before SYSCALL's stub has left the guest's stack. From a guest the
 * frame moves to the main stack at once, and an IRET to the next instruction lets NMIs in again (the exit may be a SYSRET).
 */
exception_on_ist:
        SAVE_REGISTERS
        CLD_CLAC
        xor     %ebp, %ebp
        mov     %rsp, %rdi
        testb   $3, UREGS_cs(%rsp)
        jz      exception_from_hypervisor
        mov     %rsp, %rsi
        mov     %rsp, %rdi
        or      $(STACK_SIZE - 1), %rdi
        lea     1(%rdi), %rdi
        sub     $OFF_CPU_INFO_SIZE, %rdi
        mov     %rdi, %rbx
        mov     $(UREGS_es / 8), %ecx
        rep movsq
        mov     %rbx, %rsp
        push    $0
        push    %rbx
        pushf
        push    $SEL_HV_CS
        lea     1f(%rip), %rax
        push    %rax
        iretq
1:      mov     %rsp, %rdi
        jmp     exception_from_guest

/* Interrupts: vectors from 32 on. */
interrupt_common:
        SAVE_REGISTERS
        CLD_CLAC
        xor     %ebp, %ebp
        mov     UREGS_vector(%rsp), %edi
        mov     %rsp, %rsi
        call    irq_dispatch
        testb   $3, UREGS_cs(%rsp)
        jnz     exit_to_guest
        jmp     return_to_hypervisor

/* One entry a vector, and their table for the IDT. */
        .pushsection .rodata, "a"
        .globl  trap_entry_points
        .hidden trap_entry_points
        .balign 8
trap_entry_points:
        .popsection

        .altmacro
        .macro  TRAP_ENTRY vector, has_error, target
        .balign 16
trap_\vector:
        .if !\has_error
        push    $0
        .endif
        movl    $\vector, 4(%rsp)
        jmp     \target
        .pushsection .rodata, "a"
        .quad   trap_\vector
        .popsection
        .endm

        .macro  TRAP_ENTRIES first, last, target
        .set    vector, \first
        .rept   \last - \first + 1
        TRAP_ENTRY %vector, 0, \target
        .set    vector, vector + 1
        .endr
        .endm

        TRAP_ENTRY 0, 0, exception_common
        TRAP_ENTRY 1, 0, exception_on_ist
        TRAP_ENTRY 2, 0, exception_on_ist
        TRAP_ENTRIES 3, 7, exception_common
        TRAP_ENTRY 8, 1, exception_on_ist
        TRAP_ENTRY 9, 0, exception_common
        TRAP_ENTRY 10, 1, exception_common
        TRAP_ENTRY 11, 1, exception_common
        TRAP_ENTRY 12, 1, exception_common
        TRAP_ENTRY 13, 1, exception_common
        TRAP_ENTRY 14, 1, exception_common
        TRAP_ENTRIES 15, 16, exception_common
        TRAP_ENTRY 17, 1, exception_common
        TRAP_ENTRY 18, 0, exception_on_ist
        TRAP_ENTRIES 19, 20, exception_common
        TRAP_ENTRY 21, 1, exception_common
        TRAP_ENTRIES 22, 28, exception_common
        TRAP_ENTRY 29, 1, exception_common
        TRAP_ENTRY 30, 1, exception_common
        TRAP_ENTRY 31, 0, exception_common
        TRAP_ENTRIES 32, 127, interrupt_common
        TRAP_ENTRY 128, 0, int80_entry
        TRAP_ENTRIES 129, 255, interrupt_common
        .noaltmacro

        .pushsection .rodata, "a"
        .balign 8
vector_syscall:
        .long   0, VECTOR_SYSCALL
vector_sysenter:
        .long   0, VECTOR_SYSENTER
        .popsection

        .section .note.GNU-stack, "", @progbits
