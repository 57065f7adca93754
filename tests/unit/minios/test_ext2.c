/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file system and its cache over an image that mke2fs has made: a long row of arbitrary operations beside
 * a model of plain memory, and then e2fsck, which finds nothing to mend.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../ports/minios/files/ext2.h"
#include <xenguest/errno.h>

#include "suites.h"

/* ---- The disk: an image ---- */

static int image = -1;
static char path_of_image[64];
static struct disk disk;
static unsigned int nr_fails; /* transfers that fail from now on */

int disk_open(uint32_t id, bool persistent, struct disk **result)
{
    memset(&disk, 0, sizeof(disk));
    disk.block.nr_sectors = (uint64_t)lseek(image, 0, SEEK_END) / DISK_SECTOR;
    *result = &disk;
    return 0;
}

int disk_close(struct disk *closed)
{
    ck_assert_ptr_eq(closed, &disk);
    return 0;
}

int disk_transfer(struct disk *from, enum xg_block_operation operation, uint64_t sector, void *const *pages,
                  unsigned int nr_pages, size_t nr_bytes)
{
    ck_assert_uint_le(nr_pages, DISK_MOST_SEGMENTS);
    if (nr_fails) {
        nr_fails--;
        return -XG_EIO;
    }
    for (unsigned int i = 0; i < nr_pages; i++) {
        size_t part = nr_bytes - i * XG_PAGE_SIZE < XG_PAGE_SIZE ? nr_bytes - i * XG_PAGE_SIZE : XG_PAGE_SIZE;
        off_t at = (off_t)(sector * DISK_SECTOR + i * XG_PAGE_SIZE);

        if (operation == XG_BLOCK_READ)
            ck_assert_int_eq(pread(image, pages[i], part, at), (ssize_t)part);
        else
            ck_assert_int_eq(pwrite(image, pages[i], part, at), (ssize_t)part);
    }
    return 0;
}

int disk_flush(struct disk *flushed)
{
    return 0;
}

/* Not those of the allocator's test, which it renames. */
void *xg_os_page_alloc(void)
{
    return aligned_alloc(XG_PAGE_SIZE, XG_PAGE_SIZE);
}

void xg_os_page_free(void *page)
{
    free(page);
}

static struct file_system *fs;

int file_system_mount(struct file_system *system, const char *name)
{
    fs = system;
    return 0;
}

static const struct kind {
    const char *options;
    unsigned int kib;
} kinds[] = {{"-b 1024 -I 128", 9000},
             {"-b 1024 -I 256 -N 64", 2000},
             {"-b 2048", 20000},
             {"-b 4096 -I 128", 40003},
             {"-r 0 -b 1024", 1500}};

static void make_image(const struct kind *kind)
{
    char command[512];

    strcpy(path_of_image, "/tmp/ext2-image-XXXXXX");
    image = mkstemp(path_of_image);
    ck_assert_int_ge(image, 0);
    snprintf(command, sizeof(command), "mke2fs -q -F -t ext2 %s %s %u >/dev/null 2>&1", kind->options,
             path_of_image, kind->kib);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(ext2_mount(1, "disk"), 0);
}

/* Nothing to mend, and marked clean. */
static void check_image(void)
{
    char command[512];

    fs->operations->unmounted(fs);
    snprintf(command, sizeof(command), "e2fsck -fn %s >%s.log 2>&1 || { cat %s.log; false; }", path_of_image,
             path_of_image, path_of_image);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof(command), "rm -f %s.log %s", path_of_image, path_of_image);
    ck_assert_int_eq(system(command), 0);
    close(image);
}

/* ---- The model ---- */

#define FILES      40
#define MODEL_MOST 700000

static struct model {
    char path[64];
    char *data;
    size_t nr_bytes;
    bool there;
} files[FILES];

static unsigned int seed;

static unsigned int random_below(unsigned int most)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % most;
}

static void *open_model(struct model *file, int flags)
{
    void *handle;

    ck_assert_int_eq(fs->operations->open(fs, file->path, flags, 0644, &handle), 0);
    return handle;
}

