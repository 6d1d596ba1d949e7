/* builtins.c: the builtin functions, and what a call of a builtin class does. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "object.h"

/* ---- classes as functions ------------------------------------------------------------------------ */

BUILTIN(new_object) {
    return count > 0 ? raise(t, T_TypeError, "object() takes no arguments")
                     : instance_new(t, t->rt->classes[T_OBJECT]);
}

BUILTIN(new_str) {
    return args[0] == NIL ? keep(t, t->rt->empty_str) : to_str(t, args[0]);
}

static value invalid_int(vm *t, value text, int64_t base) {
    value shown = to_repr(t, text);
    if (shown != NIL) {
        (void)raise(t, T_ValueError, "invalid literal for int() with base %lld: %s",
                    (long long)base, text_of(shown));
        decref(t, shown);
    }
    return NIL;
}

static value int_of_text(vm *t, value text, int64_t base);

/* Digits of other scripts than ASCII's; what else is not ASCII makes it invalid. */
static value int_of_foreign_digits(vm *t, value text, int64_t base) {
    buffer b = {0};
    const char *end = text_of(text) + length_of(text);
    for (const char *at = text_of(text); at < end;) {
        uint32_t c = utf8_decode(&at);
        char ascii = '?';
        if (c < 128) {
            ascii = (char)c;
        } else if (digit_of(c) >= 0) {
            ascii = "0123456789"[digit_of(c)];
        }
        buffer_add(&b, &ascii, 1);
    }
    value plain = buffer_take(t, &b);
    value made = plain != NIL ? int_of_text(t, plain, base) : NIL;
    drop(t, plain);
    if (made == NIL && raised_is(t, T_ValueError)) {
        forget_raised(t);
        return invalid_int(t, text, base);
    }
    return made;
}

static value int_of_text(vm *t, value text, int64_t base) {
    if (!is_ascii(text)) {
        return int_of_foreign_digits(t, text, base);
    }
    const char *from = text_of(text);
    const char *end = from + length_of(text);
    while (from < end && isspace((unsigned char)*from)) {
        from++;
    }
    while (end > from && isspace((unsigned char)end[-1])) {
        end--;
    }
    bool negative = from < end && *from == '-';
    from += from < end && (*from == '-' || *from == '+');
    if (end - from > 2 && *from == '0') {
        char c = (char)tolower((unsigned char)from[1]);
        int64_t known = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        if (known != 0 && (base == 0 || base == known)) {
            base = known;
            from += 2;
        }
    }
    base = base == 0 ? 10 : base;
    bool fine = from < end && *from != '_' && end[-1] != '_';
    for (const char *c = from; c < end && fine; c++) {
        int digit = isdigit((unsigned char)*c)   ? *c - '0'
                    : isalpha((unsigned char)*c) ? tolower((unsigned char)*c) - 'a' + 10
                                                 : 99;
        fine = digit < base || (*c == '_' && c[1] != '_');
    }
    if (!fine) {
        return invalid_int(t, text, base);
    }
    value made = int_parse(t, from, (size_t)(end - from), (int)base);
    if (made == NIL || !negative) {
        return made;
    }
    value result = number_unary(t, '-', made);
    decref(t, made);
    return result;
}

BUILTIN(new_int) {
    value v = args[0];
    int64_t base = 10;
    if (v == NIL) {
        return from_int32(0);
    }
    if (args[1] != NIL && !as_index(t, args[1], &base, true)) {
        return NIL;
    }
    if (is_str(v)) {
        if (base != 0 && (base < 2 || base > 36)) {
            return raise(t, T_ValueError, "int() base must be >= 2 and <= 36, or 0");
        }
        return int_of_text(t, v, base);
    }
    if (args[1] != NIL) {
        return raise(t, T_TypeError, "int() can't convert non-string with explicit base");
    }
    if (is_integer(v)) {
        return number_unary(t, '+', v);
    }
    if (is_float(v)) {
        return int_from_double(t, trunc(float_of(v)));
    }
    value made = try_special(t, v, NAME(int_), 0, NULL);
    made = made == NIL && t->raised == NIL ? try_special(t, v, NAME(index), 0, NULL) : made;
    if (made == NIL && t->raised == NIL) {
        return raise(t, T_TypeError,
                     "int() argument must be a string, a bytes-like object or a real number, not "
                     "'%s'",
                     type_name(t, v));
    }
    return made;
}

BUILTIN(new_float) {
    double number = 0;
    if (args[0] == NIL) {
        return from_float(0);
    }
    if (!is_str(args[0])) {
        if (!is_number(args[0]) && !is_a(args[0], T_OBJECT)) {
            return raise(t, T_TypeError,
                         "float() argument must be a string or a real number, not '%s'",
                         type_name(t, args[0]));
        }
        return as_double(t, args[0], &number) ? from_float(number) : NIL;
    }
    const char *text = text_of(args[0]);
    char *end;
    buffer b = {0};
    for (const char *c = text; *c != '\0'; c++) {
        if (*c != '_' || c == text || !isdigit((unsigned char)c[-1])) {
            buffer_add(&b, c, 1);
        }
    }
    buffer_add(&b, "", 1);
    number = strtod(b.text, &end);
    const char *begin = b.text + strspn(b.text, " \t\n\r");
    bool fine =
        end > begin && strspn(end, " \t\n\r") == strlen(end) && strpbrk(begin, "xXpP(") == NULL;
    buffer_drop(&b);
    if (!fine) {
        value shown = to_repr(t, args[0]);
        if (shown != NIL) {
            (void)raise(t, T_ValueError, "could not convert string to float: %s", text_of(shown));
            decref(t, shown);
        }
        return NIL;
    }
    return from_float(number);
}

