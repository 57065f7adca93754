/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's command line. An option is declared where it is used and lands in the section .params:
 *   static bool opt_noreboot;
 *   PARAM_BOOL("noreboot", opt_noreboot);
 * Options take Xen's names. `NAME`, `NAME=VALUE`, `no-NAME` for booleans. Unknown options: one warning each,
 * the boot goes on; a malformed value of a known option: panic_user with the option, the value and what is
 * expected.
 */
#ifndef XEN_PARAM_H
#define XEN_PARAM_H

#include <xen/types.h>

enum param_kind { PARAM_KIND_BOOL, PARAM_KIND_UINT, PARAM_KIND_STRING, PARAM_KIND_CUSTOM };

struct param {
    const char *name;
    enum param_kind kind;
    void *variable;
    size_t size; /* strings: of the buffer */
    /* Custom: 0, or -XEN_EINVAL; `expected` is what the message says. */
    int (*parse)(const char *value);
    const char *expected;
};

/* The section holds pointers: compilers may pad structures in it as they like. */
#define PARAM_DEFINE(id, ...)                             \
    static const struct param param_##id = {__VA_ARGS__}; \
    static const struct param *const param_at_##id __used __section(".params") = &param_##id
#define PARAM_UNIQUE(line, ...) PARAM_DEFINE_AT(line, __VA_ARGS__)
#define PARAM_DEFINE_AT(line, ...) PARAM_DEFINE(line, __VA_ARGS__)

#define PARAM_BOOL(nm, var)   PARAM_UNIQUE(__LINE__, .name = nm, .kind = PARAM_KIND_BOOL, .variable = &(var))
#define PARAM_UINT(nm, var)   PARAM_UNIQUE(__LINE__, .name = nm, .kind = PARAM_KIND_UINT, .variable = &(var))
#define PARAM_STRING(nm, buf)                                                                                \
    PARAM_UNIQUE(__LINE__, .name = nm, .kind = PARAM_KIND_STRING, .variable = (buf), .size = sizeof(buf))
#define PARAM_CUSTOM(nm, fn, what)                                                                           \
    PARAM_UNIQUE(__LINE__, .name = nm, .kind = PARAM_KIND_CUSTOM, .parse = (fn), .expected = (what))

/* Parses the line (without the image's name); keeps it for XENVER_commandline. */
void params_parse(const char *line);
const char *command_line(void);
/* Is it an option of stock Xen that has no meaning here? (param_stock.c) */
bool param_known_to_stock(const char *name);
/* Size with suffix B K M G T (default: K as in Xen). *end behind it. */
uint64_t param_parse_size(const char *s, const char **end);

#endif
