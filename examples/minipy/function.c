/* function.c: calls: of anything, with any arguments; and generators. */
#include <stdlib.h>

#include "object.h"

/* ---- making -------------------------------------------------------------------------------------- */

value builtin_new(vm *t, const builtin_def *def, value owner) {
    builtin *b = (builtin *)object_new(t, sizeof *b, T_BUILTIN);
    if (b == NULL) {
        return NIL;
    }
    b->def = def;
    b->self = NIL;
    b->owner = owner != NIL ? keep(t, owner) : NIL;
    const char *params = def->params;
    b->variadic = *params == '*';
    b->keywords = strcmp(params, "**") == 0;
    size_t size = strlen(params);
    b->positional = size > 0 && params[size - 1] == '/';
    b->named = 0;
    b->required = 0;
    bool optional = b->variadic;
    for (const char *at = params + b->variadic; *at != '\0' && *at != '/' && !b->keywords;) {
        size_t name = strcspn(at, ",|");
        b->named = (uint8_t)(b->named + (name > 0 && *at != '/'));
        b->required = (uint8_t)(b->required + (name > 0 && !optional && *at != '/'));
        optional |= at[name] == '|';
        at += name + (at[name] != '\0');
    }
    return from_ref(b);
}

value method_new(vm *t, value f, value self) {
    struct method *m = (struct method *)object_new(t, sizeof *m, T_METHOD);
    if (m == NULL) {
        return NIL;
    }
    m->func = keep(t, f);
    m->self = keep(t, self);
    return from_ref(m);
}

value cell_new(vm *t, value content) {
    struct cell *c = (struct cell *)object_new(t, sizeof *c, T_CELL);
    if (c == NULL) {
        return NIL;
    }
    member_init(&c->content, content != NIL ? keep(t, content) : NIL);
    return from_ref(c);
}

/* ---- builtins ------------------------------------------------------------------------------------ */

/* The place of a name among the parameters; -1: none. */
static int find_param(const builtin *b, value name) {
    int number = 0;
    const char *at = b->def->params + b->variadic;
    at += *at == '|';
    for (; *at != '\0' && *at != '/'; number++) {
        size_t size = strcspn(at, ",|");
        if (size == length_of(name) && memcmp(at, text_of(name), size) == 0) {
            return number;
        }
        at += size + (at[size] != '\0');
    }
    return -1;
}

static value wrong_count(vm *t, const builtin *b, size_t count) {
    size_t self = b->owner != NIL;
    count -= self;
    size_t least = b->required - (b->required > 0 ? self : 0);
    size_t most = b->named - (b->named > 0 ? self : 0);
    const char *name = b->def->name + (*b->def->name == '@');
    const char *owner = self                      ? text_of(AS(class, b->owner)->name)
                        : is_a(b->self, T_MODULE) ? text_of(AS(module, b->self)->name)
                                                  : "";
    const char *dot = *owner != '\0' ? "." : "";
    if (most == 0) {
        return raise(t, T_TypeError, "%s%s%s() takes no arguments (%zu given)", owner, dot, name,
                     count);
    }
    if (!self && !b->positional && count < least) {
        const char *at = b->def->params;
        for (size_t i = 0; i < count; i++) {
            at += strcspn(at, ",|") + 1;
        }
        return raise(t, T_TypeError, "%s() missing required argument '%.*s' (pos %zu)", name,
                     (int)strcspn(at, ",|"), at, count + 1);
    }
    if (!self && !b->positional && count > most) {
        return raise(t, T_TypeError, "%s() takes at most %zu argument%s (%zu given)", name, most,
                     most == 1 ? "" : "s", count);
    }
    if (least == most) {
        return most == 1
                   ? raise(t, T_TypeError, "%s%s%s() takes exactly one argument (%zu given)", owner,
                           dot, name, count)
                   : raise(t, T_TypeError, "%s expected %zu arguments, got %zu", name, most, count);
    }
    bool few = count < least;
    size_t limit = few ? least : most;
    return raise(t, T_TypeError, "%s expected at %s %zu argument%s, got %zu", name,
                 few ? "least" : "most", limit, limit == 1 ? "" : "s", count);
}

