/* str.c: strings: UTF-8 in the layout of weft's symbols, so that any of them can become a name or a key in place. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

#include "object.h"

/* ---- UTF-8 --------------------------------------------------------------------------------------- */

/* Continuation bytes are no characters. */
static size_t count_chars(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += ((unsigned char)text[i] & 0xC0U) != 0x80U;
    }
    return count;
}

uint32_t utf8_decode(const char **text) {
    const unsigned char *c = (const unsigned char *)*text;
    uint32_t first = *c++;
    unsigned more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    uint32_t result = more == 0 ? first : first & (0x3FU >> more);
    for (; more > 0 && (*c & 0xC0U) == 0x80U; more--) {
        result = result << 6 | (*c++ & 0x3FU);
    }
    *text = (const char *)c;
    return result;
}

size_t utf8_encode(uint32_t c, char *into) {
    if (c < 0x80) {
        into[0] = (char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char FIRST[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; c >>= 6) {
        into[i] = (char)(0x80U | (c & 0x3FU));
    }
    into[0] = (char)(FIRST[size] | c);
    return size;
}

/* Where a character begins; `index` at most the number of characters. */
size_t utf8_offset(value s, size_t index) {
    if (is_ascii(s)) {
        return index;
    }
    const char *text = text_of(s);
    size_t at = 0;
    for (; index > 0; index--) {
        do {
            at++;
        } while (((unsigned char)text[at] & 0xC0U) == 0x80U);
    }
    return at;
}

/* ---- making -------------------------------------------------------------------------------------- */

void str_made(void *context, weft_thread *self, weft_symbol *symbol) {
    (void)context;
    (void)self;
    weft_store_relaxed_u16(&symbol->head.host, T_STR);
    *(uint32_t *)weft_symbol_body(symbol) =
        (uint32_t)count_chars(weft_symbol_text(symbol), weft_symbol_length(symbol));
}

/* Eight bytes at a time: multiply, and fold the upper half into the lower. Keyed by the runtime's seed. */
static uint64_t fold(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
uint64_t str_hash(void *context, const void *text, size_t length) {
    const uint64_t *seed = (const uint64_t *)context;
    const char *at = (const char *)text;
    uint64_t hash = seed[0] ^ length;
    uint64_t word;
    for (; length >= 8; length -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = fold(hash ^ word, seed[1] | 1);
    }
    word = 0;
    memcpy(&word, at, length);
    return fold(fold(hash ^ word, seed[1] | 1) ^ seed[0], UINT64_C(0x9E3779B97F4A7C15));
}

value str_new(vm *t, const char *text, size_t length) {
    if (length == 1 && (unsigned char)*text < 128 && t->rt->chars[(unsigned char)*text] != NIL) {
        return keep(t, t->rt->chars[(unsigned char)*text]);
    }
    weft_symbol *made;
    if (weft_symbol_make(t->weft, &t->rt->symbols, text, length, &made) != WEFT_SYMBOL_OK) {
        return raise_memory(t);
    }
    return from_ref(made);
}

value str_of(vm *t, const char *text) {
    return str_new(t, text, strlen(text));
}

value str_name(vm *t, const char *text, size_t length) {
    weft_symbol *made;
    if (weft_symbol_intern(t->weft, &t->rt->symbols, text, length, &made) != WEFT_SYMBOL_OK) {
        return raise_memory(t);
    }
    return from_ref(made);
}

value str_intern(vm *t, value v) {
    weft_symbol *symbol = AS(weft_symbol, v);
    /* Relaxed: it is set once, while this thread has a reference or before it got one. */
    if (weft_load_relaxed_ptr(&symbol->table) != NULL) {
        return keep(t, v);
    }
    weft_symbol *made;
    if (weft_symbol_intern_made(t->weft, &t->rt->symbols, symbol, &made) != WEFT_SYMBOL_OK) {
        return raise_memory(t);
    }
    return from_ref(made);
}

value str_format(vm *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    value made = length < 0 ? raise_memory(t) : str_new(t, text, (size_t)length);
    free(text);
    return made;
}

value str_char(vm *t, uint32_t c) {
    char text[4];
    return str_new(t, text, utf8_encode(c, text));
}

void buffer_add(buffer *b, const char *text, size_t length) {
    b->text = (char *)grow_array(b->text, b->length + length, &b->room, 1);
    if (length > 0) {
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): what has a length is there */
        memcpy(b->text + b->length, text, length);
    }
    b->length += length;
}
void buffer_add_str(buffer *b, value s) {
    buffer_add(b, text_of(s), length_of(s));
}
void buffer_fill(buffer *b, const char *fill, size_t fill_length, size_t count) {
    for (; count > 0; count--) {
        buffer_add(b, fill, fill_length);
    }
}
value buffer_take(vm *t, buffer *b) {
    value made = str_new(t, b->length > 0 ? b->text : "", b->length);
    buffer_drop(b);
    return made;
}
void buffer_drop(buffer *b) {
    free(b->text);
    *b = (buffer){0};
}

/* ---- comparing, parts ---------------------------------------------------------------------------- */

/* The order of UTF-8 is that of the characters. */
int str_compare(value a, value b) {
    size_t shorter = length_of(a) < length_of(b) ? length_of(a) : length_of(b);
    int order = memcmp(text_of(a), text_of(b), shorter);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (length_of(a) > length_of(b)) - (length_of(a) < length_of(b));
}

bool str_equal(value a, value b) {
    return a == b ||
           (weft_symbol_hash(AS(weft_symbol, a)) == weft_symbol_hash(AS(weft_symbol, b)) &&
            length_of(a) == length_of(b) && memcmp(text_of(a), text_of(b), length_of(a)) == 0);
}

value str_index(vm *t, value s, int64_t index) {
    int64_t size = (int64_t)char_count(s);
    index += index < 0 ? size : 0;
    if (index < 0 || index >= size) {
        return raise(t, T_IndexError, "string index out of range");
    }
    const char *from = text_of(s) + utf8_offset(s, (size_t)index);
    const char *to = from;
    (void)utf8_decode(&to);
    return str_new(t, from, (size_t)(to - from));
}

/* Bounds are within the string. */
static value between(vm *t, value s, int64_t start, int64_t stop) {
    if (start >= stop) {
        return keep(t, t->rt->empty_str);
    }
    if (start == 0 && stop == (int64_t)char_count(s)) {
        return keep(t, s);
    }
    size_t from = utf8_offset(s, (size_t)start);
    return str_new(t, text_of(s) + from, utf8_offset(s, (size_t)stop) - from);
}

value str_slice(vm *t, value s, int64_t start, int64_t count, int64_t step) {
    if (step == 1) {
        return between(t, s, start, start + count);
    }
    buffer b = {0};
    for (int64_t i = 0; i < count; i++) {
        const char *from = text_of(s) + utf8_offset(s, (size_t)(start + i * step));
        const char *to = from;
        (void)utf8_decode(&to);
        buffer_add(&b, from, (size_t)(to - from));
    }
    return buffer_take(t, &b);
}

value str_concat(vm *t, value a, value b) {
    if (length_of(a) == 0 || length_of(b) == 0) {
        return keep(t, length_of(a) == 0 ? b : a);
    }
    buffer both = {0};
    both.text = (char *)grow_array(NULL, length_of(a) + length_of(b), &both.room, 1);
    buffer_add_str(&both, a);
    buffer_add_str(&both, b);
    return buffer_take(t, &both);
}

value str_repeat(vm *t, value s, int64_t count) {
    if (count > 0 && length_of(s) > 0 && count > (int64_t)(WEFT_SYMBOL_MAX / length_of(s))) {
        return raise_memory(t);
    }
    buffer b = {0};
    buffer_fill(&b, text_of(s), length_of(s), count > 0 ? (size_t)count : 0);
    return buffer_take(t, &b);
}

static const char *find_in(const char *text, size_t length, value part) {
    return length_of(part) == 0 ? text : memmem(text, length, text_of(part), length_of(part));
}

bool str_contains(value s, value part) {
    return find_in(text_of(s), length_of(s), part) != NULL;
}

/* ---- methods ------------------------------------------------------------------------------------- */

#define SELF args[0]
/* That an argument is a str. */
static bool needs_str(vm *t, value v, const char *what) {
    if (is_str(v)) {
        return true;
    }
    (void)raise(t, T_TypeError, "%s, not %s", what, type_name(t, v));
    return false;
}

/* The bytes between two optional character indices. */
static bool part_of(vm *t, value s, value start, value stop, size_t *from, size_t *to) {
    int64_t size = (int64_t)char_count(s);
    int64_t first = 0;
    int64_t last = size;
    if ((start != NIL && start != NONE && !as_index(t, start, &first, true)) ||
        (stop != NIL && stop != NONE && !as_index(t, stop, &last, true))) {
        return false;
    }
    first = first < 0 ? (first + size < 0 ? 0 : first + size) : first;
    last = last < 0 ? (last + size < 0 ? 0 : last + size) : last > size ? size : last;
    if (first > size || first > last) {
        *from = 1;
        *to = 0;
        return true;
    }
    *from = utf8_offset(s, (size_t)first);
    *to = utf8_offset(s, (size_t)last);
    return true;
}

/* -1: not there; -2: raised. In characters. */
static int64_t find(vm *t, const value *args, bool last) {
    size_t from;
    size_t to;
    if (!needs_str(t, args[1], "must be str") || !part_of(t, SELF, args[2], args[3], &from, &to)) {
        return -2;
    }
    const char *text = text_of(SELF);
    const char *found = NULL;
    size_t wanted = length_of(args[1]);
    if (from > to) {
        return -1;
    }
    if (!last) {
        found = find_in(text + from, to - from, args[1]);
    } else {
        for (size_t at = to - from >= wanted ? to - wanted + 1 : from; at-- > from;) {
            if (memcmp(text + at, text_of(args[1]), wanted) == 0) {
                found = text + at;
                break;
            }
        }
    }
    return found == NULL ? -1 : (int64_t)count_chars(text, (size_t)(found - text));
}

BUILTIN(str_find) {
    int64_t at = find(t, args, false);
    return at == -2 ? NIL : from_int32(at);
}
BUILTIN(str_rfind) {
    int64_t at = find(t, args, true);
    return at == -2 ? NIL : from_int32(at);
}
BUILTIN(str_index_of) {
    int64_t at = find(t, args, false);
    return at == -1   ? raise(t, T_ValueError, "substring not found")
           : at == -2 ? NIL
                      : from_int32(at);
}
BUILTIN(str_rindex) {
    int64_t at = find(t, args, true);
    return at == -1   ? raise(t, T_ValueError, "substring not found")
           : at == -2 ? NIL
                      : from_int32(at);
}

BUILTIN(str_count) {
    size_t from;
    size_t to;
    if (!needs_str(t, args[1], "must be str") || !part_of(t, SELF, args[2], args[3], &from, &to)) {
        return NIL;
    }
    if (from > to) {
        return from_int32(0);
    }
    if (length_of(args[1]) == 0) {
        return from_int32((int64_t)count_chars(text_of(SELF) + from, to - from) + 1);
    }
    int64_t times = 0;
    const char *end = text_of(SELF) + to;
    for (const char *at = text_of(SELF) + from;
         (at = find_in(at, (size_t)(end - at), args[1])) != NULL; at += length_of(args[1])) {
        times++;
    }
    return from_int32(times);
}

static bool has_affix(value s, value affix, size_t from, size_t to, bool end) {
    size_t size = length_of(affix);
    return from <= to && to - from >= size &&
           memcmp(text_of(s) + (end ? to - size : from), text_of(affix), size) == 0;
}

static value test_affix(vm *t, const value *args, bool end) {
    size_t from;
    size_t to;
    if (!part_of(t, SELF, args[2], args[3], &from, &to)) {
        return NIL;
    }
    if (is_str(args[1])) {
        return from_bool(has_affix(SELF, args[1], from, to, end));
    }
    if (!is_kind(args[1], T_TUPLE)) {
        return raise(t, T_TypeError, "%s first arg must be str or a tuple of str, not %s",
                     end ? "endswith" : "startswith", type_name(t, args[1]));
    }
    for (size_t i = 0; i < AS(tuple, args[1])->size; i++) {
        value item = AS(tuple, args[1])->items[i];
        if (is_str(item) && has_affix(SELF, item, from, to, end)) {
            return TRUE;
        }
    }
    return FALSE;
}
BUILTIN(str_startswith) {
    return test_affix(t, args, false);
}
BUILTIN(str_endswith) {
    return test_affix(t, args, true);
}

bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xA0 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000 || c == 0x1680;
}

static bool in_set(uint32_t c, value chars) {
    if (chars == NIL || chars == NONE) {
        return is_space(c);
    }
    const char *end = text_of(chars) + length_of(chars);
    for (const char *at = text_of(chars); at < end;) {
        if (utf8_decode(&at) == c) {
            return true;
        }
    }
    return false;
}

static value strip(vm *t, const value *args, bool left, bool right) {
    if (args[1] != NIL && args[1] != NONE && !is_str(args[1])) {
        return raise(t, T_TypeError, "%sstrip arg must be None or str",
                     left && right ? ""
                     : left        ? "l"
                                   : "r");
    }
    const char *from = text_of(SELF);
    const char *end = from + length_of(SELF);
    while (left && from < end) {
        const char *next = from;
        if (!in_set(utf8_decode(&next), args[1])) {
            break;
        }
        from = next;
    }
    while (right && from < end) {
        const char *last = end - 1;
        while (((unsigned char)*last & 0xC0U) == 0x80U) {
            last--;
        }
        const char *next = last;
        if (!in_set(utf8_decode(&next), args[1])) {
            break;
        }
        end = last;
    }
    if ((size_t)(end - from) == length_of(SELF)) {
        return keep(t, SELF);
    }
    return str_new(t, from, (size_t)(end - from));
}
BUILTIN(str_strip) {
    return strip(t, args, true, true);
}
BUILTIN(str_lstrip) {
    return strip(t, args, true, false);
}
BUILTIN(str_rstrip) {
    return strip(t, args, false, true);
}

static bool append_text(vm *t, value into, const char *from, const char *to) {
    value part = str_new(t, from, (size_t)(to - from));
    return part != NIL && list_append_take(t, into, part);
}

/* At whitespace; at most `limit` times. */
static bool split_space(vm *t, value s, int64_t limit, value into) {
    const char *at = text_of(s);
    const char *end = at + length_of(s);
    for (;;) {
        const char *next = at;
        while (at < end && (next = at, is_space(utf8_decode(&next)))) {
            at = next;
        }
        if (at >= end) {
            return true;
        }
        const char *word = at;
        if (limit-- == 0) {
            return append_text(t, into, word, end);
        }
        while (at < end && (next = at, !is_space(utf8_decode(&next)))) {
            at = next;
        }
        if (!append_text(t, into, word, at)) {
            return false;
        }
    }
}

static bool split_at(vm *t, value s, value separator, int64_t limit, value into) {
    const char *at = text_of(s);
    const char *end = at + length_of(s);
    const char *found;
    while (limit-- != 0 && (found = find_in(at, (size_t)(end - at), separator)) != NULL) {
        if (!append_text(t, into, at, found)) {
            return false;
        }
        at = found + length_of(separator);
    }
    return append_text(t, into, at, end);
}

BUILTIN(str_split) {
    int64_t limit = -1;
    bool space = args[1] == NIL || args[1] == NONE;
    if ((args[2] != NIL && !as_index(t, args[2], &limit, true)) ||
        (!space && !needs_str(t, args[1], "must be str or None"))) {
        return NIL;
    }
    if (!space && length_of(args[1]) == 0) {
        return raise(t, T_ValueError, "empty separator");
    }
    value into = list_new(t);
    if (into == NIL ||
        !(space ? split_space(t, SELF, limit, into) : split_at(t, SELF, args[1], limit, into))) {
        drop(t, into);
        return NIL;
    }
    return into;
}

value str_join(vm *t, value separator, value iterable) {
    value items = is_a(iterable, T_LIST) || is_kind(iterable, T_TUPLE) ? at_rest(t, iterable)
                                                                       : to_list(t, iterable);
    if (items == NIL) {
        if (raised_is(t, T_TypeError) && !is_a(iterable, T_OBJECT)) {
            forget_raised(t);
            return raise(t, T_TypeError, "can only join an iterable");
        }
        return NIL;
    }
    bool tuples = is_kind(items, T_TUPLE);
    size_t size = tuples ? AS(tuple, items)->size : list_size(t, items);
    buffer b = {0};
    for (size_t i = 0; i < size; i++) {
        value item = tuples ? keep(t, AS(tuple, items)->items[i]) : list_item(t, items, (int64_t)i);
        if (item == NIL || !is_str(item)) {
            (void)raise(t, T_TypeError, "sequence item %zu: expected str instance, %s found", i,
                        item == NIL ? "nothing" : type_name(t, item));
            drop(t, item);
            decref(t, items);
            buffer_drop(&b);
            return NIL;
        }
        if (i > 0) {
            buffer_add_str(&b, separator);
        }
        buffer_add_str(&b, item);
        decref(t, item);
    }
    decref(t, items);
    return buffer_take(t, &b);
}
BUILTIN(str_join_method) {
    return str_join(t, SELF, args[1]);
}

BUILTIN(str_replace) {
    int64_t limit = -1;
    if (!needs_str(t, args[1], "replace() argument 1 must be str") ||
        !needs_str(t, args[2], "replace() argument 2 must be str") ||
        (args[3] != NIL && !as_index(t, args[3], &limit, true))) {
        return NIL;
    }
    buffer b = {0};
    const char *at = text_of(SELF);
    const char *end = at + length_of(SELF);
    while (limit-- != 0) {
        const char *found = find_in(at, (size_t)(end - at), args[1]);
        if (found == NULL) {
            break;
        }
        buffer_add(&b, at, (size_t)(found - at));
        buffer_add_str(&b, args[2]);
        at = found + length_of(args[1]);
        if (length_of(args[1]) == 0) { /* between all characters */
            if (at >= end) {
                break;
            }
            const char *next = at;
            (void)utf8_decode(&next);
            buffer_add(&b, at, (size_t)(next - at));
            at = next;
        }
    }
    buffer_add(&b, at, (size_t)(end - at));
    return buffer_take(t, &b);
}

/* Letters of ASCII, Latin-1, Greek and Cyrillic; enough for texts, and the same in all programs. */
static uint32_t to_upper(uint32_t c) {
    if (c < 128) {
        return (uint32_t)toupper((int)c);
    }
    if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) ||
        (c >= 0x430 && c <= 0x44F)) {
        return c - 32;
    }
    if (c >= 0x450 && c <= 0x45F) {
        return c - 80;
    }
    if (c >= 0x100 && c <= 0x17F && c != 0x131 && c != 0x138 && c != 0x149 && c != 0x17F) {
        bool odd_is_lower = c < 0x139 || c >= 0x14A;
        if (c >= 0x179 && c <= 0x17E) {
            odd_is_lower = false;
        }
        return (c & 1U) == (odd_is_lower ? 1U : 0U) ? c - 1 : c;
    }
    return c == 0xFF ? 0x178 : c;
}
static uint32_t to_lower(uint32_t c) {
    if (c < 128) {
        return (uint32_t)tolower((int)c);
    }
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) ||
        (c >= 0x410 && c <= 0x42F)) {
        return c + 32;
    }
    if (c >= 0x400 && c <= 0x40F) {
        return c + 80;
    }
    if (c >= 0x100 && c <= 0x17F && c != 0x130 && c != 0x178) {
        return to_upper(c + 1) == c && c + 1 != 0x131 && c + 1 != 0x138 && c + 1 != 0x149 ? c + 1
                                                                                          : c;
    }
    return c == 0x178 ? 0xFF : c;
}
static bool is_upper(uint32_t c) {
    return to_lower(c) != c;
}
static bool is_lower(uint32_t c) {
    return to_upper(c) != c || c == 0xDF || c == 0x3C2;
}
/* -1: no decimal digit. Each script has its ten in a row. */
int digit_of(uint32_t c) {
    static const uint32_t ZEROS[] = {
        0x30,    0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,
        0xC66,   0xCE6,   0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,
        0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,
        0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066,
        0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0,
        0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2,
        0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};
    for (size_t i = 0; i < sizeof ZEROS / sizeof *ZEROS && ZEROS[i] <= c; i++) {
        if (c - ZEROS[i] < 10) {
            return (int)(c - ZEROS[i]);
        }
    }
    return -1;
}
static bool is_alpha(uint32_t c) {
    return c < 128 ? isalpha((int)c) != 0
                   : c == 0xAA || c == 0xB5 || c == 0xBA ||
                         (c >= 0xC0 && digit_of(c) < 0 && c != 0xD7 && c != 0xF7 &&
                          !(c >= 0x2000 && c < 0x2C00) && !is_space(c) &&
                          !(c >= 0x1F000 && c < 0x20000) && !(c >= 0x3001 && c <= 0x3004) &&
                          !(c >= 0xFF00 && c <= 0xFF20));
}
static bool is_decimal(uint32_t c) {
    return digit_of(c) >= 0;
}
bool is_in_name(uint32_t c, bool first) {
    return c == '_' || is_alpha(c) || (!first && (is_decimal(c) || c == 0xB7));
}
/* Superscripts and subscripts, too. */
static bool is_digit(uint32_t c) {
    return is_decimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 ||
           (c >= 0x2074 && c <= 0x2079) || (c >= 0x2080 && c <= 0x2089);
}
/* Fractions and Roman numbers, too. */
static bool is_numeric(uint32_t c) {
    return is_digit(c) || (c >= 0xBC && c <= 0xBE) || (c >= 0x2150 && c <= 0x2189);
}

