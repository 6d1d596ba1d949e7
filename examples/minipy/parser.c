/* parser.c: tokens to a tree, by recursive descent. Each function parses what it is called after; binary operators go by
 * their precedence. */
#include <ctype.h>
#include <stdlib.h>

#include "ast.h"

typedef struct parser {
    source *s;
    vm *t;
    arena *arena;
    size_t next;
    unsigned depth;
} parser;

static node *parse_expression(parser *p);
static node *parse_test_list(parser *p);
static node *parse_star_expression(parser *p);
static node *parse_or(parser *p);
static node *parse_binary(parser *p, int level);
static node *parse_targets(parser *p);
static nodes parse_block(parser *p, const char *after, const location *from);
static node *parse_fstring_body(parser *p, const char *text, size_t length, bool raw,
                                const location *at, unsigned nesting);

/* ---- tokens -------------------------------------------------------------------------------------- */

static const token *peek(const parser *p) {
    return &p->s->tokens[p->next];
}
static const token *peek_after(const parser *p, size_t count) {
    return p->next + count < p->s->count ? &p->s->tokens[p->next + count]
                                         : &p->s->tokens[p->s->count - 1];
}
static const token *last(const parser *p) {
    return &p->s->tokens[p->next > 0 ? p->next - 1 : 0];
}
static bool token_is(const token *k, const char *text) {
    return (k->kind == K_OP || k->kind == K_NAME) && k->length == strlen(text) &&
           memcmp(k->text, text, k->length) == 0;
}
static bool is(const parser *p, const char *text) {
    return token_is(peek(p), text);
}
static bool accept(parser *p, const char *text) {
    if (is(p, text)) {
        p->next++;
        return true;
    }
    return false;
}
static void failed_at(parser *p, const token *k, const char *message) {
    if (k->kind == K_INDENT) {
        location at = peek_after(p, 1)->at;
        at.column = at.end_column = -1; /* no mark */
        syntax_error_of(p->s, T_IndentationError, &at, "unexpected indent");
    } else {
        syntax_error(p->s, &k->at, "%s", message);
    }
}
static void expect(parser *p, const char *text) {
    if (accept(p, text)) {
        return;
    }
    failed_at(p, peek(p), *text == '(' ? "expected '('" : "invalid syntax");
}
static bool ok(const parser *p) {
    return !p->s->failed;
}

static bool is_keyword(const token *k) {
    static const char *const KEYWORDS[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof *KEYWORDS; i++) {
        if (token_is(k, KEYWORDS[i])) {
            return true;
        }
    }
    return false;
}

/* From the beginning of one place to the end of what was read last. */
static location since(const parser *p, location from) {
    from.end_line = last(p)->at.end_line;
    from.end_column = last(p)->at.end_column;
    from.mark = -1;
    return from;
}
static node *make(parser *p, enum node_kind kind, location from) {
    return node_new(p->arena, kind, since(p, from));
}
static void push(parser *p, nodes *list, node *item) {
    nodes_add(p->arena, list, item);
}

static value name_of(parser *p, const token *k) {
    return arena_keep(p->arena, str_name(p->t, k->text, k->length));
}
static value parse_name(parser *p) {
    const token *k = peek(p);
    if (k->kind != K_NAME || is_keyword(k)) {
        failed_at(p, k, "invalid syntax");
        return NIL;
    }
    p->next++;
    return name_of(p, k);
}

static node *constant(parser *p, value v, location at) {
    node *n = node_new(p->arena, E_CONST, at);
    n->v = v;
    return n;
}

/* The depth of nested expressions: the C stack is finite. */
static bool deeper(parser *p) {
    if (++p->depth > 400) {
        location at = peek(p)->at;
        syntax_error(p->s, &at, "too many nested parentheses");
    }
    return ok(p);
}

/* ---- atoms --------------------------------------------------------------------------------------- */

static node *parse_number(parser *p) {
    const token *k = peek(p);
    char *text = (char *)arena_new(p->arena, k->length + 1);
    size_t size = 0;
    p->next++;
    for (size_t i = 0; i < k->length; i++) {
        if (k->text[i] != '_') {
            text[size++] = (char)tolower((unsigned char)k->text[i]);
        }
    }
    text[size] = '\0';
    bool based = size > 1 && text[0] == '0' && strchr("xob", text[1]) != NULL;
    if (!based && size > 0 && text[size - 1] == 'j') {
        syntax_error(p->s, &k->at, "minipy: complex numbers are not supported");
        return NULL;
    }
    if (!based && strpbrk(text, ".e") != NULL) {
        return constant(p, from_float(strtod(text, NULL)), k->at);
    }
    int base = !based ? 10 : text[1] == 'x' ? 16 : text[1] == 'o' ? 8 : 2;
    value v = int_parse(p->t, k->text + (based ? 2 : 0), k->length - (based ? 2 : 0), base);
    p->s->failed |= v == NIL;
    return constant(p, arena_keep(p->arena, v), k->at);
}

/* What is wrong with an f-string itself is reported behind it and the strings beside it. */
static void fstring_error(parser *p, const char *message) {
    size_t count = 0;
    while (peek_after(p, count)->kind == K_STRING) {
        count++;
    }
    location at = peek_after(p, count)->at;
    at.end_column = at.column + 1;
    syntax_error(p->s, &at, "f-string: %s", message);
}

/* After a whole expression something else begins: a comma is missing, it seems. */
static void not_separated(parser *p, const node *before) {
    const token *k = peek(p);
    bool begins = k->kind == K_NAME || k->kind == K_NUMBER || k->kind == K_STRING;
    if (ok(p) && begins && !is_keyword(k)) {
        location at = since(p, before->at);
        at.end_line = k->at.end_line;
        at.end_column = k->at.end_column;
        syntax_error(p->s, &at, "invalid syntax. Perhaps you forgot a comma?");
    }
}

/* The end of an expression in an f-string: at '!', ':', '=' or '}' outside of brackets and strings. */
static const char *expression_end(const char *at, const char *end) {
    int open = 0;
    for (; at < end; at++) {
        if (*at == '\'' || *at == '"') {
            char quote = *at;
            for (at++; at < end && *at != quote; at++) {
            }
        } else if (strchr("([{", *at) != NULL) {
            open++;
        } else if (open > 0 && strchr(")]}", *at) != NULL) {
            open--;
        } else if (open == 0) {
            if (*at == '}' || *at == ':' || (*at == '!' && at + 1 < end && at[1] != '=')) {
                return at;
            }
            if (*at == '=' && at + 1 < end && at[1] != '=' && strchr("=!<>", at[-1]) == NULL) {
                return at;
            }
            if ((*at == '=' || *at == '!' || *at == '<' || *at == '>') && at + 1 < end &&
                at[1] == '=') {
                at++;
            }
        }
    }
    return NULL;
}

