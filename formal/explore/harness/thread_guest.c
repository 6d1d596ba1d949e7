/* One thread in several runtimes: which slot is whose, a guest's way in and out; a safepoint takes what was asked for; and what is
 * pending when a thread detaches is done where host code may run. */
#include "weft_thread.h"

#include "harness.h"

enum { RUNTIMES = 3 };

static weft_runtime *runtimes[RUNTIMES];
static weft_thread *slots[RUNTIMES];
static int done;

static void pending(weft_thread *self, bool may_run_host) {
    assert(self == slots[0] && may_run_host);
    done++;
}

int main(void) {
    static const weft_thread_layer layer = {.pending = pending};
    weft_thread_guard guard;
    weft_thread_set_layer(WEFT_AREA_HOST, &layer);
    for (int i = 0; i < RUNTIMES; i++) {
        runtimes[i] = weft_runtime_create(NULL);
        assert(weft_thread_register(runtimes[i], NULL, &slots[i]) == WEFT_THREAD_OK);
    }
    for (int i = 0; i < RUNTIMES; i++) {
        assert(weft_thread_of(runtimes[i]) == slots[i]);
    }
    assert(weft_thread_attach(slots[0]) == WEFT_THREAD_OK);
    assert(weft_thread_ensure(runtimes[1], NULL, &guard) == WEFT_THREAD_OK);
    assert(guard.thread == slots[1] && weft_thread_current() == slots[1]);
    weft_thread_release(&guard);
    assert(weft_thread_current() == slots[0]);
    weft_thread_break(slots[0], WEFT_BREAK_HOST);
    assert(weft_thread_safepoint(slots[0]) == WEFT_BREAK_HOST);
    assert(weft_thread_safepoint(slots[0]) == 0);
    assert(!weft_thread_post(slots[0]));
    weft_thread_detach(slots[0]);
    assert(done == 1);
    for (int i = 0; i < RUNTIMES; i++) {
        weft_thread_unregister(slots[i]);
        weft_runtime_release(runtimes[i]);
    }
    return 0;
}
