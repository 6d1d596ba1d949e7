#include "rwmutex_scenarios.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lock_tools.h"
#include "weft_rwmutex.h"

#define MS INT64_C(1000000)

/* What an unchecked build says of an unlock; a checked one has found the wrong owner before. */
#if WEFT_CHECKED
#define IN_UNCHECKED(text) NULL
#else
#define IN_UNCHECKED(text) (text)
#endif
#define PARKED (WEFT_RWMUTEX_READERS_PARKED | WEFT_RWMUTEX_WRITERS_PARKED)

static uintptr_t word_of(const weft_rwmutex *lock) {
    return weft_load_relaxed_uptr(&lock->state);
}

/* ---- one thread ------------------------------------------------------------------------------ */

static void results_of_all_functions(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    weft_interrupt raised = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(1)};
    CHECK(sizeof lock == sizeof(void *));
    weft_rwmutex_read_lock(&lock);
    CHECK(weft_rwmutex_readers(&lock) == 1 && !weft_rwmutex_is_write_locked(&lock));
    CHECK(weft_rwmutex_try_read_lock(&lock));
    CHECK(weft_rwmutex_readers(&lock) == 2);
    CHECK(!weft_rwmutex_try_write_lock(&lock));
    weft_rwmutex_read_unlock(&lock);
    weft_rwmutex_read_unlock(&lock);
    CHECK(weft_rwmutex_read_lock_for(&lock, 0) == WEFT_LOCK_OK);
    weft_rwmutex_read_unlock(&lock);
    CHECK(weft_rwmutex_read_lock_interruptible(&lock, WEFT_FOREVER, &raised) == WEFT_LOCK_OK);
    weft_rwmutex_read_unlock(&lock);
    CHECK(word_of(&lock) == 0);
    weft_rwmutex_write_lock(&lock);
    CHECK(weft_rwmutex_readers(&lock) == 0 && weft_rwmutex_is_write_locked(&lock));
    CHECK(!weft_rwmutex_try_read_lock(&lock));
    CHECK(!weft_rwmutex_try_write_lock(&lock));
    weft_rwmutex_write_unlock(&lock);
    CHECK(weft_rwmutex_try_write_lock(&lock));
    weft_rwmutex_downgrade(&lock);
    CHECK(weft_rwmutex_readers(&lock) == 1 && !weft_rwmutex_is_write_locked(&lock));
    weft_rwmutex_read_unlock(&lock);
    CHECK(weft_rwmutex_write_lock_for(&lock, -1) == WEFT_LOCK_OK);
    weft_rwmutex_write_unlock(&lock);
    CHECK(weft_rwmutex_write_lock_interruptible(&lock, 1, &raised) == WEFT_LOCK_OK);
    weft_rwmutex_write_unlock(&lock);
    CHECK(word_of(&lock) == 0);
}

/* ---- a second thread ------------------------------------------------------------------------- */

/* One attempt by a thread of its own; if it succeeds it counts, and keeps the lock until told. */
typedef struct attempt {
    weft_rwmutex *lock;
    weft_interrupt *interrupt;
    test_world *world;
    const uint64_t *data; /* plain: a race detector sees an order that is missing */
    int64_t timeout;
    bool write;
    bool interruptible;
    bool keep;
    weft_lock_result result;
    uint64_t seen;
    weft_atomic_u32 inside;
    weft_atomic_u32 leave;
    scenario_thread thread;
} attempt;

static weft_lock_result lock_as_told(attempt *me) {
    if (me->interruptible) {
        return me->write
                   ? weft_rwmutex_write_lock_interruptible(me->lock, me->timeout, me->interrupt)
                   : weft_rwmutex_read_lock_interruptible(me->lock, me->timeout, me->interrupt);
    }
    if (me->timeout != WEFT_FOREVER) {
        return me->write ? weft_rwmutex_write_lock_for(me->lock, me->timeout)
                         : weft_rwmutex_read_lock_for(me->lock, me->timeout);
    }
    if (me->write) {
        weft_rwmutex_write_lock(me->lock);
    } else {
        weft_rwmutex_read_lock(me->lock);
    }
    return WEFT_LOCK_OK;
}

static void try_it(void *argument) {
    attempt *me = argument;
    world_enter(me->world);
    me->result = lock_as_told(me);
    if (me->result == WEFT_LOCK_OK) {
        if (me->data != NULL) {
            me->seen = *me->data;
        }
        weft_fetch_add_release_u32(&me->inside, 1);
        if (me->keep) {
            AWAIT(weft_load_acquire_u32(&me->leave) >= 1);
        }
        if (me->write) {
            CHECK(weft_rwmutex_is_write_locked(me->lock));
            weft_rwmutex_write_unlock(me->lock);
        } else {
            CHECK(weft_rwmutex_readers(me->lock) >= 1);
            weft_rwmutex_read_unlock(me->lock);
        }
    }
    world_exit();
}

static void start(attempt *me) {
    scenario_start(&me->thread, try_it, me);
}

/* Starts it, and returns when it sleeps as the `position`th in the queue. */
static void start_asleep(attempt *me, size_t position) {
    start(me);
    AWAIT(sleepers_on(me->lock) >= position);
}

static void let_go(attempt *me) {
    weft_store_release_u32(&me->leave, 1);
}

static bool is_inside(attempt *me) {
    return weft_load_acquire_u32(&me->inside) != 0;
}

#define READER(of) {.lock = (of), .timeout = WEFT_FOREVER}
#define WRITER(of) {.lock = (of), .timeout = WEFT_FOREVER, .write = true}
#define READER_THAT_STAYS(of) {.lock = (of), .timeout = WEFT_FOREVER, .keep = true}
#define WRITER_THAT_STAYS(of) {.lock = (of), .timeout = WEFT_FOREVER, .write = true, .keep = true}

static void readers_share_and_writers_do_not(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt reader = READER(&lock);
    attempt writer = {.lock = &lock, .timeout = 0, .write = true};
    weft_rwmutex_read_lock(&lock);
    start(&reader);
    scenario_join(&reader.thread);
    CHECK(is_inside(&reader));
    start(&writer);
    scenario_join(&writer.thread);
    CHECK(writer.result == WEFT_LOCK_TIMEOUT);
    weft_rwmutex_read_unlock(&lock);
    weft_rwmutex_write_lock(&lock);
    reader.timeout = 0;
    start(&reader);
    scenario_join(&reader.thread);
    CHECK(reader.result == WEFT_LOCK_TIMEOUT);
    start(&writer);
    scenario_join(&writer.thread);
    CHECK(writer.result == WEFT_LOCK_TIMEOUT);
    weft_rwmutex_write_unlock(&lock);
    CHECK(word_of(&lock) == 0);
}

