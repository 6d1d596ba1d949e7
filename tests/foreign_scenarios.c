/* A domain that does as the scenario says: a grace period ends when it says so. */
#include "foreign_scenarios.h"

#include "seam.h"
#include "thread_support.h"
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include <string.h>

/* ---- the domain --------------------------------------------------------------------------------- */

/* What a slot's word says between its attaches: words are kept. */
static int was_here;
static int is_online;

static weft_atomic_u32 online;     /* threads */
static weft_atomic_u32 quiescents; /* calls, as are the next five */
static weft_atomic_u32 lost;
static weft_atomic_u32 begun;
static weft_atomic_u32 polled;
static weft_atomic_u32 synchronized;
static weft_atomic_u32 ended;
static weft_atomic_u32 new_words;
static weft_atomic_u32 ends_when_polled;    /* the next poll ends it */
static weft_atomic_u32 wait_for_quiescents; /* synchronize returns when so many were passed on */
static weft_atomic_u32 begin_stands_still;  /* until it is 0 */

static void go_online(void *argument, void **word) {
    CHECK(argument == &online);
    CHECK(*word == NULL || *word == &was_here);
    if (*word == NULL) {
        weft_fetch_add_relaxed_u32(&new_words, 1);
    }
    *word = &is_online;
    weft_fetch_add_release_u32(&online, 1);
}

static void go_offline(void *argument, void **word) {
    CHECK(argument == &online);
    CHECK(*word == &is_online);
    *word = &was_here;
    weft_fetch_sub_release_u32(&online, 1);
}

static void lose(void *argument, void **word) {
    go_offline(argument, word);
    weft_fetch_add_relaxed_u32(&lost, 1);
}

static void pass(void *argument, void **word) {
    CHECK(argument == &online);
    CHECK(*word == &is_online);
    weft_fetch_add_release_u32(&quiescents, 1);
}

static uint32_t count(weft_atomic_u32 *counter) {
    return weft_load_acquire_u32(counter);
}

static void begin_period(void *argument) {
    CHECK(argument == &online);
    CHECK(count(&begun) == count(&ended)); /* one at a time */
    weft_fetch_add_release_u32(&begun, 1);
    AWAIT(count(&begin_stands_still) == 0);
}

static void end_period(void) {
    CHECK(count(&begun) == count(&ended) + 1);
    weft_fetch_add_release_u32(&ended, 1);
    weft_qsbr_foreign_ended();
}

static void poll(void *argument) {
    CHECK(argument == &online);
    weft_fetch_add_release_u32(&polled, 1);
    if (weft_exchange_relaxed_u32(&ends_when_polled, 0) != 0) {
        end_period();
    }
}

static void synchronize(void *argument) {
    CHECK(argument == &online);
    weft_fetch_add_release_u32(&synchronized, 1);
    AWAIT(count(&quiescents) >= count(&wait_for_quiescents));
}

static weft_qsbr_foreign domain = {
    .argument = &online,
    .online = go_online,
    .offline = go_offline,
    .lost = lose,
    .quiescent = pass,
    .begin = begin_period,
    .poll = poll,
    .synchronize = synchronize,
};

/* ---- what is retired ------------------------------------------------------------------------------ */

typedef struct item {
    weft_qsbr_node node;
} item;

static weft_atomic_u32 retired;
static weft_atomic_u32 freed;

static void free_item(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    weft_qsbr_free(node, sizeof(item), sizeof(void *));
    weft_fetch_add_release_u32(&freed, 1);
}

static void retire_one(weft_thread *self) {
    item *made = weft_host_allocate(sizeof *made, sizeof(void *));
    CHECK(made != NULL);
    weft_fetch_add_relaxed_u32(&retired, 1);
    weft_qsbr_retire(self, &made->node, free_item, sizeof *made);
}

/* A thread alone, and counters at zero. */
static weft_thread *begin(void) {
    weft_qsbr_use(&domain);
    weft_thread *self = support_solo(NULL);
    weft_atomic_u32 *all[] = {&quiescents, &begun, &polled,           &synchronized, &ended,
                              &new_words,  &freed, &ends_when_polled, &lost,         &retired};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        weft_store_relaxed_u32(all[i], 0);
    }
    CHECK(count(&online) == 1);
    return self;
}

