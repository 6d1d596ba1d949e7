/* QSBR. Read in this order: sequences, waiting threads, a host's own domain, batches, handing over,
 * stalls, online and offline, scanning, running, paying debts, the layer's hooks, synchronize and
 * barrier, introspection. */
#include "weft_qsbr.h"

#include "weft_host.h"
#include "weft_lock.h"

#include <string.h>

/* Threads that wait park on `events`. */
typedef struct weft_qsbr_waiting {
    weft_atomic_u32 events;  /* counts announcements */
    weft_atomic_u32 waiters; /* threads that wait */
} weft_qsbr_waiting;

/* A runtime's part, in its area. */
typedef struct weft_qsbr_domain {
    weft_atomic_uptr read_sequence;
    weft_atomic_uptr pending; /* bytes; see weft_qsbr_statistics */

    weft_atomic_ptr incoming; /* nodes handed over, by CAS; taken all at once by stage */
    weft_atomic_uptr incoming_bytes;
    weft_atomic_ptr staged; /* changed under list_lock, as the members down to staged_bytes */
    weft_atomic_uptr staged_goal;
    weft_atomic_u32 stages; /* batches staged since the start */
    weft_atomic_u32 taken;  /* and taken to be run */
    size_t staged_bytes;

    /* Hints, changed under list_lock: slots, which are never unmapped, and this runtime's while it lives. */
    weft_atomic_ptr laggard; /* kept the read sequence back at the last scan */
    weft_atomic_ptr other;   /* was online at the last scan, besides the scanner */
    weft_atomic_uptr
        lag_observed; /* by the laggard; less REPORTED once that has been reported, by who does */
    weft_atomic_u64 lag_since;
    weft_atomic_u32 listed; /* slots seen by the last scan */
    /* When threads were last asked for a host's grace period that is under way. */
    weft_atomic_u64 asked_for;

    weft_qsbr_waiting waiting; /* without a domain of the host's */
    weft_atomic_u32 flush;     /* barriers' requests */

    weft_atomic_uptr soft;
    weft_atomic_uptr hard;
    weft_qsbr_stall_hook stall_hook;
    void *stall_argument;
    uint64_t stall_after;

    /* Relaxed counters. */
    weft_atomic_u64 batches, scans, grace_periods, callbacks, kicks, waits, stalls;
} weft_qsbr_domain;

WEFT_STATIC_ASSERT(sizeof(weft_qsbr_domain) <= WEFT_RUNTIME_AREA_BYTES, "fits into its area");

#define COUNT(counter) ((void)weft_fetch_add_relaxed_u64(&(counter), 1))
/* For counters that only who has list_lock changes: a quarter of the cost. */
#define COUNT_LOCKED(counter)                                                                      \
    weft_store_relaxed_u64(&(counter), weft_load_relaxed_u64(&(counter)) + 1)

static weft_qsbr_domain *domain_of(weft_runtime *runtime) {
    return weft_runtime_area_of(runtime, WEFT_AREA_QSBR);
}

void weft_qsbr_misused(const weft_thread *self, const char *what) {
    weft_fatal(what, "thread", self, NULL);
}

/* ---- sequences -------------------------------------------------------------------------------- */

weft_qsbr_global weft_qsbr_process = {WEFT_ATOMIC_INIT(1)};
weft_atomic_uptr weft_qsbr_batch_bytes = WEFT_ATOMIC_INIT(WEFT_QSBR_BATCH_BYTES);

#define STEP 2U

/* Whether `sequence` is at or behind `goal` in time; right while they are less than half the range
 * apart. */
static bool has_reached(uintptr_t sequence, uintptr_t goal) {
    return (intptr_t)(sequence - goal) >= 0;
}

/* The one way to get a goal (new_goal). Release: who observes the new value, or a later one (the chain of RMWs is a
 * release sequence), by load_write_sequence, sees every unlink that came before this. */
static uintptr_t advance_write_sequence(void) {
    return weft_fetch_add_release_uptr(&weft_qsbr_process.write_sequence, STEP) + STEP;
}

static uintptr_t load_write_sequence(void) {
    /* Acquire: pairs with advance_write_sequence: what was unlinked before is not found any more. */
    return weft_load_acquire_uptr(&weft_qsbr_process.write_sequence);
}

/* ---- waiting threads --------------------------------------------------------------------------- */

/* The host's domain, if any: set before the first runtime is made. */
static const weft_qsbr_foreign *foreign;

/* With a host's domain: what its grace periods end may be waited for in any runtime. Static, so that it
 * outlives them all. */
static weft_qsbr_waiting process_waiting;

static weft_qsbr_waiting *waiting_in(weft_qsbr_domain *domain) {
    return foreign != NULL ? &process_waiting : &domain->waiting;
}

static void announce_to(weft_qsbr_waiting *waiting) {
    /* Pairs with the fence in begin_wait: either the waiter's look comes after what this thread
     * has changed, or this thread finds the waiter. */
    weft_fence_seq_cst();
    /* Relaxed: the fence orders it. */
    if (WEFT_UNLIKELY(weft_load_relaxed_u32(&waiting->waiters) != 0)) {
        /* Relaxed: the fence releases what was changed, for the acquire in event_now. */
        weft_fetch_add_relaxed_u32(&waiting->events, 1);
        weft_unpark_all(&waiting->events, NULL, NULL);
    }
}

/* Something has changed that a waiting thread may wait for: a thread's observed value, the pending
 * bytes, an answer to a barrier. */
static void announce(weft_qsbr_domain *domain) {
    announce_to(waiting_in(domain));
}

/* To be read before the look whose failure makes a thread sleep. */
static uint32_t event_now(weft_qsbr_domain *domain) {
    /* Acquire: pairs with announce_to. */
    return weft_load_acquire_u32(&waiting_in(domain)->events);
}

/* ---- a host's own domain ----------------------------------------------------------------------- */

/* The host's grace periods, one after the other:
 *
 *     state      under_way   by
 *     at rest    0           weft_qsbr_foreign_ended, any thread
 *     under way  1           bring_about, under foreign_lock: `covers` is set before it begins
 *
 * `wanted` is the last goal that somebody waits for, `covered` the last whose grace period of the
 * host's has ended: while covered is behind wanted and none is under way, the next scan begins one.
 * While one is under way no thread is idle: each of its quiescent states is one of the host's. */
static weft_mutex foreign_lock; /* inside of list_lock */
static weft_atomic_u32 under_way;
static uintptr_t covers;
static weft_atomic_uptr wanted = WEFT_ATOMIC_INIT(1);
static weft_atomic_uptr covered = WEFT_ATOMIC_INIT(1);

/* A slot's second area: what is seldom touched. Outlives the slot's threads. */
typedef struct weft_qsbr_rest {
    void *word;           /* the host's, for the thread */
    size_t running_bytes; /* of the callbacks the thread runs; good while it does */
} weft_qsbr_rest;

static weft_qsbr_rest *rest_of(weft_thread *thread) {
    return (weft_qsbr_rest *)weft_thread_area_of(thread, WEFT_AREA_DOMAIN);
}

static void **word_of(weft_thread *thread) {
    return &rest_of(thread)->word;
}

/* Who waits for a grace period of the host's that weft has not begun: weft_qsbr_foreign_wait_begin. */
static weft_atomic_u32 foreign_waits;

static bool foreign_is_under_way(void) {
    /* Relaxed: who has observed the write sequence that bring_about yields finds it set. */
    return foreign != NULL && weft_load_relaxed_u32(&under_way) != 0;
}

/* Whether quiescent states are to be the host's, too. */
static bool passes_on(void) {
    /* Relaxed: as foreign_is_under_way. */
    return foreign_is_under_way() ||
           (foreign != NULL && weft_load_relaxed_u32(&foreign_waits) != 0);
}

