/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace buffers: their pages, which Domain 0 maps writable as DOMID_XEN's; the writing of records;
 * XEN_SYSCTL_tbuf_op. What is worth a record is decided where TRACE stands.
 *
 * A buffer is written by its CPU alone, with interrupts off. Of what the listener may change, only `cons` is
 * read, once a record, and believed only where it leaves less than a buffer of unread bytes; where we are is
 * kept here. Buffers are never given back. A CPU that is off line has one too: it may come back.
 */
#include <xen/arch.h>
#include <xen/ctl.h>
#include <xen/errno.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/refusal.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/string.h>
#include <xen/trace.h>
#include <xen/xmalloc.h>

#define WORD             sizeof(uint32_t)
#define WORDS_OF_PAGE    (PAGE_SIZE / WORD)
#define CYCLE_WORDS      2
#define LOST_WORDS       4
#define RECORD_WORDS_MAX (1 + CYCLE_WORDS + TRACE_EXTRA_MAX)

/*
 * Where t_info's lists of frames may begin: after the offsets of all CPUs that there could be, as on stock
 * Xen.
 */
#define FIRST_LIST ((sizeof(struct t_info) + 256 * sizeof(uint16_t) + WORD - 1) / WORD)

struct trace_buffer {
    uint32_t **pages;
    uint32_t produced; /* bytes, modulo twice the buffer's */
    uint32_t nr_lost;
    uint64_t first_lost_at;
};

bool trace_enabled;
static struct trace_buffer *buffers[MAX_CPUS];
static uint32_t nr_pages;    /* of each buffer; 0: there are none */
static uint32_t bytes;       /* of records in each */
static struct t_info *info;
static unsigned int info_order;
static uint32_t event_mask = TRC_ALL;
static cpumask_t cpu_mask = {~0ul};

/* --- Writing --- */
static void notify(void)
{
    send_global_virq(VIRQ_TBUF);
}

static struct t_buf *header(const struct trace_buffer *b)
{
    return (struct t_buf *)b->pages[0];
}

static void put_word(struct trace_buffer *b, uint32_t value)
{
    uint32_t at = (sizeof(struct t_buf) + b->produced % bytes) / WORD;

    b->pages[at / WORDS_OF_PAGE][at % WORDS_OF_PAGE] = value;
    b->produced = (b->produced + WORD) % (2 * bytes);
}

static void put_record(struct trace_buffer *b, uint32_t event, uint64_t cycles, const uint32_t *extra,
                       unsigned int nr)
{
    put_word(b, event | nr << TRACE_EXTRA_SHIFT | (uint32_t)TRC_HD_CYCLE_FLAG);
    put_word(b, (uint32_t)cycles);
    put_word(b, (uint32_t)(cycles >> 32));
    for (unsigned int i = 0; i < nr; i++)
        put_word(b, extra[i]);
}

static uint32_t words_before_end(const struct trace_buffer *b)
{
    return (bytes - b->produced % bytes) / WORD;
}

/* Records do not go across the end: what is left there becomes one that says so. */
static void fill_tail(struct trace_buffer *b)
{
    uint32_t left = words_before_end(b) - 1;
    bool with_cycles = left > TRACE_EXTRA_MAX;

    put_word(b, TRC_TRACE_WRAP_BUFFER | (with_cycles ? left - CYCLE_WORDS : left) << TRACE_EXTRA_SHIFT |
                    (with_cycles ? (uint32_t)TRC_HD_CYCLE_FLAG : 0));
    while (left--)
        put_word(b, 0);
}

/* Unread bytes; more than there can be when the listener wrote nonsense. */
static uint32_t unread(const struct trace_buffer *b)
{
    uint32_t consumed = READ_ONCE(header(b)->cons);

    return consumed < 2 * bytes && !(consumed % WORD) ? (b->produced + 2 * bytes - consumed) % (2 * bytes)
                                                      : 2 * bytes;
}

static bool has_room(const struct trace_buffer *b, uint32_t words)
{
    uint32_t used = unread(b), tail = words_before_end(b), needed = words > tail ? tail + words : words;

    return used <= bytes && bytes - used >= needed * WORD;
}

static void put_lost(struct trace_buffer *b, uint64_t cycles)
{
    uint32_t extra[LOST_WORDS] = {b->nr_lost, current->domain->id | current->id << 16,
                                  (uint32_t)b->first_lost_at, (uint32_t)(b->first_lost_at >> 32)};

    if (words_before_end(b) < 1 + CYCLE_WORDS + LOST_WORDS)
        fill_tail(b);
    put_record(b, TRC_LOST_RECORDS, cycles, extra, LOST_WORDS);
    b->nr_lost = 0;
}

static bool is_wanted(uint32_t event)
{
    uint32_t mask = READ_ONCE(event_mask), both = mask & event;

    return both >> TRC_CLS_SHIFT && (both >> TRC_SUBCLS_SHIFT & 0xf) &&
           cpumask_test(cpu_mask, arch_this_cpu());
}

static void insert(struct trace_buffer *b, uint32_t event, const uint32_t *extra, unsigned int nr)
{
    uint32_t words = 1 + CYCLE_WORDS + nr, before = unread(b);
    uint64_t cycles = arch_cycles();

    if (!has_room(b, b->nr_lost ? 2 * RECORD_WORDS_MAX : words)) {
        if (!b->nr_lost++)
            b->first_lost_at = cycles;
        return;
    }
    if (b->nr_lost)
        put_lost(b, cycles);
    if (words_before_end(b) < words)
        fill_tail(b);
    put_record(b, event, cycles, extra, nr);
    /* The listener reads prod, then the records before it. */
    __atomic_store_n(&header(b)->prod, b->produced, __ATOMIC_RELEASE);
    if (before < bytes / 2 && unread(b) >= bytes / 2)
        softirq_raise(SOFTIRQ_TRACE);
}

