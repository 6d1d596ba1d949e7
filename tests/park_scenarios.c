/* What weft_park.h promises, one promise a scenario. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "park_scenarios.h"

#include "seam.h"
#include "sleeper.h"
#include "weft_host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* ---- unpark callbacks --------------------------------------------------------------------- */

typedef struct seen_unpark {
    int calls;
    weft_unparked unparked;
    uintptr_t token;
} seen_unpark;

static uintptr_t note_unpark(void *argument, const weft_unparked *unparked) {
    seen_unpark *seen = argument;
    seen->calls++;
    seen->unparked = *unparked;
    return seen->token;
}

static bool saw(const seen_unpark *seen, size_t count, bool more, uint64_t since) {
    return seen->calls == 1 && seen->unparked.count == count && seen->unparked.more == more &&
           seen->unparked.since == since;
}

/* ---- woken -------------------------------------------------------------------------------- */

static void since_is_its_tag(sleeper *self) {
    self->request.since = self->request.tag;
}

static void woken_with_the_token(void) {
    static char place;
    sleeper one;
    seen_unpark seen = {.token = 77};
    sleeper_start(&one, &place, 5, since_is_its_tag);
    CHECK(weft_unpark_one(&place, note_unpark, &seen) == 1);
    CHECK(saw(&seen, 1, false, 5));
    CHECK(sleeper_woken(&one, 77));
}

static void woken_without_callback_is_token_0(void) {
    static char place;
    sleeper one;
    sleeper_start(&one, &place, 0, NULL);
    CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
    CHECK(sleeper_woken(&one, 0));
    sleeper_start(&one, &place, 0, NULL);
    CHECK(weft_unpark_all(&place, NULL, NULL) == 1);
    CHECK(sleeper_woken(&one, 0));
}

static weft_unpark_choice wake_any(void *argument, uintptr_t tag) {
    (void)argument;
    (void)tag;
    return WEFT_UNPARK_WAKE;
}

static void nobody_waits(void) {
    static char place;
    seen_unpark seen = {0};
    CHECK(weft_unpark_one(&place, note_unpark, &seen) == 0);
    CHECK(saw(&seen, 0, false, 0));
    seen = (seen_unpark){0};
    CHECK(weft_unpark_all(&place, note_unpark, &seen) == 0);
    CHECK(saw(&seen, 0, false, 0));
    seen = (seen_unpark){0};
    CHECK(weft_unpark_select(&place, wake_any, note_unpark, &seen) == 0);
    CHECK(saw(&seen, 0, false, 0));
    CHECK(weft_unpark_one(&place, NULL, NULL) == 0);
}

static void park_without_result_token(void *argument) {
    weft_park_request request = {.address = argument, .deadline = WEFT_WAIT_FOREVER};
    CHECK(weft_park(&request, NULL) == WEFT_PARK_WOKEN);
}

static void token_may_be_ignored(void) {
    static char place;
    scenario_thread thread;
    seen_unpark seen = {.token = 3};
    scenario_start(&thread, park_without_result_token, &place);
    AWAIT(sleepers_on(&place) == 1);
    CHECK(weft_unpark_one(&place, note_unpark, &seen) == 1);
    scenario_join(&thread);
}

/* What the unparker wrote before is there afterwards (under TSan: without a race). */
static int letter;
static void read_letter(void *argument) {
    weft_park_request request = {.address = argument, .deadline = WEFT_WAIT_FOREVER};
    CHECK(weft_park(&request, NULL) == WEFT_PARK_WOKEN);
    CHECK(letter == 42);
}

static void wake_publishes(void) {
    static char place;
    for (int round = 0; round < 50; round++) {
        scenario_thread thread;
        letter = 0;
        scenario_start(&thread, read_letter, &place);
        AWAIT(sleepers_on(&place) == 1);
        letter = 42;
        CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
        scenario_join(&thread);
    }
}

/* ---- comparison --------------------------------------------------------------------------- */

/* Parks with a deadline in the past: TIMEOUT shows that the word was as expected. */
static weft_park_result look(const void *address, uint8_t size, uint64_t mask, uint64_t expected) {
    uintptr_t token = 9;
    weft_park_request request = {
        .address = address, .size = size, .mask = mask, .expected = expected, .deadline = 0};
    weft_park_result result = weft_park(&request, &token);
    CHECK(token == 0);
    return result;
}

static void compares_words_of_each_size(void) {
    struct {
        weft_atomic_u8 u8[8];
        weft_atomic_u16 u16[4];
        weft_atomic_u32 u32[2];
        weft_atomic_u64 u64[2];
    } words;
    const uint64_t all = UINT64_MAX;
    memset(&words, 0xff, sizeof words);
    weft_store_relaxed_u8(&words.u8[3], 0x81);
    CHECK(look(&words.u8[3], 1, all, 0x81) == WEFT_PARK_TIMEOUT);
    CHECK(look(&words.u8[3], 1, all, 0x80) == WEFT_PARK_MISMATCH);
    weft_store_relaxed_u16(&words.u16[1], 0x8001);
    CHECK(look(&words.u16[1], 2, all, 0x8001) == WEFT_PARK_TIMEOUT);
    CHECK(look(&words.u16[1], 2, all, 0x0001) == WEFT_PARK_MISMATCH);
    weft_store_relaxed_u32(&words.u32[0], 0x80000001U);
    CHECK(look(&words.u32[0], 4, all, 0x80000001U) == WEFT_PARK_TIMEOUT);
    CHECK(look(&words.u32[0], 4, all, 1) == WEFT_PARK_MISMATCH);
    weft_store_relaxed_u64(&words.u64[0], UINT64_C(0x8000000000000001));
    CHECK(look(&words.u64[0], 8, all, UINT64_C(0x8000000000000001)) == WEFT_PARK_TIMEOUT);
    CHECK(look(&words.u64[0], 8, all, 1) == WEFT_PARK_MISMATCH);
}

static void compares_under_the_mask_only(void) {
    weft_atomic_u8 byte = WEFT_ATOMIC_INIT(0xf3);
    CHECK(look(&byte, 1, 0x03, 0x03) == WEFT_PARK_TIMEOUT);
    CHECK(look(&byte, 1, 0x03, 0xab) == WEFT_PARK_TIMEOUT); /* expected outside the mask */
    CHECK(look(&byte, 1, 0x0f, 0x02) == WEFT_PARK_MISMATCH);
    CHECK(look(&byte, 1, 0x00, 0x55) == WEFT_PARK_TIMEOUT);
}

static void size_0_compares_nothing(void) {
    CHECK(look(&letter, 0, UINT64_MAX, 99) == WEFT_PARK_TIMEOUT);
    CHECK(look((const void *)(uintptr_t)8, 0, 0, 0) == WEFT_PARK_TIMEOUT); /* need not be memory */
}

static void park_with_size(void *argument) {
    weft_atomic_u64 word = WEFT_ATOMIC_INIT(0);
    weft_park_request request = {.address = &word, .size = *(uint8_t *)argument};
    (void)weft_park(&request, NULL);
}

static void bad_sizes_are_fatal(void) {
    for (unsigned size = 0; size < 256; size++) {
        uint8_t narrow = (uint8_t)size;
        bool good = size == 0 || size == 1 || size == 2 || size == 4 || size == 8;
        if (!good) {
            CHECK(scenario_is_fatal(park_with_size, &narrow, "size is not 0, 1, 2, 4 or 8",
                                    "[address at 0x"));
        }
    }
}

/* A change that is made before the unpark, while the other thread is on its way into the queue, is
 * seen: the pair never sleeps past it. */
typedef struct gate {
    weft_atomic_u8 state; /* 0 closed, 1 somebody sleeps, 2 open */
} gate;

static void pass_gate(void *argument) {
    gate *gate_ = argument;
    uint8_t seen = 0;
    weft_cas_relaxed_u8(&gate_->state, &seen, 1);
    weft_park_request request = {
        .address = gate_, .size = 1, .mask = 0xff, .expected = 1, .deadline = WEFT_WAIT_FOREVER};
    while (weft_load_acquire_u8(&gate_->state) != 2) {
        (void)weft_park(&request, NULL);
    }
}

