#include "seam.h"

#include <errno.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/syscall.h>
#define MEMBARRIER_PRIVATE_EXPEDITED (1 << 3)
#endif

_Thread_local seam_faults seam;
seam_counts seam_count;
weft_atomic_u32 seam_no_registration;
weft_atomic_u32 seam_no_heavy_fence;
weft_atomic_u32 seam_idle_heavy_fence;

static weft_atomic_u64 clock_stopped; /* the time; 0: it goes */
static weft_atomic_u64 clock_ahead;
enum { NS_A_LOOK = 100 };

/* The linker turns calls of NAME into calls of __wrap_NAME, and __real_NAME into NAME. */
weft_park_result __real_weft_park(const weft_park_request *request, uintptr_t *token);
weft_park_result __wrap_weft_park(const weft_park_request *request, uintptr_t *token);
weft_wait_result __real_weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline);
weft_wait_result __wrap_weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline);
void __real_weft_wake_word(weft_atomic_u32 *word);
void __wrap_weft_wake_word(weft_atomic_u32 *word);
size_t __real_weft_unpark_all(const void *address, weft_unpark_callback callback, void *argument);
size_t __wrap_weft_unpark_all(const void *address, weft_unpark_callback callback, void *argument);
void *__real_weft_map_pages(size_t size);
void *__wrap_weft_map_pages(size_t size);
bool __real_weft_register_heavy_fence(void);
bool __wrap_weft_register_heavy_fence(void);
bool __real_weft_heavy_fence(void);
bool __wrap_weft_heavy_fence(void);
void __real_weft_yield(void);
void __wrap_weft_yield(void);
uint64_t __real_weft_now_ns(void);
uint64_t __wrap_weft_now_ns(void);
bool __real_weft_at_thread_end(weft_thread_end *end);
bool __wrap_weft_at_thread_end(weft_thread_end *end);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
#ifndef _WIN32
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
#endif
#ifdef __linux__
long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
#endif

weft_park_result __wrap_weft_park(const weft_park_request *request, uintptr_t *token) {
    weft_fetch_add_relaxed_u64(&seam_count.parks, 1);
    if (seam.before_park != NULL) {
        seam.before_park(request);
    }
    return __real_weft_park(request, token);
}

weft_wait_result __wrap_weft_wait_word(weft_atomic_u32 *word, uint32_t expected,
                                       uint64_t deadline) {
    weft_wait_result result = WEFT_WAIT_WOKEN;
    uint64_t ahead = weft_load_relaxed_u64(&clock_ahead);
    weft_fetch_add_relaxed_u64(&seam_count.waits, 1);
    if (seam.wait != NULL && seam.wait(word, expected, deadline, &result)) {
        return result;
    }
    /* The operating system has the clock that goes. */
    bool ends = deadline != WEFT_WAIT_FOREVER && deadline > ahead;
    return __real_weft_wait_word(word, expected, ends ? deadline - ahead : deadline);
}

void __wrap_weft_wake_word(weft_atomic_u32 *word) {
    weft_fetch_add_relaxed_u64(&seam_count.wakes, 1);
    if (seam.before_wake != NULL) {
        seam.before_wake();
    }
    __real_weft_wake_word(word);
}

size_t __wrap_weft_unpark_all(const void *address, weft_unpark_callback callback, void *argument) {
    weft_fetch_add_relaxed_u64(&seam_count.unparks, 1);
    return __real_weft_unpark_all(address, callback, argument);
}

void *__wrap_weft_map_pages(size_t size) {
    weft_fetch_add_relaxed_u64(&seam_count.pages, 1);
    return seam.no_pages ? NULL : __real_weft_map_pages(size);
}

bool __wrap_weft_at_thread_end(weft_thread_end *end) {
    return !seam.no_thread_end && __real_weft_at_thread_end(end);
}

#if !WEFT_WITHOUT_HINTS
bool __wrap_weft_register_heavy_fence(void) {
    if (seam.before_registration != NULL) {
        seam.before_registration();
    }
    return weft_load_relaxed_u32(&seam_no_registration) == 0 && __real_weft_register_heavy_fence();
}

bool __wrap_weft_heavy_fence(void) {
    weft_fetch_add_relaxed_u64(&seam_count.fences, 1);
    if (seam.before_heavy_fence != NULL) {
        seam.before_heavy_fence();
    }
    if (weft_load_relaxed_u32(&seam_no_heavy_fence) != 0) {
        return false;
    }
    return weft_load_relaxed_u32(&seam_idle_heavy_fence) != 0 || __real_weft_heavy_fence();
}
#endif

void __wrap_weft_yield(void) {
    weft_fetch_add_relaxed_u64(&seam_count.yields, 1);
    __real_weft_yield();
}

uint64_t __wrap_weft_now_ns(void) {
    if (weft_load_relaxed_u64(&clock_stopped) != 0) {
        return weft_fetch_add_relaxed_u64(&clock_stopped, NS_A_LOOK);
    }
    return __real_weft_now_ns() + weft_load_relaxed_u64(&clock_ahead);
}

void seam_stop_clock(void) {
    weft_store_relaxed_u64(&clock_stopped, __wrap_weft_now_ns());
}

void seam_pass_time(uint64_t nanoseconds) {
    (void)weft_fetch_add_relaxed_u64(&clock_stopped, nanoseconds);
}

void seam_start_clock(void) {
    uint64_t stopped = weft_load_relaxed_u64(&clock_stopped);
    uint64_t now = __real_weft_now_ns();
    uint64_t ahead = weft_load_relaxed_u64(&clock_ahead);
    if (now + ahead < stopped) {
        weft_store_relaxed_u64(&clock_ahead, stopped - now);
    }
    weft_store_relaxed_u64(&clock_stopped, 0);
}

/* Not on Windows: winpthreads allocates for threads and locks, and is linked so that the wraps reach it. */
static void count_allocation(void) {
#ifndef _WIN32
    weft_fetch_add_relaxed_u64(&seam_count.allocations, 1);
#endif
}

void *__wrap_malloc(size_t size) {
    count_allocation();
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    count_allocation();
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    count_allocation();
    return __real_realloc(memory, size);
}

#ifndef _WIN32
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
    count_allocation();
    return __real_posix_memalign(memory, alignment, size);
}
#endif

#ifdef __linux__
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
    if (seam.no_syscalls) {
        errno = ENOSYS;
        return -1;
    }
#ifdef SYS_membarrier
    if (number == SYS_membarrier && a == MEMBARRIER_PRIVATE_EXPEDITED) {
        weft_fetch_add_relaxed_u64(&seam_count.membarriers, 1);
    }
#endif
    return __real_syscall(number, a, b, c, d, e, f);
}
#endif
