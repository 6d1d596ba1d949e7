/* What a thread has handed over is taken, and given a goal, by another one's scan; who has observed that goal does not find it any more.
 * The first thread replaces an object, retires the old one, detaches, comes back and frees; the second polls and then looks. Nothing else
 * may order them: the scan may come between what the first hands over and its bytes. THIRD: a third one looks, when it has observed what
 * the second's scan has brought. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

typedef struct object {
    weft_qsbr_node node;
    int value;
} object;

static weft_runtime *runtime;
static weft_atomic_ptr shared;
static weft_atomic_u32 ready;
static weft_atomic_u32 tried; /* to free */

static object *make(int value) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    made->value = value;
    return made;
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    weft_host_free(node, sizeof(object), sizeof(void *));
}

static void look(void) {
    const object *seen = weft_load_acquire_ptr(&shared);
    while (weft_load_relaxed_u32(&tried) == 0) {
    }
    assert(seen->value == 1 || seen->value == 2);
}

static void *scans(void *unused) {
    weft_thread *self = enter(runtime);
    weft_fetch_add_release_u32(&ready, 1);
    weft_qsbr_poll(self);
#ifndef THIRD
    look();
#endif
    weft_thread_unregister(self);
    return unused;
}

#ifdef THIRD
static void *looks(void *unused) {
    weft_thread *self = enter(runtime);
    uintptr_t before = weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence);
    weft_fetch_add_release_u32(&ready, 1);
    while (weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) == before) {
    }
    weft_qsbr_quiescent(self);
    look();
    weft_thread_unregister(self);
    return unused;
}
#endif

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_store_relaxed_ptr(&shared, make(1));
    pthread_create(&thread, NULL, scans, NULL);
#ifdef THIRD
    pthread_t third;
    pthread_create(&third, NULL, looks, NULL);
    await_value(&ready, 2);
#else
    await_value(&ready, 1);
#endif
    object *old = weft_exchange_acq_rel_ptr(&shared, make(2));
    weft_qsbr_retire(self, &old->node, drop, sizeof *old);
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self);
    weft_store_relaxed_u32(&tried, 1);
    weft_thread_detach(self);
    pthread_join(thread, NULL);
#ifdef THIRD
    pthread_join(third, NULL);
#endif
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
    weft_host_free(weft_load_relaxed_ptr(&shared), sizeof(object), sizeof(void *));
    weft_runtime_release(runtime);
    return 0;
}
