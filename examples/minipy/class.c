/* class.c: classes, their order (C3), instances, attributes and descriptors.
 *
 * Where a name is found in the classes of an MRO is remembered, per instruction and in a table per thread: the class that has
 * it, and where in its dict (weft's cache: a table's id and the entry), or that none has it. That stays true until some class gets
 * or loses a name: then `epoch` rises. The value itself is loaded from the dict each time, so that a class attribute may change without
 * more ado.
 */
#include <stdlib.h>

#include "object.h"
#include "opcode.h"

/* ---- the class of a value ------------------------------------------------------------------------ */

static unsigned class_of_iterator(const iter *it) {
    unsigned source = exact_type(it->source) & ~T_SUBCLASS;
    switch (it->kind) {
    case ITER_STR:
        return source == T_STR && is_ascii(it->source) ? T_ITER_OF_ASCII : T_ITER_OF_STR;
    case ITER_DICT:
        return source == T_SET || source == T_FROZENSET ? T_ITER_OF_SET
               : it->view == VIEW_VALUES                ? T_ITER_OF_DICT_VALUES
               : it->view == VIEW_ITEMS                 ? T_ITER_OF_DICT_ITEMS
                                                        : T_ITER_OF_DICT;
    case ITER_REVERSED:
        return source == T_LIST    ? T_ITER_OF_LIST_REVERSED
               : source == T_DICT  ? T_ITER_OF_DICT_REVERSED
               : source == T_RANGE ? T_ITER_OF_RANGE
                                   : T_ITER_OF_REVERSED;
    default:
        return T_ITER_OF_LIST + it->kind;
    }
}

class *class_of(vm *t, value v) {
    if (!is_object(v)) {
        return t->rt->classes[is_int(v) ? T_INT : T_FLOAT];
    }
    unsigned type = exact_type(v);
    switch (type) {
    case T_OBJECT:
    case T_EXC:
        return AS(object, v)->cls;
    case T_LIST | T_SUBCLASS:
        return AS(list, v)->cls;
    case T_TUPLE | T_SUBCLASS:
        return AS(tuple, v)->cls;
    case T_DICT | T_SUBCLASS:
    case T_SET | T_SUBCLASS:
        return AS(dict, v)->cls;
    case T_VIEW:
        return t->rt->classes[T_VIEW + AS(view, v)->kind];
    case T_METHOD:
        return t->rt->classes[is_a(AS(method, v)->func, T_BUILTIN) ? T_BUILTIN : T_METHOD];
    case T_GEN:
        return t->rt->classes[AS(generator, v)->coroutine ? T_COROUTINE : T_GEN];
    case T_ITER:
        return t->rt->classes[class_of_iterator(AS(iter, v))];
    default:
        return t->rt->classes[type];
    }
}

const char *type_name(vm *t, value v) {
    return text_of(class_of(t, v)->name);
}

bool class_is_sub(const class *cls, const class *of) {
    if (cls == of) {
        return true;
    }
    tuple *mro = AS(tuple, cls->mro);
    for (size_t i = 0; mro != NULL && i < mro->size; i++) {
        if (mro->items[i] == from_ref(of)) {
            return true;
        }
    }
    return false;
}

/* ---- finding names ------------------------------------------------------------------------------- */

void class_changed(vm *t) {
    /* Release: pairs with lookup_fill: what is found under the new epoch is not from before the change. A look-up that runs at
     * the same time may be either's. */
    (void)weft_fetch_add_release_u64(&t->rt->epoch, 1);
}

static value unboxed(weft_ref *found) {
    return is_box(found) ? ((box *)found)->content : from_ref(found);
}

static value lookup_fill(vm *t, lookup *site, const class *cls, value name) {
    tuple *mro = AS(tuple, cls->mro);
    site->cls = NULL;
    site->in_object = (weft_dict_cache){0};
    /* Acquire: pairs with class_changed. */
    uint64_t epoch = weft_load_acquire_u64(&t->rt->epoch);
    weft_ref *found = NULL;
    class *owner = NULL;
    for (size_t i = 0; mro != NULL && i < mro->size && found == NULL; i++) {
        owner = AS(class, mro->items[i]);
        found = weft_dict_borrow(t->weft, &owner->dict, weft_dict_of_symbol(AS(weft_symbol, name)));
    }
    if (found != NULL &&
        !weft_dict_cache_fill(t->weft, &owner->dict, weft_dict_of_symbol(AS(weft_symbol, name)),
                              &site->in_class)) {
        return unboxed(found);
    }
    site->owner = found != NULL ? owner : NULL;
    site->epoch = epoch;
    site->name = AS(weft_symbol, name);
    site->name_hash = (uint32_t)(weft_symbol_hash(AS(weft_symbol, name)) >> 32);
    site->cls = cls;
    return found != NULL ? unboxed(found) : NIL;
}

value lookup_find(vm *t, lookup *site, const class *cls, value name) {
    if (WEFT_LIKELY(site->cls == cls && site->epoch == weft_load_relaxed_u64(&t->rt->epoch))) {
        if (site->owner == NULL) {
            return NIL;
        }
        weft_ref *found = weft_dict_cached_borrow(t->weft, &site->owner->dict, &site->in_class);
        if (WEFT_LIKELY(found != NULL)) {
            return unboxed(found);
        }
    }
    return lookup_fill(t, site, cls, name);
}

value class_find(vm *t, const class *cls, value name) {
    uint64_t hash = weft_symbol_hash(AS(weft_symbol, name));
    lookup *site = &t->lookups[(hash ^ (uintptr_t)cls >> 4) % LOOKUPS];
    if (WEFT_UNLIKELY(site->name != AS(weft_symbol, name) || site->name_hash != hash >> 32)) {
        site->cls = NULL;
    }
    return lookup_find(t, site, cls, name);
}

/* After a class, in the order of another. For super. */
static value find_after(vm *t, const class *order, const class *after, value name) {
    tuple *mro = AS(tuple, order->mro);
    bool passed = false;
    for (size_t i = 0; i < mro->size; i++) {
        value found = passed ? names_get(t, &AS(class, mro->items[i])->dict, name) : NIL;
        if (found != NIL) {
            return found;
        }
        passed |= mro->items[i] == from_ref(after);
    }
    return NIL;
}

/* ---- descriptors --------------------------------------------------------------------------------- */

bool is_data_descriptor(vm *t, value found) {
    return is_a(found, T_PROPERTY) ||
           (is_a(found, T_OBJECT) && class_find(t, class_of(t, found), NAME(set)) != NIL);
}

