/* compiler.c: trees to code.
 *
 * Exceptions cost nothing until one is raised: a table says which instructions lead to which handler, and how deep the stack is
 * there. Statements that leave a block (return, break, continue) do what its end would do: `unwind` emits that. A block's range in the
 * table has gaps there, for what is emitted is no longer inside the block.
 */
#include <stdlib.h>

#include "ast.h"
#include "opcode.h"

enum block_kind {
    BLOCK_LOOP,
    BLOCK_FOR,
    BLOCK_VALUE,
    BLOCK_TRY,
    BLOCK_FINALLY,
    BLOCK_WITH,
    BLOCK_HANDLER
};

typedef struct block {
    enum block_kind kind;
    struct block *outer;
    nodes *body;          /* FINALLY */
    value name;           /* HANDLER: to be deleted */
    uint32_t continue_to; /* loops */
    uint32_t *breaks;     /* jumps to be patched */
    size_t break_count, break_room;
    uint32_t start; /* of the range that is open; UINT32_MAX: none is */
    uint32_t depth;
    bool async;      /* WITH */
    handler *ranges; /* what is protected: their targets are set at the end */
    size_t range_count, range_room;
} block;

typedef struct unit {
    struct unit *outer;
    scope *scope;
    code *code;
    size_t op_room, place_room, const_room, handler_room;
    uint32_t depth; /* of the stack, here */
    location at;
    block *blocks;
    value prefix; /* of qualified names; NIL: none */
} unit;

typedef struct compiler {
    source *s;
    vm *t;
    unit *u;
    bool ignores_annotations;
} compiler;

static void expression(compiler *c, node *n);
static void statements(compiler *c, const nodes *list);
static void annotated(compiler *c, node *n);
static void store(compiler *c, node *n);

/* ---- emitting ------------------------------------------------------------------------------------ */

static const int EFFECTS[OPCODE_COUNT] = {
#define X(name, effect) effect,
    OPCODES(X)
#undef X
};

static uint32_t here(const compiler *c) {
    return c->u->code->op_count;
}

static void word(compiler *c, uint32_t content) {
    code *k = c->u->code;
    k->ops = (uint32_t *)grow_array(k->ops, k->op_count, &c->u->op_room, sizeof(uint32_t));
    k->places = (location *)grow_array(k->places, k->op_count, &c->u->place_room, sizeof(location));
    k->places[k->op_count] = c->u->at;
    k->ops[k->op_count++] = content;
}

static void set_depth(compiler *c, uint32_t depth) {
    c->u->depth = depth;
    if (depth > c->u->code->depth) {
        c->u->code->depth = depth;
    }
}

static uint32_t emit_effect(compiler *c, enum opcode op, uint32_t argument, int effect) {
    uint32_t at = here(c);
    if (argument >= 1U << 24) {
        syntax_error(c->s, &c->u->at, "minipy: too much code in one function");
    }
    word(c, (uint32_t)op | argument << 8);
    set_depth(c, (uint32_t)((int)c->u->depth + effect));
    return at;
}
static uint32_t emit(compiler *c, enum opcode op, uint32_t argument) {
    return emit_effect(c, op, argument, EFFECTS[op]);
}

static void emit_lookup(compiler *c, enum opcode op, uint32_t argument) {
    (void)emit(c, op, argument);
    word(c, c->u->code->lookup_count);
    c->u->code->lookup_count += op == I_LOAD_GLOBAL ? 1 : SITE_WAYS;
}

/* A jump to here. */
static void patch(compiler *c, uint32_t at) {
    uint32_t *op = &c->u->code->ops[at];
    *op = (*op & 0xFFU) | here(c) << 8;
}

static uint32_t add_const(compiler *c, value v) {
    code *k = c->u->code;
    for (uint32_t i = 0; i < k->const_count; i++) {
        if (k->consts[i] == v) {
            return i;
        }
    }
    k->consts = (value *)grow_array(k->consts, k->const_count, &c->u->const_room, sizeof(value));
    k->consts[k->const_count] = keep(c->t, v);
    return k->const_count++;
}
static void load_const(compiler *c, value v) {
    (void)emit(c, I_LOAD_CONST, add_const(c, v));
}

/* Awaits what is on top: its result takes its place. */
static void await_top(compiler *c, uint32_t kind) {
    (void)emit(c, I_GET_AWAITABLE, kind);
    load_const(c, NONE);
    (void)emit(c, I_YIELD_FROM, 0);
}

/* The end of a `with`: calls what its beginning has left. */
static void leave_with(compiler *c, bool async) {
    (void)emit_effect(c, I_WITH_LEAVE, async, async ? 0 : -1);
    if (async) {
        await_top(c, AWAIT_EXIT);
        (void)emit(c, I_POP, 0);
    }
}

/* ---- names --------------------------------------------------------------------------------------- */

enum access { LOAD, STORE, DELETE };

static value mangle(compiler *c, value name) {
    const char *text = text_of(name);
    size_t size = length_of(name);
    unit *u = c->u;
    while (u != NULL && u->scope->kind != SCOPE_CLASS) {
        u = u->outer;
    }
    if (u == NULL || size < 3 || text[0] != '_' || text[1] != '_' ||
        (text[size - 1] == '_' && text[size - 2] == '_')) {
        return name;
    }
    vm *t = c->t;
    const char *cls = text_of(u->scope->name);
    cls += strspn(cls, "_");
    value made = *cls == '\0' ? keep(t, name) : str_format(t, "_%s%s", cls, text);
    value interned = str_intern(t, made);
    decref(t, made);
    return arena_keep(c->s->arena, interned);
}

static void name_access(compiler *c, value name, enum access access) {
    static const enum opcode FAST[] = {I_LOAD_FAST, I_STORE_FAST, I_DELETE_FAST};
    static const enum opcode DEREF[] = {I_LOAD_DEREF, I_STORE_DEREF, I_DELETE_DEREF};
    static const enum opcode GLOBAL[] = {I_LOAD_GLOBAL, I_STORE_GLOBAL, I_DELETE_GLOBAL};
    static const enum opcode IN_CLASS[] = {I_LOAD_NAME, I_STORE_NAME, I_DELETE_NAME};
    scope *s = c->u->scope;
    name_entry *entry = scope_find(s, name);
    unsigned flags = entry != NULL ? entry->flags : 0;
    if ((flags & NAME_GLOBAL) == 0 && s->kind != SCOPE_MODULE) {
        bool bound_in_class =
            s->kind == SCOPE_CLASS && (flags & NAME_BOUND) != 0 && (flags & NAME_NONLOCAL) == 0;
        if (s->kind == SCOPE_CLASS && access == LOAD && (flags & NAME_FREE) != 0 &&
            !bound_in_class && (flags & NAME_NONLOCAL) == 0) {
            (void)emit(c, I_LOAD_CLASS_DEREF, entry->slot);
            return;
        }
        if ((flags & (NAME_CELL | NAME_FREE)) != 0 && !bound_in_class) {
            (void)emit(c, DEREF[access], entry->slot);
            return;
        }
        if (s->kind == SCOPE_FUNCTION && (flags & NAME_BOUND) != 0) {
            (void)emit(c, FAST[access], entry->slot);
            return;
        }
        if (s->kind == SCOPE_CLASS) {
            (void)emit(c, IN_CLASS[access], add_const(c, name));
            return;
        }
    }
    if (access == LOAD) {
        emit_lookup(c, I_LOAD_GLOBAL, add_const(c, name));
    } else {
        (void)emit(c, GLOBAL[access], add_const(c, name));
    }
}

/* ---- blocks -------------------------------------------------------------------------------------- */

static void open_range(compiler *c, block *b) {
    b->start = here(c);
}

static void close_range(compiler *c, block *b) {
    if (b->start != UINT32_MAX && b->start < here(c)) {
        b->ranges =
            (handler *)grow_array(b->ranges, b->range_count, &b->range_room, sizeof(handler));
        b->ranges[b->range_count++] = (handler){b->start, here(c), 0, b->depth};
    }
    b->start = UINT32_MAX;
}