static void the_header_example_holds(void) {
    for (int round = 0; round < 300; round++) {
        gate gate_ = {WEFT_ATOMIC_INIT(0)};
        scenario_thread threads[2];
        scenario_start(&threads[0], pass_gate, &gate_);
        scenario_start(&threads[1], pass_gate, &gate_);
        if (round % 3 == 0) {
            AWAIT(sleepers_on(&gate_) == 2);
        } else if (round % 3 == 1) {
            AWAIT(weft_load_relaxed_u8(&gate_.state) == 1);
        }
        if (weft_exchange_release_u8(&gate_.state, 2) == 1) {
            weft_unpark_all(&gate_, NULL, NULL);
        }
        scenario_join(&threads[0]);
        scenario_join(&threads[1]);
    }
}

/* ---- timeouts ----------------------------------------------------------------------------- */

static void ends_in_20_ms(sleeper *self) {
    self->request.deadline = weft_now_ns() + 20 * MS;
}

static void timeout_is_never_early(void) {
    static char place;
    for (uint64_t wait = 0; wait < 12 * MS; wait += 1300001) {
        weft_park_request request = {.address = &place, .deadline = weft_now_ns() + wait};
        CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
        CHECK(weft_now_ns() >= request.deadline);
    }
}

static void deadline_in_the_past_returns(void) {
    static char place;
    uint64_t deadlines[] = {0, 1, weft_now_ns() - 1, weft_now_ns()};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        weft_park_request request = {.address = &place, .deadline = deadlines[i]};
        CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    }
    CHECK(sleepers_on(&place) == 0);
}

static void ends_in_580_years(sleeper *self) {
    self->request.deadline = UINT64_MAX - 1;
}
static void ends_in_290_years(sleeper *self) {
    self->request.deadline = UINT64_MAX / 2 + 1;
}
static void ends_in_100_days(sleeper *self) {
    self->request.deadline = weft_now_ns() + UINT64_C(86400) * 100 * 1000 * MS;
}

/* Deadlines that no clock reaches, or that overflow signed or 32-bit times, are waited for. */
static void far_deadlines_are_waited_for(void) {
    static char place;
    void (*const deadlines[])(sleeper *) = {ends_in_580_years, ends_in_290_years, ends_in_100_days};
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
        sleeper one;
        sleeper_start(&one, &place, 0, deadlines[i]);
        scenario_sleep_ns(5 * MS);
        CHECK(sleepers_on(&place) == 1);
        CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
        CHECK(sleeper_woken(&one, 0));
    }
}

static void timeout_leaves_the_queue(void) {
    static char place;
    sleeper first;
    sleeper second;
    sleeper_start(&first, &place, 1, NULL);
    sleeper_start_unqueued(&second, &place, 2, ends_in_20_ms);
    CHECK(sleeper_result(&second) == WEFT_PARK_TIMEOUT);
    CHECK(weft_load_relaxed_u32(&second.abandoned) == 1);
    CHECK(weft_load_relaxed_u32(&second.more) == 1);
    CHECK(sleepers_on(&place) == 1);
    CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
    CHECK(sleeper_woken(&first, 0));
    sleeper_start_unqueued(&second, &place, 2, ends_in_20_ms);
    CHECK(sleeper_result(&second) == WEFT_PARK_TIMEOUT);
    CHECK(weft_load_relaxed_u32(&second.abandoned) == 1);
    CHECK(weft_load_relaxed_u32(&second.more) == 0);
    CHECK(sleepers_on(&place) == 0);
}

/* The operating system's timeouts may be early and its wakes spurious. */
static _Thread_local int system_returns;

static bool early_timeout(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                          weft_wait_result *result) {
    (void)word;
    (void)expected;
    (void)deadline;
    *result = system_returns % 2 == 0 ? WEFT_WAIT_TIMED_OUT : WEFT_WAIT_WOKEN;
    return ++system_returns < 200;
}

static void early_and_spurious_returns_of_the_system(void) {
    static char place;
    weft_park_request request = {.address = &place, .deadline = weft_now_ns() + 5 * MS};
    system_returns = 0;
    seam.wait = early_timeout;
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    CHECK(weft_now_ns() >= request.deadline);
    seam = (seam_faults){0};
    CHECK(system_returns >= 200 || weft_now_ns() >= request.deadline);
}

/* A thread whose time is up while it is being unparked was unparked: the wake is not lost. */
static char contested;

static uintptr_t token_9(void *argument, const weft_unparked *unparked) {
    (void)argument;
    (void)unparked;
    return 9;
}

static bool unpark_then_time_out(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                                 weft_wait_result *result) {
    (void)word;
    (void)expected;
    (void)deadline;
    /* This thread unparks itself, which is what a race with another one looks like. */
    CHECK(weft_unpark_one(&contested, token_9, NULL) == 1);
    *result = WEFT_WAIT_TIMED_OUT;
    seam.wait = NULL;
    return true;
}

static void never_abandon(const weft_park_request *request, bool more) {
    (void)request;
    (void)more;
    CHECK_UNREACHED("abandon of a thread that was unparked");
}

static void unparked_at_its_deadline_is_woken(void) {
    weft_park_request request = {.address = &contested, .deadline = 1, .abandon = never_abandon};
    uintptr_t token = 0;
    seam.wait = unpark_then_time_out;
    CHECK(weft_park(&request, &token) == WEFT_PARK_WOKEN);
    CHECK(token == 9);
    seam = (seam_faults){0};
}

/* ---- order -------------------------------------------------------------------------------- */

static bool tags_are(const void *address, const uintptr_t *expected, size_t count) {
    uintptr_t tags[64];
    if (sleeper_tags(address, tags, 64) != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (tags[i] != expected[i]) {
            return false;
        }
    }
    return true;
}

static void first_in_first_out(void) {
    static char place;
    enum { COUNT = 10 };
    sleeper sleepers[COUNT];
    for (uintptr_t i = 0; i < COUNT; i++) {
        sleeper_start(&sleepers[i], &place, 100 + i, since_is_its_tag);
    }
    for (uintptr_t i = 0; i < COUNT; i++) {
        seen_unpark seen = {.token = i + 1};
        CHECK(weft_unpark_one(&place, note_unpark, &seen) == 1);
        CHECK(saw(&seen, 1, i + 1 < COUNT, 100 + i));
        CHECK(sleeper_woken(&sleepers[i], i + 1));
    }
}

static void at_the_front(sleeper *self) {
    self->request.front = true;
}

static void front_queues_before_the_others(void) {
    static char place;
    sleeper sleepers[4];
    sleeper_start(&sleepers[0], &place, 0, at_the_front);
    sleeper_start(&sleepers[1], &place, 1, NULL);
    sleeper_start(&sleepers[2], &place, 2, at_the_front);
    sleeper_start(&sleepers[3], &place, 3, NULL);
    CHECK(tags_are(&place, (const uintptr_t[]){2, 0, 1, 3}, 4));
    CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
    CHECK(sleeper_woken(&sleepers[2], 0));
    CHECK(weft_unpark_all(&place, NULL, NULL) == 3);
    CHECK(sleeper_woken(&sleepers[0], 0));
    CHECK(sleeper_woken(&sleepers[1], 0));
    CHECK(sleeper_woken(&sleepers[3], 0));
}

static void unpark_all_wakes_all(void) {
    static char place;
    static char other;
    sleeper sleepers[5];
    seen_unpark seen = {.token = 6};
    for (uintptr_t i = 0; i < 4; i++) {
        sleeper_start(&sleepers[i], &place, 7 + i, since_is_its_tag);
    }
    sleeper_start(&sleepers[4], &other, 0, NULL);
    CHECK(weft_unpark_all(&place, note_unpark, &seen) == 4);
    CHECK(saw(&seen, 4, false, 7));
    for (int i = 0; i < 4; i++) {
        CHECK(sleeper_woken(&sleepers[i], 6));
    }
    CHECK(sleepers_on(&other) == 1);
    CHECK(weft_unpark_one(&other, NULL, NULL) == 1);
    CHECK(sleeper_woken(&sleepers[4], 0));
}

/* Who has waited longest need not stand first: it may have slept before, and queued again. */
static void since_is_that_of_the_longest_wait(void) {
    static char place;
    static const uintptr_t since[] = {8, 6, 7};
    sleeper sleepers[3];
    seen_unpark seen = {.token = 1};
    for (int i = 0; i < 3; i++) {
        sleeper_start(&sleepers[i], &place, since[i], since_is_its_tag);
    }
    CHECK(weft_unpark_all(&place, note_unpark, &seen) == 3);
    CHECK(saw(&seen, 3, false, 6));
    for (int i = 0; i < 3; i++) {
        CHECK(sleeper_woken(&sleepers[i], 1));
    }
}

