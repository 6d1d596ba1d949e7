#include "world_scenarios.h"

#include "seam.h"
#include "sleeper.h"
#include "thread_support.h"
#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_host.h"
#include "weft_mutex.h"
#include "weft_world.h"

#define ATTACHED WEFT_THREAD_ATTACHED
#define SUSPENDED WEFT_THREAD_SUSPENDED
#define STOP WEFT_THREAD_STOP
#define WANTS_ATTACH WEFT_THREAD_WANTS_ATTACH

typedef struct crew {
    weft_runtime *runtime;
    weft_atomic_u32 number;
    weft_atomic_u32 ready;
    weft_atomic_u32 done;
    weft_atomic_u32 go;
    long counter; /* plain: written by attached threads in sections, and in stopped worlds */
    weft_mutex mutex;
    weft_thread *threads[64];
} crew;

static void stop(weft_thread *self) {
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
}

/* ---- what a stopped world is --------------------------------------------------------------- */

static void loop(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_critical section;
    weft_fetch_add_release_u32(&all->ready, 1);
    while (weft_load_relaxed_u32(&all->done) == 0) {
        weft_critical_begin(self, &section, &all->mutex);
        all->counter++;
        weft_thread_safepoint(self);
        all->counter++;
        weft_critical_end(self, &section);
        weft_thread_safepoint(self);
    }
    weft_thread_unregister(self);
}

