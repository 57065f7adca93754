/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's file system (hypfs_op), which `xenhypfs` shows: what the build is, and options that can be
 * changed.
 *
 * hypfs.h: a path with its length and its zero, a buffer with its size; an answer is a description, the
 * contents behind it. When the buffer is too small the description alone comes, with -ENOBUFS. A directory's
 * contents are descriptions with names, each with the distance to the next, 0 at the end. Measured: names are
 * padded to a multiple of 4; entries are sorted by name; a directory may be named with a slash at its end, a
 * leaf may not; a text without its zero is -EDOM.
 *
 * What goes wrong: paths without an end are read beyond; a length of 0; contents that change between their
 * length and their copy. Which entries there are is each build's affair: asserted are those that both have.
 */
#include "guest.h"

#include <xen/hypfs.h>

const char test_title[] = "the hypervisor's file system";

static struct {
    struct xen_hypfs_direntry e;
    char contents[1024];
} answer;

static long hypfs(unsigned int command, const char *path, unsigned long bytes, void *buffer,
                  unsigned long size)
{
    return hypercall(__HYPERVISOR_hypfs_op, command, HYPERCALL_POINTER(path), bytes,
                     HYPERCALL_POINTER(buffer), size);
}

static long read_path(const char *path)
{
    memset(&answer, 0xaa, sizeof(answer));
    return hypfs(XEN_HYPFS_OP_read, path, strlen(path) + 1, &answer, sizeof(answer));
}

static long write_level(const char *text, unsigned long bytes)
{
    return hypfs(XEN_HYPFS_OP_write_contents, "/params/loglvl", 15, (void *)text, bytes);
}

/* The entry of that name in the directory that was read last. */
static bool has_entry(const char *name, unsigned int type)
{
    const char *at = answer.contents, *end = at + answer.e.content_len;

    for (;;) {
        struct xen_hypfs_dirlistentry head;
        size_t size;

        memcpy(&head, at, sizeof(head));
        at += offsetof(struct xen_hypfs_dirlistentry, name);
        size = offsetof(struct xen_hypfs_dirlistentry, name) + ((strlen(at) + 4) & ~3ul);
        CHECK(head.off_next == 0 || head.off_next == size);
        if (!strcmp(at, name))
            return head.e.type == type;
        at += size - offsetof(struct xen_hypfs_dirlistentry, name);
        if (!head.off_next) {
            CHECK(at == end);
            return false;
        }
    }
}

static void tree(void)
{
    static const struct {
        const char *directory, *entry;
        unsigned int type;
    } known[] = {{"/", "buildinfo", XEN_HYPFS_TYPE_DIR},
                 {"/", "params", XEN_HYPFS_TYPE_DIR},
                 {"/buildinfo", "changeset", XEN_HYPFS_TYPE_STRING},
                 {"/buildinfo", "compileinfo", XEN_HYPFS_TYPE_DIR},
                 {"/buildinfo/", "version", XEN_HYPFS_TYPE_DIR},
                 {"/buildinfo/compileinfo", "compile_by", XEN_HYPFS_TYPE_STRING},
                 {"/buildinfo/compileinfo", "compiler", XEN_HYPFS_TYPE_STRING},
                 {"/buildinfo/version", "extra", XEN_HYPFS_TYPE_STRING},
                 {"/buildinfo/version", "major", XEN_HYPFS_TYPE_UINT},
                 {"/params", "conswitch", XEN_HYPFS_TYPE_STRING},
                 {"/params/", "guest_loglvl", XEN_HYPFS_TYPE_STRING},
                 {"/params", "loglvl", XEN_HYPFS_TYPE_STRING}};
    uint32_t number;

    for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        CHECK_RC(read_path(known[i].directory), 0);
        CHECK_EQUAL(answer.e.type, XEN_HYPFS_TYPE_DIR);
        CHECK_EQUAL(answer.e.max_write_len, 0);
        CHECK(has_entry(known[i].entry, known[i].type));
    }
    CHECK(!has_entry("nonsense", XEN_HYPFS_TYPE_STRING));
    CHECK_RC(read_path("/buildinfo/version/minor"), 0);
    memcpy(&number, answer.contents, sizeof(number));
    CHECK_EQUAL(answer.e.content_len, 4);
    CHECK_EQUAL(number, 17);
}

