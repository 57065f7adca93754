/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's commands: each file of apps/ defines some, shell.c lists them all, and sees to it that none is
 * run with fewer or more arguments than it takes.
 */
#ifndef MINIOS_SHELL_H
#define MINIOS_SHELL_H

#include <stdbool.h>
#include <stdint.h>

struct command {
    const char *name;
    const char *arguments; /* as help prints them; "" for none */
    const char *summary;
    void (*run)(int argc, char **argv);
    int least, most; /* arguments; the name is none */
};

/* Says how the command is used. */
void shell_usage(const char *command);
/* A decimal number. False: it has said that this is none, or not from `least` to `most`. */
bool shell_number(const char *command, const char *text, uint64_t least, uint64_t most, uint64_t *number);
/* What an error of the library's means to a person, 0 included. */
const char *shell_error(int rc);

void command_bootinfo(int argc, char **argv);
void command_date(int argc, char **argv);
void command_uptime(int argc, char **argv);
void command_mem(int argc, char **argv);

void command_threads(int argc, char **argv);
void command_events(int argc, char **argv);
void command_cpus(int argc, char **argv);

void command_libc(int argc, char **argv);
void command_smp(int argc, char **argv);
void command_protect(int argc, char **argv);
void command_trap(int argc, char **argv);
void command_bench(int argc, char **argv);

void command_store_ls(int argc, char **argv);
void command_store_read(int argc, char **argv);
void command_store_write(int argc, char **argv);
void command_store_watch(int argc, char **argv);
void command_blk(int argc, char **argv);
void command_channel(int argc, char **argv);
void command_screen(int argc, char **argv);

/*
 * An address that has page tables and no page; NULL. Given back by address_space_release(page, 1), unmapped.
 */
void *exercise_empty_page(void);
void command_exercise_time(int argc, char **argv);
void command_exercise_shared_info(int argc, char **argv);
void command_exercise_offer(int argc, char **argv);
void command_exercise_take(int argc, char **argv);

void command_bench_disk(int argc, char **argv);
void command_bench_store(int argc, char **argv);

void command_upper(int argc, char **argv);

void command_mount(int argc, char **argv);
void command_umount(int argc, char **argv);
void command_ls(int argc, char **argv);
void command_cat(int argc, char **argv);
void command_sum(int argc, char **argv);
void command_write(int argc, char **argv);
void command_fill(int argc, char **argv);
void command_rm(int argc, char **argv);
void command_mkdir(int argc, char **argv);
void command_mv(int argc, char **argv);
void command_df(int argc, char **argv);
void command_sync(int argc, char **argv);
/* Before the end: what is written is on the disks, and they are clean. */
void files_unmount_all(void);

void command_net(int argc, char **argv);
void command_netstat(int argc, char **argv);
void command_host(int argc, char **argv);
void command_ping(int argc, char **argv);
void command_echod(int argc, char **argv);
void command_httpd(int argc, char **argv);
void command_fetch(int argc, char **argv);

void command_halt(int argc, char **argv);
void command_reboot(int argc, char **argv);
void command_crash(int argc, char **argv);

/* Not a command: listens to the toolstack from now on, in a DomU. */
void control_start(void);

#endif
