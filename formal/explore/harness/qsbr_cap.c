/* A thread above the hard cap sleeps until enough is freed, and is not left asleep: what the other thread does last is
 * announced. The other thread keeps the first one's node from being freed, and then
 *   detaches; LEAVES: unregisters; RUNS: also retires, so that it may be the one that frees. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

/* Enough to be handed over at once. */
#define BATCH ((size_t)1 << 20)

static weft_runtime *runtime;
static weft_qsbr_node node;
#ifdef RUNS
static weft_qsbr_node others;
#endif
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static weft_atomic_u32 freed;

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
    weft_fetch_add_relaxed_u32(&freed, 1);
}

static void *keeps_it(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
#ifdef RUNS
    weft_qsbr_retire(self, &others, drop, BATCH);
    weft_qsbr_poll(self);
#endif
#ifndef LEAVES
    weft_thread_detach(self);
    await_value(&over, 1);
#endif
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_qsbr_set_budgets(runtime, 1, 1);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, keeps_it, NULL);
    await_value(&ready, 1);
    weft_qsbr_retire(self, &node, drop, BATCH);
    weft_thread_safepoint(self);
#ifndef RUNS
    /* Below the cap of a byte: its own node has gone. What its callback did may not be seen here: nothing orders it. */
    weft_qsbr_statistics now;
    weft_qsbr_get_statistics(runtime, &now);
    assert(now.pending <= 1);
#endif
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
#ifdef RUNS
    assert(weft_load_relaxed_u32(&freed) == 2);
#else
    assert(weft_load_relaxed_u32(&freed) == 1);
#endif
    return 0;
}
