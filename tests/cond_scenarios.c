#include "cond_scenarios.h"

#include <stddef.h>
#include <stdlib.h>

#include "lock_tools.h"
#include "seam.h"
#include "weft_cond.h"

#define MS INT64_C(1000000)

/* Waiters take tickets that a notifier gives out under the mutex. */
typedef struct office {
    weft_mutex mutex;
    weft_cond cond;
    uint32_t tickets;
    uint32_t taken;
    uint32_t returns; /* from waits, spurious ones too */
    test_world *world;
} office;

static void take_ticket(void *argument) {
    office *at = argument;
    weft_mutex_lock(&at->mutex);
    while (at->tickets == 0) {
        weft_cond_wait(&at->cond, &at->mutex);
        CHECK(weft_mutex_is_locked(&at->mutex));
        at->returns++;
    }
    at->tickets--;
    at->taken++;
    weft_mutex_unlock(&at->mutex);
}

static void give_tickets(office *at, uint32_t count) {
    weft_mutex_lock(&at->mutex);
    at->tickets += count;
    weft_mutex_unlock(&at->mutex);
}

static void results_of_all_functions(void) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_cond cond = WEFT_COND_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    CHECK(sizeof(weft_cond) == 1);
    weft_cond_notify_one(&cond);
    weft_cond_notify_all(&cond);
    CHECK(weft_load_relaxed_u8(&cond.state) == 0);
    weft_mutex_lock(&mutex);
    CHECK(weft_cond_wait_for(&cond, &mutex, 0) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_cond_wait_for(&cond, &mutex, -1) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_cond_wait_for(&cond, &mutex, INT64_MIN) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_cond_wait_for(&cond, &mutex, 1) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_cond_wait_interruptible(&cond, &mutex, 1, NULL) == WEFT_LOCK_TIMEOUT);
    weft_interrupt_raise(&interrupt);
    CHECK(weft_cond_wait_interruptible(&cond, &mutex, WEFT_FOREVER, &interrupt) ==
          WEFT_LOCK_INTERRUPTED);
    CHECK(weft_mutex_is_locked(&mutex));
    CHECK(weft_load_relaxed_u8(&cond.state) == 0);
    weft_mutex_unlock(&mutex);
}

static void timeouts_are_never_early(void) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_cond cond = WEFT_COND_INIT;
    weft_mutex_lock(&mutex);
    for (int64_t timeout = MS / 100; timeout < 20 * MS; timeout *= 7) {
        uint64_t began = weft_now_ns();
        CHECK(weft_cond_wait_for(&cond, &mutex, timeout) == WEFT_LOCK_TIMEOUT);
        CHECK(weft_now_ns() - began >= (uint64_t)timeout);
    }
    weft_mutex_unlock(&mutex);
}

/* The mutex is free while a thread waits, and the waiter's again when it returns. */
static void mutex_is_free_meanwhile(void) {
    office at = {.tickets = 0};
    scenario_thread thread;
    scenario_start(&thread, take_ticket, &at);
    AWAIT(sleepers_on(&at.cond) >= 1);
    weft_mutex_lock(&at.mutex);
    CHECK(weft_load_relaxed_u8(&at.cond.state) == WEFT_COND_HAS_PARKED);
    at.tickets = 1;
    weft_cond_notify_one(&at.cond);
    CHECK(at.taken == 0);
    weft_mutex_unlock(&at.mutex);
    scenario_join(&thread);
    CHECK(at.taken == 1);
    CHECK(!weft_mutex_is_locked(&at.mutex));
    CHECK(weft_load_relaxed_u8(&at.cond.state) == 0);
}

/* notify_one wakes one, in the order of their coming; notify_all the rest. */
static void one_and_all(void) {
    enum { THREADS = 5 };
    office at = {.tickets = 0};
    scenario_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], take_ticket, &at);
        AWAIT(sleepers_on(&at.cond) >= (size_t)i + 1);
    }
    give_tickets(&at, THREADS);
    weft_cond_notify_one(&at.cond);
    scenario_join(&threads[0]);
    CHECK(sleepers_on(&at.cond) == THREADS - 1);
    CHECK(weft_load_relaxed_u8(&at.cond.state) == WEFT_COND_HAS_PARKED);
    weft_cond_notify_all(&at.cond);
    for (int i = 1; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(at.taken == THREADS);
    CHECK(weft_load_relaxed_u8(&at.cond.state) == 0);
}

