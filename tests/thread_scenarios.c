#define _POSIX_C_SOURCE 200809L
#include "thread_scenarios.h"

#include "seam.h"
#include "sleeper.h"
#include "thread_support.h"
#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_host.h"
#include "weft_mutex.h"
#include "weft_world.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTACHED WEFT_THREAD_ATTACHED
#define SUSPENDED WEFT_THREAD_SUSPENDED
#define FREE WEFT_THREAD_FREE
#define CLAIMED WEFT_THREAD_CLAIMED
#define STOP WEFT_THREAD_STOP
#define PENDING WEFT_THREAD_PENDING
#define WANTS_ATTACH WEFT_THREAD_WANTS_ATTACH
#define GONE WEFT_THREAD_GONE

/* ---- slots and ids -------------------------------------------------------------------------- */

/* Slots of different threads on one cache line: CPython 144438. */
static void regression_cpython_144438_slots_share_no_cache_line(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *threads[70];
    for (int i = 0; i < 70; i++) {
        CHECK(weft_thread_register(runtime, NULL, &threads[i]) == WEFT_THREAD_OK);
        CHECK((uintptr_t)threads[i] % WEFT_CACHE_LINE == 0);
        CHECK((uintptr_t)weft_thread_area_of(threads[i], WEFT_AREA_QSBR) % WEFT_CACHE_LINE == 0);
    }
    CHECK(sizeof(weft_thread) % WEFT_CACHE_LINE == 0);
    /* What the thread writes is not on the line that others write. */
    CHECK((uintptr_t)&threads[0]->section / WEFT_CACHE_LINE !=
          (uintptr_t)&threads[0]->state / WEFT_CACHE_LINE);
    for (int i = 0; i < 70; i++) {
        weft_thread_unregister(threads[i]);
    }
    weft_runtime_release(runtime);
}

static void ids_are_unique_and_found(void) {
    enum { COUNT = 200 };
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *threads[COUNT];
    static unsigned char seen[WEFT_MAX_ID + 1];
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < COUNT; i++) {
        CHECK(weft_thread_register(runtime, NULL, &threads[i]) == WEFT_THREAD_OK);
        uint16_t id = weft_thread_id(threads[i]);
        CHECK(id != WEFT_NO_ID && id <= WEFT_MAX_ID && !seen[id]);
        seen[id] = 1;
        CHECK(weft_thread_by_id(id) == threads[i]);
        CHECK(weft_thread_slot(threads[i]->index) == threads[i]);
    }
    CHECK(weft_thread_by_id(0) == NULL);
    CHECK(weft_thread_by_id(0xFFFF) == NULL);
    /* The table has grown, and nothing has moved. */
    for (int i = 0; i < COUNT; i++) {
        CHECK(weft_thread_by_id(weft_thread_id(threads[i])) == threads[i]);
        weft_thread_unregister(threads[i]);
        CHECK(support_state(threads[i]) == FREE);
    }
    weft_runtime_release(runtime);
}

static void an_id_is_inherited_within_its_runtime(void) {
    weft_runtime *first = weft_runtime_create(NULL);
    weft_runtime *second = weft_runtime_create(NULL);
    weft_thread *thread, *other, *heir;
    CHECK(weft_thread_register(first, NULL, &thread) == WEFT_THREAD_OK);
    uint16_t id = weft_thread_id(thread);
    memset(weft_thread_area_of(thread, WEFT_AREA_REF), 42, 8);
    weft_thread_unregister(thread);
    CHECK(weft_thread_register(second, NULL, &other) == WEFT_THREAD_OK);
    CHECK(weft_thread_id(other) != id);
    CHECK(weft_thread_register(first, NULL, &heir) == WEFT_THREAD_OK);
    CHECK(weft_thread_id(heir) == id);
    /* What the layers kept in the slot is still there. */
    CHECK(*(unsigned char *)weft_thread_area_of(heir, WEFT_AREA_REF) == 42);
    memset(weft_thread_area_of(heir, WEFT_AREA_REF), 0, 8);
    weft_thread_unregister(heir);
    weft_thread_unregister(other);
    weft_runtime_release(first);
    /* Now the id is anybody's. */
    bool found = false;
    weft_thread *threads[300];
    for (int i = 0; i < 300; i++) {
        CHECK(weft_thread_register(second, NULL, &threads[i]) == WEFT_THREAD_OK);
        found = found || weft_thread_id(threads[i]) == id;
    }
    CHECK(found);
    for (int i = 0; i < 300; i++) {
        weft_thread_unregister(threads[i]);
    }
    weft_runtime_release(second);
}

static void run_without_id(void *argument) {
    weft_runtime *runtime = argument;
    weft_thread *self = support_enter(runtime);
    CHECK(weft_thread_id(self) == WEFT_NO_ID);
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_critical section;
    for (int i = 0; i < 1000; i++) {
        weft_critical_begin(self, &section, &mutex);
        weft_thread_safepoint(self);
        weft_critical_end(self, &section);
    }
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_world_resume(self);
    weft_thread_unregister(self);
}

static void threads_beyond_the_limit_have_no_id_and_work(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    enum { MOST = 2000 };
    static weft_thread *threads[MOST];
    int count = 0;
    weft_thread_set_id_limit((uint16_t)(weft_thread_slot_count() + 3));
    do {
        CHECK(weft_thread_register(runtime, NULL, &threads[count]) == WEFT_THREAD_OK);
        count++;
    } while (weft_thread_id(threads[count - 1]) != WEFT_NO_ID && count < MOST);
    CHECK(weft_thread_id(threads[count - 1]) == WEFT_NO_ID);
    scenario_thread extra[8];
    for (int i = 0; i < 8; i++) {
        scenario_start(&extra[i], run_without_id, runtime);
    }
    for (int i = 0; i < 8; i++) {
        scenario_join(&extra[i]);
    }
    /* As soon as an id is free again it is used. */
    weft_thread_unregister(threads[0]);
    CHECK(weft_thread_register(runtime, NULL, &threads[0]) == WEFT_THREAD_OK);
    CHECK(weft_thread_id(threads[0]) != WEFT_NO_ID);
    while (count-- > 0) {
        weft_thread_unregister(threads[count]);
    }
    weft_thread_set_id_limit(WEFT_MAX_ID);
    weft_runtime_release(runtime);
}

/* More than there are ids, one after the other: as many slots as live at once. */
static void ids_outlast_70000_threads(void) {
    enum { MANY = 70000 };
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self = support_enter(runtime);
    weft_thread_unregister(self);
    uint16_t id = weft_thread_id(self);
    uint32_t slots = weft_thread_slot_count();
    CHECK(id != WEFT_NO_ID);
    for (int i = 0; i < MANY; i++) {
        weft_thread *next = support_enter(runtime);
        if (next != self || weft_thread_id(next) != id || weft_thread_by_id(id) != next) {
            CHECK_UNREACHED("another slot, or another id");
        }
        weft_thread_unregister(next);
    }
    CHECK(weft_thread_slot_count() == slots);
    weft_runtime_release(runtime);
}

#ifndef _WIN32
enum { BEYOND = 100 };

/* Slots of this process that will never have an id: made while the limit was lower. */
static uint32_t slots_without_id(void) {
    uint32_t without = 0;
    for (uint32_t i = 0; i < weft_thread_slot_count() && i < WEFT_MAX_ID; i++) {
        without += weft_thread_id(weft_thread_slot(i)) == WEFT_NO_ID;
    }
    return without;
}

static void works_without_an_id(weft_thread *self) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_critical section;
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_critical_begin(self, &section, &mutex);
    CHECK(weft_mutex_is_locked(&mutex));
    weft_critical_end(self, &section);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_world_resume(self);
    weft_thread_detach(self);
}

static void use_all_ids(void *unused) {
    static weft_thread *threads[WEFT_MAX_ID + BEYOND];
    static unsigned char seen[WEFT_MAX_ID + 1];
    (void)unused;
    weft_runtime *runtime = weft_runtime_create(NULL);
    uint32_t ids = WEFT_MAX_ID - slots_without_id();
    for (uint32_t i = 0; i < ids + BEYOND; i++) {
        CHECK(weft_thread_register(runtime, NULL, &threads[i]) == WEFT_THREAD_OK);
        uint16_t id = weft_thread_id(threads[i]);
        if ((id != WEFT_NO_ID) != (i < ids) || (id != WEFT_NO_ID && seen[id])) {
            CHECK_UNREACHED("an id given twice, or too early or too late to none");
        }
        seen[id] = 1;
    }
    works_without_an_id(threads[ids + BEYOND - 1]);
    CHECK(weft_thread_by_id(WEFT_MAX_ID) != NULL || ids < WEFT_MAX_ID);
    /* The one id that is free again goes to the next. */
    uint16_t id = weft_thread_id(threads[ids - 1]);
    weft_thread_unregister(threads[ids + BEYOND - 1]);
    weft_thread_unregister(threads[ids - 1]);
    CHECK(weft_thread_register(runtime, NULL, &threads[ids - 1]) == WEFT_THREAD_OK);
    CHECK(weft_thread_id(threads[ids - 1]) == id);
    CHECK(weft_thread_register(runtime, NULL, &threads[ids + BEYOND - 1]) == WEFT_THREAD_OK);
    CHECK(weft_thread_id(threads[ids + BEYOND - 1]) == WEFT_NO_ID);
    for (uint32_t i = ids + BEYOND; i-- > 0;) {
        weft_thread_unregister(threads[i]);
    }
    weft_runtime_release(runtime);
}

/* All at once, with the limit as it is. In a process of its own, for slots stay. */
static void more_threads_than_ids_at_once(void) {
    CHECK(scenario_forked(use_all_ids, NULL));
}

/* Whether plain stores are used is decided before there are threads that it would hold up: it registers a fence with the
 * system. */
static void make_a_runtime(void *unused) {
    (void)unused;
#if !WEFT_WITHOUT_HINTS
    static weft_mutex mutex;
    CHECK(weft_park_hint(&mutex) != WEFT_HINT_CLEAR); /* nothing is decided in a new process */
    weft_runtime *runtime = weft_runtime_create(NULL);
    CHECK(weft_park_hint(&mutex) != WEFT_HINT_SET);
    weft_runtime_release(runtime);
#endif
}

static void a_runtime_is_made_with_the_protocol_decided(void) {
    CHECK(scenario_forked(make_a_runtime, NULL));
}
#endif

static weft_atomic_u32 allocations_left;
static weft_host usual;

