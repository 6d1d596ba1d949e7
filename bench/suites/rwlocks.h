/* rwlocks.h: the reader-writer locks that the suite `rwmutex` compares, one policy each.
 *
 * A Local is what a thread brings along, made with the lock it is for (ck_brlock registers
 * readers).
 */
#ifndef WEFT_BENCH_RWLOCKS_H
#define WEFT_BENCH_RWLOCKS_H

#include <pthread.h>

#include "bench/peer.h"
#include "bench/suites/parking_lot.h"
#include "bench/suites/peers.h"
#include "weft_base.h"
#include "weft_park.h"
#include "weft_rwmutex.h"

#if BENCH_PEER_CK
#include <ck_brlock.h>
#include <ck_rwlock.h>
#endif

namespace weft_bench {

template <class Lock> WEFT_NOINLINE void read_pairs_of(Lock &lock, uint64_t count) {
    typename Lock::Local local(lock);
    for (; count != 0; count--) {
        lock.read_lock(local);
        lock.read_unlock(local);
    }
}

template <class Lock> WEFT_NOINLINE void write_pairs_of(Lock &lock, uint64_t count) {
    for (; count != 0; count--) {
        lock.write_lock();
        lock.write_unlock();
    }
}

/* For locks to which a thread brings nothing. */
struct NoReader {
    template <class Lock> explicit NoReader(Lock &) {}
};

struct WeftRwmutex {
    static constexpr const char *kName = "weft_rwmutex";
    static constexpr Family kFamily = Family::kSubject;
    using Local = NoReader;
    weft_rwmutex lock = {};
    void read_lock(Local &) { weft_rwmutex_read_lock(&lock); }
    void read_unlock(Local &) { weft_rwmutex_read_unlock(&lock); }
    void write_lock() { weft_rwmutex_write_lock(&lock); }
    void write_unlock() { weft_rwmutex_write_unlock(&lock); }
    void read_pairs(uint64_t count) { read_pairs_of(*this, count); }
    void write_pairs(uint64_t count) { write_pairs_of(*this, count); }
};

#if WEFT_HEAVY_FENCE
/* What its writers could gain at most by an unlock without an atomic read-modify-write, as weft_mutex has it. A bound, and
 * no lock: it is for the pair of a thread that nobody waits for, and would forget who does. */
struct WeftRwmutexPlain : WeftRwmutex {
    static constexpr const char *kName = "weft_rwmutex (plain store)";
    static constexpr Family kFamily = Family::kFloor;
    WeftRwmutexPlain() { weft_park_set_asymmetric(true); }
    void write_unlock() {
        if (weft_park_hint(&lock) != WEFT_HINT_CLEAR ||
            weft_load_relaxed_uptr(&lock.state) != WEFT_RWMUTEX_WRITER) {
            weft_rwmutex_write_unlock(&lock);
            return;
        }
        /* Release: pairs with the acquire of the next owner's lock. */
        weft_store_release_uptr(&lock.state, 0);
        weft_light_fence();
        if (WEFT_UNLIKELY(weft_park_hint(&lock) != WEFT_HINT_CLEAR)) {
            __builtin_trap();
        }
    }
    void write_pairs(uint64_t count) { write_pairs_of(*this, count); }
};
#endif

struct PthreadRwlock {
    static constexpr const char *kName = "pthread_rwlock";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoReader;
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    void read_lock(Local &) { pthread_rwlock_rdlock(&lock); }
    void read_unlock(Local &) { pthread_rwlock_unlock(&lock); }
    void write_lock() { pthread_rwlock_wrlock(&lock); }
    void write_unlock() { pthread_rwlock_unlock(&lock); }
    void read_pairs(uint64_t count) { read_pairs_of(*this, count); }
    void write_pairs(uint64_t count) { write_pairs_of(*this, count); }
};

#if BENCH_PEER_CK
struct CkRwlock {
    static constexpr const char *kName = "ck_rwlock";
    static constexpr Family kFamily = Family::kSpinning;
    using Local = NoReader;
    ck_rwlock_t lock = CK_RWLOCK_INITIALIZER;
    void read_lock(Local &) { ck_rwlock_read_lock(&lock); }
    void read_unlock(Local &) { ck_rwlock_read_unlock(&lock); }
    void write_lock() { ck_rwlock_write_lock(&lock); }
    void write_unlock() { ck_rwlock_write_unlock(&lock); }
    void read_pairs(uint64_t count) { read_pairs_of(*this, count); }
    void write_pairs(uint64_t count) { write_pairs_of(*this, count); }
};

struct CkBrlock {
    static constexpr const char *kName = "ck_brlock";
    static constexpr Family kFamily = Family::kSpinning;
    ck_brlock_t lock = CK_BRLOCK_INITIALIZER;
    struct Local {
        ck_brlock_t *lock;
        alignas(64) ck_brlock_reader_t reader;
        explicit Local(CkBrlock &owner) : lock(&owner.lock), reader() {
            ck_brlock_read_register(lock, &reader);
        }
        Local(const Local &) = delete;
        ~Local() { ck_brlock_read_unregister(lock, &reader); }
    };
    void read_lock(Local &local) { ck_brlock_read_lock(&lock, &local.reader); }
    void read_unlock(Local &local) { ck_brlock_read_unlock(&local.reader); }
    void write_lock() { ck_brlock_write_lock(&lock); }
    void write_unlock() { ck_brlock_write_unlock(&lock); }
    void read_pairs(uint64_t count) { read_pairs_of(*this, count); }
    void write_pairs(uint64_t count) { write_pairs_of(*this, count); }
};
#else
struct CkRwlock : Absent {
    static constexpr const char *kName = "ck_rwlock";
    static constexpr Family kFamily = Family::kSpinning;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
struct CkBrlock : Absent {
    static constexpr const char *kName = "ck_brlock";
    static constexpr Family kFamily = Family::kSpinning;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
#endif

#if BENCH_PEER_PARKING_LOT
struct ParkingLotRwlock {
    static constexpr const char *kName = "parking_lot RwLock";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoReader;
    uintptr_t lock = 0;
    void read_lock(Local &) { bench_parking_lot_read_lock(&lock); }
    void read_unlock(Local &) { bench_parking_lot_read_unlock(&lock); }
    void write_lock() { bench_parking_lot_write_lock(&lock); }
    void write_unlock() { bench_parking_lot_write_unlock(&lock); }
    void read_pairs(uint64_t count) { bench_parking_lot_read_pairs(&lock, count); }
    void write_pairs(uint64_t count) { bench_parking_lot_write_pairs(&lock, count); }
};
#else
struct ParkingLotRwlock : Absent {
    static constexpr const char *kName = "parking_lot RwLock";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_PARKING_LOT_MISSING;
};
#endif

} // namespace weft_bench

#endif /* WEFT_BENCH_RWLOCKS_H */
