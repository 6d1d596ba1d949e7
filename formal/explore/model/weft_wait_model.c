/* The operating system as the explorer sees it: what weft_wait.h promises and not more. Linked in place of weft_wait_*.c when
 * sources of lib/ are explored.
 *
 * A wait compares and goes to sleep in one step against wakes; a wake takes exactly one of those that wait. Each wait may also
 * end for no reason (--spurious-wakes), by its deadline (--timeouts) or by a signal. Neither orders anything by itself for the
 * program's other accesses: what a kernel's barriers add is not promised by the header, and other systems may not have them.
 *
 * With -DHEAVY_FENCE_REFUSED each registration of the heavy fence may be refused, as by an old kernel or a sandbox, and
 * a heavy fence fails where none was granted.
 *
 * With -DSCRIPTED_WAITS the harness says what each wait returns, whom a wake finds, and what time it is.
 *
 * With -DHEAVY_FENCE_FAILS each heavy fence may fail, and then orders nothing. What is on its way to memory then arrives with
 * time only: a nap takes 10 ms, and a thread's look at the clock after one of its naps comes after all that was under way.
 *
 * With -DSEAMS the harness is asked first (harness/seams.h).
 */
#include "weft_wait.h"

#include "../explore.h"

#include <pthread.h>

#ifdef SEAMS
#include "../harness/seams.h"
uint64_t seam_clock;
#else
#define seam(where, child) true
enum { seam_clock = 0 };
#endif

#ifndef SCRIPTED_WAITS

weft_wait_result weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline) {
    switch (explore_wait(&word->value, expected, deadline != WEFT_WAIT_FOREVER)) {
    case EXPLORE_TIMED_OUT:
        return WEFT_WAIT_TIMED_OUT;
    case EXPLORE_SPURIOUS:
        return explore_choose(2) ? WEFT_WAIT_SIGNALED : WEFT_WAIT_WOKEN;
    default:
        return WEFT_WAIT_WOKEN;
    }
}

void weft_wake_word(weft_atomic_u32 *word) {
    explore_wake(&word->value, 1);
}

#endif

#ifdef HEAVY_FENCE_REFUSED

bool weft_register_heavy_fence(void) {
    if (explore_choose(2)) {
        return false;
    }
    explore_set_system_flag();
    return true;
}

static bool may_fence(void) {
    return explore_system_flag();
}

#else

bool weft_register_heavy_fence(void) {
    return true;
}

static bool may_fence(void) {
    return true;
}

#endif

#ifdef HEAVY_FENCE_FAILS

enum { NAP_NS = 10000000 };
static _Thread_local uint64_t napped;

bool weft_heavy_fence(void) {
    if (!may_fence() || explore_choose(2)) {
        return false;
    }
    explore_heavy_fence();
    return true;
}

uint64_t weft_now_ns(void) {
    if (napped != 0) {
        explore_heavy_fence();
    }
    return explore_now() + napped;
}

void weft_sleep_ns(uint64_t nanoseconds) {
    (void)nanoseconds;
    napped += NAP_NS;
}

#else

bool weft_heavy_fence(void) {
    if (!seam(SEAM_FENCE, NULL) || !may_fence()) {
        return false;
    }
    explore_heavy_fence();
    return true;
}

#ifndef SCRIPTED_WAITS
uint64_t weft_now_ns(void) {
    (void)seam(SEAM_CLOCK, NULL);
    return explore_now() + seam_clock;
}
#endif

void weft_sleep_ns(uint64_t nanoseconds) {
    (void)nanoseconds;
}

#endif

/* Whoever sleeps waits for others: they go on, and the loop around is an await. */
void weft_yield(void) {
    (void)seam(SEAM_YIELD, NULL);
}

void *weft_map_pages(size_t size) {
    return seam(SEAM_PAGES, NULL) ? explore_map(size) : NULL;
}

/* No fork is explored. */
bool weft_at_fork_child(void (*child)(void)) {
    (void)child;
    return seam(SEAM_FORK_HANDLER, child);
}

/* A key of each thread's own: making one needs no synchronisation in the explorer. */
static _Thread_local weft_thread_end *ends;
static _Thread_local pthread_key_t end_key;

static void run_ends(void *unused) {
    (void)unused;
    while (ends) {
        weft_thread_end *end = ends;
        ends = end->next;
        end->run();
    }
}

bool weft_at_thread_end(weft_thread_end *end) {
    if (!ends && pthread_key_create(&end_key, run_ends) != 0) {
        return false;
    }
    end->next = ends;
    ends = end;
    return pthread_setspecific(end_key, end) == 0;
}

void weft_wait_after_fork_child(void) {}
