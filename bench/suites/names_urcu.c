/* liburcu's lfht over its QSBR, with as many buckets as there are texts: its resizing is not measured. */
#include "bench/suites/names.h"
#include "bench/suites/peers.h"

#if BENCH_PEER_URCU
#define _LGPL_SOURCE /* the inlined calls */
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct cds_lfht *table;

typedef struct named {
    struct cds_lfht_node node;
    struct rcu_head head;
    bench_text text;
} named;

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

/* call_rcu's thread would inherit a pinned thread's core later. */
static void here_start(size_t expected) {
    unsigned long buckets = 64;
    while (buckets < expected) {
        buckets *= 2;
    }
    (void)get_default_call_rcu_data();
    here_enter();
    table = cds_lfht_new(buckets, buckets, 0, 0, NULL);
    if (table == NULL) {
        abort();
    }
    here_leave();
}

static int is_same(struct cds_lfht_node *node, const void *key) {
    const bench_text *one = &((const named *)(const void *)node)->text;
    const bench_text *other = key;
    return one->hash == other->hash && one->length == other->length &&
           memcmp(one->text, other->text, one->length) == 0;
}

static inline bool here_find(const bench_text *text, uint64_t hash) {
    struct cds_lfht_iter found;
    cds_lfht_lookup(table, (unsigned long)hash, is_same, text, &found);
    return cds_lfht_iter_get_node(&found) != NULL;
}

static struct cds_lfht_node *interned(const bench_text *text) {
    named *object = malloc(sizeof *object);
    if (object == NULL) {
        abort();
    }
    object->text = *text;
    struct cds_lfht_node *node =
        cds_lfht_add_unique(table, (unsigned long)text->hash, is_same, text, &object->node);
    if (node != &object->node) {
        free(object);
    }
    return node;
}

static void here_intern(const bench_text *text) {
    (void)interned(text);
}

static void free_named(struct rcu_head *head) {
    free((char *)head - offsetof(named, head));
}

static void here_churn(const bench_text *text) {
    named *object = (void *)interned(text);
    if (cds_lfht_del(table, &object->node) == 0) {
        call_rcu(&object->head, free_named);
    }
}

static void here_begin_reading(void) {
    rcu_read_lock();
}

static void here_end_reading(void) {
    rcu_read_unlock();
    rcu_quiescent_state();
}

static void here_settle(void) {
    rcu_barrier();
}

#define NAMES bench_lfht
#include "bench/suites/names_loops.h"
#endif