/* Nothing is left to be freed, and no grace period is under way. */
static void end(weft_thread *self) {
    support_solo_end(self);
    CHECK(count(&online) == 0);
    CHECK(count(&begun) == count(&ended));
}

/* ---- grace periods -------------------------------------------------------------------------------- */

/* Without a domain it would be freed by the first of them. */
static void one_thread_waits_for_the_domain(void) {
    weft_thread *self = begin();
    retire_one(self);
    weft_qsbr_quiescent(self);
    CHECK(count(&begun) == 0); /* not closed: nobody waits for it */
    for (int i = 0; i < 5; i++) {
        weft_qsbr_poll(self);
        CHECK(count(&freed) == 0);
        CHECK(count(&begun) == 1);
    }
    end_period();
    weft_qsbr_quiescent(self);
    CHECK(count(&freed) == 1);
    CHECK(count(&begun) == 1); /* none for nothing */
    end(self);
    CHECK(count(&synchronized) == 0);
}

static void what_comes_later_waits_for_the_next_period(void) {
    weft_thread *self = begin();
    retire_one(self);
    weft_qsbr_poll(self);
    CHECK(count(&begun) == 1);
    retire_one(self);
    weft_qsbr_poll(self);
    end_period();
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 1);
    CHECK(count(&begun) == 2);
    end_period();
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 2);
    end(self);
}

static void quiescent_states_are_passed_on_while_a_period_is_under_way(void) {
    weft_thread *self = begin();
    weft_qsbr_quiescent(self);
    weft_qsbr_quiescent(self);
    CHECK(count(&quiescents) == 0);
    retire_one(self);
    weft_qsbr_poll(self);
    uint32_t before = count(&quiescents);
    for (int i = 0; i < 3; i++) {
        weft_qsbr_quiescent(self);
        CHECK(count(&quiescents) > before);
        before = count(&quiescents);
    }
    end_period();
    weft_qsbr_quiescent(self);
    before = count(&quiescents);
    weft_qsbr_quiescent(self);
    CHECK(count(&quiescents) == before);
    end(self);
}

static void the_domain_may_need_polls(void) {
    weft_thread *self = begin();
    retire_one(self);
    weft_qsbr_poll(self);
    uint32_t before = count(&polled);
    weft_qsbr_quiescent(self);
    CHECK(count(&polled) == before + 1);
    weft_store_relaxed_u32(&ends_when_polled, 1);
    weft_qsbr_quiescent(self);
    CHECK(count(&freed) == 1);
    end(self);
}

/* ---- with other threads --------------------------------------------------------------------------- */

typedef struct other {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_thread *slot;
    weft_atomic_u32 is_in;
    weft_atomic_u32 may_go_on;
    weft_atomic_u32 is_through;
    bool retires; /* first; set before may_go_on */
} other;

static void start(other *one, weft_thread *self, void (*run)(void *argument)) {
    memset(one, 0, sizeof *one);
    one->runtime = weft_thread_runtime(self);
    scenario_start(&one->thread, run, one);
    AWAIT(weft_load_acquire_u32(&one->is_in) != 0);
}

/* Quiescent only when told to. */
static void hold_up(void *argument) {
    other *in = argument;
    weft_thread *self = support_enter(in->runtime);
    weft_store_release_u32(&in->is_in, 1);
    AWAIT(weft_load_acquire_u32(&in->may_go_on) != 0);
    weft_qsbr_quiescent(self);
    weft_store_release_u32(&in->is_through, 1);
    AWAIT(weft_load_acquire_u32(&in->may_go_on) == 0);
    weft_thread_unregister(self);
}

/* The domain's end is not enough: its grace period may know less than weft does. */
static void threads_of_weft_are_waited_for_too(void) {
    weft_thread *self = begin();
    other reader;
    start(&reader, self, hold_up);
    CHECK(count(&online) == 2);
    retire_one(self);
    weft_qsbr_poll(self);
    end_period();
    for (int i = 0; i < 5; i++) {
        weft_qsbr_poll(self);
        CHECK(count(&freed) == 0);
    }
    weft_store_release_u32(&reader.may_go_on, 1);
    AWAIT(weft_load_acquire_u32(&reader.is_through) != 0);
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 1);
    weft_store_release_u32(&reader.may_go_on, 0);
    scenario_join(&reader.thread);
    end(self);
}

typedef struct passer {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u32 wanted; /* quiescent states, or safepoints */
    weft_atomic_u32 passed;
    weft_atomic_u32 may_end;
    bool safepoints;
} passer;

