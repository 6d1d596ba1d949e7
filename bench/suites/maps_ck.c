/* ck_ht: one writer at a time, so under a mutex; outgrown tables are freed by ck_epoch. */
#define _POSIX_C_SOURCE 200809L
#include "bench/suites/maps.h"
#include "bench/suites/peers.h"

#if BENCH_PEER_CK
#include <ck_epoch.h>
#include <ck_ht.h>
#include <pthread.h>
#include <stdlib.h>

static ck_ht_t table;
static ck_epoch_t epoch;
static bool epoch_ready;
static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local ck_epoch_record_t *registered;

typedef struct block {
    ck_epoch_entry_t entry;
    uint64_t aligned;
} block;

static void free_block(ck_epoch_entry_t *entry) {
    free(entry);
}
static void *take(size_t size) {
    block *memory = malloc(sizeof(block) + size);
    if (memory == NULL) {
        abort();
    }
    return memory + 1;
}
static void give(void *memory, size_t size, bool defer) {
    (void)size;
    if (memory == NULL) {
        return;
    }
    block *whole = (block *)memory - 1;
    if (defer) {
        ck_epoch_call(registered, &whole->entry, free_block);
    } else {
        free(whole);
    }
}
static struct ck_malloc memory = {.malloc = take, .free = give};

static void here_enter(void) {
    void *record;
    if (!epoch_ready) { /* the first thread is alone */
        ck_epoch_init(&epoch);
        epoch_ready = true;
    }
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
static void here_prepare(size_t size) {
    (void)size;
}

static void hash_of(ck_ht_hash_t *hash, const void *key, size_t length, uint64_t seed) {
    (void)length;
    (void)seed;
    uint64_t mixed = *(const uintptr_t *)key * UINT64_C(0x9E3779B97F4A7C15);
    hash->value = mixed ^ mixed >> 32;
}
static void here_make(size_t size, bool symbols) {
    (void)size;
    (void)symbols;
    if (!ck_ht_init(&table, CK_HT_MODE_DIRECT | CK_HT_WORKLOAD_DELETE, hash_of, &memory, 16, 0)) {
        abort();
    }
}
static void here_drop(void) {
    ck_ht_destroy(&table);
}

static inline bool here_read(int self, uint64_t key) {
    (void)self;
    ck_ht_entry_t entry;
    ck_ht_hash_t hash;
    ck_ht_hash_direct(&hash, &table, (uintptr_t)key);
    ck_ht_entry_key_set_direct(&entry, (uintptr_t)key);
    return ck_ht_get_spmc(&table, hash, &entry);
}
static void here_set(uint64_t key, uint32_t number) {
    ck_ht_entry_t entry;
    ck_ht_hash_t hash;
    ck_ht_hash_direct(&hash, &table, (uintptr_t)key);
    ck_ht_entry_set_direct(&entry, hash, (uintptr_t)key, number + (uintptr_t)1);
    pthread_mutex_lock(&writer);
    if (!ck_ht_set_spmc(&table, hash, &entry)) {
        abort();
    }
    pthread_mutex_unlock(&writer);
}
static void here_remove(uint64_t key) {
    ck_ht_entry_t entry;
    ck_ht_hash_t hash;
    ck_ht_hash_direct(&hash, &table, (uintptr_t)key);
    ck_ht_entry_key_set_direct(&entry, (uintptr_t)key);
    pthread_mutex_lock(&writer);
    (void)ck_ht_remove_spmc(&table, hash, &entry);
    pthread_mutex_unlock(&writer);
}

static void here_begin_reading(void) {
    ck_epoch_begin(registered, NULL);
}
static void here_end_reading(void) {
    ck_epoch_end(registered, NULL);
    ck_epoch_poll(registered);
}

#define MAP bench_ck_ht
#include "bench/suites/maps_loops.h"
#endif
