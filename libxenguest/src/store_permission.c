/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may read and write a node: a list of a letter and a domain each, in the message as strings. */
#include <xenguest/format.h>
#include "store_private.h"

#define MOST 64 /* what one list holds here, in either direction */

/* One entry of the answer at `text`, which is terminated. */
static int parse(const char *text, struct xg_store_permission *permission)
{
    uint64_t domid;

    if (*text != 'n' && *text != 'r' && *text != 'w' && *text != 'b')
        return -XG_EBADMSG;
    if (xg_store_parse_number(text + 1, UINT16_MAX, &domid))
        return -XG_EBADMSG;
    permission->access = *text;
    permission->domid = (xg_domid_t)domid;
    return 0;
}

int xg_store_get_permissions(struct xg_store *store, xg_store_tx_t tx, const char *path,
                             struct xg_store_permission *permissions, unsigned int most, unsigned int *nr)
{
    char text[MOST * 7]; /* a letter, five digits, NUL */
    struct xg_store_request request = {.type = XS_GET_PERMS, .reply = text, .size = sizeof(text)};
    struct xg_store_piece piece = xg_store_string(path);
    int rc = xg_store_ask(store, &request, tx, &piece, 1);
    size_t at;

    *nr = 0;
    if (rc)
        return rc;
    if (request.length > sizeof(text))
        return -XG_ERANGE;
    if (!request.length || text[request.length - 1])
        return -XG_EBADMSG;
    for (at = 0; at < request.length && !rc; at += xg_string_length(text + at) + 1) {
        struct xg_store_permission permission;

        rc = parse(text + at, &permission);
        if (!rc && *nr < most)
            permissions[*nr] = permission;
        *nr += !rc;
    }
    return rc;
}

int xg_store_set_permissions(struct xg_store *store, xg_store_tx_t tx, const char *path,
                             const struct xg_store_permission *permissions, unsigned int nr)
{
    struct xg_store_piece pieces[2] = {xg_store_string(path)};
    char text[MOST * 7];
    size_t used = 0;
    unsigned int i;

    if (!nr || nr > MOST)
        return -XG_EINVAL;
    for (i = 0; i < nr; i++)
        used += xg_format_buffer(text + used, sizeof(text) - used, "%c%u", permissions[i].access,
                                 permissions[i].domid) +
                1;
    pieces[1].data = text;
    pieces[1].bytes = used;
    return xg_store_order(store, XS_SET_PERMS, tx, pieces, 2);
}
