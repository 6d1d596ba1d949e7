/* lexer.c: text to tokens, with the indentation as tokens; and the strings that tokens mean. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

#include "ast.h"

/* ---- memory -------------------------------------------------------------------------------------- */

void *arena_new(arena *a, size_t size) {
    a->blocks =
        (void **)grow_array((void *)a->blocks, a->block_count, &a->block_room, sizeof(void *));
    size_t room = 0;
    void *made = grow_array(NULL, size, &room, 1);
    memset(made, 0, size);
    a->blocks[a->block_count++] = made;
    return made;
}

value arena_keep(arena *a, value v) {
    if (v != NIL) {
        a->values = (value *)grow_array(a->values, a->value_count, &a->value_room, sizeof(value));
        a->values[a->value_count++] = v;
    }
    return v;
}

void arena_end(arena *a) {
    for (size_t i = 0; i < a->block_count; i++) {
        free(a->blocks[i]);
    }
    for (size_t i = 0; i < a->value_count; i++) {
        decref(a->t, a->values[i]);
    }
    free((void *)a->blocks);
    free(a->values);
}

node *node_new(arena *a, enum node_kind kind, location at) {
    node *n = (node *)arena_new(a, sizeof *n);
    n->kind = kind;
    n->at = at;
    n->at.mark = -1;
    return n;
}

