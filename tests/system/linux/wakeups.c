/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No wake-up is lost: processes pinned to different CPUs sleep, arm timers, and wake each other through pipes
 * and futexes for as long as the argument says, and each looks how long after its time it ran. One that came
 * later than LATE_NS is printed and makes the end a failure; one that never comes is found by the partner's
 * limit. Run it where time is counted in instructions
 * (-icount): there a late wake-up is the fault of what is below, never of a busy host.
 * Arguments: seconds, and by how much all periods are longer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL
#define LATE_NS   (100 * 1000 * 1000LL)
/* Messages through a pipe before each pause. */
#define BURST 8

struct waker {
    const char *name;
    void (*run)(struct waker *self);
    long long period_ns;
    int cpu;
    int partner_cpu;
};

struct result {
    uint64_t wakes;
    uint64_t late;
    int64_t worst_ns;
};

static struct result *results;
static struct result *mine;
static int64_t begun_ns;
static int64_t end_ns;
/* What a partner may be away for before it is called lost: beyond every period. */
static int64_t lost_ns = 200 * SECOND_NS;

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){ns / SECOND_NS, ns % SECOND_NS};
}

static _Noreturn void die(const char *what)
{
    printf("wakeups: FAILED: %s: errno %d\n", what, errno);
    exit(1);
}

/* Notes a wake-up that was due at due_ns. */
static void woke(const struct waker *self, int64_t due_ns)
{
    int64_t behind = now_ns() - due_ns;

    mine->wakes++;
    if (behind > mine->worst_ns)
        mine->worst_ns = behind;
    if (behind > LATE_NS && mine->late++ < 10)
        printf("wakeups: FAILED: %s on CPU %d: %lld us late at %lld s\n", self->name, self->cpu,
               (long long)behind / 1000, (long long)due_ns / SECOND_NS);
    if (behind < 0)
        printf("wakeups: FAILED: %s on CPU %d: %lld us early\n", self->name, self->cpu,
               -(long long)behind / 1000);
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0)
        die("sched_setaffinity");
}

/* clock_nanosleep to an absolute time. */
static void run_sleeper(struct waker *self)
{
    for (int64_t due = now_ns() + self->period_ns; due < end_ns; due += self->period_ns) {
        struct timespec t = to_timespec(due);

        if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
            die("clock_nanosleep");
        woke(self, due);
        if (now_ns() > due + self->period_ns)
            due = now_ns();
    }
}

/* A timerfd, waited for with poll: its own count tells whether one was swallowed. */
static void run_timer(struct waker *self)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    int64_t due = now_ns() + self->period_ns;
    struct itimerspec every = {.it_interval = to_timespec(self->period_ns), .it_value = to_timespec(due)};
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &every, NULL) != 0)
        die("timerfd");
    while (due < end_ns) {
        uint64_t times;

        if (poll(&wanted, 1, lost_ns / 1000000) != 1 || read(fd, &times, sizeof(times)) != sizeof(times))
            die("a timer was lost");
        woke(self, due + (int64_t)(times - 1) * self->period_ns);
        due += (int64_t)times * self->period_ns;
    }
}

static ssize_t read_in_time(int fd, int64_t *sent_ns)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    if (poll(&wanted, 1, lost_ns / 1000000) != 1)
        die("a message was lost");
    return read(fd, sent_ns, sizeof(*sent_ns));
}

/* The other end of a pipe: answers each message, which says when it was sent, with its own time. */
static _Noreturn void answer(const struct waker *self, int in, int out)
{
    int64_t sent;

    pin(self->partner_cpu);
    while (read_in_time(in, &sent) == sizeof(sent)) {
        woke(self, sent);
        sent = now_ns();
        if (write(out, &sent, sizeof(sent)) != sizeof(sent))
            die("write");
    }
    exit(0);
}

/* A burst of messages to a process on another CPU and back, then a pause in which both CPUs fall asleep. */
static void run_pipes(struct waker *self)
{
    int there[2], back[2];
    pid_t partner;

    if (pipe(there) != 0 || pipe(back) != 0 || (partner = fork()) < 0)
        die("pipe or fork");
    if (partner == 0) {
        close(there[1]);
        mine++;
        answer(self, there[0], back[1]);
    }
    for (int64_t due = now_ns(); due < end_ns; due += self->period_ns) {
        struct timespec t = to_timespec(due);

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        for (int i = 0; i < BURST; i++) {
            int64_t sent = now_ns();

            if (write(there[1], &sent, sizeof(sent)) != sizeof(sent) ||
                read_in_time(back[0], &sent) != sizeof(sent))
                die("pipe");
            woke(self, sent);
        }
    }
    close(there[1]);
    if (waitpid(partner, NULL, 0) != partner)
        die("waitpid");
}

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *limit)
{
    return syscall(SYS_futex, word, operation, value, limit, NULL, 0);
}