value bind(vm *t, value found, value self, const class *cls) {
    switch (exact_type(found)) {
    case T_FUNC:
        return self == NIL ? keep(t, found) : method_new(t, found, self);
    case T_BUILTIN:
        return self == NIL || AS(builtin, found)->owner == NIL || AS(builtin, found)->self != NIL
                   ? keep(t, found)
                   : method_new(t, found, self);
    case T_PROPERTY:
        if (self == NIL) {
            return keep(t, found);
        }
        return AS(property, found)->get == NIL || AS(property, found)->get == NONE
                   ? raise(t, T_AttributeError, "property '%s' of '%s' object has no getter",
                           member_load(&AS(property, found)->name) != NIL
                               ? text_of(member_load(&AS(property, found)->name))
                               : "?",
                           text_of(cls->qualname))
                   : call(t, AS(property, found)->get, 1, &self);
    case T_STATICMETHOD:
        return keep(t, AS(property, found)->get);
    case T_CLASSMETHOD:
        return method_new(t, AS(property, found)->get, from_ref(cls));
    case T_OBJECT: {
        value getter = class_find(t, class_of(t, found), NAME(get));
        if (getter == NIL) {
            return keep(t, found);
        }
        value args[3] = {keep(t, found), self == NIL ? NONE : self, from_ref(cls)};
        value got = call(t, getter, 3, args);
        decref(t, found);
        return got;
    }
    default:
        return keep(t, found);
    }
}

/* ---- reading attributes -------------------------------------------------------------------------- */

/* Where something has attributes beside what its type has: the dict, or the place for one that comes with the first. */
static member *attributes_member(value v) {
    switch (exact_type(v)) {
    case T_FUNC:
        return &AS(func, v)->attributes;
    case T_LIST | T_SUBCLASS:
        return &AS(list, v)->attributes;
    case T_DICT | T_SUBCLASS:
    case T_SET | T_SUBCLASS:
        return &AS(dict, v)->attributes;
    default:
        return NULL;
    }
}

/* Borrowed; NULL: none (yet). */
static weft_dict *own_names(value v) {
    switch (exact_type(v)) {
    case T_OBJECT:
    case T_EXC:
        return &AS(object, v)->attributes;
    case T_MODULE:
        return &AS(module, v)->dict;
    default: {
        member *p = attributes_member(v);
        value d = p != NULL ? member_load(p) : NIL;
        return d != NIL ? &AS(dict, d)->dict : NULL;
    }
    }
}

/* The dict for them, borrowed; made if there is none. */
static value attributes_made(vm *t, member *p) {
    value d = member_load(p);
    if (d != NIL) {
        return d;
    }
    d = dict_new(t);
    /* Shared before others see it: who reads in it while it borrows something may not have to wait. */
    if (d != NIL && !t->alone &&
        weft_dict_set_shared(t->weft, &AS(dict, d)->dict) != WEFT_DICT_OK) {
        decref(t, d);
        return raise_memory(t);
    }
    if (d != NIL && !member_give(p, d)) {
        decref(t, d);
        d = member_load(p);
    }
    return d;
}

/* What the object itself has, borrowed. */
static value own_attribute(vm *t, value v, value name) {
    weft_dict *d = own_names(v);
    return d != NULL ? names_get(t, d, name) : NIL;
}
/* So that own_attribute ends no borrow. */
static void own_open(vm *t, value v) {
    if (WEFT_UNLIKELY(!t->alone)) {
        weft_dict *d = own_names(v);
        if (d != NULL) {
            names_open(t, d);
        }
    }
}

static value class_attribute(vm *t, class *c, value name) {
    value meta = class_find(t, t->rt->classes[T_CLASS], name);
    if (meta != NIL && is_a(meta, T_PROPERTY)) {
        return bind(t, meta, from_ref(c), t->rt->classes[T_CLASS]);
    }
    value found = class_find(t, c, name);
    if (found != NIL) {
        return bind(t, found, NIL, c);
    }
    return meta != NIL ? bind(t, meta, from_ref(c), t->rt->classes[T_CLASS]) : NIL;
}

static value super_attribute(vm *t, super *s, value name) {
    value found = name == NAME(class_) ? NIL : find_after(t, s->of, s->from, name);
    if (found == NIL) {
        return NIL;
    }
    return bind(t, found, s->self == from_ref(s->of) ? NIL : s->self, s->of);
}

value get_attribute_or_nil(vm *t, value v, value name) {
    own_open(t, v);
    class *cls = class_of(t, v);
    if (is_a(v, T_CLASS)) {
        return class_attribute(t, AS(class, v), name);
    }
    if (is_a(v, T_SUPER)) {
        value found = super_attribute(t, AS(super, v), name);
        if (found != NIL || t->raised != NIL) {
            return found;
        }
    }
    /* Looked at now: a getter may change the class of v, and then this one may be gone. */
    bool falls_back = class_has(t, cls, HAS_GETATTR);
    if (WEFT_UNLIKELY(class_has(t, cls, HAS_GETATTRIBUTE))) {
        value result = call_special(t, v, NAME(getattribute), 1, &name);
        if (result == NIL && falls_back && raised_is(t, T_AttributeError)) {
            forget_raised(t);
            return call_special(t, v, NAME(getattr), 1, &name);
        }
        return result;
    }
    weft_qsbr_stamp stamp = weft_qsbr_borrow_stamp(t->weft);
    value found = class_find(t, cls, name);
    if (found != NIL && is_data_descriptor(t, found)) {
        value result = bind(t, found, v, cls);
        if (result == NIL && falls_back && raised_is(t, T_AttributeError)) {
            forget_raised(t);
            return call_special(t, v, NAME(getattr), 1, &name);
        }
        return result;
    }
    value own = own_attribute(t, v, name);
    weft_qsbr_borrow_check(t->weft, stamp); /* see own_open */
    if (own != NIL) {
        return keep(t, own);
    }
    if (found != NIL) {
        return bind(t, found, v, cls);
    }
    return falls_back ? call_special(t, v, NAME(getattr), 1, &name) : NIL;
}

value get_attribute(vm *t, value v, value name) {
    value found = get_attribute_or_nil(t, v, name);
    if (WEFT_LIKELY(found != NIL) || t->raised != NIL) {
        return found;
    }
    if (is_a(v, T_CLASS)) {
        return raise(t, T_AttributeError, "type object '%s' has no attribute '%s'",
                     text_of(AS(class, v)->name), text_of(name));
    }
    if (is_a(v, T_MODULE)) {
        return raise(t, T_AttributeError, "module '%s' has no attribute '%s'",
                     text_of(AS(module, v)->name), text_of(name));
    }
    return raise(t, T_AttributeError, "'%s' object has no attribute '%s'", type_name(t, v),
                 text_of(name));
}

