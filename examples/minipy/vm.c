/* vm.c: runs code: a stack machine with computed gotos.
 *
 * Frames. A thread has one value stack; a frame's locals are where its caller put the arguments, its operands follow. A call from Python
 * to Python stays in one activation of vm_run; from C (a sort's key, a special method) there is a new one. A generator's frame
 * has its values in the generator. What is on the stack is counted, so nothing here is a borrow, and any instruction may let a
 * grace period end.
 *
 * The call convention: `callee, self or NIL, arguments...`. With self, that is the first argument; so a method call makes no method
 * object. The result replaces all of them.
 */
#include <stdlib.h>

#include "object.h"
#include "opcode.h"

/* Labels as values: what computed gotos are made of. */
#pragma GCC diagnostic ignored "-Wpedantic"

/* Kinds of a look-up of an instruction; all hold as long as class and epoch do. */
enum {
    SITE_NONE,
    SITE_OWN,     /* the object has it itself: in_object */
    SITE_METHOD,  /* a function of the class; in_object says that the object has no such name */
    SITE_CLASS,   /* the same, another value that is no descriptor */
    SITE_BUILTIN, /* LOAD_GLOBAL: in_class is in builtins, in_object a miss in the globals */
};

/* What others have retired waits for this thread, at most for so many loops and calls of its. */
enum { SAFEPOINTS = WEFT_CHECKED ? 1 : 256 };
/* Spare references stay for FLUSH times as many. */
enum { FLUSH = 256 };

/* ---- limits -------------------------------------------------------------------------------------- */

bool c_stack_room(vm *t) {
    char here;
    if (WEFT_LIKELY(&here > t->c_limit)) { /* NOLINT: it grows downwards */
        return true;
    }
    const char *limit = t->c_limit;
    t->c_limit -= 1 << 16; /* for the exception */
    (void)raise(t, T_RecursionError, "maximum recursion depth exceeded");
    t->c_limit = limit;
    return false;
}

static int64_t recursion_limit(vm *t) {
    /* Relaxed: a number. */
    return (int64_t)weft_load_relaxed_u64(&t->rt->recursion_limit);
}

static WEFT_NOINLINE bool too_deep(vm *t) {
    t->depth -= 50; /* for what handles it */
    (void)raise(t, T_RecursionError, "maximum recursion depth exceeded");
    t->depth += 50;
    return false;
}

/* Whether there is room for one more frame with values from `locals` on. */
WEFT_ALWAYS_INLINE bool frame_room(vm *t, const value *locals, const code *c) {
    return WEFT_LIKELY(t->depth < recursion_limit(t) &&
                       t->stack_end - locals >= (ptrdiff_t)(c->slots + c->depth)) ||
           too_deep(t);
}

void vm_safepoint_slow(vm *t) {
    if ((weft_thread_safepoint(t->weft) & 1U << WEFT_BREAK_HOST_SHIFT) != 0) {
        (void)collect(t);
    }
    if (t->safepoints > 0) {
        return;
    }
    /* Relaxed: a hint. */
    if (weft_load_relaxed_u32(&t->rt->eager) != 0) {
        spares_drop(t);
        settle(t, weft_qsbr_quiescent);
        t->safepoints = 0;
    } else {
        weft_qsbr_quiescent(t->weft);
        t->safepoints = SAFEPOINTS;
        if (++t->flush % FLUSH == 0) {
            spares_drop(t);
        }
    }
}

/* ---- frames -------------------------------------------------------------------------------------- */

static frame *frame_alloc(vm *t) {
    frame *f = t->spare;
    if (WEFT_LIKELY(f != NULL)) {
        t->spare = f->next;
        return f;
    }
    size_t room = 0;
    return (frame *)grow_array(NULL, sizeof(frame), &room, 1);
}

/* This thread's look-ups of a code's instructions: nobody else reads or writes them. They stay until the thread ends. */
static lookup *sites_new(vm *t, const code *c) {
    if (c->number >= t->site_room) {
        size_t before = t->site_room;
        t->sites =
            (lookup **)grow_array((void *)t->sites, c->number, &t->site_room, sizeof(lookup *));
        memset((void *)(t->sites + before), 0, (t->site_room - before) * sizeof(lookup *));
    }
    size_t room = 0;
    lookup *made = (lookup *)grow_array(NULL, c->lookup_count, &room, sizeof(lookup));
    memset(made, 0, room * sizeof(lookup));
    t->sites[c->number] = made;
    return made;
}

WEFT_ALWAYS_INLINE lookup *sites(vm *t, const code *c) {
    lookup *found = WEFT_LIKELY(c->number < t->site_room) ? t->sites[c->number] : NULL;
    return WEFT_LIKELY(found != NULL) ? found : sites_new(t, c);
}

/* Cells for what inner functions use, and those of the closure. */
static bool make_cells(vm *t, code *c, func *f, value *locals) {
    for (uint32_t i = 0; i < c->cell_count; i++) {
        value *slot = &locals[c->cells[i]];
        value made = cell_new(t, *slot);
        if (made == NIL) {
            return false;
        }
        drop(t, *slot);
        *slot = made;
    }
    for (uint32_t i = 0; i < c->free_count; i++) {
        locals[c->slots - c->free_count + i] = keep(t, AS(tuple, f->closure)->items[i]);
    }
    return true;
}

/* A frame whose locals are bound. NULL: raised; the locals are the caller's yet. */
static frame *frame_enter(vm *t, func *function, value *locals, value *base, unsigned flags) {
    code *c = function->code;
    if (WEFT_UNLIKELY(!frame_room(t, locals, c) || (c->cell_count + c->free_count != 0 &&
                                                    !make_cells(t, c, function, locals)))) {
        return NULL;
    }
    frame *f = frame_alloc(t);
    f->code = c;
    f->func = function;
    f->globals = function->globals;
    f->locals = locals;
    f->sp = locals + c->slots;
    f->base = base;
    f->pc = c->ops;
    f->lookups = sites(t, c);
    f->names = NULL;
    f->self = NIL;
    f->flags = flags;
    f->back = t->frame;
    f->top = t->top;
    t->top = f->sp + c->depth;
    t->frame = f;
    t->depth++;
    return f;
}

static void clear_values(vm *t, const value *from, value *to) {
    while (to > from) {
        value v = *--to;
        if (v != NIL) {
            decref(t, v);
        }
    }
}

/* Leaves a frame whose values have been dropped. */
static void frame_leave(vm *t, frame *f) {
    t->frame = f->back;
    t->top = f->top;
    t->depth--;
    if ((f->flags & FRAME_GENERATOR) == 0) {
        f->next = t->spare;
        t->spare = f;
    }
}

/* ---- calls from C -------------------------------------------------------------------------------- */

/* Generators and class bodies begin otherwise. Takes the locals. */
static value run_function(vm *t, func *f, value *locals, dict *names) {
    if (WEFT_UNLIKELY((f->code->flags & CODE_GENERATOR) != 0)) {
        if (!make_cells(t, f->code, f, locals)) {
            clear_values(t, locals, locals + f->code->slots);
            return NIL;
        }
        return generator_new(t, f, locals);
    }
    frame *entry = c_stack_room(t) ? frame_enter(t, f, locals, NULL, FRAME_ENTRY) : NULL;
    if (entry == NULL) {
        clear_values(t, locals, locals + f->code->slots);
        return NIL;
    }
    entry->names = names;
    return vm_run(t, entry);
}

value vm_call(vm *t, func *f, size_t count, const value *args, value kwnames) {
    value *locals = t->top;
    size_t total = count + (kwnames != NIL ? AS(tuple, kwnames)->size : 0);
    if (t->stack_end - locals < (ptrdiff_t)(total + f->code->slots + f->code->depth)) {
        return raise(t, T_RecursionError, "maximum recursion depth exceeded");
    }
    for (size_t i = 0; i < total; i++) {
        locals[i] = keep(t, args[i]);
    }
    value *top = t->top;
    t->top += total + f->code->slots;
    incref(t, from_ref(f)); /* a class may lose it while it runs */
    bool bound = bind_arguments(t, f, locals, count, kwnames);
    t->top = top;
    value result = bound ? run_function(t, f, locals, NULL) : NIL;
    drop_object(t, f);
    return result;
}

static func *function_new(vm *t, code *c, struct module *globals) {
    func *f = (func *)object_new(t, sizeof *f, T_FUNC);
    if (f == NULL) {
        return NULL;
    }
    f->code = AS(code, keep(t, from_ref(c)));
    f->globals = AS(module, keep(t, from_ref(globals)));
    member_init(&f->name, keep(t, c->name));
    member_init(&f->qualname, keep(t, c->qualname));
    member_init(&f->doc, c->const_count > 0 ? keep(t, c->consts[0]) : NIL);
    member_init(&f->attributes, NIL);
    f->defaults = f->kwdefaults = f->closure = NIL;
    return f;
}

value vm_exec(vm *t, code *c, struct module *globals) {
    func *f = function_new(t, c, globals);
    value result = f != NULL ? vm_call(t, f, 0, NULL, NIL) : NIL;
    if (f != NULL) {
        drop_object(t, f);
    }
    return result;
}

