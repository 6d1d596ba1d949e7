#include "dict_model.h"

#include "shrink.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 128U
#define CACHES 4U

typedef struct item {
    uint32_t key;
    uint32_t value;
    bool text;
} item;

typedef struct array {
    item items[LONGEST];
    size_t count;
} array;

/* An inline cache and what it is of. */
typedef struct remembered {
    weft_dict_cache cache;
    sort of;
    uint32_t key;
    unsigned on;
} remembered;

typedef struct pair {
    weft_thread *self;
    const dict_model_setup *setup;
    weft_dict *dict[2];
    weft_dict_keys *shape;
    array model[2];
    remembered caches[CACHES];
    weft_dict_iterator weak;
    weft_dict *walked;
    uint32_t next; /* number of a value */
    unsigned on;
    bool good;
} pair;

uint8_t dict_model_sabotage;

static void expect(pair *both, bool condition) {
    both->good = both->good && condition;
}

/* ---- the model ----------------------------------------------------------------------------------- */

static bool is_text(sort of) {
    return of == SORT_SYMBOL || of == SORT_TEXT;
}

static item *find(array *model, sort of, uint32_t key) {
    for (size_t i = 0; i < model->count; i++) {
        if (model->items[i].key == key && model->items[i].text == is_text(of)) {
            return &model->items[i];
        }
    }
    return NULL;
}

static void put(array *model, sort of, uint32_t key, uint32_t value) {
    item *there = find(model, of, key);
    if (there == NULL) {
        there = &model->items[model->count++];
        *there = (item){key, value, is_text(of)};
    }
    there->value = value;
}

static void take(array *model, item *there) {
    size_t behind = model->count - (size_t)(there - model->items) - 1;
    memmove(there, there + 1, behind * sizeof *there);
    model->count--;
}

/* ---- operations ---------------------------------------------------------------------------------- */

/* What an operation works on. */
typedef struct call {
    weft_thread *self;
    weft_dict *dict;
    array *model;
    item *there; /* the key, in the model */
    weft_dict_key key;
    sort of;
    uint32_t number; /* of the key */
    uint8_t argument;
} call;

typedef struct operation {
    const char *name;
    void (*run)(pair *both, call *on);
} operation;

static void drop_value(pair *both, weft_ref *value, uint32_t number) {
    expect(both, valued_number(value) == number);
    weft_ref_decref(both->self, value);
}

static void set(pair *both, call *on) {
    weft_ref *value = valued_make(on->self, both->next);
    expect(both, weft_dict_set(on->self, on->dict, on->key, value) == WEFT_DICT_OK);
    weft_ref_decref(on->self, value);
    put(on->model, on->of, on->number, both->next++);
}

static void set_default(pair *both, call *on) {
    weft_ref *value = valued_make(on->self, both->next);
    weft_ref *now = NULL;
    bool there;
    expect(both,
           weft_dict_set_default(on->self, on->dict, on->key, value, &now, &there) == WEFT_DICT_OK);
    weft_ref_decref(on->self, value);
    expect(both, there == (on->there != NULL));
    if (on->there == NULL) {
        put(on->model, on->of, on->number, both->next);
        on->there = find(on->model, on->of, on->number);
    }
    both->next++;
    drop_value(both, now, on->there->value);
}

static void delete_one(pair *both, call *on) {
    expect(both, weft_dict_delete(on->self, on->dict, on->key) ==
                     (on->there != NULL ? WEFT_DICT_OK : WEFT_DICT_MISSING));
    if (on->there != NULL) {
        take(on->model, on->there);
    }
}

static void pop(pair *both, call *on) {
    weft_ref *value = NULL;
    weft_dict_result result = weft_dict_pop(on->self, on->dict, on->key, &value);
    expect(both, result == (on->there != NULL ? WEFT_DICT_OK : WEFT_DICT_MISSING));
    if (result == WEFT_DICT_OK && on->there != NULL) {
        drop_value(both, value, on->there->value);
        take(on->model, on->there);
    }
}