/* A goal: an advance of the write sequence that somebody waits for. */
static uintptr_t new_goal(void) {
    uintptr_t goal = advance_write_sequence();
    if (WEFT_UNLIKELY(foreign != NULL)) {
        uintptr_t seen = weft_load_relaxed_uptr(&wanted);
        /* Relaxed: an amount. Who waits for the goal scans later than this, or another does. */
        while (!has_reached(seen, goal) && !weft_cas_weak_relaxed_uptr(&wanted, &seen, goal)) {
        }
    }
    return goal;
}

static bool is_one_due(void) {
    /* Acquire: pairs with weft_qsbr_foreign_ended: `covers` is not read any more. */
    return weft_load_acquire_u32(&under_way) == 0 &&
           /* Relaxed, both: amounts. */
           !has_reached(weft_load_relaxed_uptr(&covered), weft_load_relaxed_uptr(&wanted));
}

/* Under foreign_lock. */
static void begin_or_poll(void) {
    if (is_one_due()) {
        /* Everything unlinked before a goal up to this is unlinked before the grace period. */
        covers = load_write_sequence();
        /* Relaxed: seen by who has observed what comes next. */
        weft_store_relaxed_u32(&under_way, 1);
        foreign->begin(foreign->argument);
        (void)advance_write_sequence(); /* every thread notices */
    }
    if (foreign_is_under_way() && foreign->poll != NULL) {
        foreign->poll(foreign->argument);
    }
}

/* Under list_lock, with a host's domain. Begins its next grace period if one is wanted. Returns the
 * goal up to which they have ended. Who finds the lock taken leaves its wish to the thread that has it. */
static uintptr_t bring_about(void) {
    do {
        if (!weft_mutex_try_lock(&foreign_lock)) {
            break;
        }
        begin_or_poll();
        weft_mutex_unlock(&foreign_lock);
        /* Pairs with itself, and with the fence of scan, which is between the wish and the first try: either this thread
         * gets the lock, or who has it finds its wish. */
        weft_fence_seq_cst();
    } while (is_one_due());
    /* Acquire: pairs with weft_qsbr_foreign_ended: the host's readers have read. */
    return weft_load_acquire_uptr(&covered);
}

void weft_qsbr_foreign_ended(void) {
    /* Release: pairs with the acquire at the end of bring_about. */
    weft_store_release_uptr(&covered, covers);
    /* Release: pairs with the acquire in is_one_due. */
    weft_store_release_u32(&under_way, 0);
    announce_to(&process_waiting);
}

void weft_qsbr_foreign_wait_begin(void) {
    /* Relaxed: seen by who has observed the advance. */
    weft_fetch_add_relaxed_u32(&foreign_waits, 1);
    (void)advance_write_sequence(); /* every thread notices */
}

void weft_qsbr_foreign_wait_end(void) {
    uint32_t before = weft_load_relaxed_u32(&foreign_waits);
    do {
        if (before == 0) {
            weft_fatal("end of a wait for a foreign grace period that was not begun", "domain",
                       foreign, NULL);
        }
        /* Relaxed: an amount. Threads that notice late pass on more than is needed. */
    } while (!weft_cas_weak_relaxed_u32(&foreign_waits, &before, before - 1));
}

/* ---- observed values and budgets --------------------------------------------------------------- */

/* A quiescent state of the thread itself, if it is online. True if others may notice. */
static bool observe(weft_thread *self, weft_qsbr_slot *slot) {
    uintptr_t sequence = load_write_sequence();
    /* Relaxed: the thread's own. */
    uintptr_t observed = weft_load_relaxed_uptr(&slot->observed);
    bool helps = observed != 0 && passes_on();
    if (helps) {
        foreign->quiescent(foreign->argument, word_of(self));
    }
    if (observed == sequence || observed == 0) {
        return helps;
    }
    /* Release: pairs with the acquires of observed_by: what the thread read is read. */
    weft_store_release_uptr(&slot->observed, sequence);
    return true;
}

static uintptr_t observed_by(weft_thread *thread) {
    /* Acquire: pairs with the releases in observe and go_offline: the thread's reads are over before
     * anything is freed for its value. */
    return weft_load_acquire_uptr(&weft_qsbr_slot_of(thread)->observed);
}

/* A slot that the last scan has found, for who looks without the list's lock. */
static weft_thread *load_hint(weft_atomic_ptr *hint) {
    /* Acquire: pairs with store_hint: the slot was made before. */
    return weft_load_acquire_ptr(hint);
}

/* Under list_lock. */
static void store_hint(weft_atomic_ptr *hint, weft_thread *thread) {
    /* Release: pairs with load_hint: who made the slot came before this thread had the lock. (So would the fence of scan, but
     * no plain data is to depend on a fence.) */
    weft_store_release_ptr(hint, thread);
}

static bool over(weft_atomic_uptr *budget, weft_qsbr_domain *domain) {
    /* Relaxed, both: an amount, and a tunable. */
    return weft_load_relaxed_uptr(&domain->pending) > weft_load_relaxed_uptr(budget);
}

/* Whether those who lag are to be asked. The hard cap may be below the soft budget. */
static bool is_urgent(weft_qsbr_domain *domain) {
    return over(&domain->soft, domain) || over(&domain->hard, domain);
}

/* ---- batches ----------------------------------------------------------------------------------- */

static void reset_open(weft_qsbr_slot *slot) {
    slot->open.head = NULL;
    slot->open.tail = &slot->open.head;
    slot->open.bytes = 0;
    slot->open.counted = 0;
}

/* What is open is pending from now on. */
static void count_open(weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed: an amount. */
    weft_fetch_add_relaxed_uptr(&domain->pending, slot->open.bytes - slot->open.counted);
    slot->open.counted = slot->open.bytes;
}

static bool has_backlog(const weft_qsbr_slot *slot) {
    return slot->open.head != NULL || slot->first.head != NULL;
}

static bool is_running(const weft_qsbr_slot *slot) {
    return weft_load_relaxed_u8(&slot->running) != 0;
}

/* The open batch becomes the second closed one, or part of it: what has waited longest keeps its
 * goal, and so ends, however often batches are closed. */
static void close_open(weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    weft_qsbr_closed batch = {slot->open.head, slot->open.tail, slot->open.bytes, new_goal()};
    count_open(slot, domain);
    if (slot->first.head == NULL) {
        slot->first = batch;
    } else if (slot->second.head == NULL) {
        slot->second = batch;
    } else {
        *slot->second.tail = batch.head;
        slot->second.tail = batch.tail;
        slot->second.bytes += batch.bytes;
        slot->second.goal = batch.goal;
    }
    reset_open(slot);
    slot->peeks = 0;
    COUNT(domain->batches);
}

/* Asks a thread for a safepoint that is a quiescent state. */
static void press(weft_thread *thread, weft_qsbr_domain *domain) {
    /* Relaxed: once asked is enough. The thread may be about to take back what it was asked before: the fences in
     * scan and flush_all, which come before this, pair with that in on_safepoint. */
    if ((weft_load_relaxed_u32(&thread->state) & WEFT_BREAK_THROTTLE) == 0) {
        weft_thread_break(thread, WEFT_BREAK_THROTTLE);
        COUNT(domain->kicks);
    }
}

/* The thread's next safepoint is to pay. */
static void throttle(weft_thread *self) {
    /* Relaxed: once asked is enough. */
    if ((weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) == 0) {
        weft_thread_break(self, WEFT_BREAK_THROTTLE);
    }
}

/* By an attached thread that has added to what waits, or comes back to a runtime where too much does:
 * without this, one that never fills a batch would never wait at the hard cap. */
static void throttle_above_cap(weft_thread *self, weft_qsbr_domain *domain) {
    if (WEFT_UNLIKELY(over(&domain->hard, domain))) {
        throttle(self);
    }
}

/* Whether host code may run now. */
static bool may_pay(const weft_thread *self, const weft_qsbr_slot *slot) {
    return slot->no_quiesce == 0 && !is_running(slot) && self->section == NULL &&
           !self->world_stopped;
}

/* Whether these bytes fill a batch. */
static bool fills(size_t bytes) {
    /* Relaxed: a tunable. */
    return bytes >= weft_load_relaxed_uptr(&weft_qsbr_batch_bytes);
}

