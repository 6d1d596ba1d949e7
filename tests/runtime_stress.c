/* Runtimes that are closed, and forked, while their threads retire, wait for barriers, block in callbacks, stop the world
 * and switch the GIL. Whatever happens nobody waits for ever, and all that was retired is freed, once. */
#include "runtime_stress.h"

#include "thread_support.h"
#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include <stdlib.h>

enum { THREADS = 6, ACTS_UNTIL_CLOSE = 300, MUTEXES = 2, LARGEST = 4096 };

typedef struct stage {
    weft_runtime *passing; /* closed by one of its threads */
    weft_runtime *lasting;
    weft_mutex mutexes[MUTEXES];
    long counters[MUTEXES];
    weft_atomic_u64 seed;
    weft_atomic_u32 entered; /* all are in before it is closed */
} stage;

static weft_atomic_u64 retired;
static weft_atomic_u64 freed;

/* ---- what is retired ----------------------------------------------------------------------------- */

static void free_node(weft_thread *self, weft_qsbr_node *node) {
    CHECK(self == NULL || weft_thread_current() == self);
    weft_fetch_add_relaxed_u64(&freed, 1);
    free(node);
}

/* As a finalizer that waits: it may come back to a closed runtime. */
static void free_and_block(weft_thread *self, weft_qsbr_node *node) {
    free_node(self, node);
    if (self != NULL) {
        weft_thread_detach(self);
        weft_yield();
        if (weft_thread_attach(self) != WEFT_THREAD_OK) {
            scenario_sleep_ns(100000); /* it comes back when the world has been stopped again */
        }
    }
}

static void retire_one(weft_thread *self, uint64_t *random) {
    uint64_t chance = scenario_random(random);
    weft_qsbr_node *node = malloc(sizeof *node);
    CHECK(node != NULL);
    weft_fetch_add_relaxed_u64(&retired, 1);
    weft_qsbr_retire(self, node, chance % 16 == 0 ? free_and_block : free_node,
                     (size_t)(chance >> 32) % LARGEST);
}

/* ---- a fork -------------------------------------------------------------------------------------- */

#if SCENARIO_FORK_AMONG_RUNNING_THREADS
/* What others had retired and not begun to free is freed here as well; batches that one of them was in the
 * middle of are lost, and counted no more. */
static void child_goes_on(weft_thread *self, void *argument) {
    stage *on = argument;
    weft_qsbr_statistics statistics;
    uint64_t random = 1;
    if (weft_thread_current() != self) {
        return; /* closed meanwhile */
    }
    for (int i = 0; i < 8 && weft_thread_current() == self; i++) {
        retire_one(self, &random);
        weft_thread_safepoint(self);
    }
    weft_qsbr_barrier(self);
    weft_qsbr_get_statistics(weft_thread_runtime(self), &statistics);
    CHECK(statistics.pending == 0);
    CHECK(weft_gil_set(self, true) == WEFT_THREAD_OK);
    CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
    CHECK(weft_world_first(weft_thread_runtime(self)) == self && weft_world_next(self) == NULL);
    weft_world_resume_all(self);
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(on->lasting, NULL, &guard) == WEFT_THREAD_OK);
    weft_qsbr_barrier(guard.thread);
    weft_thread_release(&guard);
    weft_runtime_close(self);
}

static void fork_here(stage *on, weft_thread *self) {
    support_fork(self, child_goes_on, on);
}
#else
static void fork_here(stage *on, weft_thread *self) {
    (void)on;
    weft_thread_before_fork(self);
    weft_thread_after_fork_parent(self);
}
#endif

/* ---- what threads do ------------------------------------------------------------------------------- */

static void count_in_section(stage *on, weft_thread *self, unsigned which) {
    weft_critical section;
    weft_critical_begin(self, &section, &on->mutexes[which]);
    if (weft_thread_current() == self) {
        on->counters[which]++;
        weft_thread_safepoint(self);
    }
    weft_critical_end(self, &section);
}

static void visit_the_lasting(stage *on, uint64_t *random) {
    weft_thread_guard guard;
    CHECK(weft_thread_ensure(on->lasting, NULL, &guard) == WEFT_THREAD_OK);
    retire_one(guard.thread, random);
    weft_thread_safepoint(guard.thread);
    weft_thread_release(&guard);
}

