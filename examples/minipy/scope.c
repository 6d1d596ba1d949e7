/* scope.c: which name is whose: local, of an enclosing function, or global. */
#include "ast.h"

typedef struct builder {
    source *s;
    vm *t;
    scope *now;
} builder;

static void visit(builder *b, node *n);

name_entry *scope_find(const scope *s, value name) {
    for (size_t i = 0; i < s->count; i++) {
        if (s->names[i].name == name) {
            return &s->names[i];
        }
    }
    return NULL;
}

static name_entry *enter_name(builder *b, scope *s, value name, unsigned flags) {
    name_entry *entry = scope_find(s, name);
    if (entry == NULL) {
        if (s->count == s->room) {
            size_t room = s->room * 2 + 8;
            name_entry *names = (name_entry *)arena_new(b->s->arena, room * sizeof *names);
            memcpy(names, s->names != NULL ? s->names : names, s->count * sizeof *names);
            s->names = names;
            s->room = room;
        }
        entry = &s->names[s->count++];
        *entry = (name_entry){.name = name};
    }
    entry->flags |= flags;
    return entry;
}

static scope *open_scope(builder *b, int kind, value name) {
    scope *s = (scope *)arena_new(b->s->arena, sizeof *s);
    s->kind = kind;
    s->parent = b->now;
    s->name = name;
    if (b->now != NULL) {
        scope *p = b->now;
        if (p->child_count == p->child_room) {
            size_t room = p->child_room * 2 + 4;
            scope **children = (scope **)arena_new(b->s->arena, room * sizeof *children);
            memcpy((void *)children, (const void *)(p->children != NULL ? p->children : children),
                   p->child_count * sizeof *children);
            p->children = children;
            p->child_room = room;
        }
        p->children[p->child_count++] = s;
    }
    b->now = s;
    return s;
}

static value name_for(builder *b, const char *text) {
    return arena_keep(b->s->arena, str_name(b->t, text, strlen(text)));
}

static void visit_all(builder *b, const nodes *list) {
    for (size_t i = 0; i < list->count; i++) {
        visit(b, list->items[i]);
    }
}

/* Binds a target's names. */
static void bind_target(builder *b, node *n) {
    if (n->kind == E_NAME) {
        (void)enter_name(b, b->now, n->v, NAME_BOUND);
    } else if (n->kind == E_TUPLE || n->kind == E_LIST) {
        for (size_t i = 0; i < n->list.count; i++) {
            bind_target(b, n->list.items[i]);
        }
    } else if (n->kind == E_STAR) {
        bind_target(b, n->a);
    } else {
        visit(b, n);
    }
}

static void visit_defaults(builder *b, const node *params) {
    for (size_t i = 0; i < params->list.count; i++) {
        visit(b, params->list.items[i]->a);
        visit(b, params->list.items[i]->b);
    }
}

static void visit_function(builder *b, node *n, node *params, value name) {
    vm *t = b->t;
    visit_defaults(b, params);
    n->scope = open_scope(b, SCOPE_FUNCTION, name);
    n->scope->async = n->kind == S_FUNCTION && n->op == 1;
    for (size_t i = 0; i < params->list.count; i++) {
        (void)enter_name(b, b->now, params->list.items[i]->v, NAME_BOUND | NAME_PARAM);
    }
    if (n->kind == E_LAMBDA) {
        visit(b, n->b);
    } else {
        visit_all(b, &n->list);
    }
    b->now = b->now->parent;
    (void)t;
}

/* What awaits makes comprehensions around it awaitable, up to the function, or to a generator, which is one that is iterated by `async for`. */
static void check_async(builder *b, const node *n, const char *otherwise) {
    scope *s = b->now;
    for (; s->comprehension && s->parent != NULL; s = s->parent) {
        s->async = true;
        if (s->generator) {
            return;
        }
    }
    if (!s->async) {
        syntax_error(b->s, &n->at, "%s", otherwise);
    }
}

