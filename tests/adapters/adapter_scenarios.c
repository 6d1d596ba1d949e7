/* The host's readers, of which weft knows nothing, are waited for; and weft's threads pass the quiescent
 * states that the host's domain needs. */
#include "adapter_scenarios.h"

#include "adapter_support.h"
#include "thread_support.h"
#include "weft_host.h"
#include "weft_qsbr.h"

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
    return support_solo(NULL);
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
    support_solo_end(self);
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
    support_solo_end(self);
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
    support_solo_end(self);
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
    support_solo_end(self);
}

static void synchronize_and_barrier_end(void) {
    weft_thread *self = begin();
    for (uint32_t i = 1; i <= 20; i++) {
        retire_one(self);
        weft_qsbr_synchronize(self);
        weft_qsbr_barrier(self);
        CHECK(freed_now() == i);
    }
    support_solo_end(self);
}

const scenario adapter_scenarios[] = {
    {"AReaderOfTheHostsIsWaitedFor", a_reader_of_the_hosts_is_waited_for},
    {"TheEndOfARuntimeWaitsForItToo", the_end_of_a_runtime_waits_for_it_too},
    {"QuiescentStatesAreTheHostsToo", quiescent_states_are_the_hosts_too},
    {"DetachLetsTheHostsGracePeriodsEnd", detach_lets_the_hosts_grace_periods_end},
    {"SynchronizeAndBarrierEnd", synchronize_and_barrier_end},
    {NULL, NULL},
};
