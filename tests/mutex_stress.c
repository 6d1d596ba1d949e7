/* Many threads, every way to lock, changing fairness; and what must hold whatever happens. */
#include "mutex_scenarios.h"

#include "hints.h"
#include "seam.h"
#include "sleeper.h"
#include "weft_mutex.h"

#include <stdio.h>
#include <string.h>

enum { THREADS = 8, LOCKS = 3 };

typedef struct guarded {
    weft_mutex mutex;
    unsigned count; /* plain: only an owner touches it */
    unsigned copy;
    weft_atomic_u32 owners;
} guarded;

typedef struct battle {
    guarded locks[LOCKS];
    weft_atomic_u32 stop;
    weft_atomic_u64 total[LOCKS];
} battle;

typedef struct fighter {
    scenario_thread thread;
    battle *battle;
    uint64_t random;
    weft_atomic_u64 locked; /* times it owned a lock */
    weft_interrupt interrupt;
    struct fighter *all;
} fighter;

static bool lock_somehow(fighter *self, weft_mutex *mutex) {
    uint64_t dice = scenario_random(&self->random);
    int64_t timeout = (int64_t)(dice >> 40) % 300000 - 1000;
    switch (dice % 8) {
    case 0:
        return weft_mutex_try_lock(mutex);
    case 1: {
        uint64_t before = weft_now_ns();
        weft_lock_result result = weft_mutex_lock_for(mutex, timeout);
        CHECK(result == WEFT_LOCK_OK || result == WEFT_LOCK_TIMEOUT);
        CHECK(result == WEFT_LOCK_OK || timeout <= 0 ||
              weft_now_ns() - before >= (uint64_t)timeout);
        return result == WEFT_LOCK_OK;
    }
    case 2: {
        weft_lock_result result =
            weft_mutex_lock_interruptible(mutex, WEFT_FOREVER, &self->interrupt);
        CHECK(result == WEFT_LOCK_OK || result == WEFT_LOCK_INTERRUPTED);
        (void)weft_interrupt_clear(&self->interrupt);
        return result == WEFT_LOCK_OK;
    }
    default:
        weft_mutex_lock(mutex);
        return true;
    }
}

static void fight(void *argument) {
    fighter *self = argument;
    battle *around = self->battle;
    while (weft_load_relaxed_u32(&around->stop) == 0) {
        uint64_t dice = scenario_random(&self->random);
        guarded *lock = &around->locks[dice % LOCKS];
        if (dice % 64 == 1) {
            weft_interrupt_raise(&self->all[(dice >> 8) % THREADS].interrupt);
        }
        if (!lock_somehow(self, &lock->mutex)) {
            continue;
        }
        CHECK(weft_fetch_add_relaxed_u32(&lock->owners, 1) == 0);
        CHECK(lock->count == lock->copy);
        lock->count++;
        for (uint64_t spin = (dice >> 20) % 64; spin > 0; spin--) {
            weft_spin_pause();
        }
        lock->copy++;
        weft_fetch_add_relaxed_u64(&around->total[lock - around->locks], 1);
        CHECK(weft_fetch_sub_relaxed_u32(&lock->owners, 1) == 1);
        weft_mutex_unlock(&lock->mutex);
        weft_fetch_add_relaxed_u64(&self->locked, 1);
    }
}

/* Set from the start: the others may then be changed without the lock. */
#define KEPT_BIT 0x80U

/* Toggles the host's bits meanwhile; each bit is what it was last set to. */
static void toggle_host_bits(void *argument) {
    battle *around = argument;
    uint8_t bits[LOCKS] = {KEPT_BIT, KEPT_BIT, KEPT_BIT};
    uint8_t next = 4;
    while (weft_load_relaxed_u32(&around->stop) == 0) {
        for (int i = 0; i < LOCKS; i++) {
            weft_mutex *mutex = &around->locks[i].mutex;
            CHECK(weft_mutex_host_bits(mutex) == bits[i]);
            if ((bits[i] & next) != 0) {
                CHECK(weft_mutex_clear_host_bits(mutex, next) == bits[i]);
            } else {
                CHECK(weft_mutex_set_host_bits(mutex, next) == bits[i]);
            }
            bits[i] ^= next;
        }
        next = (uint8_t)(next == 0x40 ? 4 : next << 1);
    }
}

/* No thread is left behind: each gets a lock again and again, else it starves, or lost a wake. */
static void await_everybody(fighter *fighters) {
    uint64_t before[THREADS];
    for (int i = 0; i < THREADS; i++) {
        before[i] = weft_load_relaxed_u64(&fighters[i].locked);
    }
    for (int i = 0; i < THREADS; i++) {
        AWAIT(weft_load_relaxed_u64(&fighters[i].locked) > before[i]);
    }
}

