/* A reader never sees freed memory, and what was retired is freed in the end. The writer replaces an
 * object, retires the old one, and at once
 *   polls; SETTLE is another call in its place; FINDS: and then passes a quiescent state;
 *   WRITER_EXITS: unregisters; SYNCHRONIZES: waits for the reader, and frees the object itself;
 * while the reader
 *   attaches, looks, and detaches: the fences of attach and scan;
 *   ONLINE: is attached already, looks, passes a quiescent state (PASSES; ASKED: when there is a reason to), and looks again;
 *   LEAVES: is attached already, looks, and unregisters, with something retired itself. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#ifndef PASSES
#define PASSES weft_qsbr_quiescent
#endif
#ifndef SETTLE
#define SETTLE weft_qsbr_poll
#endif
#ifdef LEAVES
#define RETIRED 2
#else
#define RETIRED 1
#endif

typedef struct object {
    weft_qsbr_node node;
    int value;
} object;

static weft_runtime *runtime;
static weft_atomic_ptr shared;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static weft_atomic_u32 freed;

static object *make(int value) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    made->value = value;
    return made;
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    weft_host_free(node, sizeof(object), sizeof(void *));
    weft_fetch_add_relaxed_u32(&freed, 1);
}

static weft_thread *join_runtime(void) {
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    return self;
}

static void look(void) {
    const object *seen = weft_load_acquire_ptr(&shared);
    assert(seen->value == 1 || seen->value == 2);
}

static void *reads(void *unused) {
    (void)unused;
    weft_thread *self = join_runtime();
#if defined(ONLINE) || defined(LEAVES)
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
#ifdef ASKED
    uintptr_t before = weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence);
#endif
    weft_store_release_u32(&ready, 1);
#else
    weft_store_release_u32(&ready, 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
#endif
    look();
#ifdef ASKED
    while (weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) == before) {
    }
#endif
#ifdef ONLINE
    PASSES(self);
    look();
#endif
#ifdef LEAVES
    object *mine = make(3);
    weft_qsbr_retire(self, &mine->node, drop, sizeof *mine);
#else
    weft_thread_detach(self);
    await_value(&over, 1);
#endif
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t reader;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = join_runtime();
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_store_relaxed_ptr(&shared, make(1));
    pthread_create(&reader, NULL, reads, NULL);
    await_value(&ready, 1);

    object *old = weft_exchange_acq_rel_ptr(&shared, make(2));
#ifdef SYNCHRONIZES
    weft_qsbr_synchronize(self);
    drop(self, &old->node);
#else
    weft_qsbr_retire(self, &old->node, drop, sizeof *old);
    SETTLE(self);
#ifdef FINDS /* that the reader has scanned */
    weft_qsbr_quiescent(self);
#endif
#endif

    weft_store_release_u32(&over, 1);
    pthread_join(reader, NULL);
#ifndef WRITER_EXITS
    weft_qsbr_poll(self);
    assert(weft_load_relaxed_u32(&freed) == RETIRED);
    weft_thread_unregister(self);
#endif
    weft_host_free(weft_load_relaxed_ptr(&shared), sizeof(object), sizeof(void *));
    weft_runtime_release(runtime);
    assert(weft_load_relaxed_u32(&freed) == RETIRED);
    return 0;
}
