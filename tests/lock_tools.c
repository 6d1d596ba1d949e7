#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "lock_tools.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "seam.h"

/* ---- threads -------------------------------------------------------------------------------- */

void run_threads_until(uint64_t end, unsigned count, void (*function)(void *argument),
                       void *argument) {
    scenario_thread *threads = calloc(count, sizeof *threads);
    CHECK(threads != NULL);
    for (unsigned i = 0; i < count; i++) {
        scenario_start(&threads[i], function, argument);
    }
    uint64_t now = weft_now_ns();
    if (now < end) {
        scenario_sleep_ns(end - now);
    }
    for (unsigned i = 0; i < count; i++) {
        scenario_join(&threads[i]);
    }
    free(threads);
}

void run_threads(unsigned count, void (*function)(void *argument), void *argument) {
    run_threads_until(0, count, function, argument);
}

/* ---- no pages, no lock any more ------------------------------------------------------------- */

typedef struct poor {
    void (*function)(void *argument);
    void *argument;
} poor;

static void run_poor(void *argument) {
    const poor *self = argument;
    seam.no_pages = true;
    self->function(self->argument);
}

size_t run_without_pages(const void *address, void (*function)(void *argument),
                         void (*go)(void *argument), void *argument) {
    enum { TOO_MANY = 20 };
    weft_park_description description;
    poor all = {function, argument};
    uint64_t asked = weft_load_relaxed_u64(&seam_count.pages);
    weft_park_describe(&description);
    /* The chunks that are there hold the next power of two, at least 128. */
    size_t there = 128;
    while (there < description.waiters) {
        there *= 2;
    }
    scenario_thread *crowd = calloc(there + TOO_MANY, sizeof *crowd);
    for (size_t i = 0; i < there + TOO_MANY; i++) {
        scenario_start(&crowd[i], run_poor, &all);
    }
    AWAIT(sleepers_on(address) == there);
    AWAIT(weft_load_relaxed_u64(&seam_count.pages) >= asked + (uint64_t)3 * TOO_MANY);
    go(argument);
    for (size_t i = 0; i < there + TOO_MANY; i++) {
        scenario_join(&crowd[i]);
    }
    free(crowd);
    return there + TOO_MANY;
}

typedef struct heir {
    void (*run)(void *lock);
    void *lock;
    weft_atomic_u32 done;
} heir;

static _Thread_local heir *awaited;

static void await_heir(void) {
    seam.before_wake = NULL;
    AWAIT(weft_load_acquire_u32(&awaited->done) != 0);
}

/* It wakes up though the operating system has not been told to wake it. */
static bool look_again(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                       weft_wait_result *result) {
    (void)word;
    (void)expected;
    (void)deadline;
    *result = WEFT_WAIT_WOKEN;
    weft_sleep_ns(50000);
    return true;
}

static void run_heir(void *argument) {
    heir *self = argument;
    seam.wait = look_again;
    self->run(self->lock);
    seam.wait = NULL;
    weft_store_release_u32(&self->done, 1);
}

void free_while_the_wake_is_under_way(void *lock, void (*next)(void *lock),
                                      void (*release)(void *lock)) {
    heir self = {.run = next, .lock = lock};
    scenario_thread thread;
    scenario_start(&thread, run_heir, &self);
    AWAIT(sleepers_on(lock) == 1);
    awaited = &self;
    seam.before_wake = await_heir;
    release(lock);
    CHECK(seam.before_wake == NULL); /* there was a wake */
    seam.before_wake = NULL;
    scenario_join(&thread);
}

/* ---- signals -------------------------------------------------------------------------------- */

#ifndef _WIN32
static void do_nothing(int number) {
    (void)number;
}

void handle_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = do_nothing;
    sigaction(SIGUSR1, &action, NULL);
}

void send_signal(scenario_thread *thread) {
    pthread_kill(thread->id, SIGUSR1);
}

static bool signal_once(scenario_thread *thread, const void *address, size_t count) {
    if (sleepers_on(address) < count) {
        return true;
    }
    send_signal(thread);
    return false;
}

void signal_until_fewer(scenario_thread *thread, const void *address, size_t count) {
    AWAIT(signal_once(thread, address, count));
}

void signal_in_vain(scenario_thread *thread) {
    for (int i = 0; i < 10; i++) {
        send_signal(thread);
        scenario_sleep_ns(1000000);
    }
}
#endif

/* ---- a world that stops --------------------------------------------------------------------- */

static _Thread_local test_world *this_world;

static void *current_world(void) {
    return this_world;
}

static void detach(void *context) {
    test_world *world = context;
    weft_fetch_add_relaxed_u32(&world->detached, 1);
}

static bool try_attach(void *context) {
    test_world *world = context;
    weft_fetch_add_release_u32(&world->at_gate, 1);
    while (weft_load_acquire_u32(&world->gate) != 0) {
        weft_sleep_ns(50000);
    }
    weft_fetch_sub_release_u32(&world->at_gate, 1);
    if (weft_load_acquire_u32(&world->stopped) != 0) {
        weft_fetch_add_release_u32(&world->refused, 1);
        return false;
    }
    weft_fetch_sub_relaxed_u32(&world->detached, 1);
    return true;
}

static void attach(void *context) {
    test_world *world = context;
    weft_fetch_add_release_u32(&world->held_up, 1);
    while (weft_load_acquire_u32(&world->stopped) != 0) {
        weft_sleep_ns(50000);
    }
    weft_fetch_sub_release_u32(&world->held_up, 1);
    weft_fetch_sub_relaxed_u32(&world->detached, 1);
}

static const weft_park_hook WORLD_HOOK = {
    .current = current_world,
    .enter = detach,
    .try_leave = try_attach,
    .leave = attach,
};

void world_plug_in(test_world *world) {
    memset(world, 0, sizeof *world);
    weft_park_set_hook(&WORLD_HOOK);
}

void world_plug_out(void) {
    weft_park_set_hook(NULL);
}

void world_enter(test_world *world) {
    this_world = world;
}

void world_exit(void) {
    this_world = NULL;
}

void world_stop(test_world *world) {
    weft_store_release_u32(&world->stopped, 1);
}

void world_go_on(test_world *world) {
    weft_store_release_u32(&world->stopped, 0);
}
