/* A barrier returns when what the other thread has retired is freed, and is not left asleep: each change that it may wait
 * for is announced. The other thread retires, and then
 *   SCOPE: detaches and attaches inside a no-quiesce scope, and passes quiescent states then;
 *   passes a quiescent state and detaches; GOES: only detaches; LEAVES: unregisters; RUNS: has run the callback itself, perhaps only half
 *   (AWAY: which detaches and attaches).
 * ASKED: it does so when main has asked it to. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_qsbr_node node;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int freed; /* plain: the barrier orders it */

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)old;
#ifdef AWAY
    if (weft_thread_current() == self && self != NULL) {
        weft_thread_detach(self);
        assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
#else
    (void)self;
#endif
    freed++;
}

static void *retires(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, &node, drop, sizeof node);
#ifdef ASKED
    uintptr_t before = weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence);
#endif
    weft_store_release_u32(&ready, 1);
#ifdef ASKED
    while (weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) == before) {
    }
#endif
#ifdef RUNS
    weft_qsbr_poll(self);
    weft_thread_detach(self);
#elif defined(SCOPE)
    weft_qsbr_no_quiesce_begin(self);
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_no_quiesce_end(self);
    while (weft_load_acquire_u32(&over) == 0) {
        weft_qsbr_quiescent(self);
    }
    weft_thread_detach(self);
#elif !defined(LEAVES)
#ifndef GOES
    weft_qsbr_quiescent(self);
#endif
    weft_thread_detach(self);
#endif
#ifndef LEAVES
    await_value(&over, 1);
#endif
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, retires, NULL);
    await_value(&ready, 1);
    weft_qsbr_barrier(self);
    assert(freed == 1);
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
