/* The checked build: what it reports, with which places, and what it leaves alone. */
#include "lockcheck_scenarios.h"

#include "seam.h"
#include "weft_host.h"
#include "weft_lockcheck.h"
#include "weft_mutex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <unistd.h>
#endif

#if WEFT_CHECKED

#define MS INT64_C(1000000)
#define SELF "lockcheck_scenarios.c:"

/* Locks of a scenario: their orders are forgotten at its end, for the next scenario may use other
 * locks at the same addresses. */
typedef struct locks {
    weft_mutex a, b, c, d;
} locks;

static void forget(locks *locks_) {
    weft_lockcheck_forget(locks_, sizeof *locks_);
}

static void lock_in_order(weft_mutex *first, weft_mutex *second) {
    weft_mutex_lock(first);
    weft_mutex_lock(second);
    weft_mutex_unlock(second);
    weft_mutex_unlock(first);
}

/* ---- self-deadlock ------------------------------------------------------------------------ */

static void lock_it(void *mutex) {
    weft_mutex_lock((weft_mutex *)mutex);
}
static void lock_it_for_a_while(void *mutex) {
    (void)weft_mutex_lock_for((weft_mutex *)mutex, MS);
}
static void lock_it_interruptibly(void *mutex) {
    (void)weft_mutex_lock_interruptible((weft_mutex *)mutex, WEFT_FOREVER, NULL);
}

static void self_deadlock(void) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    char place[64];
    weft_mutex_lock(&mutex), snprintf(place, sizeof place, "locked at %s", WEFT_HERE);
    CHECK(weft_lockcheck_held(&mutex) != NULL);
    CHECK(scenario_is_fatal(lock_it, &mutex, "self-deadlock", "mutex at 0x"));
    CHECK(scenario_is_fatal(lock_it, &mutex, SELF, ", locked at"));
    CHECK(scenario_is_fatal(lock_it, &mutex, "self-deadlock", place));
    CHECK(scenario_is_fatal(lock_it_for_a_while, &mutex, "self-deadlock", place));
    CHECK(scenario_is_fatal(lock_it_interruptibly, &mutex, "self-deadlock", place));
    /* What cannot block does not deadlock. */
    CHECK(!weft_mutex_try_lock(&mutex));
    CHECK(weft_mutex_lock_for(&mutex, 0) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_mutex_lock_for(&mutex, -1) == WEFT_LOCK_TIMEOUT);
    CHECK(weft_mutex_lock_interruptible(&mutex, 0, NULL) == WEFT_LOCK_TIMEOUT);
    weft_mutex_unlock(&mutex);
    CHECK(weft_lockcheck_held(&mutex) == NULL);
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
}

/* ---- owners ------------------------------------------------------------------------------- */

typedef struct other_owner {
    scenario_thread thread;
    weft_mutex *mutex;
    weft_atomic_u32 has;
    weft_atomic_u32 let_go;
    char place[64];
} other_owner;

static void own_it(void *argument) {
    other_owner *self = argument;
    weft_mutex_lock(self->mutex), snprintf(self->place, sizeof self->place, "%s", WEFT_HERE);
    weft_store_release_u32(&self->has, 1);
    AWAIT(weft_load_acquire_u32(&self->let_go) != 0);
    weft_mutex_unlock(self->mutex);
}

static void unlock_it(void *mutex) {
    weft_mutex_unlock((weft_mutex *)mutex);
}

static void unlock_by_another_thread(void) {
    static weft_mutex mutex;
    other_owner owner = {.mutex = &mutex};
    scenario_start(&owner.thread, own_it, &owner);
    AWAIT(weft_load_acquire_u32(&owner.has) != 0);
    CHECK(scenario_is_fatal(unlock_it, &mutex, "unlock by a thread that does not hold it [mutex at",
                            owner.place));
    CHECK(scenario_is_fatal(unlock_it, &mutex, "unlocked at", SELF));
    CHECK(weft_mutex_is_locked(&mutex));
    weft_store_release_u32(&owner.let_go, 1);
    scenario_join(&owner.thread);
    CHECK(!weft_mutex_is_locked(&mutex));
    CHECK(scenario_is_fatal(unlock_it, &mutex, "unlock by a thread that does not hold it",
                            "nobody owns it"));
}

