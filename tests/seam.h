/* seam.h: faults between the library's layers, and counts of what crosses them.
 *
 * The linker's --wrap puts these functions between a caller in one file of the library and the
 * function in another:
 *     weft_park   weft_wait_word   weft_wake_word   weft_map_pages
 *     weft_register_heavy_fence   weft_heavy_fence   weft_yield   weft_now_ns   weft_unpark_all
 *     weft_at_thread_end
 *     malloc   calloc   realloc   posix_memalign   syscall   (calls by the library and the scenarios)
 * A scenario sets the faults it needs in `seam`, which is each thread's own, and clears them again.
 */
#ifndef WEFT_TESTS_SEAM_H
#define WEFT_TESTS_SEAM_H

#include "weft_park.h"

WEFT_BEGIN_DECLS

#ifndef __cplusplus

typedef struct seam_faults {
    /* Instead of the operating system's wait. False: let it wait. */
    bool (*wait)(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                 weft_wait_result *result);
    /* Before a wake reaches the operating system: the woken thread sleeps still. */
    void (*before_wake)(void);
    /* Before a park looks at anything. */
    void (*before_park)(const weft_park_request *request);
    /* Before a heavy fence reaches the operating system: what was on its way to memory arrives now. */
    void (*before_heavy_fence)(void);
    /* Before the heavy fence is registered: what an allocator does that runs inside of that. */
    void (*before_registration)(void);
    /* No more pages. */
    bool no_pages;
    /* No more keys for what is to be done when a thread ends. */
    bool no_thread_end;
    /* The kernel knows no system call by number (Linux: futex). */
    bool no_syscalls;
} seam_faults;

extern _Thread_local seam_faults seam;

/* In every thread: the heavy fence cannot be registered; it fails. */
extern weft_atomic_u32 seam_no_registration;
extern weft_atomic_u32 seam_no_heavy_fence;

/* The heavy fence says that it worked and does nothing: what must not go unnoticed. */
extern weft_atomic_u32 seam_idle_heavy_fence;

/* The library's clock, for all threads. Stopped, it goes on by what is passed, and by a little with
 * each look, for spins to end; started again, it stays ahead by that, for it never goes back. By one thread at a time. */
void seam_stop_clock(void);
void seam_pass_time(uint64_t nanoseconds);
void seam_start_clock(void);

typedef struct seam_counts {
    weft_atomic_u64 parks;       /* calls of weft_park */
    weft_atomic_u64 waits;       /* calls of weft_wait_word: one system call each */
    weft_atomic_u64 wakes;       /* calls of weft_wake_word: one system call each */
    weft_atomic_u64 allocations; /* calls of the C library's allocator; on Windows 0 */
    weft_atomic_u64 unparks;     /* calls of weft_unpark_all */
    weft_atomic_u64 pages;       /* calls of weft_map_pages */
    weft_atomic_u64 yields;      /* calls of weft_yield: one system call each */
    weft_atomic_u64 fences;      /* calls of weft_heavy_fence: one system call each */
    weft_atomic_u64 membarriers; /* Linux: calls of membarrier that order something */
} seam_counts;
extern seam_counts seam_count;

#endif

WEFT_END_DECLS

#endif /* WEFT_TESTS_SEAM_H */
