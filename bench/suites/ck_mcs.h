/* ck_mcs.h: ck's MCS lock behind functions: its header is C that C++ does not accept.
 *
 * A lock is the pointer to the end of its queue, NULL when it is free. The caller lends a node for
 * as long as it waits and holds.
 */
#ifndef WEFT_BENCH_CK_MCS_H
#define WEFT_BENCH_CK_MCS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_ck_mcs_node {
    void *words[4];
} bench_ck_mcs_node;

void bench_ck_mcs_lock(void **queue, bench_ck_mcs_node *node);
void bench_ck_mcs_unlock(void **queue, bench_ck_mcs_node *node);
void bench_ck_mcs_pairs(void **queue, bench_ck_mcs_node *node, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BENCH_CK_MCS_H */
