/* mutex_family.cc: recursive locks, once, events and conditions beside those of other libraries. */
#include "bench/suites/mutex_family.h"

#include <mutex>

#include <pthread.h>

#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suites/peers.h"
#include "bench/suites/squad.h"
#include "weft_cond.h"
#include "weft_event.h"
#include "weft_once.h"
#include "weft_recursive.h"

#if BENCH_PEER_NSYNC
#include <nsync.h>
#endif
#if BENCH_PEER_ABSL
#include <absl/base/call_once.h>
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#endif

namespace weft_bench {

namespace {

/* ---- recursive locks ------------------------------------------------------------------------------ */

struct WeftRecursive {
    static constexpr const char *kName = "weft_recursive";
    static constexpr Family kFamily = Family::kSubject;
    weft_recursive recursive = {};
    void lock() { weft_recursive_lock(&recursive); }
    void unlock() { weft_recursive_unlock(&recursive); }
};

struct PthreadRecursive {
    static constexpr const char *kName = "pthread_mutex (recursive)";
    static constexpr Family kFamily = Family::kBlocking;
    pthread_mutex_t mutex;
    PthreadRecursive() {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
        pthread_mutex_init(&mutex, &attributes);
        pthread_mutexattr_destroy(&attributes);
    }
    void lock() { pthread_mutex_lock(&mutex); }
    void unlock() { pthread_mutex_unlock(&mutex); }
};

struct StdRecursive {
    static constexpr const char *kName = "std::recursive_mutex";
    static constexpr Family kFamily = Family::kBlocking;
    std::recursive_mutex mutex;
    void lock() { mutex.lock(); }
    void unlock() { mutex.unlock(); }
};

template <class Lock> struct FirstTime : Lock {
    void step() {
        this->lock();
        this->unlock();
    }
};

/* By the thread that has it already. */
template <class Lock> struct Again : FirstTime<Lock> {
    Again() { this->lock(); }
    ~Again() { this->unlock(); }
};

/* ---- once, when it is done ------------------------------------------------------------------------ */

extern "C" {
int succeed(void *) {
    return 0;
}
void do_nothing() {}
}

struct WeftOnce {
    static constexpr const char *kName = "weft_once";
    static constexpr Family kFamily = Family::kSubject;
    weft_once once = {};
    void step() { (void)weft_once_call(&once, succeed, nullptr); }
};

struct PthreadOnce {
    static constexpr const char *kName = "pthread_once";
    static constexpr Family kFamily = Family::kBlocking;
    pthread_once_t once = PTHREAD_ONCE_INIT;
    void step() { pthread_once(&once, do_nothing); }
};

struct StdOnce {
    static constexpr const char *kName = "std::call_once";
    static constexpr Family kFamily = Family::kBlocking;
    std::once_flag once;
    void step() { std::call_once(once, do_nothing); }
};

/* What every once has to do that says whether it is done. */
struct AcquireLoad {
    static constexpr const char *kName = "acquire load (floor)";
    static constexpr Family kFamily = Family::kFloor;
    weft_atomic_u8 byte = WEFT_ATOMIC_INIT(1);
    void step() {
        if (WEFT_UNLIKELY(weft_load_acquire_u8(&byte) == 0)) {
            __builtin_trap();
        }
    }
};

/* ---- events, when they are set -------------------------------------------------------------------- */

struct WeftEvent {
    static constexpr const char *kName = "weft_event";
    static constexpr Family kFamily = Family::kSubject;
    weft_event event = {};
    WeftEvent() { weft_event_set(&event); }
    void step() { weft_event_wait(&event); }
};

/* ---- conditions ----------------------------------------------------------------------------------- */

/* A condition and its mutex. wait() is by the owner. */
struct WeftCond {
    static constexpr const char *kName = "weft_cond";
    static constexpr Family kFamily = Family::kSubject;
    weft_mutex mutex = {};
    weft_cond cond = {};
    void lock() { weft_mutex_lock(&mutex); }
    void unlock() { weft_mutex_unlock(&mutex); }
    void wait() { weft_cond_wait(&cond, &mutex); }
    void notify() { weft_cond_notify_one(&cond); }
};

struct PthreadCond {
    static constexpr const char *kName = "pthread_cond";
    static constexpr Family kFamily = Family::kBlocking;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    void lock() { pthread_mutex_lock(&mutex); }
    void unlock() { pthread_mutex_unlock(&mutex); }
    void wait() { pthread_cond_wait(&cond, &mutex); }
    void notify() { pthread_cond_signal(&cond); }
};

#if BENCH_PEER_NSYNC
struct NsyncCv {
    static constexpr const char *kName = "nsync_cv";
    static constexpr Family kFamily = Family::kBlocking;
    nsync::nsync_mu mutex = NSYNC_MU_INIT;
    nsync::nsync_cv cond = NSYNC_CV_INIT;
    void lock() { nsync::nsync_mu_lock(&mutex); }
    void unlock() { nsync::nsync_mu_unlock(&mutex); }
    void wait() { nsync::nsync_cv_wait(&cond, &mutex); }
    void notify() { nsync::nsync_cv_signal(&cond); }
};
#else
struct NsyncCv : Absent {
    static constexpr const char *kName = "nsync_cv";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_NSYNC_MISSING;
};
#endif

#if BENCH_PEER_ABSL
struct AbslOnce {
    static constexpr const char *kName = "absl::call_once";
    static constexpr Family kFamily = Family::kBlocking;
    absl::once_flag once;
    void step() { absl::call_once(once, do_nothing); }
};

struct AbslNotification {
    static constexpr const char *kName = "absl::Notification";
    static constexpr Family kFamily = Family::kBlocking;
    absl::Notification notification;
    AbslNotification() { notification.Notify(); }
    void step() { notification.WaitForNotification(); }
};

struct AbslCondVar {
    static constexpr const char *kName = "absl::CondVar";
    static constexpr Family kFamily = Family::kBlocking;
    absl::Mutex mutex;
    absl::CondVar cond;
    AbslCondVar() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }
    void lock() { mutex.Lock(); }
    void unlock() { mutex.Unlock(); }
    void wait() { cond.Wait(&mutex); }
    void notify() { cond.Signal(); }
};
#else
struct AbslOnce : Absent {
    static constexpr const char *kName = "absl::call_once";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
};
struct AbslNotification : Absent {
    static constexpr const char *kName = "absl::Notification";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
};
struct AbslCondVar : Absent {
    static constexpr const char *kName = "absl::CondVar";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
};
#endif

/* Nobody waits. */
template <class Condition> struct InVain : Condition {
    void step() { this->notify(); }
};

/* A turn that is now one thread's and now the other's. */
template <class Condition> class Turns {
  public:
    /* By the one. */
    void there_and_back() {
        condition_.lock();
        turn_ = kOther;
        condition_.notify();
        await(kOne);
        condition_.unlock();
    }
    /* By the other, until it is over. */
    void answer() {
        condition_.lock();
        for (;;) {
            await(kOther);
            if (turn_ == kOver) {
                break;
            }
            turn_ = kOne;
            condition_.notify();
        }
        condition_.unlock();
    }
    void end() {
        condition_.lock();
        turn_ = kOver;
        condition_.notify();
        condition_.unlock();
    }

  private:
    enum Turn : uint8_t { kOne, kOther, kOver };
    void await(Turn turn) {
        while (turn_ != turn && turn_ != kOver) {
            condition_.wait();
        }
    }

    Condition condition_;
    Turn turn_ = kOne;
};

template <class Condition> Sample turns_of(const Work &work) {
    Turns<Condition> turns;
    Squad squad(1, [&](unsigned, Squad &other) {
        other.start_together();
        turns.answer();
    });
    turns.there_and_back();
    uint64_t trips = 0;
    uint64_t start = monotonic_ns();
    uint64_t end = start + static_cast<uint64_t>(work.seconds * 1e9);
    uint64_t now = start;
    while (now < end) {
        turns.there_and_back();
        trips++;
        now = monotonic_ns();
    }
    turns.end();
    Sample sample;
    sample.set_rate(static_cast<double>(trips), static_cast<double>(now - start) * 1e-9);
    return sample;
}

/* ---- cases ---------------------------------------------------------------------------------------- */

/* step() again and again, by one thread. */
template <class Stepper> Sample steps_of(const Work &work) {
    alignas(128) Stepper stepper;
    Stepper *object = &stepper;
    object->step();
    return measure_pair(work, [&](uint64_t count) {
        for (; count != 0; count--) {
            object->step();
            forget(object);
        }
    });
}

Case alone(const std::string &name, const std::string &title,
           std::vector<Implementation> implementations) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = "By one thread, CPU time; a second thread exists.";
    question.implementations = std::move(implementations);
    question.threads = {1};
    question.quick = {5, 0.01};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

template <template <class> class Use, class... Locks> std::vector<Implementation> recursive_ones() {
    return implementations_of<Locks...>(
        [](auto tag) -> Measure { return steps_of<Use<typename decltype(tag)::Type>>; });
}

template <class... Steppers> std::vector<Implementation> steppers() {
    return implementations_of<Steppers...>(
        [](auto tag) -> Measure { return steps_of<typename decltype(tag)::Type>; });
}

Case notify_case() {
    return alone(
        "cond_nobody", "notify a condition for which nobody waits",
        implementations_of<WeftCond, PthreadCond, NsyncCv, AbslCondVar>(
            [](auto tag) -> Measure { return steps_of<InVain<typename decltype(tag)::Type>>; }));
}

Case turns_case() {
    Case question;
    question.name = "cond_turns";
    question.title = "a turn handed to and fro by a condition";
    question.about = "Two threads, pinned to two cores; each waits for its turn and notifies the "
                     "other, with the "
                     "mutex. ns/op is wall time of there and back: two waits, two wakes.";
    question.implementations = implementations_of<WeftCond, PthreadCond, NsyncCv, AbslCondVar>(
        [](auto tag) -> Measure { return turns_of<typename decltype(tag)::Type>; });
    question.threads = {2};
    question.quick = {5, 0.03};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

} // namespace

std::vector<Case> mutex_family_cases() {
    return {
        alone("recursive_pair", "recursive lock + unlock, nobody else",
              recursive_ones<FirstTime, WeftRecursive, PthreadRecursive, StdRecursive>()),
        alone("recursive_again", "recursive lock + unlock by its owner",
              recursive_ones<Again, WeftRecursive, PthreadRecursive, StdRecursive>()),
        alone("once_done", "call a once that is done",
              steppers<WeftOnce, AcquireLoad, PthreadOnce, StdOnce, AbslOnce>()),
        alone("event_set", "wait for an event that is set",
              steppers<WeftEvent, AcquireLoad, AbslNotification>()),
        notify_case(),
        turns_case(),
    };
}

} // namespace weft_bench