/* Even tags are woken, odd ones skipped, up to the first that is 7 or more. */
static weft_unpark_choice choose_even_below_7(void *argument, uintptr_t tag) {
    (void)argument;
    if (tag >= 7) {
        return WEFT_UNPARK_STOP;
    }
    return tag % 2 == 0 ? WEFT_UNPARK_WAKE : WEFT_UNPARK_SKIP;
}

static uintptr_t token_of_count(void *argument, const weft_unparked *unparked) {
    (void)argument;
    CHECK(unparked->more);
    CHECK(unparked->since == 0);
    return unparked->count * 10;
}

static void select_wakes_skips_and_stops(void) {
    static char place;
    sleeper sleepers[10];
    for (uintptr_t i = 0; i < 10; i++) {
        sleeper_start(&sleepers[i], &place, i, since_is_its_tag);
    }
    CHECK(weft_unpark_select(&place, choose_even_below_7, token_of_count, NULL) == 4);
    for (size_t i = 0; i < 8; i += 2) {
        CHECK(sleeper_woken(&sleepers[i], 40));
    }
    CHECK(tags_are(&place, (const uintptr_t[]){1, 3, 5, 7, 8, 9}, 6));
    CHECK(weft_unpark_all(&place, NULL, NULL) == 6);
    for (size_t i = 0; i < 10; i++) {
        if (i % 2 != 0 || i >= 7) {
            CHECK(sleeper_woken(&sleepers[i], 0));
        }
    }
}

/* ---- addresses that collide --------------------------------------------------------------- */

static void interruptible(sleeper *self) {
    self->request.interruptible = true;
    self->request.interrupt = calloc(1, sizeof(weft_interrupt));
}

static weft_park_result interrupt_sleeper(sleeper *self) {
    weft_interrupt_raise(self->request.interrupt);
    weft_park_result result = sleeper_result(self);
    CHECK(weft_interrupt_clear(self->request.interrupt));
    free(self->request.interrupt);
    return result;
}

/* More addresses than buckets: by the pigeonhole principle some share one. `more` is about the
 * address and nothing else, for wakes and for threads that give up. */
static void collisions_are_told_apart(void) {
    weft_park_description description;
    weft_park_describe(&description);
    size_t addresses = description.buckets + 40;
    size_t count = addresses + addresses / 4;
    char *places = calloc(addresses, 16);
    sleeper *sleepers = calloc(count, sizeof *sleepers);
    for (size_t i = 0; i < count; i++) {
        /* Every fourth address has a second waiter. */
        size_t at = i < addresses ? i : (i - addresses) * 4;
        sleeper_start(&sleepers[i], places + at * 16, i, interruptible);
    }
    for (size_t i = 0; i < addresses; i++) {
        bool two = i % 4 == 0 && addresses + i / 4 < count;
        const void *place = places + i * 16;
        CHECK(sleepers_on(place) == (two ? 2U : 1U));
        CHECK(sleepers_on((const char *)place + 1) == 0);
        CHECK(weft_unpark_one((const char *)place + 1, NULL, NULL) == 0);
        if (i % 3 == 0) {
            CHECK(interrupt_sleeper(&sleepers[i]) == WEFT_PARK_INTERRUPTED);
            CHECK(weft_load_relaxed_u32(&sleepers[i].more) == two);
        } else {
            seen_unpark seen = {.token = 1};
            CHECK(weft_unpark_one(place, note_unpark, &seen) == 1);
            CHECK(saw(&seen, 1, two, 0));
            CHECK(sleeper_woken(&sleepers[i], 1));
            free(sleepers[i].request.interrupt);
        }
    }
    for (size_t i = addresses; i < count; i++) {
        CHECK(interrupt_sleeper(&sleepers[i]) == WEFT_PARK_INTERRUPTED);
        CHECK(weft_load_relaxed_u32(&sleepers[i].more) == 0);
    }
    free(sleepers);
    free(places);
}

/* Addresses of one bucket, whatever the table's size: the hash as weft_park.c has it. Should the
 * two drift apart, the scenario below still holds and only collides less. */
static unsigned bucket_of(const void *address) {
    uint64_t product = (uint64_t)(uintptr_t)address * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(product >> 32) & 4095U;
}

enum { PLACES = 4, MODEL_SLEEPERS = 16 };

static void find_colliding(const char *places[PLACES]) {
    static char memory[65536];
    size_t found = 1;
    places[0] = memory;
    for (size_t i = 1; i < sizeof memory && found < PLACES - 1; i++) {
        if (bucket_of(&memory[i]) == bucket_of(memory)) {
            places[found++] = &memory[i];
        }
    }
    while (found < PLACES) {
        places[found] = &memory[found]; /* and others that do not collide */
        found++;
    }
}

/* The queues beside their model: an array of threads per address. */
typedef struct queue_model {
    const char *places[PLACES];
    sleeper *queues[PLACES][MODEL_SLEEPERS];
    size_t lengths[PLACES];
    sleeper sleepers[MODEL_SLEEPERS];
    bool used[MODEL_SLEEPERS];
    uint64_t random;
    uintptr_t next_tag;
} queue_model;

static void check_model(queue_model *model) {
    for (int p = 0; p < PLACES; p++) {
        uintptr_t tags[MODEL_SLEEPERS] = {0};
        for (size_t i = 0; i < model->lengths[p]; i++) {
            tags[i] = model->queues[p][i]->request.tag;
        }
        CHECK(tags_are(model->places[p], tags, model->lengths[p]));
    }
}

static sleeper *model_remove(queue_model *model, int place, size_t at) {
    sleeper *removed = model->queues[place][at];
    model->lengths[place]--;
    for (size_t i = at; i < model->lengths[place]; i++) {
        model->queues[place][i] = model->queues[place][i + 1];
    }
    model->used[removed - model->sleepers] = false;
    return removed;
}

static void front_and_interruptible(sleeper *self) {
    interruptible(self);
    at_the_front(self);
}

static void model_park(queue_model *model, int place) {
    size_t free_one = 0;
    while (free_one < MODEL_SLEEPERS && model->used[free_one]) {
        free_one++;
    }
    if (free_one == MODEL_SLEEPERS) {
        return;
    }
    sleeper *self = &model->sleepers[free_one];
    bool front = scenario_random(&model->random) % 3 == 0;
    sleeper **queue = model->queues[place];
    model->used[free_one] = true;
    sleeper_start(self, model->places[place], ++model->next_tag,
                  front ? front_and_interruptible : interruptible);
    if (front) {
        memmove((void *)(queue + 1), (void *)queue, model->lengths[place] * sizeof *queue);
        queue[0] = self;
    } else {
        queue[model->lengths[place]] = self;
    }
    model->lengths[place]++;
}

static void model_give_up(queue_model *model, int place) {
    if (model->lengths[place] > 0) {
        size_t at = (size_t)scenario_random(&model->random) % model->lengths[place];
        sleeper *left = model_remove(model, place, at);
        CHECK(interrupt_sleeper(left) == WEFT_PARK_INTERRUPTED);
        CHECK(weft_load_relaxed_u32(&left->abandoned) == 1);
        CHECK(weft_load_relaxed_u32(&left->more) == (model->lengths[place] > 0));
    }
}

static void model_unpark_one(queue_model *model, int place) {
    seen_unpark seen = {.token = 4};
    size_t expected = model->lengths[place] > 0 ? 1 : 0;
    CHECK(weft_unpark_one(model->places[place], note_unpark, &seen) == expected);
    if (expected > 0) {
        sleeper *woken = model_remove(model, place, 0);
        CHECK(sleeper_woken(woken, 4));
        free(woken->request.interrupt);
    }
    CHECK(saw(&seen, expected, model->lengths[place] > 0, 0));
}

static weft_unpark_choice choose_by_tag(void *argument, uintptr_t tag) {
    uint64_t state = *(uint64_t *)argument + tag;
    uint64_t dice = scenario_random(&state) % 8;
    return dice == 0 ? WEFT_UNPARK_STOP : dice < 4 ? WEFT_UNPARK_SKIP : WEFT_UNPARK_WAKE;
}

