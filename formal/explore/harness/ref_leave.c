/* The end of an object's sharding, one step at a time: the flags between say when, and where relaxed they order nothing.
 *   Nothing defined: the last drop comes after its thread's quiescent state, while the cells wait to be collected: the
 *   collector finds the object dead, after what the other thread did with it;
 *   COUNTS: there the other thread counts in the header, where the collector does not miss it.
 *   REUSED: the object is sharded again, and the other thread's cell, just emptied, is taken again: its count stays;
 *   SHARDS: by the other thread, which knows of the collecting by nothing but the header's word;
 *   KEEPS: the other thread has kept its reference, which is in the header now; SLOW: its cell was not the last it used.
 *   COLLIDES: another object takes the cell (WEFT_REF_CELL_BITS=1);
 *   TABLES: the other thread makes its table while the cells are collected. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

#if defined(COLLIDES)
#define MADE 3
#elif defined(SLOW)
#define MADE 2
#else
#define MADE 1
#endif

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int used;
} object;

static weft_runtime *runtime;
static object *hot;
static weft_atomic_u32 step;
static weft_atomic_u32 over;
static weft_atomic_u32 deallocated;
static weft_atomic_u32 freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    (void)self;
    assert(((object *)head)->used == 1);
    weft_fetch_add_relaxed_u32(&deallocated, 1);
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
    weft_fetch_add_relaxed_u32(&freed, 1);
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static object *make(weft_thread *self) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, &made->head);
    weft_ref_merge(self, &made->head);
    made->used = 0;
    return made;
}

/* Orders nothing. */
static inline void await_step(uint32_t wanted) {
    while (weft_load_relaxed_u32(&step) != wanted) {
    }
}

/* `object` is not sharded any more when this returns, and the other thread has passed a quiescent state. */
static inline void leave_and_collect(weft_thread *self, object *leaves, uint32_t next) {
    weft_ref_unshard(self, &leaves->head);
    weft_qsbr_poll(self);
    weft_store_release_u32(&step, next);
    await_value(&step, next + 1);
    weft_qsbr_poll(self);
}

#if defined(REUSED)
#ifdef SLOW /* another sharded object's cell is the one used last */
#define LOOK_AWAY(self)                                                                            \
    weft_ref_incref(self, &cold->head);                                                            \
    weft_ref_decref(self, &cold->head)
static object *cold;
#else
#define LOOK_AWAY(self) (void)0
#endif

static void other_uses(weft_thread *self) {
    assert(weft_ref_shard(self, &hot->head)); /* a table of its own */
    weft_ref_incref(self, &hot->head);
#ifndef KEEPS
    weft_ref_decref(self, &hot->head);
#endif
    LOOK_AWAY(self);
    weft_store_release_u32(&step, 1);
    await_value(&step, 2);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&step, 3);
#ifdef SHARDS
    while (!weft_ref_shard(self, &hot->head)) {
    }
#else
    await_step(4);
#endif
#ifndef KEEPS
    weft_ref_incref(self, &hot->head); /* in the cell again */
    LOOK_AWAY(self);
    weft_store_release_u32(&step, 5);
    await_value(&step, 6);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&step, 7);
    await_value(&step, 8);
#endif
    hot->used = 1;
    weft_ref_decref(self, &hot->head);
}

static void act(weft_thread *self) {
    await_value(&step, 1);
    leave_and_collect(self, hot, 2);
#ifndef SHARDS
    assert(weft_ref_shard(self, &hot->head));
    weft_store_relaxed_u32(&step, 4);
#endif
#ifndef KEEPS
    await_value(&step, 5);
    leave_and_collect(self, hot, 6);
    weft_ref_decref(self, &hot->head);
    assert(weft_load_relaxed_u32(&deallocated) == 0);
    weft_store_release_u32(&step, 8);
#else
    weft_ref_decref(self, &hot->head);
#endif
}
#elif defined(COLLIDES)
static object *second;
static object *third;

static void other_uses(weft_thread *self) {
    assert(weft_ref_shard(self, &hot->head)); /* a table of two cells */
    weft_ref_incref(self, &second->head);
    weft_ref_incref(self, &hot->head);
    weft_ref_decref(self, &hot->head);
    weft_store_release_u32(&step, 1);
    await_value(&step, 2);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&step, 3);
    await_step(4);
    weft_ref_incref(self, &third->head); /* where the first was, or in the header */
    weft_store_release_u32(&step, 5);
    await_value(&step, 6);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&step, 7);
    await_value(&step, 8);
    third->used = 1;
    weft_ref_decref(self, &third->head);
    weft_ref_decref(self, &second->head);
}

static void act(weft_thread *self) {
    second->used = hot->used = 1;
    await_value(&step, 1);
    leave_and_collect(self, hot, 2);
    weft_store_relaxed_u32(&step, 4);
    await_value(&step, 5);
    leave_and_collect(self, third, 6);
    weft_ref_decref(self, &third->head);
    assert(weft_load_relaxed_u32(&deallocated) == 0);
    weft_store_release_u32(&step, 8);
    weft_ref_decref(self, &second->head);
    weft_ref_decref(self, &hot->head);
}
#elif defined(TABLES)
static void other_uses(weft_thread *self) {
    (void)weft_ref_shard(self, &hot->head);
    hot->used = 1;
    weft_ref_decref(self, &hot->head);
}

static void act(weft_thread *self) {
    weft_ref_unshard(self, &hot->head);
    weft_qsbr_poll(self);
    weft_ref_decref(self, &hot->head);
}
#else
static void other_uses(weft_thread *self) {
#ifdef COUNTS
    assert(weft_ref_shard(self, &hot->head));
    weft_ref_incref(self, &hot->head);
    weft_ref_decref(self, &hot->head);
#endif
    weft_store_release_u32(&step, 1);
    await_value(&step, 2);
    weft_qsbr_quiescent(self);
#ifdef COUNTS
    weft_ref_incref(self, &hot->head); /* in the header */
    weft_store_relaxed_u32(&step, 3);
    weft_ref_decref(self, &hot->head);
#endif
    hot->used = 1;
    weft_ref_decref(self, &hot->head);
    weft_store_relaxed_u32(&step, 3);
}

static void act(weft_thread *self) {
    await_value(&step, 1);
    weft_ref_unshard(self, &hot->head);
    weft_ref_decref(self, &hot->head);
    weft_qsbr_poll(self); /* not over: the other thread has not passed a quiescent state */
    weft_store_release_u32(&step, 2);
    await_step(3);
    weft_qsbr_poll(self);
}
#endif

static void *other(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    other_uses(self);
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    hot = make(self);
#ifdef SLOW
    cold = make(self);
    cold->used = 1;
    assert(weft_ref_shard(self, &cold->head));
#endif
#ifdef COLLIDES
    second = make(self);
    third = make(self);
    assert(weft_ref_shard(self, &second->head) && weft_ref_shard(self, &third->head));
#endif
#if !defined(REUSED) && !defined(COLLIDES)
    weft_ref_incref(self, &hot->head); /* the other thread's, in the header */
#endif
    assert(weft_ref_shard(self, &hot->head));
    pthread_create(&thread, NULL, other, NULL);
    act(self);
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
#ifdef SLOW
    weft_ref_decref(self, &cold->head);
#endif
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(weft_load_relaxed_u32(&deallocated) == MADE);
    assert(weft_load_relaxed_u32(&freed) == MADE);
    return 0;
}
