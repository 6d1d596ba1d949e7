/* What the child of a fork finds, without a fork: the other threads stay where they are for ever, as threads do that do not exist,
 * and main does what the child does. They are attached, and
 *   one runs a callback of what it has retired;
 *   OBJECT: one is inside a section, another waits for the section's object; CLAIM: one has claimed a free slot;
 *   LAGS: one keeps what main has retired from being freed;
 *   STOPS: one stops the world; GIL: one holds the GIL;
 *   PREPARED: main has said before that it will fork, and has a second slot. */
#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_thread *slots[2]; /* of the threads that stay */
static weft_atomic_u32 ready;
static weft_atomic_u32 never;
static bool ended;

static void stay(void) {
    weft_fetch_add_release_u32(&ready, 1);
    await_value(&never, 1);
}

static void ends(weft_runtime *last) {
    assert(last == runtime);
    ended = true;
}

#ifndef STOPS
/* Everybody else has gone: main's slot is the last. */
static void leave_alone(weft_thread *self) {
    weft_thread_unregister(self);
    assert(!ended);
    weft_runtime_release(runtime);
    assert(ended);
}
#endif

#if defined(OBJECT)

static weft_mutex object;

static void *has_it(void *unused) {
    weft_critical section;
    slots[0] = enter(runtime);
    weft_critical_begin(slots[0], &section, &object);
    stay();
    return unused;
}

static void *waits_for_it(void *unused) {
    weft_critical section;
    await_value(&ready, 1);
    slots[1] = enter(runtime);
    weft_store_release_u32(&ready, 2);
    weft_critical_begin(slots[1], &section, &object);
    assert(0);
    return unused;
}

static void fork_here(weft_thread *self) {
    pthread_t threads[2];
    weft_thread *left = NULL;
    weft_thread *again = NULL;
    /* A thread that was left behind, and jumped out of its wait, leaves this: */
    assert(weft_thread_register(runtime, NULL, &left) == WEFT_THREAD_OK);
    weft_store_relaxed_ptr(&left->waits_for, &object);
    weft_thread_unregister(left);
    assert(weft_thread_register(runtime, NULL, &again) == WEFT_THREAD_OK);
    assert(again == left && weft_load_relaxed_ptr(&again->waits_for) == NULL);
    weft_thread_unregister(again);
    pthread_create(&threads[0], NULL, has_it, NULL);
    pthread_create(&threads[1], NULL, waits_for_it, NULL);
    await_value(&ready, 2);
    while (weft_load_relaxed_ptr(&slots[1]->waits_for) == NULL) {
    }
    await_value(&slots[1]->state, 0); /* it sleeps */
    weft_thread_after_fork_child(self);
    assert(!weft_mutex_is_locked(&object));
    assert(weft_load_relaxed_u32(&slots[0]->state) == WEFT_THREAD_FREE);
}

#elif defined(CLAIM)

static weft_thread *claimed;

static void *claims(void *unused) {
    slots[0] = enter(runtime);
    assert(weft_thread_try_claim(claimed));
    stay();
    return unused;
}