static void model_select(queue_model *model, int place) {
    uint64_t salt = scenario_random(&model->random) | 1;
    size_t woken = weft_unpark_select(model->places[place], choose_by_tag, NULL, &salt);
    size_t expected = 0;
    for (size_t i = 0; i < model->lengths[place];) {
        weft_unpark_choice choice = choose_by_tag(&salt, model->queues[place][i]->request.tag);
        if (choice == WEFT_UNPARK_STOP) {
            break;
        }
        if (choice == WEFT_UNPARK_WAKE) {
            sleeper *taken = model_remove(model, place, i);
            CHECK(sleeper_woken(taken, 0));
            free(taken->request.interrupt);
            expected++;
        } else {
            i++;
        }
    }
    CHECK(woken == expected);
}

static void queues_follow_their_model(void) {
    queue_model *model = calloc(1, sizeof *model);
    model->random = scenario_seed();
    find_colliding(model->places);
    for (int step = 0; step < 400; step++) {
        int place = (int)(scenario_random(&model->random) % PLACES);
        switch (scenario_random(&model->random) % 8) {
        case 0:
            model_unpark_one(model, place);
            break;
        case 1:
            model_select(model, place);
            break;
        case 2:
        case 3:
            model_give_up(model, place);
            break;
        default:
            model_park(model, place);
            break;
        }
        check_model(model);
    }
    for (int place = 0; place < PLACES; place++) {
        while (model->lengths[place] > 0) {
            model_unpark_one(model, place);
        }
    }
    free(model);
}

/* ---- interrupts --------------------------------------------------------------------------- */

static void raise_during_the_wait(void) {
    static char place;
    sleeper one;
    sleeper_start(&one, &place, 0, interruptible);
    CHECK(interrupt_sleeper(&one) == WEFT_PARK_INTERRUPTED);
    CHECK(weft_load_relaxed_u32(&one.abandoned) == 1);
    CHECK(sleepers_on(&place) == 0);
}

static weft_park_result park_interruptibly(weft_interrupt *interrupt, uint64_t deadline) {
    static char place;
    weft_park_request request = {
        .address = &place, .deadline = deadline, .interruptible = true, .interrupt = interrupt};
    return weft_park(&request, NULL);
}

static void raise_before_the_wait_stays_until_cleared(void) {
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    CHECK(!weft_interrupt_clear(&interrupt));
    weft_interrupt_raise(&interrupt);
    weft_interrupt_raise(&interrupt);
    CHECK(park_interruptibly(&interrupt, WEFT_WAIT_FOREVER) == WEFT_PARK_INTERRUPTED);
    CHECK(park_interruptibly(&interrupt, WEFT_WAIT_FOREVER) == WEFT_PARK_INTERRUPTED);
    CHECK(weft_interrupt_clear(&interrupt));
    CHECK(!weft_interrupt_clear(&interrupt));
    CHECK(park_interruptibly(&interrupt, weft_now_ns() + MS) == WEFT_PARK_TIMEOUT);
}

static void not_interruptible_but_with_interrupt(sleeper *self) {
    interruptible(self);
    self->request.interruptible = false;
}

static void raise_is_ignored_by_a_plain_wait(void) {
    static char place;
    sleeper one;
    sleeper_start(&one, &place, 0, not_interruptible_but_with_interrupt);
    for (int i = 0; i < 20; i++) {
        weft_interrupt_raise(one.request.interrupt);
        scenario_sleep_ns(100000);
    }
    CHECK(sleepers_on(&place) == 1);
    CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
    CHECK(sleeper_woken(&one, 0));
    free(one.request.interrupt);
}

/* Raised between the last look and the sleep: the window that must not exist. */
static weft_interrupt raised_late;

/* NOLINTBEGIN(readability-non-const-parameter): the hook's type. */
static bool raise_then_sleep(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                             weft_wait_result *result) {
    (void)word;
    (void)expected;
    (void)deadline;
    (void)result;
    seam.wait = NULL;
    weft_interrupt_raise(&raised_late);
    return false; /* and now to sleep, for ever if the raise did not change the word */
}
/* NOLINTEND(readability-non-const-parameter) */

static void raise_just_before_the_sleep(void) {
    seam.wait = raise_then_sleep;
    CHECK(park_interruptibly(&raised_late, WEFT_WAIT_FOREVER) == WEFT_PARK_INTERRUPTED);
    CHECK(weft_interrupt_clear(&raised_late));
}

/* The raiser may be late and poke a record that another wait uses by now: nothing happens. */
static void late_raise_pokes_nobody(void) {
    static char place;
    for (int i = 0; i < 200; i++) {
        sleeper one;
        weft_interrupt *interrupt = NULL;
        sleeper_start(&one, &place, 0, interruptible);
        interrupt = one.request.interrupt;
        CHECK(weft_unpark_one(&place, NULL, NULL) == 1);
        weft_interrupt_raise(interrupt); /* while the thread leaves */
        CHECK(sleeper_woken(&one, 0));
        CHECK(weft_interrupt_clear(interrupt));
        free(interrupt);
    }
}

static int news;
static void wait_for_news(void *argument) {
    CHECK(park_interruptibly(argument, WEFT_WAIT_FOREVER) == WEFT_PARK_INTERRUPTED);
    CHECK(news == 7);
}

static void raise_publishes(void) {
    for (int round = 0; round < 200; round++) {
        static weft_interrupt interrupt;
        scenario_thread thread;
        news = 0;
        scenario_start(&thread, wait_for_news, &interrupt);
        if (round % 2 == 0) {
            AWAIT(weft_load_relaxed_ptr(&interrupt.waiter) != NULL);
        }
        news = 7;
        weft_interrupt_raise(&interrupt);
        scenario_join(&thread);
        CHECK(weft_interrupt_clear(&interrupt));
    }
}

#if !defined(_WIN32)
static weft_atomic_u32 signals;
static void count_signal(int number) {
    (void)number;
    weft_fetch_add_relaxed_u32(&signals, 1);
}

static void handle_signals(int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    action.sa_flags = flags;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
}

/* TSan holds signals back from a thread that sleeps in pthread_cond_wait. */
#define SIGNALS_REACH_SLEEPERS (!WEFT_TSAN || !WEFT_WAIT_PTHREAD)

#if SIGNALS_REACH_SLEEPERS
static void signals_do_not_end_a_plain_wait(void) {
    static char place;
    sleeper one;
    handle_signals(0);
    sleeper_start(&one, &place, 0, NULL);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t before = weft_load_relaxed_u32(&signals);
        /* More than one: TSan holds a signal back that comes just before the system call. */
        AWAIT(pthread_kill(one.thread.id, SIGUSR1) == 0 &&
              weft_load_relaxed_u32(&signals) != before);
    }
    CHECK(sleepers_on(&place) == 1);
    CHECK(weft_unpark_one(&place, token_9, NULL) == 1);
    CHECK(sleeper_woken(&one, 9));
}

#endif

static void signals_do_not_lengthen_a_wait(void) {
    static char place;
    sleeper one;
    handle_signals(0);
    sleeper_start_unqueued(&one, &place, 0, ends_in_20_ms);
    while (!scenario_finished(&one.thread)) {
        (void)pthread_kill(one.thread.id, SIGUSR1);
        scenario_sleep_ns(MS);
    }
    CHECK(sleeper_result(&one) == WEFT_PARK_TIMEOUT);
    CHECK(weft_now_ns() >= one.request.deadline);
}

#if !WEFT_WAIT_PTHREAD
static void interruptible_by_signals(sleeper *self) {
    self->request.interruptible = true;
}

/* A signal may come before the sleep: repeated until it has hit. */
static void signals_end_an_interruptible_wait(void) {
    static char place;
    for (int flags = 0; flags < 2; flags++) {
        sleeper one;
        handle_signals(flags == 0 ? 0 : SA_RESTART);
        sleeper_start(&one, &place, 0, interruptible_by_signals);
        while (!scenario_finished(&one.thread)) {
            (void)pthread_kill(one.thread.id, SIGUSR1);
            scenario_sleep_ns(MS);
        }
        CHECK(sleeper_result(&one) == WEFT_PARK_INTERRUPTED);
        CHECK(weft_load_relaxed_u32(&one.abandoned) == 1);
    }
}
#endif
#endif

/* ---- hooks -------------------------------------------------------------------------------- */

typedef struct fake_runtime {
    char log[32];
    size_t length;
    weft_atomic_u32 stopped;
} fake_runtime;

static void note(void *context, char what) {
    fake_runtime *runtime = context;
    if (runtime->length + 1 < sizeof runtime->log) {
        runtime->log[runtime->length++] = what;
    }
}

static _Thread_local fake_runtime *current_runtime;
static weft_atomic_u32 asked_for_current;

