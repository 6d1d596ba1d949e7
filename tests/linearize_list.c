#include "linearize_list.h"

#include <stdio.h>
#include <string.h>

static int64_t at(const linearize_list *list, int64_t index) {
    return index >= 0 && index < list->count ? list->items[index] : -1;
}

static void put(linearize_list *list, int64_t index, int64_t number) {
    size_t place = index < list->count ? (size_t)index : list->count;
    memmove(&list->items[place + 1], &list->items[place],
            (list->count - place) * sizeof list->items[0]);
    list->items[place] = (uint16_t)number;
    list->count++;
}

static int64_t take(linearize_list *list, int64_t index) {
    int64_t taken = at(list, index);
    if (taken >= 0) {
        size_t place = (size_t)index;
        list->count--;
        memmove(&list->items[place], &list->items[place + 1],
                (list->count - place) * sizeof list->items[0]);
        list->items[list->count] = 0;
    }
    return taken;
}

static int64_t reverse(linearize_list *list) {
    for (size_t i = 0; i < list->count / 2U; i++) {
        uint16_t moved = list->items[i];
        list->items[i] = list->items[list->count - 1U - i];
        list->items[list->count - 1U - i] = moved;
    }
    return 0;
}

static int64_t sort(linearize_list *list) {
    for (size_t i = 1; i < list->count; i++) {
        for (size_t j = i; j > 0 && list->items[j - 1] < list->items[j]; j--) {
            uint16_t moved = list->items[j];
            list->items[j] = list->items[j - 1];
            list->items[j - 1] = moved;
        }
    }
    return 0;
}

static int64_t put_two(linearize_list *list, int64_t index, int64_t number) {
    int64_t place = index < list->count ? index : list->count;
    put(list, place, number + 1);
    put(list, place, number);
    return 0;
}

static int64_t set_slice(linearize_list *list, int64_t index, int64_t number) {
    (void)take(list, index);
    return put_two(list, index, number);
}

static int64_t delete_slice(linearize_list *list, int64_t index, int64_t step) {
    while (take(list, index) >= 0) {
        index += step - 1; /* one is gone */
    }
    return 0;
}

/* The sum depends on the places, too. */
static int64_t sum(const linearize_list *list) {
    int64_t total = 0;
    for (size_t i = 0; i < list->count; i++) {
        total += (int64_t)(i + 1) * list->items[i];
    }
    return total;
}

static int64_t answer(linearize_list *list, const linearize_call *call) {
    switch (call->kind) {
    case LINEARIZE_GET:
        return at(list, call->first);
    case LINEARIZE_LAST:
        return at(list, list->count - 1);
    case LINEARIZE_LEN:
        return list->count;
    case LINEARIZE_APPEND:
        put(list, list->count, call->first);
        return 0;
    case LINEARIZE_POP:
        return take(list, list->count - 1);
    case LINEARIZE_POP_AT:
        return take(list, call->first);
    case LINEARIZE_SET:
        if (at(list, call->first) < 0) {
            return -1;
        }
        list->items[call->first] = (uint16_t)call->second;
        return 0;
    case LINEARIZE_INSERT:
        put(list, call->first, call->second);
        return 0;
    case LINEARIZE_REVERSE:
        return reverse(list);
    case LINEARIZE_CLEAR:
        memset(list, 0, sizeof *list);
        return 0;
    case LINEARIZE_EXTEND:
        return put_two(list, list->count, call->first);
    case LINEARIZE_SORT:
        return call->result < 0 ? -1 : sort(list);
    case LINEARIZE_SET_SLICE:
        return set_slice(list, call->first, call->second);
    case LINEARIZE_DELETE_SLICE:
        return delete_slice(list, call->first, call->second);
    case LINEARIZE_BECOME:
        memset(list, 0, sizeof *list);
        put(list, 0, call->first);
        return 0;
    default:
        return sum(list);
    }
}

static uint32_t added_by(const linearize_call *call) {
    switch (call->kind) {
    case LINEARIZE_APPEND:
    case LINEARIZE_INSERT:
        return 1;
    case LINEARIZE_EXTEND:
    case LINEARIZE_SET_SLICE:
        return 2;
    default:
        return 0;
    }
}

static bool apply(void *state, const linearize_call *call) {
    linearize_list *list = state;
    bool full = list->count + added_by(call) > LINEARIZE_LIST_CELLS;
    return !full && answer(list, call) == call->result;
}

static void print(const linearize_call *call, char *text, size_t size) {
    static const char *const NAMES[LINEARIZE_LIST_KINDS] = {
        "get",     "last",  "len",    "append", "pop",       "pop at",       "set",    "insert",
        "reverse", "clear", "extend", "sort",   "set slice", "delete slice", "become", "sum",
    };
    (void)snprintf(text, size, "%s %lld %lld -> %lld", NAMES[call->kind], (long long)call->first,
                   (long long)call->second, (long long)call->result);
}

const linearize_model linearize_list_model = {sizeof(linearize_list), apply, print};

static bool may_change(const linearize_call *call) {
    switch (call->kind) {
    case LINEARIZE_GET:
    case LINEARIZE_LAST:
    case LINEARIZE_LEN:
    case LINEARIZE_SUM:
        return false;
    default:
        return call->result >= 0; /* not: nothing to pop or set, or a sort that did nothing */
    }
}

/* Another thread's call, at the same time. */
static bool may_disturb(const linearize_call *other, const linearize_call *sort) {
    return other->thread != sort->thread && may_change(other) && other->began < sort->ended &&
           other->ended > sort->began;
}

static bool was_disturbed(const linearize_history *history, const linearize_call *sort) {
    for (uint32_t thread = 0; thread < history->threads; thread++) {
        for (uint32_t i = 0; i < history->counts[thread]; i++) {
            if (may_disturb(&history->calls[thread][i], sort)) {
                return true;
            }
        }
    }
    return false;
}

bool linearize_list_check(const linearize_list *initial, const linearize_history *history) {
    for (uint32_t thread = 0; thread < history->threads; thread++) {
        for (uint32_t i = 0; i < history->counts[thread]; i++) {
            const linearize_call *call = &history->calls[thread][i];
            bool gave_up = call->kind == LINEARIZE_SORT && call->result < 0;
            if (gave_up && !was_disturbed(history, call)) {
                return false;
            }
        }
    }
    return linearize_check(&linearize_list_model, initial, history);
}