static void pass_when_told(void *argument) {
    passer *in = argument;
    weft_thread *self = support_enter(in->runtime);
    uint32_t passed = 0;
    while (weft_load_acquire_u32(&in->may_end) == 0) {
        if (weft_load_acquire_u32(&in->wanted) != passed) {
            if (in->safepoints) {
                (void)weft_thread_safepoint(self);
            } else {
                weft_qsbr_quiescent(self);
            }
            passed++;
            weft_store_release_u32(&in->passed, passed);
        }
    }
    weft_thread_unregister(self);
}

static void let_pass(passer *one) {
    uint32_t wanted = weft_fetch_add_release_u32(&one->wanted, 1) + 1;
    AWAIT(weft_load_acquire_u32(&one->passed) == wanted);
}

static void start_passer(passer *one, weft_thread *self, bool safepoints) {
    memset(one, 0, sizeof *one);
    one->runtime = weft_thread_runtime(self);
    one->safepoints = safepoints;
    scenario_start(&one->thread, pass_when_told, one);
    let_pass(one);
}

static void end_passer(passer *one) {
    weft_store_release_u32(&one->may_end, 1);
    scenario_join(&one->thread);
}

/* A thread that has nothing to do, and has seen what was closed, notices that a period has begun, and
 * goes on until it has ended: the host's may begin in earnest much later. */
static void idle_threads_pass_quiescent_states_on(void) {
    weft_thread *self = begin();
    passer reader;
    start_passer(&reader, self, false);
    weft_qsbr_set_batch(0);
    retire_one(self);
    weft_qsbr_set_batch(WEFT_QSBR_BATCH_BYTES);
    let_pass(&reader);
    CHECK(count(&begun) == 0);
    weft_qsbr_poll(self);
    CHECK(count(&begun) == 1);
    for (int i = 0; i < 3; i++) {
        uint32_t before = count(&quiescents);
        let_pass(&reader);
        CHECK(count(&quiescents) > before);
    }
    end_period();
    let_pass(&reader);
    uint32_t before = count(&quiescents);
    let_pass(&reader);
    CHECK(count(&quiescents) == before);
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 1);
    end_passer(&reader);
    end(self);
}

/* Over the soft budget also who passes safepoints only is asked again and again. */
static void threads_are_pressed_while_a_period_is_under_way(void) {
    weft_thread *self = begin();
    weft_qsbr_set_budgets(weft_thread_runtime(self), 0, WEFT_QSBR_HARD_BYTES);
    passer reader;
    start_passer(&reader, self, true);
    retire_one(self);
    for (int i = 0; i < 3; i++) {
        weft_qsbr_poll(self);
        uint32_t before = count(&quiescents);
        let_pass(&reader);
        CHECK(count(&quiescents) > before);
    }
    end_period();
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 1);
    end_passer(&reader);
    end(self);
}

static uint64_t scans_of(weft_runtime *runtime) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(runtime, &statistics);
    return statistics.scans;
}

static void count_kick(void *context, void *thread) {
    (void)thread;
    weft_fetch_add_relaxed_u32((weft_atomic_u32 *)context, 1);
}

/* A thread whose batch waits for a period that nobody can help: each of its safepoints is the host's, too, but it asks the
 * others once in a millisecond only, and itself never again. */
static void threads_are_asked_for_a_period_now_and_then(void) {
    weft_atomic_u32 kicks = WEFT_ATOMIC_INIT(0);
    weft_host host = {.kick = count_kick, .context = &kicks};
    passer reader;
    weft_host_set(&host);
    weft_thread *self = begin();
    weft_runtime *runtime = weft_thread_runtime(self);
    domain.poll = NULL;
    weft_qsbr_set_budgets(runtime, 0, WEFT_QSBR_HARD_BYTES);
    weft_qsbr_set_batch(0);
    start_passer(&reader, self, true);
    retire_one(self);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(count(&begun) == 1);
    let_pass(&reader); /* a thread of weft's, too */
    seam_stop_clock();
    CHECK(weft_thread_safepoint(self) == 0);
    for (int i = 0; i < 3; i++) {
        uint32_t before = count(&quiescents);
        let_pass(&reader); /* which was asked */
        CHECK(count(&quiescents) > before);
        uint64_t scans = scans_of(runtime);
        uint32_t kicked = count(&kicks);
        for (int j = 0; j < 100; j++) {
            uint32_t passed = count(&quiescents);
            CHECK(weft_thread_safepoint(self) == 0);
            CHECK(count(&quiescents) == passed + 1);
        }
        CHECK(scans_of(runtime) == scans && count(&kicks) == kicked);
        seam_pass_time(1000000);
        CHECK(weft_thread_safepoint(self) == 0);
        CHECK(scans_of(runtime) == scans + 1 && count(&kicks) >= kicked + 1);
    }
    seam_start_clock();
    end_period();
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(count(&freed) == 1);
    end_passer(&reader);
    domain.poll = poll;
    weft_qsbr_set_batch(WEFT_QSBR_BATCH_BYTES);
    end(self);
    weft_host_set(NULL);
}

