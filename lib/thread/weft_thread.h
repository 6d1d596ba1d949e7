/* weft_thread.h: runtimes, their threads, and who may run at which moment.
 *
 * What it is for. A language runtime has to know which threads run its bytecode, to stop them all,
 * to act for one that sleeps, and to say when a thread no longer looks at anything. Each thread
 * has a slot here; it attaches to run, detaches around whatever blocks, and passes safepoints while
 * it runs. When not to use it: for plain C threads that only want locks (weft_mutex.h needs none
 * of this).
 *
 *     weft_runtime *runtime = weft_runtime_create(NULL);
 *     weft_thread *self;
 *     if (weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK &&
 *         weft_thread_attach(self) == WEFT_THREAD_OK) {
 *         while (bytecode()) { weft_thread_safepoint(self); }
 *         weft_thread_unregister(self);
 *     }
 *     weft_runtime_release(runtime);
 *
 * Companions: weft_world.h stops all threads of a runtime, weft_critical.h locks objects in
 * sections that blocking suspends, weft_gil.h lets only one thread of a runtime run at a time.
 *
 * The state word of a slot. Bits of one word, changed only by read-modify-write, so that two
 * parties never overwrite each other's bits.
 *
 *     bit            means                                       set by            cleared by
 *     ATTACHED       the thread runs runtime code                the thread        the thread
 *     SUSPENDED      it was attached and stopped at a            the thread        the thread
 *                    safepoint: it attaches again by itself
 *     FREE           the slot has no thread                      the thread        registration
 *     CLAIMED        somebody acts for the thread                the claimant      the claimant
 *     STOP           the world is stopping or stopped            the stopper       the stopper
 *     PENDING        work was queued for the thread              anybody           who will do it
 *     WANTS_ATTACH   the thread sleeps on this word: whoever     the thread        the thread
 *                    clears STOP or CLAIMED wakes it; no new
 *                    claim succeeds
 *     GONE           the runtime was closed: no attach any more  the closer        unregistration
 *     DROP_GIL       somebody has waited an interval for it      a waiter          the thread
 *     LAYERS         breaks of the modules above (4 bits)        the module        the module
 *     HOST           breaks of the host (16 bits)                anybody           the safepoint
 *
 *     ATTACHED SUSPENDED FREE CLAIMED   state       leaves it by
 *     0        0         0    0         DETACHED    attach -> ATTACHED      needs STOP, GONE clear
 *                                                   claim -> DETACHED CLAIMED
 *                                                             needs WANTS_ATTACH clear
 *     0        0         0    1         DETACHED,   unclaim -> DETACHED     needs PENDING clear
 *                                       claimed
 *     1        0         0    0         ATTACHED    detach -> DETACHED      needs PENDING clear
 *                                                   safepoint under STOP -> SUSPENDED, the same
 *                                                   unregister -> FREE      the same, and no STOP
 *     0        1         0    0         SUSPENDED   attach -> ATTACHED      needs STOP, GONE clear
 *                                                   GONE -> DETACHED
 *     0        0         1    0         FREE        register -> DETACHED
 *                                                   claim -> FREE CLAIMED
 *     0        0         1    1         FREE,       unclaim -> FREE         needs PENDING clear
 *                                       claimed     register -> DETACHED, claimed
 *     all others                        illegal; a SUSPENDED slot that is GONE is as good as DETACHED
 *     STOP, PENDING and the lower lines of the first table go with any of these, except that
 *     STOP does not go with FREE, and a runtime's slots get and lose it under its list's lock.
 *
 *     The break word is the same word: while nothing is asked of an attached thread it is exactly
 *     ATTACHED, so a safepoint is one relaxed load and a comparison.
 *
 * Rules
 *   - Push work, then set PENDING (weft_thread_post does); clear PENDING, then take the work. No
 *     transition to DETACHED, SUSPENDED, FREE or unclaimed succeeds while PENDING is set, so the
 *     one who was responsible when it was set does the work.
 *   - A claimant drains counts only: it runs no host code, allocates nothing, takes no lock,
 *     reaches no safepoint before it releases the claim. So claims are short, an attach that finds
 *     one waits, and no claim is left when a world has stopped.
 *   - The world never stops for the slot table: it grows by chunks that never move.
 *   - Slots are never unmapped. A wake or a kick that comes late finds a slot, at worst another
 *     thread's, which tolerates it.
 *   - Attach re-reads everything after it slept: the world may have been stopped and the GIL
 *     switched on or off meanwhile.
 *
 * One thread, several runtimes. An operating-system thread may be registered in any number of
 * runtimes and is attached in at most one at a time. A slot belongs to the thread that registered
 * it.
 *
 * Ids. 16 bits, 1 to 65533, unique in the process: lib/ref needs three values that are no ids. When a thread has gone its
 * id goes to the next thread *of the same runtime*, which inherits the objects biased to it; the list's lock orders the
 * two. The ids of a runtime that is gone go to any. Threads beyond the limit have id 0, and work.
 *
 * Thread exit. A thread that ends without unregistering is unregistered by a thread-exit
 * destructor, attached or not; not on Windows, where a thread has to unregister before it ends. Ending attached inside a critical section is fatal, since the record
 * that says what is locked was on the stack that is gone; so is ending inside a world it has
 * stopped. The destructor comes after the first round of all others, which may use the runtime, also for the first time,
 * and register again later. Not in the last round that the system has (four as a rule), nor for the first time in the
 * one before: such a thread has to unregister by itself, or its slot stays, and keeps the runtime.
 *
 * Runtime gone. After weft_runtime_close other threads can no longer attach: weft_thread_attach and
 * weft_thread_ensure return WEFT_THREAD_CLOSED. A thread that attaches implicitly (it comes back from
 * a lock, or was stopped at a safepoint) has the `gone` hook called, and without one it sleeps for
 * ever, as there is nothing it may go back to. If the hook returns, the thread stays detached: its
 * critical sections hold nothing, safepoints say WEFT_THREAD_GONE, detach does nothing. The same holds where host
 * code that blocks was called by a hook of a layer: what called it goes no further for this thread. (Host code that comes
 * back detached though its runtime is not closed is misuse.) Slots stay valid until their thread unregisters, in
 * any order with the closing and the release of the runtime. A runtime's memory is reused, never
 * unmapped: weft_thread_ensure with a runtime that has been released by everybody returns CLOSED
 * until a new runtime takes the memory; to be sure, hold a reference (weft_runtime_retain).
 *
 * Misuse that ends in the host's fatal hook: attach when attached (in this or another runtime),
 * detach or safepoint when detached, a slot used by a thread that did not register it, unregister
 * with critical sections held or inside a world one has stopped, release of a guard out of order; in a world that
 * one has stopped also register, fork, and the making and the end of any runtime, which wait for locks that such
 * a thread or another stopper has; a fork that is told of no slot by a thread that is attached; host code called by a
 * layer (a callback of lib/qsbr, a finalizer) that comes back detached.
 *
 * Fork. weft_thread_before_fork stops all worlds; in the child only the forking thread's slots
 * remain, the others are FREE, claims are cleared, and no object is locked by a section of a thread
 * that is gone. Plain mutexes that such threads held are the host's to reinitialise. A runtime may be closed while
 * before_fork waits: then the parent goes the way of an implicit attach when it lets the worlds go on (the `gone`
 * hook, or sleep); so does the child, but that without the hook it goes on detached, as nobody is left who
 * would end it in its sleep.
 *
 * Signals. weft_thread_break and the host's kick are async-signal-safe, nothing else is.
 *
 * Not promised. Fairness among threads that attach at once; which id a thread gets; that the world can be stopped
 * while a thread runs attached and passes no safepoint.
 *
 * Cost (x86-64): safepoint one load and compare; attach and detach one RMW each plus the hooks of
 * the layers; register and unregister one lock.
 *
 * Source. The attach / detach / suspend states and stopping by them: CPython's free-threaded build
 * (Sam Gross, PEP 703); claims, the pending rule, and waiting without an interval are ours.
 */