void nodes_add(arena *a, nodes *list, node *item) {
    if (list->count == list->room) {
        size_t room = list->room * 2 + 4;
        node **items = (node **)arena_new(a, room * sizeof(node *));
        memcpy((void *)items, (const void *)(list->items != NULL ? list->items : items),
               list->count * sizeof(node *));
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}

/* ---- errors -------------------------------------------------------------------------------------- */

/* A column in characters, from 1. */
static value column_of(const char *line, int bytes) {
    int count = 1;
    for (int i = 0; line != NULL && i < bytes && line[i] != '\0'; i++) {
        count += ((unsigned char)line[i] & 0xC0U) != 0x80;
    }
    return from_int32(bytes < 0 ? 0 : line != NULL ? count : bytes + 1);
}

/* The line that an error is shown in; `at` becomes a place in it. */
static value error_line(source *s, location *at) {
    if (s->inner != NULL) { /* shown by itself, in parentheses */
        at->line = at->end_line = 1;
        at->column -= s->inner_column - 1;
        at->end_column -= s->inner_column - 1;
        return str_format(s->t, "(%.*s)", (int)s->inner_length, s->inner);
    }
    const char *line = s->text;
    for (int i = 1; i < at->line && line != NULL; i++) {
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return line != NULL ? str_new(s->t, line, strcspn(line, "\r\n")) : NONE;
}

void syntax_error_of(source *s, unsigned type, const location *place, const char *message) {
    vm *t = s->t;
    if (s->failed) {
        return;
    }
    s->failed = true;
    location at = *place;
    value shown = error_line(s, &at);
    const char *line = is_str(shown) ? text_of(shown) : NULL;
    int end = at.end_line > at.line && line != NULL ? (int)length_of(shown) : at.end_column;
    value where[5] = {str_of(t, s->filename), from_int32(at.line), column_of(line, at.column),
                      shown, column_of(line, end)};
    value args[2] = {str_of(t, message), tuple_of(t, 5, where)};
    value e = exception_new(t, t->rt->classes[type], 2, args);
    decref(t, args[0]);
    decref(t, args[1]);
    decref(t, where[0]);
    drop(t, shown);
    if (e != NIL) {
        (void)raise_object(t, e);
    }
}

void syntax_error(source *s, const location *at, const char *format, ...) {
    char text[256];
    size_t prefix = s->inner != NULL ? strlen(strcpy(text, "f-string: ")) : 0;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + prefix, sizeof text - prefix, format, arguments);
    va_end(arguments);
    syntax_error_of(s, T_SyntaxError, at, text);
}

/* ---- tokens -------------------------------------------------------------------------------------- */

enum { DEPTH = 200 };

typedef struct lexer {
    source *s;
    const char *at, *end, *line_start;
    int line;
    int indents[DEPTH];
    int narrow
        [DEPTH]; /* the same with tabs as one column: whether tabs and spaces are mixed consistently */
    unsigned indent_count;
    struct {
        char bracket;
        location at;
    } open[DEPTH];
    unsigned open_count;
    bool inside; /* an f-string */
} lexer;

static location here(const lexer *l, const char *from, const char *to) {
    int column = (int)(from - l->line_start);
    return (location){l->line, column, l->line, (int)(to - l->line_start), -1, -1};
}

static token *add(lexer *l, int kind, const char *from, const char *to) {
    source *s = l->s;
    s->tokens = (token *)grow_array(s->tokens, s->count, &s->room, sizeof(token));
    s->tokens[s->count] = (token){kind, from, (size_t)(to - from), here(l, from, to)};
    return &s->tokens[s->count++];
}

static bool is_name_char(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static void next_line(lexer *l, const char *at) {
    l->line++;
    l->line_start = at;
}

/* The indentation of a new line; false: an error, or the line is empty. */
static bool lex_indent(lexer *l) {
    int column = 0;
    int narrow = 0;
    const char *from = l->at;
    for (; l->at < l->end && (*l->at == ' ' || *l->at == '\t' || *l->at == '\f'); l->at++) {
        column = *l->at == '\t' ? (column / 8 + 1) * 8 : *l->at == ' ' ? column + 1 : 0;
        narrow = *l->at == '\f' ? 0 : narrow + 1;
    }
    if (l->at >= l->end || *l->at == '\n' || *l->at == '\r' || *l->at == '#') {
        return false;
    }
    location at = here(l, from, l->at);
    bool consistent = true;
    if (column > l->indents[l->indent_count - 1]) {
        if (l->indent_count == DEPTH) {
            syntax_error_of(l->s, T_IndentationError, &at, "too many levels of indentation");
            return false;
        }
        consistent = narrow > l->narrow[l->indent_count - 1];
        l->narrow[l->indent_count] = narrow;
        l->indents[l->indent_count++] = column;
        (void)add(l, K_INDENT, from, l->at);
    }
    while (column < l->indents[l->indent_count - 1]) {
        l->indent_count--;
        (void)add(l, K_DEDENT, l->at, l->at);
    }
    consistent = consistent && narrow >= l->narrow[l->indent_count - 1];
    if (column != l->indents[l->indent_count - 1]) {
        const char *line_end = memchr(l->at, '\n', (size_t)(l->end - l->at));
        at = here(l, line_end != NULL ? line_end : l->end, l->end);
        at.end_column = at.column;
        syntax_error_of(l->s, T_IndentationError, &at,
                        "unindent does not match any outer indentation level");
    } else if (!consistent) {
        at.column = at.end_column = -1; /* no mark */
        syntax_error_of(l->s, T_TabError, &at,
                        "inconsistent use of tabs and spaces in indentation");
    }
    return true;
}

/* From the quote on; the prefix has been passed. */
static void lex_string(lexer *l, const char *from) {
    char quote = *l->at;
    bool triple = l->end - l->at >= 3 && l->at[1] == quote && l->at[2] == quote;
    int line = l->line;
    const char *line_start = l->line_start;
    l->at += triple ? 3 : 1;
    for (;; l->at++) {
        if (l->at >= l->end || (!triple && *l->at == '\n')) {
            int last = l->line - (l->at >= l->end && l->at > from && l->at[-1] == '\n');
            l->line = line;
            l->line_start = line_start;
            location at = here(l, from, from);
            syntax_error(l->s, &at, "unterminated %sstring literal (detected at line %d)",
                         triple ? "triple-quoted " : "", last);
            return;
        }
        if (*l->at == '\\' && l->at + 1 < l->end) {
            l->at++;
            if (*l->at == '\n') {
                next_line(l, l->at + 1);
            }
        } else if (*l->at == '\n') {
            next_line(l, l->at + 1);
        } else if (*l->at == quote && (!triple || (l->at[1] == quote && l->at[2] == quote))) {
            break;
        }
    }
    l->at += triple ? 3 : 1;
    token *k = add(l, K_STRING, from, l->at);
    k->at.line = line;
    k->at.column = (int)(from - line_start);
}

static void bad_number(lexer *l, const char *what) {
    location at = here(l, l->at - 1, l->at);
    syntax_error(l->s, &at, "invalid %s literal", what);
}

/* Digits with single underscores between them; false: an error. */
static bool lex_digits(lexer *l, int base, const char *what) {
    for (;;) {
        const char *from = l->at;
        while (base == 16 ? isxdigit((unsigned char)*l->at) != 0
                          : *l->at >= '0' && *l->at < '0' + base) {
            l->at++;
        }
        if (l->at > from && *l->at == '_') {
            l->at++;
            continue;
        }
        if (base < 10 && isdigit((unsigned char)*l->at)) {
            location at = here(l, l->at, l->at + 1);
            syntax_error(l->s, &at, "invalid digit '%c' in %s literal", *l->at, what);
            return false;
        }
        if (l->at == from) {
            bad_number(l, what);
            return false;
        }
        return true;
    }
}

/* Nothing that could be a name stands behind a number, but for some keywords: 1if x else y. */
static void number_ends(lexer *l, const char *what) {
    static const char *const WORDS[] = {"and", "else", "for", "if", "in", "is", "not", "or"};
    if (!is_name_char(*l->at)) {
        return;
    }
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strncmp(l->at, WORDS[i], strlen(WORDS[i])) == 0) {
            return;
        }
    }
    bad_number(l, what);
}

