/* mutex.cc: the one-byte mutex against the locks a C or C++ program would use instead. */
#include "bench/suites/mutex_measures.h"

#include "bench/suites/heavy_fences.h"
#include "bench/suites/locks.h"
#include "bench/suites/mutex_family.h"
#include "bench/suites/parked_waiter.h"
#include "bench/suites/suites.h"
#include "weft_cond.h"
#include "weft_event.h"
#include "weft_once.h"
#include "weft_park.h"
#include "weft_rwmutex.h"

#include <algorithm>
#include <atomic>

namespace weft_bench {

namespace {

constexpr double kShort = 20;  /* ns: a field or two of an object */
constexpr double kLong = 1000; /* ns: a look-up that misses the cache a few times, a small copy */

template <class... Locks> std::vector<Implementation> pairs_of_each() {
    return implementations_of<Locks...>(
        [](auto tag) -> Measure { return uncontended<typename decltype(tag)::Type>; });
}

template <class... Locks> std::vector<Implementation> load_on_each(const Load &load) {
    return implementations_of<Locks...>([load](auto tag) -> Measure {
        return [load](const Work &work) {
            return contended<typename decltype(tag)::Type>(work, load);
        };
    });
}

Case uncontended_case() {
    Case question;
    question.name = "uncontended";
    question.title = "lock + unlock, nobody else";
    question.about =
        "One lock and unlock by one thread, CPU time; a second thread exists. The floor "
        "is two compare-and-swaps on a byte. absl's deadlock detection is off.";
    question.implementations =
        pairs_of_each<WeftMutex, WeftMutexSymmetric, WeftMutexWithBit, WeftMutexHooked,
                      WeftMutexCounted, TwoCas, PthreadMutex, PthreadSpin, StdMutex, CkFas,
                      CkTicket, CkMcs, NsyncMu, AbslMutex, ParkingLotMutex>();
    question.threads = {1};
    question.quick = {9, 0.025};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case in_turn_case() {
    Case question;
    question.name = "uncontended_in_turn";
    question.title = "lock + unlock of 64 locks in turn, nobody else";
    question.about =
        "As above, but each pair is on the next of 64 locks, each on its own cache line. "
        "A compare-and-swap right after a plain store to the same byte waits for it on some "
        "processors; programs seldom take the lock again that they have just released.";
    question.implementations =
        implementations_of<WeftMutex, WeftMutexSymmetric, TwoCas, PthreadMutex, PthreadSpin,
                           StdMutex, NsyncMu, AbslMutex, ParkingLotMutex>(
            [](auto tag) -> Measure { return uncontended_in_turn<typename decltype(tag)::Type>; });
    question.threads = {1};
    question.quick = {9, 0.025};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

/* One lock or many, at every number of threads. Against the symmetric mutex each number of threads that contend is
 * judged; against others 2 and 8, as many as there are processors and four times as many, for what is wanted there: 4
 * lies between them. One thread does not contend: `uncontended` has its goals, of the pair without a section around it. */
Case contended_case(const std::string &name, const std::string &title, const Load &load) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = "Each thread works outside for a time that varies around the length of the "
                     "section, then visits it. Reading the clock is part of the section's length. "
                     "ns/op is wall time over all threads' operations.";
    question.implementations =
        load_on_each<WeftMutex, WeftMutexSymmetric, PthreadMutex, PthreadSpin, StdMutex, CkFas,
                     CkTicket, CkMcs, NsyncMu, AbslMutex, ParkingLotMutex>(load);
    question.quick = {5, 0.055};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}, {PlotKind::kThreads, kMax, true}};
    return question;
}

/* Many locks with long sections: what can park, and as many threads as processors, or more. */
Case many_long_case() {
    Case question = contended_case("many_locks_long", "64 locks, 1 us sections", {kLong, 64});
    question.implementations =
        load_on_each<WeftMutex, WeftMutexSymmetric, PthreadMutex, NsyncMu, AbslMutex>({kLong, 64});
    question.threads = {2, 8};
    return question;
}

/* Locks whose waiters sleep, for long enough to see who is left out. */
Case second_case(const std::string &name, const std::string &title, const Load &load) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = "As above with 8 threads, over one second: how equally the lock is shared out "
                     "(Jain's index) and how long the unluckiest waits.";
    question.implementations = load_on_each<WeftMutex, WeftMutexSymmetric, PthreadMutex, NsyncMu,
                                            AbslMutex, ParkingLotMutex>(load);
    question.threads = {8};
    question.quick = {5, 1.0};
    question.full = {15, 1.0};
    question.plots = {{PlotKind::kBars, kOpsPerS, false},
                      {PlotKind::kBars, kJain, false},
                      {PlotKind::kBars, kMax, true}};
    return question;
}

