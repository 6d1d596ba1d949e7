/* world.cc: what lib/thread costs: stopping the world, critical sections, the GIL. */
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/histogram.h"
#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/stats.h"
#include "bench/suite.h"
#include "bench/suites/squad.h"
#include "bench/suites/suites.h"
#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_lock.h"
#include "weft_world.h"

namespace weft_bench {

namespace {

weft_runtime *make_runtime(const weft_runtime_config *config) {
    weft_runtime *runtime = weft_runtime_create(config);
    if (runtime == nullptr) {
        std::abort();
    }
    return runtime;
}

weft_thread *enter(weft_runtime *runtime) {
    weft_thread *self;
    if (weft_thread_register(runtime, nullptr, &self) != WEFT_THREAD_OK ||
        weft_thread_attach(self) != WEFT_THREAD_OK) {
        std::abort();
    }
    return self;
}

/* ---- stopping the world --------------------------------------------------------------------- */

enum class Mood : uint8_t { kLooping, kBlocked, kMixed };

bool is_looping(Mood mood, unsigned index) {
    return mood == Mood::kLooping || (mood == Mood::kMixed && index % 2 == 0);
}

/* One thread's part. */
enum : uint32_t { kComesBack = 0, kRuns = 1, kRests = 2 };

struct alignas(128) Inhabitant {
    std::atomic<uint64_t> safepoints{0}; /* that it has passed */
    pid_t tid = 0;
    weft_thread *thread = nullptr;                       /* or a flag, see stop_by_flag */
    weft_atomic_u32 flag = WEFT_ATOMIC_INIT(kComesBack); /* the floor's */
};

bool is_running(const Inhabitant &one) {
    return one.thread != nullptr ? weft_thread_is_attached(one.thread)
                                 : weft_load_relaxed_u32(&one.flag) == kRuns;
}

/* True while the stopper waits until all have attached again. Without this the threads that share a
 * core come back one after another, each after the others' time slices. */
std::atomic<bool> gathering{false};

template <class Safepoint>
void loop(Inhabitant &me, double interval_ns, const Squad &all, const Safepoint &safepoint) {
    uint32_t steps = pace_for(interval_ns).plain_steps;
    for (uint64_t passed = 1; !all.stopped(); passed++) {
        if (gathering.load(std::memory_order_relaxed)) {
            sleep_seconds(0.001); /* it passes no safepoint meanwhile */
        }
        spend(1, steps);
        safepoint();
        me.safepoints.store(passed, std::memory_order_relaxed);
    }
}

void block(weft_thread *self, Squad &all) {
    weft_thread_detach(self);
    all.wait_for_stop();
    if (weft_thread_attach(self) != WEFT_THREAD_OK) {
        std::abort();
    }
}

/* How often the threads that sleep were given a processor. */
long switches_of(const std::vector<Inhabitant> &all, Mood mood) {
    long total = 0;
    for (unsigned i = 0; i < all.size(); i++) {
        char name[64], line[128];
        std::snprintf(name, sizeof name, "/proc/self/task/%d/status", all[i].tid);
        std::FILE *status = is_looping(mood, i) ? nullptr : std::fopen(name, "r");
        while (status != nullptr && std::fgets(line, sizeof line, status) != nullptr) {
            long count;
            if (std::sscanf(line, "voluntary_ctxt_switches: %ld", &count) == 1 ||
                std::sscanf(line, "nonvoluntary_ctxt_switches: %ld", &count) == 1) {
                total += count;
            }
        }
        if (status != nullptr) {
            std::fclose(status);
        }
    }
    return total;
}

/* Of more it takes seconds on two cores: there a stop finds those that have come back so far. */
constexpr size_t kMostGathered = 64;

bool is_gathered(const std::vector<Inhabitant> &all, Mood mood) {
    return mood == Mood::kBlocked || all.size() <= kMostGathered;
}

/* By the stopper: all that loop do so again, and those that block sleep. */
void gather(const std::vector<Inhabitant> &all, Mood mood) {
    if (!is_gathered(all, mood)) {
        spend(1, pace_for(20000).plain_steps);
        return;
    }
    gathering = true;
    for (unsigned i = 0; i < all.size(); i++) {
        while (is_running(all[i]) != is_looping(mood, i)) {
            sleep_seconds(20e-6);
        }
    }
    gathering = false;
    sleep_seconds(0.002);
}

/* How long the slowest thread takes from safepoint to safepoint, on average, while nobody stops it:
 * with what it waits for the others on its core. */
double slowest_interval_ns(const std::vector<Inhabitant> &all) {
    std::vector<uint64_t> before(all.size());
    for (unsigned i = 0; i < all.size(); i++) {
        before[i] = all[i].safepoints.load(std::memory_order_relaxed);
    }
    uint64_t began = monotonic_ns();
    sleep_seconds(0.1 + 0.02 * static_cast<double>(all.size())); /* each has some time slices */
    uint64_t fewest = UINT64_MAX;
    for (unsigned i = 0; i < all.size(); i++) {
        fewest = std::min(fewest, all[i].safepoints.load(std::memory_order_relaxed) - before[i]);
    }
    return static_cast<double>(monotonic_ns() - began) / static_cast<double>(fewest);
}

constexpr uint64_t kLeastStops = 5;

/* By the stopper, when all have begun. */
template <class Stop, class Resume>
Sample measure_stops(const Work &work, const std::vector<Inhabitant> &all, Mood mood,
                     const Stop &stop, const Resume &resume) {
    Histogram latency;
    gather(all, mood);
    sleep_seconds(0.01); /* who is detached is about to sleep */
    bool all_loop = mood == Mood::kLooping && is_gathered(all, mood);
    double interval = all_loop ? slowest_interval_ns(all) : 0;
    long switches = switches_of(all, mood);
    uint64_t end = monotonic_ns() + static_cast<uint64_t>(work.seconds * 1e9);
    do {
        gather(all, mood);
        uint64_t before = ticks();
        stop();
        latency.record(ticks() - before);
        resume();
    } while (monotonic_ns() < end || latency.count() < kLeastStops);
    switches = switches_of(all, mood) - switches;
    Sample sample;
    sample.metric[kP50] = ticks_to_ns(latency.percentile(0.5));
    sample.metric[kP99] = ticks_to_ns(latency.percentile(0.99));
    sample.metric[kMax] = ticks_to_ns(latency.longest());
    if (all_loop) {
        sample.metric[kValue] = sample.metric[kP50] / interval;
    } else if (mood != Mood::kLooping && is_gathered(all, mood)) {
        sample.metric[kValue] =
            static_cast<double>(switches) / static_cast<double>(latency.count());
    }
    return sample;
}

Sample stop_the_world(const Work &work, Mood mood, double interval_ns) {
    weft_runtime *runtime = make_runtime(nullptr);
    std::vector<Inhabitant> inhabitants(work.threads);
    Squad squad(
        work.threads,
        [&](unsigned index, Squad &all) {
            weft_thread *self = enter(runtime);
            inhabitants[index].tid = static_cast<pid_t>(syscall(SYS_gettid));
            inhabitants[index].thread = self;
            weft_thread_detach(self);
            all.start_together();
            if (weft_thread_attach(self) != WEFT_THREAD_OK) {
                std::abort();
            }
            if (is_looping(mood, index)) {
                loop(inhabitants[index], interval_ns, all, [self] { weft_thread_safepoint(self); });
            } else {
                block(self, all);
            }
            weft_thread_unregister(self);
        },
        true);
    weft_thread *self = enter(runtime);
    Sample sample = measure_stops(
        work, inhabitants, mood,
        [self] {
            if (weft_world_stop(self) != WEFT_THREAD_OK) {
                std::abort();
            }
        },
        [self] { weft_world_resume(self); });
    weft_thread_unregister(self);
    squad.stop();
    return sample;
}

/* The least that can be done: a flag for each thread, which sleeps while it is set, and a count of those
 * that run. */
void come_back(Inhabitant &me) {
    uint32_t seen = kComesBack;
    while (!weft_cas_acquire_u32(&me.flag, &seen, kRuns)) {
        weft_wait_word(&me.flag, kRests, WEFT_WAIT_FOREVER);
        seen = kComesBack;
    }
}

void rest_while_flagged(Inhabitant &me, weft_atomic_u32 &running) {
    if (weft_load_relaxed_u32(&me.flag) == kRuns) {
        return;
    }
    if (weft_fetch_sub_acq_rel_u32(&running, 1) == 1) {
        weft_wake_word(&running);
    }
    come_back(me);
}

Sample stop_by_flag(const Work &work, double interval_ns) {
    alignas(128) weft_atomic_u32 running = WEFT_ATOMIC_INIT(0);
    std::vector<Inhabitant> inhabitants(work.threads);
    auto stop = [&] {
        uint32_t ran = 0;
        for (Inhabitant &one : inhabitants) {
            ran += weft_exchange_acquire_u32(&one.flag, kRests) == kRuns ? 1 : 0;
        }
        weft_fetch_add_acquire_u32(&running, ran);
        for (uint32_t seen; (seen = weft_load_acquire_u32(&running)) != 0;) {
            weft_wait_word(&running, seen, WEFT_WAIT_FOREVER);
        }
    };
    auto resume = [&] {
        for (Inhabitant &one : inhabitants) {
            weft_store_release_u32(&one.flag, kComesBack);
            weft_wake_word(&one.flag);
        }
    };
    Squad squad(
        work.threads,
        [&](unsigned index, Squad &all) {
            Inhabitant &me = inhabitants[index];
            all.start_together();
            come_back(me);
            loop(me, interval_ns, all, [&me, &running] { rest_while_flagged(me, running); });
        },
        true);
    Sample sample = measure_stops(work, inhabitants, Mood::kLooping, stop, resume);
    squad.stop();
    return sample;
}

constexpr double kShort = 1000; /* between two safepoints */

constexpr const char *kStop = "weft_world_stop";
constexpr const char *kFlag = "flags + futexes (floor)";
constexpr const char *kLoopingValue =
    "The value is the median latency, divided by the interval between two safepoints of the "
    "slowest "
    "thread: its mean over a time without stops, in which all loop and share the cores but the "
    "stopper's. Up to 64 threads are all back in their loops before the next stop; of 1000 those "
    "that "
    "had a processor since, and no interval is taken.";

Case stop_case(const std::string &name, const std::string &title, const std::string &about,
               Mood mood, double interval_ns = kShort) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = {
        {kStop, Family::kSubject,
         [mood, interval_ns](const Work &work) { return stop_the_world(work, mood, interval_ns); },
         ""}};
    if (mood == Mood::kLooping) {
        question.implementations.push_back(
            {kFlag, Family::kFloor,
             [interval_ns](const Work &work) { return stop_by_flag(work, interval_ns); }, ""});
    }
    question.threads =
        interval_ns > kShort ? std::vector<unsigned>{1, 8} : std::vector<unsigned>{1, 8, 64, 1000};
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kP50, true}, {PlotKind::kThreads, kMax, true}};
    question.columns = {kP50, kP99, kMax, kValue};
    question.value_name =
        mood == Mood::kLooping ? "p50, of the interval" : "wake-ups of sleepers by stop";
    return question;
}