static void block_begin(compiler *c, block *b, enum block_kind kind) {
    *b = (block){.kind = kind, .outer = c->u->blocks, .start = UINT32_MAX, .depth = c->u->depth};
    c->u->blocks = b;
    if (kind >= BLOCK_TRY) {
        open_range(c, b);
    }
}

/* Ends what is protected, and names the handler: the next instruction. */
static void block_end(compiler *c, block *b) {
    if (b->start != UINT32_MAX) {
        close_range(c, b);
    }
    c->u->blocks = b->outer;
}

static void block_target(compiler *c, block *b) {
    code *k = c->u->code;
    for (size_t i = 0; i < b->range_count; i++) {
        k->handlers = (handler *)grow_array(k->handlers, k->handler_count, &c->u->handler_room,
                                            sizeof(handler));
        b->ranges[i].target = here(c);
        k->handlers[k->handler_count++] = b->ranges[i];
    }
    free(b->ranges);
    b->ranges = NULL;
    set_depth(c, b->depth + 1); /* the exception */
}

static void delete_name(compiler *c, value name) {
    if (name != NIL) {
        load_const(c, NONE);
        name_access(c, name, STORE);
        name_access(c, name, DELETE);
    }
}

/* What the end of a block would do. `value`: there is a result on top that stays. */
static void leave_block(compiler *c, block *b, bool value_on_top) {
    switch (b->kind) {
    case BLOCK_FOR:
    case BLOCK_VALUE:
        (void)emit(c, value_on_top ? I_POP_UNDER : I_POP, 0);
        break;
    case BLOCK_FINALLY: {
        /* What leaves the body has to take the result along. */
        block result;
        if (value_on_top) {
            block_begin(c, &result, BLOCK_VALUE);
        }
        statements(c, b->body);
        if (value_on_top) {
            c->u->blocks = result.outer;
        }
        break;
    }
    case BLOCK_WITH:
        if (value_on_top) {
            (void)emit(c, I_SWAP, 0);
        }
        leave_with(c, b->async);
        break;
    case BLOCK_HANDLER:
        (void)emit_effect(c, I_POP_EXC, value_on_top, -2);
        delete_name(c, b->name);
        break;
    default:
        break;
    }
}

/* Leaves all blocks up to `until`, for good; the ranges go on behind `resume`. */
static void unwind(compiler *c, block *until, bool value_on_top) {
    block *saved = c->u->blocks;
    for (block *b = saved; b != until; b = b->outer) {
        if (b->kind >= BLOCK_TRY) {
            close_range(c, b);
        }
        c->u->blocks = b->outer;
        leave_block(c, b, value_on_top);
    }
    c->u->blocks = saved;
}
static void resume(compiler *c, block *until) {
    for (block *b = c->u->blocks; b != until; b = b->outer) {
        if (b->kind >= BLOCK_TRY) {
            open_range(c, b);
        }
    }
}

/* ---- units: functions, classes, the module ------------------------------------------------------- */

static value qualified(compiler *c, value name) {
    unit *u = c->u;
    if (u == NULL || u->scope->kind == SCOPE_MODULE) {
        return name;
    }
    name_entry *entry = scope_find(u->scope, name);
    if (entry != NULL && (entry->flags & NAME_GLOBAL) != 0) {
        return name;
    }
    return arena_keep(c->s->arena,
                      str_format(c->t, u->scope->kind == SCOPE_CLASS ? "%s.%s" : "%s.<locals>.%s",
                                 text_of(u->code->qualname), text_of(name)));
}

/* Slots: parameters, other locals, cells, then what comes from the closure. */
static void assign_slots(compiler *c, scope *s, code *k) {
    uint32_t slot = 0;
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < s->count; i++) {
            name_entry *entry = &s->names[i];
            bool param = (entry->flags & NAME_PARAM) != 0;
            bool free_name = (entry->flags & NAME_FREE) != 0;
            bool own = !free_name && (entry->flags & NAME_GLOBAL) == 0 &&
                       (entry->flags & (s->kind == SCOPE_FUNCTION ? NAME_BOUND : NAME_CELL)) != 0;
            if (pass == 0 ? param : pass == 1 ? own && !param : free_name) {
                entry->slot = slot++;
                k->free_count += pass == 2;
                k->cell_count += (entry->flags & NAME_CELL) != 0 && pass < 2;
            }
        }
    }
    k->slots = slot;
    size_t room = 0;
    k->names = (value *)grow_array(NULL, slot, &room, sizeof(value));
    room = 0;
    k->cells = (uint32_t *)grow_array(NULL, k->cell_count, &room, sizeof(uint32_t));
    uint32_t cells = 0;
    for (size_t i = 0; i < s->count; i++) {
        name_entry *entry = &s->names[i];
        bool has_slot = (entry->flags & (NAME_PARAM | NAME_FREE | NAME_CELL)) != 0 ||
                        (s->kind == SCOPE_FUNCTION && (entry->flags & NAME_BOUND) != 0 &&
                         (entry->flags & NAME_GLOBAL) == 0);
        if (!has_slot || s->kind == SCOPE_MODULE) {
            continue;
        }
        k->names[entry->slot] = keep(c->t, entry->name);
        if ((entry->flags & NAME_CELL) != 0 && (entry->flags & NAME_FREE) == 0) {
            k->cells[cells++] = entry->slot;
        }
    }
}

static bool unit_begin(compiler *c, unit *u, scope *s, value name, int line) {
    vm *t = c->t;
    code *k = (code *)object_new(t, sizeof *k, T_CODE);
    if (k == NULL) {
        c->s->failed = true;
        return false;
    }
    memset((char *)k + sizeof k->head, 0, sizeof *k - sizeof k->head);
    *u = (unit){.outer = c->u, .scope = s, .code = k};
    k->name = keep(t, name);
    k->qualname = keep(t, qualified(c, name));
    k->filename = c->u != NULL ? keep(t, c->u->code->filename) : str_of(t, c->s->filename);
    k->source = c->u != NULL ? keep(t, c->u->code->source) : str_of(t, c->s->text);
    k->first_line = line;
    u->at = (location){line, 0, line, 0, -1, -1};
    k->flags = (s->generator || s->async ? CODE_GENERATOR : 0) |
               (!s->async      ? 0
                : s->generator ? CODE_ASYNC_GENERATOR
                               : CODE_COROUTINE) |
               (s->kind == SCOPE_CLASS ? CODE_CLASS : 0);
    c->u = u;
    if (s->kind != SCOPE_MODULE) {
        assign_slots(c, s, k);
    }
    return true;
}

/* The finished code: a reference. */
static code *unit_end(compiler *c, unit *u) {
    code *k = u->code;
    load_const(c, NONE);
    (void)emit(c, I_RETURN, 0);
    k->depth += 4;
    /* Relaxed: it only has to be another one each time. */
    k->number = weft_fetch_add_relaxed_u32(&c->t->rt->codes, 1);
    c->u = u->outer;
    return k;
}

/* The finished code's function, with what it needs from here. The defaults have been pushed. */
static void make_function(compiler *c, code *k, scope *s, unsigned flags) {
    if (k->free_count > 0) {
        for (size_t i = 0; i < s->count; i++) {
            if ((s->names[i].flags & NAME_FREE) != 0) {
                name_entry *entry = scope_find(c->u->scope, s->names[i].name);
                (void)emit(c, I_LOAD_SLOT, entry->slot);
            }
        }
        (void)emit_effect(c, I_BUILD_TUPLE, k->free_count, 1 - (int)k->free_count);
        flags |= 4;
    }
    load_const(c, from_ref(k));
    decref(c->t, from_ref(k));
    (void)emit_effect(c, I_MAKE_FUNCTION, flags,
                      -(int)((flags & 1U) + (flags >> 1 & 1U) + (flags >> 2 & 1U)));
}

