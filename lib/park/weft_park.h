/* weft_park.h: block a thread on any address, with no memory in the object it waits for.
 *
 * What it is for. A lock, an event or a queue that keeps one or two bits of state in the object and
 * nothing else: the queue of sleeping threads lives here, in one table for the process, found by
 * the object's address. When not to use it: to wait for another process, or for a condition that
 * nobody announces by an unpark.
 *
 *     // a one-shot gate: 0 closed, 1 closed and somebody sleeps, 2 open
 *     void wait(weft_atomic_u8 *gate) {
 *         uint8_t seen = 0;
 *         weft_cas_relaxed_u8(gate, &seen, 1);
 *         weft_park_request request = {.address = gate, .size = 1, .mask = 0xff, .expected = 1,
 *                                      .deadline = WEFT_WAIT_FOREVER};
 *         while (weft_load_acquire_u8(gate) != 2) { weft_park(&request, NULL); }
 *     }
 *     void open(weft_atomic_u8 *gate) {
 *         if (weft_exchange_release_u8(gate, 2) == 1) { weft_unpark_all(gate, NULL, NULL); }
 *     }
 *
 * How it works. A fixed table of buckets; an address hashes to one; a bucket has a lock of its own
 * on its own cache line and holds one FIFO queue per address. park() compares the word with what
 * the caller expects while it holds the bucket's lock, and queues; unpark runs its callback under
 * the same lock. So:
 *     Invariant. If a word is changed only (a) by somebody who then unparks its address, or (b) in
 *     an unpark or abandon callback, no waiter sleeps on a value that nobody will announce.
 *
 * Waiter states (word `signal` of the wait record)
 *     WAITING   queued, or taken from the queue and about to be woken      set by the waiter
 *     WOKEN     taken from the queue; the record is the waiter's again     set by the unparker
 *     POKED     an interrupt wants the waiter to look around               WAITING -> POKED by raise,
 *                                                                          POKED -> WAITING by the
 *                                                                          waiter
 *
 * Rules
 *   - Wait records come from pages that are never unmapped, and are reused: a woken thread may have
 *     gone before the system call that woke it has looked at the word. A record's next user may
 *     see a spurious wake or poke, and tolerates it.
 *   - No memory is allocated to park or unpark, but by the C library when the first park, unpark or
 *     sampled unlock of a process registers the handler for forks. More records come straight from the operating
 *     system when more threads sleep at once than ever before; if it has none, park() naps for a
 *     millisecond, detached, and returns WEFT_PARK_MISMATCH (or TIMEOUT, or INTERRUPTED after a
 *     raise): slow, and correct.
 *   - Callbacks run under a bucket's lock: they touch the word and nothing else. They neither
 *     block, nor park, nor unpark, nor call the host.
 *   - Fork: the child starts with an empty table, and with all hints set until the heavy fence is
 *     registered anew. Threads that slept are gone; a word that says somebody sleeps is corrected by the
 *     next unpark, which finds nobody.
 *   - Signals: none of these functions is async-signal-safe but weft_interrupt_raise.
 *
 * Not promised. That the word is still as its unparker left it when the thread returns; an order among threads
 * that were woken together; fairness between addresses.
 *
 * Source. Futex and WebKit's ParkingLot (Filip Pizlo, "Locking in WebKit", 2016) for the idea of a
 * table of queues beside one-byte locks; the queue per address, the growth without allocation and
 * the interrupt are ours.
 */
#ifndef WEFT_PARK_H
#define WEFT_PARK_H

#include "weft_atomic.h"
#include "weft_wait.h"

WEFT_BEGIN_DECLS

/* How a park ended. */
typedef enum weft_park_result {
    WEFT_PARK_WOKEN = 0,       /* an unpark took this thread from the queue */
    WEFT_PARK_MISMATCH = 1,    /* the word was not as expected: look at it again */
    WEFT_PARK_TIMEOUT = 2,     /* the deadline has passed */
    WEFT_PARK_INTERRUPTED = 3, /* a signal or weft_interrupt_raise, for an interruptible request */
    WEFT_PARK_REFUSED = 4      /* woken with a token, but the thread's world is stopping: the token
                                * went to the request's refuse callback */
} weft_park_result;