/* Of a lock that nobody owns: where it was unlocked last, unless its memory has been used anew. */
static void unlock_of_an_unlocked_lock(void) {
    static weft_mutex mutex;
    char place[64];
    const char *message = scenario_fatal_message(unlock_it, &mutex);
    CHECK(message != NULL && strstr(message, "last unlocked") == NULL);
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex), snprintf(place, 64, "last unlocked at %s", WEFT_HERE);
    CHECK(scenario_is_fatal(unlock_it, &mutex, "nobody owns it", place));
    weft_lockcheck_forget(&mutex, sizeof mutex);
    message = scenario_fatal_message(unlock_it, &mutex);
    CHECK(message != NULL && strstr(message, "nobody owns it") != NULL &&
          strstr(message, "last unlocked") == NULL);
}

/* ---- orders ------------------------------------------------------------------------------- */

static locks ordered;

static void want_a_with_b(void *argument) {
    (void)argument;
    weft_mutex_lock(&ordered.b);
    weft_mutex_lock(&ordered.a);
}

static void give_b(void) {
    weft_mutex_unlock(&ordered.b);
}

static void inversion_by_one_thread(void) {
    lock_in_order(&ordered.a, &ordered.b);
    lock_in_order(&ordered.a, &ordered.b);
    CHECK(scenario_is_fatal(want_a_with_b, NULL, "lock-order inversion [mutex at", "wanted at"));
    give_b();
    /* Both places of both orders. */
    const char *message = scenario_fatal_message(want_a_with_b, NULL);
    give_b();
    int places = 0;
    for (const char *at = message; at != NULL && (at = strstr(at, SELF)) != NULL; at++) {
        places++;
    }
    CHECK(places == 4);
    CHECK(message != NULL && strstr(message, "; earlier 0x") != NULL);
    /* The right order goes on. */
    lock_in_order(&ordered.a, &ordered.b);
    forget(&ordered);
}

static void lock_a_then_b(void *argument) {
    (void)argument;
    lock_in_order(&ordered.a, &ordered.b);
}

static void inversion_by_two_threads(void) {
    scenario_thread thread;
    scenario_start(&thread, lock_a_then_b, NULL);
    scenario_join(&thread);
    CHECK(scenario_is_fatal(want_a_with_b, NULL, "lock-order inversion", "; earlier 0x"));
    give_b();
    forget(&ordered);
}

static void want_a_with_d(void *argument) {
    (void)argument;
    weft_mutex_lock(&ordered.d);
    weft_mutex_lock(&ordered.a);
}

static void inversion_through_other_locks(void) {
    lock_in_order(&ordered.a, &ordered.b);
    lock_in_order(&ordered.b, &ordered.c);
    lock_in_order(&ordered.c, &ordered.d);
    const char *message = scenario_fatal_message(want_a_with_d, NULL);
    weft_mutex_unlock(&ordered.d);
    int steps = 0;
    for (const char *at = message; at != NULL && (at = strstr(at, "; earlier")) != NULL; at++) {
        steps++;
    }
    CHECK(steps == 3);
    /* Without the link in the middle there is none. */
    weft_lockcheck_forget(&ordered.c, 1);
    CHECK(scenario_fatal_message(want_a_with_d, NULL) == NULL);
    weft_mutex_unlock(&ordered.a);
    weft_mutex_unlock(&ordered.d);
    forget(&ordered);
}

/* The held lock need not be the last one taken, and locks may be released in any order. */
static void want_a_with_b_below_c(void *argument) {
    (void)argument;
    weft_mutex_lock(&ordered.b);
    CHECK(weft_mutex_try_lock(&ordered.c)); /* no order of b and c, through which to find it */
    weft_mutex_lock(&ordered.a);
}

static void inversion_with_a_lock_further_down(void) {
    lock_in_order(&ordered.a, &ordered.b);
    CHECK(scenario_is_fatal(want_a_with_b_below_c, NULL, "lock-order inversion", "wanted at"));
    weft_mutex_unlock(&ordered.b);
    weft_mutex_unlock(&ordered.c);
    forget(&ordered);
    /* Released before the other is wanted: no order. */
    weft_mutex_lock(&ordered.a);
    weft_mutex_unlock(&ordered.a);
    weft_mutex_lock(&ordered.c);
    weft_mutex_unlock(&ordered.c);
    lock_in_order(&ordered.c, &ordered.a);
    forget(&ordered);
}

