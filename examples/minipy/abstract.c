/* abstract.c: operators and protocols on any value: the builtin types by a switch, instances by their special methods. */
#include <stdlib.h>

#include "object.h"

/* ---- special methods of instances ------------------------------------------------------------------ */

/* Instances of classes that a program has made: their special methods come first. */
static bool is_custom(value v) {
    unsigned type = exact_type(v);
    return type == T_OBJECT || type == T_EXC || (type & T_SUBCLASS) != 0;
}

/* What a program has defined, not what a builtin type has under that name; borrowed. */
static value custom(vm *t, value v, value name) {
    if (!is_custom(v)) {
        return NIL;
    }
    value found = class_find(t, class_of(t, v), name);
    return is_a(found, T_BUILTIN) ? NIL : found;
}

static value call_custom(vm *t, value v, value found, size_t count, const value *args) {
    value all[4] = {v};
    for (size_t i = 0; i < count; i++) {
        all[i + 1] = args[i];
    }
    if (is_a(found, T_FUNC)) {
        return call(t, found, count + 1, all);
    }
    value bound = bind(t, found, v, class_of(t, v));
    value result = bound != NIL ? call(t, bound, count, all + 1) : NIL;
    drop(t, bound);
    return result;
}

/* ---- binary operators ------------------------------------------------------------------------------ */

static const char *const SIGNS[OP_COUNT] = {"+",  "-",  "*", "/", "//", "%", "** or pow()",
                                            "<<", ">>", "&", "^", "|",  "@"};

static value unsupported(vm *t, int op, value a, value b, bool in_place) {
    char sign[16];
    (void)snprintf(sign, sizeof sign, "%s%s", op == OP_POW && in_place ? "**" : SIGNS[op],
                   in_place ? "=" : "");
    return raise(t, T_TypeError, "unsupported operand type(s) for %s: '%s' and '%s'", sign,
                 type_name(t, a), type_name(t, b));
}

/* One way round; NOT_IMPLEMENTED if there is no such method. */
static value try_method(vm *t, value name, value a, value b) {
    value found = custom(t, a, name);
    return found == NIL || found == NONE ? NOT_IMPLEMENTED : call_custom(t, a, found, 1, &b);
}

static value binary_custom(vm *t, int op, value a, value b) {
    value name = t->rt->op_names[0][op];
    value reflected = t->rt->op_names[1][op];
    class *ca = class_of(t, a);
    class *cb = class_of(t, b);
    value result = NOT_IMPLEMENTED;
    bool swapped = ca != cb && class_is_sub(cb, ca) && custom(t, b, reflected) != NIL &&
                   custom(t, b, reflected) != custom(t, a, reflected);
    if (swapped) {
        result = try_method(t, reflected, b, a);
    }
    if (result == NOT_IMPLEMENTED) {
        result = try_method(t, name, a, b);
    }
    if (result == NOT_IMPLEMENTED && !swapped && ca != cb) {
        result = try_method(t, reflected, b, a);
    }
    return result;
}

/* A sequence times an int, either way round. */
static value repeat(vm *t, value a, value b) {
    bool left = exact_type(a) != T_OBJECT && !is_integer(a);
    value sequence = left ? a : b;
    value times = left ? b : a;
    unsigned type = exact_type(sequence) & ~T_SUBCLASS;
    int64_t count;
    bool index = is_a(times, T_OBJECT) && class_find(t, class_of(t, times), NAME(index)) != NIL;
    if ((!is_integer(times) && !index) || (type != T_STR && type != T_LIST && type != T_TUPLE)) {
        return NOT_IMPLEMENTED;
    }
    if (!as_index(t, times, &count, false)) {
        if (!raised_is(t, T_IndexError)) {
            return NIL;
        }
        forget_raised(t);
        return raise(t, T_OverflowError, "cannot fit 'int' into an index-sized integer");
    }
    return type == T_STR ? str_repeat(t, sequence, count) : sequence_repeat(t, sequence, count);
}

static bool is_set(value v) {
    return is_kind(v, T_SET) || is_kind(v, T_FROZENSET);
}

/* dict.keys() and the like take part in set operations. */
static value as_set_operand(vm *t, value v) {
    if (is_a(v, T_VIEW) && AS(view, v)->kind != VIEW_VALUES) {
        value made = set_new(t, T_SET);
        if (made != NIL && !set_update(t, made, v)) {
            decref(t, made);
            return NIL;
        }
        return made;
    }
    return keep(t, v);
}

static value binary_builtin(vm *t, int op, value a, value b) {
    unsigned type = exact_type(a) & ~T_SUBCLASS;
    unsigned other = exact_type(b) & ~T_SUBCLASS;
    if (op == OP_ADD && type == other) {
        if (type == T_STR) {
            return str_concat(t, a, b);
        }
        if (type == T_LIST || type == T_TUPLE) {
            return sequence_concat(t, a, b);
        }
    }
    if (op == OP_MUL) {
        return repeat(t, a, b);
    }
    if (op == OP_MOD && type == T_STR) {
        value both[2] = {a, b};
        return library_call(t, "_format", "percent", 2, both);
    }
    if (op == OP_OR && type == T_DICT && other == T_DICT) {
        return dict_merge(t, a, b);
    }
    if (op == OP_SUB || op == OP_AND || op == OP_OR || op == OP_XOR) {
        if (is_set(a) && is_set(b)) {
            return set_binary(t, op, a, b);
        }
        if (type == T_VIEW || (other == T_VIEW && is_set(a))) {
            value x = as_set_operand(t, a);
            value y = x != NIL ? as_set_operand(t, b) : NIL;
            value result = y == NIL                 ? NIL
                           : is_set(x) && is_set(y) ? set_binary(t, op, x, y)
                                                    : NOT_IMPLEMENTED;
            drop(t, x);
            drop(t, y);
            return result;
        }
    }
    if (op == OP_OR && (type == T_CLASS || a == NONE) && (other == T_CLASS || b == NONE)) {
        return raise(t, T_NotImplementedError, "minipy: unions of types");
    }
    return NOT_IMPLEMENTED;
}

static value binary_or_not(vm *t, int op, value a, value b) {
    value result = number_binary(t, op, a, b);
    if (result == NOT_IMPLEMENTED && (is_custom(a) || is_custom(b))) {
        result = binary_custom(t, op, a, b);
    }
    return result == NOT_IMPLEMENTED ? binary_builtin(t, op, a, b) : result;
}

