/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: the banner, the commands of `run=` on the command line, then lines from the console. What a
 * command does is in the other files of apps/.
 */
#include "shell.h"

#include <stdio.h>
#include <string.h>

#include <minios/boot.h>
#include <minios/libc.h>
#include <minios/line_edit.h>
#include <minios/terminal.h>

#define PROMPT        "minios> "
#define MAX_ARGUMENTS 8

static void command_help(int argc, char **argv);

static const struct command commands[] = {
    {"help", "", "list the commands", command_help},
    {"bootinfo", "", "what the domain builder and the hypervisor say", command_bootinfo},
    {"date", "", "time of day, UTC", command_date},
    {"uptime", "", "time since Mini-OS and since the host started", command_uptime},
    {"mem", "", "memory and who has it", command_mem},
    {"threads", "", "threads, their vCPU and state", command_threads},
    {"events", "", "event channels and their counts", command_events},
    {"cpus", "", "vCPUs and their counts", command_cpus},
    {"libc", "", "exercise newlib: printf, strtod, malloc, clocks", command_libc},
    {"smp", "", "run a thread on each vCPU and wait for them", command_smp},
    {"protect", "", "map, protect and unmap a page", command_protect},
    {"trap", "[divide|breakpoint|opcode|pagefault]", "provoke a trap and survive it", command_trap},
    {"bench", "[rounds]", "TSC cycles of what crosses into the hypervisor", command_bench},
    {"store-ls", "[path]", "nodes of the store, by default the domain's own", command_store_ls},
    {"store-read", "path", "the value of a node", command_store_read},
    {"store-write", "path value", "make or change a node", command_store_write},
    {"store-watch", "path [seconds]", "show the changes at and below a path", command_store_watch},
    {"blk", "[id [polled] [persistent]]", "list the disks, or write a pattern to one and read it back",
     command_blk},
    {"mount", "[disk name | 9pN name]", "list what is mounted, or mount the ext2 of a disk or another domain's files",
     command_mount},
    {"umount", "name", "end the use of a file system", command_umount},
    {"ls", "[path]", "the names in a directory", command_ls},
    {"cat", "file…", "print files", command_cat},
    {"sum", "file…", "the checksum of files, as cksum has it", command_sum},
    {"write", "file word…", "append a line to a file", command_write},
    {"fill", "file bytes [times]", "make a file of words that count", command_fill},
    {"rm", "path…", "remove files, and directories that are empty", command_rm},
    {"mkdir", "path…", "make directories", command_mkdir},
    {"mv", "from to", "give a file another name", command_mv},
    {"df", "", "what is free in what is mounted", command_df},
    {"sync", "", "have what was written on the disks", command_sync},
    {"channel", "[id [seconds]]", "list the further consoles, or answer the lines of one in capitals", command_channel},
    {"screen", "[seconds]", "a picture, and a pointer that follows the mouse; key q ends it", command_screen},
    {"net", "[up [address netmask gateway] | hash]", "show the cards; start the network, by DHCP or so", command_net},
    {"netstat", "", "list the TCP connections", command_netstat},
    {"host", "name", "ask for the address of a name", command_host},
    {"ping", "host [count]", "ask for echoes", command_ping},
    {"echod", "", "serve TCP echo on port 7", command_echod},
    {"httpd", "", "serve a status page on port 80", command_httpd},
    {"fetch", "host port /path", "get a page", command_fetch},
    {"exercise-time", "", "gettimeofday from the shared-info page by hand", command_exercise_time},
    {"exercise-shared-info", "", "map the shared-info page by hand", command_exercise_shared_info},
    {"exercise-offer", "domain", "grant a page and wait for an answer in it", command_exercise_offer},
    {"exercise-take", "domain reference", "map a granted page and answer in it", command_exercise_take},
    {"bench-disk", "disk times bytes", "read a disk, one request after the other", command_bench_disk},
    {"bench-store", "path times", "read a node, one request after the other", command_bench_store},
    {"upper", "word…", "the example of a device of one's own: words in capital letters", command_upper},
    {"halt", "", "power the domain off", command_halt},
    {"reboot", "", "restart the domain", command_reboot},
    {"crash", "[panic]", "write through a null pointer, or panic", command_crash},
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void command_help(int argc, char **argv)
{
    for (unsigned int i = 0; i < NR_COMMANDS; i++)
        printf("%s%s%s: %s\n", commands[i].name, commands[i].arguments[0] ? " " : "", commands[i].arguments,
               commands[i].summary);
    printf("keys: arrows, home, end, backspace, tab, ^A ^E ^U ^K ^W ^L ^C\n");
}

static const char *complete_command(const char *prefix, size_t prefix_bytes, unsigned int index)
{
    for (unsigned int i = 0; i < NR_COMMANDS; i++)
        if (strncmp(commands[i].name, prefix, prefix_bytes) == 0 && index-- == 0)
            return commands[i].name;
    return NULL;
}

static void run_line(char *line)
{
    char *argv[MAX_ARGUMENTS + 1], *rest = line;
    int argc = 0;

    while (argc < MAX_ARGUMENTS && (argv[argc] = strsep(&rest, " ")) != NULL)
        if (argv[argc][0] != '\0')
            argc++;
    argv[argc] = NULL;
    if (argc == 0)
        return;
    for (unsigned int i = 0; i < NR_COMMANDS; i++) {
        if (strcmp(commands[i].name, argv[0]) == 0) {
            commands[i].run(argc, argv);
            return;
        }
    }
    printf("%s: no such command; try help\n", argv[0]);
}

/* run=one;two+argument: semicolons between commands, a plus where a command has a blank. */
static void run_boot_commands(void)
{
    char line[XG_COMMAND_LINE_BYTES + 1], *rest = line, *command;
    size_t length;
    const char *option = xg_boot_option(&boot, "run", &length);

    if (!option)
        return;
    memcpy(line, option, length);
    line[length] = '\0';
    for (char *c = line; *c; c++)
        if (*c == '+')
            *c = ' ';
    while ((command = strsep(&rest, ";")) != NULL) {
        printf(PROMPT "%s\n", command);
        run_line(command);
    }
}

void shell_main(void)
{
    static struct line_edit edit = {.prompt = PROMPT, .candidate = complete_command};
    char line[LINE_BYTES];
    const char *text;

    libc_init();
    control_start();
    printf("Mini-OS on libxenguest: type help\n");
    run_boot_commands();
    for (;;) {
        text = terminal_read_line(&edit);
        if (!text)
            continue;
        strcpy(line, text);
        run_line(line);
    }
}
