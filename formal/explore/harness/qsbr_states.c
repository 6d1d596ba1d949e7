/* What each step of reclamation leaves behind: amounts, figures, hints and who is asked for what. The other thread is
 * attached and passes a quiescent state when main says so.
 * STALLS: only until what it is late for is reported. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#define BYTES 100U

static weft_runtime *runtime;
static weft_qsbr_node nodes[6];
static weft_atomic_u32 step;
static int freed;
static weft_thread *stalls; /* the other thread's slot */

static weft_qsbr_statistics figures(void) {
    weft_qsbr_statistics now;
    weft_qsbr_get_statistics(runtime, &now);
    return now;
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
    freed++;
}

#ifndef STALLS
static void drop_and_poll(weft_thread *self, weft_qsbr_node *node) {
    int before = freed;
    weft_qsbr_retire(self, &nodes[5], drop, BYTES);
    weft_qsbr_poll(self);
    assert(freed == before); /* nothing runs inside a callback */
    drop(self, node);
}
#endif

static bool is_pressed(weft_thread *thread) {
    return (weft_load_relaxed_u32(&thread->state) & WEFT_BREAK_THROTTLE) != 0;
}

static void *other(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    stalls = self;
    for (uint32_t now = 1; now < 7; now += 2) {
        weft_store_release_u32(&step, now);
        await_value(&step, now + 1);
        weft_qsbr_quiescent(self);
    }
    weft_thread_detach(self);
    weft_store_release_u32(&step, 7);
    await_value(&step, 8);
    weft_thread_unregister(self);
    return NULL;
}

static void let_other_pass(uint32_t now) {
    weft_store_release_u32(&step, now + 1);
    await_value(&step, now + 2);
}

/* What slots are when they are registered, and while their thread is away. */
#ifndef STALLS
static void away(weft_thread *self) {
    weft_thread *idle = NULL;
    assert(weft_thread_register(runtime, NULL, &idle) == WEFT_THREAD_OK);
    weft_qsbr_barrier(self); /* who was never attached is not waited for */
    weft_thread_detach(self);
    assert(weft_thread_attach(idle) == WEFT_THREAD_OK);
    weft_qsbr_native_begin(idle);
    weft_qsbr_no_quiesce_begin(idle);
    weft_thread_detach(idle);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_barrier(self); /* nor who is away, inside a no-quiesce scope */
    weft_thread_detach(self);
    assert(weft_thread_attach(idle) == WEFT_THREAD_OK);
    weft_qsbr_retire(idle, &nodes[5], drop, BYTES); /* it is back */
    weft_qsbr_no_quiesce_end(idle);
    weft_thread_unregister(idle);
    assert(weft_load_relaxed_u8(&weft_qsbr_slot_of(idle)->away) == 1); /* it retires no more */
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self);
    assert(freed == 1);
    freed = 0;
    weft_thread *again = NULL;
    assert(weft_thread_register(runtime, NULL, &again) == WEFT_THREAD_OK);
    assert(again == idle && weft_load_relaxed_u16(&weft_qsbr_slot_of(again)->in_native) == 0);
    weft_thread_unregister(again);
}
#endif

static uint64_t began;
static int stalled;

static void stall(void *argument, const weft_qsbr_stall *what) {
    assert(argument == &stalled && what->thread == stalls && what->attached);
    assert(what->nanoseconds <= weft_now_ns() - began);
    stalled++;
}

/* Who lags is reported once for each thing it is late for. */
static void lags(weft_thread *self, int reports) {
#ifdef STALLS
    for (int i = 0; i < 66; i++) {
        weft_qsbr_quiescent(self);
    }
    assert(stalled == reports);
#else
    (void)self;
    (void)reports;
#endif
}