static node *parse_inner(parser *p, const char *text, size_t length, const location *at) {
    source inner = {.t = p->t,
                    .arena = p->arena,
                    .filename = p->s->filename,
                    .text = p->s->text,
                    .inner = text,
                    .inner_length = length,
                    .inner_column = at->column};
    parser sub = {.s = &inner, .t = p->t, .arena = p->arena, .depth = p->depth};
    node *n = NULL;
    if (tokenize(&inner, text, length, at)) {
        n = parse_test_list(&sub);
        if (ok(&sub) && peek(&sub)->kind != K_END) {
            not_separated(&sub, n);
            failed_at(&sub, peek(&sub), "invalid syntax");
        }
    }
    p->s->failed |= inner.failed;
    free(inner.tokens);
    return n;
}

/* One {...}; `*text` is behind the brace. */
static node *parse_replacement(parser *p, const char **text, const char *end, bool raw,
                               const location *base, const char *origin, nodes *parts,
                               unsigned nesting) {
    const char *from = *text;
    const char *to = expression_end(from, end);
    location at = *base;
    at.column += (int)(from - origin);
    at.end_column = at.column + 1;
    if (to == NULL || nesting > 2) {
        fstring_error(p, "expecting '}'");
        return NULL;
    }
    if (from + strspn(from, " \t\n") >= to) {
        fstring_error(p, "empty expression not allowed");
        return NULL;
    }
    node *n = node_new(p->arena, E_FORMAT, *base);
    n->a = parse_inner(p, from, (size_t)(to - from), &at);
    if (*to == '=') {
        to++;
        to += strspn(to, " \t");
        node *text_part =
            constant(p, arena_keep(p->arena, str_new(p->t, from, (size_t)(to - from))), *base);
        push(p, parts, text_part);
        n->op = *to == '}' ? 'r' : 0; /* with neither conversion nor format */
    }
    if (*to == '!') {
        n->op = (unsigned char)to[1];
        if (strchr("rsa", to[1]) == NULL) {
            fstring_error(p, "invalid conversion character: expected 's', 'r', or 'a'");
        }
        to += 2;
    }
    if (*to == ':') {
        const char *spec = ++to;
        for (int open = 0; to < end && (open > 0 || *to != '}'); to++) {
            open += (*to == '{') - (*to == '}');
        }
        n->b = parse_fstring_body(p, spec, (size_t)(to - spec), raw, base, nesting + 1);
    }
    if (to >= end || *to != '}') {
        fstring_error(p, "expecting '}'");
        return NULL;
    }
    *text = to + 1;
    return n;
}

static node *parse_fstring_body(parser *p, const char *text, size_t length, bool raw,
                                const location *at, unsigned nesting) {
    node *all = node_new(p->arena, E_FSTRING, *at);
    const char *end = text + length;
    const char *origin = text;
    buffer literal = {0};
    while (text < end && ok(p)) {
        bool doubled = nesting == 0 && text + 1 < end && text[1] == *text;
        if ((*text != '{' && *text != '}') || doubled) {
            buffer_add(&literal, text, 1);
            text += *text == '{' || *text == '}' ? 2 : 1;
            if (text[-1] == '\\' && text < end && *text != '{' && *text != '}') {
                buffer_add(&literal, text++, 1);
            }
            continue;
        }
        if (*text == '}') {
            fstring_error(p, "single '}' is not allowed");
            break;
        }
        text++;
        if (literal.length > 0) {
            push(p, &all->list,
                 constant(p, unescape(p->s, literal.text, literal.length, raw, at), *at));
            literal.length = 0;
        }
        push(p, &all->list, parse_replacement(p, &text, end, raw, at, origin, &all->list, nesting));
    }
    if (literal.length > 0) {
        push(p, &all->list,
             constant(p, unescape(p->s, literal.text, literal.length, raw, at), *at));
    }
    buffer_drop(&literal);
    return all;
}

/* Strings that stand side by side are one. */
static node *parse_strings(parser *p) {
    location from = peek(p)->at;
    node *all = node_new(p->arena, E_FSTRING, from);
    bool format = false;
    for (; peek(p)->kind == K_STRING && ok(p); p->next++) {
        const token *k = peek(p);
        string_parts parts = string_split(k);
        if (parts.bytes) {
            syntax_error(p->s, &k->at, "minipy: bytes are not supported");
        } else if (parts.format) {
            location at = k->at;
            at.column += (int)(parts.text - k->text);
            node *body = parse_fstring_body(p, parts.text, parts.length, parts.raw, &at, 0);
            for (size_t i = 0; i < body->list.count; i++) {
                push(p, &all->list, body->list.items[i]);
            }
            format = true;
        } else {
            value v = unescape(p->s, parts.text, parts.length, parts.raw, &k->at);
            push(p, &all->list, constant(p, v, k->at));
        }
    }
    all->at = since(p, from);
    if (format || !ok(p)) {
        return all;
    }
    value joined = all->list.items[0]->v;
    for (size_t i = 1; i < all->list.count; i++) {
        joined = arena_keep(p->arena, str_concat(p->t, joined, all->list.items[i]->v));
    }
    return constant(p, joined, all->at);
}

/* for TARGET in ITER [if COND]... , behind an element. */
static node *parse_comprehension(parser *p, enum node_kind kind, node *element, node *mapped) {
    node *n = node_new(p->arena, kind, element->at);
    n->a = element;
    n->b = mapped;
    while (ok(p) && (is(p, "for") || is(p, "async"))) {
        location from = peek(p)->at;
        bool async = accept(p, "async");
        expect(p, "for");
        node *part = node_new(p->arena, E_COMPFOR, from);
        part->op = async;
        part->a = parse_targets(p);
        expect(p, "in");
        part->b = parse_or(p);
        while (ok(p) && accept(p, "if")) {
            push(p, &part->list, parse_or(p));
        }
        push(p, &n->list, part);
    }
    n->at = since(p, element->at);
    return n;
}

/* Whether what follows an element makes it a comprehension. */
static bool at_for(const parser *p) {
    return is(p, "for") || (is(p, "async") && token_is(peek_after(p, 1), "for"));
}

static const char *describe(const node *n);

