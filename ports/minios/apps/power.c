/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that end the domain: halt, reboot, crash. */
#include "shell.h"

#include <stdio.h>
#include <string.h>

#include <minios/panic.h>
#include <xenguest/sched.h>

void command_halt(int argc, char **argv)
{
    printf("halting\n");
    files_unmount_all();
    fflush(stdout);
    xg_sched_shutdown(XG_SHUTDOWN_POWEROFF);
}

void command_reboot(int argc, char **argv)
{
    printf("rebooting\n");
    files_unmount_all();
    fflush(stdout);
    xg_sched_shutdown(XG_SHUTDOWN_REBOOT);
}

void command_crash(int argc, char **argv)
{
    volatile int *volatile nowhere = NULL;

    if (argc > 1 && strcmp(argv[1], "panic") != 0) {
        shell_usage("crash");
        return;
    }
    fflush(stdout);
    if (argc > 1)
        panic("asked for");
    *nowhere = 1;
}