/* `style`: U upper, L lower, S swapcase, C capitalize, T title, F casefold. */
static value change_case(vm *t, value s, char style) {
    buffer b = {0};
    const char *end = text_of(s) + length_of(s);
    bool inside = false;
    for (const char *at = text_of(s); at < end;) {
        uint32_t c = utf8_decode(&at);
        bool upper = style == 'U' || (style == 'S' && is_lower(c)) ||
                     ((style == 'C' || style == 'T') && !inside);
        char text[4];
        inside = style == 'C' || is_alpha(c);
        if (c == 0xDF && (upper || style == 'F')) {
            buffer_add(&b, style == 'F' ? "ss" : style == 'U' || style == 'S' ? "SS" : "Ss", 2);
            continue;
        }
        buffer_add(&b, text, utf8_encode(upper ? to_upper(c) : to_lower(c), text));
    }
    return buffer_take(t, &b);
}
#define CASE_METHOD(name, style)                                                                   \
    BUILTIN(str_##name) {                                                                          \
        return change_case(t, SELF, style);                                                        \
    }
CASE_METHOD(upper, 'U')
CASE_METHOD(lower, 'L')
CASE_METHOD(swapcase, 'S')
CASE_METHOD(capitalize, 'C')
CASE_METHOD(title, 'T')
CASE_METHOD(casefold, 'F')

