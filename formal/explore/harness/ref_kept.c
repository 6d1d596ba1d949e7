/* A hook that keeps its object gives a reference to another thread, which drops it at once: the last of the two, the hook's
 * own reference or the other's, ends it for good, after what both did with it. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int used[2];
} object;

static weft_runtime *runtime;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static weft_atomic_ptr place;
static weft_atomic_u32 deallocated;
static weft_atomic_u32 freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    object *dead = (object *)head;
    if (weft_fetch_add_relaxed_u32(&deallocated, 1) == 0) {
        weft_ref_incref(self, head);
        weft_store_release_ptr(&place, dead);
        dead->used[0] = 1; /* by the hook's own reference */
        return WEFT_REF_KEEP;
    }
    assert(dead->used[0] == 1 && dead->used[1] == 1);
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
    weft_fetch_add_relaxed_u32(&freed, 1);
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static void *other(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    object *found;
    while ((found = weft_load_acquire_ptr(&place)) == NULL) {
    }
    found->used[1] = 1;
    weft_ref_decref(self, &found->head);
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, &made->head);
    pthread_create(&thread, NULL, other, NULL);
    await_value(&ready, 1);
    weft_ref_decref(self, &made->head);
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(weft_load_relaxed_u32(&deallocated) == 2 && weft_load_relaxed_u32(&freed) == 1);
    return 0;
}
