/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of Mini-OS: the order in which its parts come up, from the boot stack to the thread that runs the
 * shell.
 */
#include <minios/address_space.h>
#include <minios/boot.h>
#include <minios/clock.h>
#include <minios/console.h>
#include <minios/events.h>
#include <minios/panic.h>
#include <minios/smp.h>
#include <minios/thread.h>
#include <minios/trap.h>
#include <xenguest/early.h>
#include <xenguest/elfnote.h>
#include <xenguest/sched.h>
#include <xenguest/shared.h>

#define MINIOS_VERSION "1.0"

XG_NOTES_STANDARD("Mini-OS", MINIOS_VERSION, 0x400000); /* LINEAR_BASE */
_Static_assert(LINEAR_BASE == 0x400000, "the note and the linear map agree");

struct xg_boot boot;

static char shared_page[XG_PAGE_SIZE] __attribute__((aligned(4096)));
static struct shared_info *shared;
static struct xg_traps traps;

void *boot_start_info;
void *const boot_shared_page = shared_page;

static void main_thread(void *unused)
{
    smp_start(shared);
    console_start();
    shell_main();
    xg_sched_shutdown(XG_SHUTDOWN_POWEROFF);
}

void xg_main(const void *start_info)
{
    if (xg_boot_read(&boot, start_info) || xg_shared_map(&boot, shared_page, &shared)) {
        xg_early_printf("Mini-OS: this is not the start of a 64-bit PV guest\n");
        xg_sched_shutdown(XG_SHUTDOWN_CRASH);
    }
    boot_start_info = (void *)(uintptr_t)start_info;
    smp_init_first(shared);
    traps_init(&traps);
    events_init(shared, &traps);
    clock_init(shared);
    address_space_init(&boot);
    address_space_publish(shared);
    events_choose_layout();
    console_init(&boot);
    threads_start(main_thread);
}