BUILTIN(str_istitle) {
    const char *end = text_of(SELF) + length_of(SELF);
    bool inside = false;
    bool any = false;
    for (const char *at = text_of(SELF); at < end;) {
        uint32_t c = utf8_decode(&at);
        if ((is_upper(c) && inside) || (is_lower(c) && !inside)) {
            return FALSE;
        }
        inside = is_upper(c) || is_lower(c);
        any |= inside;
    }
    return from_bool(any);
}

static bool is_alnum(uint32_t c) {
    return is_alpha(c) || is_numeric(c);
}
static value all_chars(value s, bool (*test)(uint32_t)) {
    const char *end = text_of(s) + length_of(s);
    for (const char *at = text_of(s); at < end;) {
        if (!test(utf8_decode(&at))) {
            return FALSE;
        }
    }
    return from_bool(length_of(s) > 0);
}
#define TEST_METHOD(name, test)                                                                    \
    BUILTIN(str_##name) {                                                                          \
        return all_chars(SELF, test);                                                              \
    }
TEST_METHOD(isalpha, is_alpha)
TEST_METHOD(isdigit, is_digit)
TEST_METHOD(isdecimal, is_decimal)
TEST_METHOD(isnumeric, is_numeric)
TEST_METHOD(isalnum, is_alnum)
TEST_METHOD(isspace, is_space)
BUILTIN(str_isidentifier) {
    const char *end = text_of(SELF) + length_of(SELF);
    bool fine = length_of(SELF) > 0;
    for (const char *at = text_of(SELF); at < end && fine;) {
        bool first = at == text_of(SELF);
        fine = is_in_name(utf8_decode(&at), first);
    }
    return from_bool(fine);
}
BUILTIN(str_isascii) {
    return from_bool(is_ascii(SELF));
}