static void *failing_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    if (weft_load_relaxed_u32(&allocations_left) == 0) {
        return NULL;
    }
    weft_fetch_sub_relaxed_u32(&allocations_left, 1);
    return usual.allocate(usual.context, size, alignment);
}

static void out_of_memory_changes_nothing(void) {
    weft_host host = *weft_host_get();
    enum { MOST = 1U << 16 };
    usual = host;
    host.allocate = failing_allocate;
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread **threads = (weft_thread **)malloc(sizeof *threads * MOST);
    weft_runtime *runtimes[64];
    int count = 0;
    int made = 0;
    weft_thread *self = (weft_thread *)&count;
    weft_store_relaxed_u32(&allocations_left, 0);
    weft_host_set(&host);
    while (count < MOST && weft_thread_register(runtime, NULL, &threads[count]) == WEFT_THREAD_OK) {
        count++;
    }
    CHECK(count < MOST);
    uint32_t slots = weft_thread_slot_count();
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_NO_MEMORY);
    CHECK(self == NULL);
    CHECK(weft_thread_slot_count() == slots);
    weft_thread_guard guard;
    weft_runtime *other;
    while ((other = weft_runtime_create(NULL)) != NULL && made < 64) {
        CHECK(weft_thread_ensure(other, NULL, &guard) == WEFT_THREAD_NO_MEMORY);
        CHECK(weft_thread_current() == NULL);
        runtimes[made++] = other;
    }
    CHECK(other == NULL);
    weft_store_relaxed_u32(&allocations_left, 1);
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
    while (count-- > 0) {
        weft_thread_unregister(threads[count]);
    }
    while (made-- > 0) {
        weft_runtime_release(runtimes[made]);
    }
    weft_runtime_release(runtime);
    weft_host_set(NULL);
    free((void *)threads);
}

/* ---- attach, detach, safepoint ---------------------------------------------------------------- */

static void states_of_one_thread(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self;
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(support_state(self) == 0 && weft_thread_current() == NULL);
    CHECK(weft_thread_of(runtime) == self && weft_thread_runtime(self) == runtime);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(support_state(self) == ATTACHED && weft_thread_current() == self);
    CHECK(weft_thread_safepoint(self) == 0);
    weft_thread_detach(self);
    CHECK(support_state(self) == 0 && weft_thread_current() == NULL);
    weft_thread_unregister(self); /* detached */
    CHECK(support_state(self) == FREE && weft_thread_of(runtime) == NULL);
    self = support_enter(runtime);
    weft_thread_unregister(self); /* attached */
    CHECK(support_state(self) == FREE && weft_thread_current() == NULL);
    weft_runtime_release(runtime);
}

static weft_atomic_ptr kicked;

static void recording_kick(void *context, void *thread) {
    (void)context;
    weft_store_relaxed_ptr(&kicked, thread);
}

static void breaks_reach_the_safepoint(void) {
    const weft_host host = {.kick = recording_kick};
    const uint32_t signal = 1U << WEFT_BREAK_HOST_SHIFT;
    const uint32_t collect = 2U << WEFT_BREAK_HOST_SHIFT;
    int name;
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self;
    weft_host_set(&host);
    CHECK(weft_thread_register(runtime, &name, &self) == WEFT_THREAD_OK);
    weft_store_relaxed_ptr(&kicked, NULL);
    weft_thread_break(self, signal);
    CHECK(weft_load_relaxed_ptr(&kicked) == NULL); /* a detached thread is left alone */
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_break(self, collect);
    CHECK(weft_load_relaxed_ptr(&kicked) == &name);
    CHECK(weft_thread_is_asked(self));
    CHECK(weft_thread_safepoint(self) == (signal | collect));
    CHECK(!weft_thread_is_asked(self));
    CHECK(weft_thread_safepoint(self) == 0);
    weft_thread_break(self, ATTACHED | STOP | FREE); /* not a host's bits */
    CHECK(support_state(self) == ATTACHED);
    weft_thread_break(self, collect);
    CHECK(weft_thread_clear_break(self, collect) == collect);
    CHECK(weft_thread_safepoint(self) == 0);
    weft_thread_break(self, signal);
    weft_thread_unregister(self);
    CHECK(support_state(self) == FREE); /* it was meant for the thread that is gone */
    weft_host_set(NULL);
    weft_runtime_release(runtime);
}

#ifndef _WIN32
static weft_atomic_ptr signal_target;

static void break_in_handler(int number) {
    (void)number;
    weft_thread_break(weft_load_relaxed_ptr(&signal_target), 1U << WEFT_BREAK_HOST_SHIFT);
}

static void break_from_a_signal_handler(void) {
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = break_in_handler;
    weft_thread *self = support_solo(NULL);
    weft_store_relaxed_ptr(&signal_target, self);
    CHECK(sigaction(SIGUSR1, &action, &before) == 0);
    CHECK(raise(SIGUSR1) == 0);
    CHECK(weft_thread_safepoint(self) == 1U << WEFT_BREAK_HOST_SHIFT);
    CHECK(sigaction(SIGUSR1, &before, NULL) == 0);
    support_solo_end(self);
}
#endif

/* ---- layers ------------------------------------------------------------------------------------ */

static char trace[256];
static bool layer_keeps_break;
static int drained; /* pending calls */
static int posts_in_drain;
static int posts_in_detach;

/* Threads of one scenario may come and go at the same time. */
static void note(const char *what) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one_at_a_time);
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof trace - length, "%s ", what);
    pthread_mutex_unlock(&one_at_a_time);
}

static void low_birth(weft_thread *thread) {
    (void)thread;
    note("birth0");
}
static void low_attach(weft_thread *thread) {
    (void)thread;
    note("attach0");
}
static void low_detach(weft_thread *thread) {
    (void)thread;
    note("detach0");
}
static void low_exit(weft_thread *thread) {
    (void)thread;
    note("exit0");
}
static void high_attach(weft_thread *thread) {
    (void)thread;
    note("attach1");
}
static void high_detach(weft_thread *thread) {
    note("detach1");
    if (posts_in_detach > 0) {
        posts_in_detach--;
        (void)weft_thread_post(thread);
    }
}
static void high_exit(weft_thread *thread) {
    note("exit1");
    if (posts_in_detach > 0) {
        posts_in_detach--;
        (void)weft_thread_post(thread);
    }
}
static void high_orphan(weft_thread *thread) {
    (void)thread;
    note("orphan1");
}
static void high_pending(weft_thread *thread, bool may_run_host) {
    drained++;
    note(may_run_host ? "pending+host" : "pending");
    if (posts_in_drain > 0) {
        posts_in_drain--;
        (void)weft_thread_post(thread);
    }
}
static void low_safepoint(weft_thread *thread) {
    note("throttle");
    if (!layer_keeps_break) {
        weft_thread_clear_break(thread, WEFT_BREAK_THROTTLE);
    }
}
static bool high_runtime_birth(weft_runtime *runtime) {
    (void)runtime;
    note("world+");
    return true;
}
static void high_runtime_end(weft_runtime *runtime) {
    (void)runtime;
    note("world-");
}

static const weft_thread_layer LOW = {
    .birth = low_birth,
    .attach = low_attach,
    .detach = low_detach,
    .safepoint = low_safepoint,
    .exit = low_exit,
};
static const weft_thread_layer HIGH = {
    .attach = high_attach,
    .detach = high_detach,
    .pending = high_pending,
    .exit = high_exit,
    .orphan = high_orphan,
    .runtime_birth = high_runtime_birth,
    .runtime_end = high_runtime_end,
};

static void plug_layers_in(void) {
    trace[0] = '\0';
    layer_keeps_break = false;
    drained = 0;
    posts_in_drain = 0;
    posts_in_detach = 0;
    weft_thread_set_layer(WEFT_AREA_QSBR, &LOW);
    weft_thread_set_layer(WEFT_AREA_REF, &HIGH);
}

static void plug_layers_out(void) {
    weft_thread_set_layer(WEFT_AREA_QSBR, NULL);
    weft_thread_set_layer(WEFT_AREA_REF, NULL);
}

static bool traced(const char *expected) {
    bool same = strcmp(trace, expected) == 0;
    trace[0] = '\0';
    return same;
}

static void layers_are_called_in_order(void) {
    plug_layers_in();
    weft_runtime *runtime = weft_runtime_create(NULL);
    CHECK(traced("world+ "));
    weft_thread *self;
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(traced("birth0 "));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(traced("attach0 attach1 "));
    weft_thread_set_layer(WEFT_AREA_REF, &HIGH); /* once more is nothing */
    weft_thread_detach(self);
    CHECK(traced("detach1 detach0 "));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    trace[0] = '\0';
    weft_thread_unregister(self);
    CHECK(traced("exit1 exit0 "));
    weft_runtime_release(runtime);
    CHECK(traced("world- "));
    plug_layers_out();
}

static bool failing_runtime_birth(weft_runtime *runtime) {
    (void)runtime;
    return false;
}

static void a_layer_may_refuse_a_runtime(void) {
    static const weft_thread_layer REFUSING = {.runtime_birth = failing_runtime_birth};
    plug_layers_in();
    weft_thread_set_layer(WEFT_AREA_DOMAIN, &REFUSING);
    CHECK(weft_runtime_create(NULL) == NULL);
    CHECK(traced("world+ world- "));
    weft_thread_set_layer(WEFT_AREA_DOMAIN, NULL);
    plug_layers_out();
}

static void a_layer_break_stays_until_the_layer_clears_it(void) {
    plug_layers_in();
    weft_thread *self = support_solo(NULL);
    trace[0] = '\0';
    layer_keeps_break = true;
    weft_thread_break(self, WEFT_BREAK_THROTTLE);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(traced("throttle throttle "));
    layer_keeps_break = false;
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(traced("throttle "));
    support_solo_end(self);
    plug_layers_out();
}

/* ---- pending work and claims -------------------------------------------------------------------- */