static void wait_for_a_period(void *argument) {
    other *in = argument;
    weft_thread *self = support_enter(in->runtime);
    in->slot = self;
    weft_store_release_u32(&in->is_in, 1);
    AWAIT(weft_load_acquire_u32(&in->may_go_on) != 0);
    if (in->retires) {
        retire_one(self);
    }
    weft_qsbr_synchronize(self);
    weft_store_release_u32(&in->is_through, 1);
    weft_thread_unregister(self);
}

#define HOUR UINT64_C(3600000000000)

/* Asleep for longer than the scenario's patience, but for the wake at the period's end; and offline
 * meanwhile. */
static void the_end_of_a_period_wakes_who_waits(void) {
    weft_thread *self = begin();
    domain.poll = NULL; /* nobody looks now and then */
    weft_qsbr_set_stall_hook(weft_thread_runtime(self), NULL, NULL, 4 * HOUR);
    other waiter;
    start(&waiter, self, wait_for_a_period);
    weft_thread_detach(self);
    weft_store_release_u32(&waiter.may_go_on, 1);
    AWAIT(count(&begun) == 1);
    AWAIT(count(&online) == 0);
    CHECK(weft_load_acquire_u32(&waiter.is_through) == 0);
    end_period();
    scenario_join(&waiter.thread);
    domain.poll = poll;
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

static bool is_through(const other *one) {
    if (count(&begun) != count(&ended)) {
        end_period();
    }
    return weft_load_acquire_u32(&one->is_through) != 0;
}

/* Too much waits, and nobody can tell when the host looks: who waits asks again and again, though nothing else would wake it. */
static void who_waits_asks_for_a_period_again(void) {
    weft_atomic_u32 kicks = WEFT_ATOMIC_INIT(0);
    weft_host host = {.kick = count_kick, .context = &kicks};
    passer reader;
    other waiter;
    weft_host_set(&host);
    weft_thread *self = begin();
    domain.poll = NULL;
    weft_qsbr_set_stall_hook(weft_thread_runtime(self), NULL, NULL, 4 * HOUR);
    weft_qsbr_set_budgets(weft_thread_runtime(self), 0, WEFT_QSBR_HARD_BYTES);
    start_passer(&reader, self, true);
    start(&waiter, self, wait_for_a_period);
    waiter.retires = true;
    weft_thread_detach(self);
    weft_store_release_u32(&waiter.may_go_on, 1);
    for (int i = 0; i < 5; i++) {
        uint32_t before = count(&kicks);
        let_pass(&reader);
        AWAIT(count(&kicks) > before);
    }
    AWAIT(is_through(&waiter));
    scenario_join(&waiter.thread);
    end_passer(&reader);
    domain.poll = poll;
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    AWAIT((weft_qsbr_poll(self), is_through(&waiter) && count(&freed) == 1));
    (void)is_through(&waiter); /* ends the last period, which nobody waits for */
    end(self);
    weft_host_set(NULL);
}

/* A domain that needs polls gets them from who waits, when others have passed a quiescent state. */
static void quiescent_states_wake_who_polls(void) {
    weft_thread *self = begin();
    weft_qsbr_set_stall_hook(weft_thread_runtime(self), NULL, NULL, 4 * HOUR);
    other waiter;
    start(&waiter, self, wait_for_a_period);
    weft_store_release_u32(&waiter.may_go_on, 1);
    AWAIT(count(&begun) == 1);
    support_await_clear(waiter.slot, WEFT_THREAD_ATTACHED);
    /* The first wakes the waiter by what it observes: it polls, attached, and sleeps again. */
    uint32_t before = count(&polled);
    weft_qsbr_quiescent(self);
    AWAIT(count(&polled) > before);
    support_await_clear(waiter.slot, WEFT_THREAD_ATTACHED);
    weft_store_release_u32(&ends_when_polled, 1);
    AWAIT((weft_qsbr_quiescent(self), weft_load_acquire_u32(&waiter.is_through) != 0));
    scenario_join(&waiter.thread);
    end(self);
}

static void end_periods(void *argument) {
    other *in = argument;
    weft_store_release_u32(&in->is_in, 1);
    while (weft_load_acquire_u32(&in->may_go_on) == 0) {
        if (count(&begun) != count(&ended)) {
            end_period();
        }
        scenario_sleep_ns(100000);
    }
    if (count(&begun) != count(&ended)) {
        end_period();
    }
}

static void barrier_frees_everything(void) {
    weft_thread *self = begin();
    other helper;
    start(&helper, self, end_periods);
    for (int i = 0; i < 10; i++) {
        retire_one(self);
    }
    weft_qsbr_barrier(self);
    CHECK(count(&freed) == 10);
    weft_store_release_u32(&helper.may_go_on, 1);
    scenario_join(&helper.thread);
    end(self);
}

/* Waits of the host's own: weft's threads pass on while it waits, although weft waits for nothing. */
static void waits_of_the_hosts_are_helped(void) {
    weft_thread *self = begin();
    passer reader;
    start_passer(&reader, self, false);
    let_pass(&reader);
    CHECK(count(&quiescents) == 0);
    weft_qsbr_foreign_wait_begin();
    weft_qsbr_foreign_wait_begin();
    weft_qsbr_foreign_wait_end();
    for (uint32_t i = 1; i <= 3; i++) {
        let_pass(&reader);
        CHECK(count(&quiescents) == 2 * i - 1);
        weft_qsbr_quiescent(self);
        CHECK(count(&quiescents) == 2 * i);
    }
    weft_qsbr_foreign_wait_end();
    let_pass(&reader);
    weft_qsbr_quiescent(self);
    CHECK(count(&quiescents) == 6);
    CHECK(count(&begun) == 0);
    end_passer(&reader);
    end(self);
}

/* ---- the hard cap and stopped worlds --------------------------------------------------------------- */

static void retire_over_the_cap(void *argument) {
    other *in = argument;
    weft_thread *self = support_enter(in->runtime);
    weft_store_release_u32(&in->is_in, 1);
    AWAIT(weft_load_acquire_u32(&in->may_go_on) != 0);
    retire_one(self);
    weft_qsbr_poll(self);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(count(&freed) == 1);
    weft_thread_unregister(self);
}

static uint64_t waits_of(weft_runtime *runtime) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(runtime, &statistics);
    return statistics.waits;
}

