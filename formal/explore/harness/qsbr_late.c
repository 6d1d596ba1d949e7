/* What a thread hands over is counted once, also when a scan takes the nodes before their bytes are there: never less is
 * pending than waits, and nothing is when nothing does. RETIRERS (1) other threads retire and detach; main polls meanwhile.
 * AGAIN: they come back, retire and detach a second time. POLLS: they come back and poll as well, so that one looks while another runs callbacks. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#ifndef RETIRERS
#define RETIRERS 1
#endif
#define BYTES 100U
#ifdef AGAIN
#define TIMES 2
#define LEAST BYTES /* this one, at least: the other may not be retired yet */
#else
#define TIMES 1
#define LEAST (BYTES * (NODES - (unsigned)freed))
#endif
#define NODES ((unsigned)(RETIRERS * TIMES))

static weft_runtime *runtime;
static weft_qsbr_node nodes[RETIRERS][TIMES];
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
    assert(pending() >= LEAST && pending() <= BYTES * NODES);
    freed++;
}

static void *retires(void *mine) {
    weft_qsbr_node *node = mine;
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, node, drop, BYTES);
    weft_fetch_add_release_u32(&ready, 1);
    weft_thread_detach(self);
#ifdef AGAIN
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_retire(self, &node[1], drop, BYTES);
    weft_thread_detach(self);
#endif
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
        pthread_create(&threads[i], NULL, retires, nodes[i]);
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
    assert(pending() <= BYTES * NODES);
    weft_store_release_u32(&over, 1);
    for (int i = 0; i < RETIRERS; i++) {
        pthread_join(threads[i], NULL);
    }
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    assert(freed == (int)NODES && pending() == 0);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