#ifndef WEFT_THREAD_H
#define WEFT_THREAD_H

#include "weft_atomic.h"
#include "weft_mutex.h"
#include "weft_park.h"

WEFT_BEGIN_DECLS

typedef struct weft_thread weft_thread;
typedef struct weft_runtime weft_runtime;

/* ---- the state word ------------------------------------------------------------------------ */

#define WEFT_THREAD_ATTACHED 0x1U
#define WEFT_THREAD_SUSPENDED 0x2U
#define WEFT_THREAD_FREE 0x4U
#define WEFT_THREAD_CLAIMED 0x8U
#define WEFT_THREAD_STOP 0x10U
#define WEFT_THREAD_PENDING 0x20U
#define WEFT_THREAD_WANTS_ATTACH 0x40U
#define WEFT_THREAD_GONE 0x80U
#define WEFT_THREAD_DROP_GIL 0x100U
/* One break bit for each layer (see weft_thread_layer). */
#define WEFT_BREAK_LAYERS 0xF000U
#define WEFT_BREAK_LAYER(area) (0x1000U << (area))
/* lib/qsbr: retired memory is over a budget, and its debt is due. */
#define WEFT_BREAK_THROTTLE WEFT_BREAK_LAYER(WEFT_AREA_QSBR)
/* For the host: signals, a wanted collection, an asynchronous exception. */
#define WEFT_BREAK_HOST 0xFFFF0000U
#define WEFT_BREAK_HOST_SHIFT 16

