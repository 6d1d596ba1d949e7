#define _POSIX_C_SOURCE 200809L
#include "qsbr_scenarios.h"

#include "borrows.h"
#include "seam.h"
#include "weft_critical.h"
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include <sched.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

/* ---- what is retired ---------------------------------------------------------------------- */

#define ALIVE UINT64_C(0x600dc0de600dc0de)
#define DEAD UINT64_C(0xdeadbeefdeadbeef)

typedef struct item {
    weft_atomic_u64 magic;
    weft_qsbr_node node; /* not at the start: a node may be anywhere in what it frees */
    uint64_t number;
    uint32_t again; /* how often its callback retires another */
} item;

#define BLOCK ((size_t)1 << 20) /* a large one */

static weft_atomic_u64 made;
static weft_atomic_u64 freed;
static weft_atomic_u64 freed_without_thread;
static weft_atomic_u64 last_freed; /* the number of the item freed last */

static uint64_t freed_now(void) {
    return weft_load_acquire_u64(&freed);
}

static item *item_of(weft_qsbr_node *node) {
    return (item *)(void *)((unsigned char *)node - offsetof(item, node));
}

static item *make_item(uint64_t number) {
    item *made_item =
        weft_host_allocate(sizeof *made_item, sizeof(void *) > 8 ? sizeof(void *) : 8);
    if (made_item == NULL) {
        abort();
    }
    memset(made_item, 0, sizeof *made_item);
    weft_init_u64(&made_item->magic, ALIVE);
    made_item->number = number;
    weft_fetch_add_relaxed_u64(&made, 1);
    return made_item;
}

static void free_item(weft_thread *self, weft_qsbr_node *node);

static void retire_sized(weft_thread *self, item *old, size_t size) {
    weft_qsbr_retire(self, &old->node, free_item, size);
}

static void retire_number(weft_thread *self, uint64_t number) {
    retire_sized(self, make_item(number), sizeof(item));
}

static void free_item(weft_thread *self, weft_qsbr_node *node) {
    item *old = item_of(node);
    CHECK(weft_load_relaxed_u64(&old->magic) == ALIVE);
    weft_store_relaxed_u64(&old->magic, DEAD);
    if (old->again != 0 && self != NULL) {
        item *next = make_item(old->number + 1);
        next->again = old->again - 1;
        retire_sized(self, next, sizeof *next);
    }
    if (self == NULL) {
        weft_fetch_add_relaxed_u64(&freed_without_thread, 1);
    }
    weft_store_relaxed_u64(&last_freed, old->number);
    weft_qsbr_free(old, sizeof *old, sizeof(void *) > 8 ? sizeof(void *) : 8);
    weft_fetch_add_release_u64(&freed, 1);
}

/* ---- a runtime, and threads that do as they are told ------------------------------------------ */

static weft_runtime *begin_with(weft_thread **self, void *host, const weft_runtime_config *config) {
    weft_qsbr_install();
    weft_store_relaxed_u64(&made, 0);
    weft_store_relaxed_u64(&freed, 0);
    weft_store_relaxed_u64(&freed_without_thread, 0);
    weft_runtime *runtime = weft_runtime_create(config);
    CHECK(runtime != NULL);
    CHECK(weft_thread_register(runtime, host, self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(*self) == WEFT_THREAD_OK);
    return runtime;
}

static weft_runtime *begin(weft_thread **self) {
    return begin_with(self, NULL, NULL);
}

/* Nothing that was retired is left, whoever had it. */
static void end(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(freed_now() == weft_load_relaxed_u64(&made));
    weft_qsbr_set_batch(WEFT_QSBR_BATCH_BYTES);
}

static size_t pending(weft_thread *self) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(weft_thread_runtime(self), &statistics);
    return statistics.pending;
}

static uint64_t scans_of(weft_runtime *runtime) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(runtime, &statistics);
    return statistics.scans;
}

static uint64_t kicks_of(weft_runtime *runtime) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(runtime, &statistics);
    return statistics.kicks;
}

static bool is_throttled(const weft_thread *self) {
    return (weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) != 0;
}

/* Whether what a waiting thread may wait for is announced to nobody. */
static bool nobody_waits(weft_thread *self) {
    uint64_t before = weft_load_relaxed_u64(&seam_count.unparks);
    for (uint64_t i = 0; i < 3; i++) {
        retire_number(self, i);
        weft_qsbr_poll(self);
        weft_qsbr_quiescent(self);
    }
    return weft_load_relaxed_u64(&seam_count.unparks) == before;
}

typedef enum command {
    NOTHING,
    QUIESCE,
    SAFEPOINT,
    POLL,
    RETIRE,
    DETACH,
    ATTACH,
    SCOPE,
    END_SCOPE,
    NATIVE,
    END_NATIVE,
    SYNCHRONIZE,
    SPIN, /* quiescent states and safepoints until the next command */
    SPIN_QUIESCENT,
    SPIN_SAFEPOINTS,
    LEAVE
} command;

typedef struct actor {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_thread *slot;
    weft_atomic_u32 command;
} actor;

static void take_part(actor *self, command what) {
    switch (what) {
    case QUIESCE:
        weft_qsbr_quiescent(self->slot);
        break;
    case SAFEPOINT:
        weft_thread_safepoint(self->slot);
        break;
    case POLL:
        weft_qsbr_poll(self->slot);
        break;
    case RETIRE:
        retire_number(self->slot, 0);
        break;
    case DETACH:
        weft_thread_detach(self->slot);
        break;
    case ATTACH:
        CHECK(weft_thread_attach(self->slot) == WEFT_THREAD_OK);
        break;
    case SCOPE:
        weft_qsbr_no_quiesce_begin(self->slot);
        break;
    case END_SCOPE:
        weft_qsbr_no_quiesce_end(self->slot);
        break;
    case NATIVE:
        weft_qsbr_native_begin(self->slot);
        break;
    case END_NATIVE:
        weft_qsbr_native_end(self->slot);
        break;
    case SYNCHRONIZE:
        weft_qsbr_synchronize(self->slot);
        break;
    default:
        break;
    }
}

static void act(void *argument) {
    actor *self = argument;
    CHECK(weft_thread_register(self->runtime, self, &self->slot) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self->slot) == WEFT_THREAD_OK);
    weft_store_release_u32(&self->command, NOTHING);
    command spins = NOTHING;
    for (;;) {
        command what = (command)weft_load_acquire_u32(&self->command);
        if (what == NOTHING) {
            if (spins == SPIN || spins == SPIN_QUIESCENT) {
                weft_qsbr_quiescent(self->slot);
            }
            if (spins == SPIN || spins == SPIN_SAFEPOINTS) {
                weft_thread_safepoint(self->slot);
            }
            sched_yield();
            continue;
        }
        spins = what;
        if (what == LEAVE) {
            break;
        }
        take_part(self, what);
        weft_store_release_u32(&self->command, NOTHING);
    }
    weft_thread_unregister(self->slot);
}

static void tell(actor *one, command what) {
    weft_store_release_u32(&one->command, (uint32_t)what);
    AWAIT(weft_load_acquire_u32(&one->command) == NOTHING);
}

static void summon(actor *one, weft_runtime *runtime) {
    memset(one, 0, sizeof *one);
    one->runtime = runtime;
    weft_store_relaxed_u32(&one->command, LEAVE);
    scenario_start(&one->thread, act, one);
    AWAIT(weft_load_acquire_u32(&one->command) == NOTHING);
}

static void dismiss(actor *one) {
    weft_store_release_u32(&one->command, LEAVE);
    scenario_join(&one->thread);
}

/* ---- one thread --------------------------------------------------------------------------- */

static void lone_backlog_runs_at_the_next_quiescent_state(void) {
    weft_thread *self;
    begin(&self);
    for (uint64_t i = 1; i <= 3; i++) {
        retire_number(self, i);
        CHECK(freed_now() == 0);
    }
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 3);
    CHECK(weft_load_relaxed_u64(&last_freed) == 3); /* in the order they were retired */
    CHECK(pending(self) == 0);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 3);
    end(self);
}

/* However much: retire itself frees nothing, ends no borrow and does not detach. */
static void retire_never_frees(void) {
    weft_thread *self;
    begin(&self);
    weft_qsbr_set_batch(0);
    weft_qsbr_stamp stamp = weft_qsbr_borrow_stamp(self);
    for (uint64_t i = 1; i <= 100; i++) {
        retire_sized(self, make_item(i), (size_t)1 << 20);
        CHECK(weft_thread_is_attached(self));
        weft_qsbr_borrow_check(self, stamp);
        CHECK(freed_now() == 0);
    }
    CHECK(pending(self) == (size_t)100 << 20);
    CHECK((weft_load_relaxed_u32(&self->state) & WEFT_BREAK_THROTTLE) != 0);
    /* A full batch's debt is paid at a safepoint, without a quiescent state of the host's. */
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 100);
    CHECK(weft_load_relaxed_u64(&last_freed) == 100);
    CHECK(pending(self) == 0);
    CHECK(weft_load_relaxed_u32(&self->state) == WEFT_THREAD_ATTACHED);
    end(self);
}

static void callbacks_may_retire_again(void) {
    weft_thread *self;
    begin(&self);
    item *first = make_item(1);
    first->again = 3;
    retire_sized(self, first, sizeof *first);
    for (uint64_t i = 1; i <= 4; i++) {
        weft_qsbr_quiescent(self);
        CHECK(freed_now() == i);
    }
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 4);
    end(self);
}

/* What a callback retires, or what is retired between a quiescent state's looks, is found by the next one with nothing else
 * happening. */
static void work_of_its_own_is_not_forgotten(void) {
    weft_thread *self;
    begin(&self);
    for (int round = 0; round < 10; round++) {
        uint64_t before = freed_now();
        item *one = make_item(1);
        one->again = 1;
        retire_sized(self, one, sizeof *one);
        weft_qsbr_quiescent(self);
        CHECK(freed_now() == before + 1);
        weft_qsbr_quiescent(self);
        CHECK(freed_now() == before + 2);
        /* Idle now; and wakes up again. */
        CHECK(weft_qsbr_slot_of(self)->idle != 0);
    }
    end(self);
}

/* What is handed over while another thread finds that it has nothing to do: it looks again, with nothing else happening. */
typedef struct other_worker {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u32 may_end;
} other_worker;

static void work_for_others(void *argument) {
    other_worker *in = argument;
    weft_thread *self;
    CHECK(weft_thread_register(in->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (uint32_t i = 0; weft_load_acquire_u32(&in->may_end) == 0; i++) {
        weft_qsbr_quiescent(self);
        if (i % 256 == 0) {
            sched_yield(); /* there may be one processor only */
        }
    }
    weft_thread_unregister(self);
}

static void await_freed(uint64_t number) {
    for (int i = 0; i < 1000 && freed_now() != number; i++) {
        sched_yield(); /* no sleep yet: a round is to be short */
    }
    AWAIT(freed_now() == number);
}

static void work_of_others_is_not_forgotten(void) {
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    weft_thread *self;
    other_worker worker = {.runtime = begin(&self)};
    scenario_start(&worker.thread, work_for_others, &worker);
    uint64_t round = 0;
    do {
        retire_number(self, ++round);
        weft_thread_detach(self);
        await_freed(round);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    } while (scenario_now_ns() < until);
    weft_store_release_u32(&worker.may_end, 1);
    scenario_join(&worker.thread);
    end(self);
}

/* As liburcu's hash table once did: what is queued while a worker ends is not to be forgotten
 * because a flag said that work was under way. */
static void regression_liburcu_lfht_work_flag_set_too_late(void) {
    work_of_its_own_is_not_forgotten();
    work_of_others_is_not_forgotten();
}

static void exit_drains_to_a_fixpoint(void) {
    weft_thread *self;
    begin(&self);
    item *first = make_item(1);
    first->again = 100;
    retire_sized(self, first, sizeof *first);
    end(self);
    CHECK(freed_now() == 101);
    CHECK(weft_load_relaxed_u64(&freed_without_thread) == 0);
}

/* What not even a drain at exit gets rid of is freed at the end of the runtime, without a thread. */
static void runtime_end_runs_what_is_left(void) {
    weft_thread *self;
    begin(&self);
    item *first = make_item(1);
    first->again = 100000;
    retire_sized(self, first, sizeof *first);
    end(self);
    CHECK(weft_load_relaxed_u64(&freed_without_thread) == 1);
}

static void debts_wait_for_critical_sections_scopes_and_stopped_worlds(void) {
    weft_thread *self;
    begin(&self);
    weft_mutex lock = WEFT_MUTEX_INIT;
    weft_critical section;
    weft_qsbr_set_batch(0);
    weft_critical_begin(self, &section, &lock);
    retire_number(self, 1);
    CHECK(weft_thread_safepoint(self) == 0);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 0);
    weft_critical_end(self, &section);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 1);

    weft_qsbr_no_quiesce_begin(self);
    weft_qsbr_no_quiesce_begin(self);
    retire_number(self, 2);
    CHECK(weft_thread_safepoint(self) == 0);
    weft_qsbr_no_quiesce_end(self);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 1);
    weft_qsbr_no_quiesce_end(self);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 2);

    retire_number(self, 3);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(weft_thread_safepoint(self) == 0);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 2);
    weft_world_resume(self);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 3);
    end(self);
}

