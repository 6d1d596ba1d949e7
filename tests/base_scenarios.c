#define _POSIX_C_SOURCE 200809L
#include "base_scenarios.h"

#include "weft_atomic.h"
#include "weft_host.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- atomics ----------------------------------------------------------------------------------
 */

/* Every accessor of one integer type does to the field what its name says and returns what the
 * field held before. `top` is the highest bit: it shows an accessor of the wrong width. */
#define ATOMIC_ARITHMETIC(name, type, order)                                                       \
    do {                                                                                           \
        const type top = (type)((type)1 << (sizeof(type) * 8 - 1));                                \
        weft_atomic_##name field = WEFT_ATOMIC_INIT((type)(top | 5));                              \
        CHECK(weft_fetch_add_##order##_##name(&field, 2) == (type)(top | 5));                      \
        CHECK(weft_fetch_sub_##order##_##name(&field, 4) == (type)(top | 7));                      \
        CHECK(weft_fetch_or_##order##_##name(&field, 4) == (type)(top | 3));                       \
        CHECK(weft_fetch_and_##order##_##name(&field, (type)(top | 6)) == (type)(top | 7));        \
        CHECK(weft_fetch_xor_##order##_##name(&field, top) == (type)(top | 6));                    \
        CHECK(weft_load_relaxed_##name(&field) == 6);                                              \
        CHECK(weft_fetch_sub_##order##_##name(&field, 7) == 6);                                    \
        CHECK(weft_load_relaxed_##name(&field) == (type) - 1);                                     \
    } while (0)

#define ATOMIC_EXCHANGE(name, type, order)                                                         \
    do {                                                                                           \
        const type top = (type)((type)1 << (sizeof(type) * 8 - 1));                                \
        weft_atomic_##name field;                                                                  \
        type expected = 1;                                                                         \
        weft_init_##name(&field, top);                                                             \
        CHECK(weft_exchange_##order##_##name(&field, (type)(top | 1)) == top);                     \
        CHECK(!weft_cas_##order##_##name(&field, &expected, 7));                                   \
        CHECK(expected == (type)(top | 1));                                                        \
        CHECK(weft_cas_##order##_##name(&field, &expected, 7));                                    \
        CHECK(weft_load_acquire_##name(&field) == 7);                                              \
        expected = 8;                                                                              \
        CHECK(!weft_cas_weak_##order##_##name(&field, &expected, 9));                              \
        CHECK(expected == 7);                                                                      \
        while (!weft_cas_weak_##order##_##name(&field, &expected, 9)) {                            \
            CHECK(expected == 7);                                                                  \
        }                                                                                          \
        CHECK(weft_load_seq_cst_##name(&field) == 9);                                              \
    } while (0)

#define ATOMIC_EACH_ORDER(each, name, type)                                                        \
    each(name, type, relaxed);                                                                     \
    each(name, type, acquire);                                                                     \
    each(name, type, release);                                                                     \
    each(name, type, acq_rel);                                                                     \
    each(name, type, seq_cst)

#define ATOMIC_INTEGER(name, type)                                                                 \
    static void atomic_##name(void) {                                                              \
        weft_atomic_##name word = WEFT_ATOMIC_INIT(0);                                             \
        weft_store_relaxed_##name(&word, 1);                                                       \
        CHECK(weft_load_relaxed_##name(&word) == 1);                                               \
        weft_store_release_##name(&word, 2);                                                       \
        CHECK(weft_load_acquire_##name(&word) == 2);                                               \
        weft_store_seq_cst_##name(&word, 3);                                                       \
        CHECK(weft_load_seq_cst_##name(&word) == 3);                                               \
        CHECK(sizeof word == sizeof(type));                                                        \
        ATOMIC_EACH_ORDER(ATOMIC_EXCHANGE, name, type);                                            \
        ATOMIC_EACH_ORDER(ATOMIC_ARITHMETIC, name, type);                                          \
    }

ATOMIC_INTEGER(u8, uint8_t)
ATOMIC_INTEGER(u16, uint16_t)
ATOMIC_INTEGER(u32, uint32_t)
ATOMIC_INTEGER(u64, uint64_t)
ATOMIC_INTEGER(uptr, uintptr_t)

static void atomic_ptr(void) {
    int first = 0;
    int second = 0;
    weft_atomic_ptr field = WEFT_ATOMIC_INIT(NULL);
    void *expected = &first;
    CHECK(weft_load_relaxed_ptr(&field) == NULL);
    weft_store_release_ptr(&field, &second);
    CHECK(!weft_cas_acq_rel_fail_acquire_ptr(&field, &expected, NULL));
    CHECK(expected == &second);
    CHECK(weft_cas_acq_rel_ptr(&field, &expected, &first));
    CHECK(weft_exchange_acq_rel_ptr(&field, &second) == &first);
    CHECK(weft_load_acquire_ptr(&field) == &second);
}

/* A field in a packed neighbourhood keeps the alignment that lock-free access needs. */
static void atomic_alignment(void) {
    struct {
        uint8_t before;
        weft_atomic_u64 field;
    } wide;
    struct {
        weft_atomic_u8 first;
        weft_atomic_u8 second;
    } bytes;
    CHECK((uintptr_t)&wide.field % 8 == 0);
    CHECK(sizeof bytes == 2);
}

enum { ADDERS = 4, ADDITIONS = 20000 };

static void *add_many(void *argument) {
    weft_atomic_u8 *bytes = argument;
    for (int i = 0; i < ADDITIONS; i++) {
        weft_fetch_add_relaxed_u8(&bytes[0], 1);
        weft_fetch_add_relaxed_u8(&bytes[2], 3);
    }
    return NULL;
}

/* Threads that count in bytes of one word lose nothing and touch nothing beside them. */
static void atomic_bytes_do_not_touch_their_neighbours(void) {
    weft_atomic_u8 bytes[4] = {{0}, {0x5a}, {0}, {0xa5}};
    pthread_t threads[ADDERS];
    for (int i = 0; i < ADDERS; i++) {
        CHECK(pthread_create(&threads[i], NULL, add_many, bytes) == 0);
    }
    for (int i = 0; i < ADDERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(weft_load_relaxed_u8(&bytes[0]) == (uint8_t)(ADDERS * ADDITIONS));
    CHECK(weft_load_relaxed_u8(&bytes[1]) == 0x5a);
    CHECK(weft_load_relaxed_u8(&bytes[2]) == (uint8_t)(3 * ADDERS * ADDITIONS));
    CHECK(weft_load_relaxed_u8(&bytes[3]) == 0xa5);
}

typedef struct mailbox {
    weft_atomic_u32 full;
    char padding[WEFT_CACHE_LINE];
    int letter;
} mailbox;

static void *deliver(void *argument) {
    mailbox *box = argument;
    box->letter = 42;
    weft_store_release_u32(&box->full, 1);
    return NULL;
}

/* What was written before a release store is there after the acquire load that reads it (under
 * TSan: without a race). */
static void atomic_release_publishes(void) {
    for (int round = 0; round < 200; round++) {
        mailbox box = {.full = WEFT_ATOMIC_INIT(0), .letter = 0};
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, deliver, &box) == 0);
        while (weft_load_acquire_u32(&box.full) == 0) {
            weft_spin_pause();
        }
        CHECK(box.letter == 42);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

/* ---- host hooks -------------------------------------------------------------------------------
 */

typedef struct recorder {
    int allocations;
    int frees;
    size_t size;
    size_t alignment;
    void *kicked;
    bool out_of_memory;
} recorder;

#ifdef _WIN32
#include <malloc.h>
static void *aligned_memory(size_t size, size_t alignment) {
    return _aligned_malloc(size, alignment);
}
static void free_aligned_memory(void *memory) {
    _aligned_free(memory);
}
#else
static void *aligned_memory(size_t size, size_t alignment) {
    void *memory = NULL;
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}
static void free_aligned_memory(void *memory) {
    free(memory);
}
#endif

static void *recording_allocate(void *context, size_t size, size_t alignment) {
    recorder *record = context;
    record->allocations++;
    record->size = size;
    record->alignment = alignment;
    return record->out_of_memory ? NULL : aligned_memory(size, alignment);
}

static void recording_free(void *context, void *memory, size_t size, size_t alignment) {
    recorder *record = context;
    record->frees++;
    CHECK(size == record->size);
    CHECK(alignment == record->alignment);
    free_aligned_memory(memory);
}

static void recording_kick(void *context, void *thread) {
    recorder *record = context;
    record->kicked = thread;
}

static void host_default_allocator_aligns(void) {
    for (size_t alignment = sizeof(void *); alignment <= 4096; alignment *= 2) {
        char *memory = weft_host_allocate(3 * alignment, alignment);
        CHECK(memory != NULL);
        CHECK((uintptr_t)memory % alignment == 0);
        if (memory != NULL) {
            memset(memory, 0xee, 3 * alignment);
        }
        weft_host_free(memory, 3 * alignment, alignment);
    }
    weft_host_free(NULL, 8, 8);
}

static void host_hooks_are_called(void) {
    recorder record = {0};
    int thread = 0;
    const weft_host host = {
        .context = &record,
        .allocate = recording_allocate,
        .free = recording_free,
        .kick = recording_kick,
    };
    weft_host_set(&host);
    void *memory = weft_host_allocate(100, 64);
    CHECK(memory != NULL);
    weft_host_free(memory, 100, 64);
    weft_host_free(NULL, 100, 64);
    weft_host_kick(&thread);
    CHECK(weft_host_get()->context == &record);
    CHECK(weft_host_get()->fatal != NULL);
    weft_host_set(NULL);
    CHECK(record.allocations == 1);
    CHECK(record.frees == 1);
    CHECK(record.size == 100);
    CHECK(record.alignment == 64);
    CHECK(record.kicked == &thread);
}

static void host_out_of_memory_is_null(void) {
    recorder record = {.out_of_memory = true};
    const weft_host host = {
        .context = &record, .allocate = recording_allocate, .free = recording_free};
    weft_host_set(&host);
    CHECK(weft_host_allocate(16, 16) == NULL);
    weft_host_set(NULL);
    CHECK(record.frees == 0);
}

static void host_null_restores_the_defaults(void) {
    recorder record = {0};
    const weft_host host = {.context = &record, .kick = recording_kick};
    const weft_host before = *weft_host_get();
    weft_host_set(&host);
    CHECK(weft_host_get()->kick == recording_kick);
    CHECK(weft_host_get()->allocate == before.allocate);
    weft_host_set(NULL);
    CHECK(weft_host_get()->kick == before.kick);
    CHECK(weft_host_get()->context == NULL);
    weft_host_kick(&record);
    CHECK(record.kicked == NULL);
}

/* ---- misuse -----------------------------------------------------------------------------------
 */

void base_misuse_half_an_allocator(void) {
    const weft_host host = {.allocate = recording_allocate};
    weft_host_set(&host);
}

static void returning_fatal(void *context, const char *message) {
    (void)context;
    (void)message;
}

void base_misuse_fatal_hook_returns(void) {
    const weft_host host = {.fatal = returning_fatal};
    weft_host_set(&host);
    weft_fatal("a hook that returns does not save the caller", "test", NULL, NULL);
}

void base_misuse_with_detail(void) {
    const uintptr_t address = 0x12ab;
    weft_fatal("it broke", "thing", (const void *)address, "here and there");
}

const scenario base_scenarios[] = {
    {"atomic_u8", atomic_u8},
    {"atomic_u16", atomic_u16},
    {"atomic_u32", atomic_u32},
    {"atomic_u64", atomic_u64},
    {"atomic_uptr", atomic_uptr},
    {"atomic_ptr", atomic_ptr},
    {"atomic_alignment", atomic_alignment},
    {"atomic_bytes_do_not_touch_their_neighbours", atomic_bytes_do_not_touch_their_neighbours},
    {"atomic_release_publishes", atomic_release_publishes},
    {"host_default_allocator_aligns", host_default_allocator_aligns},
    {"host_hooks_are_called", host_hooks_are_called},
    {"host_out_of_memory_is_null", host_out_of_memory_is_null},
    {"host_null_restores_the_defaults", host_null_restores_the_defaults},
    {NULL, NULL},
};