static bool is_full(const weft_qsbr_slot *slot) {
    return slot->open.head != NULL && fills(slot->open.bytes);
}

/* Whether the second closed batch is due as far as is known: the thread that lagged at the last scan has passed its goal. */
static bool is_second_due(const weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    weft_thread *laggard = load_hint(&domain->laggard);
    if (slot->second.head == NULL || laggard == NULL) {
        return false;
    }
    uintptr_t observed = observed_by(laggard);
    return observed == 0 || has_reached(observed, slot->second.goal);
}

/* Put with a second batch that is due, this one would move its goal, and all would wait for another grace period: of large
 * blocks, each a batch, nearly all would be held for as long again as their readers take. So it stays open, and the next
 * safepoint, which runs what is due, closes it (close_full). A thread that passes none is not to leave it open for ever:
 * when another batch is full behind it, both are closed. Until then each retire comes here, and looks at its own slot only. */
void weft_qsbr_batch_full(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (!fills(slot->open.bytes - slot->open.counted)) {
        return;
    }
    if (slot->open.counted == 0 && may_pay(self, slot) && is_second_due(slot, domain)) {
        count_open(slot, domain);
    } else {
        close_open(slot, domain);
    }
    throttle(self);
}

/* ---- handing over ------------------------------------------------------------------------------ */

/* Links a whole backlog into one chain, oldest first. Returns its bytes that `pending` has not. */
static size_t take_backlog(weft_qsbr_slot *slot, weft_qsbr_closed *all) {
    size_t uncounted = slot->open.bytes - slot->open.counted;
    *all = (weft_qsbr_closed){NULL, &all->head, 0, 0};
    weft_qsbr_closed parts[3] = {
        slot->first, slot->second, {slot->open.head, slot->open.tail, slot->open.bytes, 0}};
    for (int i = 0; i < 3; i++) {
        if (parts[i].head != NULL) {
            *all->tail = parts[i].head;
            all->tail = parts[i].tail;
            all->bytes += parts[i].bytes;
        }
    }
    memset(&slot->first, 0, sizeof slot->first);
    memset(&slot->second, 0, sizeof slot->second);
    reset_open(slot);
    return uncounted;
}

/* Gives a chain of nodes to the runtime. */
static void give(weft_qsbr_domain *domain, weft_qsbr_node *head, weft_qsbr_node **tail,
                 size_t bytes) {
    void *next = weft_load_relaxed_ptr(&domain->incoming);
    do {
        *tail = next;
        /* Release: pairs with the acquire in stage: the nodes, and the unlinks before. No ABA: nodes
         * leave this list all at once. */
    } while (!weft_cas_weak_release_ptr(&domain->incoming, &next, head));
    /* After the nodes, so that the pending bytes are never underestimated. Release: pairs with the acquires in
     * stage and late_bytes: who finds the bytes finds the nodes as well, or they were taken. */
    weft_fetch_add_release_uptr(&domain->incoming_bytes, bytes);
    /* Those who stay notice at their next quiescent state. */
    (void)advance_write_sequence();
}

/* Gives the backlog to the runtime. Neither waits nor runs anything. The nodes lose their goals: the
 * scan that stages them gets a new one, by its own RMW. False if there was none. */
static bool hand_over(weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    weft_qsbr_closed all;
    if (!has_backlog(slot)) {
        return false;
    }
    size_t uncounted = take_backlog(slot, &all);
    weft_fetch_add_relaxed_uptr(&domain->pending, uncounted); /* relaxed: an amount */
    give(domain, all.head, all.tail, all.bytes);
    return true;
}

/* Under list_lock. Gives what was handed over a goal; one batch at a time, so that what waits is not
 * held up by what comes later. */
static void stage(weft_qsbr_domain *domain) {
    /* Relaxed, both: changed under the lock; what is handed over later is for a later scan. */
    if (weft_load_relaxed_ptr(&domain->staged) != NULL ||
        weft_load_relaxed_ptr(&domain->incoming) == NULL) {
        return;
    }
    /* Acquire: pairs with give. Before the nodes: those of these bytes are found below, or were taken. So no node's
     * bytes are subtracted while it waits. Bytes of these nodes may still come: late_bytes. */
    domain->staged_bytes = weft_exchange_acquire_uptr(&domain->incoming_bytes, 0);
    /* Acquire: pairs with give. Before the goal: its unlinks come before the RMW. */
    weft_qsbr_node *nodes = weft_exchange_acquire_ptr(&domain->incoming, NULL);
    /* Relaxed, all: changed under the lock, read without it as hints. Staged before the goal: who observes the advance
     * finds that there is something to do. */
    weft_store_relaxed_ptr(&domain->staged, nodes);
    weft_store_relaxed_uptr(&domain->staged_goal, new_goal());
    weft_fetch_add_relaxed_u32(&domain->stages, 1);
    COUNT(domain->batches);
}

/* Under list_lock, where the grace period of what is staged has ended: the bytes of its nodes that `give` had not added
 * when they were staged. They are there: who handed the nodes over was online then, and has been waited for. Not if more
 * was handed over meanwhile, for whose bytes is whose cannot be told: then the next stage has them. */
static size_t late_bytes(weft_qsbr_domain *domain) {
    /* Acquire: pairs with give. Before the look at the nodes: those of these bytes are found there, or were taken. */
    uintptr_t late = weft_load_acquire_uptr(&domain->incoming_bytes);
    /* Relaxed, both: what comes later is left alone; an amount. */
    if (late == 0 || weft_load_relaxed_ptr(&domain->incoming) != NULL) {
        return 0;
    }
    weft_fetch_sub_relaxed_uptr(&domain->incoming_bytes, late);
    return late;
}

/* Under list_lock: puts the staged nodes behind what is due, if their grace period has ended. `due` is for `run` then: its
 * tail is not kept. */
static void take_staged(weft_qsbr_domain *domain, weft_qsbr_closed *due) {
    weft_qsbr_node *nodes = weft_load_relaxed_ptr(&domain->staged);
    /* Relaxed, all: changed under the lock. */
    if (nodes != NULL && has_reached(weft_load_relaxed_uptr(&domain->read_sequence),
                                     weft_load_relaxed_uptr(&domain->staged_goal))) {
        *due->tail = nodes;
        due->bytes += domain->staged_bytes + late_bytes(domain);
        weft_store_relaxed_ptr(&domain->staged, NULL);
        weft_fetch_add_relaxed_u32(&domain->taken, 1);
    }
}

/* ---- stalls ------------------------------------------------------------------------------------ */

/* Of lag_observed: sequences are odd. */
#define REPORTED 1U

/* Calls the stall hook, once for each thing a thread is late for. */
static void report_stall(weft_qsbr_domain *domain) {
    weft_thread *thread = load_hint(&domain->laggard);
    /* Acquire: pairs with remember_laggard: the moment is of this value, or of a later one. */
    uintptr_t observed = weft_load_acquire_uptr(&domain->lag_observed);
    if (thread == NULL || observed_by(thread) != observed) {
        return;
    }
    uint64_t late = weft_now_ns() - weft_load_relaxed_u64(&domain->lag_since);
    /* Relaxed: who wins reports; what is reported was read before and carries nothing. Nobody wins for a value that a scan has
     * replaced meanwhile: the new one is reported by itself. */
    if ((int64_t)late < (int64_t)domain->stall_after ||
        !weft_cas_relaxed_uptr(&domain->lag_observed, &observed, observed - REPORTED)) {
        return;
    }
    COUNT(domain->stalls);
    if (domain->stall_hook != NULL) {
        weft_qsbr_stall stall = {
            .thread = thread,
            .slot = thread->index,
            .nanoseconds = late,
            .attached = weft_thread_is_attached(thread),
            .in_native = weft_load_relaxed_u16(&weft_qsbr_slot_of(thread)->in_native) != 0,
            .pending = weft_load_relaxed_uptr(&domain->pending),
        };
        domain->stall_hook(domain->stall_argument, &stall);
    }
}