/* ---- setting attributes -------------------------------------------------------------------------- */

/* `slots` is one name or some. Private ones are mangled. */
static bool is_slot(vm *t, const class *owner, value slots, value name) {
    const char *text = text_of(name);
    const char *own = text_of(owner->name) + strspn(text_of(owner->name), "_");
    size_t size = strlen(own);
    value plain = NIL;
    if (*text == '_' && strncmp(text + 1, own, size) == 0 &&
        strncmp(text + 1 + size, "__", 2) == 0) {
        plain = str_of(t, text + 1 + size);
    }
    bool found = false;
    for (int i = 0; i < 2 && !found && t->raised == NIL; i++) {
        value wanted = i == 0 ? name : plain;
        found = wanted != NIL &&
                (is_str(slots) ? str_equal(slots, wanted) : contains(t, slots, wanted) == 1);
    }
    drop(t, plain);
    return found;
}

bool class_has_room(vm *t, const class *cls, value name) {
    tuple *mro = AS(tuple, cls->mro);
    for (size_t i = 0; i < mro->size; i++) {
        class *each = AS(class, mro->items[i]);
        value slots = each->user ? keep(t, names_get(t, &each->dict, NAME(slots))) : NIL;
        bool room = each->user ? slots == NIL || is_slot(t, each, slots, NAME(dict)) ||
                                     (name != NIL && is_slot(t, each, slots, name))
                               : each->layout == T_EXC;
        drop(t, slots);
        if (room) {
            return true;
        }
    }
    return false;
}

/* Whether the class has another value for a name than object. */
static bool overrides(vm *t, const class *c, value name) {
    return class_find(t, c, name) != class_find(t, t->rt->classes[T_OBJECT], name);
}

/* A builtin class's never change. Another thread that does the same at an older epoch may come later: then it is done again. */
unsigned class_look_at_traits(vm *t, class *c) {
    /* Acquire: pairs with class_set: the names are those of this epoch, or newer. */
    uint64_t epoch = weft_load_acquire_u64(&t->rt->trait_epoch);
    unsigned traits = (unsigned)weft_load_relaxed_u64(&c->traits) & ((1U << TRAIT_BITS) - 1U);
    if (c->user) {
        traits =
            (class_find(t, c, NAME(del)) != NIL ? HAS_DEL : 0U) |
            (class_find(t, c, NAME(getattr)) != NIL ? HAS_GETATTR : 0U) |
            (overrides(t, c, NAME(setattr)) || overrides(t, c, NAME(delattr)) ? HAS_SETATTR : 0U) |
            (overrides(t, c, NAME(getattribute)) ? HAS_GETATTRIBUTE : 0U) |
            (overrides(t, c, NAME(new_)) ? HAS_NEW : 0U);
    }
    /* Relaxed: see class_has. */
    weft_store_relaxed_u64(&c->traits, epoch << TRAIT_BITS | traits);
    if ((traits & HAS_DEL) != 0) {
        /* Relaxed: a hint, that is seen soon. */
        weft_store_relaxed_u32(&t->rt->eager, 1);
        t->safepoints = 0;
    }
    return traits;
}

static bool is_trait(vm *t, value name) {
    return name == NAME(del) || name == NAME(getattr) || name == NAME(setattr) ||
           name == NAME(delattr) || name == NAME(getattribute) || name == NAME(new_);
}

static bool is_plain(value v) {
    unsigned type = exact_type(v);
    return v != NIL && type != T_FUNC && type != T_PROPERTY && type != T_OBJECT &&
           type != T_STATICMETHOD && type != T_CLASSMETHOD && type != T_BUILTIN;
}

static bool class_set(vm *t, class *c, value name, value item) {
    if (!c->user && t->rt->builtins != NULL) {
        (void)raise(t, T_TypeError, "cannot set '%s' attribute of immutable type '%s'",
                    text_of(name), text_of(c->name));
        return false;
    }
    /* The lock makes the look at what was there and the change one: no host code runs under it. */
    weft_mutex_lock(&t->rt->class_lock);
    value old = names_get(t, &c->dict, name);
    bool quiet = is_plain(old) && is_plain(item);
    bool fine = item == NIL ? names_delete(t, &c->dict, name) : names_set(t, &c->dict, name, item);
    if (fine && !quiet) {
        class_changed(t);
    }
    if (fine && is_trait(t, name)) {
        /* Release: pairs with class_look_at_traits. Again a new epoch, for who has filled a look-up by the old traits. */
        (void)weft_fetch_add_release_u64(&t->rt->trait_epoch, 1);
        class_changed(t);
        (void)class_look_at_traits(t, c); /* for a __del__ */
    }
    weft_mutex_unlock(&t->rt->class_lock);
    if (!fine && t->raised == NIL) {
        (void)raise(t, T_AttributeError, "type object '%s' has no attribute '%s'", text_of(c->name),
                    text_of(name));
    }
    return fine;
}

static bool no_attribute(vm *t, value v, value name, value item) {
    (void)item;
    (void)raise(t, T_AttributeError, "'%s' object has no attribute '%s'", type_name(t, v),
                text_of(name));
    return false;
}

/* Into a dict that the object gets with its first attribute, and keeps. */
static bool set_in_dict(vm *t, member *where, value v, value name, value item) {
    value attributes = item != NIL ? attributes_made(t, where) : member_load(where);
    if (attributes == NIL) {
        return t->raised == NIL && no_attribute(t, v, name, item);
    }
    weft_dict *d = &AS(dict, attributes)->dict;
    return item != NIL ? names_set(t, d, name, item)
                       : names_delete(t, d, name) || no_attribute(t, v, name, item);
}

/* To another class that a program has made, of objects that look the same. */
static bool set_class(vm *t, value v, value item) {
    if (!is_a(item, T_CLASS)) {
        (void)raise(t, T_TypeError, "__class__ must be set to a class, not '%s' object",
                    item != NIL ? type_name(t, item) : "NULL");
        return false;
    }
    class *to = AS(class, item);
    if (!is_a(v, T_OBJECT) || !class_of(t, v)->user || !to->user || to->layout != T_OBJECT) {
        (void)raise(t, T_TypeError,
                    "__class__ assignment only supported for mutable types or ModuleType "
                    "subclasses");
        return false;
    }
    /* All read it as it is: so nobody runs meanwhile. */
    if (!t->alone && weft_world_stop(t->weft) != WEFT_THREAD_OK) {
        return false;
    }
    class *old = AS(object, v)->cls;
    AS(object, v)->cls = AS(class, keep(t, item));
    if (!t->alone) {
        weft_world_resume(t->weft);
    }
    member_dropped(t, from_ref(old));
    return true;
}

