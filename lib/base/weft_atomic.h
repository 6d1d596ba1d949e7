/* weft_atomic.h: the one atomics layer.
 *
 * What it is for. Fields that threads share are wrapped in a struct, so that a plain access to one
 * does not compile, and every accessor carries its memory order in its name: there is no default.
 * No other file of the library names a compiler builtin for atomics. The header compiles as C11 and
 * C++17 (no _Atomic, no <stdatomic.h>), so the same structs can be shared by both languages.
 *
 * Types:      weft_atomic_u8  _u16  _u32  _u64  _uptr  _ptr       (all lock-free where the CPU is;
 *             64-bit ones need libatomic on 32-bit CPUs without a 64-bit CAS)
 * Accessors:  weft_load_{relaxed,acquire,seq_cst}_T(const field *)
 *             weft_store_{relaxed,release,seq_cst}_T(field *, value)
 *             weft_exchange_{relaxed,acquire,release,acq_rel,seq_cst}_T(field *, value)
 *             weft_cas_{relaxed,acquire,release,acq_rel,seq_cst}_T(field *, T *expected, desired)
 *             weft_cas_weak_{...}_T: may fail spuriously, for loops
 *             weft_fetch_{add,sub,and,or,xor}_{relaxed,acquire,release,acq_rel,seq_cst}_T
 *             weft_fence_{acquire,release,acq_rel,seq_cst}()
 *             weft_light_fence(): a compiler barrier; one half of an asymmetric pair whose other
 *             half is a heavy fence of the operating system
 *
 * A compare-exchange that fails is a relaxed load of the value it found. Where that value is going
 * to be followed (a pointer), use weft_cas_..._fail_acquire_T. A wrapped field is never accessed
 * with two sizes. Initialise a field that no other thread can see with WEFT_ATOMIC_INIT(value) or
 * weft_init_T.
 *
 * Not promised. That a 64-bit field is lock-free on a 32-bit CPU (see Types); that a compare-exchange which fails
 * orders anything.
 */
#ifndef WEFT_ATOMIC_H
#define WEFT_ATOMIC_H

#include "weft_base.h"

#define WEFT_ATOMIC_INIT(initial) {initial}

/* Fields keep the alignment of their size also where the ABI would give less (u64 on i386), as a
 * lock-free access needs. */
typedef struct weft_atomic_u8 {
    uint8_t value;
} weft_atomic_u8;
typedef struct weft_atomic_u16 {
    uint16_t value WEFT_ALIGNED(2);
} weft_atomic_u16;
typedef struct weft_atomic_u32 {
    uint32_t value WEFT_ALIGNED(4);
} weft_atomic_u32;
typedef struct weft_atomic_u64 {
    uint64_t value WEFT_ALIGNED(8);
} weft_atomic_u64;
typedef struct weft_atomic_uptr {
    uintptr_t value;
} weft_atomic_uptr;
typedef struct weft_atomic_ptr {
    void *value;
} weft_atomic_ptr;

/* NOLINTBEGIN(bugprone-macro-parentheses, readability-non-const-parameter): arguments are names and
 * types, and the builtin writes to what `expected` points to. */
#define WEFT_ATOMIC_LOAD_(name, type, order, constant)                                             \
    static inline type weft_load_##order##_##name(const weft_atomic_##name *field) {               \
        return __atomic_load_n(&field->value, constant);                                           \
    }
#define WEFT_ATOMIC_STORE_(name, type, order, constant)                                            \
    static inline void weft_store_##order##_##name(weft_atomic_##name *field, type value) {        \
        __atomic_store_n(&field->value, value, constant);                                          \
    }
#define WEFT_ATOMIC_EXCHANGE_(name, type, order, constant)                                         \
    static inline type weft_exchange_##order##_##name(weft_atomic_##name *field, type value) {     \
        return __atomic_exchange_n(&field->value, value, constant);                                \
    }
#define WEFT_ATOMIC_CAS_(name, type, order, constant, failure)                                     \
    static inline bool weft_cas_##order##_##name(weft_atomic_##name *field, type *expected,        \
                                                 type desired) {                                   \
        return __atomic_compare_exchange_n(&field->value, expected, desired, false, constant,      \
                                           failure);                                               \
    }                                                                                              \
    static inline bool weft_cas_weak_##order##_##name(weft_atomic_##name *field, type *expected,   \
                                                      type desired) {                              \
        return __atomic_compare_exchange_n(&field->value, expected, desired, true, constant,       \
                                           failure);                                               \
    }
#define WEFT_ATOMIC_FETCH_(name, type, verb, order, constant)                                      \
    static inline type weft_fetch_##verb##_##order##_##name(weft_atomic_##name *field,             \
                                                            type operand) {                        \
        return __atomic_fetch_##verb(&field->value, operand, constant);                            \
    }