/* A class's body runs with a dict for its names, which become the class's. */
static value make_class(vm *t, const value *args) {
    func *body = AS(func, args[0]);
    value names = dict_new(t);
    value *locals = t->top;
    if (names == NIL) {
        return NIL;
    }
    value keywords = args[3];
    value meta = str_name(t, "metaclass", 9);
    bool found;
    value given = dict_get(t, keywords, meta);
    (void)dict_delete(t, keywords, meta, &found);
    decref(t, meta);
    if (given != NIL && given != from_ref(t->rt->classes[T_CLASS])) {
        decref(t, given);
        decref(t, names);
        return raise(t, T_NotImplementedError, "minipy: metaclasses");
    }
    drop(t, given);
    for (uint32_t i = 0; i < body->code->slots; i++) {
        locals[i] = NIL;
    }
    value result =
        frame_room(t, locals, body->code) ? run_function(t, body, locals, AS(dict, names)) : NIL;
    value made = result != NIL ? class_make(t, args[1], args[2], names, keywords) : NIL;
    drop(t, result);
    decref(t, names);
    return made;
}

/* ---- names --------------------------------------------------------------------------------------- */

static value undefined(vm *t, value name) {
    return raise(t, T_NameError, "name '%s' is not defined", text_of(name));
}

static value load_global_slow(vm *t, frame *f, lookup *site, value name) {
    weft_dict_key key = weft_dict_of_symbol(AS(weft_symbol, name));
    value found = names_get(t, &f->globals->dict, name);
    site->kind = SITE_NONE;
    if (found != NIL) {
        if (weft_dict_cache_fill(t->weft, &f->globals->dict, key, &site->in_object)) {
            site->kind = SITE_OWN;
        }
        return keep(t, found);
    }
    found = names_get(t, &t->rt->builtins->dict, name);
    if (found == NIL) {
        return undefined(t, name);
    }
    if (weft_dict_cache_fill(t->weft, &f->globals->dict, key, &site->in_object) &&
        weft_dict_cache_fill(t->weft, &t->rt->builtins->dict, key, &site->in_class)) {
        site->kind = SITE_BUILTIN;
    }
    return keep(t, found);
}

static value load_global(vm *t, frame *f, lookup *site, value name) {
    weft_dict *d = &f->globals->dict;
    weft_ref *found = NULL;
    if (site->kind == SITE_OWN) {
        found = weft_dict_cached_borrow(t->weft, d, &site->in_object);
    } else if (site->kind == SITE_BUILTIN && weft_dict_cached_miss(t->weft, d, &site->in_object)) {
        found = weft_dict_cached_borrow(t->weft, &t->rt->builtins->dict, &site->in_class);
    }
    if (WEFT_UNLIKELY(found == NULL)) {
        return load_global_slow(t, f, site, name);
    }
    if (is_box(found)) {
        return ((box *)found)->content;
    }
    count_up_often(t, found);
    return from_ref(found);
}

/* An item of a container, borrowed as the container is. NIL: it needs more than a look. */
static value look_at_item(vm *t, value container, value index) {
    weft_ref *found = NULL;
    switch (exact_type(container)) {
    case T_DICT:
        found = dict_look(t, container, index, &found) ? found : NULL;
        break;
    case T_LIST:
        found = is_int(index) ? weft_list_borrow(t->weft, &AS(list, container)->list, int_of(index))
                              : NULL;
        break;
    case T_TUPLE:
        return is_int(index) && (uint64_t)int_of(index) < AS(tuple, container)->size
                   ? AS(tuple, container)->items[int_of(index)]
                   : NIL;
    default:
        return NIL;
    }
    return found == NULL ? NIL : is_box(found) ? ((box *)found)->content : from_ref(found);
}

/* Subscripts of a global by locals and constants, whose instructions begin at *pc, and the result, counted. As far as a look
 * is enough: then *pc is behind them. NIL: not even the first. */
static value look_at_items(vm *t, const frame *f, value container, const uint32_t **pc) {
    value item = NIL;
    for (const uint32_t *at = *pc; (at[1] & 0xFFU) == I_SUBSCRIPT; at += 2) {
        const value *from = (*at & 0xFFU) == I_LOAD_FAST    ? f->locals
                            : (*at & 0xFFU) == I_LOAD_CONST ? f->code->consts
                                                            : NULL;
        value index = from != NULL ? from[*at >> 8] : NIL;
        value next = index != NIL ? look_at_item(t, container, index) : NIL;
        if (next == NIL) {
            break;
        }
        container = item = next;
        *pc = at + 2;
    }
    return item != NIL ? keep(t, item) : NIL;
}

/* A global that the next instructions only look at is not counted: all threads read it. `pc`: behind LOAD_GLOBAL; `top`: the
 * operands' end. The result of those instructions, in whose place `pc` is set; NIL: they are to be run. */
static value look_at_global(vm *t, const frame *f, const value *top, const uint32_t **pc) {
    const lookup *site = &f->lookups[(*pc)[0]];
    const uint32_t *next = *pc + 1;
    if (site->kind != SITE_OWN) {
        return NIL;
    }
    weft_ref *found = weft_dict_cached_borrow(t->weft, &f->globals->dict, &site->in_object);
    value container = from_ref(found); /* a box is no container */
    if (found == NULL) {
        return NIL;
    }
    if ((*next & 0xFFU) != I_IN) {
        value item = look_at_items(t, f, container, &next);
        *pc = item != NIL ? next : *pc;
        return item;
    }
    weft_ref *there;
    unsigned type = exact_type(container);
    if ((type != T_DICT && type != T_SET && type != T_FROZENSET) ||
        !dict_look(t, container, top[-1], &there)) {
        return NIL;
    }
    *pc += 2;
    return from_bool((there != NULL) != (*next >> 8 == 1));
}

static value load_name(vm *t, frame *f, value name) {
    value found = f->names != NULL ? names_get(t, &f->names->dict, name) : NIL;
    found = found != NIL ? found : names_get(t, &f->globals->dict, name);
    found = found != NIL ? found : names_get(t, &t->rt->builtins->dict, name);
    return found != NIL ? keep(t, found) : undefined(t, name);
}

static value unbound(vm *t, const frame *f, uint32_t slot) {
    value name = f->code->names[slot];
    if (slot >= f->code->slots - f->code->free_count) {
        return raise(t, T_NameError,
                     "cannot access free variable '%s' where it is not associated with a value in "
                     "enclosing scope",
                     text_of(name));
    }
    return raise(t, T_UnboundLocalError,
                 "cannot access local variable '%s' where it is not associated with a value",
                 text_of(name));
}

/* ---- attributes ---------------------------------------------------------------------------------- */

/* What kind of look-up this is for objects of this class; false: none that can be remembered. */
static bool site_fill(vm *t, lookup *site, value o, value name) {
    class *cls = AS(object, o)->cls;
    site->kind = SITE_NONE;
    value found = lookup_find(t, site, cls, name);
    /* Traits are looked at behind the epoch: see class_set. */
    if (class_has(t, cls, HAS_GETATTRIBUTE) || site->cls == NULL ||
        (found != NIL && is_data_descriptor(t, found))) {
        return false;
    }
    weft_dict *d = &AS(object, o)->attributes;
    if (!weft_dict_cache_fill(t->weft, d, weft_dict_of_symbol(AS(weft_symbol, name)),
                              &site->in_object)) {
        return false;
    }
    unsigned type = exact_type(found);
    if (site->in_object.offset != 0) {
        site->kind = SITE_OWN;
    } else if (type == T_FUNC) {
        site->kind = SITE_METHOD;
    } else if (found != NIL && type != T_OBJECT && type != T_STATICMETHOD &&
               type != T_CLASSMETHOD && type != T_BUILTIN) {
        site->kind = SITE_CLASS;
    }
    return site->kind != SITE_NONE;
}

static bool site_valid(vm *t, const lookup *site, const class *cls) {
    /* Relaxed: as in class.c. */
    return site->cls == cls && site->epoch == weft_load_relaxed_u64(&t->rt->epoch);
}

static lookup *site_behind(vm *t, lookup *site, const class *cls) {
    for (unsigned way = 1; way < SITE_WAYS; way++) {
        if (site_valid(t, &site[way], cls)) {
            return &site[way];
        }
    }
    return &site[site->turn++ % SITE_WAYS];
}

/* The look-up of an instruction for objects of this class: the one that knows it, or one to be filled. */
WEFT_ALWAYS_INLINE lookup *site_for(vm *t, lookup *site, const class *cls) {
    return WEFT_LIKELY(site_valid(t, site, cls)) ? site : site_behind(t, site, cls);
}

/* The function of a method call, borrowed, if the look-up knows it. */
static value site_class_value(vm *t, const lookup *site, value o) {
    if (!weft_dict_cached_miss(t->weft, &AS(object, o)->attributes, &site->in_object)) {
        return NIL;
    }
    weft_ref *found = weft_dict_cached_borrow(t->weft, &site->owner->dict, &site->in_class);
    return found == NULL ? NIL : is_box(found) ? ((box *)found)->content : from_ref(found);
}

static value load_attribute(vm *t, lookup *site, value o, value name) {
    unsigned type = exact_type(o);
    if (WEFT_LIKELY(type == T_OBJECT)) {
        site = site_for(t, site, AS(object, o)->cls);
        bool valid = site_valid(t, site, AS(object, o)->cls);
        for (int turn = 0; turn < 2; turn++) {
            if (valid && site->kind == SITE_OWN) {
                weft_ref *found =
                    weft_dict_cached_borrow(t->weft, &AS(object, o)->attributes, &site->in_object);
                if (WEFT_LIKELY(found != NULL)) {
                    return unbox_borrowed(t, found);
                }
            } else if (valid && site->kind != SITE_NONE) {
                value found = site_class_value(t, site, o);
                if (found != NIL) {
                    return is_a(found, T_FUNC) ? method_new(t, found, o)
                           : site->kind == SITE_CLASS && exact_type(found) != T_PROPERTY
                               ? keep(t, found)
                               : get_attribute(t, o, name);
                }
            }
            if (turn == 1 || !site_fill(t, site, o, name)) {
                break;
            }
            valid = true;
        }
    } else if (type == T_MODULE) {
        weft_dict *d = &AS(module, o)->dict;
        weft_ref *found = weft_dict_cached_borrow(t->weft, d, &site->in_object);
        if (WEFT_LIKELY(found != NULL)) {
            return unbox_borrowed(t, found);
        }
        (void)weft_dict_cache_fill(t->weft, d, weft_dict_of_symbol(AS(weft_symbol, name)),
                                   &site->in_object);
        site->cls = NULL;
    }
    return get_attribute(t, o, name);
}

