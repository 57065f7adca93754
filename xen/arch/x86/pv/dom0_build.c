/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain 0 from the boot modules: unpack, parse, lay out, fill, pin, start. What is wrong with the kernel
 * ends in one sentence.
 *
 * The frames are filled through the direct map before any has a type; from the moment that the top-level
 * table is pinned the domain's memory obeys the same rules as any guest's.
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/domain_builder.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/string.h>
#include <asm/pv.h>
#include <asm/screen.h>
#include <public/platform.h>
#include "dom0_build.h"

static __initdata struct dom0_builder builder;
static __initdata struct vcpu_guest_context boot_context;

static void plan(struct dom0_builder *b, const struct boot_module *ramdisk)
{
    int rc = pv_layout_compute(&b->image, b->nr_pages, ramdisk ? ramdisk->size : 0,
                               sizeof(start_info_t) + sizeof(dom0_vga_console_info_t), &b->layout);

    if (rc == -XEN_EINVAL)
        panic_user("the Domain 0 kernel wants addresses %#lx to %#lx (p2m list at %#lx), which are not all a "
                   "guest's; check "
                   "VIRT_BASE and INIT_P2M",
                   b->layout.start_va, b->layout.end_va, b->layout.p2m_va);
    if (rc)
        panic_user("the Domain 0 kernel's segments and ramdisk lie outside memory: they need %lu pages, "
                   "Domain 0 has %lu; give it more "
                   "with dom0_mem=, or check the kernel's physical addresses",
                   b->layout.nr_used_pages, b->nr_pages);
}

static void load_segments(struct dom0_builder *b)
{
    for (unsigned int i = 0; i < b->image.nr_segments; i++) {
        const struct pv_segment *s = &b->image.segment[i];

        dom0_copy_in(b, s->va, s->data, s->file_size);
        dom0_zero(b, s->va + s->file_size, s->memory_size - s->file_size);
    }
    if (b->image.has_hypercall_page)
        pv_fill_hypercall_page(
            dom0_page(b, PFN_DOWN(b->image.hypercall_page_va - b->layout.start_va)));
}

static void load_symbols(struct dom0_builder *b)
{
    const struct pv_symbols *s = &b->image.symbols;
    uint64_t va = b->image.symbols_va;
    struct pv_symbols_file head;

    if (!va)
        return;
    pv_image_symbols_file(&b->image, &head);
    dom0_copy_in(b, va, &head, sizeof(head));
    dom0_copy_in(b, va + sizeof(head), s->symtab, s->symtab_size);
    va += sizeof(head) + s->symtab_size;
    dom0_copy_in(b, va, s->strtab, s->strtab_size);
    dom0_zero(b, va + s->strtab_size, b->image.end_va - va - s->strtab_size);
}

/*
 * The whole pages of a module, which nobody needs once it has been copied. The first MiB is never allocated.
 */
static uint64_t module_pages(const struct boot_module *m)
{
    uint64_t first = max(PFN_UP(m->start), (uint64_t)PFN_DOWN(1ul << 20)), end = PFN_DOWN(m->start + m->size);

    return end > first ? end - first : 0;
}

static void module_give_pages(const struct boot_module *m)
{
    if (module_pages(m))
        page_alloc_add_region(mfn(PFN_DOWN(m->start + m->size) - module_pages(m)), module_pages(m));
}

static void load_ramdisk(struct dom0_builder *b, const struct boot_module *ramdisk)
{
    if (ramdisk)
        dom0_copy_in(b, b->layout.start_va + b->layout.ramdisk_pfn * PAGE_SIZE,
                     arch_direct_map(ramdisk->start), ramdisk->size);
}

static void fill_start_info(struct dom0_builder *b, const struct boot_module *kernel,
                            const struct boot_module *ramdisk)
{
    const struct pv_layout *l = &b->layout;
    start_info_t *si = dom0_page(b, PFN_DOWN(l->start_info_va - l->start_va));

    memset(si, 0, PAGE_SIZE);
    memcpy(si->magic, "xen-3.0-x86_64", sizeof("xen-3.0-x86_64"));
    si->nr_pages = b->nr_pages;
    si->shared_info = mfn_to_paddr(virt_to_mfn(b->d->shared_info));
    /*
     * What Domain 0 learns of C and P states of the processors it is to hand on (XENPF_set_processor_pminfo).
     */
    si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN | (XEN_PROCESSOR_PM_CX | XEN_PROCESSOR_PM_PX) << 8;
    si->pt_base = l->page_tables_va;
    si->nr_pt_frames = l->nr_page_tables;
    si->mfn_list = l->p2m_va;
    if (l->p2m_is_separate) {
        si->first_p2m_pfn = l->p2m_pfn;
        si->nr_p2m_frames = l->nr_p2m_pages + l->nr_p2m_tables;
    }
    if (ramdisk) {
        si->flags |= l->ramdisk_va ? 0 : SIF_MOD_START_PFN;
        si->mod_start = l->ramdisk_va ? l->ramdisk_va : l->ramdisk_pfn;
        si->mod_len = ramdisk->size;
    }
    si->console.dom0.info_off = sizeof(*si);
    si->console.dom0.info_size = sizeof(dom0_vga_console_info_t);
    screen_describe((dom0_vga_console_info_t *)(si + 1));
    if (kernel->command_line)
        xp_strlcpy((char *)si->cmd_line, kernel->command_line, sizeof(si->cmd_line));
}