static void close_model(void *handle)
{
    ck_assert_int_eq(fs->operations->close(fs, handle), 0);
}

static void write_some(struct model *file)
{
    size_t nr = 1 + random_below(random_below(10) ? 3000 : 90000);
    size_t most = random_below(20) ? file->nr_bytes : file->nr_bytes + 100000;
    size_t at = most ? random_below((unsigned int)most + 1) : 0;
    void *handle = open_model(file, O_RDWR | O_CREAT);
    char *bytes;

    file->there = true;
    if (at + nr <= MODEL_MOST) {
        ssize_t done;

        bytes = malloc(nr);
        for (size_t i = 0; i < nr; i++)
            bytes[i] = (char)random_below(256);
        done = fs->operations->write(fs, handle, bytes, nr, at);
        ck_assert(done == (ssize_t)nr || done == -ENOSPC || (done > 0 && done < (ssize_t)nr));
        if (done > 0) {
            memcpy(file->data + at, bytes, (size_t)done);
            if (at + (size_t)done > file->nr_bytes)
                file->nr_bytes = at + (size_t)done;
        }
        free(bytes);
    }
    close_model(handle);
}

static void compare(struct model *file)
{
    char *bytes = malloc(MODEL_MOST);
    struct file_status status;
    void *handle;

    if (!file->there) {
        ck_assert_int_eq(fs->operations->open(fs, file->path, O_RDONLY, 0, &handle), -ENOENT);
    } else {
        handle = open_model(file, O_RDONLY);
        ck_assert_int_eq(fs->operations->file_status(fs, handle, &status), 0);
        ck_assert_uint_eq(status.bytes, file->nr_bytes);
        ck_assert_int_eq(fs->operations->read(fs, handle, bytes, MODEL_MOST, 0), (ssize_t)file->nr_bytes);
        ck_assert_int_eq(memcmp(bytes, file->data, file->nr_bytes), 0);
        close_model(handle);
    }
    free(bytes);
}

static void cut(struct model *file)
{
    size_t nr = file->nr_bytes ? random_below((unsigned int)file->nr_bytes + 1) : 0;
    void *handle;

    if (!file->there)
        return;
    handle = open_model(file, O_RDWR);
    ck_assert_int_eq(fs->operations->truncate(fs, handle, nr), 0);
    memset(file->data + nr, 0, MODEL_MOST - nr);
    file->nr_bytes = nr;
    close_model(handle);
}

static void remove_model(struct model *file)
{
    ck_assert_int_eq(fs->operations->remove(fs, file->path), file->there ? 0 : -ENOENT);
    memset(file->data, 0, MODEL_MOST);
    file->nr_bytes = 0;
    file->there = false;
}

static void rename_model(struct model *file)
{
    char to[sizeof(file->path)];
    unsigned int number = (unsigned int)(file - files);

    snprintf(to, sizeof(to), "d%u/another-%u-%u", random_below(4), number, random_below(1000));
    if (!file->there || !strcmp(to, file->path))
        return;
    ck_assert_int_eq(fs->operations->rename(fs, file->path, to), 0);
    strcpy(file->path, to);
}

static void operate(void)
{
    struct model *file = &files[random_below(FILES)];

    switch (random_below(10)) {
    case 0:
        remove_model(file);
        break;
    case 1:
        cut(file);
        break;
    case 2:
        rename_model(file);
        break;
    case 3:
    case 4:
        compare(file);
        break;
    default:
        write_some(file);
    }
}

