/* Who waits is not left asleep beside a thread that passes nothing but PASSES until the wait is over: without deadlines nothing but an
 * announcement wakes it. WAITS: what main waits for; BARRIER: that is one. ASKED: the thread has been asked for a safepoint before, by itself. USED: the
 * slots have answered barriers in another runtime. */
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

static void *passes(void *unused) {
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, &node, drop, sizeof node);
    weft_store_release_u32(&ready, 1);
    while (weft_load_acquire_u32(&over) == 0) {
        PASSES(self);
    }
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

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
#ifdef USED
    use_slots();
#endif
#ifdef ASKED
    weft_qsbr_set_batch(1);
#endif
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, passes, NULL);
    await_value(&ready, 1);
    WAITS(self);
#ifdef BARRIER
    assert(weft_load_relaxed_u32(&freed) == 1);
#endif
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(weft_load_relaxed_u32(&freed) == 1);
    return 0;
}
