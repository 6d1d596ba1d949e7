/* What a thread hands over is counted once, also when a scan takes the nodes before their bytes are there: never less is
 * pending than waits, and nothing is when nothing does. The other thread retires and detaches; main polls meanwhile. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

#define BYTES 100U

static weft_runtime *runtime;
static weft_qsbr_node node;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int freed;

static size_t pending(void) {
    weft_qsbr_statistics now;
    weft_qsbr_get_statistics(runtime, &now);
    return now.pending;
}

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
    assert(pending() == BYTES);
    freed++;
}

static void *retires(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, &node, drop, BYTES);
    weft_store_release_u32(&ready, 1);
    weft_thread_detach(self);
    await_value(&over, 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, retires, NULL);
    await_value(&ready, 1);
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    assert(pending() <= BYTES);
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    assert(freed == 1 && pending() == 0);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
