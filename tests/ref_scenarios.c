#define _POSIX_C_SOURCE 200809L
#include "ref_scenarios.h"

#include "seam.h"
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_ref.h"
#include "weft_weak.h"
#include "weft_world.h"

#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

/* ---- counted things ------------------------------------------------------------------------- */

#define ALIVE 0x600dU
#define TORN_DOWN 0xdeadU

typedef struct thing thing;
struct thing {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)]; /* the library's, once the thing is dead */
    thing *child;
    thing *other_child;
    weft_atomic_u32 magic;
    uint32_t payload; /* written by whoever finds the thing unique */
};

static weft_atomic_u64 made;
static weft_atomic_u64 torn_down;
static weft_atomic_u64 freed;
static weft_atomic_u64 hooks_run;
/* What the hook does besides: NULL, nothing. */
typedef weft_ref_verdict hook(weft_thread *self, thing *dead);
static hook *on_dealloc;

static uint64_t value(weft_atomic_u64 *counter) {
    return weft_load_acquire_u64(counter);
}

static weft_ref_verdict thing_dealloc(weft_thread *self, weft_ref *object) {
    thing *dead = (thing *)object;
    weft_fetch_add_release_u64(&hooks_run, 1);
    CHECK(weft_load_relaxed_u32(&dead->magic) == ALIVE);
    if (on_dealloc != NULL && on_dealloc(self, dead) == WEFT_REF_KEEP) {
        return WEFT_REF_KEEP;
    }
    weft_store_relaxed_u32(&dead->magic, TORN_DOWN);
    if (dead->child != NULL) {
        weft_ref_decref(self, &dead->child->head);
    }
    if (dead->other_child != NULL) {
        weft_ref_decref(self, &dead->other_child->head);
    }
    weft_fetch_add_release_u64(&torn_down, 1);
    return WEFT_REF_FREE;
}

static void give_back(thing *object) {
    free((unsigned char *)object - sizeof(void *));
}

static void thing_free(weft_ref *object) {
    thing *dead = (thing *)object;
    CHECK(weft_load_relaxed_u32(&dead->magic) == TORN_DOWN);
    weft_store_relaxed_u32(&dead->magic, 0);
    give_back(dead);
    weft_fetch_add_release_u64(&freed, 1);
}

static size_t thing_size(const weft_ref *object) {
    (void)object;
    return sizeof(thing);
}

static const weft_ref_hooks HOOKS = {thing_dealloc, thing_free, thing_size};

/* At addresses whose low bits are not all clear: these are part of the lists of the dead. */
static thing *make_thing(weft_thread *self) {
    unsigned char *memory = calloc(1, sizeof(void *) + sizeof(thing));
    if (memory == NULL) {
        abort();
    }
    void *place = memory + sizeof(void *);
    thing *new_thing = place;
    weft_ref_init(self, &new_thing->head);
    weft_init_u32(&new_thing->magic, ALIVE);
    weft_fetch_add_relaxed_u64(&made, 1);
    return new_thing;
}

static void take(weft_thread *self, thing *object) {
    weft_ref_incref(self, &object->head);
}

static void drop(weft_thread *self, thing *object) {
    weft_ref_decref(self, &object->head);
}

static uintptr_t shared_of(const thing *object) {
    return weft_load_acquire_uptr(&object->head.shared);
}

static uintptr_t tags_of(const thing *object) {
    return shared_of(object) & WEFT_REF_TAGS;
}

static uint32_t local_of(const thing *object) {
    return weft_load_relaxed_u32(&object->head.local) >> WEFT_REF_LOCAL_SHIFT;
}

static uint32_t owner_of(const thing *object) {
    return weft_load_relaxed_u32(&object->head.local) & WEFT_REF_OWNER;
}

/* Without what stands for the owner's own count. */
static intptr_t count_of(const thing *object) {
    bool owned = owner_of(object) != 0 && owner_of(object) != WEFT_REF_IMMORTAL;
    return ((intptr_t)shared_of(object) >> WEFT_REF_COUNT_SHIFT) - (owned ? 1 : 0);
}

/* ---- a runtime, and threads that do as they are told ---------------------------------------- */

static weft_runtime *begin(weft_thread **self) {
    weft_ref_install(&HOOKS);
    on_dealloc = NULL;
    weft_store_relaxed_u64(&made, 0);
    weft_store_relaxed_u64(&torn_down, 0);
    weft_store_relaxed_u64(&freed, 0);
    weft_store_relaxed_u64(&hooks_run, 0);
    weft_runtime *runtime = weft_runtime_create(NULL);
    CHECK(runtime != NULL);
    CHECK(weft_thread_register(runtime, NULL, self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(*self) == WEFT_THREAD_OK);
    return runtime;
}

/* Everything that was made is torn down once and freed once. */
static void end(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(value(&torn_down) == value(&made));
    CHECK(value(&freed) == value(&made));
}

static weft_ref_statistics statistics_of(weft_thread *self) {
    weft_ref_statistics statistics;
    weft_ref_get_statistics(weft_thread_runtime(self), &statistics);
    return statistics;
}

/* A thread that runs what it is given, and between passes no safepoint. */
typedef struct actor {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_thread *slot;
    void (*work)(struct actor *self);
    thing *object; /* what the work is about */
    weft_ref_uniqueness unique;
    bool result;
    weft_atomic_u32 busy;
} actor;

static void leave(actor *self) {
    weft_thread_unregister(self->slot);
    self->slot = NULL;
}

static void actor_run(void *argument) {
    actor *self = argument;
    CHECK(weft_thread_register(self->runtime, NULL, &self->slot) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self->slot) == WEFT_THREAD_OK);
    weft_store_release_u32(&self->busy, 0);
    while (self->slot != NULL) {
        AWAIT(weft_load_acquire_u32(&self->busy) != 0);
        self->work(self);
        weft_store_release_u32(&self->busy, 0);
    }
}

static void actor_start(actor *one, weft_runtime *runtime) {
    memset(one, 0, sizeof *one);
    one->runtime = runtime;
    weft_store_relaxed_u32(&one->busy, 1);
    scenario_start(&one->thread, actor_run, one);
    AWAIT(weft_load_acquire_u32(&one->busy) == 0);
}

static void actor_begin(actor *one, void (*work)(actor *self), thing *object) {
    one->work = work;
    one->object = object;
    weft_store_release_u32(&one->busy, 1);
}

static void actor_await(actor *one) {
    AWAIT(weft_load_acquire_u32(&one->busy) == 0);
}

static void actor_do(actor *one, void (*work)(actor *self), thing *object) {
    actor_begin(one, work, object);
    actor_await(one);
}

static void actor_end(actor *one) {
    if (one->slot != NULL) {
        actor_do(one, leave, NULL);
    }
    scenario_join(&one->thread);
}

static void do_make(actor *self) {
    self->object = make_thing(self->slot);
}

static thing *made_by(actor *one) {
    actor_do(one, do_make, NULL);
    return one->object;
}

static void do_take(actor *self) {
    take(self->slot, self->object);
}
static void do_drop(actor *self) {
    drop(self->slot, self->object);
}
static void do_try(actor *self) {
    self->result = weft_ref_try_incref(self->slot, &self->object->head);
}
static void do_unique(actor *self) {
    self->unique = weft_ref_unique(self->slot, &self->object->head);
}
static void do_immortalise(actor *self) {
    weft_ref_immortalise(self->slot, &self->object->head);
}
static void do_merge(actor *self) {
    weft_ref_merge(self->slot, &self->object->head);
}
static void do_detach(actor *self) {
    weft_thread_detach(self->slot);
}
static void do_attach(actor *self) {
    CHECK(weft_thread_attach(self->slot) == WEFT_THREAD_OK);
}
static void do_safepoint(actor *self) {
    weft_thread_safepoint(self->slot);
}
static void do_quiesce(actor *self) {
    weft_qsbr_poll(self->slot);
}
/* Sleeps in the parking lot, as a wait for a lock does, until the time is up. */
static void do_park(actor *self) {
    (void)self;
    weft_atomic_u32 word = WEFT_ATOMIC_INIT(0);
    weft_park_request request = {
        .address = &word, .size = 4, .mask = UINT32_MAX, .deadline = weft_now_ns() + 1000000};
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
}

/* ---- one thread ------------------------------------------------------------------------------ */

static void layout(void) {
    weft_ref zero = WEFT_REF_IMMORTAL_INIT;
    CHECK(sizeof(weft_ref) == 8 + sizeof(void *));
    CHECK(offsetof(weft_ref, mutex) == 4);
    CHECK(sizeof zero.mutex == 1);
    CHECK(sizeof zero.host == 2);
}

static void owner_counts_without_shared(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    CHECK(owner_of(object) == weft_thread_id(self));
    CHECK(local_of(object) == 1);
    take(self, object);
    take(self, object);
    CHECK(local_of(object) == 3);
    CHECK(shared_of(object) == WEFT_REF_ONE);
    drop(self, object);
    drop(self, object);
    CHECK(value(&torn_down) == 0);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    CHECK(value(&freed) == 1); /* never reachable by others: at once */
    end(self);
}

