/* What weft_mutex.h promises, one promise a scenario. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "mutex_scenarios.h"

#include "hints.h"
#include "lock_tools.h"
#include "seam.h"
#include "sleeper.h"
#include "weft_host.h"
#include "weft_mutex.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/seccomp.h>)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#ifdef SYS_membarrier
#define CAN_REFUSE_MEMBARRIER 1
#endif
#endif
#endif

#define MS INT64_C(1000000)
#define LOCKED WEFT_MUTEX_LOCKED
#define HAS_PARKED WEFT_MUTEX_HAS_PARKED
#define NEVER UINT64_MAX

static uint8_t state_of(const weft_mutex *mutex) {
    return weft_load_relaxed_u8(&mutex->state);
}

/* A thread that locks, says so, waits until it is told, and unlocks. */
typedef struct locker {
    scenario_thread thread;
    weft_mutex *mutex;
    int64_t timeout;
    bool interruptible;
    weft_interrupt interrupt;
    weft_lock_result result;
    void *runtime;            /* the thread's context for the fake hook */
    weft_atomic_u32 has;      /* 1: it owns the mutex */
    weft_atomic_u32 let_go;   /* 1: unlock */
    weft_atomic_u32 attempts; /* times it went to park */
    void (*before_park)(const weft_park_request *request);
} locker;

static _Thread_local locker *this_locker;

static void count_attempt(const weft_park_request *request) {
    (void)request;
    weft_fetch_add_relaxed_u32(&this_locker->attempts, 1);
}

static void lock_and_unlock(void *argument) {
    locker *self = argument;
    this_locker = self;
    seam.before_park = self->before_park != NULL ? self->before_park : count_attempt;
    self->result = WEFT_LOCK_OK;
    if (self->interruptible) {
        self->result = weft_mutex_lock_interruptible(self->mutex, self->timeout, &self->interrupt);
    } else if (self->timeout != WEFT_FOREVER) {
        self->result = weft_mutex_lock_for(self->mutex, self->timeout);
    } else {
        weft_mutex_lock(self->mutex);
    }
    if (self->result == WEFT_LOCK_OK) {
        weft_store_release_u32(&self->has, 1);
        AWAIT(weft_load_acquire_u32(&self->let_go) != 0);
        weft_store_release_u32(&self->has, 0);
        weft_mutex_unlock(self->mutex);
    }
}

static void start_locker_that(locker *self, weft_mutex *mutex,
                              void (*before_park)(const weft_park_request *request)) {
    *self = (locker){.mutex = mutex, .timeout = WEFT_FOREVER, .before_park = before_park};
    scenario_start(&self->thread, lock_and_unlock, self);
}

static void start_locker(locker *self, weft_mutex *mutex) {
    start_locker_that(self, mutex, count_attempt);
}

/* Returns when the thread sleeps behind those that are there. */
static void queue_locker(locker *self, weft_mutex *mutex) {
    size_t before = sleepers_on(mutex);
    start_locker(self, mutex);
    AWAIT(sleepers_on(mutex) == before + 1);
}

static bool has_it(const locker *self) {
    return weft_load_acquire_u32(&self->has) != 0;
}

static void let_go(locker *self) {
    AWAIT(has_it(self));
    weft_store_release_u32(&self->let_go, 1);
}

/* Whenever it gets it. */
static void let_go_at_once(locker *self) {
    weft_store_release_u32(&self->let_go, 1);
}

static void finish(locker *self) {
    let_go(self);
    scenario_join(&self->thread);
    CHECK(self->result == WEFT_LOCK_OK);
}

/* ---- one thread --------------------------------------------------------------------------- */

static void lock_and_unlock_one_byte(void) {
    struct {
        uint8_t before;
        weft_mutex mutex;
        uint8_t after;
    } memory = {0xff, WEFT_MUTEX_INIT, 0xff};
    CHECK(sizeof memory == 3);
    for (int i = 0; i < 3; i++) {
        CHECK(!weft_mutex_is_locked(&memory.mutex));
        weft_mutex_lock(&memory.mutex);
        CHECK(weft_mutex_is_locked(&memory.mutex));
        CHECK(state_of(&memory.mutex) == LOCKED);
        CHECK(!weft_mutex_try_lock(&memory.mutex));
        weft_mutex_unlock(&memory.mutex);
        CHECK(state_of(&memory.mutex) == 0);
        CHECK(weft_mutex_try_lock(&memory.mutex));
        weft_mutex_unlock(&memory.mutex);
    }
    CHECK(memory.before == 0xff && memory.after == 0xff);
}

static void host_bits(void) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    CHECK(weft_mutex_host_bits(&mutex) == 0);
    CHECK(weft_mutex_set_host_bits(&mutex, 0x54 | 3) == 0);
    CHECK(state_of(&mutex) == 0x54);
    CHECK(weft_mutex_set_host_bits(&mutex, 0x80) == 0x54);
    CHECK(weft_mutex_clear_host_bits(&mutex, 0x10 | 3) == 0xd4);
    CHECK(weft_mutex_host_bits(&mutex) == 0xc4);
    weft_mutex_lock(&mutex);
    CHECK(state_of(&mutex) == (0xc4 | LOCKED));
    CHECK(weft_mutex_clear_host_bits(&mutex, 0xff) == 0xc4);
    CHECK(state_of(&mutex) == LOCKED);
    CHECK(weft_mutex_set_host_bits(&mutex, 0xff) == 0);
    CHECK(!weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
    CHECK(state_of(&mutex) == WEFT_MUTEX_HOST_BITS);
    CHECK(weft_mutex_try_lock(&mutex));
    CHECK(weft_mutex_lock_for(&mutex, 0) == WEFT_LOCK_TIMEOUT);
    weft_mutex_unlock(&mutex);
    CHECK(weft_mutex_lock_for(&mutex, MS) == WEFT_LOCK_OK);
    weft_mutex_unlock(&mutex);
    CHECK(weft_mutex_host_bits(&mutex) == WEFT_MUTEX_HOST_BITS);
}

/* A bit that says somebody sleeps where nobody does (a child after fork, a late bit): corrected. */
static void stale_parked_bit_is_corrected(void) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_mutex_lock(&mutex);
    weft_store_relaxed_u8(&mutex.state, LOCKED | HAS_PARKED | 0x40);
    weft_mutex_unlock(&mutex);
    CHECK(state_of(&mutex) == 0x40);
    weft_store_relaxed_u8(&mutex.state, HAS_PARKED);
    CHECK(weft_mutex_try_lock(&mutex));
    CHECK(state_of(&mutex) == (LOCKED | HAS_PARKED));
    weft_mutex_unlock(&mutex);
    CHECK(state_of(&mutex) == 0);
}

static void unlock_it(void *mutex) {
    weft_mutex_unlock(mutex);
}

static void unlock_of_an_unlocked_mutex_is_fatal(void) {
    const uint8_t states[] = {0, HAS_PARKED, 0x80, 0x80 | HAS_PARKED};
    for (size_t i = 0; i < sizeof states; i++) {
        weft_mutex mutex = {WEFT_ATOMIC_INIT(states[i])};
        CHECK(scenario_is_fatal(unlock_it, &mutex, "unlock", "mutex at 0x"));
        CHECK(state_of(&mutex) == states[i]);
        weft_store_relaxed_u8(&mutex.state, 0);
        weft_mutex_lock(&mutex); /* and goes on to work */
        weft_mutex_unlock(&mutex);
    }
}

/* ---- timeouts ----------------------------------------------------------------------------- */

static void deadlines(void) {
    CHECK(weft_lock_deadline(0) == 0);
    CHECK(weft_lock_deadline(-1) == 0);
    CHECK(weft_lock_deadline(INT64_MIN) == 0);
    CHECK(weft_lock_deadline(WEFT_FOREVER) == WEFT_WAIT_FOREVER);
    uint64_t before = weft_now_ns();
    uint64_t deadline = weft_lock_deadline(5 * MS);
    CHECK(deadline >= before + 5 * (uint64_t)MS);
    CHECK(deadline <= weft_now_ns() + 5 * (uint64_t)MS);
    deadline = weft_lock_deadline(INT64_MAX - 1);
    CHECK(deadline >= (uint64_t)INT64_MAX);
}

static void locked_elsewhere(void (*then)(weft_mutex *mutex)) {
    static weft_mutex mutex;
    locker owner;
    start_locker(&owner, &mutex);
    AWAIT(has_it(&owner));
    then(&mutex);
    finish(&owner);
    CHECK(state_of(&mutex) == 0);
}