static void visit_comprehension(builder *b, node *n) {
    vm *t = b->t;
    const char *name = n->kind == E_LISTCOMP   ? "<listcomp>"
                       : n->kind == E_SETCOMP  ? "<setcomp>"
                       : n->kind == E_DICTCOMP ? "<dictcomp>"
                                               : "<genexpr>";
    visit(b, n->list.items[0]->b); /* the first iterable is the enclosing scope's */
    n->scope = open_scope(b, SCOPE_FUNCTION, name_for(b, name));
    n->scope->comprehension = true;
    n->scope->generator = n->kind == E_GENERATOR;
    (void)enter_name(b, b->now, NAME(dot_zero), NAME_BOUND | NAME_PARAM);
    for (size_t i = 0; i < n->list.count; i++) {
        node *part = n->list.items[i];
        if (i > 0) {
            visit(b, part->b);
        }
        if (part->op == 1) {
            check_async(b, n, "asynchronous comprehension outside of an asynchronous function");
        }
        bind_target(b, part->a);
        visit_all(b, &part->list);
    }
    visit(b, n->a);
    visit(b, n->b);
    b->now = b->now->parent;
}

/* A walrus in a comprehension binds in the function around it. */
static void visit_walrus(builder *b, node *n) {
    scope *s = b->now;
    while (s->comprehension && s->parent != NULL) {
        (void)enter_name(b, s, n->v,
                         s->parent->kind == SCOPE_MODULE ? NAME_GLOBAL : NAME_NONLOCAL | NAME_USED);
        s = s->parent;
    }
    (void)enter_name(b, s, n->v, NAME_BOUND);
    visit(b, n->a);
}

static void visit_declaration(builder *b, node *n) {
    unsigned flag = n->kind == S_GLOBAL ? NAME_GLOBAL : NAME_NONLOCAL | NAME_USED;
    for (size_t i = 0; i < n->list.count; i++) {
        node *name = n->list.items[i];
        name_entry *known = scope_find(b->now, name->v);
        const char *word = n->kind == S_GLOBAL ? "global" : "nonlocal";
        if (known != NULL && (known->flags & NAME_PARAM) != 0) {
            syntax_error(b->s, &n->at, "name '%s' is parameter and %s", text_of(name->v), word);
        } else if (known != NULL && (known->flags & NAME_BOUND) != 0 &&
                   b->now->kind != SCOPE_MODULE) {
            syntax_error(b->s, &n->at, "name '%s' is assigned to before %s declaration",
                         text_of(name->v), word);
        } else if (known != NULL && (known->flags & NAME_USED) != 0 &&
                   (known->flags & NAME_NONLOCAL) == 0 && b->now->kind != SCOPE_MODULE) {
            syntax_error(b->s, &n->at, "name '%s' is used prior to %s declaration",
                         text_of(name->v), word);
        } else if (flag != NAME_GLOBAL && b->now->kind == SCOPE_MODULE) {
            syntax_error(b->s, &n->at, "nonlocal declaration not allowed at module level");
        }
        enter_name(b, b->now, name->v, flag)->at = n->at;
    }
}

static void visit_imports(builder *b, node *n) {
    for (size_t i = 0; i < n->list.count; i++) {
        node *alias = n->list.items[i];
        value name = alias->w;
        if (name == NIL) { /* import a.b binds a */
            const char *text = text_of(alias->v);
            name = arena_keep(b->s->arena, str_name(b->t, text, strcspn(text, ".")));
        }
        (void)enter_name(b, b->now, name, NAME_BOUND);
    }
}

static void visit_class(builder *b, node *n) {
    vm *t = b->t;
    visit_all(b, &n->more);
    visit_all(b, &n->c->list);
    (void)enter_name(b, b->now, n->v, NAME_BOUND);
    n->scope = open_scope(b, SCOPE_CLASS, n->v);
    (void)enter_name(b, b->now, NAME(module), NAME_BOUND);
    (void)enter_name(b, b->now, NAME(qualname), NAME_BOUND);
    visit_all(b, &n->list);
    b->now = b->now->parent;
}

