#define _POSIX_C_SOURCE 200809L
#include "gil_scenarios.h"

#include "thread_support.h"
#include "weft_gil.h"
#include "weft_mutex.h"
#include "weft_world.h"

enum { THREADS = 4 };

typedef struct race {
    weft_runtime *runtime;
    weft_atomic_u32 ready;
    weft_atomic_u32 inside; /* threads that think they hold the GIL */
    weft_atomic_u32 done;
    long counter; /* plain */
    weft_atomic_u32 turns[THREADS + 2];
    uint32_t order[THREADS]; /* slots, as their threads came to run */
} race;

/* Mutual exclusion: the counter is plain, and nobody else is inside between two safepoints. */
static void check_alone(race *all) {
    CHECK(weft_fetch_add_relaxed_u32(&all->inside, 1) == 0);
    all->counter++;
    CHECK(weft_fetch_sub_relaxed_u32(&all->inside, 1) == 1);
}

static void compute(void *argument) {
    race *all = argument;
    weft_thread *self = support_enter(all->runtime);
    uint32_t me = weft_fetch_add_relaxed_u32(&all->ready, 1);
    uint64_t seen = weft_gil_switches(all->runtime);
    while (weft_load_relaxed_u32(&all->done) == 0) {
        check_alone(all);
        weft_thread_safepoint(self);
        uint64_t now = weft_gil_switches(all->runtime);
        if (now != seen) { /* others ran, and now it is this thread's turn */
            weft_fetch_add_relaxed_u32(&all->turns[me], 1);
            seen = now;
        }
    }
    weft_thread_unregister(self);
}

static void call_out(void *argument) {
    race *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_fetch_add_relaxed_u32(&all->ready, 1);
    while (weft_load_relaxed_u32(&all->done) == 0) {
        check_alone(all);
        weft_thread_detach(self);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    weft_thread_unregister(self);
}

static void one_thread_runs_at_a_time(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = 200000};
    race all = {.runtime = weft_runtime_create(&config)};
    scenario_thread threads[THREADS + 2];
    for (int i = 0; i < THREADS + 2; i++) {
        scenario_start(&threads[i], i < 2 ? call_out : compute, &all);
    }
    uint64_t end = support_stress_end();
    while (weft_now_ns() < end) {
        weft_sleep_ns(1000000);
    }
    AWAIT(weft_gil_switches(all.runtime) > 0);
    weft_store_relaxed_u32(&all.done, 1);
    for (int i = 0; i < THREADS + 2; i++) {
        scenario_join(&threads[i]);
    }
    weft_runtime_release(all.runtime);
}

static bool have_all_had(race *all, uint32_t turns) {
    for (int i = 0; i < THREADS; i++) {
        if (weft_load_relaxed_u32(&all->turns[i]) < turns) {
            return false;
        }
    }
    return true;
}

/* Threads that only compute all go on having their turns. */
static void computing_threads_take_turns(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = 1000000};
    race all = {.runtime = weft_runtime_create(&config)};
    scenario_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], compute, &all);
    }
    AWAIT(have_all_had(&all, 10));
    weft_store_relaxed_u32(&all.done, 1);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    weft_runtime_release(all.runtime);
}

static void wait_in_line(void *argument) {
    race *all = argument;
    weft_thread *self;
    CHECK(weft_thread_register(all->runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_fetch_add_release_u32(&all->ready, 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    all->order[all->counter++] = self->index;
    weft_thread_unregister(self);
}

/* The last in the queue, once so many are in it; else NULL. To wait for the lock would detach the
 * caller, who would lose the GIL. */
static weft_thread *last_of(weft_runtime *runtime, uint32_t queued) {
    weft_thread *last = NULL;
    if (weft_mutex_try_lock(&runtime->gil.lock)) {
        last = runtime->gil.queued == queued ? runtime->gil.last : NULL;
        weft_mutex_unlock(&runtime->gil.lock);
    }
    return last;
}

/* The holder that is asked hands over to the longest waiter, and comes back last. */
static void the_longest_waiter_is_next(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = 3000000};
    weft_thread *self = support_solo(&config);
    race all = {.runtime = weft_thread_runtime(self)};
    scenario_thread threads[THREADS];
    weft_thread *order[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], wait_in_line, &all);
        support_await_value(&all.ready, (uint32_t)i + 1);
        AWAIT((order[i] = last_of(all.runtime, (uint32_t)i + 1)) != NULL);
    }
    support_await_set(self, WEFT_THREAD_DROP_GIL);
    weft_thread_safepoint(self);
    CHECK(all.counter >= 1); /* at least the first went before; others may have followed */
    weft_thread_detach(self);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(all.counter == THREADS && all.order[0] == order[0]->index);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

/* However long the holder computes, it keeps the lock until an interval has passed. */
static void nobody_asks_before_the_interval(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = UINT64_C(3600000000000)};
    weft_thread *self = support_solo(&config);
    race all = {.runtime = weft_thread_runtime(self)};
    scenario_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], wait_in_line, &all);
    }
    AWAIT(last_of(all.runtime, THREADS) != NULL);
    for (int i = 0; i < 100000; i++) {
        CHECK((support_state(self) & WEFT_THREAD_DROP_GIL) == 0);
        weft_thread_safepoint(self);
    }
    CHECK(all.counter == 0 && weft_gil_switches(all.runtime) == 0);
    weft_thread_detach(self);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

