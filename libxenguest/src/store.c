/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests and their answers, and the connection. Who waits reads the ring for all: an answer is copied to
 * the request that it is for, wherever that one's thread is.
 */
#include "store_private.h"

_Static_assert(sizeof(((struct xg_store *)0)->header) == sizeof(struct xsd_sockmsg),
               "the header of a message");

static void tell_waiters(struct xg_store *store)
{
    __atomic_fetch_add(&store->activity, 1, __ATOMIC_SEQ_CST);
    xg_os_wake(&store->activity);
}

static bool is_broken(const struct xg_store *store)
{
    return __atomic_load_n(&store->broken, __ATOMIC_RELAXED);
}

void xg_store_notify(struct xg_store *store)
{
    store->nr_notifications++;
    (void)!xg_event_send(store->port);
}

uint64_t xg_store_deadline(const struct xg_store *store)
{
    uint64_t now = xg_os_now_ns();

    return store->timeout_ns < XG_NO_DEADLINE - now ? now + store->timeout_ns : XG_NO_DEADLINE;
}

/* ---- What arrives ---- */

static int errno_of(const char *text, size_t length)
{
    static const struct {
        char name[10];
        int number;
    } errors[] = {
        {"EINVAL", XG_EINVAL}, {"EACCES", XG_EACCES}, {"EEXIST", XG_EEXIST},       {"EISDIR", XG_EISDIR},
        {"ENOENT", XG_ENOENT}, {"ENOMEM", XG_ENOMEM}, {"ENOSPC", XG_ENOSPC},       {"EIO", XG_EIO},
        {"ENOSYS", XG_ENOSYS}, {"EROFS", XG_EROFS},   {"ENOTEMPTY", XG_ENOTEMPTY}, {"EBUSY", XG_EBUSY},
        {"EAGAIN", XG_EAGAIN}, {"E2BIG", XG_E2BIG},   {"EISCONN", XG_EISCONN},     {"EPERM", XG_EPERM},
    };
    unsigned int i;

    if (!length || text[length - 1])
        return -XG_EIO;
    for (i = 0; i < XG_ARRAY_SIZE(errors); i++)
        if (xg_string_equal(errors[i].name, text))
            return -errors[i].number;
    return -XG_EIO;
}

/* Takes the request with this id from the list. */
static struct xg_store_request *take_request(struct xg_store *store, uint32_t id)
{
    struct xg_store_request **link = &store->pending, *request;

    while (*link && (*link)->id != id)
        link = &(*link)->next;
    request = *link;
    if (request)
        *link = request->next;
    return request;
}

static size_t string_within(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && text[i])
        i++;
    return i;
}

/* The answer's first string to where it is wanted. Returns its length with the NUL; 0: there is none that
 * fits. */
static size_t copy_prefix(struct xg_store_request *request, const char *body, size_t length)
{
    size_t nr = string_within(body, length) + 1;

    if (nr > length || nr > request->prefix_size)
        return 0;
    xg_bytes_copy(request->prefix, body, nr);
    return nr;
}

static void complete(struct xg_store_request *request, const char *body, size_t length)
{
    size_t skipped = 0;

    request->status = 0;
    if (request->prefix) {
        skipped = copy_prefix(request, body, length);
        if (!skipped)
            request->status = -XG_EBADMSG;
    }
    request->length = length - skipped;
    xg_bytes_copy(request->reply, body + skipped,
                  request->length < request->size ? request->length : request->size);
}

static void answer_arrived(struct xg_store *store, const struct xsd_sockmsg *header)
{
    struct xg_store_request *request = take_request(store, header->req_id);

    if (!request) {
        if (store->nr_abandoned)
            store->nr_abandoned--;
        else
            store->broken = true;
        return;
    }
    if (header->type == XS_ERROR) {
        request->status = errno_of(store->incoming, header->len);
    } else if (header->type == request->type) {
        complete(request, store->incoming, header->len);
    } else {
        request->status = -XG_EIO;
        store->broken = true;
    }
    __atomic_store_n(&request->done, true, __ATOMIC_RELEASE);
}