/* ---- critical sections ---------------------------------------------------------------------- */

struct Alone {
    weft_thread *self = enter(make_runtime(nullptr));
    alignas(128) weft_mutex first = WEFT_MUTEX_INIT;
    weft_mutex second = WEFT_MUTEX_INIT;
};

template <class Pair> Sample measure_section(const Work &work, const Pair &pair) {
    Alone alone;
    return measure_pair(work, [&](uint64_t count) {
        for (; count != 0; count--) {
            pair(alone);
        }
    });
}

Sample one_object(const Work &work) {
    return measure_section(work, [](Alone &alone) {
        weft_critical section;
        weft_critical_begin(alone.self, &section, &alone.first);
        weft_critical_end(alone.self, &section);
    });
}

Sample two_objects(const Work &work) {
    return measure_section(work, [](Alone &alone) {
        weft_critical2 section;
        weft_critical2_begin(alone.self, &section, &alone.first, &alone.second);
        weft_critical2_end(alone.self, &section);
    });
}

Sample one_mutex(const Work &work) {
    return measure_section(work, [](Alone &alone) {
        weft_mutex_lock(&alone.first);
        weft_mutex_unlock(&alone.first);
    });
}

Sample two_mutexes(const Work &work) {
    return measure_section(work, [](Alone &alone) {
        weft_mutex_lock(&alone.first);
        weft_mutex_lock(&alone.second);
        weft_mutex_unlock(&alone.second);
        weft_mutex_unlock(&alone.first);
    });
}