/* Who waits is woken by the release, not by its own clock. */
static void a_release_wakes_the_waiter(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = UINT64_C(3600000000000)};
    weft_thread *self = support_solo(&config);
    race all = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, wait_in_line, &all);
    AWAIT(last_of(all.runtime, 1) != NULL);
    weft_sleep_ns(1000000); /* most likely it sleeps by now; right either way */
    weft_thread_detach(self);
    scenario_join(&thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

static void nobody_asks_while_nobody_waits(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = 1000};
    weft_thread *self = support_solo(&config);
    for (int i = 0; i < 1000; i++) {
        CHECK((support_state(self) & WEFT_THREAD_DROP_GIL) == 0);
        weft_thread_safepoint(self);
        weft_thread_detach(self);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    CHECK(weft_gil_switches(weft_thread_runtime(self)) == 0);
    support_solo_end(self);
}

static void switched_by_its_holder(void) {
    weft_thread *self = support_solo(NULL);
    weft_runtime *runtime = weft_thread_runtime(self);
    CHECK(!weft_gil_is_on(runtime) && !self->holds_gil);
    CHECK(weft_gil_set(self, true) == WEFT_THREAD_OK);
    CHECK(weft_gil_is_on(runtime) && self->holds_gil);
    CHECK(weft_gil_set(self, true) == WEFT_THREAD_OK);
    CHECK(self->holds_gil);
    weft_thread_detach(self);
    CHECK(!self->holds_gil && weft_load_relaxed_u32(&runtime->gil.word) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(self->holds_gil);
    /* Inside a world that is stopped already. */
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(weft_gil_set(self, false) == WEFT_THREAD_OK);
    CHECK(!weft_gil_is_on(runtime) && !self->holds_gil);
    weft_world_resume(self);
    CHECK(weft_load_relaxed_u32(&runtime->gil.word) == 0);
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(!self->holds_gil);
    support_solo_end(self);
}

static void run_in_either_mode(void *argument) {
    race *all = argument;
    weft_thread *self = support_enter(all->runtime);
    while (weft_load_relaxed_u32(&all->done) == 0) {
        for (int i = 0; i < 20; i++) {
            if (weft_gil_is_on(all->runtime)) {
                CHECK(self->holds_gil);
                check_alone(all);
            } else {
                CHECK(!self->holds_gil);
            }
            weft_thread_safepoint(self);
        }
        weft_thread_detach(self);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    weft_thread_unregister(self);
}

/* Attach re-reads the switch after it slept: no thread runs without the GIL while it is on, nor
 * holds it while it is off. */
static void switched_while_others_run(void) {
    const weft_runtime_config config = {.gil_interval = 100000};
    weft_thread *self = support_solo(&config);
    race all = {.runtime = weft_thread_runtime(self)};
    scenario_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], run_in_either_mode, &all);
    }
    uint64_t end = support_stress_end();
    for (int i = 0; weft_now_ns() < end; i++) {
        CHECK(weft_gil_set(self, i % 2 == 0) == WEFT_THREAD_OK);
        weft_thread_safepoint(self);
        weft_thread_detach(self);
        weft_sleep_ns(i % 16 == 0 ? 500000 : 1000);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    weft_store_relaxed_u32(&all.done, 1);
    weft_thread_detach(self);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

/* The lock is never kept by a thread that a stopped world keeps from running. */
static void not_kept_by_a_stopped_thread(void) {
    const weft_runtime_config config = {.gil = true, .gil_interval = 100000};
    weft_runtime *runtime = weft_runtime_create(&config);
    weft_runtime *outside = weft_runtime_create(NULL);
    weft_thread *self = support_enter(outside);
    race all = {.runtime = runtime};
    scenario_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], compute, &all);
    }
    for (int i = 0; i < 100; i++) {
        CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
        /* Who is granted it gives it back, and so may a few after it. */
        AWAIT((weft_load_acquire_u32(&runtime->gil.word) & 1) == 0);
        weft_world_resume_all(self);
        weft_sleep_ns(200000);
    }
    weft_store_relaxed_u32(&all.done, 1);
    weft_thread_unregister(self);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    weft_runtime_release(outside);
    weft_runtime_release(runtime);
}

static void the_interval_can_be_set(void) {
    weft_thread *self = support_solo(NULL);
    weft_runtime *runtime = weft_thread_runtime(self);
    CHECK(weft_load_relaxed_u64(&runtime->gil.interval) == WEFT_GIL_INTERVAL_NS);
    weft_gil_set_interval(runtime, 123);
    CHECK(weft_load_relaxed_u64(&runtime->gil.interval) == 123);
    weft_gil_set_interval(runtime, 0);
    CHECK(weft_load_relaxed_u64(&runtime->gil.interval) == WEFT_GIL_INTERVAL_NS);
    support_solo_end(self);
}

const scenario gil_scenarios[] = {
    {"one_thread_runs_at_a_time", one_thread_runs_at_a_time},
    {"computing_threads_take_turns", computing_threads_take_turns},
    {"the_longest_waiter_is_next", the_longest_waiter_is_next},
    {"nobody_asks_before_the_interval", nobody_asks_before_the_interval},
    {"a_release_wakes_the_waiter", a_release_wakes_the_waiter},
    {"nobody_asks_while_nobody_waits", nobody_asks_while_nobody_waits},
    {"switched_by_its_holder", switched_by_its_holder},
    {"switched_while_others_run", switched_while_others_run},
    {"not_kept_by_a_stopped_thread", not_kept_by_a_stopped_thread},
    {"the_interval_can_be_set", the_interval_can_be_set},
    {NULL, NULL},
};
