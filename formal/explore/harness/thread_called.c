/* A thread that is in a call of the host's own, attached, passes its next safepoint when it was kicked, and not before: who
 * wants it to kicks it. The other
 *   sets a break bit; POSTS: queues work; STOPS: stops the world. */
#include "weft_host.h"
#include "weft_world.h"

#include "harness.h"

#define BIT (1U << WEFT_BREAK_HOST_SHIFT)

static weft_runtime *runtime;
static weft_thread *slot;
static weft_atomic_u32 ready;
static weft_atomic_u32 kicked;

static void kick(void *context, void *thread) {
    (void)context;
    assert(thread == &kicked);
    weft_store_release_u32(&kicked, 1);
}

#ifdef POSTS
static int drained; /* the thread's own */

static void drain(weft_thread *self, bool may_run_host) {
    (void)may_run_host;
    assert(self == slot);
    drained++;
}
#endif

static void *is_called(void *unused) {
    assert(weft_thread_register(runtime, &kicked, &slot) == WEFT_THREAD_OK);
    assert(weft_thread_attach(slot) == WEFT_THREAD_OK);
    weft_store_release_u32(&ready, 1);
    await_value(&kicked, 1); /* the host's call */
    uint32_t bits = weft_thread_safepoint(slot);
#if defined(POSTS)
    assert(bits == 0 && drained == 1);
#elif defined(STOPS)
    assert(bits == 0);
#else
    assert(bits == BIT);
#endif
    weft_thread_unregister(slot);
    return unused;
}

static void ask(weft_thread *self) {
#if defined(STOPS)
    assert(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_world_resume(self);
    weft_thread_detach(self);
#else
    weft_thread_detach(self);
#ifdef POSTS
    assert(!weft_thread_post(slot));
#else
    weft_thread_break(slot, BIT);
#endif
#endif
}

int main(void) {
    const weft_host host = {.kick = kick};
    pthread_t thread;
    weft_host_set(&host);
#ifdef POSTS
    static const weft_thread_layer layer = {.pending = drain};
    weft_thread_set_layer(WEFT_AREA_REF, &layer);
#endif
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, is_called, NULL);
    await_value(&ready, 1);
    ask(self);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
