/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_hypfs_op: what `xenhypfs` shows, a small tree of the build and of those options that can be
 * changed while the hypervisor runs. Names and forms are stock Xen's, as far as there is the same thing here;
 * the configuration of its build and per-pool settings are not.
 */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/string.h>
#include <xen/version.h>
#include <public/hypfs.h>

#define TEXT_MAX    96u  /* of a leaf, with its zero */
#define CONTENT_MAX 512u /* of any entry; the largest is a directory */
#define WRITE_MAX   16u

struct node {
    const char *name;
    uint8_t type; /* XEN_HYPFS_TYPE_*: DIR, STRING or UINT */
    const struct node *children;
    unsigned int nr_children;
    void (*text)(char *out, size_t size);
    uint32_t number;
    int (*set)(const char *text); /* NULL: read-only */
    uint32_t max_write;           /* bytes, with the zero */
};

#define DIRECTORY(nm, list)                                                                                  \
    {                                                                                                        \
        .name = nm, .type = XEN_HYPFS_TYPE_DIR, .children = list, .nr_children = ARRAY_SIZE(list)            \
    }
#define STRING(nm, fn)           {.name = nm, .type = XEN_HYPFS_TYPE_STRING, .text = fn}
#define NUMBER(nm, n)            {.name = nm, .type = XEN_HYPFS_TYPE_UINT, .number = n}
#define OPTION(nm, fn, st, most)                                                                             \
    {                                                                                                        \
        .name = nm, .type = XEN_HYPFS_TYPE_STRING, .text = fn, .set = st, .max_write = most                  \
    }

static void levels(char *out, size_t size)
{
    log_levels_text(false, out, size);
}
static void guest_levels(char *out, size_t size)
{
    log_levels_text(true, out, size);
}
static int set_levels(const char *text)
{
    return log_levels_set(false, text);
}
static int set_guest_levels(const char *text)
{
    return log_levels_set(true, text);
}
static void compile_by(char *out, size_t size)
{
    xp_strlcpy(out, XEN_COMPILE_BY, size);
}
static void compile_date(char *out, size_t size)
{
    xp_strlcpy(out, XEN_COMPILE_DATE, size);
}
static void compiler(char *out, size_t size)
{
    xp_strlcpy(out, XEN_COMPILER, size);
}
static void extra(char *out, size_t size)
{
    xp_strlcpy(out, XEN_EXTRA_VERSION, size);
}
static void changeset(char *out, size_t size)
{
    xp_strlcpy(out, XEN_CHANGESET, size);
}
static void nothing(char *out, size_t size)
{
    xp_strlcpy(out, "", size);
}

static const struct node compile_nodes[] = {STRING("compile_by", compile_by),
                                            STRING("compile_date", compile_date),
                                            STRING("compile_domain", nothing), STRING("compiler", compiler)};
static const struct node version_nodes[] = {STRING("extra", extra), NUMBER("major", XEN_MAJOR_VERSION),
                                            NUMBER("minor", XEN_MINOR_VERSION)};
static const struct node build_nodes[] = {STRING("changeset", changeset),
                                          DIRECTORY("compileinfo", compile_nodes),
                                          DIRECTORY("version", version_nodes)};
static const struct node option_nodes[] = {OPTION("conswitch", console_switch_text, console_switch_set, 3),
                                           OPTION("guest_loglvl", guest_levels, set_guest_levels, WRITE_MAX),
                                           OPTION("loglvl", levels, set_levels, WRITE_MAX)};
static const struct node root_nodes[] = {DIRECTORY("buildinfo", build_nodes),
                                         DIRECTORY("params", option_nodes)};
static const struct node root = DIRECTORY("", root_nodes);

/* --- What an entry consists of --- */
static size_t entry_bytes(const struct node *n)
{
    return offsetof(struct xen_hypfs_dirlistentry, name) + ROUND_UP(strlen(n->name) + 1, 4);
}

static uint32_t text_bytes(const struct node *n)
{
    char text[TEXT_MAX];

    n->text(text, sizeof(text));
    return (uint32_t)strlen(text) + 1;
}

static uint32_t content_bytes(const struct node *n)
{
    uint32_t bytes = 0;

    switch (n->type) {
    case XEN_HYPFS_TYPE_DIR:
        for (unsigned int i = 0; i < n->nr_children; i++)
            bytes += (uint32_t)entry_bytes(&n->children[i]);
        return bytes;
    case XEN_HYPFS_TYPE_STRING:
        return text_bytes(n);
    default:
        return sizeof(n->number);
    }
}

static struct xen_hypfs_direntry describe(const struct node *n, uint32_t bytes)
{
    return (struct xen_hypfs_direntry){.type = n->type,
                                       .encoding = XEN_HYPFS_ENC_PLAIN,
                                       .content_len = bytes,
                                       .max_write_len = n->max_write};
}

/* Entries lie at any even address: they are copied there. */
static void list_children(const struct node *n, uint8_t *out)
{
    for (unsigned int i = 0; i < n->nr_children; i++) {
        const struct node *child = &n->children[i];
        struct xen_hypfs_direntry e = describe(child, content_bytes(child));
        uint16_t next = i + 1 < n->nr_children ? (uint16_t)entry_bytes(child) : 0;

        memset(out, 0, entry_bytes(child));
        memcpy(out, &e, sizeof(e));
        memcpy(out + offsetof(struct xen_hypfs_dirlistentry, off_next), &next, sizeof(next));
        memcpy(out + offsetof(struct xen_hypfs_dirlistentry, name), child->name, strlen(child->name));
        out += entry_bytes(child);
    }
}

