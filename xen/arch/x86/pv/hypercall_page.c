/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of hypercall stubs that older kernels call: slot n, 32 bytes, issues hypercall n. It preserves rcx
 * and r11, which SYSCALL destroys; the iret slot instead lays down the head of the iret frame (ABI: struct
 * iret_context) and does not come back.
 */
#include <xen/string.h>
#include <xen/types.h>
#include <public/xen.h>
#include <asm/pv.h>

#define SLOT_BYTES 32
#define INT3       0xcc

/* push %rcx; push %r11; mov $nr, %eax; syscall; pop %r11; pop %rcx; ret */
static void fill_slot(uint8_t *slot, uint32_t nr)
{
    memcpy(slot, "\x51\x41\x53\xb8", 4);
    memcpy(slot + 4, &nr, 4);
    memcpy(slot + 8, "\x0f\x05\x41\x5b\x59\xc3", 6);
}

/* push %rcx; push %r11; push %rax; mov $nr, %eax; syscall */
static void fill_iret_slot(uint8_t *slot)
{
    uint32_t nr = __HYPERVISOR_iret;

    memcpy(slot, "\x51\x41\x53\x50\xb8", 5);
    memcpy(slot + 5, &nr, 4);
    memcpy(slot + 9, "\x0f\x05", 2);
}

void pv_fill_hypercall_page(void *page)
{
    memset(page, INT3, PAGE_SIZE);
    for (uint32_t nr = 0; nr < PAGE_SIZE / SLOT_BYTES; nr++) {
        uint8_t *slot = (uint8_t *)page + nr * SLOT_BYTES;

        if (nr == __HYPERVISOR_iret)
            fill_iret_slot(slot);
        else
            fill_slot(slot, nr);
    }
}