/* Some cased letter, and none of the other case. */
static value one_case(value s, bool upper) {
    bool any = false;
    const char *end = text_of(s) + length_of(s);
    for (const char *at = text_of(s); at < end;) {
        uint32_t c = utf8_decode(&at);
        if (upper ? is_lower(c) : is_upper(c)) {
            return FALSE;
        }
        any |= upper ? is_upper(c) : is_lower(c);
    }
    return from_bool(any);
}
BUILTIN(str_isupper) {
    return one_case(SELF, true);
}
BUILTIN(str_islower) {
    return one_case(SELF, false);
}

static value justify(vm *t, const value *args, char align) {
    format_spec spec = {.fill = " ", .width = 0};
    int64_t width;
    if (!as_index(t, args[1], &width, true)) {
        return NIL;
    }
    if (args[2] != NIL) {
        if (!is_str(args[2]) || char_count(args[2]) != 1) {
            return raise(t, T_TypeError, "The fill character must be exactly one character long");
        }
        memcpy(spec.fill, text_of(args[2]), length_of(args[2]) + 1);
    }
    spec.width = width < 0 ? 0 : width > INT32_MAX ? INT32_MAX : (int)width;
    buffer b = {0};
    format_pad(&b, &spec, "", text_of(SELF), length_of(SELF), char_count(SELF), align);
    return buffer_take(t, &b);
}
BUILTIN(str_ljust) {
    return justify(t, args, '<');
}
BUILTIN(str_rjust) {
    return justify(t, args, '>');
}
BUILTIN(str_center) {
    return justify(t, args, 'c');
}

