/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network frontend: cards that another domain serves. Tier 3. Source: <xen/io/netif.h>; how it is
 * negotiated stands in docs/net-frontend.md.
 *
 * Objects and data are the caller's. A packet to send belongs to the library from a submit that returned 0
 * until its `finished` is true; a buffer to receive into from xg_net_give until `receive` hands it over. In
 * both directions the pages are granted for that time and nothing is copied by this end; what the caller has
 * back the backend cannot reach any more. Frames begin with their Ethernet header; nothing in them is looked
 * at.
 *
 * submit, kick, give and poll may be called on any vCPU, in threads and handlers; the rest by the owner of
 * the bus. `done` and `receive` are called by poll, by the handlers of events and, when the device stops, by
 * the bus.
 */
#ifndef XENGUEST_NET_H
#define XENGUEST_NET_H

#include <xenguest/event.h>
#include <xenguest/grant.h>
#include <xenguest/os.h>
#include <xenguest/ring.h>
#include <xenguest/xenbus.h>

XG_BEGIN_DECLS

#define XG_NET_QUEUES      8
#define XG_NET_RING        256 /* requests of a ring: one page each way */
#define XG_NET_PAGES       18  /* that a packet to send may touch; every backend takes so many */
#define XG_NET_FRAME_BYTES 65535
#define XG_NET_ADDRESS     6

/* What both ends have to agree on. In a config: what is wanted. In a device: what the backend has, too. */
enum xg_net_feature {
    XG_NET_SCATTER = 1 << 0,      /* frames of more than one page */
    XG_NET_TSO4 = 1 << 1,         /* TCP/IPv4 frames larger than the MTU, to be cut up */
    XG_NET_TSO6 = 1 << 2,         /* the same over IPv6 */
    XG_NET_CHECKSUM4 = 1 << 3,    /* TCP and UDP checksums over IPv4 may be blank */
    XG_NET_CHECKSUM6 = 1 << 4,    /* the same over IPv6 */
    XG_NET_MULTICAST = 1 << 5,    /* only multicasts that were asked for arrive */
    XG_NET_SPLIT_EVENTS = 1 << 6, /* an event channel for each direction */
    XG_NET_CONTROL = 1 << 7,      /* the control ring: how frames are spread over queues */
    XG_NET_COPY = 1 << 8,         /* the backend copies into our pages: nothing else is supported */
};

/* All that makes sending and receiving cheaper. */
#define XG_NET_OFFLOADS (XG_NET_SCATTER | XG_NET_TSO4 | XG_NET_TSO6 | XG_NET_CHECKSUM4 | XG_NET_CHECKSUM6)

enum xg_net_checksum {
    XG_NET_CHECKSUM_THERE, /* in the frame; nobody has looked whether it is right */
    XG_NET_CHECKSUM_GOOD,  /* in the frame, and right */
    XG_NET_CHECKSUM_BLANK, /* the data is right; the field has the sum of the pseudo header only */
};

enum xg_net_segmentation {
    XG_NET_WHOLE,
    XG_NET_TCP4, /* a TCP/IPv4 frame to be cut into, or made of, segments of `segment_bytes` of data */
    XG_NET_TCP6,
};

/* ---- Sending ---- */

/* Any bytes of the kernel's own memory; they may cross pages. The backend can read the whole pages. */
struct xg_net_fragment {
    const void *data;
    uint32_t bytes;
};

enum xg_net_operation {
    XG_NET_SEND,
    XG_NET_MULTICAST_ADD, /* frames for `address` are wanted; forgotten when the backend goes */
    XG_NET_MULTICAST_REMOVE,
};

struct xg_net_packet {
    enum xg_net_operation operation;
    const struct xg_net_fragment *fragments; /* read by submit only; what they point to stays */
    unsigned int nr_fragments;
    enum xg_net_checksum checksum;
    enum xg_net_segmentation segmentation; /* other than XG_NET_WHOLE: the checksum is blank */
    uint16_t segment_bytes;
    uint8_t address[XG_NET_ADDRESS]; /* of the two multicast operations */
    unsigned int queue;              /* modulo the number of queues; one flow uses one queue */
    /*
     * Nobody waits for its end: no event comes for it alone, `done` is called at the next poll, or when half
     * of the ring's answers are there. Spares an event, and a wake-up, a packet.
     */
    bool late;
    /* Called once it is finished, perhaps in a handler; NULL: look at `finished`. */
    void (*done)(struct xg_net_packet *packet, void *arg);
    void *arg;
    /*
     * 0: the backend has taken it; -XG_EIO: it has not; -XG_EAGAIN: it went away before it answered;
     * -XG_EBADMSG: it lies, the device is broken.
     */
    int status;
    bool finished;
    /* The library's. */
    uint16_t nr_slots; /* not answered yet */
    uint16_t first_slot;
    struct xg_net_packet *next;
};