static void come_and_go(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_fetch_add_release_u32(&all->ready, 1);
    while (weft_load_relaxed_u32(&all->done) == 0) {
        weft_thread_detach(self);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    weft_thread_unregister(self);
}

static void nobody_runs_in_a_stopped_world(void) {
    weft_thread *self = support_solo(NULL);
    crew all = {.runtime = weft_thread_runtime(self)};
    scenario_thread threads[6];
    for (int i = 0; i < 6; i++) {
        scenario_start(&threads[i], i < 4 ? loop : come_and_go, &all);
    }
    weft_thread_detach(self);
    support_await_value(&all.ready, 6);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    uint64_t end = support_stress_end();
    do {
        stop(self);
        long before = all.counter;
        int count = 0;
        for (weft_thread *t = weft_world_first(all.runtime); t != NULL; t = weft_world_next(t)) {
            uint32_t state = support_state(t);
            count++;
            CHECK(t == self ? state == ATTACHED : (state & (ATTACHED | STOP)) == STOP);
        }
        CHECK(count == 7);
        /* No section is held, and what is written here is seen by the others. */
        weft_critical section;
        weft_critical_begin(self, &section, &all.mutex);
        all.counter += 2;
        weft_critical_end(self, &section);
        for (int i = 0; i < 100; i++) {
            weft_spin_pause();
        }
        CHECK(all.counter == before + 2);
        weft_world_resume(self);
        weft_thread_safepoint(self);
    } while (weft_now_ns() < end);
    weft_store_relaxed_u32(&all.done, 1);
    weft_thread_detach(self);
    for (int i = 0; i < 6; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

static void wait_for_go_then_loop(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    all->threads[weft_fetch_add_relaxed_u32(&all->number, 1)] = self;
    weft_fetch_add_release_u32(&all->ready, 1);
    while (weft_load_acquire_u32(&all->go) == 0) { /* no safepoint until then */
        weft_spin_pause();
    }
    while (weft_load_relaxed_u32(&all->done) == 0) {
        weft_thread_safepoint(self);
    }
    weft_thread_unregister(self);
}

static void stop_once(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    stop(self);
    weft_fetch_add_release_u32(&all->done, 1);
    weft_world_resume(self);
    weft_thread_unregister(self);
}

static void a_stop_waits_for_the_last_safepoint(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    crew all = {.runtime = runtime};
    scenario_thread looping;
    scenario_start(&looping, wait_for_go_then_loop, &all);
    support_await_value(&all.ready, 1);
    scenario_thread stopping;
    scenario_start(&stopping, stop_once, &all);
    support_await_set(all.threads[0], STOP);
    weft_sleep_ns(2000000);
    CHECK(weft_load_acquire_u32(&all.done) == 0);
    CHECK(support_state(all.threads[0]) == (ATTACHED | STOP));
    weft_store_release_u32(&all.go, 1);
    support_await_value(&all.done, 1);
    scenario_join(&stopping);
    scenario_join(&looping);
    weft_runtime_release(runtime);
}

static void a_stopped_thread_is_suspended(void) {
    weft_thread *self = support_solo(NULL);
    crew all = {.runtime = weft_thread_runtime(self), .go = WEFT_ATOMIC_INIT(1)};
    scenario_thread thread;
    scenario_start(&thread, wait_for_go_then_loop, &all);
    while (weft_load_acquire_u32(&all.ready) == 0) {
        weft_thread_safepoint(self);
    }
    stop(self);
    support_await_set(all.threads[0], SUSPENDED | WANTS_ATTACH);
    CHECK(!weft_thread_try_claim(all.threads[0])); /* it comes back by itself */
    CHECK(!weft_thread_post(all.threads[0]));
    weft_world_resume(self);
    support_await_set(all.threads[0], ATTACHED);
    support_await_clear(all.threads[0], SUSPENDED | WANTS_ATTACH | WEFT_THREAD_PENDING);
    weft_store_relaxed_u32(&all.done, 1);
    scenario_join(&thread);
    support_solo_end(self);
}

/* ---- detached threads are left alone ---------------------------------------------------------- */

static void sleep_detached(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_thread_detach(self);
    weft_mutex_lock(&all->mutex);
    weft_mutex_unlock(&all->mutex);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
}

static void kick_is_not_called(void *context, void *thread) {
    (void)context;
    (void)thread;
    CHECK_UNREACHED("kick of a detached thread");
}

static void wake_is_not_called(void) {
    CHECK_UNREACHED("wake of a detached thread");
}

/* Stopping many detached threads wakes none of them: who stops the world wakes nobody. */
static void detached_threads_are_not_woken(void) {
    const weft_host host = {.kick = kick_is_not_called};
    static scenario_thread threads[SUPPORT_MANY];
    weft_thread *self = support_solo(NULL);
    crew all = {.runtime = weft_thread_runtime(self)};
    weft_thread_detach(self);
    weft_mutex_lock(&all.mutex);
    for (int i = 0; i < SUPPORT_MANY; i++) {
        scenario_start(&threads[i], sleep_detached, &all);
    }
    AWAIT(sleepers_on(&all.mutex) == SUPPORT_MANY);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_host_set(&host);
    seam.before_wake = wake_is_not_called;
    for (int i = 0; i < 20; i++) {
        stop(self);
        weft_world_resume(self);
    }
    seam.before_wake = NULL;
    weft_host_set(NULL);
    weft_thread_detach(self);
    CHECK(sleepers_on(&all.mutex) == SUPPORT_MANY);
    weft_mutex_unlock(&all.mutex);
    for (int i = 0; i < SUPPORT_MANY; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

static weft_atomic_u32 kicks;

static void count_kick(void *context, void *thread) {
    (void)context;
    CHECK(thread == NULL);
    weft_fetch_add_relaxed_u32(&kicks, 1);
}

static void attached_threads_are_kicked_once(void) {
    const weft_host host = {.kick = count_kick};
    weft_thread *self = support_solo(NULL);
    crew all = {.runtime = weft_thread_runtime(self), .go = WEFT_ATOMIC_INIT(1)};
    weft_store_relaxed_u32(&kicks, 0);
    weft_host_set(&host);
    scenario_thread threads[3];
    for (int i = 0; i < 3; i++) {
        scenario_start(&threads[i], wait_for_go_then_loop, &all);
    }
    while (weft_load_acquire_u32(&all.ready) != 3) {
        weft_thread_safepoint(self);
    }
    stop(self);
    CHECK(weft_load_relaxed_u32(&kicks) == 3);
    weft_world_resume(self);
    weft_store_relaxed_u32(&all.done, 1);
    for (int i = 0; i < 3; i++) {
        scenario_join(&threads[i]);
    }
    weft_host_set(NULL);
    support_solo_end(self);
}

/* ---- several stoppers, several runtimes ---------------------------------------------------------- */

static void stop_often(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    for (int i = 0; i < 200; i++) {
        stop(self);
        all->counter++;
        weft_world_resume(self);
        weft_thread_safepoint(self);
    }
    weft_thread_unregister(self);
}

static void stoppers_take_turns(void) {
    crew all = {.runtime = weft_runtime_create(NULL)};
    scenario_thread threads[4];
    for (int i = 0; i < 4; i++) {
        scenario_start(&threads[i], stop_often, &all);
    }
    for (int i = 0; i < 4; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(all.counter == 800);
    weft_runtime_release(all.runtime);
}

static void stop_all_often(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all[0].runtime);
    for (int i = 0; i < 100; i++) {
        CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
        all[0].counter++;
        all[1].counter++;
        weft_world_resume_all(self);
        weft_thread_safepoint(self);
        weft_runtime *young = weft_runtime_create(NULL); /* not while another has stopped all */
        CHECK(young != NULL);
        weft_runtime_release(young);
    }
    weft_thread_unregister(self);
}

static void all_worlds_stop_at_once(void) {
    const weft_runtime_config config = {.gil = true};
    crew all[2] = {{.runtime = weft_runtime_create(NULL)},
                   {.runtime = weft_runtime_create(&config)}};
    scenario_thread threads[6];
    scenario_start(&threads[0], stop_all_often, all);
    scenario_start(&threads[1], stop_all_often, all);
    scenario_start(&threads[2], stop_often, &all[0]);
    scenario_start(&threads[3], stop_often, &all[1]);
    scenario_start(&threads[4], loop, &all[0]);
    scenario_start(&threads[5], loop, &all[1]);
    for (int i = 0; i < 4; i++) {
        scenario_join(&threads[i]);
    }
    weft_store_relaxed_u32(&all[0].done, 1);
    weft_store_relaxed_u32(&all[1].done, 1);
    scenario_join(&threads[4]);
    scenario_join(&threads[5]);
    weft_runtime_release(all[0].runtime);
    weft_runtime_release(all[1].runtime);
}

static void a_stop_leaves_other_runtimes_alone(void) {
    weft_thread *self = support_solo(NULL);
    crew other = {.runtime = weft_runtime_create(NULL), .go = WEFT_ATOMIC_INIT(1)};
    scenario_thread thread;
    scenario_start(&thread, wait_for_go_then_loop, &other);
    while (weft_load_acquire_u32(&other.ready) == 0) {
        weft_thread_safepoint(self);
    }
    stop(self);
    CHECK(support_state(other.threads[0]) == ATTACHED);
    weft_store_relaxed_u32(&other.done, 1);
    scenario_join(&thread); /* it even unregisters */
    weft_world_resume(self);
    weft_runtime_release(other.runtime);
    support_solo_end(self);
}

/* ---- coming and going meanwhile ------------------------------------------------------------------- */

static void attach_late(void *argument) {
    crew *all = argument;
    weft_thread *self;
    CHECK(weft_thread_register(all->runtime, NULL, &self) == WEFT_THREAD_OK);
    all->threads[weft_fetch_add_relaxed_u32(&all->number, 1)] = self;
    weft_fetch_add_release_u32(&all->ready, 1);
    support_await_value(&all->go, 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_fetch_add_release_u32(&all->done, 1);
    weft_thread_unregister(self);
}

static void attach_waits_for_the_resume(void) {
    weft_thread *self = support_solo(NULL);
    crew all = {.runtime = weft_thread_runtime(self)};
    scenario_thread threads[4];
    for (int i = 0; i < 4; i++) {
        scenario_start(&threads[i], attach_late, &all);
    }
    support_await_value(&all.ready, 4);
    stop(self);
    weft_store_release_u32(&all.go, 1);
    for (int i = 0; i < 4; i++) {
        support_await_set(all.threads[i], STOP | WANTS_ATTACH);
    }
    CHECK(weft_load_acquire_u32(&all.done) == 0);
    weft_world_resume(self);
    support_await_value(&all.done, 4);
    weft_thread_detach(self);
    for (int i = 0; i < 4; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

static void register_late(void *argument) {
    crew *all = argument;
    weft_store_release_u32(&all->ready, 1);
    weft_thread *self = support_enter(all->runtime);
    weft_store_release_u32(&all->done, 1);
    weft_thread_unregister(self);
}

static void unregister_late(void *argument) {
    crew *all = argument;
    weft_thread *self = support_enter(all->runtime);
    weft_thread_detach(self);
    weft_store_release_u32(&all->ready, 1);
    support_await_value(&all->go, 1);
    weft_thread_unregister(self);
    weft_store_release_u32(&all->done, 1);
}

static void the_list_stands_still_in_a_stopped_world(void) {
    weft_thread *self = support_solo(NULL);
    crew in = {.runtime = weft_thread_runtime(self)}, out = in;
    scenario_thread leaving;
    scenario_start(&leaving, unregister_late, &out);
    support_await_value(&out.ready, 1);
    stop(self);
    scenario_thread coming;
    scenario_start(&coming, register_late, &in);
    support_await_value(&in.ready, 1);
    weft_store_release_u32(&out.go, 1);
    weft_sleep_ns(5000000);
    weft_thread *first = weft_world_first(in.runtime);
    CHECK(first != NULL && weft_world_next(first) != NULL);
    CHECK(weft_world_next(weft_world_next(first)) == NULL);
    CHECK(weft_load_acquire_u32(&in.done) == 0 && weft_load_acquire_u32(&out.done) == 0);
    weft_world_resume(self);
    weft_thread_detach(self);
    scenario_join(&coming);
    scenario_join(&leaving);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

static void a_stop_releases_the_stoppers_sections_only_while_it_waits(void) {
    weft_thread *self = support_solo(NULL);
    crew all = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, loop, &all);
    while (weft_load_acquire_u32(&all.ready) == 0) {
        weft_thread_safepoint(self);
    }
    weft_critical section;
    weft_critical_begin(self, &section, &all.mutex);
    for (int i = 0; i < 100; i++) {
        stop(self);
        CHECK(weft_mutex_is_locked(&all.mutex)); /* by this thread */
        all.counter++;
        weft_world_resume(self);
        CHECK(weft_mutex_is_locked(&all.mutex));
    }
    weft_critical_end(self, &section);
    weft_store_relaxed_u32(&all.done, 1);
    weft_thread_detach(self);
    scenario_join(&thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}

/* ---- misuse --------------------------------------------------------------------------------------- */

void world_misuse_stop_detached(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_detach(self);
    stop(self);
}
void world_misuse_stop_all_detached(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_detach(self);
    CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
}
void world_misuse_stop_twice(void) {
    weft_thread *self = support_solo(NULL);
    stop(self);
    stop(self);
}
void world_misuse_resume_a_running_world(void) {
    weft_world_resume(support_solo(NULL));
}
void world_misuse_detach_in_a_stopped_world(void) {
    weft_thread *self = support_solo(NULL);
    stop(self);
    weft_thread_detach(self);
}
void world_misuse_unregister_in_a_stopped_world(void) {
    weft_thread *self = support_solo(NULL);
    stop(self);
    weft_thread_unregister(self);
}
void world_misuse_ensure_in_a_stopped_world(void) {
    weft_runtime *other = weft_runtime_create(NULL);
    weft_thread_guard guard;
    stop(support_solo(NULL));
    CHECK(weft_thread_ensure(other, NULL, &guard) == WEFT_THREAD_OK);
}
#if WEFT_CHECKED
/* Whoever holds it may have stopped. */
void world_misuse_wait_in_a_stopped_world(void) {
    weft_mutex held = WEFT_MUTEX_INIT;
    stop(support_solo(NULL));
    weft_init_u8(&held.state, WEFT_MUTEX_LOCKED);
    weft_mutex_lock(&held);
}
#endif
static void end_in_a_stopped_world(void *unused) {
    (void)unused;
    stop(support_solo(NULL));
}
void world_misuse_end_in_a_stopped_world(void) {
    scenario_thread thread;
    scenario_start(&thread, end_in_a_stopped_world, NULL);
    scenario_join(&thread);
}

const scenario world_scenarios[] = {
    {"nobody_runs_in_a_stopped_world", nobody_runs_in_a_stopped_world},
    {"a_stop_waits_for_the_last_safepoint", a_stop_waits_for_the_last_safepoint},
    {"a_stopped_thread_is_suspended", a_stopped_thread_is_suspended},
    {"detached_threads_are_not_woken", detached_threads_are_not_woken},
    {"attached_threads_are_kicked_once", attached_threads_are_kicked_once},
    {"stoppers_take_turns", stoppers_take_turns},
    {"all_worlds_stop_at_once", all_worlds_stop_at_once},
    {"a_stop_leaves_other_runtimes_alone", a_stop_leaves_other_runtimes_alone},
    {"attach_waits_for_the_resume", attach_waits_for_the_resume},
    {"the_list_stands_still_in_a_stopped_world", the_list_stands_still_in_a_stopped_world},
    {"a_stop_releases_the_stoppers_sections_only_while_it_waits",
     a_stop_releases_the_stoppers_sections_only_while_it_waits},
    {NULL, NULL},
};