/* `=` behind an expression where nothing can be assigned. */
static void misplaced_assignment(parser *p, const node *n) {
    if (!ok(p) || !is(p, "=")) {
        return;
    }
    if (n->kind == E_NAME) {
        p->next++;
        (void)parse_binary(p, 0);
        location at = since(p, n->at);
        syntax_error(p->s, &at, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    } else if (n->kind != E_TUPLE && n->kind != E_LIST && n->kind != E_GENERATOR) {
        syntax_error(p->s, &n->at, "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                     describe(n));
    }
}

/* Elements up to a bracket. */
static void parse_elements(parser *p, nodes *list, const char *close) {
    while (ok(p) && !is(p, close)) {
        push(p, list, parse_star_expression(p));
        if (!accept(p, ",")) {
            break;
        }
    }
    if (ok(p) && !is(p, close) && list->count > 0) {
        misplaced_assignment(p, list->items[list->count - 1]);
        not_separated(p, list->items[list->count - 1]);
    }
    expect(p, close);
}

static node *parse_parentheses(parser *p) {
    location from = peek(p)->at;
    p->next++;
    node *n;
    if (accept(p, ")")) {
        return make(p, E_TUPLE, from);
    }
    if (is(p, "yield")) {
        n = parse_test_list(p);
        expect(p, ")");
        return n;
    }
    n = parse_star_expression(p);
    if (ok(p) && at_for(p)) {
        n = parse_comprehension(p, E_GENERATOR, n, NULL);
        expect(p, ")");
        n->at = since(p, from);
        return n;
    }
    if (ok(p) && (is(p, ",") || n->kind == E_STAR)) {
        node *all = node_new(p->arena, E_TUPLE, from);
        push(p, &all->list, n);
        (void)accept(p, ",");
        parse_elements(p, &all->list, ")");
        all->at = since(p, from);
        return all;
    }
    if (ok(p) && !is(p, ")")) {
        nodes list = {0};
        push(p, &list, n);
        parse_elements(p, &list, ")");
        return n;
    }
    expect(p, ")");
    return n;
}

static node *parse_brackets(parser *p) {
    location from = peek(p)->at;
    p->next++;
    node *n = node_new(p->arena, E_LIST, from);
    if (!is(p, "]")) {
        node *first = parse_star_expression(p);
        if (ok(p) && at_for(p)) {
            n = parse_comprehension(p, E_LISTCOMP, first, NULL);
            expect(p, "]");
            n->at = since(p, from);
            return n;
        }
        push(p, &n->list, first);
        (void)(accept(p, ",") || is(p, "]"));
    }
    parse_elements(p, &n->list, "]");
    n->at = since(p, from);
    return n;
}

/* Behind a key: a colon, and what the key is mapped to. */
static node *parse_mapped(parser *p, const node *key) {
    location colon = peek(p)->at;
    if (ok(p) && !accept(p, ":")) {
        location at = key->at;
        at.column = at.end_column - 1;
        at.line = at.end_line;
        syntax_error(p->s, &at, "':' expected after dictionary key");
    } else if (ok(p) && (is(p, "}") || is(p, ","))) {
        syntax_error(p->s, &colon, "expression expected after dictionary key and ':'");
    }
    return parse_expression(p);
}

/* A dict's item: a key and a value, or ** and a dict (the key is NULL). */
static void parse_item(parser *p, node *n) {
    if (accept(p, "**")) {
        push(p, &n->list, NULL);
        push(p, &n->more, parse_binary(p, 0));
        return;
    }
    node *key = parse_expression(p);
    push(p, &n->list, key);
    push(p, &n->more, parse_mapped(p, key));
}

static node *parse_braces(parser *p) {
    location from = peek(p)->at;
    p->next++;
    node *n = node_new(p->arena, E_DICT, from);
    if (!is(p, "}") && !is(p, "**")) {
        node *first = parse_star_expression(p);
        if (ok(p) && !is(p, ":")) {
            n->kind = E_SET;
            if (at_for(p)) {
                n = parse_comprehension(p, E_SETCOMP, first, NULL);
                expect(p, "}");
                n->at = since(p, from);
                return n;
            }
            push(p, &n->list, first);
            (void)accept(p, ",");
            parse_elements(p, &n->list, "}");
            n->at = since(p, from);
            return n;
        }
        node *mapped = parse_mapped(p, first);
        if (ok(p) && at_for(p)) {
            n = parse_comprehension(p, E_DICTCOMP, first, mapped);
            expect(p, "}");
            n->at = since(p, from);
            return n;
        }
        push(p, &n->list, first);
        push(p, &n->more, mapped);
        (void)(accept(p, ",") || is(p, "}"));
    }
    while (ok(p) && !is(p, "}")) {
        parse_item(p, n);
        if (!accept(p, ",")) {
            break;
        }
    }
    expect(p, "}");
    n->at = since(p, from);
    return n;
}

static node *parse_atom(parser *p) {
    const token *k = peek(p);
    switch (k->kind) {
    case K_NUMBER:
        return parse_number(p);
    case K_STRING:
        return parse_strings(p);
    case K_OP:
        if (is(p, "(")) {
            return parse_parentheses(p);
        }
        if (is(p, "[")) {
            return parse_brackets(p);
        }
        if (is(p, "{")) {
            return parse_braces(p);
        }
        if (accept(p, "...")) {
            return constant(p, ELLIPSIS, k->at);
        }
        break;
    case K_NAME:
        if (accept(p, "None") || accept(p, "True") || accept(p, "False")) {
            return constant(p, *k->text == 'N' ? NONE : *k->text == 'T' ? TRUE : FALSE, k->at);
        }
        if (!is_keyword(k)) {
            p->next++;
            node *n = node_new(p->arena, E_NAME, k->at);
            n->v = name_of(p, k);
            return n;
        }
        break;
    default:
        break;
    }
    failed_at(p, k, "invalid syntax");
    return constant(p, NONE, k->at);
}

/* ---- calls, attributes, subscripts --------------------------------------------------------------- */

static node *parse_argument(parser *p) {
    location from = peek(p)->at;
    if (accept(p, "*")) {
        node *n = node_new(p->arena, E_STAR, from);
        n->a = parse_expression(p);
        return n;
    }
    bool spread = accept(p, "**");
    if (spread || (peek(p)->kind == K_NAME && token_is(peek_after(p, 1), "="))) {
        node *n = node_new(p->arena, E_KEYWORD, from); /* v: the name; NIL for ** */
        if (!spread) {
            n->v = parse_name(p);
            expect(p, "=");
        }
        n->a = parse_expression(p);
        n->at = since(p, from);
        return n;
    }
    node *n = parse_expression(p);
    if (ok(p) && at_for(p)) {
        n = parse_comprehension(p, E_GENERATOR, n, NULL);
    }
    return n;
}

/* Behind the opening parenthesis. */
static void parse_arguments(parser *p, nodes *list) {
    const char *follows = NULL; /* an argument by position: what was before it */
    const char *before = NULL;
    const node *bare = NULL; /* a generator without parentheses of its own */
    while (ok(p) && !is(p, ")")) {
        location at = peek(p)->at;
        bool star = is(p, "*");
        node *n = parse_argument(p);
        if (!ok(p)) {
            return;
        }
        push(p, list, n);
        if (n->kind == E_GENERATOR && n->a->at.column == at.column && n->a->at.line == at.line) {
            bare = n;
        }
        if (n->kind == E_KEYWORD) {
            before = n->v == NIL ? "keyword argument unpacking"
                     : before    ? before
                                 : "keyword argument";
        } else if (ok(p) && star && before != NULL && strchr(before, 'u') != strrchr(before, 'u')) {
            location all = list->items[0]->at; /* of what is in front of it */
            all.end_line = list->items[list->count - 2]->at.end_line;
            all.end_column = list->items[list->count - 2]->at.end_column;
            syntax_error(p->s, &all, "iterable argument unpacking follows %s", before);
        } else if (!star && before != NULL) {
            follows = before;
        }
        if (!accept(p, ",")) {
            break;
        }
    }
    if (ok(p) && bare != NULL && list->count > 1) {
        syntax_error(p->s, &bare->at, "Generator expression must be parenthesized");
    }
    if (ok(p) && follows != NULL) {
        syntax_error(p->s, &peek(p)->at, "positional argument follows %s", follows);
    }
    if (ok(p) && !is(p, ")") && list->count > 0) {
        const node *n = list->items[list->count - 1];
        if (is(p, "=")) {
            location at = since(p, n->at);
            at.end_column = peek(p)->at.end_column;
            syntax_error(p->s, &at,
                         "expression cannot contain assignment, perhaps you meant \"==\"?");
        }
        not_separated(p, n);
    }
    expect(p, ")");
}

static node *parse_index(parser *p) {
    location from = peek(p)->at;
    node *first = is(p, ":") ? NULL : parse_star_expression(p);
    if (!is(p, ":")) {
        return first;
    }
    node *n = node_new(p->arena, E_SLICE, from);
    p->next++;
    n->a = first;
    if (!is(p, ":") && !is(p, "]") && !is(p, ",")) {
        n->b = parse_expression(p);
    }
    if (accept(p, ":") && !is(p, "]") && !is(p, ",")) {
        n->c = parse_expression(p);
    }
    n->at = since(p, from);
    return n;
}

static node *parse_subscript(parser *p, node *of) {
    location bracket = peek(p)->at;
    p->next++;
    node *index = parse_index(p);
    if (is(p, ",")) {
        node *all = node_new(p->arena, E_TUPLE, index->at);
        push(p, &all->list, index);
        while (ok(p) && accept(p, ",") && !is(p, "]")) {
            push(p, &all->list, parse_index(p));
        }
        all->at = since(p, index->at);
        index = all;
    }
    expect(p, "]");
    node *n = make(p, E_SUBSCRIPT, of->at);
    n->a = of;
    n->b = index;
    n->at.mark = bracket.column;
    n->at.mark_end = n->at.end_column;
    return n;
}

static node *parse_primary(parser *p) {
    node *n = parse_atom(p);
    while (ok(p)) {
        if (is(p, "(")) {
            node *made = node_new(p->arena, E_CALL, n->at);
            p->next++;
            made->a = n;
            parse_arguments(p, &made->list);
            made->at = since(p, n->at);
            n = made;
        } else if (is(p, "[")) {
            n = parse_subscript(p, n);
        } else if (accept(p, ".")) {
            node *made = node_new(p->arena, E_ATTRIBUTE, n->at);
            made->a = n;
            made->v = parse_name(p);
            made->at = since(p, n->at);
            n = made;
        } else {
            break;
        }
    }
    return n;
}

/* ---- operators ----------------------------------------------------------------------------------- */

static node *parse_unary(parser *p);

static node *parse_power(parser *p) {
    location from = peek(p)->at;
    bool awaits = accept(p, "await");
    node *n = parse_primary(p);
    if (awaits) {
        node *operand = n;
        n = make(p, E_AWAIT, from);
        n->a = operand;
    }
    location sign = peek(p)->at;
    if (ok(p) && accept(p, "**")) {
        node *made = node_new(p->arena, E_BINARY, from);
        made->op = OP_POW;
        made->a = n;
        made->b = parse_unary(p);
        made->at = since(p, from);
        made->at.mark = sign.column;
        made->at.mark_end = sign.end_column;
        return made;
    }
    return n;
}

static node *parse_unary(parser *p) {
    const token *k = peek(p);
    if (k->kind == K_OP && k->length == 1 && strchr("+-~", *k->text) != NULL && deeper(p)) {
        location from = k->at;
        p->next++;
        node *n = node_new(p->arena, E_UNARY, from);
        n->op = (unsigned char)*k->text;
        n->a = parse_unary(p);
        n->at = since(p, from);
        p->depth--;
        return n;
    }
    return parse_power(p);
}

/* Binary operators by level, weakest first. */
static const struct {
    const char *sign;
    int op, level;
} BINARY[] = {{"|", OP_OR, 0},      {"^", OP_XOR, 1},       {"&", OP_AND, 2}, {"<<", OP_LSHIFT, 3},
              {">>", OP_RSHIFT, 3}, {"+", OP_ADD, 4},       {"-", OP_SUB, 4}, {"*", OP_MUL, 5},
              {"/", OP_DIV, 5},     {"//", OP_FLOORDIV, 5}, {"%", OP_MOD, 5}, {"@", OP_MATMUL, 5}};
enum { LEVELS = 6, OPERATORS = sizeof BINARY / sizeof *BINARY };

static node *parse_binary(parser *p, int level) {
    node *n = level == LEVELS ? parse_unary(p) : parse_binary(p, level + 1);
    while (ok(p) && level < LEVELS) {
        size_t i = 0;
        while (i < OPERATORS && (BINARY[i].level != level || !is(p, BINARY[i].sign))) {
            i++;
        }
        if (i == OPERATORS) {
            break;
        }
        location sign = peek(p)->at;
        p->next++;
        node *made = node_new(p->arena, E_BINARY, n->at);
        made->op = BINARY[i].op;
        made->a = n;
        made->b = parse_binary(p, level + 1);
        made->at = since(p, n->at);
        made->at.mark = sign.column;
        made->at.mark_end = sign.end_column;
        n = made;
    }
    return n;
}

/* The comparison that is next, and how many tokens it has; -1: none. */
static int comparison(const parser *p, size_t *tokens) {
    static const char *const SIGNS[] = {"<", "<=", "==", "!=", ">", ">="};
    *tokens = 1;
    for (int i = 0; i < 6; i++) {
        if (is(p, SIGNS[i])) {
            return i;
        }
    }
    if (is(p, "in")) {
        return CMP_IN;
    }
    if (is(p, "not") && token_is(peek_after(p, 1), "in")) {
        *tokens = 2;
        return CMP_NOT_IN;
    }
    if (is(p, "is")) {
        bool negated = token_is(peek_after(p, 1), "not");
        *tokens = negated ? 2 : 1;
        return negated ? CMP_IS_NOT : CMP_IS;
    }
    return -1;
}

/* a < b < c: a: the first; list: each E_COMPARE with its operator and right side. */
static node *parse_comparison(parser *p) {
    node *first = parse_binary(p, 0);
    size_t tokens;
    int op = comparison(p, &tokens);
    if (!ok(p) || op < 0) {
        return first;
    }
    node *n = node_new(p->arena, E_COMPARE, first->at);
    n->a = first;
    while (ok(p) && (op = comparison(p, &tokens)) >= 0) {
        location sign = peek(p)->at;
        p->next += tokens;
        node *part = node_new(p->arena, E_COMPARE, first->at);
        part->op = op;
        part->b = parse_binary(p, 0);
        push(p, &n->list, part);
        n->at = since(p, first->at);
        (void)sign;
    }
    for (size_t i = 0; i < n->list.count; i++) {
        n->list.items[i]->at = n->at;
    }
    return n;
}

static node *parse_not(parser *p) {
    location from = peek(p)->at;
    if (!is(p, "not")) {
        return parse_comparison(p);
    }
    p->next++;
    node *n = node_new(p->arena, E_NOT, from);
    if (deeper(p)) {
        n->a = parse_not(p);
        p->depth--;
    }
    n->at = since(p, from);
    return n;
}

/* op: 0 for and, 1 for or. */
static node *parse_bool(parser *p, int op) {
    node *first = op == 1 ? parse_bool(p, 0) : parse_not(p);
    const char *word = op == 1 ? "or" : "and";
    if (!ok(p) || !is(p, word)) {
        return first;
    }
    node *n = node_new(p->arena, E_BOOL, first->at);
    n->op = op;
    push(p, &n->list, first);
    while (ok(p) && accept(p, word)) {
        push(p, &n->list, op == 1 ? parse_bool(p, 0) : parse_not(p));
    }
    n->at = since(p, first->at);
    return n;
}

static node *parse_or(parser *p) {
    return parse_bool(p, 1);
}

static node *parse_params(parser *p, const char *close, bool annotations);

static node *parse_lambda(parser *p) {
    location from = peek(p)->at;
    p->next++;
    node *n = node_new(p->arena, E_LAMBDA, from);
    n->a = parse_params(p, ":", false);
    expect(p, ":");
    n->b = parse_expression(p);
    n->at = since(p, from);
    return n;
}

/* One expression: conditional, lambda, walrus. */
static node *parse_expression(parser *p) {
    if (!deeper(p)) {
        return constant(p, NONE, peek(p)->at);
    }
    node *n;
    if (is(p, "lambda")) {
        n = parse_lambda(p);
    } else if (peek(p)->kind == K_NAME && token_is(peek_after(p, 1), ":=")) {
        location from = peek(p)->at;
        n = node_new(p->arena, E_WALRUS, from);
        n->v = parse_name(p);
        p->next++;
        n->a = parse_expression(p);
        n->at = since(p, from);
    } else {
        n = parse_or(p);
        if (ok(p) && accept(p, "if")) {
            node *made = node_new(p->arena, E_CONDITION, n->at);
            made->b = n;
            made->a = parse_or(p);
            if (ok(p) && !is(p, "else")) {
                location at = since(p, n->at);
                syntax_error(p->s, &at, "expected 'else' after 'if' expression");
            }
            expect(p, "else");
            made->c = parse_expression(p);
            made->at = since(p, n->at);
            n = made;
        }
    }
    p->depth--;
    return n;
}

static node *parse_star_expression(parser *p) {
    location from = peek(p)->at;
    if (accept(p, "*")) {
        node *n = node_new(p->arena, E_STAR, from);
        n->a = parse_binary(p, 0);
        n->at = since(p, from);
        return n;
    }
    return parse_expression(p);
}

static bool ends_list(const parser *p) {
    const token *k = peek(p);
    return k->kind == K_NEWLINE || k->kind == K_END || is(p, "=") || is(p, ")") || is(p, ":") ||
           is(p, "]") || is(p, "}") || is(p, ";") || is(p, "in");
}

static node *parse_yield(parser *p) {
    location from = peek(p)->at;
    p->next++;
    bool all = accept(p, "from");
    node *n = node_new(p->arena, all ? E_YIELD_FROM : E_YIELD, from);
    if (all) {
        n->a = parse_expression(p);
    } else if (!ends_list(p)) {
        n->a = parse_test_list(p);
    }
    n->at = since(p, from);
    return n;
}

/* One expression, or several as a tuple. */
static node *parse_test_list(parser *p) {
    if (is(p, "yield")) {
        return parse_yield(p);
    }
    node *first = parse_star_expression(p);
    if (!ok(p) || !is(p, ",")) {
        if (ok(p) && first->kind == E_STAR && !is(p, "=")) {
            syntax_error(p->s, &first->at, "can't use starred expression here");
        }
        return first;
    }
    node *n = node_new(p->arena, E_TUPLE, first->at);
    push(p, &n->list, first);
    while (ok(p) && accept(p, ",") && !ends_list(p)) {
        push(p, &n->list, parse_star_expression(p));
    }
    n->at = since(p, first->at);
    return n;
}

/* ---- targets ------------------------------------------------------------------------------------- */

static const char *describe(const node *n) {
    switch (n->kind) {
    case E_NAME:
        return "name";
    case E_ATTRIBUTE:
        return "attribute";
    case E_SUBSCRIPT:
        return "subscript";
    case E_TUPLE:
        return "tuple";
    case E_LIST:
        return "list";
    case E_STAR:
        return "starred";
    case E_CALL:
        return "function call";
    case E_CONST:
        return n->v == NONE       ? "None"
               : n->v == TRUE     ? "True"
               : n->v == FALSE    ? "False"
               : n->v == ELLIPSIS ? "ellipsis"
                                  : "literal";
    case E_FSTRING:
        return "f-string expression";
    case E_COMPARE:
        return "comparison";
    case E_CONDITION:
        return "conditional expression";
    case E_LAMBDA:
        return "lambda";
    case E_LISTCOMP:
        return "list comprehension";
    case E_DICTCOMP:
        return "dict comprehension";
    case E_SETCOMP:
        return "set comprehension";
    case E_GENERATOR:
        return "generator expression";
    case E_DICT:
        return "dict literal";
    case E_SET:
        return "set display";
    case E_YIELD:
    case E_YIELD_FROM:
        return "yield expression";
    case E_WALRUS:
        return "named expression";
    default:
        return "expression";
    }
}

/* That something can be assigned to. `how`: 0 by =, 1 by an augmented assignment, 2 by del, 3 by for. */
static void check_target(parser *p, const node *n, int how) {
    if (!ok(p)) {
        return;
    }
    switch (n->kind) {
    case E_NAME:
    case E_ATTRIBUTE:
    case E_SUBSCRIPT:
        return;
    case E_STAR:
        if (how == 0 || how == 3) {
            check_target(p, n->a, 3);
            return;
        }
        break;
    case E_TUPLE:
    case E_LIST:
        if (how != 1) {
            size_t stars = 0;
            for (size_t i = 0; i < n->list.count; i++) {
                check_target(p, n->list.items[i], how == 0 ? 3 : how);
                stars += n->list.items[i]->kind == E_STAR;
            }
            if (stars > 1) {
                syntax_error(p->s, &n->at, "multiple starred expressions in assignment");
            }
            return;
        }
        break;
    default:
        break;
    }
    if (how == 1) {
        syntax_error(p->s, &n->at, "'%s' is an illegal expression for augmented assignment",
                     describe(n));
        return;
    }
    bool fixed = n->kind == E_CONST && (n->v == NONE || n->v == TRUE || n->v == FALSE);
    bool weak = n->kind == E_COMPARE || n->kind == E_NOT || n->kind == E_BOOL ||
                n->kind == E_CONDITION || n->kind == E_LAMBDA || n->kind == E_YIELD ||
                n->kind == E_YIELD_FROM;
    syntax_error(p->s, &n->at, "cannot %s %s%s", how == 2 ? "delete" : "assign to", describe(n),
                 how != 0 || fixed || weak ? "" : " here. Maybe you meant '==' instead of '='?");
}

/* For loops and comprehensions: up to `in`. */
static node *parse_targets(parser *p) {
    location from = peek(p)->at;
    node *first = is(p, "*") ? parse_star_expression(p) : parse_binary(p, 0);
    if (ok(p) && is(p, ",")) {
        node *all = node_new(p->arena, E_TUPLE, from);
        push(p, &all->list, first);
        while (ok(p) && accept(p, ",") && !is(p, "in")) {
            push(p, &all->list, is(p, "*") ? parse_star_expression(p) : parse_binary(p, 0));
        }
        all->at = since(p, from);
        first = all;
    }
    check_target(p, first, 3);
    return first;
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static bool param_known(const node *n, value name) {
    for (size_t i = 0; i < n->list.count; i++) {
        if (n->list.items[i]->v == name) {
            return true;
        }
    }
    return false;
}

/* Whether a parameter may be next: a star, a slash or a name behind what is there. */
static void check_param(parser *p, const char *close, const node *n, bool star, bool slash,
                        bool ended) {
    const token *k = peek(p);
    const token *after = peek_after(p, 1);
    const char *wrong = NULL;
    if (ended) {
        wrong = "arguments cannot follow var-keyword argument";
    } else if (token_is(k, "*") && star) {
        wrong = "* argument may appear only once";
    } else if (token_is(k, "/") && (slash || star)) {
        wrong = slash ? "/ may appear only once" : "/ must be ahead of *";
    } else if (token_is(k, "/") && n->list.count == 0) {
        wrong = "at least one argument must precede /";
    } else if (token_is(k, "*") && (token_is(after, close) ||
                                    (token_is(after, ",") && (token_is(peek_after(p, 2), close) ||
                                                              token_is(peek_after(p, 2), "**"))))) {
        wrong = "named arguments must follow bare *";
    }
    if (wrong != NULL) {
        failed_at(p, k, wrong);
    }
}

/* list: E_PARAM with v its name, a its default, op its kind; in the order of the slots. */
static node *parse_params(parser *p, const char *close, bool annotations) {
    node *n = node_new(p->arena, E_PARAMS, peek(p)->at);
    node *varargs = NULL;
    node *kwargs = NULL;
    bool star = false;
    bool slash = false;
    bool defaults = false;
    while (ok(p) && !is(p, close)) {
        location from = peek(p)->at;
        check_param(p, close, n, star, slash, kwargs != NULL);
        if (accept(p, "/")) {
            slash = true;
            for (size_t i = 0; i < n->list.count; i++) {
                n->list.items[i]->op = PARAM_POSITIONAL;
            }
        } else if (is(p, "*") && (token_is(peek_after(p, 1), ","))) {
            p->next++;
            star = true;
        } else {
            int kind = accept(p, "**")  ? PARAM_KWARGS
                       : accept(p, "*") ? PARAM_VARARGS
                       : star           ? PARAM_KWONLY
                                        : PARAM_PLAIN;
            node *param = node_new(p->arena, E_PARAM, from);
            param->op = kind;
            param->v = parse_name(p);
            if (ok(p) &&
                (param_known(n, param->v) || (varargs != NULL && varargs->v == param->v))) {
                syntax_error(p->s, &from, "duplicate argument '%s' in function definition",
                             text_of(param->v));
            }
            if (annotations && accept(p, ":")) {
                param->b = parse_expression(p);
            }
            if (accept(p, "=")) {
                param->a = parse_expression(p);
                defaults |= kind == PARAM_PLAIN;
            } else if (ok(p) && defaults && kind == PARAM_PLAIN) {
                syntax_error(p->s, &from, "non-default argument follows default argument");
            }
            star |= kind == PARAM_VARARGS;
            varargs = kind == PARAM_VARARGS ? param : varargs;
            kwargs = kind == PARAM_KWARGS ? param : kwargs;
            if (kind < PARAM_VARARGS || kind == PARAM_KWONLY) {
                push(p, &n->list, param);
            }
        }
        if (!accept(p, ",")) {
            break;
        }
    }
    if (varargs != NULL) {
        push(p, &n->list, varargs);
    }
    if (kwargs != NULL) {
        push(p, &n->list, kwargs);
    }
    return n;
}

/* ---- statements ---------------------------------------------------------------------------------- */

static const struct {
    const char *sign;
    int op;
} AUGMENTED[] = {{"+=", OP_ADD},    {"-=", OP_SUB},  {"*=", OP_MUL},       {"/=", OP_DIV},
                 {"%=", OP_MOD},    {"&=", OP_AND},  {"|=", OP_OR},        {"^=", OP_XOR},
                 {"@=", OP_MATMUL}, {"**=", OP_POW}, {"//=", OP_FLOORDIV}, {"<<=", OP_LSHIFT},
                 {">>=", OP_RSHIFT}};

static node *parse_assignment(parser *p) {
    location from = peek(p)->at;
    node *first = parse_test_list(p);
    if (!ok(p)) {
        return first;
    }
    for (size_t i = 0; i < sizeof AUGMENTED / sizeof *AUGMENTED; i++) {
        if (is(p, AUGMENTED[i].sign)) {
            location sign = peek(p)->at;
            check_target(p, first, 1);
            p->next++;
            node *n = node_new(p->arena, S_AUGMENT, from);
            n->op = AUGMENTED[i].op;
            n->a = first;
            n->b = parse_test_list(p);
            n->at = since(p, from);
            n->at.mark = sign.column;
            n->at.mark_end = sign.end_column;
            return n;
        }
    }
    if (accept(p, ":")) {
        node *n = node_new(p->arena, S_ANNOTATE, from);
        check_target(p, first, 1);
        n->a = first;
        n->b = parse_expression(p);
        n->c = accept(p, "=") ? parse_test_list(p) : NULL;
        n->at = since(p, from);
        return n;
    }
    if (!is(p, "=")) {
        node *n = node_new(p->arena, S_EXPRESSION, first->at);
        n->a = first;
        return n;
    }
    node *n = node_new(p->arena, S_ASSIGN, from);
    node *value_node = first;
    while (ok(p) && accept(p, "=")) {
        check_target(p, value_node, 0);
        push(p, &n->list, value_node);
        value_node = parse_test_list(p);
    }
    n->a = value_node;
    n->at = since(p, from);
    return n;
}

/* a.b.c as one name. */
static value parse_dotted(parser *p) {
    const token *first = peek(p);
    (void)parse_name(p);
    while (ok(p) && accept(p, ".")) {
        (void)parse_name(p);
    }
    const token *end = last(p);
    return arena_keep(p->arena,
                      str_name(p->t, first->text, (size_t)(end->text + end->length - first->text)));
}

static node *parse_import(parser *p) {
    node *n = node_new(p->arena, S_IMPORT, peek(p)->at);
    p->next++;
    do {
        node *alias = node_new(p->arena, S_ALIAS, peek(p)->at);
        alias->v = parse_dotted(p);
        alias->w = accept(p, "as") ? parse_name(p) : NIL;
        push(p, &n->list, alias);
    } while (ok(p) && accept(p, ","));
    n->at = since(p, n->at);
    return n;
}

static node *parse_from(parser *p) {
    node *n = node_new(p->arena, S_FROM, peek(p)->at);
    p->next++;
    if (is(p, ".") || is(p, "...")) {
        syntax_error(p->s, &peek(p)->at, "minipy: relative imports are not supported");
        return n;
    }
    n->v = parse_dotted(p);
    expect(p, "import");
    bool bracket = accept(p, "(");
    if (!bracket && is(p, "*")) {
        p->next++;
        n->op = 1; /* all */
    } else {
        do {
            if (bracket && is(p, ")")) {
                break;
            }
            node *alias = node_new(p->arena, S_ALIAS, peek(p)->at);
            alias->v = parse_name(p);
            alias->w = accept(p, "as") ? parse_name(p) : alias->v;
            push(p, &n->list, alias);
        } while (ok(p) && accept(p, ","));
    }
    if (bracket) {
        expect(p, ")");
    }
    n->at = since(p, n->at);
    return n;
}

static node *parse_raise_or_assert(parser *p, enum node_kind kind) {
    node *n = node_new(p->arena, kind, peek(p)->at);
    p->next++;
    if (kind == S_ASSERT || !ends_list(p)) {
        n->a = parse_expression(p);
        if (accept(p, kind == S_RAISE ? "from" : ",")) {
            n->b = parse_expression(p);
        }
    }
    n->at = since(p, n->at);
    return n;
}

static node *parse_names(parser *p, enum node_kind kind) {
    node *n = node_new(p->arena, kind, peek(p)->at);
    p->next++;
    do {
        node *name = node_new(p->arena, E_NAME, peek(p)->at);
        name->v = parse_name(p);
        push(p, &n->list, name);
    } while (ok(p) && accept(p, ","));
    n->at = since(p, n->at);
    return n;
}

static node *parse_delete(parser *p) {
    node *n = node_new(p->arena, S_DELETE, peek(p)->at);
    p->next++;
    node *targets = parse_test_list(p);
    check_target(p, targets, 2);
    push(p, &n->list, targets);
    n->at = since(p, n->at);
    return n;
}

static node *parse_simple(parser *p) {
    location from = peek(p)->at;
    static const struct {
        const char *word;
        enum node_kind kind;
    } WORDS[] = {{"pass", S_PASS}, {"break", S_BREAK}, {"continue", S_CONTINUE}};
    for (size_t i = 0; i < 3; i++) {
        if (accept(p, WORDS[i].word)) {
            return node_new(p->arena, WORDS[i].kind, from);
        }
    }
    if (accept(p, "return")) {
        node *n = node_new(p->arena, S_RETURN, from);
        n->a = ends_list(p) ? NULL : parse_test_list(p);
        n->at = since(p, from);
        return n;
    }
    if (is(p, "import")) {
        return parse_import(p);
    }
    if (is(p, "from")) {
        return parse_from(p);
    }
    if (is(p, "raise")) {
        return parse_raise_or_assert(p, S_RAISE);
    }
    if (is(p, "assert")) {
        return parse_raise_or_assert(p, S_ASSERT);
    }
    if (is(p, "global")) {
        return parse_names(p, S_GLOBAL);
    }
    if (is(p, "nonlocal")) {
        return parse_names(p, S_NONLOCAL);
    }
    if (is(p, "del")) {
        return parse_delete(p);
    }
    return parse_assignment(p);
}

static node *parse_if(parser *p) {
    location from = peek(p)->at;
    const char *word = is(p, "if") ? "'if' statement" : "'elif' statement";
    node *n = node_new(p->arena, S_IF, from);
    p->next++;
    n->a = parse_expression(p);
    misplaced_assignment(p, n->a);
    n->list = parse_block(p, word, &from);
    if (is(p, "elif")) {
        push(p, &n->more, parse_if(p));
    } else if (is(p, "else")) {
        location at = peek(p)->at;
        p->next++;
        n->more = parse_block(p, "'else' statement", &at);
    }
    return n;
}

static void parse_else(parser *p, nodes *list) {
    location at = peek(p)->at;
    if (ok(p) && accept(p, "else")) {
        *list = parse_block(p, "'else' statement", &at);
    }
}

static node *parse_while(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_WHILE, from);
    p->next++;
    n->a = parse_expression(p);
    misplaced_assignment(p, n->a);
    n->list = parse_block(p, "'while' statement", &from);
    parse_else(p, &n->more);
    return n;
}

static node *parse_for(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_FOR, from);
    p->next++;
    n->a = parse_targets(p);
    expect(p, "in");
    n->b = parse_test_list(p);
    n->list = parse_block(p, "'for' statement", &from);
    parse_else(p, &n->more);
    return n;
}

static node *parse_handler(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_HANDLER, from);
    p->next++;
    if (is(p, "*")) {
        syntax_error(p->s, &from, "minipy: except* is not supported");
    }
    if (!is(p, ":")) {
        n->a = parse_expression(p);
        if (accept(p, "as")) {
            n->v = parse_name(p);
        } else if (ok(p) && is(p, ",")) {
            location at = since(p, n->a->at);
            syntax_error(p->s, &at, "multiple exception types must be parenthesized");
        }
    }
    if (is(p, ":")) {
        n->at.end_column = peek(p)->at.end_column; /* for an error */
    }
    n->list = parse_block(p, "'except' statement", &from);
    return n;
}

