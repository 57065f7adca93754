/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stock Linux's everyday operations cost below a program: it is init of a ramdisk of its own, prints the
 * TSC at its first instruction and then the rows, "name: cycles an operation", and reboots. Under -icount a
 * cycle is an instruction. Each row is the least of several batches, since the kernel's timer tick falls into
 * some of them. No CPU halts in any row.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCHES    12
#define PAGE_BYTES 4096
#define NR_PAGES   64

static char *self;
static int there[2], back[2];
static char *page;

static uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static _Noreturn void end(void)
{
    fflush(stdout);
    if (getpid() == 1)
        reboot(RB_AUTOBOOT);
    exit(0);
}

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    printf("operations: FAILED: %s\n", what);
    end();
}

static void op_getppid(void)
{
    syscall(SYS_getppid);
}

static void op_fork(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    expect(child > 0 && waitpid(child, NULL, 0) == child, "fork");
}

static void op_exec(void)
{
    pid_t child = fork();

    if (child == 0) {
        execl(self, self, "exit", (char *)NULL);
        _exit(1);
    }
    expect(child > 0 && waitpid(child, NULL, 0) == child, "exec");
}

static void op_mmap(void)
{
    volatile char *pages =
        mmap(NULL, NR_PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    expect(pages != MAP_FAILED, "mmap");
    for (int i = 0; i < NR_PAGES; i++)
        pages[i * PAGE_BYTES] = 1;
    expect(munmap((void *)pages, NR_PAGES * PAGE_BYTES) == 0, "munmap");
}

static void op_mprotect(void)
{
    expect(mprotect(page, PAGE_BYTES, PROT_READ) == 0, "mprotect");
    expect(mprotect(page, PAGE_BYTES, PROT_READ | PROT_WRITE) == 0, "mprotect");
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    signals++;
}

static void op_signal(void)
{
    kill(getpid(), SIGUSR1);
}

static void op_pipe(void)
{
    char byte = 0;

    expect(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1, "pipe");
}

static void echo(void)
{
    char byte;

    while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
        ;
    _exit(0);
}

/* The least mean over a batch; the first one warms up. */
static void measure(const char *name, void (*operation)(void), unsigned int rounds)
{
    uint64_t least = UINT64_MAX;

    for (int batch = 0; batch <= BATCHES; batch++) {
        uint64_t began = rdtsc();

        for (unsigned int i = 0; i < rounds; i++)
            operation();
        began = (rdtsc() - began) / rounds;
        if (batch > 0 && began < least)
            least = began;
    }
    printf("%s: %llu\n", name, (unsigned long long)least);
}

int main(int argc, char **argv)
{
    uint64_t first = rdtsc();
    pid_t child;

    if (argc > 1 && strcmp(argv[1], "exit") == 0)
        _exit(0);
    printf("operations: init TSC: %llu\n", (unsigned long long)first);
    fflush(stdout);
    self = getpid() == 1 ? "/init" : argv[0];
    page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(page != MAP_FAILED, "mmap");
    *page = 1;
    measure("getppid", op_getppid, 2000);
    measure("fork, exit, wait", op_fork, 10);
    measure("fork, exec, wait", op_exec, 6);
    measure("mmap, touch 64 pages, munmap", op_mmap, 6);
    measure("mprotect twice", op_mprotect, 200);
    signal(SIGUSR1, count_signal);
    measure("signal to self", op_signal, 200);
    expect(signals == 200 * (BATCHES + 1), "signals");
    expect(pipe(there) == 0 && pipe(back) == 0, "pipe");
    child = fork();
    if (child == 0)
        echo();
    measure("pipe ping-pong", op_pipe, 200);
    kill(child, SIGKILL);
    printf("operations: done\n");
    end();
}
