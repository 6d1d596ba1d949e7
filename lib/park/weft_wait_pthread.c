/* Any POSIX system: words hash to a fixed set of pthread mutexes and condition variables. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "weft_wait.h"

#if WEFT_WAIT_PTHREAD

#include <errno.h>
#include <pthread.h>
#include <time.h>

/* Two words may share a slot: a wake is then a spurious return for the other, so wakes broadcast.
 */
typedef struct wait_slot {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
} wait_slot;

#define SLOT_COUNT 64
#define SLOT {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER}
#define SLOTS_4 SLOT, SLOT, SLOT, SLOT
#define SLOTS_16 SLOTS_4, SLOTS_4, SLOTS_4, SLOTS_4
static wait_slot slots[SLOT_COUNT] = {SLOTS_16, SLOTS_16, SLOTS_16, SLOTS_16};

/* A condition variable waits by the wall clock here. The caller compares with the monotonic clock
 * after each wait, so a clock that is set forward ends none early, and no single wait is longer than
 * this. One that is set back during a wait makes that wait longer by as much: a deadline is late. */
#define LONGEST_WAIT_NS 1000000000U

static wait_slot *slot_of(const weft_atomic_u32 *word) {
    uintptr_t bits = (uintptr_t)word;
    return &slots[(bits >> 6 ^ bits >> 12) % SLOT_COUNT];
}

static struct timespec wall_clock_after(uint64_t nanoseconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    nanoseconds += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(nanoseconds / 1000000000U);
    until.tv_nsec = (long)(nanoseconds % 1000000000U);
    return until;
}

weft_wait_result weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline) {
    wait_slot *slot = slot_of(word);
    weft_wait_result result = WEFT_WAIT_WOKEN;
    int held = weft_hold_cancellation_();
    pthread_mutex_lock(&slot->mutex);
    /* Relaxed: the slot's mutex orders this read against the change made before weft_wake_word took
     * it. One wait, then back to the caller: a return is always allowed to be spurious. */
    if (weft_load_relaxed_u32(word) == expected) {
        if (deadline == WEFT_WAIT_FOREVER) {
            pthread_cond_wait(&slot->condition, &slot->mutex);
        } else {
            uint64_t now = weft_now_ns();
            uint64_t left = deadline > now ? deadline - now : 0;
            struct timespec until =
                wall_clock_after(left < LONGEST_WAIT_NS ? left : LONGEST_WAIT_NS);
            if (left == 0 ||
                pthread_cond_timedwait(&slot->condition, &slot->mutex, &until) == ETIMEDOUT) {
                result = WEFT_WAIT_TIMED_OUT;
            }
        }
    }
    pthread_mutex_unlock(&slot->mutex);
    weft_release_cancellation_(held);
    return result;
}

void weft_wake_word(weft_atomic_u32 *word) {
    wait_slot *slot = slot_of(word);
    pthread_mutex_lock(&slot->mutex);
    pthread_cond_broadcast(&slot->condition);
    pthread_mutex_unlock(&slot->mutex);
}

#if !WEFT_WITHOUT_HINTS
bool weft_register_heavy_fence(void) {
    return false;
}

bool weft_heavy_fence(void) {
    return false;
}
#endif

void weft_wait_after_fork_child(void) {
    /* Threads that held a slot are gone with the fork. */
    static const wait_slot FRESH = SLOT;
    for (int i = 0; i < SLOT_COUNT; i++) {
        slots[i] = FRESH;
    }
}

#else
typedef int weft_wait_pthread_not_used; /* ISO C wants a declaration in every file. */
#endif
