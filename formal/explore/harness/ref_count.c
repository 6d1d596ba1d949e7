/* An object is deallocated once, by whoever drops its last reference, after all that others did with it. Main owns it and
 * has a reference; so has each other thread, which has counted it itself. All drop theirs at once; and
 *   HANDED: main has counted the others' references: they are queued to it;
 *   COUNTS: the others increment and drop once more before; MERGES: main ends the bias before;
 *   UNIQUE: main writes over what the other has written, if its own reference is the only one by then;
 *   DETACHES: main detaches when it has dropped, and attaches again; INHERITS: before it drops it unregisters, and
 *   registers with the same id. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int uses;
    int used[THREADS]; /* by each: plain, so that a use that is not over is a race */
} object;

#define OTHERS (THREADS - 1)

static weft_runtime *runtime;
static object *shared;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int deallocated;
static int freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    (void)self;
    object *dead = (object *)head;
    for (int i = 0; i < THREADS; i++) {
        dead->uses += dead->used[i];
    }
    assert(dead->uses == THREADS);
    deallocated++;
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
    freed++;
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static void use_and_drop(weft_thread *self, int index) {
    shared->used[index] = 1;
    weft_ref_decref(self, &shared->head);
}

static void *others(void *index) {
    weft_thread *self = enter(runtime);
#ifndef HANDED
    weft_ref_incref(self, &shared->head);
#endif
    weft_fetch_add_release_u32(&ready, 1);
    await_value(&over, 1);
#ifdef COUNTS
    weft_ref_incref(self, &shared->head);
    weft_ref_decref(self, &shared->head);
#endif
    use_and_drop(self, 1 + (int)(uintptr_t)index);
    weft_thread_unregister(self);
    return NULL;
}

static weft_thread *act(weft_thread *self) {
#ifdef UNIQUE
    if (weft_ref_unique(self, &shared->head) == WEFT_REF_UNIQUE) {
        assert(shared->used[1] == 1);
        shared->used[1] = 1;
    }
#endif
#ifdef MERGES
    weft_ref_merge(self, &shared->head);
#endif
#ifdef INHERITS
    weft_thread_unregister(self);
    self = enter(runtime);
#endif
    use_and_drop(self, 0);
#ifdef DETACHES
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
#endif
    return self;
}

int main(void) {
    pthread_t threads[OTHERS];
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    shared = weft_host_allocate(sizeof *shared, sizeof(void *));
    shared->uses = 0;
    weft_ref_init(self, &shared->head);
    for (uintptr_t i = 0; i < OTHERS; i++) {
        shared->used[1 + i] = 0;
#ifdef HANDED
        weft_ref_incref(self, &shared->head);
#endif
    }
    shared->used[0] = 0;
    for (uintptr_t i = 0; i < OTHERS; i++) {
        pthread_create(&threads[i], NULL, others, (void *)i);
        await_value(&ready, (uint32_t)i + 1);
    }
    weft_store_release_u32(&over, 1);
    self = act(self);
    for (int i = 0; i < OTHERS; i++) {
        pthread_join(threads[i], NULL);
    }
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(deallocated == 1 && freed == 1);
    return 0;
}
