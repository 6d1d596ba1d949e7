/* weft_qsbr.h: memory that readers may still look at is freed when none of them can.
 *
 * What it is for. A reader of a shared structure takes no lock and counts nothing; a writer unlinks
 * a node and retires it here; the node's callback, which frees it, runs when every attached thread
 * has since passed a quiescent state: a moment, said by the thread itself, at which it holds no
 * pointer that it read earlier. Reads cost nothing at all. When not to use it: where threads run
 * for long without such moments (retired memory piles up, up to the budgets below), or where a
 * pointer must outlive the next quiescent state (take a reference: weft_ref.h).
 *
 *     weft_qsbr_install();                         // once, before the first runtime is made
 *
 *     struct table { weft_qsbr_node node; ... };
 *     static void table_free(weft_thread *self, weft_qsbr_node *node) {
 *         weft_qsbr_free(node, sizeof(struct table), sizeof(void *));
 *     }
 *     old = weft_exchange_acq_rel_ptr(&current, new);             // a writer: unlink, then retire
 *     weft_qsbr_retire(self, &old->node, table_free, sizeof *old);
 *
 *     for (;;) { run_some_bytecode(); weft_thread_safepoint(self); weft_qsbr_quiescent(self); }
 *
 * How it works. The process has one write sequence, odd and rising by two. Each slot has the value
 * it has observed, 0 while its thread is detached. Retired nodes join the thread's open batch.
 * Closing a batch is one read-modify-write on the write sequence after every unlink in the batch;
 * what it yields is the batch's goal. A quiescent state copies the write sequence into the slot. A
 * poll finds the least value in the slots of attached threads and publishes it as the runtime's
 * read sequence; batches whose goal it has reached are run.
 *
 * Words
 *     write sequence   process; odd      any thread, by RMW (+2)
 *     observed         slot; 0: the      its thread: attach (seq_cst fence behind it), quiescent
 *                      thread reads      state (release), detach (release, 0); who takes the slot
 *                      nothing           off the list, under the list's lock (0)
 *     idle             slot; private     observed if there is nothing to do, else 0: a quiescent
 *                                        state compares the write sequence with it. To do: a backlog, what was
 *                                        handed over or staged, a barrier that it has not answered
 *     read sequence    runtime; odd      the one scanner, under the list's lock: a maximum
 *     flush            runtime           a barrier, by RMW (+1), before it advances the write sequence
 *     flushed          slot: the last    its thread, when it holds nothing that it retired before: quiescent state,
 *                      flush it has      safepoint, detach outside of callbacks (release); birth
 *                      answered
 *     away             slot: 1 while it  its thread: attach (0), detach and begin of a wait (1, release, behind what
 *                      need not answer   it hands over); birth, and who takes the slot off the list (1)
 *     running          slot: 1 while it  its thread: before the first callback, behind the last (release)
 *                      runs callbacks
 *
 *     A thread is   observed   by
 *     offline       0          detached; attached, but waiting here for others, or about to detach
 *     online        odd        attached; or detached inside a no-quiesce scope, when it keeps the
 *                              value it had
 *
 * A batch is   where                                   until
 *     open     slot; no goal                           it is full, close or poll closes it; detach, exit: handed over
 *     closed   slot, two of them, goals rising         its goal is reached; detach, exit: handed over
 *     handed   runtime, `incoming`; no goal            a scan stages it
 *     staged   runtime, one at a time; goal            its goal is reached: some thread runs it
 *     running  a thread's stack, one at a time         its callbacks have returned; the runtime is closed while
 *                                                      one of them is detached: the others are handed over
 *
 * Rules
 *   - No goal comes from a load of the write sequence. A load may be older than the unlink as others
 *     see it: a reader that has observed the loaded value might still find the node. The RMW
 *     releases, and who observes its value, or a later one, acquires (all RMWs of the word are one release
 *     sequence): so that thread sees every unlink before it. The RMW need not acquire: who takes a goal reads nothing by it,
 *     and what others have unlinked before theirs they hand over by release (incoming).
 *   - Retire neither blocks, detaches, frees, nor ends a borrow. When its batch is full it closes it,
 *     or leaves that to the next safepoint (below), and sets THROTTLE in the thread's break word: the debt is paid at the next safepoint that is
 *     outside critical sections, no-quiesce scopes, callbacks and stopped worlds. Such a safepoint
 *     is a quiescent state. If there are two closed batches and the second is due as far as is known, the third is left
 *     open until that safepoint, or the next quiescent state, has run them, or as much again is retired: put with the second it
 *     would take that into its own grace period. It leaves THROTTLE set if a batch of its own is closed, and another thread's scan was
 *     in the way or too much waits (then without another kick, and a safepoint that finds nothing new costs some loads
 *     more): so a host that passes safepoints only frees as well. Below the budgets
 *     what a reader still holds up then waits for the next full batch.
 *   - A barrier asks each thread that is there and has not answered, at each of its looks: who was away at the last one
 *     may have come back.
 *   - A thread that finds itself the only one online runs its whole backlog at its next quiescent
 *     state. It looks at the others under the list's lock, behind a seq_cst fence that comes after
 *     its last unlink and pairs with the fence of attach: a thread that it does not see reads
 *     nothing that it has unlinked.
 *   - The list of threads is walked under its lock, by one scanner at a time. Before that the thread
 *     that lagged last is looked at alone: slots are never unmapped, so that needs no lock.
 *   - No lock of the library is held while a callback runs. Callbacks may retire, block and detach;
 *     they must not leave by longjmp or an exception, nor end their thread. If the runtime is closed while one of them is
 *     detached, it comes back detached (or the `gone` hook returns), and what is behind it in its batch is run by
 *     another thread. A `gone` hook that does not return from there, and the sleep without one, lose
 *     the batch, and barriers wait until the thread has unregistered.
 *
 * Bounds. A full batch (weft_qsbr_set_batch) is closed, at the next safepoint or quiescent state at the latest, and before
 * that when what came behind it would fill another; its bytes are pending as soon as it is full. Over the runtime's soft budget, or its hard cap, every scan
 * kicks the threads that lag. Over the hard cap a thread waits, detached, at its safepoint until it
 * is below. Whoever closes a batch, hands one over or attaches while the cap is exceeded owes that
 * wait (THROTTLE): so never more is retired than the cap, plus for each thread what it retires
 * between two safepoints and a batch that is not full yet. A thread that attaches, retires and
 * detaches for ever without passing a safepoint is between two safepoints all that time. A thread
 * that waits inside a no-quiesce scope of its own keeps grace periods from ending: do not block in
 * one. A grace period that does not end is reported (weft_qsbr_stall).
 *
 * Thread exit, fork, the end. A thread that exits runs what it can if it is alone, else hands its
 * backlog to the runtime, where any thread's scan finds it. What is left when a runtime's last
 * reference goes is run then, with NULL for the thread. In the child of a fork the backlogs of
 * threads that do not exist there go to the runtime; the batch whose callbacks one of them was
 * running at that moment is lost to the child, the callbacks that had not begun included. A host's grace period
 * that is under way goes on there if the host's domain does. If one of them was inside `begin`, which weft_thread_before_fork
 * prevents, it counts as begun.
 *
 * Not promised. An order between callbacks, but that one thread's nodes of one batch run as they
 * were retired. Which thread runs a callback. That a callback runs if no thread attaches any more. On
 * 32-bit machines: that a runtime may stay without a scan, or a thread attached without a quiescent
 * state, while other runtimes close 2^30 batches.
 *
 * Cost: a quiescent state with nothing to do is one load of the write sequence, one of the slot and
 * a comparison. A retire is six stores or so. Attach adds a store and a fence, detach a store.
 *
 * Source. QSBR: Hart, McKenney, Brown, Walpole, "Performance of Memory Reclamation for Lockless
 * Synchronization" (2007); the sequence per slot as in FreeBSD's SMR and CPython's QSBR; closing by
 * RMW, handing over, and the budgets are ours.
 */