BUILTIN(new_bool) {
    int is = args[0] == NIL ? 0 : truth(t, args[0]);
    return is < 0 ? NIL : from_bool(is == 1);
}
BUILTIN(new_tuple) {
    return args[0] == NIL ? keep(t, t->rt->empty_tuple) : to_tuple(t, args[0]);
}
BUILTIN(new_list) {
    return args[0] == NIL ? list_new(t) : to_list(t, args[0]);
}
static value filled_set(vm *t, unsigned type, value from) {
    value made = set_new(t, type);
    if (made != NIL && from != NIL && !set_update(t, made, from)) {
        decref(t, made);
        return NIL;
    }
    return made;
}
BUILTIN(new_set) {
    return filled_set(t, T_SET, args[0]);
}
BUILTIN(new_frozenset) {
    return is_a(args[0], T_FROZENSET) ? keep(t, args[0]) : filled_set(t, T_FROZENSET, args[0]);
}
BUILTIN(new_dict) {
    if (count > 1) {
        return raise(t, T_TypeError, "dict expected at most 1 argument, got %zu", count);
    }
    value made = dict_new(t);
    if (made != NIL && ((count == 1 && !dict_update(t, made, args[0])) ||
                        (args[count] != NIL && !dict_update(t, made, args[count])))) {
        decref(t, made);
        return NIL;
    }
    return made;
}
BUILTIN(new_range) {
    value parts[3] = {args[1] == NIL ? from_int32(0) : args[0], args[1] == NIL ? args[0] : args[1],
                      args[2] == NIL ? from_int32(1) : args[2]};
    int64_t bounds[3] = {0, 0, 1};
    for (int i = 0; i < 3; i++) {
        if (is_float(parts[i]) || is_str(parts[i])) {
            return raise(t, T_TypeError, "'%s' object cannot be interpreted as an integer",
                         type_name(t, parts[i]));
        }
        if (is_a(parts[i], T_BIG)) { /* a class of the prelude's */
            return call(t, names_get(t, &t->rt->builtins->dict, NAME(long_range)), 3, parts);
        }
        if (!as_index(t, parts[i], &bounds[i], false)) {
            return NIL;
        }
    }
    return bounds[2] == 0 ? raise(t, T_ValueError, "range() arg 3 must not be zero")
                          : range_new(t, bounds[0], bounds[1], bounds[2]);
}
BUILTIN(new_slice) {
    bool one = args[1] == NIL;
    return slice_new(t, one ? NONE : args[0], one ? args[0] : args[1],
                     args[2] == NIL ? NONE : args[2]);
}
BUILTIN(new_none) {
    return NONE;
}
BUILTIN(new_type) {
    if (count == 1) {
        return keep(t, from_ref(class_of(t, args[0])));
    }
    if (count != 3 || !is_str(args[0]) || !is_kind(args[1], T_TUPLE) || !is_kind(args[2], T_DICT)) {
        return raise(t, T_TypeError, "type() takes 1 or 3 arguments");
    }
    value names = dict_merge(t, args[2], args[2]);
    value name = str_intern(t, args[0]);
    value made = names != NIL ? class_make(t, name, args[1], names, NIL) : NIL;
    if (made != NIL && t->frame != NULL) {
        (void)names_set(t, &AS(class, made)->dict, NAME(module), t->frame->globals->name);
    }
    drop(t, names);
    drop(t, name);
    return made;
}

static value new_property_of(vm *t, unsigned type, const value *args, size_t count) {
    property *p = (property *)object_new(t, sizeof *p, type);
    if (p == NULL) {
        return NIL;
    }
    for (size_t i = 0; i < 5; i++) {
        (&p->get)[i] = i < count && args[i] != NIL ? keep(t, args[i]) : NIL;
    }
    return from_ref(p);
}
BUILTIN(new_property) {
    return new_property_of(t, T_PROPERTY, args, 4);
}
BUILTIN(new_staticmethod) {
    return new_property_of(t, T_STATICMETHOD, args, 1);
}
BUILTIN(new_classmethod) {
    return new_property_of(t, T_CLASSMETHOD, args, 1);
}
BUILTIN(new_super) {
    if (args[0] == NIL || args[1] == NIL) {
        return raise(t, T_RuntimeError, "super(): no arguments");
    }
    super *s = (super *)object_new(t, sizeof *s, T_SUPER);
    if (s == NULL) {
        return NIL;
    }
    class *of = is_a(args[1], T_CLASS) && class_is_sub(AS(class, args[1]), AS(class, args[0]))
                    ? AS(class, args[1])
                    : class_of(t, args[1]);
    s->from = AS(class, keep(t, args[0]));
    s->self = keep(t, args[1]);
    s->of = AS(class, keep(t, from_ref(of)));
    return from_ref(s);
}