typedef struct impatient {
    office *at;
    weft_interrupt *interrupt;
    int64_t timeout;
    bool interruptible;
    weft_lock_result result;
} impatient;

static void wait_impatiently(void *argument) {
    impatient *me = argument;
    weft_mutex_lock(&me->at->mutex);
    me->result = me->interruptible ? weft_cond_wait_interruptible(&me->at->cond, &me->at->mutex,
                                                                  me->timeout, me->interrupt)
                                   : weft_cond_wait_for(&me->at->cond, &me->at->mutex, me->timeout);
    CHECK(weft_mutex_is_locked(&me->at->mutex));
    weft_mutex_unlock(&me->at->mutex);
}

/* One of two gives up: it takes no notification with it, and the other is still known of. */
static void giving_up_leaves_the_others(void) {
    office at = {.tickets = 0};
    impatient leaves = {.at = &at, .timeout = 20 * MS};
    scenario_thread first;
    scenario_thread second;
    scenario_start(&second, wait_impatiently, &leaves);
    scenario_start(&first, take_ticket, &at);
    scenario_join(&second);
    CHECK(leaves.result == WEFT_LOCK_TIMEOUT);
    AWAIT(sleepers_on(&at.cond) >= 1);
    give_tickets(&at, 1);
    weft_cond_notify_one(&at.cond);
    scenario_join(&first);
}

static void overflowing_timeouts(void) {
    const int64_t timeouts[] = {WEFT_FOREVER, WEFT_FOREVER - 1, WEFT_FOREVER / 2};
    for (int i = 0; i < 3; i++) {
        office at = {.tickets = 0};
        impatient me = {.at = &at, .timeout = timeouts[i], .result = WEFT_LOCK_TIMEOUT};
        scenario_thread thread;
        scenario_start(&thread, wait_impatiently, &me);
        AWAIT(sleepers_on(&at.cond) >= 1);
        weft_cond_notify_all(&at.cond);
        scenario_join(&thread);
        CHECK(me.result == WEFT_LOCK_OK);
    }
}

/* ---- signals and interrupts ----------------------------------------------------------------- */

#if SIGNALS_END_WAITS
static void signals(void) {
    office at = {.tickets = 0};
    impatient listens = {.at = &at, .timeout = WEFT_FOREVER, .interruptible = true};
    scenario_thread deaf;
    scenario_thread thread;
    handle_signals();
    scenario_start(&thread, wait_impatiently, &listens);
    AWAIT(sleepers_on(&at.cond) == 1);
    signal_until_fewer(&thread, &at.cond, 1);
    scenario_join(&thread);
    CHECK(listens.result == WEFT_LOCK_INTERRUPTED);
    scenario_start(&deaf, take_ticket, &at);
    AWAIT(sleepers_on(&at.cond) == 1);
    signal_in_vain(&deaf);
    CHECK(sleepers_on(&at.cond) == 1);
    CHECK(at.returns == 0);
    give_tickets(&at, 1);
    weft_cond_notify_one(&at.cond);
    scenario_join(&deaf);
}
#endif

static void interrupts(void) {
    office at = {.tickets = 0};
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    impatient me = {
        .at = &at, .timeout = WEFT_FOREVER, .interruptible = true, .interrupt = &interrupt};
    scenario_thread thread;
    scenario_start(&thread, wait_impatiently, &me);
    AWAIT(sleepers_on(&at.cond) >= 1);
    weft_interrupt_raise(&interrupt);
    scenario_join(&thread);
    CHECK(me.result == WEFT_LOCK_INTERRUPTED);
    CHECK(weft_load_relaxed_u8(&at.cond.state) == 0);
}

/* ---- a world that stops --------------------------------------------------------------------- */

static void take_ticket_in_world(void *argument) {
    office *at = argument;
    world_enter(at->world);
    take_ticket(at);
    world_exit();
}

/* The first waiter's world is stopped when it is notified: the second acts on the notification,
 * and nothing is held by the first. */