static void try_all_at_once(weft_mutex *mutex) {
    const int64_t timeouts[] = {0, -1, -MS, INT64_MIN};
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(1)};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        CHECK(weft_mutex_lock_for(mutex, timeouts[i]) == WEFT_LOCK_TIMEOUT);
        CHECK(weft_mutex_lock_interruptible(mutex, timeouts[i], NULL) == WEFT_LOCK_TIMEOUT);
        CHECK(weft_mutex_lock_interruptible(mutex, timeouts[i], &interrupt) == WEFT_LOCK_TIMEOUT);
    }
    CHECK(!weft_mutex_try_lock(mutex));
    CHECK(state_of(mutex) == LOCKED); /* nobody announced that it sleeps */
}

static void zero_and_negative_timeouts_do_not_wait(void) {
    uint64_t waits = weft_load_relaxed_u64(&seam_count.waits);
    locked_elsewhere(try_all_at_once);
    CHECK(weft_load_relaxed_u64(&seam_count.waits) == waits);
    weft_mutex mutex = WEFT_MUTEX_INIT;
    const int64_t timeouts[] = {0, -1, INT64_MIN, 1, WEFT_FOREVER, INT64_MAX - 1};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        CHECK(weft_mutex_lock_for(&mutex, timeouts[i]) == WEFT_LOCK_OK);
        weft_mutex_unlock(&mutex);
        CHECK(weft_mutex_lock_interruptible(&mutex, timeouts[i], NULL) == WEFT_LOCK_OK);
        weft_mutex_unlock(&mutex);
    }
}

static void time_out(weft_mutex *mutex) {
    for (int64_t timeout = 1; timeout < 10 * MS; timeout += 1700000) {
        uint64_t before = weft_now_ns();
        CHECK(weft_mutex_lock_for(mutex, timeout) == WEFT_LOCK_TIMEOUT);
        CHECK(weft_now_ns() - before >= (uint64_t)timeout);
        before = weft_now_ns();
        CHECK(weft_mutex_lock_interruptible(mutex, timeout, NULL) == WEFT_LOCK_TIMEOUT);
        CHECK(weft_now_ns() - before >= (uint64_t)timeout);
    }
    CHECK(state_of(mutex) == LOCKED); /* the last to give up took the bit with it */
}

static void timeouts_are_never_early(void) {
    locked_elsewhere(time_out);
}

static void giving_up_leaves_the_bit_to_others(void) {
    static weft_mutex mutex;
    locker waiter;
    locker brief;
    weft_mutex_lock(&mutex);
    queue_locker(&waiter, &mutex);
    brief = (locker){.mutex = &mutex, .timeout = 3 * MS};
    scenario_start(&brief.thread, lock_and_unlock, &brief);
    scenario_join(&brief.thread);
    CHECK(brief.result == WEFT_LOCK_TIMEOUT);
    CHECK(state_of(&mutex) == (LOCKED | HAS_PARKED));
    weft_mutex_unlock(&mutex);
    finish(&waiter);
    CHECK(state_of(&mutex) == 0);
}

static void long_timeouts_wait(void) {
    static weft_mutex mutex;
    const int64_t timeouts[] = {INT64_MAX - 1, INT64_MAX / 2, INT64_C(3600) * 1000 * MS};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        locker waiter = {.mutex = &mutex, .timeout = timeouts[i], .interruptible = i == 1};
        weft_mutex_lock(&mutex);
        scenario_start(&waiter.thread, lock_and_unlock, &waiter);
        AWAIT(sleepers_on(&mutex) == 1);
        weft_mutex_unlock(&mutex);
        finish(&waiter);
    }
}

/* ---- interrupts --------------------------------------------------------------------------- */

static void raise_ends_the_wait(void) {
    static weft_mutex mutex;
    locker waiter = {.mutex = &mutex, .timeout = WEFT_FOREVER, .interruptible = true};
    weft_mutex_lock(&mutex);
    scenario_start(&waiter.thread, lock_and_unlock, &waiter);
    AWAIT(sleepers_on(&mutex) == 1);
    weft_interrupt_raise(&waiter.interrupt);
    scenario_join(&waiter.thread);
    CHECK(waiter.result == WEFT_LOCK_INTERRUPTED);
    CHECK(state_of(&mutex) == LOCKED);
    /* Still raised: the next wait ends at once, and a free mutex is taken all the same. */
    waiter.result = WEFT_LOCK_OK;
    scenario_start(&waiter.thread, lock_and_unlock, &waiter);
    scenario_join(&waiter.thread);
    CHECK(waiter.result == WEFT_LOCK_INTERRUPTED);
    weft_mutex_unlock(&mutex);
    CHECK(weft_mutex_lock_interruptible(&mutex, WEFT_FOREVER, &waiter.interrupt) == WEFT_LOCK_OK);
    weft_mutex_unlock(&mutex);
    CHECK(weft_interrupt_clear(&waiter.interrupt));
}

/* TSan holds signals back from a thread that sleeps in pthread_cond_wait. */
#if !defined(_WIN32) && (!WEFT_TSAN || !WEFT_WAIT_PTHREAD)
static weft_atomic_u32 signals;
static void count_signal(int number) {
    (void)number;
    weft_fetch_add_relaxed_u32(&signals, 1);
}

static void count_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
}

static void plain_lock_goes_on_after_signals(void) {
    static weft_mutex mutex;
    locker waiter;
    count_signals();
    weft_mutex_lock(&mutex);
    queue_locker(&waiter, &mutex);
    for (int i = 0; i < 20; i++) {
        uint32_t before = weft_load_relaxed_u32(&signals);
        /* More than one: TSan holds a signal back that comes just before the system call. */
        AWAIT(pthread_kill(waiter.thread.id, SIGUSR1) == 0 &&
              weft_load_relaxed_u32(&signals) != before);
    }
    CHECK(!has_it(&waiter));
    CHECK(sleepers_on(&mutex) == 1);
    weft_mutex_unlock(&mutex);
    finish(&waiter);
}

#if !WEFT_WAIT_PTHREAD
static void signals_end_an_interruptible_lock(void) {
    static weft_mutex mutex;
    locker waiter = {.mutex = &mutex, .timeout = WEFT_FOREVER, .interruptible = true};
    count_signals();
    weft_mutex_lock(&mutex);
    scenario_start(&waiter.thread, lock_and_unlock, &waiter);
    while (!scenario_finished(&waiter.thread)) {
        (void)pthread_kill(waiter.thread.id, SIGUSR1);
        scenario_sleep_ns((uint64_t)MS);
    }
    scenario_join(&waiter.thread);
    CHECK(waiter.result == WEFT_LOCK_INTERRUPTED);
    CHECK(state_of(&mutex) == LOCKED);
    weft_mutex_unlock(&mutex);
}
#endif
#endif

/* ---- wake and handoff --------------------------------------------------------------------- */

/* What the byte was when the wake left for the operating system: after the unlock's last touch,
 * before the woken thread can have run. */
static weft_mutex *watched;
static uint8_t state_at_wake;
static int watched_wakes;

static void watch_state(void) {
    state_at_wake = state_of(watched);
    watched_wakes++;
}

static void unlock_watched(weft_mutex *mutex) {
    watched = mutex;
    watched_wakes = 0;
    seam.before_wake = watch_state;
    weft_mutex_unlock(mutex);
    seam.before_wake = NULL;
    CHECK(watched_wakes == 1);
}

static void with_fairness(uint64_t fairness, void (*run)(weft_mutex *mutex)) {
    static weft_mutex mutex;
    weft_mutex_set_fairness(fairness);
    CHECK(weft_mutex_fairness() == fairness);
    run(&mutex);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    CHECK(state_of(&mutex) == 0);
}

static void two_waiters_handed_over(weft_mutex *mutex) {
    locker first;
    locker second;
    weft_mutex_set_host_bits(mutex, 0x28);
    weft_mutex_lock(mutex);
    queue_locker(&first, mutex);
    queue_locker(&second, mutex);
    CHECK(state_of(mutex) == (0x28 | LOCKED | HAS_PARKED));
    unlock_watched(mutex);
    CHECK(state_at_wake == (0x28 | LOCKED | HAS_PARKED));
    CHECK(!weft_mutex_try_lock(mutex)); /* it was never free */
    AWAIT(has_it(&first));
    CHECK(!has_it(&second));
    let_go(&first);
    AWAIT(has_it(&second));
    CHECK(state_of(mutex) == (0x28 | LOCKED)); /* the last one queued took the bit away */
    scenario_join(&first.thread);
    finish(&second);
    CHECK(weft_mutex_clear_host_bits(mutex, 0xff) == 0x28);
}