static void local_count_carries_into_shared(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    enum { MANY = 70000, FULL = 0xFFFF };
    for (int i = 1; i < MANY; i++) {
        take(self, object);
    }
    CHECK(owner_of(object) == weft_thread_id(self));
    CHECK(local_of(object) == FULL);
    CHECK(count_of(object) == MANY - FULL);
    for (int i = 1; i < MANY; i++) {
        drop(self, object);
    }
    CHECK(value(&torn_down) == 0);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void full_local_count_goes_up_and_down(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    for (int i = 1; i < 0xFFFF; i++) {
        take(self, object);
    }
    CHECK(count_of(object) == 0);
    take(self, object);
    CHECK(count_of(object) == 1);
    drop(self, object);
    CHECK(local_of(object) == 0xFFFE);
    take(self, object);
    CHECK(local_of(object) == 0xFFFF);
    CHECK(count_of(object) == 1);
    CHECK(weft_ref_try_incref(self, &object->head));
    CHECK(local_of(object) == 0xFFFF);
    CHECK(count_of(object) == 2);
    for (int i = 0; i < 0xFFFF + 2; i++) {
        CHECK(value(&torn_down) == 0);
        drop(self, object);
    }
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void reachable_memory_waits_for_a_grace_period(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor reader;
    actor_start(&reader, runtime);
    thing *object = make_thing(self);
    weft_ref_maybe_share(&object->head);
    CHECK(tags_of(object) == WEFT_REF_MAYBE_SHARED);
    drop(self, object);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    CHECK(value(&freed) == 0);
    actor_do(&reader, do_try, object); /* found before it was removed */
    CHECK(!reader.result);
    CHECK(count_of(object) == 0);
    CHECK(tags_of(object) == (WEFT_REF_MERGED | WEFT_REF_MAYBE_SHARED));
    actor_do(&reader, do_quiesce, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&freed) == 1);
    actor_end(&reader);
    end(self);
}

/* ---- two threads ----------------------------------------------------------------------------- */

static void foreign_counts_in_shared(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    actor_do(&other, do_take, object);
    CHECK(local_of(object) == 1);
    CHECK(count_of(object) == 1);
    actor_do(&other, do_drop, object);
    CHECK(count_of(object) == 0);
    CHECK(tags_of(object) == 0);
    CHECK(value(&torn_down) == 0);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void owner_goes_first(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    actor_do(&other, do_take, object);
    actor_do(&other, do_take, object);
    drop(self, object);
    CHECK(owner_of(object) == 0);
    CHECK(tags_of(object) == WEFT_REF_MERGED);
    CHECK(count_of(object) == 2);
    take(self, object); /* it counts as all others now */
    CHECK(count_of(object) == 3);
    drop(self, object);
    actor_do(&other, do_drop, object);
    CHECK(value(&torn_down) == 0);
    actor_do(&other, do_drop, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void drop_below_zero_is_queued_to_an_attached_owner(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    take(self, object);
    actor_do(&other, do_drop, object);
    CHECK(tags_of(object) == WEFT_REF_QUEUED);
    CHECK(count_of(object) == 0); /* the queue's reference */
    actor_do(&other, do_drop, object);
    CHECK(count_of(object) == -1);
    CHECK(value(&torn_down) == 0);
    CHECK(statistics_of(self).queued == 1);
    CHECK(statistics_of(self).claims == 0);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void queued_object_lives_if_references_are_left(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    take(self, object);
    take(self, object);
    actor_do(&other, do_drop, object);
    weft_thread_safepoint(self);
    CHECK(owner_of(object) == 0);
    CHECK(tags_of(object) == WEFT_REF_MERGED);
    CHECK(count_of(object) == 2);
    drop(self, object);
    actor_do(&other, do_drop, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void owner_merges_what_is_queued(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    actor_do(&other, do_take, object);
    take(self, object);
    actor_do(&other, do_drop, object); /* 0 */
    actor_do(&other, do_drop, object); /* queued */
    actor_do(&other, do_take, object);
    actor_do(&other, do_take, object);
    CHECK(count_of(object) == 2);
    drop(self, object);
    drop(self, object); /* one of the other's, and the last that is counted here */
    CHECK(tags_of(object) == (WEFT_REF_MERGED | WEFT_REF_QUEUED));
    CHECK(count_of(object) == 2);
    actor_do(&other, do_drop, object);
    CHECK(count_of(object) == 1); /* the queue's */
    CHECK(value(&torn_down) == 0);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void detached_owner_is_merged_for_at_once(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *object = made_by(&owner);
    actor_do(&owner, do_detach, NULL);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    CHECK(value(&freed) == 1);
    CHECK(statistics_of(self).claims == 1);
    actor_do(&owner, do_attach, NULL);
    actor_end(&owner);
    end(self);
}

/* What is lasting of a claim: the object counts without its owner, who finds it merged. */
static void owner_finds_its_object_merged(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *object = made_by(&owner);
    actor_do(&owner, do_take, object);
    actor_do(&owner, do_take, object);
    actor_do(&owner, do_detach, NULL);
    drop(self, object);
    CHECK(owner_of(object) == 0);
    CHECK(count_of(object) == 2);
    actor_do(&owner, do_attach, NULL);
    actor_do(&owner, do_take, object);
    CHECK(count_of(object) == 3);
    actor_do(&owner, do_drop, object);
    actor_do(&owner, do_drop, object);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&owner);
    end(self);
}

static void exited_owner_is_merged_for_at_once(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *object = made_by(&owner);
    actor_end(&owner);
    take(self, object);
    drop(self, object);
    CHECK(value(&torn_down) == 0);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void next_thread_with_the_id_inherits(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    uint16_t id = weft_thread_id(owner.slot);
    thing *object = made_by(&owner);
    actor_end(&owner);
    actor heir;
    actor_start(&heir, runtime);
    CHECK(weft_thread_id(heir.slot) == id);
    CHECK(owner_of(object) == id);
    actor_do(&heir, do_take, object);
    CHECK(local_of(object) == 2);
    CHECK(shared_of(object) == WEFT_REF_ONE);
    actor_do(&heir, do_drop, object);
    actor_do(&heir, do_drop, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&heir);
    end(self);
}

static void owner_detaches_with_a_full_queue(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    for (int i = 0; i < 1000; i++) {
        actor_do(&other, do_drop, make_thing(self));
    }
    CHECK(statistics_of(self).queued == 1000);
    CHECK(value(&torn_down) == 0);
    weft_thread_detach(self);
    CHECK(value(&torn_down) == 1000);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    actor_end(&other);
    end(self);
}

/* Regression of CPython 157838: what was queued to a thread that sleeps was kept until it woke. */
static void regression_cpython_157838_sleeping_owner_keeps_nothing(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *early = made_by(&owner);
    enum { MANY = 500 };
    thing *late[MANY];
    for (int i = 0; i < MANY; i++) {
        late[i] = made_by(&owner);
    }
    drop(self, early); /* queued: it is attached */
    CHECK(value(&torn_down) == 0);
    actor_do(&owner, do_detach, NULL);
    CHECK(value(&torn_down) == 1);
    for (int i = 0; i < MANY; i++) {
        drop(self, late[i]);
        CHECK(value(&freed) == 2 + (uint64_t)i);
    }
    actor_do(&owner, do_attach, NULL);
    actor_end(&owner);
    end(self);
}

/* A thread that goes to sleep inside a lock runs no hooks there; another does it. */
static void parked_owner_leaves_its_dead_to_others(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    drop(self, made_by(&owner));
    CHECK(value(&torn_down) == 0);
    actor_do(&owner, do_park, NULL);
    CHECK(value(&torn_down) == 0);
    /* Both were asked, and whoever passes a safepoint first does it. */
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&owner);
    end(self);
}

static void next_to_attach_finds_the_dead(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    drop(self, made_by(&owner));
    weft_thread_detach(self);
    actor_do(&owner, do_park, NULL); /* nobody else is attached */
    CHECK(value(&torn_down) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&owner);
    end(self);
}

static void exit_leaves_nothing_queued(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    for (int i = 0; i < 100; i++) {
        drop(self, made_by(&owner));
    }
    CHECK(value(&torn_down) == 0);
    actor_end(&owner);
    CHECK(value(&torn_down) == 100);
    end(self);
}

static void exit_runs_the_hooks_of_orphans(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    drop(self, made_by(&owner));
    actor_do(&owner, do_park, NULL);
    CHECK(value(&torn_down) == 0);
    actor_end(&owner);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void threads_without_an_id_make_merged_objects(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    enum { LIMIT = 200 };
    weft_thread *slots[LIMIT];
    int number = 0;
    weft_thread *without = NULL;
    weft_thread_set_id_limit(0);
    while (number < LIMIT && (without == NULL || weft_thread_id(without) != WEFT_NO_ID)) {
        CHECK(weft_thread_register(runtime, NULL, &without) == WEFT_THREAD_OK);
        slots[number++] = without;
    }
    CHECK(weft_thread_id(without) == WEFT_NO_ID);
    weft_thread_detach(self);
    CHECK(weft_thread_attach(without) == WEFT_THREAD_OK);
    thing *object = make_thing(without);
    CHECK(weft_load_relaxed_u32(&object->head.local) == 0);
    CHECK(shared_of(object) == (WEFT_REF_ONE | WEFT_REF_MERGED));
    take(without, object);
    CHECK(count_of(object) == 2);
    CHECK(weft_ref_try_incref(without, &object->head));
    drop(without, object);
    drop(without, object);
    CHECK(weft_ref_unique(without, &object->head) == WEFT_REF_UNIQUE);
    drop(without, object);
    CHECK(value(&torn_down) == 1);
    weft_thread_detach(without);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    while (number-- > 0) {
        weft_thread_unregister(slots[number]);
    }
    weft_thread_set_id_limit(WEFT_MAX_ID);
    end(self);
}

static void merge_ends_the_bias(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    take(self, object);
    weft_ref_merge(self, &object->head);
    CHECK(owner_of(object) == 0);
    CHECK(count_of(object) == 2);
    weft_ref_merge(self, &object->head);
    actor_do(&other, do_merge, object);
    CHECK(count_of(object) == 2);
    actor_do(&other, do_drop, object);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    thing *stopped = made_by(&other);
    actor_do(&other, do_detach, NULL);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_ref_merge(self, &stopped->head);
    weft_world_resume(self);
    CHECK(owner_of(stopped) == 0);
    drop(self, stopped);
    CHECK(value(&torn_down) == 2);
    actor_do(&other, do_attach, NULL);
    actor_end(&other);
    end(self);
}

/* ---- trying ---------------------------------------------------------------------------------- */

static void try_incref_of_the_living(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    weft_ref_maybe_share(&object->head);
    CHECK(weft_ref_try_incref(self, &object->head));
    CHECK(local_of(object) == 2);
    actor_do(&other, do_try, object);
    CHECK(other.result);
    CHECK(count_of(object) == 1);
    weft_ref_merge(self, &object->head);
    actor_do(&other, do_try, object);
    CHECK(other.result);
    CHECK(count_of(object) == 4);
    for (int i = 0; i < 4; i++) {
        drop(self, object);
    }
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static bool tried_in_the_hook;
static weft_ref_verdict try_in_the_hook(weft_thread *self, thing *dead) {
    tried_in_the_hook = weft_ref_try_incref(self, &dead->head);
    return WEFT_REF_FREE;
}

static void try_incref_of_the_dying_fails(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = try_in_the_hook;
    tried_in_the_hook = true;
    drop(self, make_thing(self));
    CHECK(!tried_in_the_hook);
    end(self);
}

static thing *waiting;
static weft_ref_verdict try_what_waits(weft_thread *self, thing *dead) {
    if (waiting != NULL && waiting != dead) {
        thing *object = waiting;
        waiting = NULL;
        drop(self, object); /* dead, and waits for this hook to return */
        tried_in_the_hook = weft_ref_try_incref(self, &object->head);
    }
    return WEFT_REF_FREE;
}

static void try_incref_of_what_waits_for_its_hook_fails(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = try_what_waits;
    tried_in_the_hook = true;
    waiting = make_thing(self);
    weft_ref_maybe_share(&waiting->head);
    drop(self, make_thing(self));
    CHECK(!tried_in_the_hook);
    end(self);
}

/* ---- uniqueness ------------------------------------------------------------------------------ */

static void uniqueness(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE);
    actor_do(&other, do_unique, object); /* a reference of the owner's: the other cannot know */
    CHECK(other.unique == WEFT_REF_NOT_UNIQUE);
    take(self, object);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_NOT_UNIQUE);
    drop(self, object);
    actor_do(&other, do_take, object);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_NOT_UNIQUE);
    actor_do(&other, do_drop, object);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE);
    weft_ref_maybe_share(&object->head);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE_BODY);
    weft_ref_merge(self, &object->head);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE_BODY);
    take(self, object);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_NOT_UNIQUE);
    drop(self, object);
    drop(self, object);
    /* Queued, and nothing but the queue's reference left besides. */
    object = make_thing(self);
    take(self, object);
    actor_do(&other, do_drop, object);
    actor_do(&other, do_take, object);
    actor_do(&other, do_drop, object);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_NOT_UNIQUE);
    weft_thread_safepoint(self);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE);
    drop(self, object);
    actor_end(&other);
    end(self);
}

/* ---- immortality and saturation ---------------------------------------------------------------- */

static weft_ref eternal = WEFT_REF_IMMORTAL_INIT;

/* Where a write ends the process, even one that changes nothing. */
static weft_ref *read_only(void) {
    static const weft_ref CONSTANT = WEFT_REF_IMMORTAL_INIT;
    union {
        const weft_ref *from;
        weft_ref *to;
    } pointer = {&CONSTANT};
    return pointer.to;
}

static void immortal_objects_are_never_written(void) {
    weft_thread *self;
    begin(&self);
    weft_ref *object = read_only();
    uint32_t spare = weft_ref_slot_of(self)->spare;
    for (int i = 0; i < 10; i++) {
        weft_ref_incref(self, object);
        CHECK(weft_ref_try_incref(self, object));
        weft_ref_maybe_share(object);
        weft_ref_decref(self, object);
        weft_ref_decref(self, object);
        weft_ref_decref(self, object);
        weft_ref_retire_decref(self, object, 1);
        weft_ref_immortalise(self, object);
        weft_ref_merge(self, object);
        weft_ref_unshard(self, object);
        CHECK(!weft_ref_shard(self, object));
        CHECK(weft_ref_unique(self, object) == WEFT_REF_NOT_UNIQUE);
    }
    CHECK(weft_ref_slot_of(self)->spare == spare); /* nor anything queued */
    end(self);
}

/* Objects that live for ever have to be freed by the test. */
static void free_eternal(thing *object) {
    give_back(object);
    weft_fetch_sub_relaxed_u64(&made, 1);
}

static void owner_immortalises(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    actor_do(&other, do_drop, object); /* queued */
    weft_ref_immortalise(self, &object->head);
    CHECK(weft_load_relaxed_u32(&object->head.local) == WEFT_REF_IMMORTAL);
    for (int i = 0; i < 3; i++) {
        drop(self, object);
        actor_do(&other, do_drop, object);
    }
    weft_thread_safepoint(self);
    uintptr_t shared = shared_of(object);
    CHECK((shared & WEFT_REF_QUEUED) == 0);
    drop(self, object);
    actor_do(&other, do_take, object);
    CHECK(shared_of(object) == shared);
    CHECK(value(&torn_down) == 0);
    actor_end(&other);
    free_eternal(object);
    end(self);
}

static void others_immortalise(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    take(self, object);
    actor_do(&other, do_immortalise, object);
    CHECK(owner_of(object) == weft_thread_id(self)); /* its owner counts on */
    for (int i = 0; i < 3; i++) {
        actor_do(&other, do_drop, object);
    }
    drop(self, object);
    drop(self, object); /* its last: the bias ends */
    CHECK(weft_load_relaxed_u32(&object->head.local) == WEFT_REF_IMMORTAL);
    drop(self, object);
    CHECK(value(&torn_down) == 0);
    thing *merged = make_thing(self);
    weft_ref_merge(self, &merged->head);
    actor_do(&other, do_immortalise, merged);
    CHECK(weft_load_relaxed_u32(&merged->head.local) == WEFT_REF_IMMORTAL);
    actor_end(&other);
    free_eternal(object);
    free_eternal(merged);
    end(self);
}

