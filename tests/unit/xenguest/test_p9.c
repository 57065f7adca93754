/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 9p: files, directories and names through rings of each size; a server that is slow, does less than was
 * asked, restarts, or lies. In the end every page and grant is back.
 */
#include <string.h>
#include <xenguest/errno.h>
#include <xenguest/p9.h>
#include "fake_files.h"
#include "suites.h"

static struct xg_p9 p9;
static struct xg_p9_config config;

static void begin(void)
{
    fake_files_plug();
    memset(&config, 0, sizeof(config));
    config.grants = &device.grants;
    config.events = &device.events;
    config.order = 2;
    config.timeout_ns = 1000000000;
}

static void attach(void)
{
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&p9.device, fake.now_ns + 1000), 0);
    ck_assert_str_eq(p9.mount_tag, "share");
}

static void detach(void)
{
    ck_assert_int_eq(xg_p9_detach(&p9, fake.now_ns + 1000), 0);
    device_all_given_back();
}

static void fill(char *bytes, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        bytes[i] = (char)(i * 31 + i / 256);
}

/* Writes a file in pieces of odd sizes and reads it in others. */
static void write_and_read(void)
{
    static char bytes[40000], back[50000];
    struct xg_p9_file file;
    size_t done;

    fill(bytes, sizeof(bytes));
    memset(back, 0, sizeof(back));
    ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_READ_WRITE | XG_P9_CREATE | XG_P9_TRUNCATE, 0644, &file),
                     0);
    ck_assert(!file.directory);
    ck_assert_int_eq(xg_p9_write(&file, 0, bytes, 100, &done), 0);
    ck_assert_uint_eq(done, 100);
    ck_assert_int_eq(xg_p9_write(&file, 100, bytes + 100, sizeof(bytes) - 100, &done), 0);
    ck_assert_uint_eq(done, sizeof(bytes) - 100);
    ck_assert_uint_eq(fake_files.bytes, sizeof(bytes));
    ck_assert_int_eq(memcmp(fake_files.data, bytes, sizeof(bytes)), 0);
    ck_assert_int_eq(xg_p9_read(&file, 0, back, sizeof(back), &done), 0);
    ck_assert_uint_eq(done, sizeof(bytes));
    ck_assert_int_eq(memcmp(back, bytes, sizeof(bytes)), 0);
    ck_assert_int_eq(xg_p9_read(&file, sizeof(bytes), back, 10, &done), 0);
    ck_assert_uint_eq(done, 0);
    ck_assert_int_eq(xg_p9_sync(&file), 0);
    ck_assert_int_eq(xg_p9_truncate(&file, 5), 0);
    ck_assert_uint_eq(fake_files.bytes, 5);
    ck_assert_int_eq(xg_p9_close(&file), 0);
}

START_TEST(write_read_truncate)
{
    begin();
    config.order = 1 + (unsigned int)_i % 3;
    config.polled = _i & 4;
    attach();
    fake_files.slow = _i & 8;
    fake_files.most = _i & 16 ? 777 : 0;
    write_and_read();
    write_and_read();
    detach();
}
END_TEST

START_TEST(too_large_for_the_other_end)
{
    static char bytes[70000];
    struct xg_p9_file file;
    size_t done;

    begin();
    attach();
    ck_assert_int_eq(xg_p9_open(&p9, "/a//file", XG_P9_WRITE, 0, &file), 0);
    ck_assert_int_eq(xg_p9_write(&file, 0, bytes, sizeof(bytes), &done), -XG_ENOSPC);
    ck_assert_uint_gt(done, 57000);
    ck_assert_uint_le(done, 65536);
    ck_assert_int_eq(xg_p9_close(&file), 0);
    detach();
}
END_TEST

