/* SPDX-License-Identifier: BSD-2-Clause */
/* Following the page tables from the top, through the port's view of each table. */
#include <xenguest/mmu.h>
#include "private.h"

int xg_mmu_walk(xg_mfn_t root, uint64_t address, struct xg_walk *walk)
{
    xg_mfn_t table = root;
    unsigned int level;

    for (level = 4; level; level--) {
        unsigned int index = xg_pte_index(address, level);
        const xg_pte_t *entries = xg_os_mfn_to_address(table);

        if (!entries)
            return -XG_EFAULT;
        walk->level = level;
        walk->where = xg_mfn_to_maddr(table, index * sizeof(xg_pte_t));
        walk->entry = __atomic_load_n(&entries[index], __ATOMIC_RELAXED);
        if (level > 1 && !(walk->entry & XG_PTE_PRESENT))
            return -XG_ENOENT;
        table = xg_pte_mfn(walk->entry);
    }
    return 0;
}
