/* A thread that only finds out that its grace period has ended frees: the reader has said that it reads no more, a third one has scanned,
 * and the writer takes no lock. They wait for each other with relaxed loads, which order nothing; the scan may come too early. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

typedef struct object {
    weft_qsbr_node node;
    int value;
} object;

enum { ATTACHED = 3, CLOSED, SCANNED, OVER };

static weft_runtime *runtime;
static object *shared;
static weft_atomic_u32 step;

static void await_step(uint32_t value) {
    while (weft_load_relaxed_u32(&step) < value) {
    }
}

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    weft_host_free(node, sizeof(object), sizeof(void *));
}

static void leave(weft_thread *self) {
    await_step(OVER);
    weft_thread_unregister(self);
}

static void *writes(void *unused) {
    weft_thread *self = enter(runtime);
    weft_fetch_add_relaxed_u32(&step, 1);
    await_step(ATTACHED);
    weft_qsbr_retire(self, &shared->node, drop, sizeof *shared);
    weft_qsbr_poll(self);
    weft_store_relaxed_u32(&step, CLOSED);
    await_step(SCANNED);
    weft_qsbr_quiescent(self);
    weft_store_relaxed_u32(&step, OVER);
    leave(self);
    return unused;
}

static void *reads(void *unused) {
    weft_thread *self = enter(runtime);
    weft_fetch_add_relaxed_u32(&step, 1);
    await_step(CLOSED);
    assert(shared->value == 1);
    weft_qsbr_quiescent(self);
    leave(self);
    return unused;
}

static void *scans(void *unused) {
    weft_thread *self = enter(runtime);
    weft_fetch_add_relaxed_u32(&step, 1);
    await_step(CLOSED);
    weft_qsbr_poll(self);
    weft_store_relaxed_u32(&step, SCANNED);
    leave(self);
    return unused;
}

int main(void) {
    void *(*const bodies[])(void *) = {writes, reads, scans};
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    shared = weft_host_allocate(sizeof *shared, sizeof(void *));
    shared->value = 1;
    run_threads(3, bodies);
    weft_runtime_release(runtime);
    return 0;
}
