/* weft_wait.h: the operating system seam. Everything this library asks of an operating system, and
 * the only place where it blocks.
 *
 * One implementation is compiled in, chosen by the platform:
 *     weft_wait_linux.c    futex
 *     weft_wait_windows.c  WaitOnAddress
 *     weft_wait_pthread.c  pthread mutex and condition variable: macOS, the BSDs, and anywhere
 *                          else; forced by -DWEFT_WAIT_PTHREAD=1
 * weft_wait_posix.c holds what the two POSIX layers share. All of them can be compiled together:
 * the ones not chosen are empty. A model checker replaces the layer by its model of this header.
 *
 * This is not an interface for users: they park (weft_park.h) or lock (weft_mutex.h).
 */
#ifndef WEFT_WAIT_H
#define WEFT_WAIT_H

#include "weft_atomic.h"

WEFT_BEGIN_DECLS

#ifndef WEFT_WAIT_PTHREAD
#if defined(__linux__) || defined(_WIN32)
#define WEFT_WAIT_PTHREAD 0
#else
#define WEFT_WAIT_PTHREAD 1
#endif
#endif
#if WEFT_WAIT_PTHREAD && defined(_WIN32)
#error "weft: the pthread layer stands on POSIX calls that Windows does not have"
#endif

/* Leaves out of the locks what releases them by plain stores (weft_park.h, "Hints"): less code, a slower unlock.
 * tools/amalgamate --no-hints does. For all files alike. */
#ifndef WEFT_WITHOUT_HINTS
#define WEFT_WITHOUT_HINTS 0
#endif

/* Whether this layer has heavy fences on some systems. Where not, locks are compiled without their use. */
#define WEFT_HEAVY_FENCE (!WEFT_WAIT_PTHREAD && !WEFT_WITHOUT_HINTS)

/* A deadline that never comes. */
#define WEFT_WAIT_FOREVER UINT64_MAX

typedef enum weft_wait_result {
    WEFT_WAIT_WOKEN = 0,     /* woken, or the word had changed, or for no reason at all */
    WEFT_WAIT_TIMED_OUT = 1, /* the operating system says so; it may be early: look at the clock */
    WEFT_WAIT_SIGNALED = 2   /* a signal handler ran (layers that can tell) */
} weft_wait_result;

/* Blocks while *word == expected, until weft_wake_word(word), the deadline (nanoseconds of
 * weft_now_ns's clock), or a spurious return. The comparison and going to sleep are one step
 * against weft_wake_word. Orders nothing: load the word again. */
weft_wait_result weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline);

/* Wakes one thread that waits on the word, if any. The memory may already belong to somebody else
 * as long as it is mapped: the effect is then a spurious return there. */
void weft_wake_word(weft_atomic_u32 *word);

/* The heavy half of an asymmetric fence; weft_light_fence (weft_atomic.h), a mere compiler barrier, is
 * the light one. A heavy fence acts as a sequentially consistent fence in the thread that calls it and
 * in every other thread of the process, at some point during the call: what comes before a light fence
 * in one thread is visible after the call, or what came before the call is visible after the light
 * fence. It interrupts every processor that runs a thread of the process: rarely, then.
 *
 * weft_register_heavy_fence makes it available, once or again: false where it is not (an old kernel, a
 * sandbox, a layer without one). It may take milliseconds where several threads run. weft_heavy_fence
 * returns false if it has failed, and then orders nothing. Both preserve errno. */
#if !WEFT_WITHOUT_HINTS
bool weft_register_heavy_fence(void);
bool weft_heavy_fence(void);
#endif

/* Monotonic time in nanoseconds since some point in the past. Never WEFT_WAIT_FOREVER. */
uint64_t weft_now_ns(void);

/* Lets this thread sleep for about the given time. For a caller that has no word to wait on. No wait of
 * this header is a point of cancellation (pthread_cancel): what the thread queued for, or was handed, would
 * be lost. */
void weft_sleep_ns(uint64_t nanoseconds);

/* Of the POSIX layers: from the one to the other, this thread is not cancelled. */
int weft_hold_cancellation_(void);
void weft_release_cancellation_(int held);

/* Lets another thread that is ready have the processor, if there is one. */
void weft_yield(void);

/* Zeroed pages that are never given back, or NULL. Not the host's allocator: it may itself be
 * waiting for a lock of this library. */
void *weft_map_pages(size_t size);

/* Arranges that `child` runs in the child of every later fork of this process. May allocate by the
 * C library. Does nothing where there is no fork. Returns false when memory is out. */
bool weft_at_fork_child(void (*child)(void));

/* Something to do when a thread ends. Lives until then, so usually thread-local. */
typedef struct weft_thread_end {
    void (*run)(void);
    struct weft_thread_end *next; /* the layer's */
} weft_thread_end;

/* Arranges that end->run() runs on the calling thread when it ends, after the destructors that others have for their
 * thread-specific data have all run once; by one of these it may be arranged as well, again or for the first time.
 * Systems call such destructors in four rounds as a rule: what is arranged in the last one, or for the first time
 * in the last but one, may not run any more. Not at the end of the process. Does nothing on Windows. Returns
 * false when memory, or the system's keys for such data, are out. */
bool weft_at_thread_end(weft_thread_end *end);

/* Resets the layer's own state in the child of a fork. */
void weft_wait_after_fork_child(void);

WEFT_END_DECLS

#endif /* WEFT_WAIT_H */