static void pending_work_is_done_before_detaching(void) {
    plug_layers_in();
    weft_thread *self = support_solo(NULL);
    trace[0] = '\0';
    CHECK(!weft_thread_post(self));
    weft_thread_safepoint(self);
    CHECK(traced("pending+host "));
    CHECK(!weft_thread_post(self));
    posts_in_drain =
        1; /* the work makes more work: the state must not change before that is done */
    weft_thread_detach(self);
    CHECK(traced("pending+host pending detach1 detach0 "));
    CHECK(drained == 3 && support_state(self) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    drained = 0;
    CHECK(!weft_thread_post(self));
    posts_in_drain = 2;
    weft_thread_unregister(self);
    CHECK(drained == 3 && support_state(self) == FREE);
    plug_layers_out();
}

/* Work that comes after the last look, before the change of state: the change is refused. */
static void work_that_comes_late_keeps_the_state(void) {
    plug_layers_in();
    weft_thread *self = support_solo(NULL);
    trace[0] = '\0';
    posts_in_detach = 1;
    weft_thread_detach(self);
    CHECK(traced("detach1 detach0 pending detach1 detach0 "));
    CHECK(support_state(self) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    trace[0] = '\0';
    posts_in_detach = 1;
    weft_thread_unregister(self);
    CHECK(traced("exit1 exit0 pending+host exit1 exit0 world- ") && support_state(self) == FREE);
    plug_layers_out();
}

static void a_wait_does_pending_work_without_host_code(void) {
    plug_layers_in();
    weft_thread *self = support_solo(NULL);
    trace[0] = '\0';
    CHECK(!weft_thread_post(self));
    support_nap();
    CHECK(traced("pending detach1 detach0 attach0 attach1 "));
    support_solo_end(self);
    plug_layers_out();
}

static void a_detached_slot_is_claimed(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread *other;
    CHECK(weft_thread_register(weft_thread_runtime(self), NULL, &other) == WEFT_THREAD_OK);
    CHECK(!weft_thread_try_claim(self)); /* attached */
    CHECK(weft_thread_post(other));
    CHECK(weft_thread_try_claim(other));
    CHECK(support_state(other) == (CLAIMED | PENDING));
    CHECK(!weft_thread_try_claim(other));   /* once */
    CHECK(!weft_thread_post(other));        /* the claimant is responsible */
    CHECK(!weft_thread_try_unclaim(other)); /* and has work */
    CHECK(weft_thread_take_pending(other));
    CHECK(!weft_thread_take_pending(other));
    CHECK(weft_thread_try_unclaim(other));
    CHECK(support_state(other) == 0);
    weft_thread_unregister(other);
    /* A free slot can be claimed, and its next thread inherits the claim until it ends. */
    CHECK(weft_thread_post(other));
    CHECK(weft_thread_try_claim(other));
    CHECK(weft_thread_take_pending(other));
    CHECK(support_state(other) == (FREE | CLAIMED));
    weft_thread *heir;
    CHECK(weft_thread_register(weft_thread_runtime(self), NULL, &heir) == WEFT_THREAD_OK);
    CHECK(heir == other && support_state(heir) == CLAIMED);
    CHECK(weft_thread_try_unclaim(heir));
    weft_thread_unregister(heir);
    support_solo_end(self);
}

typedef struct party {
    weft_runtime *runtime;
    weft_atomic_u32 phase;
    weft_atomic_ptr thread;
    weft_mutex mutex;
    long counter;
} party;

static void attach_once_told(void *argument) {
    party *group = argument;
    weft_thread *self;
    CHECK(weft_thread_register(group->runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_store_release_ptr(&group->thread, self);
    support_await_value(&group->phase, 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    group->counter++; /* ordered by the claim alone */
    weft_store_release_u32(&group->phase, 2);
    weft_thread_unregister(self);
}

static weft_thread *await_thread(party *group) {
    weft_thread *thread;
    AWAIT((thread = weft_load_acquire_ptr(&group->thread)) != NULL);
    return thread;
}

static void attach_waits_for_the_claimant(void) {
    weft_thread *self = support_solo(NULL);
    party group = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, attach_once_told, &group);
    weft_thread *other = await_thread(&group);
    CHECK(weft_thread_try_claim(other));
    weft_store_release_u32(&group.phase, 1);
    support_await_set(other, WANTS_ATTACH);
    CHECK(!weft_thread_post(other)); /* the claimant's */
    CHECK(!weft_thread_try_unclaim(other));
    CHECK(weft_thread_take_pending(other));
    CHECK(support_state(other) == (CLAIMED | WANTS_ATTACH));
    group.counter++;
    CHECK(weft_thread_try_unclaim(other));
    support_await_value(&group.phase, 2);
    scenario_join(&thread);
    CHECK(group.counter == 2);
    support_solo_end(self);
}

static void wants_attach_refuses_claims(void) {
    weft_thread *self = support_solo(NULL);
    party group = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, attach_once_told, &group);
    weft_thread *other = await_thread(&group);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_store_release_u32(&group.phase, 1);
    support_await_set(other, WANTS_ATTACH);
    CHECK(!weft_thread_try_claim(other));
    CHECK(!weft_thread_post(other)); /* it will see to it */
    CHECK(support_state(other) == (STOP | WANTS_ATTACH | PENDING));
    weft_world_resume(self);
    support_await_value(&group.phase, 2);
    scenario_join(&thread);
    support_solo_end(self);
}

/* The claimant of a thread that comes and goes sees its plain counter, and the thread the claimant's:
 * mutual exclusion and order in both directions. */
static void come_and_go(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_store_release_ptr(&group->thread, self);
    while (weft_load_relaxed_u32(&group->phase) == 0) {
        group->counter++;
        weft_thread_safepoint(self);
        group->counter++;
        weft_thread_detach(self);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    weft_thread_unregister(self);
}

static void claims_and_stops_race_with_the_thread(void) {
    weft_thread *self = support_solo(NULL);
    party group = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, come_and_go, &group);
    weft_thread *other = await_thread(&group);
    uint64_t end = support_stress_end();
    long claims = 0;
    for (long round = 0; weft_now_ns() < end || claims == 0; round++) {
        if (weft_thread_try_claim(other)) {
            claims++;
            CHECK(group.counter % 2 == 0);
            group.counter += 2;
            CHECK(weft_thread_try_unclaim(other) || weft_thread_take_pending(other));
            if ((support_state(other) & CLAIMED) != 0) {
                CHECK(weft_thread_try_unclaim(other));
            }
        }
        if (round % 64 == 0) {
            CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
            group.counter += 2;
            CHECK((support_state(other) & (STOP | ATTACHED)) == STOP);
            weft_world_resume(self);
        }
        if (round % 100 == 0) {
            (void)weft_thread_post(other);
        }
    }
    weft_store_relaxed_u32(&group.phase, 1);
    scenario_join(&thread);
    support_solo_end(self);
}

/* ---- exit -------------------------------------------------------------------------------------- */

#ifndef _WIN32
enum {
    END_ATTACHED,
    END_DETACHED,
    END_NESTED,
    END_TWO_RUNTIMES,
    END_DETACHED_IN_SECTION,
    END_KINDS
};

typedef struct ending {
    weft_runtime *runtime;
    weft_runtime *second;
    int kind;
    weft_thread *thread;
} ending;

static void end_without_unregistering(void *argument) {
    ending *how = argument;
    weft_thread_guard outer, inner;
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_critical section;
    CHECK(weft_thread_ensure(how->runtime, NULL, &outer) == WEFT_THREAD_OK);
    how->thread = outer.thread;
    switch (how->kind) {
    case END_DETACHED:
        weft_thread_detach(outer.thread);
        break;
    case END_NESTED:
        CHECK(weft_thread_ensure(how->runtime, NULL, &inner) == WEFT_THREAD_OK);
        break;
    case END_TWO_RUNTIMES:
        CHECK(weft_thread_ensure(how->second, NULL, &inner) == WEFT_THREAD_OK);
        break;
    case END_DETACHED_IN_SECTION:
        weft_critical_begin(outer.thread, &section, &mutex);
        weft_thread_detach(outer.thread);
        CHECK(!weft_mutex_is_locked(&mutex));
        break;
    default:
        break;
    }
    if (how->kind % 2 == 0) {
        pthread_exit(NULL);
    }
}

static void a_thread_ends_in_any_state(void) {
    const weft_runtime_config config = {.gil = true};
    for (int gil = 0; gil < 2; gil++) {
        for (int kind = 0; kind < END_KINDS; kind++) {
            ending how = {weft_runtime_create(gil ? &config : NULL), weft_runtime_create(NULL),
                          kind, NULL};
            scenario_thread thread;
            scenario_start(&thread, end_without_unregistering, &how);
            scenario_join(&thread);
            CHECK(support_state(how.thread) == FREE);
            /* Nothing of it is left: the GIL is free, the world stops. */
            weft_thread *self = support_enter(how.runtime);
            CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
            CHECK(weft_world_first(how.runtime) == self && weft_world_next(self) == NULL);
            weft_world_resume(self);
            weft_thread_unregister(self);
            weft_runtime_release(how.runtime);
            weft_runtime_release(how.second);
        }
    }
}

static pthread_key_t late_key;
static weft_runtime *late_runtime;
static int late_runs;

/* Destructors of one thread run in any order: this one may come after the library's. */
static void use_runtime_late(void *value) {
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(late_runtime, NULL, &guard) == WEFT_THREAD_OK);
    weft_thread_safepoint(guard.thread);
    weft_thread_release(&guard);
    if (++late_runs < 2) {
        pthread_setspecific(late_key, value);
    }
}

static void end_with_late_destructor(void *argument) {
    weft_thread_guard guard;
    pthread_setspecific(late_key, argument);
    CHECK(weft_thread_ensure(late_runtime, NULL, &guard) == WEFT_THREAD_OK);
}

/* A destructor of some round is the first of the thread to register, or does so after the library's has run. */
typedef struct late_use {
    weft_runtime *runtime;
    bool registered_before;
    bool keeps_guard;
    int round; /* the first is 1 */
    int rounds;
} late_use;

static pthread_key_t round_key;

static void use_in_a_round(void *value) {
    late_use *use = value;
    weft_thread_guard guard;
    if (++use->rounds < use->round) {
        pthread_setspecific(round_key, value);
        return;
    }
    CHECK(weft_thread_ensure(use->runtime, NULL, &guard) == WEFT_THREAD_OK);
    weft_thread_safepoint(guard.thread);
    if (!use->keeps_guard) {
        weft_thread_release(&guard);
    }
}

static void end_and_use_late(void *argument) {
    late_use *use = argument;
    weft_thread_guard guard;
    pthread_setspecific(round_key, argument);
    if (use->registered_before) {
        CHECK(weft_thread_ensure(use->runtime, NULL, &guard) == WEFT_THREAD_OK);
        weft_thread_release(&guard);
    }
}

static void run_late_use(bool registered_before, bool keeps_guard, int round) {
    late_use use = {.runtime = weft_runtime_create(NULL),
                    .registered_before = registered_before,
                    .keeps_guard = keeps_guard,
                    .round = round};
    scenario_thread thread;
    scenario_start(&thread, end_and_use_late, &use);
    scenario_join(&thread);
    CHECK(use.rounds == round);
    CHECK(weft_world_first(use.runtime) == NULL);
    CHECK(weft_load_relaxed_u32(&use.runtime->references) == 1);
    weft_runtime_release(use.runtime);
}

/* The last round cannot be covered, nor, for a thread that registers for the first time, the one before it. In TSan's
 * own last round, which is the last one, nothing of ours may run. */
static void destructors_of_late_rounds_leave_nothing(void) {
    const int last = PTHREAD_DESTRUCTOR_ITERATIONS;
    support_solo_end(support_solo(
        NULL)); /* so that the library's key is older: it comes first in a round, as a rule */
    CHECK(pthread_key_create(&round_key, use_in_a_round) == 0);
    for (int round = 1; round < last - (WEFT_TSAN != 0); round++) {
        for (int keeps = 0; keeps < 2; keeps++) {
            run_late_use(true, keeps != 0, round);
            if (round < last - 1 - (WEFT_TSAN != 0)) {
                run_late_use(false, keeps != 0, round);
            }
        }
    }
    pthread_key_delete(round_key);
}

static void destructors_may_use_the_runtime(void) {
    late_runtime = weft_runtime_create(NULL);
    late_runs = 0;
    CHECK(pthread_key_create(&late_key, use_runtime_late) == 0);
    scenario_thread thread;
    scenario_start(&thread, end_with_late_destructor, &late_runs);
    scenario_join(&thread);
    CHECK(late_runs == 2);
    weft_thread *self = support_enter(late_runtime);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(weft_world_next(weft_world_first(late_runtime)) == NULL);
    weft_world_resume(self);
    weft_thread_unregister(self);
    weft_runtime_release(late_runtime);
    pthread_key_delete(late_key);
}
#endif

static void register_where_no_end_is_seen(void *argument) {
    weft_runtime *runtime = argument;
    weft_thread *self = NULL;
    weft_thread_guard guard;
    seam.no_thread_end = true;
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_NO_MEMORY && self == NULL);
    CHECK(weft_thread_ensure(runtime, NULL, &guard) == WEFT_THREAD_NO_MEMORY);
    CHECK(weft_load_relaxed_u32(&runtime->references) == 1);
    seam.no_thread_end = false;
    self = support_enter(runtime);
    weft_thread_unregister(self);
}

/* Its slot would stay for good. */
static void no_thread_registers_whose_end_would_not_be_seen(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    scenario_thread thread;
    scenario_start(&thread, register_where_no_end_is_seen, runtime);
    scenario_join(&thread);
    weft_runtime_release(runtime);
}

/* ---- the end of a runtime ----------------------------------------------------------------------- */

static void return_to_closed_runtime(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_mutex second = WEFT_MUTEX_INIT;
    weft_critical outer, inner;
    weft_critical_begin(self, &outer, &second);
    weft_store_release_ptr(&group->thread, self);
    weft_critical_begin(self, &inner, &group->mutex); /* held by the closer */
    /* The `gone` hook has returned. */
    CHECK(weft_thread_current() == NULL);
    CHECK(!weft_mutex_is_locked(&second));
    weft_critical_end(self, &inner);
    weft_critical_end(self, &outer);
    CHECK(!weft_mutex_is_locked(&second));
    CHECK(weft_thread_safepoint(self) == WEFT_THREAD_GONE);
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(group->runtime, NULL, &guard) == WEFT_THREAD_CLOSED);
    weft_thread_unregister(self);
    CHECK(weft_thread_ensure(group->runtime, NULL, &guard) == WEFT_THREAD_CLOSED);
}

