#include "recursive_scenarios.h"

#include <stdlib.h>

#include "lock_tools.h"
#include "weft_recursive.h"

#define MS INT64_C(1000000)

static void results_of_all_functions(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(1)};
    CHECK(!weft_recursive_is_owner(&lock));
    CHECK(!weft_recursive_is_locked(&lock));
    CHECK(weft_recursive_depth(&lock) == 0);
    weft_recursive_lock(&lock);
    CHECK(weft_recursive_try_lock(&lock));
    CHECK(weft_recursive_lock_for(&lock, 0) == WEFT_LOCK_OK);
    CHECK(weft_recursive_lock_for(&lock, WEFT_FOREVER) == WEFT_LOCK_OK);
    CHECK(weft_recursive_lock_interruptible(&lock, -1, &interrupt) == WEFT_LOCK_OK);
    CHECK(weft_recursive_is_owner(&lock));
    CHECK(weft_recursive_is_locked(&lock));
    for (uint64_t depth = 5; depth > 0; depth--) {
        CHECK(weft_recursive_depth(&lock) == depth);
        weft_recursive_unlock(&lock);
    }
    CHECK(weft_recursive_depth(&lock) == 0);
    CHECK(!weft_recursive_is_locked(&lock));
    CHECK(weft_recursive_try_lock(&lock));
    weft_recursive_unlock(&lock);
    CHECK(weft_recursive_lock_for(&lock, -5) == WEFT_LOCK_OK);
    weft_recursive_unlock(&lock);
    CHECK(weft_recursive_lock_interruptible(&lock, 0, &interrupt) == WEFT_LOCK_OK);
    weft_recursive_unlock(&lock);
}

typedef struct contender {
    weft_recursive *lock;
    weft_interrupt *interrupt;
    int64_t timeout;
    bool interruptible;
    weft_lock_result result;
    test_world *world;
    weft_atomic_u32 has_it;
} contender;

static void contend(void *argument) {
    contender *me = argument;
    world_enter(me->world);
    me->result = me->interruptible
                     ? weft_recursive_lock_interruptible(me->lock, me->timeout, me->interrupt)
                     : weft_recursive_lock_for(me->lock, me->timeout);
    if (me->result == WEFT_LOCK_OK) {
        CHECK(weft_recursive_depth(me->lock) == 1);
        weft_fetch_add_release_u32(&me->has_it, 1);
        weft_recursive_unlock(me->lock);
    } else {
        CHECK(!weft_recursive_is_owner(me->lock));
        CHECK(weft_recursive_depth(me->lock) == 0);
    }
    world_exit();
}

static void look_from_outside(void *argument) {
    weft_recursive *lock = argument;
    CHECK(!weft_recursive_is_owner(lock));
    CHECK(weft_recursive_depth(lock) == 0);
    CHECK(weft_recursive_is_locked(lock));
    CHECK(!weft_recursive_try_lock(lock));
    CHECK(weft_recursive_lock_for(lock, 0) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_recursive_lock_for(lock, INT64_MIN) == WEFT_LOCK_TIMEOUT);
    uint64_t began = weft_now_ns();
    CHECK(weft_recursive_lock_for(lock, 5 * MS) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_now_ns() - began >= 5 * (uint64_t)MS);
}

/* Locked twice, it is free for others after the second unlock and not before. */
static void others_wait_for_the_last_unlock(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender me = {.lock = &lock, .timeout = WEFT_FOREVER};
    test_thread thread;
    weft_recursive_lock(&lock);
    weft_recursive_lock(&lock);
    run_threads(1, look_from_outside, &lock);
    thread_start(&thread, contend, &me);
    await_sleepers(&lock, 1);
    weft_recursive_unlock(&lock);
    CHECK(sleepers(&lock) == 1);
    run_threads(1, look_from_outside, &lock);
    weft_recursive_unlock(&lock);
    thread_join(&thread);
    CHECK(me.result == WEFT_LOCK_OK);
}

static void signals_and_interrupts(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    contender by_signal = {.lock = &lock, .timeout = WEFT_FOREVER, .interruptible = true};
    contender by_raise = {
        .lock = &lock, .timeout = WEFT_FOREVER, .interruptible = true, .interrupt = &interrupt};
    test_thread first;
    test_thread second;
    handle_signals();
    weft_recursive_lock(&lock);
    thread_start(&first, contend, &by_signal);
    await_sleepers(&lock, 1);
    while (sleepers(&lock) == 1) {
        send_signal(&first);
        sleep_ms(1);
    }
    thread_join(&first);
    CHECK(by_signal.result == WEFT_LOCK_INTERRUPTED);
    thread_start(&second, contend, &by_raise);
    await_sleepers(&lock, 1);
    weft_interrupt_raise(&interrupt);
    thread_join(&second);
    CHECK(by_raise.result == WEFT_LOCK_INTERRUPTED);
    weft_recursive_unlock(&lock);
}

