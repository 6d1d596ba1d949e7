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