static bool ends_line(uint32_t c) {
    return (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}
BUILTIN(str_splitlines) {
    int keepends = args[1] == NIL ? 0 : truth(t, args[1]);
    value into = list_new(t);
    const char *at = text_of(SELF);
    const char *end = at + length_of(SELF);
    while (into != NIL && at < end) {
        const char *stop = at;
        const char *next = at;
        while (stop < end && !ends_line(utf8_decode(&next))) {
            stop = next;
        }
        next += stop < end && *stop == '\r' && *next == '\n';
        if (!append_text(t, into, at, keepends == 1 ? next : stop)) {
            decref(t, into);
            return NIL;
        }
        at = next;
    }
    return into;
}

const builtin_def str_methods[] = {{"find", str_find, "self,sub|start,end,/"},
                                   {"rfind", str_rfind, "self,sub|start,end,/"},
                                   {"index", str_index_of, "self,sub|start,end,/"},
                                   {"rindex", str_rindex, "self,sub|start,end,/"},
                                   {"count", str_count, "self,sub|start,end,/"},
                                   {"startswith", str_startswith, "self,prefix|start,end,/"},
                                   {"endswith", str_endswith, "self,suffix|start,end,/"},
                                   {"strip", str_strip, "self|chars,/"},
                                   {"lstrip", str_lstrip, "self|chars,/"},
                                   {"rstrip", str_rstrip, "self|chars,/"},
                                   {"split", str_split, "self|sep,maxsplit"},
                                   {"join", str_join_method, "self,iterable"},
                                   {"replace", str_replace, "self,old,new|count,/"},
                                   {"upper", str_upper, "self"},
                                   {"lower", str_lower, "self"},
                                   {"casefold", str_casefold, "self"},
                                   {"swapcase", str_swapcase, "self"},
                                   {"capitalize", str_capitalize, "self"},
                                   {"title", str_title, "self"},
                                   {"isalpha", str_isalpha, "self"},
                                   {"isdigit", str_isdigit, "self"},
                                   {"isdecimal", str_isdecimal, "self"},
                                   {"isnumeric", str_isnumeric, "self"},
                                   {"isalnum", str_isalnum, "self"},
                                   {"isspace", str_isspace, "self"},
                                   {"isidentifier", str_isidentifier, "self"},
                                   {"isascii", str_isascii, "self"},
                                   {"isupper", str_isupper, "self"},
                                   {"istitle", str_istitle, "self"},
                                   {"islower", str_islower, "self"},
                                   {"ljust", str_ljust, "self,width|fillchar"},
                                   {"rjust", str_rjust, "self,width|fillchar"},
                                   {"center", str_center, "self,width|fillchar"},
                                   {"splitlines", str_splitlines, "self|keepends"},
                                   {0}};
