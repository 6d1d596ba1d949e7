/* The host's readers, of which weft knows nothing, are waited for; and weft's threads pass the quiescent
 * states that the host's domain needs. */
#include "adapter_scenarios.h"

#include "adapter_support.h"
#include "thread_support.h"
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include <string.h>

typedef struct item {
    weft_qsbr_node node;
} item;

static weft_atomic_u32 freed;

static void free_item(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    weft_qsbr_free(node, sizeof(item), sizeof(void *));
    weft_fetch_add_release_u32(&freed, 1);
}

static uint32_t freed_now(void) {
    return weft_load_acquire_u32(&freed);
}

static void retire_one(weft_thread *self) {
    item *made = weft_host_allocate(sizeof *made, sizeof(void *));
    CHECK(made != NULL);
    weft_qsbr_retire(self, &made->node, free_item, sizeof *made);
}

static weft_thread *begin(void) {
    CHECK(adapter_use() == NULL);
    weft_qsbr_install();
    weft_store_relaxed_u32(&freed, 0);
    adapter_thread_begin();
    return support_solo(NULL);
}

static void end(weft_thread *self) {
    support_solo_end(self);
    adapter_thread_end();
}

typedef struct reader {
    scenario_thread thread;
    weft_atomic_u32 reads;
    weft_atomic_u32 may_end;
} reader;

static void read_for_long(void *argument) {
    reader *self = argument;
    adapter_reader_begin();
    weft_store_release_u32(&self->reads, 1);
    AWAIT(weft_load_acquire_u32(&self->may_end) != 0);
    adapter_reader_end();
}

static void start(reader *one) {
    memset(one, 0, sizeof *one);
    scenario_start(&one->thread, read_for_long, one);
    AWAIT(weft_load_acquire_u32(&one->reads) != 0);
}

static void let_end(reader *one) {
    weft_store_release_u32(&one->may_end, 1);
    scenario_join(&one->thread);
}

/* Longer than a grace period takes without the reader. */
#define MANY_LOOKS 200

static void a_reader_of_the_hosts_is_waited_for(void) {
    weft_thread *self = begin();
    reader one;
    start(&one);
    retire_one(self);
    for (int i = 0; i < MANY_LOOKS; i++) {
        weft_qsbr_poll(self);
        CHECK(freed_now() == 0);
        scenario_sleep_ns(100000);
    }
    let_end(&one);
    AWAIT((weft_qsbr_poll(self), freed_now() == 1));
    end(self);
}

/* So would the reader be, that keeps what it found in a runtime for longer than the runtime lives. */
static void release_in_time(void *argument) {
    reader *one = argument;
    AWAIT(weft_load_acquire_u32(&one->reads) == 2);
    CHECK(freed_now() == 0);
    weft_store_release_u32(&one->may_end, 1);
}

static void the_end_of_a_runtime_waits_for_it_too(void) {
    weft_thread *self = begin();
    reader one;
    scenario_thread helper;
    start(&one);
    retire_one(self);
    scenario_start(&helper, release_in_time, &one);
    weft_store_release_u32(&one.reads, 2);
    end(self);
    CHECK(freed_now() == 1);
    scenario_join(&helper);
    scenario_join(&one.thread);
}

/* Without the quiescent states that weft passes on, no grace period of the host's would end. */
static void quiescent_states_are_the_hosts_too(void) {
    weft_thread *self = begin();
    for (uint32_t i = 1; i <= 10; i++) {
        retire_one(self);
        weft_qsbr_poll(self);
        AWAIT((weft_qsbr_quiescent(self), freed_now() == i));
    }
    end(self);
}

static void detach_lets_the_hosts_grace_periods_end(void) {
    weft_thread *self = begin();
    weft_runtime *runtime = weft_thread_runtime(self);
    retire_one(self);
    weft_thread_detach(self);
    weft_thread *second = support_solo(NULL);
    retire_one(second);
    weft_qsbr_barrier(second);
    CHECK(freed_now() == 1);
    support_solo_end(second);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(weft_thread_runtime(self) == runtime);
    weft_qsbr_barrier(self);
    CHECK(freed_now() == 2);
    end(self);
}

static void synchronize_and_barrier_end(void) {
    weft_thread *self = begin();
    for (uint32_t i = 1; i <= 20; i++) {
        retire_one(self);
        weft_qsbr_synchronize(self);
        weft_qsbr_barrier(self);
        CHECK(freed_now() == i);
    }
    end(self);
}

/* ---- with other threads of weft's ------------------------------------------------------------------ */

typedef struct helper {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u32 is_in;
    weft_atomic_u32 may_end;
} helper;

static void pass_all_the_time(void *argument) {
    helper *in = argument;
    adapter_thread_begin();
    weft_thread *self = support_enter(in->runtime);
    weft_store_release_u32(&in->is_in, 1);
    while (weft_load_acquire_u32(&in->may_end) == 0) {
        weft_qsbr_quiescent(self);
        (void)weft_thread_safepoint(self);
        scenario_sleep_ns(1000);
    }
    weft_thread_unregister(self);
    adapter_thread_end();
}