/* ---- slots --------------------------------------------------------------------------------- */

/* Areas: memory in each slot and each runtime for the modules above, each on cache lines of its
 * own. Zero when the slot or runtime is first made; not touched when a slot is reused, so that what
 * an exited thread left can be found there. */
enum {
    WEFT_AREA_QSBR = 0,
    WEFT_AREA_REF = 1,
    WEFT_AREA_DOMAIN = 2, /* of lib/qsbr: a host's own domain, weft_qsbr_use */
    WEFT_AREA_HOST = 3,
    WEFT_AREA_COUNT = 4
};
#define WEFT_THREAD_AREA_BYTES (WEFT_CACHE_LINE > 128 ? WEFT_CACHE_LINE : 128)
#define WEFT_RUNTIME_AREA_BYTES 256

/* An area, in a slot and in a runtime. */
typedef struct weft_thread_area {
    unsigned char bytes[WEFT_THREAD_AREA_BYTES];
} WEFT_ALIGNED(WEFT_CACHE_LINE) weft_thread_area;

/* As weft_thread_area. */
typedef struct weft_runtime_area {
    unsigned char bytes[WEFT_RUNTIME_AREA_BYTES];
} WEFT_ALIGNED(WEFT_CACHE_LINE) weft_runtime_area;

/* Of a thread that came when all ids were taken; and the largest id. */
#define WEFT_NO_ID 0U
#define WEFT_MAX_ID 0xFFFDU

/* A slot. Read it through the functions below; the members are here for inlining. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): who writes a field chooses its line. */
struct weft_thread {
    /* First line: written by others when they ask something of this thread. */
    weft_atomic_u32 state;
    uint16_t id;             /* for the slot's life */
    uint32_t index;          /* for the slot's life: see weft_thread_slot */
    weft_atomic_ptr runtime; /* while FREE: the runtime the slot is reserved for, or NULL */
    weft_atomic_ptr host; /* what the host calls this thread; a late kick may read the next one's */
    const void *owner;    /* tells operating-system threads apart */

    /* Second line: this thread's own. */
    struct weft_critical *section WEFT_ALIGNED(WEFT_CACHE_LINE); /* the innermost section */
    weft_atomic_ptr waits_for; /* the object that a section waits for; read in a forked child */
    weft_thread *next_here;    /* the next slot of this operating-system thread */
    uint32_t ensured;          /* guards that count on this slot */
    bool holds_gil;
    bool world_stopped; /* by this thread: it is between stop and resume */
    bool unhooked;      /* short locks of this module do not detach it */
    bool leaving;       /* it unregisters: if the runtime is gone, so much the better */

    /* Third line: linked under the runtime's list lock (next, previous) or a free list's. */
    weft_thread *next WEFT_ALIGNED(WEFT_CACHE_LINE);
    weft_thread *previous;
    weft_thread *gil_next; /* under the GIL's lock */
    uint64_t gil_since;
    weft_atomic_u32 gil_signal;

