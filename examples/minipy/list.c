/* list.c: lists, which are weft's, tuples, ranges and slices. */
#include <stdlib.h>

#include "object.h"

/* ---- boxes --------------------------------------------------------------------------------------- */

box small_boxes[SMALL_BOX_COUNT];

weft_ref *box_new(vm *t, value v) {
    box *made = (box *)object_new(t, sizeof *made, is_int(v) ? T_INT : T_FLOAT);
    if (made == NULL) {
        return NULL;
    }
    made->content = v;
    return &made->head;
}

/* ---- tuples -------------------------------------------------------------------------------------- */

value tuple_new(vm *t, size_t size) {
    if (size == 0 && t->rt->empty_tuple != NIL) {
        return keep(t, t->rt->empty_tuple);
    }
    tuple *made =
        (tuple *)object_new(t, sizeof *made + (size > 1 ? size - 1 : 0) * sizeof(value), T_TUPLE);
    if (made == NULL) {
        return NIL;
    }
    made->size = size;
    made->cls = NULL;
    memset(made->items, 0, (size > 0 ? size : 1) * sizeof(value));
    return from_ref(made);
}

value tuple_of(vm *t, size_t size, const value *items) {
    value made = tuple_new(t, size);
    for (size_t i = 0; made != NIL && i < size; i++) {
        AS(tuple, made)->items[i] = keep(t, items[i]);
    }
    return made;
}

value tuple_pair(vm *t, value a, value b) {
    value made = a != NIL && b != NIL ? tuple_new(t, 2) : NIL;
    if (made == NIL) {
        drop(t, a);
        drop(t, b);
        return NIL;
    }
    AS(tuple, made)->items[0] = a;
    AS(tuple, made)->items[1] = b;
    return made;
}

/* ---- lists --------------------------------------------------------------------------------------- */

bool list_failed(vm *t, weft_list_result result) {
    switch (result) {
    case WEFT_LIST_OK:
        return false;
    case WEFT_LIST_NO_MEMORY:
        (void)raise_memory(t);
        return true;
    case WEFT_LIST_RANGE:
        (void)raise(t, T_IndexError, "list index out of range");
        return true;
    case WEFT_LIST_CHANGED:
        (void)raise(t, T_ValueError, "list modified during sort");
        return true;
    case WEFT_LIST_LENGTH:
        (void)raise(t, T_ValueError,
                    "attempt to assign sequence of a different size to extended slice");
        return true;
    default:
        if (t->raised == NIL) {
            (void)raise(t, T_RuntimeError, "the interpreter is closed");
        }
        return true;
    }
}

value list_new(vm *t) {
    struct list *made = (struct list *)object_new(t, sizeof *made, T_LIST);
    if (made == NULL) {
        return NIL;
    }
    weft_list_init(t->weft, &made->list, WEFT_LIST_DEFERRED);
    weft_store_relaxed_u16(&made->list.head.host, T_LIST);
    made->cls = NULL;
    member_init(&made->attributes, NIL);
    return from_ref(made);
}

value list_of(vm *t, size_t size, const value *items) {
    value made = list_new(t);
    if (made != NIL && size > 0 &&
        list_failed(t, weft_list_reserve(t->weft, &AS(list, made)->list, size))) {
        decref(t, made);
        return NIL;
    }
    for (size_t i = 0; made != NIL && i < size; i++) {
        if (!list_append(t, made, items[i])) {
            decref(t, made);
            return NIL;
        }
    }
    return made;
}

size_t list_size(vm *t, value v) {
    return weft_list_len(t->weft, &AS(list, v)->list);
}

value list_item(vm *t, value v, int64_t index) {
    weft_ref *found = weft_list_borrow(t->weft, &AS(list, v)->list, index);
    if (WEFT_LIKELY(found != NULL)) {
        return unbox_borrowed(t, found);
    }
    found = weft_list_get(t->weft, &AS(list, v)->list, index);
    return found != NULL ? unbox_owned(t, found) : NIL;
}

bool list_append(vm *t, value v, value item) {
    weft_ref *boxed = box_value(t, item);
    if (WEFT_UNLIKELY(boxed == NULL)) {
        return false;
    }
    weft_list_result result = weft_list_append(t->weft, &AS(list, v)->list, boxed);
    box_done(t, item, boxed);
    return WEFT_LIKELY(result == WEFT_LIST_OK) || !list_failed(t, result);
}

