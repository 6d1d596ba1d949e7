/* A finalizer waits, and main closes the runtime meanwhile: it comes back detached, and drops a child. From there on
 * nothing is deallocated or retired on its thread. When that has unregistered, main deallocates the child, and frees both after a
 * grace period;
 *   KEEPS: the finalizer has kept its object, which is dead again: it is called once more, by main. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    struct object *child;
} object;

static weft_runtime *runtime;
static weft_atomic_u32 step;
static weft_atomic_u32 deallocated;
static weft_atomic_u32 freed;

static weft_ref_verdict wait_and_drop(weft_thread *self, object *parent) {
    weft_thread_detach(self);
    weft_store_release_u32(&step, 1);
    await_value(&step, 2);
    assert(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
    weft_ref_decref(self, &parent->child->head);
    assert(weft_load_relaxed_u32(&deallocated) == 1);
    parent->child = NULL;
#ifdef KEEPS
    return WEFT_REF_KEEP;
#else
    return WEFT_REF_FREE;
#endif
}

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    object *dead = (object *)head;
    weft_fetch_add_relaxed_u32(&deallocated, 1);
    assert(weft_thread_is_attached(self));
    return dead->child != NULL ? wait_and_drop(self, dead) : WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
    weft_fetch_add_relaxed_u32(&freed, 1);
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static object *make(weft_thread *self, object *child) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, &made->head);
    weft_ref_maybe_share(&made->head);
    made->child = child;
    return made;
}

static void *left_behind(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    object *parent = make(self, make(self, NULL));
    weft_ref_decref(self, &parent->head);
    assert(weft_load_relaxed_u32(&deallocated) == 1 && weft_load_relaxed_u32(&freed) == 0);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, left_behind, NULL);
    await_value(&step, 1);
    weft_runtime_close(self);
    weft_store_release_u32(&step, 2);
    pthread_join(thread, NULL);
    weft_thread_safepoint(self);
#ifdef KEEPS
    assert(weft_load_relaxed_u32(&deallocated) == 3);
#else
    assert(weft_load_relaxed_u32(&deallocated) == 2);
#endif
    weft_qsbr_poll(self);
    assert(weft_load_relaxed_u32(&freed) == 2);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