static void fork_here(weft_thread *self) {
    pthread_t thread;
    weft_thread *last = NULL;
    assert(weft_thread_register(runtime, NULL, &claimed) == WEFT_THREAD_OK);
    assert(weft_thread_register(runtime, NULL, &last) == WEFT_THREAD_OK);
    weft_thread_unregister(claimed);
    weft_thread_unregister(last); /* the next to be taken */
    pthread_create(&thread, NULL, claims, NULL);
    await_value(&ready, 1);
    weft_thread_after_fork_child(self);
    weft_thread_detach(self);
    for (int i = 0; i < 2; i++) {
        weft_thread *again = enter(runtime);
        assert(again == (i == 0 ? last : claimed));
        weft_thread_detach(again);
    }
    weft_thread_unregister(last);
    weft_thread_unregister(claimed);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

#elif defined(STOPS)

static void asked(void *context, void *thread) {
    (void)context;
    (void)thread;
    weft_store_release_u32(&ready, 1);
}

static void *stops(void *unused) {
    slots[0] = enter(runtime);
    if (weft_world_stop(slots[0]) == WEFT_THREAD_OK) {
        await_value(&never, 1);
    }
    return unused;
}

static void fork_here(weft_thread *self) {
    const weft_host host = {.kick = asked};
    pthread_t thread;
    weft_host_set(&host);
    pthread_create(&thread, NULL, stops, NULL);
    await_value(&ready, 1);
    while (weft_load_acquire_u32(&runtime->running) == 0) {
    }
    weft_thread_after_fork_child(self);
    assert(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_world_resume(self);
}

#elif defined(GIL)

static void *holds_it(void *unused) {
    slots[0] = enter(runtime);
    stay();
    return unused;
}

static void fork_here(weft_thread *self) {
    pthread_t thread;
    weft_thread_detach(self);
    pthread_create(&thread, NULL, holds_it, NULL);
    await_value(&ready, 1);
    weft_thread_after_fork_child(NULL);
    assert(weft_load_relaxed_ptr(&runtime->gil.holder) == NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(self->holds_gil);
}

#elif defined(PREPARED)

static void *goes_away(void *unused) {
    slots[0] = enter(runtime);
    weft_thread_detach(slots[0]);
    stay();
    return unused;
}

static void fork_here(weft_thread *self) {
    pthread_t thread;
    weft_thread *other = NULL;
    pthread_create(&thread, NULL, goes_away, NULL);
    await_value(&ready, 1);
    assert(weft_thread_register(runtime, NULL, &other) == WEFT_THREAD_OK);
    weft_thread_before_fork(self);
    weft_thread_after_fork_child(self);
    weft_thread_detach(self);
    assert(weft_thread_attach(other) == WEFT_THREAD_OK);
    weft_thread_unregister(other);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

#elif defined(LAGS)

static weft_qsbr_node node;
static int freed;

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
    freed++;
}

static void *lags(void *unused) {
    slots[0] = enter(runtime);
    stay();
    return unused;
}

static void fork_here(weft_thread *self) {
    pthread_t thread;
    pthread_create(&thread, NULL, lags, NULL);
    await_value(&ready, 1);
    weft_qsbr_retire(self, &node, drop, sizeof node);
    weft_qsbr_poll(self);
    assert(freed == 0);
    weft_thread_after_fork_child(self);
    weft_qsbr_quiescent(self); /* it is known that nobody lags any more */
    assert(freed == 1);
}

#else

#define BYTES 100U

static weft_qsbr_node nodes[2];
static int freed;

static void never_returns(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
    stay();
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
    freed++;
}

static void *runs(void *unused) {
    slots[0] = enter(runtime);
    weft_qsbr_retire(slots[0], &nodes[0], never_returns, BYTES);
    weft_qsbr_poll(slots[0]);
    return unused;
}

static void fork_here(weft_thread *self) {
    pthread_t thread;
    weft_qsbr_statistics now;
    weft_thread_detach(self);
    pthread_create(&thread, NULL, runs, NULL);
    await_value(&ready, 1);
    weft_thread_after_fork_child(NULL);
    weft_qsbr_get_statistics(runtime, &now);
    assert(now.pending == 0); /* what it ran is lost */
    /* The next thread in its slot runs what it retires. */
    weft_thread *again = enter(runtime);
    assert(again == slots[0]);
    weft_qsbr_retire(again, &nodes[1], drop, BYTES);
    weft_qsbr_poll(again);
    weft_qsbr_poll(again);
    assert(freed == 1);
    weft_thread_unregister(again);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

#endif

int main(void) {
    static const weft_thread_layer layer = {.runtime_end = ends};
#ifdef GIL
    const weft_runtime_config config = {.gil = true};
#else
    const weft_runtime_config config = {.gil = false};
#endif
    weft_qsbr_install();
    weft_thread_set_layer(WEFT_AREA_HOST, &layer);
    runtime = weft_runtime_create(&config);
    weft_thread *self = enter(runtime);
    fork_here(self);
#ifndef STOPS /* who stops the world has not seen main's slot for the last time */
    leave_alone(self);
#endif
    return 0;
}
