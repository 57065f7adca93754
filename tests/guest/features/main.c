/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The feature bits that a 64-bit PV Domain 0 sees, all 32 of them.
 *
 * features.h: mmu_pt_update_preserve_ad, highmem_assist, gnttab_map_avail_bits, dom0,
 * memory_op_vnode_supported and direct_mapped are offered; pae_pgdir_above_4gb appears when the guest enabled
 * the assist of the extended CR3 and goes when it disables it. Nothing that the hypervisor does not do is
 * offered: no writable page tables, no translated frames, no supervisor mode.
 *
 * What goes wrong: Linux stops with a BUG when bit 5 or 7 is missing; a bit too many makes a guest skip a
 * hypercall that it needs. Submaps beyond the first do not exist yet: -EINVAL, not zeroes.
 */
#include "guest.h"

#include <xen/version.h>

const char test_title[] = "XENVER_get_features";

static uint32_t features(void)
{
    struct xen_feature_info info = {.submap_idx = 0, .submap = ~0u};

    CHECK_RC(hypercall_xen_version(XENVER_get_features, &info), 0);
    CHECK_EQUAL(info.submap_idx, 0);
    return info.submap;
}

void test_main(void)
{
    const uint32_t expected = 1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_highmem_assist |
                              1u << XENFEAT_gnttab_map_avail_bits | 1u << XENFEAT_dom0 |
                              1u << XENFEAT_memory_op_vnode_supported | 1u << XENFEAT_direct_mapped;
    struct xen_feature_info next = {.submap_idx = 1};

    CHECK_EQUAL(features(), expected);
    CHECK_RC(hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3), 0);
    CHECK_EQUAL(features(), expected | 1u << XENFEAT_pae_pgdir_above_4gb);
    CHECK_RC(hypercall_vm_assist(VMASST_CMD_disable, VMASST_TYPE_pae_extended_cr3), 0);
    CHECK_EQUAL(features(), expected);

    CHECK_RC(hypercall_xen_version(XENVER_get_features, &next), -XEN_EINVAL);
    CHECK_RC(hypercall_xen_version(XENVER_get_features, NULL), -XEN_EFAULT);
    test_success();
}
