/* gc.c: what objects refer to, how they die, and the collection of cycles.
 *
 * A collection stops the world. Of each container's exact count it takes what other containers refer to; what is left comes from
 * outside: from value stacks, frames, C. Whatever can be reached from such an object lives; the rest is garbage, gets its
 * __del__ called once the world goes on, and is cleared, which breaks the cycles. Garbage that has __del__ methods is
 * cleared by the next collection, if that still finds it.
 */
#include <stdlib.h>

#include "object.h"

/* ---- what objects refer to ----------------------------------------------------------------------- */

/* A call of `visit` for each; less than 0 ends it. */
#define VISIT(v)                                                                                   \
    do {                                                                                           \
        value visited = (v);                                                                       \
        if (visited != NIL && is_object(visited) && visit(argument, ref_of(visited)) < 0) {        \
            return -1;                                                                             \
        }                                                                                          \
    } while (0)
#define VISIT_OBJECT(pointer) VISIT(from_ref(pointer))

static int traverse_dict(weft_dict *d, traverse_visit visit, void *argument) {
    if (!weft_dict_is_alone(d)) {
        return 0; /* they share references: as if it had none, which keeps them alive */
    }
    return weft_dict_traverse(d, visit, argument) == WEFT_DICT_OK ? 0 : -1;
}

static int traverse_values(const value *values, size_t count, traverse_visit visit,
                           void *argument) {
    for (size_t i = 0; i < count; i++) {
        VISIT(values[i]);
    }
    return 0;
}

static int traverse_generator(generator *g, traverse_visit visit, void *argument) {
    VISIT_OBJECT(g->func);
    VISIT(g->handled);
    if (weft_load_relaxed_u8(&g->state) <= GEN_SUSPENDED) {
        return traverse_values(g->stack, (size_t)(g->frame.sp - g->stack), visit, argument);
    }
    return 0;
}

static int traverse_class(class *c, traverse_visit visit, void *argument) {
    VISIT(c->name);
    VISIT(c->qualname);
    VISIT(c->bases);
    VISIT(c->mro);
    VISIT_OBJECT(c->shape);
    return traverse_dict(&c->dict, visit, argument);
}

static int traverse_function(func *f, traverse_visit visit, void *argument) {
    const value parts[] = {member_load(&f->name), member_load(&f->qualname),
                           member_load(&f->doc),  member_load(&f->attributes),
                           f->defaults,           f->closure,
                           f->kwdefaults,         from_ref(f->code),
                           from_ref(f->globals)};
    return traverse_values(parts, sizeof parts / sizeof *parts, visit, argument);
}

static int traverse_object(struct object *o, traverse_visit visit, void *argument) {
    VISIT_OBJECT(o->cls);
    return traverse_dict(&o->attributes, visit, argument);
}

static int traverse_exception_parts(struct exception *e, traverse_visit visit, void *argument) {
    const value parts[] = {member_load(&e->args), member_load(&e->traceback),
                           member_load(&e->cause), member_load(&e->context)};
    return traverse_values(parts, 4, visit, argument);
}

static int traverse_exception(struct exception *e, traverse_visit visit, void *argument) {
    return traverse_exception_parts(e, visit, argument) < 0
               ? -1
               : traverse_object(&e->object, visit, argument);
}

static int traverse_parts(weft_ref *object, unsigned type, traverse_visit visit, void *argument);

