/* dict.c: dicts and sets, which are weft's dicts, and the names of modules, classes and instances, which are, too.
 *
 * Keys. A small int is weft's number, a string is interned first, so that it is weft's symbol: for both a look-up asks nobody. Anything
 * else is an object, with the hooks below. What equals an int (True, 1.0) has its hash.
 */
#include "object.h"

/* ---- keys ---------------------------------------------------------------------------------------- */

static value value_of_key(weft_dict_key key) {
    if (weft_dict_tag_of(key) == WEFT_DICT_NUMBER_TAG) {
        return from_int32((int64_t)key >> 1);
    }
    weft_ref *object = weft_dict_object_of(key);
    return is_box(object) ? ((box *)object)->content : from_ref(object);
}

static bool hook_hash(weft_thread *self, weft_ref *key, uint64_t *hash) {
    (void)self;
    value v = is_box(key) ? ((box *)key)->content : from_ref(key);
    if (!hash_of(memory_current(), v, hash)) {
        return false;
    }
    *hash = weft_dict_hash_of_number(*hash);
    return true;
}

static int hook_equal(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)self;
    return equal(memory_current(), value_of_key(candidate), value_of_key(key));
}

void dict_start(void) {
    static const weft_dict_hooks HOOKS = {.hash = hook_hash, .equal = hook_equal};
    weft_dict_set_hooks(&HOOKS);
}

/* The key of a value; `held` has to be dropped afterwards. False: raised. */
static bool key_of(vm *t, value v, weft_dict_key *key, value *held) {
    *held = NIL;
    if (is_int(v)) {
        *key = weft_dict_of_number((uint64_t)int_of(v));
        return true;
    }
    if (is_str(v)) {
        /* Relaxed: see str_intern. The caller's reference will do. */
        if (weft_load_relaxed_ptr(&AS(weft_symbol, v)->table) != NULL) {
            *key = weft_dict_of_symbol(AS(weft_symbol, v));
            return true;
        }
        *held = str_intern(t, v);
        *key = weft_dict_of_symbol(AS(weft_symbol, *held));
        return *held != NIL;
    }
    weft_ref *boxed = box_value(t, v);
    *held = is_object(v) ? NIL : from_ref(boxed);
    *key = weft_dict_of_object(boxed);
    return boxed != NULL;
}

/* The caller's references to what weft has handed out. */
static value take_key(vm *t, weft_dict_key key) {
    if (weft_dict_tag_of(key) == WEFT_DICT_NUMBER_TAG) {
        return from_int32((int64_t)key >> 1);
    }
    return unbox_owned(t, weft_dict_object_of(key));
}

bool dict_failed(vm *t, weft_dict_result result) {
    if (result == WEFT_DICT_OK) {
        return false;
    }
    if (result == WEFT_DICT_NO_MEMORY) {
        (void)raise_memory(t);
    } else if (result == WEFT_DICT_CHANGED) {
        (void)raise(t, T_RuntimeError, "dictionary changed size during iteration");
    } else if (t->raised == NIL && result != WEFT_DICT_MISSING) {
        (void)raise(t, T_RuntimeError, "the interpreter is closed");
    }
    return true;
}

/* ---- making, items ------------------------------------------------------------------------------- */

static value make(vm *t, unsigned type) {
    dict *made = (dict *)object_new(t, sizeof *made, type);
    if (made == NULL) {
        return NIL;
    }
    weft_dict_init(t->weft, &made->dict, WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS);
    weft_store_relaxed_u16(&made->dict.head.host, (uint16_t)type);
    made->cls = NULL;
    member_init(&made->attributes, NIL);
    return from_ref(made);
}

value dict_new(vm *t) {
    return make(t, T_DICT);
}
value set_new(vm *t, unsigned type) {
    return make(t, type);
}

#define DICT(v) (&AS(dict, v)->dict)

size_t dict_size(vm *t, value v) {
    return weft_dict_len(t->weft, DICT(v));
}

bool dict_look(vm *t, value d, value key, weft_ref **found) {
    weft_dict_sight seen = {0};
    weft_dict_key k;
    if (is_int(key)) {
        k = weft_dict_of_number((uint64_t)int_of(key));
        /* Relaxed: see str_intern. */
    } else if (is_str(key) && weft_load_relaxed_ptr(&AS(weft_symbol, key)->table) != NULL) {
        k = weft_dict_of_symbol(AS(weft_symbol, key));
    } else {
        return false;
    }
    bool known = weft_dict_look(t->weft, DICT(d), k, false, &seen);
    *found = seen.value;
    return known;
}