/* What can be switched on, in a load whose threads do wait. */
Case optional_case() {
    Case question;
    question.name = "optional_short";
    question.title = "one lock, 20 ns sections, with what is optional";
    question.about = "weft_mutex as it is, with a contention hook that does nothing, and a second "
                     "copy of the library compiled with statistics, whose lock and unlock are "
                     "calls of functions here, 2 ns more.";
    question.implementations =
        load_on_each<WeftMutex, WeftMutexHooked, WeftMutexCounted>(Load{kShort, 1});
    question.threads = {8};
    question.quick = {5, 0.06};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kBars, kOpsPerS, false}};
    return question;
}

/* The subject under other fairness times, to choose the default by: docs/asymmetric-unlock.md has the curve. */
Case fairness_case(const std::string &name, const std::string &title, const Load &load) {
    constexpr uint64_t kDefault = WEFT_FAIRNESS_NS;
    struct Step {
        const char *name;
        uint64_t ns;
    };
    static const Step steps[] = {
        {"0", 0},          {"0.1 ms", 100000}, {"0.5 ms", kDefault}, {"1 ms", 1000000},
        {"2 ms", 2000000}, {"5 ms", 5000000},  {"never", UINT64_MAX}};
    Case question;
    question.name = name;
    question.title = title;
    question.about =
        "weft_mutex with a lock handed to a waiter directly once it has waited for the "
        "fairness time: throughput against the longest wait.";
    question.steps_name = "fairness time";
    for (const Step &step : steps) {
        uint64_t ns = step.ns;
        Family family = ns == kDefault ? Family::kSubject : Family::kBlocking;
        question.subject = ns == kDefault ? question.implementations.size() : question.subject;
        Measure measure = [load, ns](const Work &work) {
            weft_mutex_set_fairness(ns);
            return contended<WeftMutex>(work, load);
        };
        question.implementations.push_back({step.name, family, measure, ""});
    }
    question.threads = {8};
    question.quick = {5, 1.0}; /* when it is asked for by name */
    question.full = {15, 1.0};
    question.full_only = true;
    question.plots = {{PlotKind::kSteps, kOpsPerS, false},
                      {PlotKind::kSteps, kJain, false},
                      {PlotKind::kSteps, kMax, true}};
    question.columns = {kOpsPerS, kJain, kP50, kP9999, kMax};
    return question;
}

/* Runs a load and counts, over warm-up and all: the bound is for any time. */
template <class Run> Sample fences_during(const Run &run) {
    weft_park_set_asymmetric(
        true); /* the hints are clear, also if the last run left them set for a rest */
    note_heavy_fences();
    Sample sample = run();
    double worst = heavy_fences_per_second_at_worst();
    if (worst < 0) {
        sample.fail("more heavy fences than can be noted");
    }
    sample.metric[kValue] = worst;
    return sample;
}

/* All threads meet at one lock, hold it long enough for the others to sleep, and go to the next. */
Sample hostile(const Work &work) {
    constexpr uint64_t kLocks = 10000;
    auto locks = std::make_unique<WeftMutex[]>(kLocks);
    std::atomic<uint64_t> visits{0};
    Crew crew(work);
    return crew.run(0, [&](unsigned) {
        return [&](bool) -> uint64_t {
            WeftMutex &lock = locks[visits.fetch_add(1) / work.threads % kLocks];
            uint64_t before = ticks();
            NoLocal local;
            lock.lock(local);
            uint64_t waited = ticks() - before;
            weft_sleep_ns(20000);
            lock.unlock(local);
            return waited;
        };
    });
}