/* For a call: the function with self on `pair`, or another callable and NIL. Takes the object that is there. */
static bool load_method(vm *t, lookup *site, value *pair, value name) {
    value o = pair[0];
    value found;
    if (WEFT_LIKELY(is_a(o, T_OBJECT))) {
        lookup *way = site_for(t, site, AS(object, o)->cls);
        if ((site_valid(t, way, AS(object, o)->cls) || site_fill(t, way, o, name)) &&
            way->kind == SITE_METHOD) {
            found = site_class_value(t, way, o);
            if (WEFT_LIKELY(is_a(found, T_FUNC))) {
                pair[0] = keep(t, found);
                pair[1] = o;
                return true;
            }
        }
        found = load_attribute(t, site, o, name);
    } else if (is_object(o) && !is_a(o, T_MODULE) && !is_a(o, T_CLASS) && !is_a(o, T_SUPER) &&
               !is_a(o, T_FUNC) && (exact_type(o) & T_SUBCLASS) == 0 && !is_a(o, T_EXC)) {
        /* A builtin type's method: these have no attributes of their own. */
        const class *cls = class_of(t, o);
        found = lookup_find(t, site_for(t, site, cls), cls, name);
        if (is_a(found, T_BUILTIN)) {
            pair[0] = keep(t, found);
            pair[1] = o;
            return true;
        }
        found = get_attribute(t, o, name);
    } else {
        found = load_attribute(t, site, o, name);
    }
    if (is_a(found, T_METHOD)) {
        pair[0] = keep(t, AS(method, found)->func);
        pair[1] = keep(t, AS(method, found)->self);
        decref(t, found);
        decref(t, o);
        return true;
    }
    pair[0] = found;
    pair[1] = NIL;
    decref(t, o);
    return found != NIL;
}

/* A number in place of the one that is there, if the look-up knows where. */
static bool number_at(vm *t, weft_dict *d, const weft_dict_cache *place, value item) {
    if (weft_dict_cached_borrow(t->weft, d, place) == NULL || !box_lock(t, &d->head)) {
        return false; /* as a rule the object is new */
    }
    bool taken = box_takes(t, weft_dict_cached_borrow(t->weft, d, place), item);
    box_unlock(t, &d->head);
    return taken;
}

static bool store_attribute(vm *t, lookup *site, value o, value name, value item) {
    if (WEFT_LIKELY(is_a(o, T_OBJECT))) {
        class *cls = AS(object, o)->cls;
        weft_dict *d = &AS(object, o)->attributes;
        site = site_for(t, site, cls);
        if (WEFT_LIKELY(site_valid(t, site, cls) && site->kind == SITE_OWN)) {
            if (!is_object(item) && number_at(t, d, &site->in_object, item)) {
                return true;
            }
            return names_set_at(t, d, name, item, &site->in_object);
        }
        value found = lookup_find(t, site, cls, name);
        bool custom = class_has(t, cls, HAS_SETATTR);
        if (!custom && (found == NIL || !is_data_descriptor(t, found)) &&
            class_has_room(t, cls, name)) {
            site->kind = site->cls != NULL ? SITE_OWN : SITE_NONE;
            return names_set(t, d, name, item);
        }
    }
    return set_attribute(t, o, name, item);
}

/* ---- parts of instructions ----------------------------------------------------------------------- */

static value build_string(vm *t, value *items, size_t count) {
    buffer b = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_add_str(&b, items[i]);
    }
    return buffer_take(t, &b);
}

static value build_dict(vm *t, value *items, size_t count) {
    value d = dict_new(t);
    for (size_t i = 0; d != NIL && i < count; i++) {
        if (!dict_set(t, d, items[2 * i], items[2 * i + 1])) {
            decref(t, d);
            return NIL;
        }
    }
    return d;
}

static value build_set(vm *t, value *items, size_t count) {
    value s = set_new(t, T_SET);
    for (size_t i = 0; s != NIL && i < count; i++) {
        if (!set_add(t, s, items[i])) {
            decref(t, s);
            return NIL;
        }
    }
    return s;
}

static bool unpack_failed(vm *t, size_t wanted, size_t got, bool star) {
    if (t->raised == NIL) {
        if (got < wanted) {
            (void)raise(t, T_ValueError, "not enough values to unpack (expected %s%zu, got %zu)",
                        star ? "at least " : "", wanted, got);
        } else {
            (void)raise(t, T_ValueError, "too many values to unpack (expected %zu)", wanted);
        }
    }
    return false;
}

/* There is no iterating over it: python3 says it in other words here. */
static bool unpack_source(vm *t, value source) {
    if (raised_is(t, T_TypeError) && !is_a(source, T_OBJECT)) {
        forget_raised(t);
        (void)raise(t, T_TypeError, "cannot unpack non-iterable %s object", type_name(t, source));
    }
    return false;
}

/* The items, last first, from `into` downwards... so that the first is on top: into[count - 1]. */
static bool unpack(vm *t, value source, value *into, size_t count) {
    if (is_kind(source, T_TUPLE)) {
        size_t size = AS(tuple, source)->size;
        if (size != count) {
            return unpack_failed(t, count, size, false);
        }
        for (size_t i = 0; i < count; i++) {
            into[count - 1 - i] = keep(t, AS(tuple, source)->items[i]);
        }
        return true;
    }
    value items = is_a(source, T_LIST) ? at_rest(t, source) : NIL;
    if (items == NIL && t->raised == NIL) {
        /* An endless iterator may not be read to its end: one more than wanted tells. */
        value iterator = get_iter(t, source);
        if (iterator == NIL) {
            return unpack_source(t, source);
        }
        items = list_new(t);
        value item;
        while (items != NIL && list_size(t, items) <= count &&
               (item = iter_next(t, iterator)) != NIL && list_append_take(t, items, item)) {
        }
        decref(t, iterator);
    }
    size_t size = items != NIL && t->raised == NIL ? list_size(t, items) : 0;
    bool fine = t->raised == NIL && size == count;
    for (size_t i = 0; fine && i < count; i++) {
        into[count - 1 - i] = list_item(t, items, (int64_t)i);
    }
    drop(t, items);
    return fine || unpack_failed(t, count, size, false);
}

static bool unpack_star(vm *t, value source, value *into, size_t before, size_t after) {
    value items = to_list(t, source);
    if (items == NIL) {
        return unpack_source(t, source);
    }
    size_t size = list_size(t, items);
    size_t count = before + after + 1;
    if (size < before + after) {
        decref(t, items);
        return unpack_failed(t, before + after, size, true);
    }
    value middle = list_new(t);
    bool fine = middle != NIL;
    for (size_t i = 0; fine && i < size; i++) {
        value item = list_item(t, items, (int64_t)i);
        if (i < before) {
            into[count - 1 - i] = item;
        } else if (i >= size - after) {
            into[size - 1 - i] = item;
        } else {
            fine = list_append_take(t, middle, item);
        }
    }
    into[after] = middle;
    decref(t, items);
    return fine;
}

static bool import_failed(vm *t, struct module *m, value name) {
    value file = names_get(t, &m->dict, NAME(file));
    (void)raise(t, T_ImportError, "cannot import name '%s' from '%s' (%s)", text_of(name),
                text_of(m->name), is_str(file) ? text_of(file) : "unknown location");
    return false;
}

/* A function as messages name it. */
static value call_text(vm *t, value f) {
    f = is_a(f, T_METHOD) ? AS(method, f)->func : f;
    switch (exact_type(f)) {
    case T_FUNC:
        return str_format(t, "%s.%s()", text_of(AS(func, f)->globals->name),
                          text_of(member_load(&AS(func, f)->qualname)));
    case T_BUILTIN: {
        value owner = AS(builtin, f)->owner;
        return str_format(t, "%s%s%s()", owner != NIL ? text_of(AS(class, owner)->name) : "",
                          owner != NIL ? "." : "", AS(builtin, f)->def->name);
    }
    case T_CLASS: {
        value from = class_find(t, AS(class, f), NAME(module));
        return str_format(t, "%s%s%s()", is_str(from) ? text_of(from) : "", is_str(from) ? "." : "",
                          text_of(AS(class, f)->qualname));
    }
    default:
        return to_str(t, f);
    }
}

static bool wrong_star(vm *t, value f, const char *format, value v) {
    value text = f != NIL ? call_text(t, f) : str_of(t, "Value");
    forget_raised(t);
    if (text != NIL) {
        (void)raise(t, T_TypeError, "%s%s after %s, not %s", text_of(text),
                    f != NIL ? " argument" : "", format, type_name(t, v));
        decref(t, text);
    }
    return false;
}