/* A way for other threads, and for signal handlers, to end one thread's interruptible wait. Zero is
 * a valid value. One thread waits with it at a time. It must outlive every raise. */
typedef struct weft_interrupt {
    weft_atomic_ptr waiter; /* the wait record of the thread that sleeps with it, or NULL */
    weft_atomic_u32 raised; /* not 0: the next wait ends at once */
} weft_interrupt;

typedef struct weft_park_request weft_park_request;

/* What a thread waits for. Members left zero have the meaning given.
 *
 * address      the key; also where the word is.
 * size         of the word: 1, 2, 4 or 8 bytes; 0: no comparison.
 * mask, expected   park only if (word & mask) == expected. Compared under the bucket's lock by a
 *              relaxed load: the lock orders it against callbacks; a caller that needs more order
 *              loads the word again after the return.
 * deadline     weft_now_ns() time, or WEFT_WAIT_FOREVER. 0 (the past) still queues and looks once.
 * since        when this thread began to wait, for fairness; shown to unpark callbacks.
 * tag          shown to weft_unpark_select's choice: what kind of waiter this is.
 * interruptible   a signal handler that ran during the sleep ends it, on the futex layer (Linux): the
 *              others cannot tell. `interrupt` (may be NULL) lets weft_interrupt_raise end it too, on all,
 *              without a window in which a raise is lost.
 * hinted       the word's owner may release it by a plain store as long as the address's hint is clear
 *              (see "Hints" below): sets the hint before the word is compared.
 * marked       this thread has marked the address's hint (weft_park_mark_busy): park unmarks it, before it attaches again, which
 *              may take long, or never end.
 * front        queue before the others: for a thread that was woken, lost the race for what it
 *              waits for, and keeps its place.
 * context      the runtime's thread, for the hook; NULL: the hook is asked for the current one.
 * argument     for the callbacks below, untouched.
 * queued       called once this thread is in the queue, without any lock: what happens after it
 *              cannot be missed. A condition variable releases its mutex here. Also called before a nap
 *              (see the Rules), whose return says to look again; not before any other MISMATCH.
 * abandon      called under the bucket's lock when this thread leaves the queue without having been
 *              unparked; `more` says whether others wait for the same address.
 * refuse       called when the thread was woken with a non-zero token and may not attach now: gives
 *              the token back (for a lock: unlocks it). */
struct weft_park_request {
    const void *address;
    uint64_t mask;
    uint64_t expected;
    uint64_t deadline;
    uint64_t since;
    uintptr_t tag;
    weft_interrupt *interrupt;
    void *context;
    void *argument;
    void (*queued)(const weft_park_request *request);
    void (*abandon)(const weft_park_request *request, bool more);
    void (*refuse)(const weft_park_request *request, uintptr_t token);
    uint8_t size;
    bool interruptible;
    bool hinted;
    bool marked;
    bool front;
};

/* Blocks the calling thread as the request says. May detach. *token (if token is not NULL) is what
 * the unpark callback returned, 0 unless the result is WEFT_PARK_WOKEN. What the unparker did
 * before its unpark happens before the return of WEFT_PARK_WOKEN. A size that is not 0, 1, 2, 4 or
 * 8 is fatal. Preserves errno. */
weft_park_result weft_park(const weft_park_request *request, uintptr_t *token);

/* What an unpark is about to do; given to its callback under the bucket's lock. */
typedef struct weft_unparked {
    size_t count;   /* threads that will be woken */
    bool more;      /* others remain parked on this address (not: in this bucket) */
    uint64_t since; /* the least `since` of the woken: not always the first's; 0 if none */
} weft_unparked;