bool list_append_take(vm *t, value v, value item) {
    bool done = list_append(t, v, item);
    decref(t, item);
    return done;
}

static bool number_into(vm *t, weft_list *l, int64_t index, value item) {
    if (!box_lock(t, &l->head)) {
        return false;
    }
    bool taken = box_takes(t, weft_list_borrow(t->weft, l, index), item);
    box_unlock(t, &l->head);
    return taken;
}

bool list_set(vm *t, value v, int64_t index, value item) {
    if (!is_object(item) && number_into(t, &AS(list, v)->list, index, item)) {
        return true;
    }
    weft_ref *boxed = box_value(t, item);
    if (boxed == NULL) {
        return false;
    }
    weft_list_result result = weft_list_set(t->weft, &AS(list, v)->list, index, boxed);
    box_done(t, item, boxed);
    if (result == WEFT_LIST_RANGE) {
        (void)raise(t, T_IndexError, "list assignment index out of range");
        return false;
    }
    return !list_failed(t, result);
}

value at_rest(vm *t, value v) {
    value made = NIL;
    bool failed = false;
    unsigned type = t->alone ? 0 : exact_type(v) & ~T_SUBCLASS;
    switch (type) {
    case T_LIST:
        made = list_new(t);
        failed = made != NIL &&
                 list_failed(t, weft_list_copy(t->weft, &AS(list, v)->list, &AS(list, made)->list));
        break;
    case T_DICT:
    case T_SET:
        made = type == T_DICT ? dict_new(t) : set_new(t, T_SET);
        failed = made != NIL &&
                 dict_failed(t, weft_dict_copy(t->weft, &AS(dict, v)->dict, &AS(dict, made)->dict));
        break;
    case T_VIEW: {
        value source = at_rest(t, AS(view, v)->source);
        made = source != NIL ? dict_view(t, source, AS(view, v)->kind) : NIL;
        drop(t, source);
        break;
    }
    default:
        return keep(t, v);
    }
    if (failed) {
        decref(t, made);
        return NIL;
    }
    return made;
}

value to_iterate(vm *t, value v) {
    return (exact_type(v) & T_SUBCLASS) != 0 ? keep(t, v) : at_rest(t, v);
}

static bool extend_tuple(vm *t, value v, const tuple *items) {
    weft_critical section;
    bool done = true;
    hold(t, &section, v);
    for (size_t i = 0; done && i < items->size; i++) {
        done = list_append(t, v, items->items[i]);
    }
    unhold(t, &section);
    return done;
}

/* python3 asks how long it will be; only what __len__ raises can be seen of that. */
static bool ask_length(vm *t, value iterable) {
    if (is_a(iterable, T_OBJECT) && class_find(t, class_of(t, iterable), NAME(len)) != NIL &&
        length(t, iterable) < 0) {
        if (!raised_is(t, T_TypeError)) {
            return false;
        }
        forget_raised(t);
    }
    return true;
}

bool list_extend(vm *t, value v, value iterable) {
    if (is_kind(iterable, T_LIST)) {
        return !list_failed(
            t, weft_list_extend_list(t->weft, &AS(list, v)->list, &AS(list, iterable)->list));
    }
    if (is_kind(iterable, T_TUPLE)) {
        return extend_tuple(t, v, AS(tuple, iterable));
    }
    value source = to_iterate(t, iterable);
    value iterator = source != NIL ? get_iter(t, source) : NIL;
    drop(t, source);
    if (iterator == NIL) {
        return false;
    }
    value item;
    bool asked = ask_length(t, iterable);
    while (asked && (item = iter_next(t, iterator)) != NIL && list_append_take(t, v, item)) {
    }
    decref(t, iterator);
    return t->raised == NIL;
}

value to_list(vm *t, value iterable) {
    value made = list_new(t);
    if (made != NIL && !list_extend(t, made, iterable)) {
        decref(t, made);
        return NIL;
    }
    return made;
}

value to_tuple(vm *t, value iterable) {
    if (is_a(iterable, T_TUPLE)) {
        return keep(t, iterable);
    }
    value items = is_a(iterable, T_LIST) ? at_rest(t, iterable) : to_list(t, iterable);
    if (items == NIL) {
        return NIL;
    }
    size_t size = list_size(t, items);
    value made = tuple_new(t, size);
    for (size_t i = 0; made != NIL && i < size; i++) {
        value item = list_item(t, items, (int64_t)i);
        AS(tuple, made)->items[i] = item != NIL ? item : keep(t, NONE);
    }
    decref(t, items);
    return made;
}

