/* Two lists that have one array by a snapshot, three threads: main empties the one, another thread the other, and frees the array when
 * the third has passed a quiescent state, which then looks at main's list. It must not find the array there: that main's list has it no
 * more is known to who lets go of it last, and so to whoever has passed a quiescent state since. What says how far they are orders nothing. */
#include "weft_host.h"
#include "weft_list.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#define VALUE 7

static weft_runtime *runtime;
static weft_list emptied;
static weft_list last;
static weft_atomic_u32 ready;
static weft_atomic_u32 emptied_by_main, passed, freed_or_not; /* relaxed, all */

static void await_relaxed(weft_atomic_u32 *word, uint32_t value) {
    while (weft_load_relaxed_u32(word) != value) {
    }
}

static void *lets_go(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_fetch_add_release_u32(&ready, 1);
    await_relaxed(&emptied_by_main, 1);
    assert(weft_list_clear(self, &last) == WEFT_LIST_OK);
    weft_qsbr_poll(self);
    await_relaxed(&passed, 1);
    weft_qsbr_poll(self);
    weft_store_relaxed_u32(&freed_or_not, 1);
    weft_thread_unregister(self);
    return NULL;
}

static void *looks(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    uintptr_t before = weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence);
    weft_fetch_add_release_u32(&ready, 1);
    /* Not by a flag behind the poll: there are fences in it. */
    while (weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) == before) {
    }
    weft_qsbr_quiescent(self);
    weft_store_relaxed_u32(&passed, 1);
    const weft_ref *found = weft_list_borrow(self, &emptied, 0);
    assert(found == NULL || ((const item *)found)->value == VALUE);
    await_relaxed(&freed_or_not, 1); /* until then it passes nothing more */
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    void *(*const bodies[])(void *) = {lets_go, looks};
    pthread_t threads[2];
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_list_init(self, &emptied, WEFT_LIST_DEFERRED);
    weft_list_init(self, &last, WEFT_LIST_DEFERRED);
    weft_ref *only = make_item(self, VALUE);
    assert(weft_list_append(self, &emptied, only) == WEFT_LIST_OK);
    weft_ref_decref(self, only);
    assert(weft_list_snapshot(self, &emptied, &last) == WEFT_LIST_OK);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, bodies[i], NULL);
    }
    await_value(&ready, 2);
    assert(weft_list_clear(self, &emptied) == WEFT_LIST_OK);
    weft_store_relaxed_u32(&emptied_by_main, 1);
    weft_thread_detach(self);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_list_finalize(self, &emptied);
    weft_list_finalize(self, &last);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == 1);
    return 0;
}