START_TEST(names)
{
    struct xg_p9_file file;
    struct xg_p9_status status;
    struct xg_p9_usage usage;

    begin();
    attach();
    ck_assert_int_eq(xg_p9_open(&p9, "a/none", XG_P9_READ, 0, &file), -XG_ENOENT);
    ck_assert_int_eq(xg_p9_open(&p9, "b/c/d", XG_P9_READ, 0, &file), -XG_ENOENT);
    ck_assert_int_eq(xg_p9_open(&p9, "a", XG_P9_WRITE, 0, &file), -XG_EISDIR);
    ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_WRITE | XG_P9_CREATE | XG_P9_EXCLUSIVE, 0, &file),
                     -XG_EEXIST);
    ck_assert_int_eq(xg_p9_open(&p9, "a/no", XG_P9_WRITE | XG_P9_CREATE, 0, &file), -XG_EACCES);
    ck_assert_int_eq(xg_p9_open(&p9, "", XG_P9_WRITE | XG_P9_CREATE | XG_P9_EXCLUSIVE, 0, &file), -XG_EINVAL);
    ck_assert_int_eq(xg_p9_remove(&p9, "a/file"), 0);
    ck_assert_int_eq(xg_p9_remove(&p9, "a/file"), -XG_ENOENT);
    ck_assert_int_eq(xg_p9_status(&p9, "a/file", &status), -XG_ENOENT);
    ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_WRITE | XG_P9_CREATE | XG_P9_EXCLUSIVE, 0600, &file), 0);
    ck_assert_int_eq(xg_p9_file_status(&file, &status), 0);
    ck_assert_uint_eq(status.mode, 0100644);
    ck_assert_uint_eq(status.bytes, 0);
    ck_assert_uint_eq(status.number, 103);
    ck_assert_uint_eq(status.modified, 1234567890);
    ck_assert_int_eq(xg_p9_close(&file), 0);
    ck_assert_int_eq(xg_p9_status(&p9, "", &status), 0);
    ck_assert_uint_eq(status.mode, 040755);
    ck_assert_int_eq(xg_p9_make_directory(&p9, "a/new", 0755), 0);
    ck_assert_int_eq(xg_p9_make_directory(&p9, "a", 0755), -XG_EEXIST);
    ck_assert_int_eq(xg_p9_remove_directory(&p9, "a/"), -XG_ENOTEMPTY);
    ck_assert_int_eq(xg_p9_rename(&p9, "a/file", "a/other"), 0);
    ck_assert_int_eq(xg_p9_rename(&p9, "a/file", "a/elsewhere"), -XG_EACCES);
    ck_assert_int_eq(xg_p9_rename(&p9, "a/file", "nowhere/x"), -XG_ENOENT);
    ck_assert_int_eq(xg_p9_usage(&p9, &usage), 0);
    ck_assert_uint_eq(usage.bytes, 4096000);
    ck_assert_uint_eq(usage.free_bytes, 2048000);
    ck_assert_uint_eq(usage.files, 77);
    ck_assert_uint_eq(usage.free_files, 55);
    /* Every fid but the root's is free again. */
    ck_assert_uint_eq(p9.used_files, 1);
    detach();
}
END_TEST

/* More names than one walk takes; names that are too long. */
START_TEST(long_paths)
{
    static char path[20000];
    struct xg_p9_status status;
    unsigned int i;

    begin();
    attach();
    strcpy(path, "a");
    for (i = 0; i < 40; i++)
        strcat(path, "/.");
    ck_assert_int_eq(xg_p9_status(&p9, path, &status), 0);
    strcat(path, "/none");
    ck_assert_int_eq(xg_p9_status(&p9, path, &status), -XG_ENOENT);
    memset(path, 'x', sizeof(path) - 1);
    ck_assert_int_eq(xg_p9_status(&p9, path, &status), -XG_E2BIG);
    ck_assert_uint_eq(p9.used_files, 1);
    ck_assert_int_eq(xg_p9_status(&p9, "a/file", &status), 0);
    detach();
}
END_TEST

