/* SPDX-License-Identifier: BSD-2-Clause */
/* See cpu_policy.h. */
#include "cpu_policy.h"
#include <asm/processor.h>
#include <xen/guest_access.h>
#include <xen/refusal.h>
#include <xen/xmalloc.h>

#define NONE      XEN_CPUID_NO_SUBLEAF
#define NR_MSRS   2 /* tools make room for so many when they write such a list themselves */

/* Platform information, architectural capabilities: nothing of either. */
static const xen_msr_entry_t msrs[NR_MSRS] = {{.idx = 0xce}, {.idx = 0x10a}};

/* Where each word of features stands in CPUID. Words 16 and 17 are an MSR's. */
struct feature_word {
    uint32_t leaf, subleaf;
    enum { REG_A, REG_B, REG_C, REG_D } reg;
};
static const struct feature_word words[FEATURE_WORDS] = {
    {1, NONE, REG_D},          {1, NONE, REG_C},          {0x80000001, NONE, REG_D}, {0x80000001, NONE, REG_C}, {0xd, 1, REG_A},
    {7, 0, REG_B},             {7, 0, REG_C},             {0x80000007, NONE, REG_D}, {0x80000008, NONE, REG_B}, {7, 0, REG_D},
    {7, 1, REG_A},             {0x80000021, NONE, REG_A}, {7, 1, REG_B},             {7, 2, REG_D},             {7, 1, REG_C},
    {7, 1, REG_D},             {NONE, NONE, REG_A},       {NONE, NONE, REG_A},       {0x80000021, NONE, REG_C}};

static uint32_t *reg_of(struct cpuid_values *r, unsigned int reg)
{
    uint32_t *const regs[] = {&r->a, &r->b, &r->c, &r->d};

    return regs[reg];
}

/*
 * Two words tell of this vCPU and of what it has done: CLFLUSH size and APIC id are elsewhere, OSXSAVE is
 * here.
 */
#define F1C_OSXSAVE     (1u << 27)
#define F87D_STEADY_TSC (1u << 8)

void cpu_policy_apply(const struct domain *d, uint32_t leaf, uint32_t subleaf, struct cpuid_values *r)
{
    for (unsigned int i = 0; i < FEATURE_WORDS; i++)
        if (words[i].leaf == leaf && (words[i].subleaf == NONE || words[i].subleaf == subleaf))
            *reg_of(r, words[i].reg) &= d->arch.cpu_features[i];
}

void cpu_policy_free(struct domain *d)
{
    xfree(d->arch.cpu_features);
    d->arch.cpu_features = NULL;
}

/* --- The list --- */
/* Where subleaves end, and which leaves there are: those that PV domains have. */
static const struct {
    uint32_t leaf, last_subleaf;
} ranges[] = {{4, 3}, {7, 1}, {0xb, 1}, {0xd, 62}};

static uint32_t last_subleaf(uint32_t leaf)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++)
        if (ranges[i].leaf == leaf)
            return ranges[i].last_subleaf;
    return NONE;
}

struct list {
    uint64_t va;
    uint32_t room, nr;
};

static int put_leaf(struct list *l, struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_values r = pv_cpuid(v, leaf, subleaf == NONE ? 0 : subleaf);
    xen_cpuid_leaf_t entry = {leaf, subleaf, r.a, r.b, r.c, r.d};

    if (l->nr >= l->room)
        return refuse(-XEN_ENOBUFS, "policy.room", "room for %u leaves, more are needed", l->room);
    if (copy_to_guest(guest_element(l->va, l->nr, entry), &entry, sizeof(entry)))
        return refuse(-XEN_EFAULT, "policy.buffer", "leaf %u of the list cannot be written", l->nr);
    l->nr++;
    return 0;
}

static int put_subleaves(struct list *l, struct vcpu *v, uint32_t leaf)
{
    uint32_t last = last_subleaf(leaf);
    int rc = 0;

    if (last == NONE)
        return put_leaf(l, v, leaf, NONE);
    for (uint32_t i = 0; !rc && i <= last; i++)
        rc = put_leaf(l, v, leaf, i);
    return rc;
}

