/* Two prompt lists that have one array by a snapshot, which alone refers to their item: one thread pops it from the one while
 * another empties the other. What is popped is alive, and dies once. */
#include "weft_host.h"
#include "weft_list.h"

#include "harness.h"

typedef struct item {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int dead;
} item;

static weft_runtime *runtime;
static weft_list popped_from;
static weft_list emptied;
static weft_atomic_u32 ready;
static int freed;

static weft_ref_verdict torn_down(weft_thread *self, weft_ref *object) {
    (void)self;
    ((item *)object)->dead++;
    return WEFT_REF_FREE;
}

static void free_item(weft_ref *object) {
    weft_host_free(object, sizeof(item), sizeof(void *));
    freed++;
}

static void *empties(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    assert(weft_list_clear(self, &emptied) == WEFT_LIST_OK);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    pthread_t other;
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_list_init(self, &popped_from, WEFT_LIST_PROMPT);
    weft_list_init(self, &emptied, WEFT_LIST_PROMPT);
    item *only = weft_host_allocate(sizeof *only, sizeof(void *));
    only->dead = 0;
    weft_ref_init(self, &only->head);
    assert(weft_list_append(self, &popped_from, &only->head) == WEFT_LIST_OK);
    assert(weft_list_snapshot(self, &popped_from, &emptied) == WEFT_LIST_OK);
    weft_ref_merge(self, &only->head); /* nobody's: the last drop, by any thread, is its death */
    weft_ref_decref(self, &only->head);
    pthread_create(&other, NULL, empties, NULL);
    await_value(&ready, 1);
    weft_ref *popped = NULL;
    assert(weft_list_pop(self, &popped_from, 0, &popped) == WEFT_LIST_OK);
    assert(popped == &only->head && only->dead == 0);
    weft_ref_decref(self, popped);
    weft_thread_detach(self);
    pthread_join(other, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_list_finalize(self, &popped_from);
    weft_list_finalize(self, &emptied);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == 1);
    return 0;
}
