/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person at the console does reaches Domain 0: VIRQ_DEBUG by the debug key q, VIRQ_CONSOLE by typing.
 *
 * xen.h: VIRQ_DEBUG asks a guest to print what it knows; the hypervisor's key q sends it to every vCPU.
 * VIRQ_CONSOLE says that bytes have arrived, which CONSOLEIO_read then gives: all of them, in order, once.
 * With nothing there it answers 0. Linux's hvc0 lives of this.
 *
 * Needs somebody at the keys: tests/system (machine.keys_reach_domain_0) boots it with `keys` on its command
 * line and presses them; without it there is nothing to see.
 *
 * What goes wrong: a byte is lost when the read comes between two; the event is sent for the first byte only.
 */
#include "guest.h"

const char test_title[] = "console input and the debug key";

static const char expected[] = "hello, world 0123456789\r";
static char typed[sizeof(expected)];

static bool wanted(void)
{
    const char *line = (const char *)start_info->cmd_line;

    return line[0] == 'k' && line[1] == 'e' && line[2] == 'y' && line[3] == 's';
}

static void listen(unsigned int virq, evtchn_port_t *port)
{
    REQUIRE(event_bind_virq(virq, 0, port) == 0);
    event_clear(*port);
    event_unmask_locally(*port);
}

void test_main(void)
{
    evtchn_port_t debug, console;
    unsigned int read = 0, seen, now;
    char nothing;

    if (!wanted()) {
        test_skip("nobody presses keys");
        return;
    }
    listen(VIRQ_DEBUG, &debug);
    listen(VIRQ_CONSOLE, &console);
    printk("console-keys: press q\n");
    event_wait(debug, 1);
    CHECK_EQUAL(event_count[console], 0);
    printk("console-keys: type\n");
    for (seen = 0; read < sizeof(expected) - 1; seen = now) {
        long n;

        event_wait(console, seen + 1);
        now = event_count[console]; /* before the read: what comes after it is another event */
        n = hypercall_console_io(CONSOLEIO_read, (int)(sizeof(expected) - 1 - read), typed + read);
        REQUIRE(n >= 0);
        read += (unsigned int)n;
    }
    CHECK_EQUAL(memcmp(typed, expected, sizeof(expected) - 1), 0);
    CHECK_RC(hypercall_console_io(CONSOLEIO_read, 1, &nothing), 0);
    CHECK_EQUAL(event_count[debug], 1);
    test_success();
}