static void fairness_0_always_hands_over(void) {
    with_fairness(0, two_waiters_handed_over);
}

static void wait_longer_than_the_default(weft_mutex *mutex) {
    locker waiter;
    weft_mutex_lock(mutex);
    queue_locker(&waiter, mutex);
    scenario_sleep_ns(UINT64_C(2) * WEFT_FAIRNESS_NS);
    unlock_watched(mutex);
    CHECK(state_at_wake == LOCKED);
    finish(&waiter);
}

static void long_waiter_is_handed_the_mutex(void) {
    with_fairness(WEFT_FAIRNESS_NS, wait_longer_than_the_default);
}

/* A thread barges in before the woken one has run. */
static void barge_in(void) {
    seam.before_wake = NULL;
    CHECK(weft_mutex_try_lock(watched));
}

static void unlock_and_barge_in(weft_mutex *mutex) {
    watched = mutex;
    seam.before_wake = barge_in;
    weft_mutex_unlock(mutex);
    seam.before_wake = NULL;
    CHECK(weft_mutex_is_locked(mutex));
}

/* Waiting is counted from the first sleep, not from the last. */
static void wait_in_two_sleeps(weft_mutex *mutex) {
    locker waiter;
    weft_mutex_lock(mutex);
    queue_locker(&waiter, mutex);
    scenario_sleep_ns(60 * (uint64_t)MS);
    unlock_and_barge_in(mutex);
    AWAIT(weft_load_relaxed_u32(&waiter.attempts) == 2 && sleepers_on(mutex) == 1);
    weft_mutex_set_fairness(50 * (uint64_t)MS);
    unlock_watched(mutex);
    CHECK(state_at_wake == LOCKED);
    finish(&waiter);
}

static void time_waited_adds_up(void) {
    with_fairness(NEVER, wait_in_two_sleeps);
}

static void two_waiters_compete(weft_mutex *mutex) {
    locker first;
    locker second;
    weft_mutex_set_host_bits(mutex, 0x44);
    weft_mutex_lock(mutex);
    queue_locker(&first, mutex);
    queue_locker(&second, mutex);
    scenario_sleep_ns(2 * (uint64_t)MS);
    unlock_watched(mutex);
    CHECK(state_at_wake == (0x44 | HAS_PARKED)); /* free, and the next unlock wakes the other */
    AWAIT(has_it(&first));
    CHECK(state_of(mutex) == (0x44 | LOCKED | HAS_PARKED));
    CHECK(sleepers_on(mutex) == 1);
    let_go(&first);
    AWAIT(has_it(&second));
    CHECK(state_of(mutex) == (0x44 | LOCKED));
    scenario_join(&first.thread);
    finish(&second);
    CHECK(weft_mutex_clear_host_bits(mutex, 0xff) == 0x44);
}

static void fairness_never_lets_them_compete(void) {
    with_fairness(NEVER, two_waiters_compete);
}

/* A woken thread that loses answers for those behind it while it queues again. */
static void loser_queues_again(weft_mutex *mutex) {
    locker first;
    locker second;
    weft_mutex_lock(mutex);
    queue_locker(&first, mutex);
    queue_locker(&second, mutex);
    unlock_and_barge_in(mutex);
    AWAIT(weft_load_relaxed_u32(&first.attempts) == 2 && sleepers_on(mutex) == 2);
    CHECK(state_of(mutex) == (LOCKED | HAS_PARKED));
    weft_mutex_unlock(mutex);
    let_go_at_once(&first);
    let_go_at_once(&second);
    scenario_join(&first.thread);
    scenario_join(&second.thread);
}

static void a_woken_thread_that_loses_forgets_nobody(void) {
    with_fairness(NEVER, loser_queues_again);
}

/* A waiter that went to park for the second time finds the word changed, and tries again. */
static void change_word_once(const weft_park_request *request) {
    count_attempt(request);
    if (weft_load_relaxed_u32(&this_locker->attempts) == 2) {
        weft_mutex *mutex = request->argument;
        (void)weft_fetch_and_relaxed_u8(&mutex->state, (uint8_t)~HAS_PARKED);
    }
}

/* A woken thread that loses keeps its place: the fairness time, once it is up, hands the mutex to it and not to
 * who came later. */
static void loser_is_first(weft_mutex *mutex, unsigned attempts,
                           void (*before_park)(const weft_park_request *request)) {
    locker first;
    locker second;
    weft_mutex_lock(mutex);
    start_locker_that(&first, mutex, before_park);
    AWAIT(sleepers_on(mutex) == 1);
    queue_locker(&second, mutex);
    unlock_and_barge_in(mutex);
    AWAIT(weft_load_relaxed_u32(&first.attempts) == attempts && sleepers_on(mutex) == 2);
    weft_mutex_set_fairness(0);
    weft_mutex_unlock(mutex);
    AWAIT(has_it(&first) || has_it(&second));
    CHECK(has_it(&first));
    finish(&first);
    finish(&second);
}

static void loser_sleeps_again(weft_mutex *mutex) {
    loser_is_first(mutex, 2, count_attempt);
}

static void loser_meets_another_word(weft_mutex *mutex) {
    loser_is_first(mutex, 3, change_word_once);
}

static void a_woken_thread_that_loses_keeps_its_place(void) {
    with_fairness(NEVER, loser_sleeps_again);
    with_fairness(NEVER, loser_meets_another_word);
}

/* A woken thread whose time is up while it competes has told the next, or left the bit. */
static void loser_times_out(weft_mutex *mutex) {
    locker first = {.mutex = mutex, .timeout = 30 * MS};
    locker second;
    weft_mutex_lock(mutex);
    scenario_start(&first.thread, lock_and_unlock, &first);
    AWAIT(sleepers_on(mutex) == 1 || scenario_finished(&first.thread));
    start_locker(&second, mutex);
    AWAIT(sleepers_on(mutex) == 2 || (scenario_finished(&first.thread) && sleepers_on(mutex) == 1));
    unlock_and_barge_in(mutex);
    scenario_join(&first.thread);
    CHECK(first.result == WEFT_LOCK_TIMEOUT);
    AWAIT(state_of(mutex) == (LOCKED | HAS_PARKED) || sleepers_on(mutex) == 0);
    weft_mutex_unlock(mutex);
    finish(&second);
}

static void a_woken_thread_that_times_out_forgets_nobody(void) {
    for (int i = 0; i < 3; i++) {
        with_fairness(NEVER, loser_times_out);
    }
}

/* ---- a world that stops ------------------------------------------------------------------- */

typedef struct fake_world {
    weft_atomic_u32 stopped;
    weft_atomic_u32 refused; /* threads that could not attach */
    weft_mutex *barge;       /* locked, once, by a thread about to refuse */
    weft_atomic_u32 barged;
} fake_world;

static void *fake_world_of_thread(void) {
    return this_locker != NULL ? this_locker->runtime : NULL;
}
static void fake_world_enter(void *context) {
    (void)context;
}
static bool fake_world_try_leave(void *context) {
    fake_world *world = context;
    if (weft_load_acquire_u32(&world->stopped) == 0) {
        return true;
    }
    if (world->barge != NULL) {
        /* Another thread takes the free mutex before this one gives its place away. */
        CHECK(weft_mutex_try_lock_slow(world->barge));
        world->barge = NULL;
        weft_store_release_u32(&world->barged, 1);
    }
    weft_fetch_add_relaxed_u32(&world->refused, 1);
    return false;
}
static void fake_world_leave(void *context) {
    fake_world *world = context;
    AWAIT(weft_load_acquire_u32(&world->stopped) == 0);
}
static const weft_park_hook world_hook = {fake_world_of_thread, fake_world_enter,
                                          fake_world_try_leave, fake_world_leave, NULL};

static void queue_locker_of(locker *self, weft_mutex *mutex, fake_world *world) {
    size_t before = sleepers_on(mutex);
    *self = (locker){.mutex = mutex, .timeout = WEFT_FOREVER, .runtime = world};
    scenario_start(&self->thread, lock_and_unlock, self);
    AWAIT(sleepers_on(mutex) == before + 1);
}