/* *source in a display, or in a call of f. */
static bool extend_by_star(vm *t, value list, value source, value f) {
    if (list_extend(t, list, source)) {
        return true;
    }
    class *cls = class_of(t, source);
    return raised_is(t, T_TypeError) && class_find(t, cls, NAME(iter)) == NIL &&
           class_find(t, cls, NAME(getitem)) == NIL &&
           wrong_star(t, f, "* must be an iterable", source);
}

/* What is in both is a mistake in a call. */
static bool merge_keywords(vm *t, value d, value other, value f) {
    value iterator = get_iter(t, d);
    value key;
    while (iterator != NIL && (key = iter_next(t, iterator)) != NIL) {
        if (dict_contains(t, other, key) == 1) {
            value text = call_text(t, f);
            (void)raise(t, T_TypeError, "%s got multiple values for keyword argument '%s'",
                        text != NIL ? text_of(text) : "", is_str(key) ? text_of(key) : "?");
            drop(t, text);
        }
        decref(t, key);
    }
    drop(t, iterator);
    return t->raised == NIL && dict_update(t, d, other);
}

/* **other in a display, or in a call of f. */
static bool update_keywords(vm *t, value d, value other, value f) {
    if (is_a(other, T_DICT)) {
        return f != NIL ? merge_keywords(t, d, other, f) : dict_update(t, d, other);
    }
    value keys = get_attribute_or_nil(t, other, NAME(keys));
    drop(t, keys);
    if (keys == NIL) {
        if (t->raised != NIL && !raised_is(t, T_AttributeError)) {
            return false;
        }
        forget_raised(t);
        if (f != NIL) {
            return wrong_star(t, f, "** must be a mapping", other);
        }
        (void)raise(t, T_TypeError, "'%s' object is not a mapping", type_name(t, other));
        return false;
    }
    value copy = dict_new(t);
    bool fine = copy != NIL && dict_update(t, copy, other) && update_keywords(t, d, copy, f);
    drop(t, copy);
    return fine;
}

static value format_operand(vm *t, uint32_t argument, value *operands) {
    bool has_spec = (argument & 1U) != 0;
    char conversion = (char)(argument >> 1);
    value v = operands[0];
    value text = conversion == 's'   ? to_str(t, v)
                 : conversion == 'r' ? to_repr(t, v)
                 : conversion == 'a' ? to_ascii(t, v)
                                     : keep(t, v);
    value result = text != NIL ? format_value(t, text, has_spec ? operands[1] : NIL) : NIL;
    drop(t, text);
    return result;
}

static bool raise_operands(vm *t, size_t count, value *operands) {
    value e = operands[0];
    value made =
        is_a(e, T_CLASS) && AS(class, e)->layout == T_EXC ? call(t, e, 0, NULL) : keep(t, e);
    if (made == NIL) {
        return false;
    }
    if (!is_a(made, T_EXC)) {
        decref(t, made);
        (void)raise(t, T_TypeError, "exceptions must derive from BaseException");
        return false;
    }
    if (count == 2) {
        value cause =
            is_a(operands[1], T_CLASS) ? call(t, operands[1], 0, NULL) : keep(t, operands[1]);
        if (cause == NIL || (cause != NONE && !is_a(cause, T_EXC))) {
            decref(t, made);
            drop(t, cause);
            if (t->raised == NIL) {
                (void)raise(t, T_TypeError, "exception causes must derive from BaseException");
            }
            return false;
        }
        member_set(t, &AS(exception, made)->cause, cause == NONE ? NIL : cause);
        /* Relaxed: a flag that says nothing about anything else. */
        weft_store_relaxed_u8(&AS(exception, made)->suppress, true);
    }
    (void)raise_object(t, made);
    return false;
}

/* -1: raised. */
static int matches(vm *t, value e, value types) {
    bool tuple_given = is_kind(types, T_TUPLE);
    size_t count = tuple_given ? AS(tuple, types)->size : 1;
    for (size_t i = 0; i < count; i++) {
        value type = tuple_given ? AS(tuple, types)->items[i] : types;
        if (!is_a(type, T_CLASS) || AS(class, type)->layout != T_EXC) {
            (void)raise(t, T_TypeError,
                        "catching classes that do not inherit from BaseException is not allowed");
            return -1;
        }
        if (class_is_sub(AS(object, e)->cls, AS(class, type))) {
            return 1;
        }
    }
    return 0;
}

/* o -> exit value */
static bool with_enter(vm *t, value *operand, bool async) {
    value o = operand[0];
    value name = async ? NAME(aenter) : NAME(enter);
    value enter = class_find(t, class_of(t, o), name);
    value leave = class_find(t, class_of(t, o), async ? NAME(aexit) : NAME(exit));
    if (enter == NIL || leave == NIL) {
        (void)raise(t, T_TypeError, "'%s' object does not support the %scontext manager protocol%s",
                    type_name(t, o), async ? "asynchronous " : "",
                    enter == NIL ? ""
                    : async      ? " (missed __aexit__ method)"
                                 : " (missed __exit__ method)");
        return false;
    }
    value exit = bind(t, leave, o, class_of(t, o));
    value entered = exit != NIL ? call_special(t, o, name, 0, NULL) : NIL;
    if (entered == NIL) {
        drop(t, exit);
        return false;
    }
    operand[0] = exit;
    operand[1] = entered;
    decref(t, o);
    return true;
}

/* Whether it is swallowed; async: what says so when it is awaited. */
static value with_exception(vm *t, value exit, value e, bool async) {
    value tb = member_keep(t, &AS(exception, e)->traceback);
    value args[3] = {from_ref(AS(object, e)->cls), e, tb != NIL ? tb : NONE};
    value result = call(t, exit, 3, args);
    drop(t, tb);
    if (async) {
        return result;
    }
    int swallow = result == NIL ? -1 : truth(t, result);
    drop(t, result);
    return swallow < 0 ? NIL : from_bool(swallow == 1);
}

static value make_function(vm *t, frame *f, uint32_t flags, value **sp) {
    value code_value = *--*sp;
    func *made = function_new(t, AS(code, code_value), f->globals);
    decref(t, code_value);
    value parts[3] = {NIL, NIL, NIL};
    for (int i = 2; i >= 0; i--) {
        if ((flags & 1U << i) != 0) {
            parts[i] = *--*sp;
        }
    }
    if (made == NULL) {
        for (int i = 0; i < 3; i++) {
            drop(t, parts[i]);
        }
        return NIL;
    }
    made->defaults = parts[0];
    made->kwdefaults = parts[1];
    made->closure = parts[2];
    return from_ref(made);
}

static bool import_all(vm *t, frame *f, value from) {
    value names = names_list(t, &AS(module, from)->dict);
    for (int64_t i = 0; names != NIL; i++) {
        value name = list_item(t, names, i);
        if (name == NIL) {
            break;
        }
        value item = keep(t, names_get(t, &AS(module, from)->dict, name));
        bool failed =
            *text_of(name) != '_' && item != NIL && !names_set(t, &f->globals->dict, name, item);
        drop(t, item);
        decref(t, name);
        if (failed) {
            break;
        }
    }
    drop(t, names);
    return t->raised == NIL;
}

/* What a generator that has been resumed says; over, with a result, if it has returned. */
static value delegated(vm *t, value item, value *result) {
    if (item == NIL && t->raised == NIL) {
        *result = t->returned != NIL ? t->returned : NONE;
        t->returned = NIL;
    }
    return item;
}

/* A step of `yield from`. The next value; NIL and nothing raised: over, the result is in *result. */
static value delegate(vm *t, value iterator, value sent, value *result) {
    *result = NIL;
    if (is_a(iterator, T_GEN)) {
        generator *g = AS(generator, iterator);
        /* Relaxed: a guess, which generator_resume does not rely on. */
        value first = weft_load_relaxed_u8(&g->state) == GEN_NEW ? NONE : sent;
        return delegated(t, generator_resume(t, g, first, false), result);
    }
    value item =
        sent == NONE ? iter_next(t, iterator) : call_special(t, iterator, NAME(send), 1, &sent);
    if (item == NIL && (t->raised == NIL || raised_is(t, T_StopIteration))) {
        tuple *args =
            t->raised != NIL ? AS(tuple, member_load(&AS(exception, t->raised)->args)) : NULL;
        *result = keep(t, args != NULL && args->size > 0 ? args->items[0] : NONE);
        forget_raised(t);
    }
    return item;
}

/* What was thrown into a generator that waits in `yield from`. As delegate; the iterator gets the exception. */
static value delegate_throw(vm *t, value iterator, value *result) {
    *result = NIL;
    if (is_a(iterator, T_GEN)) {
        generator *g = AS(generator, iterator);
        if (raised_is(t, T_GeneratorExit)) {
            value e = take_raised(t);
            value closed = generator_close(t, g);
            if (closed == NIL) {
                decref(t, e);
                return NIL;
            }
            (void)raise_object(t, e);
            return NIL;
        }
        /* Relaxed: over is over. */
        value item =
            weft_load_relaxed_u8(&g->state) == GEN_DONE ? NIL : generator_resume(t, g, NIL, true);
        return delegated(t, item, result);
    }
    return NIL;
}

/* Asynchronous iterators: `async for`. */
static value get_aiter(vm *t, value o) {
    value made = try_special(t, o, NAME(aiter), 0, NULL);
    if (made == NIL) {
        return t->raised != NIL
                   ? NIL
                   : raise(t, T_TypeError,
                           "'async for' requires an object with __aiter__ method, got %s",
                           type_name(t, o));
    }
    if (class_find(t, class_of(t, made), NAME(anext)) == NIL) {
        (void)raise(t, T_TypeError,
                    "'async for' received an object from __aiter__ that does not implement "
                    "__anext__: %s",
                    type_name(t, made));
        decref(t, made);
        return NIL;
    }
    return made;
}