static bool set_by_descriptor(vm *t, value found, value v, value name, value item) {
    value result;
    if (name == NAME(class_) && is_a(found, T_PROPERTY)) {
        return set_class(t, v, item);
    }
    if (is_a(found, T_PROPERTY)) {
        property *p = AS(property, found);
        value setter = item != NIL ? p->set : p->del;
        if (setter == NIL || setter == NONE) {
            (void)raise(t, T_AttributeError, "property '%s' of '%s' object has no %s",
                        text_of(name), type_name(t, v), item != NIL ? "setter" : "deleter");
            return false;
        }
        value args[2] = {v, item};
        result = call(t, setter, item != NIL ? 2 : 1, args);
    } else {
        value args[2] = {v, item};
        result = item != NIL ? call_special(t, found, NAME(set), 2, args)
                             : call_special(t, found, NAME(delete), 1, args);
    }
    drop(t, result);
    return result != NIL;
}

static bool func_set(vm *t, func *f, value name, value item) {
    member *field = name == NAME(name)       ? &f->name
                    : name == NAME(qualname) ? &f->qualname
                    : name == NAME(doc)      ? &f->doc
                                             : NULL;
    if (field == NULL || item == NIL) {
        return set_in_dict(t, &f->attributes, from_ref(f), name, item);
    }
    member_set(t, field, keep(t, item));
    return true;
}

bool set_attribute_plain(vm *t, value v, value name, value item) {
    class *cls = class_of(t, v);
    value found = class_find(t, cls, name);
    if (is_a(v, T_FUNC)) {
        return func_set(t, AS(func, v), name, item);
    }
    if (found != NIL && is_data_descriptor(t, found)) {
        return set_by_descriptor(t, found, v, name, item);
    }
    switch (exact_type(v)) {
    case T_OBJECT:
        if (!class_has_room(t, cls, name)) {
            return t->raised == NIL && no_attribute(t, v, name, item);
        }
        /* fall through */
    case T_EXC: {
        weft_dict *d = &AS(object, v)->attributes;
        return item != NIL ? names_set(t, d, name, item)
                           : names_delete(t, d, name) || no_attribute(t, v, name, item);
    }
    case T_LIST | T_SUBCLASS:
    case T_DICT | T_SUBCLASS:
    case T_SET | T_SUBCLASS:
        return set_in_dict(t, attributes_member(v), v, name, item);
    case T_MODULE:
        return item != NIL
                   ? names_set(t, &AS(module, v)->dict, name, item)
                   : names_delete(t, &AS(module, v)->dict, name) || no_attribute(t, v, name, item);
    case T_CLASS:
        return class_set(t, AS(class, v), name, item);
    default:
        if (found != NIL) {
            (void)raise(t, T_AttributeError, "'%s' object attribute '%s' is read-only",
                        type_name(t, v), text_of(name));
            return false;
        }
        return no_attribute(t, v, name, item);
    }
}

bool set_attribute(vm *t, value v, value name, value item) {
    class *cls = class_of(t, v);
    if (WEFT_LIKELY(!class_has(t, cls, HAS_SETATTR))) {
        return set_attribute_plain(t, v, name, item);
    }
    value args[2] = {name, item};
    value result =
        call_special(t, v, item != NIL ? NAME(setattr) : NAME(delattr), item != NIL ? 2 : 1, args);
    drop(t, result);
    return result != NIL;
}

/* ---- special methods ------------------------------------------------------------------------------ */

value try_special(vm *t, value v, value name, size_t count, const value *args) {
    class *cls = class_of(t, v);
    value found = class_find(t, cls, name);
    if (found == NIL || found == NONE) {
        return NIL;
    }
    value all[4] = {v};
    memcpy(all + 1, args != NULL ? args : all, count * sizeof(value));
    if (is_a(found, T_FUNC) || is_a(found, T_BUILTIN)) {
        return call(t, found, count + 1, all);
    }
    value bound = bind(t, found, v, cls);
    value result = bound != NIL ? call(t, bound, count, all + 1) : NIL;
    drop(t, bound);
    return result;
}

value call_special(vm *t, value v, value name, size_t count, const value *args) {
    value result = try_special(t, v, name, count, args);
    if (result == NIL && t->raised == NIL) {
        return raise(t, T_AttributeError, "'%s' object has no attribute '%s'", type_name(t, v),
                     text_of(name));
    }
    return result;
}

/* ---- making classes ------------------------------------------------------------------------------- */

/* The most attributes of an object before its dict has keys of its own. */
#define SHAPE_MOST 30U
#define SHAPE_SPARE 6U

/* Which attributes the code assigns to, of whatever: as a rule of self. */
static uint32_t add_assigned(const code *c, value *seen, uint32_t count) {
    for (uint32_t i = 0; i < c->op_count; i++) {
        uint32_t at = c->ops[i] >> 8;
        if ((c->ops[i] & 0xFFU) == I_STORE_ATTR && at < c->const_count) {
            uint32_t j = 0;
            while (j < count && seen[j] != c->consts[at]) {
                j++;
            }
            seen[j] = c->consts[at];
            count = j == count && count + 1 < SHAPE_MOST ? count + 1 : count;
        }
    }
    return count;
}

/* How many attributes an object of the class may get, by what its methods and its bases' do. */
static uint32_t guess_attributes(vm *t, value bases, value names) {
    value seen[SHAPE_MOST];
    uint32_t count = 0;
    dict_walk walk;
    value key;
    value item;
    if (dict_walk_begin(t, &AS(dict, names)->dict, &walk)) {
        while (dict_walk_next(t, &walk, &key, &item)) {
            count = is_a(item, T_FUNC) ? add_assigned(AS(func, item)->code, seen, count) : count;
            decref(t, key);
            decref(t, item);
        }
        dict_walk_end(t, &walk);
    }
    for (size_t i = 0; i < AS(tuple, bases)->size; i++) {
        count += AS(class, AS(tuple, bases)->items[i])->guessed;
    }
    return count;
}