#ifndef WEFT_QSBR_H
#define WEFT_QSBR_H

#include "weft_thread.h"

WEFT_BEGIN_DECLS

/* Part of what is retired. Its memory is the user's until retire, and from the callback on. */
typedef struct weft_qsbr_node weft_qsbr_node;

/* Runs after the grace period; frees. `self` is the thread that runs it, attached, outside critical
 * sections and no-quiesce scopes; NULL when the runtime's last reference has gone. */
typedef void (*weft_qsbr_callback)(weft_thread *self, weft_qsbr_node *node);

struct weft_qsbr_node {
    weft_qsbr_node *next;        /* of the batch */
    weft_qsbr_callback callback; /* given to retire */
};

/* Makes QSBR part of every runtime made from now on. Before the first one; again does nothing. */
void weft_qsbr_install(void);

/* ---- a host's own domain ---------------------------------------------------------------------- */

/* Readers outside of weft. A host that frees memory by a scheme of its own (liburcu, Concurrency
 * Kit's epochs: adapters/) may hold pointers into weft's containers for as long as that scheme
 * allows, also in threads that weft does not know. With a domain no callback runs before a grace
 * period of the host's has passed, too, one that began after the retire; nor because a thread is
 * the only one online. At most one such grace period is under way in the process; it covers what
 * every thread of every runtime has closed when it begins.
 *
 * The functions are called with `argument`. `word` is the domain's own, one for each slot of a
 * thread: NULL when a slot is new, and as the domain left it when the slot's next thread gets it. */