static void *fake_current(void) {
    weft_fetch_add_relaxed_u32(&asked_for_current, 1);
    return current_runtime;
}
static void fake_enter(void *context) {
    note(context, 'E');
}
static bool fake_try_leave(void *context) {
    note(context, 'T');
    return weft_load_relaxed_u32(&((fake_runtime *)context)->stopped) == 0;
}
static void fake_leave(void *context) {
    note(context, 'L');
}
static void fake_may_detach(void *context) {
    (void)context;
}
static const weft_park_hook fake_hook = {fake_current, fake_enter, fake_try_leave, fake_leave,
                                         fake_may_detach};

static void note_queued(const weft_park_request *request) {
    if (request->context != NULL) {
        note(request->context, 'Q');
    }
}
static void note_refuse(const weft_park_request *request, uintptr_t token) {
    CHECK(token == 9);
    note(request->context, 'R');
}

static void hooked(sleeper *self) {
    self->request.queued = note_queued;
    self->request.refuse = note_refuse;
    self->request.context = (void *)self->request.tag;
}

static void hooked_without_refuse(sleeper *self) {
    hooked(self);
    self->request.refuse = NULL;
}

static bool log_is(const fake_runtime *runtime, const char *expected) {
    bool same = strcmp(runtime->log, expected) == 0;
    if (!same) {
        fprintf(stderr, "the hooks ran as %s, not as %s\n", runtime->log, expected);
    }
    return same;
}

static weft_park_result run_hooked(fake_runtime *runtime, void (*prepare)(sleeper *self),
                                   weft_unpark_callback callback, uintptr_t *token) {
    static char place;
    sleeper one;
    weft_park_set_hook(&fake_hook);
    sleeper_start(&one, &place, (uintptr_t)runtime, prepare);
    CHECK(weft_unpark_one(&place, callback, NULL) == 1);
    weft_park_result result = sleeper_result(&one);
    weft_park_set_hook(NULL);
    *token = one.token;
    return result;
}

static void hook_attaches_a_thread_that_was_handed_something(void) {
    fake_runtime runtime = {.length = 0};
    uintptr_t token = 0;
    CHECK(run_hooked(&runtime, hooked, token_9, &token) == WEFT_PARK_WOKEN);
    CHECK(token == 9);
    CHECK(log_is(&runtime, "QET"));
}

static void hook_refuses_while_the_world_stops(void) {
    fake_runtime runtime = {.stopped = WEFT_ATOMIC_INIT(1)};
    uintptr_t token = 0;
    CHECK(run_hooked(&runtime, hooked, token_9, &token) == WEFT_PARK_REFUSED);
    CHECK(token == 0);
    CHECK(log_is(&runtime, "QETRL"));
}

static void hook_has_nothing_to_refuse_without_a_token(void) {
    fake_runtime runtime = {.stopped = WEFT_ATOMIC_INIT(1)};
    uintptr_t token = 0;
    CHECK(run_hooked(&runtime, hooked, NULL, &token) == WEFT_PARK_WOKEN);
    CHECK(token == 0);
    CHECK(log_is(&runtime, "QEL"));
}

static void hook_waits_for_one_that_cannot_refuse(void) {
    fake_runtime runtime = {.stopped = WEFT_ATOMIC_INIT(1)};
    uintptr_t token = 0;
    CHECK(run_hooked(&runtime, hooked_without_refuse, token_9, &token) == WEFT_PARK_WOKEN);
    CHECK(token == 9);
    CHECK(log_is(&runtime, "QEL"));
}

/* The thread is asked for only where the caller does not name it; two runtimes on one thread. */
static void hook_context(void) {
    static char place;
    fake_runtime runtimes[2] = {{.length = 0}, {.length = 0}};
    weft_park_request request = {.address = &place, .deadline = 0};
    weft_park_set_hook(&fake_hook);
    weft_store_relaxed_u32(&asked_for_current, 0);
    current_runtime = &runtimes[0];
    request.context = &runtimes[1];
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    CHECK(log_is(&runtimes[0], ""));
    CHECK(log_is(&runtimes[1], "EL"));
    request.context = NULL;
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    CHECK(log_is(&runtimes[0], "EL"));
    CHECK(log_is(&runtimes[1], "EL"));
    current_runtime = NULL; /* a thread of no runtime */
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    weft_park_set_hook(NULL);
    current_runtime = &runtimes[0];
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    CHECK(log_is(&runtimes[0], "EL"));
    current_runtime = NULL;
}

/* Neither hook nor queued for a thread that does not queue. */
static void hook_is_not_called_on_mismatch(void) {
    weft_atomic_u8 byte = WEFT_ATOMIC_INIT(1);
    fake_runtime runtime = {.length = 0};
    weft_park_request request = {.address = &byte,
                                 .size = 1,
                                 .mask = 0xff,
                                 .expected = 2,
                                 .deadline = WEFT_WAIT_FOREVER,
                                 .queued = note_queued,
                                 .abandon = never_abandon,
                                 .context = &runtime};
    weft_park_set_hook(&fake_hook);
    CHECK(weft_park(&request, NULL) == WEFT_PARK_MISMATCH);
    weft_park_set_hook(NULL);
    CHECK(log_is(&runtime, ""));
}

/* What happens in `queued` is not missed: the thread is in the queue by then. */
static void unpark_itself(const weft_park_request *request) {
    CHECK(weft_unpark_one(request->address, token_9, NULL) == 1);
}

static void queued_is_called_in_the_queue(void) {
    static char place;
    uintptr_t token = 0;
    weft_park_request request = {
        .address = &place, .deadline = WEFT_WAIT_FOREVER, .queued = unpark_itself};
    CHECK(weft_park(&request, &token) == WEFT_PARK_WOKEN);
    CHECK(token == 9);
}

#if WEFT_CHECKED
static weft_atomic_u32 announced;
static void count_may_detach(void *context) {
    (void)context;
    weft_fetch_add_relaxed_u32(&announced, 1);
}

static void checked_build_announces_what_may_detach(void) {
    weft_atomic_u8 byte = WEFT_ATOMIC_INIT(1);
    fake_runtime runtime = {.length = 0};
    weft_park_hook hook = fake_hook;
    hook.may_detach = count_may_detach;
    weft_park_set_hook(&hook);
    current_runtime = &runtime;
    weft_store_relaxed_u32(&announced, 0);
    CHECK(look(&byte, 1, 0xff, 2) == WEFT_PARK_MISMATCH);
    CHECK(weft_load_relaxed_u32(&announced) == 1);
    current_runtime = NULL;
    CHECK(look(&byte, 1, 0xff, 2) == WEFT_PARK_MISMATCH);
    CHECK(weft_load_relaxed_u32(&announced) == 1);
    hook.may_detach = NULL;
    current_runtime = &runtime;
    weft_park_may_detach();
    current_runtime = NULL;
    weft_park_set_hook(NULL);
}
#endif

/* ---- the contention hook ------------------------------------------------------------------ */

typedef struct seen_contention {
    int calls;
    const void *address;
    uint64_t waited;
} seen_contention;

static void note_contention(void *argument, const void *address, uint64_t waited) {
    seen_contention *seen = argument;
    seen->calls++;
    seen->address = address;
    seen->waited = waited;
}

static void contention_hook(void) {
    static char place;
    seen_contention seen = {0};
    CHECK(weft_park_contention_begin() == 0);
    weft_park_set_contention_hook(note_contention, &seen);
    uint64_t began = weft_park_contention_begin();
    CHECK(began != 0);
    scenario_sleep_ns(MS);
    weft_park_contention_end(&place, 0); /* began while it was off */
    CHECK(seen.calls == 0);
    weft_park_contention_end(&place, began);
    CHECK(seen.calls == 1);
    CHECK(seen.address == &place);
    CHECK(seen.waited >= MS);
    weft_park_set_contention_hook(NULL, NULL);
    weft_park_contention_end(&place, began);
    CHECK(seen.calls == 1);
    CHECK(weft_park_contention_begin() == 0);
}

/* ---- errno -------------------------------------------------------------------------------- */

static void errno_is_preserved(void) {
    static char place;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    errno = 4711;
    CHECK(look(&place, 0, 0, 0) == WEFT_PARK_TIMEOUT);
    CHECK(errno == 4711);
    CHECK(weft_unpark_one(&place, NULL, NULL) == 0);
    CHECK(weft_unpark_all(&place, NULL, NULL) == 0);
    CHECK(errno == 4711);
    weft_interrupt_raise(&interrupt);
    CHECK(park_interruptibly(&interrupt, WEFT_WAIT_FOREVER) == WEFT_PARK_INTERRUPTED);
    CHECK(errno == 4711);
    /* sleeper_result looks at the errno of threads that were woken. */
}