/* list: the body; more: handlers; c, d: blocks of else and finally, or NULL. */
static node *parse_try(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_TRY, from);
    p->next++;
    n->list = parse_block(p, "'try' statement", &from);
    while (ok(p) && is(p, "except")) {
        node *clause = parse_handler(p);
        if (ok(p) && n->more.count > 0 && n->more.items[n->more.count - 1]->a == NULL) {
            syntax_error(p->s, &n->more.items[n->more.count - 1]->at,
                         "default 'except:' must be last");
        }
        push(p, &n->more, clause);
    }
    if (ok(p) && n->more.count > 0 && is(p, "else")) {
        n->c = node_new(p->arena, S_BLOCK, from);
        parse_else(p, &n->c->list);
    }
    if (ok(p) && is(p, "finally")) {
        location at = peek(p)->at;
        p->next++;
        n->d = node_new(p->arena, S_BLOCK, at);
        n->d->list = parse_block(p, "'finally' statement", &at);
    } else if (ok(p) && n->more.count == 0) {
        syntax_error(p->s, &peek(p)->at, "expected 'except' or 'finally' block");
    }
    return n;
}

static void parse_with_items(parser *p, node *n, bool bracket) {
    do {
        if (bracket && is(p, ")")) {
            break;
        }
        node *item = node_new(p->arena, S_WITH_ITEM, peek(p)->at);
        item->a = parse_expression(p);
        if (accept(p, "as")) {
            item->b = parse_star_expression(p);
            check_target(p, item->b, 3);
        }
        push(p, &n->list, item);
    } while (ok(p) && accept(p, ","));
}

