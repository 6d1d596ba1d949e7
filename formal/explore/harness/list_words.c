/* What the words of a list promise, by one thread: each is looked at by an operation that would be wrong without it. Who has an
 * array, what a sort finds changed, reads while the lock is held, what can be borrowed. */
#include "weft_host.h"
#include "weft_list.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

static weft_runtime *runtime;
static weft_list one;
static weft_list other;

static weft_ref *append(weft_thread *self, weft_list *list, int value) {
    weft_ref *fresh = make_item(self, value);
    assert(weft_list_append(self, list, fresh) == WEFT_LIST_OK);
    weft_ref_decref(self, fresh);
    return fresh;
}

/* `holders`: two lists that have one array, until one of them changes; what the one gets the other does not. */
static void alone(weft_thread *self) {
    append(self, &one, 1);
    assert(weft_list_is_alone(&one) && weft_list_is_alone(&other));
    assert(weft_list_snapshot(self, &one, &other) == WEFT_LIST_OK);
    assert(!weft_list_is_alone(&one) && !weft_list_is_alone(&other));
    append(self, &one, 2);
    assert(weft_list_is_alone(&one) && weft_list_is_alone(&other));
    assert(weft_list_len(self, &one) == 2 && weft_list_len(self, &other) == 1);
}

/* Of two items the second is less: and the list has one more then. */
static int changes(weft_thread *self, void *changed, weft_ref *left, weft_ref *right) {
    if (*(int *)changed != 0) {
        append(self, &one, 3);
    }
    return ((item *)left)->value > ((item *)right)->value ? 1 : 0;
}

/* The version: what came while the host compared is not lost, and the list not sorted. */
static void sorted(weft_thread *self) {
    int changed = 1;
    weft_ref *first = weft_list_borrow(self, &one, 0);
    weft_ref *second = weft_list_borrow(self, &one, 1);
    assert(weft_list_sort(self, &one, changes, &changed) == WEFT_LIST_CHANGED);
    assert(weft_list_len(self, &one) == 3 && weft_list_borrow(self, &one, 0) == first);
    assert(weft_list_delete(self, &one, 2) == WEFT_LIST_OK);
    changed = 0;
    assert(weft_list_sort(self, &one, changes, &changed) == WEFT_LIST_OK);
    assert(weft_list_borrow(self, &one, 0) == second && weft_list_borrow(self, &one, 1) == first);
}

static void get(weft_thread *self, weft_list *list, intptr_t index, const weft_ref *wanted) {
    weft_ref *found = weft_list_get(self, list, index);
    assert(found == wanted);
    if (found != NULL) {
        weft_ref_decref(self, found);
    }
}

/* Who reads takes no lock: somebody has it, so that who took it would wait for ever. `moves`: readers look twice. */
static void unlocked(weft_thread *self, weft_list_discipline discipline, bool moves) {
    static weft_list list;
    weft_list_iterator iterator;
    weft_ref *found = NULL;
    weft_list_init(self, &list, discipline);
    append(self, &list, 0);
    weft_ref *first = append(self, &list, 1);
    weft_ref *last = append(self, &list, 2);
    assert(weft_list_delete(self, &list, moves ? 0 : -1) == WEFT_LIST_OK);
    if (!moves) {
        last = first;
        first = weft_list_get(self, &list, 0);
        weft_ref_decref(self, first);
    }
    assert(weft_list_set_shared(self, &list) == WEFT_LIST_OK);
    assert(weft_mutex_try_lock(&list.head.mutex));
    assert(weft_list_len(self, &list) == 2);
    get(self, &list, 0, first);
    get(self, &list, -1, last);
    get(self, &list, 2, NULL);
    weft_list_iterate(self, &list, true, &iterator);
    assert(weft_list_next(self, &iterator, &found) == WEFT_LIST_OK && found == first);
    weft_ref_decref(self, found);
    weft_mutex_unlock(&list.head.mutex);
    weft_list_finalize(self, &list);
}

/* `direct`: items are found there in a list that is shared, DEFERRED, and does not move; in any other the test of the index fails. */
static void aimed(weft_thread *self, weft_list_discipline discipline) {
    static weft_list list;
    bool borrows = discipline == WEFT_LIST_DEFERRED;
    weft_list_init(self, &list, discipline);
    append(self, &list, 1);
    weft_ref *last = append(self, &list, 2);
    assert(weft_list_set_shared(self, &list) == WEFT_LIST_OK);
    assert(weft_list_peek(self, &list, 1) == (borrows ? last : NULL));
    weft_ref *first = make_item(self, 3);
    assert(weft_list_insert(self, &list, 0, first) == WEFT_LIST_OK);
    assert(weft_list_peek(self, &list, 0) == (borrows ? first : NULL));
    weft_ref_decref(self, first);
    assert(weft_list_delete(self, &list, 0) == WEFT_LIST_OK); /* moves */
    assert(weft_list_peek(self, &list, 1) == NULL && weft_list_peek(self, &list, 0) == NULL);
    get(self, &list, 1, last);
    assert(weft_list_reverse(self, &list) == WEFT_LIST_OK);
    assert(weft_list_peek(self, &list, 0) == (borrows ? last : NULL));
    weft_list_finalize(self, &list);
    assert(weft_list_peek(self, &list, 0) == NULL);
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_list_init(self, &one, WEFT_LIST_DEFERRED);
    weft_list_init(self, &other, WEFT_LIST_DEFERRED);
    alone(self);
    sorted(self);
    for (int moves = 0; moves < 2; moves++) {
        unlocked(self, WEFT_LIST_DEFERRED, moves != 0);
        unlocked(self, WEFT_LIST_PROMPT, moves != 0);
    }
    aimed(self, WEFT_LIST_DEFERRED);
    aimed(self, WEFT_LIST_PROMPT);
    weft_list_finalize(self, &one);
    weft_list_finalize(self, &other);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