/* Runs under the bucket's lock, exactly once per unpark, also when nobody waits; the value it
 * returns is the token of every thread that is woken. */
typedef uintptr_t (*weft_unpark_callback)(void *argument, const weft_unparked *unparked);

/* What a chooser says of a waiter. */
typedef enum weft_unpark_choice {
    WEFT_UNPARK_WAKE, /* take this waiter and look at the next */
    WEFT_UNPARK_SKIP, /* leave it queued and look at the next */
    WEFT_UNPARK_STOP  /* leave it and all behind it */
} weft_unpark_choice;

/* Runs under the bucket's lock for each waiter of the address, longest queued first. */
typedef weft_unpark_choice (*weft_unpark_chooser)(void *argument, uintptr_t tag);

/* Wakes the thread that has been queued longest on the address, all of them, or those the chooser
 * takes. `callback` may be NULL (token 0). Returns how many were woken. Never block beyond the
 * bucket's short lock, never detach. Callable from any thread. Preserve errno. */
size_t weft_unpark_one(const void *address, weft_unpark_callback callback, void *argument);
size_t weft_unpark_all(const void *address, weft_unpark_callback callback, void *argument);
size_t weft_unpark_select(const void *address, weft_unpark_chooser choose,
                          weft_unpark_callback callback, void *argument);

/* ---- hints: releasing a word without a read-modify-write ---------------------------------------
 *
 * A lock's word says by a bit that somebody sleeps, so its owner must not overwrite the word without
 * looking: an unlock is a read-modify-write. Unless the one who goes to sleep pays: each address has a
 * hint byte, by its hash. While the hint is CLEAR the owner may release by
 *
 *     load the word, and go the slow way unless it says that nobody waits;
 *     store the free value (release);  light fence;  load the hint;
 *     not CLEAR any more: weft_unpark_hinted, for the store may have covered a waiter's bit.
 *
 * and whoever parks (with `hinted`) sets the hint and runs a heavy fence before it compares the word.
 * docs/asymmetric-unlock.md has the argument.
 *
 *     hint    means                                              who changes it
 *     SET     release by read-modify-write. Also the initial     start, a quiet time: -> CLEAR
 *             state: nobody knows of a heavy fence yet           weft_park_set_asymmetric: -> NEVER, CLEAR
 *     CLEAR   release by store: no hinted waiter is queued on    a hinted waiter: -> SET, then the
 *             any address of this hint, and the heavy fence      heavy fence; too many of those: all
 *             works                                              -> SET, one fence; -> NEVER
 *     NEVER   as SET, and it does not become CLEAR by itself:    weft_park_set_asymmetric: -> CLEAR
 *             no heavy fence, or the host does not want it
 *     BUSY    as SET, and no release need look whether it may    who waits longer than a moment: SET ->
 *             be cleared: somebody waits                         BUSY, and BUSY -> SET when that is over;
 *                                                                all else as SET
 *
 *     All but BUSY under the lock of the one bucket that the hint's addresses share; changes of all hints
 *     hold every bucket's lock. BUSY by compare-and-swap, without any. In the child of a fork: -> SET, or NEVER as before.
 *
 *     Invariant. When a hinted waiter finds its hint not CLEAR under the bucket's lock, the heavy fence
 *     after the change to that state is over. While one is queued, its hint is not CLEAR.
 *
 * A hint stays SET until no waiter has been there for 10 ms, and more than 40 heavy fences in 0.1 s set
 * all hints for a second: each fence interrupts all processors that run this process. */
#ifndef WEFT_PARK_HINTS
#define WEFT_PARK_HINTS 4096U
#endif
enum { WEFT_HINT_SET = 0, WEFT_HINT_CLEAR = 1, WEFT_HINT_NEVER = 2, WEFT_HINT_BUSY = 3 };

#define WEFT_PARK_HASH_ UINT64_C(0x9E3779B97F4A7C15) /* 2^64 / the golden ratio */