static void long_chains_are_cut(void) {
    enum { COUNT = 40 };
    static weft_mutex chain[COUNT];
    for (int i = 0; i + 1 < COUNT; i++) {
        lock_in_order(&chain[i], &chain[i + 1]);
    }
    weft_mutex_lock(&chain[COUNT - 1]);
    CHECK(scenario_is_fatal(lock_it, &chain[0], "lock-order inversion", "36 more"));
    weft_mutex_unlock(&chain[COUNT - 1]);
    weft_lockcheck_forget(chain, sizeof chain);
}

/* An attempt that cannot block may be in any order, and what it got counts as held. */
static void try_is_free_of_orders(void) {
    lock_in_order(&ordered.a, &ordered.b);
    weft_mutex_lock(&ordered.b);
    CHECK(weft_mutex_try_lock(&ordered.a));
    weft_mutex_unlock(&ordered.a);
    CHECK(weft_mutex_lock_for(&ordered.a, 0) == WEFT_LOCK_OK);
    weft_mutex_unlock(&ordered.a);
    weft_mutex_unlock(&ordered.b);
    weft_mutex_lock(&ordered.c);
    CHECK(weft_mutex_try_lock(&ordered.d));
    weft_mutex_unlock(&ordered.d);
    weft_mutex_unlock(&ordered.c);
    lock_in_order(&ordered.d, &ordered.c); /* c, d was no order */
    CHECK(weft_mutex_try_lock(&ordered.b));
    CHECK(scenario_is_fatal(lock_it, &ordered.a, "lock-order inversion", "is held"));
    weft_mutex_unlock(&ordered.b);
    forget(&ordered);
}

/* ---- forget ------------------------------------------------------------------------------- */

static void forget_it(void *mutex) {
    weft_lockcheck_forget(mutex, 1);
}
static void forget_a_page(void *page) {
    weft_lockcheck_forget(page, 4096);
}

static void forget_drops_the_order(void) {
    for (size_t size = 64; size <= 4096; size *= 64) {
        char *memory = calloc(1, 4096);
        weft_mutex *first = (weft_mutex *)(memory + 10);
        weft_mutex *second = (weft_mutex *)(memory + 20);
        lock_in_order(first, second);
        weft_lockcheck_forget(memory, size);
        lock_in_order(second, first);
        weft_lockcheck_forget(memory, size);
        free(memory);
    }
}

static void forget_leaves_neighbours(void) {
    static weft_mutex row[4];
    lock_in_order(&row[0], &row[1]);
    lock_in_order(&row[2], &row[3]);
    weft_lockcheck_forget(&row[1], 2);
    weft_mutex_lock(&row[1]);
    CHECK(scenario_fatal_message(lock_it, &row[0]) == NULL);
    weft_mutex_unlock(&row[0]);
    weft_mutex_unlock(&row[1]);
    weft_lockcheck_forget(row, sizeof row);
    lock_in_order(&row[0], &row[3]);
    weft_lockcheck_forget(&row[1], 2);
    weft_mutex_lock(&row[3]);
    CHECK(scenario_is_fatal(lock_it, &row[0], "lock-order inversion", NULL));
    weft_mutex_unlock(&row[3]);
    weft_lockcheck_forget(row, sizeof row);
}

static void forget_of_a_held_lock_is_fatal(void) {
    static char page[4096];
    weft_mutex *mutex = (weft_mutex *)(page + 100);
    other_owner owner = {.mutex = mutex};
    weft_mutex_lock(mutex);
    CHECK(scenario_is_fatal(forget_it, mutex, "memory is freed", "locked at"));
    CHECK(scenario_is_fatal(forget_a_page, page, "memory is freed", "this thread holds"));
    weft_mutex_unlock(mutex);
    forget_it(mutex);
    scenario_start(&owner.thread, own_it, &owner);
    AWAIT(weft_load_acquire_u32(&owner.has) != 0);
    CHECK(scenario_is_fatal(forget_it, mutex, "somebody holds", owner.place));
    CHECK(scenario_is_fatal(forget_a_page, page, "somebody holds", owner.place));
    weft_store_release_u32(&owner.let_go, 1);
    scenario_join(&owner.thread);
    forget_a_page(page);
}

/* ---- shared owners ------------------------------------------------------------------------ */

static char shared_lock;