#define WEFT_ATOMIC_RMW_ORDERS_(name, type, order, constant)                                       \
    WEFT_ATOMIC_EXCHANGE_(name, type, order, constant)                                             \
    WEFT_ATOMIC_CAS_(name, type, order, constant, __ATOMIC_RELAXED)

#define WEFT_ATOMIC_ARITHMETIC_ORDERS_(name, type, order, constant)                                \
    WEFT_ATOMIC_FETCH_(name, type, add, order, constant)                                           \
    WEFT_ATOMIC_FETCH_(name, type, sub, order, constant)                                           \
    WEFT_ATOMIC_FETCH_(name, type, and, order, constant)                                           \
    WEFT_ATOMIC_FETCH_(name, type, or, order, constant)                                            \
    WEFT_ATOMIC_FETCH_(name, type, xor, order, constant)

#define WEFT_ATOMIC_EACH_RMW_ORDER_(each, name, type)                                              \
    each(name, type, relaxed, __ATOMIC_RELAXED) each(name, type, acquire, __ATOMIC_ACQUIRE)        \
        each(name, type, release, __ATOMIC_RELEASE) each(name, type, acq_rel, __ATOMIC_ACQ_REL)    \
            each(name, type, seq_cst, __ATOMIC_SEQ_CST)

#define WEFT_ATOMIC_COMMON_(name, type)                                                            \
    static inline void weft_init_##name(weft_atomic_##name *field, type value) {                   \
        field->value = value;                                                                      \
    }                                                                                              \
    WEFT_ATOMIC_LOAD_(name, type, relaxed, __ATOMIC_RELAXED)                                       \
    WEFT_ATOMIC_LOAD_(name, type, acquire, __ATOMIC_ACQUIRE)                                       \
    WEFT_ATOMIC_LOAD_(name, type, seq_cst, __ATOMIC_SEQ_CST)                                       \
    WEFT_ATOMIC_STORE_(name, type, relaxed, __ATOMIC_RELAXED)                                      \
    WEFT_ATOMIC_STORE_(name, type, release, __ATOMIC_RELEASE)                                      \
    WEFT_ATOMIC_STORE_(name, type, seq_cst, __ATOMIC_SEQ_CST)                                      \
    WEFT_ATOMIC_EACH_RMW_ORDER_(WEFT_ATOMIC_RMW_ORDERS_, name, type)                               \
    WEFT_ATOMIC_CAS_(name, type, acquire_fail_acquire, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)         \
    WEFT_ATOMIC_CAS_(name, type, acq_rel_fail_acquire, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)         \
    WEFT_ATOMIC_CAS_(name, type, seq_cst_fail_seq_cst, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define WEFT_ATOMIC_INTEGER_(name, type)                                                           \
    WEFT_ATOMIC_COMMON_(name, type)                                                                \
    WEFT_ATOMIC_EACH_RMW_ORDER_(WEFT_ATOMIC_ARITHMETIC_ORDERS_, name, type)

WEFT_ATOMIC_INTEGER_(u8, uint8_t)
WEFT_ATOMIC_INTEGER_(u16, uint16_t)
WEFT_ATOMIC_INTEGER_(u32, uint32_t)
WEFT_ATOMIC_INTEGER_(u64, uint64_t)
WEFT_ATOMIC_INTEGER_(uptr, uintptr_t)
WEFT_ATOMIC_COMMON_(ptr, void *)
/* NOLINTEND(bugprone-macro-parentheses, readability-non-const-parameter) */

/* gcc warns where ThreadSanitizer is on, which does not know fences. The library orders only atomic
 * accesses by them, never plain ones, so there is no race that it could report wrongly. */
#if WEFT_TSAN && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
static inline void weft_fence_acquire(void) {
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}
static inline void weft_fence_release(void) {
    __atomic_thread_fence(__ATOMIC_RELEASE);
}
static inline void weft_fence_acq_rel(void) {
    __atomic_thread_fence(__ATOMIC_ACQ_REL);
}
static inline void weft_fence_seq_cst(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#if WEFT_TSAN && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
static inline void weft_light_fence(void) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Tells the CPU that the caller spins: frees the core's shared resources for its sibling and saves
 * power. Orders nothing. Cost: 1 to 140 cycles by model of the CPU. */
static inline void weft_spin_pause(void) {
#if defined(WEFT_SPIN_PAUSE)
    WEFT_SPIN_PAUSE();
#elif defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#elif defined(__arm__) && defined(__ARM_ARCH) && __ARM_ARCH >= 7
    __asm__ volatile("yield" ::: "memory");
#elif defined(__powerpc64__)
    __asm__ volatile("or 27,27,27" ::: "memory");
#else
    weft_light_fence();
#endif
}

#endif /* WEFT_ATOMIC_H */
