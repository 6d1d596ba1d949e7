#define _POSIX_C_SOURCE 200809L
#include "symbol_support.h"

#include "weft_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*symbol_before_finalize)(weft_thread *self, weft_symbol *symbol);
void (*symbol_after_finalize)(weft_thread *self, weft_symbol *symbol);

/* ---- memory -------------------------------------------------------------------------------------- */

#define SYMBOLS_ALIGNMENT 16U /* nothing else of the library has it */

static weft_atomic_u64 left = WEFT_ATOMIC_INIT(UINT64_MAX);
static weft_atomic_u64 failures;
static weft_atomic_u64 objects;

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
    void *memory = plenty.allocate(plenty.context, size, alignment);
    if (memory != NULL && alignment == SYMBOLS_ALIGNMENT) {
        weft_fetch_add_relaxed_u64(&objects, 1);
    }
    return memory;
}

static void scarce_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    if (alignment == SYMBOLS_ALIGNMENT) {
        weft_fetch_sub_relaxed_u64(&objects, 1);
    }
    plenty.free(plenty.context, memory, size, alignment);
}

void symbol_fail_after(uint64_t allocations) {
    weft_store_relaxed_u64(&failures, 0);
    weft_store_relaxed_u64(&left, allocations);
}

uint64_t symbol_failures(void) {
    return weft_load_relaxed_u64(&failures);
}

/* What a grace period frees may drop what waits for another one. */
uint64_t symbol_objects(weft_thread *self) {
    uint64_t before;
    uint64_t now = UINT64_MAX;
    do {
        before = now;
        (void)weft_thread_safepoint(self);
        weft_qsbr_barrier(self);
        now = weft_load_relaxed_u64(&objects);
    } while (now != before);
    return now;
}

/* ---- the runtime --------------------------------------------------------------------------------- */

static weft_ref_verdict on_death(weft_thread *self, weft_ref *object) {
    weft_symbol *symbol = (weft_symbol *)object;
    if (symbol_before_finalize != NULL) {
        symbol_before_finalize(self, symbol);
    }
    weft_symbol_finalize(self, symbol);
    if (symbol_after_finalize != NULL) {
        symbol_after_finalize(self, symbol);
    }
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *object) {
    weft_symbol_free((weft_symbol *)object);
}

static size_t size_of(const weft_ref *object) {
    return weft_symbol_size((const weft_symbol *)object);
}

weft_thread *symbol_begin(void) {
    static const weft_ref_hooks HOOKS = {on_death, give_back, size_of};
    static const weft_host COUNTED = {.allocate = scarce, .free = scarce_free};
    weft_thread *self = NULL;
    weft_host_set(NULL);
    plenty = *weft_host_get();
    weft_host_set(&COUNTED);
    weft_ref_install(&HOOKS);
    symbol_fail_after(UINT64_MAX);
    symbol_before_finalize = NULL;
    symbol_after_finalize = NULL;
    weft_store_relaxed_u64(&objects, 0);
    weft_runtime *runtime = weft_runtime_create(NULL);
    CHECK(runtime != NULL);
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    return self;
}

void symbol_end(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(weft_load_relaxed_u64(&objects) == 0);
    weft_host_set(NULL);
}

/* ---- texts by number ----------------------------------------------------------------------------- */

size_t symbol_text(uint64_t number, char text[SYMBOL_TEXT]) {
    return (size_t)snprintf(text, SYMBOL_TEXT, "s%llu", (unsigned long long)number);
}

weft_symbol *symbol_intern(weft_thread *self, weft_symbol_table *table, uint64_t number) {
    char text[SYMBOL_TEXT];
    weft_symbol *symbol = NULL;
    size_t length = symbol_text(number, text);
    return weft_symbol_intern(self, table, text, length, &symbol) == WEFT_SYMBOL_OK ? symbol : NULL;
}

weft_symbol *symbol_find(weft_thread *self, weft_symbol_table *table, uint64_t number) {
    char text[SYMBOL_TEXT];
    size_t length = symbol_text(number, text);
    return weft_symbol_find(self, table, text, length);
}

bool symbol_is(const weft_symbol *symbol, uint64_t number) {
    char text[SYMBOL_TEXT];
    size_t length = symbol_text(number, text);
    return symbol != NULL && weft_symbol_length(symbol) == length &&
           memcmp(weft_symbol_text(symbol), text, length + 1) == 0;
}

void symbol_drop(weft_thread *self, weft_symbol *symbol) {
    weft_ref_decref(self, &symbol->head);
}

uint64_t symbol_poor_hash(void *context, const void *text, size_t length) {
    (void)context;
    const unsigned char *bytes = text;
    return length == 0 ? 0 : (uint64_t)(bytes[length - 1] % 4U) * 0x0001000000000010U;
}