static bool place_keywords(vm *t, builtin *b, value *named, const value *args, value kwnames) {
    tuple *names = AS(tuple, kwnames);
    for (size_t i = 0; i < names->size; i++) {
        int at = b->positional ? -1 : find_param(b, names->items[i]);
        if (at < 0) {
            (void)raise(t, T_TypeError,
                        b->positional || b->named == 0
                            ? "%s() takes no keyword arguments"
                            : "%s() got an unexpected keyword argument '%s'",
                        b->def->name, text_of(names->items[i]));
            return false;
        }
        if (named[at] != NIL) {
            (void)raise(t, T_TypeError, "argument for %s() given by name ('%s') and position",
                        b->def->name, text_of(names->items[i]));
            return false;
        }
        named[at] = args[i];
    }
    return true;
}

static value keywords_dict(vm *t, const value *args, value kwnames) {
    value d = dict_new(t);
    for (size_t i = 0; d != NIL && i < AS(tuple, kwnames)->size; i++) {
        if (!dict_set(t, d, AS(tuple, kwnames)->items[i], args[i])) {
            decref(t, d);
            return NIL;
        }
    }
    return d;
}

/* Any number of arguments: they are copied, what has a name behind them. */
static value call_variadic(vm *t, builtin *b, const value *args, size_t count, value kwnames) {
    value room[16];
    value *all = count + 8 > 16 ? (value *)malloc((count + 8) * sizeof(value)) : room;
    if (all == NULL) {
        return raise_memory(t);
    }
    memcpy(all, args, count * sizeof(value));
    memset(all + count, 0, 8 * sizeof(value));
    bool fine = true;
    if (kwnames != NIL && b->keywords) {
        all[count] = keywords_dict(t, args + count, kwnames);
        fine = all[count] != NIL;
    } else if (kwnames != NIL) {
        fine = place_keywords(t, b, all + count, args + count, kwnames);
    }
    bool keywords = b->keywords; /* the builtin is borrowed */
    value result = fine ? b->def->call(t, all, count) : NIL;
    if (keywords) {
        drop(t, all[count]);
    }
    if (all != room) {
        free(all);
    }
    return result;
}

value call_builtin(vm *t, builtin *b, const value *args, size_t count, value kwnames) {
    if (b->variadic) {
        return call_variadic(t, b, args, count, kwnames);
    }
    if (kwnames == NIL && count == b->named) {
        return b->def->call(t, args, count);
    }
    value all[8] = {0};
    if (count > b->named) {
        return wrong_count(t, b, count);
    }
    memcpy(all, args, count * sizeof(value));
    if (kwnames != NIL && !place_keywords(t, b, all, args + count, kwnames)) {
        return NIL;
    }
    for (size_t i = 0; i < b->required; i++) {
        if (all[i] == NIL) {
            return wrong_count(t, b, count);
        }
    }
    return b->def->call(t, all, count);
}

/* ---- calls --------------------------------------------------------------------------------------- */

/* With `self` in front. */
static value call_with(vm *t, value f, value self, size_t count, const value *args, value kwnames) {
    size_t total = count + (kwnames != NIL ? AS(tuple, kwnames)->size : 0);
    value room[12];
    value *all = total + 1 > 12 ? (value *)malloc((total + 1) * sizeof(value)) : room;
    if (all == NULL) {
        return raise_memory(t);
    }
    all[0] = self;
    memcpy(all + 1, args, total * sizeof(value));
    value result = call_kw(t, f, count + 1, all, kwnames);
    if (all != room) {
        free(all);
    }
    return result;
}

value call_kw(vm *t, value f, size_t count, const value *args, value kwnames) {
    static const value none[1];
    args = args != NULL ? args : none;
    switch (exact_type(f)) {
    case T_FUNC:
        return vm_call(t, AS(func, f), count, args, kwnames);
    case T_BUILTIN:
        return call_builtin(t, AS(builtin, f), args, count, kwnames);
    case T_METHOD:
        return call_with(t, AS(method, f)->func, AS(method, f)->self, count, args, kwnames);
    case T_CLASS:
        return class_call(t, AS(class, f), args, count, kwnames);
    case T_STATICMETHOD:
        return call_kw(t, AS(property, f)->get, count, args, kwnames);
    default: {
        value found = is_a(f, T_OBJECT) || (exact_type(f) & T_SUBCLASS) != 0
                          ? class_find(t, class_of(t, f), NAME(call))
                          : NIL;
        if (found == NIL) {
            return raise(t, T_TypeError, "'%s' object is not callable", type_name(t, f));
        }
        return call_with(t, found, f, count, args, kwnames);
    }
    }
}