/* A new instance of a class without a __new__ of its own, and its __init__ in the callee's place: the call goes on with that. The caller's
 * operands: class, NIL, arguments. NIL: raised; FALSE: this class needs class_call. */
static value begin_instance(vm *t, value *base, size_t count) {
    class *cls = AS(class, base[0]);
    if (cls->construct != NIL || class_has(t, cls, HAS_NEW) ||
        (cls->layout != T_OBJECT && cls->layout != T_EXC) || base[1] != NIL) {
        return FALSE;
    }
    value init = class_find(t, cls, NAME(init));
    if (!is_a(init, T_FUNC)) {
        return FALSE;
    }
    incref(t, init);
    value made = instance_new(t, cls);
    if (made == NIL) {
        decref(t, init);
        return NIL;
    }
    if (cls->layout == T_EXC) {
        member_set(t, &AS(exception, made)->args, tuple_of(t, count, base + 2));
    }
    decref(t, base[0]);
    base[0] = init;
    base[1] = keep(t, made);
    return made;
}

/* A generator that ends by StopIteration has made a mistake. */
static void generator_raised(vm *t, const code *c) {
    bool async = (c->flags & CODE_ASYNC_GENERATOR) != 0;
    bool of_async = async && raised_is(t, T_StopAsyncIteration);
    if (of_async || raised_is(t, T_StopIteration)) {
        value e = take_raised(t);
        (void)raise(t, T_RuntimeError, "%s raised Stop%sIteration",
                    async                              ? "async generator"
                    : (c->flags & CODE_COROUTINE) != 0 ? "coroutine"
                                                       : "generator",
                    of_async ? "Async" : "");
        if (t->raised != NIL) {
            member_set(t, &AS(exception, t->raised)->cause, keep(t, e));
            member_set(t, &AS(exception, t->raised)->context, keep(t, e));
            weft_init_u8(&AS(exception, t->raised)->suppress, true);
        }
        decref(t, e);
    }
}

/* ---- arithmetic on the fast way ------------------------------------------------------------------- */

WEFT_ALWAYS_INLINE value fast_add(vm *t, value a, value b, int op) {
    if (WEFT_LIKELY(both_int(a, b))) {
        int64_t x = int_of(a);
        int64_t y = int_of(b);
        int64_t r;
        if (op == OP_MUL) {
            if (WEFT_UNLIKELY(__builtin_mul_overflow(x, y, &r))) {
                return binary(t, op, a, b);
            }
        } else {
            r = op == OP_ADD ? x + y : x - y;
        }
        return int_new(t, r);
    }
    if (is_float(a) && is_float(b)) {
        double x = float_of(a);
        double y = float_of(b);
        return from_float(op == OP_ADD ? x + y : op == OP_SUB ? x - y : x * y);
    }
    return NIL;
}

/* -1: another way. */
WEFT_ALWAYS_INLINE int fast_compare(value a, value b, uint32_t op) {
    if (WEFT_LIKELY(both_int(a, b))) {
        int64_t x = int_of(a);
        int64_t y = int_of(b);
        switch (op) {
        case CMP_LT:
            return x < y;
        case CMP_LE:
            return x <= y;
        case CMP_EQ:
            return x == y;
        case CMP_NE:
            return x != y;
        case CMP_GT:
            return x > y;
        default:
            return x >= y;
        }
    }
    if (is_float(a) && is_float(b)) {
        double x = float_of(a);
        double y = float_of(b);
        switch (op) {
        case CMP_LT:
            return x < y;
        case CMP_LE:
            return x <= y;
        case CMP_EQ:
            return x == y;
        case CMP_NE:
            return x != y;
        case CMP_GT:
            return x > y;
        default:
            return x >= y;
        }
    }
    return -1;
}

static value fast_binary(vm *t, int op, value a, value b) {
    if (both_int(a, b)) {
        int64_t x = int_of(a);
        int64_t y = int_of(b);
        switch (op) {
        case OP_AND:
            return from_int32(x & y);
        case OP_OR:
            return from_int32(x | y);
        case OP_XOR:
            return from_int32(x ^ y);
        case OP_RSHIFT:
            if (y >= 0 && y < 64) {
                return from_int32(x >> y);
            }
            break;
        case OP_FLOORDIV:
            if (y > 0) {
                int64_t q = x / y;
                return from_int32(q - (x % y < 0));
            }
            break;
        case OP_MOD:
            if (y > 0) {
                int64_t r = x % y;
                return from_int32(r < 0 ? r + y : r);
            }
            break;
        default:
            break;
        }
    } else if (op == OP_DIV && is_float(a) && is_float(b) && float_of(b) != 0) {
        return from_float(float_of(a) / float_of(b));
    }
    return binary(t, op, a, b);
}

/* ---- the loop ------------------------------------------------------------------------------------- */

#define TARGET(name) L_##name
#define NEXT()                                                                                     \
    do {                                                                                           \
        instruction = *pc++;                                                                       \
        goto *LABELS[instruction & 0xFFU];                                                         \
    } while (0)
#define ARG (instruction >> 8)
#define PUSH(v) (*sp++ = (v))
#define POP() (*--sp)
#define FAIL_IF(condition)                                                                         \
    do {                                                                                           \
        if (WEFT_UNLIKELY(condition)) {                                                            \
            goto error;                                                                            \
        }                                                                                          \
    } while (0)
/* Replaces the two upper operands by a result. */
#define REPLACE2(result)                                                                           \
    do {                                                                                           \
        value replaced = (result);                                                                 \
        FAIL_IF(replaced == NIL);                                                                  \
        decref(t, sp[-1]);                                                                         \
        decref(t, sp[-2]);                                                                         \
        sp--;                                                                                      \
        sp[-1] = replaced;                                                                         \
    } while (0)
/* Small ints and floats at once, other values by their methods. */
#define ARITHMETIC(operator)                                                                       \
    do {                                                                                           \
        v = fast_add(t, sp[-2], sp[-1], operator);                                                 \
        if (WEFT_LIKELY(v != NIL)) {                                                               \
            sp--;                                                                                  \
            sp[-1] = v;                                                                            \
        } else {                                                                                   \
            REPLACE2(binary(t, operator, sp[-2], sp[-1]));                                         \
        }                                                                                          \
    } while (0)

