#include "adapter_support.h"

#if defined(__has_include) && !__has_include(<ck_epoch.h>)

const char *adapter_use(void) {
    return "Concurrency Kit is not installed (package libck-dev)";
}
void adapter_reader_begin(void) {}
void adapter_reader_end(void) {}
void adapter_thread_begin(void) {}
void adapter_thread_end(void) {}
void adapter_synchronize(void) {}
void adapter_before_fork(void) {}
void adapter_after_fork_parent(void) {}
void adapter_after_fork_child(void) {}
const scenario adapter_own_scenarios[] = {{NULL, NULL}};

#else

#include "thread_support.h"
#include "weft_ck_epoch.h"
#include "weft_host.h"

#include <ck_epoch.h>

#include <stddef.h>

static ck_epoch_t epoch;

/* One reader at a time, and one thread that waits. */
static ck_epoch_record_t reader;
static ck_epoch_record_t waiter;

const char *adapter_use(void) {
    static bool is_used;
    if (!is_used) {
        ck_epoch_init(&epoch);
        ck_epoch_register(&epoch, &reader, NULL);
        ck_epoch_register(&epoch, &waiter, NULL);
        is_used = true;
    }
    weft_ck_epoch_use(&epoch);
    return NULL;
}

void adapter_reader_begin(void) {
    ck_epoch_begin(&reader, NULL);
}

void adapter_reader_end(void) {
    (void)ck_epoch_end(&reader, NULL);
}

void adapter_thread_begin(void) {}
void adapter_thread_end(void) {}

void adapter_synchronize(void) {
    weft_qsbr_foreign_wait_begin();
    ck_epoch_synchronize(&waiter);
    weft_qsbr_foreign_wait_end();
}

void adapter_before_fork(void) {}
void adapter_after_fork_parent(void) {}
void adapter_after_fork_child(void) {}

/* ---- no memory for a record ------------------------------------------------------------------------ */

#ifndef _WIN32
static void *refuse(void *context, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    return NULL;
}

static void attach(void *argument) {
    CHECK(weft_thread_attach(argument) == WEFT_THREAD_OK);
}

static void attach_without_memory(void *argument) {
    (void)argument;
    CHECK(adapter_use() == NULL);
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_host host = *weft_host_get();
    /* Slots that threads had before have a record already. */
    uint32_t slots = weft_thread_slot_count();
    weft_thread *self = NULL;
    do {
        CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    } while (self->index < slots);
    host.allocate = refuse;
    weft_host_set(&host);
    CHECK(scenario_is_fatal(attach, self, "no memory for a record of ck_epoch", "epoch at 0x"));
}

/* In a process of its own: the attach stays half done. */
static void no_memory_for_a_record_is_fatal(void) {
    CHECK(scenario_forked(attach_without_memory, NULL));
}

/* ---- sections of threads that a fork loses --------------------------------------------------------- */

typedef struct bystander {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u32 is_in;
    weft_atomic_u32 may_end;
} bystander;

static void stay_attached(void *argument) {
    bystander *in = argument;
    weft_thread *self = support_enter(in->runtime);
    weft_store_release_u32(&in->is_in, 1);
    AWAIT(weft_load_acquire_u32(&in->may_end) != 0);
    weft_thread_unregister(self);
}

static bool is_run;

static void run(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
    is_run = true;
}

static void wait_for_nobody(void *argument) {
    weft_thread *self = argument;
    static weft_qsbr_node node;
    weft_thread_after_fork_child(self);
    weft_qsbr_retire(self, &node, run, sizeof node);
    AWAIT((weft_qsbr_poll(self), is_run));
    weft_thread_detach(self);
    ck_epoch_synchronize(&waiter);
}

/* Not prepared, so that it is not stopped first. */
static void the_lost_are_not_waited_for(void) {
    CHECK(adapter_use() == NULL);
    weft_qsbr_install();
    weft_thread *self = support_solo(NULL);
    bystander other = {.runtime = weft_thread_runtime(self)};
    scenario_start(&other.thread, stay_attached, &other);
    AWAIT(weft_load_acquire_u32(&other.is_in) != 0);
    CHECK(scenario_forked(wait_for_nobody, self));
    weft_store_release_u32(&other.may_end, 1);
    scenario_join(&other.thread);
    support_solo_end(self);
}
#endif

const scenario adapter_own_scenarios[] = {
#ifndef _WIN32
    {"NoMemoryForARecordIsFatal", no_memory_for_a_record_is_fatal},
    {"TheLostAreNotWaitedFor", the_lost_are_not_waited_for},
#endif
    {NULL, NULL},
};

#endif
