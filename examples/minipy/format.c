/* format.c: values as text: format(), f-strings, str.format and the % operator, which share one specification. */
#include <stdlib.h>

#include "object.h"

/* ---- the specification: [[fill]align][sign][#][0][width][group][.precision][type] ------------------ */

static bool bad_spec(vm *t) {
    (void)raise(t, T_ValueError, "Invalid format specifier");
    return false;
}

static const char *parse_number(const char *at, const char *end, int *number) {
    if (at < end && *at >= '0' && *at <= '9') {
        for (*number = 0; at < end && *at >= '0' && *at <= '9' && *number < 100000000; at++) {
            *number = *number * 10 + (*at - '0');
        }
    }
    return at;
}

bool format_parse(vm *t, const char *spec, size_t length, format_spec *into) {
    const char *end = spec + length;
    const char *next = spec;
    *into = (format_spec){.fill = " ", .width = -1, .precision = -1};
    if (spec < end) {
        (void)utf8_decode(&next);
    }
    if (next < end && strchr("<>=^", *next) != NULL) {
        memset(into->fill, 0, sizeof into->fill);
        memcpy(into->fill, spec, (size_t)(next - spec));
        into->align = *next;
        spec = next + 1;
    } else if (spec < end && strchr("<>=^", *spec) != NULL) {
        into->align = *spec++;
    }
    if (spec < end && strchr("+- ", *spec) != NULL) {
        into->sign = *spec++;
    }
    if (spec < end && *spec == '#') {
        into->alternate = true;
        spec++;
    }
    if (spec < end && *spec == '0') {
        into->zero = true;
        if (into->align == 0) {
            memcpy(into->fill, "0", 2);
            into->align = '=';
        }
        spec++;
    }
    spec = parse_number(spec, end, &into->width);
    if (spec < end && (*spec == ',' || *spec == '_')) {
        into->group = *spec++;
    }
    if (spec < end && *spec == '.') {
        const char *digits = ++spec;
        spec = parse_number(spec, end, &into->precision);
        if (spec == digits) {
            (void)raise(t, T_ValueError, "Format specifier missing precision");
            return false;
        }
    }
    if (spec < end) {
        into->type = *spec++;
    }
    return spec == end || bad_spec(t);
}

/* prefix (a sign, 0x) and body, filled to the width. `align` if the specification has none; 'c': as str.center. */
void format_pad(buffer *b, const format_spec *spec, const char *prefix, const char *body,
                size_t length, size_t chars, char align) {
    size_t have = strlen(prefix) + chars;
    size_t more = spec->width > 0 && (size_t)spec->width > have ? (size_t)spec->width - have : 0;
    char how = (char)(spec->align != 0 ? spec->align : align);
    size_t left = how == '>'   ? more
                  : how == '^' ? more / 2
                  : how == 'c' ? more / 2 + (more & (size_t)spec->width & 1)
                               : 0;
    size_t size = strlen(spec->fill);
    buffer_fill(b, spec->fill, size, left);
    buffer_add(b, prefix, strlen(prefix));
    if (how == '=') {
        buffer_fill(b, spec->fill, size, more);
        more = 0;
    }
    buffer_add(b, body, length);
    buffer_fill(b, spec->fill, size, more - left);
}

/* ---- numbers ------------------------------------------------------------------------------------- */

/* Digits with a separator every `every`; zeros in front up to `width` if the number is filled with them. */
static void group_digits(buffer *b, const char *digits, size_t count, char group, size_t every,
                         size_t width) {
    while (count + (count - 1) / every < width) {
        /* One digit more, and maybe its separator: the result may be one longer than the width. */
        size_t zeros = width - count - (count - 1) / every;
        size_t add = zeros - zeros / (every + 1);
        buffer padded = {0};
        buffer_fill(&padded, "0", 1, add > 0 ? add : 1);
        buffer_add(&padded, digits, count);
        group_digits(b, padded.text, padded.length, group, every, 0);
        buffer_drop(&padded);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % every == 0) {
            buffer_add(b, &group, 1);
        }
        buffer_add(b, digits + i, 1);
    }
}