/* Whether the parenthesis that is next goes round all items: a colon follows its end. */
static bool items_in_brackets(const parser *p) {
    if (!is(p, "(")) {
        return false;
    }
    int open = 0;
    for (size_t i = 0;; i++) {
        const token *k = peek_after(p, i);
        if (k->kind == K_NEWLINE || k->kind == K_END) {
            return false;
        }
        open += token_is(k, "(") - token_is(k, ")");
        if (open == 0) {
            return token_is(peek_after(p, i + 1), ":");
        }
    }
}

static node *parse_with(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_WITH, from);
    p->next++;
    bool bracket = items_in_brackets(p);
    p->next += bracket;
    parse_with_items(p, n, bracket);
    if (bracket) {
        expect(p, ")");
    }
    n->more = parse_block(p, "'with' statement", &from);
    return n;
}

/* v: the name; a: parameters; list: the body; more: decorators. */
static node *parse_function(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_FUNCTION, from);
    p->next++;
    n->v = parse_name(p);
    expect(p, "(");
    n->a = parse_params(p, ")", true);
    expect(p, ")");
    if (accept(p, "->")) {
        n->b = parse_expression(p);
    }
    n->list = parse_block(p, "function definition", &from);
    return n;
}

/* v: the name; c: a call's arguments; list: the body; more: decorators. */
static node *parse_class(parser *p) {
    location from = peek(p)->at;
    node *n = node_new(p->arena, S_CLASS, from);
    p->next++;
    n->v = parse_name(p);
    n->c = node_new(p->arena, E_CALL, from);
    if (accept(p, "(")) {
        parse_arguments(p, &n->c->list);
    }
    n->list = parse_block(p, "class definition", &from);
    return n;
}