static int put_leaves(struct list *l, struct vcpu *v)
{
    uint32_t basic = pv_cpuid(v, 0, 0).a, extended = pv_cpuid(v, 0x80000000, 0).a;
    int rc = 0;

    for (uint32_t leaf = 0; !rc && leaf <= basic; leaf++)
        rc = put_subleaves(l, v, leaf);
    for (uint32_t leaf = 0x80000000; !rc && leaf <= extended; leaf++)
        rc = put_leaf(l, v, leaf, NONE);
    return rc;
}

static uint32_t count_leaves(struct vcpu *v)
{
    uint32_t basic = pv_cpuid(v, 0, 0).a, nr = pv_cpuid(v, 0x80000000, 0).a - 0x80000000 + 1;

    for (uint32_t leaf = 0; leaf <= basic; leaf++)
        nr += last_subleaf(leaf) == NONE ? 1 : last_subleaf(leaf) + 1;
    return nr;
}

static int put_msrs(uint64_t va, uint32_t room)
{
    if (room < NR_MSRS)
        return refuse(-XEN_ENOBUFS, "policy.room", "room for %u MSRs, more are needed", room);
    if (copy_to_guest(va, msrs, sizeof(msrs)))
        return refuse(-XEN_EFAULT, "policy.buffer", "the list of MSRs cannot be written");
    return 0;
}

/* v: whose view it is. */
static int put_policy(struct vcpu *v, uint64_t leaves_va, uint32_t *nr_leaves, uint64_t msrs_va,
                      uint32_t *nr_msrs)
{
    struct list l = {.va = leaves_va, .room = *nr_leaves};
    int rc = 0;

    if (leaves_va)
        rc = put_leaves(&l, v);
    *nr_leaves = leaves_va ? l.nr : count_leaves(v);
    if (!rc && msrs_va)
        rc = put_msrs(msrs_va, *nr_msrs);
    *nr_msrs = NR_MSRS;
    return rc;
}

/*
 * The view of a domain's first vCPU; what a domain shows before it has one, and PV domains in general, is the
 * caller's without its mask.
 */
static struct vcpu *viewer(struct domain *d)
{
    return d && d->vcpu[0] ? d->vcpu[0] : current;
}

long cpu_policy_get(struct domain *whose, struct xen_domctl_cpu_policy *op)
{
    return put_policy(viewer(whose), handle_va(op->leaves), &op->nr_leaves, handle_va(op->msrs),
                      &op->nr_msrs);
}

long sysctl_cpu_policy(struct xen_sysctl_cpu_policy *op)
{
    if (op->_rsvd)
        return refuse(-XEN_EINVAL, "policy.reserved", "the reserved field is %#x, not zero", op->_rsvd);
    if (op->index == XEN_SYSCTL_cpu_policy_hvm_max || op->index == XEN_SYSCTL_cpu_policy_hvm_default)
        return refuse(-XEN_EOPNOTSUPP, "policy.hvm", "there are no HVM domains");
    if (op->index > XEN_SYSCTL_cpu_policy_hvm_default)
        return refuse(-XEN_EINVAL, "policy.index", "there is no policy %u", op->index);
    return put_policy(current, handle_va(op->leaves), &op->nr_leaves, handle_va(op->msrs), &op->nr_msrs);
}

/* --- Features --- */
static uint32_t pv_feature_word(unsigned int i)
{
    struct cpuid_values r;

    if (words[i].leaf == NONE)
        return 0;
    r = pv_cpuid(current, words[i].leaf, words[i].subleaf == NONE ? 0 : words[i].subleaf);
    return *reg_of(&r, words[i].reg);
}

