/* A runtime that lacks memory, whose thread goes to sleep and leaves something dead behind, and that ends, leaves another
 * runtime's counts alone: what is queued to a thread there, and what that has in its cells. The flags say which step
 * comes next. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"
#include "memory.h"
#include "ref_object.h"

static weft_runtime *runtimes[2];
static object *queued;
static object *hot;
static object *orphan;
static weft_thread *sleeper;
static weft_atomic_u32 step;

static object *make(weft_thread *self) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, &made->head);
    return made;
}

static void *elsewhere(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtimes[0]); /* in a slot before those of the other runtime */
    queued = make(self);
    hot = make(self);
    assert(weft_ref_shard(self, &hot->head));
    weft_ref_incref(self, &hot->head);
    weft_store_release_u32(&step, 1);
    await_value(&step, 5);
    weft_thread_safepoint(self);
    assert(deallocated == 2);
    assert(weft_load_relaxed_uptr(&weft_ref_slot_of(self)->recent->count) == 1);
    weft_ref_decref(self, &hot->head);
    weft_ref_decref(self, &hot->head);
    weft_thread_unregister(self);
    return NULL;
}

/* In a wait, before which no host code may run. */
static void sleep_until(uint32_t wanted, weft_thread *self) {
    weft_park_request request = {
        .address = &step,
        .size = sizeof step,
        .mask = UINT32_MAX,
        .expected = wanted - 1,
        .deadline = WEFT_WAIT_FOREVER,
        .context = self,
    };
    while (weft_load_acquire_u32(&step) != wanted) {
        weft_park(&request, NULL);
    }
}

static void *goes_to_sleep(void *unused) {
    (void)unused;
    sleeper = enter(runtimes[1]);
    orphan = make(sleeper);
    weft_store_release_u32(&step, 2);
    await_value(&step, 3);
    sleep_until(4, sleeper);
    weft_thread_unregister(sleeper);
    return NULL;
}

static void drop_queued(void) {
    weft_thread *self = enter(runtimes[0]);
    weft_ref_decref(self, &queued->head);
    weft_thread_unregister(self);
}

/* What lacks memory looks for entries in the queues. */
static weft_thread *enter_without_memory(void) {
    weft_ref_statistics now;
    memory_is_out = true;
    weft_thread *self = enter(runtimes[1]);
    weft_thread_safepoint(self);
    memory_is_out = false;
    weft_ref_get_statistics(runtimes[1], &now);
    assert(now.relief == 1);
    return self;
}

/* It asks main, the only thread of the runtime that is attached. */
static void take_over(weft_thread *self) {
    pthread_t thread;
    pthread_create(&thread, NULL, goes_to_sleep, NULL);
    await_value(&step, 2);
    weft_ref_decref(self, &orphan->head); /* queued */
    weft_store_release_u32(&step, 3);
    while ((weft_load_acquire_u32(&sleeper->state) & WEFT_THREAD_ATTACHED) != 0) {
    }
    assert(deallocated == 0);
    weft_thread_safepoint(self);
    assert(deallocated == 1);
    weft_store_release_u32(&step, 4);
    weft_unpark_all(&step, NULL, NULL);
    pthread_join(thread, NULL);
}

int main(void) {
    static const weft_host host = {.allocate = allocate, .free = give_memory_back};
    pthread_t thread;
    weft_host_set(&host);
    weft_ref_install(&HOOKS);
    runtimes[0] = weft_runtime_create(NULL);
    runtimes[1] = weft_runtime_create(NULL);
    pthread_create(&thread, NULL, elsewhere, NULL);
    await_value(&step, 1);
    drop_queued();
    weft_thread *self = enter_without_memory();
    take_over(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtimes[1]);
    assert(weft_load_relaxed_uptr(&queued->head.shared) == (WEFT_REF_ONE | WEFT_REF_QUEUED));
    weft_store_release_u32(&step, 5);
    pthread_join(thread, NULL);
    weft_runtime_release(runtimes[0]);
    assert(deallocated == 3);
    return 0;
}