/* def, for, with behind `async`: op is 1. NULL: none of them. */
static node *parse_async(parser *p) {
    location from = peek(p)->at;
    for (size_t i = 0; peek_after(p, i)->kind != K_NEWLINE && peek_after(p, i)->kind != K_END;
         i++) {
        from.end_column = peek_after(p, i)->at.end_column; /* for an error */
    }
    p->next++;
    node *n = is(p, "def")    ? parse_function(p)
              : is(p, "for")  ? parse_for(p)
              : is(p, "with") ? parse_with(p)
                              : NULL;
    if (n == NULL) {
        failed_at(p, peek(p), "invalid syntax");
        return constant(p, NONE, from);
    }
    n->op = 1;
    n->at.column = from.column;
    n->at.end_column = n->kind == S_FUNCTION ? n->at.end_column : from.end_column;
    return n;
}

static node *parse_decorated(parser *p) {
    nodes decorators = {0};
    while (ok(p) && accept(p, "@")) {
        push(p, &decorators, parse_expression(p));
        if (ok(p) && peek(p)->kind != K_NEWLINE) {
            failed_at(p, peek(p), "invalid syntax");
        }
        p->next++;
    }
    node *n = is(p, "class")   ? parse_class(p)
              : is(p, "def")   ? parse_function(p)
              : is(p, "async") ? parse_async(p)
                               : NULL;
    if (n == NULL || (n->kind != S_CLASS && n->kind != S_FUNCTION)) {
        failed_at(p, peek(p), "invalid syntax");
        return constant(p, NONE, peek(p)->at);
    }
    n->more = decorators;
    return n;
}