long sysctl_cpu_featureset(struct xen_sysctl_cpu_featureset *op)
{
    uint32_t nr = min(op->nr_features, (uint32_t)FEATURE_WORDS);

    if (op->index == XEN_SYSCTL_cpu_featureset_hvm || op->index == XEN_SYSCTL_cpu_featureset_hvm_max)
        return refuse(-XEN_EOPNOTSUPP, "policy.hvm", "there are no HVM domains");
    if (op->index > XEN_SYSCTL_cpu_featureset_hvm_max)
        return refuse(-XEN_EINVAL, "policy.index", "there is no feature set %u", op->index);
    for (uint32_t i = 0; handle_va(op->features) && i < nr; i++) {
        uint32_t word = pv_feature_word(i);

        if (copy_to_guest(guest_element(handle_va(op->features), i, word), &word, sizeof(word)))
            return refuse(-XEN_EFAULT, "policy.buffer", "word %u of the features cannot be written", i);
    }
    if (!handle_va(op->features) || op->nr_features < FEATURE_WORDS) {
        uint32_t asked = op->nr_features;

        op->nr_features = FEATURE_WORDS;
        return handle_va(op->features)
                   ? refuse(-XEN_ENOBUFS, "policy.room", "room for %u words of features, %u are there", asked,
                            FEATURE_WORDS)
                   : 0;
    }
    op->nr_features = FEATURE_WORDS;
    return 0;
}

/* --- Setting --- */
static int refuse_leaf(struct xen_domctl_cpu_policy *op, const xen_cpuid_leaf_t *leaf, uint32_t surplus)
{
    op->err_leaf = leaf->leaf;
    op->err_subleaf = leaf->subleaf;
    return refuse(-XEN_EINVAL, "policy.features",
                  "leaf %#x, subleaf %#x has features %#x that PV domains cannot have here", leaf->leaf,
                  leaf->subleaf, surplus);
}

/* Takes the words of features that stand in this leaf. */
static int take_leaf(struct xen_domctl_cpu_policy *op, const xen_cpuid_leaf_t *leaf, uint32_t *features)
{
    struct cpuid_values r = {leaf->a, leaf->b, leaf->c, leaf->d};

    for (unsigned int i = 0; i < FEATURE_WORDS; i++) {
        uint32_t word, surplus;

        if (words[i].leaf != leaf->leaf || words[i].subleaf != leaf->subleaf)
            continue;
        word = *reg_of(&r, words[i].reg);
        surplus = word & ~pv_feature_word(i);
        if (i == 1)
            surplus &= ~F1C_OSXSAVE;
        /*
         * Tools ask for it with a TSC that is emulated, wherever that is. What the processor has not, no
         * domain sees.
         */
        if (leaf->leaf == 0x80000007)
            surplus &= ~F87D_STEADY_TSC;
        if (surplus)
            return refuse_leaf(op, leaf, surplus);
        features[i] = i == 1 ? word | F1C_OSXSAVE : word;
    }
    return 0;
}

/* What the list does not name stays what it was. */
static int take_list(struct xen_domctl_cpu_policy *op, const uint32_t *old, uint32_t *features)
{
    int rc = 0;

    for (unsigned int i = 0; i < FEATURE_WORDS; i++)
        features[i] = old ? old[i] : ~0u;
    for (uint32_t i = 0; !rc && i < op->nr_leaves; i++) {
        xen_cpuid_leaf_t leaf;

        if (copy_from_guest(&leaf, guest_element(handle_va(op->leaves), i, leaf), sizeof(leaf)))
            return refuse(-XEN_EFAULT, "policy.buffer", "leaf %u of the list cannot be read", i);
        rc = take_leaf(op, &leaf, features);
    }
    return rc;
}

long cpu_policy_set(struct domain *d, struct xen_domctl_cpu_policy *op)
{
    uint32_t *features, *old;
    int rc;

    op->err_leaf = op->err_subleaf = op->err_msr = ~0u;
    if (d == current->domain || d->has_started)
        return refuse(-XEN_EEXIST, "policy.late", "domain %u has run: it keeps what it has seen", d->id);
    if (op->nr_leaves > 256 || op->nr_msrs > 16)
        return refuse(-XEN_E2BIG, "policy.size", "%u leaves and %u MSRs are more than a processor has",
                      op->nr_leaves, op->nr_msrs);
    features = xzalloc_array(uint32_t, FEATURE_WORDS);
    if (!features)
        return refuse(-XEN_ENOMEM, "domctl.memory", "no memory for the policy");
    rc = take_list(op, d->arch.cpu_features, features);
    if (rc) {
        xfree(features);
        return rc;
    }
    old = d->arch.cpu_features;
    d->arch.cpu_features = features;
    xfree(old);
    return 0;
}