static unsigned defaults(compiler *c, const node *params) {
    unsigned flags = 0;
    uint32_t count = 0;
    for (size_t i = 0; i < params->list.count; i++) {
        node *param = params->list.items[i];
        if (param->op <= PARAM_PLAIN && param->a != NULL) {
            expression(c, param->a);
            count++;
        }
    }
    if (count > 0) {
        (void)emit_effect(c, I_BUILD_TUPLE, count, 1 - (int)count);
        flags |= 1;
    }
    count = 0;
    for (size_t i = 0; i < params->list.count; i++) {
        node *param = params->list.items[i];
        if (param->op == PARAM_KWONLY && param->a != NULL) {
            load_const(c, param->v);
            expression(c, param->a);
            count++;
        }
    }
    if (count > 0) {
        (void)emit_effect(c, I_BUILD_DICT, count, 1 - 2 * (int)count);
        flags |= 2;
    }
    return flags;
}

static void count_params(code *k, const node *params) {
    for (size_t i = 0; i < params->list.count; i++) {
        int kind = params->list.items[i]->op;
        k->posonly += kind == PARAM_POSITIONAL;
        k->params += kind <= PARAM_PLAIN;
        k->kwonly += kind == PARAM_KWONLY;
        k->flags |= kind == PARAM_VARARGS ? CODE_VARARGS : kind == PARAM_KWARGS ? CODE_KWARGS : 0;
    }
}

/* The text at the beginning of a body; the constant 0 of a function. */
static value docstring(const nodes *body) {
    node *first = body->count > 0 ? body->items[0] : NULL;
    return first != NULL && first->kind == S_EXPRESSION && first->a->kind == E_CONST &&
                   is_str(first->a->v)
               ? first->a->v
               : NONE;
}

/* The annotations of the function on the stack; n->b is that of what it returns. */
static void annotations(compiler *c, const node *n, const node *params) {
    vm *t = c->t;
    uint32_t count = n->kind == S_FUNCTION && n->b != NULL;
    for (size_t i = 0; i < params->list.count; i++) {
        count += params->list.items[i]->b != NULL;
    }
    if (count == 0 || c->ignores_annotations) {
        return;
    }
    (void)emit(c, I_DUP, 0);
    for (size_t i = 0; i < params->list.count; i++) {
        if (params->list.items[i]->b != NULL) {
            load_const(c, mangle(c, params->list.items[i]->v));
            expression(c, params->list.items[i]->b);
        }
    }
    if (n->kind == S_FUNCTION && n->b != NULL) {
        value name = arena_keep(c->s->arena, str_name(t, "return", 6));
        load_const(c, name);
        expression(c, n->b);
    }
    (void)emit_effect(c, I_BUILD_DICT, count, 1 - 2 * (int)count);
    (void)emit(c, I_SWAP, 0);
    emit_lookup(c, I_STORE_ATTR, add_const(c, NAME(annotations)));
}

static void function(compiler *c, node *n, node *params, value name) {
    unit u;
    location at = c->u->at;
    unsigned flags = defaults(c, params);
    if (!unit_begin(c, &u, n->scope, name, n->at.line)) {
        return;
    }
    count_params(u.code, params);
    if (n->kind == E_LAMBDA) {
        (void)add_const(c, NONE);
        expression(c, n->b);
        c->u->at = n->b->at;
        (void)emit(c, I_RETURN, 0);
        set_depth(c, 0);
    } else {
        (void)add_const(c, docstring(&n->list));
        statements(c, &n->list);
    }
    code *k = unit_end(c, &u);
    c->u->at = at;
    make_function(c, k, n->scope, flags);
    annotations(c, n, params);
}

/* ---- comprehensions ------------------------------------------------------------------------------- */

static void yield_top(compiler *c) {
    if ((c->u->code->flags & CODE_ASYNC_GENERATOR) != 0) {
        (void)emit(c, I_WRAP, 0);
    }
    (void)emit(c, I_YIELD, 0);
}

/* The next item of an asynchronous iterator, or a jump to what next_async_end emits. */
static void next_async(compiler *c, block *over) {
    block_begin(c, over, BLOCK_TRY);
    (void)emit(c, I_GET_ANEXT, 0);
    await_top(c, AWAIT_NEXT);
    block_end(c, over);
}
static void next_async_end(compiler *c, block *over) {
    block_target(c, over);
    (void)emit(c, I_END_ASYNC_FOR, 0);
}

static void comprehension_part(compiler *c, node *n, size_t number, uint32_t depth) {
    if (number == n->list.count) {
        expression(c, n->a);
        if (n->kind == E_DICTCOMP) {
            expression(c, n->b);
        }
        uint32_t below = c->u->depth - depth;
        if (n->kind == E_GENERATOR) {
            yield_top(c);
            (void)emit(c, I_POP, 0);
        } else if (n->kind == E_DICTCOMP) {
            (void)emit(c, I_DICT_ADD, below);
        } else {
            (void)emit(c, n->kind == E_LISTCOMP ? I_LIST_APPEND : I_SET_ADD, below);
        }
        return;
    }
    node *part = n->list.items[number];
    if (number == 0) {
        (void)emit(c, I_LOAD_FAST, 0);
        (void)emit(c, I_DELETE_FAST,
                   0); /* an iterator with one reference is stepped without a lock */
    } else {
        expression(c, part->b);
        (void)emit(c, part->op == 1 ? I_GET_AITER : I_GET_ITER, 0);
    }
    uint32_t start = here(c);
    uint32_t over = 0;
    block async_over;
    c->u->at = part->b->at;
    if (part->op == 1) {
        next_async(c, &async_over);
    } else {
        over = emit(c, I_FOR_ITER, 0);
    }
    store(c, part->a);
    uint32_t skips[64];
    size_t skip_count = 0;
    for (size_t i = 0; i < part->list.count && i < 64; i++) {
        expression(c, part->list.items[i]);
        skips[skip_count++] = emit(c, I_JUMP_IF_FALSE, 0);
    }
    comprehension_part(c, n, number + 1, depth);
    for (size_t i = 0; i < skip_count; i++) {
        patch(c, skips[i]);
    }
    (void)emit(c, I_JUMP_BACK, start);
    if (part->op == 1) {
        next_async_end(c, &async_over);
        return;
    }
    patch(c, over);
    set_depth(c, c->u->depth - 1);
}

static void comprehension(compiler *c, node *n) {
    unit u;
    location at = n->at;
    if (!unit_begin(c, &u, n->scope, n->scope->name, n->at.line)) {
        return;
    }
    u.code->params = 1;
    (void)add_const(c, NONE);
    c->u->at = n->at;
    static const enum opcode BUILD[] = {I_BUILD_LIST, I_BUILD_SET, I_BUILD_DICT};
    if (n->kind != E_GENERATOR) {
        (void)emit_effect(c, BUILD[n->kind - E_LISTCOMP], 0, 1);
    }
    comprehension_part(c, n, 0, c->u->depth);
    if (n->kind != E_GENERATOR) {
        (void)emit(c, I_RETURN, 0);
    }
    set_depth(c, 0);
    code *k = unit_end(c, &u);
    c->u->at = at;
    make_function(c, k, n->scope, 0);
    (void)emit(c, I_PUSH_NULL, 0);
    expression(c, n->list.items[0]->b);
    c->u->at = n->list.items[0]->b->at;
    (void)emit(c, n->list.items[0]->op == 1 ? I_GET_AITER : I_GET_ITER, 0);
    c->u->at = at;
    (void)emit_effect(c, I_CALL, 1, -2);
    if (n->scope->async && n->kind != E_GENERATOR) {
        await_top(c, AWAIT_EXPRESSION);
    }
}

/* ---- calls ---------------------------------------------------------------------------------------- */

