/* A thread that has just moved on is found to lag again by the first thread, while a second one, which waits for it, too, looks whether
 * to report it: what it is late for has just begun, and nobody reports it before its time. The laggard is a slot of the first thread,
 * detached in a no-quiesce scope. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "seams.h"

#define STALL_AFTER_NS 500U

static weft_runtime *runtime;
static weft_thread *laggard;
static weft_qsbr_node nodes[2];
static int reports;
static uint64_t moved_on; /* when the laggard did */

#ifdef SEAMS
bool seam(int where, void (*child)(void)) {
    (void)where;
    (void)child;
    return true;
}

static void pass(uint64_t nanoseconds) {
    seam_clock += nanoseconds;
}

static void expect_reports(int wanted) {
    assert(reports == wanted);
}
#else /* a clock that passes by itself */
static void expect_reports(int wanted) {
    (void)wanted;
}

static void pass(uint64_t nanoseconds) {
    uint64_t end = weft_now_ns() + nanoseconds;
    while (weft_now_ns() < end) {
    }
}
#endif

static void drop(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
}

static void stall(void *argument, const weft_qsbr_stall *what) {
    assert(argument == &reports && what->thread == laggard);
    assert(weft_now_ns() - moved_on >= STALL_AFTER_NS);
    reports++;
}

/* Leaves the slot as it is, or takes it up again, detached otherwise. */
static void switch_to(weft_thread *from, weft_thread *to) {
    weft_thread_detach(from);
    assert(weft_thread_attach(to) == WEFT_THREAD_OK);
}

static void wait_for_laggard(weft_thread *self, weft_qsbr_node *node) {
    weft_qsbr_retire(self, node, drop, 100);
    weft_qsbr_close(self);
    weft_qsbr_quiescent(self);
}

/* Scans, behind an advance, which the laggard has not observed. Nothing waits here: who moves on scans nothing, and the same thread is
 * found to lag again, so that a look at the hint from before does as well. */
static void find_laggard(weft_thread *self) {
    weft_qsbr_foreign_wait_begin();
    weft_qsbr_foreign_wait_end();
    weft_qsbr_poll(self);
}

static void *looks(void *unused) {
    weft_thread *self = enter(runtime);
    wait_for_laggard(self, &nodes[1]);
    weft_thread_unregister(self);
    return unused;
}

int main(void) {
    pthread_t thread;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    weft_qsbr_set_stall_hook(runtime, stall, &reports, STALL_AFTER_NS);
    weft_thread *self = enter(runtime);
    weft_thread_detach(self);
    laggard = enter(runtime);
    weft_qsbr_no_quiesce_begin(laggard);
    switch_to(laggard, self);
    find_laggard(self);
    switch_to(self, laggard);
    weft_qsbr_no_quiesce_end(laggard);
    pass(2 * STALL_AFTER_NS);
    moved_on = weft_now_ns();
    weft_qsbr_quiescent(laggard);
    weft_qsbr_no_quiesce_begin(laggard);
    switch_to(laggard, self);
    pthread_create(&thread, NULL, looks, NULL);
    find_laggard(self);
    expect_reports(0);
    weft_thread_detach(self);
    pthread_join(thread, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_retire(self, &nodes[0], drop, 100);
    weft_qsbr_poll(self);
    expect_reports(0);
    pass(STALL_AFTER_NS);
    weft_qsbr_slot_of(self)->peeks = 0;
    weft_qsbr_quiescent(self);
    expect_reports(1); /* in time */
    switch_to(self, laggard);
    weft_qsbr_no_quiesce_end(laggard);
    weft_thread_unregister(laggard);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
