/* A list that is shared, one thread that changes it and one that reads it: the answers of the reader are those of a list whose
 * changes happen at one moment each, what it gets is alive, and nothing is left in the end. The list is made by main, which
 * then does CHANGES (a letter each) while the reader does READS:
 *     a append   x extend by one   X extend by two   p pop of the last   f pop of the first   s set of the first   S set of the second   i insert at the
 *     front   d delete of the second   r reverse   o sort, the greatest first   D delete the first two, as a slice   E delete each second one,
 *     from the first on   z set the slice of the first to two   N snapshot, into it, of a list of one   c clear   g grow
 *     t take: pop of the last, and if it is unique, change it
 *     T the same of the second   F of the first   k behind a take: append what was taken, or if it could not be changed another one
 *     q poll, so that what may be freed is
 *     0 1 2 get at that index   l get of the last   b borrow at 1   n len   w all items, by a strict iterator   v the version: who has
 *     seen a change sees it risen, and who sees it risen sees the change (each change but g and q makes it rise)
 *     C copy   Y slice of the first two   I index of the item that was first
 *     ? how many changes are finished: from here on no answer is of a time before
 * The items of the list are 1, 2, ... SIZE; the n-th change puts in 10 n, and X 10 n + 1 behind it. A borrow may find nothing though
 * something is there: that is no answer. PROMPT: the discipline. PRIVATE: the list is not shared
 * before, so the reader has to. QUEUE: one more first item was popped before that, so readers look twice. */
#include "weft_host.h"
#include "weft_list.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"
#include "list_states.h"

#include <string.h>

#ifndef SIZE
#define SIZE 2
#endif
#ifndef QUEUE
#define QUEUE 0
#endif
#ifndef CHANGES
#define CHANGES "apsifrg"
#define READS "01ln01l"
#endif

#ifdef PROMPT
#define DISCIPLINE WEFT_LIST_PROMPT
#else
#define DISCIPLINE WEFT_LIST_DEFERRED
#endif

static weft_runtime *runtime;
static weft_list list;
static weft_list other;      /* of which a snapshot is taken */
static weft_ref *first_item; /* main holds it, if the reader looks for it */
static weft_atomic_u32 ready;
static weft_atomic_u32 finished; /* changes, if the reader asks */

static int value_of(const weft_ref *object) {
    return object == NULL ? 0 : ((const item *)object)->value;
}

static int get(weft_thread *self, intptr_t index) {
    weft_ref *found = weft_list_get(self, &list, index);
    int value = value_of(found);
    if (found != NULL) {
        weft_ref_decref(self, found);
    }
    return value;
}

/* ---- the changes, and what a list would answer before and after each --------------------------------- */

static state states[MOST]; /* before the n-th change; the last: after all */
static int changes;

/* Several items as one number. */
#define BESIDE(left, right) ((left) * 100 + (right))

static int answer(const state *at, char question) {
    int all = 0;
    switch (question) {
    case 'w':
    case 'C':
    case 'Y':
        for (int i = 0; i < at->count && (i < 2 || question != 'Y'); i++) {
            all = BESIDE(all, at->values[i]);
        }
        return all;
    case 'I':
        for (int i = 0; i < at->count; i++) {
            if (at->values[i] == 1) {
                return i + 1;
            }
        }
        return 0;
    case 'n':
        return at->count;
    case 'l':
        return at->count == 0 ? 0 : at->values[at->count - 1];
    default: {
        int index = question == 'b' ? 1 : question - '0';
        return at->count <= index ? 0 : at->values[index];
    }
    }
}

static void foresee_all(void) {
    for (int i = 0; i < SIZE; i++) {
        put(&states[0], i, i + 1);
    }
    for (const char *at = CHANGES; *at != '\0'; at++) {
        assert(changes + 2 <= MOST);
        states[changes + 1] = states[changes];
        changes++;
        foresee(&states[changes], *at, changes * 10);
    }
}

/* ---- the two ------------------------------------------------------------------------------------------ */

static void pop(weft_thread *self, intptr_t index) {
    weft_ref *popped = NULL;
    assert(weft_list_pop(self, &list, index, &popped) == WEFT_LIST_OK);
    weft_ref_decref(self, popped);
}

static weft_ref *taken; /* what may be put back */