/* A handoff to a thread whose world is stopped: nobody owns the lock then, others may. */
static void refused_handoff(void) {
    test_world world;
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender inside = {.lock = &lock, .timeout = WEFT_FOREVER, .world = &world};
    test_thread thread;
    weft_mutex_set_fairness(0);
    world_plug_in(&world);
    weft_recursive_lock(&lock);
    weft_recursive_lock(&lock);
    thread_start(&thread, contend, &inside);
    await_sleepers(&lock, 1);
    world_stop(&world);
    weft_recursive_unlock(&lock);
    weft_recursive_unlock(&lock);
    await_count(&world.held_up, 1);
    CHECK(weft_load_relaxed_u32(&world.refused) == 1);
    CHECK(!weft_recursive_is_locked(&lock));
    CHECK(weft_recursive_try_lock(&lock));
    CHECK(weft_recursive_depth(&lock) == 1);
    world_go_on(&world);
    await_sleepers(&lock, 1);
    CHECK(weft_load_relaxed_u32(&inside.has_it) == 0);
    weft_recursive_unlock(&lock);
    thread_join(&thread);
    CHECK(inside.result == WEFT_LOCK_OK);
    world_plug_out();
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* The child's thread is the owner still; waiters are gone. */
static void use_in_child(void *argument) {
    weft_recursive *lock = argument;
    CHECK(weft_recursive_depth(lock) == 2);
    CHECK(sleepers(lock) == 0);
    weft_recursive_unlock(lock);
    weft_recursive_unlock(lock);
    CHECK(!weft_recursive_is_locked(lock));
    weft_recursive_lock(lock);
    weft_recursive_unlock(lock);
}

static void fork_while_contended(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender me = {.lock = &lock, .timeout = WEFT_FOREVER};
    test_thread thread;
    weft_recursive_lock(&lock);
    weft_recursive_lock(&lock);
    thread_start(&thread, contend, &me);
    await_sleepers(&lock, 1);
    CHECK(run_in_child(use_in_child, &lock));
    CHECK(weft_recursive_depth(&lock) == 2);
    weft_recursive_unlock(&lock);
    weft_recursive_unlock(&lock);
    thread_join(&thread);
}

/* ---- stress --------------------------------------------------------------------------------- */

typedef struct shared {
    weft_recursive lock;
    uint64_t inside; /* plain, guarded by the lock */
    uint64_t total;
    weft_atomic_u64 seed;
    weft_atomic_u64 expected;
    uint64_t end;
} shared;

static bool lock_somehow(weft_recursive *lock, uint64_t *random) {
    switch (next_random(random) % 4) {
    case 0:
        return weft_recursive_try_lock(lock);
    case 1:
        return weft_recursive_lock_for(lock, (int64_t)(next_random(random) % 50000)) ==
               WEFT_LOCK_OK;
    default:
        weft_recursive_lock(lock);
        return true;
    }
}

/* Locks to a random depth; nobody else is inside at any depth. */
static void go_down(shared *all, uint64_t *random, uint64_t depth) {
    if (!lock_somehow(&all->lock, random)) {
        CHECK(depth == 0);
        return;
    }
    CHECK(weft_recursive_depth(&all->lock) == depth + 1);
    CHECK(all->inside == depth);
    all->inside++;
    all->total++;
    weft_fetch_add_relaxed_u64(&all->expected, 1);
    if (next_random(random) % 2 == 0) {
        go_down(all, random, depth + 1);
    }
    CHECK(all->inside == depth + 1);
    all->inside--;
    weft_recursive_unlock(&all->lock);
}

static void use_until_end(void *argument) {
    shared *all = argument;
    uint64_t random = weft_fetch_add_relaxed_u64(&all->seed, 2);
    while (weft_now_ns() < all->end) {
        go_down(all, &random, 0);
    }
}

static void stress(void) {
    static shared all;
    all = (shared){.end = 0};
    weft_init_u64(&all.seed, stress_seed("Recursive.stress"));
    all.end = stress_deadline();
    run_threads(6, use_until_end, &all);
    CHECK(all.total == weft_load_relaxed_u64(&all.expected));
    CHECK(!weft_recursive_is_locked(&all.lock));
}

static void lock_twice(void *argument) {
    shared *all = argument;
    weft_recursive_lock(&all->lock);
    weft_recursive_lock(&all->lock);
    all->total++;
    weft_recursive_unlock(&all->lock);
    weft_recursive_unlock(&all->lock);
}

static void a_thousand_threads(void) {
    enum { THREADS = 1000 };
    static shared all;
    test_thread *threads = calloc(THREADS, sizeof *threads);
    all = (shared){.end = 0};
    weft_recursive_lock(&all.lock);
    for (int i = 0; i < THREADS; i++) {
        thread_start(&threads[i], lock_twice, &all);
    }
    await_sleepers(&all.lock, THREADS);
    weft_recursive_unlock(&all.lock);
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    CHECK(all.total == THREADS);
    free(threads);
}

/* ---- misuse --------------------------------------------------------------------------------- */

void recursive_misuse_not_locked(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    weft_recursive_unlock(&lock);
}

static void lock_it(void *argument) {
    weft_recursive_lock(argument);
}

void recursive_misuse_other_thread(void) {
    static weft_recursive lock;
    test_thread thread;
    weft_recursive_lock(&lock);
    weft_recursive_unlock(&lock);
    /* It stays locked by a thread that is not this one. */
    thread_start(&thread, lock_it, &lock);
    while (!weft_recursive_is_locked(&lock)) {
        yield_now();
    }
    weft_recursive_unlock(&lock);
}

void recursive_misuse_too_deep(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    weft_recursive_lock(&lock);
    lock.depth = WEFT_RECURSIVE_DEPTH_MAX - 2;
    weft_recursive_lock(&lock);
    CHECK(weft_recursive_depth(&lock) == WEFT_RECURSIVE_DEPTH_MAX);
    (void)weft_recursive_try_lock(&lock);
}

const scenario recursive_scenarios[] = {
    {"results_of_all_functions", results_of_all_functions},
    {"others_wait_for_the_last_unlock", others_wait_for_the_last_unlock},
    {"signals_and_interrupts", signals_and_interrupts},
    {"refused_handoff", refused_handoff},
    {"fork_while_contended", fork_while_contended},
    {"stress", stress},
    {"a_thousand_threads", a_thousand_threads},
    {NULL, NULL},
};