static void pin_tables(struct dom0_builder *b)
{
    int rc = pv_pin_table(b->d, b->l4, 4);

    if (rc)
        panic("Domain 0's own initial page tables are refused (%d)", rc);
}

static void start_vcpu(struct dom0_builder *b, struct vcpu *v)
{
    struct vcpu_guest_context *c = &boot_context;
    int rc;

    c->flags = VGCF_in_kernel;
    c->user_regs.rip = b->image.entry_va;
    c->user_regs.rsp = b->layout.stack_va + PAGE_SIZE;
    c->user_regs.rsi = b->layout.start_info_va;
    c->user_regs.rflags = 1u << 9;
    c->user_regs.cs = FLAT_KERNEL_CS;
    c->user_regs.ss = FLAT_KERNEL_SS;
    c->kernel_ss = FLAT_KERNEL_SS;
    c->kernel_sp = c->user_regs.rsp;
    c->ctrlreg[3] = xen_pfn_to_cr3(b->l4.n);
    rc = vcpu_set_context(v, c);
    if (rc)
        panic("Domain 0's first vCPU cannot take its context (%d)", rc);
    vcpu_bring_up(v);
}

static struct domain *create_domain(void)
{
    unsigned int nr_vcpus = dom0_choose_vcpus();
    struct domain_config config = {.max_vcpus = nr_vcpus,
                                   .privileged = true,
                                   .serves_store = true,
                                   .max_grant_frames = -1,
                                   .max_mapping_frames = -1};
    struct domain *d;
    int rc = domain_create(0, &config, &d);

    if (rc)
        panic("Domain 0 cannot be created (%d)", rc);
    for (unsigned int i = 0; i < nr_vcpus; i++)
        if (!vcpu_create(d, i))
            panic_user("there is no memory for Domain 0's vCPU %u; ask for fewer with dom0_max_vcpus=", i);
    for (unsigned int i = 0; i < ARRAY_SIZE(d->shared_info->vcpu_info); i++)
        d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
    return d;
}

void dom0_build(const struct boot_module *kernel, const struct boot_module *ramdisk)
{
    struct dom0_builder *b = &builder;
    struct dom0_kernel file;
    uint64_t available;
    char why[256];

    dom0_kernel_open(kernel, &file);
    if (pv_image_parse(file.data, file.size, &b->image, why, sizeof(why)))
        panic_user("the Domain 0 kernel %s", why);
    dom0_symbols_keep(&b->image);
    b->d = create_domain();
    /* What the files take is given back before the domain gets the last of its memory. */
    available = page_alloc_free_pages() + file.nr_pages + module_pages(kernel) +
                (ramdisk ? module_pages(ramdisk) : 0);
    b->nr_pages = dom0_choose_pages(available);
    plan(b, ramdisk);
    log_info("Domain 0: %s, %lu MiB, %u vCPUs, kernel %#lx-%#lx, entry %#lx%s\n",
             b->image.guest_os[0] ? b->image.guest_os : "kernel", b->nr_pages >> (20 - PAGE_SHIFT),
             b->d->max_vcpus, b->image.start_va, b->image.end_va, b->image.entry_va,
             ramdisk ? ", with a ramdisk" : "");
    b->d->max_pages = dom0_choose_limit(available, b->nr_pages);
    dom0_allocate_memory(b, b->layout.nr_mapped_pages);
    load_segments(b);
    load_symbols(b);
    dom0_kernel_close(&file);
    module_give_pages(kernel);
    dom0_allocate_memory(b, b->layout.nr_used_pages);
    load_ramdisk(b, ramdisk);
    if (ramdisk)
        module_give_pages(ramdisk);
    dom0_allocate_memory(b, b->nr_pages);
    dom0_write_p2m(b);
    dom0_build_tables(b);
    fill_start_info(b, kernel, ramdisk);
    pin_tables(b);
    start_vcpu(b, b->d->vcpu[0]);
    (void)!domain_controller_unpause(b->d);
}