Case heavy_fences_case() {
    Case question;
    question.name = "heavy_fences";
    question.title = "heavy fences per second, at worst";
    question.about = "How often a thread that goes to sleep interrupts all processors that run the "
                     "process, in the tenth of a second that has most of them: by loads of 20 ns "
                     "sections on one lock or many, and in a pattern made to "
                     "need one each time: all threads fight for one lock, then for the next.";
    for (unsigned locks : {1U, 64U, 10000U}) {
        Measure measure = [locks](const Work &work) {
            return fences_during([&] { return contended<WeftMutex>(work, Load{kShort, locks}); });
        };
        question.implementations.push_back(
            {std::to_string(locks) + (locks == 1 ? " lock" : " locks"),
             locks == 1 ? Family::kSubject : Family::kBlocking, measure, ""});
    }
    Measure measure = [](const Work &work) {
        Sample sample = fences_during([&] { return hostile(work); });
        if (work.threads >= 2 && sample.metric[kValue] == 0 && weft_park_set_asymmetric(true)) {
            sample.fail("no heavy fence: the pattern is not hostile");
        }
        return sample;
    };
    question.implementations.push_back({"hostile", Family::kBlocking, measure, ""});
    question.threads = {1, 2, 8, 64};
    question.quick = {5, 0.15};
    question.full = {5, 2.0};
    question.value_name = "heavy fences";
    question.value_unit = "1/s";
    question.plots = {{PlotKind::kThreads, kValue, false}};
    question.columns = {kValue, kOpsPerS};
    return question;
}

template <class Type> Implementation size_of(const char *name, Family family) {
    Measure measure = [](const Work &) {
        Sample sample;
        sample.metric[kValue] = sizeof(Type);
        return sample;
    };
    return {name, family, measure, ""};
}

/* What every object that carries one pays. */
Case size_case() {
    Case question;
    question.name = "size";
    question.title = "bytes per object";
    question.about = "sizeof, without what a lock allocates besides.";
    question.implementations = {
        size_of<weft_mutex>("weft_mutex", Family::kSubject),
        size_of<weft_once>("weft_once", Family::kBlocking),
        size_of<weft_event>("weft_event", Family::kBlocking),
        size_of<weft_cond>("weft_cond", Family::kBlocking),
        size_of<weft_rwmutex>("weft_rwmutex", Family::kBlocking),
        size_of<pthread_mutex_t>("pthread_mutex_t", Family::kBlocking),
        size_of<pthread_once_t>("pthread_once_t", Family::kBlocking),
        size_of<pthread_cond_t>("pthread_cond_t", Family::kBlocking),
        size_of<pthread_rwlock_t>("pthread_rwlock_t", Family::kBlocking),
    };
    question.threads = {1};
    question.quick = question.full = {5, 0};
    question.value_name = "size";
    question.value_unit = "B";
    question.plots = {{PlotKind::kBars, kValue, true}};
    question.columns = {kValue};
    return question;
}

/* What a wait costs others. */
Case parked_waiter_case() {
    Case question;
    question.name = "parked_waiter";
    question.title = "what one wait asks of the system";
    question.about =
        "A thread waits for a mutex, sleeps and is let in: system calls and "
        "allocations for each time. The wait and the wake are what sleeping costs; before it "
        "the thread gives its processor away up to seven times, in the hope that it need "
        "not sleep, and the first to sleep after a quiet time runs a heavy fence.";
    question.implementations = {
        {"wait and wake", Family::kSubject, waits_and_wakes_per_waiter, ""},
        {"yields before", Family::kBlocking, yields_per_waiter, ""},
        {"heavy fences", Family::kBlocking, heavy_fences_per_waiter, ""},
        {"allocations", Family::kBlocking, allocations_per_waiter, ""},
    };
    question.threads = {2};
    question.quick = question.full = {5, 0};
    question.value_name = "calls";
    question.value_unit = "";
    question.plots = {{PlotKind::kBars, kValue, true}};
    question.columns = {kValue};
    return question;
}

/* What does not depend on the machine. */
void add_cost_goals(std::vector<Goal> &goals) {
    for (const std::string type : {"mutex", "once", "event", "cond"}) {
        goals.push_back({"mutex-size-" + type,
                         "mutex",
                         "weft_" + type + " is one byte",
                         {"size", {"weft_" + type}, 1},
                         {},
                         kValue,
                         Bound::kAtMost,
                         1,
                         false});
    }
    goals.push_back({"mutex-size-rwmutex",
                     "mutex",
                     "weft_rwmutex is one word",
                     {"size", {"weft_rwmutex"}, 1},
                     {},
                     kValue,
                     Bound::kAtMost,
                     sizeof(void *),
                     false});
    goals.push_back(
        {"mutex-waiter-system-calls",
         "mutex",
         "a parked waiter is one wait and one wake (yields and heavy fences: rows of their own)",
         {"parked_waiter", {"wait and wake"}, 2},
         {},
         kValue,
         Bound::kAtMost,
         2,
         false});
    goals.push_back({"mutex-waiter-allocations",
                     "mutex",
                     "a parked waiter allocates nothing",
                     {"parked_waiter", {"allocations"}, 2},
                     {},
                     kValue,
                     Bound::kAtMost,
                     0,
                     false});
}