value call(vm *t, value f, size_t count, const value *args) {
    return call_kw(t, f, count, args, NIL);
}

/* f(*args, **kwargs); kwargs may be NIL. */
value call_spread(vm *t, value f, value args, value kwargs) {
    size_t count = AS(tuple, args)->size;
    size_t named = kwargs != NIL ? dict_size(t, kwargs) : 0;
    if (named == 0) {
        return call(t, f, count, AS(tuple, args)->items);
    }
    value names = tuple_new(t, named);
    value *all = (value *)malloc((count + named) * sizeof(value));
    dict_walk walk;
    if (names == NIL || all == NULL || !dict_walk_begin(t, &AS(dict, kwargs)->dict, &walk)) {
        free(all);
        drop(t, names);
        return raise_memory(t);
    }
    memcpy(all, AS(tuple, args)->items, count * sizeof(value));
    size_t at = 0;
    value key;
    value item;
    while (at < named && dict_walk_next(t, &walk, &key, &item)) {
        AS(tuple, names)->items[at] = key;
        all[count + at++] = item;
        if (!is_str(key)) {
            (void)raise(t, T_TypeError, "keywords must be strings");
            break;
        }
    }
    dict_walk_end(t, &walk);
    value result = t->raised == NIL ? call_kw(t, f, count, all, names) : NIL;
    for (size_t i = 0; i < at; i++) {
        decref(t, all[count + i]);
    }
    free(all);
    decref(t, names);
    return result;
}

/* ---- parameters ---------------------------------------------------------------------------------- */

static bool too_many(vm *t, const func *f, size_t count, const value *locals) {
    const code *c = f->code;
    size_t keywords = 0;
    for (size_t i = c->params; i < c->params + c->kwonly; i++) {
        keywords += locals[i] != NIL;
    }
    char given[96];
    (void)snprintf(given, sizeof given, "%zu", count);
    if (keywords > 0) {
        (void)snprintf(given, sizeof given,
                       "%zu positional argument%s (and %zu keyword-only argument%s)", count,
                       count == 1 ? "" : "s", keywords, keywords == 1 ? "" : "s");
    }
    size_t optional = f->defaults != NIL ? AS(tuple, f->defaults)->size : 0;
    const char *were = count == 1 && keywords == 0 ? "was" : "were";
    if (optional > 0) {
        (void)raise(
            t, T_TypeError, "%s() takes from %zu to %u positional arguments but %s %s given",
            text_of(member_load(&f->qualname)), c->params - optional, c->params, given, were);
    } else {
        (void)raise(t, T_TypeError, "%s() takes %u positional argument%s but %s %s given",
                    text_of(member_load(&f->qualname)), c->params, c->params == 1 ? "" : "s", given,
                    were);
    }
    return false;
}

/* 'a', 'b', and 'c' */
static bool missing(vm *t, const func *f, const value *locals, size_t from, size_t to,
                    const char *kind) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += locals[i] == NIL;
    }
    buffer b = {0};
    size_t at = 0;
    for (size_t i = from; i < to; i++) {
        if (locals[i] == NIL) {
            const char *joint = at == 0          ? ""
                                : at + 1 < count ? ", "
                                : count > 2      ? ", and "
                                                 : " and ";
            buffer_add(&b, joint, strlen(joint));
            buffer_add(&b, "'", 1);
            buffer_add_str(&b, f->code->names[i]);
            buffer_add(&b, "'", 1);
            at++;
        }
    }
    buffer_add(&b, "", 1);
    (void)raise(t, T_TypeError, "%s() missing %zu required %s argument%s: %s",
                text_of(member_load(&f->qualname)), count, kind, count == 1 ? "" : "s", b.text);
    buffer_drop(&b);
    return false;
}

