/* weft_liburcu.h: weft's containers in the domain of a host that runs liburcu, QSBR flavour.
 *
 * After weft_liburcu_use no memory that weft retires is freed before a grace period of liburcu's has
 * passed as well (weft_qsbr_use): a pointer into a list, dict or symbol table stays good until the
 * quiescent state of liburcu's that ends it, in every thread that is registered there. Programs that
 * use this link liburcu-qsbr.
 *
 *     urcu_qsbr_register_thread();                 // the host's threads, as ever
 *     weft_liburcu_use(WEFT_LIBURCU_REGISTERED);   // once, before the first runtime is made
 *
 * What weft does to the calling thread's state in liburcu: attach makes it online, detach (also
 * inside waits of weft's) offline, a quiescent state of weft's is one of liburcu's while weft waits
 * for a grace period. So a thread holds no pointer of liburcu's across a call of weft's that may
 * detach, and what it borrows of weft's ends with urcu_qsbr_quiescent_state and with
 * urcu_qsbr_thread_offline. The host keeps calling its own quiescent states, for weft's are too
 * seldom while it waits for nothing; or it says when it waits itself: around urcu_qsbr_synchronize_rcu and
 * urcu_qsbr_barrier, or from urcu_qsbr_call_rcu to the callback, it calls weft_qsbr_foreign_wait_begin and
 * weft_qsbr_foreign_wait_end. Else attached threads that have nothing to free hold it up.
 *
 * Which thread runs callbacks. Attached threads of the runtime, as without an adapter; liburcu's
 * call_rcu thread only takes note that a grace period has ended.
 *
 * Fork. By a thread that is detached everywhere: weft_thread_before_fork(NULL), then
 * urcu_qsbr_call_rcu_before_fork; afterwards liburcu's first. Attached, or in the other order, the fork may
 * hang: liburcu's thread waits for the forking one.
 *
 * Not promised. That it is faster or slower than lib/qsbr alone: a grace period is one of both.
 *
 * Source: the API of liburcu 0.13, urcu/urcu-qsbr.h and urcu/call-rcu.h.
 */
#ifndef WEFT_LIBURCU_H
#define WEFT_LIBURCU_H

#include "weft_qsbr.h"

WEFT_BEGIN_DECLS

/* Who registers threads with liburcu: the host, each before it attaches for the first time and until
 * it has unregistered from weft, which attaches once more; or this adapter, at each attach until the detach, for threads of which
 * liburcu knows nothing. */
typedef enum weft_liburcu_threads {
    WEFT_LIBURCU_REGISTERED, /* by the host */
    WEFT_LIBURCU_REGISTER    /* by the adapter */
} weft_liburcu_threads;

/* From now on grace periods are liburcu's as well. Before the first runtime is made; fatal later
 * (weft_qsbr_use), and with the other mode than before. Again does nothing. */
void weft_liburcu_use(weft_liburcu_threads threads);

WEFT_END_DECLS

#endif /* WEFT_LIBURCU_H */