/* What may follow the digits in front of the point. False: an error. */
static bool lex_fraction(lexer *l, const char **what) {
    if (*l->at == '.') {
        l->at++;
        if (isdigit((unsigned char)*l->at) && !lex_digits(l, 10, "decimal")) {
            return false;
        }
    }
    if (*l->at == 'e' || *l->at == 'E') {
        const char *digits = l->at + 1 + (l->at[1] == '+' || l->at[1] == '-');
        if (isdigit((unsigned char)*digits)) {
            l->at = digits;
            if (!lex_digits(l, 10, "decimal")) {
                return false;
            }
        }
    }
    if (*l->at == 'j' || *l->at == 'J') {
        l->at++;
        *what = "imaginary";
    }
    return true;
}

/* Texts end with a zero byte: no look needs the end. */
static void lex_number(lexer *l) {
    const char *from = l->at;
    const char *what = "decimal";
    char kind = (char)(*from == '0' ? tolower((unsigned char)from[1]) : 0);
    if (kind == 'x' || kind == 'o' || kind == 'b') {
        what = kind == 'x' ? "hexadecimal" : kind == 'o' ? "octal" : "binary";
        l->at += 2;
        l->at += *l->at == '_';
        if (!lex_digits(l, kind == 'x' ? 16 : kind == 'o' ? 8 : 2, what)) {
            return;
        }
    } else {
        if (*from != '.' && !lex_digits(l, 10, what)) {
            return;
        }
        const char *zeros = from + strspn(from, "0_");
        bool leading = *from == '0' && zeros < l->at;
        const char *whole = l->at;
        if (!lex_fraction(l, &what)) {
            return;
        }
        if (leading && l->at == whole) {
            location at = here(l, from, zeros);
            syntax_error(l->s, &at,
                         "leading zeros in decimal integer literals are not permitted; use an 0o "
                         "prefix for octal integers");
            return;
        }
    }
    number_ends(l, what);
    (void)add(l, K_NUMBER, from, l->at);
}