START_TEST(arbitrary_operations)
{
    struct file_usage before, after;
    void *handle;

    make_image(&kinds[_i]);
    seed = (unsigned int)_i + 1;
    ck_assert_int_eq(fs->operations->usage(fs, &before), 0);
    for (unsigned int i = 0; i < 4; i++) {
        char path[8];

        snprintf(path, sizeof(path), "d%u", i);
        ck_assert_int_eq(fs->operations->make_directory(fs, path, 0755), 0);
        ck_assert_int_eq(fs->operations->make_directory(fs, path, 0755), -EEXIST);
    }
    for (unsigned int i = 0; i < FILES; i++) {
        snprintf(files[i].path, sizeof(files[i].path), "d%u/file-with-a-longer-name-%u", i % 4, i);
        files[i].data = calloc(1, MODEL_MOST);
        files[i].nr_bytes = 0;
        files[i].there = false;
    }
    for (unsigned int i = 0; i < 1500; i++)
        operate();
    for (unsigned int i = 0; i < FILES; i++) {
        compare(&files[i]);
        free(files[i].data);
    }
    /* Once more from the disk, and all of it back. */
    if (_i % 2) {
        for (unsigned int i = 0; i < FILES; i++)
            if (files[i].there)
                ck_assert_int_eq(fs->operations->remove(fs, files[i].path), 0);
        for (unsigned int i = 0; i < 4; i++) {
            char path[8];

            snprintf(path, sizeof(path), "d%u", i);
            ck_assert_int_eq(fs->operations->remove_directory(fs, path), 0);
        }
        ck_assert_int_eq(fs->operations->usage(fs, &after), 0);
        ck_assert_uint_eq(after.free_bytes, before.free_bytes);
        ck_assert_uint_eq(after.free_files, before.free_files);
    }
    ck_assert_int_eq(fs->operations->open(fs, "", O_RDONLY, 0, &handle), -EISDIR);
    check_image();
}
END_TEST

static void make_and_fill(const char *path, size_t nr_bytes)
{
    static char bytes[4096];
    void *handle;

    ck_assert_int_eq(fs->operations->open(fs, path, O_WRONLY | O_CREAT, 0644, &handle), 0);
    for (size_t at = 0; at < nr_bytes; at += sizeof(bytes)) {
        memset(bytes, (int)(at / sizeof(bytes)), sizeof(bytes));
        ck_assert_int_eq(fs->operations->write(fs, handle, bytes, sizeof(bytes), at), sizeof(bytes));
    }
    close_model(handle);
}

/* What debugfs, which has nothing of ours in it, takes out of the image. */
START_TEST(others_read_what_was_written)
{
    char command[512];

    make_image(&kinds[0]);
    ck_assert_int_eq(fs->operations->make_directory(fs, "a", 0755), 0);
    make_and_fill("a/large", 5000 * 1024);
    ck_assert_int_eq(fs->operations->sync(fs), 0);
    snprintf(command, sizeof(command), "debugfs -R 'dump a/large %s.dump' %s 2>/dev/null", path_of_image,
             path_of_image);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof(command),
             "test $(stat -c %%s %s.dump) = 5120000 && test $(od -An -tu1 -j 4096000 -N 1 %s.dump) = %u && "
             "rm %s.dump",
             path_of_image, path_of_image, 4096000 / 4096 % 256, path_of_image);
    ck_assert_int_eq(system(command), 0);
    check_image();
}
END_TEST

START_TEST(a_full_disk_is_not_broken)
{
    static char bytes[65536];
    void *handle;
    ssize_t done;
    uint64_t at = 0;

    make_image(&kinds[1]);
    ck_assert_int_eq(fs->operations->open(fs, "all", O_WRONLY | O_CREAT, 0644, &handle), 0);
    while ((done = fs->operations->write(fs, handle, bytes, sizeof(bytes), at)) > 0)
        at += (uint64_t)done;
    ck_assert_int_eq(done, -ENOSPC);
    ck_assert_uint_gt(at, 1000000);
    /* Removed while it is open: gone when it is closed. */
    ck_assert_int_eq(fs->operations->remove(fs, "all"), 0);
    ck_assert_int_eq(fs->operations->read(fs, handle, bytes, 1, 0), 1);
    close_model(handle);
    for (unsigned int i = 0;; i++) {
        char path[300];
        int rc;

        memset(path, 'x', 240);
        snprintf(path + 240, 20, "%u", i);
        rc = fs->operations->open(fs, path, O_WRONLY | O_CREAT, 0644, &handle);
        if (rc == -ENOSPC)
            break;
        ck_assert_int_eq(rc, 0);
        close_model(handle);
    }
    check_image();
}
END_TEST

