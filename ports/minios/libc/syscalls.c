/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What newlib leaves to the system: memory, the console as file descriptors 0 to 2, clocks and sleep, the
 * end, and for several threads the state of each and the locks. Descriptors above belong to whoever has asked
 * for them: sockets, and the files of files/. There are no processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/lock.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <minios/clock.h>
#include <minios/console.h>
#include <minios/heap.h>
#include <minios/libc.h>
#include <minios/panic.h>
#include <minios/terminal.h>
#include <minios/thread.h>
#include <xenguest/clock.h>
#include <xenguest/sched.h>

#define NS_PER_SECOND      1000000000ull
#define NS_PER_MICROSECOND 1000ull
#define TOUCH_STRIDE       4096

/* ---- State and locks of threads ---- */

struct _reent *__getreent(void)
{
    struct thread *thread = thread_current();
    struct _reent *state = (struct _reent *)thread->libc;

    _Static_assert(sizeof(*state) <= sizeof(thread->libc), "the C library's state fits the thread");
    if (!thread->libc_ready) {
        _REENT_INIT_PTR_ZEROED(state);
        thread->libc_ready = true;
    }
    return state;
}

static void keep_streams(struct _reent *state)
{
}

static void end_thread(struct thread *thread)
{
    struct _reent *state = (struct _reent *)thread->libc;

    if (!thread->libc_ready)
        return;
    /* The streams are everybody's: one thread's end must not close them. A thread that has used one calls
     * this. */
    state->__cleanup = keep_streams;
    _reclaim_reent(state);
}

void libc_init(void)
{
    thread_on_exit(end_thread);
}

struct __lock {
    struct mutex mutex;
};

#define STATIC_LOCK(name)                                                                                    \
    extern struct __lock __lock_##name;                                                                      \
    struct __lock __lock_##name = {MUTEX_INITIALIZER(__lock_##name.mutex)}

STATIC_LOCK(__sinit_recursive_mutex);
STATIC_LOCK(__sfp_recursive_mutex);
STATIC_LOCK(__atexit_recursive_mutex);
STATIC_LOCK(__at_quick_exit_mutex);
STATIC_LOCK(__malloc_recursive_mutex);
STATIC_LOCK(__env_recursive_mutex);
STATIC_LOCK(__tz_mutex);
STATIC_LOCK(__dd_hash_mutex);
STATIC_LOCK(__arc4random_mutex);

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    *lock = malloc(sizeof(**lock));
    if (!*lock)
        panic("no memory for a lock of the C library");
    mutex_init(&(*lock)->mutex);
}

void __retarget_lock_init(_LOCK_T *lock)
{
    __retarget_lock_init_recursive(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    mutex_lock(&lock->mutex);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return mutex_try_lock(&lock->mutex) ? 0 : EBUSY;
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return __retarget_lock_try_acquire_recursive(lock);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    mutex_unlock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
    mutex_unlock(&lock->mutex);
}

/* ---- Memory ---- */

void *sbrk(ptrdiff_t increment)
{
    void *before = heap_move_end(increment);

    if (!before) {
        errno = ENOMEM;
        return (void *)-1;
    }
    return before;
}

/* ---- Files: the console, and what others have ---- */

static struct {
    const struct libc_files *functions; /* last: who sees it sees the range */
    int first, end;
} others[2];

void libc_add_files(int first, int end, const struct libc_files *files)
{
    static struct mutex lock = MUTEX_INITIALIZER(lock);
    unsigned int i = 0;

    mutex_lock(&lock);
    while (others[i].functions && others[i].functions != files)
        if (++i == sizeof(others) / sizeof(others[0]))
            panic("a third kind of files");
    others[i].first = first;
    others[i].end = end;
    __atomic_store_n(&others[i].functions, files, __ATOMIC_RELEASE);
    mutex_unlock(&lock);
}

/* NULL: nobody's. */
static const struct libc_files *other(int file)
{
    for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct libc_files *functions = __atomic_load_n(&others[i].functions, __ATOMIC_ACQUIRE);

        if (functions && file >= others[i].first && file < others[i].end)
            return functions;
    }
    return NULL;
}