static void end_a_period_that_is_under_way(void) {
    if (count(&begun) != count(&ended)) {
        end_period();
    }
}

/* Who waits at the hard cap is offline for the host, too, or its grace period would not end; and it
 * is the period's end that wakes it. */
static void hard_cap_holds_until_a_period_has_ended(void) {
    weft_thread *self = begin();
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_qsbr_set_budgets(runtime, WEFT_QSBR_SOFT_BYTES, 0);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, 4 * HOUR);
    domain.poll = NULL; /* nobody looks now and then */
    other writer;
    start(&writer, self, retire_over_the_cap);
    weft_thread_detach(self);
    weft_store_release_u32(&writer.may_go_on, 1);
    AWAIT(waits_of(runtime) == 1);
    AWAIT(count(&online) == 0);
    CHECK(count(&begun) == 1 && count(&freed) == 0);
    /* The wait hands the backlog over, which gives it a later goal: two periods. */
    AWAIT((end_a_period_that_is_under_way(), scenario_finished(&writer.thread)));
    scenario_join(&writer.thread);
    domain.poll = poll;
    CHECK(count(&ended) == 2);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

static void pass_all_the_time(void *argument) {
    other *in = argument;
    weft_thread *self = support_enter(in->runtime);
    weft_store_release_u32(&in->is_in, 1);
    while (weft_load_acquire_u32(&in->may_go_on) == 0) {
        weft_qsbr_quiescent(self);
        (void)weft_thread_safepoint(self);
    }
    weft_thread_unregister(self);
}

