/* Main hands over what it has retired, and goes. The other thread, which has nothing to do, only passes quiescent states: it notices, and
 * frees. What is announced before it can be found, or not at all, is looked for too early, and then never again: that thread's loop ends no
 * more. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_atomic_u32 ready;
static weft_atomic_u32 freed;

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
    weft_store_relaxed_u32(&freed, 1);
}

static void *works(void *unused) {
    weft_thread *self = enter(runtime);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&ready, 1);
    while (weft_load_relaxed_u32(&freed) == 0) {
        weft_qsbr_quiescent(self);
    }
    weft_thread_unregister(self);
    return unused;
}

int main(void) {
    static weft_qsbr_node node;
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, works, NULL);
    await_value(&ready, 1);
    weft_qsbr_retire(self, &node, drop, 100);
    weft_thread_detach(self);
    pthread_join(thread, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
