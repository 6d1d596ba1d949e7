/* A PROMPT dict whose keys are objects, and a host that compares them: one thread looks for a key that equals one in the dict but is
 * another object, while main takes the item out (TAKES) and changes the key, if it has it alone then; or clears the dict and puts another
 * key where that one was (CLEARS); else it sets the item anew. What the host is shown is a key as it was in the dict. DEFERRED: the
 * discipline. GROWS: the dict gets another table first, which has the reference to the key then. */
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#ifdef DEFERRED
#define DISCIPLINE WEFT_DICT_DEFERRED
#else
#define DISCIPLINE WEFT_DICT_PROMPT
#endif

enum { KEY = 5, CHANGED = 6, VALUE = 1, OTHER = 2 };

static weft_runtime *runtime;
static weft_dict dict;
static weft_ref *wanted;
static weft_atomic_u32 ready;
static weft_atomic_u32 done;

static int value_of(const weft_ref *object) {
    return ((const item *)object)->value;
}

static bool hash_of(weft_thread *self, weft_ref *key, uint64_t *hash) {
    (void)self;
    (void)key;
    *hash = KEY;
    return true;
}

static int is_equal(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)self;
    return value_of(weft_dict_object_of(candidate)) == value_of(weft_dict_object_of(key));
}

static void set(weft_thread *self, weft_ref *key, int value) {
    weft_ref *fresh = make_item(self, value);
    assert(weft_dict_set(self, &dict, weft_dict_of_object(key), fresh) == WEFT_DICT_OK);
    weft_ref_decref(self, fresh);
}

static void *reads(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_ref *found = NULL;
    weft_store_release_u32(&ready, 1);
    weft_dict_result result = weft_dict_get(self, &dict, weft_dict_of_object(wanted), &found);
#if defined(TAKES) || defined(CLEARS)
    assert(result == WEFT_DICT_MISSING || value_of(found) == VALUE);
#else
    assert(result == WEFT_DICT_OK && (value_of(found) == VALUE || value_of(found) == OTHER));
#endif
    if (result == WEFT_DICT_OK) {
        weft_ref_decref(self, found);
    }
    await_value(&done, 1);
    weft_thread_unregister(self);
    return NULL;
}

static weft_ref *taken; /* kept, so that a reader may still count it */

static void take(weft_thread *self) {
    weft_dict_key key;
    weft_ref *value;
    assert(weft_dict_popitem(self, &dict, true, &key, &value) == WEFT_DICT_OK);
    taken = weft_dict_object_of(key);
    if (weft_ref_unique(self, taken) != WEFT_REF_NOT_UNIQUE) {
        ((item *)taken)->value = CHANGED; /* a race, if the host is shown it */
    }
    weft_ref_decref(self, value);
}

static void put_another(weft_thread *self) {
    weft_ref *key = make_item(self, CHANGED);
    assert(weft_dict_clear(self, &dict) == WEFT_DICT_OK);
    set(self, key, OTHER);
    weft_ref_decref(self, key);
}

static void change(weft_thread *self) {
    (void)take;
    (void)put_another;
#ifdef GROWS
    assert(weft_dict_reserve(self, &dict, 20) == WEFT_DICT_OK);
#endif
#if defined(TAKES)
    take(self);
#elif defined(CLEARS)
    put_another(self);
#else
    set(self, wanted, OTHER);
#endif
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    static const weft_dict_hooks HOST = {hash_of, is_equal};
    pthread_t reader;
    weft_ref_install(&hooks);
    weft_dict_set_hooks(&HOST);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_dict_init(self, &dict, DISCIPLINE, WEFT_DICT_GENERAL);
    wanted = make_item(self, KEY);
    weft_ref_maybe_share(wanted);
    weft_ref *key = make_item(self, KEY);
    set(self, key, VALUE);
    weft_ref_decref(self, key);
    assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
    pthread_create(&reader, NULL, reads, NULL);
    await_value(&ready, 1);
    change(self);
    weft_thread_detach(self);
    weft_store_release_u32(&done, 1);
    pthread_join(reader, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    if (taken != NULL) {
        weft_ref_decref(self, taken);
    }
    weft_ref_decref(self, wanted);
    weft_dict_finalize(self, &dict);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