static void stopped_by_closing(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_fetch_add_release_u32(&group->phase, 1);
    while (weft_thread_safepoint(self) != WEFT_THREAD_GONE) {
    }
    /* Ends without unregistering. */
}

static weft_atomic_u32 gone_calls;

static void count_gone(weft_thread *self) {
    CHECK(!weft_thread_is_attached(self));
    weft_fetch_add_relaxed_u32(&gone_calls, 1);
}

static void closing_lets_the_others_go(void) {
    const weft_runtime_config config = {.gone = count_gone};
    weft_runtime *runtime = weft_runtime_create(&config);
    weft_thread *self = support_enter(runtime);
    party group = {.runtime = runtime};
    weft_store_relaxed_u32(&gone_calls, 0);
    weft_mutex_lock(&group.mutex);
    scenario_thread waiting;
    scenario_start(&waiting, return_to_closed_runtime, &group);
    scenario_thread looping;
    scenario_start(&looping, stopped_by_closing, &group);
    weft_thread *other = await_thread(&group);
    support_await_value(&group.phase, 1);
    support_await_clear(other, ATTACHED);
    weft_runtime_close(self);
    weft_mutex_unlock(&group.mutex);
    /* The closer goes on as before. */
    weft_thread_safepoint(self);
    weft_thread_detach(self);
    scenario_join(&waiting);
    scenario_join(&looping);
    CHECK(weft_load_relaxed_u32(&gone_calls) == 2);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_runtime_close(self);
    weft_thread *late;
    CHECK(weft_thread_register(runtime, NULL, &late) == WEFT_THREAD_CLOSED && late == NULL);
    weft_runtime_release(runtime);
    weft_thread_unregister(self);
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(runtime, NULL, &guard) == WEFT_THREAD_CLOSED);
}

static void stop_all_while_closed(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_store_release_ptr(&group->thread, self);
    support_await_set(self, WEFT_THREAD_STOP);
    CHECK(weft_world_stop_all(self) == WEFT_THREAD_CLOSED);
}

/* With the lock of all runtimes it waits for the list's lock, which the closing thread has: it comes back. */
static void a_stop_of_all_worlds_ends_when_the_runtime_is_closed(void) {
    const weft_runtime_config config = {.gone = count_gone};
    weft_runtime *runtime = weft_runtime_create(&config);
    weft_thread *self = support_enter(runtime);
    party group = {.runtime = runtime};
    weft_store_relaxed_u32(&gone_calls, 0);
    scenario_thread stopping;
    scenario_start(&stopping, stop_all_while_closed, &group);
    (void)await_thread(&group);
    weft_runtime_close(self);
    weft_thread_detach(self);
    weft_runtime *young = weft_runtime_create(NULL);
    CHECK(young != NULL);
    weft_runtime_release(young);
    scenario_join(&stopping);
    CHECK(weft_load_relaxed_u32(&gone_calls) == 1);
    weft_runtime_release(runtime);
    weft_thread_unregister(self);
}

/* A hook of a layer runs host code, which blocks while the runtime is closed: the thread comes back detached for
 * good. Of what called the hook nothing may take it for attached then. */
enum {
    LOST_AT_SAFEPOINT,
    LOST_PENDING,
    LOST_DETACHING,
    LOST_UNREGISTERING,
    LOST_EXITING,
    LOST_KINDS
};
static weft_atomic_u32 lost_step; /* 1 closed, 2 back, 3 the world is stopped again, 4 over */
static int loses_in;

