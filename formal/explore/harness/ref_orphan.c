/* What dies while its owner goes to sleep is deallocated by another thread, after all that the owner did with it. The
 * other thread's drop is queued to main; main drops its own reference and sleeps: it merges what is queued, and finds the
 * object dead where no host code may run. The other thread attaches at the same time, and knows of main by that alone;
 *   MEETS: it waits until main is detached: one of the two has found the other, so no orphan is left. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int used;
} object;

static weft_runtime *runtime;
static weft_thread *owner;
static object *shared;
static weft_atomic_u32 ready;
static weft_atomic_u32 dropped;
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
    weft_ref_decref(self, &shared->head); /* queued */
    weft_thread_detach(self);
    weft_store_release_u32(&dropped, 1);
#ifdef MEETS
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    while ((weft_load_acquire_u32(&owner->state) & WEFT_THREAD_ATTACHED) != 0) {
    }
    weft_thread_safepoint(self);
    assert(deallocated == 1);
#else
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_safepoint(self);
#endif
    weft_store_release_u32(&over, 1);
    weft_unpark_all(&over, NULL, NULL);
    weft_thread_unregister(self);
    return NULL;
}

static void sleep_until_over(weft_thread *self) {
    weft_park_request request = {
        .address = &over,
        .size = sizeof over,
        .mask = UINT32_MAX,
        .expected = 0,
        .deadline = WEFT_WAIT_FOREVER,
        .context = self,
    };
    while (weft_load_acquire_u32(&over) == 0) {
        weft_park(&request, NULL);
    }
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    owner = enter(runtime);
    shared = weft_host_allocate(sizeof *shared, sizeof(void *));
    weft_ref_init(owner, &shared->head);
    weft_ref_incref(owner, &shared->head); /* the other thread's */
    pthread_create(&thread, NULL, other, NULL);
    await_value(&ready, 1);
    await_value(&dropped, 1);
    shared->used = 1;
    weft_ref_decref(owner, &shared->head);
    sleep_until_over(owner);
    pthread_join(thread, NULL);
    weft_thread_unregister(owner);
    weft_runtime_release(runtime);
    assert(deallocated == 1);
    return 0;
}