/* ---- growth ------------------------------------------------------------------------------- */

enum { CROWD = 1000, CROWD_PLACES = 7 };

/* Under 1000 sleeping threads the table grows, while they sleep, and their order stays. */
static void table_grows_under_a_thousand_sleepers(void) {
    static char places[CROWD_PLACES];
    sleeper *crowd = calloc(CROWD, sizeof *crowd);
    uintptr_t tags[CROWD / CROWD_PLACES + 1];
    weft_park_description description;
    for (uintptr_t i = 0; i < CROWD; i++) {
        sleeper_start(&crowd[i], &places[i % CROWD_PLACES], i, NULL);
    }
    weft_park_describe(&description);
    CHECK(description.waiters >= CROWD);
    CHECK(description.buckets * 2 >= description.waiters);
    CHECK(description.bytes >= description.waiters * WEFT_CACHE_LINE);
    for (uintptr_t place = 0; place < CROWD_PLACES; place++) {
        size_t count = sleeper_tags(&places[place], tags, sizeof tags / sizeof *tags);
        CHECK(count == (CROWD - place + CROWD_PLACES - 1) / CROWD_PLACES);
        for (size_t i = 0; i < count; i++) {
            CHECK(tags[i] == i * CROWD_PLACES + place);
        }
        CHECK(weft_unpark_one(&places[place], token_9, NULL) == 1);
        CHECK(weft_unpark_all(&places[place], token_9, NULL) == count - 1);
    }
    for (int i = 0; i < CROWD; i++) {
        CHECK(sleeper_woken(&crowd[i], 9));
    }
    free(crowd);
}

#ifndef _WIN32
/* Growth with sleepers on hundreds of addresses, from the smallest table on: addresses move to new
 * buckets and are found there. In a child, whose table is as small as this program's ever was. */
static void grow_with_many_addresses(void *argument) {
    enum { COUNT = 700 };
    static weft_atomic_u64 places[COUNT];
    sleeper *sleepers = calloc(COUNT, sizeof *sleepers);
    (void)argument;
    for (uintptr_t i = 0; i < COUNT; i++) {
        sleeper_start(&sleepers[i], &places[i], i, NULL);
    }
    for (uintptr_t i = 0; i < COUNT; i++) {
        CHECK(sleepers_on(&places[i]) == 1);
        CHECK(weft_unpark_all(&places[i], token_9, NULL) == 1);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(sleeper_woken(&sleepers[i], 9));
    }
    free(sleepers);
}

static void growth_moves_addresses(void) {
#if !SCENARIO_THREADS_AFTER_FORK
    grow_with_many_addresses(NULL);
#else
    CHECK(scenario_forked(grow_with_many_addresses, NULL));
#endif
}
#endif

/* ---- no memory ---------------------------------------------------------------------------- */

/* Records beyond those ever used are asked for, and there are no pages. */
typedef struct poor_sleeper {
    scenario_thread thread;
    weft_atomic_u32 *word;
    weft_atomic_u32 naps;
} poor_sleeper;

static void sleep_without_pages(void *argument) {
    poor_sleeper *self = argument;
    weft_park_request request = {.address = self->word,
                                 .size = 4,
                                 .mask = UINT32_MAX,
                                 .expected = 1,
                                 .deadline = WEFT_WAIT_FOREVER};
    seam.no_pages = true;
    while (weft_load_acquire_u32(self->word) == 1) {
        if (weft_park(&request, NULL) == WEFT_PARK_MISMATCH &&
            weft_load_relaxed_u32(self->word) == 1) {
            weft_fetch_add_relaxed_u32(&self->naps, 1);
        }
    }
}

static size_t count_naps(const poor_sleeper *sleepers, size_t count) {
    size_t naps = 0;
    for (size_t i = 0; i < count; i++) {
        naps += weft_load_relaxed_u32(&sleepers[i].naps) > 0;
    }
    return naps;
}

static void without_pages_threads_nap(void) {
    static weft_atomic_u32 word;
    weft_park_description description;
    weft_park_describe(&description);
    /* More than are in the chunk that is there: it holds the next power of two, at least 128. */
    size_t there = 128;
    while (there < description.waiters) {
        there *= 2;
    }
    size_t count = there + 8;
    poor_sleeper *sleepers = calloc(count, sizeof *sleepers);
    weft_store_relaxed_u32(&word, 1);
    for (size_t i = 0; i < count; i++) {
        sleepers[i].word = &word;
        scenario_start(&sleepers[i].thread, sleep_without_pages, &sleepers[i]);
    }
    AWAIT(sleepers_on(&word) == there);
    AWAIT(count_naps(sleepers, count) == 8);
    weft_store_release_u32(&word, 2);
    CHECK(weft_unpark_all(&word, NULL, NULL) == there);
    for (size_t i = 0; i < count; i++) {
        scenario_join(&sleepers[i].thread);
    }
    weft_park_describe(&description);
    CHECK(description.waiters == there);
    free(sleepers);
}

/* With no record, a deadline is still one. */
static void nap_to_the_deadline(void *argument) {
    weft_park_request request = {.address = argument, .deadline = weft_now_ns() + 4 * MS};
    weft_park_result result = WEFT_PARK_MISMATCH;
    int rounds = 0;
    seam.no_pages = true;
    while (result == WEFT_PARK_MISMATCH) {
        result = weft_park(&request, NULL);
        rounds++;
    }
    CHECK(result == WEFT_PARK_TIMEOUT);
    CHECK(weft_now_ns() >= request.deadline);
    CHECK(rounds >= 1);
}

/* With no record, the nap is detached, and a raise is seen. */
static void nap_detached_and_interrupted(void *argument) {
    fake_runtime runtime = {.length = 0};
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    weft_park_request request = {.address = argument,
                                 .deadline = WEFT_WAIT_FOREVER,
                                 .context = &runtime,
                                 .interruptible = true,
                                 .interrupt = &interrupt};
    seam.no_pages = true;
    weft_park_set_hook(&fake_hook);
    CHECK(weft_park(&request, NULL) == WEFT_PARK_MISMATCH);
    weft_interrupt_raise(&interrupt);
    CHECK(weft_park(&request, NULL) == WEFT_PARK_INTERRUPTED);
    weft_park_set_hook(NULL);
    CHECK(log_is(&runtime, "ELEL"));
}

