#include "weft_lock.h"

uint64_t weft_lock_deadline(int64_t timeout) {
    if (timeout <= 0) {
        return 0;
    }
    uint64_t now = weft_now_ns();
    if (timeout == WEFT_FOREVER || (uint64_t)timeout >= WEFT_WAIT_FOREVER - now) {
        return WEFT_WAIT_FOREVER;
    }
    return now + (uint64_t)timeout;
}

/* Relaxed, both: a tunable that orders nothing. */
static weft_atomic_u64 fairness = WEFT_ATOMIC_INIT(WEFT_FAIRNESS_NS);

void weft_mutex_set_fairness(uint64_t nanoseconds) {
    weft_store_relaxed_u64(&fairness, nanoseconds);
}

uint64_t weft_mutex_fairness(void) {
    return weft_load_relaxed_u64(&fairness);
}

/* A model checker compiles with fewer steps: the spin changes nothing but speed. Measured with 8
 * threads pinned to 2 virtual cores, none of them idle otherwise. Pauses: half and twice as many change
 * throughput by less than the noise. Yields: without any the longest wait for a mutex in sections of 20
 * ns is 12 to 16 ms, whole time slices; with three to eight it is 3 to 7 ms, and was 11 once. Fewer than
 * seven lose throughput in sections of 1 us (three: a sixth), more gain nothing.
 * Standing back is for 8 threads with a rwmutex and 90 % reads of 20 ns: 20 to 27 million sections per second, with the
 * short pauses 17 to 19, where one thread alone has 35: what counts is how long one has the line to itself. Half as
 * long, or without pauses, is in between, or slower with 2 threads. */
#ifndef WEFT_SPIN_STEPS
#define WEFT_SPIN_STEPS 6
#endif
#ifndef WEFT_SPIN_YIELD_STEPS
#define WEFT_SPIN_YIELD_STEPS 10
#endif
enum { PAUSES_BEFORE_YIELDS = 3 };
enum { STAND_BACK_STEPS = WEFT_SPIN_STEPS / 2, STAND_BACK_FIRST = 5 };

/* Where yields let other threads run, waiters come back from them one behind the other, and each would look at a
 * lock that another processor is using. A look costs its owner the line, which is more than a section of 20 ns.
 * So each stays away for a while: 2 to the power of these pauses, 1 microsecond before its first yield and 4 behind
 * each, on an AMD Zen 5. Measured with 8 threads on 2 virtual cores, at the same longest wait: 1.21x the sections
 * of 20 ns, 1.04x of 1 us (docs/asymmetric-unlock.md has the table). Where each thread has its processor the first
 * would cost a fifth of the sections of 1 us. */
enum { CROWDED_FIRST = 5, CROWDED = 7 };

/* How long to spin where a yield finds nobody else to run, and how soon it is back then. Measured with
 * 2 threads on 2 virtual cores: a yield that returns at once takes 0.3 microseconds in which the lock
 * goes free unseen. Spinning instead gains a tenth to a quarter of the throughput of sections of 1 us,
 * and is within the noise for those of 20 ns. With 8 threads, where yields rotate them, spins of the
 * same length gain half as much throughput again and cost the longest wait: 24 ms instead of 5. */
#ifndef WEFT_SPIN_NS
#define WEFT_SPIN_NS 2500U
#endif
static const uint64_t SPIN_NS = WEFT_SPIN_NS;
enum { QUICK_YIELD_NS = 2000, SPIN_STEP = 2 };

/* Whether the last yield of any thread let another one run. Of the process, not of a lock: it says how
 * crowded the processors are. Relaxed: a guess that orders nothing; written when it changes. */
static weft_atomic_u8 crowded;

static bool is_crowded(void) {
    return weft_load_relaxed_u8(&crowded) != 0;
}

/* 2 to the power of `step` pauses. */
static void pause_for(int step) {
    for (unsigned i = 0; i < 1U << (unsigned)step; i++) {
        weft_spin_pause();
    }
}

bool weft_backoff_pause(weft_backoff *backoff) {
    if (backoff->step >= WEFT_SPIN_STEPS) {
        return false;
    }
    pause_for(backoff->step++);
    return true;
}

bool weft_backoff_stand_back(weft_backoff *backoff) {
    if (backoff->step >= STAND_BACK_STEPS) {
        return false;
    }
    pause_for(STAND_BACK_FIRST + backoff->step++);
    return true;
}

/* A pause, as long as this spin has not lasted WEFT_SPIN_NS and nobody else wants the processor. */
static bool spin_alone(weft_backoff *backoff) {
    if (SPIN_NS == 0 || is_crowded()) {
        return false;
    }
    uint64_t now = weft_now_ns();
    if (backoff->spins_since == 0) {
        backoff->spins_since = now;
    }
    if (now - backoff->spins_since >= SPIN_NS) {
        return false;
    }
    pause_for(SPIN_STEP);
    return true;
}

/* Yields, and notes whether that let another thread run. */
static void yield_and_learn(weft_backoff *backoff) {
    if (SPIN_NS == 0) {
        weft_yield();
        return;
    }
    uint64_t before = weft_now_ns();
    weft_yield();
    uint64_t after = weft_now_ns();
    uint8_t now_crowded = after - before > QUICK_YIELD_NS;
    if (weft_load_relaxed_u8(&crowded) != now_crowded) {
        weft_store_relaxed_u8(&crowded, now_crowded);
    }
    backoff->spins_since = after;
}

bool weft_backoff_is_long(const weft_backoff *backoff) {
    return backoff->step >= WEFT_SPIN_YIELD_STEPS ||
           (backoff->step >= PAUSES_BEFORE_YIELDS && is_crowded());
}

/* A few short pauses, or a long one where threads are many. */
static void pause_before_yields(weft_backoff *backoff) {
    if (is_crowded()) {
        pause_for(CROWDED_FIRST);
        backoff->step = PAUSES_BEFORE_YIELDS;
    } else {
        pause_for(backoff->step++);
    }
}

bool weft_backoff_yield(weft_backoff *backoff) {
    if (backoff->step >= WEFT_SPIN_YIELD_STEPS) {
        return false;
    }
    if (backoff->step < PAUSES_BEFORE_YIELDS) {
        pause_before_yields(backoff);
        return true;
    }
    if (!spin_alone(backoff)) {
        yield_and_learn(backoff);
        backoff->step++;
        if (is_crowded()) {
            pause_for(CROWDED);
        }
    }
    return true;
}
