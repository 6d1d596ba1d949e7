#include "event_scenarios.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lock_tools.h"
#include "weft_event.h"
#include "weft_mutex.h"

#define MS INT64_C(1000000)

typedef struct waiter {
    weft_event *event;
    weft_interrupt *interrupt;
    test_world *world;
    const uint64_t *data; /* plain: a race detector sees an order that is missing */
    uint64_t seen;
    int64_t timeout;
    weft_lock_result result;
    bool interruptible;
} waiter;

static void wait_for_event(void *argument) {
    waiter *me = argument;
    world_enter(me->world);
    if (me->interruptible) {
        me->result = weft_event_wait_interruptible(me->event, me->timeout, me->interrupt);
    } else if (me->timeout != WEFT_FOREVER) {
        me->result = weft_event_wait_for(me->event, me->timeout);
    } else {
        weft_event_wait(me->event);
        me->result = WEFT_LOCK_OK;
    }
    if (me->result == WEFT_LOCK_OK && me->data != NULL) {
        me->seen = *me->data;
    }
    world_exit();
}

static void results_of_all_functions(void) {
    weft_event event = WEFT_EVENT_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    CHECK(sizeof(weft_event) == 1);
    CHECK(!weft_event_is_set(&event));
    CHECK(!weft_event_reset(&event));
    CHECK(weft_event_wait_for(&event, 0) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_event_wait_for(&event, -1) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_event_wait_for(&event, INT64_MIN) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_event_wait_for(&event, 1) == WEFT_LOCK_TIMEOUT);
    weft_interrupt_raise(&interrupt);
    CHECK(weft_event_wait_interruptible(&event, WEFT_FOREVER, &interrupt) == WEFT_LOCK_INTERRUPTED);
    CHECK(weft_load_relaxed_u8(&event.state) == 0);
    weft_event_set(&event);
    weft_event_set(&event);
    CHECK(weft_event_is_set(&event));
    weft_event_wait(&event);
    CHECK(weft_event_wait_for(&event, 0) == WEFT_LOCK_OK);
    CHECK(weft_event_wait_for(&event, WEFT_FOREVER) == WEFT_LOCK_OK);
    CHECK(weft_event_wait_interruptible(&event, 0, &interrupt) == WEFT_LOCK_OK);
    CHECK(weft_event_wait_interruptible(&event, WEFT_FOREVER, NULL) == WEFT_LOCK_OK);
    CHECK(weft_event_reset(&event));
    CHECK(weft_event_wait_for(&event, 0) == WEFT_LOCK_TIMEOUT);
}

static void timeouts_are_never_early(void) {
    weft_event event = WEFT_EVENT_INIT;
    for (int64_t timeout = MS / 100; timeout < 20 * MS; timeout *= 7) {
        uint64_t began = weft_now_ns();
        CHECK(weft_event_wait_for(&event, timeout) == WEFT_LOCK_TIMEOUT);
        CHECK(weft_now_ns() - began >= (uint64_t)timeout);
        CHECK(weft_load_relaxed_u8(&event.state) == 0);
    }
}

/* A timeout that does not fit is forever; so is one that just fits. */
static void overflowing_timeouts(void) {
    const int64_t timeouts[] = {WEFT_FOREVER, WEFT_FOREVER - 1, WEFT_FOREVER / 2};
    for (int i = 0; i < 3; i++) {
        weft_event event = WEFT_EVENT_INIT;
        waiter me = {.event = &event, .timeout = timeouts[i], .result = WEFT_LOCK_TIMEOUT};
        scenario_thread thread;
        scenario_start(&thread, wait_for_event, &me);
        AWAIT(sleepers_on(&event) >= 1);
        weft_event_set(&event);
        scenario_join(&thread);
        CHECK(me.result == WEFT_LOCK_OK);
    }
}