value dict_get(vm *t, value d, value key) {
    weft_dict_key k;
    value held;
    weft_ref *found;
    if (dict_look(t, d, key, &found)) {
        return found != NULL ? unbox_borrowed(t, found) : NIL;
    }
    if (!key_of(t, key, &k, &held)) {
        return NIL;
    }
    weft_dict_result result = weft_dict_get(t->weft, DICT(d), k, &found);
    drop(t, held);
    if (WEFT_LIKELY(result == WEFT_DICT_OK)) {
        return unbox_owned(t, found);
    }
    (void)dict_failed(t, result);
    return NIL;
}

int dict_contains(vm *t, value d, value key) {
    weft_ref *there;
    if (dict_look(t, d, key, &there)) {
        return there != NULL;
    }
    value found = dict_get(t, d, key);
    drop(t, found);
    return found != NIL ? 1 : t->raised != NIL ? -1 : 0;
}

/* Writes a number into the box that is there. The keys of a general dict may be the program's, whose methods are not to run
 * here: they may begin the first thread, or drop the box. */
static bool number_into(vm *t, weft_dict *d, weft_dict_key key, value item) {
    if (!box_lock(t, &d->head)) {
        return false;
    }
    bool taken = weft_dict_kind_of(d) != WEFT_DICT_GENERAL &&
                 box_takes(t, weft_dict_borrow(t->weft, d, key), item);
    box_unlock(t, &d->head);
    return taken;
}

bool dict_set(vm *t, value d, value key, value item) {
    weft_dict_key k;
    value held;
    if (!key_of(t, key, &k, &held)) {
        return false;
    }
    if (!is_object(item) && (is_str(key) || is_int(key))) {
        bool taken = number_into(t, DICT(d), k, item);
        if (taken || t->raised != NIL) {
            drop(t, held);
            return taken;
        }
    }
    weft_ref *boxed = box_value(t, item);
    weft_dict_result result =
        boxed == NULL ? WEFT_DICT_NO_MEMORY : weft_dict_set(t->weft, DICT(d), k, boxed);
    if (boxed != NULL) {
        box_done(t, item, boxed);
    }
    drop(t, held);
    return !dict_failed(t, result);
}

/* Takes an item out. NIL: not there, or raised. */
static value take_out(vm *t, value d, value key) {
    weft_dict_key k;
    value held;
    weft_ref *popped;
    if (!key_of(t, key, &k, &held)) {
        return NIL;
    }
    weft_dict_result result = weft_dict_pop(t->weft, DICT(d), k, &popped);
    drop(t, held);
    return dict_failed(t, result) ? NIL : unbox_owned(t, popped);
}

bool dict_delete(vm *t, value d, value key, bool *found) {
    value item = take_out(t, d, key);
    *found = item != NIL;
    drop(t, item);
    return *found || t->raised == NIL;
}

bool set_add(vm *t, value s, value key) {
    return dict_set(t, s, key, NONE);
}

/* ---- walking ------------------------------------------------------------------------------------- */

bool dict_walk_begin(vm *t, weft_dict *d, dict_walk *walk) {
    walk->over = false;
    return !dict_failed(t, weft_dict_iterate(t->weft, d, true, &walk->walk));
}

bool dict_walk_next(vm *t, dict_walk *walk, value *key, value *item) {
    weft_dict_key k;
    weft_ref *found;
    weft_dict_result result = weft_dict_next(t->weft, &walk->walk, &k, &found);
    if (result != WEFT_DICT_OK) {
        walk->over = true;
        (void)dict_failed(t, result);
        return false;
    }
    *key = take_key(t, k);
    *item = unbox_owned(t, found);
    return true;
}

void dict_walk_end(vm *t, dict_walk *walk) {
    weft_dict_iterate_end(t->weft, &walk->walk);
}

void iter_end(weft_thread *weft, iter *it) {
    if (it->kind == ITER_DICT && it->source != NIL) {
        weft_dict_iterate_end(weft, &it->walk);
    }
}