value binary(vm *t, int op, value a, value b) {
    value result = binary_or_not(t, op, a, b);
    if (WEFT_LIKELY(result != NOT_IMPLEMENTED)) {
        return result;
    }
    unsigned type = exact_type(a) & ~T_SUBCLASS;
    if (op == OP_ADD && (type == T_STR || type == T_LIST || type == T_TUPLE)) {
        return raise(t, T_TypeError, "can only concatenate %s (not \"%s\") to %s", type_name(t, a),
                     type_name(t, b), type_name(t, a));
    }
    if (op == OP_MUL) {
        unsigned other = exact_type(b) & ~T_SUBCLASS;
        bool left = type == T_STR || type == T_LIST || type == T_TUPLE;
        if (left || other == T_STR || other == T_LIST || other == T_TUPLE) {
            return raise(t, T_TypeError, "can't multiply sequence by non-int of type '%s'",
                         type_name(t, left ? b : a));
        }
    }
    return unsupported(t, op, a, b, false);
}

static bool is_sequence(value v) {
    return is_str(v) || is_kind(v, T_LIST) || is_kind(v, T_TUPLE);
}

value inplace(vm *t, int op, value a, value b) {
    if (is_number(a) && is_number(b)) {
        value result = binary_or_not(t, op, a, b);
        return result != NOT_IMPLEMENTED ? result : unsupported(t, op, a, b, true);
    }
    value method = custom(t, a, t->rt->op_names[2][op]);
    if (method != NIL) {
        value result = call_custom(t, a, method, 1, &b);
        if (result != NOT_IMPLEMENTED) {
            return result;
        }
    }
    if (op == OP_ADD && is_kind(a, T_LIST)) {
        return list_extend(t, a, b) ? keep(t, a) : NIL;
    }
    if (op == OP_OR && is_kind(a, T_DICT)) {
        return dict_update(t, a, b) ? keep(t, a) : NIL;
    }
    if (is_kind(a, T_SET) && is_set(b) && op == OP_OR) {
        return set_update(t, a, b) ? keep(t, a) : NIL;
    }
    if ((is_kind(a, T_SET) && is_set(b)) || (op == OP_MUL && is_kind(a, T_LIST))) {
        /* In place: others may have the same object. */
        weft_critical section;
        hold(t, &section, a);
        value made = binary_or_not(t, op, a, b);
        bool failed =
            made == NIL || made == NOT_IMPLEMENTED ||
            (is_kind(a, T_SET) ? dict_failed(t, weft_dict_copy(t->weft, &AS(dict, made)->dict,
                                                               &AS(dict, a)->dict))
                               : list_failed(t, weft_list_copy(t->weft, &AS(list, made)->list,
                                                               &AS(list, a)->list)));
        unhold(t, &section);
        drop(t, made);
        if (t->raised == NIL && !failed) {
            return keep(t, a);
        }
        if (t->raised != NIL) {
            return NIL;
        }
    }
    value result = binary_or_not(t, op, a, b);
    if (result != NOT_IMPLEMENTED) {
        return result;
    }
    /* Of sequences the plain operator's message is more to the point. */
    return (op == OP_ADD && !is_kind(a, T_LIST) && is_sequence(a)) ||
                   (op == OP_MUL && (is_sequence(a) || is_sequence(b)))
               ? binary(t, op, a, b)
               : unsupported(t, op, a, b, true);
}

value unary(vm *t, char op, value v) {
    if (is_number(v)) {
        return number_unary(t, op, v);
    }
    value name = op == '-'   ? NAME(neg)
                 : op == '+' ? NAME(pos)
                 : op == '~' ? NAME(invert)
                             : NAME(abs);
    value found = custom(t, v, name);
    if (found != NIL) {
        return call_custom(t, v, found, 0, NULL);
    }
    if (op == 'a') {
        return raise(t, T_TypeError, "bad operand type for abs(): '%s'", type_name(t, v));
    }
    return raise(t, T_TypeError, "bad operand type for unary %c: '%s'", op, type_name(t, v));
}

/* ---- comparison ------------------------------------------------------------------------------------ */

static value by_order(int op, int order) {
    switch (op) {
    case CMP_LT:
        return from_bool(order == -1);
    case CMP_LE:
        return from_bool(order == -1 || order == 0);
    case CMP_EQ:
        return from_bool(order == 0);
    case CMP_NE:
        return from_bool(order != 0);
    case CMP_GT:
        return from_bool(order == 1);
    default:
        return from_bool(order == 1 || order == 0);
    }
}

static size_t sequence_size(vm *t, value v) {
    return is_kind(v, T_TUPLE) ? AS(tuple, v)->size : list_size(t, v);
}
static value sequence_item(vm *t, value v, size_t index) {
    return is_kind(v, T_TUPLE) ? keep(t, AS(tuple, v)->items[index])
                               : list_item(t, v, (int64_t)index);
}

/* Lists or tuples: the first items that differ decide, or else the sizes. */
static value compare_sequences(vm *t, int op, value a, value b) {
    if (!c_stack_room(t)) {
        return NIL;
    }
    if ((op == CMP_EQ || op == CMP_NE) && sequence_size(t, a) != sequence_size(t, b)) {
        return from_bool(op == CMP_NE);
    }
    for (size_t i = 0; i < sequence_size(t, a) && i < sequence_size(t, b); i++) {
        value x = sequence_item(t, a, i);
        value y = sequence_item(t, b, i);
        int same = x == NIL || y == NIL ? 1 : equal(t, x, y);
        value result = same == 0 ? (op == CMP_EQ   ? FALSE
                                    : op == CMP_NE ? TRUE
                                                   : compare(t, op, x, y))
                                 : NIL;
        drop(t, x);
        drop(t, y);
        if (same <= 0) {
            return result;
        }
    }
    size_t x = sequence_size(t, a);
    size_t y = sequence_size(t, b);
    return by_order(op, (x > y) - (x < y));
}

static bool ranges_equal(const range *a, const range *b) {
    return a->length == b->length &&
           (a->length == 0 || (a->start == b->start && (a->length == 1 || a->step == b->step)));
}

