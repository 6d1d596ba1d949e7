/* weft_lock.h: what the locks of this folder share: results, timeouts, the spin before sleeping,
 * and the fairness time.
 *
 * Not promised. How long a lock spins before it sleeps; an order among waiters within the fairness time. */
#ifndef WEFT_LOCK_H
#define WEFT_LOCK_H

#include "weft_atomic.h"
#include "weft_park.h"

WEFT_BEGIN_DECLS

/* How an attempt to lock, or to wait, ended. Zero is success. */
typedef enum weft_lock_result {
    WEFT_LOCK_OK = 0,         /* acquired, or what was waited for is there */
    WEFT_LOCK_TIMEOUT = 1,    /* not acquired: the time was up */
    WEFT_LOCK_INTERRUPTED = 2 /* not acquired: a signal handler ran, or weft_interrupt_raise */
} weft_lock_result;

/* That a signal handler ran can be told on the futex layer only (Linux). On the others an interruptible
 * wait goes on; a handler that wants to end it calls weft_interrupt_raise, where that is
 * async-signal-safe (weft_park.h). */

/* Timeouts are nanoseconds from now. WEFT_FOREVER: no timeout. Zero or negative: one attempt, no
 * waiting. A sum that does not fit is forever. A wait may end late, as the scheduler pleases, and
 * never early. */
#define WEFT_FOREVER INT64_MAX

/* The time `timeout` from now, as weft_wait.h counts it. Zero for a timeout that is zero or
 * negative; WEFT_WAIT_FOREVER if it is WEFT_FOREVER or the sum overflows. */
uint64_t weft_lock_deadline(int64_t timeout);

/* The first in the queue, if it has waited longer than the fairness time, is handed the lock by the next unlock,
 * past all threads that would barge in. Nanoseconds; 0: each unlock that finds a sleeper is a handoff;
 * UINT64_MAX: never. The default is WEFT_FAIRNESS_NS. For the whole process, at any time. An unlock that has found its waiter only
 * behind its plain store has nothing left to hand over: it wakes one to compete.
 * Measured (bench, suite mutex, cases fairness_short and fairness_long; 8 threads on 2 virtual cores):
 * a handoff costs a context switch, so 0 loses nearly all of the throughput of 20 ns sections (four fifths
 * or more on other processors) and nine tenths of that of 1 us sections. From 0.1 ms to never, throughput is
 * the same within the noise, and so is the longest wait, 1 to 6 ms, and 12 ms once in two runs: the yields before a sleep
 * (below) keep threads rotating. What the default is for is the wait that has no end. The curve is in
 * docs/asymmetric-unlock.md. */
#define WEFT_FAIRNESS_NS 500000U
void weft_mutex_set_fairness(uint64_t nanoseconds);
uint64_t weft_mutex_fairness(void);

/* The spin before sleeping, for a caller that reloads the lock between its steps. Zero-initialise one
 * for each time a thread starts to wait. */
typedef struct weft_backoff {
    int step;             /* pauses and yields so far */
    uint64_t spins_since; /* weft_backoff_yield: when the present spin began; 0: it has not */
} weft_backoff;

/* Pauses, longer each time: about 2 microseconds in all on an AMD Zen 4, a tenth of that where a
 * pause is one cycle. False, without a pause, when the thread has spun enough and should sleep. */
bool weft_backoff_pause(weft_backoff *backoff);

/* As weft_backoff_pause, with three pauses only, of about 1, 2 and 4 microseconds on an AMD Zen 5: whoever
 * holds the lock, or comes by, has the word's cache line to itself meanwhile. For locks whose word changes
 * with each lock and unlock of many owners, as readers of a read-write lock. */
bool weft_backoff_stand_back(weft_backoff *backoff);

/* As weft_backoff_pause, with three pauses and then a few yields: more threads than processors then rotate
 * fast. Where yields let other threads run, it stays away from the lock for some microseconds behind each. While
 * they find nobody else to run, as they do where each thread has a processor of its own, the thread spins for
 * WEFT_SPIN_NS before each. For locks whose holders are the ones to be waited for: a yield among threads that
 * never wait, as readers of a read-write lock, costs a time slice. */
bool weft_backoff_yield(weft_backoff *backoff);

/* Whether weft_backoff_yield has spun enough, or yields next where yields let other threads run: this wait is no short one. */
bool weft_backoff_is_long(const weft_backoff *backoff);

WEFT_END_DECLS

#endif /* WEFT_LOCK_H */