static void options(void)
{
    CHECK_RC(read_path("/params/loglvl"), 0);
    CHECK_EQUAL(answer.e.type, XEN_HYPFS_TYPE_STRING);
    CHECK_EQUAL(answer.e.max_write_len, 16);
    CHECK_EQUAL(answer.e.content_len, 8);
    CHECK(!strcmp(answer.contents, "all/all"));
    CHECK_RC(write_level("error", 6), 0);
    CHECK_RC(read_path("/params/loglvl"), 0);
    CHECK(!strcmp(answer.contents, "error/error"));
    CHECK_RC(write_level("none/debug", 11), 0);
    CHECK_RC(read_path("/params/loglvl"), 0);
    CHECK(!strcmp(answer.contents, "none/all"));
    CHECK_RC(write_level("all", 4), 0);
    CHECK_RC(read_path("/params/loglvl"), 0);
    CHECK(!strcmp(answer.contents, "all/all"));
    CHECK_RC(write_level("info", 4), -XEN_EDOM);
    CHECK_RC(write_level("info", 0), -XEN_EDOM);
    CHECK_RC(write_level("in\0o", 5), -XEN_EDOM);
    CHECK_RC(write_level("aaaaaaaaaaaaaaaa", 17), -XEN_EINVAL);
    CHECK_RC(write_level((char *)0x1000, 4), -XEN_EFAULT);
    CHECK_RC(hypfs(XEN_HYPFS_OP_write_contents, "/params", 8, &answer, 4), -XEN_EACCES);
    CHECK_RC(hypfs(XEN_HYPFS_OP_write_contents, "/buildinfo/changeset", 21, &answer, 4), -XEN_EACCES);
    CHECK_RC(hypfs(XEN_HYPFS_OP_write_contents, "/params/loglvl/", 16, "all", 4), -XEN_ENOENT);
    /* Stock Xen has changed the levels to what it could make of the text that it refused. */
    CHECK_RC(write_level("all", 4), 0);
}

static void arguments(void)
{
    CHECK_RC(hypfs(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 0), XEN_HYPFS_VERSION);
    CHECK_RC(hypfs(XEN_HYPFS_OP_get_version, "/", 0, NULL, 0), -XEN_EINVAL);
    CHECK_RC(hypfs(XEN_HYPFS_OP_get_version, NULL, 0, NULL, 1), -XEN_EINVAL);
    CHECK_RC(hypfs(3, NULL, 0, NULL, 0), -XEN_EINVAL);
    CHECK_RC(hypfs(3, "/", 2, &answer, 100), -XEN_EOPNOTSUPP);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/", 1, &answer, sizeof(answer)), -XEN_EINVAL);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/", 0, &answer, sizeof(answer)), -XEN_EINVAL);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/\0p", 4, &answer, sizeof(answer)), -XEN_EINVAL);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/", XEN_HYPFS_MAX_PATHLEN + 1, &answer, sizeof(answer)), -XEN_EINVAL);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, NULL, 2, &answer, sizeof(answer)), -XEN_EFAULT);
    CHECK_RC(read_path("params"), -XEN_EINVAL);
    CHECK_RC(read_path("//params"), -XEN_ENOENT);
    CHECK_RC(read_path("/none"), -XEN_ENOENT);
    CHECK_RC(read_path("/params/loglvl/"), -XEN_ENOENT);
    CHECK_RC(read_path("/params/loglvl/x"), -XEN_ENOENT);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/", 2, &answer, sizeof(answer.e) - 1), -XEN_EINVAL);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/params/loglvl", 15, &answer, sizeof(answer.e) + 7), -XEN_ENOBUFS);
    CHECK_EQUAL(answer.e.content_len, 8);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/params/loglvl", 15, &answer, sizeof(answer.e) + 8), 0);
    CHECK_RC(hypfs(XEN_HYPFS_OP_read, "/", 2, (void *)0x1000, 100), -XEN_EFAULT);
}

void test_main(void)
{
    tree();
    options();
    arguments();
    test_success();
}
