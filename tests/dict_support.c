#define _POSIX_C_SOURCE 200809L
#include "dict_support.h"

#include "weft_host.h"

#include <stdlib.h>

enum { VALUE, DICT, SHAPE, SYMBOL, TEXT, REAL }; /* in the header's host bits */

typedef struct object_key {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    uint64_t hash;
    uint32_t number;
} object_key;

typedef struct symbol_key {
    weft_symbol symbol;
    uint32_t number;
} symbol_key;

static weft_atomic_u64 made;
static weft_atomic_u64 freed;
static symbol_key *symbols[DICT_SYMBOLS];
static weft_mutex symbols_lock;
static uint64_t hash_modulus;
int (*dict_on_equal)(weft_thread *self, weft_dict_key candidate, weft_dict_key key);
bool (*dict_on_hash)(weft_thread *self, weft_ref *key);
void (*dict_on_dealloc)(weft_thread *self, weft_ref *value);

/* ---- objects ------------------------------------------------------------------------------------- */

static void *object_memory(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        abort();
    }
    weft_fetch_add_relaxed_u64(&made, 1);
    return memory;
}

static void init(weft_thread *self, weft_ref *object, uint16_t type) {
    weft_ref_init(self, object);
    weft_store_relaxed_u16(&object->host, type);
}

static uint16_t type_of(const weft_ref *object) {
    return weft_load_relaxed_u16(&object->host);
}

weft_ref *valued_make(weft_thread *self, uint32_t number) {
    valued *value = object_memory(sizeof *value);
    init(self, &value->head, VALUE);
    weft_init_u32(&value->number, number);
    return &value->head;
}

