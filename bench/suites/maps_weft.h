/* maps_weft.h: lib/dict. See maps_loops.h; DISCIPLINE and here_read are the includer's. */
#include "weft_dict.h"

#include <stdlib.h>
#include <string.h>

#include "bench/suites/maps.h"

static weft_runtime *runtime;
static weft_dict *dict;
static weft_ref **values;
static size_t values_count;
static _Thread_local weft_thread *attached;

typedef struct counted {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
} counted;

static weft_ref_verdict on_death(weft_thread *self, weft_ref *object) {
    if (weft_load_relaxed_u16(&object->host) != 0) {
        weft_dict_finalize(self, (weft_dict *)object);
    }
    return WEFT_REF_FREE;
}
static void give_back(weft_ref *object) {
    free(object);
}

static void here_enter(void) {
    static const weft_ref_hooks HOOKS = {on_death, give_back, NULL};
    if (runtime == NULL) { /* the first thread is alone */
        weft_ref_install(&HOOKS);
        runtime = weft_runtime_create(NULL);
    }
    if (runtime == NULL || weft_thread_register(runtime, NULL, &attached) != WEFT_THREAD_OK ||
        weft_thread_attach(attached) != WEFT_THREAD_OK) {
        abort();
    }
}
static void here_leave(void) {
    weft_thread_unregister(attached);
}
static void here_sleep(void) {
    weft_thread_detach(attached);
}
static void here_wake(void) {
    if (weft_thread_attach(attached) != WEFT_THREAD_OK) {
        abort();
    }
}

/* Values are used by many keys if these are very many. */
#define VALUES ((size_t)1 << 16)

static void here_prepare(size_t size) {
    values_count = size < VALUES ? size : VALUES;
    values = (weft_ref **)malloc(values_count * sizeof *values);
    for (size_t i = 0; i < values_count; i++) {
        counted *value = malloc(sizeof *value);
        weft_ref_init(attached, &value->head);
        values[i] = &value->head;
    }
}

/* Of the kind that fits, and shared. */
static void here_make(size_t size, bool symbols) {
    (void)size;
    dict = malloc(sizeof *dict);
    weft_dict_init(attached, dict, DISCIPLINE, symbols ? WEFT_DICT_SYMBOLS : WEFT_DICT_IMMEDIATES);
    weft_store_relaxed_u16(&dict->head.host, 1);
    if (weft_dict_set_shared(attached, dict) != WEFT_DICT_OK) {
        abort();
    }
}
static void here_drop(void) {
    weft_ref_decref(attached, &dict->head);
}

#define HERE_KEY
static inline weft_dict_key here_key(uint32_t number, bool symbol) {
    return symbol ? weft_dict_of_symbol(bench_symbols[number])
                  : weft_dict_of_number(bench_integer(number));
}

static void here_set(weft_dict_key key, uint32_t number) {
    if (weft_dict_set(attached, dict, key, values[number % values_count]) != WEFT_DICT_OK) {
        abort();
    }
}
static void here_remove(weft_dict_key key) {
    (void)weft_dict_delete(attached, dict, key); /* another thread may have done so */
}

#define HERE_SELF
typedef weft_thread *here_self;
static inline here_self here_me(void) {
    return attached;
}

static void here_begin_reading(void) {}
static void here_end_reading(void) {
    weft_thread_safepoint(attached);
    weft_qsbr_quiescent(attached);
}