/* ---- slices and ranges --------------------------------------------------------------------------- */

value slice_new(vm *t, value start, value stop, value step) {
    slice *made = (slice *)object_new(t, sizeof *made, T_SLICE);
    if (made == NULL) {
        return NIL;
    }
    made->start = keep(t, start);
    made->stop = keep(t, stop);
    made->step = keep(t, step);
    return from_ref(made);
}

static int64_t clamp(int64_t index, int64_t length, int64_t low, int64_t high) {
    index += index < 0 ? length : 0;
    return index < low ? low : index > high ? high : index;
}

bool slice_indices(vm *t, value v, int64_t length, int64_t *start, int64_t *stop, int64_t *step,
                   int64_t *count) {
    slice *s = AS(slice, v);
    *step = 1;
    if (s->step != NONE && !as_index(t, s->step, step, true)) {
        return false;
    }
    if (*step == 0) {
        (void)raise(t, T_ValueError, "slice step cannot be zero");
        return false;
    }
    int64_t low = *step < 0 ? -1 : 0;
    int64_t high = *step < 0 ? length - 1 : length;
    *start = *step < 0 ? high : low;
    *stop = *step < 0 ? low : high;
    int64_t index;
    if (s->start != NONE) {
        if (!as_index(t, s->start, &index, true)) {
            return false;
        }
        *start = clamp(index, length, low, high);
    }
    if (s->stop != NONE) {
        if (!as_index(t, s->stop, &index, true)) {
            return false;
        }
        *stop = clamp(index, length, low, high);
    }
    int64_t span = *step > 0 ? *stop - *start : *start - *stop;
    int64_t size = *step > 0 ? *step : -*step;
    *count = span <= 0 ? 0 : (span - 1) / size + 1;
    return true;
}

value range_new(vm *t, int64_t start, int64_t stop, int64_t step) {
    range *made = (range *)object_new(t, sizeof *made, T_RANGE);
    if (made == NULL) {
        return NIL;
    }
    int64_t span = step > 0 ? stop - start : start - stop;
    int64_t size = step > 0 ? step : -step;
    made->start = start;
    made->stop = stop;
    made->step = step;
    made->length = span <= 0 ? 0 : (span - 1) / size + 1;
    return from_ref(made);
}

/* ---- subscripts ---------------------------------------------------------------------------------- */

static value part(vm *t, value v, int64_t start, int64_t count, int64_t step) {
    switch (exact_type(v) & ~T_SUBCLASS) {
    case T_STR:
        return str_slice(t, v, start, count, step);
    case T_RANGE: {
        range *r = AS(range, v);
        return range_new(t, r->start + start * r->step, r->start + (start + count * step) * r->step,
                         r->step * step);
    }
    case T_TUPLE: {
        value made = tuple_new(t, (size_t)count);
        for (int64_t i = 0; made != NIL && i < count; i++) {
            AS(tuple, made)->items[i] = keep(t, AS(tuple, v)->items[start + i * step]);
        }
        return made;
    }
    default: {
        value made = list_new(t);
        if (made == NIL) {
            return NIL;
        }
        /* weft's "from the end on, downwards" for what ends before the first. */
        int64_t stop = start + count * step;
        weft_list_slice bounds = {start, stop < 0 ? WEFT_LIST_FIRST : stop, step};
        if (count > 0 && list_failed(t, weft_list_get_slice(t->weft, &AS(list, v)->list, bounds,
                                                            &AS(list, made)->list))) {
            decref(t, made);
            return NIL;
        }
        return made;
    }
    }
}

static int64_t size_of(vm *t, value v) {
    switch (exact_type(v) & ~T_SUBCLASS) {
    case T_STR:
        return (int64_t)char_count(v);
    case T_RANGE:
        return AS(range, v)->length;
    case T_TUPLE:
        return (int64_t)AS(tuple, v)->size;
    default:
        return (int64_t)list_size(t, v);
    }
}

static value slice_of(vm *t, value v, value index) {
    int64_t start;
    int64_t stop;
    int64_t step;
    int64_t count;
    weft_critical section;
    hold(t, &section, v);
    value made = slice_indices(t, index, size_of(t, v), &start, &stop, &step, &count)
                     ? part(t, v, start, count, step)
                     : NIL;
    unhold(t, &section);
    return made;
}

