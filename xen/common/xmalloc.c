/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's heap: objects up to half a page come from slabs of one page each, one list of slabs a size
 * class; larger ones are whole pages, whose count stands in page_info.extra. A slab's objects never start on
 * a page boundary, which tells the two apart.
 */
#include <xen/list.h>
#include <xen/log.h>
#include <xen/mm.h>
#include <xen/spinlock.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

#define SLAB_HEADER 64
#define SLAB_MAGIC  0x51ab51abu

struct slab {
    struct list_head list; /* of its class while it has free objects */
    void *free;            /* chain through the objects' first words */
    uint32_t magic;
    uint16_t class, used;
};
BUILD_BUG_ON(sizeof(struct slab) > SLAB_HEADER);

/* As many objects of a size as a page behind the header holds, without much left over. */
static const uint16_t class_size[] = {16,  32,  48,  64,  96,   128,  192, 256,
                                      320, 448, 576, 672, 1008, 1344, 2016};
static struct list_head partial[ARRAY_SIZE(class_size)];
static bool initialised;
static spinlock_t lock;
static size_t used_bytes;

static int class_for(size_t size, size_t align)
{
    for (unsigned int c = 0; c < ARRAY_SIZE(class_size); c++)
        if (class_size[c] >= size && class_size[c] % align == 0)
            return (int)c;
    return -1;
}

static void initialise(void)
{
    for (unsigned int c = 0; c < ARRAY_SIZE(class_size); c++)
        list_init(&partial[c]);
    initialised = true;
}

static struct slab *slab_create(unsigned int class)
{
    struct page_info *pg = page_alloc(0, 0);
    struct slab *s;
    size_t size = class_size[class];

    if (!pg)
        return NULL;
    pg->count_info = PGC_HYPERVISOR;
    s = page_to_virt(pg);
    *s = (struct slab){.magic = SLAB_MAGIC, .class = (uint16_t) class};
    for (size_t at = SLAB_HEADER; at + size <= PAGE_SIZE; at += size) {
        *(void **)((char *)s + at) = s->free;
        s->free = (char *)s + at;
    }
    list_add(&s->list, &partial[class]);
    return s;
}

static void *slab_alloc(unsigned int class)
{
    unsigned long flags = spin_lock_irqsave(&lock);
    struct slab *s = NULL;
    void *p = NULL;

    if (!initialised)
        initialise();
    s = list_empty(&partial[class]) ? slab_create(class) : list_entry(partial[class].next, struct slab, list);
    if (s) {
        p = s->free;
        s->free = *(void **)p;
        s->used++;
        if (!s->free)
            list_del(&s->list);
        used_bytes += class_size[class];
    }
    spin_unlock_irqrestore(&lock, flags);
    return p ? memset(p, 0, class_size[class]) : NULL;
}

static void slab_free(void *p)
{
    struct slab *s = (struct slab *)((uintptr_t)p & PAGE_MASK);
    unsigned long flags = spin_lock_irqsave(&lock);

    BUG_ON(s->magic != SLAB_MAGIC || !s->used ||
           ((uintptr_t)p - (uintptr_t)s - SLAB_HEADER) % class_size[s->class]);
    used_bytes -= class_size[s->class];
    if (!s->free)
        list_add(&s->list, &partial[s->class]);
    *(void **)p = s->free;
    s->free = p;
    if (--s->used == 0) {
        list_del(&s->list);
        s->magic = 0;
        hypervisor_pages_free(s, 0);
    }
    spin_unlock_irqrestore(&lock, flags);
}

static void *large_alloc(size_t size)
{
    unsigned int order = 0;
    unsigned long flags;
    void *p;

    while (PAGE_SIZE << order < size)
        order++;
    p = hypervisor_pages_alloc(order);
    if (!p)
        return NULL;
    virt_to_page(p)->extra = order;
    flags = spin_lock_irqsave(&lock);
    used_bytes += PAGE_SIZE << order;
    spin_unlock_irqrestore(&lock, flags);
    return p;
}

static void large_free(void *p)
{
    unsigned int order = virt_to_page(p)->extra;
    unsigned long flags = spin_lock_irqsave(&lock);

    used_bytes -= PAGE_SIZE << order;
    spin_unlock_irqrestore(&lock, flags);
    hypervisor_pages_free(p, order);
}

void *xzalloc_bytes(size_t size, size_t align)
{
    int class = align <= SLAB_HEADER ? class_for(max(size, (size_t)1), max(align, (size_t)16)) : -1;

    if (class >= 0)
        return slab_alloc((unsigned int)class);
    /* More is no size but a computation gone wrong. */
    if (align > PAGE_SIZE || size > (1ul << 30))
        return NULL;
    return large_alloc(size);
}

void xfree(void *p)
{
    if (!p)
        return;
    if ((uintptr_t)p % PAGE_SIZE == 0)
        large_free(p);
    else
        slab_free(p);
}

size_t xmalloc_used_bytes(void)
{
    return READ_ONCE(used_bytes);
}