/* ---- online and offline ------------------------------------------------------------------------ */

static bool is_busy(const weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed, all: what comes later is announced by the write sequence, or by the thread itself. */
    return has_backlog(slot) || passes_on() || weft_load_relaxed_ptr(&domain->staged) != NULL ||
           weft_load_relaxed_ptr(&domain->incoming) != NULL;
}

/* Whether a barrier waits for the thread's answer. */
static bool owes_answer(const weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed, both: the thread's own; and the request comes before an advance of the write sequence (flush_all),
     * which this thread has observed with acquire, or will notice. */
    return weft_load_relaxed_u32(&slot->flushed) != weft_load_relaxed_u32(&domain->flush);
}

/* A thread that has not answered a barrier stays busy: it may have been away when it was looked at, or unable to
 * answer. */
static void set_idle(weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    bool busy = slot->no_quiesce != 0 || is_busy(slot, domain) || owes_answer(slot, domain);
    /* Relaxed: the thread's own. Offline it is 0 as well. */
    slot->idle = busy ? 0 : weft_load_relaxed_uptr(&slot->observed);
}

static void go_online(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed: the thread's own. It may have stayed online. */
    if (WEFT_UNLIKELY(foreign != NULL) && weft_load_relaxed_uptr(&slot->observed) == 0) {
        foreign->online(foreign->argument, word_of(self));
    }
    /* Relaxed: before anything that it retires and that a barrier has to know of. */
    weft_store_relaxed_u8(&slot->away, 0);
    /* Relaxed: the fence orders it before the thread's reads. */
    weft_store_relaxed_uptr(&slot->observed, load_write_sequence());
    /* Pairs with the fence in scan: either the scan finds the value, or this thread's reads come
     * after it and see what was unlinked before it. */
    weft_fence_seq_cst();
    set_idle(slot, domain);
}

/* Hands all over, and so answers barriers, unless callbacks are still to return. True if there was something. */
static bool go_away(weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    bool had_backlog = hand_over(slot, domain);
    if (!is_running(slot)) {
        /* Relaxed and release: as in answer_flush. */
        weft_store_release_u32(&slot->flushed, weft_load_relaxed_u32(&domain->flush));
    }
    /* Release: pairs with has_answered. */
    weft_store_release_u8(&slot->away, 1);
    return had_backlog;
}

static void go_offline(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    bool was_online = weft_load_relaxed_uptr(&slot->observed) != 0;
    bool changes = go_away(slot, domain) || was_online;
    slot->idle = 0;
    slot->epoch++;
    /* Release: pairs with observed_by: what the thread read is read. */
    weft_store_release_uptr(&slot->observed, 0);
    if (WEFT_UNLIKELY(foreign != NULL) && was_online) {
        foreign->offline(foreign->argument, word_of(self));
    }
    if (changes) {
        announce(domain);
    }
}

/* From begin to end a thread waits for others, offline, so that they do not wait for it, and so that
 * it announces nothing: it would wake itself, or wake and be woken by others that wait. */
static void begin_wait(weft_thread *self, weft_qsbr_domain *domain) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    slot->waits = true;
    go_offline(self, slot, domain);
    weft_fetch_add_relaxed_u32(&waiting_in(domain)->waiters, 1);
    /* Pairs with the fence in announce_to. */
    weft_fence_seq_cst();
}

static void wait_no_more(weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    weft_fetch_sub_relaxed_u32(&waiting_in(domain)->waiters, 1);
    slot->waits = false;
}

static void end_wait(weft_thread *self, weft_qsbr_domain *domain) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    wait_no_more(slot, domain);
    if (weft_thread_is_attached(self)) {
        go_online(self, slot, domain);
        throttle_above_cap(self, domain); /* begin_wait handed its backlog over */
    }
}

/* Sleeps, detached, until an announcement since `event`; or for a while, to look at the clock for
 * stalls. False if the runtime has been closed meanwhile and the thread is detached for good. */
static bool sleep_until_event(weft_thread *self, weft_qsbr_domain *domain, uint32_t event) {
    uint64_t patience = domain->stall_after / 4;
    /* Nobody announces that a reader of the host's has gone: poll, or ask, again. */
    if (foreign_is_under_way() && (foreign->poll != NULL || is_urgent(domain))) {
        patience = 0;
    }
    weft_atomic_u32 *events = &waiting_in(domain)->events;
    weft_park_request request = {
        .address = events,
        .size = sizeof *events,
        .mask = UINT32_MAX,
        .expected = event,
        .deadline = weft_now_ns() + (patience < 1000000 ? 1000000 : patience),
        .context = self,
    };
    weft_park(&request, NULL);
    if (!weft_thread_is_attached(self)) {
        return false;
    }
    report_stall(domain);
    return true;
}

/* ---- scanning ---------------------------------------------------------------------------------- */

/* How often who passes quiescent states, or synchronizes, asks threads for a grace period of the host's. One quiescent state of
 * each may not do, for the host may have looked before; and nobody can tell when it looks. Ten times in one of liburcu's
 * call_rcu, which takes 10 ms. */
#define ASK_AGAIN_NS 1000000U

/* A scan is in vain while the host's grace period is under way, which nobody can help; but for asking those who lag, now and
 * then, if too much waits. */
static bool host_lags(weft_qsbr_domain *domain) {
    return foreign_is_under_way() && foreign->poll == NULL &&
           (!is_urgent(domain) ||
            weft_now_ns() - weft_load_relaxed_u64(&domain->asked_for) < ASK_AGAIN_NS);
}

/* Looks at a laggard, of which one looks at the clock as well, for a stall: the first after each closing of a batch, for who
 * passes safepoints only may look but once; then one in so many that looks 30 ms apart report within a second, and that
 * the clock, some 20 ns, costs a look little more than one. */
#define PEEKS_PER_CLOCK 16U

/* Whether the thread that lagged at the last scan still keeps back `goal`, or the host does: then a scan is in vain. */
static bool still_lags(weft_thread *self, weft_qsbr_domain *domain, uintptr_t goal) {
    if (host_lags(domain)) {
        return true;
    }
    weft_thread *thread = load_hint(&domain->laggard);
    if (thread == NULL || thread == self) {
        return false;
    }
    uintptr_t observed = observed_by(thread);
    if (observed == 0 || has_reached(observed, goal)) {
        return false;
    }
    if (is_urgent(domain)) {
        press(thread, domain);
    }
    if (weft_qsbr_slot_of(self)->peeks++ % PEEKS_PER_CLOCK == 0) {
        report_stall(domain);
    }
    return true;
}

static bool other_is_online(weft_thread *self, weft_qsbr_domain *domain) {
    weft_thread *thread = load_hint(&domain->other);
    return thread != NULL && thread != self && observed_by(thread) != 0;
}

/* Under list_lock. Monotone: never takes back what was published. */
static void publish(weft_qsbr_domain *domain, uintptr_t minimum) {
    uintptr_t seen = weft_load_relaxed_uptr(&domain->read_sequence);
    while (!has_reached(seen, minimum)) {
        /* Release: pairs with the acquires of who runs callbacks for it: the reads of all threads
         * that were online are over. */
        if (weft_cas_weak_release_uptr(&domain->read_sequence, &seen, minimum)) {
            COUNT_LOCKED(domain->grace_periods);
            return;
        }
    }
}

/* Under list_lock. */
static void remember_laggard(weft_qsbr_domain *domain, weft_thread *thread, uintptr_t observed) {
    /* Relaxed, all but one: changed under the lock. */
    if (thread != NULL &&
        (weft_load_relaxed_ptr(&domain->laggard) != thread ||
         (weft_load_relaxed_uptr(&domain->lag_observed) | REPORTED) != observed)) {
        weft_store_relaxed_u64(&domain->lag_since, weft_now_ns());
        /* Release: pairs with report_stall: who finds the value finds its moment, and reports nothing that has just begun. */
        weft_store_release_uptr(&domain->lag_observed, observed);
    }
    store_hint(&domain->laggard, thread);
}

