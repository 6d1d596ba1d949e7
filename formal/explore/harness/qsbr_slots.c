/* Several slots of one thread, which keep what is retired from being freed while it is detached inside no-quiesce scopes: who is found
 * to lag, and reported, when slots come back, change and leave, and what is freed then. STALLS: the reports. ASKS: who is asked for a
 * safepoint, by itself above the hard cap and by others. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#define BYTES 100U
#define BATCH ((size_t)64 << 10)

static weft_runtime *runtime;
static weft_thread *self;
static int freed;

static void drop(weft_thread *thread, weft_qsbr_node *node) {
    (void)thread;
    (void)node;
    freed++;
}

/* Another slot of this thread, online. */
static weft_thread *stay_online(void) {
    weft_thread_detach(self);
    weft_thread *other = enter(runtime);
    weft_qsbr_no_quiesce_begin(other);
    weft_thread_detach(other);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    return other;
}

static void come_back(weft_thread *other) {
    weft_thread_detach(self);
    assert(weft_thread_attach(other) == WEFT_THREAD_OK);
}

static void leave(weft_thread *other) {
    come_back(other);
    weft_qsbr_no_quiesce_end(other);
    weft_thread_unregister(other);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

#ifdef STALLS

static int stalled;
static weft_thread *reported;

static void stall(void *argument, const weft_qsbr_stall *what) {
    (void)argument;
    reported = what->thread;
    stalled++;
}

/* It observes what is now, and nobody scans. */
static void move_on(weft_thread *other) {
    come_back(other);
    weft_qsbr_no_quiesce_end(other);
    weft_thread_detach(other);
    assert(weft_thread_attach(other) == WEFT_THREAD_OK);
    weft_qsbr_no_quiesce_begin(other);
    weft_thread_detach(other);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

/* As if it had just closed a batch: then it looks at the clock. */
static void look_again(void) {
    weft_qsbr_slot_of(self)->peeks = 0;
    weft_qsbr_quiescent(self);
}

/* Makes a scan that finds who lags, without anything retired. */
static void find_laggard(void) {
    weft_qsbr_foreign_wait_begin(); /* an advance */
    weft_qsbr_foreign_wait_end();
    weft_qsbr_poll(self);
}

/* One report for each slot and value. */
static void stalls(void) {
    static weft_qsbr_node nodes[3];
    weft_thread *slots[2] = {stay_online(), stay_online()};
    weft_qsbr_set_stall_hook(runtime, stall, NULL, UINT64_MAX); /* any time has passed */
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_qsbr_poll(self);
    assert(stalled == 1);
    look_again();
    weft_qsbr_poll(self);
    assert(stalled == 1);
    weft_thread *first = reported;
    weft_thread *second = slots[first == slots[0] ? 1 : 0];
    leave(first);
    look_again();
    assert(stalled == 2 && reported == second);
    move_on(second);
    weft_qsbr_retire(self, &nodes[1], drop, BYTES);
    weft_qsbr_poll(self);
    look_again();
    assert(stalled == 3);
    move_on(second);
    weft_qsbr_poll(self);
    move_on(second);
    weft_qsbr_poll(self);
    assert(freed == 2);
    int before = stalled;
    find_laggard();
    assert(stalled == before); /* nobody waits for it */
    move_on(second);
    weft_qsbr_set_batch(1);
    weft_qsbr_retire(self, &nodes[2], drop, BYTES);
    look_again();
    assert(stalled ==
           before); /* how long it lags with what it has observed now, no scan has seen */
    weft_qsbr_set_batch(BATCH);
    leave(second);
    weft_qsbr_poll(self);
}

#elif defined(ASKS)

/* That this thread's next safepoint is to pay: with too much waiting it would wait. Nothing is left of it afterwards. */
static void check_asked(void) {
    assert((weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) != 0);
    weft_qsbr_set_budgets(runtime, SIZE_MAX, SIZE_MAX);
    weft_thread_safepoint(self);
    assert((weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) == 0);
    weft_qsbr_set_budgets(runtime, SIZE_MAX, 1);
}

/* A barrier that this thread, detached, has not to be asked for: it answers when it is back. */
static void barrier_meanwhile(void) {
    weft_thread_detach(self);
    weft_thread *third = enter(runtime);
    weft_qsbr_barrier(third);
    weft_thread_unregister(third);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

/* Whoever hands over what is too much, or comes back when too much waits. */
static void above_cap(void) {
    static weft_qsbr_node nodes[2];
    weft_thread *other = stay_online();
    weft_qsbr_set_budgets(runtime, SIZE_MAX, 1);
    barrier_meanwhile();
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_qsbr_quiescent(self);
    check_asked();
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    check_asked();
    weft_qsbr_retire(self, &nodes[1], drop, BYTES);
    weft_qsbr_poll(self);
    check_asked();
    leave(other);
    assert(freed == 2);
}

static weft_qsbr_node last;

static void retires(weft_thread *thread, weft_qsbr_node *node) {
    (void)node;
    weft_qsbr_retire(thread, &last, drop, BYTES);
}

/* A wait hands over what its callbacks have retired, and that is too much again. */
static void waits_above_cap(void) {
    static weft_qsbr_node node;
    weft_qsbr_retire(self, &node, retires, BYTES);
    weft_qsbr_barrier(self);
    check_asked();
    weft_qsbr_poll(self);
    assert(freed == 3);
    weft_qsbr_set_budgets(runtime, SIZE_MAX, SIZE_MAX);
}

/* Who was found to lag when that was no harm is asked once it is, without another scan. */
static void becomes_urgent(void) {
    static weft_qsbr_node node;
    weft_qsbr_statistics before;
    weft_qsbr_statistics now;
    weft_thread *other = stay_online();
    weft_qsbr_get_statistics(runtime, &before);
    weft_qsbr_retire(self, &node, drop, BYTES);
    weft_qsbr_poll(self);
    weft_qsbr_get_statistics(runtime, &now);
    assert(now.kicks == before.kicks);
    weft_qsbr_set_budgets(runtime, 1, SIZE_MAX);
    weft_qsbr_quiescent(self);
    weft_qsbr_get_statistics(runtime, &now);
    assert(now.kicks == before.kicks + 1 && now.scans == before.scans + 1);
    leave(other);
    weft_qsbr_poll(self);
    assert(freed == 4);
}

/* Who owes a look, and too much waits, looks at each safepoint: it may pass nothing else. That it is held up does not keep
 * it from passing a quiescent state. */
static void looks_again(void) {
    static weft_qsbr_node node;
    weft_thread *other = stay_online();
    weft_qsbr_set_budgets(runtime, 1, SIZE_MAX);
    weft_qsbr_set_batch(1);
    weft_qsbr_retire(self, &node, drop, BYTES);
    weft_qsbr_set_batch(BATCH);
    weft_thread_safepoint(self); /* asked for by the full batch */
    weft_thread_safepoint(self);
    weft_qsbr_foreign_wait_begin(); /* an advance */
    weft_qsbr_foreign_wait_end();
    weft_thread_safepoint(self);
    assert(weft_load_relaxed_uptr(&weft_qsbr_slot_of(self)->observed) ==
           weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence));
    check_asked();
    weft_qsbr_set_budgets(runtime, SIZE_MAX, SIZE_MAX);
    leave(other);
    weft_qsbr_poll(self);
    assert(freed == 5);
}

/* What is closed begins to wait at the next safepoint, which is asked for. */
static void closes(void) {
    static weft_qsbr_node node;
    weft_thread *other = stay_online();
    weft_qsbr_retire(self, &node, drop, BYTES);
    weft_thread_safepoint(self);
    assert((weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) == 0);
    weft_qsbr_close(self);
    assert((weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) != 0);
    leave(other);
    weft_qsbr_poll(self);
    assert(freed == 6);
}

#else

/* What an earlier barrier has run does not stand for what the next is to run. */
static void barriers(void) {
    static weft_qsbr_node nodes[2];
    for (int i = 0; i < 2; i++) {
        weft_qsbr_retire(self, &nodes[i], drop, BYTES);
        weft_qsbr_barrier(self);
        assert(freed == i + 1);
    }
}

/* Who comes back inside its scope keeps what it has borrowed. */
static void comes_back_inside(void) {
    static weft_qsbr_node node;
    weft_thread *other = stay_online();
    freed = 0;
    weft_qsbr_retire(self, &node, drop, BYTES);
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self); /* it has a goal */
    come_back(other);
    weft_thread_detach(other);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self);
    assert(freed == 0);
    leave(other);
    weft_qsbr_poll(self);
    assert(freed == 1);
}