static class *class_new(vm *t, value name, unsigned layout, uint32_t guessed) {
    class *c = (class *)object_new(t, sizeof *c, T_CLASS);
    if (c == NULL) {
        return NULL;
    }
    memset((char *)c + sizeof c->dict, 0, sizeof *c - sizeof c->dict);
    weft_dict_init(t->weft, &c->dict, WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS);
    weft_store_relaxed_u16(&c->dict.head.host, T_CLASS);
    c->name = keep(t, name);
    c->qualname = keep(t, name);
    c->layout = (uint16_t)layout;
    c->guessed = guessed < SHAPE_MOST ? guessed : SHAPE_MOST;
    uint32_t room = c->guessed + SHAPE_SPARE < SHAPE_MOST ? c->guessed + SHAPE_SPARE : SHAPE_MOST;
    shape *made = (shape *)object_new(t, sizeof *made, T_SHAPE);
    if (made == NULL || weft_dict_keys_init(t->weft, &made->keys, room) != WEFT_DICT_OK) {
        (void)raise_memory(t);
        drop_object(t, c);
        return NULL;
    }
    weft_store_relaxed_u16(&made->keys.head.host, T_SHAPE);
    c->shape = &made->keys;
    return c;
}

/* The next class of a merge: the first of some list that is in the rest of none. */
static value merge_head(value *lists, const size_t *at, size_t count) {
    for (size_t i = 0; i < count; i++) {
        tuple *list = AS(tuple, lists[i]);
        if (at[i] >= list->size) {
            continue;
        }
        value head = list->items[at[i]];
        bool free = true;
        for (size_t j = 0; j < count && free; j++) {
            tuple *other = AS(tuple, lists[j]);
            for (size_t k = at[j] + 1; k < other->size; k++) {
                free &= other->items[k] != head;
            }
        }
        if (free) {
            return head;
        }
    }
    return NIL;
}

/* The C3 linearization. */
static value class_order(vm *t, class *c) {
    tuple *bases = AS(tuple, c->bases);
    size_t count = bases->size + 1;
    value lists[33];
    size_t at[33] = {0};
    size_t total = 1;
    if (count > 33) {
        return raise(t, T_NotImplementedError, "minipy: a class with more than 32 bases");
    }
    for (size_t i = 0; i < bases->size; i++) {
        lists[i] = AS(class, bases->items[i])->mro;
        total += AS(tuple, lists[i])->size;
    }
    lists[count - 1] = c->bases;
    value order = tuple_new(t, total);
    if (order == NIL) {
        return NIL;
    }
    value *items = AS(tuple, order)->items;
    size_t size = 0;
    items[size++] = keep(t, from_ref(c));
    for (value head; (head = merge_head(lists, at, count)) != NIL;) {
        items[size++] = keep(t, head);
        for (size_t i = 0; i < count; i++) {
            at[i] += at[i] < AS(tuple, lists[i])->size && AS(tuple, lists[i])->items[at[i]] == head;
        }
    }
    bool over = true;
    for (size_t i = 0; i < count; i++) {
        over &= at[i] == AS(tuple, lists[i])->size;
    }
    AS(tuple, order)->size = size;
    if (!over) {
        buffer names = {0};
        for (size_t i = 0; i < bases->size; i++) {
            buffer_add(&names, ", ", i > 0 ? 2 : 0);
            buffer_add_str(&names, AS(class, bases->items[i])->name);
        }
        buffer_add(&names, "", 1);
        decref(t, order);
        (void)raise(t, T_TypeError,
                    "Cannot create a consistent method resolution\norder (MRO) for bases %s",
                    names.text);
        buffer_drop(&names);
        return NIL;
    }
    return order;
}

class *class_builtin(vm *t, const char *name, class *base, unsigned layout) {
    value text = str_name(t, name, strlen(name));
    class *c = text != NIL ? class_new(t, text, layout, 0) : NULL;
    if (c == NULL) {
        return NULL;
    }
    decref(t, text);
    value base_value = from_ref(base);
    c->bases = tuple_of(t, base != NULL ? 1 : 0, &base_value);
    c->mro = class_order(t, c);
    return c;
}

bool class_methods(vm *t, class *c, const builtin_def *methods) {
    for (const builtin_def *def = methods; def->name != NULL; def++) {
        const char *text = def->name + (*def->name == '.' || *def->name == '@');
        value name = str_name(t, text, strlen(text));
        value made = builtin_new(t, def, from_ref(c));
        if (text != def->name && made != NIL) {
            property *p = (property *)object_new(t, sizeof *p,
                                                 *def->name == '.' ? T_PROPERTY : T_CLASSMETHOD);
            if (p == NULL) {
                return false;
            }
            p->get = made;
            p->set = p->del = p->doc = NIL;
            member_init(&p->name, NIL);
            made = from_ref(p);
        }
        if (name == NIL || made == NIL || !names_set(t, &c->dict, name, made)) {
            return false;
        }
        decref(t, name);
        decref(t, made);
    }
    class_changed(t);
    return true;
}

/* Which layout the instances have: that of the base that adds something. */
static bool find_layout(vm *t, class *c) {
    tuple *bases = AS(tuple, c->bases);
    c->layout = T_OBJECT;
    for (size_t i = 0; i < bases->size; i++) {
        class *base = AS(class, bases->items[i]);
        unsigned layout = base->layout;
        if (layout != T_OBJECT && layout != T_EXC && layout != T_LIST && layout != T_DICT &&
            layout != T_SET && layout != T_TUPLE) {
            bool never = layout == T_BOOL || layout == T_RANGE || layout == T_SLICE ||
                         layout == T_FUNC || layout == T_GEN || layout == T_COROUTINE ||
                         layout == T_NONE;
            (void)raise(t, never ? T_TypeError : T_NotImplementedError,
                        never ? "type '%s' is not an acceptable base type"
                              : "minipy: a subclass of '%s'",
                        text_of(base->name));
            return false;
        }
        if (layout != T_OBJECT && c->layout != T_OBJECT && c->layout != layout) {
            (void)raise(t, T_TypeError, "multiple bases have instance lay-out conflict");
            return false;
        }
        c->layout = layout != T_OBJECT ? (uint16_t)layout : c->layout;
    }
    return true;
}

