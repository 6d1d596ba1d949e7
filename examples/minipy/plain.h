/* plain.h: what minipy_plain has in front of every source, its own and the library's: the floor that the price of being
 * free-threaded is measured from, on one thread. Never for anything else.
 *
 * The algorithms stay as they are; what changes is what they are made of. An atomic access is a plain one, a fence nothing.
 * A lock is taken and released by doing nothing. An object has one count, the one that other threads use: the owner's own
 * stays at 1. That is a state like others (weft_ref.h), so what the library does with counts holds.
 */
#ifndef MINIPY_PLAIN_H
#define MINIPY_PLAIN_H

/* ---- atomics: weft_atomic.h names the compiler's builtins, and nobody else does -------------------- */

/* NOLINTBEGIN(bugprone-reserved-identifier): these are the builtins' names. */
#define __atomic_load_n(place, order) (*(place))
#define __atomic_store_n(place, content, order) ((void)(*(place) = (content)))
#define __atomic_exchange_n(place, content, order)                                                 \
    __extension__({                                                                                \
        __typeof__(content) plain_seen = *(place);                                                 \
        *(place) = (content);                                                                      \
        plain_seen;                                                                                \
    })
#define __atomic_compare_exchange_n(place, expected, desired, weak, success, failure)              \
    (*(place) == *(expected) ? (*(place) = (desired), true) : (*(expected) = *(place), false))
#define PLAIN_FETCH(place, operand, operator)                                                      \
    __extension__({                                                                                \
        __typeof__(operand) plain_seen = *(place);                                                 \
        *(place) = (__typeof__(operand))(plain_seen operator(operand));                            \
        plain_seen;                                                                                \
    })
#define __atomic_fetch_add(place, operand, order) PLAIN_FETCH(place, operand, +)
#define __atomic_fetch_sub(place, operand, order) PLAIN_FETCH(place, operand, -)
#define __atomic_fetch_and(place, operand, order) PLAIN_FETCH(place, operand, &)
#define __atomic_fetch_or(place, operand, order) PLAIN_FETCH(place, operand, |)
#define __atomic_fetch_xor(place, operand, order) PLAIN_FETCH(place, operand, ^)
#define __atomic_thread_fence(order) ((void)0)
#define __atomic_signal_fence(order) ((void)0)
/* NOLINTEND(bugprone-reserved-identifier) */

#include "weft_atomic.h"

/* ---- locks ----------------------------------------------------------------------------------------- */

#define weft_mutex_fast_lock_ weft_mutex_fast_lock_replaced_
#define weft_mutex_fast_unlock_ weft_mutex_fast_unlock_replaced_
#define weft_mutex_lock weft_mutex_lock_replaced
#define weft_mutex_try_lock weft_mutex_try_lock_replaced
#define weft_mutex_unlock weft_mutex_unlock_replaced
#include "weft_mutex.h"
#undef weft_mutex_fast_lock_
#undef weft_mutex_fast_unlock_
#undef weft_mutex_lock
#undef weft_mutex_try_lock
#undef weft_mutex_unlock

static inline bool weft_mutex_fast_lock_(weft_mutex *mutex) {
    (void)mutex;
    return true;
}
static inline bool weft_mutex_fast_unlock_(weft_mutex *mutex) {
    (void)mutex;
    return true;
}
static inline void weft_mutex_lock(weft_mutex *mutex) {
    (void)mutex;
}
static inline bool weft_mutex_try_lock(weft_mutex *mutex) {
    (void)mutex;
    return true;
}
static inline void weft_mutex_unlock(weft_mutex *mutex) {
    (void)mutex;
}

/* ---- counts ---------------------------------------------------------------------------------------- */

#define weft_ref_incref weft_ref_incref_replaced
#define weft_ref_decref weft_ref_decref_replaced
#include "weft_ref.h"
#undef weft_ref_incref
#undef weft_ref_decref

/* A count that is never used up, and positive, unlike the library's own: a drop needs no look at what it is. */
#undef WEFT_REF_IMMORTAL_INIT
#define WEFT_REF_IMMORTAL_INIT                                                                     \
    {WEFT_ATOMIC_INIT(WEFT_REF_IMMORTAL), WEFT_MUTEX_INIT, WEFT_ATOMIC_INIT(0),                    \
     WEFT_ATOMIC_INIT(0), WEFT_ATOMIC_INIT((UINTPTR_MAX >> 2 & ~WEFT_REF_TAGS) | WEFT_REF_MERGED)}

WEFT_ALWAYS_INLINE void weft_ref_incref(weft_thread *self, weft_ref *object) {
    (void)self;
    object->shared.value += WEFT_REF_ONE;
}
WEFT_ALWAYS_INLINE void weft_ref_decref(weft_thread *self, weft_ref *object) {
    if (WEFT_LIKELY((intptr_t)object->shared.value >= (intptr_t)(2 * WEFT_REF_ONE))) {
        object->shared.value -= WEFT_REF_ONE;
    } else if (object->local.value >= WEFT_REF_LOCAL_ONE) {
        weft_ref_decref_last(self, object);
    } else { /* merged: it was brought back to life */
        weft_ref_decref_shared(self, object);
    }
}

#endif /* MINIPY_PLAIN_H */