/* Under list_lock, by an attached thread in a quiescent state or offline. Publishes the least value that a
 * thread online has observed, and the host's grace periods have covered. True if the caller is the only
 * one online, and the host has no readers of its own. */
static bool scan(weft_thread *self, weft_runtime *runtime, weft_qsbr_domain *domain) {
    weft_thread *laggard = NULL;
    weft_thread *other = NULL;
    uint32_t listed = 0;
    stage(domain);
    if (observe(self, weft_qsbr_slot_of(self))) {
        announce(domain); /* who waits may have found this thread to lag, and asked no other */
    }
    bool urgent = is_urgent(domain);
    bool asks_for_host = urgent && foreign_is_under_way();
    if (asks_for_host) {
        weft_store_relaxed_u64(&domain->asked_for, weft_now_ns()); /* relaxed: a hint */
    }
    /* Before the first slot is looked at. Whatever was unlinked before any goal up to this value is
     * unlinked here. */
    uintptr_t target = load_write_sequence();
    uintptr_t minimum = target;
    /* Pairs with the fence in go_online. A thread whose value is found 0 here has its fence after
     * this one: it sees every unlink this thread sees, and so every one with a goal up to `target`;
     * for a thread that is alone, also those in its open batch. */
    weft_fence_seq_cst();
    for (weft_thread *thread = runtime->threads; thread != NULL; thread = thread->next) {
        listed++;
        uintptr_t observed = thread == self ? target : observed_by(thread);
        if (observed == 0 || thread == self) {
            continue;
        }
        other = thread;
        if (!has_reached(observed, minimum)) {
            minimum = observed;
            laggard = thread;
        }
        if (asks_for_host || (urgent && !has_reached(observed, target))) {
            press(thread, domain);
        }
    }
    remember_laggard(domain, laggard, minimum);
    if (WEFT_UNLIKELY(foreign != NULL)) {
        uintptr_t ended = bring_about();
        minimum = has_reached(ended, minimum) ? minimum : ended;
    }
    publish(domain, minimum);
    store_hint(&domain->other, other);
    weft_store_relaxed_u32(&domain->listed, listed);
    COUNT_LOCKED(domain->scans);
    return other == NULL && foreign == NULL;
}

/* ---- running ----------------------------------------------------------------------------------- */

/* In a quiescent state, outside of all locks. `self` may be NULL: see weft_qsbr_callback. Returns what is left: when
 * the runtime was closed while a callback was detached, the thread has nothing to run the others with. */
static weft_qsbr_node *call_back(weft_thread *self, weft_qsbr_node *nodes,
                                 weft_qsbr_domain *domain) {
    uint64_t count = 0;
    while (nodes != NULL && (self == NULL || weft_thread_is_attached(self))) {
        weft_qsbr_node *next = nodes->next; /* before the callback frees it */
        nodes->callback(self, nodes);
        nodes = next;
        count++;
    }
    weft_fetch_add_relaxed_u64(&domain->callbacks, count);
    return nodes;
}

/* The sizes of nodes are not kept: the whole batch's bytes are pending until the rest has run. */
static void give_back(weft_qsbr_domain *domain, weft_qsbr_node *rest, size_t bytes,
                      size_t uncounted) {
    weft_qsbr_node *last = rest;
    while (last->next != NULL) {
        last = last->next;
    }
    weft_fetch_add_relaxed_uptr(&domain->pending, uncounted);
    give(domain, rest, &last->next, bytes);
}

/* `pending` does not have `uncounted` of the batch's bytes. One batch at a time: it is all that a fork may lose. */
static void run(weft_thread *self, const weft_qsbr_closed *batch, size_t uncounted,
                weft_qsbr_domain *domain) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    size_t counted = batch->bytes - uncounted;
    rest_of(self)->running_bytes = counted;
    /* Relaxed: stored by this thread only, here and below. */
    weft_store_relaxed_u8(&slot->running, 1);
    weft_qsbr_node *rest = call_back(self, batch->head, domain);
    weft_runtime *runtime = weft_thread_runtime(self);
    /* Who came back to a closed runtime is detached, and a fork does not stop it. A fork has the list's lock: so its child
     * finds all of what follows, or nothing. */
    bool gone = !weft_thread_is_attached(self);
    if (WEFT_UNLIKELY(gone)) {
        weft_thread_check_gone_(self);
        weft_mutex_lock(&runtime->list_lock);
    }
    if (WEFT_UNLIKELY(rest != NULL)) {
        give_back(domain, rest, batch->bytes, uncounted);
        counted = 0;
    }
    /* Release: pairs with has_answered: the callbacks are over, or were given back. */
    weft_store_release_u8(&slot->running, 0);
    if (counted != 0) {
        weft_fetch_sub_relaxed_uptr(&domain->pending, counted);
    }
    if (WEFT_UNLIKELY(gone)) {
        weft_mutex_unlock(&runtime->list_lock);
    }
    announce(domain);
}

/* Runs the closed batches whose goal is reached. */
static void run_closed(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Acquire: pairs with the release in publish. */
    while (slot->first.head != NULL &&
           has_reached(weft_load_acquire_uptr(&domain->read_sequence), slot->first.goal)) {
        weft_qsbr_closed batch = slot->first;
        slot->first = slot->second;
        memset(&slot->second, 0, sizeof slot->second);
        run(self, &batch, 0, domain);
    }
}

/* ---- paying debts ------------------------------------------------------------------------------ */

/* A thread that hopes to be alone walks a long list for it only when its open batch is worth that. */
#define SHORT_LIST 8U
#define BYTES_PER_LISTED_SLOT 16U

static bool is_walk_worth(const weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed: a hint. */
    uint32_t listed = weft_load_relaxed_u32(&domain->listed);
    return listed <= SHORT_LIST || slot->open.bytes / BYTES_PER_LISTED_SLOT >= listed;
}

static bool is_scan_due(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed, all: hints; the scan looks again under the lock. */
    uintptr_t read = weft_load_relaxed_uptr(&domain->read_sequence);
    if (weft_load_relaxed_ptr(&domain->staged) != NULL) {
        uintptr_t goal = weft_load_relaxed_uptr(&domain->staged_goal);
        if (has_reached(read, goal) || !still_lags(self, domain, goal)) {
            return true;
        }
    } else if (weft_load_relaxed_ptr(&domain->incoming) != NULL) {
        return true;
    }
    if (slot->first.head != NULL && !has_reached(read, slot->first.goal)) {
        return !still_lags(self, domain, slot->first.goal);
    }
    return foreign == NULL && slot->open.head != NULL && !other_is_online(self, domain) &&
           is_walk_worth(slot, domain);
}

/* How much a thread does to have its debts paid. */
typedef enum effort {
    IF_DUE, /* scans if the hints say that it may help, and nobody has the list's lock */
    NOW,    /* scans, if nobody has the list's lock */
    WAIT    /* scans, and waits for the list's lock, which may detach */
} effort;

static bool lock_list(weft_thread *self, weft_runtime *runtime, effort how) {
    if (how != WAIT) {
        return weft_mutex_try_lock(&runtime->list_lock);
    }
    weft_mutex_lock(&runtime->list_lock);
    if (weft_thread_is_attached(self)) {
        return true;
    }
    weft_mutex_unlock(&runtime->list_lock);
    return false;
}

/* In a quiescent state: scans and runs what is due. True if the thread was the only one online. */
static bool pay(weft_thread *self, effort how) {
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_qsbr_domain *domain = domain_of(runtime);
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    bool alone = false;
    if ((how != IF_DUE || is_scan_due(self, slot, domain)) && lock_list(self, runtime, how)) {
        weft_qsbr_closed due = {NULL, &due.head, 0, 0};
        size_t uncounted = 0;
        alone = scan(self, runtime, domain);
        if (alone && has_backlog(slot)) {
            uncounted = take_backlog(slot, &due);
        }
        take_staged(domain, &due);
        weft_mutex_unlock(&runtime->list_lock);
        if (due.head != NULL) {
            run(self, &due, uncounted, domain);
        }
    }
    run_closed(self, slot, domain);
    return alone;
}

