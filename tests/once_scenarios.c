#include "once_scenarios.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "lock_tools.h"
#include "seam.h"
#include "weft_once.h"

/* What a run is given: how often it ran, whether two ran at once, and how often it is to fail. */
typedef struct job {
    weft_once once;
    weft_atomic_u32 runs;
    weft_atomic_u32 running;
    weft_atomic_u32 failures;
    weft_atomic_u32 successes;
    weft_atomic_u32 open; /* the run waits until this is not 0 */
    uint32_t failures_left;
    uint64_t result; /* plain: a race detector sees an order that is missing */
} job;

#define FAILED 7

static int run_job(void *argument) {
    job *work = argument;
    CHECK(weft_fetch_add_relaxed_u32(&work->running, 1) == 0);
    weft_fetch_add_release_u32(&work->runs, 1);
    AWAIT(weft_load_acquire_u32(&work->open) >= 1);
    work->result++;
    bool fail = work->failures_left > 0;
    work->failures_left -= fail ? 1 : 0;
    CHECK(weft_fetch_sub_relaxed_u32(&work->running, 1) == 1);
    return fail ? FAILED : 0;
}

static void call_once(void *argument) {
    job *work = argument;
    int result = weft_once_call(&work->once, run_job, work);
    if (result == 0) {
        CHECK(weft_once_is_done(&work->once));
        CHECK(work->result == weft_load_relaxed_u32(&work->runs));
        weft_fetch_add_release_u32(&work->successes, 1);
    } else {
        CHECK(result == FAILED);
        weft_fetch_add_release_u32(&work->failures, 1);
    }
}

static void runs_once(void) {
    job work = {.open = WEFT_ATOMIC_INIT(1)};
    CHECK(sizeof(weft_once) == 1);
    CHECK(!weft_once_is_done(&work.once));
    call_once(&work);
    call_once(&work);
    CHECK(weft_load_relaxed_u32(&work.runs) == 1);
    CHECK(weft_load_relaxed_u32(&work.successes) == 2);
    CHECK(!weft_once_begin(&work.once));
}

static void failure_is_returned_and_tried_again(void) {
    job work = {.open = WEFT_ATOMIC_INIT(1), .failures_left = 2};
    CHECK(weft_once_call(&work.once, run_job, &work) == FAILED);
    CHECK(!weft_once_is_done(&work.once));
    CHECK(weft_load_relaxed_u8(&work.once.state) == 0);
    CHECK(weft_once_call(&work.once, run_job, &work) == FAILED);
    CHECK(weft_once_call(&work.once, run_job, &work) == 0);
    CHECK(weft_load_relaxed_u32(&work.runs) == 3);
}

static void begin_and_end(void) {
    weft_once once = WEFT_ONCE_INIT;
    CHECK(weft_once_begin(&once));
    weft_once_end(&once, false);
    CHECK(!weft_once_is_done(&once));
    CHECK(weft_once_begin(&once));
    weft_once_end(&once, true);
    CHECK(weft_once_is_done(&once));
    CHECK(!weft_once_begin(&once));
}

/* Sleepers wait for the run and see what it did; the last change leaves no other bit. */
static void waiters_sleep_until_done(void) {
    job work = {.open = WEFT_ATOMIC_INIT(0)};
    scenario_thread threads[4];
    for (int i = 0; i < 4; i++) {
        scenario_start(&threads[i], call_once, &work);
    }
    AWAIT(sleepers_on(&work.once) >= 3);
    CHECK(weft_load_relaxed_u8(&work.once.state) == (WEFT_ONCE_RUNNING | WEFT_ONCE_HAS_PARKED));
    CHECK(weft_load_relaxed_u32(&work.successes) == 0);
    weft_store_release_u32(&work.open, 1);
    for (int i = 0; i < 4; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_load_relaxed_u32(&work.runs) == 1);
    CHECK(weft_load_relaxed_u32(&work.successes) == 4);
    CHECK(weft_load_relaxed_u8(&work.once.state) == WEFT_ONCE_DONE);
}

