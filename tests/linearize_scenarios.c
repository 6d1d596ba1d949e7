#include "linearize_scenarios.h"

#include "linearize_list.h"

#include <string.h>

/* ---- histories by hand ---------------------------------------------------------------------------- */

typedef struct written {
    uint32_t thread, kind;
    int64_t first, second, result;
    uint64_t began, ended;
} written;

static bool accepts(const linearize_list *initial, const written *calls, size_t count) {
    static linearize_history history;
    linearize_begin(&history, LINEARIZE_THREADS);
    for (size_t i = 0; i < count; i++) {
        const written *call = &calls[i];
        linearize_call *noted =
            linearize_call_begin(&history, call->thread, call->kind, call->first, call->second);
        linearize_call_end(&history, noted, call->result);
        noted->began = call->began;
        noted->ended = call->ended;
    }
    return linearize_list_check(initial, &history);
}

#define ACCEPTS(initial, ...)                                                                      \
    accepts(&(initial), (const written[]){__VA_ARGS__},                                            \
            sizeof((const written[]){__VA_ARGS__}) / sizeof(written))

static const linearize_list EMPTY;
static const linearize_list TWO = {2, {10, 20}};

static void one_after_another(void) {
    CHECK(ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 1}, {0, LINEARIZE_GET, 0, 0, 7, 2, 3},
                  {1, LINEARIZE_POP, 0, 0, 7, 4, 5}, {1, LINEARIZE_LEN, 0, 0, 0, 6, 7}));
    CHECK(
        !ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 1}, {1, LINEARIZE_GET, 0, 0, -1, 2, 3}));
    CHECK(!ACCEPTS(TWO, {0, LINEARIZE_POP, 0, 0, 20, 0, 1}, {1, LINEARIZE_POP, 0, 0, 20, 2, 3}));
}

static void overlapping_calls_may_come_in_any_order(void) {
    CHECK(ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 3}, {1, LINEARIZE_GET, 0, 0, 7, 1, 2}));
    CHECK(ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 3}, {1, LINEARIZE_GET, 0, 0, -1, 1, 2}));
    CHECK(ACCEPTS(TWO, {0, LINEARIZE_POP, 0, 0, 10, 0, 3}, {1, LINEARIZE_POP, 0, 0, 20, 1, 2}));
}

static void a_read_of_the_future(void) {
    CHECK(!ACCEPTS(EMPTY, {1, LINEARIZE_GET, 0, 0, 7, 0, 1}, {0, LINEARIZE_APPEND, 7, 0, 0, 2, 3}));
}

static void what_was_seen_stays(void) {
    /* Two reads one after another, both while the append runs: the second cannot miss what the first has seen. */
    CHECK(ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 9}, {1, LINEARIZE_GET, 0, 0, -1, 1, 2},
                  {1, LINEARIZE_GET, 0, 0, 7, 3, 4}));
    CHECK(!ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 9}, {1, LINEARIZE_GET, 0, 0, 7, 1, 2},
                   {2, LINEARIZE_GET, 0, 0, -1, 3, 4}));
}

static void a_lost_update(void) {
    CHECK(!ACCEPTS(EMPTY, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 3},
                   {1, LINEARIZE_APPEND, 8, 0, 0, 1, 2}, {0, LINEARIZE_LEN, 0, 0, 1, 4, 5}));
}

static void parts_of_two_states(void) {
    /* The sum of half a reversal. */
    CHECK(ACCEPTS(TWO, {0, LINEARIZE_REVERSE, 0, 0, 0, 0, 3}, {1, LINEARIZE_SUM, 0, 0, 40, 1, 2}));
    CHECK(ACCEPTS(TWO, {0, LINEARIZE_REVERSE, 0, 0, 0, 0, 3}, {1, LINEARIZE_SUM, 0, 0, 50, 1, 2}));
    CHECK(!ACCEPTS(TWO, {0, LINEARIZE_REVERSE, 0, 0, 0, 0, 3}, {1, LINEARIZE_SUM, 0, 0, 60, 1, 2}));
}