/* The first waiter's world has stopped: the second gets the mutex while the first one's stands. */
static void refused_passes_on(weft_mutex *mutex) {
    fake_world world = {.stopped = WEFT_ATOMIC_INIT(1)};
    locker first;
    locker second;
    weft_park_set_hook(&world_hook);
    weft_mutex_lock(mutex);
    queue_locker_of(&first, mutex, &world);
    queue_locker(&second, mutex);
    weft_mutex_unlock(mutex);
    AWAIT(has_it(&second));
    CHECK(weft_load_relaxed_u32(&world.refused) == 1);
    CHECK(!has_it(&first));
    weft_store_release_u32(&world.stopped, 0);
    AWAIT(sleepers_on(mutex) == 1);
    finish(&second);
    finish(&first);
    weft_park_set_hook(NULL);
}

static void a_refused_handoff_goes_to_the_next(void) {
    with_fairness(0, refused_passes_on);
}

static void a_refused_wake_goes_to_the_next(void) {
    with_fairness(NEVER, refused_passes_on);
}

/* Nobody else waits: the mutex is free while the world stands still. */
static void refused_alone(weft_mutex *mutex) {
    fake_world world = {.stopped = WEFT_ATOMIC_INIT(1)};
    locker only;
    weft_park_set_hook(&world_hook);
    weft_mutex_lock(mutex);
    queue_locker_of(&only, mutex, &world);
    weft_mutex_unlock(mutex);
    AWAIT(weft_load_relaxed_u32(&world.refused) == 1);
    AWAIT(state_of(mutex) == 0);
    weft_mutex_lock(mutex);
    weft_store_release_u32(&world.stopped, 0);
    AWAIT(sleepers_on(mutex) == 1);
    CHECK(!has_it(&only));
    weft_mutex_unlock(mutex);
    finish(&only);
    weft_park_set_hook(NULL);
}

static void a_refused_handoff_frees_the_mutex(void) {
    with_fairness(0, refused_alone);
}

static void a_refused_wake_leaves_the_mutex_free(void) {
    with_fairness(NEVER, refused_alone);
}

/* Somebody owns the mutex when the place is given away: the owner's unlock finds the next. */
static void refused_while_owned(weft_mutex *mutex) {
    fake_world world = {.stopped = WEFT_ATOMIC_INIT(1), .barge = mutex};
    locker first;
    locker second;
    weft_park_set_hook(&world_hook);
    weft_mutex_lock(mutex);
    queue_locker_of(&first, mutex, &world);
    queue_locker(&second, mutex);
    weft_mutex_unlock(mutex);
    AWAIT(weft_load_acquire_u32(&world.barged) == 1);
    AWAIT(state_of(mutex) == (LOCKED | HAS_PARKED));
    CHECK(!has_it(&second));
    weft_mutex_unlock_slow(mutex); /* for the thread that barged in */
    AWAIT(has_it(&second));
    weft_store_release_u32(&world.stopped, 0);
    finish(&second);
    finish(&first);
    weft_park_set_hook(NULL);
}

static void a_refused_wake_leaves_its_duty_to_the_owner(void) {
    with_fairness(NEVER, refused_while_owned);
}

/* ---- a zeroed mutex ----------------------------------------------------------------------- */

/* A later waiter queues behind those of a zeroed mutex: all are served, in order. */
static void recover(weft_mutex *mutex, locker waiters[2]) {
    locker later;
    CHECK(sleepers_on(mutex) == 2);
    weft_mutex_lock(mutex);
    queue_locker(&later, mutex);
    weft_mutex_unlock(mutex);
    AWAIT(has_it(&waiters[0]));
    CHECK(!has_it(&waiters[1]) && !has_it(&later));
    let_go(&waiters[0]);
    AWAIT(has_it(&waiters[1]));
    CHECK(!has_it(&later));
    let_go(&waiters[1]);
    finish(&later);
    scenario_join(&waiters[0].thread);
    scenario_join(&waiters[1].thread);
}

static void zeroed_with_waiters(weft_mutex *mutex) {
    locker waiters[2];
    locker brief = {.mutex = mutex, .timeout = 10 * MS, .let_go = WEFT_ATOMIC_INIT(1)};
    weft_mutex_lock(mutex);
    queue_locker(&waiters[0], mutex);
    queue_locker(&waiters[1], mutex);
    size_t before = sleepers_on(mutex);
    scenario_start(&brief.thread, lock_and_unlock, &brief);
    AWAIT(sleepers_on(mutex) == before + 1 || scenario_finished(&brief.thread));
    weft_lockcheck_released(mutex, "mutex", WEFT_HERE);
    weft_store_relaxed_u8(&mutex->state, 0);
    /* It works; those with a timeout come back, the others sleep. */
    weft_mutex_lock(mutex);
    weft_mutex_unlock(mutex);
    scenario_join(&brief.thread);
    recover(mutex, waiters);
}

static void zeroed_mutex_recovers_with_the_next_waiter(void) {
    with_fairness(NEVER, zeroed_with_waiters);
    with_fairness(0, zeroed_with_waiters);
}

/* Overwritten under its owner, whose unlock is fatal. */
static void zeroed_under_its_owner(weft_mutex *mutex) {
    for (int waiting = 0; waiting < 2; waiting++) {
        locker waiters[2];
        weft_mutex_lock(mutex);
        for (int i = 0; i < 2 * waiting; i++) {
            queue_locker(&waiters[i], mutex);
        }
        weft_store_relaxed_u8(&mutex->state, 0);
        CHECK(scenario_is_fatal(unlock_it, mutex, "unlock of a mutex that is not locked",
                                "mutex at 0x"));
        CHECK(state_of(mutex) == 0);
        weft_mutex_lock(mutex);
        weft_mutex_unlock(mutex);
        if (waiting != 0) {
            recover(mutex, waiters);
        }
    }
}

static void lose_it(void *argument) {
    locker *self = argument;
    weft_mutex_lock(self->mutex);
    weft_store_release_u32(&self->has, 1);
    AWAIT(weft_load_acquire_u32(&self->let_go) != 0);
#if WEFT_CHECKED
    weft_mutex_unlock(self->mutex);
#else
    CHECK(scenario_is_fatal(unlock_it, self->mutex, "unlock of a mutex that is not locked", NULL));
#endif
}

/* Another thread has locked it by then: the checked build reports who unlocks what is not his, the other takes it for
 * the unlock of that thread, and reports this one's. */
static void zeroed_and_locked_by_another(weft_mutex *mutex) {
    locker waiters[2];
    locker other = {.mutex = mutex};
    weft_mutex_lock(mutex);
    queue_locker(&waiters[0], mutex);
    queue_locker(&waiters[1], mutex);
    weft_store_relaxed_u8(&mutex->state, 0);
    scenario_start(&other.thread, lose_it, &other);
    AWAIT(has_it(&other));
#if WEFT_CHECKED
    CHECK(scenario_is_fatal(unlock_it, mutex, "unlock by a thread that does not hold it",
                            "held by another thread that locked it at "));
    CHECK(state_of(mutex) == LOCKED);
#else
    weft_mutex_unlock(mutex);
    CHECK(state_of(mutex) == 0);
#endif
    let_go_at_once(&other);
    scenario_join(&other.thread);
    CHECK(state_of(mutex) == 0);
    recover(mutex, waiters);
}

static void zeroed_mutex_reports_its_owner(void) {
    with_fairness(NEVER, zeroed_under_its_owner);
    with_fairness(0, zeroed_under_its_owner);
    with_fairness(NEVER, zeroed_and_locked_by_another);
}

/* ---- hints -------------------------------------------------------------------------------- */

static weft_park_description described(void) {
    weft_park_description description;
    weft_park_describe(&description);
    return description;
}

static void await_clear_hint(weft_mutex *mutex) {
    AWAIT((weft_mutex_lock(mutex), weft_mutex_unlock(mutex),
           weft_park_hint(mutex) == WEFT_HINT_CLEAR));
}

static void wait_once(weft_mutex *mutex) {
    locker waiter;
    weft_mutex_lock(mutex);
    start_locker(&waiter, mutex);
    AWAIT(sleepers_on(mutex) == 1);
    weft_mutex_unlock(mutex);
    finish(&waiter);
    CHECK(state_of(mutex) == 0);
}