/* A callback that passes safepoints and quiescent states of its own: nothing is run inside it. */
typedef struct nested {
    weft_qsbr_node node;
    uint64_t seen;
} nested;

static void free_nested(weft_thread *self, weft_qsbr_node *node) {
    nested *one = (nested *)node;
    retire_number(self, 7);
    uint64_t before = freed_now();
    CHECK(weft_thread_safepoint(self) == 0);
    weft_qsbr_quiescent(self);
    weft_qsbr_poll(self);
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    one->seen = freed_now() - before;
}

static void nothing_runs_inside_a_callback(void) {
    weft_thread *self;
    nested one = {{NULL, NULL}, 99};
    begin(&self);
    weft_qsbr_set_batch(0);
    weft_qsbr_retire(self, &one.node, free_nested, 1);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(one.seen == 0);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 1);
    end(self);
}

static void sizes_count_at_least_the_node(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    retire_sized(self, make_item(1), 0);
    retire_sized(self, make_item(2), 1000);
    weft_qsbr_poll(self); /* closes */
    CHECK(pending(self) == sizeof(weft_qsbr_node) + 1000);
    dismiss(&reader);
    end(self);
}

/* ---- grace periods -------------------------------------------------------------------------- */

static void reader_holds_the_grace_period(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    retire_number(self, 1);
    for (int i = 0; i < 5; i++) {
        weft_qsbr_poll(self);
        weft_qsbr_quiescent(self);
        CHECK(weft_thread_safepoint(self) == 0);
    }
    CHECK(freed_now() == 0);
    tell(&reader, QUIESCE);
    CHECK(freed_now() == 0); /* it was not the reader's */
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 1);
    dismiss(&reader);
    end(self);
}

/* The goal comes when the batch is closed: a quiescent state before that does not count, even one
 * that comes after the retire. */
static void quiescent_state_before_the_close_does_not_count(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    retire_number(self, 1);
    tell(&reader, QUIESCE);
    weft_qsbr_poll(self); /* closes */
    weft_qsbr_poll(self);
    CHECK(freed_now() == 0);
    tell(&reader, QUIESCE);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 1);
    dismiss(&reader);
    end(self);
}

static void detached_thread_holds_nothing_up(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    tell(&reader, DETACH);
    retire_number(self, 1);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 1);
    /* One that attaches after the close has nothing from before it. */
    tell(&reader, ATTACH);
    retire_number(self, 2);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 1);
    tell(&reader, DETACH);
    tell(&reader, ATTACH);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 2);
    dismiss(&reader);
    end(self);
}

static void reader_of_another_runtime_holds_nothing_up(void) {
    weft_thread *self;
    actor reader;
    begin(&self);
    weft_runtime *other = weft_runtime_create(NULL);
    summon(&reader, other);
    retire_number(self, 1);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 1);
    dismiss(&reader);
    weft_runtime_release(other);
    end(self);
}

static void scope_holds_the_grace_period_while_detached(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    tell(&reader, SCOPE);
    tell(&reader, DETACH);
    retire_number(self, 1);
    for (int i = 0; i < 3; i++) {
        weft_qsbr_poll(self);
    }
    CHECK(freed_now() == 0);
    tell(&reader, ATTACH);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 0);
    tell(&reader, END_SCOPE);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 0);
    tell(&reader, QUIESCE);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 1);
    dismiss(&reader);
    end(self);
}

/* A thread that sleeps does not sit on what it has retired. */
static void detach_hands_the_backlog_over(void) {
    weft_thread *self;
    actor other;
    weft_runtime *runtime = begin(&self);
    summon(&other, runtime);
    tell(&other, RETIRE);
    tell(&other, DETACH);
    for (int i = 0; i < 3 && freed_now() == 0; i++) {
        weft_qsbr_quiescent(self);
    }
    CHECK(freed_now() == 1);
    CHECK(pending(self) == 0);
    dismiss(&other);
    end(self);
}

static void handed_over_waits_for_its_own_grace_period(void) {
    weft_thread *self;
    actor other;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&other, runtime);
    summon(&reader, runtime);
    tell(&other, RETIRE);
    dismiss(&other); /* exit */
    for (int i = 0; i < 5; i++) {
        weft_qsbr_quiescent(self);
    }
    CHECK(freed_now() == 0);
    tell(&reader, QUIESCE);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 1);
    dismiss(&reader);
    end(self);
}

static void oldest_batch_is_not_held_up_by_later_ones(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    retire_number(self, 1);
    weft_qsbr_poll(self);
    for (uint64_t i = 2; i <= 10; i++) {
        tell(&reader, QUIESCE);
        retire_number(self, i);
        weft_qsbr_poll(self); /* closes the new one before it looks at the old one */
        CHECK(freed_now() == i - 1);
    }
    for (uint64_t i = 11; i <= 20; i++) { /* no quiescent state: they pile up */
        retire_number(self, i);
        weft_qsbr_poll(self);
    }
    CHECK(freed_now() == 9);
    tell(&reader, QUIESCE);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 20);
    CHECK(weft_load_relaxed_u64(&last_freed) == 20);
    dismiss(&reader);
    end(self);
}

/* Batches that are put together wait for the newest of them. */
static void merged_batches_wait_for_the_newest(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    retire_number(self, 1);
    weft_qsbr_poll(self);
    retire_number(self, 2);
    weft_qsbr_poll(self);
    tell(&reader, QUIESCE);
    retire_number(self, 3);
    weft_qsbr_poll(self); /* closes 3 into the batch of 2, then runs 1 */
    CHECK(freed_now() == 1);
    tell(&reader, QUIESCE);
    weft_qsbr_poll(self);
    CHECK(freed_now() == 3);
    dismiss(&reader);
    end(self);
}

/* Each block is a full batch, and the reader passes when there are two closed ones: the next does not take what is due
 * with it into another grace period. */
static void retire_large(weft_thread *self, uint64_t first, uint64_t last,
                         void (*passes)(weft_thread *self)) {
    for (uint64_t i = first; i <= last; i++) {
        retire_sized(self, make_item(i), BLOCK);
        passes(self);
    }
}

static void large_blocks_wait_for_one(void (*passes)(weft_thread *self)) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_budgets(runtime, SIZE_MAX, SIZE_MAX);
    summon(&reader, runtime);
    retire_large(self, 1, 5, passes);
    CHECK(freed_now() == 0 && pending(self) == 5 * BLOCK);
    tell(&reader, QUIESCE);
    retire_large(self, 6, 6, passes);
    CHECK(freed_now() == 5 && pending(self) == BLOCK); /* the sixth was closed */
    tell(&reader, QUIESCE);
    retire_large(self, 7, 7, passes);
    CHECK(freed_now() == 6);
    /* Where nothing may run it is closed at once. */
    retire_large(self, 8, 9, passes);
    tell(&reader, QUIESCE);
    weft_qsbr_no_quiesce_begin(self);
    retire_sized(self, make_item(10), BLOCK);
    weft_qsbr_no_quiesce_end(self);
    CHECK(freed_now() == 6 && pending(self) == 4 * BLOCK);
    dismiss(&reader);
    end(self);
}

static void pass_one_safepoint(weft_thread *self) {
    CHECK(weft_thread_safepoint(self) == 0);
}

static void detach_and_attach(weft_thread *self) {
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
}

static void large_blocks_wait_for_one_grace_period(void) {
    large_blocks_wait_for_one(pass_one_safepoint);
    large_blocks_wait_for_one(weft_qsbr_quiescent);
}

static bool is_open(weft_thread *self) {
    return weft_qsbr_slot_of(self)->open.head != NULL;
}

/* Two closed batches, of which the second is due, so that a third is left open. */
static weft_runtime *begin_with_two_due(weft_thread **self, actor *reader) {
    weft_runtime *runtime = begin(self);
    weft_qsbr_set_budgets(runtime, SIZE_MAX, SIZE_MAX);
    summon(reader, runtime);
    retire_large(*self, 1, 3, pass_one_safepoint);
    tell(reader, QUIESCE);
    weft_qsbr_set_batch(2 * BLOCK);
    return runtime;
}

/* Without a safepoint it stays open until as much again is behind it. It waits as what is closed does: `pending` has it. */
static void full_batch_that_stays_open_has_a_bound(void) {
    weft_thread *self;
    actor reader;
    (void)begin_with_two_due(&self, &reader);
    retire_sized(self, make_item(4), BLOCK);
    CHECK(is_open(self) && pending(self) == 3 * BLOCK);
    retire_sized(self, make_item(5), BLOCK); /* full */
    CHECK(is_open(self) && pending(self) == 5 * BLOCK);
    retire_sized(self, make_item(6), BLOCK);
    CHECK(is_open(self) && pending(self) == 5 * BLOCK);
    retire_sized(self, make_item(7), BLOCK);
    CHECK(!is_open(self) && pending(self) == 7 * BLOCK && freed_now() == 0);
    pass_one_safepoint(self);
    CHECK(freed_now() == 1 && pending(self) == 6 * BLOCK);
    tell(&reader, QUIESCE);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 7 && pending(self) == 0);
    dismiss(&reader);
    end(self);
}

/* However it goes on, its bytes are counted once. */
static void full_batch_that_stays_open_is_counted_once(void) {
    void (*const let_go[])(weft_thread *self) = {weft_qsbr_close, weft_qsbr_poll,
                                                 weft_qsbr_quiescent, detach_and_attach};
    for (size_t i = 0; i < sizeof let_go / sizeof *let_go; i++) {
        weft_thread *self;
        actor reader;
        (void)begin_with_two_due(&self, &reader);
        retire_sized(self, make_item(4), 2 * BLOCK);
        CHECK(is_open(self) && pending(self) == 5 * BLOCK);
        retire_sized(self, make_item(5), BLOCK);
        let_go[i](self);
        CHECK(!is_open(self));
        dismiss(&reader); /* alone: all is run */
        weft_qsbr_quiescent(self);
        weft_qsbr_quiescent(self);
        CHECK(freed_now() == 5 && pending(self) == 0);
        end(self);
    }
    weft_thread *self;
    actor reader;
    (void)begin_with_two_due(&self, &reader);
    retire_sized(self, make_item(4), 2 * BLOCK);
    dismiss(&reader);
    weft_qsbr_quiescent(self); /* alone, with what is open */
    CHECK(freed_now() == 4 && pending(self) == 0);
    end(self);
}

/* What was left open for the next safepoint is closed there, though another thread's scan has found meanwhile that nothing is
 * due, and too much waits. */
static void full_batch_is_closed_beside_a_reader_that_holds_it_up(void) {
    weft_thread *self;
    actor reader;
    actor other;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_budgets(runtime, BLOCK, SIZE_MAX);
    summon(&reader, runtime);
    summon(&other, runtime); /* found first */
    retire_large(self, 1, 3, pass_one_safepoint);
    tell(&other, QUIESCE);
    retire_sized(self, make_item(4), BLOCK);
    CHECK(is_open(self));
    tell(&other, POLL);
    pass_one_safepoint(self);
    CHECK(freed_now() == 0 && !is_open(self));
    dismiss(&other);
    dismiss(&reader);
    end(self);
}

/* In the order they were retired, whatever the batch. */
static void free_in_turn(weft_thread *self, weft_qsbr_node *node) {
    CHECK(item_of(node)->number == weft_load_relaxed_u64(&last_freed) + 1);
    free_item(self, node);
}

static void retire_in_turn(weft_thread *self, uint64_t number) {
    weft_qsbr_retire(self, &make_item(number)->node, free_in_turn, sizeof(item));
}