int traverse(weft_ref *object, traverse_visit visit, void *argument) {
    unsigned type = weft_load_relaxed_u16(&object->host) & ~T_SUBCLASS;
    switch (type) {
    case T_TUPLE:
        VISIT_OBJECT(((tuple *)object)->cls);
        return traverse_values(((tuple *)object)->items, ((tuple *)object)->size, visit, argument);
    case T_LIST: {
        struct list *l = (struct list *)object;
        VISIT_OBJECT(l->cls);
        VISIT(member_load(&l->attributes));
        if (!weft_list_is_alone(&l->list)) {
            return 0;
        }
        return weft_list_traverse(&l->list, visit, argument) == WEFT_LIST_OK ? 0 : -1;
    }
    case T_DICT:
    case T_SET:
    case T_FROZENSET: {
        dict *d = (dict *)object;
        VISIT_OBJECT(d->cls);
        VISIT(member_load(&d->attributes));
        return traverse_dict(&d->dict, visit, argument);
    }
    case T_OBJECT:
        return traverse_object((struct object *)object, visit, argument);
    case T_EXC:
        return traverse_exception((struct exception *)object, visit, argument);
    case T_FUNC:
        return traverse_function((func *)object, visit, argument);
    case T_GEN:
        return traverse_generator((generator *)object, visit, argument);
    case T_CLASS:
        return traverse_class((class *)object, visit, argument);
    case T_SHAPE:
        return weft_dict_keys_traverse((weft_dict_keys *)object, visit, argument);
    case T_MODULE: {
        struct module *m = (struct module *)object;
        VISIT(m->name);
        return traverse_dict(&m->dict, visit, argument);
    }
    default:
        return traverse_parts(object, type, visit, argument);
    }
}

/* Objects with a few members. */
static int traverse_parts(weft_ref *object, unsigned type, traverse_visit visit, void *argument) {
    switch (type) {
    case T_ITER:
        VISIT(((iter *)object)->source);
        VISIT(((iter *)object)->other);
        return 0;
    case T_VIEW:
        VISIT(((struct view *)object)->source);
        return 0;
    case T_BUILTIN:
        VISIT(((builtin *)object)->self);
        VISIT(((builtin *)object)->owner);
        return 0;
    case T_METHOD:
        VISIT(((struct method *)object)->func);
        VISIT(((struct method *)object)->self);
        return 0;
    case T_CELL:
        VISIT(member_load(&((struct cell *)object)->content));
        return 0;
    case T_SLICE:
        VISIT(((slice *)object)->start);
        VISIT(((slice *)object)->stop);
        VISIT(((slice *)object)->step);
        return 0;
    case T_PROPERTY:
    case T_STATICMETHOD:
    case T_CLASSMETHOD:
        VISIT(member_load(&((property *)object)->name));
        return traverse_values(&((property *)object)->get, 4, visit, argument);
    case T_SUPER:
        VISIT_OBJECT(((super *)object)->from);
        VISIT_OBJECT(((super *)object)->of);
        VISIT(((super *)object)->self);
        return 0;
    case T_LOCAL:
        for (const local_entry *e = ((local_key *)object)->entries; e != NULL; e = e->key_next) {
            VISIT(e->names);
        }
        return 0;
    case T_TRACEBACK:
        VISIT_OBJECT(((traceback *)object)->code);
        VISIT(((traceback *)object)->next);
        return 0;
    default:
        return 0;
    }
}

/* ---- death --------------------------------------------------------------------------------------- */

static int release_child(void *argument, weft_ref *child) {
    vm *t = memory_current();
    if (t != NULL) {
        count_down(t, child);
    } else {
        weft_ref_decref((weft_thread *)argument, child);
    }
    return 0;
}

static void release(weft_thread *weft, value v) {
    if (v != NIL && is_object(v)) {
        (void)release_child(weft, ref_of(v));
    }
}

static void code_dealloc(weft_thread *weft, code *c) {
    value parts[] = {c->name, c->qualname, c->filename, c->source};
    for (size_t i = 0; i < 4; i++) {
        release(weft, parts[i]);
    }
    for (size_t i = 0; i < c->const_count; i++) {
        release(weft, c->consts[i]);
    }
    for (size_t i = 0; i < c->slots && c->names != NULL; i++) {
        release(weft, c->names[i]);
    }
    free(c->ops);
    free(c->places);
    free(c->consts);
    free(c->names);
    free(c->handlers);
    free(c->cells);
}

