/* Whoever drops the last reference ends the runtime, once, and sees what the holders of the others did to it. The threads hold
 * one each, by a retain or (BY_SLOT) by a slot. */
#include "weft_thread.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_thread *slots[2];
static int used[2]; /* plain */
static weft_atomic_u32 ended;

static void ends(weft_runtime *last) {
    assert(last == runtime && used[0] == 1 && used[1] == 1);
    weft_fetch_add_relaxed_u32(&ended, 1);
}

static void *drops(void *argument) {
    uintptr_t which = (uintptr_t)argument;
#ifdef BY_SLOT
    assert(weft_thread_register(runtime, NULL, &slots[which]) == WEFT_THREAD_OK);
    weft_runtime_release(runtime);
    used[which] = 1;
    weft_thread_unregister(slots[which]);
#else
    (void)slots;
    used[which] = 1;
    weft_runtime_release(runtime);
#endif
    return NULL;
}

int main(void) {
    void *(*const bodies[])(void *) = {drops, drops};
    static const weft_thread_layer layer = {.runtime_last = ends};
    weft_thread_set_layer(WEFT_AREA_HOST, &layer);
    runtime = weft_runtime_create(NULL);
    weft_runtime_retain(runtime);
    run_threads(2, bodies);
    assert(weft_load_relaxed_u32(&ended) == 1);
#ifdef BY_SLOT
    assert(weft_thread_runtime(slots[0]) == NULL && weft_thread_runtime(slots[1]) == NULL);
#endif
    return 0;
}