/* A set wakes all, with what came before it; the byte keeps nothing but SET. */
static void set_wakes_all(void) {
    weft_event event = WEFT_EVENT_INIT;
    uint64_t data = 0;
    waiter waiters[5];
    scenario_thread threads[5];
    for (int i = 0; i < 5; i++) {
        waiters[i] = (waiter){.event = &event, .timeout = WEFT_FOREVER, .data = &data};
        scenario_start(&threads[i], wait_for_event, &waiters[i]);
    }
    AWAIT(sleepers_on(&event) >= 5);
    CHECK(weft_load_relaxed_u8(&event.state) == WEFT_EVENT_HAS_PARKED);
    data = 42;
    weft_event_set(&event);
    CHECK(weft_load_relaxed_u8(&event.state) == WEFT_EVENT_SET);
    for (int i = 0; i < 5; i++) {
        scenario_join(&threads[i]);
        CHECK(waiters[i].seen == 42);
    }
}

/* Who sleeps when the event is set returns, however soon it is reset. */
static void set_and_reset_at_once(void) {
    for (int round = 0; round < 20; round++) {
        weft_event event = WEFT_EVENT_INIT;
        waiter waiters[3];
        scenario_thread threads[3];
        for (int i = 0; i < 3; i++) {
            waiters[i] = (waiter){.event = &event, .timeout = WEFT_FOREVER};
            scenario_start(&threads[i], wait_for_event, &waiters[i]);
        }
        AWAIT(sleepers_on(&event) >= 3);
        weft_event_set(&event);
        CHECK(weft_event_reset(&event));
        for (int i = 0; i < 3; i++) {
            scenario_join(&threads[i]);
        }
        CHECK(weft_load_relaxed_u8(&event.state) == 0);
    }
}

/* A set of an event that is set already, and a reset, order what came before the one and after the
 * other: the reset takes the second set back as well. */
typedef struct late_set {
    weft_event event;
    weft_atomic_u32 over; /* relaxed: orders nothing */
    uint64_t data;        /* plain: a race detector sees an order that is missing */
} late_set;

static void set_again(void *argument) {
    late_set *late = argument;
    late->data = 9;
    weft_event_set(&late->event);
    weft_store_relaxed_u32(&late->over, 1);
}

static void reset_sees_every_set(void) {
    late_set late = {.data = 0};
    scenario_thread thread;
    weft_event_set(&late.event);
    scenario_start(&thread, set_again, &late);
    while (weft_load_relaxed_u32(&late.over) == 0) {
        scenario_sleep_ns(10000);
    }
    CHECK(weft_event_reset(&late.event));
    CHECK(late.data == 9);
    scenario_join(&thread);
}

/* One of two sleepers gives up: the other is still known of. */
static void giving_up_leaves_the_others(void) {
    weft_event event = WEFT_EVENT_INIT;
    waiter stays = {.event = &event, .timeout = WEFT_FOREVER};
    waiter leaves = {.event = &event, .timeout = 20 * MS};
    scenario_thread first;
    scenario_thread second;
    scenario_start(&first, wait_for_event, &stays);
    AWAIT(sleepers_on(&event) >= 1);
    scenario_start(&second, wait_for_event, &leaves);
    scenario_join(&second);
    CHECK(leaves.result == WEFT_LOCK_TIMEOUT);
    CHECK(weft_load_relaxed_u8(&event.state) == WEFT_EVENT_HAS_PARKED);
    weft_event_set(&event);
    scenario_join(&first);
}

static void reset_keeps_the_sleepers(void) {
    weft_event event = WEFT_EVENT_INIT;
    waiter me = {.event = &event, .timeout = WEFT_FOREVER};
    scenario_thread thread;
    scenario_start(&thread, wait_for_event, &me);
    AWAIT(sleepers_on(&event) >= 1);
    CHECK(!weft_event_reset(&event));
    CHECK(weft_load_relaxed_u8(&event.state) == WEFT_EVENT_HAS_PARKED);
    weft_event_set(&event);
    scenario_join(&thread);
}

/* ---- signals and interrupts ----------------------------------------------------------------- */