#if !WEFT_WITHOUT_HINTS
extern weft_atomic_u8 weft_park_hints_[WEFT_PARK_HINTS];

/* The address's hint. Relaxed: the fences around it give the order. */
static inline uint8_t weft_park_hint(const void *address) {
    uint64_t product = (uint64_t)(uintptr_t)address * WEFT_PARK_HASH_;
    return weft_load_relaxed_u8(&weft_park_hints_[(product >> 32) & (WEFT_PARK_HINTS - 1)]);
}

/* As weft_unpark_one, for the longest queued hinted waiter of the address; `more` counts hinted ones
 * only. For a thread that does not own the word any more: the memory may have found another use, and
 * its waiters are then left alone. If none is queued, the callback must not touch it. */
size_t weft_unpark_hinted(const void *address, weft_unpark_callback callback, void *argument);

/* To be called after a release by read-modify-write of an address whose hint is SET, with nobody to
 * wake: now and then it looks whether the hint may be cleared. Does not touch the address. Takes the
 * bucket's short lock; the first time in a process it registers the handler for forks and the heavy fence, which
 * may take milliseconds where several threads run, with no lock of this module held. A host that minds calls
 * weft_park_decide early (lib/thread does), and so does an allocator that releases such words while it holds
 * another: the C library may allocate when the handler is registered. */
void weft_park_settle_hint(const void *address);

/* For who waits for such a word, spinning or about to sleep, more than a moment: marks the hint, if it is
 * SET, so that releases of its addresses do not call weft_park_settle_hint, which would be in vain and costs a tenth of a
 * section of 20 ns. True: this call has marked it, and the caller unmarks it when its wait is over, whatever became of that, or has
 * its park do so (`marked`). To be called again and again, for whoever had marked it may have unmarked it. Neither touches the
 * address. mark_busy may register the handler for forks, as weft_park_settle_hint. */
bool weft_park_mark_busy(const void *address);
void weft_park_unmark_busy(const void *address);

/* Switches the use of plain stores on or off, for the whole process, at any time. On: registers the
 * heavy fence now and clears the hints; false if there is none (then they are off). Off: symmetric
 * from here on, also in the children of a fork. A call's own heavy fences are not among those that are limited
 * (docs/asymmetric-unlock.md). Without a call: on as soon as a runtime is made (weft_thread.h) or locks have been used
 * a little. Compiled with -DWEFT_PARK_SYMMETRIC=1, and on layers without a heavy fence, always off. */
bool weft_park_set_asymmetric(bool wanted);

/* What the first releases do otherwise (weft_park_settle_hint), now; nothing if that has been decided. For who expects
 * threads and has one still: the heavy fence is registered in a microsecond then, not in milliseconds. */
void weft_park_decide(void);
#else
static inline void weft_park_decide(void) {}
static inline bool weft_park_mark_busy(const void *address) {
    (void)address;
    return false;
}
static inline void weft_park_unmark_busy(const void *address) {
    (void)address;
}
#endif

/* ---- interrupts --------------------------------------------------------------------------------
 *
 * Ends the wait of the thread that parks with this object, now or the next time it parks with it,
 * until weft_interrupt_clear. What the raiser did before is visible after the park's return.
 * Async-signal-safe on the futex and WaitOnAddress layers; on the pthread layer it takes a mutex.
 */
void weft_interrupt_raise(weft_interrupt *interrupt);

/* Takes a raise back; true if there was one. By the waiting thread, outside of a wait. */
bool weft_interrupt_clear(weft_interrupt *interrupt);

/* How a runtime takes part: the module that owns thread states plugs itself in here, and nothing
 * below it knows of them. All members are called without any lock of this module.
 *
 * current      the calling thread's context in the runtime it runs in now, or NULL: then the other
 *              members are not called.
 * enter        the thread is about to block: detach it.
 * try_leave    the thread was handed something (a lock): attach it if that needs no waiting. False
 *              means its world is stopping; nothing has changed.
 * leave        attach it, waiting as long as it takes.
 * may_detach   checked builds: called by every operation that might have blocked, also when it did
 *              not, so that a borrow that is held across one never goes unnoticed. */