/* Behind the running of what was due: what weft_qsbr_batch_full has left open. */
static void close_full(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    if (is_full(slot)) {
        close_open(slot, domain);
        throttle_above_cap(self, domain);
    }
}

/* Answers barriers: what this thread has retired, it hands over. Outside of callbacks. */
static void answer_flush(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed: a number. What it asks for is this thread's own. */
    uint32_t request = weft_load_relaxed_u32(&domain->flush);
    if (WEFT_UNLIKELY(weft_load_relaxed_u32(&slot->flushed) != request)) {
        (void)hand_over(slot, domain);
        throttle_above_cap(self, domain);
        /* Release: pairs with the acquire in has_answered. */
        weft_store_release_u32(&slot->flushed, request);
        announce(domain);
    }
}

static void check_quiescent(weft_thread *self, const weft_qsbr_slot *slot) {
    if (slot->no_quiesce != 0) {
        weft_qsbr_misused(self, "quiescent state inside a no-quiesce scope");
    }
    if (weft_load_relaxed_uptr(&slot->observed) == 0) {
        weft_qsbr_misused(self, "quiescent state of a detached thread");
    }
}

void weft_qsbr_quiescent_slow(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    check_quiescent(self, slot);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (observe(self, slot)) {
        announce(domain);
    }
    if (may_pay(self, slot)) {
        answer_flush(self, slot, domain);
        (void)pay(self, IF_DUE);
        close_full(self, slot, domain);
    }
    set_idle(slot, domain);
}

void weft_qsbr_close(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    /* Relaxed: as in weft_qsbr_retire. */
    if (weft_load_relaxed_u8(&slot->away) != 0) {
        weft_qsbr_misused(self, "close of a batch by a detached thread");
    }
    if (slot->open.head != NULL) {
        close_open(slot, domain_of(weft_thread_runtime(self)));
        throttle(self);
    }
}

void weft_qsbr_poll(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    check_quiescent(self, slot);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (slot->open.head != NULL) {
        close_open(slot, domain);
        throttle_above_cap(self, domain);
    }
    slot->epoch++;
    if (observe(self, slot)) {
        announce(domain);
    }
    if (may_pay(self, slot)) {
        answer_flush(self, slot, domain);
        (void)pay(self, NOW);
        /* Else nobody waits for who lags, or a callback has left this thread detached for good. */
        if (is_busy(slot, domain) && weft_thread_is_attached(self)) {
            report_stall(domain);
        }
    }
    set_idle(slot, domain);
}

/* Offline: whether what was handed over may be run now. Waits for the list's lock; may detach. */
static bool is_stage_due(weft_thread *self, weft_runtime *runtime, weft_qsbr_domain *domain) {
    bool due = false;
    if (lock_list(self, runtime, WAIT)) {
        (void)scan(self, runtime, domain);
        /* Relaxed, all: under the lock. */
        due = weft_load_relaxed_ptr(&domain->staged) != NULL &&
              has_reached(weft_load_relaxed_uptr(&domain->read_sequence),
                          weft_load_relaxed_uptr(&domain->staged_goal));
        weft_mutex_unlock(&runtime->list_lock);
    }
    return due;
}

/* Over the hard cap: waits, detached, until enough was freed. */
WEFT_COLD static void wait_below_cap(weft_thread *self, weft_qsbr_domain *domain) {
    weft_runtime *runtime = weft_thread_runtime(self);
    COUNT(domain->waits);
    while (weft_thread_is_attached(self)) {
        (void)pay(self, WAIT);
        if (!over(&domain->hard, domain) || !weft_thread_is_attached(self)) {
            return;
        }
        bool goes_on = true;
        begin_wait(self, domain);
        for (;;) {
            uint32_t event = event_now(domain);
            if (!goes_on || !over(&domain->hard, domain) || is_stage_due(self, runtime, domain) ||
                !weft_thread_is_attached(self)) {
                break;
            }
            goes_on = sleep_until_event(self, domain, event);
        }
        end_wait(self, domain);
    }
}

/* ---- the layer's hooks ------------------------------------------------------------------------- */

static void on_birth(weft_thread *thread) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(thread);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(thread));
    /* Relaxed, all: under the list's lock, as who looks. `observed` and `idle` are 0 since on_freed. */
    weft_store_relaxed_u16(&slot->in_native, 0);
    weft_store_relaxed_u8(&slot->away, 1);
    weft_store_relaxed_u8(&slot->running, 0);
    weft_store_relaxed_u32(&slot->flushed, weft_load_relaxed_u32(&domain->flush));
    slot->no_quiesce = 0;
    slot->waits = false;
    reset_open(slot);
}

static void on_attach(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (slot->waits) {
        return;
    }
    /* Relaxed: the thread's own. In a no-quiesce scope it may have stayed online. */
    if (slot->no_quiesce == 0 || weft_load_relaxed_uptr(&slot->observed) == 0) {
        go_online(self, slot, domain);
    } else {
        weft_store_relaxed_u8(&slot->away, 0); /* relaxed: as in go_online */
    }
    throttle_above_cap(self, domain); /* the detach handed its backlog over */
}

static void on_detach(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (slot->no_quiesce == 0) {
        go_offline(self, slot, domain);
    } else {
        (void)go_away(slot, domain);
        announce(domain);
    }
}

/* Whether the next safepoint is to look again, by a thread that may pass nothing else: another thread's scan kept its own
 * from happening, or too much waits. */
static bool owes_look(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    return slot->first.head != NULL &&
           /* Relaxed: a hint; run_closed acquires. It may have been reached since run_closed looked. */
           (has_reached(weft_load_relaxed_uptr(&domain->read_sequence), slot->first.goal) ||
            is_urgent(domain) || (!foreign_is_under_way() && is_scan_due(self, slot, domain)));
}

/* Too much waits, and all that this thread's next look could find is that its batch is held up still. Then THROTTLE
 * stays, without another kick: who found it set, and so did not ask again, is looked for by the next safepoint. */
static bool is_held_up(weft_thread *self, weft_qsbr_slot *slot, weft_qsbr_domain *domain) {
    /* Relaxed, all: what is not seen yet is seen at a later safepoint, which is as slow as long as THROTTLE stays. */
    return slot->first.head != NULL && is_urgent(domain) && !is_full(slot) &&
           weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) ==
               weft_load_relaxed_uptr(&slot->observed) &&
           !has_reached(weft_load_relaxed_uptr(&domain->read_sequence), slot->first.goal) &&
           !over(&domain->hard, domain) && !owes_answer(slot, domain) &&
           !is_scan_due(self, slot, domain);
}

static void observe_at_safepoint(weft_thread *self, weft_qsbr_slot *slot,
                                 weft_qsbr_domain *domain) {
    slot->epoch++;
    if (observe(self, slot)) {
        announce(domain);
    }
}

static void on_safepoint(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (!may_pay(self, slot)) {
        return; /* THROTTLE stays: the next safepoint looks again */
    }
    if (is_held_up(self, slot, domain)) {
        if (foreign != NULL) {
            /* Who wants the host's grace period to end, and finds THROTTLE set, does not ask again. */
            observe_at_safepoint(self, slot, domain);
        }
        return;
    }
    (void)weft_thread_clear_break(self, WEFT_BREAK_THROTTLE);
    /* Pairs with the fences in scan and flush_all: who found THROTTLE set, and so did not ask again, finds that this
     * thread sees what it wants. */
    weft_fence_seq_cst();
    observe_at_safepoint(self, slot, domain);
    answer_flush(self, slot, domain);
    (void)pay(self, IF_DUE);
    close_full(self, slot, domain);
    if (WEFT_UNLIKELY(over(&domain->hard, domain))) {
        wait_below_cap(self, domain);
    }
    if (owes_look(self, slot, domain)) {
        throttle(self);
    }
    set_idle(slot, domain);
}

/* How often a thread that leaves alone runs what its callbacks have retired meanwhile. What then
 * still comes is left to the runtime's end. */