static node *parse_compound(parser *p) {
    static const struct {
        const char *word;
        node *(*parse)(parser *p);
    } WORDS[] = {{"if", parse_if},       {"while", parse_while}, {"for", parse_for},
                 {"try", parse_try},     {"with", parse_with},   {"def", parse_function},
                 {"class", parse_class}, {"@", parse_decorated}, {"async", parse_async}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (is(p, WORDS[i].word)) {
            return WORDS[i].parse(p);
        }
    }
    const token *after = peek_after(p, 1);
    if (is(p, "match") && (after->kind == K_NUMBER || after->kind == K_STRING ||
                           (after->kind == K_NAME && !is_keyword(after)))) {
        failed_at(p, peek(p), "minipy: match statements are not supported");
    }
    return NULL;
}

/* print x, exec x: as in Python 2. */
static void check_legacy(parser *p, const node *n) {
    const token *k = peek(p);
    bool begins = k->kind == K_NAME || k->kind == K_NUMBER || k->kind == K_STRING;
    if (n->kind != S_EXPRESSION || n->a->kind != E_NAME || !begins ||
        (is_keyword(k) && !is(p, "not") && !is(p, "None") && !is(p, "True") && !is(p, "False"))) {
        return;
    }
    const char *name = text_of(n->a->v);
    if (strcmp(name, "print") == 0 || strcmp(name, "exec") == 0) {
        (void)parse_test_list(p);
        location at = since(p, n->at);
        syntax_error(p->s, &at, "Missing parentheses in call to '%s'. Did you mean %s(...)?", name,
                     name);
    }
}

