/* weft_ck_epoch.h: weft's containers in the domain of a host that runs Concurrency Kit's epochs.
 *
 * After weft_ck_epoch_use no memory that weft retires is freed before a grace period of that
 * ck_epoch has passed as well (weft_qsbr_use): a pointer into a list, dict or symbol table stays
 * good until the ck_epoch_end of the section it was read in, also in threads that weft does not
 * know. Programs that use this link Concurrency Kit.
 *
 *     static ck_epoch_t epoch;
 *     ck_epoch_init(&epoch);
 *     weft_ck_epoch_use(&epoch);                   // once, before the first runtime is made
 *
 * A thread that is attached is inside a section, of a record that this adapter has for it; detach
 * ends the section, and so, for a moment, does a quiescent state of weft's while weft waits for a
 * grace period, or the host says that it does: around ck_epoch_synchronize, ck_epoch_barrier, or from
 * ck_epoch_call to the callback, it calls weft_qsbr_foreign_wait_begin and weft_qsbr_foreign_wait_end. Without
 * them attached threads that have nothing to free hold it up. ck_epoch_synchronize and ck_epoch_barrier are for threads that are
 * attached nowhere: an attached one would wait for its own section. The host's own records and sections are not touched.
 *
 * Memory. A record for each slot of a thread, never given back (as ck_epoch demands), from the host
 * hooks' allocator; fatal if there is none.
 *
 * Fork. With weft_thread_before_fork, by a thread that is attached or not. In the child the sections
 * of weft's other threads have ended; those of the host's own records are the host's to end.
 *
 * Not promised. That it is faster or slower than lib/qsbr alone: a grace period is one of both.
 *
 * Source: the API of Concurrency Kit 0.7, ck_epoch.h.
 */
#ifndef WEFT_CK_EPOCH_H
#define WEFT_CK_EPOCH_H

#include "weft_qsbr.h"

WEFT_BEGIN_DECLS

struct ck_epoch;

/* From now on grace periods are also those of `epoch`, which outlives all runtimes. Before the first
 * runtime is made; fatal later (weft_qsbr_use), and with another epoch than before. */
void weft_ck_epoch_use(struct ck_epoch *epoch);

WEFT_END_DECLS

#endif /* WEFT_CK_EPOCH_H */