/* A hint is set once, by one heavy fence, and cleared when it has been quiet. */
static void hint_is_set_while_somebody_waits(void) {
    static weft_mutex mutex;
    if (!weft_park_set_asymmetric(true)) {
        CHECK(described().clear_hints == 0);
        return;
    }
    locker waiters[2];
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_CLEAR);
    uint64_t before = described().heavy_fences;
    weft_mutex_lock(&mutex);
    queue_locker(&waiters[0], &mutex);
    CHECK(weft_park_hint(&mutex) != WEFT_HINT_CLEAR);
    CHECK(described().heavy_fences == before + 1);
    queue_locker(&waiters[1], &mutex);
    CHECK(described().heavy_fences == before + 1);
    weft_park_set_asymmetric(true); /* clears no hint that somebody needs */
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_SET || weft_park_hint(&mutex) == WEFT_HINT_BUSY);
    weft_mutex_unlock(&mutex);
    finish(&waiters[0]);
    finish(&waiters[1]);
    await_clear_hint(&mutex);
    CHECK(state_of(&mutex) == 0);
}

/* While a thread waits, unlocks need not look whether the hint may be cleared: until it has the mutex, or has given up. */
static void hint_is_busy_while_somebody_waits(void) {
    static weft_mutex mutex;
    locker waiter;
    if (!weft_park_set_asymmetric(true)) {
        return;
    }
    wait_once(&mutex); /* set */
    weft_mutex_lock(&mutex);
    queue_locker(&waiter, &mutex);
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_BUSY);
    weft_mutex_unlock(&mutex);
    AWAIT(has_it(&waiter));
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_SET);
    CHECK(weft_mutex_lock_for(&mutex, MS) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_SET);
    finish(&waiter);
    await_clear_hint(&mutex);
}

/* Who cannot attach waits for its world, which may be for ever, and not for the mutex: its mark has gone. */
static void hint_is_not_busy_for_who_is_refused(void) {
    static weft_mutex mutex;
    fake_world world = {.stopped = WEFT_ATOMIC_INIT(1)};
    locker only;
    if (!weft_park_set_asymmetric(true)) {
        return;
    }
    wait_once(&mutex); /* set */
    weft_park_set_hook(&world_hook);
    weft_mutex_lock(&mutex);
    queue_locker_of(&only, &mutex, &world);
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_BUSY);
    weft_mutex_unlock(&mutex);
    AWAIT(weft_load_relaxed_u32(&world.refused) == 1);
    CHECK(weft_park_hint(&mutex) != WEFT_HINT_BUSY);
    weft_store_release_u32(&world.stopped, 0);
    finish(&only);
    weft_park_set_hook(NULL);
    await_clear_hint(&mutex);
}

/* What nobody set is not marked: one that is clear, or not to be cleared. */
static void only_set_hints_become_busy(void) {
    static weft_mutex mutex;
    locker waiter;
    bool works = weft_park_set_asymmetric(true);
    uint8_t before = weft_park_hint(&mutex);
    weft_park_mark_busy(&mutex);
    CHECK(weft_park_hint(&mutex) == before);
    weft_park_unmark_busy(&mutex);
    CHECK(weft_park_hint(&mutex) == before);
    CHECK(weft_park_set_asymmetric(false));
    weft_mutex_lock(&mutex);
    queue_locker(&waiter, &mutex);
    weft_mutex_unlock(&mutex);
    finish(&waiter);
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_NEVER);
    CHECK(weft_park_set_asymmetric(true) == works);
}

/* Also the second time: how quiet it was the first time does not count. */
static void hint_is_sticky(void) {
    static weft_mutex mutex;
    for (int i = 0; i < 3 && weft_park_set_asymmetric(true); i++) {
        uint64_t began = scenario_now_ns();
        wait_once(&mutex);
        await_clear_hint(&mutex);
        CHECK(scenario_now_ns() - began >= 10 * (uint64_t)MS);
    }
}

#if !WEFT_WITHOUT_HINTS
/* What an owner's plain store does that was on its way when two queued. */
static void covered_waiters_are_woken(void) {
    static weft_mutex mutex;
    locker waiters[2];
    weft_mutex_lock(&mutex);
    queue_locker(&waiters[0], &mutex);
    queue_locker(&waiters[1], &mutex);
    weft_lockcheck_released(&mutex, "mutex", WEFT_HERE);
    weft_store_release_u8(&mutex.state, 0);
    weft_mutex_wake_late(&mutex);
    finish(&waiters[0]);
    finish(&waiters[1]);
    CHECK(state_of(&mutex) == 0);
}

/* The memory is something else by now: nothing is touched, and nobody woken who waits for that. */
static void late_wake_leaves_others_alone(void) {
    volatile uintptr_t unmapped = 64; /* the first page never is */
    weft_mutex_wake_late((weft_mutex *)unmapped);
    static weft_mutex other = {WEFT_ATOMIC_INIT(0xa5)};
    sleeper stranger;
    sleeper_start(&stranger, &other, 0, NULL);
    weft_mutex_wake_late(&other);
    CHECK(sleepers_on(&other) == 1);
    CHECK(state_of(&other) == 0xa5);
    CHECK(weft_unpark_one(&other, NULL, NULL) == 1);
    CHECK(sleeper_woken(&stranger, 0));
}
#endif

static void works_without_a_heavy_fence(void) {
    static weft_mutex mutex;
    weft_store_relaxed_u32(&seam_no_registration, 1);
    CHECK(!weft_park_set_asymmetric(true));
    weft_store_relaxed_u32(&seam_no_registration, 0);
    CHECK(described().clear_hints == 0);
    wait_once(&mutex);
    for (int i = 0; i < 1000; i++) {
        weft_mutex local = WEFT_MUTEX_INIT;
        weft_mutex_lock(&local);
        weft_mutex_unlock(&local);
        CHECK(weft_park_hint(&local) == WEFT_HINT_NEVER);
    }
    (void)weft_park_set_asymmetric(true);
    CHECK(weft_park_set_asymmetric(false));
    CHECK(described().clear_hints == 0);
    wait_once(&mutex);
}

static void heavy_fence_that_fails_later(void) {
    static weft_mutex mutex;
    (void)weft_park_set_asymmetric(true);
    weft_store_relaxed_u32(&seam_no_heavy_fence, 1);
    wait_once(&mutex);
    CHECK(described().clear_hints == 0);
    wait_once(&mutex);
    weft_store_relaxed_u32(&seam_no_heavy_fence, 0);
}