/* A stopped thread is no reader of the host's. What is due then waits for the world to go on. */
static void stopped_threads_are_offline(void) {
    weft_thread *self = begin();
    other reader;
    start(&reader, self, pass_all_the_time);
    CHECK(count(&online) == 2);
    retire_one(self);
    weft_qsbr_poll(self);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(count(&online) == 1);
    end_period();
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 0);
    weft_world_resume(self);
    AWAIT((weft_qsbr_poll(self), count(&freed) == 1));
    AWAIT(count(&online) == 2);
    CHECK(weft_world_stop_all(self) == WEFT_THREAD_OK);
    CHECK(count(&online) == 1);
    weft_world_resume_all(self);
    weft_store_release_u32(&reader.may_go_on, 1);
    scenario_join(&reader.thread);
    end(self);
}

/* ---- fork ------------------------------------------------------------------------------------------ */

#ifndef _WIN32
/* The period that was under way ends, and the next one, too. */
static void periods_go_on(weft_thread *self, void *argument) {
    const uint32_t *lost_before = argument;
    CHECK(count(&online) == 1 && count(&lost) == *lost_before);
    uint32_t passed = count(&quiescents);
    weft_qsbr_quiescent(self);
    CHECK(count(&quiescents) > passed);
    uint32_t begun_before = count(&begun);
    retire_one(self);
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 0);
    end_period();
    AWAIT(
        (end_a_period_that_is_under_way(), weft_qsbr_poll(self), count(&freed) == count(&retired)));
    CHECK(count(&begun) > begun_before);
    weft_qsbr_foreign_wait_begin();
    weft_qsbr_quiescent(self);
    weft_qsbr_foreign_wait_end();
}

/* Prepared: the other threads have stopped, and so are offline. */
static void fork_while_a_period_is_under_way(void) {
    weft_thread *self = begin();
    other reader;
    start(&reader, self, pass_all_the_time);
    retire_one(self);
    weft_qsbr_poll(self);
    uint32_t none = 0;
    support_fork(self, periods_go_on, &none);
    AWAIT(count(&online) == 2);
    CHECK(count(&freed) == 0);
    end_period();
    AWAIT((weft_qsbr_poll(self), count(&freed) == 1));
    weft_store_release_u32(&reader.may_go_on, 1);
    scenario_join(&reader.thread);
    end(self);
}

/* Threads that wait do not exist in the child: nobody is woken there. */
static void nobody_is_woken(weft_thread *self, void *argument) {
    (void)argument;
    uint64_t before = weft_load_relaxed_u64(&seam_count.unparks);
    for (int i = 0; i < 3; i++) {
        retire_one(self);
        weft_qsbr_poll(self);
        weft_qsbr_quiescent(self);
    }
    CHECK(weft_load_relaxed_u64(&seam_count.unparks) == before);
}

static void fork_while_another_waits(void) {
    weft_thread *self = begin();
    weft_qsbr_set_stall_hook(weft_thread_runtime(self), NULL, NULL, 4 * HOUR);
    other waiter;
    start(&waiter, self, wait_for_a_period);
    weft_store_release_u32(&waiter.may_go_on, 1);
    AWAIT(count(&begun) == 1);
    support_await_clear(waiter.slot, WEFT_THREAD_ATTACHED);
    support_fork(self, nobody_is_woken, NULL);
    AWAIT((end_a_period_that_is_under_way(), weft_qsbr_quiescent(self),
           weft_load_acquire_u32(&waiter.is_through) != 0));
    scenario_join(&waiter.thread);
    end(self);
}
#endif

#if SCENARIO_FORK_AMONG_RUNNING_THREADS
typedef struct forker {
    weft_thread *self;
    uint32_t lost;
} forker;

static void go_on_unprepared(void *argument) {
    forker *in = argument;
    weft_thread_after_fork_child(in->self);
    weft_store_relaxed_u32(&begin_stands_still, 0);
    periods_go_on(in->self, &in->lost);
}

/* Not prepared: what was online is lost. */
static void fork_loses_threads_that_are_online(void) {
    weft_thread *self = begin();
    passer reader;
    start_passer(&reader, self, false);
    retire_one(self);
    weft_qsbr_poll(self);
    forker in = {self, 1};
    CHECK(scenario_forked(go_on_unprepared, &in));
    CHECK(count(&online) == 2 && count(&lost) == 0);
    end_period();
    let_pass(&reader);
    AWAIT((weft_qsbr_poll(self), count(&freed) == 1));
    end_passer(&reader);
    end(self);
}