/* Takes the value. */
static bool bind_keyword(vm *t, const func *f, value *locals, value name, value item, value rest) {
    const code *c = f->code;
    for (size_t i = c->posonly; i < c->params + c->kwonly; i++) {
        if (c->names[i] == name || str_equal(c->names[i], name)) {
            if (locals[i] != NIL) {
                decref(t, item);
                (void)raise(t, T_TypeError, "%s() got multiple values for argument '%s'",
                            text_of(member_load(&f->qualname)), text_of(name));
                return false;
            }
            locals[i] = item;
            return true;
        }
    }
    bool fine = rest != NIL && dict_set(t, rest, name, item);
    decref(t, item);
    bool positional = false;
    for (size_t i = 0; i < c->posonly; i++) {
        positional |= str_equal(c->names[i], name);
    }
    if (rest == NIL && positional) {
        (void)raise(t, T_TypeError,
                    "%s() got some positional-only arguments passed as keyword arguments: '%s'",
                    text_of(member_load(&f->qualname)), text_of(name));
    } else if (rest == NIL) {
        (void)raise(t, T_TypeError, "%s() got an unexpected keyword argument '%s'",
                    text_of(member_load(&f->qualname)), text_of(name));
    }
    return fine;
}

static bool bind_defaults(vm *t, const func *f, value *locals) {
    const code *c = f->code;
    size_t optional = f->defaults != NIL ? AS(tuple, f->defaults)->size : 0;
    for (size_t i = c->params - optional; i < c->params; i++) {
        if (locals[i] == NIL) {
            locals[i] = keep(t, AS(tuple, f->defaults)->items[i - (c->params - optional)]);
        }
    }
    for (size_t i = 0; i < c->params; i++) {
        if (locals[i] == NIL) {
            return missing(t, f, locals, 0, c->params, "positional");
        }
    }
    for (size_t i = c->params; i < c->params + c->kwonly; i++) {
        if (locals[i] == NIL && f->kwdefaults != NIL) {
            locals[i] = dict_get(t, f->kwdefaults, c->names[i]);
        }
    }
    for (size_t i = c->params; i < c->params + c->kwonly; i++) {
        if (locals[i] == NIL) {
            return missing(t, f, locals, c->params, c->params + c->kwonly, "keyword-only");
        }
    }
    return true;
}

/* The arguments that are too many as a tuple. */
static value rest_tuple(vm *t, const value *locals, size_t from, size_t count) {
    value rest = tuple_new(t, count > from ? count - from : 0);
    for (size_t i = from; rest != NIL && i < count; i++) {
        AS(tuple, rest)->items[i - from] = locals[i];
    }
    return rest;
}

bool bind_arguments(vm *t, func *f, value *locals, size_t count, value kwnames) {
    const code *c = f->code;
    size_t named = kwnames != NIL ? AS(tuple, kwnames)->size : 0;
    value room[16];
    value *keywords = named > 16 ? (value *)malloc(named * sizeof(value)) : room;
    memcpy(keywords, locals + count, named * sizeof(value));
    value rest = NIL;
    value extra = NIL;
    bool fine = true;
    size_t used = 0;
    size_t given = count;
    if (count > c->params) {
        if ((c->flags & CODE_VARARGS) != 0) {
            rest = rest_tuple(t, locals, c->params, count);
            fine = rest != NIL;
        } else {
            for (size_t i = c->params; i < count; i++) {
                decref(t, locals[i]);
            }
        }
        count = c->params;
    }
    for (size_t i = count; i < c->slots; i++) {
        locals[i] = NIL;
    }
    size_t at = c->params + c->kwonly;
    if ((c->flags & CODE_VARARGS) != 0) {
        locals[at++] = rest != NIL ? rest : keep(t, t->rt->empty_tuple);
    }
    if (fine && (c->flags & CODE_KWARGS) != 0) {
        extra = locals[at] = dict_new(t);
        fine = extra != NIL;
    }
    for (; used < named && fine; used++) {
        fine = bind_keyword(t, f, locals, AS(tuple, kwnames)->items[used], keywords[used], extra);
    }
    for (; used < named; used++) {
        decref(t, keywords[used]);
    }
    if (keywords != room) {
        free(keywords);
    }
    if (fine && given > c->params && (c->flags & CODE_VARARGS) == 0) {
        fine = too_many(t, f, given, locals);
    }
    if (!fine || !bind_defaults(t, f, locals)) {
        for (size_t i = 0; i < c->slots; i++) {
            drop(t, locals[i]);
            locals[i] = NIL;
        }
        return false;
    }
    return true;
}