#ifndef STALLS
/* Nobody walks a long list for a small batch. */
static void long_list(weft_thread *self) {
    weft_thread *idle[9];
    for (int i = 0; i < 9; i++) {
        assert(weft_thread_register(runtime, NULL, &idle[i]) == WEFT_THREAD_OK);
    }
    weft_qsbr_poll(self);
    uint64_t scans = figures().scans;
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_qsbr_quiescent(self);
    assert(figures().scans == scans && freed == 2);
    weft_qsbr_poll(self);
    assert(freed == 3);
    freed = 2;
    for (int i = 0; i < 9; i++) {
        weft_thread_unregister(idle[i]);
    }
}

static void alone(weft_thread *self) {
    uint64_t before = figures().callbacks;
    weft_qsbr_native_begin(self);
    assert(weft_load_relaxed_u16(&weft_qsbr_slot_of(self)->in_native) == 1);
    weft_qsbr_native_end(self);
    assert(weft_load_relaxed_u16(&weft_qsbr_slot_of(self)->in_native) == 0);
    weft_qsbr_retire(self, &nodes[0], drop_and_poll, BYTES);
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    assert(freed == 2 && figures().callbacks == before + 2 && figures().pending == 0);
    assert(figures().grace_periods != 0 && figures().kicks == 0);
}
#endif

static void one_lags(weft_thread *self) {
    await_value(&step, 1);
    /* Nothing waits yet; that the other is online is known from the last scan. */
    weft_qsbr_poll(self);
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    uint64_t scans = figures().scans;
    weft_qsbr_quiescent(self);
    assert(figures().scans == scans && freed == 2);
    /* A closed batch waits for the other; looking again is in vain. */
    weft_qsbr_poll(self);
    assert(figures().pending == BYTES);
    scans = figures().scans;
    weft_qsbr_quiescent(self);
    assert(figures().scans == scans && freed == 2 && figures().kicks == 0);
    lags(self, 1);
    let_other_pass(1);
    weft_qsbr_poll(self);
    assert(freed == 3 && figures().pending == 0);
}

static void handed_over(weft_thread *self) {
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_thread_detach(self);
    assert(figures().pending == BYTES);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(!is_pressed(self));
    weft_qsbr_poll(self);
    assert(freed == 3);
    lags(self, 2);
    let_other_pass(3);
    weft_qsbr_poll(self);
    assert(freed == 4 && figures().pending == 0);
    weft_qsbr_poll(self);
    assert(freed == 4);
}

static void over_budget(weft_thread *self) {
    weft_qsbr_set_batch(1);
    uint64_t batches = figures().batches;
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    assert(figures().batches == batches + 1);
    assert(figures().kicks == 0);
    weft_qsbr_set_budgets(runtime, 1, (size_t)1 << 30);
    weft_qsbr_poll(self);
    assert(figures().kicks == 1); /* who lags is asked */
    weft_thread_safepoint(self);
    weft_qsbr_set_budgets(runtime, 1, 1);
    weft_qsbr_retire(self, &nodes[1], drop, BYTES);
    weft_qsbr_poll(self);
    assert(is_pressed(self)); /* to wait at its next safepoint */
    weft_qsbr_set_budgets(runtime, 1, (size_t)1 << 30);
    let_other_pass(5);
    weft_qsbr_poll(self);
    assert(freed == 6);
}

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
    uintptr_t start = ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1)) | 101;
    weft_qsbr_start_at(start);
    assert(weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) == start);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
#ifdef STALLS
    freed = 2;
#else
    away(self);
    alone(self);
    long_list(self);
#endif
    began = weft_now_ns();
    weft_qsbr_set_stall_hook(runtime, stall, &stalled, UINT64_MAX); /* any time has passed */
    pthread_create(&thread, NULL, other, NULL);
    one_lags(self);
    handed_over(self);
    over_budget(self);
    await_value(&step, 7);
    weft_qsbr_retire(self, &nodes[2], drop, BYTES);
    weft_qsbr_poll(self); /* who is detached keeps nothing back */
    assert(freed == 7);
    weft_store_release_u32(&step, 8);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == 7);
    return 0;
}