START_TEST(names_and_kinds)
{
    static char long_name[300];
    void *handle;

    make_image(&kinds[2]);
    memset(long_name, 'n', 299);
    ck_assert_int_eq(fs->operations->open(fs, long_name, O_WRONLY | O_CREAT, 0644, &handle), -ENAMETOOLONG);
    make_and_fill("file", 10);
    ck_assert_int_eq(fs->operations->open(fs, "file/below", O_RDONLY, 0, &handle), -ENOTDIR);
    ck_assert_int_eq(fs->operations->open(fs, "file", O_WRONLY | O_CREAT | O_EXCL, 0, &handle), -EEXIST);
    ck_assert_int_eq(fs->operations->open(fs, "no/file", O_WRONLY | O_CREAT, 0, &handle), -ENOENT);
    ck_assert_int_eq(fs->operations->remove(fs, "lost+found"), -EISDIR);
    ck_assert_int_eq(fs->operations->remove_directory(fs, "file"), -ENOTDIR);
    ck_assert_int_eq(fs->operations->make_directory(fs, "d", 0700), 0);
    make_and_fill("d/x", 1);
    ck_assert_int_eq(fs->operations->remove_directory(fs, "d"), -ENOTEMPTY);
    ck_assert_int_eq(fs->operations->rename(fs, "file", "d/x"), -EEXIST);
    ck_assert_int_eq(fs->operations->rename(fs, "d", "e"), 0);
    ck_assert_int_eq(fs->operations->rename(fs, "e", "lost+found/e"), -ENOSYS);
    check_image();
}
END_TEST

/* Errors of the disk come to the caller; what could not be written is written when it can be. */
START_TEST(a_disk_that_fails)
{
    void *handle;
    char byte;

    make_image(&kinds[3]);
    make_and_fill("file", 100000);
    nr_fails = 1;
    ck_assert_int_eq(fs->operations->sync(fs), -EIO);
    ck_assert_int_eq(fs->operations->sync(fs), 0);
    make_and_fill("other", 2000000);
    nr_fails = 1;
    ck_assert_int_eq(fs->operations->open(fs, "file", O_RDONLY, 0, &handle) ||
                         fs->operations->read(fs, handle, &byte, 1, 50000) < 0,
                     1);
    nr_fails = 0;
    check_image();
}
END_TEST

START_TEST(what_is_not_this_format)
{
    static char zeros[1 << 20];

    strcpy(path_of_image, "/tmp/ext2-image-XXXXXX");
    image = mkstemp(path_of_image);
    ck_assert_int_eq(write(image, zeros, sizeof(zeros)), sizeof(zeros));
    ck_assert_int_eq(ext2_mount(1, "disk"), -EINVAL);
    ck_assert_int_eq(lseek(image, 0, SEEK_SET), 0);
    /* Every field at its largest, but the magic. */
    memset(zeros, 0xff, 2048);
    zeros[1024 + 56] = 0x53;
    zeros[1024 + 57] = (char)0xef;
    ck_assert_int_eq(write(image, zeros, sizeof(zeros)), sizeof(zeros));
    ck_assert_int_eq(ext2_mount(1, "disk"), -EINVAL);
    unlink(path_of_image);
}
END_TEST

Suite *ext2_suite(void)
{
    Suite *suite = suite_create("ext2");
    TCase *tests = tcase_create("ext2");

    tcase_add_loop_test(tests, arbitrary_operations, 0, (int)(sizeof(kinds) / sizeof(kinds[0])));
    tcase_add_test(tests, others_read_what_was_written);
    tcase_add_test(tests, a_full_disk_is_not_broken);
    tcase_add_test(tests, names_and_kinds);
    tcase_add_test(tests, a_disk_that_fails);
    tcase_add_test(tests, what_is_not_this_format);
    suite_add_tcase(suite, tests);
    return suite;
}
