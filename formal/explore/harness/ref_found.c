/* An object that a reader finds where its owner is just taking it away, by the prompt discipline: the reader tries to
 * count it and looks again; the owner drops the place's reference, and its own. The header stays readable, the object dies
 * once, and after what the reader did with it.
 *   UNIQUE: the owner keeps its reference, and writes into the object if that is the only one;
 *   WEAK: the reader comes by a weak cell instead; BORROWED: to which the owner's handle is the last.
 *   MERGED: nobody owns it; with WEAK the count may go from 1 to 2 and back under the eyes of who drops the last one. */
#include "weft_host.h"
#include "weft_ref.h"
#include "weft_weak.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    weft_weak *cell;
    int value;
} object;

static weft_runtime *runtime;
static object *made;
static weft_atomic_ptr place;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int deallocated;
static int freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    object *dead = (object *)head;
    dead->value = 0;
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

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static object *find(weft_thread *self) {
#ifdef WEAK
    return (object *)weft_weak_get(self, weft_load_acquire_ptr(&place));
#else
    object *found = weft_load_acquire_ptr(&place);
    if (found == NULL || !weft_ref_try_incref(self, &found->head)) {
        return NULL;
    }
    if (weft_load_acquire_ptr(&place) != found) {
        weft_ref_decref(self, &found->head);
        return NULL;
    }
    return found;
#endif
}

static void *reads(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    object *found = find(self);
    if (found != NULL) {
        assert(found->value == 1);
        weft_ref_decref(self, &found->head);
    }
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

static void take_away(weft_thread *self, weft_weak *cell) {
#ifdef WEAK
    weft_ref_decref(self, &made->head);
#ifdef BORROWED
    weft_weak_release(self, cell);
    weft_qsbr_poll(self);
#endif
    (void)cell;
#else
    (void)cell;
    weft_store_relaxed_ptr(&place, NULL);
    weft_ref_decref(self, &made->head);
#ifdef UNIQUE
    if (weft_ref_unique(self, &made->head) == WEFT_REF_UNIQUE_BODY) {
        made->value = 2;
    }
#endif
    weft_ref_decref(self, &made->head);
#endif
}

int main(void) {
    pthread_t reader;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, &made->head);
    made->value = 1;
    made->cell = NULL;
    weft_ref_maybe_share(&made->head);
#ifdef MERGED
    weft_ref_merge(self, &made->head);
#endif
    weft_weak *cell = NULL;
#ifdef WEAK
    cell = weft_weak_create(self, &made->head);
    made->cell = cell;
    weft_store_relaxed_ptr(&place, cell);
#else
    weft_ref_incref(self, &made->head);
    weft_store_relaxed_ptr(&place, made);
#endif
    pthread_create(&reader, NULL, reads, NULL);
    await_value(&ready, 1);
    take_away(self, cell);
    weft_store_release_u32(&over, 1);
    pthread_join(reader, NULL);
#if defined(WEAK) && !defined(BORROWED)
    weft_weak_release(self, cell);
#endif
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(deallocated == 1 && freed == 1);
    return 0;
}