#if SIGNALS_END_WAITS
static void signals(void) {
    weft_event event = WEFT_EVENT_INIT;
    waiter deaf = {.event = &event, .timeout = WEFT_FOREVER};
    waiter listens = {.event = &event, .timeout = WEFT_FOREVER, .interruptible = true};
    scenario_thread first;
    scenario_thread second;
    handle_signals();
    scenario_start(&first, wait_for_event, &deaf);
    scenario_start(&second, wait_for_event, &listens);
    AWAIT(sleepers_on(&event) == 2);
    signal_until_fewer(&second, &event, 2);
    scenario_join(&second);
    CHECK(listens.result == WEFT_LOCK_INTERRUPTED);
    signal_in_vain(&first);
    CHECK(sleepers_on(&event) == 1);
    weft_event_set(&event);
    scenario_join(&first);
}
#endif

static void interrupts(void) {
    weft_event event = WEFT_EVENT_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    waiter me = {
        .event = &event, .timeout = WEFT_FOREVER, .interruptible = true, .interrupt = &interrupt};
    scenario_thread thread;
    scenario_start(&thread, wait_for_event, &me);
    AWAIT(sleepers_on(&event) >= 1);
    weft_interrupt_raise(&interrupt);
    scenario_join(&thread);
    CHECK(me.result == WEFT_LOCK_INTERRUPTED);
    CHECK(weft_load_relaxed_u8(&event.state) == 0);
    CHECK(weft_interrupt_clear(&interrupt));
    CHECK(weft_event_wait_interruptible(&event, MS, &interrupt) == WEFT_LOCK_TIMEOUT);
}

/* ---- a world that stops --------------------------------------------------------------------- */

/* A set wakes everybody; a thread of a stopped world returns later, and holds nobody up. */
static void stopped_world_holds_nobody_up(void) {
    test_world world;
    weft_event event = WEFT_EVENT_INIT;
    waiter inside = {.event = &event, .timeout = WEFT_FOREVER, .world = &world};
    waiter outside = {.event = &event, .timeout = WEFT_FOREVER};
    scenario_thread first;
    scenario_thread second;
    world_plug_in(&world);
    scenario_start(&first, wait_for_event, &inside);
    AWAIT(sleepers_on(&event) >= 1);
    scenario_start(&second, wait_for_event, &outside);
    AWAIT(sleepers_on(&event) >= 2);
    world_stop(&world);
    weft_event_set(&event);
    scenario_join(&second);
    AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
    CHECK(weft_event_reset(&event));
    world_go_on(&world);
    scenario_join(&first);
    CHECK(weft_load_relaxed_u32(&world.detached) == 0);
    world_plug_out();
}

/* ---- fork, memory --------------------------------------------------------------------------- */

#ifndef _WIN32
static void use_in_child(void *argument) {
    weft_event *event = argument;
    CHECK(sleepers_on(event) == 0);
    CHECK(weft_event_wait_for(event, MS) == WEFT_LOCK_TIMEOUT);
    weft_event_set(event);
    weft_event_wait(event);
    CHECK(weft_event_reset(event));
    CHECK(weft_load_relaxed_u8(&event->state) == 0);
}

static void fork_while_waited_for(void) {
    weft_event event = WEFT_EVENT_INIT;
    waiter me = {.event = &event, .timeout = WEFT_FOREVER};
    scenario_thread thread;
    scenario_start(&thread, wait_for_event, &me);
    AWAIT(sleepers_on(&event) >= 1);
    CHECK(scenario_forked(use_in_child, &event));
    weft_event_set(&event);
    scenario_join(&thread);
}
#endif

static void set_it(void *argument) {
    weft_event_set(argument);
}

/* The waiter frees the event as soon as it sees it set, in every way of waiting. */
static void freed_by_the_waiter(void) {
    for (int round = 0; round < 300; round++) {
        weft_event *event = calloc(1, sizeof *event);
        scenario_thread thread;
        scenario_start(&thread, set_it, event);
        if (round % 3 == 0) {
            weft_event_wait(event);
        } else if (round % 3 == 1) {
            while (!weft_event_is_set(event)) {
                sched_yield();
            }
        } else {
            while (weft_event_wait_for(event, 1000) != WEFT_LOCK_OK) {
            }
        }
        free(event);
        scenario_join(&thread);
    }
}

static void wait_and_free(void *argument) {
    weft_event_wait(argument);
    free(argument);
}