constexpr const char *kCritical = "weft_critical";
constexpr const char *kMutex = "weft_mutex";

Case critical_case() {
    Case question;
    question.name = "critical";
    question.title = "a critical section, nobody else";
    question.about = "Begin and end by one thread, CPU time; the mutex's pair for comparison.";
    question.implementations = {
        {kCritical, Family::kSubject, one_object, ""},
        {"weft_critical, 2 objects", Family::kBlocking, two_objects, ""},
        {kMutex, Family::kBlocking, one_mutex, ""},
        {"2 weft_mutexes", Family::kBlocking, two_mutexes, ""},
    };
    question.threads = {1};
    question.quick = {9, 0.04};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

/* ---- the GIL: from hand to hand ---------------------------------------------------------------- */

/* Of how long others wait before it is handed over to them, where the question is what that costs. */
constexpr uint64_t kSoon = 100000;

/* Policies: enter() makes what a thread needs, and takes the lock; pass_on() gives it to whoever
 * waits for long enough, and takes it again. has_queue(), with the lock: whether it would be handed over now to who has waited
 * for long enough; without that it is let go for anybody to find. This one is what a thread does around a short call. */
struct Gil {
    static constexpr const char *kName = "weft_gil";
    static constexpr Family kFamily = Family::kSubject;
    using Local = weft_thread *;
    weft_runtime *runtime;
    explicit Gil(uint64_t interval) {
        weft_runtime_config config = {};
        config.gil = true;
        config.gil_interval = interval;
        runtime = make_runtime(&config);
    }
    Local enter() { return weft_bench::enter(runtime); }
    void pass_on(Local self) {
        weft_thread_detach(self);
        if (weft_thread_attach(self) != WEFT_THREAD_OK) {
            std::abort();
        }
    }
    bool has_queue() const { return true; } /* else a safepoint does not let go of it */
    void leave(Local self) { weft_thread_unregister(self); }
};

/* What a thread does that computes. */
struct GilAtSafepoints : Gil {
    using Gil::Gil;
    void pass_on(Local self) { weft_thread_safepoint(self); }
};

struct NothingNeeded {};

struct WeftMutex {
    static constexpr const char *kName = "weft_mutex";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NothingNeeded;
    weft_mutex mutex = WEFT_MUTEX_INIT;
    explicit WeftMutex(uint64_t interval) {
        if (interval != 0) {
            weft_mutex_set_fairness(interval);
        }
    }
    Local enter() {
        weft_mutex_lock(&mutex);
        return {};
    }
    void pass_on(Local) {
        weft_mutex_unlock(&mutex);
        weft_mutex_lock(&mutex);
    }
    /* Who spins, or has been woken and spins again, is not queued. */
    bool has_queue() const {
        return (weft_load_relaxed_u8(&mutex.state) & WEFT_MUTEX_HAS_PARKED) != 0;
    }
    void leave(Local) { weft_mutex_unlock(&mutex); }
};

/* It never hands over; for the eye. */
struct PthreadMutex {
    static constexpr const char *kName = "pthread_mutex";
    static constexpr Family kFamily = Family::kBlocking;
    using Local = NothingNeeded;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    explicit PthreadMutex(uint64_t) {}
    Local enter() {
        pthread_mutex_lock(&mutex);
        return {};
    }
    void pass_on(Local) {
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&mutex);
    }
    bool has_queue() const { return false; }
    void leave(Local) { pthread_mutex_unlock(&mutex); }
};

