/* A thread drops two objects of main's, which are queued to main while it takes what is queued: each is whole when
 * main merges it. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int used;
} object;

static weft_runtime *runtime;
static object *queued[2];
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int deallocated;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    (void)self;
    assert(((object *)head)->used == 1);
    deallocated++;
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static void *other(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    for (int i = 0; i < 2; i++) {
        queued[i]->used = 1;
        weft_ref_decref(self, &queued[i]->head);
    }
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    for (int i = 0; i < 2; i++) {
        queued[i] = weft_host_allocate(sizeof *queued[i], sizeof(void *));
        weft_ref_init(self, &queued[i]->head); /* the reference is the other thread's */
        queued[i]->used = 0;
    }
    pthread_create(&thread, NULL, other, NULL);
    await_value(&ready, 1);
    weft_thread_safepoint(self);
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(deallocated == 2);
    return 0;
}