static void freed_while_the_wake_is_under_way(void) {
    free_while_the_wake_is_under_way(calloc(1, sizeof(weft_event)), wait_and_free, set_it);
}

/* ---- many threads, stress ------------------------------------------------------------------- */

typedef struct crowd {
    weft_event event;
    weft_atomic_u32 through;
} crowd;

static void pass(void *argument) {
    crowd *all = argument;
    weft_event_wait(&all->event);
    weft_fetch_add_release_u32(&all->through, 1);
}

static void set_of_crowd(void *argument) {
    crowd *all = argument;
    CHECK(weft_load_relaxed_u32(&all->through) == 0);
    weft_event_set(&all->event);
}

/* Who naps finds the event set. */
static void works_without_pages(void) {
    static crowd all;
    all = (crowd){WEFT_EVENT_INIT, WEFT_ATOMIC_INIT(0)};
    size_t count = run_without_pages(&all.event, pass, set_of_crowd, &all);
    CHECK(weft_load_relaxed_u32(&all.through) == count);
    CHECK(weft_load_relaxed_u8(&all.event.state) == WEFT_EVENT_SET);
}

static void a_thousand_threads(void) {
    enum { THREADS = 1000 };
    static crowd all;
    scenario_thread *threads = calloc(THREADS, sizeof *threads);
    all = (crowd){WEFT_EVENT_INIT, WEFT_ATOMIC_INIT(0)};
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], pass, &all);
    }
    AWAIT(sleepers_on(&all.event) >= THREADS);
    CHECK(weft_load_relaxed_u32(&all.through) == 0);
    weft_event_set(&all.event);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_load_relaxed_u32(&all.through) == THREADS);
    free(threads);
}

/* Producers add and set; the worker waits, resets and takes. An item that is neither taken nor
 * announced leaves the worker asleep for ever. */
typedef struct workshop {
    weft_event work;
    weft_atomic_u32 items; /* relaxed accesses: the event alone orders them */
    weft_atomic_u32 producers_left;
    weft_atomic_u64 seed;
    uint64_t end;
    uint64_t taken;
    weft_atomic_u64 made;
} workshop;

static void produce(void *argument) {
    workshop *shop = argument;
    uint64_t random = weft_fetch_add_relaxed_u64(&shop->seed, 2);
    while (weft_now_ns() < shop->end) {
        weft_fetch_add_relaxed_u32(&shop->items, 1);
        weft_event_set(&shop->work);
        weft_fetch_add_relaxed_u64(&shop->made, 1);
        if (scenario_random(&random) % 4 == 0) {
            sched_yield();
        }
    }
    /* Release: with the worker's acquire, all items are made before the count is 0. */
    weft_fetch_sub_release_u32(&shop->producers_left, 1);
    weft_event_set(&shop->work);
}

static void work_until_all_left(void *argument) {
    workshop *shop = argument;
    bool last = false;
    while (!last) {
        weft_event_wait(&shop->work);
        weft_event_reset(&shop->work);
        last = weft_load_acquire_u32(&shop->producers_left) == 0;
        shop->taken += weft_exchange_relaxed_u32(&shop->items, 0);
    }
}

static void stress_set_and_reset(void) {
    workshop shop = {.producers_left = WEFT_ATOMIC_INIT(3)};
    scenario_thread worker;
    weft_init_u64(&shop.seed, scenario_seed() | 1);
    shop.end = weft_now_ns() + scenario_stress_ns();
    scenario_start(&worker, work_until_all_left, &shop);
    run_threads_until(shop.end, 3, produce, &shop);
    scenario_join(&worker);
    CHECK(shop.taken == weft_load_relaxed_u64(&shop.made));
}

/* Each client stores a request and sets; the server resets and then looks. A set that is skipped
 * because the event is set already, while the request is still on its way, is never served. */
typedef struct service {
    struct {
        weft_atomic_u64 request WEFT_ALIGNED(WEFT_CACHE_LINE);
        weft_atomic_u64 served WEFT_ALIGNED(WEFT_CACHE_LINE);
    } clients[2];
    uint64_t end;
    weft_atomic_u32 stop;
    weft_atomic_u32 started;
    weft_event work;
} service;

