#define _POSIX_C_SOURCE 200809L
#include "seqlock_scenarios.h"

#include "seam.h"
#include "weft_host.h"
#include "weft_seqlock.h"

#include <stdlib.h>
#include <string.h>

#define STATE(lock) weft_load_relaxed_u32(&(lock)->sequence)

/* How long the scenarios that look for rare interleavings run: STRESS_SECONDS, or `rounds`. */
typedef struct effort {
    uint64_t until;
    long rounds;
} effort;

static effort effort_begin(long rounds) {
    effort result = {0, rounds};
    if (getenv("STRESS_SECONDS") != NULL) {
        result.until = weft_now_ns() + scenario_stress_ns();
    }
    return result;
}

static bool effort_left(effort *left) {
    return left->until != 0 ? weft_now_ns() < left->until : left->rounds-- > 0;
}

/* Until somebody sleeps on the lock, or is about to. */
static void await_parked(const weft_seqlock *lock) {
    AWAIT((STATE(lock) & WEFT_SEQLOCK_HAS_PARKED) != 0);
}

/* Words that belong together, so that a torn copy shows. */
typedef struct pair {
    uint64_t low;
    uint64_t high;
} pair;

static pair pair_of(uint64_t value) {
    return (pair){value, ~value};
}

/* ---- one thread --------------------------------------------------------------------------- */

static void zero_is_unlocked(void) {
    weft_seqlock lock = {WEFT_ATOMIC_INIT(0)};
    pair shared = {1, 2};
    pair mine = {0, 0};
    CHECK(!weft_seqlock_is_writing(&lock));
    weft_seqlock_read(&lock, &mine, &shared);
    CHECK(mine.low == 1 && mine.high == 2);
    CHECK(STATE(&lock) == 0);
}

static void write_is_seen(void) {
    static weft_seqlock lock;
    static pair shared;
    pair next = pair_of(7);
    pair mine;
    weft_seqlock_write(&lock, &shared, &next);
    CHECK(STATE(&lock) == WEFT_SEQLOCK_STEP);
    weft_seqlock_read(&lock, &mine, &shared);
    CHECK(mine.low == 7 && mine.high == ~UINT64_C(7));
}

static void read_starts_again_after_a_write(void) {
    weft_seqlock lock = WEFT_SEQLOCK_INIT(0);
    uint32_t begun = weft_seqlock_read_begin(&lock);
    CHECK(!weft_seqlock_read_retry(&lock, begun));
    weft_seqlock_write_begin(&lock);
    CHECK(weft_seqlock_is_writing(&lock));
    CHECK(weft_seqlock_read_retry(&lock, begun));
    weft_seqlock_write_end(&lock);
    CHECK(!weft_seqlock_is_writing(&lock));
    CHECK(weft_seqlock_read_retry(&lock, begun));
    begun = weft_seqlock_read_begin(&lock);
    CHECK(!weft_seqlock_read_retry(&lock, begun));
}

static void abandon_leaves_no_trace(void) {
    weft_seqlock lock = WEFT_SEQLOCK_INIT(3);
    uint32_t begun = weft_seqlock_read_begin(&lock);
    weft_seqlock_write_begin(&lock);
    CHECK(weft_seqlock_read_retry(&lock, begun));
    weft_seqlock_write_abandon(&lock);
    CHECK(!weft_seqlock_read_retry(&lock, begun));
    CHECK(STATE(&lock) == 3 * WEFT_SEQLOCK_STEP);
}

static void tries_fail_while_somebody_writes(void) {
    static weft_seqlock lock;
    static pair shared = {5, 6};
    pair mine = {0, 0};
    uint32_t begun;
    CHECK(weft_seqlock_try_read_begin(&lock, &begun));
    CHECK(!weft_seqlock_read_retry(&lock, begun));
    CHECK(weft_seqlock_try_write_begin(&lock));
    CHECK(!weft_seqlock_try_read_begin(&lock, &begun));
    CHECK(!weft_seqlock_try_write_begin(&lock));
    CHECK(!weft_seqlock_try_read(&lock, &mine, &shared));
    CHECK(!weft_seqlock_try_write(&lock, &shared, &mine));
    weft_seqlock_write_end(&lock);
    CHECK(weft_seqlock_try_read(&lock, &mine, &shared));
    CHECK(mine.low == 5 && mine.high == 6);
    mine.low = 9;
    CHECK(weft_seqlock_try_write(&lock, &shared, &mine));
    weft_seqlock_read(&lock, &mine, &shared);
    CHECK(mine.low == 9);
    CHECK(STATE(&lock) == 2 * WEFT_SEQLOCK_STEP);
}