/* Calls what may bring the object back, with a reference to it. */
static void finalize(vm *t, value self, value (*run)(vm *t, value self)) {
    value raised = t->raised;
    t->raised = NIL;
    incref(t, self);
    value result = run(t, self);
    if (result == NIL) {
        value exception = take_raised(t);
        flush_output();
        value header = str_format(t, "Exception ignored in: <%s object>", type_name(t, self));
        print_exception_under(t, header, exception);
        drop(t, header);
        decref(t, exception);
    }
    drop(t, result);
    decref(t, self);
    t->raised = raised;
}

static value run_del(vm *t, value self) {
    return call_special(t, self, NAME(del), 0, NULL);
}
static value run_close(vm *t, value self) {
    return generator_close(t, AS(generator, self));
}

/* Instances, generators: whether there was something to run first. */
static bool finalized_now(vm *t, weft_ref *object, unsigned type) {
    if (type == T_OBJECT && t != NULL && !((struct object *)object)->finalized &&
        class_has(t, ((struct object *)object)->cls, HAS_DEL)) {
        ((struct object *)object)->finalized = true;
        finalize(t, from_ref(object), run_del);
        return true;
    }
    /* Relaxed: nobody else has it. */
    if (type == T_GEN && t != NULL &&
        weft_load_relaxed_u8(&((generator *)object)->state) == GEN_SUSPENDED &&
        ((generator *)object)->func->code->handler_count > 0) {
        finalize(t, from_ref(object), run_close);
        generator_clear(t, (generator *)object);
        return true;
    }
    return false;
}

static void class_dealloc(weft_thread *weft, class *c) {
    vm *t = memory_current();
    if (t != NULL) {
        class_changed(t); /* its address may become another class's */
    }
    value parts[] = {c->name, c->qualname, c->bases, c->mro, from_ref(c->shape)};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        release(weft, parts[i]);
    }
    weft_dict_finalize(weft, &c->dict);
}

static void object_teardown(weft_thread *weft, weft_ref *object, unsigned type) {
    switch (type) {
    case T_LIST:
        weft_list_finalize(weft, &((struct list *)object)->list);
        release(weft, from_ref(((struct list *)object)->cls));
        release(weft, member_load(&((struct list *)object)->attributes));
        break;
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
        weft_dict_finalize(weft, &((dict *)object)->dict);
        release(weft, from_ref(((dict *)object)->cls));
        release(weft, member_load(&((dict *)object)->attributes));
        break;
    case T_EXC: {
        struct exception *e = (struct exception *)object;
        (void)traverse_exception_parts(e, release_child, weft);
    }
    /* fall through */
    case T_OBJECT:
        weft_dict_finalize(weft, &((struct object *)object)->attributes);
        release(weft, from_ref(((struct object *)object)->cls));
        break;
    case T_MODULE:
        release(weft, ((struct module *)object)->name);
        weft_dict_finalize(weft, &((struct module *)object)->dict);
        break;
    case T_CLASS:
        class_dealloc(weft, (class *)object);
        break;
    case T_SHAPE:
        weft_dict_keys_finalize(weft, (weft_dict_keys *)object);
        break;
    case T_CODE:
        code_dealloc(weft, (code *)object);
        break;
    case T_BIG:
        mpz_clear(((big *)object)->z);
        break;
    case T_ITER:
        iter_end(weft, (iter *)object);
        (void)traverse_parts(object, type, release_child, weft);
        break;
    case T_LOCAL:
        local_clear(weft, (local_key *)object);
        break;
    case T_STR:
        weft_symbol_finalize(weft, (weft_symbol *)object);
        break;
    default:
        (void)traverse(object, release_child, weft);
        break;
    }
}

weft_ref_verdict object_dealloc(weft_thread *weft, weft_ref *object) {
    unsigned type = weft_load_relaxed_u16(&object->host) & ~T_SUBCLASS;
    if (type != T_STR) {
        vm *t = memory_current();
        if (t != NULL) {
            t->deaths++;
        }
        if (finalized_now(t, object, type)) {
            return WEFT_REF_KEEP;
        }
    }
    object_teardown(weft, object, type);
    return WEFT_REF_FREE;
}

