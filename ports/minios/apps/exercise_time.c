/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exercise: gettimeofday from the shared-info page. It holds the time of day at which system time was 0, and
 * for each vCPU the system time at a TSC value with the factor from ticks to nanoseconds since. Whoever reads
 * looks at the version before and after: odd or changed, and it was being written.
 */
#include "shell.h"

#include <stdio.h>
#include <sys/time.h>

#include <minios/boot.h>
#include <xenguest/abi.h>

#define NS 1000000000ull

static uint64_t read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t system_time(const volatile struct vcpu_time_info *time)
{
    uint32_t version;
    uint64_t ticks, ns;

    do {
        version = time->version;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        ticks = read_tsc() - time->tsc_timestamp;
        ticks = time->tsc_shift < 0 ? ticks >> -time->tsc_shift : ticks << time->tsc_shift;
        ns = time->system_time + (uint64_t)((unsigned __int128)ticks * time->tsc_to_system_mul >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || version != time->version);
    return ns;
}

static uint64_t time_of_day(const volatile struct shared_info *shared)
{
    uint32_t version;
    uint64_t ns;

    do {
        version = shared->wc_version;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        ns = ((uint64_t)shared->wc_sec_hi << 32 | shared->wc_sec) * NS + shared->wc_nsec;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || version != shared->wc_version);
    /* vCPU 0's will do: threads that may run elsewhere would take their own. */
    return ns + system_time(&shared->vcpu_info[0].time);
}

void command_exercise_time(int argc, char **argv)
{
    uint64_t now = time_of_day(boot_shared_page);
    struct timeval library;

    gettimeofday(&library, NULL);
    printf("exercise time: %llu.%06llu seconds since 1970\n", (unsigned long long)(now / NS),
           (unsigned long long)(now % NS / 1000));
    printf("exercise time: the library is %s\n",
           (uint64_t)library.tv_sec - now / NS <= 1 ? "of the same opinion" : "of another opinion");
}
