/* SPDX-License-Identifier: BSD-2-Clause */
/* The nodes by which the toolstack talks to a domain: read, acknowledged in the same transaction, told once.
 */
#include <xenguest/control.h>
#include "private.h"

#define SHUTDOWN "control/shutdown"
#define SYSRQ    "control/sysrq"
#define TARGET   "memory/target"

int xg_control_resume(struct xg_control *control)
{
    static const char features[][28] = {"control/feature-poweroff", "control/feature-reboot",
                                        "control/feature-suspend"};
    unsigned int i;
    int rc = 0;

    for (i = 0; i < XG_ARRAY_SIZE(features) && !rc; i++)
        rc = xg_store_write_number(control->store, XG_STORE_NO_TX, features[i], 1);
    return rc;
}

int xg_control_init(struct xg_control *control, struct xg_store *store)
{
    int rc;

    xg_bytes_zero(control, sizeof(*control));
    control->store = store;
    control->last_target = UINT64_MAX;
    rc = xg_control_resume(control);
    if (!rc)
        rc = xg_store_watch(store, &control->shutdown, SHUTDOWN, NULL, 0);
    if (!rc)
        rc = xg_store_watch(store, &control->sysrq, SYSRQ, NULL, 0);
    if (!rc)
        rc = xg_store_watch(store, &control->target, TARGET, NULL, 0);
    if (rc)
        xg_control_end(control);
    return rc;
}

/* One that was made: init may have come only as far as some. */
static void unwatch(struct xg_control *control, struct xg_store_watch *watch)
{
    if (watch->path)
        (void)!xg_store_unwatch(control->store, watch);
}

void xg_control_end(struct xg_control *control)
{
    unwatch(control, &control->shutdown);
    unwatch(control, &control->sysrq);
    unwatch(control, &control->target);
}

/* A node that is read and emptied: as long as it is not, the toolstack takes it that nobody has looked. */
struct wish {
    const char *path;
    char value[16];
    size_t length;
};

static int take_wish(struct xg_store *store, xg_store_tx_t tx, void *arg)
{
    struct wish *wish = arg;
    int rc;

    wish->length = 0;
    rc = xg_store_read(store, tx, wish->path, wish->value, sizeof(wish->value), &wish->length);
    if (rc == -XG_ENOENT) {
        wish->length = 0;
        return 0;
    }
    if ((rc && rc != -XG_ERANGE) || !wish->length)
        return rc == -XG_ERANGE ? 0 : rc;
    return xg_store_write(store, tx, wish->path, "", 0);
}

static bool equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static enum xg_control_wish wish_of(const char *value)
{
    /* Arrays, not pointers: a table of addresses would need a loader's relocations. */
    static const struct {
        char value[12];
        uint8_t wish;
    } wishes[] = {{"poweroff", XG_CONTROL_POWEROFF},
                  {"reboot", XG_CONTROL_REBOOT},
                  {"halt", XG_CONTROL_HALT},
                  {"crash", XG_CONTROL_CRASH},
                  {"suspend", XG_CONTROL_SUSPEND}};
    unsigned int i;

    for (i = 0; i < XG_ARRAY_SIZE(wishes); i++)
        if (equal(value, wishes[i].value))
            return wishes[i].wish;
    return XG_CONTROL_NOTHING;
}

static int take_shutdown(struct xg_control *control, struct xg_control_request *request)
{
    struct wish wish = {.path = SHUTDOWN};
    int rc = xg_store_transaction(control->store, take_wish, &wish);

    if (rc || !wish.length)
        return rc;
    request->wish = wish_of(wish.value);
    if (request->wish == XG_CONTROL_NOTHING)
        control->nr_strange++;
    return 0;
}

static int take_sysrq(struct xg_control *control, struct xg_control_request *request)
{
    struct wish wish = {.path = SYSRQ};
    int rc = xg_store_transaction(control->store, take_wish, &wish);

    /* An end of nothing but a NUL is how others acknowledge. */
    if (rc || !wish.length || !wish.value[0])
        return rc;
    request->wish = XG_CONTROL_SYSRQ;
    request->value = (unsigned char)wish.value[0];
    return 0;
}

static int take_target(struct xg_control *control, struct xg_control_request *request)
{
    uint64_t target;
    int rc = xg_store_read_number(control->store, XG_STORE_NO_TX, TARGET, UINT64_MAX / 1024, &target);

    if (rc == -XG_EINVAL)
        control->nr_strange++;
    if (rc)
        return rc == -XG_EINVAL || rc == -XG_ENOENT ? 0 : rc;
    if (target == control->last_target)
        return 0;
    control->last_target = target;
    request->wish = XG_CONTROL_TARGET;
    request->value = target;
    return 0;
}

/*
 * What a watch has fired for counts as seen only when it has been looked at: a store that was late is asked
 * again.
 */
static int take(struct xg_control *control, struct xg_control_request *request,
                const struct xg_store_watch *watch, uint32_t *seen,
                int (*taken)(struct xg_control *, struct xg_control_request *))
{
    uint32_t now = __atomic_load_n(&watch->nr_fired, __ATOMIC_ACQUIRE);
    int rc;

    if (request->wish != XG_CONTROL_NOTHING || now == *seen)
        return 0;
    rc = taken(control, request);
    if (!rc)
        *seen = now;
    return rc;
}

int xg_control_take(struct xg_control *control, struct xg_control_request *request)
{
    int rc = xg_store_poll(control->store);

    request->wish = XG_CONTROL_NOTHING;
    if (!rc)
        rc = take(control, request, &control->shutdown, &control->seen_shutdown, take_shutdown);
    if (!rc)
        rc = take(control, request, &control->sysrq, &control->seen_sysrq, take_sysrq);
    if (!rc)
        rc = take(control, request, &control->target, &control->seen_target, take_target);
    return rc;
}