#ifdef CAN_REFUSE_MEMBARRIER
/* From now on, as in a sandbox whose rules do not know it. False: this system has no such rules (an emulated processor). */
static bool refuse_membarrier(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof *rules, .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void wait_in_a_sandbox(void *argument) {
    weft_mutex *mutex = argument;
    bool worked = weft_park_set_asymmetric(true);
    if (refuse_membarrier()) {
        CHECK((described().clear_hints != 0) == worked);
        wait_once(mutex);
        CHECK(described().clear_hints == 0);
        wait_once(mutex);
        CHECK(!weft_park_set_asymmetric(true));
    }
}

static void heavy_fence_that_a_sandbox_refuses(void) {
    static weft_mutex mutex;
    CHECK(scenario_forked(wait_in_a_sandbox, &mutex));
}
#endif

/* Somebody else has it: comes to wait, and gives up at once. One heavy fence if the hint is clear. */
static void wait_in_vain(weft_mutex *mutex) {
    weft_store_relaxed_u8(&mutex->state, LOCKED);
    CHECK(weft_mutex_lock_slow(mutex, 1, false, NULL) == WEFT_LOCK_TIMEOUT);
    CHECK(state_of(mutex) == LOCKED);
    weft_store_relaxed_u8(&mutex->state, 0);
}

static uint64_t fences_of_waiting_for(weft_mutex *locks, int count) {
    uint64_t before = described().heavy_fences;
    for (int i = 0; i < count; i++) {
        wait_in_vain(&locks[i]);
    }
    return described().heavy_fences - before;
}

static void unlock_often(weft_mutex *mutex) {
    for (int i = 0; i < 1000; i++) {
        weft_mutex_lock(mutex);
        weft_mutex_unlock(mutex);
    }
}

/* With the clock stopped: it begins now, and lasts for a million looks. */
static void pass_to_the_next_window(void) {
    const uint64_t window = 100 * (uint64_t)MS;
    seam_pass_time(window - weft_now_ns() % window);
}

/* A different lock is fought for each time, and as fast as one likes: the clock is the test's. The bounds are
 * weft_park.c's: 40 in a window, then one more for all hints, and none for a second. Up to 1052 neighbours have a
 * hint each: the hash is Fibonacci's. */
static void heavy_fences_are_bounded(void) {
    enum { WINDOWS = 10, BUDGET = 40, MORE = 300, LOCKS = WINDOWS * BUDGET + MORE };
    static weft_mutex locks[LOCKS];
    if (!weft_park_set_asymmetric(true)) {
        CHECK(fences_of_waiting_for(locks, LOCKS) == 0);
        return;
    }
    seam_stop_clock();
    seam_pass_time(2000 * (uint64_t)MS); /* no rest, no drain */
    for (int i = 0; i < WINDOWS; i++) {
        pass_to_the_next_window();
        CHECK(fences_of_waiting_for(&locks[(size_t)i * BUDGET], BUDGET) == BUDGET);
    }
    CHECK(described().clear_hints > 0);
    pass_to_the_next_window();
    CHECK(fences_of_waiting_for(&locks[(size_t)WINDOWS * BUDGET], MORE) == BUDGET + 1);
    CHECK(described().clear_hints == 0);
    for (int i = 0; i < 8; i++) {
        pass_to_the_next_window();
        unlock_often(locks);
        seam_pass_time(10 * (uint64_t)MS); /* quiet for long enough */
        unlock_often(locks);
        CHECK(fences_of_waiting_for(locks, BUDGET) == 0);
    }
    seam_start_clock();
    (void)weft_park_set_asymmetric(true);
}

/* An owner's plain store is on its way while a fence runs: it has arrived when that is over, and the
 * owner has not seen the hint. Simulated, for one thread's fences: whoever comes to wait has to look at
 * the byte again, and all fences have to be there. */
static weft_mutex *under_way;
static weft_atomic_u32 arrived;

static void let_it_arrive(void) {
    seam.before_heavy_fence = NULL;
    CHECK(weft_park_hint(under_way) != WEFT_HINT_CLEAR);
    weft_store_release_u8(&under_way->state, 0);
    weft_fetch_add_relaxed_u32(&arrived, 1);
}

static void lock_while_it_is_under_way(void *argument) {
    seam.before_heavy_fence = let_it_arrive;
    weft_mutex_lock(argument);
    weft_mutex_unlock(argument);
    seam.before_heavy_fence = NULL;
}

/* Locks, and releases by a store that is on its way from then on. */
static void release_some_time(weft_mutex *mutex) {
    weft_mutex_lock(mutex);
    weft_lockcheck_released(mutex, "mutex", WEFT_HERE);
    under_way = mutex;
    weft_store_relaxed_u32(&arrived, 0);
}

static void a_waiter_sees_the_store_under_way(weft_mutex *mutex) {
    scenario_thread waiter;
    release_some_time(mutex);
    scenario_start(&waiter, lock_while_it_is_under_way, mutex);
    scenario_join(&waiter);
    CHECK(weft_load_relaxed_u32(&arrived) == 1);
    CHECK(state_of(mutex) == 0);
}

static void the_fence_of_an_announcement_brings_the_store(void) {
    static weft_mutex mutex;
    if (weft_park_set_asymmetric(true)) {
        a_waiter_sees_the_store_under_way(&mutex);
    }
}

static void the_fence_of_a_switch_brings_the_store(void) {
    static weft_mutex mutex;
    if (weft_park_set_asymmetric(true)) {
        release_some_time(&mutex);
        seam.before_heavy_fence = let_it_arrive;
        CHECK(weft_park_set_asymmetric(false));
        seam.before_heavy_fence = NULL;
        CHECK(weft_load_relaxed_u32(&arrived) == 1);
        CHECK(weft_park_hint(&mutex) == WEFT_HINT_NEVER);
        CHECK(weft_park_set_asymmetric(true));
    }
}

/* Neither the fence of the waiter works nor that of the switch: what is on its way arrives some time in the
 * drain. The waiter looks again and again until then, and nobody wakes it. */
static void pass_through(void *argument) {
    weft_mutex_lock(argument);
    weft_mutex_unlock(argument);
}

static void a_waiter_sleeps_only_after_the_drain(void) {
    static weft_mutex mutex;
    scenario_thread waiter;
    if (!weft_park_set_asymmetric(true)) {
        return;
    }
    seam_stop_clock();
    seam_pass_time(2000 * (uint64_t)MS); /* no rest, no drain */
    uint64_t before = weft_load_relaxed_u64(&seam_count.parks);
    weft_store_relaxed_u32(&seam_no_heavy_fence, 1);
    release_some_time(&mutex);
    scenario_start(&waiter, pass_through, &mutex);
    AWAIT(weft_load_relaxed_u64(&seam_count.parks) >= before + 3);
    CHECK(sleepers_on(&mutex) == 0);
    CHECK(weft_park_hint(&mutex) == WEFT_HINT_NEVER);
    weft_store_release_u8(&mutex.state, 0);
    scenario_join(&waiter);
    CHECK(state_of(&mutex) == 0);
    weft_store_relaxed_u32(&seam_no_heavy_fence, 0);
    seam_pass_time(10 * (uint64_t)MS);
    wait_once(&mutex); /* the drain is over: sleeps again */
    seam_start_clock();
}

/* The clock stands still, so that the window's fences are spent for certain. Then nobody clears a hint
 * until the rest is over. */
static void hints_rest_and_clear_again(void) {
    enum { LOCKS = 200 };
    static weft_mutex locks[LOCKS];
    if (!weft_park_set_asymmetric(true)) {
        return;
    }
    seam_stop_clock();
    seam_pass_time(20 *
                   (uint64_t)MS); /* an earlier scenario's fence may have failed a moment ago */
    for (int i = 0; i < LOCKS; i++) {
        if (weft_park_hint(&locks[i]) == WEFT_HINT_CLEAR) {
            a_waiter_sees_the_store_under_way(&locks[i]);
        }
    }
    CHECK(described().clear_hints == 0);
    for (int i = 0; i < 90; i++) {
        seam_pass_time(10 * (uint64_t)MS);
        unlock_often(&locks[0]);
        CHECK(described().clear_hints == 0);
    }
    seam_pass_time(200 * (uint64_t)MS);
    unlock_often(&locks[0]);
    seam_pass_time(10 * (uint64_t)MS);
    unlock_often(&locks[0]);
    CHECK(described().clear_hints == 1);
    CHECK(weft_park_hint(&locks[0]) == WEFT_HINT_CLEAR);
    seam_start_clock();
    (void)weft_park_set_asymmetric(true);
}

/* Another one whose hint is the same, or is not. */
static weft_mutex *neighbour_of(weft_mutex *pool, size_t count, const weft_mutex *mutex,
                                bool same) {
    for (size_t i = 0; i < count; i++) {
        uint64_t with = (uint64_t)(uintptr_t)&pool[i] * WEFT_PARK_HASH_;
        uint64_t mine = (uint64_t)(uintptr_t)mutex * WEFT_PARK_HASH_;
        bool alike = ((with ^ mine) >> 32 & (WEFT_PARK_HINTS - 1)) == 0;
        if (&pool[i] != mutex && alike == same) {
            return &pool[i];
        }
    }
    return NULL;
}

enum { POOL = 1 << 17 };
static weft_mutex pool[POOL];

/* However long it is quiet around a mutex whose hint is that of another, on which somebody sleeps. */
static void hint_is_not_cleared_beside_a_sleeper(void) {
    locker sleeper_;
    weft_mutex *neighbour = neighbour_of(pool, POOL, &pool[0], true);
    CHECK(neighbour != NULL);
    if (!weft_park_set_asymmetric(true) || neighbour == NULL) {
        return;
    }
    seam_stop_clock();
    seam_pass_time(2000 * (uint64_t)MS); /* no rest */
    weft_mutex_lock(&pool[0]);
    queue_locker(&sleeper_, &pool[0]);
    weft_park_unmark_busy(neighbour); /* as another does who has waited */
    for (int i = 0; i < 10; i++) {
        seam_pass_time(10 * (uint64_t)MS);
        unlock_often(neighbour);
        CHECK(weft_park_hint(neighbour) == WEFT_HINT_SET);
    }
    seam_start_clock();
    weft_mutex_unlock(&pool[0]);
    finish(&sleeper_);
}

/* A thread that unlocks two in turn, one of whose hints stays set: the other's is cleared. */
static void hint_is_cleared_among_other_unlocks(void) {
    locker sleeper_;
    weft_mutex *mutex = &pool[0];
    weft_mutex *busy = neighbour_of(pool, POOL, mutex, false);
    weft_mutex *slept_on = neighbour_of(pool, POOL, busy, true);
    if (!weft_park_set_asymmetric(true) || slept_on == NULL) {
        return;
    }
    seam_stop_clock();
    seam_pass_time(2000 * (uint64_t)MS); /* no rest */
    wait_once(mutex);
    weft_mutex_lock(slept_on);
    queue_locker(&sleeper_, slept_on);
    weft_park_unmark_busy(slept_on); /* so that its unlocks look, too */
    CHECK(weft_park_hint(mutex) == WEFT_HINT_SET);
    for (int i = 0; i < 20000; i++) {
        if (i % 1000 == 0) {
            seam_pass_time(10 * (uint64_t)MS);
        }
        weft_mutex_lock(mutex);
        weft_mutex_unlock(mutex);
        weft_mutex_lock(busy);
        weft_mutex_unlock(busy);
    }
    CHECK(weft_park_hint(mutex) == WEFT_HINT_CLEAR);
    CHECK(weft_park_hint(busy) == WEFT_HINT_SET);
    seam_start_clock();
    weft_mutex_unlock(slept_on);
    finish(&sleeper_);
}

/* ---- memory ------------------------------------------------------------------------------- */

/* The next owner frees the mutex (ASan sees a late touch of the byte). */
static void lock_and_free(void *argument) {
    weft_mutex *mutex = argument;
    weft_mutex_lock(mutex);
    weft_mutex_unlock(mutex);
    free(mutex);
}

static void next_owner_frees_the_mutex(void) {
    for (int i = 0; i < 600; i++) {
        weft_mutex *mutex = calloc(1, sizeof *mutex);
        scenario_thread thread;
        weft_mutex_set_fairness(i % 2 == 0 ? 0 : NEVER);
        weft_mutex_lock(mutex);
        scenario_start(&thread, lock_and_free, mutex);
        if (i % 3 == 0) {
            AWAIT(sleepers_on(mutex) == 1);
        } else if (i % 3 == 1) {
            AWAIT(state_of(mutex) != LOCKED);
        }
        weft_mutex_unlock(mutex);
        scenario_join(&thread);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* For certain: the memory is gone when the wake leaves, which is after the last touch. */
static weft_mutex *doomed;
static void free_doomed(void) {
    seam.before_wake = NULL;
    free(doomed);
    doomed = NULL;
}

static void take_over_once(void *argument) {
    weft_mutex_lock(argument); /* handed over: does not look at the byte again */
    weft_lockcheck_released(argument, "mutex", WEFT_HERE);
}

static void unlock_touches_nothing_after_the_release(void) {
    scenario_thread thread;
    weft_mutex_set_fairness(0);
    doomed = calloc(1, sizeof *doomed);
    weft_mutex *mutex = doomed;
    weft_mutex_lock(mutex);
    scenario_start(&thread, take_over_once, mutex);
    AWAIT(sleepers_on(mutex) == 1);
    seam.before_wake = free_doomed;
    weft_mutex_unlock(mutex);
    scenario_join(&thread);
    CHECK(doomed == NULL);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* ---- costs -------------------------------------------------------------------------------- */

static void *no_allocation(void *context, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    CHECK_UNREACHED("the library allocated");
    return NULL;
}
static void no_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)memory;
    (void)size;
    (void)alignment;
}

/* Waits for a mutex and gets it, once. True if that was one wait and one wake for the operating
 * system: a bucket's lock that was fought for in between may have cost others. */
static bool one_wait_and_one_wake(weft_mutex *mutex) {
    locker waiter;
    weft_mutex_lock(mutex);
    uint64_t waits = weft_load_relaxed_u64(&seam_count.waits);
    uint64_t wakes = weft_load_relaxed_u64(&seam_count.wakes);
    uint64_t allocations = weft_load_relaxed_u64(&seam_count.allocations);
    start_locker(&waiter, mutex);
    /* Not sleepers_on: it locks the bucket. */
    AWAIT(weft_load_relaxed_u64(&seam_count.waits) >= waits + 1);
    scenario_sleep_ns(5 * (uint64_t)MS); /* it sleeps by now; if not, the counts are smaller */
    weft_mutex_unlock(mutex);
    finish(&waiter);
    CHECK(weft_load_relaxed_u64(&seam_count.allocations) == allocations);
    return weft_load_relaxed_u64(&seam_count.waits) == waits + 1 &&
           weft_load_relaxed_u64(&seam_count.wakes) == wakes + 1;
}

static void contended_lock_costs_one_wait_and_one_wake(void) {
    static weft_mutex mutex;
    const weft_host host = {.allocate = no_allocation, .free = no_free};
    bool seen = false;
    weft_host_set(&host);
    for (int attempt = 0; attempt < 100 && !seen; attempt++) {
        seen = one_wait_and_one_wake(&mutex);
    }
    weft_host_set(NULL);
    CHECK(seen);
}

static void uncontended_lock_asks_the_system_nothing(void) {
    static weft_mutex mutex;
    uint64_t waits = weft_load_relaxed_u64(&seam_count.waits);
    uint64_t wakes = weft_load_relaxed_u64(&seam_count.wakes);
    for (int i = 0; i < 100; i++) {
        weft_mutex_set_host_bits(&mutex, i < 50 ? 0 : 0x10);
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
    }
    CHECK(weft_load_relaxed_u64(&seam_count.waits) == waits);
    CHECK(weft_load_relaxed_u64(&seam_count.wakes) == wakes);
    weft_mutex_clear_host_bits(&mutex, 0xff);
}

/* ---- the contention hook ------------------------------------------------------------------ */

typedef struct seen_contention {
    weft_atomic_u32 calls;
    const void *address;
    uint64_t waited;
} seen_contention;

static void note_contention(void *argument, const void *address, uint64_t waited) {
    seen_contention *seen = argument;
    seen->address = address;
    seen->waited = waited;
    weft_fetch_add_release_u32(&seen->calls, 1);
}

static void contention_is_reported_by_who_waited(void) {
    static weft_mutex mutex;
    static seen_contention seen;
    locker waiter;
    weft_park_set_contention_hook(note_contention, &seen);
    weft_mutex_lock(&mutex);
    queue_locker(&waiter, &mutex);
    scenario_sleep_ns(4 * (uint64_t)MS);
    weft_mutex_unlock(&mutex);
    finish(&waiter);
    CHECK(weft_load_acquire_u32(&seen.calls) == 1);
    CHECK(seen.address == &mutex);
    CHECK(seen.waited >= 4 * (uint64_t)MS);
    /* Neither a free mutex, with or without host bits, nor an attempt that failed. */
    weft_mutex_lock(&mutex);
    CHECK(weft_mutex_lock_for(&mutex, 0) == WEFT_LOCK_TIMEOUT);
    weft_mutex_unlock(&mutex);
    weft_mutex_set_host_bits(&mutex, 0x80);
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    CHECK(weft_mutex_lock_for(&mutex, MS) == WEFT_LOCK_OK);
    weft_mutex_unlock(&mutex);
    CHECK(weft_load_acquire_u32(&seen.calls) == 1);
    weft_park_set_contention_hook(NULL, NULL);
    weft_mutex_clear_host_bits(&mutex, 0xff);
}

/* ---- fork --------------------------------------------------------------------------------- */

#ifndef _WIN32
typedef struct forked_locks {
    weft_mutex mine;   /* held by the forking thread, with a waiter */
    weft_mutex theirs; /* held by another thread, with a waiter */
} forked_locks;

static void use_locks_in_child(void *argument) {
    forked_locks *locks = argument;
    CHECK(state_of(&locks->mine) == (LOCKED | HAS_PARKED));
    weft_mutex_unlock(&locks->mine);
    CHECK(state_of(&locks->mine) == 0);
    weft_mutex_lock(&locks->mine);
    weft_mutex_unlock(&locks->mine);
    CHECK(!weft_mutex_try_lock(&locks->theirs));
    weft_lockcheck_forget(&locks->theirs, sizeof locks->theirs);
    locks->theirs = (weft_mutex)WEFT_MUTEX_INIT;
#if SCENARIO_THREADS_AFTER_FORK
    locker waiter;
    weft_mutex_lock(&locks->theirs);
    queue_locker(&waiter, &locks->theirs);
    weft_mutex_unlock(&locks->theirs);
    finish(&waiter);
#endif
    CHECK(weft_mutex_lock_for(&locks->theirs, MS) == WEFT_LOCK_OK);
    weft_mutex_unlock(&locks->theirs);
    if (weft_park_hint(&locks->mine) == WEFT_HINT_SET) {
        CHECK(described().clear_hints == 0); /* the child has not registered the heavy fence yet */
        AWAIT((weft_mutex_lock(&locks->mine), weft_mutex_unlock(&locks->mine),
               weft_park_hint(&locks->mine) != WEFT_HINT_SET));
    }
}

/* What runs inside of the registration of the heavy fence, an allocator perhaps, uses the library as ever, also
 * what takes every lock of it. In a child, which has to register anew. */
static void use_everything(void) {
    seam.before_registration = NULL;
    unlock_often(&pool[0]);
    CHECK(weft_park_set_asymmetric(false));
    CHECK(weft_unpark_one(&pool[0], NULL, NULL) == 0);
}

static void register_by_an_unlock(void *argument) {
    weft_mutex *mutex = argument;
    CHECK(weft_park_hint(mutex) == WEFT_HINT_SET);
    seam.before_registration = use_everything;
    AWAIT((unlock_often(mutex), seam.before_registration == NULL));
    CHECK(weft_park_hint(mutex) == WEFT_HINT_NEVER); /* the host has decided meanwhile */
    CHECK(weft_park_set_asymmetric(true));
    CHECK(weft_park_hint(mutex) == WEFT_HINT_CLEAR);
}

static void registration_by_an_unlock_holds_no_lock(void) {
    static weft_mutex mutex;
    if (weft_park_set_asymmetric(true)) {
        wait_once(&mutex); /* a child's locks are cleaned up once somebody has waited */
        CHECK(scenario_forked(register_by_an_unlock, &mutex));
    }
}

static void fork_while_contended(void) {
    static forked_locks locks;
    locker owner;
    locker waiters[2];
    weft_mutex_lock(&locks.mine);
    start_locker(&owner, &locks.theirs);
    AWAIT(has_it(&owner));
    queue_locker(&waiters[0], &locks.mine);
    queue_locker(&waiters[1], &locks.theirs);
    CHECK(scenario_forked(use_locks_in_child, &locks));
    weft_mutex_unlock(&locks.mine);
    finish(&waiters[0]);
    finish(&owner);
    finish(&waiters[1]);
}
#endif

/* ---- many --------------------------------------------------------------------------------- */

enum { CROWD = 1000, ROUNDS = 20 };

#include "mutex_counted.h"

static void a_thousand_threads_share_a_mutex(void) {
    static shared_counter shared;
    scenario_thread *crowd = calloc(CROWD, sizeof *crowd);
    shared.count = 0;
    weft_mutex_lock(&shared.mutex);
    for (int i = 0; i < CROWD; i++) {
        scenario_start(&crowd[i], count_under_the_lock, &shared);
    }
    AWAIT(sleepers_on(&shared.mutex) == CROWD);
    weft_mutex_unlock(&shared.mutex);
    for (int i = 0; i < CROWD; i++) {
        scenario_join(&crowd[i]);
    }
    CHECK(shared.count == CROWD * ROUNDS);
    CHECK(state_of(&shared.mutex) == 0);
    free(crowd);
}

/* ---- no memory ---------------------------------------------------------------------------- */

static void unlock_shared(void *argument) {
    shared_counter *shared = argument;
    weft_mutex_unlock(&shared->mutex);
}

static void locks_work_without_pages(void) {
    static shared_counter shared;
    shared.count = 0;
    weft_mutex_lock(&shared.mutex);
    size_t count = run_without_pages(&shared.mutex, count_under_the_lock, unlock_shared, &shared);
    CHECK(shared.count == count * ROUNDS);
    /* A thread without a record cannot take its bit away again; the next unlock does. */
    weft_mutex_lock(&shared.mutex);
    weft_mutex_unlock(&shared.mutex);
    CHECK(state_of(&shared.mutex) == 0);
}

const scenario mutex_scenarios[] = {
    {"lock_and_unlock_one_byte", lock_and_unlock_one_byte},
    {"host_bits", host_bits},
    {"stale_parked_bit_is_corrected", stale_parked_bit_is_corrected},
    {"unlock_of_an_unlocked_mutex_is_fatal", unlock_of_an_unlocked_mutex_is_fatal},
    {"deadlines", deadlines},
    {"zero_and_negative_timeouts_do_not_wait", zero_and_negative_timeouts_do_not_wait},
    {"timeouts_are_never_early", timeouts_are_never_early},
    {"giving_up_leaves_the_bit_to_others", giving_up_leaves_the_bit_to_others},
    {"long_timeouts_wait", long_timeouts_wait},
    {"raise_ends_the_wait", raise_ends_the_wait},
#if !defined(_WIN32) && (!WEFT_TSAN || !WEFT_WAIT_PTHREAD)
    {"plain_lock_goes_on_after_signals", plain_lock_goes_on_after_signals},
#if !WEFT_WAIT_PTHREAD
    {"signals_end_an_interruptible_lock", signals_end_an_interruptible_lock},
#endif
#endif
    {"fairness_0_always_hands_over", fairness_0_always_hands_over},
    {"long_waiter_is_handed_the_mutex", long_waiter_is_handed_the_mutex},
    {"time_waited_adds_up", time_waited_adds_up},
    {"fairness_never_lets_them_compete", fairness_never_lets_them_compete},
    {"a_woken_thread_that_loses_forgets_nobody", a_woken_thread_that_loses_forgets_nobody},
    {"a_woken_thread_that_loses_keeps_its_place", a_woken_thread_that_loses_keeps_its_place},
    {"a_woken_thread_that_times_out_forgets_nobody", a_woken_thread_that_times_out_forgets_nobody},
    {"a_refused_handoff_goes_to_the_next", a_refused_handoff_goes_to_the_next},
    {"a_refused_wake_goes_to_the_next", a_refused_wake_goes_to_the_next},
    {"a_refused_handoff_frees_the_mutex", a_refused_handoff_frees_the_mutex},
    {"a_refused_wake_leaves_the_mutex_free", a_refused_wake_leaves_the_mutex_free},
    {"a_refused_wake_leaves_its_duty_to_the_owner", a_refused_wake_leaves_its_duty_to_the_owner},
    {"zeroed_mutex_recovers_with_the_next_waiter", zeroed_mutex_recovers_with_the_next_waiter},
    {"zeroed_mutex_reports_its_owner", zeroed_mutex_reports_its_owner},
    {"hint_is_set_while_somebody_waits", hint_is_set_while_somebody_waits},
    {"hint_is_busy_while_somebody_waits", hint_is_busy_while_somebody_waits},
    {"only_set_hints_become_busy", only_set_hints_become_busy},
    {"hint_is_not_busy_for_who_is_refused", hint_is_not_busy_for_who_is_refused},
    {"hint_is_sticky", hint_is_sticky},
#if !WEFT_WITHOUT_HINTS
    {"covered_waiters_are_woken", covered_waiters_are_woken},
    {"late_wake_leaves_others_alone", late_wake_leaves_others_alone},
#endif
    {"works_without_a_heavy_fence", works_without_a_heavy_fence},
    {"heavy_fence_that_fails_later", heavy_fence_that_fails_later},
#ifdef CAN_REFUSE_MEMBARRIER
    {"heavy_fence_that_a_sandbox_refuses", heavy_fence_that_a_sandbox_refuses},
#endif
    {"a_waiter_sleeps_only_after_the_drain", a_waiter_sleeps_only_after_the_drain},
    {"heavy_fences_are_bounded", heavy_fences_are_bounded},
    {"the_fence_of_an_announcement_brings_the_store",
     the_fence_of_an_announcement_brings_the_store},
    {"the_fence_of_a_switch_brings_the_store", the_fence_of_a_switch_brings_the_store},
    {"hints_rest_and_clear_again", hints_rest_and_clear_again},
    {"hint_is_not_cleared_beside_a_sleeper", hint_is_not_cleared_beside_a_sleeper},
    {"hint_is_cleared_among_other_unlocks", hint_is_cleared_among_other_unlocks},
    {"next_owner_frees_the_mutex", next_owner_frees_the_mutex},
    {"unlock_touches_nothing_after_the_release", unlock_touches_nothing_after_the_release},
    {"contended_lock_costs_one_wait_and_one_wake", contended_lock_costs_one_wait_and_one_wake},
    {"uncontended_lock_asks_the_system_nothing", uncontended_lock_asks_the_system_nothing},
    {"contention_is_reported_by_who_waited", contention_is_reported_by_who_waited},
#ifndef _WIN32
    {"fork_while_contended", fork_while_contended},
    {"registration_by_an_unlock_holds_no_lock", registration_by_an_unlock_holds_no_lock},
#endif
    {"locks_work_without_pages", locks_work_without_pages},
    {"a_thousand_threads_share_a_mutex", a_thousand_threads_share_a_mutex},
    {NULL, NULL},
};
