#define _POSIX_C_SOURCE 200809L
#include "critical_scenarios.h"

#include "sleeper.h"
#include "thread_support.h"
#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_mutex.h"
#include "weft_world.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS = 8 };

typedef struct heap {
    weft_runtime *runtime;
    weft_mutex mutexes[OBJECTS];
    long counters[OBJECTS];
    weft_atomic_u32 phase;
    weft_atomic_u32 done;
    weft_thread *self;
    uint64_t end;
} heap;

static bool locked(heap *all, int object) {
    return weft_mutex_is_locked(&all->mutexes[object]);
}

/* ---- one thread ---------------------------------------------------------------------------- */

static void begin_locks_and_end_unlocks(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical one, many;
    weft_critical2 two;
    weft_critical_begin(self, &one, &all.mutexes[0]);
    CHECK(locked(&all, 0) && weft_critical_mark(self) == &one);
    weft_critical2_begin(self, &two, &all.mutexes[2], &all.mutexes[1]);
    CHECK(locked(&all, 0) && locked(&all, 1) && locked(&all, 2));
    weft_mutex *objects[] = {&all.mutexes[5], &all.mutexes[3], &all.mutexes[5], &all.mutexes[4]};
    weft_critical_begin_all(self, &many, objects, 4);
    CHECK(locked(&all, 3) && locked(&all, 4) && locked(&all, 5));
    weft_critical_end(self, &many);
    CHECK(!locked(&all, 3) && !locked(&all, 4) && !locked(&all, 5) && locked(&all, 1));
    weft_critical2_end(self, &two);
    CHECK(locked(&all, 0) && !locked(&all, 1) && !locked(&all, 2));
    weft_critical_end(self, &one);
    CHECK(!locked(&all, 0) && weft_critical_mark(self) == NULL);
    weft_critical2_begin(self, &two, &all.mutexes[1], &all.mutexes[1]);
    CHECK(locked(&all, 1));
    weft_critical2_end(self, &two);
    CHECK(!locked(&all, 1));
    weft_critical_begin_all(self, &many, objects, 0);
    weft_critical_end(self, &many);
    support_solo_end(self);
}

static void objects_are_sorted_whatever_their_number(void) {
    weft_thread *self = support_solo(NULL);
    weft_mutex mutexes[100] = {WEFT_MUTEX_INIT};
    weft_mutex *objects[100];
    unsigned seed = 7;
    for (size_t count = 0; count <= 100; count++) {
        weft_critical section;
        for (size_t i = 0; i < count; i++) {
            objects[i] = &mutexes[(unsigned)rand_r(&seed) % 100];
        }
        weft_critical_begin_all(self, &section, objects, count);
        for (uint32_t i = 0; i < section.count; i++) {
            CHECK(weft_mutex_is_locked(objects[i]));
            CHECK(i == 0 || objects[i - 1] < objects[i]);
        }
        weft_critical_end(self, &section);
        for (size_t i = 0; i < 100; i++) {
            CHECK(!weft_mutex_is_locked(&mutexes[i]));
        }
    }
    support_solo_end(self);
}

static void host_bits_are_kept(void) {
    weft_thread *self = support_solo(NULL);
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_critical section, inner;
    weft_mutex_set_host_bits(&mutex, 0x84);
    weft_critical_begin(self, &section, &mutex);
    CHECK(weft_mutex_is_locked(&mutex) && weft_mutex_host_bits(&mutex) == 0x84);
    weft_critical_begin(self, &inner, &mutex);
    weft_critical_end(self, &inner);
    CHECK(weft_mutex_is_locked(&mutex));
    weft_critical_end(self, &section);
    CHECK(!weft_mutex_is_locked(&mutex) && weft_mutex_host_bits(&mutex) == 0x84);
    support_solo_end(self);
}

static void brief_sections_have_no_record(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical outer, widened;
    weft_critical_begin(self, &outer, &all.mutexes[0]);
    CHECK(!weft_critical_brief_begin(self, &all.mutexes[0])); /* its own */
    CHECK(weft_critical_brief_begin(self, &all.mutexes[1]));
    CHECK(locked(&all, 0) && locked(&all, 1) && weft_critical_mark(self) == &outer);
    CHECK(!weft_critical_brief_begin(self, &all.mutexes[1])); /* not free */
    weft_critical_brief_end(&all.mutexes[1]);
    CHECK(locked(&all, 0) && !locked(&all, 1));
    CHECK(weft_critical_brief_begin(self, &all.mutexes[1]));
    weft_critical_widen(self, &widened, &all.mutexes[1]);
    CHECK(weft_critical_mark(self) == &widened);
    weft_thread_detach(self);
    CHECK(!locked(&all, 0) && !locked(&all, 1));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(!locked(&all, 0) && locked(&all, 1));
    weft_critical_end(self, &widened);
    CHECK(locked(&all, 0) && !locked(&all, 1));
    weft_critical_end(self, &outer);
    support_solo_end(self);
}

