#include "list_support.h"

#include "weft_host.h"

#include <stdlib.h>

enum { ITEM = 0, LIST = 1 }; /* in the header's host bits */

static weft_atomic_u64 made;
static weft_atomic_u64 freed;
void (*list_on_dealloc)(weft_thread *self, weft_ref *item);

/* ---- objects ------------------------------------------------------------------------------------- */

static void *object_memory(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        abort();
    }
    weft_fetch_add_relaxed_u64(&made, 1);
    return memory;
}

weft_ref *numbered_make(weft_thread *self, uint32_t number) {
    numbered *item = object_memory(sizeof *item);
    weft_ref_init(self, &item->head);
    weft_init_u32(&item->number, number);
    return &item->head;
}

uint32_t number_of(const weft_ref *item) {
    return weft_load_relaxed_u32(&((const numbered *)item)->number);
}

weft_list *list_make(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = object_memory(sizeof *list);
    weft_list_init(self, list, discipline);
    weft_store_relaxed_u16(&list->head.host, LIST);
    return list;
}

void list_drop(weft_thread *self, weft_list *list) {
    weft_ref_decref(self, &list->head);
}

static weft_ref_verdict on_death(weft_thread *self, weft_ref *object) {
    if (weft_load_relaxed_u16(&object->host) == LIST) {
        weft_list_finalize(self, (weft_list *)object);
        return WEFT_REF_FREE;
    }
    weft_atomic_u32 *number = &((numbered *)object)->number;
    if (list_on_dealloc != NULL) {
        list_on_dealloc(self, object);
    }
    CHECK(weft_exchange_relaxed_u32(number, NUMBERED_DEAD) != NUMBERED_DEAD);
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *object) {
    free(object);
    weft_fetch_add_relaxed_u64(&freed, 1);
}

static size_t size_of(const weft_ref *object) {
    return weft_load_relaxed_u16(&object->host) == LIST ? sizeof(weft_list) : sizeof(numbered);
}

/* ---- lists --------------------------------------------------------------------------------------- */

weft_list_result list_add(weft_thread *self, weft_list *list, uint32_t number) {
    weft_ref *item = numbered_make(self, number);
    weft_list_result result = weft_list_append(self, list, item);
    weft_ref_decref(self, item);
    return result;
}

weft_list *list_of(weft_thread *self, weft_list_discipline discipline, uint32_t count) {
    weft_list *list = list_make(self, discipline);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(list_add(self, list, i) == WEFT_LIST_OK);
    }
    return list;
}

uint32_t list_at(weft_thread *self, weft_list *list, intptr_t index) {
    weft_ref *item = weft_list_get(self, list, index);
    if (item == NULL) {
        return NUMBERED_DEAD;
    }
    uint32_t number = number_of(item);
    weft_ref_decref(self, item);
    return number;
}

bool list_is(weft_thread *self, weft_list *list, const uint32_t *numbers, size_t count) {
    bool same = weft_list_len(self, list) == count;
    for (size_t i = 0; same && i < count; i++) {
        same = list_at(self, list, (intptr_t)i) == numbers[i] &&
               list_at(self, list, (intptr_t)i - (intptr_t)count) == numbers[i];
    }
    return same && list_at(self, list, (intptr_t)count) == NUMBERED_DEAD &&
           list_at(self, list, -(intptr_t)count - 1) == NUMBERED_DEAD;
}

/* ---- the runtime --------------------------------------------------------------------------------- */

/* A thread that waited while its runtime was closed goes on, detached. */
static void goes_on(weft_thread *self) {
    (void)self;
}

weft_thread *list_begin(void) {
    static const weft_ref_hooks HOOKS = {on_death, give_back, size_of};
    static const weft_runtime_config CONFIG = {.gone = goes_on};
    weft_thread *self = NULL;
    weft_ref_install(&HOOKS);
    list_on_dealloc = NULL;
    weft_store_relaxed_u64(&made, 0);
    weft_store_relaxed_u64(&freed, 0);
    weft_runtime *runtime = weft_runtime_create(&CONFIG);
    CHECK(runtime != NULL);
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    return self;
}

void list_end(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(weft_load_relaxed_u64(&made) == weft_load_relaxed_u64(&freed));
}

/* What a grace period frees may drop what waits for another one. */
uint64_t list_objects(weft_thread *self) {
    uint64_t before;
    uint64_t now = UINT64_MAX;
    do {
        before = now;
        (void)weft_thread_safepoint(self);
        weft_qsbr_barrier(self);
        now = weft_load_relaxed_u64(&made) - weft_load_relaxed_u64(&freed);
    } while (now != before);
    return now;
}

/* ---- memory that runs out ------------------------------------------------------------------------ */

static weft_atomic_u64 left = WEFT_ATOMIC_INIT(UINT64_MAX);
static weft_atomic_u64 failures;
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
    return plenty.allocate(plenty.context, size, alignment);
}

static void scarce_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    plenty.free(plenty.context, memory, size, alignment);
}

void list_fail_after(uint64_t allocations) {
    static const weft_host SCARCE = {.allocate = scarce, .free = scarce_free};
    weft_host_set(NULL);
    plenty = *weft_host_get();
    if (allocations != UINT64_MAX) {
        weft_host_set(&SCARCE);
    }
    weft_store_relaxed_u64(&failures, 0);
    weft_store_relaxed_u64(&left, allocations);
}

uint64_t list_failures(void) {
    return weft_load_relaxed_u64(&failures);
}

void list_with_both(void (*run)(weft_thread *self, weft_list_discipline discipline)) {
    for (int discipline = WEFT_LIST_PROMPT; discipline <= WEFT_LIST_DEFERRED; discipline++) {
        weft_thread *self = list_begin();
        run(self, (weft_list_discipline)discipline);
        CHECK(list_objects(self) == 0);
        list_end(self);
    }
}