    weft_thread_area areas[WEFT_AREA_COUNT]; /* see weft_thread_area_of */
};

WEFT_STATIC_ASSERT(sizeof(weft_thread) % WEFT_CACHE_LINE == 0,
                   "slots of different threads share no cache line");

/* A layer's memory in a slot, in a runtime. The layer asserts that its struct fits. */
static inline void *weft_thread_area_of(weft_thread *thread, unsigned area) {
    return thread->areas[area].bytes;
}
static inline void *weft_runtime_area_of(weft_runtime *runtime, unsigned area);

/* ---- runtimes ------------------------------------------------------------------------------ */

/* What a host may choose. All zero is a valid configuration.
 *
 * host           the host's pointer for the runtime, untouched.
 * gone           called by a thread that attaches implicitly when the runtime has been closed, in
 *                place of sleeping for ever; the thread is detached. May end the thread or jump. If
 *                it returns, the safepoint or the lock call returns, and the thread stays detached.
 *                Where it was the library that called what blocked (a callback of lib/qsbr, a finalizer), it has to return.
 * gil            start with the GIL on.
 * gil_interval   nanoseconds after which a waiting thread asks for the GIL; 0: WEFT_GIL_INTERVAL_NS.
 */
typedef struct weft_runtime_config {
    void *host;
    void (*gone)(weft_thread *self);
    uint64_t gil_interval;
    bool gil;
} weft_runtime_config;

struct weft_runtime {
    /* The list's lock: held for a moment by register and unregister, and from stop to resume by who
     * stops the world. So in a stopped world the list does not change, and a lock is all it takes
     * to keep two from stopping at once. */
    weft_mutex list_lock;
    bool closed;                /* under list_lock */
    weft_thread *threads;       /* under list_lock */
    weft_thread *free_slots[2]; /* under list_lock: with an id, without */
    weft_atomic_u32 references; /* one per registered thread, one for each retain; 0: no runtime */
    weft_atomic_u32 running;    /* threads a stop still waits for; see weft_world.c */
    weft_runtime *next;         /* in the process's list, under its lock */
    weft_runtime_config config;

    struct {
        /* Read by every attach: on a line that seldom changes. */
        weft_atomic_u32 on WEFT_ALIGNED(WEFT_CACHE_LINE); /* changed in a stopped world */
        weft_atomic_u64 interval;
        weft_atomic_u32 word WEFT_ALIGNED(WEFT_CACHE_LINE); /* see weft_gil.h */
        weft_atomic_ptr holder;
        weft_atomic_u64 switches;
        weft_mutex lock; /* guards the queue, and when the lock was last handed over */
        uint64_t handed_at;
        weft_thread *first;
        weft_thread *last;
        uint32_t queued;
    } gil;

    weft_runtime_area areas[WEFT_AREA_COUNT]; /* see weft_runtime_area_of */
};

static inline void *weft_runtime_area_of(weft_runtime *runtime, unsigned area) {
    return runtime->areas[area].bytes;
}

/* Makes a runtime; the caller holds one reference. `config` may be NULL and is copied. The first one best before the
 * process has threads: it registers what locks need from the system (weft_park_decide), as weft_thread_after_fork_child does
 * for the child of a fork. NULL when
 * memory is out. May detach (from another runtime). Fatal inside a world that this thread has stopped. */
weft_runtime *weft_runtime_create(const weft_runtime_config *config) WEFT_WARN_UNUSED;

/* Takes and drops a reference. The last one, counting those of registered threads, gives the
 * runtime's memory and its threads' ids back for reuse. retain needs a reference that somebody
 * holds. release may detach. Releasing more often than retained is fatal, and the last release inside a world that
 * this thread has stopped. */
void weft_runtime_retain(weft_runtime *runtime);
void weft_runtime_release(weft_runtime *runtime);

/* Ends the runtime for all threads but the calling one: stops the world, marks the other slots GONE
 * and lets their threads go. From then on nobody registers or attaches; the caller may still attach
 * and detach until it unregisters. Closing twice is allowed. Attached; may detach. */
void weft_runtime_close(weft_thread *self);

