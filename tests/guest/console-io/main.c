/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_io: writing, reading with nothing there, and bad arguments.
 *
 * xen.h: write answers 0 and, for Domain 0, passes every byte on; read answers the number of characters, 0
 * when there are none. A bad pointer is -EFAULT, an unknown command -ENOSYS. To read more than an int can
 * count is -E2BIG.
 *
 * What goes wrong: text is written up to the first NUL only; a write of more than the hypervisor's buffer is
 * cut; a bad pointer in the second chunk is not noticed.
 */
#include "guest.h"

const char test_title[] = "console_io";

static char text[3 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void test_main(void)
{
    unsigned int i;

    for (i = 0; i < 600; i++) {
        text[i] = i % 60 == 59 ? '\n' : '.';
    }
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 600, text), 0);
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 0, text), 0);
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 0, NULL), 0);
    CHECK_RC(hypercall_console_io(CONSOLEIO_read, 100, text), 0);
    CHECK_RC(hypercall_console_io(CONSOLEIO_read, 0, text), 0);

    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 10, (void *)0x1000), -XEN_EFAULT);
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 10, (void *)0xffff830000000000), -XEN_EFAULT);
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 10, (void *)(1ul << 47)), -XEN_EFAULT);
    CHECK_EQUAL(page_unmap(text + 2 * PAGE_SIZE), 0);
    memset(text, '\n', 2 * PAGE_SIZE);
    CHECK_RC(hypercall_console_io(CONSOLEIO_write, 16, text + 2 * PAGE_SIZE - 8), -XEN_EFAULT);
    CHECK_RC(hypercall_console_io(2, 0, text), -XEN_ENOSYS);
    CHECK_RC(hypercall_console_io(CONSOLEIO_read, -1, text), -XEN_E2BIG);
    test_success();
}