constexpr double kTurn = 1000;

/* What a case counts. */
enum class Counts : uint8_t { kTurns, kHandovers, kFinds };

template <class Lock> struct Baton {
    Baton(uint64_t interval, Counts what)
        : lock(interval), counts(what),
          due(static_cast<uint64_t>(static_cast<double>(interval) / ticks_to_ns(1))) {}
    alignas(128) Lock lock;
    const Counts counts;
    const uint64_t due;              /* how long one has waited to whom it is handed over */
    alignas(128) uint64_t given = 0; /* these under the lock */
    unsigned holder = ~0u;
    bool queued = false; /* somebody was, when it was given */
    uint64_t turns = 0;
    Histogram latency; /* of the changes of hands that count */
};

/* With the lock, by a thread that has asked for it then. Cores' counters may differ by some ticks. It was handed over if
 * somebody was queued and this thread had waited for so long when it was given. Else it was found free, by a thread that was awake
 * and lucky; those who had not waited for so long are in neither. */
template <class Lock> void note_turn(Baton<Lock> &baton, unsigned index, uint64_t asked) {
    uint64_t now = ticks();
    if (baton.holder != index && baton.given != 0 && now > asked && now - asked >= baton.due) {
        bool handed = baton.queued && baton.given > asked && baton.given - asked >= baton.due;
        if (baton.counts == Counts::kTurns || handed == (baton.counts == Counts::kHandovers)) {
            baton.latency.record(now > baton.given ? now - baton.given : 0);
        }
    }
    baton.holder = index;
    baton.turns++;
}

