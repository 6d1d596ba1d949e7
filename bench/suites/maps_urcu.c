/* liburcu's lfht over its QSBR, with as many buckets as there are keys: its resizing is not measured. An overwrite replaces
 * the node. */
#include "bench/suites/maps.h"
#include "bench/suites/peers.h"

#if BENCH_PEER_URCU
#define _LGPL_SOURCE /* the inlined calls */
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>

#include <stdlib.h>

static struct cds_lfht *table;

typedef struct item {
    struct cds_lfht_node node;
    struct rcu_head head;
    uint64_t key;
    uint64_t value;
} item;

static void here_enter(void) {
    rcu_register_thread();
}
static void here_leave(void) {
    rcu_unregister_thread();
}
static void here_sleep(void) {
    rcu_thread_offline();
}
static void here_wake(void) {
    rcu_thread_online();
}
static void here_begin_reading(void) {
    rcu_read_lock();
}
static void here_end_reading(void) {
    rcu_read_unlock();
    rcu_quiescent_state();
}

/* call_rcu's thread would inherit a pinned thread's core later. */
static void here_prepare(size_t size) {
    (void)size;
    (void)get_default_call_rcu_data();
}
static void here_make(size_t size, bool symbols) {
    unsigned long buckets = 64;
    (void)symbols;
    while (buckets < size) {
        buckets *= 2;
    }
    table = cds_lfht_new(buckets, buckets, 0, 0, NULL);
    if (table == NULL) {
        abort();
    }
}

static inline unsigned long hash_of(uint64_t key) {
    uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned long)(mixed ^ mixed >> 32);
}
static int is_same(struct cds_lfht_node *node, const void *key) {
    return ((const item *)node)->key == *(const uint64_t *)key;
}
static void free_item(struct rcu_head *head) {
    free((char *)head - offsetof(item, head));
}

static inline bool here_read(int self, uint64_t key) {
    (void)self;
    struct cds_lfht_iter found;
    cds_lfht_lookup(table, hash_of(key), is_same, &key, &found);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&found);
    return node != NULL && ((const item *)node)->value != 0;
}
static void here_set(uint64_t key, uint32_t number) {
    item *made = malloc(sizeof *made);
    if (made == NULL) {
        abort();
    }
    made->key = key;
    made->value = number + UINT64_C(1);
    rcu_read_lock();
    struct cds_lfht_node *old =
        cds_lfht_add_replace(table, hash_of(key), is_same, &key, &made->node);
    rcu_read_unlock();
    if (old != NULL) {
        call_rcu(&((item *)old)->head, free_item);
    }
}
static void here_remove(uint64_t key) {
    struct cds_lfht_iter found;
    rcu_read_lock();
    cds_lfht_lookup(table, hash_of(key), is_same, &key, &found);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&found);
    bool gone = node != NULL && cds_lfht_del(table, node) == 0;
    rcu_read_unlock();
    if (gone) {
        call_rcu(&((item *)node)->head, free_item);
    }
}
static void here_drop(void) {
    struct cds_lfht_iter all;
    struct cds_lfht_node *node;
    rcu_read_lock();
    cds_lfht_for_each(table, &all, node) {
        if (cds_lfht_del(table, node) == 0) {
            call_rcu(&((item *)node)->head, free_item);
        }
    }
    rcu_read_unlock();
    rcu_thread_offline();
    (void)cds_lfht_destroy(table, NULL);
    rcu_thread_online();
}

#define MAP bench_lfht_map
#include "bench/suites/maps_loops.h"
#endif