typedef struct weft_qsbr_foreign {
    void *argument;
    /* The calling thread may read from now on; does not any more. From online to offline each grace
     * period that begins waits for it. For each runtime it is attached to: nests. Inside a
     * no-quiesce scope a thread stays online while it is detached. */
    void (*online)(void *argument, void **word);
    void (*offline)(void *argument, void **word);
    /* In the child of a fork, in place of offline, for each thread that was online and does not exist
     * there. By whoever forked, with locks of the library's held: must not call weft. With weft_thread_before_fork only
     * threads inside no-quiesce scopes are online then; without, one may be caught inside `offline` or `quiescent`. NULL if there is
     * nothing to be done. */
    void (*lost)(void *argument, void **word);
    /* A quiescent state of the calling thread, online: at each one of weft's while a grace period
     * is under way, or the host waits for one of its own (weft_qsbr_foreign_wait_begin), else
     * seldom. It ends what the calling thread has borrowed in all runtimes. */
    void (*quiescent)(void *argument, void **word);
    /* Begins a grace period, at whose end weft_qsbr_foreign_ended has to be called, by any thread,
     * not inside `begin`. With a lock of the runtime's held: must not block for long, nor wait
     * for a grace period. One at a time. */
    void (*begin)(void *argument);
    /* May bring the end nearer; by whoever waits for it, also offline, under the same lock as `begin`.
     * NULL if nobody's help is needed. */
    void (*poll)(void *argument);
    /* Returns after a whole grace period. When a runtime ends; the calling thread may be online by
     * another, and then this is a quiescent state of it. */
    void (*synchronize)(void *argument);
} weft_qsbr_foreign;

/* From now on grace periods are also those of `foreign`, which is not copied. Before the first
 * runtime is made; fatal later, and a second time with another domain. */
void weft_qsbr_use(const weft_qsbr_foreign *foreign);

/* By a foreign domain: the grace period that `begin` began has ended. Does not block. */
void weft_qsbr_foreign_ended(void);

/* Around a wait of the host's for a grace period of its own, with which weft has nothing to do.
 * Between them quiescent states of weft's threads are the host's, too: without that, a thread that is attached
 * and has nothing to free would hold the host up until it detaches. Threads that pass safepoints only are not
 * asked. By any thread, also one that weft does not know, but the wait itself by one that is offline, if the host's scheme
 * waits for the caller, too; from where the host asks for the grace period to where it has ended, which may be
 * on another thread (as with call_rcu). Nest, and do not block. End without begin is fatal. In the child of
 * a fork the waits of threads that do not exist there go on, and cost what a pass costs. */
void weft_qsbr_foreign_wait_begin(void);
void weft_qsbr_foreign_wait_end(void);

/* ---- the slot's part, here for inlining ----------------------------------------------------- */

typedef struct weft_qsbr_open {
    weft_qsbr_node *head;
    weft_qsbr_node **tail; /* where the next node goes; NULL: &head, of a slot not used yet */
    size_t bytes;
    size_t counted; /* of these, in `pending`: not 0 if a full batch was left open */
} weft_qsbr_open;

typedef struct weft_qsbr_closed {
    weft_qsbr_node *head;
    weft_qsbr_node **tail;
    size_t bytes;
    uintptr_t goal;
} weft_qsbr_closed;

