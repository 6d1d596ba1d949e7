/* Who waits is not left asleep beside a thread that passes nothing but PASSES until the wait is over: without deadlines nothing but an
 * announcement wakes it. WAITS: what main waits for; BARRIER: that is one. ASKED: the thread has been asked for a safepoint before, by itself. USED: the
 * slots have answered barriers in another runtime. EMPTY: the thread has retired nothing, and so announces nothing by freeing. EXITS: it
 * unregisters when main waits, and frees what it has retired once main waits no more. KICKS: it is asked no more often than that.
 * URGENT: main is inside a callback, whose
 * bytes are more than the soft budget, so that who lags is asked. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#ifndef PASSES
#define PASSES weft_qsbr_quiescent
#endif
#ifndef WAITS
#define WAITS weft_qsbr_synchronize
#endif

static weft_runtime *runtime;
static weft_qsbr_node node;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static weft_atomic_u32 freed;

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
#ifdef EXITS
    await_value(&over, 1);
#endif
    weft_fetch_add_relaxed_u32(&freed, 1);
}

/* As a thread that blocks again and again: it detaches, for no safepoint, and comes back at once. */
static inline void comes_and_goes(weft_thread *self) {
    static uintptr_t last;
    uintptr_t now = weft_load_acquire_uptr(&weft_qsbr_process.write_sequence);
    if (now != last) {
        last = now;
        weft_thread_detach(self);
        assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
}

/* As a thread that blocks for long, inside a no-quiesce scope. */
static inline void stays_away(weft_thread *self) {
    weft_qsbr_no_quiesce_begin(self);
    weft_thread_detach(self);
    await_value(&over, 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_no_quiesce_end(self);
}

/* It looks for others once, and then has nothing more to do. */
static inline void polls_once(weft_thread *self) {
    static bool has_polled;
    if (!has_polled) {
        has_polled = true;
        weft_qsbr_poll(self);
    }
    weft_qsbr_quiescent(self);
}

/* It finds at its first look that nobody lags. */
static inline void waits_once(weft_thread *self) {
    static bool has_waited;
    if (!has_waited) {
        has_waited = true;
        weft_qsbr_synchronize(self);
    }
    weft_qsbr_quiescent(self);
}

static void *passes(void *unused) {
    weft_thread *self = enter(runtime);
#ifdef EXITS
    uintptr_t before = weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence);
#endif
#ifndef EMPTY
    weft_qsbr_retire(self, &node, drop, sizeof node);
#endif
    weft_store_release_u32(&ready, 1);
#ifdef EXITS
    while (weft_load_acquire_uptr(&weft_qsbr_process.write_sequence) == before) {
    }
#else
    while (weft_load_acquire_u32(&over) == 0) {
        PASSES(self);
#ifdef KICKS
        weft_qsbr_statistics now;
        weft_qsbr_get_statistics(runtime, &now);
        assert(now.kicks <= KICKS);
#endif
    }
#endif
    weft_thread_unregister(self);
    return unused;
}

#ifdef USED
static void use_slots(void) {
    weft_runtime *other = weft_runtime_create(NULL);
    weft_thread *first = enter(other);
    for (int i = 0; i < 2; i++) {
        weft_qsbr_barrier(first);
    }
    weft_thread_detach(first);
    weft_thread *second = enter(other);
    weft_thread_unregister(second);
    weft_thread_unregister(first);
    weft_runtime_release(other);
}
#endif

/* While the thread is there. */
static void wait_beside(weft_thread *self) {
    pthread_t thread;
    pthread_create(&thread, NULL, passes, NULL);
    await_value(&ready, 1);
    WAITS(self);
#if defined(BARRIER) && !defined(EMPTY)
    assert(weft_load_relaxed_u32(&freed) == 1);
#endif
    weft_store_release_u32(&over, 1);
    weft_thread_detach(self);
    pthread_join(thread, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

#ifdef URGENT
static void wait_inside(weft_thread *self, weft_qsbr_node *old) {
    (void)old;
    wait_beside(self);
}
#endif

int main(void) {
    weft_qsbr_install();
#ifdef USED
    use_slots();
#endif
#ifdef ASKED
    weft_qsbr_set_batch(1);
#endif
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
#ifdef URGENT
    static weft_qsbr_node own;
    weft_qsbr_set_budgets(runtime, 1, SIZE_MAX);
    weft_qsbr_retire(self, &own, wait_inside, sizeof own);
    weft_qsbr_poll(self);
#else
    wait_beside(self);
#endif
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
#ifndef EMPTY
    assert(weft_load_relaxed_u32(&freed) == 1);
#endif
    return 0;
}
