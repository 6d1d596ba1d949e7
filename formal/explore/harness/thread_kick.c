/* Who asks something of a thread kicks it if it is attached: by the host's pointer that the thread has registered, and what that
 * points to is seen. What was written before the break bit is seen by who takes the bit. The slot has had another thread
 * before, so it is known for long.
 *   POSTS: work is queued in place of a break bit; GIL: the thread is asked for the GIL. */
#include "weft_gil.h"
#include "weft_host.h"

#include "harness.h"

#define BIT (1U << WEFT_BREAK_HOST_SHIFT)

typedef struct record {
    int value;   /* plain: written before it is registered */
    int message; /* plain: written before the break bit is set, or the work is queued */
} record;

static weft_runtime *runtime;
static weft_thread *slot;
static record early = {.value = 1};
static record late;
#ifdef GIL
static weft_atomic_u32 over;
#endif

static void kick(void *context, void *thread) {
    (void)context;
#ifdef GIL
    if (thread == NULL) { /* late: it was for the thread before */
        return;
    }
#endif
    assert(((const record *)thread)->value == 1 && thread == &late);
}

static void *is_asked(void *unused) {
    weft_thread *self = NULL;
#ifdef GIL
    self = enter(runtime); /* whoever finds this as the holder, late, asks the slot's next thread */
    weft_thread_unregister(self);
#endif
    late.value = 1;
    assert(weft_thread_register(runtime, &late, &self) == WEFT_THREAD_OK);
#ifndef GIL
    assert(self == slot);
#endif
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
#ifdef GIL
    while (weft_load_relaxed_u32(&over) == 0) {
        weft_thread_safepoint(self);
    }
#else
    if ((weft_thread_safepoint(self) & BIT) != 0) {
        assert(late.message == 1);
    }
#endif
    weft_thread_unregister(self);
    return unused;
}

#ifdef POSTS
static void drain(weft_thread *self, bool may_run_host) {
    (void)self;
    (void)may_run_host;
    assert(late.message == 1);
}
#endif

/* The slot, when its first thread has gone. */
static weft_thread *used_slot(void) {
    weft_thread *first = NULL;
    assert(weft_thread_register(runtime, &early, &first) == WEFT_THREAD_OK);
    weft_thread_unregister(first);
    return first;
}

static void ask(void) {
#if defined(GIL)
    weft_thread *self = enter(runtime);
    weft_store_relaxed_u32(&over, 1);
    weft_thread_unregister(self);
#elif defined(POSTS)
    late.message = 1;
    if (weft_thread_post(slot) && weft_thread_try_claim(slot)) {
        do {
            (void)weft_thread_take_pending(slot);
        } while (!weft_thread_try_unclaim(slot));
    }
#else
    late.message = 1;
    weft_thread_break(slot, BIT);
#endif
}

int main(void) {
    const weft_host host = {.kick = kick};
    weft_runtime_config config = {.gil = false};
    pthread_t thread;
    weft_host_set(&host);
#ifdef POSTS
    static const weft_thread_layer layer = {.pending = drain};
    weft_thread_set_layer(WEFT_AREA_REF, &layer);
#endif
#ifdef GIL
    config.gil = true;
#endif
    runtime = weft_runtime_create(&config);
#ifdef GIL
    weft_store_relaxed_u64(&runtime->gil.interval, 0);
#endif
    slot = used_slot();
    pthread_create(&thread, NULL, is_asked, NULL);
    ask();
    pthread_join(thread, NULL);
    weft_runtime_release(runtime);
    return 0;
}