/* Copies the names of the body, and does what some of them ask for. */
static bool take_names(vm *t, class *c, value names) {
    weft_dict *d = &c->dict;
    value cellname = str_name(t, "__classcell__", 13);
    value cell = dict_get(t, names, cellname);
    bool found;
    if (cell != NIL) {
        member_set(t, &AS(cell, cell)->content, keep(t, from_ref(c)));
        decref(t, cell);
        (void)dict_delete(t, names, cellname, &found);
    }
    decref(t, cellname);
    if (dict_failed(t, weft_dict_update(t->weft, d, &AS(dict, names)->dict))) {
        return false;
    }
    value new_method = names_get(t, d, NAME(new_));
    if (is_a(new_method, T_FUNC)) {
        property *p = (property *)object_new(t, sizeof *p, T_STATICMETHOD);
        if (p == NULL) {
            return false;
        }
        p->get = keep(t, new_method);
        p->set = p->del = p->doc = NIL;
        member_init(&p->name, NIL);
        bool fine = names_set(t, d, NAME(new_), from_ref(p));
        drop_object(t, p);
        if (!fine) {
            return false;
        }
    }
    if (names_get(t, d, NAME(eq)) != NIL && names_get(t, d, NAME(hash)) == NIL &&
        !names_set(t, d, NAME(hash), NONE)) {
        return false;
    }
    value subclass = names_get(t, d, NAME(init_subclass));
    if (is_a(subclass, T_FUNC)) {
        property *p = (property *)object_new(t, sizeof *p, T_CLASSMETHOD);
        if (p == NULL) {
            return false;
        }
        p->get = keep(t, subclass);
        p->set = p->del = p->doc = NIL;
        member_init(&p->name, NIL);
        bool fine = names_set(t, d, NAME(init_subclass), from_ref(p));
        drop_object(t, p);
        return fine;
    }
    return names_get(t, d, NAME(doc)) != NIL || names_set(t, d, NAME(doc), NONE);
}

/* __set_name__ of descriptors, and __init_subclass__ of the bases. */
static bool announce(vm *t, class *c, value names, value keywords) {
    dict_walk walk;
    value key;
    value item;
    if (!dict_walk_begin(t, &AS(dict, names)->dict, &walk)) {
        return false;
    }
    while (t->raised == NIL && dict_walk_next(t, &walk, &key, &item)) {
        value args[2] = {from_ref(c), key};
        if (is_a(item, T_PROPERTY) && is_str(key)) {
            member_set(t, &AS(property, item)->name, keep(t, key));
        } else if (is_a(item, T_OBJECT)) {
            drop(t, try_special(t, item, NAME(set_name), 2, args));
        }
        decref(t, key);
        decref(t, item);
    }
    dict_walk_end(t, &walk);
    value hook = t->raised == NIL ? find_after(t, c, c, NAME(init_subclass)) : NIL;
    if (hook != NIL) {
        value bound = bind(t, hook, NIL, c);
        value empty = t->rt->empty_tuple;
        drop(t, bound != NIL ? call_spread(t, bound, empty, keywords) : NIL);
        drop(t, bound);
    }
    return t->raised == NIL;
}

value class_make(vm *t, value name, value bases, value names, value keywords) {
    value object = from_ref(t->rt->classes[T_OBJECT]);
    for (size_t i = 0; i < AS(tuple, bases)->size; i++) {
        value base = AS(tuple, bases)->items[i];
        if (!is_a(base, T_CLASS)) { /* its class is to make the class */
            value args[3] = {name, bases, names};
            return class_call(t, class_of(t, base), args, 3, NIL);
        }
        for (size_t j = 0; j < i; j++) {
            if (AS(tuple, bases)->items[j] == base) {
                return raise(t, T_TypeError, "duplicate base class %s",
                             text_of(AS(class, base)->name));
            }
        }
    }
    class *c = class_new(t, name, T_OBJECT, guess_attributes(t, bases, names));
    if (c == NULL) {
        return NIL;
    }
    c->bases = AS(tuple, bases)->size > 0 ? keep(t, bases) : tuple_of(t, 1, &object);
    c->user = true;
    value qualname = dict_get(t, names, NAME(qualname));
    if (qualname != NIL) {
        bool found;
        assign(t, &c->qualname, qualname);
        (void)dict_delete(t, names, NAME(qualname), &found);
    }
    c->mro = find_layout(t, c) ? class_order(t, c) : NIL;
    if (c->mro == NIL || !take_names(t, c, names)) {
        drop_object(t, c);
        return NIL;
    }
    class_changed(t);
    (void)class_look_at_traits(t, c);
    if (!t->alone && weft_dict_set_shared(t->weft, &c->dict) != WEFT_DICT_OK) {
        drop_object(t, c);
        return NIL;
    }
    if (class_has(t, c, HAS_DEL) && c->layout != T_OBJECT) {
        (void)raise(t, T_NotImplementedError, "minipy: __del__ in a subclass of '%s'",
                    text_of(t->rt->classes[c->layout]->name));
    }
    if (t->raised != NIL || !announce(t, c, names, keywords)) {
        drop_object(t, c);
        return NIL;
    }
    return from_ref(c);
}

/* ---- making instances ------------------------------------------------------------------------------ */

value instance_new(vm *t, class *cls) {
    value made;
    switch (cls->layout) {
    case T_LIST:
    case T_DICT:
    case T_SET:
        made = cls->layout == T_LIST   ? list_new(t)
               : cls->layout == T_DICT ? dict_new(t)
                                       : set_new(t, T_SET);
        if (made != NIL && cls->user) {
            weft_store_relaxed_u16(&ref_of(made)->host, (uint16_t)(cls->layout | T_SUBCLASS));
            *(cls->layout == T_LIST ? &AS(list, made)->cls : &AS(dict, made)->cls) =
                AS(class, keep(t, from_ref(cls)));
        }
        return made;
    case T_OBJECT:
    case T_EXC:
        break;
    default:
        return raise(t, T_TypeError, "cannot create '%s' instances", text_of(cls->name));
    }
    size_t size = cls->layout == T_EXC ? sizeof(struct exception) : sizeof(struct object);
    struct object *o = (struct object *)object_new(t, size, cls->layout);
    if (o == NULL) {
        return NIL;
    }
    if (weft_dict_init_split(t->weft, &o->attributes, WEFT_DICT_DEFERRED, cls->shape) !=
        WEFT_DICT_OK) {
        weft_dict_init(t->weft, &o->attributes, WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS);
        o->cls = NULL;
        weft_store_relaxed_u16(&o->attributes.head.host, T_MODULE);
        ((struct module *)o)->name = NIL;
        drop_object(t, o);
        return raise_memory(t);
    }
    weft_store_relaxed_u16(&o->attributes.head.host, cls->layout);
    o->cls = AS(class, keep(t, from_ref(cls)));
    o->finalized = false;
    if (cls->layout == T_EXC) {
        struct exception *e = (struct exception *)o;
        member_init(&e->args, keep(t, t->rt->empty_tuple));
        member_init(&e->traceback, NIL);
        member_init(&e->cause, NIL);
        member_init(&e->context, NIL);
        weft_init_u8(&e->suppress, false);
    }
    return from_ref(o);
}