static bool is_console(int file)
{
    return file >= STDIN_FILENO && file <= STDERR_FILENO;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

_READ_WRITE_RETURN_TYPE read(int file, void *buffer, size_t nr_bytes)
{
    if (other(file))
        return (_READ_WRITE_RETURN_TYPE)other(file)->read(file, buffer, nr_bytes);
    if (file != STDIN_FILENO)
        return fail(EBADF);
    return (_READ_WRITE_RETURN_TYPE)terminal_read(buffer, nr_bytes);
}

_READ_WRITE_RETURN_TYPE write(int file, const void *buffer, size_t nr_bytes)
{
    const volatile char *bytes = buffer;

    if (other(file))
        return (_READ_WRITE_RETURN_TYPE)other(file)->write(file, buffer, nr_bytes);
    if (file != STDOUT_FILENO && file != STDERR_FILENO)
        return fail(EBADF);
    /* The hypervisor reads the buffer and cannot fault the heap's pages in. */
    for (size_t i = 0; i < nr_bytes; i += TOUCH_STRIDE)
        (void)bytes[i];
    if (nr_bytes > 0)
        (void)bytes[nr_bytes - 1];
    console_write(buffer, nr_bytes);
    return (_READ_WRITE_RETURN_TYPE)nr_bytes;
}

int fstat(int file, struct stat *status)
{
    if (!is_console(file) && !other(file))
        return fail(EBADF);
    if (other(file) && other(file)->status)
        return other(file)->status(file, status);
    *status = (struct stat){.st_mode = (other(file) ? S_IFSOCK : S_IFCHR) | 0600, .st_blksize = 1024};
    return 0;
}

int isatty(int file)
{
    return is_console(file) ? 1 : fail(EBADF);
}

off_t lseek(int file, off_t offset, int whence)
{
    if (other(file) && other(file)->seek)
        return other(file)->seek(file, offset, whence);
    return fail(is_console(file) || other(file) ? ESPIPE : EBADF);
}

int close(int file)
{
    return other(file) ? other(file)->close(file) : fail(EBADF);
}

/* ---- Clocks and sleep ---- */

static struct timespec timespec_from_ns(uint64_t ns)
{
    struct timespec time = {.tv_sec = (time_t)(ns / NS_PER_SECOND), .tv_nsec = (long)(ns % NS_PER_SECOND)};

    return time;
}

int clock_gettime(clockid_t id, struct timespec *time)
{
    struct xg_wall_time wall;

    if (id == CLOCK_MONOTONIC) {
        *time = timespec_from_ns(clock_now_ns());
        return 0;
    }
    if (id != CLOCK_REALTIME)
        return fail(EINVAL);
    clock_wall(&wall);
    time->tv_sec = (time_t)wall.seconds;
    time->tv_nsec = (long)wall.nanoseconds;
    return 0;
}

int gettimeofday(struct timeval *time, void *zone)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / (long)NS_PER_MICROSECOND;
    return 0;
}

/* All time since the start counts as the program's own. */
clock_t times(struct tms *times)
{
    clock_t ticks = (clock_t)((clock_now_ns() - clock_start_ns()) / (NS_PER_SECOND / CLOCKS_PER_SEC));

    *times = (struct tms){.tms_utime = ticks};
    return ticks;
}

int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= (long)NS_PER_SECOND)
        return fail(EINVAL);
    thread_sleep_until(clock_now_ns() + (uint64_t)duration->tv_sec * NS_PER_SECOND +
                       (uint64_t)duration->tv_nsec);
    if (remaining)
        *remaining = timespec_from_ns(0);
    return 0;
}

unsigned int sleep(unsigned int seconds)
{
    thread_sleep_until(clock_now_ns() + seconds * NS_PER_SECOND);
    return 0;
}

int usleep(useconds_t microseconds)
{
    thread_sleep_until(clock_now_ns() + microseconds * NS_PER_MICROSECOND);
    return 0;
}

int sched_yield(void)
{
    thread_yield();
    return 0;
}

/* ---- Processes: one ---- */

pid_t getpid(void)
{
    return 1;
}

int kill(pid_t process, int signal)
{
    if (process != getpid())
        return fail(ESRCH);
    panic("signal %d", signal);
}

void _exit(int status)
{
    if (status != 0)
        panic("exit with status %d", status);
    xg_sched_shutdown(XG_SHUTDOWN_POWEROFF);
}
