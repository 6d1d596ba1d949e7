/* What a scan has staged is run by a thread that passes nothing but quiescent states, though the scan ran beside one of
 * them and everybody else has gone since. What kept it from being freed at once is a slot of main's that stays online: it
 * is detached inside a no-quiesce scope. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_qsbr_node node;
static weft_atomic_u32 ready;
static weft_atomic_u32 over;
static int freed; /* by the thread that stays */

static void drop(weft_thread *self, weft_qsbr_node *old) {
    (void)self;
    (void)old;
    freed++;
}

static void *stays(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    await_value(&ready, 2);
    weft_qsbr_quiescent(self);
    await_value(&over, 1);
    weft_qsbr_quiescent(self);
    weft_qsbr_quiescent(self);
    assert(freed == 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    weft_thread *lags;
    weft_thread *scans;
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    lags = enter(runtime);
    weft_qsbr_no_quiesce_begin(lags);
    weft_thread_detach(lags);
    scans = enter(runtime);
    pthread_create(&thread, NULL, stays, NULL);
    await_value(&ready, 1);
    weft_qsbr_retire(scans, &node, drop, sizeof node);
    weft_thread_detach(scans);
    assert(weft_thread_attach(scans) == WEFT_THREAD_OK);
    weft_store_release_u32(&ready, 2);
    weft_qsbr_quiescent(scans);
    weft_thread_detach(scans);
    assert(weft_thread_attach(lags) == WEFT_THREAD_OK);
    weft_qsbr_no_quiesce_end(lags);
    weft_thread_detach(lags);
    weft_store_release_u32(&over, 1);
    pthread_join(thread, NULL);
    weft_thread_unregister(scans);
    weft_thread_unregister(lags);
    weft_runtime_release(runtime);
    return 0;
}