static void ask(void *argument) {
    service *from = argument;
    uint32_t self = weft_fetch_add_relaxed_u32(&from->started, 1);
    for (uint64_t request = 1; weft_now_ns() < from->end; request++) {
        scenario_patience patience = {0, 0, 0};
        unsigned spins = 0;
        /* Relaxed, all of them: the event alone orders them. */
        weft_store_relaxed_u64(&from->clients[self].request, request);
        weft_event_set(&from->work);
        while (weft_load_relaxed_u64(&from->clients[self].served) != request) {
            if (++spins > 100000) {
                scenario_wait_a_little(&patience, __FILE__, __LINE__, "the request is served");
            }
        }
    }
}

static void serve(void *argument) {
    service *from = argument;
    while (weft_load_relaxed_u32(&from->stop) == 0) {
        weft_event_wait(&from->work);
        weft_event_reset(&from->work);
        for (int i = 0; i < 2; i++) {
            uint64_t request = weft_load_relaxed_u64(&from->clients[i].request);
            weft_store_relaxed_u64(&from->clients[i].served, request);
        }
    }
}

static void stress_requests(void) {
    static service all;
    scenario_thread server;
    memset(&all, 0, sizeof all);
    all.end = weft_now_ns() + scenario_stress_ns();
    scenario_start(&server, serve, &all);
    run_threads_until(all.end, 2, ask, &all);
    weft_store_relaxed_u32(&all.stop, 1);
    weft_event_set(&all.work);
    scenario_join(&server);
}

/* Overwritten with zero: those who slept sleep on, also past a set, until a later waiter has queued. */
static void zeroed_event_recovers_with_the_next_waiter(void) {
    weft_event event = WEFT_EVENT_INIT;
    waiter waiters[3];
    waiter brief = {.event = &event, .timeout = 10 * MS};
    scenario_thread threads[3];
    for (int i = 0; i < 3; i++) {
        waiters[i] = (waiter){.event = &event, .timeout = WEFT_FOREVER};
        if (i == 2) {
            weft_store_relaxed_u8(&event.state, 0);
            weft_event_set(&event);
            CHECK(weft_event_reset(&event));
            run_threads(1, wait_for_event, &brief);
            CHECK(brief.result == WEFT_LOCK_TIMEOUT);
            CHECK(sleepers_on(&event) == 2);
        }
        scenario_start(&threads[i], wait_for_event, &waiters[i]);
        AWAIT(sleepers_on(&event) >= (size_t)i + 1);
    }
    weft_event_set(&event);
    for (int i = 0; i < 3; i++) {
        scenario_join(&threads[i]);
    }
}

const scenario event_scenarios[] = {
    {"results_of_all_functions", results_of_all_functions},
    {"timeouts_are_never_early", timeouts_are_never_early},
    {"overflowing_timeouts", overflowing_timeouts},
    {"set_wakes_all", set_wakes_all},
    {"set_and_reset_at_once", set_and_reset_at_once},
    {"reset_sees_every_set", reset_sees_every_set},
    {"giving_up_leaves_the_others", giving_up_leaves_the_others},
    {"reset_keeps_the_sleepers", reset_keeps_the_sleepers},
#if SIGNALS_END_WAITS
    {"signals", signals},
#endif
#ifndef _WIN32
    {"fork_while_waited_for", fork_while_waited_for},
#endif
    {"interrupts", interrupts},
    {"stopped_world_holds_nobody_up", stopped_world_holds_nobody_up},
    {"freed_by_the_waiter", freed_by_the_waiter},
    {"freed_while_the_wake_is_under_way", freed_while_the_wake_is_under_way},
    {"stress_set_and_reset", stress_set_and_reset},
    {"stress_requests", stress_requests},
    {"zeroed_event_recovers_with_the_next_waiter", zeroed_event_recovers_with_the_next_waiter},
    {"works_without_pages", works_without_pages},
    {"a_thousand_threads", a_thousand_threads},
    {NULL, NULL},
};