typedef struct weft_park_hook {
    void *(*current)(void);
    void (*enter)(void *context);
    bool (*try_leave)(void *context);
    void (*leave)(void *context);
    void (*may_detach)(void *context);
} weft_park_hook;

/* Plugs the hook in, or out with NULL. `hook` must live as long as it is plugged in. While no
 * thread is parked. */
void weft_park_set_hook(const weft_park_hook *hook);

/* Called by whatever may block, before it tries. Nothing remains of it in an unchecked build. */
#if WEFT_CHECKED
void weft_park_may_detach(void);
#else
static inline void weft_park_may_detach(void) {}
#endif

/* A profiler's hook: called, without any lock held by this module, by a thread that had to wait for
 * a mutex, a recursive lock or a rwmutex, once it has it; who waits for a once, an event or a condition is not told of. NULL switches it off: then it costs slow paths one load.
 * Fast paths it never costs anything. Set it while no thread waits. */
typedef void (*weft_contention_hook)(void *argument, const void *address, uint64_t waited_ns);
void weft_park_set_contention_hook(weft_contention_hook hook, void *argument);

/* For locks: the time if somebody wants to know how long the wait takes, else 0; and the report,
 * which does nothing when `began` is 0. */
uint64_t weft_park_contention_begin(void);
void weft_park_contention_end(const void *address, uint64_t began);

/* The table as it is now, for tests and tuning. */
typedef struct weft_park_description {
    size_t buckets;        /* in use; the table doubles as more threads sleep at once */
    size_t waiters;        /* wait records ever taken; never shrinks */
    size_t bytes;          /* memory behind both */
    size_t clear_hints;    /* of WEFT_PARK_HINTS: plain stores release the addresses of these */
    uint64_t heavy_fences; /* since the start */
} weft_park_description;
void weft_park_describe(weft_park_description *description);

/* Events since the start, if the library is compiled with -DWEFT_STATISTICS=1; else all zero, and nothing is left of the
 * counting. What neither sleeps nor wakes never counts. Relaxed counters: exact once the threads that count have been
 * joined. */
typedef struct weft_park_statistics {
    uint64_t parks;      /* threads queued */
    uint64_t mismatches; /* found the word changed instead */
    uint64_t timeouts;   /* ended by the deadline */
    uint64_t interrupts; /* by a signal or weft_interrupt_raise */
    uint64_t refusals;   /* woken with a token that was given back */
    uint64_t unparks;    /* unpark calls */
    uint64_t wakes;      /* threads woken by them */
    uint64_t waits;      /* calls that blocked in the operating system, also spurious ones */
} weft_park_statistics;
void weft_park_get_statistics(weft_park_statistics *statistics);

/* For a host that forks without the C library (a raw system call): to be called in the child before
 * anything else of this library. After fork() it has run already; but a host whose own pthread_atfork
 * child handlers use locks of this library calls it first thing in them: handlers run in the order of
 * their registration, and this one is registered when a thread first has to wait. Twice does no harm. */
void weft_park_after_fork_child(void);

/* For other modules of this library: `child` runs in the child of every later fork. Cheap once it is
 * registered; tried again by the next call if memory was out. *state is zero before the first call
 * and belongs to these calls. May run the C library's allocator; whoever calls from inside of that
 * registration passes by. */
void weft_park_ensure_fork_handler_slow(weft_atomic_uptr *state, void (*child)(void));
static inline void weft_park_ensure_fork_handler(weft_atomic_uptr *state, void (*child)(void)) {
    /* Relaxed: orders nothing; fork itself does. 1: registered. */
    if (WEFT_UNLIKELY(weft_load_relaxed_uptr(state) != 1)) {
        weft_park_ensure_fork_handler_slow(state, child);
    }
}

WEFT_END_DECLS

#endif /* WEFT_PARK_H */