BUILTIN(list_init) {
    if (list_failed(t, weft_list_clear(t->weft, &AS(list, args[0])->list))) {
        return NIL;
    }
    return args[1] == NIL || list_extend(t, args[0], args[1]) ? NONE : NIL;
}
BUILTIN(dict_init) {
    if (count > 1 && !dict_update(t, args[0], args[1])) {
        return NIL;
    }
    return args[count] == NIL || dict_update(t, args[0], args[count]) ? NONE : NIL;
}
BUILTIN(set_init) {
    return args[1] == NIL || set_update(t, args[0], args[1]) ? NONE : NIL;
}
/* cls, and what the items come from. */
BUILTIN(tuple_make) {
    if (count == 0 || count > 2 || !is_a(args[0], T_CLASS)) {
        return raise(t, T_TypeError, "tuple expected at most 1 argument, got %zu", count - 1);
    }
    value items = count == 2 ? to_tuple(t, args[1]) : keep(t, t->rt->empty_tuple);
    class *cls = AS(class, args[0]);
    if (items == NIL || !cls->user) {
        return items;
    }
    size_t size = AS(tuple, items)->size;
    tuple *made = (tuple *)object_new(t, sizeof *made + size * sizeof(value), T_TUPLE | T_SUBCLASS);
    if (made != NULL) {
        made->size = size;
        made->cls = AS(class, keep(t, args[0]));
        for (size_t i = 0; i < size; i++) {
            made->items[i] = keep(t, AS(tuple, items)->items[i]);
        }
    }
    decref(t, items);
    return from_ref(made);
}
static const builtin_def TUPLE_NEW[] = {{"__new__", tuple_make, "*"}, {0}};
static const builtin_def LIST_INIT[] = {{"__init__", list_init, "self|iterable"}, {0}};
static const builtin_def DICT_INIT[] = {{"__init__", dict_init, "**"}, {0}};
static const builtin_def SET_INIT[] = {{"__init__", set_init, "self|iterable"}, {0}};

/* ---- numbers ------------------------------------------------------------------------------------- */

BUILTIN(do_abs) {
    return unary(t, 'a', args[0]);
}
BUILTIN(do_divmod) {
    static const char *const METHODS_OF[] = {"__divmod__", "__rdivmod__"};
    if (!is_number(args[0]) || !is_number(args[1])) {
        for (int i = 0; i < 2; i++) {
            value name = str_of(t, METHODS_OF[i]);
            value symbol = str_intern(t, name);
            value made =
                is_number(args[i]) ? NIL : try_special(t, args[i], symbol, 1, &args[1 - i]);
            decref(t, name);
            decref(t, symbol);
            if (made != NOT_IMPLEMENTED && (made != NIL || t->raised != NIL)) {
                return made;
            }
        }
        return raise(t, T_TypeError, "unsupported operand type(s) for divmod(): '%s' and '%s'",
                     type_name(t, args[0]), type_name(t, args[1]));
    }
    bool floats = is_float(args[0]) || is_float(args[1]);
    if (floats && number_is_zero(args[1])) {
        return raise(t, T_ZeroDivisionError, "float divmod()");
    }
    value quotient = binary(t, OP_FLOORDIV, args[0], args[1]);
    return quotient == NIL ? NIL : tuple_pair(t, quotient, binary(t, OP_MOD, args[0], args[1]));
}
BUILTIN(do_pow) {
    return args[2] == NIL || args[2] == NONE ? binary(t, OP_POW, args[0], args[1])
                                             : number_power_mod(t, args[0], args[1], args[2]);
}
BUILTIN(do_round) {
    if (is_number(args[0])) {
        return number_round(t, args[0], args[1]);
    }
    value made = try_special(t, args[0], NAME(round), args[1] != NIL, args + 1);
    return made == NIL && t->raised == NIL
               ? raise(t, T_TypeError, "type %s doesn't define __round__ method",
                       type_name(t, args[0]))
               : made;
}
BUILTIN(do_ord) {
    if (!is_str(args[0])) {
        return raise(t, T_TypeError, "ord() expected string of length 1, but %s found",
                     type_name(t, args[0]));
    }
    if (char_count(args[0]) != 1) {
        return raise(t, T_TypeError, "ord() expected a character, but string of length %zu found",
                     char_count(args[0]));
    }
    const char *text = text_of(args[0]);
    return from_int32(utf8_decode(&text));
}
BUILTIN(do_chr) {
    int64_t c;
    if (!as_index(t, args[0], &c, true)) {
        return NIL;
    }
    return c < 0 || c > 0x10FFFF ? raise(t, T_ValueError, "chr() arg not in range(0x110000)")
                                 : str_char(t, (uint32_t)c);
}

/* ---- iteration ----------------------------------------------------------------------------------- */