static void popitem(pair *both, call *on) {
    weft_dict_key key;
    weft_ref *value;
    bool last = on->argument % 2 != 0;
    weft_dict_result result = weft_dict_popitem(on->self, on->dict, last, &key, &value);
    size_t count = on->model->count;
    expect(both, result == (count != 0 ? WEFT_DICT_OK : WEFT_DICT_MISSING));
    if (result == WEFT_DICT_OK && count != 0) {
        item *there = &on->model->items[last ? count - 1 : 0];
        expect(both, dict_key_number(key) == there->key && dict_key_is_text(key) == there->text);
        dict_key_drop(on->self, key);
        drop_value(both, value, there->value);
        take(on->model, there);
    }
}

static void get(pair *both, call *on) {
    weft_ref *value = NULL;
    weft_dict_result result = weft_dict_get(on->self, on->dict, on->key, &value);
    expect(both, result == (on->there != NULL ? WEFT_DICT_OK : WEFT_DICT_MISSING));
    if (result == WEFT_DICT_OK && on->there != NULL) {
        drop_value(both, value, on->there->value);
    }
    if (both->setup->discipline == WEFT_DICT_DEFERRED) {
        value = weft_dict_borrow(on->self, on->dict, on->key);
        expect(both, (value != NULL) == (on->there != NULL));
        expect(both,
               value == NULL || on->there == NULL || valued_number(value) == on->there->value);
    }
}

static void clear(pair *both, call *on) {
    if (on->argument % 8 == 0) {
        expect(both, weft_dict_clear(on->self, on->dict) == WEFT_DICT_OK);
        on->model->count = 0;
    }
}

static void update(pair *both, call *on) {
    array *other = &both->model[on->argument % 2];
    array copied = *other;
    if (on->model->count + other->count <= LONGEST) {
        expect(both,
               weft_dict_update(on->self, on->dict, both->dict[on->argument % 2]) == WEFT_DICT_OK);
        for (size_t i = 0; i < copied.count; i++) {
            put(on->model, copied.items[i].text ? SORT_TEXT : SORT_REAL, copied.items[i].key,
                copied.items[i].value);
        }
    }
}

static void copy(pair *both, call *on) {
    unsigned to = on->argument % 2;
    expect(both, weft_dict_copy(on->self, on->dict, both->dict[to]) == WEFT_DICT_OK);
    both->model[to] = *on->model;
}

static void snapshot(pair *both, call *on) {
    unsigned to = on->argument % 2;
    expect(both, weft_dict_snapshot(on->self, on->dict, both->dict[to]) == WEFT_DICT_OK);
    both->model[to] = *on->model;
}

static void reserve(pair *both, call *on) {
    expect(both, weft_dict_reserve(on->self, on->dict, on->argument) == WEFT_DICT_OK);
}

/* Every value becomes a new one while a strict iteration is under way; which has to see that as no change of keys. */
static void overwrite_all(pair *both, call *on) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    size_t at = 0;
    weft_dict_result result;
    expect(both, weft_dict_iterate(on->self, on->dict, true, &iterator) == WEFT_DICT_OK);
    while ((result = weft_dict_next(on->self, &iterator, &key, &value)) == WEFT_DICT_OK) {
        weft_ref *fresh = valued_make(on->self, both->next);
        expect(both, weft_dict_set(on->self, on->dict, key, fresh) == WEFT_DICT_OK);
        weft_ref_decref(on->self, fresh);
        weft_ref_decref(on->self, value);
        dict_key_drop(on->self, key);
        if (at < on->model->count) {
            on->model->items[at++].value = both->next++;
        }
    }
    expect(both, result == WEFT_DICT_MISSING && at == on->model->count);
}

static void remember(pair *both, call *on) {
    remembered *slot = &both->caches[on->argument % CACHES];
    slot->on = both->on;
    slot->of = on->of;
    slot->key = on->number;
    if (weft_dict_cache_fill(on->self, on->dict, on->key, &slot->cache)) {
        expect(both, (slot->cache.offset == 0) == (on->there == NULL));
    }
}