/* ---- registering, attaching, safepoints ----------------------------------------------------- */

/* How an operation ended. Zero is success. */
typedef enum weft_thread_result {
    WEFT_THREAD_OK = 0,
    WEFT_THREAD_NO_MEMORY = 1, /* nothing has changed */
    WEFT_THREAD_CLOSED = 2     /* the runtime has been closed; nothing has changed */
} weft_thread_result;

/* Gives the calling thread a slot, detached. `host` is what the host's kick gets to know this
 * thread by. WEFT_THREAD_NO_MEMORY or _CLOSED: *self is NULL; NO_MEMORY also if the system has nothing left to see
 * the thread's end by. Waits while the runtime's world is stopped; may detach (from another runtime). A thread may
 * have several slots in one runtime. Fatal inside a world that this thread has stopped.
 *
 * `host` outlives the slot: a kick may be under way while the thread unregisters, and come later. Other threads of the
 * runtime kick, and who calls weft_thread_break or weft_thread_post. So what it points to must not be freed before the runtime
 * has gone, or all others that were registered in it when this one unregistered have unregistered as
 * well; a host that frees earlier registers a number, or a record that it uses again. */
weft_thread_result weft_thread_register(weft_runtime *runtime, void *host,
                                        weft_thread **self) WEFT_WARN_UNUSED;

/* Gives the slot back, from any state: a detached thread attaches first, if the runtime is not
 * closed. Runs the layers' exit hooks. Fatal with critical sections held, inside a world this
 * thread has stopped, or while a guard counts on the slot. Waits while the world is stopped. */
void weft_thread_unregister(weft_thread *self);

/* Attaches: waits for a stopped world, a claimant and the GIL. WEFT_THREAD_OK, or
 * WEFT_THREAD_CLOSED: still detached. What a stopper or a claimant did before is visible.
 * Restores the innermost critical section. Sequentially consistent: the thread is seen as attached
 * before anything that it reads so; with lib/qsbr, which has a fence there, before anything it reads. Fatal when this
 * thread is attached already, here or elsewhere. */
weft_thread_result weft_thread_attach(weft_thread *self) WEFT_WARN_UNUSED;

/* Detaches: from here to the next attach the thread touches nothing of the runtime. Releases all
 * its critical sections and the GIL. Never waits but for short locks. Fatal when detached. What the
 * thread did is visible to who claims the slot or stops the world. */
void weft_thread_detach(weft_thread *self);

/* Slow path of the safepoint, not called by users. */
uint32_t weft_thread_safepoint_slow(weft_thread *self);

/* To be passed often, e.g. at backward jumps and calls: stops here for a stopped world, hands the
 * GIL over, does pending work. May detach. Returns the host's break bits that were set, and clears
 * them; WEFT_THREAD_GONE if the runtime has been closed and the thread is detached for good. Cost:
 * one relaxed load of the thread's own word, one comparison. */
static inline uint32_t weft_thread_safepoint(weft_thread *self) {
    weft_park_may_detach();
    /* Relaxed: a request is seen soon; the slow path reads again, in order. */
    if (WEFT_LIKELY(weft_load_relaxed_u32(&self->state) == WEFT_THREAD_ATTACHED)) {
        return 0;
    }
    return weft_thread_safepoint_slow(self);
}

/* Whether the calling thread's next safepoint has something to do. Behind a safepoint: whether that left something for later, as in a
 * critical section, or above a budget while a reader holds up what was retired. */
static inline bool weft_thread_is_asked(const weft_thread *self) {
    /* Relaxed: as in weft_thread_safepoint. */
    return weft_load_relaxed_u32(&self->state) != WEFT_THREAD_ATTACHED;
}

/* Sets break bits (of WEFT_BREAK_HOST or WEFT_BREAK_LAYERS) in a thread's word and kicks it if it
 * is attached. By any thread. Async-signal-safe, if the kick is. Release: what was written before
 * is visible to who finds the bit. */
void weft_thread_break(weft_thread *thread, uint32_t bits);