template <class Lock> void take_turns(Baton<Lock> &baton, unsigned index, Squad &all) {
    uint32_t steps = pace_for(kTurn).timed_steps;
    all.start_together();
    uint64_t asked = ticks();
    auto local = baton.lock.enter();
    while (!all.stopped()) {
        note_turn(baton, index, asked);
        spend(1, steps);
        baton.queued = baton.lock.has_queue();
        asked = baton.given = ticks();
        baton.lock.pass_on(local);
    }
    baton.lock.leave(local);
}

template <class Lock> Sample pass_on(const Work &work, uint64_t interval, Counts counts) {
    Baton<Lock> baton(interval, counts);
    Squad squad(work.threads, [&](unsigned index, Squad &all) { take_turns(baton, index, all); });
    uint64_t began = monotonic_ns();
    sleep_seconds(work.seconds);
    squad.stop();
    Sample sample;
    sample.set_rate(
        static_cast<double>(counts == Counts::kTurns ? baton.turns : baton.latency.count()),
        static_cast<double>(monotonic_ns() - began) * 1e-9);
    if (baton.latency.count() != 0) {
        sample.metric[kP50] = ticks_to_ns(baton.latency.percentile(0.5));
        sample.metric[kP99] = ticks_to_ns(baton.latency.percentile(0.99));
        sample.metric[kMax] = ticks_to_ns(baton.latency.longest());
    }
    return sample;
}

Case gil_case(const std::string &name, const std::string &title) {
    Case question;
    question.name = name;
    question.title = title;
    question.threads = {2, 8};
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kP50, true}, {PlotKind::kThreads, kOpsPerS, false}};
    return question;
}

template <class Lock> Implementation passed_on(const char *name, uint64_t interval, Counts counts) {
    return {name, Lock::kFamily,
            [interval, counts](const Work &work) { return pass_on<Lock>(work, interval, counts); },
            ""};
}

constexpr const char *kFoundFree = "weft_mutex, found free";