void settle(vm *t, void (*quiescent)(weft_thread *weft)) {
    uint64_t before;
    do {
        before = t->deaths;
        quiescent(t->weft);
    } while (t->deaths != before);
}

/* ---- cycles -------------------------------------------------------------------------------------- */

#define REACHED UINT32_MAX

typedef struct collection {
    vm *t;
    weft_ref **found; /* to look at; then the garbage */
    size_t count, room;
    size_t alive;
} collection;

/* Strings and static objects refer to nothing, and have no scratch; other immortal ones are roots, for their count is more than
 * anything holds (weft_ref_counted). */
static bool is_collected(const weft_ref *object) {
    return weft_load_relaxed_u16(&object->host) != T_STR &&
           weft_load_relaxed_u32(&object->local) != WEFT_REF_IMMORTAL;
}

static void push(collection *c, weft_ref *object) {
    c->found = (weft_ref **)grow_array((void *)c->found, c->count, &c->room, sizeof(weft_ref *));
    c->found[c->count++] = object;
}

static void count_references(void *argument, weft_ref *object, uint32_t *scratch) {
    collection *c = (collection *)argument;
    c->alive++;
    size_t total = weft_ref_counted(c->t->weft, object);
    *scratch = total < REACHED / 2 ? (uint32_t)total : REACHED / 2;
}

static void subtract_deferred(void *argument, weft_ref *object) {
    (void)argument;
    if (is_collected(object)) {
        --*memory_scratch(object);
    }
}