uint32_t valued_number(const weft_ref *value) {
    return weft_load_relaxed_u32(&((const valued *)value)->number);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static uint64_t text_hash(uint32_t number) {
    uint64_t hash = (number + UINT64_C(1)) * UINT64_C(0xD6E8FEB86659FD93);
    return hash_modulus == 0 ? hash : hash % hash_modulus;
}

/* The tests' own intern table: a symbol lives until the runtime ends. */
static symbol_key *symbol_of(weft_thread *self, uint32_t number) {
    weft_mutex_lock(&symbols_lock);
    symbol_key *key = symbols[number];
    if (key == NULL) {
        key = object_memory(sizeof *key);
        init(self, &key->symbol.head, SYMBOL);
        weft_ref_maybe_share(&key->symbol.head);
        key->symbol.hash = text_hash(number);
        key->number = number;
        symbols[number] = key;
    }
    weft_mutex_unlock(&symbols_lock);
    return key;
}

static void drop_symbols(weft_thread *self) {
    for (size_t i = 0; i < DICT_SYMBOLS; i++) {
        if (symbols[i] != NULL) {
            weft_ref_decref(self, &symbols[i]->symbol.head);
            symbols[i] = NULL;
        }
    }
}

void dict_collide(weft_thread *self, uint64_t modulus) {
    drop_symbols(self);
    hash_modulus = modulus;
}

weft_dict_key dict_key(weft_thread *self, sort of, uint32_t number) {
    if (of == SORT_NUMBER) {
        return weft_dict_of_number(number);
    }
    if (of == SORT_SYMBOL) {
        symbol_key *key = symbol_of(self, number);
        weft_ref_incref(self, &key->symbol.head);
        return weft_dict_of_symbol(&key->symbol);
    }
    object_key *key = object_memory(sizeof *key);
    init(self, &key->head, of == SORT_TEXT ? TEXT : REAL);
    key->number = number;
    key->hash = of == SORT_TEXT ? text_hash(number) : weft_dict_hash_of_number(number);
    return weft_dict_of_object(&key->head);
}

void dict_key_drop(weft_thread *self, weft_dict_key key) {
    if (weft_dict_object_of(key) != NULL) {
        weft_ref_decref(self, weft_dict_object_of(key));
    }
}

uint32_t dict_key_number(weft_dict_key key) {
    const weft_ref *object = weft_dict_object_of(key);
    if (object == NULL) {
        return (uint32_t)weft_dict_number_of(key);
    }
    return type_of(object) == SYMBOL ? ((const symbol_key *)object)->number
                                     : ((const object_key *)object)->number;
}

bool dict_key_is_text(weft_dict_key key) {
    const weft_ref *object = weft_dict_object_of(key);
    return object != NULL && type_of(object) != REAL;
}

static bool key_hash(weft_thread *self, weft_ref *key, uint64_t *hash) {
    CHECK(type_of(key) == TEXT || type_of(key) == REAL);
    if (dict_on_hash != NULL && !dict_on_hash(self, key)) {
        return false;
    }
    *hash = ((const object_key *)key)->hash;
    return true;
}

static int key_equal(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    /* Whoever is asked about is alive. */
    CHECK(dict_key_number(candidate) != VALUED_DEAD && dict_key_number(key) != VALUED_DEAD);
    if (dict_on_equal != NULL) {
        int answer = dict_on_equal(self, candidate, key);
        if (answer != DICT_USUAL) {
            return answer;
        }
    }
    return dict_key_number(candidate) == dict_key_number(key) &&
           dict_key_is_text(candidate) == dict_key_is_text(key);
}

/* ---- dicts --------------------------------------------------------------------------------------- */

weft_dict_keys *dict_shape(weft_thread *self, size_t capacity) {
    weft_dict_keys *keys = object_memory(sizeof *keys);
    CHECK(weft_dict_keys_init(self, keys, capacity) == WEFT_DICT_OK);
    weft_store_relaxed_u16(&keys->head.host, SHAPE);
    return keys;
}

weft_dict *dict_of_shape(weft_thread *self, weft_dict_discipline discipline, weft_dict_keys *keys) {
    weft_dict *dict = object_memory(sizeof *dict);
    if (weft_dict_init_split(self, dict, discipline, keys) != WEFT_DICT_OK) {
        weft_dict_init(self, dict, discipline, WEFT_DICT_SYMBOLS);
    }
    weft_store_relaxed_u16(&dict->head.host, DICT);
    return dict;
}

weft_dict *dict_make(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind) {
    if (kind == WEFT_DICT_SPLIT) {
        weft_dict_keys *keys = dict_shape(self, 6);
        weft_dict *split = dict_of_shape(self, discipline, keys);
        weft_ref_decref(self, &keys->head);
        return split;
    }
    weft_dict *dict = object_memory(sizeof *dict);
    weft_dict_init(self, dict, discipline, kind);
    weft_store_relaxed_u16(&dict->head.host, DICT);
    return dict;
}

void dict_drop(weft_thread *self, weft_dict *dict) {
    weft_ref_decref(self, &dict->head);
}

weft_dict_result dict_put(weft_thread *self, weft_dict *dict, sort of, uint32_t key,
                          uint32_t number) {
    weft_dict_key wanted = dict_key(self, of, key);
    weft_ref *value = valued_make(self, number);
    weft_dict_result result = weft_dict_set(self, dict, wanted, value);
    weft_ref_decref(self, value);
    dict_key_drop(self, wanted);
    return result;
}

uint32_t dict_at(weft_thread *self, weft_dict *dict, sort of, uint32_t key) {
    weft_dict_key wanted = dict_key(self, of, key);
    weft_ref *value = NULL;
    uint32_t number = VALUED_DEAD;
    if (weft_dict_get(self, dict, wanted, &value) == WEFT_DICT_OK) {
        number = valued_number(value);
        weft_ref_decref(self, value);
    }
    dict_key_drop(self, wanted);
    return number;
}

weft_dict_result dict_remove(weft_thread *self, weft_dict *dict, sort of, uint32_t key) {
    weft_dict_key wanted = dict_key(self, of, key);
    weft_dict_result result = weft_dict_delete(self, dict, wanted);
    dict_key_drop(self, wanted);
    return result;
}

bool dict_is(weft_thread *self, weft_dict *dict, const uint32_t *keys, size_t count) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    size_t at = 0;
    bool same = weft_dict_len(self, dict) == count;
    CHECK(weft_dict_iterate(self, dict, true, &iterator) == WEFT_DICT_OK);
    while (weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK) {
        same = same && at < count && dict_key_number(key) == keys[at] &&
               valued_number(value) == keys[at] + 100;
        at++;
        weft_ref_decref(self, value);
        dict_key_drop(self, key);
    }
    return same && at == count;
}

/* ---- the runtime --------------------------------------------------------------------------------- */