static void want_exclusive(void *argument) {
    weft_lockcheck_before(argument, "lock", WEFT_HERE);
}
static void want_shared(void *argument) {
    weft_lockcheck_before_shared(argument, "lock", WEFT_HERE);
}
static void give_exclusive(void *argument) {
    weft_lockcheck_released(argument, "lock", WEFT_HERE);
}
static void give_shared(void *argument) {
    weft_lockcheck_released_shared(argument, "lock", WEFT_HERE);
}

static void read_and_leave(void *argument) {
    want_shared(argument);
    weft_lockcheck_acquired_shared(argument, "lock", WEFT_HERE);
    give_shared(argument);
}

static void shared_owners(void) {
    scenario_thread other;
    want_shared(&shared_lock);
    weft_lockcheck_acquired_shared(&shared_lock, "lock", "first");
    CHECK(strcmp(weft_lockcheck_held(&shared_lock), "first") == 0);
    scenario_start(&other, read_and_leave, &shared_lock);
    scenario_join(&other);
    want_shared(&shared_lock); /* nested: the lock's own affair */
    weft_lockcheck_acquired_shared(&shared_lock, "lock", "second");
    CHECK(scenario_is_fatal(want_exclusive, &shared_lock, "self-deadlock", "locked shared at"));
    CHECK(
        scenario_is_fatal(give_exclusive, &shared_lock, "unlock of the exclusive side", "second"));
    give_shared(&shared_lock);
    CHECK(strcmp(weft_lockcheck_held(&shared_lock), "first") == 0);
    give_shared(&shared_lock);
    CHECK(weft_lockcheck_held(&shared_lock) == NULL);
    CHECK(scenario_is_fatal(give_shared, &shared_lock, "unlock by a thread that", "nobody"));
    weft_lockcheck_acquired(&shared_lock, "lock", "third");
    CHECK(scenario_is_fatal(want_shared, &shared_lock, "self-deadlock", "third"));
    CHECK(scenario_is_fatal(give_shared, &shared_lock, "unlock of the shared side", "third"));
    give_exclusive(&shared_lock);
}

static void shared_owners_take_part_in_orders(void) {
    weft_lockcheck_acquired_shared(&shared_lock, "lock", "reader");
    weft_mutex_lock(&ordered.a);
    weft_mutex_unlock(&ordered.a);
    give_shared(&shared_lock);
    weft_mutex_lock(&ordered.a);
    CHECK(scenario_is_fatal(want_shared, &shared_lock, "lock-order inversion", "reader"));
    weft_mutex_unlock(&ordered.a);
    weft_lockcheck_forget(&shared_lock, 1);
    forget(&ordered);
}

/* ---- bounds ------------------------------------------------------------------------------- */

enum { MANY = 3000, HELD_AT_ONCE = 60 };

static void many_locks(void) {
    weft_mutex *many = calloc(MANY, sizeof *many);
    /* A long chain, in pieces, and each lock known. */
    for (int i = 0; i + HELD_AT_ONCE <= MANY; i += HELD_AT_ONCE / 2) {
        for (int j = 0; j < HELD_AT_ONCE; j++) {
            weft_mutex_lock(&many[i + j]);
        }
        for (int j = 0; j < HELD_AT_ONCE; j++) {
            weft_mutex_unlock(&many[i + j]);
        }
    }
    weft_mutex_lock(&many[MANY - 1]);
    CHECK(scenario_is_fatal(lock_it, &many[0], "lock-order inversion", "; earlier"));
    weft_mutex_unlock(&many[MANY - 1]);
    weft_lockcheck_forget(many, MANY);
    weft_mutex_lock(&many[MANY - 1]);
    CHECK(scenario_fatal_message(lock_it, &many[0]) == NULL);
    weft_mutex_unlock(&many[0]);
    weft_mutex_unlock(&many[MANY - 1]);
    weft_lockcheck_forget(many, MANY);
    free(many);
}

/* More held at once than are known: what is beyond is not checked, and nothing is reported that is
 * not so. */