static void event_arrived(struct xg_store *store, const struct xsd_sockmsg *header)
{
    size_t path = string_within(store->incoming, header->len) + 1;

    if (path >= header->len ||
        path + string_within(store->incoming + path, header->len - path) >= header->len)
        store->broken = true;
    else
        xg_store_watch_event(store, store->incoming, store->incoming + path);
}

static void message_arrived(struct xg_store *store, const struct xsd_sockmsg *header)
{
    store->incoming_bytes = 0;
    if (header->type == XS_WATCH_EVENT)
        event_arrived(store, header);
    else
        answer_arrived(store, header);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The next bytes of the message that is being received, at most `waiting`. True: the message is complete. */
static bool receive(struct xg_store *store, struct xsd_sockmsg *header, uint32_t waiting, bool *was_full)
{
    uint32_t nr;

    if (store->incoming_bytes < XG_STORE_HEADER_BYTES) {
        nr = smaller(waiting, XG_STORE_HEADER_BYTES - store->incoming_bytes);
        *was_full |= xg_store_ring_take(store, (char *)store->header + store->incoming_bytes, nr);
        xg_bytes_copy(header, store->header, sizeof(*header));
    } else {
        xg_bytes_copy(header, store->header, sizeof(*header));
        nr = smaller(waiting, header->len - (store->incoming_bytes - XG_STORE_HEADER_BYTES));
        *was_full |=
            xg_store_ring_take(store, store->incoming + (store->incoming_bytes - XG_STORE_HEADER_BYTES), nr);
    }
    store->incoming_bytes += nr;
    if (store->incoming_bytes < XG_STORE_HEADER_BYTES)
        return false;
    if (header->len > XG_STORE_PAYLOAD_BYTES) {
        store->broken = true;
        return false;
    }
    return store->incoming_bytes == XG_STORE_HEADER_BYTES + header->len;
}

void xg_store_pump(struct xg_store *store)
{
    bool was_full = false, told = false;
    struct xsd_sockmsg header;
    uint32_t waiting;

    while (!store->broken && (waiting = xg_store_ring_waiting(store)) != 0) {
        if (!receive(store, &header, waiting, &was_full))
            continue;
        message_arrived(store, &header);
        told = true;
    }
    if (was_full)
        xg_store_notify(store);
    if (told || store->broken)
        tell_waiters(store);
}

/* ---- Requests ---- */

static void give_up(struct xg_store *store, struct xg_store_request *request, int status)
{
    take_request(store, request->id);
    request->status = status;
    request->done = true;
}

/* One look under the lock. `late`: the deadline has come. True: the request is done. */
static bool look_for_answer(struct xg_store *store, struct xg_store_request *request, bool late)
{
    xg_os_lock(&store->lock);
    xg_store_pump(store);
    if (!request->done && store->broken) {
        give_up(store, request, -XG_EIO);
    } else if (!request->done && late) {
        give_up(store, request, -XG_ETIME);
        store->nr_abandoned++;
    }
    xg_os_unlock(&store->lock);
    return request->done;
}

static int await(struct xg_store *store, struct xg_store_request *request, uint64_t deadline_ns)
{
    bool late = false;

    for (;;) {
        uint32_t seen = xg_store_activity(store);

        if (look_for_answer(store, request, late))
            return request->status;
        late = xg_os_wait(&store->activity, seen, deadline_ns) == -XG_ETIME;
    }
}

/* Puts what there is room for; 0 with the ring full. */
static uint32_t put_some(struct xg_store *store, const char *data, size_t bytes)
{
    uint32_t nr;

    xg_os_lock(&store->lock);
    nr = xg_store_ring_room(store);
    if (nr > bytes)
        nr = (uint32_t)bytes;
    if (nr)
        xg_store_ring_put(store, data, nr);
    else
        xg_store_pump(store); /* it may be waiting for us to make room the other way */
    xg_os_unlock(&store->lock);
    return nr;
}

/* As writer. *nr_put counts what went out in any case. */
static int put_all(struct xg_store *store, const char *data, size_t bytes, uint64_t deadline_ns,
                   size_t *nr_put)
{
    bool late = false;

    while (bytes) {
        uint32_t seen = xg_store_activity(store);
        uint32_t nr = put_some(store, data, bytes);

        data += nr;
        bytes -= nr;
        *nr_put += nr;
        if (is_broken(store))
            return -XG_EIO;
        if (nr || !bytes)
            continue;
        if (late)
            return -XG_ETIME;
        xg_store_notify(store);
        late = xg_os_wait(&store->activity, seen, deadline_ns) == -XG_ETIME;
    }
    return 0;
}

static int send(struct xg_store *store, const struct xsd_sockmsg *header, const struct xg_store_piece *pieces,
                unsigned int nr, uint64_t deadline_ns)
{
    size_t nr_put = 0;
    unsigned int i;
    int rc = put_all(store, (const char *)header, sizeof(*header), deadline_ns, &nr_put);

    for (i = 0; i < nr && !rc; i++)
        rc = put_all(store, pieces[i].data, pieces[i].bytes, deadline_ns, &nr_put);
    /* Half a message cannot be taken back. */
    if (rc && nr_put)
        __atomic_store_n(&store->broken, true, __ATOMIC_RELAXED);
    if (!rc)
        xg_store_notify(store);
    return rc;
}

/* As writer: announces the request, so that it is known when its answer comes, and sends it. */
static int begin(struct xg_store *store, struct xg_store_request *request, xg_store_tx_t tx,
                 const struct xg_store_piece *pieces, unsigned int nr, uint64_t deadline_ns)
{
    struct xsd_sockmsg header = {.type = request->type, .tx_id = tx};
    size_t bytes = 0;
    unsigned int i;
    int rc;

    for (i = 0; i < nr; i++)
        bytes += pieces[i].bytes;
    if (bytes > XG_STORE_PAYLOAD_BYTES)
        return -XG_E2BIG;
    if (is_broken(store))
        return -XG_EIO;
    header.len = (uint32_t)bytes;
    request->done = false;
    xg_os_lock(&store->lock);
    header.req_id = request->id = store->next_id++;
    request->next = store->pending;
    store->pending = request;
    xg_os_unlock(&store->lock);

    rc = send(store, &header, pieces, nr, deadline_ns);
    if (!rc)
        return 0;
    xg_os_lock(&store->lock);
    give_up(store, request, rc);
    xg_os_unlock(&store->lock);
    return rc;
}

int xg_store_ask_as_writer(struct xg_store *store, struct xg_store_request *request, xg_store_tx_t tx,
                           const struct xg_store_piece *pieces, unsigned int nr)
{
    uint64_t deadline_ns = xg_store_deadline(store);
    int rc = begin(store, request, tx, pieces, nr, deadline_ns);

    return rc ? rc : await(store, request, deadline_ns);
}

int xg_store_ask(struct xg_store *store, struct xg_store_request *request, xg_store_tx_t tx,
                 const struct xg_store_piece *pieces, unsigned int nr)
{
    uint64_t deadline_ns;
    int rc;

    xg_os_lock(&store->writer);
    deadline_ns = xg_store_deadline(store);
    rc = begin(store, request, tx, pieces, nr, deadline_ns);
    xg_os_unlock(&store->writer);
    return rc ? rc : await(store, request, deadline_ns);
}

int xg_store_order(struct xg_store *store, uint32_t type, xg_store_tx_t tx,
                   const struct xg_store_piece *pieces, unsigned int nr)
{
    char ok[3];
    struct xg_store_request request = {.type = type, .reply = ok, .size = sizeof(ok)};
    int rc = xg_store_ask(store, &request, tx, pieces, nr);

    if (rc)
        return rc;
    return request.length == 3 && ok[0] == 'O' && ok[1] == 'K' && !ok[2] ? 0 : -XG_EBADMSG;
}

/* ---- The connection ---- */

static int find_ring(struct xg_store *store, const struct xg_boot *boot)
{
    struct xenstore_domain_interface *ring;

    if (!xg_mfn_valid(boot->store_mfn) || !boot->store_port)
        return -XG_ENODEV;
    ring = xg_os_mfn_to_address(boot->store_mfn);
    if (!ring)
        ring = xg_os_frames_map(&boot->store_mfn, 1, XG_DOMID_SELF);
    if (!ring)
        return -XG_ENOMEM;
    store->ring = ring;
    store->port = boot->store_port;
    return 0;
}

int xg_store_init(struct xg_store *store, const struct xg_boot *boot)
{
    int rc;

    xg_bytes_zero(store, sizeof(*store));
    store->timeout_ns = XG_STORE_TIMEOUT_NS;
    store->next_id = 1;
    store->next_token = 1;
    rc = find_ring(store, boot);
    if (!rc)
        xg_store_ring_attach(store);
    return rc;
}

static void on_event(xg_evtchn_t port, struct xg_frame *frame, void *store)
{
    tell_waiters(store);
}

int xg_store_bind(struct xg_store *store, struct xg_events *events)
{
    return xg_event_attach(events, store->port, on_event, store);
}

static bool all_answered(struct xg_store *store)
{
    bool none;

    xg_os_lock(&store->lock);
    xg_store_pump(store);
    none = !store->pending;
    xg_os_unlock(&store->lock);
    return none;
}

int xg_store_suspend(struct xg_store *store)
{
    uint64_t deadline_ns;
    bool late = false;

    xg_os_lock(&store->writer);
    deadline_ns = xg_store_deadline(store);
    for (;;) {
        uint32_t seen = xg_store_activity(store);

        if (all_answered(store)) {
            store->suspended = true;
            return 0;
        }
        if (late || is_broken(store))
            break;
        late = xg_os_wait(&store->activity, seen, deadline_ns) == -XG_ETIME;
    }
    xg_os_unlock(&store->writer);
    return late ? -XG_ETIME : -XG_EIO;
}

void xg_store_continue(struct xg_store *store)
{
    store->suspended = false;
    xg_os_unlock(&store->writer);
    tell_waiters(store);
}

/* What is in flight will not be answered. */
static void end_pending(struct xg_store *store)
{
    while (store->pending)
        give_up(store, store->pending, -XG_EAGAIN);
    store->nr_abandoned = 0;
    tell_waiters(store);
}

/* A writer that waits for room leaves when it finds the store broken. */
static void become_writer(struct xg_store *store)
{
    if (store->suspended)
        return;
    __atomic_store_n(&store->broken, true, __ATOMIC_RELAXED);
    tell_waiters(store);
    xg_os_lock(&store->writer);
}

int xg_store_resume(struct xg_store *store, const struct xg_boot *boot)
{
    int rc;

    become_writer(store);
    xg_os_lock(&store->lock);
    end_pending(store);
    rc = find_ring(store, boot);
    if (!rc) {
        xg_store_ring_attach(store);
        store->broken = false;
    }
    store->suspended = false;
    xg_os_unlock(&store->lock);
    if (!rc)
        rc = xg_store_watch_again(store);
    xg_os_unlock(&store->writer);
    return rc;
}

/* ---- Waiting for anything ---- */

uint32_t xg_store_activity(const struct xg_store *store)
{
    return __atomic_load_n(&store->activity, __ATOMIC_SEQ_CST);
}

int xg_store_poll(struct xg_store *store)
{
    xg_os_lock(&store->lock);
    xg_store_pump(store);
    xg_os_unlock(&store->lock);
    return is_broken(store) ? -XG_EIO : 0;
}

int xg_store_wait(struct xg_store *store, uint32_t seen, uint64_t deadline_ns)
{
    int rc = xg_store_poll(store);

    if (rc || xg_store_activity(store) != seen)
        return rc;
    rc = xg_os_wait(&store->activity, seen, deadline_ns);
    return rc ? rc : xg_store_poll(store);
}