/* What every part of a node is, where nothing is bound. */
static void visit_parts(builder *b, node *n) {
    visit(b, n->a);
    visit(b, n->b);
    visit(b, n->c);
    visit(b, n->d);
    visit_all(b, &n->list);
    visit_all(b, &n->more);
}

static void visit_yield(builder *b, node *n) {
    if (b->now->kind != SCOPE_FUNCTION) {
        syntax_error(b->s, &n->at, "'yield' outside function");
    } else if (b->now->comprehension) {
        syntax_error(b->s, &n->at, "'yield' inside comprehension");
    }
    if (b->now->async && n->kind == E_YIELD_FROM) {
        syntax_error(b->s, &n->at, "'yield from' inside async function");
    }
    b->now->generator = true;
    visit_parts(b, n);
}

static void visit_name(builder *b, node *n) {
    (void)enter_name(b, b->now, n->v, NAME_USED);
}

static void visit_call(builder *b, node *n) {
    vm *t = b->t;
    /* super() without arguments needs the class, and the first parameter. */
    if (n->a->kind == E_NAME && n->list.count == 0 && strcmp(text_of(n->a->v), "super") == 0 &&
        b->now->kind == SCOPE_FUNCTION) {
        (void)enter_name(b, b->now, NAME(class_), NAME_USED);
    }
    visit_parts(b, n);
}

static void visit_lambda(builder *b, node *n) {
    visit_function(b, n, n->a, name_for(b, "<lambda>"));
}

static void visit_await(builder *b, node *n) {
    check_async(b, n,
                b->now->kind == SCOPE_FUNCTION ? "'await' outside async function"
                                               : "'await' outside function");
    visit(b, n->a);
}

static void visit_assign(builder *b, node *n) {
    visit(b, n->a);
    for (size_t i = 0; i < n->list.count; i++) {
        bind_target(b, n->list.items[i]);
    }
}

static void visit_augment(builder *b, node *n) {
    visit(b, n->a);
    visit(b, n->b);
    bind_target(b, n->a);
}

static void visit_annotate(builder *b, node *n) {
    vm *t = b->t;
    if (n->c != NULL || n->a->kind == E_NAME) {
        bind_target(b, n->a);
    }
    visit(b, n->c);
    if (b->now->kind != SCOPE_FUNCTION) {
        visit(b, n->b);
        (void)enter_name(b, b->now, NAME(annotations), NAME_BOUND);
    }
}

static void visit_delete(builder *b, node *n) {
    for (size_t i = 0; i < n->list.count; i++) {
        bind_target(b, n->list.items[i]);
    }
}

static void visit_for(builder *b, node *n) {
    if (n->op == 1) {
        check_async(b, n, "'async for' outside async function");
    }
    visit(b, n->b);
    bind_target(b, n->a);
    visit_all(b, &n->list);
    visit_all(b, &n->more);
}

static void visit_handler(builder *b, node *n) {
    visit(b, n->a);
    if (n->v != NIL) {
        (void)enter_name(b, b->now, n->v, NAME_BOUND);
    }
    visit_all(b, &n->list);
}

static void visit_with(builder *b, node *n) {
    if (n->op == 1) {
        check_async(b, n, "'async with' outside async function");
    }
    visit_parts(b, n);
}

static void visit_with_item(builder *b, node *n) {
    visit(b, n->a);
    if (n->b != NULL) {
        bind_target(b, n->b);
    }
}

static void visit_function_statement(builder *b, node *n) {
    visit_all(b, &n->more);
    (void)enter_name(b, b->now, n->v, NAME_BOUND);
    visit(b, n->b);
    visit_function(b, n, n->a, n->v);
}