static void retire_and_poll(void *argument) {
    other *in = argument;
    weft_thread *self = support_enter(in->runtime);
    weft_store_release_u32(&in->is_in, 1);
    retire_one(self);
    weft_qsbr_poll(self);
    weft_thread_unregister(self);
}

/* The lock under which periods begin was held by a thread that does not exist in the child. */
static void fork_while_another_begins_a_period(void) {
    weft_thread *self = begin();
    other writer;
    weft_store_relaxed_u32(&begin_stands_still, 1);
    start(&writer, self, retire_and_poll);
    AWAIT(count(&begun) == 1);
    forker in = {self, 1};
    CHECK(scenario_forked(go_on_unprepared, &in));
    weft_store_release_u32(&begin_stands_still, 0);
    scenario_join(&writer.thread);
    AWAIT((end_a_period_that_is_under_way(), weft_qsbr_poll(self), count(&freed) == 1));
    end(self);
}
#endif

/* ---- attach, detach, exit, the end ------------------------------------------------------------------ */

static void online_is_attached_or_in_a_scope(void) {
    weft_thread *self = begin();
    weft_thread_detach(self);
    CHECK(count(&online) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(count(&online) == 1);
    weft_qsbr_no_quiesce_begin(self);
    weft_thread_detach(self);
    CHECK(count(&online) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(count(&online) == 1);
    weft_thread_detach(self);
    weft_qsbr_no_quiesce_end(self); /* stays so until the next detach */
    CHECK(count(&online) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(count(&online) == 1);
    weft_thread_detach(self);
    CHECK(count(&online) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(count(&new_words) <= 1); /* of this slot's first thread, if any */
    end(self);
}

/* The last thread: alone, but not for the host. */
static void exit_leaves_its_backlog_to_others(void) {
    weft_thread *self = begin();
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_runtime_retain(runtime);
    retire_one(self);
    weft_thread_unregister(self);
    CHECK(count(&freed) == 0);
    CHECK(count(&online) == 0);
    self = support_enter(runtime);
    weft_runtime_release(runtime);
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 0);
    end_period();
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 1);
    end(self);
}

static void the_end_of_a_runtime_waits_for_a_period(void) {
    weft_thread *self = begin();
    retire_one(self);
    support_solo_end(self);
    CHECK(count(&synchronized) == 1);
    CHECK(count(&freed) == 1);
}

/* Also of a slot that is not the thread's newest one in the runtime. */
static void every_slot_of_a_thread_goes_offline(void) {
    weft_thread *older = begin();
    weft_thread_detach(older);
    weft_thread *newer = support_enter(weft_thread_runtime(older));
    weft_thread_detach(newer);
    weft_thread_unregister(older);
    CHECK(count(&online) == 0);
    weft_thread_unregister(newer);
    CHECK(count(&online) == 0);
    CHECK(count(&begun) == count(&ended));
}

static void end_a_runtime(void *argument) {
    other *in = argument;
    weft_thread *self = support_solo(NULL);
    retire_one(self);
    weft_store_release_u32(&in->is_in, 1);
    AWAIT(weft_load_acquire_u32(&in->may_go_on) != 0);
    weft_store_release_u32(&wait_for_quiescents, count(&quiescents) + 2);
    support_solo_end(self);
    weft_store_release_u32(&wait_for_quiescents, 0);
    weft_store_release_u32(&in->is_through, 1);
}

/* Idle threads of other runtimes are readers of the domain, too. */
static void the_end_of_a_runtime_is_helped_by_other_runtimes(void) {
    weft_thread *self = begin();
    other ender;
    start(&ender, self, end_a_runtime);
    weft_store_release_u32(&ender.may_go_on, 1);
    AWAIT((weft_qsbr_quiescent(self), weft_load_acquire_u32(&ender.is_through) != 0));
    scenario_join(&ender.thread);
    CHECK(count(&synchronized) == 1);
    end(self);
}

/* A period that one runtime began is over when the other asks. */
static void runtimes_share_the_periods(void) {
    weft_thread *self = begin();
    retire_one(self);
    weft_qsbr_poll(self);
    weft_thread_detach(self);
    weft_thread *second = support_solo(NULL);
    retire_one(second);
    weft_qsbr_poll(second);
    CHECK(count(&begun) == 1);
    end_period();
    weft_qsbr_poll(second); /* begins the one for what came later */
    CHECK(count(&begun) == 2);
    CHECK(count(&freed) == 0);
    end_period();
    weft_qsbr_poll(second);
    CHECK(count(&freed) == 1);
    support_solo_end(second);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_poll(self); /* what the detach handed over gets a new goal */
    CHECK(count(&begun) == 3);
    end_period();
    weft_qsbr_poll(self);
    CHECK(count(&freed) == 2);
    end(self);
}

/* ---- misuse --------------------------------------------------------------------------------------- */

static const weft_qsbr_foreign second_domain = {
    .online = go_online,
    .offline = go_offline,
    .quiescent = pass,
    .begin = begin_period,
    .synchronize = synchronize,
};

static void use(void *argument) {
    weft_qsbr_use(argument);
}

static void end_a_wait(void *argument) {
    (void)argument;
    weft_qsbr_foreign_wait_end();
}

static void misuse_is_fatal(void) {
    weft_qsbr_use(&domain);
    weft_qsbr_use(&domain); /* again does nothing */
    weft_qsbr_install();
    CHECK(scenario_is_fatal(use, (void *)(uintptr_t)&second_domain,
                            "a second domain for reclamation", "domain at 0x"));
    CHECK(scenario_is_fatal(end_a_wait, NULL,
                            "end of a wait for a foreign grace period that was not begun",
                            "domain at 0x"));
}

const scenario foreign_scenarios[] = {
    {"OneThreadWaitsForTheDomain", one_thread_waits_for_the_domain},
    {"WhatComesLaterWaitsForTheNextPeriod", what_comes_later_waits_for_the_next_period},
    {"QuiescentStatesArePassedOnWhileAPeriodIsUnderWay",
     quiescent_states_are_passed_on_while_a_period_is_under_way},
    {"TheDomainMayNeedPolls", the_domain_may_need_polls},
    {"ThreadsOfWeftAreWaitedForToo", threads_of_weft_are_waited_for_too},
    {"IdleThreadsPassQuiescentStatesOn", idle_threads_pass_quiescent_states_on},
    {"TheEndOfAPeriodWakesWhoWaits", the_end_of_a_period_wakes_who_waits},
    {"ThreadsArePressedWhileAPeriodIsUnderWay", threads_are_pressed_while_a_period_is_under_way},
    {"ThreadsAreAskedForAPeriodNowAndThen", threads_are_asked_for_a_period_now_and_then},
    {"WhoWaitsAsksForAPeriodAgain", who_waits_asks_for_a_period_again},
    {"QuiescentStatesWakeWhoPolls", quiescent_states_wake_who_polls},
    {"BarrierFreesEverything", barrier_frees_everything},
    {"WaitsOfTheHostsAreHelped", waits_of_the_hosts_are_helped},
    {"HardCapHoldsUntilAPeriodHasEnded", hard_cap_holds_until_a_period_has_ended},
    {"StoppedThreadsAreOffline", stopped_threads_are_offline},
#ifndef _WIN32
    {"ForkWhileAPeriodIsUnderWay", fork_while_a_period_is_under_way},
    {"ForkWhileAnotherWaits", fork_while_another_waits},
#endif
#if SCENARIO_FORK_AMONG_RUNNING_THREADS
    {"ForkLosesThreadsThatAreOnline", fork_loses_threads_that_are_online},
    {"ForkWhileAnotherBeginsAPeriod", fork_while_another_begins_a_period},
#endif
    {"OnlineIsAttachedOrInAScope", online_is_attached_or_in_a_scope},
    {"ExitLeavesItsBacklogToOthers", exit_leaves_its_backlog_to_others},
    {"TheEndOfARuntimeWaitsForAPeriod", the_end_of_a_runtime_waits_for_a_period},
    {"EverySlotOfAThreadGoesOffline", every_slot_of_a_thread_goes_offline},
    {"TheEndOfARuntimeIsHelpedByOtherRuntimes", the_end_of_a_runtime_is_helped_by_other_runtimes},
    {"RuntimesShareThePeriods", runtimes_share_the_periods},
    {"MisuseIsFatal", misuse_is_fatal},
    {NULL, NULL},
};
