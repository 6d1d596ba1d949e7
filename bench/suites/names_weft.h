/* names_weft.h: lib/dict's symbols. See names_loops.h; IMMORTAL says which. */
#include "weft_host.h"
#include "weft_symbol.h"

#include <stdlib.h>

static weft_runtime *runtime;
static weft_symbol_table table;
static _Thread_local weft_thread *attached;

static weft_ref_verdict on_death(weft_thread *self, weft_ref *object) {
    weft_symbol_finalize(self, (weft_symbol *)object);
    return WEFT_REF_FREE;
}
static void give_back(weft_ref *object) {
    weft_symbol_free((weft_symbol *)object);
}
static size_t size_of(const weft_ref *object) {
    return weft_symbol_size((const weft_symbol *)object);
}

static void here_enter(void) {
    if (weft_thread_register(runtime, NULL, &attached) != WEFT_THREAD_OK ||
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

/* The calling thread has entered afterwards, too. */
static void here_start(size_t expected) {
    static const weft_ref_hooks HOOKS = {on_death, give_back, size_of};
    weft_symbol_options options = {.expected = expected, .immortal = IMMORTAL};
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    if (runtime == NULL) {
        abort();
    }
    here_enter();
    if (weft_symbol_table_init(attached, &table, &options) != WEFT_SYMBOL_OK) {
        abort();
    }
    here_leave();
}

static inline bool here_find(const bench_text *text, uint64_t hash) {
    weft_symbol *found = weft_symbol_find_hashed(attached, &table, text->text, text->length, hash);
    if (found == NULL) {
        return false;
    }
    if (!IMMORTAL) {
        weft_ref_decref(attached, &found->head);
    }
    return true;
}

static weft_symbol *interned(const bench_text *text) {
    weft_symbol *symbol;
    if (weft_symbol_intern_hashed(attached, &table, text->text, text->length, text->hash,
                                  &symbol) != WEFT_SYMBOL_OK) {
        abort();
    }
    return symbol;
}

static void here_intern(const bench_text *text) {
    (void)interned(text);
}

static void here_churn(const bench_text *text) {
    weft_ref_decref(attached, &interned(text)->head);
}

static void here_begin_reading(void) {}

static void here_end_reading(void) {
    weft_thread_safepoint(attached);
    weft_qsbr_quiescent(attached);
}

static void here_settle(void) {
    weft_qsbr_barrier(attached);
}