/* __init__, of an instance that has been made. Takes the instance, returns it. */
static value initialize(vm *t, value made, const value *args, size_t count, value kwnames) {
    class *cls = class_of(t, made);
    value init = class_find(t, cls, NAME(init));
    size_t total = count + (kwnames != NIL ? AS(tuple, kwnames)->size : 0);
    value *all = (value *)malloc((total + 1) * sizeof(value));
    if (all == NULL) {
        decref(t, made);
        return raise_memory(t);
    }
    all[0] = made;
    memcpy(all + 1, args, total * sizeof(value));
    value result = call_kw(t, init, count + 1, all, kwnames);
    free(all);
    if (result != NIL && result != NONE) {
        (void)raise(t, T_TypeError, "__init__() should return None, not '%s'",
                    type_name(t, result));
        decref(t, result);
        result = NIL;
    }
    if (result == NIL) {
        decref(t, made);
        return NIL;
    }
    return made;
}

value class_call(vm *t, class *cls, const value *args, size_t count, value kwnames) {
    if (cls->construct != NIL) {
        return call_kw(t, cls->construct, count, args, kwnames);
    }
    value made;
    size_t total = count + (kwnames != NIL ? AS(tuple, kwnames)->size : 0);
    if (class_has(t, cls, HAS_NEW)) {
        value maker = class_find(t, cls, NAME(new_));
        value *all = (value *)malloc((total + 1) * sizeof(value));
        if (all == NULL) {
            return raise_memory(t);
        }
        all[0] = from_ref(cls);
        memcpy(all + 1, args, total * sizeof(value));
        made = call_kw(t, is_a(maker, T_STATICMETHOD) ? AS(property, maker)->get : maker, count + 1,
                       all, kwnames);
        free(all);
        if (made == NIL || !class_is_sub(class_of(t, made), cls)) {
            return made;
        }
    } else {
        cls = cls->layout == T_EXC ? os_error_class(t, cls, count, args) : cls;
        made = instance_new(t, cls);
        if (made == NIL) {
            return NIL;
        }
        if (cls->layout == T_EXC) {
            member_set(t, &AS(exception, made)->args, tuple_of(t, count, args));
        }
    }
    value init = class_find(t, cls, NAME(init));
    if (init == class_find(t, t->rt->classes[T_OBJECT], NAME(init))) {
        if (total == 0 || class_has(t, cls, HAS_NEW)) {
            return made;
        }
        decref(t, made);
        return raise(t, T_TypeError, "%s() takes no arguments", text_of(cls->name));
    }
    return initialize(t, made, args, count, kwnames);
}

bool is_subclass_of(vm *t, value cls, value of, bool *result) {
    if (is_kind(of, T_TUPLE)) {
        *result = false;
        for (size_t i = 0; i < AS(tuple, of)->size && !*result; i++) {
            if (!is_subclass_of(t, cls, AS(tuple, of)->items[i], result)) {
                return false;
            }
        }
        return true;
    }
    if (!is_a(of, T_CLASS)) {
        return false;
    }
    *result = class_is_sub(AS(class, cls), AS(class, of));
    return true;
}

/* ---- methods of object, type, super, property ------------------------------------------------------ */

BUILTIN(object_init) {
    class *cls = class_of(t, args[0]);
    if (count > 1 && cls->layout == T_OBJECT && !class_has(t, cls, HAS_NEW)) {
        return raise(t, T_TypeError,
                     "%s.__init__() takes exactly one argument (the instance to "
                     "initialize)",
                     text_of(cls->name));
    }
    return NONE;
}
BUILTIN(object_new_method) {
    if (count == 0 || !is_a(args[0], T_CLASS)) {
        return raise(t, T_TypeError, "object.__new__(X): X is not a type object");
    }
    value made = instance_new(t, AS(class, args[0]));
    if (made != NIL && is_a(made, T_EXC)) {
        member_set(t, &AS(exception, made)->args, tuple_of(t, count - 1, args + 1));
    }
    return made;
}
BUILTIN(object_class) {
    return keep(t, from_ref(class_of(t, args[0])));
}
value object_setattr(vm *t, const value *args, size_t count UNUSED) {
    value name = is_str(args[1]) ? str_intern(t, args[1])
                                 : raise(t, T_TypeError, "attribute name must be string");
    bool fine = name != NIL && set_attribute_plain(t, args[0], name, args[2]);
    drop(t, name);
    return fine ? NONE : NIL;
}
BUILTIN(object_delattr) {
    value all[3] = {args[0], args[1], NIL};
    return object_setattr(t, all, 3);
}
BUILTIN(object_getattribute) {
    own_open(t, args[0]);
    class *cls = class_of(t, args[0]);
    value name = is_str(args[1]) ? str_intern(t, args[1])
                                 : raise(t, T_TypeError, "attribute name must be string");
    if (name == NIL) {
        return NIL;
    }
    value found = class_find(t, cls, name);
    bool data = found != NIL && is_data_descriptor(t, found);
    value own = data ? NIL : own_attribute(t, args[0], name);
    value result = own != NIL     ? keep(t, own)
                   : found != NIL ? bind(t, found, args[0], cls)
                                  : raise(t, T_AttributeError, "'%s' object has no attribute '%s'",
                                          text_of(cls->name), text_of(name));
    decref(t, name);
    return result;
}
BUILTIN(object_repr) {
    class *cls = class_of(t, args[0]);
    value from = class_find(t, cls, NAME(module));
    return str_format(t, "<%s%s%s object at 0x%012llx>", is_str(from) ? text_of(from) : "",
                      is_str(from) ? "." : "", text_of(cls->qualname), (unsigned long long)args[0]);
}
BUILTIN(object_str) {
    return to_repr(t, args[0]);
}
BUILTIN(object_eq) {
    return args[0] == args[1] ? TRUE : NOT_IMPLEMENTED;
}
BUILTIN(object_ne) {
    value same = call_special(t, args[0], NAME(eq), 1, args + 1);
    if (same == NIL || same == NOT_IMPLEMENTED) {
        return same;
    }
    int result = truth(t, same);
    decref(t, same);
    return result < 0 ? NIL : from_bool(result == 0);
}
BUILTIN(object_hash) {
    uint64_t hash;
    return hash_builtin(t, args[0], &hash) ? int_new(t, (int64_t)hash) : NIL;
}
BUILTIN(object_format) {
    if (is_str(args[1]) && length_of(args[1]) > 0) {
        return raise(t, T_TypeError, "unsupported format string passed to %s.__format__",
                     type_name(t, args[0]));
    }
    return to_str(t, args[0]);
}

