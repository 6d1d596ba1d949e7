/* What the Linux and the pthread layer share: clock, pages, fork. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* MAP_ANONYMOUS */
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE 1
#endif
#include "weft_wait.h"

#ifndef _WIN32

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <time.h>

uint64_t weft_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Android's C library has no cancellation. */
int weft_hold_cancellation_(void) {
    int before = 0;
#ifndef __ANDROID__
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
#endif
    return before;
}

void weft_release_cancellation_(int held) {
#ifndef __ANDROID__
    (void)pthread_setcancelstate(held, &held);
#else
    (void)held;
#endif
}

void weft_sleep_ns(uint64_t nanoseconds) {
    struct timespec duration;
    duration.tv_sec = (time_t)(nanoseconds / 1000000000U);
    duration.tv_nsec = (long)(nanoseconds % 1000000000U);
    int saved_errno = errno;
    int held = weft_hold_cancellation_();
    nanosleep(&duration, NULL);
    weft_release_cancellation_(held);
    errno = saved_errno;
}

void weft_yield(void) {
    sched_yield();
}

void *weft_map_pages(size_t size) {
    int saved_errno = errno;
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = saved_errno;
    return pages == MAP_FAILED ? NULL : pages;
}

bool weft_at_fork_child(void (*child)(void)) {
    return pthread_atfork(NULL, NULL, child) == 0;
}

static pthread_key_t end_key;
static bool end_key_made;
static _Thread_local bool is_ending;

/* Destructors run in rounds, four as a rule, as long as one sets its value again: the second comes after the first
 * of all others. What others begin later is ended in the same round or in the next one, if there is a next one. A later
 * round than the second would be too late for what begins in the third; and in the last the sanitizers take
 * down what they know of the thread. */
static void run_ends(void *first) {
    weft_thread_end *end = first;
    if (!is_ending) {
        is_ending = true;
        if (pthread_setspecific(end_key, end) == 0) {
            return;
        }
    }
    while (end != NULL) {
        weft_thread_end *next = end->next;
        end->run();
        end = next;
    }
}

static void make_end_key(void) {
    end_key_made = pthread_key_create(&end_key, run_ends) == 0;
}

bool weft_at_thread_end(weft_thread_end *end) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pthread_once(&once, make_end_key) != 0 || !end_key_made) {
        return false;
    }
    end->next = pthread_getspecific(end_key);
    return pthread_setspecific(end_key, end) == 0;
}

#else
typedef int weft_wait_posix_not_used; /* ISO C wants a declaration in every file. */
#endif
