/* Over a host's own domain, whose grace periods end when the one thread there is has passed a quiescent state: how often it is told of
 * what, and what is freed when. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

static weft_qsbr_node node;
static int online;
static int passed;
static int begun;
static bool is_under_way;
static bool goes_on; /* what is under way does not end */
static int freed;

static void goes_online(void *argument, void **word) {
    (void)argument;
    (void)word;
    online++;
}

static void goes_offline(void *argument, void **word) {
    (void)argument;
    (void)word;
    online--;
}

static void passes(void *argument, void **word) {
    (void)argument;
    (void)word;
    passed++;
    if (is_under_way && !goes_on) {
        is_under_way = false;
        weft_qsbr_foreign_ended();
    }
}

static void begins(void *argument) {
    (void)argument;
    begun++;
    is_under_way = true;
}

static void synchronize(void *argument) {
    (void)argument;
}

static const weft_qsbr_foreign domain = {
    .online = goes_online,
    .offline = goes_offline,
    .quiescent = passes,
    .begin = begins,
    .synchronize = synchronize,
};

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
    freed++;
}

/* A scope that ends while its thread is detached: it has been online all the time. */
static void comes_back_online(weft_thread *self) {
    weft_qsbr_no_quiesce_begin(self);
    weft_thread_detach(self);
    assert(online == 1);
    weft_qsbr_no_quiesce_end(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(online == 1);
    weft_thread_detach(self);
    assert(online == 0);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
}

/* Each quiescent state is the host's while the host waits, and none behind that. */
static void host_waits(weft_thread *self) {
    weft_qsbr_quiescent(self);
    passed = 0;
    weft_qsbr_foreign_wait_begin();
    weft_qsbr_quiescent(self);
    weft_qsbr_quiescent(self);
    assert(passed == 2);
    weft_qsbr_foreign_wait_end();
    weft_qsbr_quiescent(self);
    assert(passed == 2);
}

/* One grace period of the host's, which the thread ends at its next quiescent state. */
static void one_is_freed(weft_thread *self) {
    weft_qsbr_retire(self, &node, drop, sizeof node);
    weft_qsbr_poll(self);
    assert(begun == 1 && freed == 0);
    for (int i = 0; i < 3; i++) {
        weft_qsbr_quiescent(self);
    }
    assert(begun == 1 && freed == 1 && !is_under_way);
}

/* Who waits for it above the soft budget asks the others, and that once in a while only. */
static void asks_seldom(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_qsbr_statistics before;
    weft_qsbr_statistics after;
    goes_on = true;
    weft_qsbr_set_budgets(runtime, 1, SIZE_MAX);
    weft_qsbr_set_batch(1);
    weft_qsbr_retire(self, &node, drop, sizeof node);
    weft_thread_safepoint(self);
    assert(begun == 2);
    weft_thread_safepoint(self);
    weft_qsbr_get_statistics(runtime, &before);
    weft_thread_safepoint(self);
    weft_qsbr_get_statistics(runtime, &after);
    assert(after.scans == before.scans);
    goes_on = false;
    weft_thread_safepoint(self);
    weft_thread_safepoint(self);
    assert(begun == 2 && freed == 2);
}

int main(void) {
    weft_qsbr_use(&domain);
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    comes_back_online(self);
    host_waits(self);
    one_is_freed(self);
    asks_seldom(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
