/* ast.h: tokens, the tree, and what lexer, parser and compiler share. */
#ifndef MINIPY_AST_H
#define MINIPY_AST_H

#include "object.h"

/* ---- tokens -------------------------------------------------------------------------------------- */

enum { K_END, K_NEWLINE, K_INDENT, K_DEDENT, K_NAME, K_NUMBER, K_STRING, K_OP };

typedef struct token {
    int kind;
    const char *text;
    size_t length;
    location at;
} token;

/* ---- nodes --------------------------------------------------------------------------------------- */

enum node_kind {
    /* expressions */
    E_CONST,
    E_NAME,
    E_ATTRIBUTE,
    E_SUBSCRIPT,
    E_SLICE,
    E_CALL,
    E_KEYWORD,
    E_STAR,
    E_BINARY,
    E_UNARY,
    E_NOT,
    E_BOOL,
    E_COMPARE,
    E_CONDITION,
    E_LAMBDA,
    E_TUPLE,
    E_LIST,
    E_SET,
    E_DICT,
    E_LISTCOMP,
    E_SETCOMP,
    E_DICTCOMP,
    E_GENERATOR,
    E_COMPFOR,
    E_YIELD,
    E_YIELD_FROM,
    E_AWAIT,
    E_FSTRING,
    E_FORMAT,
    E_WALRUS,
    E_PARAM,
    E_PARAMS,
    /* statements */
    S_EXPRESSION,
    S_ASSIGN,
    S_AUGMENT,
    S_ANNOTATE,
    S_RETURN,
    S_DELETE,
    S_PASS,
    S_BREAK,
    S_CONTINUE,
    S_IF,
    S_WHILE,
    S_FOR,
    S_TRY,
    S_HANDLER,
    S_WITH,
    S_WITH_ITEM,
    S_FUNCTION,
    S_CLASS,
    S_RAISE,
    S_ASSERT,
    S_GLOBAL,
    S_NONLOCAL,
    S_IMPORT,
    S_FROM,
    S_ALIAS,
    S_BLOCK
};

/* Comparisons go on after CMP_GE. */
enum { CMP_IN = CMP_GE + 1, CMP_NOT_IN, CMP_IS, CMP_IS_NOT };
/* Kinds of parameters. */
enum { PARAM_POSITIONAL, PARAM_PLAIN, PARAM_VARARGS, PARAM_KWONLY, PARAM_KWARGS };

typedef struct node node;
typedef struct nodes {
    node **items;
    size_t count, room;
} nodes;

/* What the members mean is up to the kind: see the parser's function that makes it. */
struct node {
    enum node_kind kind;
    int op;
    location at;
    node *a, *b, *c, *d;
    nodes list, more;
    value v, w;
    struct scope *scope; /* of what has names of its own */
};

/* Memory of one compilation: freed at its end, the values in nodes dropped. */
typedef struct arena {
    vm *t;
    void **blocks;
    size_t block_count, block_room;
    value *values;
    size_t value_count, value_room;
} arena;

void *arena_new(arena *a, size_t size);
value arena_keep(arena *a, value v); /* takes it */
void arena_end(arena *a);
node *node_new(arena *a, enum node_kind kind, location at);
void nodes_add(arena *a, nodes *list, node *item);

typedef struct source {
    vm *t;
    arena *arena;
    const char *filename;
    const char *text;
    /* An expression in an f-string: its own text, which begins at that column; else NULL. */
    const char *inner;
    size_t inner_length;
    int inner_column;
    token *tokens;
    size_t count, room;
    bool failed;
} source;

/* Raises a SyntaxError (once), and marks the source as failed. */
void syntax_error(source *s, const location *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void syntax_error_of(source *s, unsigned type, const location *at, const char *message);
/* The tokens of a text. In an f-string: of an expression that begins at a place. */
bool tokenize(source *s, const char *text, size_t length, const location *inside);
/* The text of a string token without quotes: its prefix. */
typedef struct string_parts {
    const char *text;
    size_t length;
    bool raw, format, bytes, triple;
} string_parts;
string_parts string_split(const token *k);
/* The string that a text with escapes means; NIL: an error. */
value unescape(source *s, const char *text, size_t length, bool raw, const location *at);
nodes parse(source *s);

/* ---- scopes -------------------------------------------------------------------------------------- */

enum {
    NAME_BOUND = 1,
    NAME_GLOBAL = 2,
    NAME_NONLOCAL = 4,
    NAME_PARAM = 8,
    NAME_CELL = 16,
    NAME_FREE = 32,
    NAME_USED = 64
};
enum { SCOPE_MODULE, SCOPE_FUNCTION, SCOPE_CLASS };
typedef struct name_entry {
    value name;
    unsigned flags;
    uint32_t slot;
    location at; /* NAME_NONLOCAL: of the declaration */
} name_entry;
typedef struct scope {
    int kind;
    struct scope *parent;
    name_entry *names;
    size_t count, room;
    value name;
    bool generator, comprehension;
    bool async; /* a function that may await */
    struct scope **children;
    size_t child_count, child_room;
} scope;

scope *scopes_build(source *s, nodes *body);
name_entry *scope_find(const scope *s, value name);

#endif /* MINIPY_AST_H */
