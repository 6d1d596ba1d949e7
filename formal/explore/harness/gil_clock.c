/* Who waits for the GIL, and when it asks, step by step: one thread plays all slots, and what a wait sees is scripted:
 * with the explorer's model only. */
#include "weft_gil.h"
#include "weft_host.h"
#include "weft_wait.h"

#include "harness.h"

enum { WAITING = 0, RETRY = 1, GRANTED = 2 }; /* weft_gil.h's table */
enum { INTERVAL = 1000 };

static weft_runtime *runtime;
static weft_thread *holder, *first, *second;
static uint64_t now;
static unsigned kicks;
static const weft_atomic_u32 *woken;

/* What happens while a thread waits: the n-th wait of a scenario. */
static weft_wait_result (*meanwhile)(unsigned wait, uint64_t deadline);
static unsigned waits;

weft_wait_result weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline) {
    assert(weft_load_relaxed_u32(word) == expected);
    return meanwhile(++waits, deadline);
}

void weft_wake_word(weft_atomic_u32 *word) {
    woken = word;
}

uint64_t weft_now_ns(void) {
    return now;
}

static void kicked(void *context, void *thread) {
    (void)context;
    (void)thread;
    kicks++;
}

static void take(weft_thread *self, weft_wait_result (*script)(unsigned wait, uint64_t deadline)) {
    meanwhile = script;
    waits = 0;
    woken = NULL;
    weft_gil_take_(self);
}

static uint32_t signal_of(const weft_thread *thread) {
    return weft_load_relaxed_u32(&thread->gil_signal);
}

static weft_wait_result times_out(uint64_t deadline) {
    now = deadline;
    return WEFT_WAIT_TIMED_OUT;
}

/* The first in the queue asks the holder at its deadline, once, and is handed the lock. */
static weft_wait_result asks(unsigned wait, uint64_t deadline) {
    assert(deadline == now + INTERVAL);
    if (wait > 1) {
        assert((weft_load_relaxed_u32(&holder->state) & WEFT_THREAD_DROP_GIL) != 0 && kicks == 1);
    }
    if (wait < 3) {
        return times_out(deadline);
    }
    weft_gil_release_(holder);
    assert(signal_of(first) == GRANTED && woken == &first->gil_signal);
    assert(weft_gil_switches(runtime) == 1);
    return WEFT_WAIT_WOKEN;
}

/* Who has not waited for long competes. Its deadline comes before it has looked: it does not ask, it competes. */
static weft_wait_result competes(unsigned wait, uint64_t deadline) {
    assert(wait == 1); /* nobody would end another wait */
    weft_gil_release_(first);
    assert(signal_of(second) == RETRY && weft_gil_switches(runtime) == 1);
    return times_out(deadline);
}

/* Somebody else is quicker: it waits again, and sleeps. */
static weft_wait_result is_beaten(unsigned wait, uint64_t deadline) {
    assert(deadline == now + INTERVAL);
    if (wait == 1) {
        weft_gil_release_(first);
        weft_gil_take_(holder);
        assert(holder->holds_gil);
    } else {
        assert(wait == 2);
        weft_gil_release_(holder);
    }
    assert(signal_of(second) == RETRY && weft_gil_switches(runtime) == 1);
    return WEFT_WAIT_WOKEN;
}

/* Behind the first in the queue, at its own deadline: that one is woken, and asks. */
static weft_wait_result is_behind(unsigned wait, uint64_t deadline) {
    if (wait == 1) {
        assert(deadline == now + 2U * INTERVAL);
        return times_out(deadline);
    }
    assert(woken == &first->gil_signal);
    weft_gil_release_(second);
    weft_gil_release_(first);
    assert(signal_of(holder) == GRANTED && weft_gil_switches(runtime) == 3);
    return WEFT_WAIT_WOKEN;
}

static weft_wait_result is_first(unsigned wait, uint64_t deadline) {
    assert(wait == 1 && deadline == now + INTERVAL);
    take(holder, is_behind);
    return WEFT_WAIT_WOKEN;
}

static weft_thread *registered(void) {
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    return self;
}

int main(void) {
    const weft_host host = {.kick = kicked};
    const weft_runtime_config config = {.gil = true, .gil_interval = INTERVAL};
    weft_host_set(&host);
    runtime = weft_runtime_create(&config);
    holder = registered();
    first = registered();
    second = registered();
    assert(weft_thread_attach(holder) == WEFT_THREAD_OK);
    take(first, asks);
    assert(first->holds_gil);
    take(second, is_beaten);
    assert(second->holds_gil);
    weft_gil_release_(second);
    weft_gil_take_(first);
    take(second, competes);
    assert(second->holds_gil && weft_load_relaxed_ptr(&runtime->gil.holder) == second);
    take(first, is_first);
    first->holds_gil = false; /* that was over before it came to know of it */
    weft_gil_release_(holder);
    weft_thread_unregister(holder);
    weft_thread_unregister(first);
    weft_thread_unregister(second);
    weft_runtime_release(runtime);
    return 0;
}