/* Puts together: sign, prefix, the digits before the point (grouped), the rest. */
static value finish_number(vm *t, const format_spec *spec, bool negative, const char *base,
                           const char *digits, size_t whole, size_t length, size_t every) {
    char prefix[8];
    (void)snprintf(prefix, sizeof prefix, "%s%s",
                   negative            ? "-"
                   : spec->sign == '+' ? "+"
                   : spec->sign == ' ' ? " "
                                       : "",
                   base);
    buffer body = {0};
    if (spec->group != 0) {
        size_t taken = strlen(prefix) + (length - whole);
        bool zeros = spec->zero && spec->align == '=' && spec->width > (int)taken;
        group_digits(&body, digits, whole, spec->group, every,
                     zeros ? (size_t)spec->width - taken : 0);
        buffer_add(&body, digits + whole, length - whole);
    } else {
        buffer_add(&body, digits, length);
    }
    buffer all = {0};
    format_pad(&all, spec, prefix, body.text, body.length, body.length, '>');
    buffer_drop(&body);
    return buffer_take(t, &all);
}

/* Behind what is there; there is room. */
static void append(char *text, const char *more) {
    memcpy(text + strlen(text), more, strlen(more) + 1);
}

static value format_double(vm *t, double number, const format_spec *spec) {
    char type = spec->type;
    bool percent = type == '%';
    char *text = NULL;
    char shortest[48];
    size_t room = 0;
    double positive = fabs(number);
    if (type != 0 && strchr("eEfFgGn%", type) == NULL) {
        return raise(t, T_ValueError, "Unknown format code '%c' for object of type 'float'", type);
    }
    if ((type == 0 && spec->precision < 0) || !isfinite(number)) {
        float_repr_into(shortest, positive);
        text = (char *)grow_array(NULL, sizeof shortest, &room, 1);
        memcpy(text, shortest, sizeof shortest);
        if (type == 'E' || type == 'F' || type == 'G') {
            for (char *c = text; *c != '\0'; c++) {
                *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
            }
        }
        if (percent) {
            append(text, "%");
        }
    } else {
        char pattern[8];
        int precision = spec->precision < 0 ? 6 : spec->precision;
        bool general = type == 0 || type == 'n';
        (void)snprintf(pattern, sizeof pattern, "%%%s.*%c", spec->alternate ? "#" : "",
                       general   ? 'g'
                       : percent ? 'f'
                                 : type);
        text = (char *)grow_array(NULL, (size_t)precision + 340, &room, 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(text, room, pattern, precision + (general && precision == 0),
                       percent ? positive * 100 : positive);
#pragma GCC diagnostic pop
        if (type == 0 && strpbrk(text, ".e") == NULL) {
            /* As repr: at least one digit after the point, unless there is no room for it. */
            append(text, (int)strlen(text) >= precision && precision > 0 ? "e+" : ".0");
            char *e = strstr(text, "e+");
            if (e != NULL) { /* 12.0 with .2: 1.2e+01 */
                (void)snprintf(text, room, "%.*e", precision - 1, positive);
                char *exponent = strchr(text, 'e');
                char *last = exponent;
                while (last[-1] == '0' && strchr(text, '.') != NULL) {
                    last--;
                }
                last -= last[-1] == '.';
                memmove(last, exponent, strlen(exponent) + 1);
            }
        }
        if (percent) {
            append(text, "%");
        }
    }
    size_t whole = strspn(text, "0123456789");
    value result =
        finish_number(t, spec, signbit(number) && !isnan(number), "", text, whole, strlen(text), 3);
    free(text);
    return result;
}

static value format_integer(vm *t, value v, const format_spec *spec) {
    char type = (char)(spec->type == 0 ? 'd' : spec->type);
    if (strchr("eEfFgG%", type) != NULL) {
        double number;
        return as_double(t, v, &number) ? format_double(t, number, spec) : NIL;
    }
    if (strchr("bcdoxXn", type) == NULL) {
        return raise(t, T_ValueError, "Unknown format code '%c' for object of type 'int'", type);
    }
    if (spec->precision >= 0) {
        return raise(t, T_ValueError, "Precision not allowed in integer format specifier");
    }
    if (type == 'c') {
        int64_t c;
        if (!as_index(t, v, &c, false)) {
            return NIL;
        }
        value made = str_char(t, (uint32_t)c);
        buffer b = {0};
        format_pad(&b, spec, "", text_of(made), length_of(made), 1, '<');
        decref(t, made);
        return buffer_take(t, &b);
    }
    int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    value digits = int_to_str(t, v, base);
    if (digits == NIL) {
        return NIL;
    }
    bool negative = *text_of(digits) == '-';
    buffer b = {0};
    buffer_add_str(&b, digits);
    for (size_t i = 0; type == 'X' && i < b.length; i++) {
        b.text[i] = (char)(b.text[i] >= 'a' ? b.text[i] - 32 : b.text[i]);
    }
    char prefix[3] = {'0', type, '\0'};
    size_t count = length_of(digits) - negative;
    value result = finish_number(t, spec, negative, spec->alternate && base != 10 ? prefix : "",
                                 b.text + negative, count, count, base == 10 ? 3 : 4);
    buffer_drop(&b);
    decref(t, digits);
    return result;
}

static value format_str(vm *t, value s, const format_spec *spec) {
    if (spec->type != 0 && spec->type != 's') {
        return raise(t, T_ValueError, "Unknown format code '%c' for object of type 'str'",
                     spec->type);
    }
    if (spec->sign != 0) {
        return raise(t, T_ValueError, "%s not allowed in string format specifier",
                     spec->sign == ' ' ? "Space" : "Sign");
    }
    if (spec->alternate) {
        return raise(t, T_ValueError, "Alternate form (#) not allowed in string format specifier");
    }
    if (spec->group != 0) {
        return raise(t, T_ValueError, "Cannot specify '%c' with 's'.", spec->group);
    }
    if (spec->align == '=' && !spec->zero) {
        return raise(t, T_ValueError, "'=' alignment not allowed in string format specifier");
    }
    format_spec how = *spec;
    how.align = (char)(how.align == '=' ? '<' : how.align);
    size_t chars = char_count(s);
    if (spec->precision >= 0 && (size_t)spec->precision < chars) {
        chars = (size_t)spec->precision;
    }
    buffer b = {0};
    format_pad(&b, &how, "", text_of(s), utf8_offset(s, chars), chars, '<');
    return buffer_take(t, &b);
}

value format_value(vm *t, value v, value spec) {
    if (spec == NIL || length_of(spec) == 0) {
        if (is_str(v)) {
            return keep(t, v);
        }
        if (!is_a(v, T_OBJECT)) {
            return to_str(t, v);
        }
    }
    value given = spec == NIL ? t->rt->empty_str : spec;
    value made = is_a(v, T_OBJECT) ? try_special(t, v, NAME(format), 1, &given) : NIL;
    if (made != NIL || t->raised != NIL) {
        return made;
    }
    if (length_of(given) == 0) {
        return to_str(t, v);
    }
    format_spec how;
    if (!format_parse(t, text_of(given), length_of(given), &how)) {
        return NIL;
    }
    if (is_str(v)) {
        return format_str(t, v, &how);
    }
    if ((v == TRUE || v == FALSE) && (how.type == 0 || how.type == 's')) {
        if (how.type == 's') {
            return raise(t, T_ValueError, "Unknown format code 's' for object of type 'bool'");
        }
        return format_integer(t, v, &how);
    }
    if (is_float(v)) {
        return format_double(t, float_of(v), &how);
    }
    if (is_integer(v)) {
        return format_integer(t, v, &how);
    }
    return raise(t, T_TypeError, "unsupported format string passed to %s.__format__",
                 type_name(t, v));
}

/* ---- the % operator ------------------------------------------------------------------------------ */

typedef struct percent_args {
    value args; /* a tuple, or the one argument */
    size_t next;
    bool single;
} percent_args;

static value next_argument(vm *t, percent_args *from) {
    size_t size = from->single ? 1 : AS(tuple, from->args)->size;
    if (from->next >= size) {
        return raise(t, T_TypeError, "not enough arguments for format string");
    }
    size_t at = from->next++;
    return keep(t, from->single ? from->args : AS(tuple, from->args)->items[at]);
}

/* Text, filled with spaces: flags for numbers do not count. */
static value percent_text(vm *t, const format_spec *spec, value text) {
    format_spec how = {.fill = " ",
                       .align = spec->align == '<' ? '<' : '>',
                       .width = spec->width,
                       .precision = spec->precision};
    return format_str(t, text, &how);
}

/* Whether %c takes it; else raised. */
static bool is_char(vm *t, value v) {
    int64_t c;
    if (is_str(v) || is_float(v) || !as_index(t, v, &c, true)) {
        forget_raised(t);
        (void)raise(t, T_TypeError, "%%c requires int or char");
        return false;
    }
    if (c < 0 || c > 0x10FFFF) {
        (void)raise(t, T_OverflowError, "%%c arg not in range(0x110000)");
        return false;
    }
    return true;
}

/* With a precision: so many digits, zeros in front. */
static value percent_integer(vm *t, format_spec *spec, value whole) {
    int digits = spec->precision;
    spec->precision = -1;
    if (digits < 0) {
        return format_integer(t, whole, spec);
    }
    format_spec inner = {.fill = "0",
                         .align = '=',
                         .sign = spec->sign,
                         .type = spec->type,
                         .width = digits,
                         .precision = -1,
                         .alternate = spec->alternate};
    bool sign = number_compare(whole, from_int32(0)) < 0 || spec->sign != 0;
    inner.width += sign + (spec->alternate ? 2 : 0);
    value text = format_integer(t, whole, &inner);
    value made = text != NIL ? percent_text(t, spec, text) : NIL;
    drop(t, text);
    return made;
}

/* One conversion; `v` is its argument, `at` where its type is. */
static value percent_one(vm *t, format_spec *spec, value v, size_t at) {
    char type = spec->type;
    if (type == 's' || type == 'r' || type == 'a') {
        value text = type == 's' ? to_str(t, v) : type == 'r' ? to_repr(t, v) : to_ascii(t, v);
        value made = text != NIL ? percent_text(t, spec, text) : NIL;
        drop(t, text);
        return made;
    }
    if (type == 'c' && is_str(v) && char_count(v) == 1) {
        spec->precision = -1;
        return percent_text(t, spec, v);
    }
    if (type == 'c' && !is_char(t, v)) {
        return NIL;
    }
    if (strchr("eEfFgG", type) != NULL) {
        double number;
        if (!is_number(v) && !is_a(v, T_OBJECT)) {
            return raise(t, T_TypeError, "must be real number, not %s", type_name(t, v));
        }
        spec->precision = spec->precision < 0 ? 6 : spec->precision;
        return as_double(t, v, &number) ? format_double(t, number, spec) : NIL;
    }
    if (strchr("diuxXoc", type) == NULL) {
        return raise(t, T_ValueError, "unsupported format character '%c' (0x%x) at index %zu", type,
                     type, at);
    }
    if (!is_number(v) || (is_float(v) && type != 'd' && type != 'i' && type != 'u')) {
        return raise(t, T_TypeError, "%%%c format: %s is required, not %s", type,
                     type == 'x' || type == 'X' || type == 'o' ? "an integer" : "a real number",
                     type_name(t, v));
    }
    spec->type = (char)(type == 'i' || type == 'u' ? 'd' : type);
    value whole = is_float(v) ? int_from_double(t, float_of(v)) : keep(t, v);
    value made = whole != NIL ? percent_integer(t, spec, whole) : NIL;
    drop(t, whole);
    return made;
}

/* `(key)`: its value. */
static value percent_key(vm *t, const char **at, const char *end, percent_args *from) {
    const char *close = memchr(*at, ')', (size_t)(end - *at));
    if (close == NULL) {
        return raise(t, T_ValueError, "incomplete format key");
    }
    if (!is_kind(from->args, T_DICT)) {
        return raise(t, T_TypeError, "format requires a mapping");
    }
    value key = str_new(t, *at + 1, (size_t)(close - *at - 1));
    value argument = key != NIL ? subscript(t, from->args, key) : NIL;
    drop(t, key);
    from->next = 1;
    *at = close + 1;
    return argument;
}

static void percent_flags(const char **at, const char *end, format_spec *spec) {
    for (; *at < end && strchr("-+ #0", **at) != NULL; ++*at) {
        char flag = **at;
        spec->align = (char)(flag == '-' ? '<' : spec->align);
        spec->sign = (char)(flag == '+' || (flag == ' ' && spec->sign == 0) ? flag : spec->sign);
        spec->alternate |= flag == '#';
        spec->zero |= flag == '0';
    }
    if (spec->zero && spec->align == 0) {
        memcpy(spec->fill, "0", 2);
        spec->align = '=';
    }
}

/* Digits, or `*`: an argument. */
static bool percent_field(vm *t, const char **at, const char *end, percent_args *from, int *field) {
    if (*at >= end || **at != '*') {
        *at = parse_number(*at, end, field);
        return true;
    }
    int64_t number = 0;
    value star = next_argument(t, from);
    bool good = star != NIL && as_index(t, star, &number, true);
    drop(t, star);
    if (!good) {
        return false;
    }
    *field = (int)number;
    ++*at;
    return true;
}

/* What is behind a '%', up to its type. NIL: raised, or (*at)[-1] is the second '%'. */
static value percent_spec(vm *t, const char **at, const char *end, percent_args *from,
                          format_spec *spec) {
    value argument = NIL;
    *spec = (format_spec){.fill = " ", .width = -1, .precision = -1};
    if (*at < end && **at == '(') {
        argument = percent_key(t, at, end, from);
        if (argument == NIL) {
            return NIL;
        }
    }
    percent_flags(at, end, spec);
    bool good = *at >= end || percent_field(t, at, end, from, &spec->width);
    if (good && *at < end && **at == '.') {
        ++*at;
        spec->precision = 0;
        good = percent_field(t, at, end, from, &spec->precision);
    }
    if (!good || *at >= end) {
        drop(t, argument);
        return good ? raise(t, T_ValueError, "incomplete format") : NIL;
    }
    spec->type = *(*at)++;
    if (spec->type == '%') {
        drop(t, argument);
        return keep(t, NONE);
    }
    return argument != NIL ? argument : next_argument(t, from);
}

value str_percent(vm *t, value format, value args) {
    percent_args from = {.args = args, .single = !is_kind(args, T_TUPLE)};
    buffer b = {0};
    const char *at = text_of(format);
    const char *end = at + length_of(format);
    while (at < end) {
        const char *sign = memchr(at, '%', (size_t)(end - at));
        buffer_add(&b, at, (size_t)((sign != NULL ? sign : end) - at));
        if (sign == NULL) {
            break;
        }
        at = sign + 1;
        format_spec spec;
        value argument = percent_spec(t, &at, end, &from, &spec);
        value text = NIL;
        if (argument != NIL) {
            text = spec.type == '%'
                       ? str_of(t, "%")
                       : percent_one(t, &spec, argument, (size_t)(at - text_of(format)) - 1);
        }
        drop(t, argument);
        if (text == NIL) {
            buffer_drop(&b);
            return NIL;
        }
        buffer_add_str(&b, text);
        decref(t, text);
    }
    size_t size = from.single ? !is_kind(args, T_DICT) : AS(tuple, args)->size;
    if (from.next < size) {
        buffer_drop(&b);
        return raise(t, T_TypeError, "not all arguments converted during string formatting");
    }
    return buffer_take(t, &b);
}