/* Each failure wakes one sleeper, who runs; the others sleep on, and none is forgotten. */
static void sleepers_try_one_after_another(void) {
    enum { THREADS = 6, FAILURES = 4 };
    job work = {.open = WEFT_ATOMIC_INIT(0), .failures_left = FAILURES};
    scenario_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], call_once, &work);
    }
    AWAIT(sleepers_on(&work.once) >= THREADS - 1);
    weft_store_release_u32(&work.open, 1);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_load_relaxed_u32(&work.runs) == FAILURES + 1);
    CHECK(weft_load_relaxed_u32(&work.failures) == FAILURES);
    CHECK(weft_load_relaxed_u32(&work.successes) == THREADS - FAILURES);
}

/* A function that does not return: whoever catches it says that it failed. */
static jmp_buf unwound;

static int leave_by_longjmp(void *argument) {
    (void)argument;
    longjmp(unwound, 1);
}

static void unwinding(void) {
    static job work;
    scenario_thread thread;
    memset(&work, 0, sizeof work);
    weft_store_relaxed_u32(&work.open, 1);
    if (setjmp(unwound) == 0) {
        (void)weft_once_call(&work.once, leave_by_longjmp, NULL);
        CHECK(false);
    }
    scenario_start(&thread, call_once, &work);
    AWAIT(sleepers_on(&work.once) >= 1);
    weft_once_end(&work.once, false);
    scenario_join(&thread);
    CHECK(weft_load_relaxed_u32(&work.successes) == 1);
}

/* ---- signals -------------------------------------------------------------------------------- */

#if SIGNALS_END_WAITS
/* Nobody can interrupt the wait: a signal handler runs, and the thread sleeps on where it was. */
static void signals_do_not_end_the_wait(void) {
    job work = {.open = WEFT_ATOMIC_INIT(1)};
    scenario_thread thread;
    handle_signals();
    uint64_t before = weft_load_relaxed_u64(&seam_count.parks);
    CHECK(weft_once_begin(&work.once));
    scenario_start(&thread, call_once, &work);
    AWAIT(sleepers_on(&work.once) == 1);
    signal_in_vain(&thread);
    CHECK(weft_load_relaxed_u64(&seam_count.parks) == before + 1);
    CHECK(sleepers_on(&work.once) == 1);
    weft_once_end(&work.once, false);
    scenario_join(&thread);
    CHECK(weft_load_relaxed_u32(&work.runs) == 1);
    CHECK(weft_load_relaxed_u32(&work.successes) == 1);
}
#endif

/* ---- a world that stops --------------------------------------------------------------------- */

typedef struct visitor {
    test_world *world;
    job *work;
} visitor;

static void call_once_in_world(void *argument) {
    visitor *me = argument;
    world_enter(me->world);
    call_once(me->work);
    world_exit();
}

/* The run fails; the first in the queue belongs to a stopped world: the next one tries instead, and
 * the one behind it is not forgotten. */
static void refused_wake_up_goes_on(void) {
    test_world world;
    job work = {.open = WEFT_ATOMIC_INIT(1)};
    visitor inside = {&world, &work};
    scenario_thread first;
    scenario_thread others[2];
    world_plug_in(&world);
    CHECK(weft_once_begin(&work.once));
    scenario_start(&first, call_once_in_world, &inside);
    AWAIT(sleepers_on(&work.once) == 1);
    for (size_t i = 0; i < 2; i++) {
        scenario_start(&others[i], call_once, &work);
        AWAIT(sleepers_on(&work.once) == 2 + i);
    }
    world_stop(&world);
    weft_once_end(&work.once, false);
    scenario_join(&others[0]);
    scenario_join(&others[1]);
    CHECK(weft_once_is_done(&work.once));
    CHECK(weft_load_relaxed_u32(&work.successes) == 2);
    CHECK(weft_load_relaxed_u32(&world.refused) == 1);
    world_go_on(&world);
    scenario_join(&first);
    CHECK(weft_load_relaxed_u32(&work.runs) == 1);
    CHECK(weft_load_relaxed_u32(&world.detached) == 0);
    world_plug_out();
}