static void check_timeout(weft_rwmutex *lock, bool write, int64_t timeout) {
    attempt me = {.lock = lock, .timeout = timeout, .write = write};
    uint64_t began = weft_now_ns();
    start(&me);
    scenario_join(&me.thread);
    CHECK(me.result == WEFT_LOCK_TIMEOUT);
    CHECK(timeout <= 0 || weft_now_ns() - began >= (uint64_t)timeout);
    CHECK((word_of(lock) & PARKED) == 0);
}

static void timeouts_are_never_early(void) {
    const int64_t timeouts[] = {INT64_MIN, -1, 0, 1, 10000, MS, 12 * MS};
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        weft_rwmutex_read_lock(&lock);
        check_timeout(&lock, true, timeouts[i]);
        weft_rwmutex_read_unlock(&lock);
        weft_rwmutex_write_lock(&lock);
        check_timeout(&lock, true, timeouts[i]);
        check_timeout(&lock, false, timeouts[i]);
        weft_rwmutex_write_unlock(&lock);
        CHECK(word_of(&lock) == 0);
    }
}

static void overflowing_timeouts(void) {
    const int64_t timeouts[] = {WEFT_FOREVER - 1, WEFT_FOREVER / 2};
    for (int i = 0; i < 4; i++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        attempt me = {.lock = &lock, .timeout = timeouts[i / 2], .write = i % 2 == 0};
        weft_rwmutex_write_lock(&lock);
        start_asleep(&me, 1);
        weft_rwmutex_write_unlock(&lock);
        scenario_join(&me.thread);
        CHECK(me.result == WEFT_LOCK_OK);
    }
}

/* ---- phases ---------------------------------------------------------------------------------- */

/* With a fairness time of 0 each contended unlock is a handoff; with none ever, all compete. Both
 * keep the phases when nobody else comes by. */