#define EXIT_ROUNDS 1000

static void on_exit(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    if (slot->no_quiesce != 0) {
        weft_qsbr_misused(self, "exit of a thread inside a no-quiesce scope");
    }
    if (is_running(slot)) {
        weft_qsbr_misused(self, "exit of a thread inside a callback");
    }
    bool alone = true;
    for (int round = 0;
         alone && weft_thread_is_attached(self) && is_busy(slot, domain) && round < EXIT_ROUNDS;
         round++) {
        if (observe(self, slot)) {
            announce(domain); /* before callbacks run */
        }
        alone = pay(self, NOW);
    }
    (void)hand_over(slot, domain); /* on_freed announces it */
}

/* Under the list's lock; the thread does not exist, or is detached for good. */
static void on_orphan(weft_thread *thread) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(thread);
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(thread));
    (void)hand_over(slot, domain);
    if (weft_load_relaxed_ptr(&domain->staged) != NULL) {
        /* It may have been about to: a fork that was not announced leaves a stage without its goal. */
        weft_store_relaxed_uptr(&domain->staged_goal, new_goal());
    }
    if (is_running(slot)) {
        /* The callbacks it was running are lost. */
        weft_fetch_sub_relaxed_uptr(&domain->pending, rest_of(thread)->running_bytes);
    }
    if (slot->waits) {
        wait_no_more(slot, domain); /* its `gone` hook has jumped out */
    }
}

/* Whether the slot is one of the calling thread's. */
static bool is_own(const weft_thread *thread) {
    const weft_thread *own = weft_thread_of(weft_thread_runtime(thread));
    while (own != NULL && own != thread) {
        own = own->next_here;
    }
    return own != NULL;
}

/* Under the list's lock: the slot is off the list. */
static void on_freed(weft_thread *thread) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(thread);
    bool was_online = weft_load_relaxed_uptr(&slot->observed) != 0;
    slot->no_quiesce = 0;
    /* For who goes on with a slot that it has given back: that is fatal, and nothing is lost. Relaxed: as in on_birth. */
    slot->idle = 0;
    weft_store_relaxed_u8(&slot->away, 1);
    /* Relaxed: who looks without the lock (still_lags) frees nothing by it, but scans, with the lock. */
    weft_store_relaxed_uptr(&slot->observed, 0);
    if (foreign != NULL && was_online) {
        if (is_own(thread)) {
            foreign->offline(foreign->argument, word_of(thread));
        } else if (foreign->lost != NULL) {
            foreign->lost(foreign->argument, word_of(thread));
        }
    }
    announce(domain_of(weft_thread_runtime(thread)));
}

#if WEFT_CHECKED
static void on_may_detach(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    if (slot->no_quiesce == 0) {
        slot->epoch++;
    }
}
#endif

static bool on_runtime_birth(weft_runtime *runtime) {
    weft_qsbr_domain *domain = domain_of(runtime);
    /* Relaxed, all: nobody else knows the runtime yet. */
    weft_store_relaxed_uptr(&domain->read_sequence, load_write_sequence());
    weft_store_relaxed_uptr(&domain->soft, WEFT_QSBR_SOFT_BYTES);
    weft_store_relaxed_uptr(&domain->hard, WEFT_QSBR_HARD_BYTES);
    domain->stall_after = WEFT_QSBR_STALL_NS;
    return true;
}

/* Each runtime's number of waiting threads, from those that exist. */
static void count_waiting(void) {
    uint32_t slots = weft_thread_slot_count();
    /* Relaxed, all: one thread is left. */
    weft_store_relaxed_u32(&process_waiting.waiters, 0);
    for (uint32_t index = 0; index < slots; index++) {
        weft_runtime *runtime = weft_thread_runtime(weft_thread_slot(index));
        if (runtime != NULL) {
            weft_store_relaxed_u32(&domain_of(runtime)->waiting.waiters, 0);
        }
    }
    for (uint32_t index = 0; index < slots; index++) {
        weft_thread *thread = weft_thread_slot(index);
        if ((weft_load_relaxed_u32(&thread->state) & WEFT_THREAD_FREE) == 0 &&
            weft_qsbr_slot_of(thread)->waits) {
            weft_qsbr_domain *domain = domain_of(weft_thread_runtime(thread));
            weft_fetch_add_relaxed_u32(&waiting_in(domain)->waiters, 1);
        }
    }
}

/* Whoever had the lock, and most of who waited, do not exist here. */
static void on_fork_child(void) {
    static const weft_mutex FRESH = WEFT_MUTEX_INIT;
    foreign_lock = FRESH;
    count_waiting();
}

/* No thread is left, so nobody reads, but the host's own readers: all grace periods have ended. */
static void on_runtime_last(weft_runtime *runtime) {
    weft_qsbr_domain *domain = domain_of(runtime);
    /* Relaxed, both: who drops the last reference sees what the others have done, and nobody looks again: the area is
     * cleared next. */
    weft_qsbr_node *staged = weft_load_relaxed_ptr(&domain->staged);
    weft_qsbr_node *incoming = weft_load_relaxed_ptr(&domain->incoming);
    if (foreign != NULL && (staged != NULL || incoming != NULL)) {
        weft_qsbr_foreign_wait_begin(); /* threads of other runtimes are its readers, too */
        foreign->synchronize(foreign->argument);
        weft_qsbr_foreign_wait_end();
    }
    (void)call_back(NULL, staged, domain);
    (void)call_back(NULL, incoming, domain);
}

#if WEFT_CHECKED
#define MAY_DETACH_HOOK .may_detach = on_may_detach,
#else
#define MAY_DETACH_HOOK
#endif
#define LAYER                                                                                      \
    {                                                                                              \
        .birth = on_birth,                                                                         \
        .attach = on_attach,                                                                       \
        .detach = on_detach,                                                                       \
        .safepoint = on_safepoint,                                                                 \
        .exit = on_exit,                                                                           \
        .orphan = on_orphan,                                                                       \
        .freed = on_freed,                                                                         \
        MAY_DETACH_HOOK.runtime_birth = on_runtime_birth,                                          \
        .runtime_last = on_runtime_last,                                                           \
        .fork_child = on_fork_child,                                                               \
    }

/* Two, so that lib/thread notices a domain that comes when there are runtimes already. */
static const weft_thread_layer own_layer = LAYER;
static const weft_thread_layer foreign_layer = LAYER;

void weft_qsbr_install(void) {
    weft_thread_set_layer(WEFT_AREA_QSBR, foreign != NULL ? &foreign_layer : &own_layer);
}

void weft_qsbr_use(const weft_qsbr_foreign *domain) {
    if (foreign != NULL && foreign != domain) {
        weft_fatal("a second domain for reclamation", "domain", domain, NULL);
    }
    weft_thread_set_layer(WEFT_AREA_QSBR, &foreign_layer);
    foreign = domain;
}

/* ---- synchronize and barrier ------------------------------------------------------------------- */

static void check_wait(weft_thread *self, const weft_qsbr_slot *slot, const char *detail) {
    const char *what = NULL;
    if (weft_load_relaxed_uptr(&slot->observed) == 0) {
        what = "wait for a grace period by a detached thread";
    } else if (slot->no_quiesce != 0) {
        what = "wait for a grace period inside a no-quiesce scope";
    } else if (self->world_stopped) {
        what = "wait for a grace period inside a stopped world";
    }
    if (what != NULL) {
        weft_fatal(what, "thread", self, detail);
    }
    weft_park_may_detach();
}

/* One look whether the grace period has ended. */
static bool try_reach(weft_thread *self, weft_qsbr_domain *domain, uintptr_t goal, bool wait) {
    weft_runtime *runtime = weft_thread_runtime(self);
    if (!still_lags(self, domain, goal)) {
        if (wait) {
            weft_mutex_lock(&runtime->list_lock);
        } else if (!weft_mutex_try_lock(&runtime->list_lock)) {
            return false;
        }
        if (weft_thread_is_attached(self)) {
            (void)scan(self, runtime, domain);
        }
        weft_mutex_unlock(&runtime->list_lock);
    }
    /* Acquire: pairs with the release in publish. */
    return has_reached(weft_load_acquire_uptr(&domain->read_sequence), goal);
}