/* Takes break bits back; returns those that were set. Acquire. */
static inline uint32_t weft_thread_clear_break(weft_thread *thread, uint32_t bits) {
    /* Acquire: pairs with the release in weft_thread_break. */
    return weft_fetch_and_acquire_u32(&thread->state, ~bits) & bits;
}

/* The calling thread's attached slot, or NULL. One thread-local load. */
weft_thread *weft_thread_current(void);

/* The calling thread's slot in a runtime, attached or not, or NULL. */
weft_thread *weft_thread_of(const weft_runtime *runtime);

/* Of a slot: whether its thread is attached, its id, its runtime. */
static inline bool weft_thread_is_attached(const weft_thread *thread) {
    /* Relaxed: exact for the thread itself; for others it may be over already. */
    return (weft_load_relaxed_u32(&thread->state) & WEFT_THREAD_ATTACHED) != 0;
}
static inline uint16_t weft_thread_id(const weft_thread *thread) {
    return thread->id;
}
static inline weft_runtime *weft_thread_runtime(const weft_thread *thread) {
    /* Relaxed: the thread itself, or somebody who knows that it is registered, reads a value that
     * does not change. */
    return (weft_runtime *)weft_load_relaxed_ptr(&thread->runtime);
}

/* ---- foreign threads ------------------------------------------------------------------------ */

/* For a thread the runtime did not make, e.g. in a callback: attached, wherever it came from. */
typedef struct weft_thread_guard {
    weft_thread *thread;   /* the calling thread, attached in `runtime` */
    weft_thread *previous; /* attached before, in another runtime; NULL: none */
    bool attached;         /* by this guard */
} weft_thread_guard;

/* Makes sure that the calling thread is attached in `runtime`: registers it if it was not, detaches
 * it from another runtime if it is attached there, attaches it. Nests in any depth, also across
 * runtimes. On WEFT_THREAD_NO_MEMORY or WEFT_THREAD_CLOSED nothing has changed, and the guard
 * is not to be released. May detach. Fatal inside a world of another runtime that this thread has
 * stopped. */
weft_thread_result weft_thread_ensure(weft_runtime *runtime, void *host,
                                      weft_thread_guard *guard) WEFT_WARN_UNUSED;

/* Takes back what ensure did, in reverse order (else fatal). The slot stays registered until the
 * thread ends or unregisters it, so the next ensure is cheap. */
void weft_thread_release(weft_thread_guard *guard);

/* ---- claiming and pending work -------------------------------------------------------------- */

/* Tells the thread that work was queued for it; call it after the queueing. True: nobody is
 * responsible but the caller, who claims the slot (if that fails, somebody else has become
 * responsible). False: the thread (kicked) or its claimant will do the work. Never blocks. */
bool weft_thread_post(weft_thread *thread);

/* Claims a slot that is detached or free, so that the caller may act for its thread. False: it is
 * attached, about to be, suspended, or claimed. Acquire: what its thread did is visible. Never
 * blocks. The claimant is attached. */
bool weft_thread_try_claim(weft_thread *thread);

/* Takes PENDING: the caller now does the work that is queued. By the claimant, the thread, or the
 * stopper of its world. True if it was set. Acquire: pairs with weft_thread_post. */
static inline bool weft_thread_take_pending(weft_thread *thread) {
    return weft_thread_clear_break(thread, WEFT_THREAD_PENDING) != 0;
}

/* Releases the claim. False: PENDING is set again; take it, do the work, try again. */
bool weft_thread_try_unclaim(weft_thread *thread) WEFT_WARN_UNUSED;

/* ---- looking threads up --------------------------------------------------------------------- */

/* The slot with an id, or NULL if no thread ever had it. Never blocks; the slot may be FREE. */
weft_thread *weft_thread_by_id(uint16_t id);

/* Slots ever made in the process; they are numbered from 0 and stay for ever. Walk them without a
 * lock to look at state words and areas: a slot is made before the count says so (acquire). */
uint32_t weft_thread_slot_count(void);
weft_thread *weft_thread_slot(uint32_t index);

/* Ids above the limit are not given out to slots made from now on. For hosts that keep an owner in
 * fewer than 16 bits. The default, and the most, is WEFT_MAX_ID. At any time. */
void weft_thread_set_id_limit(uint16_t limit);

