/* rwmutex.cc: the one-word reader-writer lock against those of C libraries. */
#include "bench/suites/rwmutex_measures.h"

#include "bench/suites/rwlocks.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

template <class Make> std::vector<Implementation> each_lock(const Make &make) {
    return implementations_of<WeftRwmutex, PthreadRwlock, CkRwlock, CkBrlock, ParkingLotRwlock>(
        make);
}

Case pair_case(const std::string &name, const std::string &title,
               std::vector<Implementation> implementations) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = "One lock and unlock by one thread, CPU time; a second thread exists.";
    question.implementations = std::move(implementations);
    question.threads = {1};
    question.quick = {9, 0.025};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case read_pair_case() {
    return pair_case("read_pair", "read lock + unlock, nobody else", each_lock([](auto tag) {
                         return Measure(read_pair<typename decltype(tag)::Type>);
                     }));
}

Case write_pair_case() {
    auto make = [](auto tag) -> Measure { return write_pair<typename decltype(tag)::Type>; };
    Case question = pair_case("write_pair", "write lock + unlock, nobody else", each_lock(make));
#if WEFT_HEAVY_FENCE
    question.about +=
        " The plain store is what a hint of waiters, as the mutex has it, could gain at most.";
    for (Implementation &bound : implementations_of<WeftRwmutexPlain>(make)) {
        question.implementations.push_back(std::move(bound));
    }
#endif
    return question;
}

Case mostly_reads_case(const std::string &name, const std::string &title, double section_ns) {
    Role role = {90, section_ns, section_ns};
    Case question;
    question.name = name;
    question.title = title;
    question.about = "Nine of ten operations read. Outside work of about the section's length; "
                     "reading the clock is part of it. ns/op is wall time over all operations.";
    question.implementations = each_lock([role](auto tag) -> Measure {
        return [role](const Work &work) {
            return shared_load<typename decltype(tag)::Type>(work, role, role, true);
        };
    });
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}, {PlotKind::kThreads, kMax, true}};
    return question;
}

/* One thread now and then wants what all others hold nearly always in the other mode. */
Case starved_case(const std::string &name, const std::string &title, bool writer) {
    constexpr double kPause = 20000, kSection = 1000;
    Role lone = {writer ? 0u : 100u, kPause, kSection};
    Role crowd = {writer ? 100u : 0u, 0, kSection};
    Case question;
    question.name = name;
    question.title = title;
    question.about = "The others hold the lock for 1 us and come back at once; the one asks for it "
                     "every 20 us. All figures are the one's. A wait as long as the window means "
                     "that it never got in.";
    question.implementations = each_lock([lone, crowd](auto tag) -> Measure {
        return [lone, crowd](const Work &work) {
            return shared_load<typename decltype(tag)::Type>(work, lone, crowd, false);
        };
    });
    question.threads = {2, 8};
    question.quick = {5, 0.2};
    question.full = {15, 1.0};
    question.plots = {{PlotKind::kThreads, kMax, true}, {PlotKind::kThreads, kP50, true}};
    return question;
}

/* Why 20 ms: with 4 threads on a core, a holder that loses its CPU gets it back after the others'
 * time slices, about 3 ms each; then the fairness time; twice that. What is to be ruled out is a
 * wait that grows with how long the others go on. */
constexpr double kBoundedWait = 20e6;

std::vector<Goal> rwmutex_goals() {
    const std::vector<std::string> ours = {WeftRwmutex::kName};
    const std::vector<std::string> pthread = {PthreadRwlock::kName};
    std::vector<Goal> goals = {
        {"rwmutex-read-pair",
         "rwmutex",
         "read pair as fast as pthread_rwlock's",
         {"read_pair", ours, 1},
         {"read_pair", pthread, 1},
         kNsPerOp,
         Bound::kAtMost,
         1.0,
         true},
    };
    for (unsigned threads : {2u, 8u}) {
        std::string suffix = std::to_string(threads) + "t";
        std::string with = " with " + std::to_string(threads) + " threads";
        for (const std::string length : {"short", "long"}) {
            const std::string id = "rwmutex-reads-" + length;
            const std::string load = "90 % reads, " + length + " sections";
            goals.push_back({id + "-" + suffix,
                             "rwmutex",
                             load + with + ": throughput of pthread_rwlock",
                             {"reads_90_" + length, ours, threads},
                             {"reads_90_" + length, pthread, threads},
                             kOpsPerS,
                             Bound::kAtLeast,
                             1.0,
                             true});
        }
        goals.push_back({"rwmutex-writer-wait-" + suffix,
                         "rwmutex",
                         "a writer among constant readers" + with + " waits at most 20 ms",
                         {"writer_among_readers", ours, threads},
                         {},
                         kMax,
                         Bound::kAtMost,
                         kBoundedWait,
                         false});
        goals.push_back({"rwmutex-reader-wait-" + suffix,
                         "rwmutex",
                         "a reader among constant writers" + with + " waits at most 20 ms",
                         {"reader_among_writers", ours, threads},
                         {},
                         kMax,
                         Bound::kAtMost,
                         kBoundedWait,
                         false});
    }
    return goals;
}

} // namespace

Suite rwmutex_suite() {
    Suite suite;
    suite.name = "rwmutex";
    suite.about = "The one-word reader-writer lock.";
    Case short_reads = mostly_reads_case("reads_90_short", "90 % reads, 20 ns sections", 20);
    Case long_reads = mostly_reads_case("reads_90_long", "90 % reads, 1 us sections", 1000);
    suite.cases = {
        read_pair_case(),
        write_pair_case(),
        short_reads,
        long_reads,
        starved_case("writer_among_readers", "one writer among constant readers", true),
        starved_case("reader_among_writers", "one reader among constant writers", false),
    };
    suite.goals = rwmutex_goals();
    return suite;
}

} // namespace weft_bench