/* NOLINTNEXTLINE(readability-function-size): jumps from label to label keep what it works on in registers. */
value vm_run(vm *t, frame *f) {
    static const void *const LABELS[] = {
#define X(name, effect) &&TARGET(name),
        OPCODES(X)
#undef X
    };
    const uint32_t *pc;
    value *sp;
    value *locals;
    value *consts;
    uint32_t instruction;
    value v;
    value w;
    value result;

#define ENTER()                                                                                    \
    do {                                                                                           \
        pc = f->pc;                                                                                \
        sp = f->sp;                                                                                \
        locals = f->locals;                                                                        \
        consts = f->code->consts;                                                                  \
    } while (0)

    ENTER();
    if ((f->flags & FRAME_GENERATOR) != 0) {
        /* Resumed from C. */
        f->back = t->frame;
        f->top = t->top;
        f->lookups = sites(t, f->code);
        t->frame = f;
        t->depth++;
        if (WEFT_UNLIKELY(t->raised != NIL)) {
            if (pc > f->code->ops && (pc[0] & 0xFFU) == I_YIELD_FROM) {
                v = delegate_throw(t, sp[-1], &result);
                if (v != NIL) {
                    goto yield;
                }
                if (result != NIL) {
                    decref(t, sp[-1]);
                    sp[-1] = result;
                    pc++;
                    NEXT();
                }
                pc++;
            }
            goto error;
        }
    }
    NEXT();

    TARGET(NOP) : NEXT();
    TARGET(POP) : v = POP();
    decref(t, v);
    NEXT();
    TARGET(POP_UNDER) : v = sp[-2];
    sp[-2] = sp[-1];
    sp--;
    decref(t, v);
    NEXT();
    TARGET(DUP) : v = sp[-1];
    PUSH(keep(t, v));
    NEXT();
    TARGET(DUP2) : sp[0] = keep(t, sp[-2]);
    sp[1] = keep(t, sp[-1]);
    sp += 2;
    NEXT();
    TARGET(SWAP) : v = sp[-1];
    sp[-1] = sp[-2];
    sp[-2] = v;
    NEXT();
    TARGET(ROT3) : v = sp[-1];
    sp[-1] = sp[-2];
    sp[-2] = sp[-3];
    sp[-3] = v;
    NEXT();
    TARGET(ROT4) : v = sp[-1];
    sp[-1] = sp[-2];
    sp[-2] = sp[-3];
    sp[-3] = sp[-4];
    sp[-4] = v;
    NEXT();
    TARGET(LOAD_CONST) : v = consts[ARG];
    PUSH(keep(t, v));
    NEXT();
    TARGET(LOAD_FAST) : v = locals[ARG];
    if (WEFT_UNLIKELY(v == NIL)) {
        (void)unbound(t, f, ARG);
        goto error;
    }
    if ((*pc & 0xFFU) == I_LOAD_ATTR) {
        /* The local keeps the object meanwhile: no count. */
        v = load_attribute(t, &f->lookups[pc[1]], v, consts[*pc >> 8]);
        pc += 2;
        FAIL_IF(v == NIL);
        PUSH(v);
        NEXT();
    }
    if (is_object(v)) {
        count_up_often(t, ref_of(v));
    }
    PUSH(v);
    NEXT();
    TARGET(LOAD_FAST_FAST) : v = locals[ARG & 0xFFFU];
    w = locals[ARG >> 12];
    if (WEFT_UNLIKELY(v == NIL || w == NIL)) {
        (void)unbound(t, f, v == NIL ? ARG & 0xFFFU : ARG >> 12);
        goto error;
    }
    sp[0] = keep(t, v);
    sp[1] = keep(t, w);
    sp += 2;
    NEXT();
    TARGET(LOAD_FAST_CONST) : v = locals[ARG & 0xFFFU];
    if (WEFT_UNLIKELY(v == NIL)) {
        (void)unbound(t, f, ARG & 0xFFFU);
        goto error;
    }
    sp[0] = keep(t, v);
    sp[1] = keep(t, consts[ARG >> 12]);
    sp += 2;
    NEXT();
    TARGET(LOAD_SLOT) : PUSH(keep(t, locals[ARG]));
    NEXT();
    TARGET(STORE_FAST) : v = locals[ARG];
    locals[ARG] = POP();
    if (is_object(v)) {
        count_down_often(t, ref_of(v));
    }
    NEXT();
    TARGET(DELETE_FAST) : v = locals[ARG];
    if (v == NIL) {
        (void)unbound(t, f, ARG);
        goto error;
    }
    locals[ARG] = NIL;
    decref(t, v);
    NEXT();
    TARGET(LOAD_DEREF) : v = member_load(&AS(cell, locals[ARG])->content);
    if (WEFT_UNLIKELY(v == NIL)) {
        (void)unbound(t, f, ARG);
        goto error;
    }
    PUSH(keep(t, v));
    NEXT();
    TARGET(STORE_DEREF) : member_set(t, &AS(cell, locals[ARG])->content, sp[-1]);
    sp--;
    NEXT();
    TARGET(DELETE_DEREF) : if (member_load(&AS(cell, locals[ARG])->content) == NIL) {
        (void)unbound(t, f, ARG);
        goto error;
    }
    member_set(t, &AS(cell, locals[ARG])->content, NIL);
    NEXT();
    TARGET(LOAD_CLASS_DEREF) : v = names_get(t, &f->names->dict, f->code->names[ARG]);
    v = v != NIL ? v : member_load(&AS(cell, locals[ARG])->content);
    if (v == NIL) {
        (void)unbound(t, f, ARG);
        goto error;
    }
    PUSH(keep(t, v));
    NEXT();
    TARGET(LOAD_GLOBAL) : switch (pc[1] & 0xFFU) {
    case I_LOAD_FAST:
    case I_LOAD_CONST:
        if ((pc[2] & 0xFFU) != I_SUBSCRIPT) {
            break;
        }
        v = look_at_global(t, f, sp, &pc);
        if (v != NIL) {
            PUSH(v);
            NEXT();
        }
        break;
    case I_IN:
        v = look_at_global(t, f, sp, &pc);
        if (v != NIL) {
            w = sp[-1];
            sp[-1] = v;
            decref(t, w);
            NEXT();
        }
        break;
    default:
        break;
    }
    v = load_global(t, f, &f->lookups[*pc], consts[ARG]);
    pc++;
    FAIL_IF(v == NIL);
    PUSH(v);
    NEXT();
    TARGET(STORE_GLOBAL) : FAIL_IF(!names_set(t, &f->globals->dict, consts[ARG], sp[-1]));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(DELETE_GLOBAL) : if (!names_delete(t, &f->globals->dict, consts[ARG])) {
        (void)undefined(t, consts[ARG]);
        goto error;
    }
    weft_qsbr_quiescent(t->weft); /* what dies by it is to be seen dying */
    NEXT();
    TARGET(LOAD_NAME) : v = load_name(t, f, consts[ARG]);
    FAIL_IF(v == NIL);
    PUSH(v);
    NEXT();
    TARGET(STORE_NAME) : FAIL_IF(!names_set(t, &f->names->dict, consts[ARG], sp[-1]));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(DELETE_NAME) : if (!names_delete(t, &f->names->dict, consts[ARG])) {
        (void)undefined(t, consts[ARG]);
        goto error;
    }
    NEXT();
    TARGET(LOAD_ATTR) : v = load_attribute(t, &f->lookups[*pc], sp[-1], consts[ARG]);
    pc++;
    FAIL_IF(v == NIL);
    w = sp[-1];
    sp[-1] = v;
    decref(t, w);
    NEXT();
    TARGET(LOAD_METHOD) : pc++;
    if (WEFT_UNLIKELY(!load_method(t, &f->lookups[pc[-1]], sp - 1, consts[ARG]))) {
        sp--;
        goto error;
    }
    sp++;
    NEXT();
    TARGET(STORE_ATTR) : pc++;
    FAIL_IF(!store_attribute(t, &f->lookups[pc[-1]], sp[-1], consts[ARG], sp[-2]));
    sp -= 2;
    decref(t, sp[0]);
    decref(t, sp[1]);
    NEXT();
    TARGET(DELETE_ATTR) : FAIL_IF(!set_attribute(t, sp[-1], consts[ARG], NIL));
    v = POP();
    decref(t, v);
    weft_qsbr_quiescent(t->weft); /* what dies by it is to be seen dying */
    NEXT();
    TARGET(PUSH_NULL) : PUSH(NIL);
    NEXT();

    TARGET(CALL) : {
        size_t count = ARG;
        value *base = sp - count - 2;
        unsigned flags = 0;
        value made = NIL;
        vm_safepoint(t);
        for (;;) {
            if (WEFT_LIKELY(is_a(base[0], T_FUNC))) {
                func *callee = AS(func, base[0]);
                code *c = callee->code;
                value *args = base + 2;
                if (base[1] != NIL) {
                    args--;
                    count++;
                }
                /* A generator's operands lie in the generator: no room for a frame. */
                value *bound = (f->flags & FRAME_GENERATOR) != 0 ? t->top : args;
                if (WEFT_UNLIKELY(t->stack_end - bound <
                                  (ptrdiff_t)(c->slots + c->depth + count))) {
                    (void)raise(t, T_RecursionError, "maximum recursion depth exceeded");
                    drop(t, made);
                    goto error;
                }
                if (WEFT_UNLIKELY(bound != args)) {
                    memcpy(bound, args, count * sizeof(value));
                    args = bound;
                }
                sp = base + 1;
                if (WEFT_LIKELY(count == c->params &&
                                (c->flags & (CODE_VARARGS | CODE_KWARGS)) == 0 && c->kwonly == 0)) {
                    for (size_t i = count; i < c->slots; i++) {
                        args[i] = NIL;
                    }
                } else if (WEFT_UNLIKELY(!bind_arguments(t, callee, args, count, NIL))) {
                    drop(t, made);
                    goto error;
                }
                if (WEFT_UNLIKELY((c->flags & CODE_GENERATOR) != 0)) {
                    if (make_cells(t, c, callee, args)) {
                        result = generator_new(t, callee, args);
                    } else {
                        clear_values(t, args, args + c->slots);
                        result = NIL;
                    }
                    goto called;
                }
                frame *entered = frame_enter(t, callee, args, base, flags);
                if (WEFT_UNLIKELY(entered == NULL)) {
                    clear_values(t, args, args + c->slots);
                    drop(t, made);
                    goto error;
                }
                f->pc = pc;
                f->sp = base + 1;
                entered->self = made;
                f = entered;
                ENTER();
                NEXT();
            }
            if (is_a(base[0], T_METHOD) && base[1] == NIL) {
                v = base[0];
                base[0] = keep(t, AS(method, v)->func);
                base[1] = keep(t, AS(method, v)->self);
                decref(t, v);
                continue;
            }
            if (is_a(base[0], T_CLASS)) {
                made = begin_instance(t, base, count);
                FAIL_IF(made == NIL);
                if (made != FALSE) {
                    flags = FRAME_INIT;
                    continue;
                }
            }
            break;
        }
        size_t shift = base[1] != NIL;
        if (is_a(base[0], T_BUILTIN)) {
            result = call_builtin(t, AS(builtin, base[0]), base + 2 - shift, count + shift, NIL);
        } else {
            result = call_kw(t, base[0], count + shift, base + 2 - shift, NIL);
        }
        clear_values(t, base + 1, sp);
        sp = base + 1;
    }
called:
    FAIL_IF(result == NIL);
    v = sp[-1];
    sp[-1] = result;
    decref(t, v);
    NEXT();

    TARGET(CALL_KW) : {
        value names = POP();
        size_t total = ARG;
        value *base = sp - total - 2;
        size_t shift = base[1] != NIL;
        result =
            call_kw(t, base[0], total - AS(tuple, names)->size + shift, base + 2 - shift, names);
        decref(t, names);
        clear_values(t, base + 1, sp);
        sp = base + 1;
        goto called;
    }
    TARGET(CALL_SPREAD) : result = call_spread(t, sp[-4], sp[-2], sp[-1]);
    clear_values(t, sp - 3, sp);
    sp -= 3;
    goto called;

    TARGET(BINARY_ADD) : ARITHMETIC(OP_ADD);
    NEXT();
    TARGET(BINARY_SUB) : ARITHMETIC(OP_SUB);
    NEXT();
    TARGET(BINARY_MUL) : ARITHMETIC(OP_MUL);
    NEXT();
    TARGET(BINARY) : REPLACE2(fast_binary(t, (int)ARG, sp[-2], sp[-1]));
    NEXT();
    TARGET(INPLACE) : if (!is_object(sp[-2]) && !is_object(sp[-1])) {
        v = ARG <= OP_MUL ? fast_add(t, sp[-2], sp[-1], (int)ARG) : NIL;
        if (v == NIL) { /* bits of floats are an error that names the operator */
            v = ARG < OP_LSHIFT || (ARG != OP_MATMUL && both_int(sp[-2], sp[-1]))
                    ? fast_binary(t, (int)ARG, sp[-2], sp[-1])
                    : inplace(t, (int)ARG, sp[-2], sp[-1]);
        }
        FAIL_IF(v == NIL);
        sp--;
        sp[-1] = v;
        NEXT();
    }
    REPLACE2(inplace(t, (int)ARG, sp[-2], sp[-1]));
    NEXT();
    TARGET(UNARY) : v = unary(t, (char)ARG, sp[-1]);
    FAIL_IF(v == NIL);
    w = sp[-1];
    sp[-1] = v;
    decref(t, w);
    NEXT();
    TARGET(NOT) : {
        int is = truth(t, sp[-1]);
        FAIL_IF(is < 0);
        v = sp[-1];
        sp[-1] = from_bool(is == 0);
        decref(t, v);
        NEXT();
    }
    TARGET(COMPARE) : {
        int is = fast_compare(sp[-2], sp[-1], ARG);
        if (WEFT_LIKELY(is >= 0)) {
            sp--;
            sp[-1] = from_bool(is == 1);
            NEXT();
        }
        REPLACE2(compare(t, (int)ARG, sp[-2], sp[-1]));
        NEXT();
    }
    TARGET(COMPARE_JUMP) : {
        uint32_t op = *pc++;
        int is = fast_compare(sp[-2], sp[-1], op & 7U);
        if (WEFT_LIKELY(is >= 0)) {
            sp -= 2;
        } else {
            is = compare_bool(t, (int)(op & 7U), sp[-2], sp[-1]);
            FAIL_IF(is < 0);
            sp -= 2;
            decref(t, sp[0]);
            decref(t, sp[1]);
        }
        if (is == (int)(op >> 3)) {
            pc = f->code->ops + ARG;
        }
        NEXT();
    }
    TARGET(IS) : v = from_bool((sp[-2] == sp[-1]) != (ARG == 1));
    REPLACE2(v);
    NEXT();
    TARGET(IN) : {
        int is = contains(t, sp[-1], sp[-2]);
        FAIL_IF(is < 0);
        REPLACE2(from_bool((is == 1) != (ARG == 1)));
        NEXT();
    }

    TARGET(SUBSCRIPT) : v = sp[-2];
    w = sp[-1];
    if (WEFT_LIKELY(is_int(w) && is_a(v, T_LIST))) {
        weft_ref *found = weft_list_borrow(t->weft, &AS(list, v)->list, int_of(w));
        if (WEFT_LIKELY(found != NULL)) {
            sp--;
            sp[-1] = unbox_borrowed(t, found);
            decref(t, v);
            NEXT();
        }
    } else if (is_int(w) && is_kind(v, T_TUPLE) && (uint64_t)int_of(w) < AS(tuple, v)->size) {
        sp--;
        sp[-1] = keep(t, AS(tuple, v)->items[int_of(w)]);
        decref(t, v);
        NEXT();
    }
    REPLACE2(subscript(t, sp[-2], sp[-1]));
    NEXT();
    TARGET(STORE_SUBSCRIPT) : v = sp[-2];
    if (WEFT_LIKELY(is_a(v, T_LIST) && is_int(sp[-1]))) {
        FAIL_IF(!list_set(t, v, int_of(sp[-1]), sp[-3]));
    } else {
        FAIL_IF(!store_subscript(t, v, sp[-1], sp[-3]));
    }
    sp -= 3;
    decref(t, sp[0]);
    decref(t, sp[1]);
    decref(t, sp[2]);
    NEXT();
    TARGET(DELETE_SUBSCRIPT) : FAIL_IF(!store_subscript(t, sp[-2], sp[-1], NIL));
    sp -= 2;
    decref(t, sp[0]);
    decref(t, sp[1]);
    weft_qsbr_quiescent(t->weft); /* what dies by it is to be seen dying */
    NEXT();
    TARGET(BUILD_SLICE) : v = slice_new(t, sp[-3], sp[-2], sp[-1]);
    FAIL_IF(v == NIL);
    clear_values(t, sp - 3, sp);
    sp -= 2;
    sp[-1] = v;
    NEXT();
    TARGET(BUILD_TUPLE) : v = tuple_new(t, ARG);
    FAIL_IF(v == NIL);
    sp -= ARG;
    memcpy(AS(tuple, v)->items, sp, ARG * sizeof(value));
    PUSH(v);
    NEXT();
    TARGET(BUILD_LIST) : v = list_of(t, ARG, sp - ARG);
    goto built;
    TARGET(BUILD_SET) : v = build_set(t, sp - ARG, ARG);
    goto built;
    TARGET(BUILD_STRING) : v = build_string(t, sp - ARG, ARG);
built:
    FAIL_IF(v == NIL);
    clear_values(t, sp - ARG, sp);
    sp -= ARG;
    PUSH(v);
    NEXT();
    TARGET(BUILD_DICT) : v = build_dict(t, sp - 2 * (size_t)ARG, ARG);
    FAIL_IF(v == NIL);
    clear_values(t, sp - 2 * (size_t)ARG, sp);
    sp -= 2 * (size_t)ARG;
    PUSH(v);
    NEXT();
    TARGET(LIST_TO_TUPLE) : v = to_tuple(t, sp[-1]);
    FAIL_IF(v == NIL);
    w = sp[-1];
    sp[-1] = v;
    decref(t, w);
    NEXT();
    TARGET(LIST_EXTEND) : FAIL_IF(!extend_by_star(t, sp[-2], sp[-1], ARG == 2 ? sp[-4] : NIL));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(SET_UPDATE) : FAIL_IF(!set_update(t, sp[-2], sp[-1]));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(DICT_UPDATE) : FAIL_IF(!update_keywords(t, sp[-2], sp[-1], ARG == 1 ? sp[-5] : NIL));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(LIST_APPEND) : FAIL_IF(!list_append(t, sp[-1 - (int)ARG], sp[-1]));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(SET_ADD) : FAIL_IF(!set_add(t, sp[-1 - (int)ARG], sp[-1]));
    v = POP();
    decref(t, v);
    NEXT();
    TARGET(DICT_ADD) : FAIL_IF(!dict_set(t, sp[-1 - (int)ARG], sp[-2], sp[-1]));
    sp -= 2;
    decref(t, sp[0]);
    decref(t, sp[1]);
    NEXT();
    TARGET(UNPACK) : v = POP();
    if (WEFT_UNLIKELY(!unpack(t, v, sp, ARG))) {
        decref(t, v);
        goto error;
    }
    sp += ARG;
    decref(t, v);
    NEXT();
    TARGET(UNPACK_STAR) : v = POP();
    if (!unpack_star(t, v, sp, ARG >> 8, ARG & 0xFFU)) {
        decref(t, v);
        goto error;
    }
    sp += (ARG >> 8) + (ARG & 0xFFU) + 1;
    decref(t, v);
    NEXT();
    TARGET(FORMAT) : {
        size_t count = 1 + (ARG & 1U);
        v = format_operand(t, ARG, sp - count);
        FAIL_IF(v == NIL);
        clear_values(t, sp - count, sp);
        sp -= count;
        PUSH(v);
        NEXT();
    }

    TARGET(JUMP) : pc = f->code->ops + ARG;
    NEXT();
    TARGET(JUMP_BACK) : pc = f->code->ops + ARG;
    vm_safepoint(t);
    NEXT();
    TARGET(JUMP_IF_FALSE) : v = POP();
    if (v == TRUE) {
        NEXT();
    }
    if (v != FALSE) {
        int is = truth(t, v);
        decref(t, v);
        FAIL_IF(is < 0);
        if (is == 1) {
            NEXT();
        }
    }
    pc = f->code->ops + ARG;
    NEXT();
    TARGET(JUMP_IF_TRUE) : v = POP();
    if (v == FALSE) {
        NEXT();
    }
    if (v != TRUE) {
        int is = truth(t, v);
        decref(t, v);
        FAIL_IF(is < 0);
        if (is == 0) {
            NEXT();
        }
    }
    pc = f->code->ops + ARG;
    NEXT();
    TARGET(JUMP_IF_FALSE_KEEP) : {
        int is = truth(t, sp[-1]);
        FAIL_IF(is < 0);
        if (is == 0) {
            pc = f->code->ops + ARG;
            NEXT();
        }
        v = POP();
        decref(t, v);
        NEXT();
    }
    TARGET(JUMP_IF_TRUE_KEEP) : {
        int is = truth(t, sp[-1]);
        FAIL_IF(is < 0);
        if (is == 1) {
            pc = f->code->ops + ARG;
            NEXT();
        }
        v = POP();
        decref(t, v);
        NEXT();
    }
    TARGET(GET_ITER) : v = get_iter(t, sp[-1]);
    FAIL_IF(v == NIL);
    w = sp[-1];
    sp[-1] = v;
    decref(t, w);
    NEXT();
    TARGET(FOR_ITER) : w = sp[-1];
    if (WEFT_LIKELY(is_a(w, T_ITER))) {
        iter *it = AS(iter, w);
        if (WEFT_UNLIKELY(!iter_is_mine(t, it))) {
            goto next;
        }
        if (it->kind == ITER_RANGE && it->stop > 0) {
            v = from_int32(it->position);
            if (WEFT_LIKELY(int_fits(it->position))) {
                it->stop--;
                it->position += it->step;
                PUSH(v);
                NEXT();
            }
        }
        if (it->kind == ITER_LIST && it->source != NIL) {
            weft_ref *found = weft_list_borrow(t->weft, &AS(list, it->source)->list, it->position);
            if (WEFT_LIKELY(found != NULL)) {
                it->position++;
                PUSH(unbox_borrowed(t, found));
                NEXT();
            }
        }
    } else if (is_a(w, T_GEN)) {
        /* Its frame runs here, and comes back by its yield. */
        generator *g = AS(generator, w);
        uint8_t was;
        FAIL_IF(t->depth >= recursion_limit(t) && !frame_room(t, locals, f->code));
        if (WEFT_UNLIKELY(!generator_claim(t, g, &was))) {
            goto next;
        }
        if (was == GEN_SUSPENDED) {
            *g->frame.sp++ = NONE;
        }
        v = t->handled;
        t->handled = g->handled;
        g->handled = v; /* the other's, meanwhile */
        g->frame.flags = FRAME_GENERATOR | FRAME_FOR;
        g->frame.back = f;
        g->frame.top = t->top;
        f->pc = pc;
        f->sp = sp;
        f = &g->frame;
        f->lookups = sites(t, f->code);
        t->frame = f;
        t->depth++;
        ENTER();
        NEXT();
    }
next:
    v = iter_next(t, w);
    if (v != NIL) {
        PUSH(v);
        NEXT();
    }
    FAIL_IF(t->raised != NIL);
    sp--;
    decref(t, w);
    pc = f->code->ops + ARG;
    NEXT();
    TARGET(MAKE_FUNCTION) : v = make_function(t, f, ARG, &sp);
    FAIL_IF(v == NIL);
    PUSH(v);
    NEXT();
    TARGET(MAKE_CLASS) : v = make_class(t, sp - 4);
    FAIL_IF(v == NIL);
    clear_values(t, sp - 4, sp);
    sp -= 4;
    PUSH(v);
    NEXT();

    TARGET(RETURN) : result = POP();
    clear_values(t, locals, sp);
    if (WEFT_UNLIKELY(f->flags != 0)) {
        unsigned flags = f->flags;
        value self = f->self;
        frame *left = f;
        if ((flags & FRAME_GENERATOR) != 0) {
            generator *g = AS(generator, self);
            g->next = GEN_DONE;
            g->frame.sp = g->stack;
            frame_leave(t, left);
            if ((flags & FRAME_FOR) == 0) {
                assign(t, &t->returned, result);
                return NIL;
            }
            decref(t, result);
            v = t->handled;
            t->handled = g->handled;
            g->handled = v;
            generator_release(g, GEN_DONE);
            f = t->frame;
            ENTER();
            sp--;
            decref(t, self);
            instruction = pc[-1];
            pc = f->code->ops + ARG;
            NEXT();
        }
        if ((flags & FRAME_ENTRY) != 0) {
            frame_leave(t, left);
            return result;
        }
        /* FRAME_INIT */
        if (WEFT_UNLIKELY(result != NONE)) {
            (void)raise(t, T_TypeError, "__init__() should return None, not '%s'",
                        type_name(t, result));
            decref(t, result);
            decref(t, self);
            frame_leave(t, left);
            f = t->frame;
            ENTER();
            goto error;
        }
        result = self;
    }
    {
        frame *left = f;
        f = left->back;
        frame_leave(t, left);
    }
    ENTER();
    goto called;

    TARGET(YIELD) : v = POP();
yield: {
    generator *g = AS(generator, f->self);
    unsigned flags = f->flags;
    f->pc = pc;
    f->sp = sp;
    g->next = GEN_SUSPENDED;
    f = f->back;
    frame_leave(t, &g->frame);
    if ((flags & FRAME_FOR) == 0) {
        return v;
    }
    w = t->handled;
    t->handled = g->handled;
    g->handled = w;
    generator_release(g, GEN_SUSPENDED);
    ENTER();
    PUSH(v);
    NEXT();
}
    TARGET(YIELD_FROM) : w = POP();
    v = delegate(t, sp[-1], w, &result);
    decref(t, w);
    if (v != NIL) {
        pc--; /* what is sent comes here again */
        goto yield;
    }
    FAIL_IF(result == NIL);
    w = sp[-1];
    sp[-1] = result;
    decref(t, w);
    NEXT();

    TARGET(GET_AWAITABLE) : v = get_awaitable(t, sp[-1], ARG);
    goto replaced;
    TARGET(GET_AITER) : v = get_aiter(t, sp[-1]);
    goto replaced;
    TARGET(WRAP) : v = cell_new(t, sp[-1]);
replaced:
    FAIL_IF(v == NIL);
    w = sp[-1];
    sp[-1] = v;
    decref(t, w);
    NEXT();
    TARGET(GET_ANEXT) : v = call_special(t, sp[-1], NAME(anext), 0, NULL);
    FAIL_IF(v == NIL);
    PUSH(v);
    NEXT();
    TARGET(END_ASYNC_FOR) : v = POP();
    if (class_is_sub(AS(object, v)->cls, t->rt->classes[T_StopAsyncIteration])) {
        decref(t, v);
        v = POP();
        decref(t, v);
        NEXT();
    }
    assign(t, &t->raised, v);
    goto unwind;

    TARGET(RAISE) : if (ARG == 0) {
        if (t->handled == NIL) {
            (void)raise(t, T_RuntimeError, "No active exception to reraise");
            goto error;
        }
        assign(t, &t->raised, keep(t, t->handled));
        goto unwind;
    }
    (void)raise_operands(t, ARG, sp - ARG);
    goto error;
    TARGET(PUSH_EXC) : v = sp[-1];
    sp[-1] = t->handled;
    t->handled = keep(t, v);
    PUSH(v);
    NEXT();
    TARGET(POP_EXC) : {
        value *pair = sp - 2 - ARG;
        drop(t, t->handled);
        t->handled = pair[0];
        v = pair[1];
        if (ARG == 1) {
            pair[0] = pair[2];
        }
        sp -= 2;
        decref(t, v);
        NEXT();
    }
    TARGET(MATCH_EXC) : {
        int is = matches(t, sp[-2], sp[-1]);
        FAIL_IF(is < 0);
        v = sp[-1];
        sp[-1] = from_bool(is == 1);
        decref(t, v);
        NEXT();
    }
    TARGET(RERAISE) : v = POP();
    w = POP();
    drop(t, t->handled);
    t->handled = w;
    assign(t, &t->raised, v);
    goto unwind;
    TARGET(END_HANDLER) : v = POP();
    w = POP();
    decref(t, w);
    w = POP();
    drop(t, t->handled);
    t->handled = w;
    assign(t, &t->raised, v);
    goto unwind;
    TARGET(WITH_ENTER) : FAIL_IF(!with_enter(t, sp - 1, ARG == 1));
    sp++;
    NEXT();
    TARGET(WITH_LEAVE) : {
        value args[3] = {NONE, NONE, NONE};
        v = POP();
        result = call(t, v, 3, args);
        decref(t, v);
        FAIL_IF(result == NIL);
        if (ARG == 1) {
            PUSH(result);
        } else {
            decref(t, result);
        }
        NEXT();
    }
    TARGET(WITH_EXC) : v = with_exception(t, sp[-3], sp[-1], ARG == 1);
    FAIL_IF(v == NIL);
    PUSH(v);
    NEXT();
    TARGET(IMPORT) : v = import_module(t, consts[ARG]);
    FAIL_IF(v == NIL);
    PUSH(v);
    NEXT();
    TARGET(IMPORT_FROM) : v = names_get(t, &AS(module, sp[-1])->dict, consts[ARG]);
    if (v == NIL) {
        (void)import_failed(t, AS(module, sp[-1]), consts[ARG]);
        goto error;
    }
    PUSH(keep(t, v));
    NEXT();
    TARGET(IMPORT_ALL) : FAIL_IF(!import_all(t, f, sp[-1]));
    v = POP();
    decref(t, v);
    NEXT();

error:
    traceback_add(t, f->code, (uint32_t)(pc - f->code->ops - 1));
unwind: {
    const code *c = f->code;
    uint32_t at = (uint32_t)(pc - c->ops - 1);
    for (uint32_t i = 0; i < c->handler_count; i++) {
        const handler *h = &c->handlers[i];
        if (at >= h->start && at < h->end) {
            value *to = locals + c->slots + h->depth;
            clear_values(t, to, sp);
            sp = to;
            v = t->raised;
            t->raised = NIL;
            PUSH(v);
            pc = c->ops + h->target;
            NEXT();
        }
    }
    clear_values(t, locals, sp);
    unsigned flags = f->flags;
    value self = f->self;
    frame *left = f;
    f = f->back;
    if ((flags & FRAME_GENERATOR) != 0) {
        generator *g = AS(generator, self);
        g->next = GEN_DONE;
        g->frame.sp = g->stack;
        generator_raised(t, left->code);
        frame_leave(t, left);
        if ((flags & FRAME_FOR) != 0) {
            v = t->handled;
            t->handled = g->handled;
            g->handled = v;
            generator_release(g, GEN_DONE);
        }
    } else {
        frame_leave(t, left);
    }
    if ((flags & FRAME_ENTRY) != 0) {
        return NIL;
    }
    if ((flags & FRAME_INIT) != 0) {
        decref(t, self);
    }
    ENTER();
    goto error;
}
}