/* ---- generators ---------------------------------------------------------------------------------- */

/* Calls a function of lib/_async.py. */
static value call_async(vm *t, const char *function, value argument) {
    value module_name = str_name(t, "_async", 6);
    value name = str_name(t, function, strlen(function));
    value m = import_module(t, module_name);
    value found = m != NIL ? get_attribute(t, m, name) : NIL;
    value made = found != NIL ? call(t, found, 1, &argument) : NIL;
    drop(t, found);
    drop(t, m);
    decref(t, name);
    decref(t, module_name);
    return made;
}

/* Takes the locals, which are bound. */
value generator_new(vm *t, func *f, value *locals) {
    code *c = f->code;
    generator *g =
        (generator *)object_new(t, sizeof *g + (c->slots + c->depth + 1) * sizeof(value), T_GEN);
    if (g == NULL) {
        for (size_t i = 0; i < c->slots; i++) {
            drop(t, locals[i]);
        }
        return NIL;
    }
    g->func = AS(func, keep(t, from_ref(f)));
    g->handled = NIL;
    weft_init_u8(&g->state, GEN_NEW);
    g->coroutine = (c->flags & CODE_COROUTINE) != 0;
    memcpy(g->stack, locals, c->slots * sizeof(value));
    g->frame = (frame){.code = c,
                       .func = f,
                       .globals = f->globals,
                       .locals = g->stack,
                       .sp = g->stack + c->slots,
                       .pc = c->ops,
                       .self = from_ref(g),
                       .flags = FRAME_GENERATOR};
    if ((c->flags & CODE_ASYNC_GENERATOR) == 0) {
        return from_ref(g);
    }
    value made = call_async(t, "async_generator", from_ref(g));
    drop_object(t, g);
    return made;
}

/* Ends one that is claimed and not running. */
static void claimed_clear(vm *t, generator *g) {
    while (g->frame.sp > g->stack) {
        drop(t, *--g->frame.sp);
    }
    assign(t, &g->handled, NIL);
    generator_release(g, GEN_DONE);
}

static const char *kind_of(const generator *g) {
    return g->coroutine ? "coroutine" : "generator";
}

/* The next value, or NIL: raised, or it has returned (t->returned). `raise`: t->raised is thrown into it; it takes it. */
value generator_resume(vm *t, generator *g, value sent, bool raising) {
    uint8_t was;
    if (!c_stack_room(t)) {
        return NIL;
    }
    if (!generator_claim(t, g, &was)) {
        return was == GEN_RUNNING ? raise(t, T_ValueError, "%s already executing", kind_of(g))
               : g->coroutine && !raising
                   ? raise(t, T_RuntimeError, "cannot reuse already awaited coroutine")
                   : NIL;
    }
    if (was == GEN_NEW) {
        if (raising) {
            claimed_clear(t, g);
            return NIL;
        }
        if (sent != NONE) {
            generator_release(g, GEN_NEW);
            return raise(t, T_TypeError, "can't send non-None value to a just-started %s",
                         kind_of(g));
        }
    } else if (!raising) {
        *g->frame.sp++ = keep(t, sent);
    }
    incref(t, from_ref(g));
    g->frame.flags = FRAME_GENERATOR | FRAME_ENTRY;
    value handled = t->handled;
    t->handled = g->handled;
    value result = vm_run(t, &g->frame);
    g->handled = t->handled;
    t->handled = handled;
    generator_release(g, g->next);
    decref(t, from_ref(g));
    return result;
}

void generator_clear(vm *t, generator *g) {
    uint8_t was;
    if (generator_claim(t, g, &was)) {
        claimed_clear(t, g);
    }
}

value generator_close(vm *t, generator *g) {
    uint8_t was;
    if (!generator_claim(t, g, &was)) {
        return was == GEN_DONE ? NONE : raise(t, T_ValueError, "%s already executing", kind_of(g));
    }
    if (was == GEN_NEW) {
        claimed_clear(t, g);
        return NONE;
    }
    generator_release(g, was);
    (void)raise(t, T_GeneratorExit, "%s", "");
    value result = generator_resume(t, g, NIL, true);
    assign(t, &t->returned, NIL);
    if (result != NIL) {
        decref(t, result);
        return raise(t, T_RuntimeError, "%s ignored GeneratorExit", kind_of(g));
    }
    if (raised_is(t, T_GeneratorExit) || raised_is(t, T_StopIteration)) {
        forget_raised(t);
    }
    return t->raised == NIL ? NONE : NIL;
}

