/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyboard and pointer: events of the shared page, as far as they are known, for whoever takes them. */
#include <xenguest/input.h>
#include "event_page_private.h"
#include <xen/io/kbdif.h>

static struct xg_input *input_of(struct xg_bus_device *device)
{
    return (struct xg_input *)device;
}

static void stir(struct xg_input *input)
{
    __atomic_fetch_add(&input->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&input->activity);
}

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *arg)
{
    struct xg_input *input = arg;

    stir(input);
    if (input->config.event)
        input->config.event(input, input->config.arg);
}

/* ---- Connecting ---- */

static int read_offer(struct xg_input *input)
{
    uint64_t absolute, raw;
    int rc = xg_bus_read_number(&input->device, XENKBD_FIELD_FEAT_ABS_POINTER, 1, 0, &absolute);

    if (!rc)
        rc = xg_bus_read_number(&input->device, XENKBD_FIELD_FEAT_RAW_POINTER, 1, 0, &raw);
    if (rc)
        return rc == -XG_EINVAL ? -XG_EBADMSG : rc;
    input->absolute = absolute && input->config.absolute;
    input->raw = raw && input->config.raw && input->absolute;
    return 0;
}

static int prepare(struct xg_bus_device *device)
{
    struct xg_input *input = input_of(device);
    int rc = read_offer(input);

    if (!rc)
        rc = xg_event_page_share(&input->page, input->config.events, device->backend_domid,
                                 input->config.polled, on_event, input);
    if (rc)
        return rc;
    return xg_grant_access(input->config.grants, device->backend_domid,
                           xg_mfn_to_gfn(xg_os_address_to_mfn(input->page.memory)), false, &input->ref);
}

/* By grant for backends that know it, by frame number for the others. */
static int write_nodes(struct xg_bus_device *device, xg_store_tx_t tx)
{
    struct xg_input *input = input_of(device);
    int rc = xg_event_page_write(&input->page, device, tx);

    if (!rc)
        rc = xg_bus_write_number(device, tx, XENKBD_FIELD_RING_GREF, input->ref);
    if (!rc)
        rc = xg_bus_write_number(device, tx, XENKBD_FIELD_REQ_ABS_POINTER, input->absolute);
    return rc ? rc : xg_bus_write_number(device, tx, XENKBD_FIELD_REQ_RAW_POINTER, input->raw);
}

static void set_connected(struct xg_input *input, bool connected)
{
    unsigned long saved = xg_lock_get(&input->lock);

    input->connected = connected;
    xg_lock_put(&input->lock, saved);
    stir(input);
}

static int connect(struct xg_bus_device *device)
{
    set_connected(input_of(device), true);
    return 0;
}

static void lost(struct xg_bus_device *device)
{
    input_of(device)->connected = false;
    xg_event_page_lost(&input_of(device)->page);
}

static void stop(struct xg_bus_device *device)
{
    set_connected(input_of(device), false);
}

static int release(struct xg_bus_device *device)
{
    struct xg_input *input = input_of(device);

    xg_event_page_close(&input->page, input->config.events);
    if (!xg_event_page_let_go(&input->page, device))
        return -XG_EBUSY;
    if (input->ref && xg_grant_end(input->config.grants, input->ref) == -XG_EBUSY)
        return -XG_EBUSY;
    input->ref = 0;
    xg_event_page_free(&input->page);
    return 0;
}

int xg_input_attach(struct xg_bus *bus, struct xg_input *input, uint32_t id,
                    const struct xg_input_config *config)
{
    xg_bytes_zero(input, sizeof(*input));
    input->config = *config;
    input->page.in_offset = XENKBD_IN_RING_OFFS;
    input->page.in_nr = XENKBD_IN_RING_LEN;
    input->page.out_offset = XENKBD_OUT_RING_OFFS;
    input->page.out_nr = XENKBD_OUT_RING_LEN;
    input->frontend.prepare = prepare;
    input->frontend.write = write_nodes;
    input->frontend.connect = connect;
    input->frontend.stop = stop;
    input->frontend.release = release;
    input->frontend.lost = lost;
    return xg_bus_attach(bus, &input->device, XENKBD_DRIVER_NAME, id, &input->frontend);
}

int xg_input_detach(struct xg_input *input, uint64_t deadline_ns)
{
    return xg_bus_detach(input->device.bus, &input->device, deadline_ns);
}

/* ---- Events ---- */

/* False: it is of a kind that we do not know. */
static bool translate(const union xenkbd_in_event *in, struct xg_input_event *out)
{
    xg_bytes_zero(out, sizeof(*out));
    switch (in->type) {
    case XENKBD_TYPE_KEY:
        out->kind = XG_INPUT_KEY;
        out->code = in->key.keycode;
        out->pressed = in->key.pressed;
        return true;
    case XENKBD_TYPE_MOTION:
        out->kind = XG_INPUT_MOTION;
        out->x = in->motion.rel_x;
        out->y = in->motion.rel_y;
        out->wheel = in->motion.rel_z;
        return true;
    case XENKBD_TYPE_POS:
        out->kind = XG_INPUT_POSITION;
        out->x = in->pos.abs_x;
        out->y = in->pos.abs_y;
        out->wheel = in->pos.rel_z;
        return true;
    default:
        return false;
    }
}

bool xg_input_take(struct xg_input *input, struct xg_input_event *event)
{
    unsigned long saved = xg_lock_get(&input->lock);
    union xenkbd_in_event in;
    bool taken = false, broken;
    unsigned int i;

    /* As many as the ring holds: nothing but nonsense must not keep us here. */
    for (i = 0; i < XENKBD_IN_RING_LEN && !taken; i++) {
        if (!input->connected || !xg_event_page_take(&input->page, &in))
            break;
        taken = translate(&in, event);
        input->nr_unknown += !taken;
    }
    broken = input->connected && input->page.broken;
    if (broken)
        input->connected = false;
    xg_lock_put(&input->lock, saved);
    if (broken)
        xg_bus_fail(&input->device, -XG_EBADMSG);
    return taken;
}
