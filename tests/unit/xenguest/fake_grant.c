/* SPDX-License-Identifier: BSD-2-Clause */
/* The other side of a grant: the bits that the hypervisor sets while a frame is mapped. */
#include "fake_grant.h"
#include <check.h>

#define NR_ENTRIES (sizeof(fake.grant_memory) / sizeof(struct grant_entry_v1))

struct grant_entry_v1 *fake_grant_entry(xg_grant_ref_t ref)
{
    ck_assert_uint_lt(ref, NR_ENTRIES);
    return (struct grant_entry_v1 *)fake.grant_memory + ref;
}

static struct grant_entry_v1 *granted(xg_grant_ref_t ref)
{
    ck_assert_msg(fake_grant_entry(ref)->flags & GTF_permit_access, "ref %u", ref);
    return fake_grant_entry(ref);
}

char *fake_grant_map(xg_grant_ref_t ref, bool write)
{
    struct grant_entry_v1 *e = granted(ref);

    ck_assert_msg(!write || !(e->flags & GTF_readonly), "writes to a page that was granted for reading");
    e->flags |= GTF_reading | (write ? GTF_writing : 0);
    return fake_page(xg_mfn(e->frame));
}

void fake_grant_unmap(xg_grant_ref_t ref)
{
    granted(ref)->flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}

void fake_grants_unmap_all(void)
{
    for (xg_grant_ref_t ref = 0; ref < NR_ENTRIES; ref++)
        fake_grant_entry(ref)->flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}
