/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: the banner, the commands of `run=` on the command line, then lines from the console. What a
 * command does is in the other files of apps/.
 */
#include "shell.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <minios/boot.h>
#include <minios/libc.h>
#include <minios/line_edit.h>
#include <minios/terminal.h>
#include <xenguest/errno.h>

#define PROMPT    "minios> "
#define MAX_WORDS 32 /* of a line, the command among them */
#define ANY       MAX_WORDS

static void command_help(int argc, char **argv);

static const struct command commands[] = {
    {"help", "", "list the commands", command_help, 0, 0},
    {"bootinfo", "", "what the domain builder and the hypervisor say", command_bootinfo, 0, 0},
    {"date", "", "time of day, UTC", command_date, 0, 0},
    {"uptime", "", "time since Mini-OS and since the host started", command_uptime, 0, 0},
    {"mem", "", "memory and who has it", command_mem, 0, 0},
    {"threads", "", "threads, their vCPU and state", command_threads, 0, 0},
    {"events", "", "event channels and their counts", command_events, 0, 0},
    {"cpus", "", "vCPUs and their counts", command_cpus, 0, 0},
    {"libc", "", "exercise newlib: printf, strtod, malloc, clocks", command_libc, 0, 0},
    {"smp", "", "run a thread on each vCPU and wait for them", command_smp, 0, 0},
    {"protect", "", "map, protect and unmap a page", command_protect, 0, 0},
    {"trap", "[divide|breakpoint|opcode|pagefault]", "provoke a trap and survive it", command_trap, 0, 1},
    {"bench", "[rounds]", "TSC cycles of what crosses into the hypervisor", command_bench, 0, 1},
    {"store-ls", "[path]", "nodes of the store, by default the domain's own", command_store_ls, 0, 1},
    {"store-read", "path", "the value of a node", command_store_read, 1, 1},
    {"store-write", "path value", "make or change a node", command_store_write, 2, 2},
    {"store-watch", "path [seconds]", "show the changes at and below a path", command_store_watch, 1, 2},
    {"blk", "[id [polled] [persistent] [large] [queues] [discard] [again] [hold]]",
     "list the disks, or write a pattern to one and read it back", command_blk, 0, 8},
    {"mount", "[disk name | 9pN name]",
     "list what is mounted, or mount the ext2 of a disk or another domain's files", command_mount, 0, 2},
    {"umount", "name", "end the use of a file system", command_umount, 1, 1},
    {"ls", "[path]", "the names in a directory", command_ls, 0, 1},
    {"cat", "file…", "print files", command_cat, 1, ANY},
    {"sum", "file…", "the checksum of files, as cksum has it", command_sum, 1, ANY},
    {"write", "file word…", "append a line to a file", command_write, 2, ANY},
    {"fill", "file bytes [times]", "make a file of words that count", command_fill, 2, 3},
    {"rm", "path…", "remove files, and directories that are empty", command_rm, 1, ANY},
    {"mkdir", "path…", "make directories", command_mkdir, 1, ANY},
    {"mv", "from to", "give a file another name", command_mv, 2, 2},
    {"df", "", "what is free in what is mounted", command_df, 0, 0},
    {"sync", "", "have what was written on the disks", command_sync, 0, 0},
    {"channel", "[id [seconds]]", "list the further consoles, or answer the lines of one in capitals",
     command_channel, 0, 2},
    {"screen", "[seconds]", "a picture, and a pointer that follows the mouse; key q ends it", command_screen,
     0, 1},
    {"net", "[up [address netmask gateway] | hash]", "show the cards; start the network, by DHCP or so",
     command_net, 0, 4},
    {"netstat", "", "list the TCP connections", command_netstat, 0, 0},
    {"host", "name", "ask for the address of a name", command_host, 1, 1},
    {"ping", "host [count]", "ask for echoes", command_ping, 1, 2},
    {"echod", "", "serve TCP echo on port 7", command_echod, 0, 0},
    {"httpd", "", "serve a status page on port 80", command_httpd, 0, 0},
    {"fetch", "host port /path", "get a page", command_fetch, 3, 3},
    {"exercise-time", "", "gettimeofday from the shared-info page by hand", command_exercise_time, 0, 0},
    {"exercise-shared-info", "", "map the shared-info page by hand", command_exercise_shared_info, 0, 0},
    {"exercise-offer", "domain", "grant a page and wait for an answer in it", command_exercise_offer, 1, 1},
    {"exercise-take", "domain reference", "map a granted page and answer in it", command_exercise_take, 2, 2},
    {"bench-disk", "disk times bytes", "read a disk, one request after the other", command_bench_disk, 3, 3},
    {"bench-store", "path times", "read a node, one request after the other", command_bench_store, 2, 2},
    {"upper", "word…", "the example of a device of one's own: words in capital letters", command_upper, 1,
     ANY},
    {"halt", "", "power the domain off", command_halt, 0, 0},
    {"reboot", "", "restart the domain", command_reboot, 0, 0},
    {"crash", "[panic]", "write through a null pointer, or panic", command_crash, 0, 1},
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

/* ---- What commands have in common ---- */

static const struct command *command_of(const char *name)
{
    for (unsigned int i = 0; i < NR_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

void shell_usage(const char *command)
{
    const char *arguments = command_of(command)->arguments;

    printf("usage: %s%s%s\n", command, arguments[0] ? " " : "", arguments);
}

bool shell_number(const char *command, const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    if (isdigit((unsigned char)text[0]) && !*end && !errno && *number >= least && *number <= most)
        return true;
    printf("%s: %s is no number from %llu to %llu\n", command, text, (unsigned long long)least,
           (unsigned long long)most);
    return false;
}

const char *shell_error(int rc)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {0, "no error"},
        {-XG_EPERM, "not allowed"},
        {-XG_ENOENT, "there is no such thing"},
        {-XG_EIO, "input or output failed"},
        {-XG_EAGAIN, "the other end has gone away"},
        {-XG_ENOMEM, "no memory"},
        {-XG_EACCES, "not permitted"},
        {-XG_EBUSY, "in use"},
        {-XG_ENODEV, "no such device"},
        {-XG_EINVAL, "not valid"},
        {-XG_ENOSPC, "no room"},
        {-XG_ERANGE, "too long"},
        {-XG_ETIME, "no answer in time"},
        {-XG_EBADMSG, "the other end does not keep to the protocol"},
        {-XG_EOPNOTSUPP, "the other end cannot do it"},
    };

    for (unsigned int i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].error == rc)
            return texts[i].text;
    return "an error";
}

/* ---- Lines ---- */

static void run_words(int argc, char **argv)
{
    const struct command *command = command_of(argv[0]);

    if (!command)
        printf("%s: no such command; try help\n", argv[0]);
    else if (argc - 1 < command->least || argc - 1 > command->most)
        shell_usage(argv[0]);
    else
        command->run(argc, argv);
}

static void run_line(char *line)
{
    char *argv[MAX_WORDS + 1], *rest = line, *word;
    int argc = 0;

    while ((word = strsep(&rest, " ")) != NULL) {
        if (word[0] == '\0')
            continue;
        if (argc == MAX_WORDS) {
            printf("%s: a line has at most %d words\n", argv[0], MAX_WORDS);
            return;
        }
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    if (argc)
        run_words(argc, argv);
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