const std::vector<std::string> blocking = {"pthread_mutex", "nsync_mu", "absl::Mutex"};
const std::vector<std::string> parkable = {"pthread_mutex", "nsync_mu", "absl::Mutex",
                                           ParkingLotMutex::kName};
const std::string ours = WeftMutex::kName;
const std::string symmetric = WeftMutexSymmetric::kName;

/* Unlock without an atomic read-modify-write: what it gains, and what it may not cost. */
void add_asymmetric_goals(std::vector<Goal> &goals) {
    for (const std::string name : {"uncontended", "uncontended_in_turn"}) {
        const std::string id = name == "uncontended" ? "pair" : "in-turn";
        goals.push_back({"mutex-" + id + "-symmetric",
                         "mutex",
                         name + ": without the heavy fence at most 1.15x of two CAS on a byte",
                         {name, {symmetric}, 1},
                         {name, {TwoCas::kName}, 1},
                         kNsPerOp,
                         Bound::kAtMost,
                         1.15,
                         false});
        goals.push_back({"mutex-" + id + "-asymmetric-floor",
                         "mutex",
                         name + ": at most 0.65x of two CAS on a byte",
                         {name, {ours}, 1},
                         {name, {TwoCas::kName}, 1},
                         kNsPerOp,
                         Bound::kAtMost,
                         0.65,
                         false});
        for (const std::string &peer : parkable) {
            std::string versus = "mutex-" + id;
            versus += "-asymmetric-";
            versus += peer.substr(0, peer.find_first_of("_:"));
            goals.push_back({versus,
                             "mutex",
                             name + ": at most 0.65x of " + peer,
                             {name, {ours}, 1},
                             {name, {peer}, 1},
                             kNsPerOp,
                             Bound::kAtMost,
                             0.65,
                             false});
        }
    }
    for (const std::string length : {"short", "long"}) {
        for (unsigned threads : {2U, 4U, 8U}) {
            const std::string count = std::to_string(threads);
            std::string name = threads == 8 ? "second_" : "one_lock_";
            name += length;
            std::string text = length;
            text += " sections, " + count + " threads: throughput of the symmetric mutex";
            goals.push_back({"mutex-" + count + "t-" + length + "-symmetric",
                             "mutex",
                             text,
                             {name, {ours}, threads},
                             {name, {symmetric}, threads},
                             kOpsPerS,
                             Bound::kAtLeast,
                             1.0,
                             true});
        }
    }
}

/* What is optional is for those who wait: even switched on it costs nobody else anything. Two
 * hundredths, because each row's loop lies elsewhere. That it costs nothing while it is off, tests/off
 * asks the compiler. */
void add_optional_goals(std::vector<Goal> &goals) {
    const struct {
        const char *id, *what, *name;
    } extras[] = {{"mutex-pair-hook", "a contention hook", WeftMutexHooked::kName},
                  {"mutex-pair-statistics", "statistics", WeftMutexCounted::kName}};
    for (const auto &extra : extras) {
        goals.push_back(
            {extra.id,
             "mutex",
             std::string("uncontended pair with ") + extra.what + ": at most 1.02x of one without",
             {"uncontended", {extra.name}, 1},
             {"uncontended", {ours}, 1},
             kNsPerOp,
             Bound::kAtMost,
             1.02,
             false});
    }
}

/* Many locks, seldom contended: the plain store may not cost what it gains. */
Goal many_locks_goal(const std::string &name, const std::string &text, unsigned threads) {
    const std::string count = std::to_string(threads);
    std::string id = name;
    std::replace(id.begin(), id.end(), '_', '-');
    return {"mutex-" + count + "t-" + id + "-symmetric",
            "mutex",
            text + ", " + count + " threads: throughput of the symmetric mutex",
            {name, {ours}, threads},
            {name, {symmetric}, threads},
            kOpsPerS,
            Bound::kAtLeast,
            1.0,
            true};
}

void add_many_locks_goals(std::vector<Goal> &goals) {
    for (unsigned threads : {2U, 4U, 8U}) {
        goals.push_back(many_locks_goal("many_locks", "64 locks", threads));
    }
    for (unsigned threads : {2U, 8U}) {
        goals.push_back(many_locks_goal("many_locks_long", "64 locks, 1 us", threads));
    }
}