/* What next() makes of a generator's end. */
static value stopped(vm *t, value result) {
    if (result != NIL || t->raised != NIL) {
        return result;
    }
    value returned = t->returned;
    t->returned = NIL;
    if (returned == NIL || returned == NONE) {
        value none = exception_new(t, t->rt->classes[T_StopIteration], 0, NULL);
        return none != NIL ? raise_object(t, none) : NIL;
    }
    return raise_value(t, T_StopIteration, returned);
}

BUILTIN(generator_next) {
    generator *g = AS(generator, args[0]);
    return stopped(t, generator_resume(t, g, NONE, false));
}
BUILTIN(generator_send) {
    generator *g = AS(generator, args[0]);
    return stopped(t, generator_resume(t, g, args[1], false));
}
BUILTIN(generator_throw) {
    generator *g = AS(generator, args[0]);
    bool given = args[2] != NIL && args[2] != NONE;
    value thrown = given && is_a(args[2], T_EXC) ? args[2] : args[1];
    value made = is_a(thrown, T_CLASS) ? call(t, thrown, given && thrown == args[1], &args[2])
                                       : keep(t, thrown);
    if (made == NIL) {
        return NIL;
    }
    if (!is_a(made, T_EXC)) {
        decref(t, made);
        return raise(t, T_TypeError,
                     "exceptions must be classes or instances deriving from "
                     "BaseException, not %s",
                     type_name(t, thrown));
    }
    (void)raise_object(t, made);
    return stopped(t, generator_resume(t, g, NIL, true));
}
BUILTIN(generator_close_method) {
    return generator_close(t, AS(generator, args[0]));
}
BUILTIN(generator_iter) {
    return keep(t, args[0]);
}

BUILTIN(generator_name) {
    return member_keep(t, &AS(generator, args[0])->func->name);
}
BUILTIN(generator_qualname) {
    return member_keep(t, &AS(generator, args[0])->func->qualname);
}

const builtin_def generator_methods[] = {{"__next__", generator_next, "self"},
                                         {"__iter__", generator_iter, "self"},
                                         {"send", generator_send, "self,value"},
                                         {"throw", generator_throw, "self,type|value,traceback"},
                                         {"close", generator_close_method, "self"},
                                         {".__name__", generator_name, "self"},
                                         {".__qualname__", generator_qualname, "self"},
                                         {0}};

static bool is_coroutine(value v) {
    return is_a(v, T_GEN) && AS(generator, v)->coroutine;
}

static value not_awaitable(vm *t, value v, uint32_t kind) {
    static const char *const FORMATS[] = {
        "object %s can't be used in 'await' expression",
        "'async with' received an object from __aenter__ that does not implement __await__: %s",
        "'async with' received an object from __aexit__ that does not implement __await__: %s",
        "'async for' received an invalid object from __anext__: %s"};
    return raise(t, T_TypeError, FORMATS[kind], type_name(t, v)); /* NOLINT: one of these */
}

value get_awaitable(vm *t, value v, uint32_t kind) {
    if (is_coroutine(v)) {
        return keep(t, v);
    }
    value made = is_a(v, T_OBJECT) ? try_special(t, v, NAME(await), 0, NULL) : NIL;
    if (made == NIL) {
        return t->raised != NIL ? NIL : not_awaitable(t, v, kind);
    }
    bool fine = !is_coroutine(made) &&
                (is_a(made, T_GEN) || class_find(t, class_of(t, made), NAME(next)) != NIL);
    if (!fine) {
        (void)raise(t, T_TypeError,
                    is_coroutine(made) ? "__await__() returned a coroutine"
                                       : "__await__() returned non-iterator of type '%s'",
                    type_name(t, made));
        decref(t, made);
        return NIL;
    }
    return made;
}

