/* Over a host's own domain: a reader of the host's, which also ends the grace periods, never sees freed memory, and what
 * was retired is freed. START: the sequence begins there. POLLS: the domain may be helped, so that
 * who waits looks again and again, also while a period is under way. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#ifndef START
#define START ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1))
#endif

typedef struct object {
    weft_qsbr_node node;
    int value;
} object;

static weft_atomic_u32 begun;

static void go(void *argument, void **word) {
    (void)argument;
    (void)word;
}

static int passed;

static void passes(void *argument, void **word) {
    (void)argument;
    (void)word;
    passed++;
}

static void begin(void *argument) {
    (void)argument;
    weft_fetch_add_release_u32(&begun, 1);
}

#ifdef POLLS
static void poll(void *argument) {
    (void)argument;
}
#endif

static void synchronize(void *argument) {
    (void)argument;
}

static const weft_qsbr_foreign domain = {
    .online = go,
    .offline = go,
    .quiescent = passes,
    .begin = begin,
#ifdef POLLS
    .poll = poll,
#endif
    .synchronize = synchronize,
};

static weft_atomic_u32 over;
static weft_atomic_ptr shared;
static int freed;

static object *make(int value) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    made->value = value;
    return made;
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    weft_host_free(node, sizeof(object), sizeof(void *));
    freed++;
}

/* Not a thread of weft's. Its reads are over when a period ends that has begun before. */
static void *reads(void *unused) {
    (void)unused;
    const object *seen = weft_load_acquire_ptr(&shared);
    assert(seen->value == 1 || seen->value == 2);
    for (uint32_t ended = 0; weft_load_acquire_u32(&over) == 0;) {
        if (weft_load_acquire_u32(&begun) != ended) {
            ended++;
            weft_qsbr_foreign_ended();
        }
    }
    return NULL;
}

int main(void) {
    pthread_t reader;
    weft_qsbr_use(&domain);
    weft_qsbr_start_at(START);
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_qsbr_foreign_wait_begin();
    weft_qsbr_quiescent(self);
    assert(passed == 1);
    weft_qsbr_foreign_wait_end();
    weft_store_relaxed_ptr(&shared, make(1));
    pthread_create(&reader, NULL, reads, NULL);
    object *old = weft_exchange_acq_rel_ptr(&shared, make(2));
    weft_qsbr_retire(self, &old->node, drop, sizeof *old);
    weft_qsbr_poll(self);
    weft_qsbr_synchronize(self);
    weft_qsbr_barrier(self);
    assert(freed == 1);
    weft_store_release_u32(&over, 1);
    pthread_join(reader, NULL);
    weft_host_free(weft_load_relaxed_ptr(&shared), sizeof(object), sizeof(void *));
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