static void only_the_innermost_section_is_restored(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical outer, inner;
    weft_critical2 middle;
    weft_critical_begin(self, &outer, &all.mutexes[0]);
    weft_critical2_begin(self, &middle, &all.mutexes[1], &all.mutexes[2]);
    weft_critical_begin(self, &inner, &all.mutexes[3]);
    weft_thread_detach(self);
    for (int i = 0; i < 4; i++) {
        CHECK(!locked(&all, i));
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(!locked(&all, 0) && !locked(&all, 1) && !locked(&all, 2) && locked(&all, 3));
    /* Once more, with the outer ones suspended already. */
    weft_thread_detach(self);
    CHECK(!locked(&all, 3));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(locked(&all, 3));
    weft_critical_end(self, &inner);
    CHECK(!locked(&all, 0) && locked(&all, 1) && locked(&all, 2) && !locked(&all, 3));
    weft_critical2_end(self, &middle);
    CHECK(locked(&all, 0) && !locked(&all, 1) && !locked(&all, 2));
    weft_critical_end(self, &outer);
    CHECK(!locked(&all, 0));
    support_solo_end(self);
}

static void a_wait_releases_all_and_restores_one(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical outer, inner;
    weft_critical_begin(self, &outer, &all.mutexes[0]);
    weft_critical_begin(self, &inner, &all.mutexes[1]);
    support_nap();
    CHECK(!locked(&all, 0) && locked(&all, 1));
    weft_critical_end(self, &inner);
    CHECK(locked(&all, 0));
    weft_critical_end(self, &outer);
    support_solo_end(self);
}

static void the_same_object_nests(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical a, b, c;
    weft_critical2 pair;
    weft_critical_begin(self, &a, &all.mutexes[0]);
    weft_critical_begin(self, &b, &all.mutexes[0]);
    weft_critical_begin(self, &c, &all.mutexes[0]);
    CHECK(locked(&all, 0));
    weft_critical_end(self, &c);
    CHECK(locked(&all, 0));
    weft_thread_detach(self);
    CHECK(!locked(&all, 0));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(locked(&all, 0));
    weft_critical_end(self, &b);
    CHECK(locked(&all, 0));
    /* Among others it cannot be taken over: everything is let go, then locked anew. */
    weft_critical2_begin(self, &pair, &all.mutexes[0], &all.mutexes[1]);
    CHECK(locked(&all, 0) && locked(&all, 1));
    weft_critical_begin(self, &b, &all.mutexes[1]);
    CHECK(!locked(&all, 0) && locked(&all, 1));
    weft_critical_end(self, &b);
    CHECK(locked(&all, 0) && locked(&all, 1));
    weft_critical2_end(self, &pair);
    CHECK(locked(&all, 0) && !locked(&all, 1));
    weft_critical_end(self, &a);
    CHECK(!locked(&all, 0));
    support_solo_end(self);
}

static void nest_on_one_object(void *argument) {
    heap *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_critical outer, inner;
    while (weft_now_ns() < all->end) {
        for (int i = 0; i < 100; i++) {
            weft_critical_begin(self, &outer, &all->mutexes[0]);
            CHECK(all->counters[0] % 2 == 0);
            all->counters[0]++;
            weft_critical_begin(self, &inner, &all->mutexes[0]);
            weft_critical_end(self, &inner);
            all->counters[0]++;
            weft_critical_end(self, &outer);
        }
    }
    weft_thread_unregister(self);
}

/* Taking over and giving back never let go of the object. */
static void nesting_does_not_let_go(void) {
    heap all = {.runtime = weft_runtime_create(NULL), .end = support_stress_end()};
    scenario_thread threads[4];
    for (int i = 0; i < 4; i++) {
        scenario_start(&threads[i], nest_on_one_object, &all);
    }
    for (int i = 0; i < 4; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(!locked(&all, 0));
    weft_runtime_release(all.runtime);
}

/* ---- unwinding --------------------------------------------------------------------------------- */

static jmp_buf handler;

static void throw_from_inside(heap *all, weft_critical *mark, int depth) {
    weft_critical section;
    weft_critical_begin(all->self, &section, &all->mutexes[depth]);
    if (depth < OBJECTS - 1) {
        throw_from_inside(all, mark, depth + 1);
    } else if (all->end == 0) {
        weft_critical_unwind(all->self, mark); /* the frames are still there */
        longjmp(handler, 1);
    }
    weft_critical_end(all->self, &section);
}

static void longjmp_unwinds_to_the_mark(void) {
    heap all = {.self = support_solo(NULL)};
    weft_critical outer;
    weft_critical_begin(all.self, &outer, &all.mutexes[0]);
    weft_critical *mark = weft_critical_mark(all.self);
    if (setjmp(handler) == 0) {
        throw_from_inside(&all, mark, 1);
    }
    CHECK(weft_critical_mark(all.self) == &outer && locked(&all, 0));
    for (int i = 1; i < OBJECTS; i++) {
        CHECK(!locked(&all, i));
    }
    weft_critical_end(all.self, &outer);
    support_solo_end(all.self);
}

static void unwinding_restores_a_suspended_section(void) {
    heap all = {.self = support_solo(NULL)};
    weft_critical outer, inner, innermost;
    weft_critical_begin(all.self, &outer, &all.mutexes[0]);
    weft_critical *mark = weft_critical_mark(all.self);
    weft_critical_begin(all.self, &inner, &all.mutexes[0]); /* the same: lent */
    weft_critical_begin(all.self, &innermost, &all.mutexes[1]);
    weft_thread_detach(all.self);
    CHECK(weft_thread_attach(all.self) == WEFT_THREAD_OK);
    CHECK(!locked(&all, 0) && locked(&all, 1));
    weft_critical_unwind(all.self, mark);
    CHECK(locked(&all, 0) && !locked(&all, 1));
    weft_critical_unwind(all.self, NULL);
    CHECK(!locked(&all, 0) && weft_critical_mark(all.self) == NULL);
    support_solo_end(all.self);
}

/* ---- several threads ---------------------------------------------------------------------------- */

static void hold_until_told(void *argument) {
    heap *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_critical section;
    weft_critical_begin(self, &section, &all->mutexes[1]);
    weft_store_release_u32(&all->phase, 1);
    while (weft_load_acquire_u32(&all->done) == 0) {
        weft_sleep_ns(50000); /* attached, and no safepoint: a long section */
    }
    weft_critical_end(self, &section);
    weft_thread_unregister(self);
}

static void want_two(void *argument) {
    heap *all = argument;
    weft_critical2 pair;
    weft_critical outer;
    all->self = support_enter(all->runtime);
    weft_critical_begin(all->self, &outer, &all->mutexes[2]);
    weft_store_release_u32(&all->phase, 2);
    weft_critical2_begin(all->self, &pair, &all->mutexes[0], &all->mutexes[1]);
    CHECK(locked(all, 0) && locked(all, 1) && !locked(all, 2));
    weft_critical2_end(all->self, &pair);
    CHECK(locked(all, 2));
    weft_critical_end(all->self, &outer);
    weft_thread_unregister(all->self);
}

/* A thread that waits for its second object holds neither the first nor those of outer sections: a
 * stopped world finds nothing locked by a thread that sleeps. */
static void a_half_locked_section_is_released(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    heap all = {.runtime = runtime};
    scenario_thread holder;
    scenario_start(&holder, hold_until_told, &all);
    support_await_value(&all.phase, 1);
    scenario_thread wanting;
    scenario_start(&wanting, want_two, &all);
    support_await_value(&all.phase, 2);
    support_await_clear(all.self, WEFT_THREAD_ATTACHED);
    CHECK(!locked(&all, 0) && locked(&all, 1) && !locked(&all, 2));
    /* What it let go is free for others, who may well keep it for a time. */
    weft_thread *self = support_enter(runtime);
    weft_critical section;
    weft_critical_begin(self, &section, &all.mutexes[0]);
    weft_store_release_u32(&all.done, 1);
    weft_sleep_ns(3000000);
    weft_critical_end(self, &section);
    weft_thread_unregister(self);
    scenario_join(&holder);
    scenario_join(&wanting);
    for (int i = 0; i < OBJECTS; i++) {
        CHECK(!locked(&all, i));
    }
    weft_runtime_release(runtime);
}

/* Sections in all orders, nested in each other, never deadlock, and what they guard is consistent:
 * a counter is even whenever its object is free. */
static void step(heap *all, weft_thread *self, unsigned *seed, int depth) {
    weft_mutex *objects[3];
    int chosen[3] = {0};
    weft_critical section;
    for (int i = 0; i < 3; i++) {
        chosen[i] = (int)((unsigned)rand_r(seed) % OBJECTS);
        objects[i] = &all->mutexes[chosen[i]];
    }
    size_t count = (unsigned)rand_r(seed) % 3 + 1;
    if (weft_critical_brief_begin(self, objects[2])) {
        CHECK(all->counters[chosen[2]] % 2 == 0);
        all->counters[chosen[2]]++;
        all->counters[chosen[2]]++;
        weft_critical_brief_end(objects[2]);
    }
    if (count == 1) {
        weft_critical_begin(self, &section, objects[0]);
    } else {
        weft_critical_begin_all(self, &section, objects, count);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(all->counters[chosen[i]] % 2 == 0);
    }
    for (size_t i = 0; i < count; i++) {
        all->counters[chosen[i]]++;
    }
    for (size_t i = 0; i < count; i++) {
        all->counters[chosen[i]]++;
    }
    if (depth < 4 && rand_r(seed) % 2 == 0) {
        step(all, self, seed, depth + 1);
    }
    if (rand_r(seed) % 4 == 0) {
        weft_thread_safepoint(self);
    }
    CHECK(all->counters[chosen[0]] % 2 == 0);
    all->counters[chosen[0]] += 2;
    weft_critical_end(self, &section);
}

static void work(void *argument) {
    heap *all = argument;
    weft_thread *self = support_enter(all->runtime);
    unsigned seed = weft_fetch_add_relaxed_u32(&all->phase, 1) * 7919;
    do {
        for (int i = 0; i < 100; i++) {
            step(all, self, &seed, 0);
        }
        if (seed % 8 == 0) {
            weft_thread_detach(self);
            CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
        }
    } while (weft_now_ns() < all->end);
    weft_thread_unregister(self);
}

static void sections_exclude_each_other(void) {
    for (int gil = 0; gil < 2; gil++) {
        const weft_runtime_config config = {.gil = gil != 0, .gil_interval = 100000};
        heap all = {.runtime = weft_runtime_create(&config), .end = support_stress_end()};
        scenario_thread threads[6];
        for (int i = 0; i < 6; i++) {
            scenario_start(&threads[i], work, &all);
        }
        weft_thread *self = support_enter(all.runtime);
        while (weft_now_ns() < all.end) {
            CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
            for (int i = 0; i < OBJECTS; i++) {
                weft_critical section;
                weft_critical_begin(self, &section, &all.mutexes[i]);
                CHECK(all.counters[i] % 2 == 0);
                weft_critical_end(self, &section);
            }
            weft_world_resume(self);
            weft_thread_detach(self);
            weft_sleep_ns(1000000);
            CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
        }
        weft_thread_unregister(self);
        for (int i = 0; i < 6; i++) {
            scenario_join(&threads[i]);
        }
        for (int i = 0; i < OBJECTS; i++) {
            CHECK(!locked(&all, i));
        }
        weft_runtime_release(all.runtime);
    }
}

/* Sections lock even with the GIL on: a thread inside one that gives the GIL away lets go of the
 * object, but one that is only asked does not until it reaches a safepoint. */
static void sections_lock_with_the_gil_on(void) {
    const weft_runtime_config config = {.gil = true};
    weft_thread *self = support_solo(&config);
    heap all = {0};
    weft_critical section;
    weft_critical_begin(self, &section, &all.mutexes[0]);
    CHECK(locked(&all, 0));
    CHECK(weft_gil_set(self, false) == WEFT_THREAD_OK);
    CHECK(locked(&all, 0));
    weft_critical_end(self, &section);
    CHECK(!locked(&all, 0));
    support_solo_end(self);
}

/* ---- handed over across a switch of the GIL --------------------------------------------------- */

typedef struct exchange {
    weft_runtime *runtime;
    weft_mutex object;
} exchange;

static void want_object(void *argument) {
    exchange *all = argument;
    weft_critical section;
    weft_thread *self = support_enter(all->runtime);
    weft_critical_begin(self, &section, &all->object);
    weft_critical_end(self, &section);
    weft_thread_unregister(self);
}

static void want_gil(void *argument) {
    exchange *all = argument;
    weft_thread_unregister(support_enter(all->runtime));
}

/* To wait for the lock would detach the caller, and let go of what it holds. */
static bool queue_for_gil(weft_runtime *runtime, uint32_t threads) {
    bool locked = weft_mutex_try_lock(&runtime->gil.lock);
    bool queued = locked && runtime->gil.queued == threads;
    if (locked) {
        weft_mutex_unlock(&runtime->gil.lock);
    }
    return queued;
}

/* Hands the object to a thread that then queues for the GIL behind another one, and locks the object
 * again inside a world that it has stopped. */
static void switch_hand_over_and_lock(void *argument) {
    exchange *all = argument;
    scenario_thread wanting, bystander;
    weft_critical section;
    weft_thread *self = support_enter(all->runtime);
    weft_critical_begin(self, &section, &all->object);
    scenario_start(&wanting, want_object, all);
    AWAIT(sleepers_on(&all->object) == 1);
    CHECK(weft_gil_set(self, true) == WEFT_THREAD_OK);
    scenario_start(&bystander, want_gil, all);
    AWAIT(queue_for_gil(all->runtime, 1));
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_critical_end(self, &section);
    AWAIT(queue_for_gil(all->runtime, 2));
    CHECK(weft_mutex_is_locked(&all->object)); /* by the one that queues */
    weft_critical_begin(self, &section, &all->object);
    CHECK(self->holds_gil && weft_thread_is_attached(self));
    weft_critical_end(self, &section);
    weft_world_resume(self);
    weft_thread_unregister(self);
    scenario_join(&wanting);
    scenario_join(&bystander);
}

/* The holder of the GIL needs an object, in a stopped world, that was handed to a thread which needs
 * the GIL. */
static void an_object_handed_to_a_thread_without_the_gil_comes_back(void) {
    for (int i = 0; i < 10; i++) {
        exchange all = {.runtime = weft_runtime_create(NULL)};
        scenario_thread stopper;
        uint64_t fairness = weft_mutex_fairness();
        weft_mutex_set_fairness(0); /* every unlock hands over */
        scenario_start(&stopper, switch_hand_over_and_lock, &all);
        scenario_join(&stopper);
        weft_mutex_set_fairness(fairness);
        CHECK(!weft_mutex_is_locked(&all.object));
        weft_runtime_release(all.runtime);
    }
}

/* ---- misuse ------------------------------------------------------------------------------------- */

void critical_misuse_end_out_of_order(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical outer, inner;
    weft_critical_begin(self, &outer, &all.mutexes[0]);
    weft_critical_begin(self, &inner, &all.mutexes[1]);
    weft_critical_end(self, &outer);
}
void critical_misuse_unwind_to_a_stranger(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical section, stranger;
    weft_critical_begin(self, &section, &all.mutexes[0]);
    weft_critical_unwind(self, &stranger);
}
void critical_misuse_unregister_inside(void) {
    weft_thread *self = support_solo(NULL);
    heap all = {0};
    weft_critical section;
    weft_critical_begin(self, &section, &all.mutexes[0]);
    weft_thread_unregister(self);
}
static void end_inside(void *argument) {
    heap *all = argument;
    weft_critical section;
    weft_critical_begin(support_solo(NULL), &section, &all->mutexes[0]);
}
void critical_misuse_end_thread_inside(void) {
    heap all = {0};
    scenario_thread thread;
    scenario_start(&thread, end_inside, &all);
    scenario_join(&thread);
}

const scenario critical_scenarios[] = {
    {"begin_locks_and_end_unlocks", begin_locks_and_end_unlocks},
    {"objects_are_sorted_whatever_their_number", objects_are_sorted_whatever_their_number},
    {"host_bits_are_kept", host_bits_are_kept},
    {"brief_sections_have_no_record", brief_sections_have_no_record},
    {"only_the_innermost_section_is_restored", only_the_innermost_section_is_restored},
    {"a_wait_releases_all_and_restores_one", a_wait_releases_all_and_restores_one},
    {"the_same_object_nests", the_same_object_nests},
    {"nesting_does_not_let_go", nesting_does_not_let_go},
    {"longjmp_unwinds_to_the_mark", longjmp_unwinds_to_the_mark},
    {"unwinding_restores_a_suspended_section", unwinding_restores_a_suspended_section},
    {"a_half_locked_section_is_released", a_half_locked_section_is_released},
    {"sections_exclude_each_other", sections_exclude_each_other},
    {"sections_lock_with_the_gil_on", sections_lock_with_the_gil_on},
    {"an_object_handed_to_a_thread_without_the_gil_comes_back",
     an_object_handed_to_a_thread_without_the_gil_comes_back},
    {NULL, NULL},
};