/* Every size up to some words, at every address that has the alignment and not a higher one:
 * exactly these bytes are copied. */
static void sizes_and_alignments(void) {
    enum { ROOM = 64, LONGEST = 41 };
    static weft_seqlock lock;
    static unsigned char shared[ROOM] WEFT_ALIGNED(16);
    unsigned char in[ROOM];
    unsigned char out[ROOM];
    for (size_t alignment = 1; alignment <= 16; alignment *= 2) {
        size_t offset = alignment == 16 ? 0 : alignment;
        for (size_t size = 0; size <= LONGEST; size++) {
            memset(shared, 0xEE, sizeof shared);
            memset(out, 0xDD, sizeof out);
            for (size_t i = 0; i < size; i++) {
                in[i] = (unsigned char)(i * 7 + size);
            }
            weft_seqlock_store(&lock, shared + offset, in, size, alignment);
            /* Private memory needs no alignment. */
            weft_seqlock_load(&lock, out + 1, shared + offset, size, alignment);
            for (size_t i = 0; i < ROOM; i++) {
                bool stored = i >= offset && i < offset + size;
                bool loaded = i >= 1 && i < 1 + size;
                CHECK(shared[i] == (stored ? in[i - offset] : 0xEE));
                CHECK(out[i] == (loaded ? in[i - 1] : 0xDD));
            }
        }
    }
}

/* Structures whose size is no multiple of a word, or that are aligned to less than one. */
typedef struct three_halves {
    uint32_t a, b, c;
} three_halves;
typedef struct odd_bytes {
    unsigned char bytes[7];
} odd_bytes;
typedef struct mixed {
    void *pointer;
    uint16_t number;
    char text[21];
} mixed;

static void structures(void) {
    static weft_seqlock lock;
    static three_halves shared_halves;
    static odd_bytes shared_bytes;
    static mixed shared_mixed;
    three_halves halves = {1, 2, 3};
    odd_bytes bytes = {"sixsix"};
    mixed mixture = {&lock, 17, "twenty characters ok"};
    weft_seqlock_write(&lock, &shared_halves, &halves);
    weft_seqlock_write(&lock, &shared_bytes, &bytes);
    weft_seqlock_write(&lock, &shared_mixed, &mixture);
    memset(&halves, 0, sizeof halves);
    memset(&bytes, 0, sizeof bytes);
    memset(&mixture, 0, sizeof mixture);
    weft_seqlock_read(&lock, &halves, &shared_halves);
    weft_seqlock_read(&lock, &bytes, &shared_bytes);
    weft_seqlock_read(&lock, &mixture, &shared_mixed);
    CHECK(halves.a == 1 && halves.b == 2 && halves.c == 3);
    CHECK(memcmp(bytes.bytes, "sixsix", 7) == 0);
    CHECK(mixture.pointer == &lock && mixture.number == 17);
    CHECK(strcmp(mixture.text, "twenty characters ok") == 0);
}

#define LAST_GENERATION ((UINT32_C(1) << 30) - 1)

static void generation_wraps(void) {
    weft_seqlock lock = WEFT_SEQLOCK_INIT(LAST_GENERATION);
    uint32_t before = weft_seqlock_read_begin(&lock);
    CHECK(!weft_seqlock_read_retry(&lock, before));
    weft_seqlock_write_begin(&lock);
    CHECK(STATE(&lock) == (UINT32_MAX & ~WEFT_SEQLOCK_HAS_PARKED));
    weft_seqlock_write_abandon(&lock);
    CHECK(!weft_seqlock_read_retry(&lock, before));
    weft_seqlock_write_begin(&lock);
    weft_seqlock_write_end(&lock);
    CHECK(STATE(&lock) == 0);
    CHECK(weft_seqlock_read_retry(&lock, before));
    uint32_t after = weft_seqlock_read_begin(&lock);
    CHECK(after == 0 && !weft_seqlock_read_retry(&lock, after));
}