/* ---- Receiving ---- */

/* One page; a frame is a chain of them. */
struct xg_net_buffer {
    void *page; /* page-aligned, of the kernel's own memory; set by the caller, once */
    uint16_t offset;
    uint16_t bytes;
    struct xg_net_buffer *fragment; /* the next of the same frame */
    /* In the first of a frame. */
    uint32_t frame_bytes;
    enum xg_net_checksum checksum;
    enum xg_net_segmentation segmentation;
    uint16_t segment_bytes;
    uint8_t hash_type; /* XG_NET_HASH_…: a bit; 0: no hash came with it */
    uint32_t hash;
    unsigned int queue;
    /* The library's. */
    xg_grant_ref_t ref;
    struct xg_net_buffer *next;
};

/* ---- The device ---- */

struct xg_net;
struct xg_net_slot;

struct xg_net_queue {
    struct xg_net *net;

    uint32_t send_lock; /* guards what follows */
    bool sending;
    xg_evtchn_t send_port;
    struct xg_ring_front send_ring;
    void *send_memory;
    xg_grant_ref_t send_ref;
    struct xg_net_slot *slots; /* a page of them */
    char *heads;               /* a page of headers that a page end would cut, by slot */
    xg_grant_ref_t heads_ref;
    uint16_t first_free;
    unsigned int nr_extras;  /* requests on the ring that carry no number */
    unsigned int nr_awaited; /* packets that are not `late` */

    uint32_t receive_lock; /* guards what follows; taken before the supply's */
    bool receiving;
    xg_evtchn_t receive_port; /* the same as send_port unless events are split */
    struct xg_ring_front receive_ring;
    void *receive_memory;
    xg_grant_ref_t receive_ref;
    struct xg_net_buffer **posted; /* by place on the ring; a page of them */
    /* The frame that is arriving. */
    struct xg_net_buffer *first, *last;
    unsigned int nr_fragments;
    bool more_data, more_extras, unusable;

    uint64_t nr_sent, nr_received, nr_dropped; /* frames */
    uint64_t nr_notifications;
};

/* The control ring. One request at a time. */
struct xg_net_control {
    struct xg_lock lock;
    bool running;
    xg_evtchn_t port;
    struct xg_ring_front ring;
    void *memory;
    xg_grant_ref_t ref;
    void *data; /* a page that the backend reads: keys and tables */
    xg_grant_ref_t data_ref;
    uint16_t next_id;
};

enum xg_net_mode {
    XG_NET_BY_EVENT, /* answers are taken, `done` and `receive` called, in the handlers of the events */
    XG_NET_BY_WAKE,  /* the handlers only end waits on `activity`: a thread calls xg_net_poll */
    XG_NET_POLLED,   /* the ports stay masked */
};

/* What is wanted; the backend may have less. */
struct xg_net_config {
    struct xg_grants *grants;
    struct xg_events *events;
    uint32_t features; /* of the first five: what `receive` copes with */
    enum xg_net_mode mode;
    unsigned int nr_queues; /* 0: one */
    unsigned int nr_posted; /* buffers that a queue offers to the backend at most; 0: XG_NET_RING */
    /* A frame: the buffers are the caller's until it gives them back, one by one. Must not be NULL. */
    void (*receive)(struct xg_net *net, struct xg_net_buffer *frame, void *arg);
    void *arg;
};

struct xg_net {
    struct xg_bus_device device; /* first */
    struct xg_bus_frontend frontend;
    struct xg_net_config config;
    struct xg_net_queue queues[XG_NET_QUEUES];
    unsigned int nr_queues;
    struct xg_net_control control;
    uint32_t supply_lock;
    struct xg_net_buffer *supply; /* given and not posted */
    unsigned int nr_supply;
    uint32_t activity; /* changes with packets that finish (unless late), frames that arrive, and the state */
    bool hashing;

