/* THREADS callers: the function succeeds once, all see what it made, and whoever waited goes on. With
 * FAILURES the first runs fail: another caller tries again. REFUSES: wakes may be refused (refuse.h). LOOKS: thread 0 looks only. */
#include "weft_once.h"

#include "refuse.h"

#ifndef FAILURES
#define FAILURES 0
#endif

static weft_once once;
static int runs;
static int made;

static int make(void *unused) {
    (void)unused;
    if (runs++ < FAILURES) {
        return 1;
    }
    made++;
    return 0;
}

static void *calls(void *index) {
#ifdef LOOKS
    if (index == NULL) {
        if (weft_once_is_done(&once)) {
            assert(made == 1);
        }
        return NULL;
    }
#endif
    (void)index;
    if (weft_once_call(&once, make, NULL) == 0) {
        assert(made == 1); /* the call has acquired: before the next look does */
        assert(weft_once_is_done(&once));
    } else {
        assert(FAILURES > 0);
    }
    return NULL;
}

int main(void) {
    refuse_wakes();
    run_alike(calls);
    assert(made == (THREADS > FAILURES));
    assert(runs == (THREADS > FAILURES ? FAILURES + 1 : THREADS));
    assert(weft_load_relaxed_u8(&once.state) == (THREADS > FAILURES ? WEFT_ONCE_DONE : 0));
    return 0;
}