/* ---- waiting ------------------------------------------------------------------------------ */

typedef struct shared_pair {
    weft_seqlock lock;
    pair payload;
    weft_atomic_u32 done;
    uint64_t seen;
} shared_pair;

static void read_once(void *argument) {
    shared_pair *shared = argument;
    pair mine;
    weft_seqlock_read(&shared->lock, &mine, &shared->payload);
    CHECK(mine.high == ~mine.low);
    weft_fetch_add_relaxed_u32(&shared->done, 1);
}

static void write_once(void *argument) {
    shared_pair *shared = argument;
    weft_seqlock_write_begin(&shared->lock);
    pair next = pair_of(shared->payload.low + 1);
    weft_seqlock_copy_in(&shared->payload, &next, sizeof next, __alignof__(pair));
    weft_seqlock_write_end(&shared->lock);
    weft_fetch_add_relaxed_u32(&shared->done, 1);
}

static void readers_sleep_until_the_writer_ends(void) {
    enum { READERS = 4 };
    shared_pair shared = {.payload = pair_of(1)};
    scenario_thread readers[READERS];
    weft_seqlock_write_begin(&shared.lock);
    for (int i = 0; i < READERS; i++) {
        scenario_start(&readers[i], read_once, &shared);
    }
    await_parked(&shared.lock);
    CHECK(weft_load_relaxed_u32(&shared.done) == 0);
    weft_seqlock_write_end(&shared.lock);
    for (int i = 0; i < READERS; i++) {
        scenario_join(&readers[i]);
    }
    CHECK(STATE(&shared.lock) == WEFT_SEQLOCK_STEP);
}

static void abandon_wakes_as_end_does(void) {
    shared_pair shared = {.payload = pair_of(1)};
    scenario_thread reader;
    scenario_thread writer;
    weft_seqlock_write_begin(&shared.lock);
    scenario_start(&reader, read_once, &shared);
    scenario_start(&writer, write_once, &shared);
    await_parked(&shared.lock);
    weft_seqlock_write_abandon(&shared.lock);
    scenario_join(&reader);
    scenario_join(&writer);
    CHECK(shared.payload.low == 2);
    CHECK(STATE(&shared.lock) == WEFT_SEQLOCK_STEP);
}

/* Every writer that sleeps is woken in the end, though each end wakes only one. */
static void no_sleeping_writer_is_forgotten(void) {
    enum { WRITERS = 8, ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        shared_pair shared = {.payload = pair_of(0)};
        scenario_thread writers[WRITERS];
        weft_seqlock_write_begin(&shared.lock);
        for (int i = 0; i < WRITERS; i++) {
            scenario_start(&writers[i], i % 4 == 3 ? read_once : write_once, &shared);
        }
        await_parked(&shared.lock);
        weft_seqlock_write_abandon(&shared.lock);
        for (int i = 0; i < WRITERS; i++) {
            scenario_join(&writers[i]);
        }
        CHECK(shared.payload.low == WRITERS - WRITERS / 4);
        CHECK(STATE(&shared.lock) == (WRITERS - WRITERS / 4) * WEFT_SEQLOCK_STEP);
    }
}

/* A runtime with worlds: threads of one that stops are held back where they would go on. */
typedef struct world {
    weft_atomic_u32 stops;
    weft_atomic_u32 may_look; /* a woken thread finds out only then that its world stops */
    weft_atomic_u32 refused;
} world;

static _Thread_local world *own_world;
static weft_atomic_u32 entered;

static void await(const weft_atomic_u32 *word, uint32_t value) {
    /* Acquire: what was done before the value was stored is done. */
    AWAIT(weft_load_acquire_u32(word) == value);
}

static void *hook_current(void) {
    return own_world;
}
static void hook_enter(void *context) {
    (void)context;
    weft_fetch_add_release_u32(&entered, 1);
}
static bool hook_try_leave(void *context) {
    world *in = context;
    await(&in->may_look, 1);
    if (weft_load_acquire_u32(&in->stops) != 0) {
        weft_store_relaxed_u32(&in->refused, 1);
        return false;
    }
    return true;
}
static void hook_leave(void *context) {
    world *in = context;
    await(&in->stops, 0);
}