static void every_kind_of_call(void) {
    CHECK(ACCEPTS(TWO, {0, LINEARIZE_INSERT, 1, 15, 0, 0, 1}, {0, LINEARIZE_SET, 0, 5, 0, 2, 3},
                  {0, LINEARIZE_SET, 3, 5, -1, 4, 5}, {0, LINEARIZE_LAST, 0, 0, 20, 6, 7},
                  {0, LINEARIZE_POP_AT, 1, 0, 15, 8, 9}, {0, LINEARIZE_POP_AT, 7, 0, -1, 10, 11},
                  {0, LINEARIZE_SUM, 0, 0, 45, 12, 13}, {0, LINEARIZE_CLEAR, 0, 0, 0, 14, 15},
                  {0, LINEARIZE_LAST, 0, 0, -1, 16, 17}));
}

static void a_sort_gives_up_only_beside_a_change(void) {
    CHECK(ACCEPTS(TWO, {0, LINEARIZE_SORT, 0, 0, -1, 0, 3}, {1, LINEARIZE_APPEND, 7, 0, 0, 1, 2}));
    CHECK(ACCEPTS(TWO, {0, LINEARIZE_SORT, 0, 0, -1, 1, 2}, {1, LINEARIZE_POP, 0, 0, 20, 0, 3}));
    CHECK(!ACCEPTS(TWO, {0, LINEARIZE_SORT, 0, 0, -1, 0, 1}, {1, LINEARIZE_APPEND, 7, 0, 0, 2, 3}));
    CHECK(!ACCEPTS(TWO, {0, LINEARIZE_APPEND, 7, 0, 0, 0, 1}, {1, LINEARIZE_SORT, 0, 0, -1, 2, 3}));
    CHECK(!ACCEPTS(TWO, {0, LINEARIZE_SORT, 0, 0, -1, 0, 3}, {1, LINEARIZE_LEN, 0, 0, 2, 1, 2}));
    CHECK(!ACCEPTS(TWO, {0, LINEARIZE_SORT, 0, 0, -1, 0, 3}, {1, LINEARIZE_SET, 5, 7, -1, 1, 2}));
}

static void too_many_calls_are_not_accepted(void) {
    static linearize_history history;
    linearize_begin(&history, 2);
    for (uint32_t i = 0; i <= LINEARIZE_CALLS; i++) {
        linearize_call *call = linearize_call_begin(&history, i % 2, LINEARIZE_LEN, 0, 0);
        linearize_call_end(&history, call, 0);
        CHECK(linearize_check(&linearize_list_model, &EMPTY, &history) == (i < LINEARIZE_CALLS));
    }
}

/* ---- lists that are wrong in one way each ---------------------------------------------------------- */

/* A list as step machines: each call is taken apart into the loads and stores that others can come between, and a
 * scheduler picks who takes the next step. So whether a variant is caught depends on the seed alone, and on no
 * machine. Writers hold a lock. */
typedef enum variant {
    RIGHT,
    SIZE_BEFORE_SLOT, /* append: the size is published, then the slot */
    SHIFTS_IN_PLACE,  /* insert at the front: one slot after the other */
    REVERSE_EMPTIES,  /* the list is empty while it is turned round */
    LAST_NOT_CHECKED, /* an index from the end does not look at the size again */
    SLOT_NOT_CHECKED, /* an index from the front does not */
    NO_LOCK,          /* writers do not lock */
    STALE_LENGTH,     /* len answers what it saw at the thread's call before */
    VARIANTS
} variant;

typedef struct toy {
    uint16_t slots[LINEARIZE_LIST_CELLS];
    uint32_t size;
    bool locked;
    variant wrong;
} toy;

typedef struct actor {
    uint32_t thread;
    uint32_t kind;
    int64_t number;
    uint32_t step; /* 0: between two calls */
    uint32_t size; /* what it has read */
    uint32_t stale;
    uint32_t at;
    uint16_t copy[LINEARIZE_LIST_CELLS];
    linearize_call *call;
    int64_t result;
} actor;