/* The elements of `a` that are (wanted), or are not, in `b`; NIL: has all. */
static bool add_filtered(vm *t, value into, value a, value b, bool wanted) {
    dict_walk walk;
    value key;
    value item;
    a = at_rest(t, a);
    if (a == NIL || !dict_walk_begin(t, DICT(a), &walk)) {
        drop(t, a);
        return false;
    }
    while (dict_walk_next(t, &walk, &key, &item)) {
        int there = b == NIL ? 1 : dict_contains(t, b, key);
        bool fine = there >= 0 && ((there == 1) != wanted || set_add(t, into, key));
        decref(t, key);
        decref(t, item);
        if (!fine) {
            break;
        }
    }
    dict_walk_end(t, &walk);
    decref(t, a);
    return t->raised == NIL;
}

/* In one step for the program's other threads: iter_next passes safepoints, where sections are suspended, and a walk none. */
static bool add_set(vm *t, value s, value other) {
    weft_critical section;
    hold(t, &section, s);
    bool fine = add_filtered(t, s, other, NIL, true);
    unhold(t, &section);
    return fine;
}

bool set_update(vm *t, value s, value iterable) {
    unsigned type = exact_type(iterable);
    if (type == T_SET || type == T_FROZENSET) {
        return add_set(t, s, iterable);
    }
    value source = to_iterate(t, iterable);
    value iterator = source != NIL ? get_iter(t, source) : NIL;
    drop(t, source);
    if (iterator == NIL) {
        return false;
    }
    value item;
    bool fine = true;
    while (fine && (item = iter_next(t, iterator)) != NIL) {
        fine = set_add(t, s, item);
        decref(t, item);
    }
    decref(t, iterator);
    return t->raised == NIL;
}

/* From pairs. */
static bool update_pairs(vm *t, value d, value pairs) {
    value iterator = get_iter(t, pairs);
    if (iterator == NIL) {
        return false;
    }
    value item;
    for (size_t number = 0; (item = iter_next(t, iterator)) != NIL; number++) {
        value pair = to_tuple(t, item);
        if (pair == NIL && raised_is(t, T_TypeError)) {
            forget_raised(t);
            (void)raise(t, T_TypeError,
                        "cannot convert dictionary update sequence element #%zu to a sequence",
                        number);
        }
        if (pair != NIL && AS(tuple, pair)->size != 2) {
            (void)raise(t, T_ValueError,
                        "dictionary update sequence element #%zu has length %zu; 2 is required",
                        number, AS(tuple, pair)->size);
        }
        bool fine = pair != NIL && t->raised == NIL &&
                    dict_set(t, d, AS(tuple, pair)->items[0], AS(tuple, pair)->items[1]);
        drop(t, pair);
        decref(t, item);
        if (!fine) {
            break;
        }
    }
    decref(t, iterator);
    return t->raised == NIL;
}

bool dict_update(vm *t, value d, value other) {
    if (is_a(other, T_DICT) ||
        (is_kind(other, T_DICT) && !is_a(class_find(t, class_of(t, other), NAME(iter)), T_FUNC))) {
        value source = at_rest(t, other);
        bool done =
            source != NIL && !dict_failed(t, weft_dict_update(t->weft, DICT(d), DICT(source)));
        drop(t, source);
        return done;
    }
    value keys = get_attribute_or_nil(t, other, NAME(keys));
    if (keys == NIL) {
        return t->raised == NIL && update_pairs(t, d, other);
    }
    value all = call(t, keys, 0, NULL);
    decref(t, keys);
    value iterator = all != NIL ? get_iter(t, all) : NIL;
    drop(t, all);
    value key;
    while (iterator != NIL && (key = iter_next(t, iterator)) != NIL) {
        value item = subscript(t, other, key);
        bool fine = item != NIL && dict_set(t, d, key, item);
        drop(t, item);
        decref(t, key);
        if (!fine) {
            break;
        }
    }
    drop(t, iterator);
    return t->raised == NIL;
}

value dict_merge(vm *t, value a, value b) {
    value made = dict_new(t);
    if (made != NIL && !(dict_update(t, made, a) && dict_update(t, made, b))) {
        decref(t, made);
        return NIL;
    }
    return made;
}

/* ---- comparing, set operations ------------------------------------------------------------------- */

/* Whether every item of one dict, or every element of one set, is in the other. */
static int is_part(vm *t, value a, value b, bool values) {
    dict_walk walk;
    value key;
    value item;
    int result = 1;
    a = at_rest(t, a);
    if (a == NIL || !dict_walk_begin(t, DICT(a), &walk)) {
        drop(t, a);
        return -1;
    }
    while (result == 1 && dict_walk_next(t, &walk, &key, &item)) {
        value other = dict_get(t, b, key);
        result = other == NIL ? (t->raised != NIL ? -1 : 0) : values ? equal(t, item, other) : 1;
        drop(t, other);
        decref(t, key);
        decref(t, item);
    }
    dict_walk_end(t, &walk);
    decref(t, a);
    return t->raised != NIL ? -1 : result;
}

