/* A sharded object, counted by two threads in cells of their own, dies once, and after what both did with it. Main makes
 * it and shards it, the other thread counts it; then both drop, and
 *   UNSHARDS: main ends the sharding before; AGAIN: and begins it again, which has to wait for the cells to be collected. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int used[2];
} object;

static weft_runtime *runtime;
static object *shared;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int deallocated;
static int freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    object *dead = (object *)head;
    (void)self;
    assert(dead->used[0] + dead->used[1] == 2);
    deallocated++;
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
    freed++;
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static void *counts(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    assert(weft_ref_shard(self, &shared->head)); /* a table of its own */
    weft_store_release_u32(&ready, 1);
    weft_ref_incref(self, &shared->head);
    shared->used[1] = 1;
    weft_ref_decref(self, &shared->head);
    weft_ref_decref(self, &shared->head); /* the reference that main gave */
    weft_qsbr_quiescent(self);
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t other;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    shared = weft_host_allocate(sizeof *shared, sizeof(void *));
    weft_ref_init(self, &shared->head);
    shared->used[0] = shared->used[1] = 0;
    assert(weft_ref_shard(self, &shared->head));
    weft_ref_incref(self, &shared->head);
    pthread_create(&other, NULL, counts, NULL);
    await_value(&ready, 1);
#ifdef UNSHARDS
    weft_ref_unshard(self, &shared->head);
#endif
#ifdef AGAIN
    (void)weft_ref_shard(self, &shared->head);
#endif
    shared->used[0] = 1;
    weft_ref_decref(self, &shared->head);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&over, 1);
    pthread_join(other, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(deallocated == 1 && freed == 1);
    return 0;
}