/* Two futexes: one that the partner wakes, with the time at which it did so, and one that nobody wakes. */
struct futex_page {
    uint32_t word;
    uint32_t never;
    int64_t woken_ns;
};

static _Noreturn void wake_futex(const struct waker *self, struct futex_page *page)
{
    pin(self->partner_cpu);
    for (int64_t due = now_ns() + self->period_ns / 2;; due += self->period_ns) {
        struct timespec t = to_timespec(due);

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        page->woken_ns = now_ns();
        __atomic_add_fetch(&page->word, 1, __ATOMIC_SEQ_CST);
        futex(&page->word, FUTEX_WAKE, INT_MAX, NULL);
    }
}

static void run_futex(struct waker *self)
{
    struct futex_page *page =
        mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct timespec lost = to_timespec(lost_ns), tenth = to_timespec(SECOND_NS / 10);
    pid_t partner = page == MAP_FAILED ? -1 : fork();

    if (partner < 0)
        die("mmap or fork");
    if (partner == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        wake_futex(self, page);
    }
    while (now_ns() < end_ns - self->period_ns) {
        uint32_t value = __atomic_load_n(&page->word, __ATOMIC_SEQ_CST);
        int64_t due;

        while (__atomic_load_n(&page->word, __ATOMIC_SEQ_CST) == value)
            if (futex(&page->word, FUTEX_WAIT, value, &lost) != 0 && errno == ETIMEDOUT)
                die("a wake-up was lost");
        woke(self, page->woken_ns);
        due = now_ns() + SECOND_NS / 10;
        futex(&page->never, FUTEX_WAIT, 0, &tenth);
        woke(self, due);
    }
    kill(partner, SIGKILL);
    waitpid(partner, NULL, 0);
}

/* Which CPUs, and how often on the average; the periods share no factor, so that every order of things comes
 * about. */
static struct waker wakers[] = {
    {"sleep of 3.007 s", run_sleeper, 3007 * 1000000LL, 0, 0},
    {"sleep of 1 s", run_sleeper, SECOND_NS, 1, 1},
    {"sleep of 61 s", run_sleeper, 61 * SECOND_NS, 2, 2},
    {"timer of 0.7 s", run_timer, 700 * 1000000LL, 3, 3},
    {"timer of 101 s", run_timer, 101 * SECOND_NS, 0, 0},
    {"pipe in each second", run_pipes, SECOND_NS, 0, 1},
    {"pipe in each 13 s", run_pipes, 13 * SECOND_NS, 2, 3},
    {"pipe on one CPU", run_pipes, 5 * SECOND_NS, 1, 1},
    {"futex", run_futex, 2 * SECOND_NS, 3, 0},
    {"futex in each 37 s", run_futex, 37 * SECOND_NS, 1, 2},
};

enum { NR_WAKERS = sizeof(wakers) / sizeof(*wakers) };

static int report(void)
{
    uint64_t wakes = 0, late = 0;

    for (int i = 0; i < NR_WAKERS; i++) {
        const struct result *r = &results[2 * i];

        printf("wakeups: %s, CPUs %d and %d: %llu and %llu wakes, at most %lld and %lld us late\n",
               wakers[i].name, wakers[i].cpu, wakers[i].partner_cpu, (unsigned long long)r[0].wakes,
               (unsigned long long)r[1].wakes, (long long)r[0].worst_ns / 1000,
               (long long)r[1].worst_ns / 1000);
        wakes += r[0].wakes + r[1].wakes;
        late += r[0].late + r[1].late;
        if (r[0].wakes == 0 && end_ns - begun_ns > wakers[i].period_ns * 3)
            late++;
    }
    printf("wakeups: %llu in all, %llu late\n", (unsigned long long)wakes, (unsigned long long)late);
    return late != 0;
}

int main(int argc, char **argv)
{
    long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int failed = 0, status, factor;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2)
        die("usage: wakeups SECONDS [FACTOR]");
    factor = argc > 2 ? atoi(argv[2]) : 1;
    lost_ns *= factor;
    results = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (results == MAP_FAILED)
        die("mmap");
    begun_ns = now_ns();
    end_ns = begun_ns + atoll(argv[1]) * SECOND_NS;
    for (int i = 0; i < NR_WAKERS; i++) {
        wakers[i].period_ns *= factor;
        wakers[i].cpu %= nr_cpus;
        wakers[i].partner_cpu %= nr_cpus;
        if (fork() == 0) {
            mine = &results[2 * i];
            pin(wakers[i].cpu);
            wakers[i].run(&wakers[i]);
            exit(0);
        }
    }
    while (wait(&status) > 0)
        failed |= status != 0;
    return report() | failed;
}