static void in_both_ways(void (*phases)(void)) {
    weft_mutex_set_fairness(0);
    phases();
    weft_mutex_set_fairness(UINT64_MAX);
    phases();
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* A writer sleeps: new readers stay out; when the reader inside leaves, the writer is next, and
 * then the readers. */
static void waiting_writer_goes_first(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    uint64_t data = 1;
    attempt writer = WRITER_THAT_STAYS(&lock);
    attempt reader = READER(&lock);
    writer.data = &data;
    reader.data = &data;
    weft_rwmutex_read_lock(&lock);
    start_asleep(&writer, 1);
    CHECK(!weft_rwmutex_try_read_lock(&lock));
    start_asleep(&reader, 2);
    CHECK(weft_rwmutex_readers(&lock) == 1);
    weft_rwmutex_read_unlock(&lock);
    AWAIT(weft_load_acquire_u32(&writer.inside) >= 1);
    CHECK(!is_inside(&reader));
    let_go(&writer);
    scenario_join(&writer.thread);
    scenario_join(&reader.thread);
    CHECK(is_inside(&reader) && reader.seen == 1);
    CHECK(sleepers_on(&lock) == 0);
}

static void phases_writer_first(void) {
    in_both_ways(waiting_writer_goes_first);
}

/* A writer leaves: all readers that sleep get in, together, also those behind a writer. */
static void all_readers_get_in(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    uint64_t data = 0;
    attempt readers[3] = {READER_THAT_STAYS(&lock), READER_THAT_STAYS(&lock),
                          READER_THAT_STAYS(&lock)};
    attempt writers[2] = {WRITER(&lock), WRITER(&lock)};
    weft_rwmutex_write_lock(&lock);
    start_asleep(&readers[0], 1);
    start_asleep(&writers[0], 2);
    start_asleep(&readers[1], 3);
    start_asleep(&writers[1], 4);
    start_asleep(&readers[2], 5);
    for (int i = 0; i < 3; i++) {
        readers[i].data = &data;
    }
    data = 7;
    weft_rwmutex_write_unlock(&lock);
    for (int i = 0; i < 3; i++) {
        AWAIT(weft_load_acquire_u32(&readers[i].inside) >= 1);
        CHECK(readers[i].seen == 7);
    }
    CHECK(weft_rwmutex_readers(&lock) == 3);
    CHECK(sleepers_on(&lock) == 2);
    CHECK(!is_inside(&writers[0]) && !is_inside(&writers[1]));
    CHECK(!weft_rwmutex_try_read_lock(&lock));
    for (int i = 0; i < 3; i++) {
        let_go(&readers[i]);
        scenario_join(&readers[i].thread);
    }
    scenario_join(&writers[0].thread);
    scenario_join(&writers[1].thread);
    CHECK((word_of(&lock) & ~PARKED) == 0);
}

static void phases_readers_next(void) {
    in_both_ways(all_readers_get_in);
}

/* What is handed over is owned when unlock returns: nobody can come in between. */
static void handed_over_at_once(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    uint64_t data = 0;
    attempt writer = WRITER_THAT_STAYS(&lock);
    attempt others[2] = {READER_THAT_STAYS(&lock), READER_THAT_STAYS(&lock)};
    weft_mutex_set_fairness(0);
    weft_rwmutex_read_lock(&lock);
    start_asleep(&writer, 1);
    writer.data = &data;
    weft_rwmutex_read_unlock(&lock);
    CHECK(weft_rwmutex_is_write_locked(&lock));
    CHECK(!weft_rwmutex_try_write_lock(&lock));
    start_asleep(&others[0], 1);
    start_asleep(&others[1], 2);
    let_go(&writer);
    AWAIT(weft_load_acquire_u32(&others[0].inside) >= 1);
    AWAIT(weft_load_acquire_u32(&others[1].inside) >= 1);
    CHECK(weft_rwmutex_readers(&lock) == 2);
    let_go(&others[0]);
    let_go(&others[1]);
    scenario_join(&writer.thread);
    scenario_join(&others[0].thread);
    scenario_join(&others[1].thread);
    CHECK(word_of(&lock) == 0);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* To a writer that has slept its 10 microseconds the last reader hands the lock, long before the fairness time. Many
 * times: one that is only woken can be quick enough to have locked when the reader looks. */
static void last_reader_hands_over(void) {
    enum { ROUNDS = 50 };
    weft_mutex_set_fairness(UINT64_MAX - 1);
    for (int round = 0; round < ROUNDS; round++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        uint64_t data = 0;
        attempt writer = WRITER_THAT_STAYS(&lock);
        writer.data = &data;
        weft_rwmutex_read_lock(&lock);
        start_asleep(&writer, 1);
        weft_sleep_ns(100000); /* at least */
        weft_rwmutex_read_unlock(&lock);
        CHECK(!weft_rwmutex_try_read_lock(&lock));
        CHECK(weft_rwmutex_is_write_locked(&lock));
        let_go(&writer);
        scenario_join(&writer.thread);
        CHECK(word_of(&lock) == 0);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

static void readers_handed_over_at_once(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt readers[2] = {READER_THAT_STAYS(&lock), READER_THAT_STAYS(&lock)};
    attempt writer = WRITER(&lock);
    weft_mutex_set_fairness(0);
    weft_rwmutex_write_lock(&lock);
    start_asleep(&readers[0], 1);
    start_asleep(&writer, 2);
    start_asleep(&readers[1], 3);
    weft_rwmutex_write_unlock(&lock);
    CHECK(weft_rwmutex_readers(&lock) == 2);
    CHECK(!weft_rwmutex_try_write_lock(&lock));
    CHECK(!weft_rwmutex_try_read_lock(&lock)); /* the writer sleeps still */
    let_go(&readers[0]);
    let_go(&readers[1]);
    scenario_join(&readers[0].thread);
    scenario_join(&readers[1].thread);
    scenario_join(&writer.thread);
    CHECK(word_of(&lock) == 0);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* The order of reader after reader reaches the writer that is handed the lock by the last one. */
static void read_then_touch(void *argument) {
    attempt *me = argument;
    weft_rwmutex_read_lock(me->lock);
    me->seen++; /* not atomic: by this reader only, then by the writer */
    weft_fetch_add_relaxed_u32(&me->inside, 1);
    while (weft_load_relaxed_u32(&me->leave) == 0) {
        sched_yield();
    }
    me->seen++;
    weft_rwmutex_read_unlock(me->lock);
}

static void write_and_sum(void *argument) {
    attempt *all = argument;
    weft_rwmutex_write_lock(all[0].lock);
    all[0].seen += all[1].seen + all[2].seen;
    weft_rwmutex_write_unlock(all[0].lock);
}

static void readers_happen_before_the_writer(void) {
    for (int way = 0; way < 2; way++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        attempt all[3] = {READER(&lock), READER(&lock), READER(&lock)};
        scenario_thread writer;
        weft_mutex_set_fairness(way == 0 ? 0 : UINT64_MAX);
        for (int i = 1; i < 3; i++) {
            scenario_start(&all[i].thread, read_then_touch, &all[i]);
            while (weft_load_relaxed_u32(&all[i].inside) == 0) {
                sched_yield();
            }
        }
        scenario_start(&writer, write_and_sum, all);
        AWAIT(sleepers_on(&lock) >= 1);
        weft_store_relaxed_u32(&all[1].leave, 1);
        while (weft_rwmutex_readers(&lock) == 2) {
            sched_yield();
        }
        weft_store_relaxed_u32(&all[2].leave, 1);
        scenario_join(&writer);
        CHECK(all[0].seen == 4);
        scenario_join(&all[1].thread);
        scenario_join(&all[2].thread);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* A thread that comes by while another is woken sees what the writer did, by way of the word alone. */
static void come_by(void *argument) {
    attempt *me = argument;
    while (weft_load_relaxed_u32(&me->leave) == 0) {
        sched_yield();
    }
    weft_rwmutex_read_lock(me->lock);
    me->seen = *me->data;
    weft_rwmutex_read_unlock(me->lock);
}

static void passer_by_sees_the_write(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    uint64_t data = 0;
    attempt sleeping = READER_THAT_STAYS(&lock);
    attempt passing = READER(&lock);
    passing.data = &data;
    weft_mutex_set_fairness(UINT64_MAX);
    scenario_start(&passing.thread, come_by, &passing);
    weft_rwmutex_write_lock(&lock);
    start_asleep(&sleeping, 1);
    data = 11;
    weft_rwmutex_write_unlock(&lock);
    weft_store_relaxed_u32(&passing.leave, 1);
    scenario_join(&passing.thread);
    CHECK(passing.seen == 11);
    let_go(&sleeping);
    scenario_join(&sleeping.thread);
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

static void downgrading(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    uint64_t data = 0;
    attempt readers[2] = {READER_THAT_STAYS(&lock), READER(&lock)};
    attempt writer = WRITER(&lock);
    weft_rwmutex_write_lock(&lock);
    readers[0].data = &data;
    readers[1].data = &data;
    start_asleep(&readers[0], 1);
    data = 5;
    weft_rwmutex_downgrade(&lock); /* lets the sleeping reader in, beside this one */
    AWAIT(weft_load_acquire_u32(&readers[0].inside) >= 1);
    CHECK(weft_rwmutex_readers(&lock) == 2);
    start(&readers[1]);
    scenario_join(&readers[1].thread);
    CHECK(readers[0].seen == 5 && readers[1].seen == 5);
    CHECK(!weft_rwmutex_try_write_lock(&lock));
    start_asleep(&writer, 1);
    let_go(&readers[0]);
    scenario_join(&readers[0].thread);
    CHECK(!is_inside(&writer) && sleepers_on(&lock) == 1); /* one reader is left */
    CHECK(!weft_rwmutex_try_read_lock(&lock));
    weft_rwmutex_read_unlock(&lock);
    scenario_join(&writer.thread);
    CHECK(word_of(&lock) == 0);
}

static void downgrading_both_ways(void) {
    in_both_ways(downgrading);
}

/* A downgrade with a writer asleep keeps the writer out, and new readers too. */
static void downgrade_before_a_writer(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt writer = WRITER(&lock);
    weft_rwmutex_write_lock(&lock);
    start_asleep(&writer, 1);
    weft_rwmutex_downgrade(&lock);
    CHECK(weft_rwmutex_readers(&lock) == 1);
    CHECK(!weft_rwmutex_try_read_lock(&lock));
    CHECK(sleepers_on(&lock) == 1);
    weft_rwmutex_read_unlock(&lock);
    scenario_join(&writer.thread);
    CHECK(word_of(&lock) == 0);
}

/* ---- giving up ------------------------------------------------------------------------------- */

/* Readers wait behind a writer that gives up: they get in at once, beside the reader inside. */
static void writer_that_gives_up_lets_readers_in(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    attempt writer = WRITER(&lock);
    attempt readers[2] = {READER_THAT_STAYS(&lock), READER_THAT_STAYS(&lock)};
    writer.interruptible = true;
    writer.interrupt = &interrupt;
    weft_rwmutex_read_lock(&lock);
    start_asleep(&writer, 1);
    start_asleep(&readers[0], 2);
    start_asleep(&readers[1], 3);
    weft_interrupt_raise(&interrupt);
    scenario_join(&writer.thread);
    CHECK(writer.result == WEFT_LOCK_INTERRUPTED);
    AWAIT(weft_load_acquire_u32(&readers[0].inside) >= 1);
    AWAIT(weft_load_acquire_u32(&readers[1].inside) >= 1);
    CHECK(weft_rwmutex_readers(&lock) == 3);
    CHECK(weft_rwmutex_try_read_lock(&lock));
    weft_rwmutex_read_unlock(&lock);
    let_go(&readers[0]);
    let_go(&readers[1]);
    scenario_join(&readers[0].thread);
    scenario_join(&readers[1].thread);
    weft_rwmutex_read_unlock(&lock);
    CHECK(word_of(&lock) == 0);
}

/* One of two writers gives up: the other keeps readers out, and gets the lock. */
static void one_writer_of_two_gives_up(void) {
    for (int first_leaves = 0; first_leaves < 2; first_leaves++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
        attempt writers[2] = {WRITER(&lock), WRITER(&lock)};
        attempt *leaves = &writers[1 - first_leaves];
        attempt *stays = &writers[first_leaves];
        leaves->interruptible = true;
        leaves->interrupt = &interrupt;
        weft_rwmutex_read_lock(&lock);
        start_asleep(&writers[0], 1);
        start_asleep(&writers[1], 2);
        weft_interrupt_raise(&interrupt);
        scenario_join(&leaves->thread);
        CHECK(!weft_rwmutex_try_read_lock(&lock));
        weft_rwmutex_read_unlock(&lock);
        scenario_join(&stays->thread);
        CHECK(is_inside(stays));
        CHECK((word_of(&lock) & ~PARKED) == 0);
    }
}

static void one_reader_of_two_gives_up(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt leaves = {.lock = &lock, .timeout = 10 * MS};
    attempt stays = READER(&lock);
    weft_rwmutex_write_lock(&lock);
    start(&leaves);
    start(&stays);
    scenario_join(&leaves.thread);
    CHECK(leaves.result == WEFT_LOCK_TIMEOUT);
    AWAIT(sleepers_on(&lock) >= 1);
    weft_rwmutex_write_unlock(&lock);
    scenario_join(&stays.thread);
    CHECK(weft_rwmutex_try_write_lock(&lock));
    weft_rwmutex_write_unlock(&lock);
    CHECK(word_of(&lock) == 0);
}

#if SIGNALS_END_WAITS
static void signals(void) {
    for (int write = 0; write < 2; write++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        attempt listens = READER(&lock);
        attempt deaf = READER(&lock);
        listens.write = deaf.write = write != 0;
        listens.interruptible = true;
        handle_signals();
        weft_rwmutex_write_lock(&lock);
        start_asleep(&deaf, 1);
        start_asleep(&listens, 2);
        signal_in_vain(&deaf.thread);
        signal_until_fewer(&listens.thread, &lock, 2);
        scenario_join(&listens.thread);
        CHECK(listens.result == WEFT_LOCK_INTERRUPTED);
        CHECK(sleepers_on(&lock) == 1);
        weft_rwmutex_write_unlock(&lock);
        scenario_join(&deaf.thread);
        CHECK(is_inside(&deaf));
    }
}
#endif

/* ---- a world that stops ---------------------------------------------------------------------- */

/* Handed the lock while its world is stopped: the lock is nobody's, or the next one's. */
static void refused_handoff(void) {
    for (int kinds = 0; kinds < 4; kinds++) {
        test_world world;
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        attempt inside = READER(&lock);
        attempt next = READER_THAT_STAYS(&lock);
        inside.world = &world;
        inside.write = (kinds & 1) != 0;
        next.write = (kinds & 2) != 0;
        weft_mutex_set_fairness(0);
        world_plug_in(&world);
        weft_rwmutex_write_lock(&lock);
        start_asleep(&inside, 1);
        start_asleep(&next, 2);
        world_stop(&world);
        weft_rwmutex_write_unlock(&lock);
        AWAIT(weft_load_acquire_u32(&next.inside) >= 1);
        if (!inside.write || next.write) { /* else its turn comes after the reader's */
            AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
        }
        CHECK(weft_rwmutex_readers(&lock) == (next.write ? 0 : 1));
        let_go(&next);
        scenario_join(&next.thread);
        AWAIT(weft_load_acquire_u32(&world.held_up) >= 1);
        CHECK(weft_load_relaxed_u32(&world.refused) == 1);
        CHECK(weft_rwmutex_try_write_lock(&lock));
        weft_rwmutex_write_unlock(&lock);
        CHECK(!is_inside(&inside));
        world_go_on(&world);
        scenario_join(&inside.thread);
        CHECK(weft_load_relaxed_u32(&world.detached) == 0);
        CHECK(sleepers_on(&lock) == 0);
        world_plug_out();
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* The same for a thread that was woken to compete and answers for the one behind it. */
static void refused_competitor(void) {
    for (int kinds = 0; kinds < 4; kinds++) {
        test_world world;
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        attempt inside = READER(&lock);
        attempt next = READER(&lock);
        inside.world = &world;
        inside.write = (kinds & 1) != 0;
        next.write = (kinds & 2) != 0;
        weft_mutex_set_fairness(UINT64_MAX);
        world_plug_in(&world);
        weft_rwmutex_write_lock(&lock);
        start_asleep(&inside, 1);
        start_asleep(&next, 2);
        world_stop(&world);
        weft_rwmutex_write_unlock(&lock);
        scenario_join(&next.thread);
        CHECK(!is_inside(&inside));
        world_go_on(&world);
        scenario_join(&inside.thread);
        CHECK(sleepers_on(&lock) == 0);
        world_plug_out();
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* A writer is woken to compete and answers for a reader; another reader comes by; then the writer
 * is refused: the reader behind it does not wait for the reader inside. */
static void refused_writer_lets_readers_share(void) {
    test_world world;
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt writer = WRITER(&lock);
    attempt reader = READER(&lock);
    writer.world = &world;
    weft_mutex_set_fairness(UINT64_MAX);
    world_plug_in(&world);
    weft_rwmutex_read_lock(&lock);
    start_asleep(&writer, 1);
    start_asleep(&reader, 2);
    weft_store_release_u32(&world.gate, 1);
    world_stop(&world);
    weft_rwmutex_read_unlock(&lock);
    AWAIT(weft_load_acquire_u32(&world.at_gate) >= 1);
    CHECK(weft_rwmutex_try_read_lock(&lock)); /* the writer is on its way: who is fast gets in */
    weft_store_release_u32(&world.gate, 0);
    scenario_join(&reader.thread);
    CHECK(weft_rwmutex_readers(&lock) == 1);
    CHECK(!is_inside(&writer));
    weft_rwmutex_read_unlock(&lock);
    world_go_on(&world);
    scenario_join(&writer.thread);
    world_plug_out();
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    CHECK((word_of(&lock) & ~PARKED) == 0);
}

/* A writer is woken and answers for a reader; another writer is faster; the first one sleeps again,
 * and the reader is not forgotten. */
static void answers_outlast_another_sleep(void) {
    test_world world;
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt writer = WRITER(&lock);
    attempt reader = READER(&lock);
    writer.world = &world;
    weft_mutex_set_fairness(UINT64_MAX);
    world_plug_in(&world);
    weft_rwmutex_read_lock(&lock);
    start_asleep(&writer, 1);
    start_asleep(&reader, 2);
    weft_store_release_u32(&world.gate, 1);
    weft_rwmutex_read_unlock(&lock);
    AWAIT(weft_load_acquire_u32(&world.at_gate) >= 1);
    CHECK(weft_rwmutex_try_write_lock(&lock));
    weft_store_release_u32(&world.gate, 0);
    AWAIT(sleepers_on(&lock) == 2);
    uintptr_t tags[2] = {0, 0};
    (void)sleeper_tags(&lock, tags, 2);
    CHECK(tags[0] == WEFT_RWMUTEX_WRITERS_PARKED); /* it has kept its place */
    weft_rwmutex_write_unlock(&lock);
    scenario_join(&reader.thread);
    scenario_join(&writer.thread);
    world_plug_out();
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    CHECK(word_of(&lock) == 0);
}

/* A reader is woken and answers for a writer that gives up before the reader arrives: the writer is
 * not announced again, or readers would wait for nobody. */
static void answer_for_a_writer_that_is_gone(void) {
    test_world world;
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    weft_interrupt interrupt = {WEFT_ATOMIC_INIT(NULL), WEFT_ATOMIC_INIT(0)};
    attempt reader = READER_THAT_STAYS(&lock);
    attempt writer = WRITER(&lock);
    reader.world = &world;
    writer.interruptible = true;
    writer.interrupt = &interrupt;
    weft_mutex_set_fairness(UINT64_MAX);
    world_plug_in(&world);
    weft_rwmutex_write_lock(&lock);
    start_asleep(&reader, 1);
    start_asleep(&writer, 2);
    weft_store_release_u32(&world.gate, 1);
    weft_rwmutex_write_unlock(&lock);
    AWAIT(weft_load_acquire_u32(&world.at_gate) >= 1);
    CHECK(weft_rwmutex_try_read_lock(&lock));
    weft_interrupt_raise(&interrupt);
    scenario_join(&writer.thread);
    CHECK(writer.result == WEFT_LOCK_INTERRUPTED);
    weft_store_release_u32(&world.gate, 0);
    AWAIT(weft_load_acquire_u32(&reader.inside) >= 1);
    CHECK(weft_rwmutex_try_read_lock(&lock));
    weft_rwmutex_read_unlock(&lock);
    weft_rwmutex_read_unlock(&lock);
    let_go(&reader);
    scenario_join(&reader.thread);
    world_plug_out();
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
    CHECK((word_of(&lock) & ~PARKED) == 0);
}

/* ---- fork, memory ---------------------------------------------------------------------------- */

#ifndef _WIN32
static void read_unlock_in_child(void *argument) {
    weft_rwmutex *lock = argument;
    CHECK(weft_rwmutex_readers(lock) == 1);
    CHECK(sleepers_on(lock) == 0);
    weft_rwmutex_read_unlock(lock);
    CHECK(word_of(lock) == 0);
    weft_rwmutex_write_lock(lock);
    weft_rwmutex_write_unlock(lock);
}

static void write_unlock_in_child(void *argument) {
    weft_rwmutex *lock = argument;
    CHECK(weft_rwmutex_is_write_locked(lock));
    weft_rwmutex_write_unlock(lock);
    CHECK(word_of(lock) == 0);
    weft_rwmutex_read_lock(lock);
    weft_rwmutex_read_unlock(lock);
}

static void fork_while_contended(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt writer = WRITER(&lock);
    attempt reader = READER(&lock);
    weft_rwmutex_read_lock(&lock);
    start_asleep(&writer, 1);
    start_asleep(&reader, 2);
    CHECK(scenario_forked(read_unlock_in_child, &lock));
    weft_rwmutex_read_unlock(&lock);
    scenario_join(&writer.thread);
    scenario_join(&reader.thread);
    weft_rwmutex_write_lock(&lock);
    start_asleep(&writer, 1);
    start_asleep(&reader, 2);
    CHECK(scenario_forked(write_unlock_in_child, &lock));
    weft_rwmutex_write_unlock(&lock);
    scenario_join(&writer.thread);
    scenario_join(&reader.thread);
}
#endif

typedef struct node {
    weft_rwmutex lock;
    uint64_t references; /* guarded by the lock */
} node;

/* Each thread gives up a reference under the lock; the one with the last frees the lock at once. */
static void drop_reference(void *argument) {
    node *shared = argument;
    weft_rwmutex_read_lock(&shared->lock);
    CHECK(shared->references > 0);
    weft_rwmutex_read_unlock(&shared->lock);
    weft_rwmutex_write_lock(&shared->lock);
    bool last = --shared->references == 0;
    if (last) {
        weft_rwmutex_downgrade(&shared->lock);
        weft_rwmutex_read_unlock(&shared->lock);
        free(shared);
    } else {
        weft_rwmutex_write_unlock(&shared->lock);
    }
}

static void freed_by_the_last_owner(void) {
    for (int round = 0; round < 200; round++) {
        node *shared = calloc(1, sizeof *shared);
        shared->references = 4;
        weft_mutex_set_fairness(round % 2 == 0 ? 0 : WEFT_FAIRNESS_NS);
        run_threads(4, drop_reference, shared);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

static void write_and_free(void *argument) {
    weft_rwmutex_write_lock(argument);
    weft_rwmutex_write_unlock(argument);
    free(argument);
}

static void end_read(void *argument) {
    weft_rwmutex_read_unlock((weft_rwmutex *)argument);
}

static void end_write(void *argument) {
    weft_rwmutex_write_unlock((weft_rwmutex *)argument);
}

static void freed_while_the_wake_is_under_way(void) {
    for (int i = 0; i < 4; i++) {
        weft_rwmutex *lock = calloc(1, sizeof *lock);
        weft_mutex_set_fairness(i < 2 ? 0 : UINT64_MAX);
        weft_rwmutex_write_lock(lock);
        if (i % 2 != 0) {
            weft_rwmutex_downgrade(lock);
        }
        free_while_the_wake_is_under_way(lock, write_and_free, i % 2 != 0 ? end_read : end_write);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

/* ---- hooks ----------------------------------------------------------------------------------- */

static void note_contention(void *argument, const void *address, uint64_t waited_ns) {
    attempt *noted = argument;
    CHECK(address == noted->lock);
    CHECK(waited_ns > 0);
    weft_fetch_add_release_u32(&noted->inside, 1);
}

static void contention_is_reported(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt noted = READER(&lock);
    attempt reader = READER(&lock);
    attempt writer = WRITER(&lock);
    weft_park_set_contention_hook(note_contention, &noted);
    weft_rwmutex_write_lock(&lock);
    weft_rwmutex_downgrade(&lock);
    CHECK(weft_rwmutex_try_read_lock(&lock));
    weft_rwmutex_read_unlock(&lock);
    CHECK(!is_inside(&noted));
    start_asleep(&writer, 1);
    start_asleep(&reader, 2);
    weft_rwmutex_read_unlock(&lock);
    scenario_join(&writer.thread);
    scenario_join(&reader.thread);
    CHECK(weft_load_relaxed_u32(&noted.inside) == 2);
    weft_park_set_contention_hook(NULL, NULL);
}

/* ---- many threads ---------------------------------------------------------------------------- */

static void a_thousand_threads(void) {
    enum { THREADS = 1000 };
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    uint64_t data = 3;
    attempt *all = calloc(THREADS, sizeof *all);
    weft_rwmutex_write_lock(&lock);
    for (int i = 0; i < THREADS; i++) {
        all[i].lock = &lock;
        all[i].timeout = WEFT_FOREVER;
        all[i].data = &data;
        all[i].write = i % 3 == 0;
        start(&all[i]);
    }
    AWAIT(sleepers_on(&lock) >= THREADS);
    weft_rwmutex_write_unlock(&lock);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&all[i].thread);
        CHECK(is_inside(&all[i]) && all[i].seen == 3);
    }
    CHECK((word_of(&lock) & ~PARKED) == 0);
    free(all);
}

/* Readers and writers, one after the other; what writers change readers look at. */
typedef struct visitors {
    weft_rwmutex lock;
    weft_atomic_u32 begun;
    uint64_t writes; /* guarded by the lock */
    weft_atomic_u32 reads;
} visitors;

static void visit(void *argument) {
    visitors *all = argument;
    for (int i = 0; i < 4; i++) {
        if (weft_fetch_add_relaxed_u32(&all->begun, 1) % 3 == 0) {
            weft_rwmutex_write_lock(&all->lock);
            all->writes++;
            weft_rwmutex_write_unlock(&all->lock);
        } else {
            weft_rwmutex_read_lock(&all->lock);
            CHECK(all->writes <= weft_load_relaxed_u32(&all->begun));
            weft_fetch_add_relaxed_u32(&all->reads, 1);
            weft_rwmutex_read_unlock(&all->lock);
        }
    }
}

static void let_visitors_in(void *argument) {
    visitors *all = argument;
    weft_rwmutex_write_unlock(&all->lock);
}

/* Who has no record to sleep with naps, and keeps nobody out meanwhile for whom nobody answers. */
static void works_without_pages(void) {
    static visitors all;
    memset(&all, 0, sizeof all);
    weft_rwmutex_write_lock(&all.lock);
    size_t count = run_without_pages(&all.lock, visit, let_visitors_in, &all);
    CHECK(weft_load_relaxed_u32(&all.begun) == 4 * count);
    CHECK(all.writes + weft_load_relaxed_u32(&all.reads) == 4 * count);
    CHECK(all.writes == (4 * count + 2) / 3);
    CHECK((word_of(&all.lock) & ~PARKED) == 0);
    weft_rwmutex_write_lock(
        &all.lock); /* looks for sleepers, and clears what is left of nappers' bits */
    weft_rwmutex_write_unlock(&all.lock);
    CHECK(word_of(&all.lock) == 0);
}

/* A constant load of one kind, and a few threads of the other that must get through. Sections
 * overlap: the sleep inside makes sure that the lock is hardly ever free. */
typedef struct load {
    weft_rwmutex lock;
    weft_atomic_u32 stop;
    bool writers_are_few;
} load;

static void hold(load *on, bool write) {
    if (write) {
        weft_rwmutex_write_lock(&on->lock);
        weft_sleep_ns(100000);
        weft_rwmutex_write_unlock(&on->lock);
    } else {
        weft_rwmutex_read_lock(&on->lock);
        weft_sleep_ns(100000);
        weft_rwmutex_read_unlock(&on->lock);
    }
}

static void keep_loaded(void *argument) {
    load *on = argument;
    while (weft_load_relaxed_u32(&on->stop) == 0) {
        hold(on, !on->writers_are_few);
    }
}

static void get_through(void *argument) {
    load *on = argument;
    for (int i = 0; i < 20; i++) {
        hold(on, on->writers_are_few);
    }
}

static void nobody_starves(void) {
    for (int kind = 0; kind < 2; kind++) {
        load on = {.writers_are_few = kind == 0};
        scenario_thread many[5];
        for (int i = 0; i < 5; i++) {
            scenario_start(&many[i], keep_loaded, &on);
        }
        run_threads(2, get_through, &on);
        weft_store_relaxed_u32(&on.stop, 1);
        for (int i = 0; i < 5; i++) {
            scenario_join(&many[i]);
        }
        CHECK((word_of(&on.lock) & ~PARKED) == 0);
    }
}

/* ---- stress ---------------------------------------------------------------------------------- */

/* Two locks; what each guards is plain: two writers at once, or a reader beside a writer, show as
 * a sum that is wrong or as a race. A wake-up that is lost leaves a thread asleep for ever. */
typedef struct guarded {
    weft_rwmutex lock;
    uint64_t low;
    uint64_t high; /* always ~low */
    uint64_t writes;
} guarded;

typedef struct arena {
    guarded items[2];
    weft_atomic_u64 seed;
    weft_atomic_u64 writes;
    uint64_t end;
} arena;

static void check_item(const guarded *item) {
    CHECK(item->high == ~item->low);
}

static bool read_somehow(weft_rwmutex *lock, uint64_t *random) {
    switch (scenario_random(random) % 6) {
    case 0:
        return weft_rwmutex_try_read_lock(lock);
    case 1:
        return weft_rwmutex_read_lock_for(lock, (int64_t)(scenario_random(random) % 60000)) ==
               WEFT_LOCK_OK;
    case 2:
        return weft_rwmutex_read_lock_interruptible(lock, WEFT_FOREVER, NULL) == WEFT_LOCK_OK;
    default:
        weft_rwmutex_read_lock(lock);
        return true;
    }
}

static bool write_somehow(weft_rwmutex *lock, uint64_t *random) {
    switch (scenario_random(random) % 6) {
    case 0:
        return weft_rwmutex_try_write_lock(lock);
    case 1:
        return weft_rwmutex_write_lock_for(lock, (int64_t)(scenario_random(random) % 60000)) ==
               WEFT_LOCK_OK;
    case 2:
        return weft_rwmutex_write_lock_interruptible(lock, WEFT_FOREVER, NULL) == WEFT_LOCK_OK;
    default:
        weft_rwmutex_write_lock(lock);
        return true;
    }
}

static void read_item(guarded *item, uint64_t *random) {
    if (read_somehow(&item->lock, random)) {
        check_item(item);
        if (scenario_random(random) % 16 == 0) {
            sched_yield();
        }
        check_item(item);
        weft_rwmutex_read_unlock(&item->lock);
    }
}

static void write_item(arena *all, guarded *item, uint64_t *random) {
    if (!write_somehow(&item->lock, random)) {
        return;
    }
    check_item(item);
    item->low = scenario_random(random);
    if (scenario_random(random) % 16 == 0) {
        sched_yield();
    }
    item->high = ~item->low;
    item->writes++;
    weft_fetch_add_relaxed_u64(&all->writes, 1);
    if (scenario_random(random) % 4 == 0) {
        weft_rwmutex_downgrade(&item->lock);
        check_item(item);
        weft_rwmutex_read_unlock(&item->lock);
    } else {
        weft_rwmutex_write_unlock(&item->lock);
    }
}

static void use_until_end(void *argument) {
    arena *all = argument;
    uint64_t random = weft_fetch_add_relaxed_u64(&all->seed, 2);
    while (weft_now_ns() < all->end) {
        guarded *item = &all->items[scenario_random(&random) % 2];
        if (scenario_random(&random) % 3 == 0) {
            write_item(all, item, &random);
        } else {
            read_item(item, &random);
        }
    }
}

/* Signals keep coming: no wait may take them for more than they are. */
static void disturb_until(uint64_t end, scenario_thread *threads, unsigned count, uint64_t seed) {
    while (weft_now_ns() < end) {
        scenario_sleep_ns(1000000);
#ifndef _WIN32
        send_signal(&threads[scenario_random(&seed) % count]);
#else
        (void)threads;
        (void)count;
        (void)seed;
#endif
    }
}

static void stress_with_fairness(uint64_t fairness, uint64_t seed, uint64_t duration) {
    enum { THREADS = 8 };
    static arena all;
    scenario_thread threads[THREADS];
    memset(&all, 0, sizeof all);
    all.items[0].high = all.items[1].high = ~(uint64_t)0;
    weft_init_u64(&all.seed, seed);
    all.end = weft_now_ns() + duration;
#ifndef _WIN32
    handle_signals();
#endif
    weft_mutex_set_fairness(fairness);
    for (int i = 0; i < THREADS; i++) {
        scenario_start(&threads[i], use_until_end, &all);
    }
    disturb_until(all.end, threads, THREADS, seed);
    for (int i = 0; i < THREADS; i++) {
        scenario_join(&threads[i]);
    }
    CHECK(all.items[0].writes + all.items[1].writes == weft_load_relaxed_u64(&all.writes));
    for (int i = 0; i < 2; i++) {
        CHECK((word_of(&all.items[i].lock) & ~PARKED) == 0);
        CHECK(sleepers_on(&all.items[i].lock) == 0);
    }
    weft_mutex_set_fairness(WEFT_FAIRNESS_NS);
}

static void stress(void) {
    const uint64_t fairness[] = {0, 20000, WEFT_FAIRNESS_NS, UINT64_MAX};
    uint64_t seed = scenario_seed() | 1;
    for (uint64_t i = 0; i < 4; i++) {
        stress_with_fairness(fairness[i], seed + i * 1000, scenario_stress_ns() / 4);
    }
}

/* ---- misuse ---------------------------------------------------------------------------------- */

static void make_reader(void *argument) {
    weft_rwmutex_downgrade((weft_rwmutex *)argument);
}

static void try_read(void *argument) {
    (void)weft_rwmutex_try_read_lock((weft_rwmutex *)argument);
}

static void misuse(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    CHECK(scenario_is_fatal(end_read, &lock, IN_UNCHECKED("no reader owns"), "[rwmutex at 0x"));
    CHECK(scenario_is_fatal(end_write, &lock, IN_UNCHECKED("no writer owns"), "[rwmutex at 0x"));
    CHECK(scenario_is_fatal(make_reader, &lock, IN_UNCHECKED("no writer owns"), "[rwmutex at 0x"));
    weft_rwmutex_read_lock(&lock);
    CHECK(scenario_is_fatal(make_reader, &lock, IN_UNCHECKED("no writer owns"), "[rwmutex at 0x"));
    weft_rwmutex_read_unlock(&lock);
    CHECK(word_of(&lock) == 0);
}

static void misuse_of_the_other_kind(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    weft_rwmutex_write_lock(&lock);
    CHECK(scenario_is_fatal(end_read, &lock, IN_UNCHECKED("no reader owns"), "[rwmutex at 0x"));
    weft_rwmutex_write_unlock(&lock);
    weft_rwmutex_read_lock(&lock);
    CHECK(scenario_is_fatal(end_write, &lock, IN_UNCHECKED("no writer owns"), "[rwmutex at 0x"));
    weft_rwmutex_read_unlock(&lock);
    CHECK(word_of(&lock) == 0);
}

static void too_many_readers(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    weft_init_uptr(&lock.state, (WEFT_RWMUTEX_READERS_MAX - 1) * WEFT_RWMUTEX_READER);
    CHECK(weft_rwmutex_try_read_lock(&lock));
    CHECK(weft_rwmutex_readers(&lock) == WEFT_RWMUTEX_READERS_MAX);
    CHECK(scenario_is_fatal(try_read, &lock, "too many readers", "[rwmutex at 0x"));
    weft_rwmutex_read_unlock(&lock);
    CHECK(weft_rwmutex_readers(&lock) == WEFT_RWMUTEX_READERS_MAX - 1);
}

#if WEFT_CHECKED
static void lock_for_reading(void *argument) {
    weft_rwmutex_read_lock((weft_rwmutex *)argument);
}

static void nested_read_is_reported(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    weft_rwmutex_read_lock(&lock);
    CHECK(scenario_is_fatal(lock_for_reading, &lock, "nested read lock", "[rwmutex at 0x"));
    CHECK(weft_rwmutex_read_lock_for(&lock, 0) == WEFT_LOCK_OK); /* cannot block */
    weft_rwmutex_read_unlock(&lock);
    weft_rwmutex_read_unlock(&lock);
}
#endif

static void lock_it(weft_rwmutex *lock, bool write) {
    if (write) {
        weft_rwmutex_write_lock(lock);
    } else {
        weft_rwmutex_read_lock(lock);
    }
}

static void lose_it(void *argument) {
    attempt *me = argument;
    void (*end)(void *) = me->write ? end_write : end_read;
    lock_it(me->lock, me->write);
    weft_fetch_add_release_u32(&me->inside, 1);
    AWAIT(weft_load_acquire_u32(&me->leave) >= 1);
    if (WEFT_CHECKED && me->write) {
        end(me->lock);
    } else {
        CHECK(scenario_is_fatal(end, me->lock, me->write ? "no writer owns" : "no reader owns",
                                "[rwmutex at 0x"));
    }
}

/* Overwritten under its owner, whose unlock is fatal. If another has locked it in the same way by then, that one's is,
 * and in the checked build, if they are writers, the first. */
static void zeroed_rwmutex_reports_its_owner(void) {
    for (int write = 0; write < 2; write++) {
        weft_rwmutex lock = WEFT_RWMUTEX_INIT;
        attempt other = {.lock = &lock, .write = write != 0};
        void (*end)(void *) = write != 0 ? end_write : end_read;
        lock_it(&lock, other.write);
        weft_store_relaxed_uptr(&lock.state, 0);
        CHECK(scenario_is_fatal(end, &lock, other.write ? "no writer owns" : "no reader owns",
                                "[rwmutex at 0x"));
        CHECK(word_of(&lock) == 0);
        lock_it(&lock, other.write);
        weft_store_relaxed_uptr(&lock.state, 0);
        scenario_start(&other.thread, lose_it, &other);
        AWAIT(is_inside(&other));
        if (WEFT_CHECKED && other.write) {
            CHECK(scenario_is_fatal(end, &lock, "unlock by a thread that does not hold it",
                                    "held by another thread that locked it at "));
            CHECK(weft_rwmutex_is_write_locked(&lock));
        } else {
            end(&lock);
            CHECK(word_of(&lock) == 0);
        }
        let_go(&other);
        scenario_join(&other.thread);
        CHECK(word_of(&lock) == 0);
    }
}

/* Overwritten with zero: those who slept sleep on until a later waiter of their kind has queued. */
static void zeroed_rwmutex_recovers_with_the_next_waiters(void) {
    weft_rwmutex lock = WEFT_RWMUTEX_INIT;
    attempt attempts[] = {READER(&lock), WRITER(&lock), READER(&lock), WRITER(&lock)};
    attempt brief = {.lock = &lock, .timeout = 10 * MS};
    weft_rwmutex_write_lock(&lock);
    start_asleep(&attempts[0], 1);
    start_asleep(&attempts[1], 2);
    weft_lockcheck_released(&lock, "rwmutex", WEFT_HERE);
    weft_store_relaxed_uptr(&lock.state, 0);
    weft_rwmutex_write_lock(&lock);
    start(&brief);
    scenario_join(&brief.thread);
    CHECK(brief.result == WEFT_LOCK_TIMEOUT);
    CHECK(sleepers_on(&lock) == 2);
    start_asleep(&attempts[2], 3);
    start_asleep(&attempts[3], 4);
    weft_rwmutex_write_unlock(&lock);
    for (int i = 0; i < 4; i++) {
        scenario_join(&attempts[i].thread);
        CHECK(attempts[i].result == WEFT_LOCK_OK);
    }
    CHECK(word_of(&lock) == 0);
}

const scenario rwmutex_scenarios[] = {
    {"results_of_all_functions", results_of_all_functions},
    {"readers_share_and_writers_do_not", readers_share_and_writers_do_not},
    {"timeouts_are_never_early", timeouts_are_never_early},
    {"overflowing_timeouts", overflowing_timeouts},
    {"phases_writer_first", phases_writer_first},
    {"phases_readers_next", phases_readers_next},
    {"handed_over_at_once", handed_over_at_once},
    {"last_reader_hands_over", last_reader_hands_over},
    {"readers_handed_over_at_once", readers_handed_over_at_once},
    {"readers_happen_before_the_writer", readers_happen_before_the_writer},
    {"passer_by_sees_the_write", passer_by_sees_the_write},
    {"downgrading_both_ways", downgrading_both_ways},
    {"downgrade_before_a_writer", downgrade_before_a_writer},
    {"writer_that_gives_up_lets_readers_in", writer_that_gives_up_lets_readers_in},
    {"one_writer_of_two_gives_up", one_writer_of_two_gives_up},
    {"one_reader_of_two_gives_up", one_reader_of_two_gives_up},
#if SIGNALS_END_WAITS
    {"signals", signals},
#endif
#ifndef _WIN32
    {"fork_while_contended", fork_while_contended},
#endif
    {"refused_handoff", refused_handoff},
    {"refused_competitor", refused_competitor},
    {"refused_writer_lets_readers_share", refused_writer_lets_readers_share},
    {"answers_outlast_another_sleep", answers_outlast_another_sleep},
    {"answer_for_a_writer_that_is_gone", answer_for_a_writer_that_is_gone},
    {"freed_by_the_last_owner", freed_by_the_last_owner},
    {"freed_while_the_wake_is_under_way", freed_while_the_wake_is_under_way},
    {"contention_is_reported", contention_is_reported},
    {"nobody_starves", nobody_starves},
    {"stress", stress},
    {"misuse", misuse},
    {"misuse_of_the_other_kind", misuse_of_the_other_kind},
    {"too_many_readers", too_many_readers},
#if WEFT_CHECKED
    {"nested_read_is_reported", nested_read_is_reported},
#endif
    {"zeroed_rwmutex_reports_its_owner", zeroed_rwmutex_reports_its_owner},
    {"zeroed_rwmutex_recovers_with_the_next_waiters",
     zeroed_rwmutex_recovers_with_the_next_waiters},
    {"works_without_pages", works_without_pages},
    {"a_thousand_threads", a_thousand_threads},
    {NULL, NULL},
};
