/* Work that is queued for a thread is done, once, by the thread or by a claimant of its slot, and never by
 * both at a time; CLAIMS: nothing is queued, and main claims the slot if it can. The thread attaches, counts, and leaves, by detaching or (EXITS) by unregistering; main
 * queues work for it meanwhile, and does it itself if nobody else is responsible. */
#include "weft_host.h"
#include "weft_thread.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_thread *slot;
static weft_atomic_u32 queued;
static weft_atomic_u32 ready;
static int unclaimed;
static int counter; /* plain: the thread's while it is attached, else the claimant's */

static void drain(weft_thread *self, bool may_run_host) {
    (void)self;
    (void)may_run_host;
    /* Relaxed: PENDING orders it. */
    counter += (int)weft_exchange_relaxed_u32(&queued, 0);
}

static void *comes_and_goes(void *unused) {
    (void)unused;
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    slot = self;
    weft_store_release_u32(&ready, 1);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    counter++;
#ifndef EXITS
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    counter++;
#endif
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    static const weft_thread_layer layer = {.pending = drain};
    pthread_t thread;
    weft_thread_set_layer(WEFT_AREA_REF, &layer);
    runtime = weft_runtime_create(NULL);
    pthread_create(&thread, NULL, comes_and_goes, NULL);
    await_value(&ready, 1);
#ifdef CLAIMS
    if (weft_thread_try_claim(slot)) {
        counter += 10;
        assert(weft_thread_try_unclaim(slot));
    } else {
        unclaimed = 10;
    }
#else
    weft_fetch_add_relaxed_u32(&queued, 10);
    if (weft_thread_post(slot) && weft_thread_try_claim(slot)) {
        do {
            if (weft_thread_take_pending(slot)) {
                drain(slot, false);
            }
        } while (!weft_thread_try_unclaim(slot));
    }
#endif
    pthread_join(thread, NULL);
#ifdef EXITS
    assert(counter == 11 - unclaimed);
#else
    assert(counter == 12 - unclaimed);
#endif
    weft_runtime_release(runtime);
    return 0;
}
