/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domain a page-table operation is about, and whether the caller may act on it. */
#include <xen/domain.h>
#include <xen/refusal.h>
#include <asm/pv_mm.h>

int foreign_get_table_owner(domid_t domid, struct domain **out)
{
    if (domid == DOMID_SELF || domid == DOMID_IO || domid == DOMID_XEN)
        return refuse(-XEN_ESRCH, "pv.foreign.no-domain",
                      "the owner of the tables is named by number, not by %#x", domid);
    return foreign_get(domid == current->domain->id ? DOMID_SELF : domid, out);
}

int foreign_get(domid_t domid, struct domain **out)
{
    struct domain *self = current->domain;

    if (domid == DOMID_SELF) {
        *out = self;
    } else if (domid == self->id) {
        return refuse(-XEN_ESRCH, "pv.foreign.self",
                      "domain %u names itself by number: DOMID_SELF is meant for that", domid);
    } else if (domid == DOMID_IO) {
        *out = dom_io;
    } else if (domid == DOMID_XEN) {
        *out = dom_xen;
    } else {
        *out = domain_get_by_id(domid);
        if (!*out)
            return refuse(-XEN_ESRCH, "pv.foreign.no-domain", "there is no domain %u", domid);
    }
    if (*out == self || *out == dom_io || self->is_privileged)
        return 0;
    foreign_put(*out);
    return refuse(-XEN_EPERM, "pv.foreign.privilege", "only a privileged domain may name domain %u's frames",
                  domid);
}

void foreign_put(struct domain *d)
{
    if (d != current->domain && d != dom_io && d != dom_xen)
        domain_put(d);
}
