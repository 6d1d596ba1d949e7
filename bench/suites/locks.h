/* locks.h: the mutexes that the suite `mutex` compares, one policy each.
 *
 * A policy has lock(Local &) and unlock(Local &), where a Local is what a thread brings along (an
 * MCS node; nothing for the others), and pairs(count): the loop of the uncontended measurement. A
 * peer that the build did not find is an Absent one (bench/peer.h).
 */
#ifndef WEFT_BENCH_LOCKS_H
#define WEFT_BENCH_LOCKS_H

#include <mutex>

#include <pthread.h>

#include "bench/peer.h"
#include "bench/suites/ck_mcs.h"
#include "bench/suites/counted.h"
#include "bench/suites/parking_lot.h"
#include "bench/suites/peers.h"
#include "weft_atomic.h"
#include "weft_lock.h"
#include "weft_mutex.h"
#include "weft_park.h"

#if BENCH_PEER_CK
#include <spinlock/fas.h>
#include <spinlock/ticket.h>
#endif
#if BENCH_PEER_NSYNC
#include <nsync.h>
#endif
#if BENCH_PEER_ABSL
#include <absl/synchronization/mutex.h>
#endif

namespace weft_bench {

struct NoLocal {};

/* The loop every lock gets whose calls the compiler may inline. */
template <class Lock> WEFT_NOINLINE void pairs_of(Lock &lock, uint64_t count) {
    typename Lock::Local local;
    for (; count != 0; count--) {
        lock.lock(local);
        lock.unlock(local);
    }
}

struct WeftMutex {
    static constexpr const char *kName = "weft_mutex";
    static constexpr Family kFamily = Family::kSubject;
    using Local = NoLocal;
    weft_mutex mutex = {};
    void lock(Local &) { weft_mutex_lock(&mutex); }
    void unlock(Local &) { weft_mutex_unlock(&mutex); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

/* The same with an atomic read-modify-write in each unlock, as where there is no heavy fence. */
struct WeftMutexSymmetric : WeftMutex {
    static constexpr const char *kName = "weft_mutex (symmetric)";
    static constexpr Family kFamily = Family::kBlocking;
    WeftMutexSymmetric() { weft_park_set_asymmetric(false); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

/* With a bit of the host's set, which a plain store would lose: both ways are out of line, with an atomic read-modify-write each. */
struct WeftMutexWithBit : WeftMutex {
    static constexpr const char *kName = "weft_mutex (host bit)";
    static constexpr Family kFamily = Family::kBlocking;
    WeftMutexWithBit() { weft_mutex_set_host_bits(&mutex, 0x80); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

/* With what is optional: a contention hook that does nothing, and statistics. */
struct WeftMutexHooked : WeftMutex {
    static constexpr const char *kName = "weft_mutex (hook)";
    static constexpr Family kFamily = Family::kBlocking;
    WeftMutexHooked() {
        weft_park_set_contention_hook([](void *, const void *, uint64_t) {}, nullptr);
    }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

struct WeftMutexCounted {
    static constexpr const char *kName = "weft_mutex (statistics)";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoLocal;
    uint8_t mutex = 0;
    void lock(Local &) { bench_counted_lock(&mutex); }
    void unlock(Local &) { bench_counted_unlock(&mutex); }
    void pairs(uint64_t count) { bench_counted_pairs(&mutex, count); }
};

/* What the machine charges for a lock that can park: an atomic read-modify-write each way. It
 * cannot wait, so it is measured uncontended only. */
struct TwoCas {
    static constexpr const char *kName = "two CAS (floor)";
    static constexpr Family kFamily = Family::kFloor;
    using Local = NoLocal;
    weft_atomic_u8 byte = {};
    void lock(Local &) { exchange_or_die(0, 1); }
    void unlock(Local &) {
        uint8_t expected = 1;
        if (WEFT_UNLIKELY(!weft_cas_release_u8(&byte, &expected, 0))) {
            __builtin_trap();
        }
    }
    void pairs(uint64_t count) { pairs_of(*this, count); }

  private:
    void exchange_or_die(uint8_t expected, uint8_t desired) {
        if (WEFT_UNLIKELY(!weft_cas_acquire_u8(&byte, &expected, desired))) {
            __builtin_trap();
        }
    }
};

struct PthreadMutex {
    static constexpr const char *kName = "pthread_mutex";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoLocal;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    void lock(Local &) { pthread_mutex_lock(&mutex); }
    void unlock(Local &) { pthread_mutex_unlock(&mutex); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

struct PthreadSpin {
    static constexpr const char *kName = "pthread_spin";
    static constexpr Family kFamily = Family::kSpinning;
    using Local = NoLocal;
    pthread_spinlock_t spin;
    PthreadSpin() { pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE); }
    void lock(Local &) { pthread_spin_lock(&spin); }
    void unlock(Local &) { pthread_spin_unlock(&spin); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

struct StdMutex {
    static constexpr const char *kName = "std::mutex";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoLocal;
    std::mutex mutex;
    void lock(Local &) { mutex.lock(); }
    void unlock(Local &) { mutex.unlock(); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

#if BENCH_PEER_CK
struct CkFas {
    static constexpr const char *kName = "ck_spinlock_fas";
    static constexpr Family kFamily = Family::kSpinning;
    using Local = NoLocal;
    ck_spinlock_fas_t spin;
    CkFas() { ck_spinlock_fas_init(&spin); }
    void lock(Local &) { ck_spinlock_fas_lock(&spin); }
    void unlock(Local &) { ck_spinlock_fas_unlock(&spin); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

struct CkTicket {
    static constexpr const char *kName = "ck_spinlock_ticket";
    static constexpr Family kFamily = Family::kSpinning;
    using Local = NoLocal;
    ck_spinlock_ticket_t spin;
    CkTicket() { ck_spinlock_ticket_init(&spin); }
    void lock(Local &) { ck_spinlock_ticket_lock(&spin); }
    void unlock(Local &) { ck_spinlock_ticket_unlock(&spin); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};

struct CkMcs {
    static constexpr const char *kName = "ck_spinlock_mcs";
    static constexpr Family kFamily = Family::kSpinning;
    using Local = bench_ck_mcs_node;
    void *queue = nullptr;
    void lock(Local &node) { bench_ck_mcs_lock(&queue, &node); }
    void unlock(Local &node) { bench_ck_mcs_unlock(&queue, &node); }
    void pairs(uint64_t count) {
        Local node;
        bench_ck_mcs_pairs(&queue, &node, count);
    }
};
#else
struct CkFas : Absent {
    static constexpr const char *kName = "ck_spinlock_fas";
    static constexpr Family kFamily = Family::kSpinning;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
struct CkTicket : Absent {
    static constexpr const char *kName = "ck_spinlock_ticket";
    static constexpr Family kFamily = Family::kSpinning;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
struct CkMcs : Absent {
    static constexpr const char *kName = "ck_spinlock_mcs";
    static constexpr Family kFamily = Family::kSpinning;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
#endif

#if BENCH_PEER_NSYNC
struct NsyncMu {
    static constexpr const char *kName = "nsync_mu";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoLocal;
    nsync::nsync_mu mu = NSYNC_MU_INIT;
    void lock(Local &) { nsync::nsync_mu_lock(&mu); }
    void unlock(Local &) { nsync::nsync_mu_unlock(&mu); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};
#else
struct NsyncMu : Absent {
    static constexpr const char *kName = "nsync_mu";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_NSYNC_MISSING;
};
#endif

#if BENCH_PEER_ABSL
/* Debian builds absl with its deadlock detector on, which costs four times the lock itself. */
struct AbslMutex {
    static constexpr const char *kName = "absl::Mutex";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoLocal;
    absl::Mutex mutex;
    AbslMutex() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }
    void lock(Local &) { mutex.Lock(); }
    void unlock(Local &) { mutex.Unlock(); }
    void pairs(uint64_t count) { pairs_of(*this, count); }
};
#else
struct AbslMutex : Absent {
    static constexpr const char *kName = "absl::Mutex";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
};
#endif

#if BENCH_PEER_PARKING_LOT
struct ParkingLotMutex {
    static constexpr const char *kName = "parking_lot";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NoLocal;
    uint8_t mutex = 0;
    void lock(Local &) { bench_parking_lot_lock(&mutex); }
    void unlock(Local &) { bench_parking_lot_unlock(&mutex); }
    void pairs(uint64_t count) { bench_parking_lot_pairs(&mutex, count); }
};
#else
struct ParkingLotMutex : Absent {
    static constexpr const char *kName = "parking_lot";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_PARKING_LOT_MISSING;
};
#endif

} // namespace weft_bench

#endif /* WEFT_BENCH_LOCKS_H */
