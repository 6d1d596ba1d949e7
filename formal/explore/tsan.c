/* The interface of -fsanitize=thread, gcc's and clang's: every access of the program arrives here. */
#include "await.h"
#include "machine.h"
#include "ops.h"
#include "plain.h"
#include "program.h"

#include <string.h>

void __tsan_init(void);
void __tsan_init(void) {}

/* ---- plain accesses: the call comes before the access ---- */

#define PLAIN(bytes)                                                                               \
    void __tsan_read##bytes(void *p);                                                              \
    void __tsan_write##bytes(void *p);                                                             \
    void __tsan_unaligned_read##bytes(void *p);                                                    \
    void __tsan_unaligned_write##bytes(void *p);                                                   \
    void __tsan_volatile_read##bytes(void *p);                                                     \
    void __tsan_volatile_write##bytes(void *p);                                                    \
    void __tsan_unaligned_volatile_read##bytes(void *p);                                           \
    void __tsan_unaligned_volatile_write##bytes(void *p);                                          \
    void __tsan_read_write##bytes(void *p);                                                        \
    void __tsan_unaligned_read_write##bytes(void *p);                                              \
    void __tsan_read##bytes(void *p) {                                                             \
        plain_announce_read((uintptr_t)p, bytes, PC);                                              \
    }                                                                                              \
    void __tsan_write##bytes(void *p) {                                                            \
        plain_announce_write((uintptr_t)p, bytes, PC);                                             \
    }                                                                                              \
    void __tsan_unaligned_read##bytes(void *p) {                                                   \
        plain_announce_read((uintptr_t)p, bytes, PC);                                              \
    }                                                                                              \
    void __tsan_unaligned_write##bytes(void *p) {                                                  \
        plain_announce_write((uintptr_t)p, bytes, PC);                                             \
    }                                                                                              \
    void __tsan_volatile_read##bytes(void *p) {                                                    \
        plain_announce_read((uintptr_t)p, bytes, PC);                                              \
    }                                                                                              \
    void __tsan_volatile_write##bytes(void *p) {                                                   \
        plain_announce_write((uintptr_t)p, bytes, PC);                                             \
    }                                                                                              \
    void __tsan_unaligned_volatile_read##bytes(void *p) {                                          \
        plain_announce_read((uintptr_t)p, bytes, PC);                                              \
    }                                                                                              \
    void __tsan_unaligned_volatile_write##bytes(void *p) {                                         \
        plain_announce_write((uintptr_t)p, bytes, PC);                                             \
    }                                                                                              \
    void __tsan_read_write##bytes(void *p) {                                                       \
        plain_announce_write((uintptr_t)p, bytes, PC);                                             \
    }                                                                                              \
    void __tsan_unaligned_read_write##bytes(void *p) {                                             \
        plain_announce_write((uintptr_t)p, bytes, PC);                                             \
    }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *p, size_t n);
void __tsan_write_range(void *p, size_t n);
void __tsan_vptr_read(void **p);
void __tsan_vptr_update(void **p, void *v);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int c, size_t n);

void __tsan_read_range(void *p, size_t n) {
    plain_announce_read((uintptr_t)p, n, PC);
}
void __tsan_write_range(void *p, size_t n) {
    plain_announce_write((uintptr_t)p, n, PC);
}
void __tsan_vptr_read(void **p) {
    plain_announce_read((uintptr_t)p, sizeof *p, PC);
}
void __tsan_vptr_update(void **p, void *v) {
    (void)v;
    plain_announce_write((uintptr_t)p, sizeof *p, PC);
}

void *__tsan_memcpy(void *to, const void *from, size_t n) {
    plain_read((uintptr_t)from, n, PC);
    plain_write((uintptr_t)to, n, PC);
    return memcpy(to, from, n);
}

void *__tsan_memmove(void *to, const void *from, size_t n) {
    plain_read((uintptr_t)from, n, PC);
    plain_write((uintptr_t)to, n, PC);
    return memmove(to, from, n);
}

void *__tsan_memset(void *to, int c, size_t n) {
    plain_write((uintptr_t)to, n, PC);
    return memset(to, c, n);
}

/* ---- frames ---- */

/* top: where its frame ends (accesses.awk); 0: not known. */
void impl___tsan_func_entry(void *caller, uintptr_t top);
void impl___tsan_func_entry(void *caller, uintptr_t top) {
    if (!M.current) {
        return;
    }
    uintptr_t sp = explore_entry.rsp + 8; /* others may enter meanwhile */
    plain_enter((uintptr_t)caller);
    plain_forget_announced();
    program_enter(sp, top);
}