static void more_held_than_are_known(void) {
    enum { COUNT = 200 };
    static weft_mutex row[COUNT];
    for (int i = 0; i < COUNT; i++) {
        weft_mutex_lock(&row[i]);
    }
    CHECK(weft_lockcheck_held(&row[COUNT - 1]) != NULL);
    CHECK(scenario_is_fatal(lock_it, &row[COUNT - 1], "self-deadlock", "locked at"));
    weft_lockcheck_acquired_shared(&shared_lock, "lock", "beyond");
    give_shared(&shared_lock);
    for (int i = COUNT; i > 0; i--) {
        weft_mutex_unlock(&row[i - 1]);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(weft_lockcheck_held(&row[i]) == NULL);
    }
    CHECK(scenario_is_fatal(unlock_it, &row[COUNT - 1], "unlock by a thread", "nobody owns it"));
    weft_lockcheck_forget(row, COUNT);
}

#ifndef _WIN32
/* Without pages nothing is reported that is not so. In a process of its own, because what could not
 * be recorded stays unknown. */
static void use_locks_without_pages(void *argument) {
    enum { COUNT = 60, ROUNDS = 300 };
    weft_mutex *row = calloc((size_t)COUNT * ROUNDS, sizeof *row);
    (void)argument;
    seam.no_pages = true;
    for (int round = 0; round < ROUNDS; round++) {
        weft_mutex *here = row + (ptrdiff_t)round * COUNT;
        for (int i = 0; i < COUNT; i++) {
            weft_mutex_lock(&here[i]);
        }
        CHECK(scenario_is_fatal(lock_it, &here[0], "self-deadlock", "locked at"));
        for (int i = 0; i < COUNT; i++) {
            weft_mutex_unlock(&here[i]);
        }
    }
    /* Whether a lock is owned cannot be told any more. */
    weft_lockcheck_released(row, "lock", WEFT_HERE);
    seam.no_pages = false;
    weft_lockcheck_forget(row, (size_t)COUNT * ROUNDS);
    free(row);
}
#endif

/* ---- threads that end, forks -------------------------------------------------------------- */

static void next_thread_is_another(void) {
    static weft_mutex mutex;
    for (int i = 0; i < 20; i++) {
        /* Threads come and go, often at the same address: nobody inherits a lock. */
        other_owner owner = {.mutex = &mutex, .let_go = WEFT_ATOMIC_INIT(1)};
        scenario_start(&owner.thread, own_it, &owner);
        scenario_join(&owner.thread);
    }
}

#ifndef _WIN32

#if SCENARIO_THREADS_AFTER_FORK
static void expect_ended_with_lock(void *context, const char *message) {
    (void)context;
    bool right = strstr(message, "a thread has ended while it holds a lock [mutex at") != NULL &&
                 strstr(message, SELF) != NULL;
    _exit(right ? 0 : 1);
}

static void lock_and_end(void *mutex) {
    weft_mutex_lock((weft_mutex *)mutex);
}

static void end_with_a_lock(void *argument) {
    static weft_mutex mutex;
    const weft_host host = {.fatal = expect_ended_with_lock};
    scenario_thread thread;
    (void)argument;
    weft_host_set(&host);
    scenario_start(&thread, lock_and_end, &mutex);
    scenario_join(&thread);
    CHECK_UNREACHED("a thread ended with a lock and nobody noticed");
}

static void a_thread_that_ends_with_a_lock(void) {
    CHECK(scenario_forked(end_with_a_lock, NULL));
}
#endif

static void use_after_fork(void *argument) {
    locks *all = argument;
    CHECK(weft_lockcheck_held(&all->a) != NULL);
    CHECK(scenario_is_fatal(lock_it, &all->a, "self-deadlock", "locked at"));
    weft_mutex_unlock(&all->a);
    CHECK(scenario_is_fatal(unlock_it, &all->a, "unlock by a thread", "nobody owns it"));
    all->b = (weft_mutex)WEFT_MUTEX_INIT; /* its owner is gone */
    weft_mutex_lock(&all->b);
    weft_mutex_lock(&all->a); /* orders are forgotten */
    weft_mutex_unlock(&all->a);
    weft_mutex_unlock(&all->b);
}

static void fork_keeps_the_forking_threads_locks(void) {
    static locks all;
    other_owner owner = {.mutex = &all.b};
    lock_in_order(&all.a, &all.b);
    weft_mutex_lock(&all.a);
    scenario_start(&owner.thread, own_it, &owner);
    AWAIT(weft_load_acquire_u32(&owner.has) != 0);
    CHECK(scenario_forked(use_after_fork, &all));
    weft_store_release_u32(&owner.let_go, 1);
    scenario_join(&owner.thread);
    weft_mutex_unlock(&all.a);
    forget(&all);
}

