/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive as a kernel's linker sees it: no object wants anything but the library and what its tier lets a
 * port supply, none needs relocations that only a loader could do, and every name is ours.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "suites.h"

/* Calls `line` for each line that the command prints. */
static void for_each_line(const char *command, void (*line)(char *text))
{
    FILE *pipe = popen(command, "r");
    char text[512];

    ck_assert_ptr_nonnull(pipe);
    while (fgets(text, sizeof(text), pipe)) {
        text[strcspn(text, "\n")] = 0;
        line(text);
    }
    ck_assert_int_eq(pclose(pipe), 0);
}

static const char *const tier1[] = {"xg_os_address_to_mfn", "xg_os_mfn_to_address", "xg_os_events_save",
                                    "xg_os_events_restore", "xg_os_vcpu_id",        "xg_os_panic"};
static const char *const tier0_objects[] = {"boot.c.o",  "format.c.o",   "early.c.o",       "sched.c.o",
                                            "timer.c.o", "shared.c.o",   "start.S.o",       "hypercall.S.o",
                                            "ring.c.o",  "bus_rule.c.o", "net_checksum.c.o"};
static const char *const tier2_objects[] = {"map.c.o", "grant.c.o", "console.c.o", "balloon.c.o",
                                            "p2m_tree.c.o"};
static const char *const tier3[] = {"xg_os_now_ns", "xg_os_wait", "xg_os_wake", "xg_os_lock", "xg_os_unlock"};
static const char *const tier3_objects[] = {"lock.c.o",        "store.c.o",         "store_ring.c.o",
                                            "store_node.c.o",  "store_watch.c.o",   "store_permission.c.o",
                                            "bus.c.o",         "bus_device.c.o",    "block.c.o",
                                            "block_wait.c.o",  "block_segment.c.o", "block_connect.c.o",
                                            "block_again.c.o", "net.c.o",           "net_send.c.o",
                                            "net_receive.c.o", "net_control.c.o",   "net_connect.c.o",
                                            "control.c.o",     "bus_wait.c.o",      "channel.c.o",
                                            "event_page.c.o",  "framebuffer.c.o",   "input.c.o",
                                            "p9_connect.c.o",  "p9_message.c.o",    "p9_session.c.o",
                                            "p9_file.c.o",     "p9_directory.c.o",  "suspend.c.o",
                                            "bus_suspend.c.o"};

static bool listed(const char *const *list, size_t nr, const char *name)
{
    while (nr--)
        if (!strcmp(list[nr], name))
            return true;
    return false;
}

static char object[128];

static unsigned int tier_of(const char *name)
{
    if (listed(tier0_objects, sizeof(tier0_objects) / sizeof(tier0_objects[0]), name))
        return 0;
    if (listed(tier3_objects, sizeof(tier3_objects) / sizeof(tier3_objects[0]), name))
        return 3;
    return listed(tier2_objects, sizeof(tier2_objects) / sizeof(tier2_objects[0]), name) ? 2 : 1;
}

static void wanted_symbol(char *text)
{
    char name[256];
    size_t length = strlen(text);

    if (length && text[length - 1] == ':') {
        snprintf(object, sizeof(object), "%.*s", (int)(length - 1), text);
        return;
    }
    if (sscanf(text, " U %255s", name) != 1)
        return;
    ck_assert_msg(!strncmp(name, "xg_", 3), "%s wants %s", object, name);
    if (strncmp(name, "xg_os_", 6))
        return;
    if (listed(tier1, sizeof(tier1) / sizeof(tier1[0]), name))
        ck_assert_msg(tier_of(object) >= 1, "%s is tier 0 and wants %s", object, name);
    else if (listed(tier3, sizeof(tier3) / sizeof(tier3[0]), name))
        ck_assert_msg(tier_of(object) == 3, "%s is not tier 3 and wants %s", object, name);
    else
        ck_assert_msg(tier_of(object) >= 2, "%s is not tier 2 and wants %s", object, name);
}

START_TEST(wants_only_what_its_tier_allows)
{
    for_each_line("nm -u " ARCHIVE, wanted_symbol);
}
END_TEST

static void defined_symbol(char *text)
{
    char name[256];

    if (strlen(text) > 19 && text[16] == ' ' && sscanf(text + 19, "%255s", name) == 1)
        ck_assert_msg(!strncmp(name, "xg_", 3) || !strcmp(name, "_start"), "%s is a name of ours", name);
}

START_TEST(defines_only_its_own_names)
{
    for_each_line("nm -g --defined-only " ARCHIVE, defined_symbol);
}
END_TEST

static bool in_debug;

static void relocation(char *text)
{
    if (!strncmp(text, "Relocation section", 18))
        in_debug = strstr(text, "debug") != NULL;
    else if (!in_debug && strstr(text, "R_X86_64_"))
        ck_assert_msg(strstr(text, "_PC32") || strstr(text, "_PLT32") || strstr(text, "_PC64"), "%s", text);
}

START_TEST(is_position_independent)
{
    for_each_line("readelf -rW " ARCHIVE, relocation);
}
END_TEST

TCase *archive_tests(void)
{
    TCase *tests = tcase_create("archive");

    tcase_add_test(tests, wants_only_what_its_tier_allows);
    tcase_add_test(tests, defines_only_its_own_names);
    tcase_add_test(tests, is_position_independent);
    return tests;
}
