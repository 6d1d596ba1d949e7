/* The entries that a thread leaves behind are whole when another, which has met it nowhere, fills its reserve with them:
 * it attaches while the first exits. BOTH_TAKE: two threads attach, and each takes entries or makes some. */
#include "weft_ref.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_atomic_u32 registered;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    (void)self;
    (void)head;
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    (void)head;
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

#ifdef BOTH_TAKE
static void *takes(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    assert(weft_ref_slot_of(self)->spare >= WEFT_REF_RESERVE);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread_unregister(enter(runtime));
    run_alike(takes);
    weft_ref_statistics figures;
    weft_ref_get_statistics(runtime, &figures);
    assert(figures.blocks <= 2); /* one of the two has found what was there */
    weft_runtime_release(runtime);
    return 0;
}
#else
static void *other(void *unused) {
    (void)unused;
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_store_release_u32(&registered, 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(weft_ref_slot_of(self)->spare >= WEFT_REF_RESERVE);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, other, NULL);
    await_value(&registered, 1);
    weft_thread_unregister(self);
    pthread_join(thread, NULL);
    weft_runtime_release(runtime);
    return 0;
}
#endif