typedef struct citizen {
    world *in;
    shared_pair *shared;
} citizen;

static void write_once_in_a_world(void *argument) {
    citizen *self = argument;
    own_world = self->in;
    write_once(self->shared);
}

/* A woken writer whose stopping world holds it back gives its wake to the next, who is of another
 * world and must not wait for this one's: at once if the lock is free, else at the owner's end. */
static void stopped_world_keeps_no_wake(bool barge) {
    static const weft_park_hook hook = {
        .current = hook_current,
        .enter = hook_enter,
        .try_leave = hook_try_leave,
        .leave = hook_leave,
    };
    world stopping = {.stops = WEFT_ATOMIC_INIT(1)};
    world going_on = {.may_look = WEFT_ATOMIC_INIT(1)};
    shared_pair shared = {.payload = pair_of(0)};
    citizen first = {&stopping, &shared};
    citizen second = {&going_on, &shared};
    scenario_thread threads[2];
    weft_store_relaxed_u32(&entered, 0);
    weft_park_set_hook(&hook);
    weft_seqlock_write_begin(&shared.lock);
    scenario_start(&threads[0], write_once_in_a_world, &first);
    await(&entered, 1);
    scenario_start(&threads[1], write_once_in_a_world, &second);
    await(&entered, 2);
    weft_seqlock_write_end(&shared.lock);
    if (barge) {
        weft_seqlock_write_begin(&shared.lock);
    }
    weft_store_release_u32(&stopping.may_look, 1);
    if (barge) {
        await_parked(&shared.lock);
        weft_seqlock_write_end(&shared.lock);
    }
    scenario_join(&threads[1]);
    CHECK(shared.payload.low == 1);
    CHECK(weft_load_relaxed_u32(&stopping.refused) == 1);
    weft_store_release_u32(&stopping.stops, 0);
    scenario_join(&threads[0]);
    weft_park_set_hook(NULL);
    CHECK(shared.payload.low == 2);
    CHECK(!weft_seqlock_is_writing(&shared.lock));
}

static void stopped_world_passes_the_wake_on(void) {
    stopped_world_keeps_no_wake(false);
}
static void stopped_world_leaves_the_wake_to_the_owner(void) {
    stopped_world_keeps_no_wake(true);
}

/* ---- contention --------------------------------------------------------------------------- */

typedef struct contest {
    weft_seqlock lock;
    weft_atomic_u32 stop;
    weft_atomic_u64 writes;
    struct {
        uint64_t words[5];
        uint16_t tail;
    } payload;
} contest;

static void write_until_stop(void *argument) {
    contest *in = argument;
    uint64_t writes = 0;
    while (weft_load_relaxed_u32(&in->stop) == 0) {
        weft_seqlock_write_begin(&in->lock);
        if (writes % 7 == 3) {
            weft_seqlock_write_abandon(&in->lock);
            weft_seqlock_write_begin(&in->lock);
        }
        uint64_t next = in->payload.words[0] + 1;
        for (int i = 0; i < 5; i++) {
            weft_store_relaxed_u64((weft_atomic_u64 *)&in->payload.words[i],
                                   next * (uint64_t)(i + 1));
        }
        weft_store_relaxed_u16((weft_atomic_u16 *)&in->payload.tail, (uint16_t)next);
        weft_seqlock_write_end(&in->lock);
        writes++;
    }
    weft_fetch_add_relaxed_u64(&in->writes, writes);
}

static void check_whole(contest *in, uint64_t *last) {
    uint64_t words[5];
    uint16_t tail = 0;
    uint32_t begun;
    do {
        begun = weft_seqlock_read_begin(&in->lock);
        for (int i = 4; i >= 0; i--) {
            words[i] = weft_load_relaxed_u64((const weft_atomic_u64 *)&in->payload.words[i]);
        }
        tail = weft_load_relaxed_u16((const weft_atomic_u16 *)&in->payload.tail);
    } while (weft_seqlock_read_retry(&in->lock, begun));
    for (int i = 0; i < 5; i++) {
        CHECK(words[i] == words[0] * (uint64_t)(i + 1));
    }
    CHECK(tail == (uint16_t)words[0]);
    CHECK(words[0] >= *last);
    *last = words[0];
}