static value compare_builtin(vm *t, int op, value a, value b) {
    unsigned type = exact_type(a) & ~T_SUBCLASS;
    unsigned other = exact_type(b) & ~T_SUBCLASS;
    if (type == T_STR && other == T_STR) {
        if (op == CMP_EQ || op == CMP_NE) {
            return from_bool(str_equal(a, b) == (op == CMP_EQ));
        }
        return by_order(op, str_compare(a, b));
    }
    if ((type == T_LIST || type == T_TUPLE) && type == other) {
        return compare_sequences(t, op, a, b);
    }
    bool equality = op == CMP_EQ || op == CMP_NE;
    int same = -2;
    if (is_set(a) && is_set(b)) {
        same = set_compare(t, op, a, b);
        return same < 0 ? NIL : from_bool(same != 0);
    }
    if ((type == T_VIEW && (other == T_VIEW || is_set(b))) || (other == T_VIEW && is_set(a))) {
        value x = as_set_operand(t, a);
        value y = x != NIL ? as_set_operand(t, b) : NIL;
        same = y != NIL && is_set(x) && is_set(y) ? set_compare(t, op, x, y) : -2;
        drop(t, x);
        drop(t, y);
        return same == -1 ? NIL : same == -2 ? NOT_IMPLEMENTED : from_bool(same != 0);
    }
    if (equality && type == T_DICT && other == T_DICT) {
        same = c_stack_room(t) ? dict_equal(t, a, b) : -1;
    } else if (equality && type == T_RANGE && other == T_RANGE) {
        same = ranges_equal(AS(range, a), AS(range, b));
    } else if (equality && type == T_METHOD && other == T_METHOD) {
        same = AS(method, a)->func == AS(method, b)->func &&
               AS(method, a)->self == AS(method, b)->self;
    } else if (equality && type == T_SLICE && other == T_SLICE) {
        same = equal(t, AS(slice, a)->start, AS(slice, b)->start);
        same = same == 1 ? equal(t, AS(slice, a)->stop, AS(slice, b)->stop) : same;
        same = same == 1 ? equal(t, AS(slice, a)->step, AS(slice, b)->step) : same;
    }
    return same == -1   ? NIL
           : same == -2 ? NOT_IMPLEMENTED
                        : from_bool((same != 0) == (op == CMP_EQ));
}

static value compare_name(vm *t, int op) {
    switch (op) {
    case CMP_LT:
        return NAME(lt);
    case CMP_LE:
        return NAME(le);
    case CMP_EQ:
        return NAME(eq);
    case CMP_NE:
        return NAME(ne);
    case CMP_GT:
        return NAME(gt);
    default:
        return NAME(ge);
    }
}

static value compare_custom(vm *t, int op, value a, value b) {
    static const int SWAPPED[] = {CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE};
    value name = compare_name(t, op);
    value reflected = compare_name(t, SWAPPED[op]);
    class *ca = class_of(t, a);
    class *cb = class_of(t, b);
    value result = NOT_IMPLEMENTED;
    bool swapped = ca != cb && class_is_sub(cb, ca) && custom(t, b, reflected) != NIL;
    if (swapped) {
        result = try_method(t, reflected, b, a);
    }
    if (result == NOT_IMPLEMENTED) {
        result = try_method(t, name, a, b);
    }
    if (result == NOT_IMPLEMENTED && !swapped) {
        result = try_method(t, reflected, b, a);
    }
    if (result == NOT_IMPLEMENTED && op == CMP_NE) {
        /* The opposite of what __eq__ says. */
        result = try_method(t, NAME(eq), a, b);
        if (result == NOT_IMPLEMENTED) {
            result = try_method(t, NAME(eq), b, a);
        }
        if (result != NIL && result != NOT_IMPLEMENTED) {
            int same = truth(t, result);
            decref(t, result);
            return same < 0 ? NIL : from_bool(same == 0);
        }
    }
    return result;
}

value compare(vm *t, int op, value a, value b) {
    if (is_number(a) && is_number(b)) {
        return by_order(op, number_compare(a, b));
    }
    value result = NOT_IMPLEMENTED;
    if (is_custom(a) || is_custom(b)) {
        result = compare_custom(t, op, a, b);
    }
    if (result == NOT_IMPLEMENTED) {
        result = compare_builtin(t, op, a, b);
    }
    if (result != NOT_IMPLEMENTED) {
        return result;
    }
    if (op == CMP_EQ || op == CMP_NE) {
        return from_bool((a == b) == (op == CMP_EQ));
    }
    static const char *const TEXT[] = {"<", "<=", "==", "!=", ">", ">="};
    return raise(t, T_TypeError, "'%s' not supported between instances of '%s' and '%s'", TEXT[op],
                 type_name(t, a), type_name(t, b));
}

int compare_bool(vm *t, int op, value a, value b) {
    value result = compare(t, op, a, b);
    if (result == TRUE || result == FALSE) {
        return result == TRUE;
    }
    if (result == NIL) {
        return -1;
    }
    int is = truth(t, result);
    decref(t, result);
    return is;
}

int equal(vm *t, value a, value b) {
    return a == b ? 1 : compare_bool(t, CMP_EQ, a, b);
}

int truth(vm *t, value v) {
    if (v == TRUE || v == FALSE || v == NONE) {
        return v == TRUE;
    }
    if (is_number(v)) {
        return !number_is_zero(v);
    }
    value found = custom(t, v, NAME(bool_));
    if (found != NIL) {
        value result = call_custom(t, v, found, 0, NULL);
        if (result != NIL && result != TRUE && result != FALSE) {
            (void)raise(t, T_TypeError, "__bool__ should return bool, returned %s",
                        type_name(t, result));
            decref(t, result);
            return -1;
        }
        return result == NIL ? -1 : result == TRUE;
    }
    unsigned type = exact_type(v);
    if ((type == T_OBJECT || type == T_EXC) && custom(t, v, NAME(len)) == NIL) {
        return 1;
    }
    switch (type & ~T_SUBCLASS) {
    case T_STR:
    case T_LIST:
    case T_TUPLE:
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
    case T_RANGE:
    case T_VIEW:
    case T_OBJECT: {
        int64_t size = length(t, v);
        return size < 0 ? -1 : size != 0;
    }
    default:
        return 1;
    }
}

/* ---- containers ------------------------------------------------------------------------------------ */

/* Of builtin types; -2: has none. */
static int64_t length_builtin(vm *t, value v) {
    switch (exact_type(v) & ~T_SUBCLASS) {
    case T_STR:
        return (int64_t)char_count(v);
    case T_TUPLE:
        return (int64_t)AS(tuple, v)->size;
    case T_LIST:
        return (int64_t)list_size(t, v);
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
        return (int64_t)dict_size(t, v);
    case T_RANGE:
        return AS(range, v)->length;
    case T_VIEW:
        return (int64_t)dict_size(t, AS(view, v)->source);
    default:
        return -2;
    }
}