void trace_record(uint32_t event, const uint32_t *extra, unsigned int nr)
{
    struct trace_buffer *b = buffers[arch_this_cpu()];
    unsigned long flags;

    if (!b || !is_wanted(event))
        return;
    flags = arch_irq_save();
    insert(b, event, extra, nr);
    arch_irq_restore(flags);
}

/* --- The buffers --- */
static void buffer_free(struct trace_buffer *b)
{
    for (uint32_t i = 0; b && b->pages && i < nr_pages; i++)
        hypervisor_pages_free(b->pages[i], 0);
    if (b)
        xfree(b->pages);
    xfree(b);
}

static struct trace_buffer *buffer_make(void)
{
    struct trace_buffer *b = xzalloc(struct trace_buffer);

    if (b)
        b->pages = xzalloc_array(uint32_t *, nr_pages);
    for (uint32_t i = 0; b && b->pages && i < nr_pages; i++) {
        b->pages[i] = hypervisor_pages_alloc(0);
        if (!b->pages[i]) {
            buffer_free(b);
            return NULL;
        }
    }
    if (b && !b->pages) {
        xfree(b);
        return NULL;
    }
    return b;
}

/* From here on Domain 0 may map them. */
static void share(void)
{
    unsigned int cpu, place = FIRST_LIST;

    info->tbuf_size = (uint16_t)nr_pages;
    for_each_cpu(cpu, sched_present_cpus())
    {
        info->mfn_offset[cpu] = (uint16_t)place;
        for (uint32_t i = 0; i < nr_pages; i++) {
            ((uint32_t *)info)[place++] = (uint32_t)virt_to_mfn(buffers[cpu]->pages[i]).n;
            share_hypervisor_page(buffers[cpu]->pages[i], dom_xen, true);
        }
    }
    for (unsigned int i = 0; i < 1u << info_order; i++)
        share_hypervisor_page((char *)info + i * PAGE_SIZE, dom_xen, false);
}

static void free_all(void)
{
    unsigned int cpu;

    for_each_cpu(cpu, cpumask_all())
    {
        buffer_free(buffers[cpu]);
        buffers[cpu] = NULL;
    }
    hypervisor_pages_free(info, info_order);
    info = NULL;
    nr_pages = 0;
}

static int make(uint32_t wanted)
{
    unsigned int nr_cpus = cpumask_count(sched_present_cpus()), cpu;
    uint32_t most = (UINT16_MAX - FIRST_LIST) / nr_cpus;
    bool complete;

    nr_pages = min(wanted, most);
    bytes = nr_pages * PAGE_SIZE - sizeof(struct t_buf);
    for (info_order = 0; (PAGE_SIZE / WORD) << info_order < FIRST_LIST + nr_cpus * nr_pages;)
        info_order++;
    info = hypervisor_pages_alloc(info_order);
    complete = info != NULL;
    for_each_cpu(cpu, sched_present_cpus())
    {
        if (complete)
            buffers[cpu] = buffer_make();
        complete = complete && buffers[cpu];
    }
    if (!complete) {
        free_all();
        return refuse(-XEN_ENOMEM, "trace.memory", "no memory for %u pages of records on each of %u CPUs",
                      min(wanted, most), nr_cpus);
    }
    softirq_register(SOFTIRQ_TRACE, notify);
    share();
    WRITE_ONCE(trace_enabled, true);
    return 0;
}

static long set_size(uint32_t pages)
{
    if (!pages)
        return refuse(-XEN_EINVAL, "trace.size", "buffers of no pages");
    if (nr_pages)
        return refuse(pages == nr_pages ? -XEN_EBUSY : -XEN_EINVAL, "trace.resize",
                      "the buffers have %u pages, and keep them", nr_pages);
    return make(pages);
}

static long set_cpu_mask(const struct xenctl_bitmap *map)
{
    uint64_t cpus;
    int rc = ctl_bitmap_read(map, MAX_CPUS, &cpus);

    if (!rc)
        cpu_mask = (cpumask_t){cpus};
    return rc;
}

static long enable(void)
{
    if (!nr_pages)
        return refuse(-XEN_EINVAL, "trace.no-buffers", "there are no buffers for records");
    WRITE_ONCE(trace_enabled, true);
    return 0;
}

long sysctl_trace(struct xen_sysctl_tbuf_op *op)
{
    switch (op->cmd) {
    case XEN_SYSCTL_TBUFOP_get_info:
        op->evt_mask = event_mask;
        op->buffer_mfn = info ? virt_to_mfn(info).n : 0;
        op->size = info ? (uint32_t)(PAGE_SIZE << info_order) : 0;
        return 0;
    case XEN_SYSCTL_TBUFOP_set_cpu_mask:
        return set_cpu_mask(&op->cpu_mask);
    case XEN_SYSCTL_TBUFOP_set_evt_mask:
        WRITE_ONCE(event_mask, op->evt_mask);
        return 0;
    case XEN_SYSCTL_TBUFOP_set_size:
        return set_size(op->size);
    case XEN_SYSCTL_TBUFOP_enable:
        return enable();
    case XEN_SYSCTL_TBUFOP_disable:
        WRITE_ONCE(trace_enabled, false);
        return 0;
    default:
        return refuse(-XEN_EINVAL, "trace.command", "there is no command %u of tracing", op->cmd);
    }
}