static void read_until_stop(void *argument) {
    contest *in = argument;
    uint64_t last = 0;
    while (weft_load_relaxed_u32(&in->stop) == 0) {
        check_whole(in, &last);
    }
}

static void contend(contest *in, int writers, int readers, long rounds) {
    scenario_thread threads[16];
    effort left = effort_begin(rounds);
    uint64_t last = 0;
    uint32_t generation = STATE(&in->lock) / WEFT_SEQLOCK_STEP;
    for (int i = 0; i < writers; i++) {
        scenario_start(&threads[i], write_until_stop, in);
    }
    for (int i = writers; i < writers + readers; i++) {
        scenario_start(&threads[i], read_until_stop, in);
    }
    while (effort_left(&left)) {
        check_whole(in, &last);
    }
    weft_store_relaxed_u32(&in->stop, 1);
    for (int i = 0; i < writers + readers; i++) {
        scenario_join(&threads[i]);
    }
    /* No update was lost, and abandoned sections were not counted. */
    uint64_t writes = weft_load_relaxed_u64(&in->writes);
    CHECK(in->payload.words[0] == writes);
    CHECK(STATE(&in->lock) == (generation + (uint32_t)writes) * WEFT_SEQLOCK_STEP);
}

static void one_writer_two_readers(void) {
    contest in = {.lock = WEFT_SEQLOCK_INIT(0)};
    contend(&in, 1, 1, 20000);
}

/* Also over the end of the generation. */
static void many_writers_and_readers(void) {
    contest in = {.lock = WEFT_SEQLOCK_INIT(LAST_GENERATION - 100)};
    contend(&in, 4, 4, 5000);
}

/* Enough words that a copy of them without the protocol is torn within a few tries. */
typedef struct block {
    uint64_t words[32];
    uint16_t tail;
} block;

typedef struct block_contest {
    weft_seqlock lock;
    weft_atomic_u32 stop;
    weft_atomic_u64 writes;
    block payload;
} block_contest;

static block block_of(uint64_t value) {
    block result = {.tail = (uint16_t)value};
    for (int i = 0; i < 32; i++) {
        result.words[i] = value;
    }
    return result;
}

static bool is_whole(const block *mine) {
    for (int i = 1; i < 32; i++) {
        if (mine->words[i] != mine->words[0]) {
            return false;
        }
    }
    return mine->tail == (uint16_t)mine->words[0];
}

static void write_blocks_until_stop(void *argument) {
    block_contest *in = argument;
    uint64_t writes = 0;
    while (weft_load_relaxed_u32(&in->stop) == 0) {
        block next = block_of(++writes);
        weft_seqlock_write(&in->lock, &in->payload, &next);
    }
    weft_fetch_add_relaxed_u64(&in->writes, writes);
}

/* Reads until `writes` writes were completed: so reads and writes did overlap. */
static void read_blocks_against(int writers, bool try, long writes) {
    block_contest in = {.lock = WEFT_SEQLOCK_INIT(0)};
    scenario_thread threads[4];
    effort left = effort_begin(0);
    for (int i = 0; i < writers; i++) {
        scenario_start(&threads[i], write_blocks_until_stop, &in);
    }
    while (STATE(&in.lock) / WEFT_SEQLOCK_STEP < (uint32_t)writes || effort_left(&left)) {
        block mine = block_of(0);
        if (!try) {
            weft_seqlock_read(&in.lock, &mine, &in.payload);
        } else if (!weft_seqlock_try_read(&in.lock, &mine, &in.payload)) {
            mine = block_of(0);
        }
        CHECK(is_whole(&mine));
    }
    weft_store_relaxed_u32(&in.stop, 1);
    for (int i = 0; i < writers; i++) {
        scenario_join(&threads[i]);
    }
    /* No reader has used a generation up, also not one that had to keep writers out. */
    uint64_t written = weft_load_relaxed_u64(&in.writes);
    CHECK(STATE(&in.lock) == (uint32_t)written * WEFT_SEQLOCK_STEP);
}

/* Released by CPython without the fences (issue 121368): a reader's loads of the payload passed its
 * second look at the sequence, and a writer's stores passed the sequence going odd. Hardware that
 * shows a missing fence is rare; what is looked for here is any torn read. */
static void regression_cpython_121368_seqlock_without_fences(void) {
    read_blocks_against(1, false, 200000);
}

