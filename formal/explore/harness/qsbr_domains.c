/* Over a host's own domain, whose grace periods are for all runtimes: each of two threads waits for one in a runtime of its own, and
 * neither is left asleep. Who finds the other at it leaves its wish there. The first has replaced an object, which it frees then. The
 * host has a reader, from each beginning of a grace period to the next. HOLDS_UP: the second is held up with the domain's lock until the
 * first sleeps. */
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"

typedef struct object {
    int value;
} object;

static weft_atomic_ptr shared;
static const object *seen; /* by the host's reader: under the domain's lock */
static weft_atomic_u32 begun;
static weft_atomic_u32 over;

static object *make(int value) {
    object *made = weft_host_allocate(sizeof *made, sizeof(void *));
    made->value = value;
    return made;
}

static void read_on(void) {
    assert(seen == NULL || seen->value == 1 || seen->value == 2);
}

static void go(void *argument, void **word) {
    (void)argument;
    (void)word;
}

static void begin(void *argument) {
    (void)argument;
    read_on();
    seen = weft_load_acquire_ptr(&shared);
    weft_store_relaxed_u32(&begun, 1); /* under the domain's lock, as poll */
}

#ifdef HOLDS_UP
static weft_thread *first; /* the first thread's slot */
static weft_atomic_u32 ready;
static _Thread_local bool is_held_up;
#endif

static void poll(void *argument) {
    (void)argument;
    if (weft_load_relaxed_u32(&begun) != 0) {
        weft_store_relaxed_u32(&begun, 0);
        weft_qsbr_foreign_ended();
#ifdef HOLDS_UP
        while (is_held_up && (weft_load_relaxed_u32(&first->state) & WEFT_THREAD_ATTACHED) != 0) {
        }
#endif
    }
}

static void synchronize(void *argument) {
    (void)argument;
}

static const weft_qsbr_foreign domain = {
    .online = go,
    .offline = go,
    .quiescent = go,
    .begin = begin,
    .poll = poll,
    .synchronize = synchronize,
};

static weft_runtime *runtimes[2];

static void *waits(void *argument) {
    weft_thread *self = enter(runtimes[(uintptr_t)argument]);
#ifdef HOLDS_UP
    if (argument == NULL) {
        first = self;
        weft_store_release_u32(&ready, 1);
    } else {
        await_value(&ready, 1);
        is_held_up = true;
    }
#endif
    object *old = NULL;
    if (argument == NULL) {
        old = weft_exchange_acq_rel_ptr(&shared, make(2));
    }
    weft_qsbr_synchronize(self);
    weft_host_free(old, sizeof *old, sizeof(void *));
    if (argument == NULL) {
        weft_store_release_u32(&over, 1);
    } else {
        await_value(&over, 1); /* it announces nothing more until then */
    }
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    void *(*const bodies[])(void *) = {waits, waits};
    weft_qsbr_use(&domain);
    runtimes[0] = weft_runtime_create(NULL);
    runtimes[1] = weft_runtime_create(NULL);
    weft_store_relaxed_ptr(&shared, make(1));
    run_threads(2, bodies);
    read_on();
    weft_host_free(weft_load_relaxed_ptr(&shared), sizeof(object), sizeof(void *));
    weft_runtime_release(runtimes[0]);
    weft_runtime_release(runtimes[1]);
    return 0;
}