int64_t length(vm *t, value v) {
    value found = custom(t, v, NAME(len));
    if (found != NIL) {
        value result = call_custom(t, v, found, 0, NULL);
        int64_t size = -1;
        if (result != NIL && as_index(t, result, &size, false) && size < 0) {
            (void)raise(t, T_ValueError, "__len__() should return >= 0");
            size = -1;
        }
        if (raised_is(t, T_IndexError)) {
            forget_raised(t);
            if (number_compare(result, from_int32(0)) < 0) {
                (void)raise(t, T_ValueError, "__len__() should return >= 0");
            } else {
                (void)raise(t, T_OverflowError, "cannot fit 'int' into an index-sized integer");
            }
        }
        drop(t, result);
        return size;
    }
    int64_t size = length_builtin(t, v);
    if (size == -2) {
        (void)raise(t, T_TypeError, "object of type '%s' has no len()", type_name(t, v));
        return -1;
    }
    return size;
}

static value subscript_builtin(vm *t, value v, value index) {
    switch (exact_type(v) & ~T_SUBCLASS) {
    case T_LIST:
    case T_TUPLE:
    case T_STR:
    case T_RANGE:
        return sequence_subscript(t, v, index);
    case T_DICT: {
        value found = dict_get(t, v, index);
        if (found != NIL || t->raised != NIL) {
            return found;
        }
        value missing = custom(t, v, NAME(missing));
        return missing != NIL ? call_custom(t, v, missing, 1, &index)
                              : raise_value(t, T_KeyError, keep(t, index));
    }
    case T_CLASS: /* list[int] and the like, in annotations */
        return keep(t, v);
    default:
        return raise(t, T_TypeError, "'%s' object is not subscriptable", type_name(t, v));
    }
}

value subscript(vm *t, value v, value index) {
    value found = custom(t, v, NAME(getitem));
    return found != NIL ? call_custom(t, v, found, 1, &index) : subscript_builtin(t, v, index);
}

static bool store_builtin(vm *t, value v, value index, value item) {
    switch (exact_type(v) & ~T_SUBCLASS) {
    case T_LIST:
        return list_store(t, v, index, item);
    case T_DICT: {
        bool found;
        if (item != NIL) {
            return dict_set(t, v, index, item);
        }
        if (!dict_delete(t, v, index, &found)) {
            return false;
        }
        if (!found) {
            (void)raise_value(t, T_KeyError, keep(t, index));
        }
        return found;
    }
    default:
        (void)raise(t, T_TypeError, "'%s' object does%s support item %s", type_name(t, v),
                    item != NIL ? " not" : "n't", item != NIL ? "assignment" : "deletion");
        return false;
    }
}

bool store_subscript(vm *t, value v, value index, value item) {
    value found = custom(t, v, item != NIL ? NAME(setitem) : NAME(delitem));
    if (found == NIL) {
        return store_builtin(t, v, index, item);
    }
    value args[2] = {index, item};
    value result = call_custom(t, v, found, item != NIL ? 2 : 1, args);
    drop(t, result);
    return result != NIL;
}

static int contains_by_iteration(vm *t, value container, value item) {
    value iterator = get_iter(t, container);
    if (iterator == NIL) {
        if (raised_is(t, T_TypeError)) {
            forget_raised(t);
            (void)raise(t, T_TypeError, "argument of type '%s' is not iterable",
                        type_name(t, container));
        }
        return -1;
    }
    int found = 0;
    value candidate;
    while (found == 0 && (candidate = iter_next(t, iterator)) != NIL) {
        found = equal(t, candidate, item);
        decref(t, candidate);
    }
    decref(t, iterator);
    return t->raised != NIL ? -1 : found;
}

static int contains_builtin(vm *t, value container, value item) {
    switch (exact_type(container) & ~T_SUBCLASS) {
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
        return dict_contains(t, container, item);
    case T_VIEW:
        if (AS(view, container)->kind == VIEW_KEYS) {
            return dict_contains(t, AS(view, container)->source, item);
        }
        break;
    case T_STR:
        if (!is_str(item)) {
            (void)raise(t, T_TypeError, "'in <string>' requires string as left operand, not %s",
                        type_name(t, item));
            return -1;
        }
        return str_contains(container, item);
    case T_TUPLE:
        for (size_t i = 0; i < AS(tuple, container)->size; i++) {
            int same = equal(t, AS(tuple, container)->items[i], item);
            if (same != 0) {
                return same;
            }
        }
        return 0;
    case T_RANGE: {
        range *r = AS(range, container);
        int64_t number;
        if (as_int64(item, &number)) {
            int64_t from = number - r->start;
            return from % r->step == 0 && from / r->step >= 0 && from / r->step < r->length;
        }
        break;
    }
    default:
        break;
    }
    return contains_by_iteration(t, container, item);
}

int contains(vm *t, value container, value item) {
    value found = custom(t, container, NAME(contains));
    if (found == NIL) {
        return contains_builtin(t, container, item);
    }
    value result = call_custom(t, container, found, 1, &item);
    int is = result == NIL ? -1 : truth(t, result);
    drop(t, result);
    return is;
}

/* ---- hash ------------------------------------------------------------------------------------------ */

/* As python3 does it, for programs may print it: xxHash's way of taking in a word. */
static bool hash_tuple(vm *t, const tuple *items, uint64_t *hash) {
    uint64_t all = UINT64_C(2870177450012600261);
    for (size_t i = 0; i < items->size; i++) {
        uint64_t one;
        if (!hash_of(t, items->items[i], &one)) {
            return false;
        }
        one -= one == UINT64_MAX; /* hash() of -1 is -2 */
        all += one * UINT64_C(14029467366897019727);
        all = (all << 31 | all >> 33) * UINT64_C(11400714785074694791);
    }
    all += items->size ^ (UINT64_C(2870177450012600261) ^ UINT64_C(3527539));
    *hash = all != UINT64_MAX ? all : UINT64_C(1546275796);
    return true;
}

bool hash_builtin(vm *t, value v, uint64_t *hash) {
    unsigned type = exact_type(v) & ~T_SUBCLASS;
    if (is_number(v)) {
        *hash = number_hash(v);
        return true;
    }
    switch (type) {
    case T_STR:
        *hash = weft_symbol_hash(AS(weft_symbol, v)) >> 3;
        return true;
    case T_TUPLE:
        return hash_tuple(t, AS(tuple, v), hash);
    case T_FROZENSET: {
        dict_walk walk;
        value key;
        value item;
        uint64_t all = dict_size(t, v);
        if (!dict_walk_begin(t, &AS(dict, v)->dict, &walk)) {
            return false;
        }
        while (dict_walk_next(t, &walk, &key, &item)) {
            uint64_t one;
            if (hash_of(t, key, &one)) {
                all += (one ^ one >> 17) * UINT64_C(0x9E3779B97F4A7C15);
            }
            decref(t, key);
        }
        dict_walk_end(t, &walk);
        *hash = all >> 3;
        return t->raised == NIL;
    }
    case T_LIST:
    case T_DICT:
    case T_SET:
    case T_SLICE:
        (void)raise(t, T_TypeError, "unhashable type: '%s'", type_name(t, v));
        return false;
    case T_METHOD:
        *hash = (AS(method, v)->func ^ AS(method, v)->self) >> 4;
        return true;
    default:
        *hash = v >> 4;
        return true;
    }
}