void add_heavy_fence_goals(std::vector<Goal> &goals) {
    for (unsigned threads : {1U, 2U, 8U, 64U}) {
        for (const std::string pattern : {"1 lock", "64 locks", "10000 locks", "hostile"}) {
            const std::string count = std::to_string(threads);
            std::string id = "mutex-heavy-fences-";
            id += pattern.substr(0, pattern.find(' '));
            id += "-" + count + "t";
            std::string text = pattern;
            text +=
                ", " + count + " threads: at most 1000 heavy fences a second in any tenth of it";
            goals.push_back({id,
                             "mutex",
                             text,
                             {"heavy_fences", {pattern}, threads},
                             {},
                             kValue,
                             Bound::kAtMost,
                             1000,
                             false});
        }
    }
}

std::vector<Goal> mutex_goals() {
    std::vector<Goal> goals = {
        {"mutex-pair-floor",
         "mutex",
         "uncontended pair at most 1.10x of two CAS on a byte",
         {"uncontended", {ours}, 1},
         {"uncontended", {TwoCas::kName}, 1},
         kNsPerOp,
         Bound::kAtMost,
         1.10,
         false},
    };
    for (const std::string &peer : blocking) {
        goals.push_back({"mutex-pair-" + peer.substr(0, peer.find_first_of("_:")),
                         "mutex",
                         "uncontended pair faster than " + peer,
                         {"uncontended", {ours}, 1},
                         {"uncontended", {peer}, 1},
                         kNsPerOp,
                         Bound::kBelow,
                         1.0,
                         false});
    }
    for (const std::string length : {"short", "long"}) {
        goals.push_back({"mutex-2t-" + length,
                         "mutex",
                         length + " sections, 2 threads: throughput of the best blocking peer",
                         {"one_lock_" + length, {ours}, 2},
                         {"one_lock_" + length, blocking, 2},
                         kOpsPerS,
                         Bound::kAtLeast,
                         1.0,
                         true});
        goals.push_back({"mutex-8t-" + length,
                         "mutex",
                         length + " sections, 8 threads: throughput of the best blocking peer",
                         {"second_" + length, {ours}, 8},
                         {"second_" + length, blocking, 8},
                         kOpsPerS,
                         Bound::kAtLeast,
                         1.0,
                         true});
        goals.push_back({"mutex-jain-" + length,
                         "mutex",
                         length + " sections, 8 threads, one second: Jain's index at least 0.9",
                         {"second_" + length, {ours}, 8},
                         {},
                         kJain,
                         Bound::kAtLeast,
                         0.9,
                         false});
        goals.push_back({"mutex-longest-wait-" + length,
                         "mutex",
                         length + " sections, 8 threads, one second: longest wait under 5 ms",
                         {"second_" + length, {ours}, 8},
                         {},
                         kMax,
                         Bound::kBelow,
                         5e6,
                         false});
    }
    add_asymmetric_goals(goals);
    add_many_locks_goals(goals);
    add_optional_goals(goals);
    add_heavy_fence_goals(goals);
    add_cost_goals(goals);
    return goals;
}

} // namespace

Suite mutex_suite() {
    Suite suite;
    suite.name = "mutex";
    suite.about = "The one-byte mutex, and what stands on it or beside it.";
    suite.cases = {
        size_case(),
        parked_waiter_case(),
        uncontended_case(),
        in_turn_case(),
        contended_case("one_lock_short", "one lock, 20 ns sections", {kShort, 1}),
        contended_case("one_lock_long", "one lock, 1 us sections", {kLong, 1}),
        contended_case("many_locks", "64 locks, 20 ns sections", {kShort, 64}),
        many_long_case(),
        heavy_fences_case(),
        second_case("second_short", "8 threads for a second, 20 ns sections", {kShort, 1}),
        second_case("second_long", "8 threads for a second, 1 us sections", {kLong, 1}),
        optional_case(),
        fairness_case("fairness_short", "fairness time, 20 ns sections", {kShort, 1}),
        fairness_case("fairness_long", "fairness time, 1 us sections", {kLong, 1}),
    };
    for (Case &question : mutex_family_cases()) {
        suite.cases.push_back(std::move(question));
    }
    suite.goals = mutex_goals();
    return suite;
}

} // namespace weft_bench
