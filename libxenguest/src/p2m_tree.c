/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree by which the toolstack finds the p2m list: three levels of frame numbers, the list being the
 * third. */
#include <xenguest/p2m.h>
#include "private.h"

#define PER_PAGE (XG_PAGE_SIZE / sizeof(uint64_t))

static uint64_t pages_of(uint64_t nr)
{
    return (nr + PER_PAGE - 1) / PER_PAGE;
}

static void *zeroed_page(void)
{
    void *page = xg_os_page_alloc();

    if (page)
        xg_bytes_zero(page, XG_PAGE_SIZE);
    return page;
}

static bool have_pages(struct xg_p2m_tree *tree, uint64_t nr_middle)
{
    uint64_t i;

    if (!tree->top)
        tree->top = zeroed_page();
    if (!tree->middle)
        tree->middle = zeroed_page();
    for (i = 0; tree->top && tree->middle && i < nr_middle; i++) {
        if (!tree->middle[i])
            tree->middle[i] = zeroed_page();
        if (!tree->middle[i])
            return false;
    }
    return tree->top && tree->middle;
}

int xg_p2m_publish(const struct xg_p2m *p2m, struct xg_p2m_tree *tree, struct shared_info *shared)
{
    uint64_t nr_list = pages_of(p2m->nr), nr_middle = pages_of(nr_list), i;

    if (nr_middle > PER_PAGE || !have_pages(tree, nr_middle))
        return -XG_ENOMEM;
    for (i = 0; i < nr_list; i++)
        tree->middle[i / PER_PAGE][i % PER_PAGE] = xg_os_address_to_mfn(&p2m->list[i * PER_PAGE]).n;
    for (i = 0; i < nr_middle; i++)
        tree->top[i] = xg_os_address_to_mfn(tree->middle[i]).n;
    shared->arch.max_pfn = p2m->nr;
    /* Last: from then on it is believed. */
    __atomic_store_n(&shared->arch.pfn_to_mfn_frame_list_list, xg_os_address_to_mfn(tree->top).n,
                     __ATOMIC_RELEASE);
    return 0;
}