static void try_read_is_whole_or_fails(void) {
    read_blocks_against(1, true, 200000);
}

/* Against writers that leave no gap, a read by the helpers still ends. */
static void read_ends_against_writers_without_pause(void) {
    read_blocks_against(4, false, 20000);
}

/* The same for what is read without a call. */
typedef struct pair_contest {
    weft_seqlock lock;
    weft_atomic_u32 stop;
    pair payload;
} pair_contest;

static void write_pairs_until_stop(void *argument) {
    pair_contest *in = argument;
    for (uint64_t value = 1; weft_load_relaxed_u32(&in->stop) == 0; value++) {
        pair next = pair_of(value);
        weft_seqlock_write(&in->lock, &in->payload, &next);
    }
}

static void small_read_ends_against_writers_without_pause(void) {
    pair_contest in = {.lock = WEFT_SEQLOCK_INIT(0), .payload = pair_of(0)};
    scenario_thread threads[4];
    for (int i = 0; i < 4; i++) {
        scenario_start(&threads[i], write_pairs_until_stop, &in);
    }
    while (STATE(&in.lock) / WEFT_SEQLOCK_STEP < 20000) {
        pair mine;
        weft_seqlock_read(&in.lock, &mine, &in.payload);
        CHECK(mine.low == ~mine.high);
    }
    weft_store_relaxed_u32(&in.stop, 1);
    for (int i = 0; i < 4; i++) {
        scenario_join(&threads[i]);
    }
}

/* The slow path keeps writers out as a writer that abandons: no generation is used up, so readers
 * that are under way need not start again. */
static void slow_read_disturbs_nobody(void) {
    weft_seqlock lock = WEFT_SEQLOCK_INIT(1);
    pair shared = pair_of(4);
    pair mine = {0, 0};
    uint32_t begun = weft_seqlock_read_begin(&lock);
    weft_seqlock_load_slow(&lock, &mine, &shared, sizeof mine, __alignof__(pair));
    CHECK(mine.low == 4 && mine.high == ~UINT64_C(4));
    CHECK(!weft_seqlock_read_retry(&lock, begun));
    weft_seqlock_keep_writers_out(&lock);
    CHECK(weft_seqlock_is_writing(&lock));
    weft_seqlock_let_writers_in(&lock);
    CHECK(!weft_seqlock_is_writing(&lock) && !weft_seqlock_read_retry(&lock, begun));
}

/* What a writer did plainly before its section is there for who reads its generation. */
typedef struct publication {
    weft_seqlock lock;
    weft_atomic_ptr pointer;
} publication;

static void publish(void *argument) {
    publication *to = argument;
    int *number = malloc(sizeof *number);
    if (number == NULL) {
        abort();
    }
    *number = 42;
    weft_seqlock_write_begin(&to->lock);
    weft_store_relaxed_ptr(&to->pointer, number);
    weft_seqlock_write_end(&to->lock);
}

static void generation_carries_what_was_done_before(void) {
    for (int round = 0; round < 200; round++) {
        publication to = {WEFT_SEQLOCK_INIT(0), WEFT_ATOMIC_INIT(NULL)};
        scenario_thread writer;
        int *number = NULL;
        scenario_start(&writer, publish, &to);
        while (number == NULL) {
            uint32_t begun;
            do {
                begun = weft_seqlock_read_begin(&to.lock);
                number = weft_load_relaxed_ptr(&to.pointer);
            } while (weft_seqlock_read_retry(&to.lock, begun));
        }
        CHECK(*number == 42);
        scenario_join(&writer);
        free(number);
    }
}

/* The end does not touch the word after its exchange: the next owner may free it at once. */
typedef struct handed_over {
    weft_seqlock lock;
    weft_atomic_u32 waits;
} handed_over;

static void take_and_free(void *argument) {
    handed_over *object = argument;
    weft_store_relaxed_u32(&object->waits, 1);
    weft_seqlock_write_begin(&object->lock);
    weft_seqlock_write_end(&object->lock);
    free(object);
}

