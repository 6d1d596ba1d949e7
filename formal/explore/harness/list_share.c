/* A list that becomes shared: main appends to it while it is private, two others borrow from it, and whoever comes first shares it. Who
 * finds it shared by another one, and not by main, sees what main has put there. */
#include "weft_host.h"
#include "weft_list.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#define VALUE 7

static weft_runtime *runtime;
static weft_list list;
static weft_atomic_u32 ready;

static void *borrows(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_fetch_add_release_u32(&ready, 1);
    const weft_ref *found = weft_list_borrow(self, &list, 0);
    /* NULL: not there yet, or locked. */
    assert(found == NULL || ((const item *)found)->value == VALUE);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    pthread_t readers[2];
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_list_init(self, &list, WEFT_LIST_DEFERRED);
    for (int i = 0; i < 2; i++) {
        pthread_create(&readers[i], NULL, borrows, NULL);
    }
    await_value(&ready, 2);
    weft_ref *one = make_item(self, VALUE);
    assert(weft_list_append(self, &list, one) == WEFT_LIST_OK);
    weft_ref_decref(self, one);
    weft_thread_detach(self);
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i], NULL);
    }
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_list_finalize(self, &list);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == 1);
    return 0;
}