static void lose(weft_thread *self) {
    weft_thread_detach(self);
    support_await_value(&lost_step, 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
    weft_store_release_u32(&lost_step, 2);
    support_await_value(&lost_step, 3);
}

static void lose_if(weft_thread *self, bool here) {
    CHECK(weft_thread_current() == self);
    if (here && weft_load_relaxed_u32(&lost_step) == 0) {
        lose(self);
    }
}
static void losing_safepoint(weft_thread *self) {
    lose_if(self, loses_in == LOST_AT_SAFEPOINT);
    (void)weft_thread_clear_break(self, WEFT_BREAK_LAYERS);
}
static void losing_pending(weft_thread *self, bool may_run_host) {
    lose_if(self, may_run_host && loses_in != LOST_AT_SAFEPOINT && loses_in != LOST_EXITING);
}
static void losing_exit(weft_thread *self) {
    lose_if(self, loses_in == LOST_EXITING);
}
static void losing_detach(weft_thread *self) {
    CHECK(weft_thread_current() == self);
}

static void come_back_too_late(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_thread_break(self, WEFT_BREAK_LAYER(WEFT_AREA_QSBR) | WEFT_BREAK_LAYER(WEFT_AREA_REF));
    (void)weft_thread_post(self);
    weft_store_release_ptr(&group->thread, self);
    support_await_set(self, STOP);
    if (loses_in == LOST_AT_SAFEPOINT || loses_in == LOST_PENDING) {
        CHECK(weft_thread_safepoint(self) == WEFT_THREAD_GONE);
    } else if (loses_in == LOST_DETACHING) {
        weft_thread_detach(self);
    }
    if (loses_in != LOST_UNREGISTERING && loses_in != LOST_EXITING) {
        CHECK(weft_thread_current() == NULL);
        weft_store_release_u32(&lost_step, 4);
        AWAIT((support_state(self) & STOP) == 0);
    }
    weft_thread_unregister(self);
}

static void close_while_a_hook_is_away(int kind) {
    const weft_runtime_config config = {.gone = count_gone};
    weft_store_relaxed_u32(&lost_step, 5); /* the closer's own hooks lose nothing */
    weft_runtime *runtime = weft_runtime_create(&config);
    weft_thread *self = support_enter(runtime);
    party group = {.runtime = runtime};
    loses_in = kind;
    weft_store_relaxed_u32(&lost_step, 0);
    weft_store_relaxed_u32(&gone_calls, 0);
    scenario_thread thread;
    scenario_start(&thread, come_back_too_late, &group);
    (void)await_thread(&group);
    weft_runtime_close(self);
    weft_store_release_u32(&lost_step, 1);
    support_await_value(&lost_step, 2);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_store_release_u32(&lost_step, 3);
    if (kind != LOST_UNREGISTERING && kind != LOST_EXITING) {
        support_await_value(&lost_step, 4);
    }
    CHECK(weft_load_relaxed_u32(&runtime->running) == 0); /* it has not arrived a second time */
    weft_world_resume(self);
    weft_thread_detach(self);
    scenario_join(&thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_world_resume(self);
    CHECK(weft_load_relaxed_u32(&gone_calls) == 0); /* the attach has said it */
    weft_runtime_release(runtime);
    weft_thread_unregister(self);
}

static void a_hook_may_come_back_to_a_closed_runtime(void) {
    static const weft_thread_layer LOSING = {.pending = losing_pending,
                                             .safepoint = losing_safepoint,
                                             .exit = losing_exit,
                                             .detach = losing_detach};
    weft_thread_set_layer(WEFT_AREA_QSBR, &LOSING);
    weft_thread_set_layer(WEFT_AREA_REF, &LOSING);
    for (int kind = 0; kind < LOST_KINDS; kind++) {
        close_while_a_hook_is_away(kind);
    }
    weft_thread_set_layer(WEFT_AREA_QSBR, NULL);
    weft_thread_set_layer(WEFT_AREA_REF, NULL);
}

/* The section that an attach restores is waited for, attached. */
static void attach_with_a_section(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_critical section;
    weft_critical_begin(self, &section, &group->mutex);
    weft_thread_detach(self);
    weft_store_release_ptr(&group->thread, self);
    support_await_value(&group->phase, 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
    CHECK(weft_thread_current() == NULL);
    weft_critical_end(self, &section);
    weft_thread_unregister(self);
}

static void attach_says_closed_when_its_section_was_waited_for(void) {
    const weft_runtime_config config = {.gone = count_gone};
    weft_thread *self = support_solo(&config);
    party group = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, attach_with_a_section, &group);
    (void)await_thread(&group);
    weft_mutex_lock(&group.mutex);
    weft_store_release_u32(&group.phase, 1);
    AWAIT(sleepers_on(&group.mutex) == 1);
    weft_runtime_close(self);
    weft_mutex_unlock(&group.mutex);
    scenario_join(&thread);
    support_solo_end(self);
}

#ifndef _WIN32
static void end_this_thread(weft_thread *self) {
    (void)self;
    pthread_exit(NULL);
}

static void sleep_in_lock(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_critical section;
    weft_store_release_ptr(&group->thread, self);
    weft_critical_begin(self, &section, &group->mutex);
    CHECK(false); /* the hook does not return */
}

static void the_gone_hook_may_end_the_thread(void) {
    const weft_runtime_config config = {.gone = end_this_thread};
    weft_thread *self = support_solo(&config);
    party group = {.runtime = weft_thread_runtime(self)};
    weft_mutex_lock(&group.mutex);
    scenario_thread thread;
    scenario_start(&thread, sleep_in_lock, &group);
    weft_thread *other = await_thread(&group);
    support_await_clear(other, ATTACHED);
    weft_runtime_close(self);
    weft_mutex_unlock(&group.mutex);
    scenario_join(&thread);
    CHECK(support_state(other) == FREE);
    CHECK(!weft_mutex_is_locked(&group.mutex));
    support_solo_end(self);
}
#endif

/* Close, release and the two threads' leaving, in every order. */
static void leave_when_told(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_thread_detach(self);
    weft_store_release_ptr(&group->thread, self);
    support_await_value(&group->phase, 1);
    if (group->counter % 2 == 0) {
        weft_thread_unregister(self);
    }
}

static void teardown_in_every_order(void) {
    for (int order = 0; order < 27; order++) {
        for (int how = 0; how < 2; how++) {
            weft_runtime *runtime = weft_runtime_create(NULL);
            weft_thread *self = support_enter(runtime);
            party group = {.runtime = runtime, .counter = how};
            scenario_thread thread;
            scenario_start(&thread, leave_when_told, &group);
            (void)await_thread(&group);
            bool closed = false, released = false, left = false;
            for (int step = 0, code = order; step < 3; step++, code /= 3) {
                if (code % 3 == 0 && !closed) {
                    closed = true;
                    weft_runtime_close(self);
                } else if (code % 3 == 1 && !released) {
                    released = true;
                    weft_runtime_release(runtime);
                } else if (code % 3 == 2 && !left) {
                    left = true;
                    weft_store_release_u32(&group.phase, 1);
                    weft_thread_detach(self);
                    scenario_join(&thread);
                    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
                }
            }
            weft_thread_unregister(self);
            if (!left) {
                weft_store_release_u32(&group.phase, 1);
                scenario_join(&thread);
            }
            if (!released) {
                weft_runtime_release(runtime);
            }
        }
    }
}

/* ---- foreign threads --------------------------------------------------------------------------- */

static void guards_nest_across_runtimes(void) {
    weft_runtime *first = weft_runtime_create(NULL);
    weft_runtime *second = weft_runtime_create(NULL);
    weft_thread_guard a, b, c, d;
    CHECK(weft_thread_ensure(first, NULL, &a) == WEFT_THREAD_OK);
    weft_thread *in_first = weft_thread_current();
    CHECK(weft_thread_runtime(in_first) == first);
    CHECK(weft_thread_ensure(first, NULL, &b) == WEFT_THREAD_OK);
    CHECK(weft_thread_current() == in_first);
    CHECK(weft_thread_ensure(second, NULL, &c) == WEFT_THREAD_OK);
    CHECK(weft_thread_runtime(weft_thread_current()) == second);
    CHECK(support_state(in_first) == 0);
    CHECK(weft_thread_ensure(first, NULL, &d) == WEFT_THREAD_OK);
    CHECK(weft_thread_current() == in_first && support_state(c.thread) == 0);
    weft_thread_release(&d);
    CHECK(weft_thread_current() == weft_thread_of(second));
    weft_thread_release(&c);
    CHECK(weft_thread_current() == in_first);
    weft_thread_release(&b);
    CHECK(weft_thread_current() == in_first);
    weft_thread_release(&a);
    CHECK(weft_thread_current() == NULL && support_state(in_first) == 0);
    /* The slots stay, so that the next callback is cheap. */
    CHECK(weft_thread_ensure(first, NULL, &a) == WEFT_THREAD_OK && a.thread == in_first);
    weft_thread_release(&a);
    weft_thread_unregister(weft_thread_of(second));
    weft_thread_unregister(in_first);
    weft_runtime_release(first);
    weft_runtime_release(second);
}

static void ensure_of_a_closed_runtime_changes_nothing(void) {
    weft_runtime *closed = weft_runtime_create(NULL);
    weft_thread *closer = support_enter(closed);
    weft_runtime_close(closer);
    weft_thread_unregister(closer);
    weft_thread *self = support_solo(NULL);
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(closed, NULL, &guard) == WEFT_THREAD_CLOSED);
    CHECK(weft_thread_current() == self && support_state(self) == ATTACHED);
    weft_runtime_release(closed);
    support_solo_end(self);
}

/* ---- two runtimes on one thread ------------------------------------------------------------------ */

static void hold_for_a_while(void *argument) {
    party *group = argument;
    weft_mutex_lock(&group->mutex);
    weft_store_release_u32(&group->phase, 1);
    support_await_clear(weft_load_acquire_ptr(&group->thread), ATTACHED);
    weft_mutex_unlock(&group->mutex);
}

static void a_wait_detaches_from_the_runtime_one_is_in(void) {
    weft_runtime *first = weft_runtime_create(NULL);
    weft_runtime *second = weft_runtime_create(NULL);
    weft_thread *in_first = support_enter(first);
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(second, NULL, &guard) == WEFT_THREAD_OK);
    party group = {.runtime = first};
    weft_store_relaxed_ptr(&group.thread, guard.thread);
    scenario_thread thread;
    scenario_start(&thread, hold_for_a_while, &group);
    support_await_value(&group.phase, 1);
    weft_mutex_lock(&group.mutex);
    CHECK(support_state(guard.thread) == ATTACHED && support_state(in_first) == 0);
    CHECK(weft_thread_current() == guard.thread);
    weft_mutex_unlock(&group.mutex);
    scenario_join(&thread);
    weft_thread_release(&guard);
    weft_thread_unregister(weft_thread_of(second));
    weft_thread_unregister(in_first);
    weft_runtime_release(first);
    weft_runtime_release(second);
}

static void a_park_with_explicit_context_detaches_that_thread(void) {
    weft_thread *self = support_solo(NULL);
    weft_atomic_u32 word = WEFT_ATOMIC_INIT(0);
    weft_park_request request = {.address = &word,
                                 .size = 4,
                                 .mask = UINT32_MAX,
                                 .deadline = weft_now_ns() + 1000000,
                                 .context = self};
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
    CHECK(weft_thread_current() == self && support_state(self) == ATTACHED);
    support_solo_end(self);
}

/* ---- locks within locks ---------------------------------------------------------------------------- */

/* The lock of a runtime's list is never waited for with the lock of the runtimes in hand: whoever has it may have to wait
 * for what the waiting thread holds, its world or its GIL. */
typedef struct inner_wait {
    weft_runtime *attached_in;
    weft_runtime *victim;
    bool creates;
} inner_wait;

static void want_a_list_lock(void *argument) {
    inner_wait *wait = argument;
    weft_thread *self = support_enter(wait->attached_in);
    if (wait->creates) {
        wait->victim = weft_runtime_create(NULL);
    } else {
        weft_runtime_release(wait->victim);
    }
    CHECK(weft_thread_current() == self);
    weft_thread_unregister(self);
}

static void make_and_end_a_runtime(void *unused) {
    (void)unused;
    weft_runtime *made = weft_runtime_create(NULL);
    CHECK(made != NULL);
    weft_runtime_release(made);
}

static void a_list_lock_is_waited_for_with_nothing_in_hand(void) {
    for (int creates = 0; creates < 2; creates++) {
        weft_runtime *victim = weft_runtime_create(NULL);
        inner_wait wait = {
            .attached_in = weft_runtime_create(NULL), .victim = victim, .creates = creates != 0};
        if (creates) {
            weft_runtime_release(victim); /* its memory is to be the next one's */
        }
        /* As does who registers, with a pointer that is stale. */
        weft_mutex_lock(&victim->list_lock);
        scenario_thread thread;
        scenario_start(&thread, want_a_list_lock, &wait);
        scenario_thread others;
        if (creates) {
            scenario_join(&thread);
        } else {
            AWAIT(sleepers_on(&victim->list_lock) == 1);
            scenario_start(&others, make_and_end_a_runtime, NULL);
            scenario_join(&others);
        }
        weft_mutex_unlock(&victim->list_lock);
        if (creates) {
            CHECK(wait.victim != NULL && wait.victim != victim);
            weft_runtime_release(wait.victim);
        } else {
            scenario_join(&thread);
        }
        weft_runtime_release(wait.attached_in);
    }
}

enum { AS_USUAL = 0, NEVER = 1, SLOWLY = 2, ALLOCATES = 3, GOES_ON = 4 };
static weft_atomic_u32 allocation;

/* Memory for slots is asked for under the lock that guards them. */
static void *slow_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    uint32_t seen = SLOWLY;
    if (weft_load_relaxed_u32(&allocation) == NEVER) {
        return NULL;
    }
    if (weft_cas_release_u32(&allocation, &seen, ALLOCATES)) {
        support_await_value(&allocation, GOES_ON);
    }
    return usual.allocate(usual.context, size, alignment);
}

typedef struct crossing {
    weft_runtime *runtimes[4]; /* the oldest first */
    weft_atomic_u32 registered;
} crossing;

