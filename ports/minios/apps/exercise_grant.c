/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exercise: mapping a granted page, and by it sharing memory between two domains. One offers: it grants a
 * page to a domain and says the reference in the store. The other one takes: it maps the reference with
 * GNTTABOP_map_grant_ref, reads, answers in the same page, and unmaps. The page is not the taker's, so it
 * cannot be mapped by its frame number.
 */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/address_space.h>
#include <minios/clock.h>
#include <minios/devices.h>
#include <minios/page_alloc.h>
#include <minios/thread.h>
#include <xen/grant_table.h>
#include <xenguest/abi.h>
#include <xenguest/hypercall.h>
#include <xenguest/os.h>

#define PATIENCE_NS 40000000000ull
#define LOOK_NS     50000000ull

/* What is in the page: the offerer writes the first, the taker the second, and then `answered`. */
struct shared_words {
    char question[64];
    char answer[64];
    uint32_t answered;
};

void command_exercise_offer(int argc, char **argv)
{
    uint64_t end = clock_now_ns() + PATIENCE_NS, domain;
    volatile struct shared_words *words;
    struct xg_store *store;
    struct xg_grants *grants;
    xg_grant_ref_t ref;

    if (!shell_number("exercise-offer", argv[1], 0, XG_DOMID_SELF - 1, &domain) ||
        !(store = devices_store()) || !(grants = devices_grants()))
        return;
    words = page_alloc();
    if (!words) {
        printf("exercise offer: no memory\n");
        return;
    }
    memset((void *)(uintptr_t)words, 0, PAGE_SIZE);
    strcpy((char *)(uintptr_t)words->question, "what is shared?");
    if (xg_grant_access(grants, (xg_domid_t)domain,
                        xg_mfn_to_gfn(address_space_lookup((void *)(uintptr_t)words)), false, &ref) ||
        xg_store_write_number(store, XG_STORE_NO_TX, "data/offer", ref)) {
        printf("exercise offer: the page cannot be offered\n");
        return;
    }
    printf("exercise offer: reference %u for domain %s\n", (unsigned int)ref, argv[1]);
    fflush(stdout);
    while (!__atomic_load_n(&words->answered, __ATOMIC_ACQUIRE) && clock_now_ns() < end)
        thread_sleep_until(clock_now_ns() + LOOK_NS);
    printf("exercise offer: answered: %s\n", (char *)(uintptr_t)words->answer);
    /* As long as the other one has it mapped, it is not ours alone. */
    while (xg_grant_end(grants, ref)) {
        if (clock_now_ns() > end) {
            printf("exercise offer: it is still mapped\n");
            return;
        }
        thread_sleep_until(clock_now_ns() + LOOK_NS);
    }
    page_free((void *)(uintptr_t)words);
    printf("exercise offer: taken back\n");
}

void command_exercise_take(int argc, char **argv)
{
    struct gnttab_map_grant_ref map = {.flags = GNTMAP_host_map};
    struct gnttab_unmap_grant_ref unmap = {.handle = 0};
    struct shared_words *words;
    uint64_t domain, ref;
    void *page;
    long rc;

    if (!shell_number("exercise-take", argv[1], 0, XG_DOMID_SELF - 1, &domain) ||
        !shell_number("exercise-take", argv[2], 0, UINT32_MAX, &ref))
        return;
    page = words = exercise_empty_page();
    if (!page) {
        printf("exercise take: no memory\n");
        return;
    }
    map.host_addr = unmap.host_addr = (uint64_t)page;
    map.dom = (domid_t)domain;
    map.ref = (grant_ref_t)ref;
    rc = hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1);
    if (rc || map.status != GNTST_okay) {
        printf("exercise take: not mapped: error %ld, status %d\n", -rc, map.status);
        address_space_release(page, 1);
        return;
    }
    printf("exercise take: asked: %s\n", words->question);
    strcpy(words->answer, "this page is");
    __atomic_store_n(&words->answered, 1, __ATOMIC_RELEASE);
    unmap.handle = map.handle;
    rc = hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    printf("exercise take: unmapped: error %ld, status %d\n", -rc, unmap.status);
    address_space_release(page, 1);
}