value sequence_subscript(vm *t, value v, value index) {
    int64_t at;
    if (is_a(index, T_SLICE)) {
        return slice_of(t, v, index);
    }
    if (!is_int(index) && !is_integer(index) && !is_a(index, T_OBJECT)) {
        return is_str(v) ? raise(t, T_TypeError, "string indices must be integers, not '%s'",
                                 type_name(t, index))
                         : raise(t, T_TypeError, "%s indices must be integers or slices, not %s",
                                 type_name(t, v), type_name(t, index));
    }
    if (!as_index(t, index, &at, false)) {
        return NIL;
    }
    if (is_str(v)) {
        return str_index(t, v, at);
    }
    int64_t size = size_of(t, v);
    at += at < 0 ? size : 0;
    bool inside = at >= 0 && at < size;
    if (is_kind(v, T_TUPLE) && inside) {
        return keep(t, AS(tuple, v)->items[at]);
    }
    if (is_a(v, T_RANGE) && inside) {
        return int_new(t, AS(range, v)->start + at * AS(range, v)->step);
    }
    if (is_kind(v, T_LIST) && inside) {
        value item = list_item(t, v, at);
        if (item != NIL) {
            return item;
        }
    }
    return raise(t, T_IndexError, "%s%s index out of range", type_name(t, v),
                 is_a(v, T_RANGE) ? " object" : "");
}

static bool list_store_slice(vm *t, value v, value index, value items) {
    int64_t start;
    int64_t stop;
    int64_t step;
    int64_t count;
    weft_list *into = &AS(list, v)->list;
    if (!slice_indices(t, index, (int64_t)list_size(t, v), &start, &stop, &step, &count)) {
        return false;
    }
    stop = start + count * step;
    weft_list_slice bounds = {start, stop < 0 ? WEFT_LIST_FIRST : stop, step};
    if (items == NIL) {
        return count == 0 || !list_failed(t, weft_list_delete_slice(t->weft, into, bounds));
    }
    value copy = to_list(t, items);
    if (copy == NIL) {
        if (raised_is(t, T_TypeError)) {
            forget_raised(t);
            (void)raise(t, T_TypeError,
                        step == 1 ? "can only assign an iterable"
                                  : "must assign iterable to extended slice");
        }
        return false;
    }
    /* Making the copy may have let other threads change the list. */
    if (!t->alone &&
        !slice_indices(t, index, (int64_t)list_size(t, v), &start, &stop, &step, &count)) {
        decref(t, copy);
        return false;
    }
    stop = start + count * step;
    bounds = (weft_list_slice){start, stop < 0 ? WEFT_LIST_FIRST : stop, step};
    size_t size = list_size(t, copy);
    if (step != 1 && (int64_t)size != count) {
        decref(t, copy);
        (void)raise(t, T_ValueError,
                    "attempt to assign sequence of size %zu to extended slice of size %lld", size,
                    (long long)count);
        return false;
    }
    weft_ref **refs = (weft_ref **)malloc((size + 1) * sizeof(weft_ref *));
    bool done = refs != NULL;
    for (size_t i = 0; done && i < size; i++) {
        refs[i] = weft_list_get(t->weft, &AS(list, copy)->list, (intptr_t)i);
    }
    done = done && (size == 0 && step != 1
                        ? true
                        : !list_failed(t, weft_list_set_slice(t->weft, into, bounds, refs, size)));
    for (size_t i = 0; refs != NULL && i < size; i++) {
        decref(t, from_ref(refs[i]));
    }
    if (refs == NULL) {
        (void)raise_memory(t);
    }
    free((void *)refs);
    decref(t, copy);
    return done;
}

bool list_store(vm *t, value v, value index, value item) {
    if (is_a(index, T_SLICE)) {
        weft_critical section;
        hold(t, &section, v);
        bool done = list_store_slice(t, v, index, item);
        unhold(t, &section);
        return done;
    }
    int64_t at;
    if (!is_integer(index) && !is_a(index, T_OBJECT)) {
        (void)raise(t, T_TypeError, "list indices must be integers or slices, not %s",
                    type_name(t, index));
        return false;
    }
    if (!as_index(t, index, &at, false)) {
        return false;
    }
    if (item != NIL) {
        return list_set(t, v, at, item);
    }
    weft_list_result result = weft_list_delete(t->weft, &AS(list, v)->list, at);
    if (result == WEFT_LIST_RANGE) {
        (void)raise(t, T_IndexError, "list assignment index out of range");
        return false;
    }
    return !list_failed(t, result);
}