static bool is_spread(const nodes *arguments) {
    for (size_t i = 0; i < arguments->count; i++) {
        node *n = arguments->items[i];
        if (n->kind == E_STAR || (n->kind == E_KEYWORD && n->v == NIL)) {
            return true;
        }
    }
    return false;
}

/* A tuple of the positional ones, a dict of the others. */
static void spread_arguments(compiler *c, const nodes *arguments) {
    (void)emit_effect(c, I_BUILD_LIST, 0, 1);
    for (size_t i = 0; i < arguments->count; i++) {
        node *n = arguments->items[i];
        if (n->kind != E_KEYWORD) {
            expression(c, n->kind == E_STAR ? n->a : n);
            (void)emit(c, n->kind == E_STAR ? I_LIST_EXTEND : I_LIST_APPEND,
                       n->kind == E_STAR ? 2 : 1); /* 2: of a call, whose function is below */
        }
    }
    (void)emit(c, I_LIST_TO_TUPLE, 0);
    (void)emit_effect(c, I_BUILD_DICT, 0, 1);
    for (size_t i = 0; i < arguments->count; i++) {
        node *n = arguments->items[i];
        if (n->kind == E_KEYWORD && n->v != NIL) {
            load_const(c, n->v);
            expression(c, n->a);
            (void)emit_effect(c, I_BUILD_DICT, 1, -1);
            (void)emit(c, I_DICT_UPDATE, 1);
        } else if (n->kind == E_KEYWORD) {
            expression(c, n->a);
            (void)emit(c, I_DICT_UPDATE, 1);
        }
    }
}

/* The function and its place for self have been pushed. */
static void call_arguments(compiler *c, node *n) {
    const nodes *arguments = &n->list;
    if (is_spread(arguments)) {
        spread_arguments(c, arguments);
        c->u->at = n->at;
        (void)emit(c, I_CALL_SPREAD, 0);
        return;
    }
    uint32_t named = 0;
    for (size_t i = 0; i < arguments->count; i++) {
        node *argument = arguments->items[i];
        bool keyword = argument->kind == E_KEYWORD;
        expression(c, keyword ? argument->a : argument);
        named += keyword;
    }
    int count = (int)arguments->count;
    c->u->at = n->at;
    if (named == 0) {
        (void)emit_effect(c, I_CALL, (uint32_t)count, -count - 1);
        return;
    }
    value names = arena_keep(c->s->arena, tuple_new(c->t, named));
    uint32_t at = 0;
    for (size_t i = 0; i < arguments->count; i++) {
        if (arguments->items[i]->kind == E_KEYWORD) {
            value name = arguments->items[i]->v;
            for (uint32_t j = 0; j < at; j++) {
                if (AS(tuple, names)->items[j] == name) {
                    syntax_error(c->s, &arguments->items[i]->at, "keyword argument repeated: %s",
                                 text_of(name));
                }
            }
            AS(tuple, names)->items[at++] = keep(c->t, name);
        }
    }
    load_const(c, names);
    (void)emit_effect(c, I_CALL_KW, (uint32_t)count, -count - 2);
}

/* super(): the class and the first argument are given. */
static bool bare_super(compiler *c, const node *n) {
    vm *t = c->t;
    scope *s = c->u->scope;
    if (n->a->kind != E_NAME || n->list.count != 0 || strcmp(text_of(n->a->v), "super") != 0) {
        return false;
    }
    name_entry *cls = scope_find(s, NAME(class_));
    if (cls == NULL || (cls->flags & NAME_FREE) == 0 || s->count == 0 ||
        (s->names[0].flags & NAME_PARAM) == 0) {
        return false;
    }
    name_access(c, n->a->v, LOAD);
    (void)emit(c, I_PUSH_NULL, 0);
    name_access(c, NAME(class_), LOAD);
    name_access(c, s->names[0].name, LOAD);
    c->u->at = n->at;
    (void)emit_effect(c, I_CALL, 2, -3);
    return true;
}

static void call_expression(compiler *c, node *n) {
    if (bare_super(c, n)) {
        return;
    }
    bool method = n->a->kind == E_ATTRIBUTE && !is_spread(&n->list);
    if (method) {
        expression(c, n->a->a);
        c->u->at = n->a->at;
        emit_lookup(c, I_LOAD_METHOD, add_const(c, mangle(c, n->a->v)));
    } else {
        expression(c, n->a);
        (void)emit(c, I_PUSH_NULL, 0);
    }
    call_arguments(c, n);
}

/* ---- expressions ---------------------------------------------------------------------------------- */

static bool has_star(const nodes *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->kind == E_STAR) {
            return true;
        }
    }
    return false;
}

static bool all_const(const nodes *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->kind != E_CONST) {
            return false;
        }
    }
    return true;
}

static void sequence(compiler *c, node *n) {
    static const enum opcode BUILD[] = {I_BUILD_TUPLE, I_BUILD_LIST, I_BUILD_SET};
    uint32_t count = (uint32_t)n->list.count;
    unsigned kind = n->kind - E_TUPLE;
    if (n->kind == E_TUPLE && all_const(&n->list)) {
        value made = arena_keep(c->s->arena, tuple_new(c->t, count));
        for (uint32_t i = 0; i < count; i++) {
            AS(tuple, made)->items[i] = keep(c->t, n->list.items[i]->v);
        }
        load_const(c, made);
        return;
    }
    if (!has_star(&n->list) && count < 1000) {
        for (uint32_t i = 0; i < count; i++) {
            expression(c, n->list.items[i]);
        }
        c->u->at = n->at;
        (void)emit_effect(c, BUILD[kind], count, 1 - (int)count);
        return;
    }
    (void)emit_effect(c, n->kind == E_SET ? I_BUILD_SET : I_BUILD_LIST, 0, 1);
    for (uint32_t i = 0; i < count; i++) {
        node *item = n->list.items[i];
        bool star = item->kind == E_STAR;
        expression(c, star ? item->a : item);
        (void)emit(c,
                   n->kind == E_SET ? (star ? I_SET_UPDATE : I_SET_ADD)
                                    : (star ? I_LIST_EXTEND : I_LIST_APPEND),
                   1);
    }
    if (n->kind == E_TUPLE) {
        (void)emit(c, I_LIST_TO_TUPLE, 0);
    }
}

static void dict_display(compiler *c, node *n) {
    uint32_t pending = 0;
    bool open = false;
    for (size_t i = 0; i <= n->list.count; i++) {
        bool end = i == n->list.count;
        bool spread = !end && n->list.items[i] == NULL;
        if (end || spread || pending == 200) {
            if (pending > 0 || (end && !open) || (spread && !open)) {
                (void)emit_effect(c, I_BUILD_DICT, pending, 1 - 2 * (int)pending);
                if (open) {
                    (void)emit(c, I_DICT_UPDATE, 0);
                }
                open = true;
                pending = 0;
            }
        }
        if (end) {
            break;
        }
        if (spread) {
            expression(c, n->more.items[i]);
            (void)emit(c, I_DICT_UPDATE, 0);
        } else {
            expression(c, n->list.items[i]);
            expression(c, n->more.items[i]);
            pending++;
        }
    }
}

static void bool_expression(compiler *c, node *n) {
    uint32_t jumps[256];
    size_t count = 0;
    for (size_t i = 0; i < n->list.count; i++) {
        expression(c, n->list.items[i]);
        if (i + 1 < n->list.count && count < 256) {
            jumps[count++] = emit(c, n->op == 0 ? I_JUMP_IF_FALSE_KEEP : I_JUMP_IF_TRUE_KEEP, 0);
        }
    }
    for (size_t i = 0; i < count; i++) {
        patch(c, jumps[i]);
    }
}

