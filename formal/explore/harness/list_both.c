/* A list that is shared, and two threads that change it: main by MAINS, the other one by OTHERS, a letter for each change as in
 * list_pair.c, and v: visit all items, in a stopped world. What each has popped or visited, and what the list is in the end, are what the
 * changes make of it one after the other, in some order that is each thread's own. A sort may find that the list has changed
 * meanwhile: then it is none. The items of the list are 1, 2, ... SIZE; main's n-th change puts in
 * 10 n, the other's 10 n + 5; N, the snapshot, comes first. Main holds a reference to each item until the end. */
#include "weft_host.h"
#include "weft_list.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include "harness.h"
#include "item.h"
#include "list_states.h"

#ifndef SIZE
#define SIZE 3
#endif
#ifndef MAINS
#define MAINS "apo"
#define OTHERS "ifs"
#endif

enum { WRITERS = 2, VALUES = 100 };

static weft_runtime *runtime;
static weft_list list;
static weft_list single[WRITERS]; /* of which snapshots are taken */
static weft_atomic_u32 ready;
static weft_ref *items[VALUES];
static const char *const wanted[WRITERS] = {MAINS, OTHERS};
static char done[WRITERS][MOST];    /* a sort that did nothing: '-' */
static uint64_t got[WRITERS][MOST]; /* what was popped or visited */

static uint64_t beside(uint64_t all, int value) {
    return all * 100 + (uint64_t)value;
}

static weft_list_result pop(weft_thread *self, intptr_t index, uint64_t *into) {
    weft_ref *popped = NULL;
    assert(weft_list_pop(self, &list, index, &popped) == WEFT_LIST_OK);
    *into = beside(0, ((const item *)popped)->value);
    weft_ref_decref(self, popped);
    return WEFT_LIST_OK;
}

static int visit(void *all, weft_ref *object) {
    *(uint64_t *)all = beside(*(uint64_t *)all, ((const item *)object)->value);
    return 0;
}

static weft_list_result visit_all(weft_thread *self, uint64_t *into) {
    assert(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_list_result result = weft_list_traverse(&list, visit, into);
    weft_world_resume(self);
    return result;
}

static int is_greater(weft_thread *self, void *unused, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)unused;
    return ((const item *)left)->value > ((const item *)right)->value ? 1 : 0;
}

static weft_list_result change(weft_thread *self, int writer, char what, weft_ref *fresh,
                               uint64_t *into) {
    static const weft_list_slice two = {0, 2, 1};
    switch (what) {
    case 'a':
        return weft_list_append(self, &list, fresh);
    case 'x':
        return weft_list_extend(self, &list, &fresh, 1);
    case 'i':
        return weft_list_insert(self, &list, 0, fresh);
    case 's':
        return weft_list_set(self, &list, 0, fresh);
    case 'p':
    case 'f':
        return pop(self, what == 'p' ? -1 : 0, into);
    case 'v':
        return visit_all(self, into);
    case 'r':
        return weft_list_reverse(self, &list);
    case 'o':
        return weft_list_sort(self, &list, is_greater, NULL);
    case 'D':
        return weft_list_delete_slice(self, &list, two);
    case 'N':
        return weft_list_snapshot(self, &single[writer], &list);
    case 'c':
        return weft_list_clear(self, &list);
    default:
        return weft_list_reserve(self, &list, 20);
    }
}

static int value_put(int writer, int number) {
    return (number + 1) * 10 + writer * 5;
}

static void write_all(weft_thread *self, int writer) {
    for (int i = 0; wanted[writer][i] != '\0'; i++) {
        char what = wanted[writer][i];
        weft_list_result result =
            change(self, writer, what, items[value_put(writer, i)], &got[writer][i]);
        assert(result == WEFT_LIST_OK || (what == 'o' && result == WEFT_LIST_CHANGED));
        done[writer][i] = what;
        if (result != WEFT_LIST_OK) {
            done[writer][i] = '-';
        }
    }
}

static void *writes(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    write_all(self, 1);
    weft_thread_unregister(self);
    return NULL;
}

static bool is_now(weft_thread *self, const state *at) {
    bool same = (int)weft_list_len(self, &list) == at->count;
    for (int i = 0; same && i < at->count; i++) {
        weft_ref *found = weft_list_get(self, &list, i);
        same = found == items[at->values[i]];
        weft_ref_decref(self, found);
    }
    return same;
}

/* What the next change, when this is the list, gets. */
static uint64_t foreseen(const state *at, char what) {
    uint64_t all = 0;
    if (what == 'p' || what == 'f') {
        return beside(0, at->values[what == 'p' ? at->count - 1 : 0]);
    }
    for (int i = 0; what == 'v' && i < at->count; i++) {
        all = beside(all, at->values[i]);
    }
    return all;
}

/* Whether what is left to be done, in some order, gets what was got and leads to the list. */
static bool leads_there(weft_thread *self, const state *at, int mains, int others) {
    if (done[0][mains] == '\0' && done[1][others] == '\0') {
        return is_now(self, at);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int number = writer == 0 ? mains : others;
        char what = done[writer][number];
        if (what != '\0' && foreseen(at, what) == got[writer][number]) {
            state next = *at;
            foresee(&next, what, value_put(writer, number));
            if (leads_there(self, &next, mains + (writer == 0), others + (writer == 1))) {
                return true;
            }
        }
    }
    return false;
}

static void make_items(weft_thread *self, state *first) {
    for (int i = 0; i < SIZE; i++) {
        items[i + 1] = make_item(self, i + 1);
        assert(weft_list_append(self, &list, items[i + 1]) == WEFT_LIST_OK);
        put(first, i, i + 1);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        for (int i = 0; wanted[writer][i] != '\0'; i++) {
            int value = value_put(writer, i);
            weft_ref *fresh = items[value] = make_item(self, value);
            weft_ref_maybe_share(fresh);
            if (i == 0) {
                weft_list_init(self, &single[writer], WEFT_LIST_DEFERRED);
                assert(weft_list_append(self, &single[writer], fresh) == WEFT_LIST_OK);
                assert(weft_list_set_shared(self, &single[writer]) == WEFT_LIST_OK);
            }
        }
    }
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    pthread_t other;
    state first = {.count = 0};
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_list_init(self, &list, WEFT_LIST_DEFERRED);
    make_items(self, &first);
    assert(weft_list_set_shared(self, &list) == WEFT_LIST_OK);
    pthread_create(&other, NULL, writes, NULL);
    await_value(&ready, 1);
    write_all(self, 0);
    weft_thread_detach(self);
    pthread_join(other, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(leads_there(self, &first, 0, 0));
    weft_list_finalize(self, &list);
    for (int i = 0; i < VALUES; i++) {
        if (items[i] != NULL) {
            weft_ref_decref(self, items[i]);
        }
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        weft_list_finalize(self, &single[writer]);
    }
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
