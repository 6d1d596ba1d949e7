/* Linux: futex. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "weft_wait.h"

#if defined(__linux__) && !WEFT_WAIT_PTHREAD

#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's constants, which are for ever: its headers are not part of every C library. */
#ifndef FUTEX_WAKE
#define FUTEX_WAKE 1
#define FUTEX_WAIT_BITSET 9
#define FUTEX_PRIVATE_FLAG 128
#define FUTEX_BITSET_MATCH_ANY 0xffffffffU
#endif

/* riscv32 and later 32-bit ports have only the call with 64-bit time. */
#if defined(SYS_futex)
#define FUTEX_CALL SYS_futex
typedef long futex_seconds;
#define FUTEX_SECONDS_MAX LONG_MAX
#else
#define FUTEX_CALL SYS_futex_time64
typedef int64_t futex_seconds;
#define FUTEX_SECONDS_MAX INT64_MAX
#endif

/* The layout the system call reads. The C library's struct timespec may have wider seconds than
 * SYS_futex on 32-bit platforms. */
struct futex_timespec {
    futex_seconds seconds;
    futex_seconds nanoseconds;
};

/* Where futex is forbidden: short enough to be bearable, long enough to cost little. */
#define NAP_NS 1000000U

weft_wait_result weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline) {
    struct futex_timespec until;
    struct futex_timespec *timeout = NULL;
    if (deadline != WEFT_WAIT_FOREVER) {
        uint64_t seconds = deadline / 1000000000U;
        until.seconds =
            seconds > (uint64_t)FUTEX_SECONDS_MAX ? FUTEX_SECONDS_MAX : (futex_seconds)seconds;
        until.nanoseconds = (futex_seconds)(deadline % 1000000000U);
        timeout = &until;
    }
    /* FUTEX_WAIT_BITSET takes an absolute monotonic deadline: an interrupted wait that is started
     * again does not get longer. */
    int saved_errno = errno;
    long status = syscall(FUTEX_CALL, &word->value, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
                          expected, timeout, NULL, FUTEX_BITSET_MATCH_ANY);
    int error = status == 0 ? 0 : errno;
    errno = saved_errno;
    if (error == ETIMEDOUT) {
        return WEFT_WAIT_TIMED_OUT;
    }
    if (error != 0 && error != EAGAIN && error != EINTR) {
        /* ENOSYS, EPERM: a sandbox forbids the call. A nap, so that waiting is slow, not hot. */
        weft_sleep_ns(NAP_NS);
        /* Nobody else tells the caller that its time is up. */
        if (deadline != WEFT_WAIT_FOREVER && weft_now_ns() >= deadline) {
            return WEFT_WAIT_TIMED_OUT;
        }
    }
    return error == EINTR ? WEFT_WAIT_SIGNALED : WEFT_WAIT_WOKEN;
}

void weft_wake_word(weft_atomic_u32 *word) {
    int saved_errno = errno;
    (void)syscall(FUTEX_CALL, &word->value, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
    errno = saved_errno;
}

#if !WEFT_WITHOUT_HINTS
/* Kernel 4.14 and later. Older headers do not know the call, or its commands. */
#define MEMBARRIER_PRIVATE_EXPEDITED (1 << 3)
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED (1 << 4)

static bool membarrier(int command) {
#ifdef SYS_membarrier
    int saved_errno = errno;
    long status = syscall(SYS_membarrier, command, 0, 0);
    errno = saved_errno;
    return status == 0;
#else
    (void)command;
    return false;
#endif
}

bool weft_register_heavy_fence(void) {
    return membarrier(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED);
}

bool weft_heavy_fence(void) {
    return membarrier(MEMBARRIER_PRIVATE_EXPEDITED);
}
#endif

void weft_wait_after_fork_child(void) { /* The kernel's futex queues are per process. */ }

#else
typedef int weft_wait_linux_not_used; /* ISO C wants a declaration in every file. */
#endif
