/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest kernel: says what it was given and ends. Copy this directory to start a port;
 * docs/porting-skeleton.md walks through it.
 */
#include <xenguest/boot.h>
#include <xenguest/early.h>
#include <xenguest/elfnote.h>
#include <xenguest/sched.h>

XG_NOTES_STANDARD("skeleton", "1", 0xffffffff80000000);

/* Too large for a stack of a page or two. */
static struct xg_boot boot;

static void print_boot(void)
{
    xg_early_printf("skeleton: %s, %s, %lu pages\n", boot.abi, boot.initial_domain ? "Domain 0" : "a DomU",
                    boot.nr_pages);
    xg_early_printf("skeleton: command line \"%s\"\n", boot.command_line);
    xg_early_printf("skeleton: shared info at machine address 0x%lx\n", boot.shared_info.n);
    xg_early_printf("skeleton: page tables at 0x%lx, %lu frames\n", boot.page_tables,
                    boot.nr_page_table_frames);
    xg_early_printf("skeleton: frame list at %p\n", (const void *)boot.p2m);
    xg_early_printf("skeleton: module of %lu bytes\n", boot.module_bytes);
}

static enum xg_shutdown_reason wanted_reason(void)
{
    if (xg_boot_option(&boot, "crash", NULL))
        return XG_SHUTDOWN_CRASH;
    if (xg_boot_option(&boot, "reboot", NULL))
        return XG_SHUTDOWN_REBOOT;
    return XG_SHUTDOWN_POWEROFF;
}

void xg_main(const void *start_info)
{
    static const char *const names[] = {
        [XG_SHUTDOWN_POWEROFF] = "poweroff",
        [XG_SHUTDOWN_REBOOT] = "reboot",
        [XG_SHUTDOWN_CRASH] = "crash",
    };
    enum xg_shutdown_reason reason;

    if (xg_boot_read(&boot, start_info)) {
        xg_early_printf("skeleton: not started by Xen\n");
        xg_sched_shutdown(XG_SHUTDOWN_CRASH);
    }
    print_boot();
    reason = wanted_reason();
    xg_early_printf("skeleton: the end, by %s\n", names[reason]);
    xg_sched_shutdown(reason);
}