static void refused_notification_goes_on(void) {
    test_world world;
    office at = {.world = &world};
    scenario_thread first;
    scenario_thread second;
    world_plug_in(&world);
    scenario_start(&first, take_ticket_in_world, &at);
    AWAIT(sleepers_on(&at.cond) >= 1);
    scenario_start(&second, take_ticket, &at);
    AWAIT(sleepers_on(&at.cond) >= 2);
    world_stop(&world);
    give_tickets(&at, 1);
    weft_cond_notify_one(&at.cond);
    scenario_join(&second);
    CHECK(at.taken == 1);
    CHECK(weft_load_relaxed_u32(&world.refused) == 1);
    AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
    CHECK(weft_mutex_try_lock(&at.mutex));
    weft_mutex_unlock(&at.mutex);
    world_go_on(&world);
    AWAIT(sleepers_on(&at.cond) >= 1);
    give_tickets(&at, 1);
    weft_cond_notify_one(&at.cond);
    scenario_join(&first);
    CHECK(at.taken == 2);
    CHECK(weft_load_relaxed_u32(&world.detached) == 0);
    world_plug_out();
}

/* Nobody else waits: the notification stays with the refused thread. */
static void refused_alone(void) {
    test_world world;
    office at = {.world = &world};
    scenario_thread first;
    world_plug_in(&world);
    scenario_start(&first, take_ticket_in_world, &at);
    AWAIT(sleepers_on(&at.cond) >= 1);
    world_stop(&world);
    give_tickets(&at, 1);
    weft_cond_notify_one(&at.cond);
    AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
    CHECK(weft_mutex_try_lock(&at.mutex));
    weft_mutex_unlock(&at.mutex);
    world_go_on(&world);
    scenario_join(&first);
    CHECK(at.taken == 1);
    world_plug_out();
}

/* ---- no wait records ------------------------------------------------------------------------ */

static office *napping_at;
static _Thread_local char in_runtime;
static weft_atomic_u32 naps;

static void *context_of_thread(void) {
    return in_runtime != 0 ? &in_runtime : NULL;
}
static void note_nap(void *context) {
    (void)context;
    CHECK(!weft_mutex_is_locked(&napping_at->mutex));
    weft_fetch_add_relaxed_u32(&naps, 1);
}
static bool always_attach(void *context) {
    (void)context;
    return true;
}
static void attach_napper(void *context) {
    (void)context;
    CHECK(!weft_mutex_is_locked(&napping_at->mutex));
}

static void wait_without_a_record(void *argument) {
    impatient *me = argument;
    seam.no_pages = true;
    in_runtime = 1;
    wait_impatiently(me);
}

/* Who naps because there is no record of waiting has let the mutex go, before it is detached. */
static void without_records_the_mutex_is_free(void) {
    static const weft_park_hook hook = {context_of_thread, note_nap, always_attach, attach_napper,
                                        NULL};
    office at = {.tickets = 0};
    impatient me = {.at = &at, .timeout = WEFT_FOREVER, .result = WEFT_LOCK_TIMEOUT};
    scenario_thread thread;
    uint8_t elsewhere = 0;
    weft_park_description description;
    weft_park_describe(&description);
    size_t there = 128;
    while (there < description.waiters) {
        there *= 2;
    }
    sleeper *crowd = calloc(there, sizeof *crowd);
    for (size_t i = 0; i < there; i++) {
        sleeper_start(&crowd[i], &elsewhere, 0, NULL);
    }
    napping_at = &at;
    weft_store_relaxed_u32(&naps, 0);
    weft_park_set_hook(&hook);
    scenario_start(&thread, wait_without_a_record, &me);
    scenario_join(&thread);
    weft_park_set_hook(NULL);
    CHECK(me.result == WEFT_LOCK_OK); /* a spurious wake-up */
    CHECK(weft_load_relaxed_u32(&naps) == 1);
    CHECK(weft_unpark_all(&elsewhere, NULL, NULL) == there);
    for (size_t i = 0; i < there; i++) {
        CHECK(sleeper_woken(&crowd[i], 0));
    }
    free(crowd);
}

/* ---- fork, memory --------------------------------------------------------------------------- */

#ifndef _WIN32
static void use_in_child(void *argument) {
    office *at = argument;
    CHECK(sleepers_on(&at->cond) == 0);
    weft_cond_notify_one(&at->cond);
    CHECK(weft_load_relaxed_u8(&at->cond.state) == 0);
    weft_mutex_lock(&at->mutex);
    CHECK(weft_cond_wait_for(&at->cond, &at->mutex, MS) == WEFT_LOCK_TIMEOUT);
    weft_mutex_unlock(&at->mutex);
}