    /* Valid while connected. */
    bool connected;
    uint32_t features; /* what may be used in sending, and what is in use of the others */
    uint8_t address[XG_NET_ADDRESS];
    uint32_t mtu;
    bool carrier;
};

/* Takes up device vif/`id` and begins to connect. Errors: xg_bus_attach. */
int __must_check xg_net_attach(struct xg_bus *bus, struct xg_net *net, uint32_t id,
                               const struct xg_net_config *config);
/* Runs the bus until the device is connected. -XG_ETIME; or why it is broken. */
int __must_check xg_net_wait_connected(struct xg_net *net, uint64_t deadline_ns);
/*
 * Ends it in order; errors: xg_bus_detach. Packets in flight finish before. Once it has returned 0, the
 * buffers that were given are the caller's again.
 */
int __must_check xg_net_detach(struct xg_net *net, uint64_t deadline_ns);

/*
 * Hands a packet to the backend. `more`: others follow at once, it need not be told yet (xg_net_kick).
 * -XG_EBUSY: the ring is full or there is no grant reference: try when something has finished. -XG_EAGAIN:
 * not connected now. -XG_EOPNOTSUPP: the backend has not offered what the packet needs. -XG_EINVAL: shorter
 * than an Ethernet header, longer than XG_NET_FRAME_BYTES, in more than XG_NET_PAGES pages, or segmented
 * without a size or with a checksum that is not blank. Nothing has changed then.
 */
int __must_check xg_net_submit(struct xg_net *net, struct xg_net_packet *packet, bool more);
void xg_net_kick(struct xg_net *net);
/* submit, waiting for room and for the end. Returns its status. For threads. */
int __must_check xg_net_send(struct xg_net *net, struct xg_net_packet *packet);

/* A buffer that frames may be received into. At any time from xg_net_attach on. */
void xg_net_give(struct xg_net *net, struct xg_net_buffer *buffer);
/* Takes the backend's answers. Returns how many packets finished and frames arrived. */
unsigned int xg_net_poll(struct xg_net *net);
/* Only those to packets that were sent: `done` is called, nothing arrives. Returns how many finished. */
unsigned int xg_net_poll_done(struct xg_net *net);

/* ---- How frames are spread over queues ---- */

enum xg_net_hash_type {
    XG_NET_HASH_IPV4 = 1 << 0,
    XG_NET_HASH_IPV4_TCP = 1 << 1,
    XG_NET_HASH_IPV6 = 1 << 2,
    XG_NET_HASH_IPV6_TCP = 1 << 3,
};

struct xg_net_hash {
    uint32_t types; /* XG_NET_HASH_…; 0: the backend chooses as it likes */
    const uint8_t *key;
    unsigned int key_bytes;
    const uint32_t *queues; /* queue number by hash modulo nr_queues */
    unsigned int nr_queues;
};

/*
 * Toeplitz hashes. Until the backend goes: to be done again when connected again. -XG_EOPNOTSUPP: it has no
 * control ring or not these types. -XG_EINVAL, -XG_ERANGE: it refuses the key or the table, or finds it too
 * large. -XG_EAGAIN: not connected. -XG_ETIME: no answer; the control ring is given up until then.
 */
int __must_check xg_net_set_hash(struct xg_net *net, const struct xg_net_hash *hash, uint64_t deadline_ns);

/* ---- Checksums, for stacks that do not leave them to others. Pure; Ethernet (VLAN tags too), IPv4, IPv6
 * ---- */

/*
 * Writes the sum of the pseudo header into the checksum field of a TCP or UDP frame whose headers are in
 * `frame`, as a blank checksum has to be. *feature is XG_NET_CHECKSUM4 or 6: what the backend must have.
 * -XG_EOPNOTSUPP: another protocol, a fragment, or the headers are not there; nothing changed.
 */
int __must_check xg_net_checksum_blank(void *frame, uint32_t bytes, uint32_t *feature);
/* Completes a blank checksum: `fragments` are the frame, the first one holds its headers. Errors: as above.
 */
int __must_check xg_net_checksum_fill(const struct xg_net_fragment *fragments, unsigned int nr);

XG_END_DECLS

#endif