static void visit_from(builder *b, node *n) {
    if (n->op == 0) {
        visit_imports(b, n);
    } else if (b->now->kind != SCOPE_MODULE) {
        syntax_error(b->s, &n->at, "import * only allowed at module level");
    }
}

/* Of the others the parts are visited. */
static void (*const VISITS[])(builder *b, node *n) = {
    [E_NAME] = visit_name,
    [E_CALL] = visit_call,
    [E_LAMBDA] = visit_lambda,
    [E_LISTCOMP] = visit_comprehension,
    [E_SETCOMP] = visit_comprehension,
    [E_DICTCOMP] = visit_comprehension,
    [E_GENERATOR] = visit_comprehension,
    [E_WALRUS] = visit_walrus,
    [E_YIELD] = visit_yield,
    [E_YIELD_FROM] = visit_yield,
    [E_AWAIT] = visit_await,
    [S_ASSIGN] = visit_assign,
    [S_AUGMENT] = visit_augment,
    [S_ANNOTATE] = visit_annotate,
    [S_DELETE] = visit_delete,
    [S_FOR] = visit_for,
    [S_HANDLER] = visit_handler,
    [S_WITH] = visit_with,
    [S_WITH_ITEM] = visit_with_item,
    [S_FUNCTION] = visit_function_statement,
    [S_CLASS] = visit_class,
    [S_GLOBAL] = visit_declaration,
    [S_NONLOCAL] = visit_declaration,
    [S_IMPORT] = visit_imports,
    [S_FROM] = visit_from,
};

static void visit(builder *b, node *n) {
    if (n == NULL || b->s->failed) {
        return;
    }
    if ((size_t)n->kind < sizeof VISITS / sizeof *VISITS && VISITS[n->kind] != NULL) {
        VISITS[n->kind](b, n);
    } else {
        visit_parts(b, n);
    }
}

/* Makes a name that an inner scope uses a cell of the function that binds it; false: no function does. */
static bool capture(builder *b, scope *s, value name) {
    vm *t = b->t;
    for (; s != NULL; s = s->parent) {
        name_entry *entry = scope_find(s, name);
        if (s->kind == SCOPE_CLASS && name == NAME(class_)) {
            (void)enter_name(b, s, name, NAME_CELL);
            return true;
        }
        if (s->kind == SCOPE_FUNCTION && entry != NULL) {
            if ((entry->flags & NAME_GLOBAL) != 0) {
                return false;
            }
            if ((entry->flags & NAME_BOUND) != 0 && (entry->flags & NAME_NONLOCAL) == 0) {
                entry->flags |= NAME_CELL;
                return true;
            }
        }
        if (s->kind == SCOPE_MODULE) {
            return false;
        }
        if (s->parent != NULL && capture(b, s->parent, name)) {
            (void)enter_name(b, s, name, NAME_FREE);
            return true;
        }
        return false;
    }
    return false;
}

static void resolve(builder *b, scope *s) {
    for (size_t i = 0; i < s->count && s->kind != SCOPE_MODULE; i++) {
        name_entry entry = s->names[i];
        bool own =
            (entry.flags & (NAME_BOUND | NAME_GLOBAL)) != 0 && (entry.flags & NAME_NONLOCAL) == 0;
        if (own || (entry.flags & NAME_USED) == 0) {
            continue;
        }
        if (capture(b, s->parent, entry.name)) {
            s->names[i].flags |= NAME_FREE;
        } else if ((entry.flags & NAME_NONLOCAL) != 0 && !s->comprehension) {
            syntax_error(b->s, &entry.at, "no binding for nonlocal '%s' found",
                         text_of(entry.name));
        }
    }
    for (size_t i = 0; i < s->child_count; i++) {
        resolve(b, s->children[i]);
    }
}

scope *scopes_build(source *s, nodes *body) {
    builder b = {.s = s, .t = s->t};
    scope *top = open_scope(&b, SCOPE_MODULE, NIL);
    visit_all(&b, body);
    if (!s->failed) {
        resolve(&b, top);
    }
    return top;
}