/* An iterator that goes on with the coroutine. */
BUILTIN(coroutine_await) {
    return call_async(t, "iterate", args[0]);
}
const builtin_def coroutine_methods[] = {{"send", generator_send, "self,value"},
                                         {"throw", generator_throw, "self,type|value,traceback"},
                                         {"close", generator_close_method, "self"},
                                         {"__await__", coroutine_await, "self"},
                                         {".__name__", generator_name, "self"},
                                         {".__qualname__", generator_qualname, "self"},
                                         {0}};

#define FUNC AS(func, args[0])
/* Borrowed; NIL: it has none. */
static value func_attribute(vm *t, const func *f, value name) {
    value attributes = member_load(&f->attributes);
    return attributes != NIL ? names_get(t, &AS(dict, attributes)->dict, name) : NIL;
}
BUILTIN(func_name) {
    if (is_a(args[0], T_METHOD)) {
        return get_attribute(t, AS(method, args[0])->func, NAME(name));
    }
    return is_a(args[0], T_BUILTIN) ? str_of(t, AS(builtin, args[0])->def->name)
                                    : member_keep(t, &FUNC->name);
}
BUILTIN(func_qualname) {
    if (is_a(args[0], T_METHOD)) {
        return get_attribute(t, AS(method, args[0])->func, NAME(qualname));
    }
    return is_a(args[0], T_BUILTIN) ? str_of(t, AS(builtin, args[0])->def->name)
                                    : member_keep(t, &FUNC->qualname);
}
BUILTIN(func_doc) {
    if (is_a(args[0], T_METHOD)) {
        return get_attribute(t, AS(method, args[0])->func, NAME(doc));
    }
    value doc = is_a(args[0], T_FUNC) ? member_load(&FUNC->doc) : NIL;
    return keep(t, doc != NIL ? doc : NONE);
}
BUILTIN(func_module) {
    value set = is_a(args[0], T_FUNC) ? func_attribute(t, FUNC, NAME(module)) : NIL;
    return keep(t, set != NIL ? set : is_a(args[0], T_FUNC) ? FUNC->globals->name : NAME(builtins));
}
BUILTIN(func_defaults) {
    return keep(t, FUNC->defaults != NIL ? FUNC->defaults : NONE);
}
BUILTIN(func_closure) {
    return keep(t, FUNC->closure != NIL ? FUNC->closure : NONE);
}
BUILTIN(cell_contents) {
    value content = member_load(&AS(cell, args[0])->content);
    return content != NIL ? keep(t, content) : raise(t, T_ValueError, "Cell is empty");
}
BUILTIN(func_annotations) {
    value set = func_attribute(t, FUNC, NAME(annotations));
    return set != NIL ? keep(t, set) : dict_new(t);
}
BUILTIN(func_kwdefaults) {
    return keep(t, FUNC->kwdefaults != NIL ? FUNC->kwdefaults : NONE);
}
BUILTIN(func_dict) {
    return attributes_of(t, args[0]);
}
BUILTIN(func_get) {
    return args[1] == NONE ? keep(t, args[0]) : method_new(t, args[0], args[1]);
}
BUILTIN(method_self) {
    if (is_a(args[0], T_METHOD)) {
        return keep(t, AS(method, args[0])->self);
    }
    value self = AS(builtin, args[0])->self;
    return keep(t, self != NIL ? self : NONE);
}
BUILTIN(method_func) {
    return keep(t, AS(method, args[0])->func);
}

const builtin_def func_methods[] = {{".__name__", func_name, "self"},
                                    {".__qualname__", func_qualname, "self"},
                                    {".__doc__", func_doc, "self"},
                                    {".__module__", func_module, "self"},
                                    {0}};
const builtin_def plain_func_methods[] = {{".__defaults__", func_defaults, "self"},
                                          {".__annotations__", func_annotations, "self"},
                                          {".__closure__", func_closure, "self"},
                                          {".__kwdefaults__", func_kwdefaults, "self"},
                                          {".__dict__", func_dict, "self"},
                                          {"__get__", func_get, "self,object|type"},
                                          {0}};
const builtin_def cell_methods[] = {{".cell_contents", cell_contents, "self"}, {0}};
const builtin_def bound_methods[] = {{".__self__", method_self, "self"}, {0}};
const builtin_def method_methods[] = {
    {".__self__", method_self, "self"}, {".__func__", method_func, "self"}, {0}};
