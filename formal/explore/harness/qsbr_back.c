/* A barrier ends beside a thread that was away when it began, comes back while another thread has yet to answer, and
 * from then on passes nothing but PASSES. It is not left asleep: without deadlines nothing but an announcement wakes it. */
#include "weft_qsbr.h"

#include "harness.h"

#ifndef PASSES
#define PASSES weft_thread_safepoint
#endif

static weft_runtime *runtime;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;

static void *answers_late(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_fetch_add_release_u32(&ready, 1);
    weft_thread_detach(self);
    weft_thread_unregister(self);
    return NULL;
}

static void *comes_back(void *unused) {
    (void)unused;
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_fetch_add_release_u32(&ready, 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    while (weft_load_acquire_u32(&over) == 0) {
        PASSES(self);
    }
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t late;
    pthread_t back;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&late, NULL, answers_late, NULL);
    pthread_create(&back, NULL, comes_back, NULL);
    await_value(&ready, 2);
    weft_qsbr_barrier(self);
    weft_store_release_u32(&over, 1);
    pthread_join(late, NULL);
    pthread_join(back, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