static void compare_op(compiler *c, const node *part) {
    c->u->at = part->at;
    if (part->op <= CMP_GE) {
        (void)emit(c, I_COMPARE, (uint32_t)part->op);
    } else if (part->op == CMP_IS || part->op == CMP_IS_NOT) {
        (void)emit(c, I_IS, part->op == CMP_IS_NOT);
    } else {
        (void)emit(c, I_IN, part->op == CMP_NOT_IN);
    }
}

static void comparison(compiler *c, node *n) {
    expression(c, n->a);
    uint32_t jumps[64];
    size_t count = 0;
    for (size_t i = 0; i < n->list.count; i++) {
        expression(c, n->list.items[i]->b);
        if (i + 1 == n->list.count) {
            compare_op(c, n->list.items[i]);
            break;
        }
        /* a b -> b a b: the middle is needed again */
        (void)emit_effect(c, I_DUP, 0, 1);
        (void)emit(c, I_ROT3, 0);
        compare_op(c, n->list.items[i]);
        if (count < 64) {
            jumps[count++] = emit(c, I_JUMP_IF_FALSE_KEEP, 0);
        }
    }
    if (count > 0) {
        uint32_t end = emit(c, I_JUMP, 0);
        for (size_t i = 0; i < count; i++) {
            patch(c, jumps[i]);
        }
        set_depth(c, c->u->depth + 1);
        (void)emit(c, I_POP_UNDER, 0);
        patch(c, end);
    }
}

/* Jumps if the condition is not `wanted`; the jumps are to be patched. */
static void jump_unless(compiler *c, node *n, bool wanted, uint32_t *jumps, size_t *count) {
    if (n->kind == E_NOT) {
        jump_unless(c, n->a, !wanted, jumps, count);
        return;
    }
    if (n->kind == E_BOOL && (n->op == 0) == wanted && n->list.count + *count < 60) {
        for (size_t i = 0; i < n->list.count; i++) {
            jump_unless(c, n->list.items[i], wanted, jumps, count);
        }
        return;
    }
    if (n->kind == E_COMPARE && n->list.count == 1 && n->list.items[0]->op <= CMP_GE) {
        expression(c, n->a);
        expression(c, n->list.items[0]->b);
        c->u->at = n->at;
        jumps[(*count)++] = emit(c, I_COMPARE_JUMP, 0);
        word(c, (uint32_t)n->list.items[0]->op | (wanted ? 0U : 8U));
        return;
    }
    expression(c, n);
    c->u->at = n->at;
    jumps[(*count)++] = emit(c, wanted ? I_JUMP_IF_FALSE : I_JUMP_IF_TRUE, 0);
}

static void patch_all(compiler *c, const uint32_t *jumps, size_t count) {
    for (size_t i = 0; i < count; i++) {
        patch(c, jumps[i]);
    }
}

static void condition(compiler *c, node *n) {
    uint32_t jumps[64];
    size_t count = 0;
    jump_unless(c, n->a, true, jumps, &count);
    expression(c, n->b);
    uint32_t end = emit(c, I_JUMP, 0);
    patch_all(c, jumps, count);
    set_depth(c, c->u->depth - 1);
    expression(c, n->c);
    patch(c, end);
}

static void fstring(compiler *c, node *n) {
    for (size_t i = 0; i < n->list.count; i++) {
        expression(c, n->list.items[i]);
    }
    c->u->at = n->at;
    (void)emit_effect(c, I_BUILD_STRING, (uint32_t)n->list.count, 1 - (int)n->list.count);
}

static void optional(compiler *c, node *n) {
    if (n != NULL) {
        expression(c, n);
    } else {
        load_const(c, NONE);
    }
}

static void unary_expression(compiler *c, node *n) {
    if (n->a->kind == E_CONST && is_number(n->a->v) && n->op == '-') {
        load_const(c, arena_keep(c->s->arena, number_unary(c->t, '-', n->a->v)));
        return;
    }
    expression(c, n->a);
    c->u->at = n->at;
    (void)emit(c, I_UNARY, (uint32_t)n->op);
}

static void binary_op(compiler *c, int op) {
    if (op == OP_ADD || op == OP_SUB || op == OP_MUL) {
        (void)emit(c, op == OP_ADD ? I_BINARY_ADD : op == OP_SUB ? I_BINARY_SUB : I_BINARY_MUL, 0);
    } else {
        (void)emit(c, I_BINARY, (uint32_t)op);
    }
}

static void const_expression(compiler *c, node *n) {
    load_const(c, n->v);
}

static void name_expression(compiler *c, node *n) {
    name_access(c, mangle(c, n->v), LOAD);
}

static void attribute_expression(compiler *c, node *n) {
    expression(c, n->a);
    c->u->at = n->at;
    emit_lookup(c, I_LOAD_ATTR, add_const(c, mangle(c, n->v)));
}

static void subscript_expression(compiler *c, node *n) {
    expression(c, n->a);
    expression(c, n->b);
    c->u->at = n->at;
    (void)emit(c, I_SUBSCRIPT, 0);
}

static void slice_expression(compiler *c, node *n) {
    optional(c, n->a);
    optional(c, n->b);
    optional(c, n->c);
    (void)emit(c, I_BUILD_SLICE, 0);
}

static void binary_expression(compiler *c, node *n) {
    expression(c, n->a);
    expression(c, n->b);
    c->u->at = n->at;
    binary_op(c, n->op);
}

static void not_expression(compiler *c, node *n) {
    expression(c, n->a);
    (void)emit(c, I_NOT, 0);
}

static void lambda_expression(compiler *c, node *n) {
    function(c, n, n->a, n->scope->name);
}

static void yield_expression(compiler *c, node *n) {
    optional(c, n->a);
    yield_top(c);
}

static void await_expression(compiler *c, node *n) {
    expression(c, n->a);
    c->u->at = n->at;
    await_top(c, AWAIT_EXPRESSION);
}

static void yield_from_expression(compiler *c, node *n) {
    expression(c, n->a);
    (void)emit(c, I_GET_ITER, 0);
    load_const(c, NONE);
    (void)emit(c, I_YIELD_FROM, 0);
}

static void format_expression(compiler *c, node *n) {
    expression(c, n->a);
    if (n->b != NULL) {
        expression(c, n->b);
    }
    c->u->at = n->at;
    (void)emit_effect(c, I_FORMAT, (uint32_t)n->op << 1 | (n->b != NULL), n->b != NULL ? -1 : 0);
}

static void walrus_expression(compiler *c, node *n) {
    expression(c, n->a);
    (void)emit(c, I_DUP, 0);
    name_access(c, mangle(c, n->v), STORE);
}

static void star_expression(compiler *c, node *n) {
    syntax_error(c->s, &n->at, "can't use starred expression here");
}

static void (*const EXPRESSIONS[])(compiler *c, node *n) = {
    [E_CONST] = const_expression,
    [E_NAME] = name_expression,
    [E_ATTRIBUTE] = attribute_expression,
    [E_SUBSCRIPT] = subscript_expression,
    [E_SLICE] = slice_expression,
    [E_CALL] = call_expression,
    [E_BINARY] = binary_expression,
    [E_UNARY] = unary_expression,
    [E_NOT] = not_expression,
    [E_BOOL] = bool_expression,
    [E_COMPARE] = comparison,
    [E_CONDITION] = condition,
    [E_LAMBDA] = lambda_expression,
    [E_TUPLE] = sequence,
    [E_LIST] = sequence,
    [E_SET] = sequence,
    [E_DICT] = dict_display,
    [E_LISTCOMP] = comprehension,
    [E_SETCOMP] = comprehension,
    [E_DICTCOMP] = comprehension,
    [E_GENERATOR] = comprehension,
    [E_YIELD] = yield_expression,
    [E_AWAIT] = await_expression,
    [E_YIELD_FROM] = yield_from_expression,
    [E_FSTRING] = fstring,
    [E_FORMAT] = format_expression,
    [E_WALRUS] = walrus_expression,
    [E_STAR] = star_expression,
};