/* Nobody else is queued: the refused thread itself tries when its world goes on. */
static void refused_alone(void) {
    test_world world;
    job work = {.open = WEFT_ATOMIC_INIT(1)};
    visitor inside = {&world, &work};
    scenario_thread first;
    world_plug_in(&world);
    CHECK(weft_once_begin(&work.once));
    scenario_start(&first, call_once_in_world, &inside);
    AWAIT(sleepers_on(&work.once) >= 1);
    world_stop(&world);
    weft_once_end(&work.once, false);
    AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
    CHECK(weft_load_relaxed_u8(&work.once.state) == 0);
    CHECK(!weft_once_is_done(&work.once));
    world_go_on(&world);
    scenario_join(&first);
    CHECK(weft_load_relaxed_u32(&work.runs) == 1);
    world_plug_out();
}

/* ---- fork ----------------------------------------------------------------------------------- */

#ifndef _WIN32
static void finish_in_child(void *argument) {
    job *work = argument;
    CHECK(sleepers_on(&work->once) == 0);
    weft_once_end(&work->once, true);
    CHECK(weft_once_is_done(&work->once));
    CHECK(weft_once_call(&work->once, run_job, work) == 0);
    CHECK(weft_load_relaxed_u8(&work->once.state) == WEFT_ONCE_DONE);
}

static void reinitialise_in_child(void *argument) {
    job *work = argument;
    CHECK(weft_load_relaxed_u8(&work->once.state) & WEFT_ONCE_RUNNING);
    memset(&work->once, 0, sizeof work->once);
    memset(&work->running, 0, sizeof work->running);
    weft_store_relaxed_u32(&work->open, 1);
    CHECK(weft_once_call(&work->once, run_job, work) == 0);
}

static void fork_while_contended(void) {
    job mine = {.open = WEFT_ATOMIC_INIT(1)};
    job others = {.open = WEFT_ATOMIC_INIT(0)};
    scenario_thread waiter;
    scenario_thread runner;
    CHECK(weft_once_begin(&mine.once));
    scenario_start(&waiter, call_once, &mine);
    AWAIT(sleepers_on(&mine.once) >= 1);
    scenario_start(&runner, call_once, &others);
    AWAIT(weft_load_acquire_u32(&others.runs) >= 1);
    CHECK(scenario_forked(finish_in_child, &mine));
    CHECK(scenario_forked(reinitialise_in_child, &others));
    weft_once_end(&mine.once, true);
    weft_store_release_u32(&others.open, 1);
    scenario_join(&waiter);
    scenario_join(&runner);
}
#endif

/* ---- many threads --------------------------------------------------------------------------- */

static void a_thousand_threads(void) {
    job work = {.open = WEFT_ATOMIC_INIT(0), .failures_left = 10};
    enum { THREADS = 1000 };
    scenario_thread *threads = calloc(THREADS, sizeof *threads);
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], call_once, &work);
    }
    AWAIT(sleepers_on(&work.once) >= THREADS - 1);
    weft_store_release_u32(&work.open, 1);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    free(threads);
    CHECK(weft_load_relaxed_u32(&work.runs) == 11);
    CHECK(weft_load_relaxed_u32(&work.successes) == THREADS - 10);
}

/* Rounds of four threads on a once in memory that is freed as soon as it is done by everybody's
 * word: a run that touches it afterwards is a use after free. */
typedef struct round {
    job *work;
    weft_atomic_u32 leaving;
} round_of_calls;