void __tsan_func_exit(void);
void __tsan_func_exit(void) {
    if (!M.current) {
        return;
    }
    op_settle();
    program_leave(PC);
}

/* ---- atomics ---- */

static access memory(const volatile void *p, int size, uintptr_t pc) {
    return (access){.space = SPACE_MEMORY, .addr = (uintptr_t)p, .size = size, .pc = pc};
}

#define ATOMIC_RMW(bits, type, name, op)                                                           \
    type impl___tsan_atomic##bits##_##name(volatile type *p, type v, int mo);                      \
    type impl___tsan_atomic##bits##_##name(volatile type *p, type v, int mo) {                     \
        await_check(PC);                                                                           \
        return (type)op_rmw(memory(p, sizeof *p, PC), op, v, mo);                                  \
    }

#define ATOMIC_CAS(bits, type, name, weak)                                                         \
    int impl___tsan_atomic##bits##_##name(volatile type *p, type *expected, type v, int mo,        \
                                          int fail);                                               \
    int impl___tsan_atomic##bits##_##name(volatile type *p, type *expected, type v, int mo,        \
                                          int fail) {                                              \
        bool done;                                                                                 \
        await_check(PC);                                                                           \
        plain_read((uintptr_t)expected, sizeof *expected, PC);                                     \
        type old = (type)op_cas(memory(p, sizeof *p, PC), *expected, v, mo, fail, weak, &done);    \
        if (!done) {                                                                               \
            plain_write((uintptr_t)expected, sizeof *expected, PC);                                \
            *expected = old;                                                                       \
        }                                                                                          \
        return done;                                                                               \
    }

#define ATOMIC(bits, type)                                                                         \
    type impl___tsan_atomic##bits##_load(const volatile type *p, int mo);                          \
    type impl___tsan_atomic##bits##_load(const volatile type *p, int mo) {                         \
        await_check(PC);                                                                           \
        return (type)op_load(memory(p, sizeof *p, PC), mo);                                        \
    }                                                                                              \
    void __tsan_atomic##bits##_store(volatile type *p, type v, int mo);                            \
    void __tsan_atomic##bits##_store(volatile type *p, type v, int mo) {                           \
        op_store(memory(p, sizeof *p, PC), v, mo);                                                 \
    }                                                                                              \
    ATOMIC_RMW(bits, type, exchange, RMW_XCHG)                                                     \
    ATOMIC_RMW(bits, type, fetch_add, RMW_ADD)                                                     \
    ATOMIC_RMW(bits, type, fetch_sub, RMW_SUB)                                                     \
    ATOMIC_RMW(bits, type, fetch_and, RMW_AND)                                                     \
    ATOMIC_RMW(bits, type, fetch_or, RMW_OR)                                                       \
    ATOMIC_RMW(bits, type, fetch_xor, RMW_XOR)                                                     \
    ATOMIC_RMW(bits, type, fetch_nand, RMW_NAND)                                                   \
    ATOMIC_CAS(bits, type, compare_exchange_strong, false)                                         \
    ATOMIC_CAS(bits, type, compare_exchange_weak, true)                                            \
    /* clang's: weak and strong look the same here, so neither fails spuriously. */                \
    type impl___tsan_atomic##bits##_compare_exchange_val(volatile type *p, type expected, type v,  \
                                                         int mo, int fail);                        \
    type impl___tsan_atomic##bits##_compare_exchange_val(volatile type *p, type expected, type v,  \
                                                         int mo, int fail) {                       \
        bool done;                                                                                 \
        await_check(PC);                                                                           \
        return (type)op_cas(memory(p, sizeof *p, PC), expected, v, mo, fail, false, &done);        \
    }

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int mo);
void __tsan_atomic_signal_fence(int mo);

void __tsan_atomic_thread_fence(int mo) {
    if (mo != MO_RELAXED) {
        op_fence(mo, 0, PC);
    }
}

/* A compiler barrier orders nothing between threads; a full one is the light side of an asymmetric fence. */
void __tsan_atomic_signal_fence(int mo) {
    if (mo == MO_SEQ_CST) {
        op_fence(MO_RELAXED, EF_LIGHT, PC);
    }
}