typedef struct weft_qsbr_slot {
    weft_atomic_uptr observed;
    uintptr_t idle;
    weft_atomic_u32 flushed;   /* the last barrier this thread has answered */
    uint32_t epoch;            /* checked builds: of borrows */
    weft_atomic_u16 in_native; /* depth */
    uint16_t no_quiesce;       /* depth */
    weft_atomic_u8 running;    /* 1 while it runs callbacks */
    uint8_t peeks;             /* at a laggard, since a batch was closed */
    bool waits;                /* for others: offline until it has ended, also when it attaches */
    weft_atomic_u8 away;       /* detached, about to be, or waits: has handed all over */
    weft_qsbr_closed first;    /* the older closed batch */
    weft_qsbr_open open;
    weft_qsbr_closed second;
} weft_qsbr_slot;

WEFT_STATIC_ASSERT(sizeof(weft_qsbr_slot) <= WEFT_THREAD_AREA_BYTES, "fits into its area");

static inline weft_qsbr_slot *weft_qsbr_slot_of(weft_thread *thread) {
    return (weft_qsbr_slot *)weft_thread_area_of(thread, WEFT_AREA_QSBR);
}

/* The write sequence, on a cache line of its own. */
typedef struct weft_qsbr_global {
    weft_atomic_uptr write_sequence;
} WEFT_ALIGNED(WEFT_CACHE_LINE) weft_qsbr_global;
extern weft_qsbr_global weft_qsbr_process;

/* The budget of a batch, in force for all runtimes; see weft_qsbr_set_batch. */
extern weft_atomic_uptr weft_qsbr_batch_bytes;

/* Slow paths, not called by users. */
void weft_qsbr_quiescent_slow(weft_thread *self);
void weft_qsbr_batch_full(weft_thread *self);
WEFT_NORETURN void weft_qsbr_misused(const weft_thread *self, const char *what);

/* ---- quiescent states and borrows ------------------------------------------------------------ */

/* Says that the thread holds no pointer it has read from a shared structure and has no count on:
 * all its borrows end here. May run callbacks, its own and others'. Does not block or detach of
 * itself (callbacks may). Fatal inside a no-quiesce scope and when detached. */
static inline void weft_qsbr_quiescent(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
#if WEFT_CHECKED
    slot->epoch++;
#endif
    /* Relaxed: if it equals what this thread observed with acquire, nothing is new; else the slow
     * path loads it again. */
    if (WEFT_UNLIKELY(weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) != slot->idle)) {
        weft_qsbr_quiescent_slow(self);
    }
}

/* Between begin and end the thread keeps what it has borrowed, whatever it calls: its safepoints
 * are not quiescent states, and while it is detached its slot stays online. Nests, 65535 deep. Grace periods
 * wait: short, and not around what blocks for long. Fatal: end without begin, a deeper nest, and to unregister or end the
 * thread inside. */
static inline void weft_qsbr_no_quiesce_begin(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    if (WEFT_UNLIKELY(slot->no_quiesce == UINT16_MAX)) {
        weft_qsbr_misused(self, "no-quiesce scopes nested too deep");
    }
    slot->no_quiesce++;
    slot->idle = 0; /* a quiescent state inside goes the slow way, which reports it */
}
static inline void weft_qsbr_no_quiesce_end(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    if (WEFT_UNLIKELY(slot->no_quiesce == 0)) {
        weft_qsbr_misused(self, "end of a no-quiesce scope that was not begun");
    }
    slot->no_quiesce--;
}

/* Around code of the host that stays attached but passes no safepoint (a native extension): for
 * stall reports only. Nests, 65535 deep. Fatal: end without begin, and a deeper nest. */
static inline void weft_qsbr_native_begin(weft_thread *self) {
    weft_atomic_u16 *depth = &weft_qsbr_slot_of(self)->in_native;
    /* Relaxed, both: written by this thread only, read for reports. */
    uint16_t before = weft_load_relaxed_u16(depth);
    if (WEFT_UNLIKELY(before == UINT16_MAX)) {
        weft_qsbr_misused(self, "native sections nested too deep");
    }
    weft_store_relaxed_u16(depth, (uint16_t)(before + 1));
}
static inline void weft_qsbr_native_end(weft_thread *self) {
    weft_atomic_u16 *depth = &weft_qsbr_slot_of(self)->in_native;
    uint16_t before = weft_load_relaxed_u16(depth);
    if (WEFT_UNLIKELY(before == 0)) {
        weft_qsbr_misused(self, "end of a native section that was not begun");
    }
    weft_store_relaxed_u16(depth, (uint16_t)(before - 1));
}