static void fork_while_waited_for(void) {
    office at = {.tickets = 0};
    scenario_thread thread;
    scenario_start(&thread, take_ticket, &at);
    AWAIT(sleepers_on(&at.cond) >= 1);
    weft_mutex_lock(&at.mutex); /* so that no other thread holds it when the child begins */
    weft_mutex_unlock(&at.mutex);
    CHECK(scenario_forked(use_in_child, &at));
    give_tickets(&at, 1);
    weft_cond_notify_one(&at.cond);
    scenario_join(&thread);
}
#endif

static void give_and_notify(void *argument) {
    office *at = argument;
    weft_mutex_lock(&at->mutex);
    at->tickets++;
    weft_cond_notify_one(&at->cond);
    weft_mutex_unlock(&at->mutex);
}

/* The waiter frees condition and mutex as soon as it has what it waited for. */
static void freed_by_the_waiter(void) {
    for (int round = 0; round < 300; round++) {
        office *at = calloc(1, sizeof *at);
        scenario_thread thread;
        scenario_start(&thread, give_and_notify, at);
        take_ticket(at);
        free(at);
        scenario_join(&thread);
    }
}

static office *office_of(void *cond) {
    return (office *)((char *)cond - offsetof(office, cond));
}

static void take_ticket_and_free(void *cond) {
    office *at = office_of(cond);
    take_ticket(at);
    free(at);
}

static void give_then_notify_one(void *cond) {
    give_tickets(office_of(cond), 1);
    weft_cond_notify_one(cond);
}

static void give_then_notify_all(void *cond) {
    give_tickets(office_of(cond), 1);
    weft_cond_notify_all(cond);
}

/* A notifier does not touch the condition once the waiter may go. */
static void freed_while_the_wake_is_under_way(void) {
    void (*const ways[])(void *) = {give_then_notify_one, give_then_notify_all};
    for (int i = 0; i < 2; i++) {
        office *at = calloc(1, sizeof *at);
        free_while_the_wake_is_under_way(&at->cond, take_ticket_and_free, ways[i]);
    }
}

/* ---- many threads, stress ------------------------------------------------------------------- */

static void a_thousand_threads(void) {
    enum { THREADS = 1000 };
    static office at;
    scenario_thread *threads = calloc(THREADS, sizeof *threads);
    at = (office){.tickets = 0};
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], take_ticket, &at);
    }
    AWAIT(sleepers_on(&at.cond) >= THREADS);
    for (int i = 0; i < THREADS / 2; i++) {
        give_tickets(&at, 1);
        weft_cond_notify_one(&at.cond);
    }
    give_tickets(&at, THREADS / 2);
    weft_cond_notify_all(&at.cond);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(at.taken == THREADS);
    free(threads);
}

/* A bounded buffer of one slot, each change notified to one: a lost wake-up stops it, a mutex that
 * is not held corrupts the sums. Some wait with a timeout, some with the mutex, some without. */
typedef struct buffer {
    weft_mutex mutex;
    weft_cond changed_full;
    weft_cond changed_empty;
    bool full;
    uint64_t item;
    uint64_t put_sum;
    uint64_t taken_sum;
    uint32_t producers;
    weft_atomic_u64 seed;
    uint64_t end;
} buffer;

static void wait_somehow(weft_cond *cond, weft_mutex *mutex, uint64_t *random) {
    switch (scenario_random(random) % 4) {
    case 0:
        (void)weft_cond_wait_for(cond, mutex, (int64_t)(scenario_random(random) % 100000));
        break;
    case 1:
        (void)weft_cond_wait_interruptible(cond, mutex, WEFT_FOREVER, NULL);
        break;
    default:
        weft_cond_wait(cond, mutex);
    }
}

