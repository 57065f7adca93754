/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the machine's run. How the machine is reset or powered off is arch's. */
#include <xen/arch.h>
#include <xen/domain.h>
#include <xen/keyhandler.h>
#include <xen/log.h>
#include <xen/page_check.h>
#include <xen/param.h>
#include <xen/shutdown.h>
#include <public/sched.h>

static bool opt_noreboot;
PARAM_BOOL("noreboot", opt_noreboot);

#define REBOOT_PAUSE SECONDS(5)

/* The other CPUs have stopped, interrupts are off: keys are looked for. Each one begins the pause anew. */
static void take_keys_until(s_time_t until)
{
    while (now_ns() < until) {
        int c = arch_console_getc();

        if (c >= 0) {
            keyhandler_run((char)c);
            until = now_ns() + REBOOT_PAUSE;
        }
        arch_cpu_relax();
    }
}

static void pause_until(s_time_t until)
{
    while (now_ns() < until)
        arch_cpu_relax();
}

static noreturn void reboot_after_pause(void (*pause)(s_time_t until))
{
    if (opt_noreboot) {
        printk("'noreboot' set - not rebooting.\n");
        arch_stop_others();
        arch_halt();
    }
    printk("rebooting machine in 5 seconds.\n");
    arch_stop_others();
    pause(now_ns() + REBOOT_PAUSE);
    arch_reboot();
}

noreturn void machine_reboot_after_pause(void)
{
    reboot_after_pause(pause_until);
}

noreturn void machine_end(void)
{
    if (opt_noreboot)
        arch_halt();
    arch_reboot();
}

noreturn void hardware_domain_shutdown(uint8_t reason)
{
    unsigned int id = hardware_domain->id;

    page_checks_summary();
    switch (reason) {
    case SHUTDOWN_poweroff:
        printk("Hardware Dom%u halted: halting machine\n", id);
        arch_stop_others();
        arch_power_off();
    case SHUTDOWN_reboot:
        printk("Hardware Dom%u shutdown: rebooting machine\n", id);
        arch_stop_others();
        arch_reboot();
    case SHUTDOWN_watchdog:
        printk("Hardware Dom%u shutdown: watchdog rebooting machine\n", id);
        arch_stop_others();
        arch_reboot();
    case SHUTDOWN_crash:
        printk("Hardware Dom%u crashed: ", id);
        reboot_after_pause(take_keys_until);
    default:
        printk("Hardware Dom%u shutdown (unknown reason %u): ", id, reason);
        reboot_after_pause(take_keys_until);
    }
}
