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

/* One thread's part; the interval is read by the stopper in the stopped world. */
struct alignas(128) Inhabitant {
    uint64_t interval = 0; /* ticks between its last two safepoints */
    pid_t tid = 0;
    weft_thread *thread = nullptr;
};

constexpr double kBetweenSafepoints = 1000;

/* True while the stopper waits until all have attached again. Without this the threads that share a
 * core come back one after another, each after the others' time slices. */
std::atomic<bool> gathering{false};

void loop(weft_thread *self, Inhabitant &me, const Squad &all) {
    uint32_t steps = pace_for(kBetweenSafepoints).timed_steps;
    uint64_t last = ticks();
    while (!all.stopped()) {
        if (gathering.load(std::memory_order_relaxed)) {
            sleep_seconds(0.001); /* within the interval: it passes no safepoint meanwhile */
        }
        spend(1, steps);
        uint64_t now = ticks();
        me.interval = now - last;
        last = now;
        weft_thread_safepoint(self);
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
        while (weft_thread_is_attached(all[i].thread) != is_looping(mood, i)) {
            sleep_seconds(20e-6);
        }
    }
    gathering = false;
    sleep_seconds(0.002);
}

struct Stops {
    Histogram latency;
    std::vector<double> of_interval; /* latency by the longest interval that the stop ended */
};

void stop_once(weft_thread *self, const std::vector<Inhabitant> &all, Mood mood, Stops *stops) {
    uint64_t before = ticks();
    if (weft_world_stop(self) != WEFT_THREAD_OK) {
        std::abort();
    }
    uint64_t latency = ticks() - before;
    stops->latency.record(latency);
    uint64_t longest = 0;
    for (unsigned i = 0; i < all.size(); i++) {
        longest = is_looping(mood, i) ? std::max(longest, all[i].interval) : longest;
    }
    weft_world_resume(self);
    if (longest != 0) {
        stops->of_interval.push_back(static_cast<double>(latency) / static_cast<double>(longest));
    }
}

constexpr uint64_t kLeastStops = 5;

Sample stop_the_world(const Work &work, Mood mood) {
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
                loop(self, inhabitants[index], all);
            } else {
                block(self, all);
            }
            weft_thread_unregister(self);
        },
        true);
    weft_thread *self = enter(runtime);
    Stops stops;
    gather(inhabitants, mood);
    sleep_seconds(0.01); /* who is detached is about to sleep */
    long switches = switches_of(inhabitants, mood);
    uint64_t end = monotonic_ns() + static_cast<uint64_t>(work.seconds * 1e9);
    do {
        gather(inhabitants, mood);
        stop_once(self, inhabitants, mood, &stops);
    } while (monotonic_ns() < end || stops.latency.count() < kLeastStops);
    switches = switches_of(inhabitants, mood) - switches;
    weft_thread_unregister(self);
    squad.stop();
    Sample sample;
    sample.metric[kP50] = ticks_to_ns(stops.latency.percentile(0.5));
    sample.metric[kP99] = ticks_to_ns(stops.latency.percentile(0.99));
    sample.metric[kMax] = ticks_to_ns(stops.latency.longest());
    if (mood == Mood::kLooping) {
        sample.metric[kValue] = median_of(stops.of_interval);
    } else if (is_gathered(inhabitants, mood)) {
        sample.metric[kValue] =
            static_cast<double>(switches) / static_cast<double>(stops.latency.count());
    }
    return sample;
}

constexpr const char *kStop = "weft_world_stop";

Case stop_case(const std::string &name, const std::string &title, const std::string &about,
               Mood mood) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = {{kStop, Family::kSubject,
                                 [mood](const Work &work) { return stop_the_world(work, mood); },
                                 ""}};
    question.threads = {1, 8, 64, 1000};
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kP50, true}, {PlotKind::kThreads, kMax, true}};
    question.columns = {kP50, kP99, kMax, kValue};
    question.value_name =
        mood == Mood::kLooping ? "latency, of the interval" : "wake-ups of sleepers by stop";
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
 * waits for long enough, and takes it again. This one is what a thread does around a short call. */
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
    void leave(Local) { pthread_mutex_unlock(&mutex); }
};