/* Answers its bytes: a text may change at any time, so that its length is that of what was rendered. */
static uint32_t render(const struct node *n, uint8_t *out)
{
    if (n->type == XEN_HYPFS_TYPE_STRING) {
        n->text((char *)out, TEXT_MAX);
        return (uint32_t)strlen((const char *)out) + 1;
    }
    if (n->type == XEN_HYPFS_TYPE_DIR)
        list_children(n, out);
    else
        memcpy(out, &n->number, sizeof(n->number));
    return content_bytes(n);
}

/* --- The operations --- */
static int read_path(uint64_t va, uint64_t bytes, char *path)
{
    if (!bytes || bytes > XEN_HYPFS_MAX_PATHLEN)
        return refuse(-XEN_EINVAL, "hypfs.path-length", "a path of %lu bytes: 2 to %u are possible",
                      (unsigned long)bytes, XEN_HYPFS_MAX_PATHLEN);
    if (copy_from_guest(path, va, bytes))
        return refuse(-XEN_EFAULT, "hypfs.path", "no readable path of %lu bytes at %#lx",
                      (unsigned long)bytes, (unsigned long)va);
    if (strnlen(path, bytes) != bytes - 1 || path[0] != '/')
        return refuse(-XEN_EINVAL, "hypfs.path-form",
                      "a path begins with a slash, and its one zero is its last byte");
    return 0;
}

static const struct node *child_named(const struct node *n, const char *name, size_t length)
{
    for (unsigned int i = 0; i < n->nr_children; i++)
        if (strlen(n->children[i].name) == length && !strncmp(n->children[i].name, name, length))
            return &n->children[i];
    return NULL;
}

/* Behind a directory a slash may stand; NULL: there is no such entry. */
static const struct node *find(const char *path)
{
    const struct node *n = &root;

    path++;
    while (*path && n) {
        const char *end = strchr(path, '/');
        size_t length = end ? (size_t)(end - path) : strlen(path);

        n = child_named(n, path, length);
        path += length;
        if (n && *path == '/') {
            n = n->type == XEN_HYPFS_TYPE_DIR ? n : NULL;
            path++;
        }
    }
    return n;
}

static long read_entry(const struct node *n, uint64_t va, uint64_t bytes)
{
    uint8_t content[CONTENT_MAX];
    struct xen_hypfs_direntry e;

    if (bytes < sizeof(e))
        return refuse(-XEN_EINVAL, "hypfs.buffer",
                      "a buffer of %lu bytes has no room for what describes an entry", (unsigned long)bytes);
    BUG_ON(n->type != XEN_HYPFS_TYPE_STRING && content_bytes(n) > sizeof(content));
    e = describe(n, render(n, content));
    if (copy_to_guest(va, &e, sizeof(e)))
        return refuse(-XEN_EFAULT, "hypfs.answer", "the buffer at %#lx cannot be written", (unsigned long)va);
    if (bytes - sizeof(e) < e.content_len)
        return refuse(-XEN_ENOBUFS, "hypfs.room", "the entry has %u bytes, the buffer room for %lu",
                      e.content_len, (unsigned long)(bytes - sizeof(e)));
    if (copy_to_guest(va + sizeof(e), content, e.content_len))
        return refuse(-XEN_EFAULT, "hypfs.answer", "the buffer at %#lx cannot be written", (unsigned long)va);
    return 0;
}

static long write_entry(const struct node *n, uint64_t va, uint64_t bytes)
{
    char text[WRITE_MAX];

    if (!n->set)
        return refuse(-XEN_EACCES, "hypfs.read-only", "the entry \"%s\" cannot be written", n->name);
    if (bytes > n->max_write)
        return refuse(-XEN_EINVAL, "hypfs.long", "%lu bytes for \"%s\", which has room for %u",
                      (unsigned long)bytes, n->name, n->max_write);
    if (copy_from_guest(text, va, bytes))
        return refuse(-XEN_EFAULT, "hypfs.content", "no readable content at %#lx", (unsigned long)va);
    if (!bytes || strnlen(text, bytes) != bytes - 1)
        return refuse(-XEN_EDOM, "hypfs.text", "the text's one zero has to be its last byte");
    if (n->set(text))
        return refuse(-XEN_EINVAL, "hypfs.value", "\"%s\" cannot be \"%s\"", n->name, text);
    return 0;
}

long do_hypfs_op(unsigned int cmd, uint64_t path_va, uint64_t path_bytes, uint64_t buffer_va,
                 uint64_t buffer_bytes)
{
    char path[XEN_HYPFS_MAX_PATHLEN];
    const struct node *n;
    int rc;

    if (!current->domain->is_privileged)
        return refuse(-XEN_EPERM, "hypfs.privilege", "only Domain 0 sees the hypervisor's file system");
    if (cmd == XEN_HYPFS_OP_get_version) {
        if (path_va || path_bytes || buffer_va || buffer_bytes)
            return refuse(-XEN_EINVAL, "hypfs.version", "the version is asked for without arguments");
        return XEN_HYPFS_VERSION;
    }
    rc = read_path(path_va, path_bytes, path);
    if (rc)
        return rc;
    n = find(path);
    if (!n)
        return refuse(-XEN_ENOENT, "hypfs.entry", "there is no entry \"%s\"", path);
    if (cmd == XEN_HYPFS_OP_read)
        return read_entry(n, buffer_va, buffer_bytes);
    if (cmd == XEN_HYPFS_OP_write_contents)
        return write_entry(n, buffer_va, buffer_bytes);
    return refuse(-XEN_EOPNOTSUPP, "hypfs.command", "there is no hypfs_op %u", cmd);
}