/* One line of simple statements, or a compound one. */
static void parse_statement(parser *p, nodes *into) {
    node *n = deeper(p) ? parse_compound(p) : NULL;
    if (n != NULL) {
        push(p, into, n);
        p->depth--;
        return;
    }
    while (ok(p)) {
        push(p, into, parse_simple(p));
        if (!accept(p, ";") || peek(p)->kind == K_NEWLINE) {
            break;
        }
    }
    p->depth--;
    if (ok(p) && peek(p)->kind != K_NEWLINE) {
        check_legacy(p, into->items[into->count - 1]);
        failed_at(p, peek(p), "invalid syntax");
    }
    p->next++;
}

/* A colon, and what is indented below it or stands behind it. */
static nodes parse_block(parser *p, const char *after, const location *from) {
    nodes list = {0};
    if (ok(p) && !accept(p, ":")) {
        bool always = strstr(after, "function") != NULL || strstr(after, "else") != NULL ||
                      strstr(after, "try") != NULL || strstr(after, "finally") != NULL;
        failed_at(p, peek(p),
                  always || peek(p)->kind == K_NEWLINE ? "expected ':'" : "invalid syntax");
    }
    if (!ok(p)) {
        return list;
    }
    if (peek(p)->kind != K_NEWLINE) {
        if (parse_compound(p) != NULL) {
            failed_at(p, peek(p), "invalid syntax");
        }
        parse_statement(p, &list);
        return list;
    }
    p->next++;
    if (peek(p)->kind != K_INDENT) {
        char message[128];
        location at = last(p)->at;
        const token *k = peek(p);
        while (k->kind == K_DEDENT) {
            k++;
        }
        if (k->kind == K_END) { /* no mark */
            at.column = at.end_column = -1;
        } else {
            at = k->at;
            at.end_column = at.column + 1;
            at.end_line = at.line;
        }
        (void)snprintf(message, sizeof message, "expected an indented block after %s on line %d",
                       after, from->line);
        syntax_error_of(p->s, T_IndentationError, &at, message);
        return list;
    }
    p->next++;
    while (ok(p) && peek(p)->kind != K_DEDENT && peek(p)->kind != K_END) {
        parse_statement(p, &list);
    }
    p->next += peek(p)->kind == K_DEDENT;
    return list;
}

nodes parse(source *s) {
    parser p = {.s = s, .t = s->t, .arena = s->arena};
    nodes list = {0};
    while (!s->failed && peek(&p)->kind != K_END) {
        if (peek(&p)->kind == K_NEWLINE) {
            p.next++;
        } else {
            parse_statement(&p, &list);
        }
    }
    return list;
}
