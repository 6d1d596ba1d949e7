/* The state table of weft_ref.h, by one thread: what each call leaves in the header and in the thread's cells, and what
 * a collector counts. */
#include "weft_host.h"
#include "weft_ref.h"
#include "weft_weak.h"
#include "weft_world.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    weft_weak *cell;
} object;

static weft_runtime *runtime;
static int deallocated;
static int freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    object *dead = (object *)head;
    deallocated++;
    if (dead->cell != NULL) {
        weft_weak_clear(self, dead->cell, head);
    }
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
    freed++;
}

static unsigned kicks;

static void kicked(void *context, void *thread) {
    (void)context;
    (void)thread;
    kicks++;
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static object *make(weft_thread *self) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, &made->head);
    made->cell = NULL;
    return made;
}

static uint32_t local_of(const object *it) {
    return weft_load_relaxed_u32(&it->head.local);
}

static uintptr_t shared_of(const object *it) {
    return weft_load_relaxed_uptr(&it->head.shared);
}

static size_t total_of(weft_thread *self, const object *it) {
    assert(weft_world_stop(self) == WEFT_THREAD_OK);
    size_t total = weft_ref_total(self, &it->head);
    weft_world_resume(self);
    return total;
}

/* Nobody writes to the counts of what is immortal. Not on the heap: it would be a leak. */
static void immortal(weft_thread *self) {
    static object mine;
    weft_ref_init(self, &mine.head);
    weft_ref_immortalise(self, &mine.head);
    assert(local_of(&mine) == WEFT_REF_IMMORTAL);
    assert(shared_of(&mine) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
    static object others; /* as when another thread has immortalised it */
    weft_ref_init(self, &others.head);
    weft_store_relaxed_uptr(&others.head.shared, WEFT_REF_SATURATED);
    weft_ref_merge(self, &others.head);
    assert(local_of(&others) == WEFT_REF_IMMORTAL);
    assert(total_of(self, &others) == SIZE_MAX);
    static object full; /* one more makes its count negative */
    weft_ref_init(self, &full.head);
    weft_ref_merge(self, &full.head);
    weft_store_relaxed_uptr(&full.head.shared,
                            (UINTPTR_MAX >> 1 & ~WEFT_REF_TAGS) | WEFT_REF_MERGED);
    weft_ref_incref(self, &full.head);
    assert(shared_of(&full) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
}

static void owner_tries(weft_thread *self) {
    object *mine = make(self);
    assert(weft_ref_try_incref(self, &mine->head));
    weft_ref_decref(self, &mine->head);
    assert(deallocated == 0);
    weft_ref_decref(self, &mine->head);
    assert(deallocated == 1 && freed == 1);
}

/* Two objects in turn, so that no cell is the one used last. */
static void sharded(weft_thread *self) {
    object *hot[2] = {make(self), make(self)};
    for (int i = 0; i < 2; i++) {
        weft_ref_merge(self, &hot[i]->head);
        weft_ref_allow_sharding(&hot[i]->head);
        for (unsigned met = 0; met <= WEFT_REF_HEAT; met++) {
            weft_ref_incref(self, &hot[i]->head);
            weft_ref_decref_contended(self, &hot[i]->head);
        }
        assert((shared_of(hot[i]) & WEFT_REF_SHARDED) != 0);
        assert(local_of(hot[i]) == WEFT_REF_HINT_SHARDED);
    }
    for (int i = 0; i < 4; i++) {
        weft_ref_incref(self, &hot[i % 2]->head);
    }
    assert(total_of(self, hot[0]) == 3 && total_of(self, hot[1]) == 3);
    weft_ref_decref(self, &hot[0]->head);
    weft_ref_decref(self, &hot[1]->head);
    assert(total_of(self, hot[0]) == 2 && total_of(self, hot[1]) == 2);

    weft_ref_unshard(self, &hot[0]->head);
    assert(total_of(self, hot[0]) == 2); /* leaving */
    weft_qsbr_poll(self);
    assert(total_of(self, hot[0]) == 2);
    assert(shared_of(hot[0]) == (2 * WEFT_REF_ONE | WEFT_REF_MERGED));
    assert(local_of(hot[0]) == 0);
    assert(weft_ref_shard(self, &hot[0]->head));
    weft_ref_incref(self, &hot[0]->head);
    assert(total_of(self, hot[0]) == 3); /* in a cell that began at 0 */
    for (int i = 0; i < 5; i++) {
        weft_ref_decref(self, &hot[i % 2]->head);
    }
    assert(deallocated == 1);
    weft_qsbr_poll(self);
    assert(deallocated == 3 && freed == 3);
}

/* A table that gets back no cell is full after so many objects. */
static void cells_come_back(weft_thread *self) {
    for (int i = 0; i < 5; i++) {
        object *hot = make(self);
        assert(weft_ref_shard(self, &hot->head));
        weft_ref_incref(self, &hot->head);
        const weft_ref_cell *cell = weft_ref_slot_of(self)->recent;
        assert(weft_load_relaxed_ptr(&cell->object) == hot);
        weft_ref_decref(self, &hot->head);
        weft_ref_decref(self, &hot->head);
        weft_qsbr_poll(self);
        assert(weft_load_relaxed_ptr(&cell->object) == NULL);
    }
    assert(deallocated == 8 && freed == 8);
}

/* A drop without a cell, of an object that the header counts more than once. */
static void in_the_header(weft_thread *self) {
    object *hot = make(self);
    weft_ref_incref(self, &hot->head);
    assert(weft_ref_shard(self, &hot->head));
    weft_ref_decref(self, &hot->head);
    assert(total_of(self, hot) == 1);
    weft_ref_decref(self, &hot->head);
    weft_qsbr_poll(self);
    assert(deallocated == 9 && freed == 9);
}

static void weak(weft_thread *self) {
    object *target = make(self);
    weft_weak *cell = weft_weak_create(self, &target->head);
    target->cell = cell;
    assert(weft_ref_unique(self, &target->head) == WEFT_REF_NOT_UNIQUE);
    weft_weak_retain(cell);
    assert(weft_weak_get(self, cell) == &target->head);
    weft_ref_decref(self, &target->head);
    weft_weak_release(self, cell);
    weft_ref_decref(self, &target->head);
    weft_qsbr_poll(self);
    assert(deallocated == 10 && freed == 10);
    assert(weft_weak_get(self, cell) == NULL);
    assert(weft_load_relaxed_uptr(&cell->references) == 1); /* no leak */
    weft_weak_release(self, cell);
}

static uint64_t blocks_made(weft_runtime *of) {
    weft_ref_statistics now;
    weft_ref_get_statistics(of, &now);
    return now.blocks;
}

/* A drop that waits is found in its block; entries go from one thread to the next, and no two have the same ones. */
static void entries(weft_thread *self) {
    object *it = make(self);
    weft_ref_incref(self, &it->head);
    weft_ref_retire_decref(self, &it->head, sizeof *it);
    assert(total_of(self, it) == 1);
    weft_qsbr_poll(self);
    weft_ref_decref(self, &it->head);
    assert(deallocated == 11 && freed == 11);
    weft_thread_detach(self);
    weft_runtime *fresh = weft_runtime_create(NULL);
    weft_thread_unregister(enter(fresh));
    weft_thread *next = enter(fresh);
    assert(blocks_made(fresh) == 1);
    weft_thread_detach(next);
    weft_thread *last = enter(fresh);
    assert(weft_ref_slot_of(last)->entries != weft_ref_slot_of(next)->entries);
    weft_thread_unregister(last);
    weft_thread_unregister(next);
    weft_runtime_release(fresh);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

/* Who runs low asks itself for a safepoint, once. */
static void runs_low(void) {
    weft_thread *self = enter(runtime);
    object *it = make(self);
    kicks = 0;
    for (bool once_more = true; once_more;) {
        once_more = kicks == 0;
        weft_ref_incref(self, &it->head);
        weft_ref_retire_decref(self, &it->head, sizeof *it);
    }
    assert(kicks == 1 && weft_ref_slot_of(self)->spare == WEFT_REF_RESERVE - 2);
    weft_qsbr_poll(self);
    weft_ref_decref(self, &it->head);
    assert(deallocated == 12 && freed == 12);
    weft_thread_unregister(self);
}

int main(void) {
    static const weft_host host = {.kick = kicked};
    weft_host_set(&host);
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    immortal(self);
    owner_tries(self);
    sharded(self);
    cells_come_back(self);
    in_the_header(self);
    weak(self);
    entries(self);
    weft_thread_unregister(self);
    runs_low();
    weft_runtime_release(runtime);
    return 0;
}
