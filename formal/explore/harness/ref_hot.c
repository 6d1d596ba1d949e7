/* An object that main owns meets main's and the other thread's drops: hot there, it cannot be sharded yet. So main is asked
 * to merge it, with a reference of its own for the queue; then the other thread shards it, and its cells are its own. The
 * flags say which step comes next. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"
#include "ref_object.h"

static weft_runtime *runtime;
static object *hot;
static weft_atomic_u32 step;

static void heat_up(weft_thread *self) {
    for (unsigned met = 0; met <= WEFT_REF_HEAT; met++) {
        weft_ref_incref(self, &hot->head);
        weft_ref_decref_contended(self, &hot->head);
    }
}

static uintptr_t shared_now(void) {
    return weft_load_relaxed_uptr(&hot->head.shared);
}

static void *other(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    heat_up(self); /* asks main */
    assert(shared_now() == (3 * WEFT_REF_ONE | WEFT_REF_QUEUED));
    weft_store_release_u32(&step, 1);
    await_value(&step, 2);
    heat_up(self);
    assert(shared_now() == (2 * WEFT_REF_ONE | WEFT_REF_MERGED | WEFT_REF_SHARDED));
    weft_ref_incref(self, &hot->head);
    weft_ref_decref(self, &hot->head);
    assert(shared_now() == (2 * WEFT_REF_ONE | WEFT_REF_MERGED | WEFT_REF_SHARDED));
    weft_ref_decref(self, &hot->head);
    weft_store_release_u32(&step, 3);
    await_value(&step, 4);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    hot = weft_host_allocate(sizeof *hot, sizeof(void *));
    weft_ref_init(self, &hot->head);
    weft_ref_allow_sharding(&hot->head);
    weft_fetch_add_relaxed_uptr(&hot->head.shared,
                                WEFT_REF_ONE); /* the other thread's, counted by it */
    pthread_create(&thread, NULL, other, NULL);
    await_value(&step, 1);
    weft_thread_safepoint(self);
    assert(shared_now() == (2 * WEFT_REF_ONE | WEFT_REF_MERGED));
    weft_store_release_u32(&step, 2);
    await_value(&step, 3);
    weft_ref_decref(self, &hot->head);
    assert(deallocated == 0); /* it dies a grace period late */
    weft_store_release_u32(&step, 4);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(deallocated == 1);
    return 0;
}