static weft_dict *names_of(vm *t, value v) {
    switch (exact_type(v)) {
    case T_OBJECT:
        return class_has_room(t, class_of(t, v), NIL) ? &AS(object, v)->attributes : NULL;
    case T_EXC:
        return &AS(object, v)->attributes;
    case T_MODULE:
        return &AS(module, v)->dict;
    case T_CLASS:
        return &AS(class, v)->dict;
    default:
        return NULL;
    }
}

/* Of what keeps its names without a dict: an object that reads and writes them, see the prelude. */
value attributes_of(vm *t, value v) {
    member *own = attributes_member(v);
    if (own != NULL) {
        return keep(t, attributes_made(t, own));
    }
    weft_dict *d = names_of(t, v);
    if (d == NULL) {
        return raise(t, T_AttributeError, "'%s' object has no attribute '__dict__'",
                     type_name(t, v));
    }
    value wrap = names_get(t, &t->rt->builtins->dict, NAME(prelude));
    return wrap == NIL || is_a(v, T_CLASS) ? names_copy(t, d) : call(t, wrap, 1, &v);
}
/* The same names in the same order, with the same values. */
static bool same_names(vm *t, weft_dict *a, weft_dict *b) {
    dict_walk walks[2];
    if (!dict_walk_begin(t, a, &walks[0])) {
        return false;
    }
    if (!dict_walk_begin(t, b, &walks[1])) {
        dict_walk_end(t, &walks[0]);
        return false;
    }
    bool same;
    bool more;
    do {
        value parts[2][2] = {{NIL, NIL}, {NIL, NIL}};
        more = dict_walk_next(t, &walks[0], &parts[0][0], &parts[0][1]);
        same = dict_walk_next(t, &walks[1], &parts[1][0], &parts[1][1]) == more &&
               parts[0][0] == parts[1][0] && parts[0][1] == parts[1][1];
        for (int i = 0; i < 4; i++) {
            drop(t, parts[i / 2][i % 2]);
        }
    } while (more && same);
    dict_walk_end(t, &walks[0]);
    dict_walk_end(t, &walks[1]);
    if (!t->alone && raised_is(t, T_RuntimeError)) { /* another thread has changed one meanwhile */
        forget_raised(t);
        same = false;
    }
    return same && t->raised == NIL;
}

/* A dict that is the same already is left alone: somebody may be walking it. */
bool attributes_read(vm *t, value v, value into) {
    weft_dict *from = names_of(t, v);
    weft_dict *to = &AS(dict, into)->dict;
    return from == NULL || same_names(t, from, to) ||
           (t->raised == NIL && !dict_failed(t, weft_dict_clear(t->weft, to)) &&
            !dict_failed(t, weft_dict_update(t->weft, to, from)));
}
BUILTIN(object_dict) {
    return attributes_of(t, args[0]);
}

BUILTIN(object_init_subclass) {
    return args[count] == NIL || dict_size(t, args[count]) == 0
               ? NONE
               : raise(t, T_TypeError, "%s.__init_subclass__() takes no keyword arguments",
                       text_of(AS(class, args[0])->name));
}

const builtin_def object_methods[] = {{"__init__", object_init, "*"},
                                      {"@__init_subclass__", object_init_subclass, "**"},
                                      {"__new__", object_new_method, "*"},
                                      {".__class__", object_class, "self"},
                                      {".__dict__", object_dict, "self"},
                                      {"__setattr__", object_setattr, "self,name,value"},
                                      {"__delattr__", object_delattr, "self,name"},
                                      {"__getattribute__", object_getattribute, "self,name"},
                                      {"__repr__", object_repr, "self"},
                                      {"__str__", object_str, "self"},
                                      {"__eq__", object_eq, "self,other"},
                                      {"__ne__", object_ne, "self,other"},
                                      {"__hash__", object_hash, "self"},
                                      {"__format__", object_format, "self,spec"},
                                      {0}};

#define CLASS AS(class, args[0])
BUILTIN(class_name) {
    return keep(t, CLASS->name);
}
BUILTIN(class_qualname) {
    return keep(t, CLASS->qualname);
}
BUILTIN(class_bases) {
    return keep(t, CLASS->bases);
}
BUILTIN(class_mro) {
    return keep(t, CLASS->mro);
}
BUILTIN(class_mro_list) {
    return to_list(t, CLASS->mro);
}
BUILTIN(class_module) {
    value found = class_find(t, CLASS, NAME(module));
    return keep(t, found != NIL ? found : NAME(builtins));
}

const builtin_def class_methods_[] = {{".__name__", class_name, "self"},
                                      {".__qualname__", class_qualname, "self"},
                                      {".__bases__", class_bases, "self"},
                                      {".__mro__", class_mro, "self"},
                                      {"mro", class_mro_list, "self"},
                                      {".__dict__", object_dict, "self"},
                                      {".__module__", class_module, "self"},
                                      {".__class__", object_class, "self"},
                                      {0}};

static value property_part(vm *t, const value *args, value get, value set, value del) {
    property *p = (property *)object_new(t, sizeof *p, T_PROPERTY);
    if (p == NULL) {
        return NIL;
    }
    property *from = AS(property, args[0]);
    value parts[3] = {get != NIL ? get : from->get, set != NIL ? set : from->set,
                      del != NIL ? del : from->del};
    for (int i = 0; i < 3; i++) {
        (&p->get)[i] = parts[i] != NIL ? keep(t, parts[i]) : NIL;
    }
    p->doc = from->doc != NIL ? keep(t, from->doc) : NIL;
    member_init(&p->name, member_keep(t, &from->name));
    return from_ref(p);
}
BUILTIN(property_getter) {
    return property_part(t, args, args[1], NIL, NIL);
}
BUILTIN(property_setter) {
    return property_part(t, args, NIL, args[1], NIL);
}
BUILTIN(property_deleter) {
    return property_part(t, args, NIL, NIL, args[1]);
}
BUILTIN(property_fget) {
    value get = AS(property, args[0])->get;
    return keep(t, get != NIL ? get : NONE);
}
BUILTIN(property_doc) {
    property *p = AS(property, args[0]);
    if (p->doc != NIL) {
        return keep(t, p->doc);
    }
    return is_a(p->get, T_FUNC) ? get_attribute(t, p->get, NAME(doc)) : NONE;
}
const builtin_def property_methods[] = {{".__doc__", property_doc, "self"},
                                        {"getter", property_getter, "self,function"},
                                        {"setter", property_setter, "self,function"},
                                        {"deleter", property_deleter, "self,function"},
                                        {".fget", property_fget, "self"},
                                        {".__func__", property_fget, "self"},
                                        {0}};