int dict_equal(vm *t, value a, value b) {
    return dict_size(t, a) != dict_size(t, b) ? 0 : is_part(t, a, b, true);
}

int set_compare(vm *t, int op, value a, value b) {
    size_t x = dict_size(t, a);
    size_t y = dict_size(t, b);
    switch (op) {
    case CMP_EQ:
    case CMP_NE: {
        int same = x != y ? 0 : is_part(t, a, b, false);
        return same < 0 ? -1 : (op == CMP_EQ) == (same != 0);
    }
    case CMP_LT:
        return x >= y ? 0 : is_part(t, a, b, false);
    case CMP_LE:
        return x > y ? 0 : is_part(t, a, b, false);
    case CMP_GT:
        return x <= y ? 0 : is_part(t, b, a, false);
    default:
        return x < y ? 0 : is_part(t, b, a, false);
    }
}

value set_binary(vm *t, int op, value a, value b) {
    value made = set_new(t, exact_type(a) & ~T_SUBCLASS);
    bool fine = made != NIL;
    switch (op) {
    case OP_OR:
        fine = fine && !dict_failed(t, weft_dict_update(t->weft, DICT(made), DICT(a))) &&
               !dict_failed(t, weft_dict_update(t->weft, DICT(made), DICT(b)));
        break;
    case OP_AND: {
        bool swap = dict_size(t, a) > dict_size(t, b);
        fine = fine && add_filtered(t, made, swap ? b : a, swap ? a : b, true);
        break;
    }
    case OP_XOR:
        fine = fine && add_filtered(t, made, a, b, false) && add_filtered(t, made, b, a, false);
        break;
    default:
        fine = fine && add_filtered(t, made, a, b, false);
        break;
    }
    if (!fine) {
        drop(t, made);
        return NIL;
    }
    return made;
}

/* ---- names --------------------------------------------------------------------------------------- */

weft_ref *names_get_shared(vm *t, weft_dict *d, value name) {
    names_open(t, d);
    return weft_dict_borrow(t->weft, d, weft_dict_of_symbol(AS(weft_symbol, name)));
}

bool names_set(vm *t, weft_dict *d, value name, value item) {
    if (!is_object(item) && number_into(t, d, weft_dict_of_symbol(AS(weft_symbol, name)), item)) {
        return true;
    }
    return names_set_at(t, d, name, item, NULL);
}

bool names_set_at(vm *t, weft_dict *d, value name, value item, weft_dict_cache *place) {
    weft_ref *boxed = box_value(t, item);
    if (boxed == NULL) {
        return false;
    }
    weft_dict_key key = weft_dict_of_symbol(AS(weft_symbol, name));
    weft_dict_result result = place != NULL ? weft_dict_cached_set(t->weft, d, key, boxed, place)
                                            : weft_dict_set(t->weft, d, key, boxed);
    box_done(t, item, boxed);
    return WEFT_LIKELY(result == WEFT_DICT_OK) || !dict_failed(t, result);
}

bool names_delete(vm *t, weft_dict *d, value name) {
    return weft_dict_delete(t->weft, d, weft_dict_of_symbol(AS(weft_symbol, name))) == WEFT_DICT_OK;
}

value names_copy(vm *t, weft_dict *d) {
    value made = dict_new(t);
    if (made != NIL && dict_failed(t, weft_dict_update(t->weft, DICT(made), d))) {
        decref(t, made);
        return NIL;
    }
    return made;
}

value names_list(vm *t, weft_dict *d) {
    value copy = names_copy(t, d);
    value made = copy != NIL ? to_list(t, copy) : NIL;
    drop(t, copy);
    return made;
}

/* ---- methods ------------------------------------------------------------------------------------- */

#define SELF args[0]

BUILTIN(dict_get_method) {
    value found = dict_get(t, SELF, args[1]);
    if (found != NIL || t->raised != NIL) {
        return found;
    }
    return keep(t, args[2] != NIL ? args[2] : NONE);
}