/* Multidict issues 1443, 1461, 1497 and 1481: a count of readers, kept by hand, with a leak, two uses after free and a
 * wrong order, one after the other. */
static void regression_multidict_1443_readers_counted_by_hand(void) {
    weft_thread *self;
    actor one;
    actor two;
    uint64_t number = 0;
    weft_runtime *runtime = begin(&self);
    weft_store_relaxed_u64(&last_freed, 0);
    summon(&one, runtime);
    summon(&two, runtime);
    /* The leak: readers that overlap, so that their count is never zero. Each has left, and that is enough. */
    for (int round = 0; round < 5; round++) {
        retire_in_turn(self, ++number);
        weft_qsbr_poll(self);
        tell(&one, DETACH);
        tell(&one, ATTACH);
        tell(&two, DETACH);
        tell(&two, ATTACH);
        weft_qsbr_poll(self);
        CHECK(freed_now() == number);
    }
    /* Uses after free: who reads since before the unlink is waited for, whoever else comes and goes. */
    retire_in_turn(self, ++number);
    weft_qsbr_poll(self);
    for (int round = 0; round < 5; round++) {
        tell(&one, DETACH);
        weft_qsbr_poll(self);
        tell(&one, ATTACH);
        weft_qsbr_poll(self);
        CHECK(freed_now() == number - 1);
    }
    tell(&two, QUIESCE);
    weft_qsbr_poll(self);
    CHECK(freed_now() == number);
    /* And who retires reads as well. */
    dismiss(&one);
    dismiss(&two);
    retire_in_turn(self, ++number);
    CHECK(freed_now() == number - 1);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == number);
    /* The order, across the batches of a thread. */
    summon(&one, runtime);
    for (int i = 0; i < 20; i++) {
        retire_in_turn(self, ++number);
        if (i % 3 == 0) {
            weft_qsbr_poll(self);
        }
    }
    tell(&one, SPIN);
    weft_qsbr_barrier(self);
    CHECK(freed_now() == number);
    dismiss(&one);
    end(self);
}

/* As long as the thread that lagged lags, a look at it alone is enough; and once it does not, the list is
 * walked again. */
static void the_laggard_is_looked_at_first(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    retire_number(self, 1);
    weft_qsbr_poll(self);
    uint64_t scans = scans_of(runtime);
    for (int i = 0; i < 100; i++) {
        weft_qsbr_quiescent(self);
    }
    CHECK(scans_of(runtime) == scans);
    tell(&reader, QUIESCE);
    weft_qsbr_quiescent(self);
    CHECK(scans_of(runtime) == scans + 1 && freed_now() == 1);
    dismiss(&reader);
    end(self);
}

/* Who finds another at it goes on. The lock stands for a scan that takes long. */
static void one_thread_scans_at_a_time(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    uint64_t scans = scans_of(runtime);
    weft_mutex_lock(&runtime->list_lock);
    retire_number(self, 1);
    weft_qsbr_quiescent(self);
    weft_qsbr_poll(self);
    CHECK(weft_thread_is_attached(self));
    CHECK(scans_of(runtime) == scans && freed_now() == 0);
    weft_mutex_unlock(&runtime->list_lock);
    weft_qsbr_poll(self);
    CHECK(scans_of(runtime) > scans && freed_now() == 1);
    end(self);
}

static void sequence_wraps(void) {
    weft_qsbr_start_at(UINTPTR_MAX - 10);
    for (int round = 0; round < 3; round++) {
        weft_thread *self;
        actor reader;
        weft_runtime *runtime = begin(&self);
        summon(&reader, runtime);
        for (uint64_t i = 1; i <= 10; i++) {
            retire_number(self, i);
            weft_qsbr_poll(self);
            weft_qsbr_poll(self);
            CHECK(freed_now() == i - 1);
            tell(&reader, QUIESCE);
            weft_qsbr_poll(self);
            CHECK(freed_now() == i);
        }
        CHECK(weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) % 2 == 1);
        tell(&reader, SPIN);
        weft_qsbr_synchronize(self);
        dismiss(&reader);
        end(self);
    }
    CHECK(weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) < UINTPTR_MAX / 2);
}

/* A runtime that nobody looked at while others closed almost as many batches as the header allows there, where a
 * sequence is a word of 32 bits. Here: of as many as there are, and the sequence jumps. */
static void sequence_wraps_beside_an_idle_runtime(void) {
    const uintptr_t almost_half = UINTPTR_MAX / 2 - 1000;
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    for (uint64_t i = 1; i <= 6; i++) {
        weft_thread_detach(self);
        weft_qsbr_start_at(weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) + almost_half);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
        summon(&reader, runtime);
        retire_number(self, i);
        weft_qsbr_poll(self);
        weft_qsbr_poll(self);
        CHECK(freed_now() == i - 1);
        tell(&reader, QUIESCE);
        weft_qsbr_poll(self);
        CHECK(freed_now() == i);
        dismiss(&reader);
    }
    end(self);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void synchronize_alone_and_with_detached(void) {
    weft_thread *self;
    actor other;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_synchronize(self);
    summon(&other, runtime);
    tell(&other, DETACH);
    weft_qsbr_synchronize(self);
    dismiss(&other);
    weft_qsbr_synchronize(self);
    end(self);
}

typedef struct waiter {
    scenario_thread thread;
    weft_runtime *runtime;
    void (*wait)(weft_thread *self);
    weft_atomic_u32 begun;
} waiter;