static void call_and_free(void *argument) {
    round_of_calls *calls = argument;
    call_once(calls->work);
    /* Acquire and release: the last to leave frees what the others used. */
    if (weft_fetch_add_acq_rel_u32(&calls->leaving, 1) == 3) {
        job *work = calls->work;
        CHECK(weft_load_relaxed_u32(&work->failures) + weft_load_relaxed_u32(&work->successes) ==
              4);
        free(work);
    }
}

static void stress(void) {
    uint64_t random = scenario_seed() | 1;
    uint64_t end = weft_now_ns() + scenario_stress_ns();
    do {
        round_of_calls calls = {calloc(1, sizeof(job)), WEFT_ATOMIC_INIT(0)};
        calls.work->failures_left = scenario_random(&random) % 4;
        weft_store_relaxed_u32(&calls.work->open, 1);
        run_threads(4, call_and_free, &calls);
    } while (weft_now_ns() < end);
}

/* Done, or free to be tried again: the byte is not touched any more. Whoever finds it so frees it. */
static int succeed(void *argument) {
    (void)argument;
    return 0;
}

static void call_and_free_at_once(void *argument) {
    CHECK(weft_once_call(argument, succeed, NULL) == 0);
    free(argument);
}

static void end_well(void *argument) {
    weft_once_end(argument, true);
}

static void end_badly(void *argument) {
    weft_once_end(argument, false);
}

static void freed_by_the_next(void) {
    void (*const ends[])(void *) = {end_well, end_badly};
    for (int i = 0; i < 60; i++) {
        weft_once *once = calloc(1, sizeof *once);
        scenario_thread thread;
        CHECK(weft_once_begin(once));
        if (i < 2) {
            free_while_the_wake_is_under_way(once, call_and_free_at_once, ends[i]);
        } else {
            scenario_start(&thread, call_and_free_at_once, once);
            if (i % 4 < 2) {
                AWAIT(weft_load_relaxed_u8(&once->state) != WEFT_ONCE_RUNNING);
            }
            ends[i % 2](once);
            scenario_join(&thread);
        }
    }
}

/* ---- no memory ------------------------------------------------------------------------------ */

static void let_it_run(void *argument) {
    job *work = argument;
    weft_store_release_u32(&work->open, 1);
}

/* Some of the waiters nap. The run fails a few times: who naps takes its turn, too, and nobody is forgotten. */
static void works_without_pages(void) {
    enum { FAILURES = 10 };
    job work = {.open = WEFT_ATOMIC_INIT(0), .failures_left = FAILURES};
    size_t count = run_without_pages(&work.once, call_once, let_it_run, &work);
    CHECK(weft_load_relaxed_u32(&work.runs) == FAILURES + 1);
    CHECK(weft_load_relaxed_u32(&work.failures) == FAILURES);
    CHECK(weft_load_relaxed_u32(&work.successes) == count - FAILURES);
    CHECK(weft_load_relaxed_u8(&work.once.state) == WEFT_ONCE_DONE);
}

/* ---- misuse --------------------------------------------------------------------------------- */

static void misuse(void) {
    weft_once once = WEFT_ONCE_INIT;
    CHECK(scenario_is_fatal(end_well, &once, "end of a once that is not running", "[once at 0x"));
    CHECK(weft_once_begin(&once));
    weft_once_end(&once, true);
    CHECK(scenario_is_fatal(end_well, &once, "end of a once that is not running", "[once at 0x"));
    CHECK(weft_once_is_done(&once));
}

#if WEFT_CHECKED
static int do_nothing(void *argument) {
    (void)argument;
    return 0;
}

static void call_again(void *argument) {
    (void)weft_once_call((weft_once *)argument, do_nothing, NULL);
}

static void recursion_is_reported(void) {
    weft_once once = WEFT_ONCE_INIT;
    CHECK(weft_once_begin(&once));
    CHECK(scenario_is_fatal(call_again, &once, "[once at 0x", NULL));
    weft_once_end(&once, true);
}
#endif

