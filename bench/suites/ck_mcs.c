#include "bench/suites/ck_mcs.h"

#include "bench/suites/peers.h"

#if BENCH_PEER_CK
#include <spinlock/mcs.h>

_Static_assert(sizeof(ck_spinlock_mcs_context_t) <= sizeof(bench_ck_mcs_node), "node too small");

void bench_ck_mcs_lock(void **queue, bench_ck_mcs_node *node) {
    ck_spinlock_mcs_lock((ck_spinlock_mcs_t *)(void *)queue, (ck_spinlock_mcs_context_t *)node);
}

void bench_ck_mcs_unlock(void **queue, bench_ck_mcs_node *node) {
    ck_spinlock_mcs_unlock((ck_spinlock_mcs_t *)(void *)queue, (ck_spinlock_mcs_context_t *)node);
}

void bench_ck_mcs_pairs(void **queue, bench_ck_mcs_node *node, uint64_t count) {
    for (; count != 0; count--) {
        bench_ck_mcs_lock(queue, node);
        bench_ck_mcs_unlock(queue, node);
    }
}
#endif
