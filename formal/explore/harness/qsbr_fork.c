/* Who does not wait costs nobody a wake: what is changed when nobody waits any more is announced to nobody. Main has waited; and it is as
 * if it had forked (fork_child.c): another thread, which waits for main, stays where it is for ever; DOMAIN: over a host's own domain. */
#include "weft_qsbr.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_thread *self;
static weft_thread *other; /* of the thread that stays */
static weft_atomic_u32 ready;

#ifdef DOMAIN

static bool is_under_way;

static void go(void *argument, void **word) {
    (void)argument;
    (void)word;
}
static void begin(void *argument) {
    (void)argument;
    is_under_way = true;
}
static void poll(void *argument) {
    (void)argument;
    if (is_under_way) {
        is_under_way = false;
        weft_qsbr_foreign_ended();
    }
}
static void synchronize(void *argument) {
    (void)argument;
}

static const weft_qsbr_foreign domain = {
    .online = go,
    .offline = go,
    .quiescent = go,
    .begin = begin,
    .poll = poll,
    .synchronize = synchronize,
};

#endif

static uint64_t unparks(void) {
    weft_park_statistics now;
    weft_park_get_statistics(&now);
    return now.unparks;
}

static void announce_to_nobody(void) {
    uint64_t before = unparks();
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(unparks() == before);
}

static void *stays(void *unused) {
    static weft_atomic_u32 never;
    other = enter(runtime);
    weft_store_release_u32(&ready, 1);
    weft_qsbr_synchronize(other);
    await_value(&never, 1);
    return unused;
}

static void wait_and_fork(void) {
    await_value(&other->state, 0); /* it sleeps */
    weft_thread_after_fork_child(self);
}

int main(void) {
    pthread_t thread;
#ifdef DOMAIN
    weft_qsbr_use(&domain);
#endif
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL,
                             (uint64_t)1 << 60); /* who waits looks at no clock */
    self = enter(runtime);
    weft_qsbr_barrier(self);
    announce_to_nobody();
    pthread_create(&thread, NULL, stays, NULL);
    await_value(&ready, 1);
    wait_and_fork();
    announce_to_nobody();
    weft_thread_unregister(self);
    return 0;
}