static void without_pages_deadlines_hold(void) {
    static weft_atomic_u32 word;
    static char other;
    weft_park_description description;
    scenario_thread late;
    weft_park_describe(&description);
    size_t count = 128;
    while (count < description.waiters) {
        count *= 2;
    }
    poor_sleeper *sleepers = calloc(count, sizeof *sleepers);
    weft_store_relaxed_u32(&word, 1);
    for (size_t i = 0; i < count; i++) {
        sleepers[i].word = &word;
        scenario_start(&sleepers[i].thread, sleep_without_pages, &sleepers[i]);
    }
    AWAIT(sleepers_on(&word) == count);
    scenario_start(&late, nap_to_the_deadline, &other);
    scenario_join(&late);
    scenario_start(&late, nap_detached_and_interrupted, &other);
    scenario_join(&late);
    weft_store_release_u32(&word, 2);
    CHECK(weft_unpark_all(&word, NULL, NULL) == count);
    for (size_t i = 0; i < count; i++) {
        scenario_join(&sleepers[i].thread);
    }
    free(sleepers);
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

/* Parks and wakes a thread once. True if that was one wait and one wake for the operating system: a
 * bucket's lock that was fought for in between may have cost others. */
static bool one_wait_and_one_wake(void) {
    static char place;
    weft_park_statistics before;
    weft_park_statistics after;
    sleeper one;
    weft_park_get_statistics(&before);
    uint64_t waits = weft_load_relaxed_u64(&seam_count.waits);
    uint64_t wakes = weft_load_relaxed_u64(&seam_count.wakes);
    uint64_t allocations = weft_load_relaxed_u64(&seam_count.allocations);
    sleeper_start(&one, &place, 0, NULL);
    AWAIT(weft_load_relaxed_u64(&seam_count.waits) >= waits + 1);
    scenario_sleep_ns(5 * MS); /* it sleeps by now; if not, the counts are smaller */
    CHECK(weft_unpark_one(&place, token_9, NULL) == 1);
    CHECK(sleeper_woken(&one, 9));
    weft_park_get_statistics(&after);
    CHECK(weft_load_relaxed_u64(&seam_count.allocations) == allocations);
    const uint64_t one_if_counted = WEFT_STATISTICS;
    CHECK(after.wakes - before.wakes == one_if_counted);
    CHECK(after.parks - before.parks == one_if_counted);
    return weft_load_relaxed_u64(&seam_count.waits) == waits + 1 &&
           weft_load_relaxed_u64(&seam_count.wakes) == wakes + 1 &&
           after.waits - before.waits == one_if_counted;
}

/* A parked waiter is one wait and one wake for the operating system, and no memory. */
static void a_wait_costs_one_wait_and_one_wake(void) {
    const weft_host host = {.allocate = no_allocation, .free = no_free};
    bool seen = false;
    weft_host_set(&host);
    for (int attempt = 0; attempt < 100 && !seen; attempt++) {
        seen = one_wait_and_one_wake();
    }
    weft_host_set(NULL);
    CHECK(seen);
}

static void statistics(void) {
    static weft_atomic_u8 byte;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(1)};
    weft_park_statistics before;
    weft_park_statistics after;
    fake_runtime runtime = {.stopped = WEFT_ATOMIC_INIT(1)};
    uintptr_t token = 0;
    const uint64_t one = WEFT_STATISTICS;
    weft_park_get_statistics(&before);
    CHECK(look(&byte, 1, 0xff, 1) == WEFT_PARK_MISMATCH);
    CHECK(look(&byte, 1, 0xff, 0) == WEFT_PARK_TIMEOUT);
    CHECK(park_interruptibly(&interrupt, WEFT_WAIT_FOREVER) == WEFT_PARK_INTERRUPTED);
    CHECK(run_hooked(&runtime, hooked, token_9, &token) == WEFT_PARK_REFUSED);
    weft_park_get_statistics(&after);
    CHECK(after.mismatches - before.mismatches == one);
    CHECK(after.timeouts - before.timeouts == one);
    CHECK(after.interrupts - before.interrupts == one);
    CHECK(after.refusals - before.refusals == one);
    CHECK(after.parks - before.parks == 3 * one);
    CHECK(after.wakes - before.wakes == one);
    CHECK(after.unparks - before.unparks >= 2 * one);
}

/* ---- fork --------------------------------------------------------------------------------- */

#ifndef _WIN32
typedef struct forked_place {
    char place;
    char other;
} forked_place;

static void use_in_child(void *argument) {
    forked_place *places = argument;
    seen_unpark seen = {0};
    CHECK(sleepers_on(&places->place) == 0);
    CHECK(weft_unpark_one(&places->place, note_unpark, &seen) == 0);
    CHECK(saw(&seen, 0, false, 0));
    CHECK(look(&places->place, 0, 0, 0) == WEFT_PARK_TIMEOUT);
#if SCENARIO_THREADS_AFTER_FORK
    sleeper sleepers[8];
    for (uintptr_t i = 0; i < 8; i++) {
        sleeper_start(&sleepers[i], i < 6 ? &places->place : &places->other, i, NULL);
    }
    CHECK(tags_are(&places->place, (const uintptr_t[]){0, 1, 2, 3, 4, 5}, 6));
    CHECK(weft_unpark_all(&places->place, token_9, NULL) == 6);
    CHECK(weft_unpark_all(&places->other, token_9, NULL) == 2);
    for (int i = 0; i < 8; i++) {
        CHECK(sleeper_woken(&sleepers[i], 9));
    }
#endif
}

static void grandchild(void *argument) {
    CHECK(scenario_forked(use_in_child, argument));
    use_in_child(argument);
}

static void fork_while_others_sleep(void) {
    static forked_place places;
    sleeper sleepers[4];
    for (uintptr_t i = 0; i < 4; i++) {
        sleeper_start(&sleepers[i], i < 3 ? &places.place : &places.other, i, NULL);
    }
    CHECK(scenario_forked(use_in_child, &places));
    CHECK(scenario_forked(grandchild, &places));
    CHECK(sleepers_on(&places.place) == 3);
    CHECK(weft_unpark_all(&places.place, NULL, NULL) == 3);
    CHECK(weft_unpark_all(&places.other, NULL, NULL) == 1);
    for (int i = 0; i < 4; i++) {
        CHECK(sleeper_woken(&sleepers[i], 0));
    }
}

/* Forks that hit other threads inside buckets' locks. */
typedef struct hammer {
    weft_atomic_u32 stop;
    char places[64];
} hammer;

static void park_and_unpark(void *argument) {
    hammer *hammer_ = argument;
    unsigned i = 0;
    while (weft_load_relaxed_u32(&hammer_->stop) == 0) {
        weft_park_request request = {.address = &hammer_->places[i++ % 64], .deadline = 0};
        (void)weft_park(&request, NULL);
        (void)weft_unpark_all(&hammer_->places[(i * 7) % 64], NULL, NULL);
    }
}

static void touch_every_bucket(void *argument) {
    hammer *hammer_ = argument;
    for (int i = 0; i < 64; i++) {
        CHECK(look(&hammer_->places[i], 0, 0, 0) == WEFT_PARK_TIMEOUT);
        CHECK(weft_unpark_all(&hammer_->places[i], NULL, NULL) == 0);
    }
}

static void fork_while_others_queue(void) {
    static hammer hammer_;
    scenario_thread threads[3];
    weft_store_relaxed_u32(&hammer_.stop, 0);
    for (int i = 0; i < 3; i++) {
        scenario_start(&threads[i], park_and_unpark, &hammer_);
    }
    for (int i = 0; i < 40; i++) {
        CHECK(scenario_forked(touch_every_bucket, &hammer_));
    }
    weft_store_relaxed_u32(&hammer_.stop, 1);
    for (int i = 0; i < 3; i++) {
        scenario_join(&threads[i]);
    }
}

/* For certain: another thread is inside a callback, under its bucket's lock, at the fork. */
typedef struct slow_callback {
    weft_atomic_u32 inside;
    weft_atomic_u32 go_on;
} slow_callback;

static uintptr_t stay_inside(void *argument, const weft_unparked *unparked) {
    slow_callback *slow = argument;
    (void)unparked;
    weft_store_release_u32(&slow->inside, 1);
    AWAIT(weft_load_acquire_u32(&slow->go_on) != 0);
    return 0;
}

static void unpark_slowly(void *argument) {
    CHECK(weft_unpark_one(argument, stay_inside, argument) == 0);
}

static void use_the_locked_bucket(void *argument) {
    CHECK(look(argument, 0, 0, 0) == WEFT_PARK_TIMEOUT);
    CHECK(weft_unpark_all(argument, NULL, NULL) == 0);
}

static void fork_while_a_bucket_is_locked(void) {
    static slow_callback slow;
    scenario_thread thread;
    CHECK(look(&slow, 0, 0, 0) == WEFT_PARK_TIMEOUT);
    scenario_start(&thread, unpark_slowly, &slow);
    AWAIT(weft_load_acquire_u32(&slow.inside) != 0);
    CHECK(scenario_forked(use_the_locked_bucket, &slow));
    weft_store_release_u32(&slow.go_on, 1);
    scenario_join(&thread);
}

/* A host that forks without the C library says so itself. */
static void told_of_a_fork(void *argument) {
    weft_park_after_fork_child();
    weft_park_after_fork_child(); /* twice does no harm */
    use_in_child(argument);
}

static void fork_may_be_told(void) {
    static forked_place places;
    CHECK(look(&places.place, 0, 0, 0) == WEFT_PARK_TIMEOUT);
    CHECK(scenario_forked(told_of_a_fork, &places));
}
#endif

/* ---- the seam's own promises -------------------------------------------------------------- */

static void clock_is_monotonic(void) {
    uint64_t last = weft_now_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = weft_now_ns();
        CHECK(now >= last);
        CHECK(now != WEFT_WAIT_FOREVER);
        last = now;
    }
    uint64_t before = weft_now_ns();
    errno = 4711;
    weft_sleep_ns(2 * MS);
    CHECK(errno == 4711);
    CHECK(weft_now_ns() > before);
}

static void wait_returns_at_once_if_the_word_differs(void) {
    weft_atomic_u32 word = WEFT_ATOMIC_INIT(1);
    CHECK(weft_wait_word(&word, 0, WEFT_WAIT_FOREVER) != WEFT_WAIT_TIMED_OUT);
    CHECK(weft_wait_word(&word, 1, 0) == WEFT_WAIT_TIMED_OUT);
    weft_wake_word(&word); /* nobody there */
}