static weft_ref_verdict on_death(weft_thread *self, weft_ref *object) {
    switch (type_of(object)) {
    case DICT:
        weft_dict_finalize(self, (weft_dict *)object);
        break;
    case SHAPE:
        weft_dict_keys_finalize(self, (weft_dict_keys *)object);
        break;
    case VALUE:
        if (dict_on_dealloc != NULL) {
            dict_on_dealloc(self, object);
        }
        CHECK(weft_exchange_relaxed_u32(&((valued *)object)->number, VALUED_DEAD) != VALUED_DEAD);
        break;
    case SYMBOL:
        break;
    default:
        ((object_key *)object)->number = VALUED_DEAD;
    }
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *object) {
    free(object);
    weft_fetch_add_relaxed_u64(&freed, 1);
}

static size_t size_of(const weft_ref *object) {
    return type_of(object) == VALUE ? sizeof(valued) : sizeof(object_key);
}

/* A thread that waited while its runtime was closed goes on, detached. */
static void goes_on(weft_thread *self) {
    (void)self;
}

weft_thread *dict_begin(void) {
    static const weft_ref_hooks HOOKS = {on_death, give_back, size_of};
    static const weft_dict_hooks KEYS = {key_hash, key_equal};
    static const weft_runtime_config CONFIG = {.gone = goes_on};
    weft_thread *self = NULL;
    weft_ref_install(&HOOKS);
    weft_dict_set_hooks(&KEYS);
    dict_on_dealloc = NULL;
    dict_on_equal = NULL;
    dict_on_hash = NULL;
    hash_modulus = 0;
    weft_store_relaxed_u64(&made, 0);
    weft_store_relaxed_u64(&freed, 0);
    weft_runtime *runtime = weft_runtime_create(&CONFIG);
    CHECK(runtime != NULL);
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    return self;
}

void dict_end(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    drop_symbols(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(weft_load_relaxed_u64(&made) == weft_load_relaxed_u64(&freed));
}

/* What a grace period frees may drop what waits for another one. */
uint64_t dict_objects(weft_thread *self) {
    uint64_t before;
    uint64_t now = UINT64_MAX;
    do {
        before = now;
        (void)weft_thread_safepoint(self);
        weft_qsbr_barrier(self);
        now = weft_load_relaxed_u64(&made) - weft_load_relaxed_u64(&freed);
    } while (now != before);
    for (size_t i = 0; i < DICT_SYMBOLS; i++) {
        now -= symbols[i] != NULL;
    }
    return now;
}

/* ---- memory -------------------------------------------------------------------------------------- */

static weft_atomic_u64 left = WEFT_ATOMIC_INIT(UINT64_MAX);
static weft_atomic_u64 failures;
static weft_atomic_u64 bytes_now;

static weft_host plenty; /* the library's own hooks */

static void *scarce(void *context, size_t size, size_t alignment) {
    (void)context;
    uint64_t now = weft_load_relaxed_u64(&left);
    if (now == 0) {
        weft_fetch_add_relaxed_u64(&failures, 1);
        return NULL;
    }
    if (now != UINT64_MAX) {
        weft_fetch_sub_relaxed_u64(&left, 1);
    }
    weft_fetch_add_relaxed_u64(&bytes_now, size);
    return plenty.allocate(plenty.context, size, alignment);
}

static void scarce_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    if (memory != NULL) {
        weft_fetch_sub_relaxed_u64(&bytes_now, size);
    }
    plenty.free(plenty.context, memory, size, alignment);
}

static void set_scarce(bool on) {
    static const weft_host SCARCE = {.allocate = scarce, .free = scarce_free};
    weft_host_set(NULL);
    plenty = *weft_host_get();
    if (on) {
        weft_host_set(&SCARCE);
    }
}

void dict_fail_after(uint64_t allocations) {
    set_scarce(allocations != UINT64_MAX);
    weft_store_relaxed_u64(&failures, 0);
    weft_store_relaxed_u64(&left, allocations);
}

uint64_t dict_failures(void) {
    return weft_load_relaxed_u64(&failures);
}

void dict_count_memory(bool on) {
    weft_store_relaxed_u64(&left, UINT64_MAX);
    weft_store_relaxed_u64(&bytes_now, 0);
    set_scarce(on);
}

uint64_t dict_memory(void) {
    return weft_load_relaxed_u64(&bytes_now);
}

void dict_with_both(void (*run)(weft_thread *self, weft_dict_discipline discipline)) {
    for (int discipline = WEFT_DICT_PROMPT; discipline <= WEFT_DICT_DEFERRED; discipline++) {
        weft_thread *self = dict_begin();
        run(self, (weft_dict_discipline)discipline);
        CHECK(dict_objects(self) == 0);
        dict_end(self);
    }
}
