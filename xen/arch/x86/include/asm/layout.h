/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's virtual address space: slots 256-271 of every top-level table, the same in all of them.
 *
 *   256  ffff8000'00000000  machine-to-physical table, read-only for guests (ABI: HYPERVISOR_VIRT_START)
 *   260  ffff8200'00000000  per-vCPU windows: GDT and LDT of each vCPU, 128 KiB each
 *   261  ffff8280'00000000  I/O mappings (APIC, IO-APIC, HPET, ACPI), then at ffff82a0'00000000 the stacks of
 *        CPUs other than the first, at ffff82c0'00000000 the frame table, and at ffff82d0'00000000 the
 *        hypervisor's image
 *   262- ffff8300'00000000  direct map of all RAM, up to slot 271
 *
 * Shared with assembly and the linker script: only #define of plain numbers.
 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#define HV_FIRST_SLOT 256
#define HV_LAST_SLOT  271

#ifdef __ASSEMBLY__
#define LAYOUT_UL(x) x
#else
#define LAYOUT_UL(x) x##ul
#endif

#define HV_VIRT_START      LAYOUT_UL(0xffff800000000000)
#define HV_VIRT_END        LAYOUT_UL(0xffff880000000000) /* one past */
#define M2P_VIRT_START     LAYOUT_UL(0xffff800000000000)
#define M2P_VIRT_END       LAYOUT_UL(0xffff804000000000)
#define VCPU_WINDOWS_START LAYOUT_UL(0xffff820000000000)
#define IOMAP_VIRT_START   LAYOUT_UL(0xffff828000000000)
#define IOMAP_VIRT_END     LAYOUT_UL(0xffff829000000000)
#define STACKS_VIRT_START  LAYOUT_UL(0xffff82a000000000)
#define FRAMETABLE_START   LAYOUT_UL(0xffff82c000000000)
/* of physical address 0: image linked at this + IMAGE_PHYS */
#define IMAGE_VIRT_START   LAYOUT_UL(0xffff82d000000000)
#define IMAGE_PHYS         0x200000
#define DIRECT_MAP_START   LAYOUT_UL(0xffff830000000000)
#define DIRECT_MAP_END     HV_VIRT_END

/* Each vCPU's window: 16 pages for the GDT (the guest's first 14, ours from 14 on), 16 for the LDT. */
#define VCPU_WINDOW_SHIFT 17
#define VCPU_WINDOW_LDT   16

/*
 * Per-CPU stacks: one block, naturally aligned; struct cpu_info at its top. Pages 1, 3, 5 and 7 are the IST
 * stacks, 9 to 15 the main one; the pages below each are not mapped.
 */
#define STACK_ORDER       4
#define STACK_SIZE        (4096 << STACK_ORDER)
#define STACK_GUARD_PAGES 0x155 /* bitmap */

/* Selectors in the reserved part of the GDT (FIRST_RESERVED_GDT_ENTRY of the ABI is 7168 = page 14). */
#define SEL_HV_CS   0xe008
#define SEL_HV_DS   0xe010
#define SEL_USER_CS32 0xe023
#define SEL_USER_DS 0xe02b
#define SEL_USER_CS 0xe033
#define SEL_TSS     0xe040
#define SEL_LDT     0xe050

#endif
