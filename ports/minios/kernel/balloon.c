/* SPDX-License-Identifier: BSD-2-Clause */
/* The balloon: which pages are away, and the steps of each way, so that a frame is never mapped when it goes.
 */
#include <minios/balloon.h>

#include <minios/address_space.h>
#include <minios/page_alloc.h>
#include <xenguest/balloon.h>

static uint32_t away[BALLOON_PAGES]; /* numbers of pages */
static unsigned int nr_away;

static bool give_one(void)
{
    void *page = nr_away < BALLOON_PAGES ? page_alloc() : NULL;

    if (!page)
        return false;
    if (address_space_give_frame(linear_page(page))) {
        page_free(page);
        return false;
    }
    away[nr_away++] = (uint32_t)linear_page(page);
    return true;
}

static bool take_one(void)
{
    if (!nr_away || address_space_take_frame(away[nr_away - 1]))
        return false;
    page_free(linear_address(away[--nr_away]));
    return true;
}

uint64_t balloon_set(uint64_t nr_pages)
{
    long now = xg_balloon_current();
    uint64_t have = now < 0 ? nr_pages : (uint64_t)now;

    while (have > nr_pages && give_one())
        have--;
    while (have < nr_pages && take_one())
        have++;
    return have;
}