BUILTIN(do_len) {
    int64_t size = length(t, args[0]);
    return size < 0 ? NIL : from_int32(size);
}
BUILTIN(do_iter) {
    if (args[1] == NIL) {
        return get_iter(t, args[0]);
    }
    value made = iter_new(t, ITER_CALL, args[0]);
    if (made != NIL) {
        AS(iter, made)->other = keep(t, args[1]);
    }
    return made;
}
BUILTIN(do_next) {
    value item;
    if (is_a(args[0], T_GEN) && !AS(generator, args[0])->coroutine) {
        item = generator_methods[0].call(t, args, 1);
    } else {
        item = iter_next(t, args[0]);
        if (item == NIL && t->raised == NIL) {
            (void)raise(t, T_StopIteration, "%s", "");
        }
    }
    if (item == NIL && args[1] != NIL && raised_is(t, T_StopIteration)) {
        forget_raised(t);
        return keep(t, args[1]);
    }
    return item;
}
BUILTIN(do_enumerate) {
    int64_t start = 0;
    if (args[1] != NIL && !as_index(t, args[1], &start, false)) {
        return NIL;
    }
    value source = get_iter(t, args[0]);
    value made = source != NIL ? iter_new(t, ITER_ENUMERATE, source) : NIL;
    drop(t, source);
    if (made != NIL) {
        AS(iter, made)->position = start;
    }
    return made;
}
/* An iterator over several: a tuple of their iterators. */
static value several(vm *t, int kind, const value *sources, size_t count) {
    value iterators = tuple_new(t, count);
    for (size_t i = 0; iterators != NIL && i < count; i++) {
        value one = get_iter(t, sources[i]);
        if (one == NIL) {
            decref(t, iterators);
            return NIL;
        }
        AS(tuple, iterators)->items[i] = one;
    }
    value made = iterators != NIL ? iter_new(t, kind, iterators) : NIL;
    drop(t, iterators);
    return made;
}
BUILTIN(do_zip) {
    value strict = args[count];
    value made = several(t, ITER_ZIP, args, count);
    if (made != NIL && count == 0) {
        assign(t, &AS(iter, made)->source, NIL);
    }
    if (made != NIL) {
        AS(iter, made)->strict = strict != NIL && truth(t, strict) == 1;
    }
    return made;
}
BUILTIN(do_map) {
    if (count < 2) {
        return raise(t, T_TypeError, "map() must have at least two arguments.");
    }
    value made = several(t, ITER_MAP, args + 1, count - 1);
    if (made != NIL) {
        AS(iter, made)->other = keep(t, args[0]);
    }
    return made;
}
BUILTIN(do_filter) {
    value source = get_iter(t, args[1]);
    value made = source != NIL ? iter_new(t, ITER_FILTER, source) : NIL;
    drop(t, source);
    if (made != NIL) {
        AS(iter, made)->other = keep(t, args[0]);
    }
    return made;
}
BUILTIN(do_reversed) {
    value made = try_special(t, args[0], NAME(reversed), 0, NULL);
    if (made != NIL || t->raised != NIL) {
        return made;
    }
    if (is_kind(args[0], T_DICT) || is_a(args[0], T_VIEW)) {
        value items = to_list(t, args[0]);
        value one[2] = {items, NIL};
        made = items != NIL ? do_reversed(t, one, 1) : NIL;
        drop(t, items);
        return made;
    }
    if (is_kind(args[0], T_SET) || is_a(args[0], T_GEN) || is_a(args[0], T_ITER) ||
        is_number(args[0])) {
        return raise(t, T_TypeError, "'%s' object is not reversible", type_name(t, args[0]));
    }
    int64_t size = length(t, args[0]);
    made = size >= 0 ? iter_new(t, ITER_REVERSED, args[0]) : NIL;
    if (made != NIL) {
        AS(iter, made)->position = size - 1;
    }
    return made;
}
BUILTIN(do_sorted) {
    if (count != 1) {
        return raise(t, T_TypeError, "sorted expected 1 argument, got %zu", count);
    }
    value made = to_list(t, args[0]);
    int reverse = args[2] == NIL ? 0 : truth(t, args[2]);
    if (made != NIL && (reverse < 0 || !list_sort(t, made, args[1], reverse == 1))) {
        decref(t, made);
        return NIL;
    }
    return made;
}
BUILTIN(do_sum) {
    value total = args[1] != NIL ? keep(t, args[1]) : from_int32(0);
    if (is_str(total)) {
        decref(t, total);
        return raise(t, T_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    }
    value iterator = get_iter(t, args[0]);
    value item;
    while (iterator != NIL && (item = iter_next(t, iterator)) != NIL) {
        value next = binary(t, OP_ADD, total, item);
        decref(t, total);
        decref(t, item);
        total = next;
        if (total == NIL) {
            break;
        }
        vm_safepoint(t);
    }
    drop(t, iterator);
    if (t->raised != NIL) {
        drop(t, total);
        return NIL;
    }
    return total;
}
/* any, all: stops at the first that is `wanted`. */
static value find_truth(vm *t, value iterable, int wanted) {
    value iterator = get_iter(t, iterable);
    value item;
    int is = !wanted;
    while (iterator != NIL && is == !wanted && (item = iter_next(t, iterator)) != NIL) {
        is = truth(t, item);
        decref(t, item);
    }
    drop(t, iterator);
    return t->raised != NIL ? NIL : from_bool(is == 1);
}
BUILTIN(do_any) {
    return find_truth(t, args[0], 1);
}
BUILTIN(do_all) {
    return find_truth(t, args[0], 0);
}

/* args[count]: key, args[count + 1]: default. */
static value extreme(vm *t, const value *args, size_t count, int op, const char *name) {
    value key = args[count] == NONE ? NIL : args[count];
    if (count == 0) {
        return raise(t, T_TypeError, "%s expected at least 1 argument, got 0", name);
    }
    if (count > 1 && args[count + 1] != NIL) {
        return raise(t, T_TypeError,
                     "Cannot specify a default for %s() with multiple positional arguments", name);
    }
    value tuple_given = count > 1 ? tuple_of(t, count, args) : NIL;
    value iterator = get_iter(t, count > 1 ? tuple_given : args[0]);
    drop(t, tuple_given);
    value best = NIL;
    value best_key = NIL;
    value item;
    while (iterator != NIL && (item = iter_next(t, iterator)) != NIL) {
        value item_key = key == NIL ? keep(t, item) : call(t, key, 1, &item);
        int better = item_key == NIL ? -1
                     : best == NIL   ? 1
                                     : compare_bool(t, op, item_key, best_key);
        if (better == 1) {
            assign(t, &best, item);
            assign(t, &best_key, item_key);
        } else {
            decref(t, item);
            drop(t, item_key);
        }
        if (better < 0) {
            break;
        }
    }
    drop(t, iterator);
    drop(t, best_key);
    if (t->raised != NIL) {
        drop(t, best);
        return NIL;
    }
    if (best == NIL && count == 1 && args[2] != NIL) {
        return keep(t, args[2]);
    }
    return best != NIL ? best : raise(t, T_ValueError, "%s() arg is an empty sequence", name);
}
BUILTIN(do_min) {
    return extreme(t, args, count, CMP_LT, "min");
}
BUILTIN(do_max) {
    return extreme(t, args, count, CMP_GT, "max");
}

/* ---- objects ------------------------------------------------------------------------------------- */

BUILTIN(do_repr) {
    return to_repr(t, args[0]);
}
BUILTIN(do_ascii) {
    return to_ascii(t, args[0]);
}
BUILTIN(do_hash) {
    uint64_t hash;
    /* -1 is an error's in python3. */
    return hash_of(t, args[0], &hash) ? int_new(t, (int64_t)hash == -1 ? -2 : (int64_t)hash) : NIL;
}
BUILTIN(do_id) {
    return int_new(t, (int64_t)args[0]);
}
BUILTIN(do_format) {
    return format_value(t, args[0], args[1]);
}
BUILTIN(do_callable) {
    unsigned type = exact_type(args[0]);
    return from_bool(type == T_FUNC || type == T_BUILTIN || type == T_METHOD || type == T_CLASS ||
                     (type == T_OBJECT && class_find(t, class_of(t, args[0]), NAME(call)) != NIL));
}
static value attribute_name(vm *t, value v) {
    return is_str(v)
               ? str_intern(t, v)
               : raise(t, T_TypeError, "attribute name must be string, not '%s'", type_name(t, v));
}
BUILTIN(do_getattr) {
    value name = attribute_name(t, args[1]);
    value found = name != NIL ? get_attribute(t, args[0], name) : NIL;
    drop(t, name);
    if (found == NIL && args[2] != NIL && raised_is(t, T_AttributeError)) {
        forget_raised(t);
        return keep(t, args[2]);
    }
    return found;
}
BUILTIN(do_hasattr) {
    value name = attribute_name(t, args[1]);
    value found = name != NIL ? get_attribute(t, args[0], name) : NIL;
    drop(t, name);
    drop(t, found);
    if (found == NIL && raised_is(t, T_AttributeError)) {
        forget_raised(t);
        return FALSE;
    }
    return found != NIL ? TRUE : NIL;
}
BUILTIN(do_setattr) {
    value name = attribute_name(t, args[1]);
    bool fine = name != NIL && set_attribute(t, args[0], name, args[2]);
    drop(t, name);
    return fine ? NONE : NIL;
}
BUILTIN(do_delattr) {
    value name = attribute_name(t, args[1]);
    bool fine = name != NIL && set_attribute(t, args[0], name, NIL);
    drop(t, name);
    return fine ? NONE : NIL;
}
BUILTIN(do_isinstance) {
    bool result;
    if (!is_subclass_of(t, from_ref(class_of(t, args[0])), args[1], &result)) {
        return raise(t, T_TypeError,
                     "isinstance() arg 2 must be a type, a tuple of types, or a union");
    }
    return from_bool(result);
}
BUILTIN(do_issubclass) {
    bool result;
    if (!is_a(args[0], T_CLASS)) {
        return raise(t, T_TypeError, "issubclass() arg 1 must be a class");
    }
    if (!is_subclass_of(t, args[0], args[1], &result)) {
        return raise(t, T_TypeError,
                     "issubclass() arg 2 must be a class, a tuple of classes, or a union");
    }
    return from_bool(result);
}
BUILTIN(do_attributes) {
    return attributes_read(t, args[0], args[1]) ? NONE : NIL;
}
BUILTIN(do_globals) {
    return attributes_of(t, from_ref(t->frame->globals));
}
BUILTIN(do_locals) {
    frame *f = t->frame;
    if (f->names != NULL) {
        return names_copy(t, &f->names->dict);
    }
    if (strcmp(text_of(f->code->name), "<module>") == 0) {
        return do_globals(t, args, count);
    }
    value made = dict_new(t);
    for (uint32_t i = 0; made != NIL && i < f->code->slots; i++) {
        value v = f->locals[i];
        v = is_a(v, T_CELL) ? member_load(&AS(cell, v)->content) : v;
        if (v != NIL && !dict_set(t, made, f->code->names[i], v)) {
            decref(t, made);
            return NIL;
        }
    }
    return made;
}
BUILTIN(do_vars) {
    if (args[0] == NIL) {
        return do_locals(t, args, count);
    }
    value found = attributes_of(t, args[0]);
    if (found == NIL && raised_is(t, T_AttributeError)) {
        forget_raised(t);
        return raise(t, T_TypeError, "vars() argument must have __dict__ attribute");
    }
    return found;
}
BUILTIN(do_dir) {
    value names = dict_new(t);
    value v = args[0] != NIL ? args[0] : from_ref(t->frame->globals);
    if (is_a(v, T_OBJECT) || is_a(v, T_MODULE)) {
        (void)weft_dict_update(t->weft, &AS(dict, names)->dict, &AS(object, v)->attributes);
    }
    tuple *mro = AS(tuple, (is_a(v, T_CLASS) ? AS(class, v) : class_of(t, v))->mro);
    for (size_t i = 0; !is_a(v, T_MODULE) && i < mro->size; i++) {
        (void)weft_dict_update(t->weft, &AS(dict, names)->dict, &AS(class, mro->items[i])->dict);
    }
    value made = to_list(t, names);
    decref(t, names);
    if (made != NIL && !list_sort(t, made, NIL, false)) {
        decref(t, made);
        return NIL;
    }
    return made;
}

/* ---- output, files ------------------------------------------------------------------------------- */

/* All lines that are complete, in one piece. */
static void write_lines(runtime *rt, const char *text, size_t size) {
    (void)pthread_mutex_lock(&rt->line_lock);
    buffer *b = &rt->line;
    buffer_add(b, text, size);
    size_t whole = b->length;
    while (whole > 0 && b->text[whole - 1] != '\n') {
        whole--;
    }
    (void)fwrite(b->text, 1, whole, stdout);
    b->length -= whole;
    memmove(b->text, b->text + whole, b->length);
    (void)pthread_mutex_unlock(&rt->line_lock);
}
void flush_lines(runtime *rt) {
    (void)pthread_mutex_lock(&rt->line_lock);
    if (rt->line.length > 0) {
        buffer_add(&rt->line, "\n", 1);
        (void)fwrite(rt->line.text, 1, rt->line.length, stdout);
    }
    buffer_drop(&rt->line);
    (void)pthread_mutex_unlock(&rt->line_lock);
}

/* To standard output, whose reader may let it wait. */
static void write_out(vm *t, const char *text, size_t size) {
    vm_detach(t);
    if (t->rt->whole_lines) {
        write_lines(t->rt, text, size);
    } else {
        (void)fwrite(text, 1, size, stdout);
    }
    vm_attach(t);
}
static void flush_out(vm *t) {
    vm_detach(t);
    flush_output();
    vm_attach(t);
}

static bool write_text(vm *t, value file, value text) {
    if (file == NIL || file == NONE) {
        write_out(t, text_of(text), length_of(text));
        return true;
    }
    value write = str_name(t, "write", 5);
    value method = get_attribute(t, file, write);
    value result = method != NIL ? call(t, method, 1, &text) : NIL;
    decref(t, write);
    drop(t, method);
    drop(t, result);
    return result != NIL;
}

/* args[count]: sep, end, file, flush. */
BUILTIN(do_print) {
    value separator = args[count];
    value end = args[count + 1];
    value file = args[count + 2];
    buffer b = {0};
    for (int i = 0; i < 2; i++) {
        value text = args[count + (size_t)i];
        if (text != NIL && text != NONE && !is_str(text)) {
            return raise(t, T_TypeError, "%s must be None or a string, not %s",
                         i == 0 ? "sep" : "end", type_name(t, text));
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && is_str(separator)) {
            buffer_add_str(&b, separator);
        } else if (i > 0) {
            buffer_add(&b, " ", 1);
        }
        value text = to_str(t, args[i]);
        if (text == NIL) {
            buffer_drop(&b);
            return NIL;
        }
        buffer_add_str(&b, text);
        decref(t, text);
    }
    if (is_str(end)) {
        buffer_add_str(&b, end);
    } else {
        buffer_add(&b, "\n", 1);
    }
    if (file == NIL || file == NONE) {
        write_out(t, b.text, b.length);
        buffer_drop(&b);
    } else {
        value text = buffer_take(t, &b);
        bool fine = text != NIL && write_text(t, file, text);
        drop(t, text);
        if (!fine) {
            return NIL;
        }
    }
    if (args[count + 3] != NIL && truth(t, args[count + 3]) == 1) {
        flush_out(t);
    }
    return NONE;
}

BUILTIN(do_input) {
    char *line = NULL;
    size_t room = 0;
    size_t length_read = 0;
    if (args[0] != NIL) {
        value text = to_str(t, args[0]);
        write_out(t, text_of(text), length_of(text));
        decref(t, text);
    }
    int c;
    vm_detach(t);
    flush_output();
    while ((c = getchar()) != EOF && c != '\n') {
        line = (char *)grow_array(line, length_read, &room, 1);
        line[length_read++] = (char)c;
    }
    vm_attach(t);
    if (c == EOF && length_read == 0) {
        free(line);
        return raise(t, T_EOFError, "EOF when reading a line");
    }
    value made = str_new(t, length_read > 0 ? line : "", length_read);
    free(line);
    return made;
}

value read_file(vm *t, const char *path) {
    vm_detach(t);
    FILE *file = fopen(path, "rb");
    int error = errno;
    buffer b = {0};
    char block[4096];
    if (file == NULL) {
        vm_attach(t);
        value args[3] = {from_int32(error), str_of(t, strerror(error)), str_of(t, path)};
        value e = call(t, from_ref(t->rt->classes[T_OSError]), 3, args);
        drop(t, args[1]);
        drop(t, args[2]);
        return e != NIL ? raise_object(t, e) : NIL;
    }
    size_t got = sizeof block;
    while (got == sizeof block) { /* less than that: its end, or an error */
        got = fread(block, 1, sizeof block, file);
        buffer_add(&b, block, got);
    }
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    vm_attach(t);
    if (failed) {
        buffer_drop(&b);
        return raise(t, T_OSError, "cannot read %s", path);
    }
    return buffer_take(t, &b);
}
/* For the prelude's files. */
BUILTIN(do_read_file) {
    return read_file(t, text_of(args[0]));
}
BUILTIN(do_write_file) {
    const char *path = text_of(args[0]);
    size_t size = length_of(args[1]);
    if (*path == '\0') {
        write_out(t, text_of(args[1]), size);
        return from_int32((int64_t)char_count(args[1]));
    }
    vm_detach(t);
    bool standard = *path == '\1';
    FILE *file = standard ? stderr : fopen(path, text_of(args[2]));
    int error = errno;
    if (standard) {
        (void)fflush(stdout);
    }
    bool fine = file != NULL && fwrite(text_of(args[1]), 1, size, file) == size;
    if (file != NULL && !standard) {
        fine &= fclose(file) == 0;
    }
    vm_attach(t);
    if (file == NULL) {
        return raise(t, T_OSError, "[Errno %d] %s: '%s'", error, strerror(error), path);
    }
    return fine || standard ? from_int32((int64_t)char_count(args[1]))
                            : raise(t, T_OSError, "cannot write %s", path);
}
BUILTIN(do_flush) {
    flush_out(t);
    return NONE;
}
/* What a class of the prelude's adds to a builtin one. */
BUILTIN(do_extend) {
    value name = str_intern(t, args[1]);
    bool fine = name != NIL && names_set(t, &AS(class, args[0])->dict, name, args[2]);
    drop(t, name);
    class_changed(t);
    return fine ? NONE : NIL;
}

BUILTIN(do_import) {
    if (!is_str(args[0]) || strchr(text_of(args[0]), '.') != NULL) {
        return raise(t, T_NotImplementedError, "minipy: __import__ of a package");
    }
    return import_module(t, args[0]);
}

void flush_output(void) {
    (void)fflush(stdout);
}

/* ---- tables -------------------------------------------------------------------------------------- */

static const builtin_def FUNCTIONS[] = {
    {"abs", do_abs, "x,/"},
    {"all", do_all, "iterable,/"},
    {"any", do_any, "iterable,/"},
    {"callable", do_callable, "object,/"},
    {"chr", do_chr, "i,/"},
    {"delattr", do_delattr, "object,name,/"},
    {"dir", do_dir, "|object,/"},
    {"divmod", do_divmod, "x,y,/"},
    {"format", do_format, "value|spec,/"},
    {"getattr", do_getattr, "object,name|default,/"},
    {"globals", do_globals, ""},
    {"hasattr", do_hasattr, "object,name,/"},
    {"hash", do_hash, "object,/"},
    {"id", do_id, "object,/"},
    {"__import__", do_import, "name|globals,locals,fromlist,level"},
    {"input", do_input, "|prompt,/"},
    {"isinstance", do_isinstance, "object,class,/"},
    {"issubclass", do_issubclass, "cls,class,/"},
    {"iter", do_iter, "object|sentinel,/"},
    {"len", do_len, "obj,/"},
    {"locals", do_locals, ""},
    {"max", do_max, "*key,default"},
    {"min", do_min, "*key,default"},
    {"next", do_next, "iterator|default,/"},
    {"ord", do_ord, "c,/"},
    {"pow", do_pow, "base,exp|mod"},
    {"print", do_print, "*sep,end,file,flush"},
    {"repr", do_repr, "obj,/"},
    {"ascii", do_ascii, "obj,/"},
    {"round", do_round, "number|ndigits"},
    {"setattr", do_setattr, "object,name,value,/"},
    {"sorted", do_sorted, "*key,reverse"},
    {"sum", do_sum, "iterable|start"},
    {"vars", do_vars, "|object,/"},
    {"_read_file", do_read_file, "path"},
    {"_write_file", do_write_file, "path,text,mode"},
    {"_flush", do_flush, ""},
    {"_attributes", do_attributes, "object,into"},
    {"_extend", do_extend, "cls,name,value"},
    {0}};

static const struct {
    unsigned type;
    builtin_def construct;
} CONSTRUCT[] = {
    {T_OBJECT, {"object", new_object, "*"}},
    {T_STR, {"str", new_str, "|object"}},
    {T_INT, {"int", new_int, "|x,base"}},
    {T_FLOAT, {"float", new_float, "|x,/"}},
    {T_BOOL, {"bool", new_bool, "|x,/"}},
    {T_TUPLE, {"tuple", new_tuple, "|iterable,/"}},
    {T_LIST, {"list", new_list, "|iterable,/"}},
    {T_DICT, {"dict", new_dict, "**"}},
    {T_SET, {"set", new_set, "|iterable,/"}},
    {T_FROZENSET, {"frozenset", new_frozenset, "|iterable,/"}},
    {T_RANGE, {"range", new_range, "start|stop,step,/"}},
    {T_SLICE, {"slice", new_slice, "start|stop,step,/"}},
    {T_CLASS, {"type", new_type, "*"}},
    {T_PROPERTY, {"property", new_property, "|fget,fset,fdel,doc"}},
    {T_STATICMETHOD, {"staticmethod", new_staticmethod, "function,/"}},
    {T_CLASSMETHOD, {"classmethod", new_classmethod, "function,/"}},
    {T_SUPER, {"super", new_super, "|type,object,/"}},
    {T_NONE, {"NoneType", new_none, ""}},
    {T_ITER_OF_ENUMERATE, {"enumerate", do_enumerate, "iterable|start"}},
    {T_ITER_OF_FILTER, {"filter", do_filter, "function,iterable,/"}},
    {T_ITER_OF_MAP, {"map", do_map, "*"}},
    {T_ITER_OF_REVERSED, {"reversed", do_reversed, "sequence,/"}},
    {T_ITER_OF_ZIP, {"zip", do_zip, "*strict"}},
};

extern const builtin_def plain_func_methods[], method_methods[], bound_methods[], cell_methods[],
    first_value[], first_code[], os_error_methods[];
static const struct {
    unsigned type;
    const builtin_def *methods;
} METHODS[] = {
    {T_OBJECT, object_methods},
    {T_STR, str_methods},
    {T_STR, container_methods},
    {T_INT, int_methods},
    {T_INT, number_methods},
    {T_FLOAT, float_methods},
    {T_FLOAT, number_methods},
    {T_TUPLE, tuple_methods},
    {T_TUPLE, TUPLE_NEW},
    {T_TUPLE, container_methods},
    {T_LIST, list_methods},
    {T_LIST, container_methods},
    {T_LIST, store_methods},
    {T_LIST, LIST_INIT},
    {T_DICT, dict_methods},
    {T_DICT, container_methods},
    {T_DICT, store_methods},
    {T_DICT, DICT_INIT},
    {T_SET, set_methods},
    {T_SET, SET_INIT},
    {T_SET, container_methods},
    {T_FROZENSET, frozenset_methods},
    {T_FROZENSET, container_methods},
    {T_RANGE, range_methods},
    {T_SLICE, slice_methods},
    {T_RANGE, container_methods},
    {T_ITER, iter_methods},
    {T_FUNC, func_methods},
    {T_FUNC, plain_func_methods},
    {T_BUILTIN, func_methods},
    {T_BUILTIN, bound_methods},
    {T_CELL, cell_methods},
    {T_METHOD, func_methods},
    {T_METHOD, method_methods},
    {T_GEN, generator_methods},
    {T_COROUTINE, coroutine_methods},
    {T_LOCK, lock_methods},
    {T_RLOCK, rlock_methods},
    {T_CLASS, class_methods_},
    {T_PROPERTY, property_methods},
    {T_STATICMETHOD, property_methods},
    {T_CLASSMETHOD, property_methods},
    {T_EXC, exception_methods},
    {T_StopIteration, first_value},
    {T_SystemExit, first_code},
    {T_OSError, os_error_methods},
};

static bool make_classes(vm *t) {
    static const struct {
        const char *name;
        unsigned base;
    } CLASSES[] = {{0},
#define X(name, text, base) {text, T_##base},
                   BUILTIN_CLASSES(X)
#undef X
    };
    for (unsigned i = 1; i < T_COUNT; i++) {
        if (i == T_BIG) {
            t->rt->classes[i] = AS(class, keep(t, from_ref(t->rt->classes[T_INT])));
            continue;
        }
        class *base = i == T_OBJECT ? NULL : t->rt->classes[CLASSES[i].base];
        unsigned layout = i > T_EXC ? T_EXC : i;
        class *made = class_builtin(t, CLASSES[i].name, base, layout);
        if (made == NULL) {
            return false;
        }
        weft_init_u64(&made->traits, i >= T_EXC ? HAS_SETATTR : 0);
        t->rt->classes[i] = made;
    }
    return true;
}

static bool set_construct(vm *t, class *c, const builtin_def *def) {
    c->construct = builtin_new(t, def, NIL);
    return c->construct != NIL;
}

bool builtins_start(vm *t) {
    if (!make_classes(t)) {
        return false;
    }
    class **classes = t->rt->classes;
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        if (!class_methods(t, classes[METHODS[i].type], METHODS[i].methods)) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof CONSTRUCT / sizeof *CONSTRUCT; i++) {
        if (!set_construct(t, classes[CONSTRUCT[i].type], &CONSTRUCT[i].construct)) {
            return false;
        }
    }
    struct module *m = module_new(t, "builtins");
    for (unsigned i = 1; m != NULL && i < T_COUNT; i++) {
        bool hidden = i == T_BIG || i == T_NONE || i == T_ELLIPSIS || i == T_NOTIMPL ||
                      (i >= T_ITER && i < T_CLASS) || i == T_MODULE ||
                      (i >= T_LOCK && i < T_EXC && classes[i]->construct == NIL);
        if (!hidden && !names_set(t, &m->dict, classes[i]->name, from_ref(classes[i]))) {
            return false;
        }
    }
    for (const builtin_def *def = FUNCTIONS; m != NULL && def->name != NULL; def++) {
        if (!module_set(t, m, def->name, builtin_new(t, def, NIL))) {
            return false;
        }
    }
    bool fine = m != NULL && module_set(t, m, "NotImplemented", NOT_IMPLEMENTED) &&
                module_set(t, m, "Ellipsis", ELLIPSIS) && module_set(t, m, "__debug__", TRUE) &&
                module_set(t, m, "IOError", keep(t, from_ref(classes[T_OSError]))) &&
                module_set(t, m, "EnvironmentError", keep(t, from_ref(classes[T_OSError])));
    t->rt->builtins = m;
    return fine;
}