static void run_battle(uint64_t fairness, bool with_host_bits) {
    static battle around;
    static fighter fighters[THREADS];
    scenario_thread toggler;
    uint64_t seed = scenario_seed();
    memset(&around, 0, sizeof around);
    memset(fighters, 0, sizeof fighters);
    weft_mutex_set_fairness(fairness);
    for (int i = 0; i < LOCKS && with_host_bits; i++) {
        (void)weft_mutex_set_host_bits(&around.locks[i].mutex, KEPT_BIT);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        fighters[i].battle = &around;
        fighters[i].all = fighters;
        fighters[i].random = seed + i * UINT64_C(0x9E3779B97F4A7C15) + 1;
        scenario_start(&fighters[i].thread, fight, &fighters[i]);
    }
    if (with_host_bits) {
        scenario_start(&toggler, toggle_host_bits, &around);
    }
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    do {
        await_everybody(fighters);
    } while (scenario_now_ns() < until);
    weft_store_relaxed_u32(&around.stop, 1);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&fighters[i].thread);
    }
    if (with_host_bits) {
        scenario_join(&toggler);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    for (int i = 0; i < LOCKS; i++) {
        (void)weft_mutex_clear_host_bits(&around.locks[i].mutex, 0xff);
        CHECK(around.locks[i].count == weft_load_relaxed_u64(&around.total[i]));
        weft_mutex_lock(&around.locks[i].mutex); /* corrects a bit that a timeout left */
        weft_mutex_unlock(&around.locks[i].mutex);
        CHECK(weft_load_relaxed_u8(&around.locks[i].mutex.state) == 0);
        CHECK(weft_park_hint(&around.locks[i].mutex) != WEFT_HINT_BUSY); /* nobody waits any more */
    }
}

static void default_fairness(void) {
    run_battle(WEFT_FAIRNESS_NS, false);
}
static void always_handing_over(void) {
    run_battle(0, false);
}
static void never_handing_over(void) {
    run_battle(UINT64_MAX, false);
}
static void with_host_bits_changing(void) {
    run_battle(20000, true);
}

/* One mutex, threads that want nothing else, and one that asks rarely: it is served as well. */
typedef struct greed {
    weft_mutex mutex;
    weft_atomic_u32 stop;
} greed;

static void take_again_and_again(void *argument) {
    greed *greed_ = argument;
    while (weft_load_relaxed_u32(&greed_->stop) == 0) {
        weft_mutex_lock(&greed_->mutex);
        weft_mutex_unlock(&greed_->mutex);
    }
}

static void the_meek_are_served(void) {
    static greed greed_;
    scenario_thread greedy[4];
    weft_store_relaxed_u32(&greed_.stop, 0);
    for (int i = 0; i < 4; i++) {
        scenario_start(&greedy[i], take_again_and_again, &greed_);
    }
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    for (int i = 0; i < 50 || scenario_now_ns() < until; i++) {
        weft_mutex_lock(&greed_.mutex);
        weft_mutex_unlock(&greed_.mutex);
        scenario_sleep_ns(100000);
    }
    weft_store_relaxed_u32(&greed_.stop, 1);
    for (int i = 0; i < 4; i++) {
        scenario_join(&greedy[i]);
    }
}

/* ---- a plain store meets a waiter -------------------------------------------------------------
 *
 * Each round, all hints are clear, one thread owns the mutex, and another comes to wait while the plain
 * store of the unlock is on its way to memory, held up by stores before it that miss the cache. The
 * waiter does not spin, which would give the store time to arrive. After the unlock has returned, a
 * waiter that is still queued has been forgotten: nobody else is there who could wake it. That is told
 * without a clock, and the waiter is rescued.
 *
 * What a waiter relies on in three ways: the fence behind its hint; the one behind all hints, when there
 * were too many fences (the clock stands still, so each window but the first is spent); the one behind
 * the switch to the symmetric protocol. */

enum { COLD_STORES = 8, FEWEST_ROUNDS = 60, MOST_IDLE_ROUNDS = 3000 };
static volatile char arena[1 << 24];

typedef struct duel {
    weft_mutex mutex WEFT_ALIGNED(WEFT_CACHE_LINE);
    weft_atomic_u32
        begun WEFT_ALIGNED(WEFT_CACHE_LINE); /* the round's number: the mutex is owned */
    weft_atomic_u32 finished WEFT_ALIGNED(WEFT_CACHE_LINE);
    weft_atomic_u32 stop;
    uint64_t seed;
    bool switches_off;
} duel;

/* Until the other is there. It may have to have this thread's processor for that. */
static void await_round(const weft_atomic_u32 *number, uint32_t round,
                        const weft_atomic_u32 *stop) {
    for (unsigned looks = 1; weft_load_acquire_u32(number) != round; looks++) {
        if (weft_load_acquire_u32(stop) != 0) {
            return;
        }
        if (looks % 64 == 0) {
            weft_yield();
        } else {
            weft_spin_pause();
        }
    }
}

static void pass_time(uint64_t *random) {
    for (volatile uint64_t left = scenario_random(random) % 256; left > 0; left--) {
    }
}