/* Who leaves as the last one online runs what was handed over. */
static void leaves_alone(void) {
    static weft_qsbr_node node;
    freed = 0;
    weft_thread_detach(self);
    weft_thread *other = enter(runtime);
    weft_qsbr_retire(other, &node, drop, BYTES);
    weft_thread_detach(other);
    assert(weft_thread_attach(other) == WEFT_THREAD_OK);
    weft_thread_unregister(other);
    assert(freed == 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

static int kicks;

static void count_kick(void *context, void *thread) {
    (void)context;
    (void)thread;
    kicks++;
}

/* Once asked is enough. */
static void asked(void) {
    static weft_qsbr_node nodes[2];
    weft_qsbr_statistics before;
    weft_qsbr_statistics after;
    weft_qsbr_set_batch(1);
    weft_thread_safepoint(self);
    kicks = 0;
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_qsbr_retire(self, &nodes[1], drop, BYTES);
    assert(kicks == 1);
    weft_qsbr_set_batch(BATCH);
    weft_thread_safepoint(self);
    weft_thread *other = stay_online();
    weft_qsbr_set_budgets(runtime, 1, SIZE_MAX);
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_qsbr_get_statistics(runtime, &before);
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    weft_qsbr_get_statistics(runtime, &after);
    assert(after.kicks == before.kicks + 1);
    leave(other);
    weft_qsbr_poll(self);
}

#endif

int main(void) {
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    self = enter(runtime);
#ifdef STALLS
    stalls();
#elif defined(ASKS)
    above_cap();
    waits_above_cap();
    becomes_urgent();
    looks_again();
    closes();
#else
    const weft_host host = {.kick = count_kick};
    weft_host_set(&host);
    barriers();
    comes_back_inside();
    leaves_alone();
    asked();
#endif
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