static void take_and_change(weft_thread *self, intptr_t index, int value) {
    assert(weft_list_pop(self, &list, index, &taken) == WEFT_LIST_OK);
    if (weft_ref_unique(self, taken) != WEFT_REF_NOT_UNIQUE) {
        ((item *)taken)->value = value; /* a race, if a reader has it */
    } else {
        weft_ref_decref(self, taken);
        taken = NULL;
    }
}

static void drop_taken(weft_thread *self) {
    if (taken != NULL) {
        weft_ref_decref(self, taken);
        taken = NULL;
    }
}

static weft_list_result extend_by_two(weft_thread *self, weft_ref *fresh, int value) {
    weft_ref *both[] = {fresh, make_item(self, value)};
    weft_list_result result = weft_list_extend(self, &list, both, 2);
    weft_ref_decref(self, both[1]);
    return result;
}

static int is_greater(weft_thread *self, void *unused, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)unused;
    return value_of(left) > value_of(right) ? 1 : 0;
}

static weft_list_result change_slice(weft_thread *self, char what, weft_ref *fresh, int value) {
    static const weft_list_slice two = {0, 2, 1};
    static const weft_list_slice each_second = {WEFT_LIST_FIRST, WEFT_LIST_LAST, 2};
    static const weft_list_slice first = {0, 1, 1};
    if (what != 'z') {
        return weft_list_delete_slice(self, &list, what == 'D' ? two : each_second);
    }
    weft_ref *both[] = {fresh, make_item(self, value)};
    weft_list_result result = weft_list_set_slice(self, &list, first, both, 2);
    weft_ref_decref(self, both[1]);
    return result;
}

static weft_list_result snapshot_of_one(weft_thread *self, weft_ref *only) {
    weft_list_init(self, &other, DISCIPLINE);
    assert(weft_list_append(self, &other, only) == WEFT_LIST_OK);
    weft_list_result result = weft_list_snapshot(self, &other, &list);
    weft_list_finalize(self, &other);
    return result;
}

static void change(weft_thread *self, char what, int value) {
    weft_ref *fresh = make_item(self, value);
    weft_list_result result = WEFT_LIST_OK;
    switch (what) {
    case 'a':
        result = weft_list_append(self, &list, fresh);
        break;
    case 'x':
        result = weft_list_extend(self, &list, &fresh, 1);
        break;
    case 'X':
        result = extend_by_two(self, fresh, value + 1);
        break;
    case 'i':
        result = weft_list_insert(self, &list, 0, fresh);
        break;
    case 's':
    case 'S':
        result = weft_list_set(self, &list, what == 's' ? 0 : 1, fresh);
        break;
    case 'p':
        pop(self, -1);
        break;
    case 't':
        take_and_change(self, -1, value + 10); /* as the next change puts in */
        break;
    case 'T':
    case 'F':
        take_and_change(self, what == 'F' ? 0 : 1, value + 10);
        break;
    case 'k':
        result = weft_list_append(self, &list, taken != NULL ? taken : fresh);
        drop_taken(self);
        break;
    case 'f':
        pop(self, 0);
        break;
    case 'd':
        pop(self, 1);
        break;
    case 'r':
        result = weft_list_reverse(self, &list);
        break;
    case 'o':
        result = weft_list_sort(self, &list, is_greater, NULL);
        break;
    case 'D':
    case 'E':
    case 'z':
        result = change_slice(self, what, fresh, value + 1);
        break;
    case 'N':
        result = snapshot_of_one(self, fresh);
        break;
    case 'c':
        result = weft_list_clear(self, &list);
        break;
    case 'g':
        result = weft_list_reserve(self, &list, 20);
        break;
    default:
        weft_qsbr_poll(self);
        break;
    }
    assert(result == WEFT_LIST_OK);
    weft_ref_decref(self, fresh);
}

/* The earliest state, from `from` on, in which the question has this answer: there must be one. */
static int place(char question, int got, int from) {
    while (from <= changes && answer(&states[from], question) != got) {
        from++;
    }
    assert(from <= changes);
    return from;
}

static uint64_t first_version; /* before the changes */

/* As place. Each change makes the version odd, then even again. */
static int place_version(int from) {
    int risen = (int)(weft_list_version(&list) - first_version);
    assert(from <= (risen + 1) / 2);
    return from > risen / 2 ? from : risen / 2;
}

#define CHANGED_MEANWHILE (-1)
#define NO_ANSWER (-2)