bool hash_of(vm *t, value v, uint64_t *hash) {
    value found = custom(t, v, NAME(hash));
    if (found == NIL) {
        return hash_builtin(t, v, hash);
    }
    if (found == NONE) {
        (void)raise(t, T_TypeError, "unhashable type: '%s'", type_name(t, v));
        return false;
    }
    value result = call_custom(t, v, found, 0, NULL);
    bool fine = result != NIL && is_integer(result);
    if (fine) {
        *hash = number_hash(result);
    } else if (t->raised == NIL) {
        (void)raise(t, T_TypeError, "__hash__ method should return an integer");
    }
    drop(t, result);
    return fine;
}

/* ---- iteration ------------------------------------------------------------------------------------- */

value iter_new(vm *t, int kind, value source) {
    iter *made = (iter *)object_new(t, sizeof *made, T_ITER);
    if (made == NULL) {
        return NIL;
    }
    memset((char *)made + sizeof made->head, 0, sizeof *made - sizeof made->head);
    made->kind = (uint8_t)kind;
    made->source = keep(t, source);
    return from_ref(made);
}

static value iter_of_dict(vm *t, value d, int view) {
    value made = iter_new(t, ITER_DICT, d);
    if (made == NIL) {
        return NIL;
    }
    iter *it = AS(iter, made);
    it->view = (uint8_t)view;
    if (dict_failed(t, weft_dict_iterate(t->weft, &AS(dict, d)->dict, true, &it->walk))) {
        decref(t, made);
        return NIL;
    }
    return made;
}

static value iter_builtin(vm *t, value v) {
    switch (exact_type(v) & ~T_SUBCLASS) {
    case T_LIST:
        return iter_new(t, ITER_LIST, v);
    case T_TUPLE:
        return iter_new(t, ITER_TUPLE, v);
    case T_STR:
        return iter_new(t, ITER_STR, v);
    case T_RANGE: {
        value made = iter_new(t, ITER_RANGE, v);
        if (made != NIL) {
            AS(iter, made)->position = AS(range, v)->start;
            AS(iter, made)->step = AS(range, v)->step;
            AS(iter, made)->stop = AS(range, v)->length; /* how many are left */
        }
        return made;
    }
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
        return iter_of_dict(t, v, VIEW_KEYS);
    case T_VIEW:
        return iter_of_dict(t, AS(view, v)->source, AS(view, v)->kind);
    case T_GEN:
        if (AS(generator, v)->coroutine) {
            return raise(t, T_TypeError, "'coroutine' object is not iterable");
        }
        /* fall through */
    case T_ITER:
        return keep(t, v);
    default:
        return raise(t, T_TypeError, "'%s' object is not iterable", type_name(t, v));
    }
}

value get_iter(vm *t, value v) {
    if (!is_custom(v)) {
        return iter_builtin(t, v);
    }
    value found = custom(t, v, NAME(iter));
    if (found == NONE) {
        return raise(t, T_TypeError, "'%s' object is not iterable", type_name(t, v));
    }
    if (found != NIL) {
        value made = call_custom(t, v, found, 0, NULL);
        if (made != NIL && !is_a(made, T_ITER) && !is_a(made, T_GEN) &&
            custom(t, made, NAME(next)) == NIL) {
            (void)raise(t, T_TypeError, "iter() returned non-iterator of type '%s'",
                        type_name(t, made));
            decref(t, made);
            return NIL;
        }
        return made;
    }
    if (custom(t, v, NAME(getitem)) != NIL && (exact_type(v) & T_SUBCLASS) == 0) {
        return iter_new(t, ITER_SEQUENCE, v);
    }
    return iter_builtin(t, v);
}

/* The end: the source is let go. */
static value exhausted(vm *t, iter *it) {
    if (it->source != NIL) {
        iter_end(t->weft, it);
        assign(t, &it->source, NIL);
    }
    return NIL;
}

static value next_of_dict(vm *t, iter *it, value source) {
    value key;
    value item;
    dict_walk walk = {it->walk, false};
    bool more = dict_walk_next(t, &walk, &key, &item);
    it->walk = walk.walk;
    if (!more) {
        if (t->raised != NIL && !is_kind(source, T_DICT)) {
            forget_raised(t);
            (void)raise(t, T_RuntimeError, "Set changed size during iteration");
        }
        return t->raised != NIL ? NIL : exhausted(t, it);
    }
    if (it->view == VIEW_ITEMS) {
        return tuple_pair(t, key, item);
    }
    decref(t, it->view == VIEW_KEYS ? item : key);
    return it->view == VIEW_KEYS ? key : item;
}

static value next_of_sequence(vm *t, iter *it, value source) {
    value index = int_new(t, it->position++);
    value item = subscript(t, source, index);
    if (item == NIL && (raised_is(t, T_IndexError) || raised_is(t, T_StopIteration))) {
        forget_raised(t);
        return exhausted(t, it);
    }
    return item;
}

/* zip: a tuple of iterators. map: the same, and the function. */
static value next_of_several(vm *t, iter *it, value source) {
    tuple *sources = AS(tuple, source);
    value items = tuple_new(t, sources->size);
    for (size_t i = 0; items != NIL && i < sources->size; i++) {
        value item = iter_next(t, sources->items[i]);
        if (item != NIL) {
            AS(tuple, items)->items[i] = item;
            continue;
        }
        if (t->raised == NIL && it->strict) {
            bool longer = i > 0;
            for (size_t j = i + 1; j < sources->size && !longer && t->raised == NIL; j++) {
                value other = iter_next(t, sources->items[j]);
                longer = other != NIL;
                if (longer) {
                    (void)raise(t, T_ValueError, "zip() argument %zu is longer than argument%s%zu",
                                j + 1, j > 1 ? "s 1-" : " ", j > 1 ? j : (size_t)1);
                }
                drop(t, other);
            }
            if (i > 0) {
                (void)raise(t, T_ValueError, "zip() argument %zu is shorter than argument%s%zu",
                            i + 1, i > 1 ? "s 1-" : " ", i > 1 ? i : (size_t)1);
            }
        }
        decref(t, items);
        return t->raised == NIL ? exhausted(t, it) : NIL;
    }
    if (items == NIL || it->kind == ITER_ZIP) {
        return items;
    }
    value result = call(t, it->other, sources->size, AS(tuple, items)->items);
    decref(t, items);
    return result;
}