static void expression(compiler *c, node *n) {
    if (c->s->failed) {
        return;
    }
    if (!c_stack_room(c->t)) {
        c->s->failed = true;
        return;
    }
    c->u->at = n->at;
    if ((size_t)n->kind < sizeof EXPRESSIONS / sizeof *EXPRESSIONS &&
        EXPRESSIONS[n->kind] != NULL) {
        EXPRESSIONS[n->kind](c, n);
    } else {
        syntax_error(c->s, &n->at, "invalid syntax");
    }
}

/* ---- targets -------------------------------------------------------------------------------------- */

static void unpack(compiler *c, node *n) {
    uint32_t count = (uint32_t)n->list.count;
    uint32_t star = count;
    for (uint32_t i = 0; i < count; i++) {
        star = n->list.items[i]->kind == E_STAR ? i : star;
    }
    c->u->at = n->at;
    if (star == count) {
        (void)emit_effect(c, I_UNPACK, count, (int)count - 1);
    } else {
        (void)emit_effect(c, I_UNPACK_STAR, star << 8 | (count - star - 1), (int)count - 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        node *item = n->list.items[i];
        store(c, item->kind == E_STAR ? item->a : item);
    }
}

/* Takes the value on top. */
static void store(compiler *c, node *n) {
    c->u->at = n->at;
    switch (n->kind) {
    case E_NAME:
        name_access(c, mangle(c, n->v), STORE);
        break;
    case E_ATTRIBUTE:
        expression(c, n->a);
        c->u->at = n->at;
        emit_lookup(c, I_STORE_ATTR, add_const(c, mangle(c, n->v)));
        break;
    case E_SUBSCRIPT:
        expression(c, n->a);
        expression(c, n->b);
        c->u->at = n->at;
        (void)emit(c, I_STORE_SUBSCRIPT, 0);
        break;
    case E_STAR:
        syntax_error(c->s, &n->at, "starred assignment target must be in a list or tuple");
        break;
    default:
        unpack(c, n);
        break;
    }
}

static void delete(compiler *c, node *n) {
    c->u->at = n->at;
    switch (n->kind) {
    case E_NAME:
        name_access(c, mangle(c, n->v), DELETE);
        break;
    case E_ATTRIBUTE:
        expression(c, n->a);
        c->u->at = n->at;
        (void)emit(c, I_DELETE_ATTR, add_const(c, mangle(c, n->v)));
        break;
    case E_SUBSCRIPT:
        expression(c, n->a);
        expression(c, n->b);
        c->u->at = n->at;
        (void)emit(c, I_DELETE_SUBSCRIPT, 0);
        break;
    default:
        for (size_t i = 0; i < n->list.count; i++) {
            delete (c, n->list.items[i]);
        }
        break;
    }
}

static void augment(compiler *c, node *n) {
    node *target = n->a;
    if (target->kind == E_ATTRIBUTE) {
        expression(c, target->a);
        (void)emit(c, I_DUP, 0);
        c->u->at = target->at;
        emit_lookup(c, I_LOAD_ATTR, add_const(c, mangle(c, target->v)));
    } else if (target->kind == E_SUBSCRIPT) {
        expression(c, target->a);
        expression(c, target->b);
        (void)emit(c, I_DUP2, 0);
        c->u->at = target->at;
        (void)emit(c, I_SUBSCRIPT, 0);
    } else {
        expression(c, target);
    }
    expression(c, n->b);
    c->u->at = n->at;
    (void)emit(c, I_INPLACE, (uint32_t)n->op);
    c->u->at = target->at;
    if (target->kind == E_ATTRIBUTE) {
        (void)emit(c, I_SWAP, 0);
        emit_lookup(c, I_STORE_ATTR, add_const(c, mangle(c, target->v)));
    } else if (target->kind == E_SUBSCRIPT) {
        (void)emit(c, I_ROT3, 0);
        (void)emit(c, I_STORE_SUBSCRIPT, 0);
    } else {
        store(c, target);
    }
}

/* ---- loops ---------------------------------------------------------------------------------------- */

static void loop_body(compiler *c, block *b, const nodes *body) {
    statements(c, body);
    c->u->blocks = b->outer;
}

static void loop_breaks(compiler *c, block *b) {
    for (size_t i = 0; i < b->break_count; i++) {
        patch(c, b->breaks[i]);
    }
    free(b->breaks);
}

/* The condition is tested again at the end: one jump less for each turn. */
static void while_loop(compiler *c, node *n) {
    block b;
    uint32_t jumps[64];
    size_t count = 0;
    bool forever = n->a->kind == E_CONST && truth(c->t, n->a->v) == 1;
    uint32_t start = here(c);
    if (!forever) {
        jump_unless(c, n->a, true, jumps, &count);
    }
    block_begin(c, &b, BLOCK_LOOP);
    b.continue_to = start;
    loop_body(c, &b, &n->list);
    c->u->at = n->at;
    (void)emit(c, I_JUMP_BACK, start);
    patch_all(c, jumps, count);
    statements(c, &n->more);
    loop_breaks(c, &b);
}

static void async_for_loop(compiler *c, node *n) {
    block b;
    block over;
    expression(c, n->b);
    c->u->at = n->b->at;
    (void)emit(c, I_GET_AITER, 0);
    uint32_t start = here(c);
    block_begin(c, &b, BLOCK_FOR);
    b.continue_to = start;
    next_async(c, &over);
    store(c, n->a);
    loop_body(c, &b, &n->list);
    c->u->at = n->at;
    (void)emit(c, I_JUMP_BACK, start);
    c->u->at = n->b->at;
    next_async_end(c, &over);
    statements(c, &n->more);
    loop_breaks(c, &b);
}

static void for_loop(compiler *c, node *n) {
    block b;
    if (n->op == 1) {
        async_for_loop(c, n);
        return;
    }
    expression(c, n->b);
    c->u->at = n->b->at;
    (void)emit(c, I_GET_ITER, 0);
    uint32_t start = here(c);
    block_begin(c, &b, BLOCK_FOR);
    b.continue_to = start;
    uint32_t over = emit(c, I_FOR_ITER, 0);
    store(c, n->a);
    loop_body(c, &b, &n->list);
    c->u->at = n->at;
    (void)emit(c, I_JUMP_BACK, start);
    patch(c, over);
    set_depth(c, c->u->depth - 1);
    statements(c, &n->more);
    loop_breaks(c, &b);
}

static void break_or_continue(compiler *c, node *n) {
    block *loop = c->u->blocks;
    while (loop != NULL && loop->kind != BLOCK_LOOP && loop->kind != BLOCK_FOR) {
        loop = loop->outer;
    }
    if (loop == NULL) {
        syntax_error(c->s, &n->at,
                     n->kind == S_BREAK ? "'break' outside loop"
                                        : "'continue' not properly in loop");
        return;
    }
    uint32_t depth = c->u->depth;
    unwind(c, loop, false);
    c->u->at = n->at;
    if (n->kind == S_CONTINUE) {
        (void)emit(c, I_JUMP_BACK, loop->continue_to);
    } else {
        leave_block(c, loop, false);
        loop->breaks = (uint32_t *)grow_array(loop->breaks, loop->break_count, &loop->break_room,
                                              sizeof(uint32_t));
        loop->breaks[loop->break_count++] = emit(c, I_JUMP, 0);
    }
    resume(c, loop);
    c->u->depth = depth;
}

static void return_statement(compiler *c, node *n) {
    if (c->u->scope->kind != SCOPE_FUNCTION) {
        syntax_error(c->s, &n->at, "'return' outside function");
        return;
    }
    if (n->a != NULL && (c->u->code->flags & CODE_ASYNC_GENERATOR) != 0) {
        syntax_error(c->s, &n->at, "'return' with value in async generator");
    }
    uint32_t depth = c->u->depth;
    optional(c, n->a);
    unwind(c, NULL, true);
    c->u->at = n->at;
    (void)emit(c, I_RETURN, 0);
    resume(c, NULL);
    c->u->depth = depth;
}

/* ---- try, with ------------------------------------------------------------------------------------ */

/* Around the code of a handler: an exception there ends it. `name` is unbound then. */
static void handler_begin(compiler *c, block *b, value name) {
    block_begin(c, b, BLOCK_HANDLER);
    b->name = name;
}
static void handler_end(compiler *c, block *b) {
    block_end(c, b);
}
/* before e raised */
static void handler_cleanup(compiler *c, block *b) {
    uint32_t depth = c->u->depth;
    block_target(c, b);
    delete_name(c, b->name);
    (void)emit(c, I_END_HANDLER, 0);
    c->u->depth = depth;
}

static void except_clause(compiler *c, node *n, block *around, uint32_t *end) {
    block b;
    uint32_t skip = 0;
    c->u->at = n->at;
    open_range(c, around);
    if (n->a != NULL) {
        expression(c, n->a);
        c->u->at = n->a->at;
        (void)emit(c, I_MATCH_EXC, 0);
        skip = emit(c, I_JUMP_IF_FALSE, 0);
    }
    close_range(c, around);
    uint32_t depth = c->u->depth;
    if (n->v != NIL) {
        (void)emit(c, I_DUP, 0);
        name_access(c, n->v, STORE);
    }
    handler_begin(c, &b, n->v);
    statements(c, &n->list);
    handler_end(c, &b);
    (void)emit_effect(c, I_POP_EXC, 0, -2);
    delete_name(c, n->v);
    *end = emit(c, I_JUMP, 0);
    set_depth(c, depth);
    handler_cleanup(c, &b);
    set_depth(c, depth);
    if (n->a != NULL) {
        patch(c, skip);
    }
}

/* body, handlers, else. */
static void try_except(compiler *c, node *n) {
    block b;
    block around;
    uint32_t ends[65];
    size_t count = 0;
    uint32_t depth = c->u->depth;
    block_begin(c, &b, BLOCK_TRY);
    statements(c, &n->list);
    block_end(c, &b);
    if (n->c != NULL) {
        statements(c, &n->c->list);
    }
    ends[count++] = emit(c, I_JUMP, 0);
    block_target(c, &b);
    (void)emit(c, I_PUSH_EXC, 0);
    /* The types' expressions may raise: that ends the handler, too. */
    block_begin(c, &around, BLOCK_HANDLER);
    around.name = NIL;
    around.start = UINT32_MAX;
    c->u->blocks = around.outer; /* a clause that is left takes care of it */
    for (size_t i = 0; i < n->more.count && count < 64; i++) {
        except_clause(c, n->more.items[i], &around, &ends[count++]);
    }
    (void)emit(c, I_RERAISE, 0);
    set_depth(c, depth + 2);
    handler_cleanup(c, &around);
    c->u->depth = depth;
    patch_all(c, ends, count);
}

static void try_statement(compiler *c, node *n) {
    if (n->d == NULL) {
        try_except(c, n);
        return;
    }
    block b;
    block inside;
    uint32_t depth = c->u->depth;
    block_begin(c, &b, BLOCK_FINALLY);
    b.body = &n->d->list;
    if (n->more.count > 0) {
        try_except(c, n);
    } else {
        statements(c, &n->list);
    }
    block_end(c, &b);
    statements(c, &n->d->list);
    uint32_t end = emit(c, I_JUMP, 0);
    block_target(c, &b);
    (void)emit(c, I_PUSH_EXC, 0);
    handler_begin(c, &inside, NIL);
    statements(c, &n->d->list);
    handler_end(c, &inside);
    (void)emit(c, I_RERAISE, 0);
    set_depth(c, depth + 2);
    handler_cleanup(c, &inside);
    c->u->depth = depth;
    patch(c, end);
}

static void with_item(compiler *c, node *n, size_t number) {
    if (number == n->list.count) {
        statements(c, &n->more);
        return;
    }
    node *item = n->list.items[number];
    block b;
    block inside;
    uint32_t depth = c->u->depth;
    expression(c, item->a);
    c->u->at = item->a->at;
    (void)emit(c, I_WITH_ENTER, (uint32_t)n->op);
    if (n->op == 1) {
        await_top(c, AWAIT_ENTER);
    }
    c->u->depth--; /* the range's depth is without the value */
    block_begin(c, &b, BLOCK_WITH);
    b.async = n->op == 1;
    c->u->depth++;
    if (item->b != NULL) {
        store(c, item->b);
    } else {
        (void)emit(c, I_POP, 0);
    }
    with_item(c, n, number + 1);
    block_end(c, &b);
    c->u->at = item->a->at;
    leave_with(c, b.async);
    uint32_t end = emit(c, I_JUMP, 0);
    set_depth(c, depth + 1);
    block_target(c, &b);
    (void)emit(c, I_PUSH_EXC, 0);
    handler_begin(c, &inside, NIL);
    (void)emit(c, I_WITH_EXC, b.async);
    if (b.async) {
        await_top(c, AWAIT_EXIT);
    }
    uint32_t swallowed = emit(c, I_JUMP_IF_TRUE, 0);
    handler_end(c, &inside);
    (void)emit(c, I_RERAISE, 0);
    set_depth(c, depth + 3);
    patch(c, swallowed);
    (void)emit_effect(c, I_POP_EXC, 0, -2);
    (void)emit(c, I_POP, 0);
    uint32_t over = emit(c, I_JUMP, 0);
    set_depth(c, depth + 3);
    handler_cleanup(c, &inside);
    c->u->depth = depth;
    patch(c, end);
    patch(c, over);
}

/* ---- other statements ----------------------------------------------------------------------------- */

static void if_statement(compiler *c, node *n) {
    uint32_t jumps[64];
    size_t count = 0;
    jump_unless(c, n->a, true, jumps, &count);
    statements(c, &n->list);
    if (n->more.count == 0) {
        patch_all(c, jumps, count);
        return;
    }
    uint32_t end = emit(c, I_JUMP, 0);
    patch_all(c, jumps, count);
    statements(c, &n->more);
    patch(c, end);
}

static void decorated(compiler *c, node *n, bool begin) {
    for (size_t i = 0; i < n->more.count; i++) {
        if (begin) {
            expression(c, n->more.items[i]);
            (void)emit(c, I_PUSH_NULL, 0);
        } else {
            c->u->at = n->more.items[n->more.count - 1 - i]->at;
            (void)emit_effect(c, I_CALL, 1, -2);
        }
    }
}

static void function_statement(compiler *c, node *n) {
    decorated(c, n, true);
    c->u->at = n->at;
    function(c, n, n->a, n->v);
    decorated(c, n, false);
    c->u->at = n->at;
    name_access(c, mangle(c, n->v), STORE);
}

/* Whether there are annotated variables among these statements, and below them in the same scope. */
static bool any_annotated(const nodes *list) {
    for (size_t i = 0; i < list->count; i++) {
        const node *n = list->items[i];
        bool nests = n->kind == S_IF || n->kind == S_WHILE || n->kind == S_FOR ||
                     n->kind == S_TRY || n->kind == S_WITH || n->kind == S_HANDLER ||
                     n->kind == S_BLOCK;
        if (n->kind == S_ANNOTATE ||
            (nests && (any_annotated(&n->list) || any_annotated(&n->more) ||
                       (n->kind == S_TRY && n->c != NULL && any_annotated(&n->c->list)) ||
                       (n->kind == S_TRY && n->d != NULL && any_annotated(&n->d->list))))) {
            return true;
        }
    }
    return false;
}

/* The dict for annotations of a module or class. */
static void begin_annotations(compiler *c, const nodes *body) {
    vm *t = c->t;
    if (any_annotated(body)) {
        (void)emit_effect(c, I_BUILD_DICT, 0, 1);
        name_access(c, NAME(annotations), STORE);
    }
}

static void annotated(compiler *c, node *n) {
    vm *t = c->t;
    if (c->u->scope->kind == SCOPE_FUNCTION || c->ignores_annotations) {
        return;
    }
    expression(c, n->b);
    if (n->a->kind == E_NAME) {
        name_access(c, NAME(annotations), LOAD);
        load_const(c, mangle(c, n->a->v));
        (void)emit(c, I_STORE_SUBSCRIPT, 0);
    } else {
        (void)emit(c, I_POP, 0);
    }
}

static void class_body(compiler *c, node *n) {
    vm *t = c->t;
    name_access(c, NAME(name), LOAD);
    name_access(c, NAME(module), STORE);
    load_const(c, c->u->code->qualname);
    name_access(c, NAME(qualname), STORE);
    value doc = docstring(&n->list);
    if (doc != NONE) {
        load_const(c, doc);
        (void)emit(c, I_STORE_NAME, add_const(c, NAME(doc)));
    }
    begin_annotations(c, &n->list);
    statements(c, &n->list);
    name_entry *cell = scope_find(c->u->scope, NAME(class_));
    if (cell != NULL && (cell->flags & NAME_CELL) != 0) {
        (void)emit(c, I_LOAD_SLOT, cell->slot);
        value name = arena_keep(c->s->arena, str_name(t, "__classcell__", 13));
        (void)emit(c, I_STORE_NAME, add_const(c, name));
    }
}

static void class_statement(compiler *c, node *n) {
    unit u;
    decorated(c, n, true);
    c->u->at = n->at;
    if (!unit_begin(c, &u, n->scope, n->v, n->at.line)) {
        return;
    }
    (void)add_const(c, NONE);
    class_body(c, n);
    code *k = unit_end(c, &u);
    c->u->at = n->at;
    make_function(c, k, n->scope, 0);
    load_const(c, n->v);
    spread_arguments(c, &n->c->list);
    c->u->at = n->at;
    (void)emit_effect(c, I_MAKE_CLASS, 0, -3);
    decorated(c, n, false);
    name_access(c, mangle(c, n->v), STORE);
}

static void import_statement(compiler *c, node *n) {
    for (size_t i = 0; i < n->list.count; i++) {
        node *alias = n->list.items[i];
        const char *text = text_of(alias->v);
        (void)emit(c, I_IMPORT, add_const(c, alias->v));
        value name = alias->w;
        if (name == NIL) {
            name = arena_keep(c->s->arena, str_name(c->t, text, strcspn(text, ".")));
        }
        name_access(c, name, STORE);
    }
}

static void from_statement(compiler *c, node *n) {
    if (strcmp(text_of(n->v), "__future__") == 0) {
        /* They would be kept as texts. */
        c->ignores_annotations |= strcmp(text_of(n->list.items[0]->v), "annotations") == 0;
        return;
    }
    (void)emit(c, I_IMPORT, add_const(c, n->v));
    if (n->op == 1) {
        (void)emit(c, I_IMPORT_ALL, 0);
        return;
    }
    for (size_t i = 0; i < n->list.count; i++) {
        (void)emit(c, I_IMPORT_FROM, add_const(c, n->list.items[i]->v));
        name_access(c, n->list.items[i]->w, STORE);
    }
    (void)emit(c, I_POP, 0);
}

static void assert_statement(compiler *c, node *n) {
    uint32_t jumps[64];
    size_t count = 0;
    value name = arena_keep(c->s->arena, str_name(c->t, "AssertionError", 14));
    jump_unless(c, n->a, false, jumps, &count);
    c->u->at = n->at;
    emit_lookup(c, I_LOAD_GLOBAL, add_const(c, name));
    if (n->b != NULL) {
        (void)emit(c, I_PUSH_NULL, 0);
        expression(c, n->b);
        (void)emit_effect(c, I_CALL, 1, -2);
    }
    c->u->at = n->a->at;
    (void)emit_effect(c, I_RAISE, 1, -1);
    patch_all(c, jumps, count);
}

static void expression_statement(compiler *c, node *n) {
    if (n->a->kind != E_CONST) {
        expression(c, n->a);
        (void)emit(c, I_POP, 0);
    }
}

static void assign_statement(compiler *c, node *n) {
    expression(c, n->a);
    for (size_t i = 0; i < n->list.count; i++) {
        if (i + 1 < n->list.count) {
            (void)emit(c, I_DUP, 0);
        }
        store(c, n->list.items[i]);
    }
}

static void annotate_statement(compiler *c, node *n) {
    if (n->c != NULL) {
        expression(c, n->c);
        store(c, n->a);
    }
    annotated(c, n);
}

static void delete_statement(compiler *c, node *n) {
    for (size_t i = 0; i < n->list.count; i++) {
        delete (c, n->list.items[i]);
    }
}

static void with_statement(compiler *c, node *n) {
    with_item(c, n, 0);
}

static void raise_statement(compiler *c, node *n) {
    if (n->a != NULL) {
        expression(c, n->a);
    }
    if (n->b != NULL) {
        expression(c, n->b);
    }
    c->u->at = n->at;
    (void)emit_effect(c, I_RAISE, (uint32_t)((n->a != NULL) + (n->b != NULL)),
                      -(n->a != NULL) - (n->b != NULL));
}

/* Those that are not here have no code: pass, global, nonlocal. */
static void (*const STATEMENTS[])(compiler *c, node *n) = {
    [S_EXPRESSION] = expression_statement,
    [S_ASSIGN] = assign_statement,
    [S_AUGMENT] = augment,
    [S_ANNOTATE] = annotate_statement,
    [S_RETURN] = return_statement,
    [S_DELETE] = delete_statement,
    [S_BREAK] = break_or_continue,
    [S_CONTINUE] = break_or_continue,
    [S_IF] = if_statement,
    [S_WHILE] = while_loop,
    [S_FOR] = for_loop,
    [S_TRY] = try_statement,
    [S_WITH] = with_statement,
    [S_FUNCTION] = function_statement,
    [S_CLASS] = class_statement,
    [S_RAISE] = raise_statement,
    [S_ASSERT] = assert_statement,
    [S_IMPORT] = import_statement,
    [S_FROM] = from_statement,
};

static void statement(compiler *c, node *n) {
    c->u->at = n->at;
    if ((size_t)n->kind < sizeof STATEMENTS / sizeof *STATEMENTS && STATEMENTS[n->kind] != NULL) {
        STATEMENTS[n->kind](c, n);
    }
}

static void statements(compiler *c, const nodes *list) {
    for (size_t i = 0; i < list->count && !c->s->failed; i++) {
        statement(c, list->items[i]);
    }
}

/* ---- modules -------------------------------------------------------------------------------------- */

code *compile(vm *t, const char *filename, value text) {
    arena memory = {.t = t};
    source s = {.t = t, .arena = &memory, .filename = filename, .text = text_of(text)};
    compiler c = {.s = &s, .t = t};
    code *k = NULL;
    nodes body = {0};
    if (strlen(s.text) != length_of(text)) {
        (void)raise(t, T_ValueError, "source code cannot contain null bytes");
        s.failed = true;
    }
    if (!s.failed && tokenize(&s, s.text, length_of(text), NULL)) {
        body = parse(&s);
    }
    scope *top = s.failed ? NULL : scopes_build(&s, &body);
    if (!s.failed) {
        unit u;
        value name = str_name(t, "<module>", 8);
        if (unit_begin(&c, &u, top, name, 1)) {
            (void)add_const(&c, NONE);
            value doc = docstring(&body);
            if (doc != NONE) {
                load_const(&c, doc);
                name_access(&c, NAME(doc), STORE);
            }
            begin_annotations(&c, &body);
            statements(&c, &body);
            k = unit_end(&c, &u);
        }
        decref(t, name);
    }
    free(s.tokens);
    arena_end(&memory);
    if (s.failed && k != NULL) {
        drop_object(t, k);
        k = NULL;
    }
    return k;
}