static void count_saturates(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    weft_ref_merge(self, &object->head);
    weft_store_relaxed_uptr(&object->head.shared,
                            ((uintptr_t)INTPTR_MAX & ~WEFT_REF_TAGS) | WEFT_REF_MERGED);
    drop(self, object);
    take(self, object);
    CHECK(shared_of(object) == (((uintptr_t)INTPTR_MAX & ~WEFT_REF_TAGS) | WEFT_REF_MERGED));
    take(self, object); /* over the edge */
    CHECK(shared_of(object) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
    for (int i = 0; i < 5; i++) {
        drop(self, object);
    }
    CHECK(shared_of(object) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
    take(self, object);
    CHECK(weft_ref_try_incref(self, &object->head));
    CHECK(shared_of(object) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
    free_eternal(object);
    /* The owner of a saturated object goes on to count; its last drop ends the bias. */
    object = make_thing(self);
    weft_store_relaxed_uptr(&object->head.shared, WEFT_REF_SATURATED);
    take(self, object);
    drop(self, object);
    drop(self, object);
    CHECK(weft_load_relaxed_u32(&object->head.local) == WEFT_REF_IMMORTAL);
    CHECK(value(&torn_down) == 0);
    free_eternal(object);
    end(self);
}

/* In none of the ways in which a bias ends. */
static void merges_leave_a_saturated_count_alone(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object[3];
    for (int i = 0; i < 3; i++) {
        object[i] = make_thing(self);
        take(self, object[i]);
        take(self, object[i]);
        if (i == 0) {
            actor_do(&other, do_drop, object[i]); /* queued */
        }
        actor_do(&other, do_immortalise, object[i]);
    }
    weft_thread_safepoint(self);
    weft_ref_merge(self, &object[1]->head);
    for (int i = 0; i < 3; i++) {
        drop(self, object[2]);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(shared_of(object[i]) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
        CHECK(weft_load_relaxed_u32(&object[i]->head.local) == WEFT_REF_IMMORTAL);
        free_eternal(object[i]);
    }
    actor_end(&other);
    end(self);
}

/* Below zero the sign is the queued object's, not that of an overflow. */
static void increments_of_a_queued_object_do_not_saturate_it(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    for (int i = 0; i < 5; i++) {
        take(self, object);
    }
    for (int i = 0; i < 5; i++) {
        actor_do(&other, do_drop, object);
    }
    CHECK(count_of(object) == -4);
    actor_do(&other, do_take, object);
    CHECK(count_of(object) == -3);
    actor_do(&other, do_drop, object);
    weft_thread_safepoint(self);
    CHECK(count_of(object) == 1);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

/* ---- deallocation ---------------------------------------------------------------------------- */

#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
#define CHAIN 1000000U
#else
#define CHAIN 10000000U
#endif

typedef struct chain_link {
    weft_ref head;
    struct chain_link *next;
    void *room; /* for the node */
} chain_link;

static uint64_t links_dead;
static weft_ref_verdict link_dealloc(weft_thread *self, weft_ref *object) {
    chain_link *dead = (chain_link *)object;
    links_dead++;
    if (dead->next != NULL) {
        weft_ref_decref(self, &dead->next->head);
    }
    return WEFT_REF_FREE;
}
static uint64_t links_freed;
static void link_free(weft_ref *object) {
    (void)object;
    links_freed++;
}

static void drop_chain(void *argument) {
    (void)argument;
    static const weft_ref_hooks LINK_HOOKS = {link_dealloc, link_free, NULL};
    weft_ref_install(&LINK_HOOKS);
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self;
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    chain_link *links = calloc(CHAIN, sizeof *links);
    CHECK(links != NULL);
    for (size_t i = 0; i < CHAIN; i++) {
        weft_ref_init(self, &links[i].head);
        links[i].next = i + 1 < CHAIN ? &links[i + 1] : NULL;
        if (i % 3 == 0) {
            weft_ref_maybe_share(&links[i].head);
        }
    }
    links_dead = 0;
    links_freed = 0;
    weft_ref_decref(self, &links[0].head);
    CHECK(links_dead == CHAIN);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    CHECK(links_freed == CHAIN);
    free(links);
}

/* On a thread with a small stack. */
static void chain_of_ten_million(void) {
    scenario_thread thread;
    scenario_start(&thread, drop_chain, NULL);
    scenario_join(&thread);
}

static void wide_and_deep_trees_die_whole(void) {
    weft_thread *self;
    begin(&self);
    thing *nodes[1023];
    for (int i = 1022; i >= 0; i--) {
        nodes[i] = make_thing(self);
        if (2 * i + 2 < 1023) {
            nodes[i]->child = nodes[2 * i + 1];
            nodes[i]->other_child = nodes[2 * i + 2];
        }
    }
    drop(self, nodes[0]);
    CHECK(value(&torn_down) == 1023);
    end(self);
}

static thing *kept;
static int keeps;
static weft_ref_verdict keep_once(weft_thread *self, thing *dead) {
    if (keeps == 0) {
        return WEFT_REF_FREE;
    }
    keeps--;
    take(self, dead);
    take(self, dead);
    drop(self, dead);
    kept = dead;
    return WEFT_REF_KEEP;
}

static void resurrection(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    on_dealloc = keep_once;
    keeps = 2;
    thing *object = make_thing(self);
    weft_ref_maybe_share(&object->head);
    drop(self, object);
    CHECK(value(&hooks_run) == 1);
    CHECK(kept == object);
    CHECK(owner_of(object) == 0);
    CHECK(tags_of(object) == (WEFT_REF_MERGED | WEFT_REF_MAYBE_SHARED));
    CHECK(count_of(object) == 1);
    CHECK(weft_ref_try_incref(self, &object->head));
    drop(self, object);
    actor_do(&other, do_drop, object); /* and once more */
    CHECK(value(&hooks_run) == 2);
    CHECK(count_of(object) == 1);
    CHECK(value(&torn_down) == 0);
    drop(self, object);
    CHECK(value(&hooks_run) == 3);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static weft_ref_verdict keep_nothing(weft_thread *self, thing *dead) {
    if (keeps == 0) {
        return WEFT_REF_FREE;
    }
    keeps--;
    take(self, dead);
    drop(self, dead);
    return WEFT_REF_KEEP;
}

static void kept_without_a_reference_is_dead_again(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = keep_nothing;
    keeps = 2;
    drop(self, make_thing(self));
    CHECK(value(&hooks_run) == 3);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static weft_ref_verdict blocks(weft_thread *self, thing *dead) {
    (void)dead;
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_safepoint(self);
    return WEFT_REF_FREE;
}

static void hooks_may_block(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = blocks;
    thing *object = make_thing(self);
    object->child = make_thing(self);
    object->child->child = make_thing(self);
    drop(self, object);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == 3);
    end(self);
}

/* Children wait for a hook that sleeps, unless somebody else is there for them. */
static thing *dropped_in_hook;
static weft_ref_verdict drops_and_detaches(weft_thread *self, thing *dead) {
    (void)dead;
    if (dropped_in_hook != NULL) {
        thing *object = dropped_in_hook;
        dropped_in_hook = NULL;
        drop(self, object);
        weft_thread_detach(self);
        AWAIT(value(&torn_down) == 1);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    }
    return WEFT_REF_FREE;
}

static void sleeping_hook_leaves_its_dead_to_others(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = made_by(&other);
    dropped_in_hook = made_by(&other);
    on_dealloc = drops_and_detaches;
    actor_begin(&other, do_drop, object);
    AWAIT((weft_thread_safepoint(self), value(&torn_down) != 0));
    actor_await(&other);
    CHECK(value(&torn_down) == 2);
    actor_end(&other);
    end(self);
}

/* ---- totals ---------------------------------------------------------------------------------- */

static size_t total(weft_thread *self, thing *object) {
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    size_t number = weft_ref_total(self, &object->head);
    weft_world_resume(self);
    return number;
}

static weft_ref_verdict counts_the_dying(weft_thread *self, thing *dead) {
    thing *child = dead->child;
    if (child != NULL) {
        dead->child = NULL;
        drop(self, child);                     /* waits until this hook has returned */
        CHECK(total(self, child) == SIZE_MAX); /* where a count was there is a link */
        CHECK(total(self, dead) == SIZE_MAX);
    }
    return WEFT_REF_FREE;
}

static void total_of_the_dying(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = counts_the_dying;
    for (int merged = 0; merged < 2; merged++) {
        thing *parent = make_thing(self);
        parent->child = make_thing(self);
        if (merged != 0) {
            weft_ref_merge(self, &parent->head);
            weft_ref_merge(self, &parent->child->head);
        }
        drop(self, parent);
    }
    CHECK(value(&torn_down) == 4);
    end(self);
}

static void total_is_exact(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *object = made_by(&owner);
    for (int i = 0; i < 4; i++) {
        actor_do(&owner, do_take, object);
    }
    take(self, object);
    actor_do(&owner, do_detach, NULL);
    CHECK(total(self, object) == 6);
    actor_do(&owner, do_attach, NULL);
    for (int i = 0; i < 4; i++) {
        drop(self, object);
    }
    CHECK((tags_of(object) & WEFT_REF_QUEUED) != 0);
    CHECK(count_of(object) == -2);
    /* Nobody of the queue's merges it now: the owner waits for this thread. */
    CHECK(local_of(object) == 5);
    actor_do(&owner, do_drop, object);
    actor_do(&owner, do_detach, NULL); /* merges */
    CHECK(total(self, object) == 1);
    actor_do(&owner, do_attach, NULL);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    thing *queued = make_thing(self);
    take(self, queued);
    take(self, queued);
    actor_do(&owner, do_drop, queued);
    actor_do(&owner, do_detach, NULL);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK((tags_of(queued) & WEFT_REF_QUEUED) != 0);
    CHECK(weft_ref_total(self, &queued->head) == 2);
    CHECK(weft_ref_total(self, &eternal) == SIZE_MAX);
    weft_world_resume(self);
    actor_do(&owner, do_attach, NULL);
    drop(self, queued);
    drop(self, queued);
    weft_thread_safepoint(self);
    actor_end(&owner);
    end(self);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static weft_atomic_u32 no_memory;
static _Thread_local bool no_memory_here; /* for the calling thread alone */

static void *failing_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    void *memory = NULL;
    if (weft_load_relaxed_u32(&no_memory) != 0 || no_memory_here) {
        return NULL;
    }
#ifdef _WIN32
    memory = _aligned_malloc(size, alignment);
    return memory;
#else
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
#endif
}

static void failing_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
#ifdef _WIN32
    _aligned_free(memory);
#else
    free(memory);
#endif
}

static const weft_host FAILING = {.allocate = failing_allocate, .free = failing_free};

/* ---- drops after a grace period ---------------------------------------------------------------- */

static void deferred_drop_waits_for_readers(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor reader;
    actor_start(&reader, runtime);
    thing *object = make_thing(self);
    take(self, object);
    weft_ref_retire_decref(self, &object->head, sizeof *object);
    drop(self, object);
    weft_qsbr_poll(self);
    CHECK(local_of(object) == 1); /* the borrowers' */
    CHECK(value(&torn_down) == 0);
    actor_do(&reader, do_quiesce, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&reader);
    end(self);
}

static void borrowed_object_is_kept_by_an_increment(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor reader;
    actor_start(&reader, runtime);
    thing *object = make_thing(self);
    weft_ref_retire_decref(self, &object->head, sizeof *object);
    weft_qsbr_poll(self);
    actor_do(&reader, do_take, object); /* it had found it before */
    actor_do(&reader, do_quiesce, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 0);
    CHECK(owner_of(object) == 0); /* the container's reference was the owner's last */
    CHECK(count_of(object) == 1);
    actor_do(&reader, do_drop, object);
    CHECK(value(&torn_down) == 1);
    actor_end(&reader);
    end(self);
}

static void deferred_drop_of_another_threads_object(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *object = made_by(&owner);
    thing *second = made_by(&owner);
    weft_ref_retire_decref(self, &object->head, sizeof *object);
    weft_ref_retire_decref(self, &second->head, sizeof *second);
    actor_do(&owner, do_detach, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 2);
    actor_do(&owner, do_attach, NULL);
    weft_ref_retire_decref(self, &eternal, 1000);
    actor_end(&owner);
    end(self);
}

static void deferred_sizes_count_for_the_budgets(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    weft_qsbr_statistics statistics;
    weft_qsbr_set_batch(0);
    weft_ref_retire_decref(self, &make_thing(self)->head, 5000);
    weft_qsbr_get_statistics(runtime, &statistics);
    CHECK(statistics.pending >= 5000);
    CHECK(weft_thread_safepoint(self) == 0);
    CHECK(value(&torn_down) == 1);
    weft_qsbr_set_batch(WEFT_QSBR_BATCH_BYTES);
    end(self);
}

static thing *counted;
static uint64_t visits;
static void visit(void *argument, weft_ref *object) {
    CHECK(argument == &visits);
    visits += object == &counted->head ? 1 : 100;
}

static void total_leaves_deferred_drops_out(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    counted = make_thing(self);
    for (int i = 0; i < 9; i++) {
        take(self, counted);
    }
    for (int i = 0; i < 4; i++) {
        weft_ref_retire_decref(self, &counted->head, 0);
    }
    actor_do(&other, do_drop, counted);
    actor_do(&other, do_detach, NULL);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(weft_ref_total(self, &counted->head) == 5);
    CHECK(weft_ref_counted(self, &counted->head) == 9);
    visits = 0;
    weft_ref_each_deferred(self, visit, &visits);
    CHECK(visits == 4);
    weft_world_resume(self);
    weft_thread_safepoint(self);
    weft_qsbr_poll(self);
    CHECK(total(self, counted) == 5);
    actor_do(&other, do_attach, NULL);
    for (int i = 0; i < 5; i++) {
        drop(self, counted);
    }
    actor_end(&other);
    end(self);
}

static uint64_t without_a_thread;
static weft_ref_verdict defers_its_child(weft_thread *self, thing *dead) {
    if (!weft_thread_is_attached(self)) {
        without_a_thread++;
    }
    if (dead->child != NULL) {
        weft_ref_retire_decref(self, &dead->child->head, sizeof *dead);
        dead->child = NULL;
    }
    return WEFT_REF_FREE;
}

/* Each death defers the next: a thread that exits gives up at some time, and the runtime's end does the
 * rest, without a thread. */
static void runtime_end_drops_what_is_left(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = defers_its_child;
    without_a_thread = 0;
    thing *chain = NULL;
    for (int i = 0; i < 5000; i++) {
        thing *next = make_thing(self);
        next->child = chain;
        if (i % 2 == 0) {
            weft_ref_maybe_share(&next->head);
        }
        chain = next;
    }
    weft_ref_retire_decref(self, &chain->head, sizeof *chain);
    end(self);
    CHECK(without_a_thread > 0);
}

/* A host's own callback, which gets no thread at the end. */
typedef struct retired_slot {
    weft_qsbr_node node;
    thing *object;
    weft_weak *handle; /* or NULL */
    uint32_t again;
} retired_slot;

static void drop_slot(weft_thread *self, weft_qsbr_node *node) {
    void *place = node;
    retired_slot *slot = place;
    without_a_thread += self == NULL ? 1 : 0;
    if (self != NULL && slot->again-- != 0) {
        weft_qsbr_retire(self, node, drop_slot, sizeof *slot);
        return;
    }
    weft_ref_decref_in_callback(self, &slot->object->head);
    if (slot->handle != NULL) {
        weft_weak_release(self, slot->handle);
    }
}

static void callbacks_without_a_thread_may_drop(void) {
    weft_thread *self;
    begin(&self);
    without_a_thread = 0;
    retired_slot slots[2] = {{.object = make_thing(self), .again = 0},
                             {.object = make_thing(self), .again = 100000}};
    for (int i = 0; i < 2; i++) {
        slots[i].object->child = make_thing(self);
        weft_ref_maybe_share(&slots[i].object->child->head);
        weft_qsbr_retire(self, &slots[i].node, drop_slot, sizeof *slots);
    }
    end(self);
    CHECK(without_a_thread == 1);
}

/* ---- weak cells ------------------------------------------------------------------------------ */

static weft_weak *weak_cell; /* of the thing at hand */

static void do_get(actor *self) {
    weft_ref *found = weft_weak_get(self->slot, weak_cell);
    self->result = found != NULL;
    if (found != NULL) {
        CHECK(found == &self->object->head);
        weft_ref_decref(self->slot, found);
    }
}

static weft_ref_verdict clears_its_cell(weft_thread *self, thing *dead) {
    CHECK(weft_weak_get(self, weak_cell) == NULL); /* dying */
    if (keeps != 0) {
        return keep_once(self, dead);
    }
    weft_weak_clear(self, weak_cell, &dead->head);
    return WEFT_REF_FREE;
}

static void weak_cell_leads_to_the_living(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    on_dealloc = clears_its_cell;
    keeps = 1;
    thing *object = make_thing(self);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE);
    weak_cell = weft_weak_create(self, &object->head);
    CHECK(weak_cell != NULL);
    CHECK((tags_of(object) & WEFT_REF_MAYBE_SHARED) != 0);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_NOT_UNIQUE);
    actor_do(&other, do_get, object);
    CHECK(other.result);
    drop(self, object); /* dies, and comes back */
    CHECK(kept == object);
    actor_do(&other, do_get, object);
    CHECK(other.result);
    CHECK(count_of(object) == 1);
    weft_weak_retain(weak_cell);
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    CHECK(value(&freed) == 0);
    actor_do(&other, do_get, object);
    CHECK(!other.result);
    weft_weak_release(self, weak_cell);
    actor_do(&other, do_get, object); /* the second handle */
    CHECK(!other.result);
    weft_weak_release(self, weak_cell);
    actor_end(&other);
    end(self);
}

static void weak_cell_of_an_object_that_dies_without_readers(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = clears_its_cell;
    keeps = 0;
    thing *object = make_thing(self);
    weak_cell = weft_weak_create(self, &object->head);
    weft_weak_release(self, weak_cell); /* no handle is left but the object's */
    drop(self, object);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void weak_cell_needs_memory(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    weft_store_relaxed_u32(&no_memory, 1);
    CHECK(weft_weak_create(self, &object->head) == NULL);
    weft_store_relaxed_u32(&no_memory, 0);
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_UNIQUE);
    drop(self, object);
    end(self);
    weft_host_set(NULL);
}

static weft_ref_verdict clears_its_own_cell(weft_thread *self, thing *dead) {
    void *cell = dead->other_child; /* kept there */
    dead->other_child = NULL;
    weft_weak_clear(self, cell, &dead->head);
    return WEFT_REF_FREE;
}

/* The last handle of a cell goes when the runtime has no thread any more. */
static void weak_cell_of_what_dies_without_a_thread(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = clears_its_own_cell;
    without_a_thread = 0;
    retired_slot slot = {.object = make_thing(self), .again = 100000};
    weft_weak *cell = weft_weak_create(self, &slot.object->head);
    void *place = cell;
    slot.object->other_child = place;
    slot.handle = cell;
    weft_qsbr_retire(self, &slot.node, drop_slot, sizeof slot);
    end(self);
    CHECK(without_a_thread == 1);
}

/* Threads that get and drop while the object dies again and again. */
typedef struct weak_race {
    weft_runtime *runtime;
    weft_atomic_ptr cell; /* borrowed by readers */
    uint64_t end;
} weak_race;

static void get_weakly(void *argument) {
    weak_race *race = argument;
    weft_thread *self = NULL;
    CHECK(weft_thread_register(race->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    while (weft_now_ns() < race->end) {
        for (int i = 0; i < 100; i++) {
            weft_weak *cell = weft_load_acquire_ptr(&race->cell);
            weft_ref *found = cell != NULL ? weft_weak_get(self, cell) : NULL;
            if (found != NULL) {
                CHECK(weft_load_relaxed_u32(&((thing *)found)->magic) == ALIVE);
                weft_ref_decref(self, found);
            }
        }
        weft_thread_safepoint(self);
        weft_qsbr_quiescent(self);
    }
    weft_thread_unregister(self);
}

static void weak_readers_never_touch_the_dead(void) {
    weft_thread *self;
    weak_race race = {.runtime = begin(&self), .end = weft_now_ns() + scenario_stress_ns()};
    on_dealloc = clears_its_own_cell;
    scenario_thread readers[2];
    for (int i = 0; i < 2; i++) {
        scenario_start(&readers[i], get_weakly, &race);
    }
    while (weft_now_ns() < race.end) {
        thing *object = make_thing(self);
        weft_weak *cell = weft_weak_create(self, &object->head);
        void *place = cell;
        object->other_child = place;
        weft_store_release_ptr(&race.cell, cell);
        for (int i = 0; i < 50; i++) {
            take(self, object);
            drop(self, object);
        }
        drop(self, object);
        weft_store_release_ptr(&race.cell, NULL);
        weft_weak_release(self, cell);
        weft_thread_safepoint(self);
        weft_qsbr_quiescent(self);
    }
    weft_thread_detach(self);
    for (int i = 0; i < 2; i++) {
        scenario_join(&readers[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_thread_safepoint(self);
    end(self);
}

/* ---- sharded counts -------------------------------------------------------------------------- */

static bool is_sharded(const thing *object) {
    return (tags_of(object) & ~WEFT_REF_MAYBE_SHARED) == (WEFT_REF_MERGED | WEFT_REF_SHARDED);
}

static thing *make_sharded(weft_thread *self) {
    thing *object = make_thing(self);
    CHECK(weft_ref_shard(self, &object->head));
    CHECK(is_sharded(object));
    CHECK(count_of(object) == 1);
    return object;
}

static void do_take_drop(actor *self) {
    take(self->slot, self->object);
    drop(self->slot, self->object);
}

static void sharded_header_is_only_read(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_sharded(self);
    actor_do(&other, do_take_drop, object); /* without a table yet: in the header */
    CHECK(count_of(object) == 1);
    actor_do(&other, do_safepoint, NULL);
    uintptr_t before = shared_of(object);
    actor_do(&other, do_take, object);
    for (int i = 0; i < 10; i++) {
        take(self, object);
        CHECK(weft_ref_try_incref(self, &object->head));
        actor_do(&other, do_take_drop, object);
        CHECK(shared_of(object) == before);
    }
    CHECK(weft_ref_unique(self, &object->head) == WEFT_REF_NOT_UNIQUE);
    for (int i = 0; i < 20; i++) {
        drop(self, object);
    }
    actor_do(&other, do_drop, object);
    CHECK(shared_of(object) == before);
    drop(self, object); /* the last of all, found in the header */
    CHECK(value(&torn_down) == 0);
    actor_end(&other);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    end(self);
}

/* What one thread adds another drops: the header's count falls to its end while cells hold more. */
static void references_left_in_cells_keep_the_object(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_sharded(self);
    take(self, object);
    take(self, object);
    actor_do(&other, do_drop, object); /* the header's last: it leaves */
    CHECK(!is_sharded(object));
    CHECK(count_of(object) > 1);
    actor_do(&other, do_drop, object);
    CHECK(value(&torn_down) == 0);
    take(self, object); /* atomic meanwhile */
    drop(self, object);
    CHECK(!weft_ref_shard(self, &object->head)); /* not while it leaves */
    actor_do(&other, do_quiesce, NULL);
    weft_qsbr_poll(self);
    actor_do(&other, do_quiesce, NULL);
    CHECK(count_of(object) == 1);
    CHECK(tags_of(object) == WEFT_REF_MERGED);
    CHECK(value(&torn_down) == 0);
    CHECK(weft_ref_shard(self, &object->head)); /* and again */
    drop(self, object);
    actor_do(&other, do_quiesce, NULL);
    weft_qsbr_poll(self);
    actor_do(&other, do_quiesce, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void cells_are_collected_after_a_grace_period(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_sharded(self);
    drop(self, object);
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 0); /* the other may be about to count in its cell */
    CHECK(!is_sharded(object));
    actor_do(&other, do_quiesce, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

/* What a cell cannot come to by counting is written into it. */
/* So that what other threads drop meanwhile never takes the whole bias: with 32-bit pointers. */
static void full_cells_count_in_the_header(void) {
    enum { MANY = 1000 };
    weft_thread *self;
    begin(&self);
    thing *object = make_sharded(self);
    take(self, object);
    const weft_ref_cell *cell = weft_ref_slot_of(self)->recent;
    for (int i = 0; i < MANY; i++) {
        take(self, object);
    }
    uintptr_t inside = weft_load_relaxed_uptr(&cell->count);
    CHECK(inside <= WEFT_REF_CELL_MOST);
    CHECK(inside == (MANY + 1 < WEFT_REF_CELL_MOST ? MANY + 1 : WEFT_REF_CELL_MOST));
    CHECK(total(self, object) == MANY + 2);
    for (int i = 0; i < MANY + 2; i++) {
        CHECK(value(&torn_down) == 0);
        drop(self, object);
    }
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void collected_cells_saturate(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_sharded(self);
    take(self, object);
    weft_store_relaxed_uptr(&weft_ref_slot_of(self)->recent->count,
                            (uintptr_t)1 << (sizeof(uintptr_t) * 8 - 6));
    weft_ref_unshard(self, &object->head);
    weft_qsbr_poll(self);
    CHECK(shared_of(object) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
    free_eternal(object);
    /* Immortal since its sharding ended: what the cells have is not added. */
    object = make_sharded(self);
    take(self, object);
    weft_ref_unshard(self, &object->head);
    weft_ref_immortalise(self, &object->head);
    weft_qsbr_poll(self);
    CHECK(shared_of(object) == (WEFT_REF_SATURATED | WEFT_REF_MERGED));
    free_eternal(object);
    end(self);
}

static void immortal_objects_stay_sharded(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_sharded(self);
    weft_ref_immortalise(self, &object->head);
    uintptr_t before = shared_of(object);
    weft_ref_unshard(self, &object->head);
    weft_qsbr_poll(self);
    CHECK(shared_of(object) == before);
    free_eternal(object);
    end(self);
}

/* The next object at its address begins at 0, in the next runtime that has the slot, too. */
static void runtime_end_empties_the_cells_of_what_leaked(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_sharded(self);
    take(self, object);
    const weft_ref_cell *cell = weft_ref_slot_of(self)->recent;
    CHECK(weft_load_relaxed_ptr(&cell->object) == object);
    weft_ref_immortalise(self, &object->head);
    free_eternal(object);
    end(self);
    CHECK(weft_load_relaxed_ptr(&cell->object) == NULL);
    CHECK(weft_load_relaxed_uptr(&cell->count) == 0);
}

static void total_of_sharded_objects_is_exact(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_sharded(self);
    for (int i = 0; i < 5; i++) {
        take(self, object);
        actor_do(&other, do_take, object);
        actor_do(&other, do_safepoint, NULL);
    }
    actor_do(&other, do_detach, NULL);
    CHECK(total(self, object) == 11);
    drop(self, object);
    CHECK(total(self, object) == 10);
    actor_do(&other, do_attach, NULL);
    weft_ref_unshard(self, &object->head);
    weft_ref_unshard(self, &object->head);
    CHECK(!is_sharded(object));
    drop(self, object);
    actor_do(&other, do_detach, NULL);
    CHECK(total(self, object) == 9); /* leaving, not collected yet */
    weft_qsbr_poll(self);
    weft_qsbr_poll(self);
    CHECK(count_of(object) == 9);
    CHECK(total(self, object) == 9);
    for (int i = 0; i < 9; i++) {
        CHECK(value(&torn_down) == 0);
        drop(self, object);
    }
    CHECK(value(&torn_down) == 1);
    actor_do(&other, do_attach, NULL);
    actor_end(&other);
    end(self);
}

static void exited_threads_leave_their_cells(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    thing *object = make_sharded(self);
    for (int i = 0; i < 3; i++) {
        actor other;
        actor_start(&other, runtime);
        actor_do(&other, do_take, object);
        actor_do(&other, do_safepoint, NULL);
        actor_do(&other, do_take, object);
        actor_end(&other);
    }
    CHECK(total(self, object) == 7);
    for (int i = 0; i < 7; i++) {
        weft_qsbr_poll(self);
        CHECK(value(&torn_down) == 0);
        drop(self, object);
    }
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void full_tables_count_in_the_header(void) {
    weft_thread *self;
    begin(&self);
    enum { OBJECTS = 300 };
    thing *objects[OBJECTS];
    int in_cells = 0;
    for (int i = 0; i < OBJECTS; i++) {
        objects[i] = make_sharded(self);
        take(self, objects[i]);
        in_cells += count_of(objects[i]) == 1 ? 1 : 0;
    }
    CHECK(in_cells > 0 && in_cells <= 64);
    for (int i = 0; i < OBJECTS; i++) {
        CHECK(total(self, objects[i]) == 2);
        drop(self, objects[i]);
        drop(self, objects[i]);
    }
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == OBJECTS);
    /* Cells of the dead are free again. */
    thing *object = make_sharded(self);
    take(self, object);
    CHECK(count_of(object) == 1);
    drop(self, object);
    drop(self, object);
    end(self);
}

static void contention_switches_what_allows_it(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    weft_ref_merge(self, &object->head);
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 3 * WEFT_REF_HEAT; i++) {
            CHECK(is_sharded(object) == (pass == 1 && i > WEFT_REF_HEAT));
            take(self, object);
            weft_ref_decref_contended(self, &object->head);
        }
        weft_ref_allow_sharding(&object->head);
    }
    drop(self, object);
    end(self);
}

static void do_contend(actor *self) {
    for (unsigned i = 0; i < 2 * WEFT_REF_HEAT; i++) {
        take(self->slot, self->object);
        weft_ref_decref_contended(self->slot, &self->object->head);
    }
}

static void contention_merges_what_another_thread_owns(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    weft_ref_allow_sharding(&object->head);
    actor_do(&other, do_contend, object);
    CHECK(tags_of(object) == WEFT_REF_QUEUED);
    CHECK(count_of(object) == 1); /* the queue's */
    weft_thread_safepoint(self);
    CHECK(tags_of(object) == WEFT_REF_MERGED);
    CHECK(count_of(object) == 1);
    actor_do(&other, do_contend, object);
    CHECK(is_sharded(object));
    actor_end(&other);
    drop(self, object);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    end(self);
}

static void do_shard(actor *self) {
    self->result = weft_ref_shard(self->slot, &self->object->head);
}

static void sharding_needs_memory(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    thing *object = make_sharded(self);
    /* Slots keep their tables: only a slot that is new has none. */
    weft_thread_detach(self);
    enum { LIMIT = 200 };
    weft_thread *slots[LIMIT];
    int number = 0;
    while (number == 0 ||
           (weft_load_relaxed_ptr(&weft_ref_slot_of(slots[number - 1])->cells) != NULL &&
            number < LIMIT)) {
        CHECK(weft_thread_register(runtime, NULL, &slots[number++]) == WEFT_THREAD_OK);
    }
    weft_thread *without = slots[number - 1];
    CHECK(weft_thread_attach(without) == WEFT_THREAD_OK);
    weft_store_relaxed_u32(&no_memory, 1);
    thing *second = make_thing(without);
    CHECK(!weft_ref_shard(without, &second->head));
    CHECK(owner_of(second) == weft_thread_id(without));
    CHECK(local_of(second) == 1);
    drop(without, second);
    take(without, object); /* counts in the header */
    CHECK(count_of(object) == 2);
    weft_thread_safepoint(without);
    take(without, object);
    CHECK(count_of(object) == 3);
    weft_store_relaxed_u32(&no_memory, 0);
    drop(without, object);
    drop(without, object);
    weft_thread_detach(without);
    while (number-- > 0) {
        weft_thread_unregister(slots[number]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    CHECK(is_sharded(object));
    drop(self, object);
    end(self);
    weft_host_set(NULL);
}

static void foreign_and_queued_objects_are_not_switched(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *object = make_thing(self);
    actor_do(&other, do_shard, object);
    CHECK(!other.result);
    actor_do(&other, do_drop, object);
    CHECK(!weft_ref_shard(self, &object->head)); /* the queue's reference would have no place */
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == 1);
    actor_end(&other);
    end(self);
}

static void runtime_end_collects_cells(void) {
    weft_thread *self;
    begin(&self);
    on_dealloc = defers_its_child;
    without_a_thread = 0;
    thing *chain = NULL;
    for (int i = 0; i < 3000; i++) {
        thing *next = i == 0 ? make_sharded(self) : make_thing(self);
        next->child = chain;
        chain = next;
    }
    weft_ref_retire_decref(self, &chain->head, sizeof *chain);
    end(self);
    CHECK(without_a_thread > 0);
}

/* ---- queues without memory --------------------------------------------------------------------- */

/* More than the entries of the blocks that two threads have: 170 to a block, 340 where pointers have 32 bits. */
enum { HOARD = 1600 };
static thing *hoard[HOARD];

static void do_drop_hoard(actor *self) {
    for (int i = 0; i < HOARD; i++) {
        if (hoard[i] != NULL) {
            drop(self->slot, hoard[i]);
            hoard[i] = NULL;
        }
    }
}

static void queues_come_from_the_reserve_when_memory_is_out(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    for (unsigned i = 0; i < WEFT_REF_RESERVE; i++) {
        hoard[i] = make_thing(self);
    }
    weft_store_relaxed_u32(&no_memory, 1);
    actor_do(&other, do_drop_hoard, NULL);
    CHECK(statistics_of(self).leaked == 0);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == WEFT_REF_RESERVE);
    weft_store_relaxed_u32(&no_memory, 0);
    actor_end(&other);
    end(self);
    weft_host_set(NULL);
}

static int dropped; /* of the hoard */

static void drop_until_asked(actor *self) {
    while (weft_load_relaxed_u32(&self->slot->state) == WEFT_THREAD_ATTACHED && dropped < HOARD) {
        drop(self->slot, hoard[dropped]);
        hoard[dropped++] = NULL;
    }
    weft_thread_safepoint(self->slot);
}

static void world_is_stopped_to_merge_when_memory_is_out(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    for (int i = 0; i < HOARD; i++) {
        hoard[i] = make_thing(self);
    }
    dropped = 0;
    weft_store_relaxed_u32(&no_memory, 1);
    actor_begin(&other, drop_until_asked, NULL);
    AWAIT((weft_load_relaxed_u32(&self->state) & WEFT_THREAD_STOP) != 0);
    AWAIT((weft_thread_safepoint(self), statistics_of(self).relief == 1));
    actor_await(&other);
    CHECK(dropped > 0);
    CHECK(value(&torn_down) == (uint64_t)dropped);
    CHECK(weft_ref_slot_of(other.slot)->spare >= WEFT_REF_RESERVE);
    CHECK(statistics_of(self).leaked == 0);
    weft_store_relaxed_u32(&no_memory, 0);
    actor_do(&other, do_drop_hoard, NULL);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == HOARD);
    actor_end(&other);
    end(self);
    weft_host_set(NULL);
}

static weft_atomic_u32 sleeps;
static weft_atomic_u32 may_wake;

static bool sleep_on(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline,
                     weft_wait_result *result) {
    (void)word;
    (void)expected;
    (void)deadline;
    weft_store_release_u32(&sleeps, 1);
    AWAIT(weft_load_acquire_u32(&may_wake) != 0);
    *result = WEFT_WAIT_WOKEN;
    return true;
}

/* Is stopped at one of them, and notices late that it may go on. */
static void pass_safepoints(actor *self) {
    seam.wait = sleep_on;
    while (weft_load_acquire_u32(&sleeps) == 0) {
        weft_thread_safepoint(self->slot);
    }
    seam.wait = NULL;
}

static void do_defer_all_but_a_reserve(actor *self) {
    while (weft_ref_slot_of(self->slot)->spare > WEFT_REF_RESERVE) {
        weft_ref_retire_decref(self->slot, &make_thing(self->slot)->head, 0);
    }
}

/* A thread that sleeps from one stop to the next merges nothing between them. */
static void what_a_stopped_world_queues_comes_back_without_memory(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    for (int i = 0; i < HOARD; i++) {
        hoard[i] = made_by(&owner);
    }
    weft_store_relaxed_u32(&no_memory, 1);
    actor_do(&owner, do_defer_all_but_a_reserve, NULL); /* it has none to give away */
    weft_store_relaxed_u32(&sleeps, 0);
    weft_store_relaxed_u32(&may_wake, 0);
    actor_begin(&owner, pass_safepoints, NULL);
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    for (int i = 0; i < HOARD && weft_ref_slot_of(self)->spare > 1; i++) {
        drop(self, hoard[i]);
        hoard[i] = NULL;
    }
    AWAIT(weft_load_acquire_u32(&sleeps) != 0);
    weft_thread_safepoint(self); /* not in here: the next one, afterwards */
    CHECK(statistics_of(self).relief == 0);
    weft_world_resume(self);
    CHECK(value(&torn_down) == 0);
    weft_thread_safepoint(self);
    CHECK(statistics_of(self).relief == 1);
    CHECK(weft_ref_slot_of(self)->spare >= WEFT_REF_RESERVE);
    CHECK(statistics_of(self).leaked == 0);
    CHECK(value(&torn_down) > 0);
    weft_store_release_u32(&may_wake, 1);
    actor_await(&owner);
    weft_store_relaxed_u32(&no_memory, 0);
    actor_end(&owner);
    for (int i = 0; i < HOARD; i++) {
        if (hoard[i] != NULL) {
            drop(self, hoard[i]);
        }
    }
    end(self);
    weft_host_set(NULL);
}

static void the_reserve_comes_from_other_threads_when_memory_is_out(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    actor_do(&other, do_detach, NULL);
    CHECK(weft_ref_slot_of(other.slot)->spare > WEFT_REF_RESERVE);
    weft_store_relaxed_u32(&no_memory, 1);
    while (weft_ref_slot_of(self)->spare > 1) {
        weft_ref_retire_decref(self, &make_thing(self)->head, 0);
    }
    weft_qsbr_no_quiesce_begin(self); /* what is deferred gives nothing back */
    weft_thread_safepoint(self);
    CHECK(statistics_of(self).relief == 1);
    CHECK(weft_ref_slot_of(other.slot)->spare == WEFT_REF_RESERVE);
    CHECK(weft_ref_slot_of(self)->spare >= WEFT_REF_RESERVE);
    weft_qsbr_no_quiesce_end(self);
    weft_store_relaxed_u32(&no_memory, 0);
    actor_do(&other, do_attach, NULL);
    actor_end(&other);
    end(self);
    weft_host_set(NULL);
}

static void do_drop_all_but_one_entry(actor *self) {
    for (int i = 0; i < HOARD && weft_ref_slot_of(self->slot)->spare > 1; i++) {
        drop(self->slot, hoard[i]);
        hoard[i] = NULL;
    }
}

/* What a thread leaves behind is a bundle, however small: who attaches takes as many as its reserve needs. */
static void the_reserve_is_filled_from_small_bundles(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    for (int i = 0; i < HOARD; i++) {
        hoard[i] = make_thing(self);
    }
    actor_do(&other, do_drop_all_but_one_entry, NULL);
    CHECK(weft_ref_slot_of(other.slot)->spare == 1);
    actor_end(&other);
    actor_start(&other, runtime);
    CHECK(weft_ref_slot_of(other.slot)->spare >= WEFT_REF_RESERVE);
    actor_do(&other, do_drop_hoard, NULL);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == HOARD);
    actor_end(&other);
    end(self);
}

/* The one case that the header admits. */
static void beyond_the_reserve_without_memory_references_leak(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *all[HOARD];
    for (int i = 0; i < HOARD; i++) {
        hoard[i] = all[i] = make_thing(self);
    }
    weft_store_relaxed_u32(&no_memory, 1);
    actor_do(&other, do_drop_hoard, NULL);
    uint64_t leaked = statistics_of(self).leaked;
    CHECK(leaked > 0 && leaked <= HOARD - WEFT_REF_RESERVE);
    weft_store_relaxed_u32(&no_memory, 0);
    weft_thread_safepoint(self);
    CHECK(value(&torn_down) == HOARD - leaked);
    actor_end(&other);
    for (uint64_t i = HOARD - leaked; i < HOARD; i++) {
        free_eternal(all[i]);
    }
    end(self);
    weft_host_set(NULL);
}

static void without_memory_absent_owners_are_merged_for(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *attached[HOARD];
    thing *absent[HOARD];
    for (int i = 0; i < HOARD; i++) {
        attached[i] = made_by(&owner);
    }
    actor gone;
    actor_start(&gone, runtime);
    for (int i = 0; i < HOARD; i++) {
        absent[i] = made_by(&gone);
    }
    actor_end(&gone);
    weft_store_relaxed_u32(&no_memory, 1);
    for (int i = 0; i < HOARD; i++) {
        drop(self, attached[i]); /* uses up all entries */
    }
    uint64_t leaked = statistics_of(self).leaked;
    CHECK(leaked > 0);
    for (int i = 0; i < HOARD; i++) {
        drop(self, absent[i]);
    }
    CHECK(statistics_of(self).leaked == leaked);
    CHECK(value(&torn_down) == HOARD);
    weft_store_relaxed_u32(&no_memory, 0);
    actor_end(&owner);
    for (uint64_t i = HOARD - leaked; i < HOARD; i++) {
        free_eternal(attached[i]);
    }
    end(self);
    weft_host_set(NULL);
}

/* Also a thread that has nothing left asks for relief when it needs an entry: by then others may have some. */
static void without_memory_each_lack_stops_the_world(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    begin(&self);
    thing *lost[2];
    weft_store_relaxed_u32(&no_memory, 1);
    weft_qsbr_no_quiesce_begin(self); /* entries do not come back */
    for (uint64_t i = 0; i < 2; i++) {
        while (statistics_of(self).leaked == i) {
            lost[i] = make_thing(self);
            weft_ref_retire_decref(self, &lost[i]->head, sizeof *lost[i]);
        }
        CHECK(statistics_of(self).relief == i);
        weft_thread_safepoint(self);
        CHECK(statistics_of(self).relief == i + 1);
    }
    weft_qsbr_no_quiesce_end(self);
    weft_store_relaxed_u32(&no_memory, 0);
    free_eternal(lost[0]);
    free_eternal(lost[1]);
    end(self);
    weft_host_set(NULL);
}

/* What is no drop is left undone: no reference is lost for it. A deferred drop is the one that finds no entry. */
static void without_memory_nothing_is_switched(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *theirs = made_by(&owner);
    weft_ref_allow_sharding(&theirs->head);
    thing *hot = make_sharded(self);
    thing *lost = NULL;
    weft_store_relaxed_u32(&no_memory, 1);
    while (statistics_of(self).leaked == 0) {
        lost = make_thing(self);
        weft_ref_retire_decref(self, &lost->head, sizeof *lost);
    }
    weft_ref_unshard(self, &hot->head);
    CHECK(is_sharded(hot));
    for (unsigned i = 0; i < 2 * WEFT_REF_HEAT; i++) {
        take(self, theirs);
        weft_ref_decref_contended(self, &theirs->head);
    }
    CHECK(tags_of(theirs) == 0);
    CHECK(statistics_of(self).leaked == 1);
    weft_store_relaxed_u32(&no_memory, 0);
    drop(self, theirs);
    actor_end(&owner);
    drop(self, hot);
    weft_thread_safepoint(self);
    weft_qsbr_poll(self);
    free_eternal(lost);
    end(self);
    weft_host_set(NULL);
}

/* Without memory from now on. All entries that the thread had are in the queue of `owner`, which merges nothing meanwhile; the
 * last thing found none, and leaks. */
static thing *use_up_entries(weft_thread *self, actor *owner) {
    thing *lost = NULL;
    weft_store_relaxed_u32(&no_memory, 1);
    while (statistics_of(self).leaked == 0) {
        lost = made_by(owner);
        drop(self, lost);
    }
    CHECK(weft_ref_slot_of(self)->spare == 0);
    return lost;
}

static void without_memory_the_last_of_a_sharded_object_leaks(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *hot = make_sharded(self);
    thing *lost = use_up_entries(self, &owner);
    drop(self, hot);
    CHECK(statistics_of(self).leaked == 2);
    CHECK(is_sharded(hot));
    CHECK(count_of(hot) == 1); /* the reference that leaked: dropped below */
    weft_store_relaxed_u32(&no_memory, 0);
    actor_end(&owner);
    drop(self, hot);
    CHECK(!is_sharded(hot));
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == value(&made) - 1);
    free_eternal(lost);
    end(self);
    weft_host_set(NULL);
}

static void without_memory_a_deferred_drop_ends_a_sharding(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    thing *hot = make_sharded(self);
    weft_ref_retire_decref(self, &hot->head, sizeof *hot);
    thing *lost = use_up_entries(self, &owner);
    weft_qsbr_poll(self);
    actor_do(&owner, do_quiesce, NULL);
    CHECK(is_sharded(hot));
    weft_qsbr_poll(self); /* the drop, and in its own entry what collects the cells */
    CHECK(!is_sharded(hot));
    CHECK(statistics_of(self).leaked == 1);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 0);
    actor_do(&owner, do_quiesce, NULL);
    weft_qsbr_poll(self);
    CHECK(value(&torn_down) == 1);
    weft_store_relaxed_u32(&no_memory, 0);
    actor_end(&owner);
    free_eternal(lost);
    end(self);
    weft_host_set(NULL);
}

static void counting_allocates_nothing(void) {
    weft_host_set(&FAILING);
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    thing *hot = make_sharded(self);
    take(self, hot); /* makes the cell */
    drop(self, hot);
    weft_store_relaxed_u32(&no_memory, 1);
    for (int i = 0; i < 10000; i++) {
        thing *object = make_thing(self);
        take(self, hot);
        drop(self, hot);
        take(self, object);
        if (i % 2 == 0) {
            actor_do(&other, do_drop, object);
            weft_thread_safepoint(self);
        } else {
            drop(self, object);
        }
        drop(self, object);
        actor_do(&other, do_safepoint, NULL);
        weft_thread_safepoint(self);
    }
    CHECK(value(&torn_down) == 10000);
    CHECK(statistics_of(self).blocks == 2);
    CHECK(statistics_of(self).leaked == 0);
    weft_store_relaxed_u32(&no_memory, 0);
    drop(self, hot);
    actor_end(&other);
    end(self);
    weft_host_set(NULL);
}

/* ---- the end --------------------------------------------------------------------------------- */

#ifndef _WIN32
static thing *forked_object;

static int after_fork_in_the_child(weft_thread *self) {
    weft_thread_safepoint(self);
    weft_qsbr_poll(self);
    return value(&torn_down) == 1 && value(&freed) == 1 ? 0 : 1;
}

/* Work for a thread that does not exist in the child. */
static void fork_with_a_full_queue(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor owner;
    actor_start(&owner, runtime);
    forked_object = made_by(&owner);
    drop(self, forked_object);
    CHECK(value(&torn_down) == 0);
    weft_thread_detach(self);
    /* The owner is attached and passes no safepoint: fork without stopping it. */
    pid_t pid = fork();
    if (pid == 0) {
        /* As if it had been filling its reserve: between the number and the list. */
        weft_ref_slot_of(owner.slot)->spare++;
        weft_thread_after_fork_child(NULL);
        alarm(200);
        _exit(weft_thread_attach(self) == WEFT_THREAD_OK ? after_fork_in_the_child(self) : 2);
    }
    int status = -1;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    actor_do(&owner, do_safepoint, NULL);
    CHECK(value(&torn_down) == 1);
    actor_end(&owner);
    end(self);
}
#endif

/* ---- stress ---------------------------------------------------------------------------------- */

enum { STRESS_THREADS = 4, MAILBOXES = 8, POCKETS = 16 };

typedef struct stress {
    weft_runtime *runtime;
    uint64_t end;
    uint64_t seed;
    bool shards;
    bool runs_short; /* memory is out again and again */
    weft_atomic_ptr mailboxes[MAILBOXES];
    weft_atomic_ptr handles[MAILBOXES]; /* of weak cells; looked at without taking them, too */
} stress;

typedef struct stress_thread {
    scenario_thread thread;
    stress *all;
    uint64_t random;
    thing *pockets[POCKETS];
    weft_weak *handle;
    bool in_step; /* what the pockets say is not the counts yet */
} stress_thread;

static stress_thread stress_threads[STRESS_THREADS];

static void empty_pocket(weft_thread *self, thing **pocket) {
    if (*pocket != NULL) {
        drop(self, *pocket);
        *pocket = NULL;
    }
}

static void release_handle(weft_thread *self, weft_weak *handle) {
    if (handle != NULL) {
        weft_weak_release(self, handle);
    }
}

/* Every second has a weak cell, which others find from now on. */
static thing *make_stressed(stress_thread *me, weft_thread *self, uint64_t random) {
    thing *made_now = make_thing(self);
    weft_ref_maybe_share(&made_now->head); /* it may be found in a mailbox */
    if (me->all->shards) {
        weft_ref_allow_sharding(&made_now->head);
    }
    weft_weak *cell = random % 2 == 0 ? weft_weak_create(self, &made_now->head) : NULL;
    if (cell != NULL) {
        void *place = cell;
        made_now->other_child = place;
        weft_atomic_ptr *to = &me->all->handles[(random >> 1) % MAILBOXES];
        release_handle(self, weft_exchange_acq_rel_ptr(to, cell));
    }
    return made_now;
}

/* What a cell leads to, by a handle or only borrowed; or NULL. */
static thing *find_weakly(stress_thread *me, weft_thread *self, uint64_t random) {
    weft_atomic_ptr *from = &me->all->handles[(random >> 1) % MAILBOXES];
    if (random % 2 == 0) {
        me->handle = weft_exchange_acq_rel_ptr(from, me->handle);
    }
    weft_weak *cell = random % 2 == 0 ? me->handle : weft_load_acquire_ptr(from);
    weft_ref *found = cell != NULL ? weft_weak_get(self, cell) : NULL;
    thing *object = (thing *)found;
    CHECK(object == NULL || weft_load_relaxed_u32(&object->magic) == ALIVE);
    CHECK(object == NULL || (void *)object->other_child == cell);
    return object;
}

static void stress_step(stress_thread *me, weft_thread *self) {
    uint64_t random = scenario_random(&me->random);
    thing **pocket = &me->pockets[random % POCKETS];
    thing **other = &me->pockets[(random >> 8) % POCKETS];
    weft_atomic_ptr *mailbox = &me->all->mailboxes[(random >> 16) % MAILBOXES];
    switch ((random >> 32) % 12) {
    case 0:
        empty_pocket(self, pocket);
        *pocket = make_stressed(me, self, random >> 40);
        break;
    case 1:
    case 2: /* exchange a reference with another thread */
        *pocket = weft_exchange_acq_rel_ptr(mailbox, *pocket);
        break;
    case 3:
        if (*pocket != NULL && pocket != other) {
            empty_pocket(self, other);
            take(self, *pocket);
            *other = *pocket;
        }
        break;
    case 4: /* several at once, given away one by one */
        if (*pocket != NULL) {
            take(self, *pocket);
            thing *old = weft_exchange_acq_rel_ptr(mailbox, *pocket);
            if (old != NULL) {
                drop(self, old);
            }
        }
        break;
    case 5:
        if (*pocket != NULL && weft_ref_unique(self, &(*pocket)->head) != WEFT_REF_NOT_UNIQUE) {
            (*pocket)->payload++; /* TSan: nobody else does */
        }
        break;
    case 6:
        if (*pocket != NULL && me->all->shards && (random >> 40) % 4 == 0) {
            (void)weft_ref_shard(self, &(*pocket)->head);
        } else if (*pocket != NULL && me->all->shards && (random >> 40) % 64 == 1) {
            weft_ref_unshard(self, &(*pocket)->head);
        }
        break;
    case 7: { /* found in a mailbox that another thread may be emptying */
        thing *found = weft_load_acquire_ptr(mailbox);
        if (found != NULL && weft_ref_try_incref(self, &found->head)) {
            if (weft_load_acquire_ptr(mailbox) == found) {
                CHECK(weft_load_relaxed_u32(&found->magic) == ALIVE);
            }
            drop(self, found);
        }
        break;
    }
    case 8:
        if (*pocket != NULL) {
            weft_ref_retire_decref(self, &(*pocket)->head, sizeof **pocket);
            *pocket = NULL;
        }
        break;
    case 9:
        empty_pocket(self, pocket);
        *pocket = find_weakly(me, self, random >> 40);
        break;
    case 10:
        if (*pocket != NULL && owner_of(*pocket) == weft_thread_id(self)) {
            weft_ref_merge(self, &(*pocket)->head);
        }
        break;
    default:
        empty_pocket(self, pocket);
    }
}

static weft_ref_verdict lets_go(weft_thread *self, thing *dead) {
    return dead->other_child != NULL ? clears_its_own_cell(self, dead) : WEFT_REF_FREE;
}

/* What dies comes back now and then, and somebody else may find it at once. */
static stress *stressed;
static weft_ref_verdict comes_back(weft_thread *self, thing *dead) {
    if (dead->payload++ % 4 != 0) {
        return lets_go(self, dead);
    }
    take(self, dead);
    thing *old = weft_exchange_acq_rel_ptr(&stressed->mailboxes[dead->payload % MAILBOXES], dead);
    if (old != NULL) {
        drop(self, old);
    }
    return WEFT_REF_KEEP;
}

static size_t references_to(const thing *object, const stress *all) {
    size_t number = 0;
    for (int i = 0; i < STRESS_THREADS; i++) {
        for (int j = 0; j < POCKETS; j++) {
            number += stress_threads[i].pockets[j] == object;
        }
    }
    for (int i = 0; i < MAILBOXES; i++) {
        number += weft_load_relaxed_ptr(&all->mailboxes[i]) == object;
    }
    return number;
}

/* Threads are caught with references that are queued, counted in cells, or to be dropped after a grace period. */
static void check_totals(stress_thread *me, weft_thread *self) {
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    bool settled = true;
    for (int i = 0; i < STRESS_THREADS; i++) {
        settled = settled && !stress_threads[i].in_step;
    }
    for (int i = 0; settled && i < POCKETS; i++) {
        if (me->pockets[i] != NULL) {
            CHECK(weft_ref_total(self, &me->pockets[i]->head) ==
                  references_to(me->pockets[i], me->all));
        }
    }
    weft_world_resume(self);
}

static void stress_run(void *argument) {
    stress_thread *me = argument;
    weft_thread *self = NULL;
    while (weft_now_ns() < me->all->end) {
        CHECK(weft_thread_register(me->all->runtime, NULL, &self) == WEFT_THREAD_OK);
        CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
        uint64_t steps = 1000 + scenario_random(&me->random) % 100000;
        for (uint64_t i = 0; i < steps && weft_now_ns() < me->all->end; i++) {
            bool short_now = me->all->runs_short && scenario_random(&me->random) % 2 == 0;
            if (short_now) {
                weft_thread_safepoint(self);
                short_now = weft_ref_slot_of(self)->spare >= WEFT_REF_RESERVE;
            }
            no_memory_here = short_now;
            me->in_step = true;
            for (int j = 0; j < (no_memory_here ? 5 : 10); j++) { /* within the reserve */
                stress_step(me, self);
            }
            me->in_step = false;
            /* Before the safepoint: what dies there may need more entries than the reserve has. */
            no_memory_here = false;
            if (scenario_random(&me->random) % 1024 == 0) {
                check_totals(me, self);
            }
            if (scenario_random(&me->random) % 8 == 0) {
                weft_thread_safepoint(self);
                weft_qsbr_quiescent(self);
            }
            if (scenario_random(&me->random) % 32 == 0) {
                weft_thread_detach(self);
                CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
            }
        }
        /* What it owns, others drop, or the next thread with its id. */
        weft_thread_unregister(self);
    }
    CHECK(weft_thread_register(me->all->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    me->in_step = true;
    for (int i = 0; i < POCKETS; i++) {
        empty_pocket(self, &me->pockets[i]);
    }
    release_handle(self, me->handle);
    me->in_step = false;
    weft_thread_unregister(self);
}

static void change_hands(bool shards, bool runs_short) {
    weft_thread *self;
    static stress all;
    memset(&all, 0, sizeof all);
    all.shards = shards;
    all.runs_short = runs_short;
    all.runtime = begin(&self);
    all.seed = scenario_seed();
    all.end = weft_now_ns() + scenario_stress_ns();
    stress_thread *threads = stress_threads;
    stressed = &all;
    on_dealloc = comes_back;
    /* This thread owns what is in the mailboxes first, and sleeps for the whole run. */
    for (int i = 0; i < MAILBOXES; i++) {
        thing *first = make_thing(self);
        weft_ref_maybe_share(&first->head);
        weft_store_release_ptr(&all.mailboxes[i], first);
    }
    weft_thread_detach(self);
    for (int i = 0; i < STRESS_THREADS; i++) {
        memset(&threads[i], 0, sizeof threads[i]);
        threads[i].all = &all;
        threads[i].random = all.seed + (uint64_t)i * 77 + 1;
        scenario_start(&threads[i].thread, stress_run, &threads[i]);
    }
    for (int i = 0; i < STRESS_THREADS; i++) {
        scenario_join(&threads[i].thread);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (int i = 0; i < MAILBOXES; i++) {
        release_handle(self, weft_load_acquire_ptr(&all.handles[i]));
    }
    on_dealloc = lets_go;
    for (int i = 0; i < MAILBOXES; i++) {
        thing *left = weft_load_acquire_ptr(&all.mailboxes[i]);
        if (left != NULL) {
            drop(self, left);
        }
    }
    weft_thread_safepoint(self);
    CHECK(statistics_of(self).leaked == 0);
    end(self);
}

static void references_change_hands(void) {
    change_hands(false, false);
}

static void references_change_hands_through_cells(void) {
    change_hands(true, false);
}

static void references_change_hands_while_memory_is_out(void) {
    weft_host_set(&FAILING);
    change_hands(true, true);
    weft_host_set(NULL);
}

/* The prompt discipline: one place that is overwritten all the time, and readers. */
typedef struct place {
    weft_runtime *runtime;
    weft_atomic_ptr slot;
    uint64_t end;
    weft_atomic_u64 got;
} place;

static void read_place(void *argument) {
    place *shared = argument;
    weft_thread *self = NULL;
    CHECK(weft_thread_register(shared->runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    uint64_t got = 0;
    while (weft_now_ns() < shared->end) {
        for (int i = 0; i < 100; i++) {
            thing *found = weft_load_acquire_ptr(&shared->slot);
            if (found == NULL || !weft_ref_try_incref(self, &found->head)) {
                continue;
            }
            if (weft_load_acquire_ptr(&shared->slot) == found) {
                /* It was in the place while this thread had a reference: not unique, so not written. */
                uint32_t payload = found->payload;
                CHECK(weft_load_relaxed_u32(&found->magic) == ALIVE);
                CHECK(found->payload == payload);
                got++;
            }
            drop(self, found);
        }
        weft_thread_safepoint(self);
        weft_qsbr_quiescent(self);
    }
    weft_fetch_add_relaxed_u64(&shared->got, got);
    weft_thread_unregister(self);
}

/* Takes the thing out, changes it in place if nobody else has it, and puts it back or another. */
static void write_place(place *shared, weft_thread *self) {
    uint64_t turn = 0;
    while (weft_now_ns() < shared->end || turn < 1000) {
        thing *old = weft_load_relaxed_ptr(&shared->slot);
        weft_store_release_ptr(&shared->slot, NULL);
        if (old != NULL && weft_ref_unique(self, &old->head) != WEFT_REF_NOT_UNIQUE) {
            old->payload++;
        }
        if (old == NULL || turn++ % 4 == 0) {
            thing *fresh = make_thing(self);
            weft_ref_maybe_share(&fresh->head);
            weft_store_release_ptr(&shared->slot, fresh);
            if (old != NULL) {
                drop(self, old);
            }
        } else {
            weft_store_release_ptr(&shared->slot, old);
        }
        weft_thread_safepoint(self);
        weft_qsbr_quiescent(self);
    }
}

static void readers_never_revive_or_touch_the_dead(void) {
    weft_thread *self;
    static place shared;
    memset(&shared, 0, sizeof shared);
    shared.runtime = begin(&self);
    shared.end = weft_now_ns() + scenario_stress_ns();
    scenario_thread readers[2];
    for (int i = 0; i < 2; i++) {
        scenario_start(&readers[i], read_place, &shared);
    }
    write_place(&shared, self);
    weft_thread_detach(self);
    for (int i = 0; i < 2; i++) {
        scenario_join(&readers[i]);
    }
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    drop(self, weft_load_relaxed_ptr(&shared.slot));
    end(self);
}

/* ---- misuse ---------------------------------------------------------------------------------- */

typedef struct misuse {
    weft_thread *self;
    thing *object;
} misuse;

static void misuse_drop(void *argument) {
    misuse *what = argument;
    drop(what->self, what->object);
}
static void misuse_merge(void *argument) {
    misuse *what = argument;
    weft_ref_merge(what->self, &what->object->head);
}
static void misuse_total(void *argument) {
    misuse *what = argument;
    (void)weft_ref_total(what->self, &what->object->head);
}

static void misuse_counted(void *argument) {
    misuse *what = argument;
    (void)weft_ref_counted(what->self, &what->object->head);
}

static void misuse_second_cell(void *argument) {
    misuse *what = argument;
    (void)!weft_weak_create(what->self, &what->object->head);
}
static void misuse_clear(void *argument) {
    misuse *what = argument;
    weft_weak_clear(what->self, weak_cell, &what->object->head);
}
#ifndef _WIN32
static weft_ref_verdict refers_and_frees(weft_thread *self, thing *dead) {
    take(self, dead);
    return WEFT_REF_FREE;
}
static weft_ref_verdict drops_itself(weft_thread *self, thing *dead) {
    drop(self, dead);
    return WEFT_REF_FREE;
}
static weft_ref_verdict forgets_its_cell(weft_thread *self, thing *dead) {
    CHECK(weft_weak_create(self, &dead->head) != NULL);
    return WEFT_REF_FREE;
}
static weft_ref_verdict exits(weft_thread *self, thing *dead) {
    (void)dead;
    weft_thread_unregister(self);
    return WEFT_REF_FREE;
}

/* After a hook that did not return the thread is of no use: each in a process of its own. */
typedef struct hooked {
    hook *wrong;
} hooked;

static void misuse_in_a_hook(void *argument) {
    weft_thread *self;
    begin(&self);
    hook *wrong = ((const hooked *)argument)->wrong;
    on_dealloc = wrong;
    misuse what = {self, make_thing(self)};
    const char *part = wrong == refers_and_frees   ? "verdict FREE"
                       : wrong == forgets_its_cell ? "weak cell is not cleared"
                       : wrong == drops_itself     ? "no reference any more"
                                                   : "inside a dealloc hook";
    CHECK(scenario_is_fatal(misuse_drop, &what, part, NULL));
}
#endif

static void nothing(void *argument, weft_ref *object) {
    (void)argument;
    (void)object;
}

static void misuse_each_deferred(void *argument) {
    misuse *what = argument;
    weft_ref_each_deferred(what->self, nothing, NULL);
}

static void misuse_callback(void *argument) {
    misuse *what = argument;
    weft_ref_decref_in_callback(NULL, &what->object->head);
}

static void misuse_is_fatal(void) {
    weft_thread *self;
    weft_runtime *runtime = begin(&self);
    actor other;
    actor_start(&other, runtime);
    misuse what = {self, make_thing(self)};
    CHECK(scenario_is_fatal(misuse_total, &what, "not stopped", NULL));
    CHECK(scenario_is_fatal(misuse_counted, &what, "not stopped", NULL));
    CHECK(scenario_is_fatal(misuse_each_deferred, &what, "not stopped", NULL));
    CHECK(scenario_is_fatal(misuse_callback, &what, "without a thread", NULL));
    thing *foreign = made_by(&other);
    misuse merges = {self, foreign};
    CHECK(scenario_is_fatal(misuse_merge, &merges, "another thread owns", NULL));
    thing *gone = make_thing(self);
    weft_store_relaxed_uptr(&gone->head.shared, WEFT_REF_QUEUED); /* dropped twice by others */
    misuse merges_gone = {self, gone};
    CHECK(scenario_is_fatal(misuse_merge, &merges_gone, "without a reference", NULL));
    free_eternal(gone);
    weak_cell = weft_weak_create(self, &foreign->head);
    misuse again = {self, foreign};
    CHECK(scenario_is_fatal(misuse_second_cell, &again, "second weak cell", NULL));
    CHECK(scenario_is_fatal(misuse_clear, &what, "not the object's", NULL));
    weft_weak_clear(self, weak_cell, &foreign->head);
    weft_weak_release(self, weak_cell);
    actor_do(&other, do_drop, foreign);
    weft_ref_maybe_share(&what.object->head);
    drop(self, what.object);
    CHECK(value(&torn_down) == 2);
    CHECK(scenario_is_fatal(misuse_drop, &what, "no reference any more", NULL));
    actor_end(&other);
    end(self);
#ifndef _WIN32
    hooked in_hooks[] = {{refers_and_frees}, {drops_itself}, {forgets_its_cell}, {exits}};
    for (size_t i = 0; i < sizeof in_hooks / sizeof *in_hooks; i++) {
        CHECK(scenario_forked(misuse_in_a_hook, &in_hooks[i]));
    }
#endif
}

#if WEFT_CHECKED
static void checked_build_catches_counting_while_detached(void) {
    weft_thread *self;
    begin(&self);
    misuse what = {self, make_thing(self)};
    weft_thread_detach(self);
    CHECK(scenario_is_fatal(misuse_drop, &what, "not attached", NULL));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    drop(self, what.object);
    end(self);
}

static void checked_build_catches_objects_of_another_runtime(void) {
    weft_thread *self;
    begin(&self);
    thing *object = make_thing(self);
    weft_runtime *elsewhere = weft_runtime_create(NULL);
    weft_thread *there;
    CHECK(weft_thread_register(elsewhere, NULL, &there) == WEFT_THREAD_OK);
    weft_thread_detach(self);
    CHECK(weft_thread_attach(there) == WEFT_THREAD_OK);
    misuse what = {there, object};
    CHECK(scenario_is_fatal(misuse_drop, &what, "another runtime", NULL));
    weft_thread_unregister(there);
    weft_runtime_release(elsewhere);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    drop(self, object);
    end(self);
}
#endif

const scenario ref_scenarios[] = {
    {"Layout", layout},
    {"OwnerCountsWithoutShared", owner_counts_without_shared},
    {"LocalCountCarriesIntoShared", local_count_carries_into_shared},
    {"FullLocalCountGoesUpAndDown", full_local_count_goes_up_and_down},
    {"ReachableMemoryWaitsForAGracePeriod", reachable_memory_waits_for_a_grace_period},
    {"ForeignCountsInShared", foreign_counts_in_shared},
    {"OwnerGoesFirst", owner_goes_first},
    {"DropBelowZeroIsQueuedToAnAttachedOwner", drop_below_zero_is_queued_to_an_attached_owner},
    {"QueuedObjectLivesIfReferencesAreLeft", queued_object_lives_if_references_are_left},
    {"OwnerMergesWhatIsQueued", owner_merges_what_is_queued},
    {"DetachedOwnerIsMergedForAtOnce", detached_owner_is_merged_for_at_once},
    {"OwnerFindsItsObjectMerged", owner_finds_its_object_merged},
    {"ExitedOwnerIsMergedForAtOnce", exited_owner_is_merged_for_at_once},
    {"NextThreadWithTheIdInherits", next_thread_with_the_id_inherits},
    {"OwnerDetachesWithAFullQueue", owner_detaches_with_a_full_queue},
    {"RegressionCpython157838SleepingOwnerKeepsNothing",
     regression_cpython_157838_sleeping_owner_keeps_nothing},
    {"ParkedOwnerLeavesItsDeadToOthers", parked_owner_leaves_its_dead_to_others},
    {"NextToAttachFindsTheDead", next_to_attach_finds_the_dead},
    {"ExitLeavesNothingQueued", exit_leaves_nothing_queued},
    {"ExitRunsTheHooksOfOrphans", exit_runs_the_hooks_of_orphans},
    {"ThreadsWithoutAnIdMakeMergedObjects", threads_without_an_id_make_merged_objects},
    {"MergeEndsTheBias", merge_ends_the_bias},
    {"TryIncrefOfTheLiving", try_incref_of_the_living},
    {"TryIncrefOfTheDyingFails", try_incref_of_the_dying_fails},
    {"TryIncrefOfWhatWaitsForItsHookFails", try_incref_of_what_waits_for_its_hook_fails},
    {"Uniqueness", uniqueness},
    {"ImmortalObjectsAreNeverWritten", immortal_objects_are_never_written},
    {"OwnerImmortalises", owner_immortalises},
    {"OthersImmortalise", others_immortalise},
    {"CountSaturates", count_saturates},
    {"MergesLeaveASaturatedCountAlone", merges_leave_a_saturated_count_alone},
    {"IncrementsOfAQueuedObjectDoNotSaturateIt", increments_of_a_queued_object_do_not_saturate_it},
    {"ChainOfTenMillion", chain_of_ten_million},
    {"WideAndDeepTreesDieWhole", wide_and_deep_trees_die_whole},
    {"Resurrection", resurrection},
    {"KeptWithoutAReferenceIsDeadAgain", kept_without_a_reference_is_dead_again},
    {"HooksMayBlock", hooks_may_block},
    {"SleepingHookLeavesItsDeadToOthers", sleeping_hook_leaves_its_dead_to_others},
    {"TotalIsExact", total_is_exact},
    {"TotalOfTheDying", total_of_the_dying},
    {"DeferredDropWaitsForReaders", deferred_drop_waits_for_readers},
    {"BorrowedObjectIsKeptByAnIncrement", borrowed_object_is_kept_by_an_increment},
    {"DeferredDropOfAnotherThreadsObject", deferred_drop_of_another_threads_object},
    {"DeferredSizesCountForTheBudgets", deferred_sizes_count_for_the_budgets},
    {"TotalLeavesDeferredDropsOut", total_leaves_deferred_drops_out},
    {"RuntimeEndDropsWhatIsLeft", runtime_end_drops_what_is_left},
    {"CallbacksWithoutAThreadMayDrop", callbacks_without_a_thread_may_drop},
    {"WeakCellLeadsToTheLiving", weak_cell_leads_to_the_living},
    {"WeakCellOfAnObjectThatDiesWithoutReaders", weak_cell_of_an_object_that_dies_without_readers},
    {"WeakCellNeedsMemory", weak_cell_needs_memory},
    {"WeakCellOfWhatDiesWithoutAThread", weak_cell_of_what_dies_without_a_thread},
    {"WeakReadersNeverTouchTheDead", weak_readers_never_touch_the_dead},
    {"ShardedHeaderIsOnlyRead", sharded_header_is_only_read},
    {"ReferencesLeftInCellsKeepTheObject", references_left_in_cells_keep_the_object},
    {"CellsAreCollectedAfterAGracePeriod", cells_are_collected_after_a_grace_period},
    {"FullCellsCountInTheHeader", full_cells_count_in_the_header},
    {"CollectedCellsSaturate", collected_cells_saturate},
    {"ImmortalObjectsStaySharded", immortal_objects_stay_sharded},
    {"RuntimeEndEmptiesTheCellsOfWhatLeaked", runtime_end_empties_the_cells_of_what_leaked},
    {"TotalOfShardedObjectsIsExact", total_of_sharded_objects_is_exact},
    {"ExitedThreadsLeaveTheirCells", exited_threads_leave_their_cells},
    {"FullTablesCountInTheHeader", full_tables_count_in_the_header},
    {"ContentionSwitchesWhatAllowsIt", contention_switches_what_allows_it},
    {"ContentionMergesWhatAnotherThreadOwns", contention_merges_what_another_thread_owns},
    {"ShardingNeedsMemory", sharding_needs_memory},
    {"ForeignAndQueuedObjectsAreNotSwitched", foreign_and_queued_objects_are_not_switched},
    {"RuntimeEndCollectsCells", runtime_end_collects_cells},
    {"QueuesComeFromTheReserveWhenMemoryIsOut", queues_come_from_the_reserve_when_memory_is_out},
    {"WorldIsStoppedToMergeWhenMemoryIsOut", world_is_stopped_to_merge_when_memory_is_out},
    {"WhatAStoppedWorldQueuesComesBackWithoutMemory",
     what_a_stopped_world_queues_comes_back_without_memory},
    {"TheReserveComesFromOtherThreadsWhenMemoryIsOut",
     the_reserve_comes_from_other_threads_when_memory_is_out},
    {"TheReserveIsFilledFromSmallBundles", the_reserve_is_filled_from_small_bundles},
    {"BeyondTheReserveWithoutMemoryReferencesLeak",
     beyond_the_reserve_without_memory_references_leak},
    {"WithoutMemoryAbsentOwnersAreMergedFor", without_memory_absent_owners_are_merged_for},
    {"WithoutMemoryEachLackStopsTheWorld", without_memory_each_lack_stops_the_world},
    {"WithoutMemoryNothingIsSwitched", without_memory_nothing_is_switched},
    {"WithoutMemoryTheLastOfAShardedObjectLeaks",
     without_memory_the_last_of_a_sharded_object_leaks},
    {"WithoutMemoryADeferredDropEndsASharding", without_memory_a_deferred_drop_ends_a_sharding},
    {"CountingAllocatesNothing", counting_allocates_nothing},
#ifndef _WIN32
    {"ForkWithAFullQueue", fork_with_a_full_queue},
#endif
    {"ReferencesChangeHands", references_change_hands},
    {"ReferencesChangeHandsThroughCells", references_change_hands_through_cells},
    {"ReferencesChangeHandsWhileMemoryIsOut", references_change_hands_while_memory_is_out},
    {"ReadersNeverReviveOrTouchTheDead", readers_never_revive_or_touch_the_dead},
    {"MisuseIsFatal", misuse_is_fatal},
#if WEFT_CHECKED
    {"CheckedBuildCatchesCountingWhileDetached", checked_build_catches_counting_while_detached},
#endif
#if WEFT_CHECKED
    {"CheckedBuildCatchesObjectsOfAnotherRuntime",
     checked_build_catches_objects_of_another_runtime},
#endif
    {NULL, NULL},
};
