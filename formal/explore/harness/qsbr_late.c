/* What a thread hands over is counted once, also when a scan takes the nodes before their bytes are there: never less is
 * pending than waits, and nothing is when nothing does. RETIRERS (1) other threads retire and detach; main polls meanwhile.
 * POLLS: they come back and poll as well, so that one looks while another runs callbacks. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#ifndef RETIRERS
#define RETIRERS 1
#endif
#define BYTES 100U

static weft_runtime *runtime;
static weft_qsbr_node nodes[RETIRERS];
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
#ifdef POLLS
static weft_atomic_u32 away;
static weft_atomic_u32 runs;
static weft_atomic_u32 polled;

/* The other thread looks now, while main runs callbacks, or has none to run. */
static void let_it_poll(void) {
    weft_store_release_u32(&runs, 1);
    await_value(&polled, 1);
}
#endif
static int freed;

static size_t pending(void) {
    weft_qsbr_statistics now;
    weft_qsbr_get_statistics(runtime, &now);
    return now.pending;
}

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
#ifdef POLLS
    let_it_poll();
#endif
    assert(pending() >= BYTES * (RETIRERS - (unsigned)freed) && pending() <= BYTES * RETIRERS);
    freed++;
}

static void *retires(void *node) {
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, node, drop, BYTES);
    weft_fetch_add_release_u32(&ready, 1);
    weft_thread_detach(self);
#ifdef POLLS
    weft_store_release_u32(&away, 1);
    await_value(&runs, 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self);
    weft_store_release_u32(&polled, 1);
    weft_thread_detach(self);
#endif
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t threads[RETIRERS];
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    for (int i = 0; i < RETIRERS; i++) {
        pthread_create(&threads[i], NULL, retires, &nodes[i]);
    }
    await_value(&ready, RETIRERS);
    weft_qsbr_poll(self);
#ifdef POLLS
    await_value(&away, 1);
#endif
    weft_qsbr_poll(self);
#ifdef POLLS
    let_it_poll();
#endif
    assert(pending() <= BYTES * RETIRERS);
    weft_store_release_u32(&over, 1);
    for (int i = 0; i < RETIRERS; i++) {
        pthread_join(threads[i], NULL);
    }
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    assert(freed == RETIRERS && pending() == 0);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