static int iterate(weft_thread *self) {
    weft_list_iterator iterator;
    weft_list_result result;
    weft_ref *found;
    int all = 0;
    weft_list_iterate(self, &list, true, &iterator);
    while ((result = weft_list_next(self, &iterator, &found)) == WEFT_LIST_OK) {
        all = BESIDE(all, value_of(found));
        weft_ref_decref(self, found);
    }
    return result == WEFT_LIST_CHANGED ? CHANGED_MEANWHILE : all;
}

/* Of a copy, or a slice. */
static int add_up_copy(weft_thread *self, char question) {
    static const weft_list_slice two = {0, 2, 1};
    weft_list copy; /* nobody else knows it */
    int all = 0;
    weft_list_init(self, &copy, DISCIPLINE);
    weft_list_result result = question == 'C' ? weft_list_copy(self, &list, &copy)
                                              : weft_list_get_slice(self, &list, two, &copy);
    assert(result == WEFT_LIST_OK);
    int count = (int)weft_list_len(self, &copy);
    for (int i = 0; i < count; i++) {
        weft_ref *found = weft_list_get(self, &copy, i);
        all = BESIDE(all, value_of(found));
        weft_ref_decref(self, found);
    }
    weft_list_finalize(self, &copy);
    return all;
}

/* One more than the index; 0: it is not there. */
static int find_first(weft_thread *self) {
    size_t found = 0;
    weft_list_result result =
        weft_list_index(self, &list, first_item, 0, WEFT_LIST_LAST, NULL, NULL, &found);
    assert(result == WEFT_LIST_OK || result == WEFT_LIST_RANGE);
    return result == WEFT_LIST_OK ? (int)found + 1 : 0;
}

static int ask(weft_thread *self, char question) {
    switch (question) {
    case 'w':
        return iterate(self);
    case 'C':
    case 'Y':
        return add_up_copy(self, question);
    case 'I':
        return find_first(self);
    case 'n':
        return (int)weft_list_len(self, &list);
    case 'l':
        return get(self, -1);
    case 'b': {
        const weft_ref *found = weft_list_borrow(self, &list, 1);
        return found == NULL ? NO_ANSWER : value_of(found);
    }
    default:
        return get(self, question - '0');
    }
}

/* What is read next, when states[at] was seen. */
static int read_once(weft_thread *self, char question, int at) {
    static int changed; /* iterations: each begins behind the change that the one before has met */
    if (question == 'v') {
        return place_version(at);
    }
    if (question == '?') {
        int seen = (int)weft_load_acquire_u32(&finished);
        return seen > at ? seen : at;
    }
    int got = ask(self, question);
    assert(got != CHANGED_MEANWHILE || ++changed <= changes);
    return got < 0 ? at : place(question, got, at);
}

static void *reads(void *unused) {
    (void)unused;
    int at = 0;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    for (const char *question = READS; *question != '\0'; question++) {
        at = read_once(self, *question, at);
    }
    weft_thread_unregister(self);
    return NULL;
}

/* A list whose object lives on could be used again. */
static void end_list(weft_thread *self) {
    bool empty = weft_list_len(self, &list) == 0;
    uint64_t version = weft_list_version(&list);
    assert(version % 2 == 0);
    weft_list_finalize(self, &list);
    assert(weft_list_len(self, &list) == 0 && weft_list_peek(self, &list, 0) == NULL);
    assert(weft_list_version(&list) == version + (empty ? 0 : 2));
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    pthread_t reader;
    foresee_all();
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_list_init(self, &list, DISCIPLINE);
    for (int i = 0 - QUEUE; i < SIZE; i++) {
        weft_ref *first = make_item(self, i + 1);
        assert(weft_list_append(self, &list, first) == WEFT_LIST_OK);
        if (i == 0 && strchr(READS, 'I') != NULL) {
            first_item = first;
            continue;
        }
        weft_ref_decref(self, first);
    }
    if (QUEUE) {
        pop(self, 0);
    }
#ifndef PRIVATE
    assert(weft_list_set_shared(self, &list) == WEFT_LIST_OK);
#endif
    first_version = weft_list_version(&list);
    assert(first_version % 2 == 0);
    pthread_create(&reader, NULL, reads, NULL);
    await_value(&ready, 1);
    int number = 0;
    for (const char *at = CHANGES; *at != '\0'; at++) {
        change(self, *at, ++number * 10);
        if (strchr(READS, '?') != NULL) {
            weft_store_release_u32(&finished, (uint32_t)number);
        }
    }
    drop_taken(self);
    weft_thread_detach(self);
    pthread_join(reader, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    end_list(self);
    if (first_item != NULL) {
        weft_ref_decref(self, first_item);
    }
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