static value next_of_filter(vm *t, iter *it, value source) {
    value item;
    while ((item = iter_next(t, source)) != NIL) {
        value test = it->other == NONE ? keep(t, item) : call(t, it->other, 1, &item);
        int is = test == NIL ? -1 : truth(t, test);
        drop(t, test);
        if (is == 1) {
            return item;
        }
        decref(t, item);
        if (is < 0) {
            return NIL;
        }
    }
    return t->raised != NIL ? NIL : exhausted(t, it);
}

static value next_of_call(vm *t, iter *it, value source) {
    value item = call(t, source, 0, NULL);
    int over = item == NIL ? -1 : equal(t, item, it->other);
    if (over == 0) {
        return item;
    }
    drop(t, item);
    if (item == NIL && raised_is(t, T_StopIteration)) {
        forget_raised(t);
    }
    return t->raised != NIL ? NIL : exhausted(t, it);
}

/* `source`: the iterator's own, which lives until this returns. */
static value next_builtin(vm *t, iter *it, value source) {
    value item;
    switch (it->kind) {
    case ITER_LIST:
        item = list_item(t, source, it->position);
        it->position++;
        return item != NIL ? item : exhausted(t, it);
    case ITER_TUPLE:
        if ((size_t)it->position >= AS(tuple, source)->size) {
            return exhausted(t, it);
        }
        return keep(t, AS(tuple, source)->items[it->position++]);
    case ITER_STR: { /* position: in bytes */
        const char *from = text_of(source) + it->position;
        const char *to = from;
        if ((size_t)it->position >= length_of(source)) {
            return exhausted(t, it);
        }
        (void)utf8_decode(&to);
        it->position += to - from;
        return str_new(t, from, (size_t)(to - from));
    }
    case ITER_RANGE:
        if (it->stop == 0) {
            return exhausted(t, it);
        }
        item = int_new(t, it->position);
        it->stop--;
        it->position += it->step;
        return item;
    case ITER_REVERSED:
        item = from_int32(it->position--);
        item = it->position < -1 ? NIL : subscript(t, source, item);
        if (item == NIL && (t->raised == NIL || raised_is(t, T_IndexError))) {
            forget_raised(t);
            return exhausted(t, it);
        }
        return item;
    case ITER_ENUMERATE:
        item = iter_next(t, source);
        return item == NIL ? NIL : tuple_pair(t, int_new(t, it->position++), item);
    case ITER_DICT:
        return next_of_dict(t, it, source);
    case ITER_SEQUENCE:
        return next_of_sequence(t, it, source);
    case ITER_CALL:
        return next_of_call(t, it, source);
    case ITER_FILTER:
        return next_of_filter(t, it, source);
    default:
        return next_of_several(t, it, source);
    }
}

/* One that several threads may have: each takes it for a step. Where a step runs the program's code the section may be
 * suspended, and another thread comes between: both have a hold on the source then, and one may find the iterator further on than
 * it was. */
static value next_shared(vm *t, iter *it) {
    weft_critical section;
    weft_critical_begin(t->weft, &section, &it->head.mutex);
    value source = it->source;
    value item = NIL;
    if (source != NIL) {
        incref(t, source);
        item = next_builtin(t, it, source);
        decref(t, source);
    }
    weft_critical_end(t->weft, &section);
    return item;
}

value iter_next(vm *t, value iterator) {
    vm_safepoint(t);
    if (WEFT_LIKELY(is_a(iterator, T_ITER))) {
        iter *it = AS(iter, iterator);
        if (WEFT_UNLIKELY(!iter_is_mine(t, it))) {
            return next_shared(t, it);
        }
        if (it->source == NIL) {
            return NIL;
        }
        if (it->kind <= ITER_SET) {
            return next_builtin(t, it, it->source);
        }
        value source =
            keep(t, it->source); /* the program's code may use the iterator up meanwhile */
        value item = next_builtin(t, it, source);
        decref(t, source);
        return item;
    }
    value result;
    if (is_a(iterator, T_GEN) && !AS(generator, iterator)->coroutine) {
        result = generator_resume(t, AS(generator, iterator), NONE, false);
        if (WEFT_UNLIKELY(t->returned != NIL)) {
            assign(t, &t->returned, NIL);
        }
        return result;
    }
    value found = custom(t, iterator, NAME(next));
    if (found == NIL) {
        return raise(t, T_TypeError, "'%s' object is not an iterator", type_name(t, iterator));
    }
    result = call_custom(t, iterator, found, 0, NULL);
    if (result == NIL && raised_is(t, T_StopIteration)) {
        forget_raised(t);
    }
    return result;
}

/* ---- text ------------------------------------------------------------------------------------------ */

