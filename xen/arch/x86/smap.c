/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Supervisor-mode access prevention: writes STAC and CLAC into the image (see asm/smap.h), and gives SMAP up
 * on processors that apply it to ring 3 as well, as QEMU's emulation did until version 9.1.
 */
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <asm/cpu.h>
#include <asm/processor.h>
#include <asm/smap.h>

struct smap_place {
    int32_t distance; /* from this field */
    uint32_t kind;
};
extern const struct smap_place __smap_places_start[], __smap_places_end[];

static const struct {
    uint8_t length, bytes[4];
} instructions[] = {
    [SMAP_STAC] = {3, {0x0f, 0x01, 0xcb}},
    [SMAP_CLAC] = {3, {0x0f, 0x01, 0xca}},
    [SMAP_CLD_CLAC] = {4, {0xfc, 0x0f, 0x01, 0xca}},
};

/* Byte by byte: a place may lie across the end of a page, and pages of the image are not mapped writable. */
static void __init write_place(const uint8_t *place, unsigned int kind)
{
    for (unsigned int i = 0; i < instructions[kind].length; i++)
        *(uint8_t *)arch_direct_map(arch_virt_to_paddr(place + i)) = instructions[kind].bytes[i];
}

void __init smap_init(void)
{
    const struct smap_place *p;

    if (!cpu_features.smap)
        return;
    for (p = __smap_places_start; p < __smap_places_end; p++)
        write_place((const uint8_t *)&p->distance + p->distance, p->kind);
    /* The code now differs from what may have been fetched ahead (SDM vol. 3, 8.1.3). */
    cpuid(0, 0);
}

bool smap_give_up(void)
{
    static bool said;
    unsigned long cr4 = read_cr4();

    if (!(cr4 & X86_CR4_SMAP))
        return false;
    write_cr4(cr4 & ~X86_CR4_SMAP);
    if (!__atomic_exchange_n(&said, true, __ATOMIC_RELAXED))
        log_warning("this processor applies SMAP to accesses of ring 3 (older QEMU: IRET, far calls, far "
                    "returns): going on without SMAP\n");
    return true;
}