value sequence_concat(vm *t, value a, value b) {
    if (is_kind(a, T_TUPLE)) {
        size_t size = AS(tuple, a)->size;
        value made = tuple_new(t, size + AS(tuple, b)->size);
        for (size_t i = 0; made != NIL && i < AS(tuple, made)->size; i++) {
            AS(tuple, made)->items[i] =
                keep(t, i < size ? AS(tuple, a)->items[i] : AS(tuple, b)->items[i - size]);
        }
        return made;
    }
    value made = to_list(t, a);
    if (made != NIL && !list_extend(t, made, b)) {
        decref(t, made);
        return NIL;
    }
    return made;
}

static value repeat(vm *t, value v, int64_t count) {
    int64_t size = size_of(t, v);
    if (size > 0 && count > (int64_t)WEFT_LIST_MAX / size) {
        return raise_memory(t);
    }
    if (is_kind(v, T_TUPLE)) {
        value made = tuple_new(t, (size_t)(size * count));
        for (int64_t i = 0; made != NIL && i < size * count; i++) {
            AS(tuple, made)->items[i] = keep(t, AS(tuple, v)->items[i % size]);
        }
        return made;
    }
    value made = list_new(t);
    weft_ref **refs = (weft_ref **)malloc((size_t)(size * count + 1) * sizeof(weft_ref *));
    if (made == NIL || refs == NULL) {
        free((void *)refs);
        drop(t, made);
        return raise_memory(t);
    }
    for (int64_t i = 0; i < size; i++) {
        refs[i] = weft_list_get(t->weft, &AS(list, v)->list, i);
    }
    for (int64_t i = size; i < size * count; i++) {
        refs[i] = refs[i - size];
    }
    bool failed = list_failed(
        t, weft_list_extend(t->weft, &AS(list, made)->list, refs, (size_t)(size * count)));
    for (int64_t i = 0; i < size; i++) {
        if (count > 0 || size > 0) {
            decref(t, from_ref(refs[i]));
        }
    }
    free((void *)refs);
    if (failed) {
        decref(t, made);
        return NIL;
    }
    return made;
}

value sequence_repeat(vm *t, value v, int64_t count) {
    value items = at_rest(t, v);
    value made = items != NIL ? repeat(t, items, count < 0 ? 0 : count) : NIL;
    drop(t, items);
    return made;
}

/* ---- methods ------------------------------------------------------------------------------------- */

#define SELF args[0]
#define LIST (&AS(list, args[0])->list)

static value done_or(vm *t, weft_list_result result) {
    return list_failed(t, result) ? NIL : NONE;
}

BUILTIN(list_append_method) {
    return list_append(t, SELF, args[1]) ? NONE : NIL;
}
BUILTIN(list_extend_method) {
    return list_extend(t, SELF, args[1]) ? NONE : NIL;
}
BUILTIN(list_insert) {
    int64_t index;
    weft_ref *boxed = as_index(t, args[1], &index, true) ? box_value(t, args[2]) : NULL;
    if (boxed == NULL) {
        return NIL;
    }
    weft_list_result result = weft_list_insert(t->weft, LIST, index, boxed);
    box_done(t, args[2], boxed);
    return done_or(t, result);
}
BUILTIN(list_pop) {
    int64_t index = -1;
    weft_ref *popped;
    if (args[1] != NIL && !as_index(t, args[1], &index, false)) {
        return NIL;
    }
    weft_list_result result = weft_list_pop(t->weft, LIST, index, &popped);
    if (result == WEFT_LIST_RANGE) {
        return raise(t, T_IndexError,
                     list_size(t, SELF) == 0 ? "pop from empty list" : "pop index out of range");
    }
    return list_failed(t, result) ? NIL : unbox_owned(t, popped);
}
BUILTIN(list_clear) {
    return done_or(t, weft_list_clear(t->weft, LIST));
}
BUILTIN(list_copy) {
    return to_list(t, SELF);
}
BUILTIN(list_reverse) {
    return done_or(t, weft_list_reverse(t->weft, LIST));
}