static void without_pages(void) {
    CHECK(scenario_forked(use_locks_without_pages, NULL));
}
#endif

/* ---- many threads ------------------------------------------------------------------------- */

enum { THREADS = 6, ROW = 24 };
static weft_mutex row[ROW];

static void lock_upwards(void *argument) {
    uint64_t random = *(uint64_t *)argument;
    for (int round = 0; round < 400; round++) {
        uint64_t some = scenario_random(&random);
        uint64_t which = some & some >> 24; /* a quarter of them */
        for (int i = 0; i < ROW; i++) {
            if ((which >> i & 1) != 0) {
                weft_mutex_lock(&row[i]);
            }
        }
        for (int i = 0; i < ROW; i++) {
            if ((which >> i & 1) != 0) {
                weft_mutex_unlock(&row[i]);
            }
        }
    }
}

static void ordered_threads_are_left_alone(void) {
    scenario_thread threads[THREADS];
    uint64_t seeds[THREADS];
    uint64_t seed = scenario_seed();
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = seed + i + 1;
        scenario_start(&threads[i], lock_upwards, &seeds[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    weft_lockcheck_forget(row, sizeof row);
}

/* A handoff changes the owner on both sides. */
static void handed_over_locks_have_the_right_owner(void) {
    static weft_mutex mutex;
    other_owner next = {.mutex = &mutex};
    weft_mutex_set_fairness(0);
    weft_mutex_lock(&mutex);
    scenario_start(&next.thread, own_it, &next);
    AWAIT((weft_load_relaxed_u8(&mutex.state) & WEFT_MUTEX_HAS_PARKED) != 0);
    weft_mutex_unlock(&mutex);
    AWAIT(weft_load_acquire_u32(&next.has) != 0);
    CHECK(scenario_is_fatal(unlock_it, &mutex, "unlock by a thread", next.place));
    weft_store_release_u32(&next.let_go, 1);
    scenario_join(&next.thread);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

const scenario lockcheck_scenarios[] = {
    {"self_deadlock", self_deadlock},
    {"unlock_by_another_thread", unlock_by_another_thread},
    {"unlock_of_an_unlocked_lock", unlock_of_an_unlocked_lock},
    {"inversion_by_one_thread", inversion_by_one_thread},
    {"inversion_by_two_threads", inversion_by_two_threads},
    {"inversion_through_other_locks", inversion_through_other_locks},
    {"inversion_with_a_lock_further_down", inversion_with_a_lock_further_down},
    {"long_chains_are_cut", long_chains_are_cut},
    {"try_is_free_of_orders", try_is_free_of_orders},
    {"forget_drops_the_order", forget_drops_the_order},
    {"forget_leaves_neighbours", forget_leaves_neighbours},
    {"forget_of_a_held_lock_is_fatal", forget_of_a_held_lock_is_fatal},
    {"shared_owners", shared_owners},
    {"shared_owners_take_part_in_orders", shared_owners_take_part_in_orders},
    {"many_locks", many_locks},
    {"more_held_than_are_known", more_held_than_are_known},
    {"next_thread_is_another", next_thread_is_another},
#ifndef _WIN32
#if SCENARIO_THREADS_AFTER_FORK
    {"a_thread_that_ends_with_a_lock", a_thread_that_ends_with_a_lock},
#endif
    {"fork_keeps_the_forking_threads_locks", fork_keeps_the_forking_threads_locks},
    {"without_pages", without_pages},
#endif
    {"ordered_threads_are_left_alone", ordered_threads_are_left_alone},
    {"handed_over_locks_have_the_right_owner", handed_over_locks_have_the_right_owner},
    {NULL, NULL},
};

#else

/* Nothing of the checks remains in an unchecked build: they are calls of empty functions. */
static void unchecked_builds_have_none(void) {
    char lock = 0;
    weft_lockcheck_before(&lock, "lock", NULL);
    weft_lockcheck_released(&lock, "lock", NULL);
    weft_lockcheck_released_shared(&lock, "lock", NULL);
    CHECK(weft_lockcheck_held(&lock) == NULL);
    weft_lockcheck_forget(&lock, 1);
}

const scenario lockcheck_scenarios[] = {
    {"unchecked_builds_have_none", unchecked_builds_have_none},
    {NULL, NULL},
};

#endif