/* By the cache of this key, if there is one. */
static void set_cached(pair *both, call *on) {
    remembered *slot = &both->caches[on->argument % CACHES];
    bool own = slot->on == both->on && slot->of == on->of && slot->key == on->number;
    weft_ref *value = valued_make(on->self, both->next);
    if (!own) {
        *slot = (remembered){{0, 0, 0}, on->of, on->number, both->on};
    }
    expect(both,
           weft_dict_cached_set(on->self, on->dict, on->key, value, &slot->cache) == WEFT_DICT_OK);
    weft_ref_decref(on->self, value);
    put(on->model, on->of, on->number, both->next++);
    bool none = weft_dict_kind_of(on->dict) == WEFT_DICT_GENERAL || weft_dict_tag_of(on->key) == 0;
    expect(both, own || (slot->cache.offset != 0) == !none);
}

/* A weak iteration that goes on through whatever else happens. */
static void walk(pair *both, call *on) {
    weft_dict_key key;
    weft_ref *value;
    if (both->walked == NULL) {
        both->walked = on->dict;
        weft_ref_incref(on->self, &on->dict->head);
        expect(both, weft_dict_iterate(on->self, on->dict, false, &both->weak) == WEFT_DICT_OK);
        return;
    }
    if (weft_dict_next(on->self, &both->weak, &key, &value) == WEFT_DICT_OK) {
        expect(both, valued_number(value) < both->next);
        weft_ref_decref(on->self, value);
        dict_key_drop(on->self, key);
        return;
    }
    dict_drop(on->self, both->walked);
    both->walked = NULL;
}

static void quiesce(pair *both, call *on) {
    (void)both;
    weft_qsbr_quiescent(on->self);
}

static weft_dict *make(pair *both, weft_dict_kind kind) {
    return kind == WEFT_DICT_SPLIT ? dict_of_shape(both->self, both->setup->discipline, both->shape)
                                   : dict_make(both->self, both->setup->discipline, kind);
}

/* A new dict, private again. */
static void renew(pair *both, call *on) {
    if (on->argument % 4 == 0) {
        dict_drop(on->self, on->dict);
        both->dict[both->on] = make(both, (weft_dict_kind)(on->argument / 4 % 4));
        on->model->count = 0;
    }
}

static const operation OPERATIONS[] = {
    {"set", set},
    {"set", set},
    {"set", set},
    {"set", set},
    {"set", set},
    {"set_default", set_default},
    {"delete", delete_one},
    {"delete", delete_one},
    {"pop", pop},
    {"popitem", popitem},
    {"popitem", popitem},
    {"get", get},
    {"get", get},
    {"clear", clear},
    {"update", update},
    {"copy", copy},
    {"snapshot", snapshot},
    {"reserve", reserve},
    {"overwrite all", overwrite_all},
    {"remember", remember},
    {"remember", remember},
    {"set by a cache", set_cached},
    {"set by a cache", set_cached},
    {"walk", walk},
    {"walk", walk},
    {"quiesce", quiesce},
    {"new", renew},
};
#define KINDS (sizeof OPERATIONS / sizeof OPERATIONS[0])

/* ---- sequences ----------------------------------------------------------------------------------- */

static bool is_alike(pair *both, weft_dict *dict, const array *model) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    size_t at = 0;
    bool good = weft_dict_len(both->self, dict) == model->count;
    expect(both, weft_dict_iterate(both->self, dict, true, &iterator) == WEFT_DICT_OK);
    while (weft_dict_next(both->self, &iterator, &key, &value) == WEFT_DICT_OK) {
        const item *wanted = &model->items[at < LONGEST ? at : 0];
        good = good && at < model->count && dict_key_number(key) == wanted->key &&
               dict_key_is_text(key) == wanted->text && valued_number(value) == wanted->value;
        at++;
        weft_ref_decref(both->self, value);
        dict_key_drop(both->self, key);
    }
    return good && at == model->count;
}