static void memory_is_free_after_the_end(void) {
    for (int round = 0; round < 200; round++) {
        handed_over *object = calloc(1, sizeof *object);
        scenario_thread next;
        if (object == NULL) {
            abort();
        }
        weft_seqlock_write_begin(&object->lock);
        scenario_start(&next, take_and_free, object);
        if (round % 2 == 0) {
            await_parked(&object->lock);
        } else {
            AWAIT(weft_load_relaxed_u32(&object->waits) != 0);
        }
        weft_seqlock_write_end(&object->lock);
        scenario_join(&next);
    }
}

/* ---- memory, fork ------------------------------------------------------------------------- */

static weft_atomic_u32 allocations;

static void *refuse_to_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    weft_fetch_add_relaxed_u32(&allocations, 1);
    return NULL;
}
static void free_nothing(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)memory;
    (void)size;
    (void)alignment;
}

static void works_without_an_allocator(void) {
    static const weft_host host = {.allocate = refuse_to_allocate, .free = free_nothing};
    uint64_t before = weft_load_relaxed_u64(&seam_count.allocations);
    weft_store_relaxed_u32(&allocations, 0);
    weft_host_set(&host);
    readers_sleep_until_the_writer_ends();
    no_sleeping_writer_is_forgotten();
    weft_host_set(NULL);
    CHECK(weft_load_relaxed_u32(&allocations) == 0);
    CHECK(weft_load_relaxed_u64(&seam_count.allocations) == before);
}

#ifndef _WIN32
static void write_until_done(void *argument) {
    shared_pair *shared = argument;
    weft_seqlock_write_begin(&shared->lock);
    weft_store_relaxed_u64((weft_atomic_u64 *)&shared->payload.low, 99);
    weft_store_release_u32(&shared->done, 1);
    AWAIT(weft_load_acquire_u32(&shared->done) == 2);
    weft_store_relaxed_u64((weft_atomic_u64 *)&shared->payload.high, ~UINT64_C(99));
    weft_seqlock_write_end(&shared->lock);
}

static void take_the_lock_back(void *argument) {
    shared_pair *shared = argument;
    uint32_t before = (uint32_t)shared->seen;
    pair whole = pair_of(5);
    pair mine;
    CHECK(weft_seqlock_is_writing(&shared->lock));
    CHECK(weft_seqlock_after_fork_child(&shared->lock));
    CHECK((STATE(&shared->lock) & (WEFT_SEQLOCK_WRITING | WEFT_SEQLOCK_HAS_PARKED)) == 0);
    /* A read that was open across the fork starts again. */
    CHECK(weft_seqlock_read_retry(&shared->lock, before));
    CHECK(!weft_seqlock_after_fork_child(&shared->lock));
    weft_seqlock_write(&shared->lock, &shared->payload, &whole);
    weft_seqlock_read(&shared->lock, &mine, &shared->payload);
    CHECK(mine.high == ~mine.low);
}

static void fork_while_another_thread_writes(void) {
    shared_pair shared = {.payload = pair_of(1)};
    scenario_thread writer;
    scenario_thread reader;
    shared.seen = weft_seqlock_read_begin(&shared.lock);
    scenario_start(&writer, write_until_done, &shared);
    AWAIT(weft_load_acquire_u32(&shared.done) == 1);
    scenario_start(&reader, read_once, &shared);
    await_parked(&shared.lock);
    CHECK(scenario_forked(take_the_lock_back, &shared));
    weft_store_release_u32(&shared.done, 2);
    scenario_join(&writer);
    scenario_join(&reader);
    CHECK(shared.payload.low == 99);
}

static void end_the_own_section(void *argument) {
    shared_pair *shared = argument;
    pair mine;
    weft_seqlock_write_end(&shared->lock);
    weft_seqlock_read(&shared->lock, &mine, &shared->payload);
    CHECK(STATE(&shared->lock) == WEFT_SEQLOCK_STEP && mine.high == ~mine.low);
    CHECK(!weft_seqlock_after_fork_child(&shared->lock));
}

static void fork_inside_the_own_section(void) {
    shared_pair shared = {.payload = pair_of(1)};
    scenario_thread reader;
    weft_seqlock_write_begin(&shared.lock);
    scenario_start(&reader, read_once, &shared);
    await_parked(&shared.lock);
    CHECK(scenario_forked(end_the_own_section, &shared));
    weft_seqlock_write_end(&shared.lock);
    scenario_join(&reader);
}
#endif

/* ---- misuse ------------------------------------------------------------------------------- */

