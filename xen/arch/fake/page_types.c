/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page types on the fake machine: any frame is valid as anything. Programs that link arch/x86/pv's rules
 * leave this file out.
 */
#include <xen/arch.h>
#include <xen/log.h>

int arch_page_validate(struct page_info *pg, struct domain *d, uint64_t type)
{
    return 0;
}
int arch_page_invalidate(struct page_info *pg, uint64_t type)
{
    return 0;
}
void arch_page_defer(struct page_info *pg)
{
    BUG();
}
void arch_page_stamp(struct page_info *pg)
{
}
void arch_page_flush_stale(struct page_info *pg, struct domain *d)
{
}
void arch_page_flush_cache(struct page_info *pg)
{
}
