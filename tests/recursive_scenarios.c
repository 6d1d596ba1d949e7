#include "recursive_scenarios.h"

#include <stdlib.h>

#include "lock_tools.h"
#include "weft_recursive.h"

#define MS INT64_C(1000000)

/* What an unlock by somebody else ends in: the checked build says who has locked it where. */
#if WEFT_CHECKED
#define NOT_LOCKED "unlock by a thread that does not hold it", "nobody owns it"
#define NOT_OWNED "[recursive at 0x", "held by another thread that locked it at "
#else
#define NOT_LOCKED "unlock of a recursive lock that is not locked", "[recursive at 0x"
#define NOT_OWNED "unlock of a recursive lock by a thread that does not own it", "[recursive at 0x"
#endif

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
    scenario_thread thread;
    weft_recursive_lock(&lock);
    weft_recursive_lock(&lock);
    run_threads(1, look_from_outside, &lock);
    scenario_start(&thread, contend, &me);
    AWAIT(sleepers_on(&lock) >= 1);
    weft_recursive_unlock(&lock);
    CHECK(sleepers_on(&lock) == 1);
    run_threads(1, look_from_outside, &lock);
    weft_recursive_unlock(&lock);
    scenario_join(&thread);
    CHECK(me.result == WEFT_LOCK_OK);
}

/* As long as they are, they are waited for. */
static void overflowing_timeouts(void) {
    const int64_t timeouts[] = {WEFT_FOREVER - 1, WEFT_FOREVER / 2};
    for (int i = 0; i < 4; i++) {
        weft_recursive lock = WEFT_RECURSIVE_INIT;
        contender me = {.lock = &lock, .timeout = timeouts[i / 2], .interruptible = i % 2 != 0};
        scenario_thread thread;
        weft_recursive_lock(&lock);
        scenario_start(&thread, contend, &me);
        AWAIT(sleepers_on(&lock) == 1);
        weft_recursive_unlock(&lock);
        scenario_join(&thread);
        CHECK(me.result == WEFT_LOCK_OK);
    }
}

#if SIGNALS_END_WAITS
static void signals(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender deaf = {.lock = &lock, .timeout = WEFT_FOREVER};
    contender listens = {.lock = &lock, .timeout = WEFT_FOREVER, .interruptible = true};
    scenario_thread first;
    scenario_thread second;
    handle_signals();
    weft_recursive_lock(&lock);
    scenario_start(&first, contend, &deaf);
    AWAIT(sleepers_on(&lock) == 1);
    scenario_start(&second, contend, &listens);
    AWAIT(sleepers_on(&lock) == 2);
    signal_in_vain(&first);
    signal_until_fewer(&second, &lock, 2);
    scenario_join(&second);
    CHECK(listens.result == WEFT_LOCK_INTERRUPTED);
    CHECK(sleepers_on(&lock) == 1);
    weft_recursive_unlock(&lock);
    scenario_join(&first);
    CHECK(deaf.result == WEFT_LOCK_OK);
}
#endif

static void interrupts(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    contender listens = {
        .lock = &lock, .timeout = WEFT_FOREVER, .interruptible = true, .interrupt = &interrupt};
    scenario_thread thread;
    weft_recursive_lock(&lock);
    scenario_start(&thread, contend, &listens);
    AWAIT(sleepers_on(&lock) == 1);
    weft_interrupt_raise(&interrupt);
    scenario_join(&thread);
    CHECK(listens.result == WEFT_LOCK_INTERRUPTED);
    weft_recursive_unlock(&lock);
}