static void end_of(void *lock) {
    weft_seqlock_write_end((weft_seqlock *)lock);
}

static void abandon_of(void *lock) {
    weft_seqlock_write_abandon((weft_seqlock *)lock);
}

static void end_without_begin(void) {
    weft_seqlock lock = WEFT_SEQLOCK_INIT(1);
#if WEFT_CHECKED
    CHECK(scenario_is_fatal(end_of, &lock, "seqlock at 0x", NULL));
    CHECK(scenario_is_fatal(abandon_of, &lock, "seqlock at 0x", NULL));
#else
    CHECK(scenario_is_fatal(end_of, &lock, "end of a write that was not begun", "seqlock at 0x"));
    CHECK(scenario_is_fatal(abandon_of, &lock, "abandon of a write that was not begun",
                            "seqlock at 0x"));
#endif
    CHECK(STATE(&lock) == WEFT_SEQLOCK_STEP);
}

#if WEFT_CHECKED
static void read_begin_of(void *lock) {
    (void)weft_seqlock_read_begin((weft_seqlock *)lock);
}

static void write_begin_of(void *lock) {
    weft_seqlock_write_begin((weft_seqlock *)lock);
}

static void end_elsewhere(void *lock) {
    CHECK(scenario_is_fatal(end_of, lock, "seqlock at 0x", NULL));
}

/* In an unchecked build these deadlock, or go unnoticed. */
static void checked_misuse(void) {
    weft_seqlock lock = WEFT_SEQLOCK_INIT(1);
    scenario_thread other;
    weft_seqlock_write_begin(&lock);
    CHECK(scenario_is_fatal(read_begin_of, &lock, "seqlock at 0x", NULL));
    CHECK(scenario_is_fatal(write_begin_of, &lock, "seqlock at 0x", NULL));
    scenario_start(&other, end_elsewhere, &lock);
    scenario_join(&other);
    weft_seqlock_write_end(&lock);
}
#endif

const scenario seqlock_scenarios[] = {
    {"ZeroIsUnlocked", zero_is_unlocked},
    {"WriteIsSeen", write_is_seen},
    {"ReadStartsAgainAfterAWrite", read_starts_again_after_a_write},
    {"AbandonLeavesNoTrace", abandon_leaves_no_trace},
    {"TriesFailWhileSomebodyWrites", tries_fail_while_somebody_writes},
    {"SizesAndAlignments", sizes_and_alignments},
    {"Structures", structures},
    {"GenerationWraps", generation_wraps},
    {"ReadersSleepUntilTheWriterEnds", readers_sleep_until_the_writer_ends},
    {"AbandonWakesAsEndDoes", abandon_wakes_as_end_does},
    {"NoSleepingWriterIsForgotten", no_sleeping_writer_is_forgotten},
    {"StoppedWorldPassesTheWakeOn", stopped_world_passes_the_wake_on},
    {"StoppedWorldLeavesTheWakeToTheOwner", stopped_world_leaves_the_wake_to_the_owner},
    {"OneWriterTwoReaders", one_writer_two_readers},
    {"ManyWritersAndReaders", many_writers_and_readers},
    {"RegressionCpython121368SeqlockWithoutFences",
     regression_cpython_121368_seqlock_without_fences},
    {"TryReadIsWholeOrFails", try_read_is_whole_or_fails},
    {"ReadEndsAgainstWritersWithoutPause", read_ends_against_writers_without_pause},
    {"SmallReadEndsAgainstWritersWithoutPause", small_read_ends_against_writers_without_pause},
    {"SlowReadDisturbsNobody", slow_read_disturbs_nobody},
    {"GenerationCarriesWhatWasDoneBefore", generation_carries_what_was_done_before},
    {"MemoryIsFreeAfterTheEnd", memory_is_free_after_the_end},
    {"WorksWithoutAnAllocator", works_without_an_allocator},
#ifndef _WIN32
    {"ForkWhileAnotherThreadWrites", fork_while_another_thread_writes},
    {"ForkInsideTheOwnSection", fork_inside_the_own_section},
#endif
    {"EndWithoutBegin", end_without_begin},
#if WEFT_CHECKED
    {"CheckedMisuse", checked_misuse},
#endif
    {NULL, NULL},
};
