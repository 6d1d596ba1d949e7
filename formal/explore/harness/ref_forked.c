/* What the child of a fork finds, without a fork: a thread that stays where it is for ever, and what was queued to it. Main
 * does what the child does: it merges that, and deallocates at its next safepoint. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"
#include "ref_object.h"

static weft_runtime *runtime;
static object *left;
static weft_atomic_u32 ready;
static weft_atomic_u32 never;

static void *stays(void *unused) {
    weft_thread *self = enter(runtime);
    left = weft_host_allocate(sizeof *left, sizeof(void *));
    weft_ref_init(self, &left->head);
    weft_store_release_u32(&ready, 1);
    await_value(&never, 1);
    return unused;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, stays, NULL);
    await_value(&ready, 1);
    weft_ref_decref(self, &left->head); /* queued */
    weft_thread_after_fork_child(self);
    assert(deallocated == 0);
    weft_thread_safepoint(self);
    assert(deallocated == 1);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