/* -1: not there; -2: raised. Of lists, tuples, ranges. */
static int64_t index_of(vm *t, value v, value wanted, int64_t from, int64_t to) {
    for (int64_t i = from; i < to && i < size_of(t, v); i++) {
        value item = is_kind(v, T_TUPLE) ? keep(t, AS(tuple, v)->items[i])
                     : is_a(v, T_RANGE)  ? int_new(t, AS(range, v)->start + i * AS(range, v)->step)
                                         : list_item(t, v, i);
        if (item == NIL) {
            return -1;
        }
        int same = equal(t, item, wanted);
        decref(t, item);
        if (same != 0) {
            return same < 0 ? -2 : i;
        }
    }
    return -1;
}

BUILTIN(sequence_index) {
    int64_t from = 0;
    int64_t to = INT64_MAX;
    if ((args[2] != NIL && !as_index(t, args[2], &from, true)) ||
        (args[3] != NIL && !as_index(t, args[3], &to, true))) {
        return NIL;
    }
    int64_t size = size_of(t, SELF);
    from = clamp(from, size, 0, size);
    to = to < 0 ? to + size : to;
    int64_t at = index_of(t, SELF, args[1], from, to);
    if (at == -1) {
        if (is_kind(SELF, T_TUPLE)) {
            return raise(t, T_ValueError, "tuple.index(x): x not in tuple");
        }
        value text = to_repr(t, args[1]);
        if (text != NIL) {
            (void)raise(t, T_ValueError, "%s is not in %s", text_of(text),
                        is_a(SELF, T_RANGE) ? "range" : "list");
            decref(t, text);
        }
    }
    return at < 0 ? NIL : from_int32(at);
}

BUILTIN(sequence_count) {
    int64_t times = 0;
    for (int64_t at = 0; (at = index_of(t, SELF, args[1], at, INT64_MAX)) >= 0; at++) {
        times++;
    }
    return t->raised != NIL ? NIL : from_int32(times);
}

BUILTIN(list_remove) {
    weft_critical section;
    hold(t, &section, SELF);
    int64_t at = index_of(t, SELF, args[1], 0, INT64_MAX);
    value result = at >= 0    ? done_or(t, weft_list_delete(t->weft, LIST, at))
                   : at == -1 ? raise(t, T_ValueError, "list.remove(x): x not in list")
                              : NIL;
    unhold(t, &section);
    return result;
}

/* ---- sorting ------------------------------------------------------------------------------------- */

typedef struct sorting {
    vm *t;
    bool reverse, keyed;
} sorting;

/* With a key the list is sorted by pairs of key and item. */
static int sort_less(weft_thread *self, void *argument, weft_ref *left, weft_ref *right) {
    sorting *how = (sorting *)argument;
    (void)self;
    weft_ref *first = how->reverse ? right : left;
    weft_ref *second = how->reverse ? left : right;
    value a = is_box(first) ? ((box *)first)->content : from_ref(first);
    value b = is_box(second) ? ((box *)second)->content : from_ref(second);
    if (how->keyed) {
        a = AS(tuple, a)->items[0];
        b = AS(tuple, b)->items[0];
    }
    return compare_bool(how->t, CMP_LT, a, b);
}

/* A list of (key, item). */
static value decorate(vm *t, value v, value key) {
    value pairs = list_new(t);
    for (int64_t i = 0; pairs != NIL; i++) {
        value item = list_item(t, v, i);
        if (item == NIL) {
            return pairs;
        }
        value by = call(t, key, 1, &item);
        value pair = tuple_pair(t, by, item);
        if (pair == NIL || !list_append_take(t, pairs, pair)) {
            decref(t, pairs);
            return NIL;
        }
    }
    return NIL;
}

/* The items of sorted pairs take the place of the list's, if it is as it was. */
static bool undecorate(vm *t, value v, value pairs, uint64_t version) {
    weft_critical section;
    int64_t size = (int64_t)list_size(t, pairs);
    hold(t, &section, v);
    bool done = weft_list_version(&AS(list, v)->list) == version;
    if (!done) {
        (void)list_failed(t, WEFT_LIST_CHANGED);
    }
    for (int64_t i = 0; done && i < size; i++) {
        value pair = list_item(t, pairs, i);
        done = pair != NIL && list_set(t, v, i, AS(tuple, pair)->items[1]);
        drop(t, pair);
    }
    unhold(t, &section);
    return done;
}

