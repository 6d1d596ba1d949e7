/* ck_hs: one writer at a time, so under a mutex; its objects and outgrown tables are freed by ck_epoch. */
#define _POSIX_C_SOURCE 200809L
#include "bench/suites/names.h"
#include "bench/suites/peers.h"

#if BENCH_PEER_CK
#include <ck_epoch.h>
#include <ck_hs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static ck_hs_t table;
static ck_epoch_t epoch;
static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local ck_epoch_record_t *registered;

typedef struct block {
    ck_epoch_entry_t entry;
    bench_text text;
} block;

static void free_block(ck_epoch_entry_t *entry) {
    free(entry);
}

static void *take(size_t size) {
    block *memory = malloc(sizeof(ck_epoch_entry_t) + size);
    if (memory == NULL) {
        abort();
    }
    return &memory->text;
}

static void give(void *memory, size_t size, bool defer) {
    (void)size;
    if (memory == NULL) {
        return;
    }
    block *whole = (void *)((char *)memory - offsetof(block, text));
    if (defer) {
        ck_epoch_call(registered, &whole->entry, free_block);
    } else {
        free(whole);
    }
}

static struct ck_malloc memory = {.malloc = take, .free = give};

static unsigned long hash_of(const void *object, unsigned long seed) {
    (void)seed;
    return (unsigned long)((const bench_text *)object)->hash;
}

static bool is_same(const void *left, const void *right) {
    const bench_text *one = left;
    const bench_text *other = right;
    return one->hash == other->hash && one->length == other->length &&
           memcmp(one->text, other->text, one->length) == 0;
}

static void here_enter(void) {
    void *record;
    if (posix_memalign(&record, 128, sizeof *registered) != 0) {
        abort();
    }
    registered = record;
    ck_epoch_register(&epoch, registered, NULL);
}

static void here_leave(void) {
    ck_epoch_unregister(registered);
}

static void here_sleep(void) {}
static void here_wake(void) {}

static void here_start(size_t expected) {
    ck_epoch_init(&epoch);
    here_enter();
    if (!ck_hs_init(&table, CK_HS_MODE_SPMC | CK_HS_MODE_OBJECT, hash_of, is_same, &memory,
                    expected < 16 ? 16 : expected * 2, 0)) {
        abort();
    }
    here_leave();
}

static inline bool here_find(const bench_text *text, uint64_t hash) {
    return ck_hs_get(&table, (unsigned long)hash, text) != NULL;
}

static void here_intern(const bench_text *text) {
    bench_text *object = take(sizeof *object);
    *object = *text;
    pthread_mutex_lock(&writer);
    bool put = ck_hs_put(&table, (unsigned long)text->hash, object);
    pthread_mutex_unlock(&writer);
    if (!put) {
        give(object, 0, false);
    }
}

static void here_churn(const bench_text *text) {
    here_intern(text);
    pthread_mutex_lock(&writer);
    bench_text *object = ck_hs_remove(&table, (unsigned long)text->hash, text);
    pthread_mutex_unlock(&writer);
    give(object, 0, true);
}

static void here_begin_reading(void) {
    ck_epoch_begin(registered, NULL);
}

static void here_end_reading(void) {
    ck_epoch_end(registered, NULL);
    ck_epoch_poll(registered);
}

static void here_settle(void) {
    ck_epoch_barrier(registered);
}

#define NAMES bench_ck_hs
#include "bench/suites/names_loops.h"
#endif