/* What a cache says is so, if it says anything. */
static void check_cache(pair *both, const remembered *slot) {
    weft_dict *dict = both->dict[slot->on];
    const item *there = find(&both->model[slot->on], slot->of, slot->key);
    if (slot->cache.id == 0) {
        return;
    }
    expect(both, !weft_dict_cached_miss(both->self, dict, &slot->cache) || there == NULL);
    weft_ref *value = weft_dict_cached_get(both->self, dict, &slot->cache);
    if (value != NULL) {
        expect(both, there != NULL && valued_number(value) == there->value);
        weft_ref_decref(both->self, value);
    }
}

static bool step(pair *both, const uint8_t *bytes) {
    size_t kind = bytes[0] % KINDS;
    both->on = bytes[1] % 2;
    call on = {.self = both->self,
               .dict = both->dict[both->on],
               .model = &both->model[both->on],
               .of = (sort)(bytes[1] / 2 % SORTS),
               .number = bytes[2] % both->setup->keys,
               .argument = bytes[3]};
    /* Mostly of the kind's own sort, so that dicts are not all GENERAL. */
    weft_dict_kind now = weft_dict_kind_of(on.dict);
    if (bytes[1] / 8 % 8 != 0 && now != WEFT_DICT_GENERAL) {
        on.of = now == WEFT_DICT_IMMEDIATES ? SORT_NUMBER : SORT_SYMBOL;
    }
    on.key = dict_key(both->self, on.of, on.number);
    on.there = find(on.model, on.of, on.number);
    OPERATIONS[kind].run(both, &on);
    dict_key_drop(both->self, on.key);
    if (dict_model_sabotage != 0 && kind == dict_model_sabotage && on.model->count > 2) {
        on.model->items[0].value++;
    }
    for (unsigned i = 0; i < CACHES && both->good; i++) {
        check_cache(both, &both->caches[i]);
    }
    return both->good && is_alike(both, both->dict[0], &both->model[0]) &&
           is_alike(both, both->dict[1], &both->model[1]);
}

size_t dict_model_run(weft_thread *self, const dict_model_setup *setup, const uint8_t *bytes,
                      size_t size) {
    dict_collide(self, setup->modulus);
    uint64_t before = dict_objects(self);
    pair both = {.self = self, .setup = setup, .good = true};
    size_t failed = 0;
    size_t number = 0;
    both.shape = dict_shape(self, 6);
    for (unsigned i = 0; i < 2; i++) {
        both.dict[i] = make(&both, setup->kind);
    }
    for (size_t at = 0; at + DICT_MODEL_STEP <= size && failed == 0; at += DICT_MODEL_STEP) {
        number++;
        failed = step(&both, &bytes[at]) ? 0 : number;
    }
    if (both.walked != NULL) {
        weft_dict_iterate_end(self, &both.weak);
        dict_drop(self, both.walked);
    }
    for (unsigned i = 0; i < 2; i++) {
        dict_drop(self, both.dict[i]);
    }
    weft_ref_decref(self, &both.shape->head);
    if (failed == 0 && dict_objects(self) != before) {
        failed = number + 1;
    }
    return failed;
}

/* A run, for the shrinker. */
typedef struct model_run {
    weft_thread *self;
    const dict_model_setup *setup;
} model_run;

static bool run_fails(const void *context, const uint8_t *bytes, size_t size) {
    const model_run *run = context;
    return dict_model_run(run->self, run->setup, bytes, size) != 0;
}

size_t dict_model_shrink(weft_thread *self, const dict_model_setup *setup, uint8_t *bytes,
                         size_t size) {
    model_run run = {self, setup};
    return shrink(bytes, size, DICT_MODEL_STEP, run_fails, &run);
}

void dict_model_print(const uint8_t *bytes, size_t size) {
    static const char *const SORT_NAMES[SORTS] = {"symbol", "number", "text", "real"};
    for (size_t at = 0; at + DICT_MODEL_STEP <= size; at += DICT_MODEL_STEP) {
        fprintf(stderr, "%s on dict %u: %s%s %u, %u\n", OPERATIONS[bytes[at] % KINDS].name,
                bytes[at + 1] % 2U, SORT_NAMES[bytes[at + 1] / 2 % SORTS],
                bytes[at + 1] / 8 % 8 != 0 ? " or what fits" : "", bytes[at + 2], bytes[at + 3]);
    }
}