static void start_helper(helper *one, weft_thread *self) {
    memset(one, 0, sizeof *one);
    one->runtime = weft_thread_runtime(self);
    scenario_start(&one->thread, pass_all_the_time, one);
    AWAIT(weft_load_acquire_u32(&one->is_in) != 0);
}

static void end_helper(helper *one) {
    weft_store_release_u32(&one->may_end, 1);
    scenario_join(&one->thread);
}

static void threads_come_and_go(void) {
    enum { HELPERS = 3 };
    weft_thread *self = begin();
    helper helpers[HELPERS];
    for (uint32_t i = 1; i <= 5; i++) {
        for (int k = 0; k < HELPERS; k++) {
            start_helper(&helpers[k], self);
        }
        retire_one(self);
        weft_qsbr_barrier(self);
        CHECK(freed_now() == i);
        for (int k = 0; k < HELPERS; k++) {
            end_helper(&helpers[k]);
        }
    }
    end(self);
}

static void wait_as_the_host(void *argument) {
    (void)argument;
    adapter_synchronize();
}

/* Attached threads that have nothing to free do not hold the host up. */
static void a_wait_of_the_hosts_ends(void) {
    weft_thread *self = begin();
    helper other;
    scenario_thread host;
    start_helper(&other, self);
    for (int i = 0; i < 3; i++) {
        scenario_start(&host, wait_as_the_host, NULL);
        AWAIT((weft_qsbr_quiescent(self), scenario_finished(&host)));
        scenario_join(&host);
    }
    end_helper(&other);
    end(self);
}

/* Nor do threads that have stopped. */
static void a_wait_of_the_hosts_ends_in_a_stopped_world(void) {
    weft_thread *self = begin();
    helper other;
    scenario_thread host;
    start_helper(&other, self);
    retire_one(self);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    scenario_start(&host, wait_as_the_host, NULL);
    AWAIT((weft_qsbr_poll(self), scenario_finished(&host)));
    scenario_join(&host);
    CHECK(freed_now() == 0);
    weft_world_resume(self);
    AWAIT((weft_qsbr_poll(self), freed_now() == 1));
    end_helper(&other);
    end(self);
}

static void retire_over_the_cap(void *argument) {
    helper *in = argument;
    adapter_thread_begin();
    weft_thread *self = support_enter(in->runtime);
    retire_one(self);
    weft_qsbr_poll(self);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 1);
    weft_thread_unregister(self);
    adapter_thread_end();
}

static uint64_t waits_of(weft_runtime *runtime) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(runtime, &statistics);
    return statistics.waits;
}

/* A reader of the host's keeps a thread at the hard cap. */
static void hard_cap_holds(void) {
    weft_thread *self = begin();
    weft_runtime *runtime = weft_thread_runtime(self);
    reader one;
    helper writer = {.runtime = runtime};
    weft_qsbr_set_budgets(runtime, WEFT_QSBR_SOFT_BYTES, 0);
    start(&one);
    weft_thread_detach(self);
    scenario_start(&writer.thread, retire_over_the_cap, &writer);
    AWAIT(waits_of(runtime) == 1);
    CHECK(freed_now() == 0 && !scenario_finished(&writer.thread));
    let_end(&one);
    scenario_join(&writer.thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

#ifndef _WIN32
/* The period that was under way ends in the child, and others do; so do waits of the host's. */
static void go_on_in_the_child(void *argument) {
    weft_thread *self = argument;
    adapter_after_fork_child();
    weft_thread_after_fork_child(NULL);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (uint32_t i = 1; i <= 3; i++) {
        retire_one(self);
        AWAIT((weft_qsbr_poll(self), freed_now() == i + 1));
    }
    weft_thread_detach(self);
    adapter_synchronize();
}

static void fork_with_other_threads(void) {
    weft_thread *self = begin();
    helper other;
    start_helper(&other, self);
    retire_one(self);
    weft_qsbr_poll(self);
    weft_thread_detach(self);
    weft_thread_before_fork(NULL);
    adapter_before_fork();
    CHECK(scenario_forked(go_on_in_the_child, self));
    adapter_after_fork_parent();
    weft_thread_after_fork_parent(NULL);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    AWAIT((weft_qsbr_poll(self), freed_now() == 1));
    end_helper(&other);
    end(self);
}
#endif

const scenario adapter_scenarios[] = {
    {"AReaderOfTheHostsIsWaitedFor", a_reader_of_the_hosts_is_waited_for},
    {"TheEndOfARuntimeWaitsForItToo", the_end_of_a_runtime_waits_for_it_too},
    {"QuiescentStatesAreTheHostsToo", quiescent_states_are_the_hosts_too},
    {"DetachLetsTheHostsGracePeriodsEnd", detach_lets_the_hosts_grace_periods_end},
    {"SynchronizeAndBarrierEnd", synchronize_and_barrier_end},
    {"ThreadsComeAndGo", threads_come_and_go},
    {"AWaitOfTheHostsEnds", a_wait_of_the_hosts_ends},
    {"AWaitOfTheHostsEndsInAStoppedWorld", a_wait_of_the_hosts_ends_in_a_stopped_world},
    {"HardCapHolds", hard_cap_holds},
#ifndef _WIN32
    {"ForkWithOtherThreads", fork_with_other_threads},
#endif
    {NULL, NULL},
};