BUILTIN(dict_setdefault) {
    weft_dict_key key;
    value held;
    value item = args[2] != NIL ? args[2] : NONE;
    if (!key_of(t, args[1], &key, &held)) {
        return NIL;
    }
    weft_ref *boxed = box_value(t, item);
    weft_ref *now = NULL;
    bool there;
    weft_dict_result result =
        boxed == NULL ? WEFT_DICT_NO_MEMORY
                      : weft_dict_set_default(t->weft, DICT(SELF), key, boxed, &now, &there);
    if (boxed != NULL) {
        box_done(t, item, boxed);
    }
    drop(t, held);
    return dict_failed(t, result) ? NIL : unbox_owned(t, now);
}

BUILTIN(dict_pop) {
    value popped = take_out(t, SELF, args[1]);
    if (popped != NIL || t->raised != NIL) {
        return popped;
    }
    return args[2] != NIL ? keep(t, args[2]) : raise_value(t, T_KeyError, keep(t, args[1]));
}

BUILTIN(dict_popitem) {
    weft_dict_key key;
    weft_ref *item;
    weft_dict_result result = weft_dict_popitem(t->weft, DICT(SELF), true, &key, &item);
    if (result == WEFT_DICT_MISSING) {
        return raise_value(t, T_KeyError, str_of(t, "popitem(): dictionary is empty"));
    }
    return dict_failed(t, result) ? NIL : tuple_pair(t, take_key(t, key), unbox_owned(t, item));
}

BUILTIN(dict_clear) {
    return dict_failed(t, weft_dict_clear(t->weft, DICT(SELF))) ? NIL : NONE;
}

BUILTIN(dict_copy) {
    value made = make(t, exact_type(SELF) & ~T_SUBCLASS);
    if (made != NIL && dict_failed(t, weft_dict_copy(t->weft, DICT(SELF), DICT(made)))) {
        decref(t, made);
        return NIL;
    }
    return made;
}

/* Keywords come as a dict: see call_builtin. */
BUILTIN(dict_update_method) {
    if (count > 2) {
        return raise(t, T_TypeError, "update expected at most 1 argument, got %zu", count - 1);
    }
    if (count == 2 && !dict_update(t, SELF, args[1])) {
        return NIL;
    }
    value keywords = args[count];
    return keywords == NIL || dict_update(t, SELF, keywords) ? NONE : NIL;
}

value dict_view(vm *t, value d, int kind) {
    struct view *made = (struct view *)object_new(t, sizeof *made, T_VIEW);
    if (made == NULL) {
        return NIL;
    }
    made->source = keep(t, d);
    made->kind = (uint8_t)kind;
    return from_ref(made);
}
BUILTIN(dict_keys) {
    return dict_view(t, SELF, VIEW_KEYS);
}
BUILTIN(dict_values) {
    return dict_view(t, SELF, VIEW_VALUES);
}
BUILTIN(dict_items) {
    return dict_view(t, SELF, VIEW_ITEMS);
}

const builtin_def dict_methods[] = {{"get", dict_get_method, "self,key|default,/"},
                                    {"setdefault", dict_setdefault, "self,key|default,/"},
                                    {"pop", dict_pop, "self,key|default,/"},
                                    {"popitem", dict_popitem, "self"},
                                    {"clear", dict_clear, "self"},
                                    {"copy", dict_copy, "self"},
                                    {"update", dict_update_method, "**"},
                                    {"keys", dict_keys, "self"},
                                    {"values", dict_values, "self"},
                                    {"items", dict_items, "self"},
                                    {0}};

/* ---- sets ---------------------------------------------------------------------------------------- */

BUILTIN(set_add_method) {
    return set_add(t, SELF, args[1]) ? NONE : NIL;
}
BUILTIN(set_discard) {
    bool found;
    return dict_delete(t, SELF, args[1], &found) ? NONE : NIL;
}
BUILTIN(set_remove) {
    bool found;
    if (!dict_delete(t, SELF, args[1], &found)) {
        return NIL;
    }
    return found ? NONE : raise_value(t, T_KeyError, keep(t, args[1]));
}
BUILTIN(set_pop) {
    weft_dict_key key;
    weft_ref *item;
    weft_dict_result result = weft_dict_popitem(t->weft, DICT(SELF), false, &key, &item);
    if (result == WEFT_DICT_MISSING) {
        return raise_value(t, T_KeyError, str_of(t, "pop from an empty set"));
    }
    if (dict_failed(t, result)) {
        return NIL;
    }
    decref(t, from_ref(item));
    return take_key(t, key);
}