static void lex_bracket(lexer *l, char c) {
    location at = here(l, l->at, l->at + 1);
    if (strchr("([{", c) != NULL) {
        if (l->open_count == DEPTH) {
            syntax_error(l->s, &at, "too many nested parentheses");
            return;
        }
        l->open[l->open_count].bracket = c;
        l->open[l->open_count++].at = at;
        return;
    }
    if (l->open_count == 0) {
        syntax_error(l->s, &at, "unmatched '%c'", c);
        return;
    }
    char before = l->open[--l->open_count].bracket;
    int line = l->open[l->open_count].at.line;
    if (c != (before == '(' ? ')' : before == '[' ? ']' : '}')) {
        if (line == l->line) {
            syntax_error(l->s, &at,
                         "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                         before);
        } else {
            syntax_error(
                l->s, &at,
                "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
                before, line);
        }
    }
}

static void lex_operator(lexer *l) {
    static const char *const LONG[] = {"**=", "//=", ">>=", "<<=", "...", "**", "//", ">>",
                                       "<<",  "<=",  ">=",  "==",  "!=",  "->", "+=", "-=",
                                       "*=",  "/=",  "%=",  "&=",  "|=",  "^=", "@=", ":="};
    size_t size = 1;
    for (size_t i = 0; i < sizeof LONG / sizeof *LONG && size == 1; i++) {
        size_t length = strlen(LONG[i]);
        if ((size_t)(l->end - l->at) >= length && memcmp(l->at, LONG[i], length) == 0) {
            size = length;
        }
    }
    char c = *l->at;
    if (size == 1 && strchr("()[]{}", c) != NULL) {
        lex_bracket(l, c);
    } else if (size == 1 && strchr("+-*/%&|^~<>=.,:;@", c) == NULL && !(l->inside && c == '!')) {
        location at = here(l, l->at, l->at + 1);
        if (isprint((unsigned char)c)) {
            syntax_error(l->s, &at, "invalid syntax");
        } else {
            syntax_error(l->s, &at, "invalid non-printable character U+%04X", (unsigned)c);
        }
    }
    (void)add(l, K_OP, l->at, l->at + size);
    l->at += size;
}

/* Whether all that was taken for a name, up to here, may stand in one. */
static void check_name(lexer *l, const char *from) {
    for (const char *at = from; at < l->at;) {
        const char *next = at;
        uint32_t c = utf8_decode(&next);
        if (!is_in_name(c, at == from)) {
            location place = here(l, at, next);
            if (is_space(c) || c < 0xA0 || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
                c == 0xFEFF) {
                syntax_error(l->s, &place, "invalid non-printable character U+%04X", (unsigned)c);
            } else {
                syntax_error(l->s, &place, "invalid character '%.*s' (U+%04X)", (int)(next - at),
                             at, (unsigned)c);
            }
            return;
        }
        at = next;
    }
}

static void lex_token(lexer *l) {
    char c = *l->at;
    if (isdigit((unsigned char)c) ||
        (c == '.' && l->end - l->at > 1 && isdigit((unsigned char)l->at[1]))) {
        lex_number(l);
        return;
    }
    if (c == '"' || c == '\'') {
        lex_string(l, l->at);
        return;
    }
    if (!is_name_char(c)) {
        lex_operator(l);
        return;
    }
    const char *from = l->at;
    bool ascii = true;
    while (l->at < l->end && is_name_char(*l->at)) {
        ascii &= (unsigned char)*l->at++ < 128;
    }
    if (l->at < l->end && (*l->at == '"' || *l->at == '\'') && l->at - from <= 2 &&
        strspn(from, "rRbBfFuU") >= (size_t)(l->at - from)) {
        lex_string(l, from);
        return;
    }
    if (!ascii) {
        check_name(l, from);
    }
    (void)add(l, K_NAME, from, l->at);
}

/* A line's end: a token, unless it is inside brackets or the line is empty. */
static void lex_newline(lexer *l, bool *line_begins) {
    if (l->open_count == 0 && !*line_begins && !l->inside) {
        (void)add(l, K_NEWLINE, l->at, l->at);
        *line_begins = true;
    }
    if (l->at < l->end) {
        l->at++;
        next_line(l, l->at);
    }
}

bool tokenize(source *s, const char *text, size_t length, const location *inside) {
    lexer l = {.s = s,
               .at = text,
               .end = text + length,
               .line_start = inside != NULL ? text - inside->column : text,
               .line = inside != NULL ? inside->line : 1,
               .indent_count = 1,
               .inside = inside != NULL};
    bool line_begins = inside == NULL;
    if (inside == NULL && length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        l.at += 3;
    }
    while (l.at < l.end && !s->failed) {
        if (line_begins && l.open_count == 0 && lex_indent(&l)) {
            line_begins = false;
            continue;
        }
        char c = *l.at;
        if (c == '#') {
            while (l.at < l.end && *l.at != '\n') {
                l.at++;
            }
        } else if (c == '\n') {
            lex_newline(&l, &line_begins);
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
            l.at++;
        } else if (c == '\\' && l.at + 1 < l.end && (l.at[1] == '\n' || l.at[1] == '\r')) {
            l.at += l.at[1] == '\r' ? 3 : 2;
            next_line(&l, l.at);
        } else {
            line_begins = false;
            lex_token(&l);
        }
    }
    if (l.open_count > 0) {
        syntax_error(s, &l.open[l.open_count - 1].at, "'%c' was never closed",
                     l.open[l.open_count - 1].bracket);
    }
    if (!line_begins && inside == NULL) {
        (void)add(&l, K_NEWLINE, l.at, l.at);
    }
    while (l.indent_count-- > 1) {
        (void)add(&l, K_DEDENT, l.at, l.at);
    }
    (void)add(&l, K_END, l.at, l.at);
    return !s->failed;
}

/* ---- strings ------------------------------------------------------------------------------------- */

string_parts string_split(const token *k) {
    string_parts parts = {.text = k->text, .length = k->length};
    while (*parts.text != '"' && *parts.text != '\'') {
        char c = (char)tolower((unsigned char)*parts.text);
        parts.raw |= c == 'r';
        parts.format |= c == 'f';
        parts.bytes |= c == 'b';
        parts.text++;
        parts.length--;
    }
    parts.triple =
        parts.length >= 6 && parts.text[1] == *parts.text && parts.text[2] == *parts.text;
    parts.text += parts.triple ? 3 : 1;
    parts.length -= parts.triple ? 6 : 2;
    return parts;
}

/* A number after a backslash; false: it does not have as many digits. */
static bool escape_number(const char **at, const char *end, int digits, int base,
                          uint32_t *number) {
    char text[9] = {0};
    int count = 0;
    while (count < digits && *at < end &&
           (base == 16 ? isxdigit((unsigned char)**at) != 0 : **at >= '0' && **at <= '7')) {
        text[count++] = *(*at)++;
    }
    *number = (uint32_t)strtoul(text, NULL, base);
    return base == 8 ? count > 0 : count == digits;
}

value unescape(source *s, const char *text, size_t length, bool raw, const location *at) {
    vm *t = s->t;
    if (raw || memchr(text, '\\', length) == NULL) {
        return arena_keep(s->arena, str_new(t, text, length));
    }
    buffer b = {0};
    const char *end = text + length;
    static const char FROM[] = "\\'\"abfnrtv";
    static const char TO[] = "\\'\"\a\b\f\n\r\t\v";
    while (text < end) {
        if (*text != '\\') {
            buffer_add(&b, text++, 1);
            continue;
        }
        char c = *++text;
        const char *known = c != '\0' ? strchr(FROM, c) : NULL;
        uint32_t number;
        char encoded[4];
        if (known != NULL) {
            buffer_add(&b, &TO[known - FROM], 1);
            text++;
        } else if (c == '\n') {
            text++;
        } else if (c >= '0' && c <= '7') {
            (void)escape_number(&text, end, 3, 8, &number);
            buffer_add(&b, encoded, utf8_encode(number, encoded));
        } else if (c == 'x' || c == 'u' || c == 'U') {
            text++;
            if (!escape_number(&text, end,
                               c == 'x'   ? 2
                               : c == 'u' ? 4
                                          : 8,
                               16, &number) ||
                number > 0x10FFFF) {
                syntax_error(s, at,
                             "(unicode error) 'unicodeescape' codec can't decode bytes: truncated "
                             "\\%c escape",
                             c);
                break;
            }
            buffer_add(&b, encoded, utf8_encode(number, encoded));
        } else if (c == 'N') {
            syntax_error(s, at, "minipy: \\N{...} in strings is not supported");
            break;
        } else {
            buffer_add(&b, "\\", 1);
        }
    }
    return arena_keep(s->arena, buffer_take(t, &b));
}