constexpr double kTurn = 1000;

template <class Lock> struct Baton {
    explicit Baton(uint64_t interval) : lock(interval) {}
    alignas(128) Lock lock;
    alignas(128) uint64_t given = 0; /* these under the lock */
    unsigned holder = ~0u;
    uint64_t turns = 0, changes = 0;
    Histogram latency;
};

/* With the lock. Cores' counters may differ by some ticks. */
template <class Lock> void note_turn(Baton<Lock> &baton, unsigned index) {
    if (baton.holder != index && baton.given != 0) {
        uint64_t now = ticks();
        baton.latency.record(now > baton.given ? now - baton.given : 0);
        baton.changes++;
    }
    baton.holder = index;
    baton.turns++;
}

template <class Lock> void take_turns(Baton<Lock> &baton, unsigned index, Squad &all) {
    uint32_t steps = pace_for(kTurn).timed_steps;
    all.start_together();
    auto local = baton.lock.enter();
    while (!all.stopped()) {
        note_turn(baton, index);
        spend(1, steps);
        baton.given = ticks();
        baton.lock.pass_on(local);
    }
    baton.lock.leave(local);
}

/* Counts changes of hands, or turns of one microsecond. */
template <class Lock> Sample pass_on(const Work &work, uint64_t interval, bool changes) {
    Baton<Lock> baton(interval);
    Squad squad(work.threads, [&](unsigned index, Squad &all) { take_turns(baton, index, all); });
    uint64_t began = monotonic_ns();
    sleep_seconds(work.seconds);
    squad.stop();
    Sample sample;
    sample.set_rate(static_cast<double>(changes ? baton.changes : baton.turns),
                    static_cast<double>(monotonic_ns() - began) * 1e-9);
    sample.metric[kP50] = ticks_to_ns(baton.latency.percentile(0.5));
    sample.metric[kP99] = ticks_to_ns(baton.latency.percentile(0.99));
    sample.metric[kMax] = ticks_to_ns(baton.latency.longest());
    return sample;
}

template <class First>
Case gil_case(const std::string &name, const std::string &title, uint64_t interval) {
    Case question;
    question.name = name;
    question.title = title;
    question.implementations =
        implementations_of<First, WeftMutex, PthreadMutex>([interval](auto tag) -> Measure {
            return [interval](const Work &work) {
                return pass_on<typename decltype(tag)::Type>(work, interval, interval != 0);
            };
        });
    question.threads = {2, 8};
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kP50, true}, {PlotKind::kThreads, kOpsPerS, false}};
    return question;
}

Case handover_case() {
    Case question = gil_case<GilAtSafepoints>("gil_handover", "from hand to hand", kSoon);
    question.about = "All compute, with a safepoint (an unlock and a lock) every microsecond; it "
                     "is handed over to "
                     "who has waited for 100 us (pthread's never is). The wait is from the giving "
                     "to the having, of "
                     "changes of hands only; operations are changes of hands.";
    return question;
}

Case throughput_case() {
    Case question = gil_case<Gil>("gil_throughput", "turns of a microsecond", 0);
    question.about = "Each holds it for a microsecond, lets go and comes back at once, as around a "
                     "short call. As "
                     "tuned by default. Operations are turns; the wait is as in gil_handover.";
    return question;
}

std::vector<Goal> world_goals() {
    std::vector<Goal> goals = {
        {"world-stop-8",
         "world",
         "stopping 8 looping threads takes at most 2x the slowest one's interval",
         {"stop_looping", {kStop}, 8},
         {},
         kValue,
         Bound::kAtMost,
         2.0,
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
                         "the GIL changes hands no slower than a mutex that is handed over, " +
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
            "Each passes a safepoint about every microsecond, when it has a processor. The value "
            "is the "
            "median over stops of the latency, divided by the longest of the intervals between two "
            "safepoints that the stop found the threads in. Up to 64 threads are all back in their "
            "loops "
            "before the next stop; of 1000 those that had a processor since.",
            Mood::kLooping),
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