static void run_and_lose_it(void *argument) {
    job *work = argument;
    CHECK(weft_once_begin(&work->once));
    weft_fetch_add_release_u32(&work->runs, 1);
    AWAIT(weft_load_acquire_u32(&work->open) >= 1);
#if WEFT_CHECKED
    weft_once_end(&work->once, true);
#else
    CHECK(scenario_is_fatal(end_well, &work->once, "end of a once that is not running", NULL));
#endif
}

/* Overwritten while a thread runs it, whose end is fatal; if another has begun by then, in the checked build only. */
static void zeroed_once_reports_its_runner(void) {
    job work = {.open = WEFT_ATOMIC_INIT(0)};
    scenario_thread other;
    CHECK(weft_once_begin(&work.once));
    weft_store_relaxed_u8(&work.once.state, 0);
    CHECK(scenario_is_fatal(end_well, &work.once, "end of a once that is not running",
                            "[once at 0x"));
    CHECK(weft_load_relaxed_u8(&work.once.state) == 0);
    weft_lockcheck_released(&work.once, "once", WEFT_HERE);
    CHECK(weft_once_begin(&work.once));
    weft_store_relaxed_u8(&work.once.state, 0);
    scenario_start(&other, run_and_lose_it, &work);
    AWAIT(weft_load_acquire_u32(&work.runs) == 1);
#if WEFT_CHECKED
    CHECK(scenario_is_fatal(end_well, &work.once, "unlock by a thread that does not hold it",
                            "held by another thread that locked it at "));
    CHECK(!weft_once_is_done(&work.once));
#else
    weft_once_end(&work.once, true);
    CHECK(weft_once_is_done(&work.once));
#endif
    weft_store_release_u32(&work.open, 1);
    scenario_join(&other);
    CHECK(weft_once_is_done(&work.once));
}

/* Overwritten with zero: those who slept sleep on until a later waiter has queued and its run is done. */
static void zeroed_once_recovers_with_the_next_waiter(void) {
    job work = {.open = WEFT_ATOMIC_INIT(1)};
    scenario_thread threads[3];
    CHECK(weft_once_begin(&work.once));
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            weft_lockcheck_released(&work.once, "once", WEFT_HERE);
            weft_store_relaxed_u8(&work.once.state, 0);
            CHECK(weft_once_begin(&work.once));
            CHECK(sleepers_on(&work.once) == 2);
        }
        scenario_start(&threads[i], call_once, &work);
        AWAIT(sleepers_on(&work.once) >= (size_t)i + 1);
    }
    weft_once_end(&work.once, true);
    for (int i = 0; i < 3; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(weft_load_relaxed_u32(&work.successes) == 3);
    CHECK(weft_load_relaxed_u32(&work.runs) == 0);
}

const scenario once_scenarios[] = {
    {"runs_once", runs_once},
    {"failure_is_returned_and_tried_again", failure_is_returned_and_tried_again},
    {"begin_and_end", begin_and_end},
    {"waiters_sleep_until_done", waiters_sleep_until_done},
    {"sleepers_try_one_after_another", sleepers_try_one_after_another},
    {"unwinding", unwinding},
#if SIGNALS_END_WAITS
    {"signals_do_not_end_the_wait", signals_do_not_end_the_wait},
#endif
    {"refused_wake_up_goes_on", refused_wake_up_goes_on},
    {"refused_alone", refused_alone},
#ifndef _WIN32
    {"fork_while_contended", fork_while_contended},
#endif
    {"freed_by_the_next", freed_by_the_next},
    {"stress", stress},
    {"misuse", misuse},
#if WEFT_CHECKED
    {"recursion_is_reported", recursion_is_reported},
#endif
    {"zeroed_once_reports_its_runner", zeroed_once_reports_its_runner},
    {"zeroed_once_recovers_with_the_next_waiter", zeroed_once_recovers_with_the_next_waiter},
    {"works_without_pages", works_without_pages},
    {"a_thousand_threads", a_thousand_threads},
    {NULL, NULL},
};
