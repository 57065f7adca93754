/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page-table bases of a vCPU: one for the guest's kernel, one for its user mode, each with a type
 * reference held.
 */
#include <xen/arch.h>
#include <xen/errno.h>
#include <xen/page_ref.h>
#include <asm/flushtlb.h>
#include <asm/pv.h>
#include <asm/pv_mm.h>

void pv_load_cr3(struct vcpu *v)
{
    v->arch.cr3 = mfn_to_paddr(pv_current_base(v));
    load_cr3(v->arch.cr3);
}

static int drop_base(mfn_t *base)
{
    mfn_t old = *base;

    *base = INVALID_MFN;
    if (mfn_eq(old, INVALID_MFN))
        return 0;
    /*
     * The rest of a preempted teardown is found by pv_relinquish_page_tables, or goes on here at the next
     * call.
     */
    return page_put_and_type_preemptible(mfn_to_page(old));
}

int pv_drop_bases(struct vcpu *v)
{
    mfn_t kernel = v->arch.guest_table, user = v->arch.guest_table_user;
    int rc = v->arch.deferred_teardown ? page_finish_partial(v->arch.deferred_teardown) : 0;

    if (rc)
        return rc;
    v->arch.deferred_teardown = NULL;
    if (drop_base(&v->arch.guest_table_user)) {
        v->arch.deferred_teardown = mfn_to_page(user);
        return -XEN_ERESTART;
    }
    if (drop_base(&v->arch.guest_table)) {
        v->arch.deferred_teardown = mfn_to_page(kernel);
        return -XEN_ERESTART;
    }
    return 0;
}

void pv_show_m2p(mfn_t l4, bool visible)
{
    pte_t *slot = (pte_t *)mfn_to_virt(l4) + pt_index(M2P_VIRT_START, 4);

    WRITE_ONCE(slot->v, visible ? hypervisor_l4[pt_index(M2P_VIRT_START, 4)].v : 0);
}

int pv_set_bases(struct vcpu *v, mfn_t kernel, mfn_t user)
{
    int rc = pv_get_table(v->domain, kernel, 4);

    if (rc)
        return rc;
    if (!mfn_eq(user, INVALID_MFN)) {
        rc = pv_get_table(v->domain, user, 4);
        if (rc) {
            pv_put_table(mfn_to_page(kernel));
            return rc;
        }
    }
    v->arch.guest_table = kernel;
    v->arch.guest_table_user = user;
    if (!mfn_eq(user, INVALID_MFN))
        pv_show_m2p(user, false);
    pv_show_m2p(kernel, true);
    return 0;
}
