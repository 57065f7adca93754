/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain 0 has channel 2 of the interval timer and its gate; the other channels float.
 *
 * Kernels measure the processor's clock with channel 2 (port 0x42, mode at 0x43, gate and output in 0x61).
 * The virtual IOPL must allow it. Channels 0 and 1 (0x40, 0x41) read as ones, also after commands for them;
 * 0x43 reads as 0; of 0x61 the two low bits can be written.
 *
 * What goes wrong: the kernel reprograms channel 0, by which the hypervisor may tell the time; a latch
 * command without the rights to the channel turns the next reads around; a guest polls the output bit for
 * ever.
 */
#include "guest.h"

#include <xen/physdev.h>

const char test_title[] = "the interval timer's channel 2 for Domain 0";

#define HZ     1193182ul
#define OUTPUT 0x20
#define TRIES  1000

static uint8_t in(uint16_t port)
{
    uint8_t value;

    asm volatile("inb %%dx, %%al" : "=a"(value) : "d"(port));
    return value;
}

static void out(uint16_t port, uint8_t value)
{
    asm volatile("outb %%al, %%dx" ::"a"(value), "d"(port));
}

static unsigned int counter(uint16_t port, uint8_t latch)
{
    unsigned int low;

    out(0x43, latch);
    low = in(port);
    return low | (unsigned int)in(port) << 8;
}

static void start(uint8_t mode, unsigned int count)
{
    out(0x43, mode);
    out(0x42, (uint8_t)count);
    out(0x42, (uint8_t)(count >> 8));
}

static void floating(void)
{
    CHECK_EQUAL(in(0x40), 0xff);
    CHECK_EQUAL(in(0x41), 0xff);
    CHECK_EQUAL(in(0x43), 0);
    out(0x43, 0x34);
    out(0x40, 0x9c);
    out(0x40, 0x2e);
    CHECK_EQUAL(counter(0x40, 0x00), 0xffff);
    out(0x43, 0xe2);
    CHECK_EQUAL(in(0x40), 0xff);
}

static void gate(void)
{
    unsigned int bits;

    for (bits = 0; bits < 4; bits++) {
        out(0x61, (uint8_t)(bits | 0x0c));
        CHECK_EQUAL(in(0x61) & 0x0f, bits);
    }
    out(0x61, 1);
}

/*
 * Ten milliseconds by the timer, as kernels measure them, in system time; 0 when they were over before the
 * first look.
 */
static uint64_t measure_once(void)
{
    uint64_t begin = time_ns();

    start(0xb0, HZ / 100);
    if (in(0x61) & OUTPUT) {
        return 0;
    }
    while (!(in(0x61) & OUTPUT) && time_ns() - begin < PATIENCE_NS) {
    }
    return time_ns() - begin;
}

/* A busy host makes it longer, not each time. */
static void measure(void)
{
    unsigned int tries = 0;
    uint64_t took;

    do {
        took = measure_once();
        CHECK(!took || took > 9900000);
    } while ((!took || took >= 30000000) && ++tries < TRIES);
    CHECK(tries < TRIES);
}

/* It counts down, in a round of 55 ms. */
static void check_counts(void)
{
    unsigned int before, after, tries = 0;
    uint64_t begin;

    do {
        begin = time_ns();
        before = counter(0x42, 0x80);
        time_spin_ns(1000000);
        after = counter(0x42, 0x80);
    } while (time_ns() - begin > 50000000 && ++tries < TRIES);
    CHECK(tries < TRIES);
    CHECK(((before - after) & 0xffff) >= HZ / 1000);
}

void test_main(void)
{
    struct physdev_set_iopl op = {.iopl = 1};

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, &op), 0);
    floating();
    gate();
    measure();
    start(0xb4, 0xffff);
    check_counts();
    out(0x43, 0xe8);
    CHECK_EQUAL(in(0x42) & 0x3f, 0x34);
    op.iopl = 0;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_set_iopl, &op), 0);
    CHECK_EQUAL(TRAP_TRY("inb $0x42, %%al", "r"(0)), 13);
    test_success();
}