void weft_qsbr_synchronize(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    check_wait(self, slot, "synchronize");
    weft_qsbr_domain *domain = domain_of(weft_thread_runtime(self));
    weft_backoff backoff = {0};
    uintptr_t goal = new_goal();
    slot->idle = 0;
    slot->epoch++;
    (void)observe(self, slot);
    announce(domain);
    do {
        if (try_reach(self, domain, goal, false)) {
            return;
        }
    } while (weft_backoff_pause(&backoff));
    begin_wait(self, domain);
    for (;;) {
        uint32_t event = event_now(domain);
        if (try_reach(self, domain, goal, true) || !weft_thread_is_attached(self) ||
            !sleep_until_event(self, domain, event)) {
            break;
        }
    }
    end_wait(self, domain);
}

/* A thread that has answered, or is away, holds nothing it retired before the request, and runs nothing it took
 * before, unless it left inside a callback. Not by the thread's state: that changes after the announcement, and who looks
 * in between would be left asleep. */
static bool has_answered(weft_thread *thread, uint32_t request) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(thread);
    /* Acquire, both: pair with the releases of answer_flush and go_away. */
    if ((int32_t)(weft_load_acquire_u32(&slot->flushed) - request) >= 0) {
        return true;
    }
    /* Acquire: pairs with the release in run: what a callback did that had detached and has come back since. (So would the
     * fence of go_online, but no plain data is to depend on a fence.) */
    return weft_load_acquire_u8(&slot->away) != 0 && weft_load_acquire_u8(&slot->running) == 0;
}

/* Asks those who have not, at each look: who was away at the last one may have come back. */
static bool have_all_answered(weft_thread *self, weft_runtime *runtime, uint32_t request) {
    bool all = true;
    weft_mutex_lock(&runtime->list_lock);
    for (weft_thread *thread = runtime->threads; thread != NULL; thread = thread->next) {
        if (thread != self && !has_answered(thread, request)) {
            all = false;
            press(thread, domain_of(runtime));
        }
    }
    weft_mutex_unlock(&runtime->list_lock);
    return all;
}

/* Makes every thread hand its backlog over and end the callbacks it runs. The caller waits. */
static bool flush_all(weft_thread *self, weft_qsbr_domain *domain) {
    weft_runtime *runtime = weft_thread_runtime(self);
    /* Relaxed: a number. */
    uint32_t request = weft_fetch_add_relaxed_u32(&domain->flush, 1) + 1;
    /* Who passes quiescent states but no safepoints notices by this, and sees the request (owes_answer). */
    (void)advance_write_sequence();
    /* Pairs with the fence in on_safepoint: either the thread finds the request there, or `press` finds that the
     * thread is not asked any more. */
    weft_fence_seq_cst();
    for (;;) {
        uint32_t event = event_now(domain);
        bool answered = have_all_answered(self, runtime, request);
        if (!weft_thread_is_attached(self)) {
            return false;
        }
        if (answered) {
            return true;
        }
        if (!sleep_until_event(self, domain, event)) {
            return false;
        }
    }
}

/* The number of stages after which everything that is handed over now was taken. */
static uint32_t stages_to_take(weft_runtime *runtime, weft_qsbr_domain *domain) {
    weft_mutex_lock(&runtime->list_lock);
    uint32_t stages = weft_load_relaxed_u32(&domain->stages);
    if (weft_load_relaxed_ptr(&domain->incoming) != NULL) {
        stages++;
    }
    weft_mutex_unlock(&runtime->list_lock);
    return stages;
}

/* Asks who kept the read sequence back at the last scan: it may pass safepoints only. */
static void press_laggard(weft_thread *self, weft_qsbr_domain *domain) {
    weft_thread *laggard = load_hint(&domain->laggard);
    if (laggard != NULL && laggard != self && observed_by(laggard) != 0) {
        press(laggard, domain);
    }
}

/* Runs what was handed over until stage `last` was taken, by this thread or another. The caller
 * waits. */
static bool run_stages(weft_thread *self, weft_qsbr_domain *domain, uint32_t last) {
    weft_runtime *runtime = weft_thread_runtime(self);
    for (;;) {
        uint32_t event = event_now(domain);
        /* Relaxed: the callbacks may be another thread's, which the next flush waits for. It takes the list's lock, under
         * which they were taken, and so finds that thread neither away nor to have answered. */
        if ((int32_t)(weft_load_relaxed_u32(&domain->taken) - last) >= 0) {
            return true;
        }
        bool due = is_stage_due(self, runtime, domain);
        if (!weft_thread_is_attached(self)) {
            return false;
        }
        if (due) {
            /* Callbacks run online. */
            end_wait(self, domain);
            (void)pay(self, WAIT);
            begin_wait(self, domain);
            continue; /* if the runtime was closed meanwhile, the next look says so */
        }
        press_laggard(self, domain);
        if (!sleep_until_event(self, domain, event)) {
            return false;
        }
    }
}

void weft_qsbr_barrier(weft_thread *self) {
    weft_qsbr_slot *slot = weft_qsbr_slot_of(self);
    weft_runtime *runtime = weft_thread_runtime(self);
    check_wait(self, slot, "barrier");
    if (is_running(slot)) {
        weft_qsbr_misused(self, "barrier inside a callback");
    }
    weft_qsbr_domain *domain = domain_of(runtime);
    begin_wait(self, domain);
    if (flush_all(self, domain) && run_stages(self, domain, stages_to_take(runtime, domain))) {
        (void)flush_all(self, domain);
    }
    end_wait(self, domain);
}

/* ---- memory, budgets, statistics --------------------------------------------------------------- */

void weft_qsbr_free(void *memory, size_t size, size_t alignment) {
#if WEFT_CHECKED
    memset(memory, 0xDB, size);
#endif
    weft_host_free(memory, size, alignment);
}

void weft_qsbr_set_batch(size_t bytes) {
    weft_store_relaxed_uptr(&weft_qsbr_batch_bytes, bytes);
}

void weft_qsbr_set_budgets(weft_runtime *runtime, size_t soft, size_t hard) {
    weft_qsbr_domain *domain = domain_of(runtime);
    weft_store_relaxed_uptr(&domain->soft, soft);
    weft_store_relaxed_uptr(&domain->hard, hard);
}

void weft_qsbr_set_stall_hook(weft_runtime *runtime, weft_qsbr_stall_hook hook, void *argument,
                              uint64_t after) {
    weft_qsbr_domain *domain = domain_of(runtime);
    domain->stall_hook = hook;
    domain->stall_argument = argument;
    domain->stall_after = after != 0 ? after : WEFT_QSBR_STALL_NS;
}

void weft_qsbr_get_statistics(weft_runtime *runtime, weft_qsbr_statistics *statistics) {
    weft_qsbr_domain *domain = domain_of(runtime);
    statistics->pending = weft_load_relaxed_uptr(&domain->pending);
    statistics->batches = weft_load_relaxed_u64(&domain->batches);
    statistics->scans = weft_load_relaxed_u64(&domain->scans);
    statistics->grace_periods = weft_load_relaxed_u64(&domain->grace_periods);
    statistics->callbacks = weft_load_relaxed_u64(&domain->callbacks);
    statistics->kicks = weft_load_relaxed_u64(&domain->kicks);
    statistics->waits = weft_load_relaxed_u64(&domain->waits);
    statistics->stalls = weft_load_relaxed_u64(&domain->stalls);
}

void weft_qsbr_start_at(uintptr_t sequence) {
    /* Relaxed, all: nobody else is there. */
    weft_store_relaxed_uptr(&weft_qsbr_process.write_sequence, sequence | 1);
    weft_store_relaxed_uptr(&wanted, sequence | 1);
    weft_store_relaxed_uptr(&covered, sequence | 1);
}