static bool lock(toy *list) {
    if (list->locked && list->wrong != NO_LOCK) {
        return false;
    }
    list->locked = true;
    return true;
}

/* True: the call has ended. */
static bool finish(toy *list, actor *one, int64_t result) {
    bool writes = one->kind == LINEARIZE_APPEND || one->kind == LINEARIZE_POP ||
                  one->kind == LINEARIZE_INSERT || one->kind == LINEARIZE_REVERSE;
    one->result = result;
    list->locked = list->locked && !writes;
    return true;
}

static bool step_append(toy *list, actor *one) {
    switch (one->step) {
    case 1:
        one->step += lock(list) ? 1 : 0;
        return false;
    case 2:
        one->size = list->size;
        one->step++;
        return false;
    case 3:
        if (list->wrong == SIZE_BEFORE_SLOT) {
            list->size = one->size + 1;
        } else {
            list->slots[one->size] = (uint16_t)one->number;
        }
        one->step++;
        return false;
    default:
        list->slots[one->size] = (uint16_t)one->number;
        list->size = one->size + 1;
        return finish(list, one, 0);
    }
}

static bool step_pop(toy *list, actor *one) {
    switch (one->step) {
    case 1:
        one->step += lock(list) ? 1 : 0;
        return false;
    case 2:
        one->size = list->size;
        one->step++;
        return false;
    default:
        if (one->size == 0) {
            return finish(list, one, -1);
        }
        list->size = one->size - 1;
        return finish(list, one, list->slots[one->size - 1]);
    }
}

/* The right one takes one step, as a copy that is published does. */
static bool step_insert(toy *list, actor *one) {
    if (one->step == 1) {
        one->at = list->size;
        one->step += lock(list) ? 1 : 0;
        return false;
    }
    do {
        if (one->at == 0) {
            list->slots[0] = (uint16_t)one->number;
            list->size++;
            return finish(list, one, 0);
        }
        list->slots[one->at] = list->slots[one->at - 1];
        one->at--;
    } while (list->wrong != SHIFTS_IN_PLACE);
    return false;
}

static bool step_reverse(toy *list, actor *one) {
    if (one->step == 1) {
        one->step += lock(list) ? 1 : 0;
        return false;
    }
    if (one->step == 2) {
        one->size = list->size;
        memcpy(one->copy, list->slots, sizeof one->copy);
        one->step++;
        if (list->wrong == REVERSE_EMPTIES) {
            list->size = 0;
        }
        return false;
    }
    for (uint32_t i = 0; i < one->size; i++) {
        list->slots[i] = one->copy[one->size - 1 - i];
    }
    list->size = one->size;
    return finish(list, one, 0);
}

/* A version would tell what a size cannot; here the right one reads in one step what the wrong ones read in three. */
static bool step_read(toy *list, actor *one) {
    bool last = one->kind == LINEARIZE_LAST;
    bool wrong = list->wrong == (last ? LAST_NOT_CHECKED : SLOT_NOT_CHECKED);
    if (one->step == 1) {
        one->size = list->size;
        one->step++;
        if (wrong) {
            return false;
        }
    }
    if (!wrong) {
        one->size = list->size;
    }
    int64_t index = last ? (int64_t)one->size - 1 : one->number;
    return finish(list, one, index >= 0 && index < one->size ? list->slots[index] : -1);
}

static bool step_len(toy *list, actor *one) {
    uint32_t stale = one->stale;
    one->stale = list->size;
    return finish(list, one, list->wrong == STALE_LENGTH ? stale : list->size);
}

static bool step(toy *list, actor *one) {
    switch (one->kind) {
    case LINEARIZE_APPEND:
        return step_append(list, one);
    case LINEARIZE_POP:
        return step_pop(list, one);
    case LINEARIZE_INSERT:
        return step_insert(list, one);
    case LINEARIZE_REVERSE:
        return step_reverse(list, one);
    case LINEARIZE_LEN:
        return step_len(list, one);
    default:
        return step_read(list, one);
    }
}