static void put_items(void *argument) {
    buffer *slot = argument;
    uint64_t random = weft_fetch_add_relaxed_u64(&slot->seed, 2);
    bool more = true;
    while (more) {
        weft_mutex_lock(&slot->mutex);
        while (slot->full) {
            wait_somehow(&slot->changed_empty, &slot->mutex, &random);
        }
        slot->full = true;
        slot->item = scenario_random(&random);
        slot->put_sum += slot->item;
        more = weft_now_ns() < slot->end;
        slot->producers -= more ? 0 : 1;
        if (slot->producers == 0) {
            weft_cond_notify_all(&slot->changed_full);
        }
        weft_mutex_unlock(&slot->mutex);
        weft_cond_notify_one(&slot->changed_full);
    }
}

static void take_items(void *argument) {
    buffer *slot = argument;
    uint64_t random = weft_fetch_add_relaxed_u64(&slot->seed, 2);
    weft_mutex_lock(&slot->mutex);
    for (;;) {
        while (!slot->full && slot->producers > 0) {
            wait_somehow(&slot->changed_full, &slot->mutex, &random);
        }
        if (!slot->full) {
            break;
        }
        slot->full = false;
        slot->taken_sum += slot->item;
        weft_cond_notify_one(&slot->changed_empty);
    }
    weft_mutex_unlock(&slot->mutex);
    weft_cond_notify_all(&slot->changed_full);
}

static void stress(void) {
    enum { EACH = 4 };
    static buffer slot;
    scenario_thread threads[2 * EACH];
    slot = (buffer){.producers = EACH};
    weft_init_u64(&slot.seed, scenario_seed() | 1);
    slot.end = weft_now_ns() + scenario_stress_ns();
    for (int i = 0; i < 2 * EACH; i++) {
        scenario_start(&threads[i], i < EACH ? put_items : take_items, &slot);
    }
    scenario_sleep_ns(scenario_stress_ns());
    for (int i = 0; i < 2 * EACH; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(slot.put_sum == slot.taken_sum);
    CHECK(weft_load_relaxed_u8(&slot.changed_empty.state) == 0 ||
          sleepers_on(&slot.changed_empty) == 0);
}

/* ---- misuse --------------------------------------------------------------------------------- */

static void wait_for_nothing(void *argument) {
    office *at = argument;
    weft_cond_wait(&at->cond, &at->mutex);
}

static void misuse(void) {
    office at = {.tickets = 0};
    CHECK(scenario_is_fatal(wait_for_nothing, &at, "wait with a mutex that is not locked",
                            "[condition at 0x"));
    CHECK(sleepers_on(&at.cond) == 0);
}

/* Overwritten with zero: notifies pass by those who slept until a later waiter has queued. */
static void zeroed_cond_recovers_with_the_next_waiter(void) {
    office at = {.tickets = 0};
    scenario_thread threads[3];
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            weft_store_relaxed_u8(&at.cond.state, 0);
            weft_cond_notify_one(&at.cond);
            weft_cond_notify_all(&at.cond);
            CHECK(sleepers_on(&at.cond) == 2);
        }
        scenario_start(&threads[i], take_ticket, &at);
        AWAIT(sleepers_on(&at.cond) >= (size_t)i + 1);
    }
    give_tickets(&at, 3);
    weft_cond_notify_all(&at.cond);
    for (int i = 0; i < 3; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(at.taken == 3);
}

const scenario cond_scenarios[] = {
    {"results_of_all_functions", results_of_all_functions},
    {"timeouts_are_never_early", timeouts_are_never_early},
    {"mutex_is_free_meanwhile", mutex_is_free_meanwhile},
    {"one_and_all", one_and_all},
    {"giving_up_leaves_the_others", giving_up_leaves_the_others},
    {"overflowing_timeouts", overflowing_timeouts},
#if SIGNALS_END_WAITS
    {"signals", signals},
#endif
#ifndef _WIN32
    {"fork_while_waited_for", fork_while_waited_for},
#endif
    {"interrupts", interrupts},
    {"refused_notification_goes_on", refused_notification_goes_on},
    {"refused_alone", refused_alone},
    {"without_records_the_mutex_is_free", without_records_the_mutex_is_free},
    {"freed_by_the_waiter", freed_by_the_waiter},
    {"freed_while_the_wake_is_under_way", freed_while_the_wake_is_under_way},
    {"a_thousand_threads", a_thousand_threads},
    {"stress", stress},
    {"misuse", misuse},
    {"zeroed_cond_recovers_with_the_next_waiter", zeroed_cond_recovers_with_the_next_waiter},
    {NULL, NULL},
};