START_TEST(directories)
{
    struct xg_p9_entry entries[50];
    struct xg_p9_file file;
    unsigned int nr, total = 0, most = (unsigned int)_i;

    begin();
    attach();
    ck_assert_int_eq(xg_p9_open(&p9, "a", XG_P9_READ, 0, &file), 0);
    ck_assert(file.directory);
    do {
        ck_assert_int_eq(xg_p9_entries(&file, entries + total, most < 50 - total ? most : 50 - total, &nr),
                         0);
        ck_assert_uint_le(nr, most);
        total += nr;
    } while (nr);
    ck_assert_uint_eq(total, 43);
    ck_assert_str_eq(entries[0].name, ".");
    ck_assert_str_eq(entries[1].name, "..");
    ck_assert(entries[1].directory && !entries[2].directory);
    ck_assert_str_eq(entries[2].name, "entry-02");
    ck_assert_str_eq(entries[42].name, "entry-42");
    ck_assert_int_eq(xg_p9_close(&file), 0);
    detach();
}
END_TEST

START_TEST(many_files)
{
    struct xg_p9_file files[XG_P9_FILES + 1];
    unsigned int i;

    begin();
    attach();
    for (i = 0; i < XG_P9_FILES; i++)
        ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_READ, 0, &files[i]), 0);
    ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_READ, 0, &files[i]), -XG_ENOSPC);
    ck_assert_int_eq(xg_p9_close(&files[7]), 0);
    ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_READ, 0, &files[7]), 0);
    detach();
    ck_assert_int_eq(xg_p9_close(&files[0]), -XG_EAGAIN);
}
END_TEST

START_TEST(backend_restarts)
{
    struct xg_p9_file file;
    char byte;
    size_t done;
    unsigned int i;

    begin();
    attach();
    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_READ, 0, &file), 0);
        device_let_go();
        device.stays = true;
        device_set("state", "5");
        device_settle();
        ck_assert_int_eq(xg_p9_read(&file, 0, &byte, 1, &done), -XG_EAGAIN);
        device.stays = false;
        device_set("state", "6");
        device_settle();
        ck_assert_int_eq(xg_bus_wait_connected(&p9.device, fake.now_ns + 1000), 0);
        ck_assert_int_eq(xg_p9_read(&file, 0, &byte, 1, &done), -XG_ENXIO);
        ck_assert_int_eq(xg_p9_close(&file), -XG_ENXIO);
        write_and_read();
    }
    detach();
}
END_TEST

START_TEST(restored)
{
    struct xg_p9_file file;
    char byte;
    size_t done;

    begin();
    attach();
    ck_assert_int_eq(xg_p9_open(&p9, "a/file", XG_P9_READ, 0, &file), 0);
    device_restore();
    ck_assert_int_eq(xg_p9_read(&file, 0, &byte, 1, &done), -XG_EAGAIN);
    ck_assert_int_eq(xg_bus_wait_connected(&p9.device, fake.now_ns + 1000), 0);
    ck_assert_int_eq(xg_p9_read(&file, 0, &byte, 1, &done), -XG_ENXIO);
    write_and_read();
    detach();
}
END_TEST

START_TEST(what_is_offered)
{
    static const struct {
        const char *name, *value;
        int rc;
    } offers[] = {{"versions", NULL, -XG_EOPNOTSUPP},           {"versions", "2", -XG_EOPNOTSUPP},
                  {"versions", "12", -XG_EOPNOTSUPP},           {"versions", "1,2", 0},
                  {"max-rings", "0", -XG_EOPNOTSUPP},           {"max-rings", "x", -XG_EBADMSG},
                  {"max-ring-page-order", "1", -XG_EOPNOTSUPP}, {"max-ring-page-order", "-1", -XG_EBADMSG}};

    begin();
    device_set(offers[_i].name, offers[_i].value);
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&p9.device, fake.now_ns + 1000), offers[_i].rc);
    detach();
    config.order = 0;
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), -XG_EINVAL);
    config.order = 4;
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), -XG_EINVAL);
}
END_TEST