/* The rarer half. Each may come back detached for good. */
static void act_on_all(stage *on, weft_thread *self, uint64_t *random, unsigned chance) {
    if (chance < 6) {
        weft_qsbr_barrier(self);
    } else if (chance < 10) {
        weft_qsbr_synchronize(self);
    } else if (chance < 14) {
        visit_the_lasting(on, random);
    } else if (chance < 16) {
        (void)(weft_gil_set(self, scenario_random(random) % 2 == 0) == WEFT_THREAD_OK);
    } else if (chance < 18) {
        if (weft_world_stop(self) == WEFT_THREAD_OK) {
            weft_world_resume(self);
        }
    } else if (chance < 19) {
        if (weft_world_stop_all(self) == WEFT_THREAD_OK) {
            weft_world_resume_all(self);
        }
    } else if (scenario_random(random) % 8 == 0) {
        fork_here(on, self);
    }
}

static void act(stage *on, weft_thread *self, uint64_t *random) {
    unsigned chance = (unsigned)(scenario_random(random) >> 32) % 100;
    if (chance < 20) {
        act_on_all(on, self, random, chance);
    } else if (chance < 50) {
        retire_one(self, random);
    } else if (chance < 65) {
        count_in_section(on, self, chance % MUTEXES);
    } else if (chance < 75) {
        weft_qsbr_quiescent(self);
    } else if (chance < 80) {
        weft_qsbr_poll(self);
    } else if (chance < 88) {
        weft_thread_detach(self);
        (void)(weft_thread_attach(self) == WEFT_THREAD_OK);
    } else if (chance < 90) {
        weft_thread_break(self, 1U << WEFT_BREAK_HOST_SHIFT);
    }
}

/* Who closes the runtime stops it again at once, while others still come back to it. */
static void close_and_go_on(stage *on, weft_thread *self, uint64_t *random) {
    weft_runtime_close(self);
    for (int i = 0; i < 20; i++) {
        CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
        scenario_sleep_ns(50000);
        CHECK(weft_load_relaxed_u32(&on->passing->running) == 0);
        weft_world_resume(self);
        act(on, self, random);
        CHECK(weft_thread_current() == self);
    }
}

static void live_until_closed(void *argument) {
    stage *on = argument;
    uint64_t random = weft_fetch_add_relaxed_u64(&on->seed, 7919) | 1;
    weft_thread *self = support_enter(on->passing);
    bool closes = weft_fetch_add_relaxed_u32(&on->entered, 1) == 0;
    for (int i = 0; weft_thread_current() == self; i++) {
        if (closes && i >= ACTS_UNTIL_CLOSE && weft_load_relaxed_u32(&on->entered) == THREADS) {
            close_and_go_on(on, self, &random);
            break;
        }
        act(on, self, &random);
        if (weft_thread_current() == self) {
            weft_thread_safepoint(self);
        }
    }
#ifndef _WIN32
    if (scenario_random(&random) % 2 == 0) {
        return;
    }
#endif
    weft_thread_unregister(self);
    weft_thread *visitor = weft_thread_of(on->lasting);
    if (visitor != NULL) {
        weft_thread_unregister(visitor);
    }
}

static void stay_detached(weft_thread *self) {
    CHECK(!weft_thread_is_attached(self));
}

static void one_runtime(stage *on, uint64_t *random) {
    scenario_thread threads[THREADS];
    const weft_runtime_config config = {.gone = stay_detached,
                                        .gil = scenario_random(random) % 2 == 0};
    on->passing = weft_runtime_create(&config);
    CHECK(on->passing != NULL);
    weft_store_relaxed_u32(&on->entered, 0);
    weft_qsbr_set_budgets(on->passing, 8 * LARGEST, 32 * LARGEST); /* threads wait at the cap */
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], live_until_closed, on);
    }
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_load_relaxed_u32(&on->passing->references) == 1);
    weft_runtime_release(on->passing);
}

static void runtimes_end_while_all_is_going_on(void) {
    uint64_t end = support_stress_end();
    uint64_t random = scenario_seed() | 1;
    weft_qsbr_install();
    weft_qsbr_set_batch(4 * LARGEST);
    stage on = {.lasting = weft_runtime_create(NULL)};
    weft_store_relaxed_u64(&on.seed, random);
    CHECK(on.lasting != NULL);
    weft_store_relaxed_u64(&retired, 0);
    weft_store_relaxed_u64(&freed, 0);
    do {
        one_runtime(&on, &random);
    } while (weft_now_ns() < end);
    weft_runtime_release(on.lasting);
    CHECK(weft_load_relaxed_u64(&freed) == weft_load_relaxed_u64(&retired));
    weft_qsbr_set_batch(WEFT_QSBR_BATCH_BYTES);
}

const scenario runtime_stress[] = {
    {"runtimes_end_while_all_is_going_on", runtimes_end_while_all_is_going_on},
    {NULL, NULL},
};