static void wait_once(void *argument) {
    waiter *one = argument;
    weft_thread *self;
    CHECK(weft_thread_register(one->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_store_release_u32(&one->begun, 1);
    one->wait(self);
    weft_thread_unregister(self);
}

static void start_waiter(waiter *one, weft_runtime *runtime, void (*wait)(weft_thread *self)) {
    memset(one, 0, sizeof *one);
    one->runtime = runtime;
    one->wait = wait;
    scenario_start(&one->thread, wait_once, one);
    AWAIT(weft_load_acquire_u32(&one->begun) == 1);
}

/* It sleeps until the reader has done what ends the grace period, and no longer, and does not look
 * again and again. A stall's clock would wake it too: it is set far away. */
static void synchronize_ends_with(command what) {
    weft_thread *self;
    actor reader;
    actor early;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    summon(&reader, runtime);
    summon(&early, runtime);
    weft_thread_detach(self);
    start_waiter(&one, runtime, weft_qsbr_synchronize);
    scenario_sleep_ns(20000000); /* most likely it sleeps by now; right either way */
    dismiss(&early);             /* it looks once more, and sleeps again */
    scenario_sleep_ns(20000000);
    CHECK(!scenario_finished(&one.thread));
    CHECK(scans_of(runtime) <= 40);
    if (what == LEAVE) {
        dismiss(&reader);
        scenario_join(&one.thread);
    } else {
        tell(&reader, what);
        scenario_join(&one.thread);
        dismiss(&reader);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

static void synchronize_ends_with_a_quiescent_state(void) {
    synchronize_ends_with(QUIESCE);
}
static void synchronize_ends_with_a_detach(void) {
    synchronize_ends_with(DETACH);
}
static void synchronize_ends_with_an_exit(void) {
    synchronize_ends_with(LEAVE);
}
static void synchronize_ends_with_a_poll(void) {
    synchronize_ends_with(POLL);
}

static void many_synchronize_at_once(void) {
    enum { WAITERS = 6 };
    weft_thread *self;
    actor readers[2];
    waiter waiters[WAITERS];
    weft_runtime *runtime = begin(&self);
    for (int i = 0; i < 2; i++) {
        summon(&readers[i], runtime);
        tell(&readers[i], SPIN);
    }
    weft_thread_detach(self);
    for (int i = 0; i < WAITERS; i++) {
        start_waiter(&waiters[i], runtime, i % 2 ? weft_qsbr_synchronize : weft_qsbr_barrier);
    }
    for (int i = 0; i < WAITERS; i++) {
        scenario_join(&waiters[i].thread);
    }
    for (int i = 0; i < 2; i++) {
        dismiss(&readers[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

static void barrier_runs_what_all_have_retired(void) {
    weft_thread *self;
    actor running;
    actor asleep;
    actor gone;
    actor bystander; /* so that nobody is alone, and frees for that reason */
    weft_runtime *runtime = begin(&self);
    summon(&running, runtime);
    summon(&asleep, runtime);
    summon(&gone, runtime);
    summon(&bystander, runtime);
    tell(&bystander, SPIN);
    tell(&running, SPIN);
    tell(&asleep, SPIN);
    tell(&gone, SPIN);
    for (int round = 0; round < 5; round++) {
        weft_qsbr_barrier(self);
        uint64_t before = weft_load_relaxed_u64(&made);
        CHECK(freed_now() == before);
        tell(&running, RETIRE);
        tell(&running, SPIN);
        tell(&asleep, RETIRE);
        tell(&asleep, DETACH);
        if (round == 0) {
            tell(&gone, RETIRE);
            dismiss(&gone);
        }
        retire_number(self, 1);
        weft_qsbr_barrier(self);
        CHECK(freed_now() == before + (round == 0 ? 4 : 3));
        tell(&asleep, ATTACH);
        tell(&asleep, SPIN);
    }
    dismiss(&bystander);
    dismiss(&running);
    dismiss(&asleep);
    end(self);
}

/* A thread that was away when the barrier looked, and comes back while another has yet to answer: it
 * is asked as well, whatever it passes. Nothing but announcements wakes the barrier. */
static void come_back_to_a_barrier(command passes) {
    weft_thread *self;
    actor slow;
    actor back;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    summon(&slow, runtime);
    summon(&back, runtime); /* looked at before `slow` */
    tell(&back, DETACH);
    weft_thread_detach(self);
    start_waiter(&one, runtime, weft_qsbr_barrier);
    AWAIT(kicks_of(runtime) != 0); /* it has looked, and asked `slow` */
    tell(&back, ATTACH);
    tell(&back, passes);
    tell(&slow, SPIN);
    scenario_join(&one.thread);
    dismiss(&back);
    dismiss(&slow);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

static void barrier_beside_a_thread_that_comes_back(void) {
    come_back_to_a_barrier(SPIN_SAFEPOINTS);
    come_back_to_a_barrier(SPIN_QUIESCENT);
}

/* A quiescent state that may not answer: the next one that may does, though nothing else is new. */
static void barrier_beside_a_quiescent_state_in_a_section(void) {
    weft_thread *self;
    waiter one;
    weft_mutex lock = WEFT_MUTEX_INIT;
    weft_critical section;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    weft_critical_begin(self, &section, &lock);
    start_waiter(&one, runtime, weft_qsbr_barrier);
    AWAIT(kicks_of(runtime) != 0);
    weft_qsbr_quiescent(self);
    weft_critical_end(self, &section);
    AWAIT((weft_qsbr_quiescent(self), scenario_finished(&one.thread)));
    scenario_join(&one.thread);
    end(self);
}

/* Inside a no-quiesce scope a detach hands all over just the same: who comes back before the barrier looks again has
 * answered, though its safepoints may not. A barrier asks twice. */
static void go_and_come_back(weft_thread *self) {
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
}

static void barrier_beside_a_detach_inside_a_scope(void) {
    weft_thread *self;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    weft_qsbr_no_quiesce_begin(self);
    uint32_t answered = weft_load_relaxed_u32(&weft_qsbr_slot_of(self)->flushed);
    start_waiter(&one, runtime, weft_qsbr_barrier);
    AWAIT(is_throttled(self));
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(weft_load_relaxed_u32(&weft_qsbr_slot_of(self)->flushed) == answered);
    go_and_come_back(self);
    CHECK(weft_load_relaxed_u32(&weft_qsbr_slot_of(self)->flushed) != answered);
    AWAIT((go_and_come_back(self), scenario_finished(&one.thread)));
    scenario_join(&one.thread);
    weft_qsbr_no_quiesce_end(self);
    end(self);
}

/* A thread whose `gone` hook jumps out of a wait is not counted among those who wait any more when it has unregistered. */
static _Thread_local jmp_buf *out_of_the_wait;
static weft_atomic_ptr who_waits;

static void jump_out(weft_thread *self) {
    CHECK(!weft_thread_is_attached(self));
    longjmp(*out_of_the_wait, 1);
}

static void wait_until_closed(weft_thread *self) {
    jmp_buf here;
    out_of_the_wait = &here;
    weft_store_release_ptr(&who_waits, self);
    if (setjmp(here) == 0) {
        weft_qsbr_synchronize(self);
        CHECK_UNREACHED("the end of a wait in a closed runtime");
    }
    out_of_the_wait = NULL;
}

static void nobody_waits_behind_a_hook_that_jumps(void) {
    static const weft_runtime_config config = {.gone = jump_out};
    weft_thread *self;
    actor reader;
    waiter one;
    weft_runtime *runtime = begin_with(&self, NULL, &config);
    summon(&reader, runtime);
    tell(&reader, SCOPE);
    tell(&reader, DETACH); /* online, and not stopped by the close */
    weft_thread_detach(self);
    weft_store_relaxed_ptr(&who_waits, NULL);
    start_waiter(&one, runtime, wait_until_closed);
    AWAIT(weft_load_acquire_ptr(&who_waits) != NULL);
    AWAIT(!weft_thread_is_attached(weft_load_acquire_ptr(&who_waits)));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_runtime_close(self);
    scenario_join(&one.thread);
    tell(&reader, END_SCOPE);
    dismiss(&reader);
    CHECK(nobody_waits(self));
    end(self);
}

/* A callback that blocks on another thread: a barrier waits for it too. */
static weft_atomic_u32 callback_may_end;
static weft_atomic_u32 callback_has_begun;

static void free_slowly(weft_thread *self, weft_qsbr_node *node) {
    weft_thread_detach(self);
    weft_store_release_u32(&callback_has_begun, 1);
    AWAIT(weft_load_acquire_u32(&callback_may_end) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    free_item(self, node);
}

static void barrier_waits_for_a_callback_that_blocks(void) {
    weft_thread *self;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_store_relaxed_u32(&callback_may_end, 0);
    weft_store_relaxed_u32(&callback_has_begun, 0);
    weft_qsbr_retire(self, &make_item(1)->node, free_slowly, sizeof(item));
    weft_thread_detach(self);
    start_waiter(&one, runtime, weft_qsbr_poll); /* takes what was handed over, and runs it */
    AWAIT(weft_load_acquire_u32(&callback_has_begun) == 1);
    waiter two;
    start_waiter(&two, runtime, weft_qsbr_barrier);
    scenario_sleep_ns(20000000);
    CHECK(!scenario_finished(&two.thread));
    weft_store_release_u32(&callback_may_end, 1);
    scenario_join(&two.thread);
    CHECK(freed_now() == 1);
    scenario_join(&one.thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* A runtime that is closed while a callback blocks: those that come after it in its batch are not
 * run by that thread, which has nothing to run them with, but by another. */
static void free_attached(weft_thread *self, weft_qsbr_node *node) {
    CHECK(weft_thread_is_attached(self));
    free_item(self, node);
}

static void free_until_closed(weft_thread *self, weft_qsbr_node *node) {
    weft_thread_detach(self);
    weft_store_release_u32(&callback_has_begun, 1);
    AWAIT(weft_load_acquire_u32(&callback_may_end) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
    free_item(self, node);
}

static void retire_four(weft_thread *self) {
    weft_qsbr_retire(self, &make_item(1)->node, free_attached, sizeof(item));
    weft_qsbr_retire(self, &make_item(2)->node, free_until_closed, sizeof(item));
    weft_qsbr_retire(self, &make_item(3)->node, free_attached, sizeof(item));
    weft_qsbr_retire(self, &make_item(4)->node, free_attached, sizeof(item));
}

static void run_an_open_batch(weft_thread *self) {
    retire_four(self);
    weft_qsbr_quiescent(self);
    CHECK(!weft_thread_is_attached(self));
}

static void run_a_closed_batch(weft_thread *self) {
    retire_four(self);
    weft_qsbr_poll(self);
    CHECK(!weft_thread_is_attached(self));
}

static void close_behind_a_callback(void (*runs)(weft_thread *self)) {
    weft_thread *self;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_store_relaxed_u32(&callback_may_end, 0);
    weft_store_relaxed_u32(&callback_has_begun, 0);
    weft_thread_detach(self);
    start_waiter(&one, runtime, runs); /* alone */
    AWAIT(weft_load_acquire_u32(&callback_has_begun) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_runtime_close(self);
    weft_store_release_u32(&callback_may_end, 1);
    scenario_join(&one.thread);
    CHECK(freed_now() == 2);
    CHECK(pending(self) >= 2 * sizeof(item));
    weft_qsbr_barrier(self);
    CHECK(freed_now() == 4);
    CHECK(pending(self) == 0);
    end(self);
}

static void callbacks_behind_one_whose_runtime_is_closed_go_to_others(void) {
    close_behind_a_callback(run_an_open_batch);
    close_behind_a_callback(run_a_closed_batch);
}

static void misuse_poll(void *self) {
    weft_qsbr_poll((weft_thread *)self);
}

#if SCENARIO_FORK_AMONG_RUNNING_THREADS
/* A fork beside a thread that has come back to a closed runtime inside a callback, and that nobody stops any more: the
 * fork has the lock under which it counts and hands back. So the child finds nothing done, and forgets the batch. */
static void free_in_two_steps(weft_thread *self, weft_qsbr_node *node) {
    free_until_closed(self, node);
    weft_store_release_u32(&callback_has_begun, 2);
    AWAIT(weft_load_acquire_u32(&callback_may_end) == 2);
}

static void run_two_steps(weft_thread *self) {
    weft_qsbr_retire(self, &make_item(1)->node, free_in_two_steps, BLOCK);
    weft_qsbr_retire(self, &make_item(2)->node, free_attached, BLOCK);
    weft_qsbr_poll(self);
    CHECK(!weft_thread_is_attached(self));
}

static void nothing_is_pending_in_the_child(void *argument) {
    weft_thread *self = argument;
    weft_thread_after_fork_child(self);
    CHECK(pending(self) == 0);
    weft_qsbr_barrier(self);
    CHECK(pending(self) == 0);
}

static void fork_beside_a_callback_of_a_closed_runtime(void) {
    weft_thread *self;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_store_relaxed_u32(&callback_may_end, 0);
    weft_store_relaxed_u32(&callback_has_begun, 0);
    weft_thread_detach(self);
    start_waiter(&one, runtime, run_two_steps);
    AWAIT(weft_load_acquire_u32(&callback_has_begun) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_runtime_close(self);
    weft_store_release_u32(&callback_may_end, 1);
    AWAIT(weft_load_acquire_u32(&callback_has_begun) == 2);
    weft_thread_before_fork(self);
    weft_store_release_u32(&callback_may_end, 2);
    AWAIT((weft_load_relaxed_u8(&runtime->list_lock.state) & WEFT_MUTEX_HAS_PARKED) != 0);
    CHECK(pending(self) == 2 * BLOCK);
    CHECK(scenario_forked(nothing_is_pending_in_the_child, self));
    weft_thread_after_fork_parent(self);
    scenario_join(&one.thread);
    CHECK(freed_now() == 1 && pending(self) == 2 * BLOCK);
    weft_qsbr_barrier(self);
    CHECK(freed_now() == 2 && pending(self) == 0);
    end(self);
}

/* Misuse, in a process of its own: the batch that the thread was running is lost. */
static void come_back_detached(weft_thread *self, weft_qsbr_node *node) {
    free_item(self, node);
    weft_thread_detach(self);
}

static void misuse_in_the_child(void *unused) {
    (void)unused;
    weft_thread *self;
    begin(&self);
    weft_qsbr_retire(self, &make_item(1)->node, come_back_detached, sizeof(item));
    CHECK(scenario_is_fatal(
        misuse_poll, self, "host code that the runtime called came back detached", "thread at 0x"));
}

static void callback_that_comes_back_detached_is_fatal(void) {
    CHECK(scenario_forked(misuse_in_the_child, NULL));
}
#endif

/* ---- budgets -------------------------------------------------------------------------------- */

static weft_atomic_ptr kicked;

static void remember_kick(void *context, void *thread) {
    (void)context;
    weft_store_release_ptr(&kicked, thread);
}

static void soft_budget_kicks_who_lags(void) {
    static const weft_host host = {.kick = remember_kick};
    weft_thread *self;
    actor reader;
    weft_host_set(&host);
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_budgets(runtime, 1000, SIZE_MAX);
    weft_store_relaxed_ptr(&kicked, NULL);
    summon(&reader, runtime);
    retire_sized(self, make_item(1), 900);
    weft_qsbr_poll(self);
    CHECK(weft_load_acquire_ptr(&kicked) == NULL);
    /* Known to lag, the reader is kicked without another walk over the list. */
    uint64_t scans = scans_of(runtime);
    weft_qsbr_set_batch(0);
    retire_sized(self, make_item(2), 900);
    weft_store_relaxed_ptr(&kicked, NULL);
    weft_qsbr_quiescent(self);
    CHECK(weft_load_acquire_ptr(&kicked) == &reader);
    CHECK(scans_of(runtime) == scans);
    /* The reader's next safepoint is then a quiescent state. */
    tell(&reader, SAFEPOINT);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 2);
    dismiss(&reader);
    end(self);
    weft_host_set(NULL);
}

/* A host that passes safepoints only: the debt is owed until it is paid, or cannot be. */
static void safepoints_alone_pay(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    weft_qsbr_set_batch(0);
    /* Another thread scans, and does not find the grace period ended. */
    retire_number(self, 1);
    tell(&reader, QUIESCE);
    weft_mutex_lock(&runtime->list_lock);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 0 && is_throttled(self));
    weft_mutex_unlock(&runtime->list_lock);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 1 && !is_throttled(self));
    /* Below the soft budget a batch whose reader lags waits for the next batch, */
    retire_number(self, 2);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 1 && !is_throttled(self));
    /* above it for no other thing than the reader. */
    weft_qsbr_set_budgets(runtime, sizeof(item), SIZE_MAX);
    retire_number(self, 3);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 1 && is_throttled(self));
    tell(&reader, SAFEPOINT);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(freed_now() == 3 && !is_throttled(self));
    dismiss(&reader);
    end(self);
}

/* While it can be nothing but held up by the reader, a safepoint neither kicks nor walks: it leaves the debt as it is. It
 * still is a quiescent state, and answers barriers. */
static weft_atomic_u64 kicks;

static void count_kick(void *context, void *thread) {
    (void)context;
    (void)thread;
    weft_fetch_add_relaxed_u64(&kicks, 1);
}

/* Two items wait for a reader, above the soft budget, and a safepoint has looked. Nobody reports a stall. */
static weft_runtime *begin_held_up(weft_thread **self, actor *reader) {
    weft_runtime *runtime = begin(self);
    weft_qsbr_set_budgets(runtime, sizeof(item), SIZE_MAX);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    weft_qsbr_set_batch(0);
    summon(reader, runtime);
    retire_number(*self, 1);
    retire_number(*self, 2);
    CHECK(weft_thread_safepoint(*self) == 0);
    return runtime;
}

static void safepoints_that_are_held_up_kick_nobody(void) {
    static const weft_host host = {.kick = count_kick};
    weft_thread *self;
    actor reader;
    waiter one;
    weft_host_set(&host);
    weft_runtime *runtime = begin_held_up(&self, &reader);
    CHECK(freed_now() == 0 && is_throttled(self));
    uint64_t kicked_before = weft_load_relaxed_u64(&kicks);
    uint64_t scans = scans_of(runtime);
    for (int i = 0; i < 1000; i++) {
        CHECK(weft_thread_safepoint(self) == 0);
    }
    CHECK(is_throttled(self) && weft_load_relaxed_u64(&kicks) == kicked_before);
    CHECK(scans_of(runtime) == scans);
    uintptr_t before = weft_load_relaxed_uptr(&weft_qsbr_slot_of(self)->observed);
    start_waiter(&one, runtime, weft_qsbr_synchronize);
    AWAIT((weft_thread_safepoint(self),
           weft_load_relaxed_uptr(&weft_qsbr_slot_of(self)->observed) != before));
    tell(&reader, SAFEPOINT);
    AWAIT((weft_thread_safepoint(self), freed_now() == 2));
    AWAIT((weft_thread_safepoint(self), scenario_finished(&one.thread)));
    scenario_join(&one.thread);
    dismiss(&reader);
    end(self);
    weft_host_set(NULL);
}

/* Nor does it keep a barrier waiting that it could not answer before. */
static void barrier_beside_a_safepoint_that_is_held_up(void) {
    weft_thread *self;
    actor reader;
    waiter one;
    weft_mutex lock = WEFT_MUTEX_INIT;
    weft_critical section;
    weft_runtime *runtime = begin_held_up(&self, &reader);
    weft_critical_begin(self, &section, &lock);
    start_waiter(&one, runtime, weft_qsbr_barrier);
    /* Both are asked already. The request comes before an advance. */
    AWAIT(weft_load_relaxed_uptr(&weft_qsbr_process.write_sequence) !=
          weft_load_relaxed_uptr(&weft_qsbr_slot_of(self)->observed));
    weft_qsbr_quiescent(self);
    weft_critical_end(self, &section);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(weft_qsbr_slot_of(self)->first.head == NULL); /* handed over */
    tell(&reader, SPIN);
    AWAIT((weft_thread_safepoint(self), scenario_finished(&one.thread)));
    scenario_join(&one.thread);
    CHECK(freed_now() == 2);
    dismiss(&reader);
    end(self);
}

/* A batch that is closed by hand has its goal: the reader's next quiescent state counts, which it does not for what is open. */
static void close_begins_the_grace_period(void) {
    weft_thread *self;
    actor reader;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_statistics statistics;
    summon(&reader, runtime);
    weft_qsbr_close(self); /* nothing to close */
    weft_qsbr_get_statistics(runtime, &statistics);
    CHECK(statistics.batches == 0 && !is_throttled(self));
    retire_number(self, 1);
    tell(&reader, QUIESCE);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 0 && pending(self) == 0);
    weft_qsbr_stamp stamp = weft_qsbr_borrow_stamp(self);
    weft_qsbr_no_quiesce_begin(self);
    weft_qsbr_close(self);
    weft_qsbr_no_quiesce_end(self);
    weft_qsbr_borrow_check(self, stamp);
    CHECK(freed_now() == 0 && pending(self) == sizeof(item) && is_throttled(self));
    tell(&reader, QUIESCE);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 1);
    dismiss(&reader);
    end(self);
}

/* A producer of large blocks against a reader that does not move. */
typedef struct production {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u64 most; /* the most bytes that were pending at once */
    int blocks;
} production;

#define CAP (10 * BLOCK)

static void produce(void *argument) {
    production *by = argument;
    weft_thread *self;
    CHECK(weft_thread_register(by->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (int i = 0; i < by->blocks; i++) {
        /* Two between two safepoints. */
        retire_sized(self, make_item(1), BLOCK);
        retire_sized(self, make_item(2), BLOCK);
        uint64_t now = pending(self);
        if (now > weft_load_relaxed_u64(&by->most)) {
            weft_store_release_u64(&by->most, now);
        }
        CHECK(weft_thread_safepoint(self) == 0);
    }
    weft_thread_unregister(self);
}

static weft_qsbr_stall last_stall;
static weft_atomic_u32 stalls;

static void remember_stall(void *argument, const weft_qsbr_stall *stall) {
    CHECK(argument == &stalls);
    last_stall = *stall;
    weft_fetch_add_release_u32(&stalls, 1);
}

static uint64_t waits_of(weft_runtime *runtime) {
    weft_qsbr_statistics statistics;
    weft_qsbr_get_statistics(runtime, &statistics);
    return statistics.waits;
}

/* CPython issue 132519: retired memory was counted by number, not by bytes, and with one slow reader
 * 6.7 GB were waiting where 135 MB were in use. */
static void regression_cpython_132519_no_byte_budget(void) {
    weft_thread *self;
    actor reader;
    production by = {.blocks = 50};
    by.runtime = begin(&self);
    weft_qsbr_set_budgets(by.runtime, BLOCK, CAP);
    weft_qsbr_set_stall_hook(by.runtime, remember_stall, &stalls, 2000000);
    weft_store_relaxed_u32(&stalls, 0);
    summon(&reader, by.runtime);
    tell(&reader, NATIVE);
    weft_thread_detach(self);
    scenario_start(&by.thread, produce, &by);
    AWAIT(waits_of(by.runtime) == 1);
    /* The report names who it is. */
    AWAIT(weft_load_acquire_u32(&stalls) >= 1);
    CHECK(last_stall.thread == reader.slot && last_stall.slot == reader.slot->index);
    CHECK(last_stall.attached && last_stall.in_native);
    CHECK(last_stall.nanoseconds >= 2000000);
    CHECK(last_stall.pending >= BLOCK); /* it may come before the cap is reached */
    CHECK(!scenario_finished(&by.thread));
    CHECK(waits_of(by.runtime) == 1);
    tell(&reader, END_NATIVE);
    tell(&reader, SPIN);
    scenario_join(&by.thread);
    CHECK(weft_load_acquire_u64(&by.most) <= CAP + 2 * BLOCK);
    CHECK(weft_load_acquire_u64(&by.most) > CAP);
    dismiss(&reader);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* The cap is lowered, and the soft budget is not: who lags is asked all the same. */
static void hard_cap_below_the_soft_budget(void) {
    weft_thread *self;
    actor reader;
    production by = {.blocks = 5};
    by.runtime = begin(&self);
    weft_qsbr_set_budgets(by.runtime, CAP, BLOCK);
    summon(&reader, by.runtime);
    tell(&reader, SPIN_SAFEPOINTS);
    weft_thread_detach(self);
    scenario_start(&by.thread, produce, &by);
    scenario_join(&by.thread);
    CHECK(kicks_of(by.runtime) != 0);
    dismiss(&reader);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* Two threads that both wait at the cap, and the reader detaches: nobody but they can free. */
static void waiting_threads_free_for_themselves(void) {
    weft_thread *self;
    actor reader;
    production by[2] = {{.blocks = 20}, {.blocks = 20}};
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_budgets(runtime, BLOCK, CAP);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    summon(&reader, runtime);
    weft_thread_detach(self);
    for (int i = 0; i < 2; i++) {
        by[i].runtime = runtime;
        scenario_start(&by[i].thread, produce, &by[i]);
    }
    AWAIT(waits_of(runtime) == 2);
    tell(&reader, DETACH);
    for (int i = 0; i < 2; i++) {
        scenario_join(&by[i].thread);
        CHECK(weft_load_acquire_u64(&by[i].most) <= CAP + 4 * BLOCK);
    }
    dismiss(&reader);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* Retires too little to fill a batch, and lets go of it in some way before each safepoint. */
typedef struct trickle {
    scenario_thread thread;
    weft_runtime *runtime;
    void (*let_go)(weft_thread *self);
    size_t most; /* pending at once */
} trickle;

enum { DROPS = 30 };
#define DROP ((size_t)1000)

static void detach_in_a_scope(weft_thread *self) {
    weft_qsbr_no_quiesce_begin(self);
    detach_and_attach(self);
    weft_qsbr_no_quiesce_end(self);
}

static void drip(void *argument) {
    trickle *by = argument;
    weft_thread *self;
    CHECK(weft_thread_register(by->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (int i = 0; i < DROPS; i++) {
        retire_sized(self, make_item(1), DROP);
        by->let_go(self);
        if (pending(self) > by->most) {
            by->most = pending(self);
        }
        CHECK(weft_thread_safepoint(self) == 0);
    }
    weft_thread_unregister(self);
}

static void wait_at_the_cap(void (*let_go)(weft_thread *self)) {
    weft_thread *self;
    actor reader;
    trickle by = {.let_go = let_go};
    by.runtime = begin(&self);
    weft_qsbr_set_budgets(by.runtime, WEFT_QSBR_SOFT_BYTES, DROPS / 3 * DROP);
    summon(&reader, by.runtime);
    weft_thread_detach(self);
    scenario_start(&by.thread, drip, &by);
    AWAIT(waits_of(by.runtime) != 0 || scenario_finished(&by.thread));
    CHECK(!scenario_finished(&by.thread));
    CHECK(freed_now() == 0);
    tell(&reader, SPIN);
    scenario_join(&by.thread);
    CHECK(by.most <= DROPS / 3 * DROP + DROP);
    dismiss(&reader);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* Found by the TLA+ model QsbrCap: only a full batch made a thread wait at the hard cap. */
static void hard_cap_holds_for_threads_that_detach(void) {
    wait_at_the_cap(detach_and_attach);
    wait_at_the_cap(detach_in_a_scope);
}

static void hard_cap_holds_for_threads_that_poll(void) {
    wait_at_the_cap(weft_qsbr_poll);
}

/* The answer to a barrier hands the backlog over, like a detach. */
static void hard_cap_holds_for_threads_that_answer_barriers(void) {
    weft_thread *self;
    actor reader;
    waiter other;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_budgets(runtime, WEFT_QSBR_SOFT_BYTES, DROP);
    weft_thread_detach(self);
    start_waiter(&other, runtime, weft_qsbr_barrier); /* which `self` has yet to answer */
    scenario_join(&other.thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    summon(&reader, runtime);
    retire_sized(self, make_item(1), 2 * DROP);
    CHECK(!is_throttled(self));
    weft_qsbr_quiescent(self);
    CHECK(is_throttled(self) && freed_now() == 0);
    dismiss(&reader);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(!is_throttled(self) && freed_now() == 1);
    end(self);
}

/* So does a wait for a grace period; and a reader that leaves frees nothing on its way. */
static void hard_cap_holds_for_threads_that_synchronize(void) {
    weft_thread *self;
    actor reader;
    actor waiting;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_budgets(runtime, WEFT_QSBR_SOFT_BYTES, sizeof(item) - 1);
    summon(&reader, runtime);
    weft_thread_detach(self);
    summon(&waiting, runtime);
    tell(&waiting, RETIRE);
    CHECK(!is_throttled(waiting.slot));
    weft_store_release_u32(&waiting.command, SYNCHRONIZE);
    AWAIT(!weft_thread_is_attached(waiting.slot)); /* it sleeps */
    tell(&reader, DETACH);
    AWAIT(weft_load_acquire_u32(&waiting.command) == NOTHING);
    CHECK(is_throttled(waiting.slot) && freed_now() == 0);
    tell(&waiting, SAFEPOINT);
    CHECK(!is_throttled(waiting.slot) && freed_now() == 1);
    dismiss(&waiting);
    dismiss(&reader);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* A reader in a native call, and a stopped clock. */
static weft_runtime *begin_with_native_reader(weft_thread **self, actor *reader) {
    weft_runtime *runtime = begin(self);
    weft_qsbr_set_stall_hook(runtime, remember_stall, &stalls, 0);
    weft_store_relaxed_u32(&stalls, 0);
    summon(reader, runtime);
    tell(reader, NATIVE);
    seam_stop_clock();
    return runtime;
}

static void end_with_native_reader(weft_thread *self, actor *reader) {
    CHECK(weft_load_acquire_u32(&stalls) == 1);
    CHECK(last_stall.thread == reader->slot && last_stall.slot == reader->slot->index);
    CHECK(last_stall.attached && last_stall.in_native && last_stall.pending == pending(self));
    CHECK(last_stall.nanoseconds >= WEFT_QSBR_STALL_NS && last_stall.nanoseconds < 1000000000);
    seam_start_clock();
    tell(reader, END_NATIVE);
    dismiss(reader);
    end(self);
}

/* Below all budgets, by a thread that neither waits nor polls: it closes a batch now and then. */
static void stall_is_reported_by_who_retires(void) {
    weft_thread *self;
    actor reader;
    (void)begin_with_native_reader(&self, &reader);
    for (uint64_t i = 0; i < 3; i++) {
        CHECK(weft_load_acquire_u32(&stalls) == 0);
        retire_sized(self, make_item(i), WEFT_QSBR_BATCH_BYTES);
        CHECK(weft_load_acquire_u32(&stalls) == 0); /* retire calls nobody */
        CHECK(weft_thread_safepoint(self) == 0);
        seam_pass_time(WEFT_QSBR_STALL_NS / 2);
    }
    end_with_native_reader(self, &reader);
}

/* Or it closes none any more, and passes quiescent states, not many in a second. */
static void stall_is_reported_by_quiescent_states(void) {
    weft_thread *self;
    actor reader;
    (void)begin_with_native_reader(&self, &reader);
    retire_sized(self, make_item(1), WEFT_QSBR_BATCH_BYTES);
    for (int i = 0; i < 33; i++) {
        weft_qsbr_quiescent(self);
        seam_pass_time(30000000);
    }
    end_with_native_reader(self, &reader);
}

static void stall_is_reported_by_polls(void) {
    weft_thread *self;
    actor reader;
    (void)begin_with_native_reader(&self, &reader);
    weft_qsbr_foreign_wait_begin(); /* an advance: the reader lags, and nobody waits for it */
    weft_qsbr_foreign_wait_end();
    weft_qsbr_poll(self);
    seam_pass_time(WEFT_QSBR_STALL_NS);
    weft_qsbr_poll(self);
    CHECK(weft_load_acquire_u32(&stalls) == 0);
    retire_number(self, 1);
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    end_with_native_reader(self, &reader);
}

static void stall_of_a_detached_scope_is_told_apart(void) {
    weft_thread *self;
    actor reader;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, remember_stall, &stalls, 1000000);
    weft_store_relaxed_u32(&stalls, 0);
    summon(&reader, runtime);
    tell(&reader, SCOPE);
    tell(&reader, DETACH);
    weft_thread_detach(self);
    start_waiter(&one, runtime, weft_qsbr_synchronize);
    AWAIT(weft_load_acquire_u32(&stalls) == 1);
    CHECK(last_stall.thread == reader.slot && !last_stall.attached && !last_stall.in_native);
    tell(&reader, ATTACH);
    tell(&reader, END_SCOPE);
    tell(&reader, QUIESCE);
    scenario_join(&one.thread);
    CHECK(weft_load_acquire_u32(&stalls) == 1); /* once */
    dismiss(&reader);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* ---- memory, fork ---------------------------------------------------------------------------- */

static weft_atomic_u32 refused;

static void *refuse(void *context, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    weft_fetch_add_relaxed_u32(&refused, 1);
    return NULL;
}
static void free_plainly(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    free(memory);
}

static void works_without_an_allocator(void) {
    static const weft_host host = {.allocate = refuse, .free = free_plainly};
    weft_thread *self;
    actor reader;
    item *items[200];
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    for (int i = 0; i < 200; i++) {
        items[i] = make_item((uint64_t)i);
    }
    uint64_t before = weft_load_relaxed_u64(&seam_count.allocations);
    weft_store_relaxed_u32(&refused, 0);
    weft_host_set(&host);
    weft_qsbr_set_batch(200);
    for (int i = 0; i < 200; i++) {
        retire_sized(self, items[i], 40);
        if (i % 7 == 0) {
            CHECK(weft_thread_safepoint(self) == 0);
        }
        if (i % 20 == 0) {
            weft_thread_detach(self);
            CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
        }
    }
    tell(&reader, SPIN);
    weft_qsbr_barrier(self);
    weft_qsbr_synchronize(self);
    CHECK(freed_now() == 200);
    CHECK(weft_load_relaxed_u32(&refused) == 0);
    CHECK(weft_load_relaxed_u64(&seam_count.allocations) == before);
    weft_host_set(NULL);
    dismiss(&reader);
    end(self);
}

#ifndef _WIN32
typedef struct forked {
    weft_thread *self;
    bool prepared;
} forked;

static void in_the_child(void *argument) {
    forked *in = argument;
    weft_thread_after_fork_child(in->self);
    /* The reader that held everything up does not exist here, nor does the thread with a backlog of
     * its own, which goes to the runtime. */
    for (int i = 0; i < 3; i++) {
        weft_qsbr_poll(in->self);
    }
    CHECK(freed_now() == 2);
    weft_qsbr_synchronize(in->self);
    retire_number(in->self, 3);
    weft_qsbr_quiescent(in->self);
    CHECK(freed_now() == 3);
    CHECK(pending(in->self) == 0);
}

static void fork_with_backlogs(void) {
    weft_thread *self;
    actor reader;
    actor writer;
    weft_runtime *runtime = begin(&self);
    summon(&reader, runtime);
    summon(&writer, runtime);
    retire_number(self, 1);
    weft_qsbr_poll(self);
    tell(&writer, RETIRE);
    forked in = {self, false};
    CHECK(freed_now() == 0);
    CHECK(scenario_forked(in_the_child, &in));
    CHECK(freed_now() == 0);
    dismiss(&reader);
    dismiss(&writer);
    end(self);
}

/* What a runtime's part begins with, in weft_qsbr.c. */
typedef struct domain_start {
    weft_atomic_uptr read_sequence;
    weft_atomic_uptr pending;
    weft_atomic_ptr incoming;
    weft_atomic_uptr incoming_bytes;
    weft_atomic_ptr staged;
    weft_atomic_uptr staged_goal;
} domain_start;

/* A fork that nobody was told of, while a thread that scans has taken what was handed over and has no goal for it yet: the old
 * goal is one that has been reached. No test can stop a thread there, so the child leaves that behind. `scope`: another slot of
 * the thread that forks, which reads. */
typedef struct orphaned_stage {
    weft_thread *self;
    weft_thread *scope;
} orphaned_stage;

static void go_over(weft_thread *from, weft_thread *to) {
    weft_thread_detach(from);
    CHECK(weft_thread_attach(to) == WEFT_THREAD_OK);
}

static void orphan_a_stage(void *argument) {
    orphaned_stage *in = argument;
    domain_start *domain = weft_runtime_area_of(weft_thread_runtime(in->self), WEFT_AREA_QSBR);
    weft_qsbr_node *node = weft_exchange_acquire_ptr(&domain->incoming, NULL);
    CHECK(node != NULL && node->callback == free_item &&
          weft_load_relaxed_ptr(&domain->staged) == NULL);
    weft_store_relaxed_ptr(&domain->staged, node);
    weft_store_relaxed_uptr(&domain->staged_goal, weft_load_relaxed_uptr(&domain->read_sequence));
    weft_thread_after_fork_child(in->self);
    for (int i = 0; i < 3; i++) {
        weft_qsbr_poll(in->self);
    }
    CHECK(freed_now() == 0);
    go_over(in->self, in->scope);
    weft_qsbr_no_quiesce_end(in->scope);
    go_over(in->scope, in->self);
    weft_qsbr_poll(in->self);
    CHECK(freed_now() == 1);
}

static void fork_beside_a_stage_without_a_goal(void) {
    weft_thread *self;
    actor writer;
    orphaned_stage in;
    weft_runtime *runtime = begin(&self);
    in.self = self;
    CHECK(weft_thread_register(runtime, NULL, &in.scope) == WEFT_THREAD_OK);
    summon(&writer, runtime);
    tell(&writer, RETIRE);
    go_over(self, in.scope);
    weft_qsbr_no_quiesce_begin(in.scope);
    go_over(in.scope, self);
    tell(&writer, DETACH);
    CHECK(scenario_forked(orphan_a_stage, &in));
    go_over(self, in.scope);
    weft_qsbr_no_quiesce_end(in.scope);
    weft_thread_unregister(in.scope);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    dismiss(&writer);
    end(self);
}

#endif

#if SCENARIO_FORK_AMONG_RUNNING_THREADS
static void nobody_waits_in_the_child(void *argument) {
    weft_thread *self = argument;
    weft_thread_after_fork_child(self);
    CHECK(nobody_waits(self));
}

static void fork_while_another_waits(void) {
    weft_thread *self;
    actor reader;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    summon(&reader, runtime);
    start_waiter(&one, runtime, weft_qsbr_synchronize);
    AWAIT(scans_of(runtime) != 0);
    AWAIT(!nobody_waits(self));
    CHECK(scenario_forked(nobody_waits_in_the_child, self));
    tell(&reader, SPIN);
    AWAIT((weft_qsbr_quiescent(self), scenario_finished(&one.thread)));
    scenario_join(&one.thread);
    dismiss(&reader);
    end(self);
}

/* A lone thread that has taken its own backlog and what was handed over, and blocks in the first callback.
 * In the child both are lost, and neither is waited for. */
static void retire_and_run(weft_thread *self) {
    weft_qsbr_retire(self, &make_item(2)->node, free_slowly, BLOCK);
    weft_qsbr_poll(self);
}

static void fork_while_another_runs_callbacks(void) {
    weft_thread *self;
    waiter one;
    weft_runtime *runtime = begin(&self);
    weft_store_relaxed_u32(&callback_may_end, 0);
    weft_store_relaxed_u32(&callback_has_begun, 0);
    weft_qsbr_retire(self, &make_item(1)->node, free_slowly, BLOCK);
    weft_thread_detach(self);
    start_waiter(&one, runtime, retire_and_run);
    AWAIT(weft_load_acquire_u32(&callback_has_begun) == 1);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(pending(self) == 2 * BLOCK);
    CHECK(scenario_forked(nothing_is_pending_in_the_child, self));
    weft_store_release_u32(&callback_may_end, 1);
    scenario_join(&one.thread);
    CHECK(freed_now() == 2 && pending(self) == 0);
    end(self);
}

/* The one case in which a thread that waits exists in the child. */
typedef struct hook_fork {
    weft_thread *self;
    actor reader;
    pid_t process;
    bool has_forked;
} hook_fork;

static void fork_in_the_stall_hook(void *argument, const weft_qsbr_stall *stall) {
    hook_fork *in = argument;
    (void)stall;
    if (in->has_forked) {
        return;
    }
    in->has_forked = true;
    in->process = fork();
    if (in->process == 0) {
        alarm(100);
        weft_thread_after_fork_child(in->self);
        return;
    }
    weft_store_release_u32(&in->reader.command, SPIN);
}

static void fork_in_a_wait(void) {
    static hook_fork in;
    memset(&in, 0, sizeof in);
    weft_runtime *runtime = begin(&in.self);
    weft_qsbr_set_stall_hook(runtime, fork_in_the_stall_hook, &in, 1);
    summon(&in.reader, runtime);
    fflush(NULL);
    weft_qsbr_synchronize(in.self);
    if (in.has_forked && in.process == 0) {
        _exit(nobody_waits(in.self) ? 0 : 1);
    }
    int status = 1;
    CHECK(in.has_forked && waitpid(in.process, &status, 0) == in.process);
    CHECK(status == 0);
    dismiss(&in.reader);
    end(in.self);
}
#endif

/* ---- contention ------------------------------------------------------------------------------ */

enum { CELLS = 4, WORKERS = 4 };

typedef struct arena {
    weft_runtime *runtime;
    weft_atomic_ptr cells[CELLS];
    uint64_t until;
    uint64_t seed;
    weft_atomic_u32 number;
    bool comes_and_goes;
} arena;

static void look_at_all(arena *in, uint64_t *sum) {
    for (int i = 0; i < CELLS; i++) {
        /* Acquire: pairs with the exchange of the writer. */
        item *found = weft_load_acquire_ptr(&in->cells[i]);
        CHECK(weft_load_relaxed_u64(&found->magic) == ALIVE);
        *sum += found->number; /* plain: the grace period is what makes it right */
    }
}

static void replace_one(arena *in, weft_thread *self, uint64_t *random) {
    item *next = make_item(scenario_random(random));
    item *old = weft_exchange_acq_rel_ptr(&in->cells[scenario_random(random) % CELLS], next);
    retire_sized(self, old, sizeof *old);
}

static weft_thread *join_in(arena *in) {
    weft_thread *self;
    CHECK(weft_thread_register(in->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    return self;
}

static void work(void *argument) {
    arena *in = argument;
    uint64_t random = in->seed + 77 * (1 + weft_fetch_add_relaxed_u32(&in->number, 1));
    uint64_t sum = 0;
    weft_thread *self = join_in(in);
    while (scenario_now_ns() < in->until) {
        for (int i = 0; i < 50; i++) {
            look_at_all(in, &sum);
            uint64_t what = scenario_random(&random) % 64;
            if (what < 20) {
                replace_one(in, self, &random);
            } else if (what < 40) {
                weft_qsbr_quiescent(self);
            } else if (what < 50) {
                CHECK(weft_thread_safepoint(self) == 0);
            } else if (what == 50) {
                weft_thread_detach(self);
                CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
            } else if (what == 51) {
                weft_qsbr_poll(self);
            } else if (what == 52 && i == 0) {
                weft_qsbr_synchronize(self);
            } else if (what == 53 && i == 0) {
                weft_qsbr_barrier(self);
            } else if (what == 54 && in->comes_and_goes) {
                weft_thread_unregister(self);
                self = join_in(in);
            }
        }
    }
    weft_thread_unregister(self);
    CHECK(sum != 1);
}

static void contend(bool comes_and_goes, size_t batch) {
    weft_thread *self;
    arena in = {.comes_and_goes = comes_and_goes, .seed = scenario_seed()};
    scenario_thread workers[WORKERS];
    in.runtime = begin(&self);
    weft_qsbr_set_batch(batch);
    in.until = scenario_now_ns() + scenario_stress_ns();
    for (int i = 0; i < CELLS; i++) {
        weft_store_relaxed_ptr(&in.cells[i], make_item(0));
    }
    weft_thread_detach(self);
    for (int i = 0; i < WORKERS; i++) {
        scenario_start(&workers[i], work, &in);
    }
    for (int i = 0; i < WORKERS; i++) {
        scenario_join(&workers[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (int i = 0; i < CELLS; i++) {
        retire_sized(self, weft_load_relaxed_ptr(&in.cells[i]), sizeof(item));
    }
    weft_qsbr_barrier(self);
    CHECK(freed_now() == weft_load_relaxed_u64(&made));
    CHECK(pending(self) == 0);
    end(self);
}

static void readers_never_find_freed_memory(void) {
    contend(false, WEFT_QSBR_BATCH_BYTES);
}
static void readers_never_find_freed_memory_small_batches(void) {
    weft_qsbr_start_at(UINTPTR_MAX - 1000); /* and the sequence wraps meanwhile */
    contend(false, 100);
}

/* libqsbr walks its list of threads without the lock under which others leave it. */
static void regression_libqsbr_list_walked_while_another_unregisters(void) {
    contend(true, 200);
}

/* ---- misuse ---------------------------------------------------------------------------------- */

static void misuse_retire_null(void *self) {
    weft_qsbr_retire((weft_thread *)self, NULL, free_item, 1);
}
static void misuse_retire(void *self) {
    weft_qsbr_node node;
    weft_qsbr_retire((weft_thread *)self, &node, free_item, 1);
}
static void misuse_quiescent(void *self) {
    weft_qsbr_quiescent((weft_thread *)self);
}
static void misuse_close(void *self) {
    weft_qsbr_close((weft_thread *)self);
}
static void misuse_synchronize(void *self) {
    weft_qsbr_synchronize((weft_thread *)self);
}
static void misuse_barrier(void *self) {
    weft_qsbr_barrier((weft_thread *)self);
}
static void misuse_end(void *self) {
    weft_qsbr_no_quiesce_end((weft_thread *)self);
}
static void misuse_exit(void *self) {
    weft_thread_unregister((weft_thread *)self);
}

typedef struct traveller {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u32 is_in;
    weft_atomic_u32 may_end;
} traveller;

static void pass_safepoints(void *argument) {
    traveller *in = argument;
    weft_thread *self = NULL;
    CHECK(weft_thread_register(in->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_store_release_u32(&in->is_in, 1);
    while (weft_load_acquire_u32(&in->may_end) == 0) {
        (void)weft_thread_safepoint(self);
        sched_yield();
    }
    weft_thread_unregister(self);
}

/* It asks them; so it ends, though nobody else ever says that it is quiescent. */
static void barrier_beside_threads_that_pass_safepoints_only(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    traveller others[3];
    memset(others, 0, sizeof others);
    for (int i = 0; i < 3; i++) {
        others[i].runtime = runtime;
        scenario_start(&others[i].thread, pass_safepoints, &others[i]);
        AWAIT(weft_load_acquire_u32(&others[i].is_in) != 0);
    }
    for (uint64_t i = 1; i <= 100; i++) {
        retire_number(self, i);
        weft_qsbr_barrier(self);
        CHECK(freed_now() == i);
    }
    for (int i = 0; i < 3; i++) {
        weft_store_release_u32(&others[i].may_end, 1);
        scenario_join(&others[i].thread);
    }
    end(self);
}

/* Threads that are away at random moments, and pass either quiescent states or safepoints. */
typedef struct wanderer {
    scenario_thread thread;
    weft_runtime *runtime;
    uint64_t seed;
    void (*passes)(weft_thread *self);
    weft_atomic_u32 *ended;
} wanderer;

static void pass_safepoint(weft_thread *self) {
    CHECK(weft_thread_safepoint(self) == 0);
}

static void wander(void *argument) {
    wanderer *in = argument;
    weft_thread *self = NULL;
    uint64_t random = in->seed;
    CHECK(weft_thread_register(in->runtime, NULL, &self) == WEFT_THREAD_OK);
    while (weft_load_acquire_u32(in->ended) == 0) {
        scenario_sleep_ns(scenario_random(&random) % 200000);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
        if (scenario_random(&random) % 4 == 0) {
            retire_number(self, 1);
        }
        uint64_t steps = scenario_random(&random) % 64;
        for (uint64_t i = 0; i < steps || (steps == 0 && weft_load_acquire_u32(in->ended) == 0);
             i++) {
            scenario_sleep_ns(i % 8 == 0 ? scenario_random(&random) % 100000 : 0);
            in->passes(self);
        }
        weft_thread_detach(self);
    }
    weft_thread_unregister(self);
}

typedef struct flusher {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_atomic_u32 ended;
} flusher;

static void flush_again_and_again(void *argument) {
    flusher *in = argument;
    weft_thread *self = NULL;
    CHECK(weft_thread_register(in->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    do {
        uint64_t before = freed_now();
        retire_number(self, 2);
        weft_qsbr_barrier(self);
        CHECK(freed_now() > before);
    } while (scenario_now_ns() < until);
    weft_store_release_u32(&in->ended, 1);
    weft_thread_unregister(self);
}

/* A barrier ends beside threads that come and go, by what they announce alone. A thread that has come for good (no
 * steps are counted) is asked, too. */
static void barriers_beside_threads_that_come_and_go(void) {
    enum { WANDERERS = 4 };
    static void (*const passes[2])(weft_thread *) = {weft_qsbr_quiescent, pass_safepoint};
    weft_thread *self;
    wanderer others[WANDERERS];
    flusher one;
    uint64_t seed = scenario_seed();
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    weft_thread_detach(self);
    memset(&one, 0, sizeof one);
    one.runtime = runtime;
    for (int i = 0; i < WANDERERS; i++) {
        others[i] = (wanderer){.runtime = runtime,
                               .seed = seed + 77 * (uint64_t)(i + 1),
                               .passes = passes[i % 2],
                               .ended = &one.ended};
        scenario_start(&others[i].thread, wander, &others[i]);
    }
    scenario_start(&one.thread, flush_again_and_again, &one);
    scenario_join(&one.thread);
    for (int i = 0; i < WANDERERS; i++) {
        scenario_join(&others[i].thread);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_barrier(self);
    CHECK(pending(self) == 0);
    end(self);
}

/* A runtime that is closed beside all that its threads may be doing. Whoever comes back to it finds out once. */
typedef struct resident {
    scenario_thread thread;
    weft_runtime *runtime;
    uint64_t seed;
    uint32_t told; /* times the gone hook was called */
} resident;

static void count_gone(weft_thread *self) {
    resident *in = weft_load_relaxed_ptr(&self->host);
    CHECK(!weft_thread_is_attached(self));
    in->told++;
}

static void do_anything(weft_thread *self, uint64_t *random) {
    switch (scenario_random(random) % 8) {
    case 0:
        weft_qsbr_barrier(self);
        break;
    case 1:
        weft_qsbr_synchronize(self);
        break;
    case 2:
        weft_qsbr_poll(self);
        break;
    case 3:
        weft_qsbr_quiescent(self);
        break;
    case 4:
        weft_thread_detach(self);
        (void)!weft_thread_attach(self);
        break;
    default:
        retire_number(self, 1);
        (void)weft_thread_safepoint(self);
        break;
    }
}

static void reside(void *argument) {
    resident *in = argument;
    weft_thread *self = NULL;
    if (weft_thread_register(in->runtime, in, &self) != WEFT_THREAD_OK) {
        return;
    }
    bool is_in = weft_thread_attach(self) == WEFT_THREAD_OK;
    while (is_in) {
        do_anything(self, &in->seed);
        is_in = weft_thread_is_attached(self);
    }
    CHECK(in->told <= 1);
    weft_thread_unregister(self);
}

static void close_beside_residents(uint64_t *random) {
    enum { RESIDENTS = 3 };
    static const weft_runtime_config config = {.gone = count_gone};
    resident others[RESIDENTS];
    weft_thread *self = NULL;
    weft_runtime *runtime = weft_runtime_create(&config);
    CHECK(runtime != NULL);
    weft_qsbr_set_budgets(runtime, sizeof(item), 2 * sizeof(item));
    weft_qsbr_set_stall_hook(runtime, NULL, NULL, UINT64_C(3600000000000));
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    for (int i = 0; i < RESIDENTS; i++) {
        others[i] = (resident){.runtime = runtime, .seed = scenario_random(random) | 1};
        scenario_start(&others[i].thread, reside, &others[i]);
    }
    scenario_sleep_ns(scenario_random(random) % 1000000);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_runtime_close(self);
    weft_qsbr_barrier(self);
    weft_thread_detach(self);
    for (int i = 0; i < RESIDENTS; i++) {
        scenario_join(&others[i].thread);
    }
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(freed_now() == weft_load_relaxed_u64(&made));
}

static void runtimes_close_beside_everything(void) {
    uint64_t random = scenario_seed();
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    weft_qsbr_install();
    weft_store_relaxed_u64(&made, 0);
    weft_store_relaxed_u64(&freed, 0);
    weft_qsbr_set_batch(0);
    do {
        close_beside_residents(&random);
    } while (scenario_now_ns() < until);
    weft_qsbr_set_batch(WEFT_QSBR_BATCH_BYTES);
}

static void misuse_end_native(void *self) {
    weft_qsbr_native_end((weft_thread *)self);
}
static void misuse_deep_native(void *self) {
    for (int i = 0; i < 0x10000; i++) {
        weft_qsbr_native_begin((weft_thread *)self);
    }
}
static void misuse_deep_scopes(void *self) {
    for (int i = 0; i < 0x10000; i++) {
        weft_qsbr_no_quiesce_begin((weft_thread *)self);
    }
}

static void counters_do_not_wrap(void) {
    weft_thread *self;
    begin(&self);
    CHECK(scenario_is_fatal(misuse_end_native, self, "end of a native section that was not begun",
                            "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_deep_native, self, "native sections nested too deep",
                            "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_deep_scopes, self, "no-quiesce scopes nested too deep",
                            "thread at 0x"));
    for (int i = 0; i < 0xFFFF; i++) {
        weft_qsbr_native_end(self);
        weft_qsbr_no_quiesce_end(self);
    }
    weft_qsbr_quiescent(self);
    end(self);
}

/* By a thread that is detached, or has unregistered. */
static void check_that_nothing_is_done_detached(weft_thread *away) {
    CHECK(scenario_is_fatal(misuse_retire, away, "retire by a detached thread", "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_close, away, "close of a batch by a detached thread",
                            "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_quiescent, away, "quiescent state of a detached thread",
                            "thread at 0x"));
}

static void misuse_is_fatal(void) {
    weft_thread *self;
    begin(&self);
    CHECK(scenario_is_fatal(misuse_retire_null, self, "retire of NULL", "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_end, self, "end of a no-quiesce scope that was not begun",
                            "thread at 0x"));
    weft_qsbr_no_quiesce_begin(self);
    CHECK(scenario_is_fatal(misuse_quiescent, self, "quiescent state inside a no-quiesce scope",
                            "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_poll, self, "quiescent state inside a no-quiesce scope",
                            "thread at 0x"));
    CHECK(scenario_is_fatal(misuse_synchronize, self,
                            "wait for a grace period inside a no-quiesce scope", "synchronize"));
    CHECK(scenario_is_fatal(misuse_barrier, self,
                            "wait for a grace period inside a no-quiesce scope", "barrier"));
    /* Online, and yet not there: a barrier would not look at what it retires. */
    weft_thread_detach(self);
    CHECK(scenario_is_fatal(misuse_retire, self, "retire by a detached thread", "thread at 0x"));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_no_quiesce_end(self);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(scenario_is_fatal(misuse_synchronize, self,
                            "wait for a grace period inside a stopped world", "synchronize"));
    weft_world_resume(self);
    weft_thread_detach(self);
    check_that_nothing_is_done_detached(self);
    CHECK(scenario_is_fatal(misuse_synchronize, self,
                            "wait for a grace period by a detached thread", "synchronize"));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_qsbr_quiescent(self);
    end(self);
}

/* What it retired would wait in the slot, and be lost to the next thread that has that. */
static void misuse_by_an_unregistered_thread_is_fatal(void) {
    weft_thread *self;
    weft_thread *gone;
    weft_runtime *runtime = begin(&self);
    weft_thread_detach(self);
    CHECK(weft_thread_register(runtime, NULL, &gone) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(gone) == WEFT_THREAD_OK);
    weft_thread_unregister(gone);
    check_that_nothing_is_done_detached(gone);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    end(self);
}

/* The thread waits, offline: what it retired no barrier would look for. */
typedef struct hook_misuse {
    actor reader;
    bool done; /* in a wait, and not in one of the looks before it */
} hook_misuse;

static void misuse_in_the_stall_hook(void *argument, const weft_qsbr_stall *stall) {
    hook_misuse *in = argument;
    weft_thread *self = weft_thread_current();
    CHECK(stall->thread == in->reader.slot);
    if (weft_qsbr_slot_of(self)->waits) {
        CHECK(
            scenario_is_fatal(misuse_retire, self, "retire by a detached thread", "thread at 0x"));
        in->done = true;
    }
    weft_store_release_u32(&in->reader.command, SPIN);
}

static void misuse_in_a_stall_hook_is_fatal(void) {
    static hook_misuse in;
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_set_stall_hook(runtime, misuse_in_the_stall_hook, &in, 1);
    in.done = false;
    while (!in.done) {
        summon(&in.reader, runtime);
        weft_qsbr_synchronize(self);
        dismiss(&in.reader);
    }
    end(self);
}

static void misuse_in_callback(weft_thread *self, weft_qsbr_node *node) {
    (void)node;
    CHECK(scenario_is_fatal(misuse_barrier, self, "barrier inside a callback", "thread at 0x"));
    weft_fetch_add_release_u64(&freed, 1);
}

static void misuse_in_a_callback_is_fatal(void) {
    weft_thread *self;
    weft_qsbr_node node;
    begin(&self);
    weft_qsbr_retire(self, &node, misuse_in_callback, 1);
    weft_qsbr_quiescent(self);
    CHECK(freed_now() == 1);
    weft_store_relaxed_u64(&freed, 0);
    end(self);
}

static void exit_inside_a_scope_is_fatal(void) {
    weft_thread *self;
    begin(&self);
    weft_qsbr_no_quiesce_begin(self);
    CHECK(scenario_is_fatal(misuse_exit, self, "exit of a thread inside a no-quiesce scope",
                            "thread at 0x"));
    weft_qsbr_no_quiesce_end(self);
    end(self);
}

#if WEFT_CHECKED

static void checked_build_catches_borrows_that_have_ended(void) {
    weft_mutex lock = WEFT_MUTEX_INIT;
    borrow of;
    begin(&of.self);
    of.stamp = weft_qsbr_borrow_stamp(of.self);
    use(&of);
    weft_qsbr_quiescent(of.self); /* nothing to do, and yet */
    CHECK(has_ended(&of));
    weft_mutex_lock(&lock); /* not contended, and yet */
    CHECK(has_ended(&of));
    weft_mutex_unlock(&lock);
    use(&of);
    CHECK(weft_thread_safepoint(of.self) == 0);
    CHECK(has_ended(&of));
    weft_thread_detach(of.self);
    CHECK(weft_thread_attach(of.self) == WEFT_THREAD_OK);
    CHECK(has_ended(&of));
    weft_qsbr_synchronize(of.self);
    CHECK(has_ended(&of));
    weft_qsbr_no_quiesce_begin(of.self);
    weft_mutex_lock(&lock);
    weft_mutex_unlock(&lock);
    CHECK(weft_thread_safepoint(of.self) == 0);
    use(&of);
    weft_qsbr_no_quiesce_end(of.self);
    use(&of);
    end(of.self);
}

static unsigned char *poisoned;
static void look_before_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)alignment;
    unsigned char *bytes = memory;
    if (size == 333) {
        CHECK(bytes[0] == 0xDB && bytes[332] == 0xDB);
        poisoned = bytes;
    }
    free(memory);
}
static void *plain_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    CHECK(alignment <= sizeof(void *)); /* what malloc has, and free takes back, everywhere */
    return malloc(size);
}

static void checked_build_poisons(void) {
    static const weft_host host = {.allocate = plain_allocate, .free = look_before_free};
    weft_host_set(&host);
    void *memory = weft_host_allocate(333, sizeof(void *));
    CHECK(memory != NULL);
    weft_qsbr_free(memory, 333, sizeof(void *));
    CHECK(poisoned != NULL);
    weft_host_set(NULL);
}
#endif

const scenario qsbr_scenarios[] = {
    {"LoneBacklogRunsAtTheNextQuiescentState", lone_backlog_runs_at_the_next_quiescent_state},
    {"RetireNeverFrees", retire_never_frees},
    {"CallbacksMayRetireAgain", callbacks_may_retire_again},
    {"RegressionLiburcuLfhtWorkFlagSetTooLate", regression_liburcu_lfht_work_flag_set_too_late},
    {"ExitDrainsToAFixpoint", exit_drains_to_a_fixpoint},
    {"RuntimeEndRunsWhatIsLeft", runtime_end_runs_what_is_left},
    {"DebtsWaitForCriticalSectionsScopesAndStoppedWorlds",
     debts_wait_for_critical_sections_scopes_and_stopped_worlds},
    {"NothingRunsInsideACallback", nothing_runs_inside_a_callback},
    {"SizesCountAtLeastTheNode", sizes_count_at_least_the_node},
    {"ReaderHoldsTheGracePeriod", reader_holds_the_grace_period},
    {"QuiescentStateBeforeTheCloseDoesNotCount", quiescent_state_before_the_close_does_not_count},
    {"DetachedThreadHoldsNothingUp", detached_thread_holds_nothing_up},
    {"ReaderOfAnotherRuntimeHoldsNothingUp", reader_of_another_runtime_holds_nothing_up},
    {"ScopeHoldsTheGracePeriodWhileDetached", scope_holds_the_grace_period_while_detached},
    {"DetachHandsTheBacklogOver", detach_hands_the_backlog_over},
    {"HandedOverWaitsForItsOwnGracePeriod", handed_over_waits_for_its_own_grace_period},
    {"OldestBatchIsNotHeldUpByLaterOnes", oldest_batch_is_not_held_up_by_later_ones},
    {"MergedBatchesWaitForTheNewest", merged_batches_wait_for_the_newest},
    {"LargeBlocksWaitForOneGracePeriod", large_blocks_wait_for_one_grace_period},
    {"FullBatchThatStaysOpenHasABound", full_batch_that_stays_open_has_a_bound},
    {"FullBatchThatStaysOpenIsCountedOnce", full_batch_that_stays_open_is_counted_once},
    {"FullBatchIsClosedBesideAReaderThatHoldsItUp",
     full_batch_is_closed_beside_a_reader_that_holds_it_up},
    {"RegressionMultidict1443And1461And1497And1481ReadersCountedByHand",
     regression_multidict_1443_readers_counted_by_hand},
    {"TheLaggardIsLookedAtFirst", the_laggard_is_looked_at_first},
    {"OneThreadScansAtATime", one_thread_scans_at_a_time},
    {"SequenceWraps", sequence_wraps},
    {"SequenceWrapsBesideAnIdleRuntime", sequence_wraps_beside_an_idle_runtime},
    {"SynchronizeAloneAndWithDetached", synchronize_alone_and_with_detached},
    {"SynchronizeEndsWithAQuiescentState", synchronize_ends_with_a_quiescent_state},
    {"SynchronizeEndsWithADetach", synchronize_ends_with_a_detach},
    {"SynchronizeEndsWithAnExit", synchronize_ends_with_an_exit},
    {"SynchronizeEndsWithAPoll", synchronize_ends_with_a_poll},
    {"ManySynchronizeAtOnce", many_synchronize_at_once},
    {"BarrierRunsWhatAllHaveRetired", barrier_runs_what_all_have_retired},
    {"BarrierBesideAThreadThatComesBack", barrier_beside_a_thread_that_comes_back},
    {"BarrierBesideAQuiescentStateInASection", barrier_beside_a_quiescent_state_in_a_section},
    {"BarrierBesideADetachInsideAScope", barrier_beside_a_detach_inside_a_scope},
    {"NobodyWaitsBehindAHookThatJumps", nobody_waits_behind_a_hook_that_jumps},
    {"BarriersBesideThreadsThatComeAndGo", barriers_beside_threads_that_come_and_go},
    {"CallbacksBehindOneWhoseRuntimeIsClosedGoToOthers",
     callbacks_behind_one_whose_runtime_is_closed_go_to_others},
    {"BarrierWaitsForACallbackThatBlocks", barrier_waits_for_a_callback_that_blocks},
    {"SoftBudgetKicksWhoLags", soft_budget_kicks_who_lags},
    {"RegressionCpython132519NoByteBudget", regression_cpython_132519_no_byte_budget},
    {"SafepointsAlonePay", safepoints_alone_pay},
    {"SafepointsThatAreHeldUpKickNobody", safepoints_that_are_held_up_kick_nobody},
    {"BarrierBesideASafepointThatIsHeldUp", barrier_beside_a_safepoint_that_is_held_up},
    {"CloseBeginsTheGracePeriod", close_begins_the_grace_period},
    {"HardCapBelowTheSoftBudget", hard_cap_below_the_soft_budget},
    {"WaitingThreadsFreeForThemselves", waiting_threads_free_for_themselves},
    {"HardCapHoldsForThreadsThatDetach", hard_cap_holds_for_threads_that_detach},
    {"HardCapHoldsForThreadsThatPoll", hard_cap_holds_for_threads_that_poll},
    {"HardCapHoldsForThreadsThatAnswerBarriers", hard_cap_holds_for_threads_that_answer_barriers},
    {"HardCapHoldsForThreadsThatSynchronize", hard_cap_holds_for_threads_that_synchronize},
    {"StallIsReportedByWhoRetires", stall_is_reported_by_who_retires},
    {"StallIsReportedByQuiescentStates", stall_is_reported_by_quiescent_states},
    {"StallIsReportedByPolls", stall_is_reported_by_polls},
    {"StallOfADetachedScopeIsToldApart", stall_of_a_detached_scope_is_told_apart},
    {"WorksWithoutAnAllocator", works_without_an_allocator},
#ifndef _WIN32
    {"ForkWithBacklogs", fork_with_backlogs},
    {"ForkBesideAStageWithoutAGoal", fork_beside_a_stage_without_a_goal},
#endif
#if SCENARIO_FORK_AMONG_RUNNING_THREADS
    {"ForkWhileAnotherWaits", fork_while_another_waits},
    {"ForkWhileAnotherRunsCallbacks", fork_while_another_runs_callbacks},
    {"ForkInAWait", fork_in_a_wait},
    {"ForkBesideACallbackOfAClosedRuntime", fork_beside_a_callback_of_a_closed_runtime},
    {"CallbackThatComesBackDetachedIsFatal", callback_that_comes_back_detached_is_fatal},
#endif
    {"ReadersNeverFindFreedMemory", readers_never_find_freed_memory},
    {"ReadersNeverFindFreedMemorySmallBatches", readers_never_find_freed_memory_small_batches},
    {"RegressionLibqsbrListWalkedWhileAnotherUnregisters",
     regression_libqsbr_list_walked_while_another_unregisters},
    {"BarrierBesideThreadsThatPassSafepointsOnly",
     barrier_beside_threads_that_pass_safepoints_only},
    {"RuntimesCloseBesideEverything", runtimes_close_beside_everything},
    {"MisuseIsFatal", misuse_is_fatal},
    {"MisuseByAnUnregisteredThreadIsFatal", misuse_by_an_unregistered_thread_is_fatal},
    {"MisuseInAStallHookIsFatal", misuse_in_a_stall_hook_is_fatal},
    {"CountersDoNotWrap", counters_do_not_wrap},
    {"MisuseInACallbackIsFatal", misuse_in_a_callback_is_fatal},
    {"ExitInsideAScopeIsFatal", exit_inside_a_scope_is_fatal},
#if WEFT_CHECKED
    {"CheckedBuildCatchesBorrowsThatHaveEnded", checked_build_catches_borrows_that_have_ended},
    {"CheckedBuildPoisons", checked_build_poisons},
#endif
    {NULL, NULL},
};