static void repr_char(buffer *b, uint32_t c, char quote) {
    char text[16];
    if (c == (unsigned char)quote || c == '\\') {
        (void)snprintf(text, sizeof text, "\\%c", (char)c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
        (void)snprintf(text, sizeof text, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (c < 32 || c == 127 || (c >= 0x80 && c < 0xA1) || c == 0xAD) {
        (void)snprintf(text, sizeof text, "\\x%02x", c);
    } else if ((c >= 0xD800 && c < 0xE000) || (c >= 0x2000 && c <= 0x200F) ||
               (c >= 0x2028 && c <= 0x202F) || c == 0x3000 || c == 0xFEFF) {
        (void)snprintf(text, sizeof text, "\\u%04x", c);
    } else {
        buffer_add(b, text, utf8_encode(c, text));
        return;
    }
    buffer_add(b, text, strlen(text));
}

static value str_repr(vm *t, value s) {
    const char *end = text_of(s) + length_of(s);
    bool single = memchr(text_of(s), '\'', length_of(s)) != NULL;
    char quote = single && memchr(text_of(s), '"', length_of(s)) == NULL ? '"' : '\'';
    buffer b = {0};
    buffer_add(&b, &quote, 1);
    for (const char *at = text_of(s); at < end;) {
        repr_char(&b, utf8_decode(&at), quote);
    }
    buffer_add(&b, &quote, 1);
    return buffer_take(t, &b);
}

/* Takes the text. */
static bool add_repr(vm *t, buffer *b, value v) {
    value text = to_repr(t, v);
    if (text == NIL) {
        return false;
    }
    buffer_add_str(b, text);
    decref(t, text);
    return true;
}

static bool repr_items(vm *t, buffer *b, value v) {
    for (size_t i = 0; i < sequence_size(t, v); i++) {
        value item = sequence_item(t, v, i);
        if (item == NIL) {
            return t->raised == NIL;
        }
        buffer_add(b, ", ", i > 0 ? 2 : 0);
        bool fine = add_repr(t, b, item);
        decref(t, item);
        if (!fine) {
            return false;
        }
    }
    return true;
}

static bool repr_dict(vm *t, buffer *b, value v, bool values) {
    dict_walk walk;
    value key;
    value item;
    bool first = true;
    v = at_rest(t, v);
    if (v == NIL || !dict_walk_begin(t, &AS(dict, v)->dict, &walk)) {
        drop(t, v);
        return false;
    }
    while (t->raised == NIL && dict_walk_next(t, &walk, &key, &item)) {
        buffer_add(b, ", ", first ? 0 : 2);
        first = false;
        if (add_repr(t, b, key) && values) {
            buffer_add(b, ": ", 2);
            (void)add_repr(t, b, item);
        }
        decref(t, key);
        decref(t, item);
    }
    dict_walk_end(t, &walk);
    decref(t, v);
    return t->raised == NIL;
}

/* A container; one that is inside itself is written as dots. */
static value repr_container(vm *t, value v, unsigned type) {
    static const char *const OPEN[] = {"[", "(", "{", "{", "frozenset({"};
    static const char *const CLOSE[] = {"]", ")", "}", "}", "})"};
    int kind = type == T_LIST    ? 0
               : type == T_TUPLE ? 1
               : type == T_DICT  ? 2
               : type == T_SET   ? 3
                                 : 4;
    for (unsigned i = 0; i < t->printing_count; i++) {
        if (t->printing[i] == v) {
            return str_of(t, kind == 0   ? "[...]"
                             : kind == 1 ? "(...)"
                             : kind == 2 ? "{...}"
                                         : "set(...)");
        }
    }
    if (!c_stack_room(t) || t->printing_count == sizeof t->printing / sizeof *t->printing) {
        return t->raised != NIL ? NIL
                                : raise(t, T_RecursionError,
                                        "maximum recursion depth exceeded "
                                        "while getting the repr of an object");
    }
    if (kind >= 3 && dict_size(t, v) == 0) {
        return str_format(t, "%s()", type_name(t, v));
    }
    t->printing[t->printing_count++] = v;
    buffer b = {0};
    bool named = kind == 3 && (exact_type(v) & T_SUBCLASS) != 0;
    if (named) {
        buffer_add(&b, type_name(t, v), strlen(type_name(t, v)));
        buffer_add(&b, "(", 1);
    }
    buffer_add(&b, OPEN[kind], strlen(OPEN[kind]));
    bool fine = kind < 2 ? repr_items(t, &b, v) : repr_dict(t, &b, v, kind == 2);
    if (kind == 1 && AS(tuple, v)->size == 1) {
        buffer_add(&b, ",", 1);
    }
    buffer_add(&b, CLOSE[kind], strlen(CLOSE[kind]));
    buffer_add(&b, ")", named);
    t->printing_count--;
    if (!fine) {
        buffer_drop(&b);
        return NIL;
    }
    return buffer_take(t, &b);
}

static value repr_view(vm *t, struct view *v) {
    static const char *const NAMES_OF[] = {"dict_keys", "dict_values", "dict_items"};
    value items = to_list(t, from_ref(v));
    value text = items != NIL ? to_repr(t, items) : NIL;
    value result = text != NIL ? str_format(t, "%s(%s)", NAMES_OF[v->kind], text_of(text)) : NIL;
    drop(t, items);
    drop(t, text);
    return result;
}

static value repr_function(vm *t, value v) {
    switch (exact_type(v)) {
    case T_FUNC:
        return str_format(t, "<function %s at 0x%012llx>",
                          text_of(member_load(&AS(func, v)->qualname)), (unsigned long long)v);
    case T_BUILTIN:
        return AS(builtin, v)->owner != NIL
                   ? str_format(t, "<method '%s' of '%s' objects>", AS(builtin, v)->def->name,
                                text_of(AS(class, AS(builtin, v)->owner)->name))
                   : str_format(t, "<built-in function %s>", AS(builtin, v)->def->name);
    case T_METHOD: {
        value f = AS(method, v)->func;
        value self = to_repr(t, AS(method, v)->self);
        value result = self == NIL ? NIL
                       : is_a(f, T_FUNC)
                           ? str_format(t, "<bound method %s of %s>",
                                        text_of(member_load(&AS(func, f)->qualname)), text_of(self))
                           : str_format(t, "<built-in method %s of %s object at 0x%012llx>",
                                        is_a(f, T_BUILTIN) ? AS(builtin, f)->def->name : "?",
                                        type_name(t, AS(method, v)->self),
                                        (unsigned long long)AS(method, v)->self);
        drop(t, self);
        return result;
    }
    default: {
        value from = class_find(t, AS(class, v), NAME(module));
        bool named = AS(class, v)->user && is_str(from);
        return str_format(t, "<class '%s%s%s'>", named ? text_of(from) : "", named ? "." : "",
                          text_of(AS(class, v)->qualname));
    }
    }
}

static value repr_exception(vm *t, value v) {
    value args = member_keep(t, &AS(exception, v)->args);
    value text = NIL;
    if (AS(tuple, args)->size == 1) {
        value inner = to_repr(t, AS(tuple, args)->items[0]);
        text = inner != NIL ? str_format(t, "(%s)", text_of(inner)) : NIL;
        drop(t, inner);
    } else {
        text = to_repr(t, args);
    }
    decref(t, args);
    value result = text != NIL ? str_format(t, "%s%s", type_name(t, v), text_of(text)) : NIL;
    drop(t, text);
    return result;
}

static value repr_parts(vm *t, const char *format_text, value a, value b, value c) {
    value parts[3] = {a, b, c};
    buffer out = {0};
    buffer_add(&out, format_text, strlen(format_text));
    for (int i = 0; i < 3; i++) {
        buffer_add(&out, ", ", i > 0 ? 2 : 0);
        if (!add_repr(t, &out, parts[i])) {
            buffer_drop(&out);
            return NIL;
        }
    }
    buffer_add(&out, ")", 1);
    return buffer_take(t, &out);
}

static value repr_builtin(vm *t, value v) {
    unsigned type = exact_type(v) & ~T_SUBCLASS;
    if (is_float(v)) {
        return float_repr(t, float_of(v));
    }
    if (is_int(v) || type == T_BIG) {
        return int_to_str(t, v, 10);
    }
    switch (type) {
    case T_STR:
        return str_repr(t, v);
    case T_BOOL:
        return str_of(t, v == TRUE ? "True" : "False");
    case T_NONE:
        return str_of(t, "None");
    case T_ELLIPSIS:
        return str_of(t, "Ellipsis");
    case T_NOTIMPL:
        return str_of(t, "NotImplemented");
    case T_LIST:
    case T_TUPLE:
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
        return repr_container(t, v, type);
    case T_RANGE: {
        range *r = AS(range, v);
        return r->step == 1
                   ? str_format(t, "range(%lld, %lld)", (long long)r->start, (long long)r->stop)
                   : str_format(t, "range(%lld, %lld, %lld)", (long long)r->start,
                                (long long)r->stop, (long long)r->step);
    }
    case T_SLICE:
        return repr_parts(t, "slice(", AS(slice, v)->start, AS(slice, v)->stop, AS(slice, v)->step);
    case T_FUNC:
    case T_BUILTIN:
    case T_METHOD:
    case T_CLASS:
        return repr_function(t, v);
    case T_EXC:
        return repr_exception(t, v);
    case T_MODULE:
        return str_format(t, "<module '%s'>", text_of(AS(module, v)->name));
    case T_VIEW:
        return repr_view(t, AS(view, v));
    case T_GEN:
        return str_format(t, "<%s object %s at 0x%012llx>", type_name(t, v),
                          text_of(member_load(&AS(generator, v)->func->qualname)),
                          (unsigned long long)v);
    default:
        return call_special(t, v, NAME(repr), 0, NULL);
    }
}

static value checked_text(vm *t, value text, const char *method) {
    if (text != NIL && !is_str(text)) {
        (void)raise(t, T_TypeError, "%s returned non-string (type %s)", method, type_name(t, text));
        decref(t, text);
        return NIL;
    }
    return text;
}

value to_repr(vm *t, value v) {
    value found = custom(t, v, NAME(repr));
    return found != NIL ? checked_text(t, call_custom(t, v, found, 0, NULL), "__repr__")
                        : repr_builtin(t, v);
}

value to_ascii(vm *t, value v) {
    value text = to_repr(t, v);
    if (text == NIL || is_ascii(text)) {
        return text;
    }
    buffer b = {0};
    const char *end = text_of(text) + length_of(text);
    for (const char *at = text_of(text); at < end;) {
        char escape[16];
        uint32_t c = utf8_decode(&at);
        (void)snprintf(escape, sizeof escape,
                       c < 0x80      ? "%c"
                       : c < 0x100   ? "\\x%02x"
                       : c < 0x10000 ? "\\u%04x"
                                     : "\\U%08x",
                       c);
        buffer_add(&b, escape, strlen(escape));
    }
    decref(t, text);
    return buffer_take(t, &b);
}

value to_str(vm *t, value v) {
    if (is_str(v)) {
        return keep(t, v);
    }
    value found = custom(t, v, NAME(str));
    if (found != NIL) {
        return checked_text(t, call_custom(t, v, found, 0, NULL), "__str__");
    }
    return is_a(v, T_EXC) ? exception_str(t, v) : to_repr(t, v);
}

/* ---- the special methods of builtin types, by name --------------------------------------------------- */

BUILTIN(slot_len) {
    return int_new(t, length_builtin(t, args[0]));
}
BUILTIN(slot_getitem) {
    return subscript_builtin(t, args[0], args[1]);
}
BUILTIN(slot_setitem) {
    return store_builtin(t, args[0], args[1], args[2]) ? NONE : NIL;
}
BUILTIN(slot_delitem) {
    return store_builtin(t, args[0], args[1], NIL) ? NONE : NIL;
}
BUILTIN(slot_contains) {
    int is = contains_builtin(t, args[0], args[1]);
    return is < 0 ? NIL : from_bool(is == 1);
}
BUILTIN(slot_iter) {
    return iter_builtin(t, args[0]);
}
BUILTIN(slot_next) {
    value item = iter_next(t, args[0]);
    return item == NIL && t->raised == NIL ? raise(t, T_StopIteration, "%s", "") : item;
}
BUILTIN(slot_repr) {
    return repr_builtin(t, args[0]);
}
BUILTIN(slot_eq) {
    return compare_builtin(t, CMP_EQ, args[0], args[1]);
}
BUILTIN(slot_add) {
    value result = number_binary(t, OP_ADD, args[0], args[1]);
    return result == NOT_IMPLEMENTED ? binary_builtin(t, OP_ADD, args[0], args[1]) : result;
}
BUILTIN(slot_mul) {
    value result = number_binary(t, OP_MUL, args[0], args[1]);
    return result == NOT_IMPLEMENTED ? binary_builtin(t, OP_MUL, args[0], args[1]) : result;
}
BUILTIN(slot_lt) {
    return is_number(args[0]) ? compare(t, CMP_LT, args[0], args[1])
                              : compare_builtin(t, CMP_LT, args[0], args[1]);
}

const builtin_def container_methods[] = {{"__len__", slot_len, "self"},
                                         {"__getitem__", slot_getitem, "self,key"},
                                         {"__contains__", slot_contains, "self,key"},
                                         {"__iter__", slot_iter, "self"},
                                         {"__repr__", slot_repr, "self"},
                                         {"__eq__", slot_eq, "self,other"},
                                         {"__lt__", slot_lt, "self,other"},
                                         {"__add__", slot_add, "self,other"},
                                         {"__mul__", slot_mul, "self,other"},
                                         {0}};
const builtin_def store_methods[] = {{"__setitem__", slot_setitem, "self,key,value"},
                                     {"__delitem__", slot_delitem, "self,key"},
                                     {0}};
const builtin_def iter_methods[] = {
    {"__iter__", slot_iter, "self"}, {"__next__", slot_next, "self"}, {0}};
BUILTIN(number_real) {
    return is_float(args[0]) ? args[0] : number_unary(t, '+', args[0]);
}
BUILTIN(number_imag) {
    return is_float(args[0]) ? from_float(0) : from_int32(0);
}
const builtin_def number_methods[] = {{".real", number_real, "self"},
                                      {".imag", number_imag, "self"},
                                      {"__add__", slot_add, "self,other"},
                                      {"__mul__", slot_mul, "self,other"},
                                      {"__lt__", slot_lt, "self,other"},
                                      {"__repr__", slot_repr, "self"},
                                      {0}};