static int subtract_child(void *argument, weft_ref *child) {
    subtract_deferred(argument, child);
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an object_visit */
static void subtract_children(void *argument, weft_ref *object, uint32_t *scratch) {
    (void)scratch;
    (void)traverse(object, subtract_child, argument);
}

static int reach(void *argument, weft_ref *child) {
    if (is_collected(child)) {
        uint32_t *scratch = memory_scratch(child);
        if (*scratch != REACHED) {
            *scratch = REACHED;
            push((collection *)argument, child);
        }
    }
    return 0;
}

static void reach_roots(void *argument, weft_ref *object, uint32_t *scratch) {
    collection *c = (collection *)argument;
    if (*scratch == 0 || *scratch == REACHED) {
        return;
    }
    *scratch = REACHED;
    push(c, object);
    while (c->count > 0) {
        (void)traverse(c->found[--c->count], reach, c);
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an object_visit */
static void take_garbage(void *argument, weft_ref *object, uint32_t *scratch) {
    collection *c = (collection *)argument;
    if (*scratch == 0) {
        weft_ref_incref(c->t->weft, object);
        push(c, object);
    }
}

/* Breaks cycles: every one goes through an object that can be emptied. */
static void clear_object(vm *t, weft_ref *object) {
    switch (weft_load_relaxed_u16(&object->host) & ~T_SUBCLASS) {
    case T_LIST:
        (void)weft_list_clear(t->weft, &((struct list *)object)->list);
        break;
    case T_DICT:
    case T_SET:
    case T_FROZENSET:
        (void)weft_dict_clear(t->weft, &((dict *)object)->dict);
        break;
    case T_EXC: {
        struct exception *e = (struct exception *)object;
        member_set(t, &e->traceback, NIL);
        member_set(t, &e->cause, NIL);
        member_set(t, &e->context, NIL);
    }
    /* fall through */
    case T_OBJECT:
        (void)weft_dict_clear(t->weft, &((struct object *)object)->attributes);
        break;
    case T_MODULE:
        (void)weft_dict_clear(t->weft, &((struct module *)object)->dict);
        break;
    case T_CLASS:
        (void)weft_dict_clear(t->weft, &((class *)object)->dict);
        assign(t, &((class *)object)->mro, NIL); /* has the class itself */
        break;
    case T_CELL:
        member_set(t, &((struct cell *)object)->content, NIL);
        break;
    case T_ITER:
        assign(t, &((iter *)object)->source, NIL);
        break;
    case T_FUNC:
        member_set(t, &((func *)object)->attributes, NIL);
        assign(t, &((func *)object)->defaults, NIL);
        break;
    case T_GEN:
        generator_clear(t, (generator *)object);
        break;
    case T_LOCAL:
        local_clear(t->weft, (local_key *)object);
        break;
    default:
        break;
    }
}

/* True: something has run that may have changed everything. */
static bool finalize_garbage(collection *c) {
    bool any = false;
    for (size_t i = 0; i < c->count; i++) {
        unsigned type = weft_load_relaxed_u16(&c->found[i]->host) & ~T_SUBCLASS;
        any |= finalized_now(c->t, c->found[i], type);
    }
    return any;
}

static size_t sweep(collection *c) {
    vm *t = c->t;
    bool any = finalize_garbage(c);
    for (size_t i = 0; i < c->count && !any; i++) {
        clear_object(t, c->found[i]);
    }
    for (size_t i = 0; i < c->count; i++) {
        decref(t, from_ref(c->found[i]));
    }
    size_t count = c->count;
    free((void *)c->found);
    return count;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an object_visit */
static void take_living(void *argument, weft_ref *object, uint32_t *scratch) {
    collection *c = (collection *)argument;
    (void)scratch;
    weft_ref_incref(c->t->weft, object);
    push(c, object);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an object_visit */
static void take_immortal(void *argument, weft_ref *object, uint32_t *scratch) {
    (void)scratch;
    if (weft_load_relaxed_u32(&object->local) == WEFT_REF_IMMORTAL) {
        push((collection *)argument, object);
    }
}

void immortals_clear(vm *t) {
    collection all = {.t = t};
    collection immortal = {.t = t};
    memory_walk(t->rt->heap, take_immortal, &immortal);
    if (immortal.count > 0) {
        memory_walk(t->rt->heap, take_living, &all);
        (void)finalize_garbage(&all);
        for (size_t i = 0; i < all.count; i++) {
            decref(t, from_ref(all.found[i]));
        }
    }
    for (size_t i = 0; i < immortal.count; i++) {
        clear_object(t, immortal.found[i]);
    }
    free((void *)all.found);
    free((void *)immortal.found);
    settle(t, weft_qsbr_barrier);
}

void immortals_free(vm *t) {
    collection c = {.t = t};
    memory_walk(t->rt->heap, take_immortal, &c);
    for (size_t i = 0; i < c.count; i++) {
        object_teardown(t->weft, c.found[i], weft_load_relaxed_u16(&c.found[i]->host));
    }
    settle(t, weft_qsbr_barrier);
    for (size_t i = 0; i < c.count; i++) {
        object_free(c.found[i]);
    }
    free((void *)c.found);
}

size_t collect(vm *t) {
    collection c = {.t = t};
    heap *h = t->rt->heap;
    spares_drop(t);
    if (t->collecting || weft_ref_slot_of(t->weft)->finalizing ||
        weft_world_stop(t->weft) != WEFT_THREAD_OK) {
        return 0;
    }
    t->collecting = true;
    if (memory_scratch_begin(h)) {
        memory_walk(h, count_references, &c);
        weft_ref_each_deferred(t->weft, subtract_deferred, &c);
        spares_each(t->rt, subtract_deferred, &c);
        memory_walk(h, subtract_children, &c);
        memory_walk(h, reach_roots, &c);
        memory_walk(h, take_garbage, &c);
        memory_scratch_end(h);
    }
    weft_world_resume(t->weft);
    size_t count = sweep(&c);
    weft_qsbr_quiescent(t->weft);
    memory_trim(t);
    t->growth = 0;
    t->threshold = (int64_t)(c.alive - count) / 2 + 20000;
    t->collecting = false;
    return count;
}