/* A set of what is iterable; the same if it is one. */
static value as_set(vm *t, value v) {
    if (is_kind(v, T_SET) || is_kind(v, T_FROZENSET)) {
        return keep(t, v);
    }
    value made = set_new(t, T_SET);
    if (made != NIL && !set_update(t, made, v)) {
        decref(t, made);
        return NIL;
    }
    return made;
}

/* union and the like with any number of iterables. */
static value fold_sets(vm *t, const value *args, size_t count, int op) {
    value result = dict_copy(t, args, 1);
    for (size_t i = 1; result != NIL && i < count; i++) {
        value other = as_set(t, args[i]);
        value next = other != NIL ? set_binary(t, op, result, other) : NIL;
        drop(t, other);
        decref(t, result);
        result = next;
    }
    return result;
}
/* The same in place. */
static value update_set(vm *t, const value *args, size_t count, int op) {
    /* What is no set yet becomes one before: that passes safepoints. */
    value sets = tuple_new(t, count);
    for (size_t i = 0; sets != NIL && i < count; i++) {
        AS(tuple, sets)->items[i] = i == 0 ? keep(t, SELF) : as_set(t, args[i]);
        if (AS(tuple, sets)->items[i] == NIL) {
            decref(t, sets);
            return NIL;
        }
    }
    if (sets == NIL) {
        return NIL;
    }
    weft_critical section;
    hold(t, &section, SELF);
    value result = fold_sets(t, AS(tuple, sets)->items, count, op);
    bool done = result != NIL && !dict_failed(t, weft_dict_copy(t->weft, DICT(result), DICT(SELF)));
    unhold(t, &section);
    drop(t, result);
    decref(t, sets);
    return done ? NONE : NIL;
}
static value set_compare_method(vm *t, const value *args, int op) {
    value other = as_set(t, args[1]);
    int result = other != NIL ? set_compare(t, op, SELF, other) : -1;
    drop(t, other);
    return result < 0 ? NIL : from_bool(result != 0);
}
#define SET_METHOD(name, expression)                                                               \
    BUILTIN(set_##name) {                                                                          \
        return expression;                                                                         \
    }
SET_METHOD(union, fold_sets(t, args, count, OP_OR))
SET_METHOD(intersection, fold_sets(t, args, count, OP_AND))
SET_METHOD(difference, fold_sets(t, args, count, OP_SUB))
SET_METHOD(symmetric_difference, fold_sets(t, args, count, OP_XOR))
SET_METHOD(intersection_update, update_set(t, args, count, OP_AND))
SET_METHOD(difference_update, update_set(t, args, count, OP_SUB))
SET_METHOD(symmetric_difference_update, update_set(t, args, count, OP_XOR))
SET_METHOD(issubset, set_compare_method(t, args, CMP_LE))
SET_METHOD(issuperset, set_compare_method(t, args, CMP_GE))

BUILTIN(set_update_method) {
    for (size_t i = 1; i < count; i++) {
        if (!set_update(t, SELF, args[i])) {
            return NIL;
        }
    }
    return NONE;
}

BUILTIN(set_isdisjoint) {
    value both = fold_sets(t, args, count, OP_AND);
    bool empty = both != NIL && dict_size(t, both) == 0;
    drop(t, both);
    return t->raised != NIL ? NIL : from_bool(empty);
}

#define COMMON_SET_METHODS                                                                         \
    {"copy", dict_copy, "self"}, {"union", set_union, "*"},                                        \
        {"intersection", set_intersection, "*"}, {"difference", set_difference, "*"},              \
        {"symmetric_difference", set_symmetric_difference, "self,other"},                          \
        {"issubset", set_issubset, "self,other"}, {"issuperset", set_issuperset, "self,other"},    \
        {"isdisjoint", set_isdisjoint, "self,other"}

const builtin_def set_methods[] = {
    COMMON_SET_METHODS,
    {"add", set_add_method, "self,element,/"},
    {"discard", set_discard, "self,element,/"},
    {"remove", set_remove, "self,element,/"},
    {"pop", set_pop, "self"},
    {"clear", dict_clear, "self"},
    {"update", set_update_method, "*"},
    {"intersection_update", set_intersection_update, "*"},
    {"difference_update", set_difference_update, "*"},
    {"symmetric_difference_update", set_symmetric_difference_update, "self,other"},
    {0}};
const builtin_def frozenset_methods[] = {COMMON_SET_METHODS, {0}};