/* ---- layers: how the modules above take part ------------------------------------------------- */

/* Hooks of the module that owns an area. Each member may be NULL. They are called on the thread
 * itself unless it says otherwise; lower areas first, for detach, exit and orphan higher ones
 * first.
 *
 * birth        a slot was registered; it is not attached yet, and may be claimed by somebody who
 *              still drains what its last thread left: leave alone what a claimant touches. Under
 *              the list's lock.
 * attach       after the state has become ATTACHED, before anything else. Not to wait.
 * detach       before the state becomes DETACHED or SUSPENDED; maybe several times before it does.
 *              Neither waits nor runs host code: the thread may be queued for a lock.
 * pending      PENDING has been taken: do the work that was queued. `may_run_host` is false in the
 *              middle of a detach: counts only then, and what died waits for the next safepoint. Where this, safepoint
 *              or exit runs host code, the thread may come back detached from a closed runtime: the hooks of further
 *              layers are not called then, only their orphan.
 * safepoint    the layer's break bit is set. The layer clears it, or leaves it for later.
 * exit         the thread is about to unregister; attached. Maybe several times.
 * orphan       the slot is about to be freed without exit, or after an exit in vain: in the child of a fork, where its
 *              thread does not exist, or because its runtime is closed. Under the list's lock, not on an
 *              attached thread: no host code.
 * freed        the slot has left the runtime's list, after its exit or its orphan. Under the list's
 *              lock: who walks the list does not find it any more. No host code.
 * may_detach   checked builds: an operation that might block was called.
 * runtime_birth, runtime_end   a runtime was made, nobody knows it yet (false: out of memory, and
 *              the creation fails); its last reference has gone.
 * runtime_last   the last reference was dropped: no thread is registered, none can be. On
 *              whatever thread, without a lock: the place for host code that runtime_end is not.
 *              Not called for a runtime that only threads held which a fork left behind.
 * fork_child   in the child, once, after all orphans. */
typedef struct weft_thread_layer {
    void (*birth)(weft_thread *thread);
    void (*attach)(weft_thread *self);
    void (*detach)(weft_thread *self);
    void (*pending)(weft_thread *self, bool may_run_host);
    void (*safepoint)(weft_thread *self);
    void (*exit)(weft_thread *self);
    void (*orphan)(weft_thread *thread);
    void (*freed)(weft_thread *thread);
    void (*may_detach)(weft_thread *self);
    bool (*runtime_birth)(weft_runtime *runtime);
    void (*runtime_last)(weft_runtime *runtime);
    void (*runtime_end)(weft_runtime *runtime);
    void (*fork_child)(void);
} weft_thread_layer;

/* Plugs a layer in, or out with NULL. While no runtime exists: otherwise fatal. Plugging in what is
 * plugged in already does nothing, at any time. `layer` must live as long as it is plugged in. */
void weft_thread_set_layer(unsigned area, const weft_thread_layer *layer);

/* For layers, where host code that they called has come back, and no lock is held: fatal if it left the thread detached,
 * unless because the runtime was closed. */
void weft_thread_check_gone_(const weft_thread *self);

/* ---- fork ------------------------------------------------------------------------------------ */

/* Stops the worlds of all runtimes, so that a fork finds everything at rest. `self` is the calling
 * thread's attached slot, or NULL if it is attached nowhere (else fatal). Blocks; may detach. Fatal inside a world
 * that this thread has stopped. */
void weft_thread_before_fork(weft_thread *self);

/* In the parent, or if the fork failed: lets the worlds go on. Calls the `gone` hook, or sleeps for ever, if the
 * runtime was closed while weft_thread_before_fork waited. */
void weft_thread_after_fork_parent(weft_thread *self);

/* In the child, with what was given before: frees the slots of threads that do not exist here, and
 * lets the own ones go on. Before the child makes threads. Works also without weft_thread_before_fork, if the thread was not inside
 * this module; what other threads were doing is then lost in the middle. Calls the `gone` hook if the runtime was
 * closed while weft_thread_before_fork waited. */
void weft_thread_after_fork_child(weft_thread *self);

WEFT_END_DECLS

#endif /* WEFT_THREAD_H */
