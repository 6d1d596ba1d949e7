/* A thread reads a PROMPT dict while main takes out what it finds: if the reader has got a reference it cannot keep it, and the drop is
 * the last. Then host code runs on it, which waits; main closes the runtime meanwhile, so it comes back detached. From there on the
 * read looks at nothing, and says so. READ: 'g' a get, 'c' one by a cache of the place, and what a caller does if that serves nothing,
 * 'w' and 's' a step of a weak, a strict iteration. GENERAL: a dict of any keys, whose gets are not inlined. */
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#ifndef READ
#define READ 'g'
#endif

enum { BEGINS, READY, WAITS, CLOSED, HAS_READ };

static weft_runtime *runtime;
static weft_dict dict;
static weft_dict_cache there;
static weft_dict_iterator iterator;
static _Thread_local int reading; /* the thread that reads does */
static weft_atomic_u32 step;
static int came_back;

static weft_ref_verdict dies(weft_thread *self, weft_ref *object) {
    if (reading) {
        weft_thread_detach(self);
        weft_store_release_u32(&step, WAITS);
        await_value(&step, CLOSED);
        assert(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
        came_back++;
    }
    return torn_down(self, object);
}

static void prepare(weft_thread *self) {
    if (READ == 'c') {
        assert(weft_dict_cache_fill(self, &dict, weft_dict_of_number(1), &there));
    } else if (READ != 'g') {
        assert(weft_dict_iterate(self, &dict, READ == 's', &iterator) == WEFT_DICT_OK);
    }
}

static weft_dict_result read_once(weft_thread *self, weft_ref **value) {
    weft_dict_key key;
    if (READ == 'w' || READ == 's') {
        return weft_dict_next(self, &iterator, &key, value);
    }
    if (READ == 'c' && (*value = weft_dict_cached_get(self, &dict, &there)) != NULL) {
        return WEFT_DICT_OK;
    }
    if (!weft_thread_is_attached(self)) {
        return WEFT_DICT_CLOSED;
    }
    return weft_dict_get(self, &dict, weft_dict_of_number(1), value);
}

static void *reads(void *unused) {
    (void)unused;
    weft_ref *value = NULL;
    weft_thread *self = enter(runtime);
    prepare(self);
    weft_store_release_u32(&step, READY);
    reading = 1;
    weft_dict_result result = read_once(self, &value);
    reading = 0;
    assert((result == WEFT_DICT_CLOSED) == (came_back == 1));
    if (came_back == 0) {
        if (result == WEFT_DICT_OK) {
            weft_ref_decref(self, value);
        }
        weft_dict_iterate_end(self, &iterator);
        weft_store_release_u32(&step, HAS_READ);
    }
    weft_thread_unregister(self);
    return NULL;
}

static void set(weft_thread *self, uint64_t key) {
    weft_ref *fresh = make_item(self, (int)key);
    assert(weft_dict_set(self, &dict, weft_dict_of_number(key), fresh) == WEFT_DICT_OK);
    weft_ref_decref(self, fresh);
}

static uint32_t await_another(uint32_t than) {
    uint32_t seen;
    while ((seen = weft_load_acquire_u32(&step)) == than) {
    }
    return seen;
}

int main(void) {
    static const weft_ref_hooks hooks = {dies, free_item, NULL};
    pthread_t thread;
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
#ifdef GENERAL
    weft_dict_init(self, &dict, WEFT_DICT_PROMPT, WEFT_DICT_GENERAL);
#else
    weft_dict_init(self, &dict, WEFT_DICT_PROMPT, WEFT_DICT_IMMEDIATES);
#endif
    set(self, 1);
    set(self, 2);
    assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
    pthread_create(&thread, NULL, reads, NULL);
    (void)await_another(BEGINS);
    assert(weft_dict_delete(self, &dict, weft_dict_of_number(1)) == WEFT_DICT_OK);
    if (await_another(READY) == WAITS) {
        weft_runtime_close(self);
        weft_store_release_u32(&step, CLOSED);
    }
    pthread_join(thread, NULL);
    weft_dict_finalize(self, &dict);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