static void register_in_the_oldest(void *argument) {
    crossing *play = argument;
    weft_thread *self;
    CHECK(weft_thread_register(play->runtimes[0], NULL, &self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
}

static void register_while_attached_elsewhere(void *argument) {
    crossing *play = argument;
    weft_thread *other, *self = support_enter(play->runtimes[3]);
    weft_fetch_add_release_u32(&play->registered, 1);
    support_await_value(&allocation, ALLOCATES);
    CHECK(weft_thread_register(play->runtimes[2], NULL, &other) == WEFT_THREAD_OK);
    weft_thread_unregister(other);
    weft_thread_unregister(self);
}

static void stop_them_all(void *argument) {
    crossing *play = argument;
    weft_thread *self = support_enter(play->runtimes[1]);
    weft_fetch_add_release_u32(&play->registered, 1);
    AWAIT(weft_mutex_is_locked(&play->runtimes[2]->list_lock));
    CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
    weft_world_resume_all(self);
    weft_thread_unregister(self);
}

/* One allocates slots; the next has a list's lock and waits for the slots, attached in a runtime that the third has
 * stopped, which waits for that list's lock. */
static void registering_elsewhere_while_all_worlds_stop(void) {
    enum { MOST = 1U << 16 };
    weft_host host = *weft_host_get();
    weft_thread **fillers = (weft_thread **)malloc(sizeof *fillers * MOST);
    crossing play = {.registered = WEFT_ATOMIC_INIT(0)};
    scenario_thread stopper, crosser, maker;
    int count = 0;
    for (int i = 0; i < 4; i++) {
        play.runtimes[i] = weft_runtime_create(NULL);
    }
    usual = host;
    host.allocate = slow_allocate;
    weft_store_relaxed_u32(&allocation, AS_USUAL);
    weft_host_set(&host);
    scenario_start(&stopper, stop_them_all, &play);
    scenario_start(&crosser, register_while_attached_elsewhere, &play);
    support_await_value(&play.registered, 2);
    weft_store_relaxed_u32(&allocation, NEVER);
    while (count < MOST &&
           weft_thread_register(play.runtimes[0], NULL, &fillers[count]) == WEFT_THREAD_OK) {
        count++;
    }
    CHECK(count < MOST);
    weft_store_relaxed_u32(&allocation, SLOWLY);
    scenario_start(&maker, register_in_the_oldest, &play);
    AWAIT(sleepers_on(&play.runtimes[2]->list_lock) == 1);
    weft_store_release_u32(&allocation, GOES_ON);
    scenario_join(&maker);
    scenario_join(&crosser);
    scenario_join(&stopper);
    weft_host_set(NULL);
    while (count-- > 0) {
        weft_thread_unregister(fillers[count]);
    }
    for (int i = 0; i < 4; i++) {
        weft_runtime_release(play.runtimes[i]);
    }
    free((void *)fillers);
}

/* ---- fork ---------------------------------------------------------------------------------------- */

#if SCENARIO_FORK_AMONG_RUNNING_THREADS
static void loop_until_told(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_critical section;
    weft_fetch_add_release_u32(&group->phase, 1);
    while (weft_load_relaxed_ptr(&group->thread) == NULL) {
        weft_critical_begin(self, &section, &group->mutex);
        group->counter++;
        weft_critical_end(self, &section);
        weft_thread_safepoint(self);
    }
    weft_thread_unregister(self);
}

static void sleep_until_told(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_thread_detach(self);
    weft_fetch_add_release_u32(&group->phase, 1);
    while (weft_load_relaxed_ptr(&group->thread) == NULL) {
        weft_sleep_ns(100000);
    }
}

static void child_works(weft_thread *self, void *argument) {
    party *group = argument;
    bool entered = self == NULL;
    if (entered) {
        weft_thread_guard guard;
        CHECK(weft_thread_ensure(group->runtime, NULL, &guard) == WEFT_THREAD_OK);
        self = guard.thread;
    }
    CHECK(weft_thread_current() == self);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(weft_world_first(group->runtime) == self && weft_world_next(self) == NULL);
    weft_world_resume(self);
    weft_critical section;
    weft_critical_begin(self, &section, &group->mutex); /* no section is held by the dead */
    weft_critical_end(self, &section);
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(weft_gil_set(self, true) == WEFT_THREAD_OK);
    CHECK(weft_gil_set(self, false) == WEFT_THREAD_OK);
    uint32_t slots = weft_thread_slot_count();
    weft_thread *heir; /* a dead thread's slot is there for the next */
    CHECK(weft_thread_register(group->runtime, NULL, &heir) == WEFT_THREAD_OK);
    CHECK(weft_thread_slot_count() == slots && support_state(heir) == 0);
    weft_thread_unregister(heir);
#if SCENARIO_THREADS_AFTER_FORK
    party young = {.runtime = group->runtime, .phase = WEFT_ATOMIC_INIT(1)};
    CHECK(weft_gil_set(self, true) == WEFT_THREAD_OK);
    scenario_thread thread;
    scenario_start(&thread, attach_once_told, &young);
    AWAIT((weft_load_acquire_u32(&group->runtime->gil.word) & 2) != 0);
    weft_thread_detach(self); /* nobody of the dead is ahead in the queue */
    scenario_join(&thread);
    CHECK(young.counter == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
#endif
    weft_runtime_close(self);
}

static void fork_with_config(const weft_runtime_config *config, bool attached) {
    weft_runtime *runtime = weft_runtime_create(config);
    weft_runtime *bystander = weft_runtime_create(NULL);
    weft_thread *self = attached ? support_enter(runtime) : NULL;
    party group = {.runtime = runtime}, away = {.runtime = bystander};
    scenario_thread threads[6];
    for (int i = 0; i < 6; i++) {
        scenario_start(&threads[i], i % 2 == 0 ? loop_until_told : sleep_until_told,
                       i < 4 ? &group : &away);
    }
    if (attached) {
        weft_thread_detach(self);
    }
    support_await_value(&group.phase, 4);
    support_await_value(&away.phase, 2);
    if (attached) {
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    /* Each unlock that finds a waiter hands over: often to one that is stopped already, and in the
     * child does not exist. */
    weft_mutex_set_fairness(0);
    for (int i = 0; i < 10; i++) {
        support_fork(self, child_works, &group);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    /* The parent goes on. */
    weft_store_relaxed_ptr(&group.thread, runtime);
    weft_store_relaxed_ptr(&away.thread, runtime);
    if (attached) {
        weft_thread_unregister(self);
    }
    for (int i = 0; i < 6; i++) {
        scenario_join(&threads[i]);
    }
    weft_runtime_release(runtime);
    weft_runtime_release(bystander);
}

static void fork_keeps_the_forking_thread(void) {
    fork_with_config(NULL, true);
}
static void fork_with_the_gil_on(void) {
    const weft_runtime_config config = {.gil = true};
    fork_with_config(&config, true);
}
static void fork_by_a_foreign_thread(void) {
    const weft_runtime_config config = {.gil = true};
    fork_with_config(NULL, false);
    fork_with_config(&config, false);
}
#endif

#ifndef _WIN32
static void child_sees_no_claim(weft_thread *self, void *argument) {
    weft_thread **claimed = (weft_thread **)argument;
    (void)self;
    CHECK(support_state(claimed[0]) == FREE && support_state(claimed[1]) == FREE);
    CHECK(strcmp(trace, "orphan1 ") == 0);
}

static void register_and_wait(void *argument) {
    party *group = argument;
    weft_thread *self;
    CHECK(weft_thread_register(group->runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_store_release_ptr(&group->thread, self);
    support_await_value(&group->phase, 1);
    weft_thread_unregister(self);
}

static void fork_clears_claims_and_orphans_slots(void) {
    plug_layers_in();
    weft_thread *self = support_solo(NULL);
    weft_thread *freed, *claimed[2];
    party group = {.runtime = weft_thread_runtime(self)};
    scenario_thread thread;
    scenario_start(&thread, register_and_wait, &group);
    claimed[0] = await_thread(&group);
    CHECK(weft_thread_register(group.runtime, NULL, &freed) == WEFT_THREAD_OK);
    weft_thread_unregister(freed);
    claimed[1] = freed;
    CHECK(weft_thread_try_claim(claimed[0]) && weft_thread_try_claim(claimed[1]));
    trace[0] = '\0';
    support_fork(self, child_sees_no_claim, (void *)claimed);
    CHECK(weft_thread_try_unclaim(claimed[0]) && weft_thread_try_unclaim(claimed[1]));
    weft_store_release_u32(&group.phase, 1);
    weft_thread_detach(self);
    scenario_join(&thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
    plug_layers_out();
}
#endif

#ifndef _WIN32
static void create_in_the_child(weft_thread *self, void *argument) {
    (void)self;
    weft_runtime *young = weft_runtime_create(NULL);
    CHECK(young == argument);
    weft_runtime_release(young);
}

static unsigned registrations;

static void count_registration(void) {
    registrations++;
}

/* What takes milliseconds in a process with threads does not happen while the thread is attached. */
static void create_while_attached(weft_thread *self, void *argument) {
    (void)self;
    (void)argument;
    unsigned before = registrations;
    weft_runtime *young = weft_runtime_create(NULL);
    CHECK(young != NULL);
    CHECK(registrations == before);
    weft_runtime_release(young);
}

static void fork_registers_the_heavy_fence_at_once(void) {
    weft_thread *self = support_solo(NULL);
    seam.before_registration = count_registration;
    support_fork(self, create_while_attached, NULL);
    seam.before_registration = NULL;
    support_solo_end(self);
}

static void hold_list_lock(void *argument) {
    party *group = argument;
    weft_mutex_lock(&group->runtime->list_lock);
    weft_store_release_u32(&group->phase, 1);
    support_await_value(&group->phase, 2);
    weft_mutex_unlock(&group->runtime->list_lock);
}

/* As does who registers in it at that moment, and is told CLOSED. */
static void fork_while_the_lock_of_a_dead_runtime_is_held(void) {
    party group = {.runtime = weft_runtime_create(NULL)};
    weft_runtime_release(group.runtime);
    scenario_thread thread;
    scenario_start(&thread, hold_list_lock, &group);
    support_await_value(&group.phase, 1);
    support_fork(NULL, create_in_the_child, group.runtime);
    weft_store_release_u32(&group.phase, 2);
    scenario_join(&thread);
}

static weft_atomic_u32 leaving_phase; /* 1 off the list, 2 forked */
static weft_runtime *left_runtime;

static void hold_up_the_wake(void) {
    support_await_value(&leaving_phase, 2);
}

/* Under the list's lock, which the thread hands to who waits for it: it does not come further than that. */
static void hold_up_who_leaves(weft_thread *thread) {
    if (weft_load_relaxed_ptr(&thread->host) == (void *)&leaving_phase) {
        weft_store_release_u32(&leaving_phase, 1);
        AWAIT(sleepers_on(&left_runtime->list_lock) == 1);
        seam.before_wake = hold_up_the_wake;
    }
}

static void leave_slowly(void *argument) {
    weft_thread *self;
    (void)argument;
    CHECK(weft_thread_register(left_runtime, &leaving_phase, &self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
    seam.before_wake = NULL;
}

static bool look_again(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                       weft_wait_result *result) {
    (void)word, (void)expected, (void)deadline;
    scenario_sleep_ns(100000);
    *result = WEFT_WAIT_WOKEN;
    return true;
}

static void child_counts_references(weft_thread *self, void *argument) {
    (void)argument;
    CHECK(weft_load_relaxed_u32(&weft_thread_runtime(self)->references) == 1);
}

/* A thread that is off the list and has let go of its lock has dropped its reference: nobody else could do so in the
 * child. */
static void fork_while_a_thread_leaves(void) {
    static const weft_thread_layer HOLDING_UP = {.freed = hold_up_who_leaves};
    weft_thread_set_layer(WEFT_AREA_QSBR, &HOLDING_UP);
    weft_thread *self = support_solo(NULL);
    left_runtime = weft_thread_runtime(self);
    weft_store_relaxed_u32(&leaving_phase, 0);
    scenario_thread thread;
    scenario_start(&thread, leave_slowly, NULL);
    support_await_value(&leaving_phase, 1);
    seam.wait = look_again;
    support_fork(self, child_counts_references, NULL);
    seam.wait = NULL;
    weft_store_release_u32(&leaving_phase, 2);
    scenario_join(&thread);
    support_solo_end(self);
    weft_thread_set_layer(WEFT_AREA_QSBR, NULL);
}

static void child_is_gone(weft_thread *self, void *argument) {
    CHECK(weft_thread_current() == NULL);
    CHECK(weft_thread_safepoint(self) == WEFT_THREAD_GONE);
    (void)argument;
    CHECK(weft_load_relaxed_u32(&gone_calls) == 1);
}

/* before_fork waits for the list's lock, which the closing thread has. */
static void fork_while_closed(void *argument) {
    party *group = argument;
    weft_thread *self = support_enter(group->runtime);
    weft_store_release_ptr(&group->thread, self);
    support_await_set(self, STOP);
    support_fork(self, child_is_gone, NULL);
    CHECK(weft_load_relaxed_u32(&gone_calls) == 1);
}

/* The child of a thread that has nowhere to go has nowhere to go either. */
static void fork_by_a_thread_of_a_closed_runtime(void) {
    const weft_runtime_config config = {.gone = count_gone};
    weft_thread *self = support_solo(&config);
    party group = {.runtime = weft_thread_runtime(self)};
    weft_store_relaxed_u32(&gone_calls, 0);
    scenario_thread thread;
    scenario_start(&thread, fork_while_closed, &group);
    (void)await_thread(&group);
    weft_runtime_close(self);
    weft_thread_detach(self);
    scenario_join(&thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_solo_end(self);
}
#endif

/* ---- mistakes of others -------------------------------------------------------------------------- */

/* A mutex handed to a thread that a stopped world keeps from running: CPython 133130, 144513. The
 * world is stopped while a thread sleeps for a mutex; who holds it is outside the runtime and hands
 * it over at once. Others outside must get it while the world stands. */
typedef struct handoff {
    weft_runtime *runtime;
    weft_mutex mutex;
    weft_atomic_u32 phase;
    weft_atomic_ptr sleeper;
} handoff;

static void sleep_for_mutex(void *argument) {
    handoff *play = argument;
    weft_thread *self = support_enter(play->runtime);
    weft_store_release_ptr(&play->sleeper, self);
    weft_mutex_lock(&play->mutex);
    CHECK(weft_thread_current() == self && weft_thread_is_attached(self));
    weft_mutex_unlock(&play->mutex);
    weft_thread_unregister(self);
}

static void own_and_hand_over(void *argument) {
    handoff *play = argument;
    weft_mutex_lock(&play->mutex);
    weft_store_release_u32(&play->phase, 1);
    support_await_value(&play->phase, 2);
    weft_mutex_unlock(&play->mutex); /* a handoff: the fairness time is zero */
    /* The sleeper may not have it, so it comes back. */
    weft_mutex_lock(&play->mutex);
    weft_mutex_unlock(&play->mutex);
    weft_store_release_u32(&play->phase, 3);
}

static void regression_cpython_133130_no_handoff_to_a_stopped_thread(void) {
    weft_thread *self = support_solo(NULL);
    handoff play = {.runtime = weft_thread_runtime(self)};
    weft_mutex_set_fairness(0);
    scenario_thread owner;
    scenario_start(&owner, own_and_hand_over, &play);
    support_await_value(&play.phase, 1);
    scenario_thread sleeping;
    scenario_start(&sleeping, sleep_for_mutex, &play);
    weft_thread *other;
    AWAIT((other = weft_load_acquire_ptr(&play.sleeper)) != NULL);
    support_await_clear(other, ATTACHED);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_store_release_u32(&play.phase, 2);
    support_await_value(&play.phase, 3);
    CHECK(!weft_thread_is_attached(other));
    weft_world_resume(self);
    weft_thread_detach(self);
    scenario_join(&owner);
    scenario_join(&sleeping);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    support_solo_end(self);
}

/* Thread list walked without its lock while another unregisters (libqsbr); slot array growth that
 * stops the world while holding the lock others need (CPython 148953): threads come and go, more at
 * once than ever before, while two others stop the world and walk the list. */
typedef struct churn {
    weft_runtime *runtime;
    uint64_t end;
    weft_atomic_u32 walks;
} churn;

static void walk_the_list(void *argument) {
    churn *crowd = argument;
    weft_thread *self = support_enter(crowd->runtime);
    do {
        CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
        bool found = false;
        for (weft_thread *t = weft_world_first(crowd->runtime); t != NULL; t = weft_world_next(t)) {
            uint32_t state = support_state(t);
            CHECK(t == self || ((state & STOP) != 0 && (state & (ATTACHED | FREE)) == 0));
            found = found || t == self;
        }
        CHECK(found);
        weft_world_resume(self);
        weft_fetch_add_relaxed_u32(&crowd->walks, 1);
        weft_thread_safepoint(self);
    } while (weft_now_ns() < crowd->end);
    weft_thread_unregister(self);
}

static void come_in_numbers(void *argument) {
    churn *crowd = argument;
    weft_thread *self = support_enter(crowd->runtime);
    unsigned most = 1;
    do {
        weft_thread *threads[64];
        for (unsigned i = 0; i < most; i++) {
            CHECK(weft_thread_register(crowd->runtime, NULL, &threads[i]) == WEFT_THREAD_OK);
            weft_thread_safepoint(self);
        }
        for (unsigned i = 0; i < most; i++) {
            weft_thread_unregister(threads[i]);
        }
        most = most < 64 ? most * 2 : 1;
    } while (weft_now_ns() < crowd->end);
#ifdef _WIN32 /* where a thread that ends attached holds every stop up */
    weft_thread_unregister(self);
#endif
}

static void regression_cpython_148953_slots_grow_while_threads_come_and_go(void) {
    churn crowd = {.runtime = weft_runtime_create(NULL), .end = support_stress_end()};
    scenario_thread threads[5];
    for (int i = 0; i < 5; i++) {
        scenario_start(&threads[i], i < 2 ? walk_the_list : come_in_numbers, &crowd);
    }
    for (int i = 0; i < 5; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_load_relaxed_u32(&crowd.walks) >= 2);
    weft_runtime_release(crowd.runtime);
}

/* Everything at once: threads of two runtimes attach, detach, lock, claim each other, ensure, end
 * with and without unregistering, while worlds stop and the GIL is switched. */
typedef struct zoo {
    weft_runtime *runtimes[2];
    weft_mutex mutexes[3];
    long counters[3];
    uint64_t end;
    unsigned seed;
    weft_atomic_u32 births;
} zoo;

static void act(zoo *cage, unsigned *seed, weft_thread *self) {
    weft_critical outer;
    weft_critical2 pair;
    weft_thread_guard guard;
    unsigned chance = (unsigned)rand_r(seed) % 100;
    unsigned one = chance % 3, two = (chance / 3) % 3;
    if (chance < 50) {
        weft_critical_begin(self, &outer, &cage->mutexes[one]);
        cage->counters[one]++;
        weft_thread_safepoint(self);
        cage->counters[one]++;
        weft_critical2_begin(self, &pair, &cage->mutexes[one], &cage->mutexes[two]);
        cage->counters[two]++;
        weft_critical2_end(self, &pair);
        weft_critical_end(self, &outer);
    } else if (chance < 60) {
        weft_thread_detach(self);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    } else if (chance < 65) {
        weft_runtime *other = cage->runtimes[weft_thread_runtime(self) == cage->runtimes[0]];
        CHECK(weft_thread_ensure(other, NULL, &guard) == WEFT_THREAD_OK);
        weft_thread_safepoint(guard.thread);
        weft_thread_release(&guard);
    } else if (chance < 75) {
        weft_thread *slot = weft_thread_slot((unsigned)rand_r(seed) % weft_thread_slot_count());
        if (weft_thread_runtime(slot) == weft_thread_runtime(self) && weft_thread_post(slot) &&
            weft_thread_try_claim(slot)) {
            do {
                weft_thread_take_pending(slot);
            } while (!weft_thread_try_unclaim(slot));
        }
    } else if (chance < 76) {
        CHECK(weft_gil_set(self, rand_r(seed) % 2 == 0) == WEFT_THREAD_OK);
    } else if (chance < 78) {
        CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
        weft_world_resume(self);
    } else if (chance < 79) {
        CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
        weft_world_resume_all(self);
    }
}

static void live(void *argument) {
    zoo *cage = argument;
    unsigned seed = cage->seed + weft_fetch_add_relaxed_u32(&cage->births, 1);
    weft_thread *self = support_enter(cage->runtimes[seed % 2]);
    for (int i = 0; i < 200; i++) {
        act(cage, &seed, self);
        weft_thread_safepoint(self);
    }
#ifdef _WIN32 /* as in come_in_numbers */
    for (int i = 0; i < 2; i++) {
        self = weft_thread_of(cage->runtimes[i]);
        if (self != NULL) {
            weft_thread_unregister(self);
        }
    }
#else
    if (rand_r(&seed) % 3 == 0) {
        weft_thread_unregister(self);
    } else if (rand_r(&seed) % 2 == 0) {
        weft_thread_detach(self);
    }
#endif
}

static void everything_at_once(void) {
    zoo cage = {.end = support_stress_end(), .seed = (unsigned)scenario_seed()};
    cage.runtimes[0] = weft_runtime_create(NULL);
    cage.runtimes[1] = weft_runtime_create(NULL);
    do {
        scenario_thread threads[8];
        for (int i = 0; i < 8; i++) {
            scenario_start(&threads[i], live, &cage);
        }
        for (int i = 0; i < 8; i++) {
            scenario_join(&threads[i]);
        }
    } while (weft_now_ns() < cage.end);
    weft_runtime_release(cage.runtimes[0]);
    weft_runtime_release(cage.runtimes[1]);
}

/* ---- misuse -------------------------------------------------------------------------------------- */

void thread_misuse_attach_twice(void) {
    CHECK(weft_thread_attach(support_solo(NULL)) == WEFT_THREAD_OK);
}
void thread_misuse_attach_in_two_runtimes(void) {
    (void)support_solo(NULL);
    (void)support_solo(NULL);
}
void thread_misuse_detach_when_detached(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_detach(self);
    weft_thread_detach(self);
}
void thread_misuse_safepoint_when_detached(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_detach(self);
    weft_thread_safepoint(self);
}
static void attach_foreign_slot(void *argument) {
    CHECK(weft_thread_attach(argument) == WEFT_THREAD_OK);
}
void thread_misuse_slot_of_another_thread(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_detach(self);
    scenario_thread thread;
    scenario_start(&thread, attach_foreign_slot, self);
    scenario_join(&thread);
}
void thread_misuse_unregister_twice(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_unregister(self);
    weft_thread_unregister(self);
}
void thread_misuse_unregister_with_a_guard(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(runtime, NULL, &guard) == WEFT_THREAD_OK);
    weft_thread_unregister(guard.thread);
}
void thread_misuse_guards_out_of_order(void) {
    weft_thread_guard first, second;
    CHECK(weft_thread_ensure(weft_runtime_create(NULL), NULL, &first) == WEFT_THREAD_OK);
    CHECK(weft_thread_ensure(weft_runtime_create(NULL), NULL, &second) == WEFT_THREAD_OK);
    weft_thread_release(&first);
}
void thread_misuse_release_a_dead_runtime(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_runtime_release(runtime);
    weft_runtime_release(runtime);
}
void thread_misuse_retain_a_dead_runtime(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_runtime_release(runtime);
    weft_runtime_retain(runtime);
}
void thread_misuse_unclaim_unclaimed(void) {
    weft_thread *self = support_solo(NULL);
    CHECK(weft_thread_try_unclaim(self));
}
void thread_misuse_layer_while_running(void) {
    (void)support_solo(NULL);
    weft_thread_set_layer(WEFT_AREA_HOST, &HIGH);
}
void thread_misuse_fork_detached(void) {
    weft_thread *self = support_solo(NULL);
    weft_thread_detach(self);
    weft_thread_before_fork(self);
}

void thread_misuse_fork_without_its_slot(void) {
    (void)support_solo(NULL);
    weft_thread_before_fork(NULL);
}
static weft_thread *stopped_solo(void) {
    weft_thread *self = support_solo(NULL);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    return self;
}
void thread_misuse_fork_in_a_stopped_world(void) {
    weft_thread_before_fork(stopped_solo());
}
void thread_misuse_register_in_a_stopped_world(void) {
    weft_thread *other;
    CHECK(weft_thread_register(weft_thread_runtime(stopped_solo()), NULL, &other) ==
          WEFT_THREAD_OK);
}
void thread_misuse_create_in_a_stopped_world(void) {
    (void)stopped_solo();
    CHECK(weft_runtime_create(NULL) != NULL);
}
void thread_misuse_release_in_a_stopped_world(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    (void)stopped_solo();
    weft_runtime_release(runtime);
}

/* Host code that a layer calls, and that forgets to attach again. */
static void detach_in_a_hook(weft_thread *self) {
    (void)weft_thread_clear_break(self, WEFT_BREAK_LAYERS);
    weft_thread_detach(self);
}
static void detach_in_pending(weft_thread *self, bool may_run_host) {
    if (may_run_host) {
        weft_thread_detach(self);
    }
}
static weft_thread *solo_over(const weft_thread_layer *layer) {
    weft_thread_set_layer(WEFT_AREA_HOST, layer);
    return support_solo(NULL);
}
void thread_misuse_safepoint_hook_detaches(void) {
    static const weft_thread_layer layer = {.safepoint = detach_in_a_hook};
    weft_thread *self = solo_over(&layer);
    weft_thread_break(self, WEFT_BREAK_LAYER(WEFT_AREA_HOST));
    (void)weft_thread_safepoint(self);
}
void thread_misuse_pending_hook_detaches(void) {
    static const weft_thread_layer layer = {.pending = detach_in_pending};
    weft_thread *self = solo_over(&layer);
    (void)weft_thread_post(self);
    weft_thread_detach(self);
}
void thread_misuse_exit_hook_detaches(void) {
    static const weft_thread_layer layer = {.exit = detach_in_a_hook};
    weft_thread_unregister(solo_over(&layer));
}

const scenario thread_scenarios[] = {
    {"regression_cpython_144438_slots_share_no_cache_line",
     regression_cpython_144438_slots_share_no_cache_line},
    {"ids_are_unique_and_found", ids_are_unique_and_found},
    {"an_id_is_inherited_within_its_runtime", an_id_is_inherited_within_its_runtime},
    {"threads_beyond_the_limit_have_no_id_and_work", threads_beyond_the_limit_have_no_id_and_work},
    {"ids_outlast_70000_threads", ids_outlast_70000_threads},
#ifndef _WIN32
    {"more_threads_than_ids_at_once", more_threads_than_ids_at_once},
    {"a_runtime_is_made_with_the_protocol_decided", a_runtime_is_made_with_the_protocol_decided},
#endif
    {"out_of_memory_changes_nothing", out_of_memory_changes_nothing},
    {"states_of_one_thread", states_of_one_thread},
    {"breaks_reach_the_safepoint", breaks_reach_the_safepoint},
#ifndef _WIN32
    {"break_from_a_signal_handler", break_from_a_signal_handler},
#endif
    {"layers_are_called_in_order", layers_are_called_in_order},
    {"a_layer_may_refuse_a_runtime", a_layer_may_refuse_a_runtime},
    {"a_layer_break_stays_until_the_layer_clears_it",
     a_layer_break_stays_until_the_layer_clears_it},
    {"pending_work_is_done_before_detaching", pending_work_is_done_before_detaching},
    {"work_that_comes_late_keeps_the_state", work_that_comes_late_keeps_the_state},
    {"a_wait_does_pending_work_without_host_code", a_wait_does_pending_work_without_host_code},
    {"a_detached_slot_is_claimed", a_detached_slot_is_claimed},
    {"attach_waits_for_the_claimant", attach_waits_for_the_claimant},
    {"wants_attach_refuses_claims", wants_attach_refuses_claims},
    {"claims_and_stops_race_with_the_thread", claims_and_stops_race_with_the_thread},
#ifndef _WIN32 /* there a thread has to unregister (weft_thread.h) */
    {"a_thread_ends_in_any_state", a_thread_ends_in_any_state},
    {"destructors_may_use_the_runtime", destructors_may_use_the_runtime},
    {"destructors_of_late_rounds_leave_nothing", destructors_of_late_rounds_leave_nothing},
#endif
    {"no_thread_registers_whose_end_would_not_be_seen",
     no_thread_registers_whose_end_would_not_be_seen},
    /* It plugs layers in. Where a thread has to unregister, some of the next leave a runtime behind. */
    {"a_hook_may_come_back_to_a_closed_runtime", a_hook_may_come_back_to_a_closed_runtime},
    {"closing_lets_the_others_go", closing_lets_the_others_go},
    {"a_stop_of_all_worlds_ends_when_the_runtime_is_closed",
     a_stop_of_all_worlds_ends_when_the_runtime_is_closed},
    {"attach_says_closed_when_its_section_was_waited_for",
     attach_says_closed_when_its_section_was_waited_for},
#ifndef _WIN32
    {"the_gone_hook_may_end_the_thread", the_gone_hook_may_end_the_thread},
#endif
    {"teardown_in_every_order", teardown_in_every_order},
    {"guards_nest_across_runtimes", guards_nest_across_runtimes},
    {"ensure_of_a_closed_runtime_changes_nothing", ensure_of_a_closed_runtime_changes_nothing},
    {"a_wait_detaches_from_the_runtime_one_is_in", a_wait_detaches_from_the_runtime_one_is_in},
    {"a_park_with_explicit_context_detaches_that_thread",
     a_park_with_explicit_context_detaches_that_thread},
    {"a_list_lock_is_waited_for_with_nothing_in_hand",
     a_list_lock_is_waited_for_with_nothing_in_hand},
    {"registering_elsewhere_while_all_worlds_stop", registering_elsewhere_while_all_worlds_stop},
#if SCENARIO_FORK_AMONG_RUNNING_THREADS
    {"fork_keeps_the_forking_thread", fork_keeps_the_forking_thread},
    {"fork_with_the_gil_on", fork_with_the_gil_on},
    {"fork_by_a_foreign_thread", fork_by_a_foreign_thread},
#endif
#ifndef _WIN32
    {"fork_clears_claims_and_orphans_slots", fork_clears_claims_and_orphans_slots},
    {"fork_while_the_lock_of_a_dead_runtime_is_held",
     fork_while_the_lock_of_a_dead_runtime_is_held},
    {"fork_registers_the_heavy_fence_at_once", fork_registers_the_heavy_fence_at_once},
    {"fork_while_a_thread_leaves", fork_while_a_thread_leaves},
    {"fork_by_a_thread_of_a_closed_runtime", fork_by_a_thread_of_a_closed_runtime},
#endif
    {"regression_cpython_133130_no_handoff_to_a_stopped_thread",
     regression_cpython_133130_no_handoff_to_a_stopped_thread},
    {"regression_cpython_148953_slots_grow_while_threads_come_and_go",
     regression_cpython_148953_slots_grow_while_threads_come_and_go},
    {"everything_at_once", everything_at_once},
    {NULL, NULL},
};