/* A copy, and the version of the list that it is of, or of an earlier one. While there is the copy, the list's boxes are not its own: a
 * number is not written in place, so that every store makes another version. */
static value copy_of_version(vm *t, value v, uint64_t *version) {
    value made = list_new(t);
    *version = weft_list_version(&AS(list, v)->list);
    *version += *version & 1; /* the change that is under way */
    if (made != NIL &&
        list_failed(t, weft_list_copy(t->weft, &AS(list, v)->list, &AS(list, made)->list))) {
        decref(t, made);
        return NIL;
    }
    return made;
}

bool list_sort(vm *t, value v, value key, bool reverse) {
    sorting how = {.t = t, .reverse = reverse, .keyed = key != NIL && key != NONE};
    if (!how.keyed) {
        return !list_failed(t, weft_list_sort(t->weft, &AS(list, v)->list, sort_less, &how));
    }
    uint64_t version = 0;
    value items = copy_of_version(t, v, &version);
    value pairs = items != NIL ? decorate(t, items, key) : NIL;
    bool done = pairs != NIL &&
                !list_failed(t, weft_list_sort(t->weft, &AS(list, pairs)->list, sort_less, &how)) &&
                undecorate(t, v, pairs, version);
    drop(t, items);
    drop(t, pairs);
    return done;
}

BUILTIN(list_sort_method) {
    if (count > 1) {
        return raise(t, T_TypeError, "sort() takes no positional arguments");
    }
    int reverse = args[2] == NIL ? 0 : truth(t, args[2]);
    return reverse >= 0 && list_sort(t, SELF, args[1], reverse != 0) ? NONE : NIL;
}

static value range_attribute(vm *t, const value *args, size_t which) {
    range *r = AS(range, args[0]);
    return int_new(t, which == 0 ? r->start : which == 1 ? r->stop : r->step);
}
BUILTIN(range_start) {
    return range_attribute(t, args, 0);
}
BUILTIN(range_stop) {
    return range_attribute(t, args, 1);
}
BUILTIN(range_step) {
    return range_attribute(t, args, 2);
}

const builtin_def list_methods[] = {{"append", list_append_method, "self,object,/"},
                                    {"extend", list_extend_method, "self,iterable,/"},
                                    {"insert", list_insert, "self,index,object,/"},
                                    {"pop", list_pop, "self|index,/"},
                                    {"clear", list_clear, "self"},
                                    {"copy", list_copy, "self"},
                                    {"reverse", list_reverse, "self"},
                                    {"index", sequence_index, "self,value|start,stop,/"},
                                    {"count", sequence_count, "self,value,/"},
                                    {"remove", list_remove, "self,value,/"},
                                    {"sort", list_sort_method, "*key,reverse"},
                                    {0}};
const builtin_def tuple_methods[] = {{"index", sequence_index, "self,value|start,stop,/"},
                                     {"count", sequence_count, "self,value,/"},
                                     {0}};
BUILTIN(slice_indices_method) {
    int64_t size;
    int64_t part_of[4];
    if (!as_index(t, args[1], &size, false) ||
        !slice_indices(t, args[0], size, &part_of[0], &part_of[1], &part_of[2], &part_of[3])) {
        return NIL;
    }
    value all[3] = {int_new(t, part_of[0]), int_new(t, part_of[1]), int_new(t, part_of[2])};
    return tuple_of(t, 3, all);
}
static value slice_part(vm *t, const value *args, int which) {
    return keep(t, (&AS(slice, args[0])->start)[which]);
}
BUILTIN(slice_start) {
    return slice_part(t, args, 0);
}
BUILTIN(slice_stop) {
    return slice_part(t, args, 1);
}
BUILTIN(slice_step) {
    return slice_part(t, args, 2);
}
const builtin_def slice_methods[] = {{"indices", slice_indices_method, "self,length"},
                                     {".start", slice_start, "self"},
                                     {".stop", slice_stop, "self"},
                                     {".step", slice_step, "self"},
                                     {0}};
/* Those with a '.' are read as attributes. */
const builtin_def range_methods[] = {{"index", sequence_index, "self,value|start,stop,/"},
                                     {"count", sequence_count, "self,value,/"},
                                     {".start", range_start, "self"},
                                     {".stop", range_stop, "self"},
                                     {".step", range_step, "self"},
                                     {0}};
