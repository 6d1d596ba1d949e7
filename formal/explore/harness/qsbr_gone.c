/* A thread comes back to a closed runtime inside a callback: what it has not run is given back, with its bytes, and runs when the
 * runtime ends. */
#include "weft_qsbr.h"

#include "harness.h"

#define BYTES 100U

static weft_runtime *runtime;
static weft_qsbr_node nodes[2];
static weft_atomic_u32 step;
static int freed;

static size_t pending(void) {
    weft_qsbr_statistics now;
    weft_qsbr_get_statistics(runtime, &now);
    return now.pending;
}

static void gone(weft_thread *self) {
    (void)self;
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    freed++;
    if (node == &nodes[0]) {
        weft_thread_detach(self);
        weft_store_release_u32(&step, 1);
        await_value(&step, 2);
        assert(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
    }
}

static void *comes_back(void *unused) {
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, &nodes[0], drop, BYTES);
    weft_qsbr_retire(self, &nodes[1], drop, BYTES);
    weft_qsbr_quiescent(self);
    assert(freed == 1 && pending() == 2 * BYTES);
    weft_thread_unregister(self);
    return unused;
}

int main(void) {
    const weft_runtime_config config = {.gone = gone};
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(&config);
    pthread_create(&thread, NULL, comes_back, NULL);
    await_value(&step, 1);
    weft_thread *self = enter(runtime);
    weft_runtime_close(self);
    weft_thread_unregister(self);
    weft_store_release_u32(&step, 2);
    pthread_join(thread, NULL);
    weft_runtime_release(runtime);
    assert(freed == 2);
    return 0;
}
