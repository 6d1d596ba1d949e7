/* A ring of semaphores made of the parking lot alone: a token goes round through waits of every
 * kind, and one lost wake stops it. */
#include "park_scenarios.h"

#include "weft_park.h"

#include <string.h>

enum { STATIONS = 3, THREADS = 2 * STATIONS };

typedef struct ring {
    weft_atomic_u32 tokens[STATIONS];
    weft_atomic_u32 stop;
    weft_atomic_u64 moves;
    weft_atomic_u64 woken;    /* waits that said so */
    weft_atomic_u64 unparked; /* threads that unparks said they woke */
    weft_interrupt interrupts[THREADS];
} ring;

typedef struct traveller {
    scenario_thread thread;
    ring *ring;
    uint64_t random;
    unsigned number;
} traveller;

static bool take(weft_atomic_u32 *station) {
    uint32_t seen = weft_load_relaxed_u32(station);
    while (seen > 0) {
        if (weft_cas_weak_acquire_u32(station, &seen, seen - 1)) {
            return true;
        }
    }
    return false;
}

static void wait_at(traveller *self, weft_atomic_u32 *station) {
    ring *around = self->ring;
    uint64_t dice = scenario_random(&self->random) % 4;
    weft_park_request request = {.address = station,
                                 .size = 4,
                                 .mask = UINT32_MAX,
                                 .deadline = WEFT_WAIT_FOREVER,
                                 .interruptible = dice == 1,
                                 .interrupt = &around->interrupts[self->number],
                                 .front = dice == 2};
    if (dice == 3) {
        request.deadline = weft_now_ns() + scenario_random(&self->random) % 100000;
    }
    weft_park_result result = weft_park(&request, NULL);
    if (result == WEFT_PARK_WOKEN) {
        weft_fetch_add_relaxed_u64(&around->woken, 1);
    } else if (result == WEFT_PARK_INTERRUPTED) {
        CHECK(dice == 1);
        (void)weft_interrupt_clear(&around->interrupts[self->number]);
    } else if (result == WEFT_PARK_TIMEOUT) {
        CHECK(dice == 3 && weft_now_ns() >= request.deadline);
    } else {
        CHECK(result == WEFT_PARK_MISMATCH);
    }
}

static void travel(void *argument) {
    traveller *self = argument;
    ring *around = self->ring;
    weft_atomic_u32 *from = &around->tokens[self->number % STATIONS];
    weft_atomic_u32 *to = &around->tokens[(self->number + 1) % STATIONS];
    while (weft_load_relaxed_u32(&around->stop) == 0) {
        if (!take(from)) {
            wait_at(self, from);
            continue;
        }
        if (scenario_random(&self->random) % 4 == 0) {
            weft_interrupt_raise(&around->interrupts[scenario_random(&self->random) % THREADS]);
        }
        weft_fetch_add_relaxed_u64(&around->moves, 1);
        weft_fetch_add_release_u32(to, 1);
        weft_fetch_add_relaxed_u64(&around->unparked, weft_unpark_one(to, NULL, NULL));
    }
}

static void stop_all(ring *around, traveller *travellers) {
    weft_store_relaxed_u32(&around->stop, 1);
    for (int i = 0; i < THREADS; i++) {
        while (!scenario_finished(&travellers[i].thread)) {
            for (int station = 0; station < STATIONS; station++) {
                /* Announce the stop by the word, so that nobody sleeps on the old value. */
                weft_fetch_add_relaxed_u32(&around->tokens[station], 1);
                weft_fetch_add_relaxed_u64(&around->unparked,
                                           weft_unpark_all(&around->tokens[station], NULL, NULL));
            }
        }
        scenario_join(&travellers[i].thread);
    }
}

static void run_ring(uint32_t tokens) {
    static ring around;
    traveller travellers[THREADS];
    uint64_t seed = scenario_seed();
    memset(&around, 0, sizeof around);
    weft_store_relaxed_u32(&around.tokens[0], tokens);
    for (unsigned i = 0; i < THREADS; i++) {
        travellers[i].ring = &around;
        travellers[i].number = i;
        travellers[i].random = seed + i * UINT64_C(0x9E3779B97F4A7C15) + 1;
        scenario_start(&travellers[i].thread, travel, &travellers[i]);
    }
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    while (scenario_now_ns() < until) {
        uint64_t before = weft_load_relaxed_u64(&around.moves);
        AWAIT(weft_load_relaxed_u64(&around.moves) > before + 50);
    }
    stop_all(&around, travellers);
    CHECK(weft_load_relaxed_u64(&around.woken) == weft_load_relaxed_u64(&around.unparked));
}

static void no_wake_is_lost_with_one_token(void) {
    run_ring(1);
}

static void no_wake_is_lost_with_two_tokens(void) {
    run_ring(2);
}

/* Threads that come and go on many addresses while the table grows under them. */
typedef struct crowd {
    weft_atomic_u32 stop;
    weft_atomic_u64 woken;
    weft_atomic_u64 unparked;
    char places[97];
} crowd;

typedef struct member {
    scenario_thread thread;
    crowd *crowd;
    uint64_t random;
} member;

static void come_and_go(void *argument) {
    member *self = argument;
    crowd *all = self->crowd;
    while (weft_load_relaxed_u32(&all->stop) == 0) {
        uint64_t dice = scenario_random(&self->random);
        const void *place = &all->places[dice % sizeof all->places];
        if (dice >> 60 < 8) {
            weft_park_request request = {.address = place,
                                         .deadline = weft_now_ns() + (dice >> 32) % 3000000};
            weft_park_result result = weft_park(&request, NULL);
            CHECK(result == WEFT_PARK_WOKEN || result == WEFT_PARK_TIMEOUT);
            weft_fetch_add_relaxed_u64(&all->woken, result == WEFT_PARK_WOKEN);
        } else {
            size_t woken = dice >> 60 < 14 ? weft_unpark_one(place, NULL, NULL)
                                           : weft_unpark_all(place, NULL, NULL);
            weft_fetch_add_relaxed_u64(&all->unparked, woken);
        }
    }
}

static void wakes_are_counted_right_in_a_crowd(void) {
    enum { MEMBERS = 160 };
    static crowd all;
    static member members[MEMBERS];
    uint64_t seed = scenario_seed();
    memset(&all, 0, sizeof all);
    for (unsigned i = 0; i < MEMBERS; i++) {
        members[i].crowd = &all;
        members[i].random = seed + i * UINT64_C(0x9E3779B97F4A7C15) + 1;
        scenario_start(&members[i].thread, come_and_go, &members[i]);
    }
    scenario_sleep_ns(scenario_stress_ns());
    weft_store_relaxed_u32(&all.stop, 1);
    for (int i = 0; i < MEMBERS; i++) {
        scenario_join(&members[i].thread);
    }
    CHECK(weft_load_relaxed_u64(&all.woken) == weft_load_relaxed_u64(&all.unparked));
}

const scenario park_stress[] = {
    {"no_wake_is_lost_with_one_token", no_wake_is_lost_with_one_token},
    {"no_wake_is_lost_with_two_tokens", no_wake_is_lost_with_two_tokens},
    {"wakes_are_counted_right_in_a_crowd", wakes_are_counted_right_in_a_crowd},
    {NULL, NULL},
};