Case handover_case() {
    Case question = gil_case("gil_handover", "from hand to hand");
    question.about =
        "All compute, with a safepoint (an unlock and a lock) every microsecond; it is handed over "
        "to "
        "who is queued and has waited for 100 us (pthread's never is). The wait is from the giving "
        "to "
        "the having, operations are those changes of hands. \"Found free\" are the others, to who "
        "had "
        "waited for as long: a thread that was awake, as a rule since it had been woken, found the "
        "mutex free. The GIL's next holder is woken before it is its turn, and awake as well.";
    question.implementations = {
        passed_on<GilAtSafepoints>(GilAtSafepoints::kName, kSoon, Counts::kHandovers),
        passed_on<WeftMutex>(WeftMutex::kName, kSoon, Counts::kHandovers),
        passed_on<WeftMutex>(kFoundFree, kSoon, Counts::kFinds),
        passed_on<PthreadMutex>(PthreadMutex::kName, kSoon, Counts::kFinds),
    };
    return question;
}

Case throughput_case() {
    Case question = gil_case("gil_throughput", "turns of a microsecond");
    question.about =
        "Each holds it for a microsecond, lets go and comes back at once, as around a "
        "short call. As "
        "tuned by default. Operations are turns; the wait is from the giving to the having.";
    question.implementations = {
        passed_on<Gil>(Gil::kName, 0, Counts::kTurns),
        passed_on<WeftMutex>(WeftMutex::kName, 0, Counts::kTurns),
        passed_on<PthreadMutex>(PthreadMutex::kName, 0, Counts::kTurns),
    };
    return question;
}

std::vector<Goal> world_goals() {
    std::vector<Goal> goals = {
        {"world-stop-8",
         "world",
         "stopping 8 looping threads takes at most 2x the slowest one's interval, of 100 us on a "
         "processor",
         {"stop_long", {kStop}, 8},
         {},
         kValue,
         Bound::kAtMost,
         2.0,
         false},
        {"world-stop-8-floor",
         "world",
         "with safepoints every microsecond, stopping 8 threads takes at most 1.2x of flags and "
         "futexes",
         {"stop_looping", {kStop}, 8},
         {"stop_looping", {kFlag}, 8},
         kP50,
         Bound::kAtMost,
         1.2,
         false},
        {"world-stop-detached",
         "world",
         "stopping 1000 detached threads wakes none of them",
         {"stop_blocked", {kStop}, 1000},
         {},
         kValue,
         Bound::kAtMost,
         0,
         false},
        {"world-critical",
         "world",
         "a critical section costs at most 1.3x of the mutex's pair",
         {"critical", {kCritical}, 1},
         {"critical", {kMutex}, 1},
         kNsPerOp,
         Bound::kAtMost,
         1.3,
         false},
    };
    for (unsigned threads : {2u, 8u}) {
        goals.push_back({"world-gil-" + std::to_string(threads) + "t",
                         "world",
                         "the GIL is handed over no slower than a mutex to who is queued for it, " +
                             std::to_string(threads) + " threads",
                         {"gil_handover", {GilAtSafepoints::kName}, threads},
                         {"gil_handover", {WeftMutex::kName}, threads},
                         kP50,
                         Bound::kAtMost,
                         1.0,
                         true});
    }
    return goals;
}

} // namespace

Suite world_suite() {
    Suite suite;
    suite.name = "world";
    suite.about = "Threads of a runtime: stopping them all, critical sections, the GIL.";
    suite.cases = {
        stop_case(
            "stop_looping", "stopping threads that loop",
            std::string("Each passes a safepoint every microsecond of its time on a processor. ") +
                kLoopingValue,
            Mood::kLooping),
        stop_case("stop_long", "stopping threads whose safepoints are far apart",
                  std::string("Each passes a safepoint every 100 us of its time on a processor. ") +
                      kLoopingValue,
                  Mood::kLooping, 100000),
        stop_case("stop_blocked", "stopping threads that sleep, detached",
                  "The value is how often sleeping threads were given a processor, by stop.",
                  Mood::kBlocked),
        stop_case("stop_mixed", "every second thread sleeps, the others loop",
                  "The value is how often sleeping threads were given a processor, by stop.",
                  Mood::kMixed),
        critical_case(),
        handover_case(),
        throughput_case(),
    };
    suite.goals = world_goals();
    return suite;
}

} // namespace weft_bench
