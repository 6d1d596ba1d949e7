/* A fork that nobody was told of, while another thread has staged what was handed over and has no goal for it yet (as fork_child.c: what
 * that thread would still do never happens, here because main has done the first half in its place). Main has a second slot, which
 * reads: what was staged waits for it. */
#include "weft_qsbr.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_qsbr_node node;
static weft_atomic_u32 handed_over;
static bool freed;

/* What a runtime's part begins with, in weft_qsbr.c. */
typedef struct domain_start {
    weft_atomic_uptr read_sequence;
    weft_atomic_uptr pending;
    weft_atomic_ptr incoming;
    weft_atomic_uptr incoming_bytes;
    weft_atomic_ptr staged;
    weft_atomic_uptr staged_goal;
} domain_start;

static void drop(weft_thread *self, weft_qsbr_node *dropped) {
    (void)self;
    assert(dropped == &node);
    freed = true;
}

static void *stays(void *unused) {
    static weft_atomic_u32 never;
    weft_thread *self = enter(runtime);
    weft_qsbr_retire(self, &node, drop, 100);
    weft_thread_detach(self);
    weft_store_release_u32(&handed_over, 1);
    await_value(&never, 1);
    return unused;
}

static void stage_half(void) {
    domain_start *domain = weft_runtime_area_of(runtime, WEFT_AREA_QSBR);
    weft_qsbr_node *nodes = weft_exchange_acquire_ptr(&domain->incoming, NULL);
    assert(nodes == &node);
    weft_store_relaxed_ptr(&domain->staged, nodes);
    weft_store_relaxed_uptr(&domain->staged_goal, weft_load_relaxed_uptr(&domain->read_sequence));
}

static void go_over(weft_thread *from, weft_thread *to) {
    weft_thread_detach(from);
    assert(weft_thread_attach(to) == WEFT_THREAD_OK);
}

int main(void) {
    pthread_t thread;
    weft_thread *reads = NULL;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    assert(weft_thread_register(runtime, NULL, &reads) == WEFT_THREAD_OK);
    go_over(self, reads);
    weft_qsbr_no_quiesce_begin(reads);
    go_over(reads, self);
    pthread_create(&thread, NULL, stays, NULL);
    await_value(&handed_over, 1);
    stage_half();
    weft_thread_after_fork_child(self);
    weft_qsbr_poll(self);
    assert(!freed);
    go_over(self, reads);
    weft_qsbr_no_quiesce_end(reads);
    go_over(reads, self);
    weft_qsbr_poll(self);
    assert(freed);
    return 0;
}