/* ---- Lies ---- */

static int provoke(void)
{
    struct xg_p9_entry entries[4];
    struct xg_p9_file file;
    char bytes[100];
    unsigned int nr;
    size_t done;
    int rc = xg_p9_open(&p9, "a/file", XG_P9_READ_WRITE, 0, &file);

    if (!rc)
        rc = xg_p9_read(&file, 0, bytes, sizeof(bytes), &done);
    if (!rc)
        rc = xg_p9_write(&file, 0, bytes, sizeof(bytes), &done);
    if (!rc)
        rc = xg_p9_close(&file);
    if (!rc)
        rc = xg_p9_open(&p9, "a", XG_P9_READ, 0, &file);
    if (!rc)
        rc = xg_p9_entries(&file, entries, 4, &nr);
    return rc;
}

START_TEST(lies)
{
    bool late = _i >= FILES_LIES;
    int rc;

    begin();
    attach();
    /* Some come before there is a session, some after. */
    if (late)
        ck_assert_int_eq(provoke(), 0);
    fake_files.lie = (enum files_lie)(_i % FILES_LIES);
    if (!fake_files.lie || (late && fake_files.lie == FILES_VERSION))
        return;
    rc = provoke();
    if (fake_files.lie == FILES_BACK)
        rc = provoke();
    ck_assert_int_eq(rc, fake_files.lie == FILES_SILENT || fake_files.lie == FILES_PARTIAL ? -XG_ETIME
                                                                                           : -XG_EBADMSG);
    ck_assert_int_eq(p9.device.error, rc);
    ck_assert_int_eq(provoke(), rc);
    device_settle();
    ck_assert_uint_eq(p9.device.front, XG_BUS_CLOSED);
    detach();
}
END_TEST

START_TEST(keeps_a_page)
{
    begin();
    attach();
    device.stays = true;
    ck_assert_int_eq(xg_p9_detach(&p9, fake.now_ns + 1000), -XG_ETIME);
    ck_assert_uint_eq(device.grants.nr_free, device.free_grants - 5);
    device_let_go();
    ck_assert_int_eq(p9.frontend.release(&p9.device), 0);
    device_all_given_back();
}
END_TEST

START_TEST(no_pages_or_grants)
{
    xg_grant_ref_t ref;

    begin();
    fake.out_of_pages = true;
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&p9.device, fake.now_ns + 1000), -XG_ENOMEM);
    fake.out_of_pages = false;
    detach();
    begin();
    while (device.grants.nr_free > 3)
        ck_assert_int_eq(xg_grant_access(&device.grants, 0, xg_gfn(1), false, &ref), 0);
    device.free_grants = 3;
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), 0);
    ck_assert_int_eq(xg_bus_wait_connected(&p9.device, fake.now_ns + 1000), -XG_ENOSPC);
    detach();
    begin();
    fake_store.nr_silent = 1;
    ck_assert_int_eq(xg_p9_attach(&device.bus, &p9, 0, &config), -XG_ETIME);
}
END_TEST

TCase *p9_tests(void)
{
    TCase *tests = tcase_create("p9");

    tcase_add_loop_test(tests, write_read_truncate, 0, 32);
    tcase_add_test(tests, too_large_for_the_other_end);
    tcase_add_test(tests, names);
    tcase_add_test(tests, long_paths);
    tcase_add_loop_test(tests, directories, 1, 50);
    tcase_add_test(tests, many_files);
    tcase_add_test(tests, backend_restarts);
    tcase_add_test(tests, restored);
    tcase_add_loop_test(tests, what_is_offered, 0, 8);
    tcase_add_loop_test(tests, lies, 0, 2 * FILES_LIES);
    tcase_add_test(tests, keeps_a_page);
    tcase_add_test(tests, no_pages_or_grants);
    return tests;
}