/* Checked builds catch a borrowed pointer that is used after its end: take a stamp when it is
 * borrowed, check it at each use. The stamp ends with the thread's next quiescent state, and with
 * its next call that may detach, contended or not, outside of no-quiesce scopes. In an unchecked
 * build both are nothing. */
typedef struct weft_qsbr_stamp {
    uint32_t epoch;
} weft_qsbr_stamp;

/* A stamp for what is borrowed now. */
static inline weft_qsbr_stamp weft_qsbr_borrow_stamp(weft_thread *self) {
    weft_qsbr_stamp stamp = {0};
#if WEFT_CHECKED
    stamp.epoch = weft_qsbr_slot_of(self)->epoch;
#else
    (void)self;
#endif
    return stamp;
}

/* Fatal, in a checked build, if the stamp has ended. */
static inline void weft_qsbr_borrow_check(weft_thread *self, weft_qsbr_stamp stamp) {
#if WEFT_CHECKED
    if (stamp.epoch != weft_qsbr_slot_of(self)->epoch) {
        weft_qsbr_misused(self, "use of a borrowed pointer after its end");
    }
#else
    (void)self;
    (void)stamp;
#endif
}

/* ---- retiring ---------------------------------------------------------------------------------- */

/* Hands a node over that no reader can find any more but some may still look at: `callback` runs
 * after a grace period. `size` is what it will free, for the budgets; it counts as at least the
 * node. The node's memory is not read by readers; all else of what is retired stays as it was.
 * Never blocks, detaches, frees or ends a borrow; no allocation. Fatal: NULL, a thread that is
 * detached, also inside a no-quiesce scope, or unregistered. Retiring a node twice is undefined. */
static inline void weft_qsbr_retire(weft_thread *self, weft_qsbr_node *node,
                                    weft_qsbr_callback callback, size_t size) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    /* Relaxed: the thread's own. Not `observed`, which a thread that is detached inside a no-quiesce scope keeps. */
    if (WEFT_UNLIKELY(node == NULL || weft_load_relaxed_u8(&slot->away) != 0)) {
        weft_qsbr_misused(self, node == NULL ? "retire of NULL" : "retire by a detached thread");
    }
    node->next = NULL;
    node->callback = callback;
    *slot->open.tail = node;
    slot->open.tail = &node->next;
    slot->open.bytes += size > sizeof *node ? size : sizeof *node;
    slot->idle = 0;
    /* Relaxed: a tunable. */
    if (WEFT_UNLIKELY(slot->open.bytes >= weft_load_relaxed_uptr(&weft_qsbr_batch_bytes))) {
        weft_qsbr_batch_full(self);
    }
}

/* Closes the thread's open batch now, full or not: its grace period begins. Ends no borrow, and like retire neither
 * blocks, detaches nor frees. For a thread that has retired something large, or goes on for long without retiring more:
 * what is open has no goal before a full batch is closed or the thread detaches. Cost: an RMW that every thread notices once; nothing
 * without an open batch. Fatal when detached or unregistered. */
void weft_qsbr_close(weft_thread *self);

/* For callbacks: overwrites the memory in a checked build, so that whoever still reads it notices,
 * and gives it back to the host's allocator. */
void weft_qsbr_free(void *memory, size_t size, size_t alignment);

/* ---- waiting ----------------------------------------------------------------------------------- */

/* Returns when every thread of the runtime that was attached at the call has passed a quiescent
 * state, detached or exited since. A quiescent state of the calling thread. May detach. Threads that pass
 * safepoints only are not asked, unless more waits than the budgets allow: such a thread is waited for until it detaches or
 * pays a debt of its own (barrier asks). If the runtime is closed meanwhile it returns early, detached. Fatal when
 * detached, inside a no-quiesce scope, inside a world this thread has stopped. */
void weft_qsbr_synchronize(weft_thread *self);