static void lock_without_spinning(weft_mutex *mutex) {
    const weft_park_request request = {.address = mutex,
                                       .size = 1,
                                       .mask = WEFT_MUTEX_LOCKED | WEFT_MUTEX_HAS_PARKED,
                                       .expected = WEFT_MUTEX_LOCKED | WEFT_MUTEX_HAS_PARKED,
                                       .deadline = WEFT_WAIT_FOREVER,
                                       .hinted = true};
    while (!weft_mutex_try_lock_slow(mutex)) {
        uint8_t seen = WEFT_MUTEX_LOCKED;
        (void)weft_cas_relaxed_u8(&mutex->state, &seen, WEFT_MUTEX_LOCKED | WEFT_MUTEX_HAS_PARKED);
        (void)weft_park(&request, NULL);
    }
}

static void unlock_unchecked(weft_mutex *mutex) {
    if (!weft_mutex_fast_unlock_(mutex)) {
        weft_mutex_unlock_slow(mutex);
    }
}

static void come_to_wait(void *argument) {
    duel *around = argument;
    uint64_t random = around->seed;
    for (uint32_t round = 1;; round++) {
        await_round(&around->begun, round, &around->stop);
        if (weft_load_acquire_u32(&around->stop) != 0) {
            return;
        }
        pass_time(&random);
        if (around->switches_off) {
            (void)weft_park_set_asymmetric(false);
        }
        lock_without_spinning(&around->mutex);
        unlock_unchecked(&around->mutex);
        weft_store_release_u32(&around->finished, round);
    }
}

/* True if the waiter was forgotten. */
static bool run_round(duel *around, uint32_t round, uint64_t *random) {
    (void)weft_park_set_asymmetric(true);
    lock_without_spinning(&around->mutex);
    weft_store_release_u32(&around->begun, round);
    pass_time(random);
    for (int i = 0; i < COLD_STORES; i++) {
        arena[scenario_random(random) % sizeof arena] = 1;
    }
    unlock_unchecked(&around->mutex);
    bool forgotten = sleepers_on(&around->mutex) == 1;
    if (forgotten) {
        (void)weft_unpark_one(&around->mutex, NULL, NULL);
    }
    await_round(&around->finished, round, &around->stop);
    return forgotten;
}

/* Rounds in which the waiter was forgotten; ends with the first if `until_lost`. */
static unsigned run_duel(bool switches_off, bool until_lost) {
    static duel around;
    scenario_thread waiter;
    uint64_t random = scenario_seed();
    unsigned lost = 0;
    memset(&around, 0, sizeof around);
    memset((void *)(uintptr_t)arena, 0, sizeof arena);
    around.seed = random + 1;
    around.switches_off = switches_off;
    weft_mutex_set_fairness(UINT64_MAX);
    scenario_start(&waiter, come_to_wait, &around);
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    for (uint32_t round = 1; round <= FEWEST_ROUNDS || scenario_now_ns() < until; round++) {
        lost += run_round(&around, round, &random);
        if (until_lost && (lost > 0 || round >= MOST_IDLE_ROUNDS)) {
            break;
        }
    }
    weft_store_release_u32(&around.stop, 1);
    scenario_join(&waiter);
    CHECK(weft_load_relaxed_u8(&around.mutex.state) == 0); /* who was forgotten has been woken */
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    (void)weft_park_set_asymmetric(true);
    return lost;
}

static void store_meets_waiter(void) {
    CHECK(run_duel(false, false) == 0);
}

static void store_meets_rest(void) {
    seam_stop_clock();
    CHECK(run_duel(false, false) == 0);
    seam_start_clock();
}

static void store_meets_switch(void) {
    CHECK(run_duel(true, false) == 0);
}

/* That these can fail: with a fence that does nothing, which takes a few rounds where both threads have
 * a processor. Where they have not, no store is ever on its way while the other looks, so this is told
 * and not asked for; tests/mutex_scenarios.c ("hints") has the fences one by one, for certain. */
static void idle_fence_is_noticed(void) {
    if (!weft_park_set_asymmetric(true)) {
        return;
    }
    weft_store_relaxed_u32(&seam_idle_heavy_fence, 1);
    unsigned waiter = run_duel(false, true);
    unsigned at_switch = run_duel(true, true);
    seam_stop_clock();
    unsigned at_rest = run_duel(false, true);
    seam_start_clock();
    weft_store_relaxed_u32(&seam_idle_heavy_fence, 0);
    printf("a fence that does nothing was noticed: by a waiter %s, at a rest %s, at a switch %s\n",
           waiter > 0 ? "yes" : "no", at_rest > 0 ? "yes" : "no", at_switch > 0 ? "yes" : "no");
}

const scenario mutex_stress[] = {
    {"default_fairness", default_fairness},
    {"always_handing_over", always_handing_over},
    {"never_handing_over", never_handing_over},
    {"with_host_bits_changing", with_host_bits_changing},
    {"the_meek_are_served", the_meek_are_served},
    {"store_meets_waiter", store_meets_waiter},
    {"store_meets_rest", store_meets_rest},
    {"store_meets_switch", store_meets_switch},
    {"idle_fence_is_noticed", idle_fence_is_noticed},
    {NULL, NULL},
};
