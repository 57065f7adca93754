/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The symbol table of Domain 0's kernel, kept as its file has it and looked through when an address is to be
 * named. The file is not trusted: a symbol counts when it lies in the kernel's memory and its name in the
 * names. Kernels of other domains come from a toolstack, which keeps their files to itself.
 */
#include <xen/mm.h>
#include <xen/string.h>
#include "dom0_build.h"
#include "guest_symbols.h"

static struct {
    uint64_t start_va, end_va;
    const uint8_t *symtab;
    const char *names; /* names_size bytes, and a zero of ours */
    uint64_t nr, names_size;
} kept;

/* One piece of memory for both, which stays. */
void dom0_symbols_keep(const struct pv_image *image)
{
    const struct pv_symbols *s = &image->symbols;
    struct page_info *pg = s->symtab ? page_alloc_run(PFN_UP(s->symtab_size + s->strtab_size + 1)) : NULL;
    char *names;

    if (!pg)
        return;
    memcpy(page_to_virt(pg), s->symtab, s->symtab_size);
    kept.symtab = page_to_virt(pg);
    names = (char *)page_to_virt(pg) + s->symtab_size;
    memcpy(names, s->strtab, s->strtab_size);
    names[s->strtab_size] = 0;
    kept.names = names;
    kept.names_size = s->strtab_size;
    kept.nr = s->symtab_size / sizeof(struct elf64_symbol);
    kept.start_va = image->start_va;
    kept.end_va = image->end_va;
}

static bool is_function(const struct elf64_symbol *e)
{
    unsigned int type = ELF_SYMBOL_TYPE(e->info);

    return (type == ELF_STT_FUNC || type == ELF_STT_NOTYPE) && e->section != ELF_SHN_UNDEF &&
           e->section < ELF_SHN_LORESERVE && e->value >= kept.start_va && e->name < kept.names_size &&
           kept.names[e->name];
}

const char *guest_symbol_lookup(const struct domain *d, unsigned long va, unsigned long *offset)
{
    struct elf64_symbol e, best = {.name = 0};

    if (d != hardware_domain || !kept.nr || va < kept.start_va || va >= kept.end_va)
        return NULL;
    for (uint64_t i = 0; i < kept.nr; i++) {
        memcpy(&e, kept.symtab + i * sizeof(e), sizeof(e));
        if (is_function(&e) && e.value <= va && e.value >= best.value)
            best = e;
    }
    *offset = va - best.value;
    return best.name ? kept.names + best.name : NULL;
}