#if defined(__linux__) && !WEFT_WAIT_PTHREAD
/* A sandbox that forbids futex: waits are naps, which end for no reason, and the errno is kept. */
static void waits_without_futex_nap(void) {
    static weft_atomic_u32 word;
    seam.no_syscalls = true;
    errno = 77;
    uint64_t began = weft_now_ns();
    CHECK(weft_wait_word(&word, 0, WEFT_WAIT_FOREVER) == WEFT_WAIT_WOKEN);
    CHECK(weft_now_ns() - began >= 1000000);
    weft_wake_word(&word);
    CHECK(errno == 77);
    seam.no_syscalls = false;
}

/* There the time is up, too: a wait that nobody ends ends with its deadline. */
static void waits_without_futex_time_out(void) {
    static weft_atomic_u32 word;
    seam.no_syscalls = true;
    CHECK(weft_wait_word(&word, 0, weft_now_ns() + MS) == WEFT_WAIT_TIMED_OUT);
    weft_park_request request = {
        .address = &word, .size = 1, .mask = 0xff, .deadline = weft_now_ns() + 3 * MS};
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    seam.no_syscalls = false;
}
#endif

static void pages_are_zeroed(void) {
    enum { SIZE = 1 << 16 };
    const unsigned char *pages = weft_map_pages(SIZE);
    CHECK(pages != NULL);
    for (int i = 0; pages != NULL && i < SIZE; i++) {
        if (pages[i] != 0) {
            CHECK_UNREACHED("a page is not zero");
            break;
        }
    }
    errno = 4711;
    /* Half of it can be had where pointers have 32 bits and the kernel 64. */
    CHECK(weft_map_pages(SIZE_MAX - SIZE) == NULL);
    CHECK(errno == 4711);
}

/* ---- the layer below ------------------------------------------------------------------------ */

#if defined(__linux__) && WEFT_HEAVY_FENCE
/* The seam counts the system calls. Elsewhere, or in a sandbox, there is no fence. */
static void a_heavy_fence_is_a_system_call(void) {
    uint64_t before = weft_load_relaxed_u64(&seam_count.membarriers);
    if (!weft_register_heavy_fence()) {
        CHECK(!weft_heavy_fence());
        return;
    }
    CHECK(weft_heavy_fence());
    CHECK(weft_load_relaxed_u64(&seam_count.membarriers) == before + 1);
}
#endif

#if !defined(_WIN32) && !defined(__ANDROID__)
static weft_atomic_u32 uncancelled;

static void wait_after_a_cancellation(void *unused) {
    weft_atomic_u32 word = WEFT_ATOMIC_INIT(0);
    (void)unused;
    CHECK(pthread_cancel(pthread_self()) == 0);
    (void)weft_wait_word(&word, 0, weft_now_ns() + 1000000);
    weft_sleep_ns(1000);
    (void)weft_wait_word(&word, 0, 1);
    weft_store_relaxed_u32(&uncancelled, 1);
}

/* A cancelled thread ends at the next point of cancellation, which no wait is. */
static void waits_are_no_points_of_cancellation(void) {
    scenario_thread thread;
    weft_store_relaxed_u32(&uncancelled, 0);
    scenario_start(&thread, wait_after_a_cancellation, NULL);
    scenario_join(&thread);
    CHECK(weft_load_relaxed_u32(&uncancelled) == 1);
}
#endif

const scenario park_scenarios[] = {
    {"woken_with_the_token", woken_with_the_token},
    {"woken_without_callback_is_token_0", woken_without_callback_is_token_0},
    {"nobody_waits", nobody_waits},
    {"token_may_be_ignored", token_may_be_ignored},
    {"wake_publishes", wake_publishes},
    {"compares_words_of_each_size", compares_words_of_each_size},
    {"compares_under_the_mask_only", compares_under_the_mask_only},
    {"size_0_compares_nothing", size_0_compares_nothing},
    {"bad_sizes_are_fatal", bad_sizes_are_fatal},
    {"the_header_example_holds", the_header_example_holds},
    {"timeout_is_never_early", timeout_is_never_early},
    {"deadline_in_the_past_returns", deadline_in_the_past_returns},
    {"far_deadlines_are_waited_for", far_deadlines_are_waited_for},
    {"timeout_leaves_the_queue", timeout_leaves_the_queue},
    {"early_and_spurious_returns_of_the_system", early_and_spurious_returns_of_the_system},
    {"unparked_at_its_deadline_is_woken", unparked_at_its_deadline_is_woken},
    {"first_in_first_out", first_in_first_out},
    {"front_queues_before_the_others", front_queues_before_the_others},
    {"unpark_all_wakes_all", unpark_all_wakes_all},
    {"since_is_that_of_the_longest_wait", since_is_that_of_the_longest_wait},
    {"select_wakes_skips_and_stops", select_wakes_skips_and_stops},
    {"collisions_are_told_apart", collisions_are_told_apart},
    {"queues_follow_their_model", queues_follow_their_model},
    {"raise_during_the_wait", raise_during_the_wait},
    {"raise_before_the_wait_stays_until_cleared", raise_before_the_wait_stays_until_cleared},
    {"raise_is_ignored_by_a_plain_wait", raise_is_ignored_by_a_plain_wait},
    {"raise_just_before_the_sleep", raise_just_before_the_sleep},
    {"late_raise_pokes_nobody", late_raise_pokes_nobody},
    {"raise_publishes", raise_publishes},
#ifndef _WIN32
#if SIGNALS_REACH_SLEEPERS
    {"signals_do_not_end_a_plain_wait", signals_do_not_end_a_plain_wait},
#endif
    {"signals_do_not_lengthen_a_wait", signals_do_not_lengthen_a_wait},
#if !WEFT_WAIT_PTHREAD
    {"signals_end_an_interruptible_wait", signals_end_an_interruptible_wait},
#endif
#endif
    {"hook_attaches_a_thread_that_was_handed_something",
     hook_attaches_a_thread_that_was_handed_something},
    {"hook_refuses_while_the_world_stops", hook_refuses_while_the_world_stops},
    {"hook_has_nothing_to_refuse_without_a_token", hook_has_nothing_to_refuse_without_a_token},
    {"hook_waits_for_one_that_cannot_refuse", hook_waits_for_one_that_cannot_refuse},
    {"hook_context", hook_context},
    {"hook_is_not_called_on_mismatch", hook_is_not_called_on_mismatch},
    {"queued_is_called_in_the_queue", queued_is_called_in_the_queue},
#if WEFT_CHECKED
    {"checked_build_announces_what_may_detach", checked_build_announces_what_may_detach},
#endif
    {"contention_hook", contention_hook},
    {"errno_is_preserved", errno_is_preserved},
    {"a_wait_costs_one_wait_and_one_wake", a_wait_costs_one_wait_and_one_wake},
    {"statistics", statistics},
#ifndef _WIN32
    {"fork_while_others_sleep", fork_while_others_sleep},
    {"fork_while_others_queue", fork_while_others_queue},
    {"fork_while_a_bucket_is_locked", fork_while_a_bucket_is_locked},
    {"fork_may_be_told", fork_may_be_told},
    {"growth_moves_addresses", growth_moves_addresses},
#endif
    {"without_pages_threads_nap", without_pages_threads_nap},
    {"without_pages_deadlines_hold", without_pages_deadlines_hold},
    {"table_grows_under_a_thousand_sleepers", table_grows_under_a_thousand_sleepers},
    {"clock_is_monotonic", clock_is_monotonic},
    {"wait_returns_at_once_if_the_word_differs", wait_returns_at_once_if_the_word_differs},
#if defined(__linux__) && !WEFT_WAIT_PTHREAD
    {"waits_without_futex_nap", waits_without_futex_nap},
    {"waits_without_futex_time_out", waits_without_futex_time_out},
#endif
    {"pages_are_zeroed", pages_are_zeroed},
#if defined(__linux__) && WEFT_HEAVY_FENCE
    {"a_heavy_fence_is_a_system_call", a_heavy_fence_is_a_system_call},
#endif
#if !defined(_WIN32) && !defined(__ANDROID__)
    {"waits_are_no_points_of_cancellation", waits_are_no_points_of_cancellation},
#endif
    {NULL, NULL},
};