/* Returns when the callbacks of all nodes have run that were retired in this runtime before the
 * call, by any thread. Threads that run are kicked to their safepoints. May detach; may run
 * callbacks. Fatal as synchronize, and inside a callback. What callbacks retire is not waited for. Early
 * return as synchronize. */
void weft_qsbr_barrier(weft_thread *self);

/* A quiescent state that closes the open batch and also looks at once whether grace periods have ended, and runs what is due.
 * For hosts that want memory back now, e.g. before they fail an allocation. As quiescent. */
void weft_qsbr_poll(weft_thread *self);

/* ---- budgets, stalls, statistics ------------------------------------------------------------- */

/* A full batch: 64 KiB. A batch costs one RMW that every thread notices once, some 100 ns in all,
 * and 64 KiB is a thousand small nodes. */
#define WEFT_QSBR_BATCH_BYTES ((size_t)64 << 10)
/* Kick who lags: 4 MiB, some tens of full batches: grace periods that end within a time slice or
 * two never get there. */
#define WEFT_QSBR_SOFT_BYTES ((size_t)4 << 20)
/* Wait: 256 MiB. */
#define WEFT_QSBR_HARD_BYTES ((size_t)256 << 20)

/* Sets the size of a full batch, for the process; 0: each retire fills one. Sets a
 * runtime's soft budget and hard cap. At any time. */
void weft_qsbr_set_batch(size_t bytes);
void weft_qsbr_set_budgets(weft_runtime *runtime, size_t soft, size_t hard);

/* A grace period that does not end. */
typedef struct weft_qsbr_stall {
    weft_thread *thread;  /* who has not passed a quiescent state */
    uint32_t slot;        /* its index */
    uint64_t nanoseconds; /* for how long, since it was first found to lag */
    bool attached;        /* false: detached inside a no-quiesce scope */
    bool in_native;       /* between weft_qsbr_native_begin and end */
    size_t pending;       /* as in weft_qsbr_statistics */
} weft_qsbr_stall;

/* Called once for each grace period a thread holds up for longer than `after` nanoseconds (0: WEFT_QSBR_STALL_NS), counted from when
 * it was first found to lag, also if nobody waited then; without any lock, by a thread that waits, that polls with something
 * to free of its own or handed over, or that has retired what the other holds up: at the first safepoint or quiescent
 * state behind each closing of a batch, and then at one in 16 of its quiescent states, and above the soft budget of its safepoints.
 * So within a second, if some thread waits, polls so or fills a batch twice a second, or passes 32 quiescent states. Readers of a
 * host's own domain are not reported, nor threads that hold it up while a grace period of a domain without `poll` is under way,
 * but to who polls or waits. The hook may be called inside any quiescent state, safepoint or wait, and by a thread that waits and is
 * offline meanwhile, though attached: it reads nothing that is shared under QSBR, and neither retires (fatal in a wait), passes a
 * quiescent state, nor leaves by a jump. Set while no thread of the runtime is attached but the caller. */
#define WEFT_QSBR_STALL_NS 500000000U
typedef void (*weft_qsbr_stall_hook)(void *argument, const weft_qsbr_stall *stall);
void weft_qsbr_set_stall_hook(weft_runtime *runtime, weft_qsbr_stall_hook hook, void *argument,
                              uint64_t after);

/* A runtime's figures since it was made. By any thread; each is exact at some moment. */
typedef struct weft_qsbr_statistics {
    size_t pending;         /* bytes in full, closed, handed, staged and running batches */
    uint64_t batches;       /* closed, by whatever way */
    uint64_t scans;         /* walks over the list */
    uint64_t grace_periods; /* times the read sequence moved */
    uint64_t callbacks;     /* run */
    uint64_t kicks;         /* threads asked for a quiescent state */
    uint64_t waits;         /* threads that had to wait at the hard cap */
    uint64_t stalls;        /* reported */
} weft_qsbr_statistics;
void weft_qsbr_get_statistics(weft_runtime *runtime, weft_qsbr_statistics *statistics);

/* For tests of the wrap-around: the write sequence goes on from here (its lowest bit is set). While
 * no thread is attached and nothing is retired, in any runtime. */
void weft_qsbr_start_at(uintptr_t sequence);

WEFT_END_DECLS

#endif /* WEFT_QSBR_H */
