/* A thread is seen as attached before anything it reads (sequentially consistent reads; lib/qsbr's hook has a fence for all others):
 * either who has hidden something, and then looks, finds the thread attached, or the thread does not find what is hidden. */
#include "weft_thread.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_thread *slot;
static weft_atomic_u32 hidden;
static weft_atomic_u32 ready;
static bool found;

static void *attaches(void *unused) {
    assert(weft_thread_register(runtime, NULL, &slot) == WEFT_THREAD_OK);
    weft_store_release_u32(&ready, 1);
    assert(weft_thread_attach(slot) == WEFT_THREAD_OK);
    found = weft_load_seq_cst_u32(&hidden) == 0;
    return unused; /* and so unregisters */
}

int main(void) {
    pthread_t thread;
    runtime = weft_runtime_create(NULL);
    pthread_create(&thread, NULL, attaches, NULL);
    await_value(&ready, 1);
    weft_store_relaxed_u32(&hidden, 1);
    weft_fence_seq_cst();
    uint32_t state = weft_load_relaxed_u32(&slot->state);
    pthread_join(thread, NULL);
    assert(!found || state != 0);
    weft_runtime_release(runtime);
    return 0;
}