/* Every other schedule has one writer, which only appends and pops, and readers that only ask for items. */
static uint32_t choose_kind(uint32_t thread, bool few, uint64_t *random) {
    static const uint32_t KINDS[] = {LINEARIZE_APPEND,  LINEARIZE_POP, LINEARIZE_INSERT,
                                     LINEARIZE_REVERSE, LINEARIZE_LEN, LINEARIZE_LAST,
                                     LINEARIZE_GET,     LINEARIZE_GET};
    uint32_t chosen = scenario_random(random) >> 40 & 7;
    if (!few) {
        return KINDS[chosen];
    }
    return thread == 0 ? KINDS[chosen % 2] : chosen < 6 ? LINEARIZE_GET : LINEARIZE_LAST;
}

static void begin_call(linearize_history *history, actor *one, bool few, uint64_t *random) {
    one->kind = choose_kind(one->thread, few, random);
    bool reads = one->kind == LINEARIZE_GET;
    one->number = (int64_t)(scenario_random(random) >> 40 & (reads ? 1 : 1023)) + (reads ? 0 : 1);
    bool insert = one->kind == LINEARIZE_INSERT;
    one->call = linearize_call_begin(history, one->thread, one->kind, insert ? 0 : one->number,
                                     insert ? one->number : 0);
    one->step = 1;
}

/* One history of three actors with eight calls each. */
static bool schedule(variant wrong, bool few, uint64_t *random) {
    enum { ACTORS = 3, CALLS = 8 };
    static linearize_history history;
    linearize_list initial = {2, {1, 2}};
    toy list = {{1, 2}, 2, false, wrong};
    actor actors[ACTORS] = {{0}};
    uint32_t left = ACTORS * CALLS;
    linearize_begin(&history, ACTORS);
    while (left > 0) {
        uint32_t who = (uint32_t)(scenario_random(random) >> 40) % ACTORS;
        actor *one = &actors[who];
        one->thread = who;
        if (one->step == 0) {
            if (history.counts[who] < CALLS) {
                one->stale = history.counts[who] == 0 ? 2 : one->stale;
                begin_call(&history, one, few, random);
            }
        } else if (step(&list, one)) {
            linearize_call_end(&history, one->call, one->result);
            one->step = 0;
            left--;
        }
    }
    return linearize_check(&linearize_list_model, &initial, &history);
}

/* How many of a number of schedules the checker rejects. */
static unsigned rejected(variant wrong) {
    enum { SCHEDULES = 4000 };
    uint64_t random = 88172645463325252U;
    unsigned count = 0;
    for (unsigned i = 0; i < SCHEDULES; i++) {
        count += schedule(wrong, i % 2 != 0, &random) ? 0 : 1;
    }
    return count;
}

static void the_right_list_is_accepted(void) {
    CHECK(rejected(RIGHT) == 0);
}

static void seeded_variants_are_rejected(void) {
    for (variant wrong = RIGHT + 1; wrong < VARIANTS; wrong++) {
        CHECK(rejected(wrong) > 0); /* the same schedules each time: 5 to some hundred are */
    }
}

const scenario linearize_scenarios[] = {
    {"OneAfterAnother", one_after_another},
    {"OverlappingCallsMayComeInAnyOrder", overlapping_calls_may_come_in_any_order},
    {"AReadOfTheFuture", a_read_of_the_future},
    {"WhatWasSeenStays", what_was_seen_stays},
    {"ALostUpdate", a_lost_update},
    {"PartsOfTwoStates", parts_of_two_states},
    {"EveryKindOfCall", every_kind_of_call},
    {"ASortGivesUpOnlyBesideAChange", a_sort_gives_up_only_beside_a_change},
    {"TooManyCallsAreNotAccepted", too_many_calls_are_not_accepted},
    {"TheRightListIsAccepted", the_right_list_is_accepted},
    {"SeededVariantsAreRejected", seeded_variants_are_rejected},
    {NULL, NULL},
};