/* A handoff to a thread whose world is stopped: nobody owns the lock then, others may. */
static void refused_handoff(void) {
    test_world world;
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender inside = {.lock = &lock, .timeout = WEFT_FOREVER, .world = &world};
    scenario_thread thread;
    weft_mutex_set_fairness(0);
    world_plug_in(&world);
    weft_recursive_lock(&lock);
    weft_recursive_lock(&lock);
    scenario_start(&thread, contend, &inside);
    AWAIT(sleepers_on(&lock) >= 1);
    world_stop(&world);
    weft_recursive_unlock(&lock);
    weft_recursive_unlock(&lock);
    AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
    CHECK(weft_load_relaxed_u32(&world.refused) == 1);
    CHECK(!weft_recursive_is_locked(&lock));
    CHECK(weft_recursive_try_lock(&lock));
    CHECK(weft_recursive_depth(&lock) == 1);
    world_go_on(&world);
    AWAIT(sleepers_on(&lock) >= 1);
    CHECK(weft_load_relaxed_u32(&inside.has_it) == 0);
    weft_recursive_unlock(&lock);
    scenario_join(&thread);
    CHECK(inside.result == WEFT_LOCK_OK);
    world_plug_out();
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

#ifndef _WIN32
/* The child's thread is the owner still; waiters are gone. */
static void use_in_child(void *argument) {
    weft_recursive *lock = argument;
    CHECK(weft_recursive_depth(lock) == 2);
    CHECK(sleepers_on(lock) == 0);
    weft_recursive_unlock(lock);
    weft_recursive_unlock(lock);
    CHECK(!weft_recursive_is_locked(lock));
    weft_recursive_lock(lock);
    weft_recursive_unlock(lock);
}

static void fork_while_contended(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender me = {.lock = &lock, .timeout = WEFT_FOREVER};
    scenario_thread thread;
    weft_recursive_lock(&lock);
    weft_recursive_lock(&lock);
    scenario_start(&thread, contend, &me);
    AWAIT(sleepers_on(&lock) >= 1);
    CHECK(scenario_forked(use_in_child, &lock));
    CHECK(weft_recursive_depth(&lock) == 2);
    weft_recursive_unlock(&lock);
    weft_recursive_unlock(&lock);
    scenario_join(&thread);
}
#endif

/* ---- memory --------------------------------------------------------------------------------- */

static void lock_and_free(void *argument) {
    weft_recursive_lock(argument);
    weft_recursive_unlock(argument);
    free(argument);
}

static void unlock_it(void *argument) {
    weft_recursive_unlock((weft_recursive *)argument);
}

/* An unlock does not touch the lock once another may have it, however that one gets it. */
static void next_owner_frees_the_lock(void) {
    for (int i = 0; i < 60; i++) {
        weft_recursive *lock = calloc(1, sizeof *lock);
        scenario_thread thread;
        weft_mutex_set_fairness(i % 2 == 0 ? 0 : UINT64_MAX);
        weft_recursive_lock(lock);
        if (i < 2) {
            free_while_the_wake_is_under_way(lock, lock_and_free, unlock_it);
        } else {
            scenario_start(&thread, lock_and_free, lock);
            if (i % 4 < 2) {
                AWAIT(weft_load_relaxed_u8(&lock->mutex.state) != WEFT_MUTEX_LOCKED);
            }
            weft_recursive_unlock(lock);
            scenario_join(&thread);
        }
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
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
    switch (scenario_random(random) % 4) {
    case 0:
        return weft_recursive_try_lock(lock);
    case 1:
        return weft_recursive_lock_for(lock, (int64_t)(scenario_random(random) % 50000)) ==
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
    if (scenario_random(random) % 2 == 0) {
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
    weft_init_u64(&all.seed, scenario_seed() | 1);
    all.end = weft_now_ns() + scenario_stress_ns();
    run_threads_until(all.end, 6, use_until_end, &all);
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

static void unlock_shared(void *argument) {
    shared *all = argument;
    weft_recursive_unlock(&all->lock);
}

static void works_without_pages(void) {
    static shared all;
    all = (shared){.end = 0};
    weft_recursive_lock(&all.lock);
    size_t count = run_without_pages(&all.lock, lock_twice, unlock_shared, &all);
    CHECK(all.total == count);
    weft_recursive_lock(&all.lock);
    weft_recursive_unlock(&all.lock);
    CHECK(weft_load_relaxed_u8(&all.lock.mutex.state) == 0);
}

static void a_thousand_threads(void) {
    enum { THREADS = 1000 };
    static shared all;
    scenario_thread *threads = calloc(THREADS, sizeof *threads);
    all = (shared){.end = 0};
    weft_recursive_lock(&all.lock);
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], lock_twice, &all);
    }
    AWAIT(sleepers_on(&all.lock) >= THREADS);
    weft_recursive_unlock(&all.lock);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(all.total == THREADS);
    free(threads);
}

/* ---- misuse --------------------------------------------------------------------------------- */

static void lock_again(void *argument) {
    (void)weft_recursive_try_lock((weft_recursive *)argument);
}

static void unlock_from_outside(void *argument) {
    CHECK(scenario_is_fatal(unlock_it, argument, NOT_OWNED));
}

static void misuse(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    CHECK(scenario_is_fatal(unlock_it, &lock, NOT_LOCKED));
    weft_recursive_lock(&lock);
    run_threads(1, unlock_from_outside, &lock);
    CHECK(weft_recursive_depth(&lock) == 1);
    lock.depth = WEFT_RECURSIVE_DEPTH_MAX - 2;
    CHECK(weft_recursive_try_lock(&lock));
    CHECK(weft_recursive_depth(&lock) == WEFT_RECURSIVE_DEPTH_MAX);
    CHECK(scenario_is_fatal(lock_again, &lock, "locked too many times", "[recursive at 0x"));
    lock.depth = 0;
    weft_recursive_unlock(&lock);
}

static void zero(weft_recursive *lock) {
    weft_store_relaxed_uptr(&lock->owner, 0);
    lock->depth = 0;
    weft_store_relaxed_u8(&lock->mutex.state, 0);
}

typedef struct holder {
    weft_recursive *lock;
    weft_atomic_u32 has_it;
    weft_atomic_u32 let_go;
} holder;

static void hold(void *argument) {
    holder *me = argument;
    weft_recursive_lock(me->lock);
    weft_store_release_u32(&me->has_it, 1);
    AWAIT(weft_load_acquire_u32(&me->let_go) != 0);
    weft_recursive_unlock(me->lock);
}

/* Overwritten under its owner, whose unlock is fatal, also when another thread has locked it by then. */
static void zeroed_recursive_reports_its_owner(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    holder other = {.lock = &lock};
    scenario_thread thread;
    weft_recursive_lock(&lock);
    zero(&lock);
    CHECK(scenario_is_fatal(unlock_it, &lock, "unlock of a recursive lock that is not locked",
                            "[recursive at 0x"));
    scenario_start(&thread, hold, &other);
    AWAIT(weft_load_acquire_u32(&other.has_it) != 0);
    CHECK(scenario_is_fatal(unlock_it, &lock, NOT_OWNED));
    weft_store_release_u32(&other.let_go, 1);
    scenario_join(&thread);
    CHECK(!weft_recursive_is_locked(&lock));
}

/* Overwritten with zero: those who slept sleep on until a later waiter has queued. */
static void zeroed_recursive_recovers_with_the_next_waiter(void) {
    weft_recursive lock = WEFT_RECURSIVE_INIT;
    contender contenders[3];
    scenario_thread threads[3];
    weft_recursive_lock(&lock);
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            weft_lockcheck_released(&lock, "recursive", WEFT_HERE);
            zero(&lock);
            weft_recursive_lock(&lock);
            CHECK(sleepers_on(&lock) == 2);
        }
        contenders[i] = (contender){.lock = &lock, .timeout = WEFT_FOREVER};
        scenario_start(&threads[i], contend, &contenders[i]);
        AWAIT(sleepers_on(&lock) >= (size_t)i + 1);
    }
    weft_recursive_unlock(&lock);
    for (int i = 0; i < 3; i++) {
        scenario_join(&threads[i]);
        CHECK(contenders[i].result == WEFT_LOCK_OK);
    }
}

const scenario recursive_scenarios[] = {
    {"results_of_all_functions", results_of_all_functions},
    {"others_wait_for_the_last_unlock", others_wait_for_the_last_unlock},
    {"overflowing_timeouts", overflowing_timeouts},
    {"interrupts", interrupts},
#if SIGNALS_END_WAITS
    {"signals", signals},
#endif
#ifndef _WIN32
    {"fork_while_contended", fork_while_contended},
#endif
    {"refused_handoff", refused_handoff},
    {"next_owner_frees_the_lock", next_owner_frees_the_lock},
    {"stress", stress},
    {"misuse", misuse},
    {"zeroed_recursive_reports_its_owner", zeroed_recursive_reports_its_owner},
    {"zeroed_recursive_recovers_with_the_next_waiter",
     zeroed_recursive_recovers_with_the_next_waiter},
    {"works_without_pages", works_without_pages},
    {"a_thousand_threads", a_thousand_threads},
    {NULL, NULL},
};
