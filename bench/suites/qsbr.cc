/* qsbr.cc: deferred reclamation, lib/qsbr against liburcu and ck_epoch. */
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "bench/clock.h"
#include "bench/histogram.h"
#include "bench/pair.h"
#include "bench/suite.h"
#include "bench/suites/peers.h"
#include "bench/suites/reclaimer.h"
#include "bench/suites/squad.h"
#include "bench/suites/suites.h"
#include "weft_host.h"
#include "weft_qsbr.h"

namespace weft_bench {

namespace {

constexpr const char *kOurs = "weft_qsbr";

struct Scheme {
    const char *name;
    Family family;
    const bench_reclaimer *reclaimer;
    const char *missing;
};

#if BENCH_PEER_URCU
#define URCU(name) &bench_urcu_##name, ""
#else
#define URCU(name) nullptr, BENCH_PEER_URCU_MISSING
#endif
#if BENCH_PEER_CK
#define CK_EPOCH(name) &bench_ck_epoch##name, ""
#else
#define CK_EPOCH(name) nullptr, BENCH_PEER_CK_MISSING
#endif

/* Whatever waits for readers; its calls as a user of the library would compile them. */
const Scheme kSchemes[] = {
    {kOurs, Family::kSubject, &bench_weft_qsbr, ""}, {"urcu-qsbr", Family::kBlocking, URCU(qsbr)},
    {"urcu-memb", Family::kBlocking, URCU(memb)},    {"urcu-bp", Family::kBlocking, URCU(bp)},
    {"ck_epoch", Family::kSpinning, CK_EPOCH()},
};
/* As a thread of an interpreter is, and as weft's and urcu-qsbr's are: always reading. */
const Scheme kCkReading = {"ck_epoch, reading", Family::kSpinning, CK_EPOCH(_reading)};
/* The same code behind a call. */
const Scheme kWeftCall = {"weft_qsbr (call)", Family::kBlocking, &bench_weft_qsbr_call, ""};
const Scheme kUrcuCall = {"urcu-qsbr (call)", Family::kBlocking, URCU(qsbr_call)};

template <class Make> Implementation implementation(const Scheme &scheme, const Make &make) {
    if (scheme.reclaimer == nullptr) {
        return missing(scheme.name, scheme.family, scheme.missing);
    }
    return {scheme.name, scheme.family, make(*scheme.reclaimer), ""};
}

template <class Make> std::vector<Implementation> each_scheme(const Make &make) {
    std::vector<Implementation> all;
    for (const Scheme &scheme : kSchemes) {
        all.push_back(implementation(scheme, make));
    }
    return all;
}

/* ---- what a thread pays that has nothing to do ---------------------------------------------- */

using Loop = void (*)(uint64_t count);

Measure measure_loop(const bench_reclaimer &reclaimer, Loop loop) {
    return [&reclaimer, loop](const Work &work) {
        reclaimer.start();
        reclaimer.enter();
        return measure_pair(work, loop);
    };
}

Case quiescent_case() {
    auto make = [](const bench_reclaimer &one) { return measure_loop(one, one.quiescent_states); };
    Case question;
    question.name = "quiescent";
    question.title = "a quiescent state with nothing to do";
    question.about =
        "CPU time of one call in a loop that loads everything anew each time, as the code "
        "between two such calls would. Inlined calls, and the same behind a call.";
    question.implementations = {
        implementation(kSchemes[0], make),
        implementation(kWeftCall, make),
        implementation(kSchemes[1], make),
        implementation(kUrcuCall, make),
        {"load + compare (floor)", Family::kFloor,
         [](const Work &work) { return measure_pair(work, bench_load_and_compare); }, ""},
    };
    question.threads = {1};
    question.quick = {9, 0.04};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case pause_case() {
    Case question;
    question.name = "pause";
    question.title = "to leave and to come back";
    question.about =
        "What a thread pays around a blocking call: detach and attach (which also let a "
        "stopped world and a claimant act for it); offline and online; for schemes without "
        "either, a read section's end and begin.";
    question.implementations =
        each_scheme([](const bench_reclaimer &one) { return measure_loop(one, one.pauses); });
    question.threads = {1};
    question.quick = {9, 0.04};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

/* ---- retiring ------------------------------------------------------------------------------- */

constexpr size_t kNode = 32;
constexpr uint64_t kChunk = 1024; /* retired between two looks at the clock */

/* From the first retire until everything is freed. */
Sample churn(const bench_reclaimer &reclaimer, const Work &work) {
    std::atomic<uint64_t> retired{0};
    reclaimer.start();
    uint64_t began;
    {
        Squad squad(work.threads, [&](unsigned, Squad &all) {
            uint64_t mine = 0;
            reclaimer.enter();
            all.start_together();
            for (; !all.stopped(); mine += kChunk) {
                reclaimer.churn(kChunk, kNode);
            }
            reclaimer.settle();
            reclaimer.leave();
            retired += mine;
        });
        began = monotonic_ns();
        sleep_seconds(work.seconds);
    }
    Sample sample;
    sample.set_rate(static_cast<double>(retired),
                    static_cast<double>(monotonic_ns() - began) * 1e-9);
    return sample;
}

Case retire_case() {
    Case question;
    question.name = "retire";
    question.title = "malloc, retire, free: 32-byte nodes";
    question.about =
        "Every thread retires, and holds nothing for a moment after each 64th node (ck_epoch "
        "polls then; liburcu has a thread of its own that frees). Wall time from the first retire "
        "until all is freed, by node. Threads of urcu-memb, urcu-bp and ck_epoch are in no section "
        "here, so nobody waits for them; \"reading\": they are, but for those moments, as the "
        "others.";
    auto make = [](const bench_reclaimer &one) -> Measure {
        return [&one](const Work &work) { return churn(one, work); };
    };
    question.implementations = each_scheme(make);
    question.implementations.push_back(implementation(kCkReading, make));
    question.threads = {1, 2};
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kNsPerOp, false}, {PlotKind::kThreads, kRss, true}};
    return question;
}

/* A number of nodes instead of a time: 10 million in a full run. */
Sample backlog(const bench_reclaimer &reclaimer, const Work &work) {
    uint64_t nodes = static_cast<uint64_t>(work.seconds * 20e6) / kChunk * kChunk;
    reclaimer.start();
    Squad squad(1, [&](unsigned, Squad &all) {
        reclaimer.enter();
        all.start_together();
        while (!all.stopped()) {
            reclaimer.read(200);
        }
        reclaimer.leave();
    });
    reclaimer.enter();
    uint64_t began = monotonic_ns();
    for (uint64_t done = 0; done < nodes; done += kChunk) {
        reclaimer.churn(kChunk, kNode);
    }
    reclaimer.settle();
    Sample sample;
    sample.set_rate(static_cast<double>(nodes), static_cast<double>(monotonic_ns() - began) * 1e-9);
    reclaimer.leave();
    return sample;
}

Case backlog_case() {
    Case question;
    question.name = "backlog";
    question.title = "millions of nodes retired beside a reader";
    question.about =
        "One thread retires 10 million 32-byte nodes (2 million in a quick run) as fast as it "
        "can, another reads all the time. Wall time until all is freed, by node, and the most "
        "memory that this took.";
    question.implementations = each_scheme([](const bench_reclaimer &one) -> Measure {
        return [&one](const Work &work) { return backlog(one, work); };
    });
    question.threads = {2};
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}, {PlotKind::kBars, kRss, true}};
    question.columns = {kNsPerOp, kOpsPerS, kRss};
    return question;
}

/* ---- large blocks ---------------------------------------------------------------------------- */

constexpr size_t kBlock = size_t{1} << 20;
constexpr size_t kBlocks = 64;            /* in use at any time */
constexpr uint32_t kStepsPerMs = 1000000; /* of a reader, about */

/* A reader that holds nothing once in so many milliseconds, and how many blocks are replaced meanwhile: some of its periods. */
struct SlowReader {
    unsigned ms;
    size_t replaced;

    uint32_t steps() const { return ms * kStepsPerMs; }
};

void *make_block() {
    void *block = std::malloc(kBlock);
    if (block == nullptr) {
        std::abort();
    }
    std::memset(block, 1, kBlock);
    return block;
}

/* Replaces block after block; `drop` gets the old one. */
template <class Drop> Sample replace_blocks(size_t replaced, const Drop &drop) {
    std::vector<void *> blocks(kBlocks);
    for (void *&block : blocks) {
        block = make_block();
    }
    uint64_t began = monotonic_ns();
    for (size_t i = 0; i < replaced; i++) {
        void *old = std::exchange(blocks[i % kBlocks], make_block());
        drop(old);
    }
    Sample sample;
    sample.set_rate(static_cast<double>(replaced),
                    static_cast<double>(monotonic_ns() - began) * 1e-9);
    for (void *block : blocks) {
        std::free(block);
    }
    return sample;
}

Sample replace_beside_slow_reader(const bench_reclaimer &reclaimer, SlowReader reader) {
    reclaimer.start();
    Squad squad(1, [&](unsigned, Squad &all) {
        reclaimer.enter();
        all.start_together();
        while (!all.stopped()) {
            reclaimer.read(reader.steps());
        }
        reclaimer.leave();
    });
    reclaimer.enter();
    Sample sample =
        replace_blocks(reader.replaced, [&](void *old) { reclaimer.retire(old, kBlock); });
    reclaimer.settle();
    reclaimer.leave();
    return sample;
}

Sample replace_and_free(SlowReader reader) {
    Squad squad(1, [&](unsigned, Squad &all) {
        all.start_together();
        while (!all.stopped()) {
            spend(1, reader.steps());
        }
    });
    pin_to(0);
    return replace_blocks(reader.replaced, [](void *old) { std::free(old); });
}

/* The least that a reader's period leaves: at each of its moments the reader itself frees all that was retired before. */
Sample replace_and_let_reader_free(SlowReader reader) {
    std::mutex lock;
    std::vector<void *> retired;
    Squad squad(1, [&](unsigned, Squad &all) {
        std::vector<void *> due;
        all.start_together();
        do {
            spend(1, reader.steps());
            {
                std::lock_guard<std::mutex> locked(lock);
                due.swap(retired);
            }
            for (void *block : due) {
                std::free(block);
            }
            due.clear();
        } while (!all.stopped());
    });
    Sample sample = replace_blocks(reader.replaced, [&](void *old) {
        std::lock_guard<std::mutex> locked(lock);
        retired.push_back(old);
    });
    squad.stop();
    for (void *block : retired) {
        std::free(block);
    }
    return sample;
}

Case large_blocks_case(const std::string &name, SlowReader reader) {
    Case question;
    question.name = name;
    question.title =
        "blocks of 1 MiB replaced beside a slow reader: " + std::to_string(reader.ms) + " ms";
    question.about =
        "64 blocks are in use; one after the other is replaced, " +
        std::to_string(reader.replaced) +
        " in all, and the old one retired. The reader holds nothing once in " +
        std::to_string(reader.ms) +
        " ms. Wall time by block, and the most memory. "
        "\"free at once\" frees without asking the reader; \"freed by the reader\" is what no "
        "scheme that waits for it can do better.";
    question.implementations = each_scheme([reader](const bench_reclaimer &one) -> Measure {
        return [&one, reader](const Work &) { return replace_beside_slow_reader(one, reader); };
    });
    question.implementations.push_back({"free at once", Family::kFloor,
                                        [reader](const Work &) { return replace_and_free(reader); },
                                        ""});
    question.implementations.push_back(
        {"freed by the reader", Family::kFloor,
         [reader](const Work &) { return replace_and_let_reader_free(reader); }, ""});
    question.threads = {2};
    question.quick = {5, 0.1}; /* not a bound here: what it takes */
    question.full = {15, 0.1};
    question.plots = {{PlotKind::kBars, kRss, false}, {PlotKind::kBars, kNsPerOp, false}};
    question.columns = {kNsPerOp, kRss};
    return question;
}

/* ---- a reader that never holds nothing -------------------------------------------------------- */

constexpr size_t kHardCap = 64 * kBlock;

struct Stall {
    uint64_t began;
    weft_thread *reader;
    std::atomic<uint64_t> after_ns{0};
    std::atomic<bool> right{false};
};

void note_stall(void *argument, const weft_qsbr_stall *stall) {
    Stall *noted = static_cast<Stall *>(argument);
    noted->right = stall->thread == noted->reader && stall->slot == noted->reader->index;
    noted->after_ns = monotonic_ns() - noted->began;
}

struct BigNode {
    weft_qsbr_node node;
};

void free_big(weft_thread *, weft_qsbr_node *node) {
    std::free(node);
}

/* Two blocks between two safepoints, until the reader has been reported and lets go. */
double retire_until_let_go(weft_thread *self, const std::atomic<bool> &done) {
    size_t most = 0;
    while (!done) {
        for (int i = 0; i < 2; i++) {
            BigNode *block = static_cast<BigNode *>(std::malloc(sizeof(BigNode)));
            weft_qsbr_retire(self, &block->node, free_big, kBlock);
        }
        weft_qsbr_statistics now;
        weft_qsbr_get_statistics(weft_thread_runtime(self), &now);
        most = std::max(most, now.pending);
        weft_thread_safepoint(self);
    }
    return static_cast<double>(most);
}

weft_thread *enter(weft_runtime *runtime) {
    weft_thread *self;
    if (weft_thread_register(runtime, nullptr, &self) != WEFT_THREAD_OK ||
        weft_thread_attach(self) != WEFT_THREAD_OK) {
        std::abort();
    }
    return self;
}

/* The most that was retired at once, as a part of the bound: the cap, and two blocks of each producer. */
double part_of_bound(const std::vector<double> &most) {
    return *std::max_element(most.begin(), most.end()) /
           static_cast<double>(kHardCap + 2 * kBlock * most.size());
}

Sample stuck_reader(const Work &work) {
    Stall stall;
    std::atomic<bool> done{false};
    unsigned producers = work.threads - 1;
    std::vector<double> most(producers);
    weft_qsbr_install();
    weft_runtime *runtime = weft_runtime_create(nullptr);
    weft_qsbr_set_budgets(runtime, WEFT_QSBR_SOFT_BYTES, kHardCap);
    weft_qsbr_set_stall_hook(runtime, note_stall, &stall, 0);
    pin_to(1);
    weft_thread *self = enter(runtime);
    stall.reader = self;
    stall.began = monotonic_ns();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < producers; i++) {
        threads.emplace_back([&, i] {
            pin_to(i); /* the reader sleeps */
            weft_thread *other = enter(runtime);
            most[i] = retire_until_let_go(other, done);
            weft_thread_unregister(other);
        });
    }
    while (stall.after_ns == 0 && monotonic_ns() - stall.began < 5000000000u) {
        sleep_seconds(0.001); /* attached, as in a native call that forgot to detach */
    }
    done = true;
    weft_thread_detach(self);
    for (std::thread &thread : threads) {
        thread.join();
    }
    Sample sample;
    sample.metric[kMax] = static_cast<double>(stall.after_ns.load());
    sample.metric[kValue] = part_of_bound(most);
    if (!stall.right) {
        sample.fail("no stall was reported, or not that of the reader");
    }
    return sample;
}

Case stuck_reader_case(const std::string &name, const std::string &title,
                       const std::vector<unsigned> &threads) {
    Case question;
    question.name = name;
    question.title = title;
    question.about =
        "The other threads retire blocks of 1 MiB, two between two safepoints; the hard cap is 64 "
        "MiB. The value is the most that was retired at once, by the cap plus two blocks of each; "
        "the longest wait is the time until the reader was reported.";
    question.implementations = {{kOurs, Family::kSubject, stuck_reader, ""}};
    question.threads = threads;
    question.quick = {5, 0.6};
    question.full = {5, 0.6};
    question.columns = {kMax, kValue};
    question.value_name = "most retired, of the bound";
    return question;
}

/* ---- synchronize ------------------------------------------------------------------------------ */

Sample synchronize(const bench_reclaimer &reclaimer, const Work &work) {
    Histogram waits;
    reclaimer.start();
    Squad squad(work.threads, [&](unsigned, Squad &all) {
        reclaimer.enter();
        all.start_together();
        while (!all.stopped()) {
            reclaimer.read(100);
        }
        reclaimer.leave();
    });
    reclaimer.enter();
    uint64_t began = monotonic_ns();
    uint64_t end = began + static_cast<uint64_t>(work.seconds * 1e9);
    do {
        uint64_t before = ticks();
        reclaimer.synchronize();
        waits.record(ticks() - before);
    } while (monotonic_ns() < end);
    Sample sample;
    sample.set_rate(static_cast<double>(waits.count()),
                    static_cast<double>(monotonic_ns() - began) * 1e-9);
    reclaimer.leave();
    sample.metric[kP50] = ticks_to_ns(waits.percentile(0.5));
    sample.metric[kP99] = ticks_to_ns(waits.percentile(0.99));
    sample.metric[kMax] = ticks_to_ns(waits.longest());
    return sample;
}

Case synchronize_case() {
    Case question;
    question.name = "synchronize";
    question.title = "waiting for all readers";
    question.about = "One thread waits for a grace period, over and over; so many others "
                     "(\"threads\") read for 100 "
                     "multiplications and hold nothing for a moment, over and over.";
    question.implementations = each_scheme([](const bench_reclaimer &one) -> Measure {
        return [&one](const Work &work) { return synchronize(one, work); };
    });
    question.threads = {1, 2, 8};
    question.quick = {5, 0.15};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kP50, true}, {PlotKind::kThreads, kMax, true}};
    return question;
}

/* ---- goals ------------------------------------------------------------------------------------- */

Goal against(const std::string &id, const std::string &text, const std::string &case_name,
             unsigned threads, const std::vector<std::string> &peers, Metric metric,
             Bound direction, double bound, bool noise) {
    return {
        id,        "qsbr", text, {case_name, {kOurs}, threads}, {case_name, peers, threads}, metric,
        direction, bound,  noise};
}

std::vector<Goal> qsbr_goals() {
    std::vector<Goal> goals = {
        against("qsbr-quiescent-floor", "a quiescent state costs at most 1.2x of load + compare",
                "quiescent", 1, {"load + compare (floor)"}, kNsPerOp, Bound::kAtMost, 1.2, false),
        against("qsbr-quiescent-inline",
                "a quiescent state no slower than liburcu-qsbr's, both inlined", "quiescent", 1,
                {"urcu-qsbr"}, kNsPerOp, Bound::kAtMost, 1.0, true),
        against("qsbr-quiescent-call",
                "a quiescent state twice as fast as liburcu-qsbr's, both called", "quiescent", 1,
                {"urcu-qsbr (call)"}, kNsPerOp, Bound::kAtMost, 0.5, false),
    };
    goals.back().subject.implementations = {kWeftCall.name};
    for (unsigned threads : {1u, 2u}) {
        std::string suffix = "-" + std::to_string(threads) + "t";
        std::string with = ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
        goals.push_back(against("qsbr-retire-call-rcu" + suffix,
                                "retire + free: 2.5x the throughput of call_rcu" + with, "retire",
                                threads, {"urcu-qsbr", "urcu-memb", "urcu-bp"}, kOpsPerS,
                                Bound::kAtLeast, 2.5, false));
        goals.push_back(against("qsbr-retire-ck" + suffix,
                                "retire + free: the throughput of ck_epoch_call" + with, "retire",
                                threads, {"ck_epoch"}, kOpsPerS, Bound::kAtLeast, 1.0, true));
        goals.push_back(
            against("qsbr-synchronize-" + std::to_string(threads) + "r",
                    "synchronize with " + std::to_string(threads) +
                        (threads == 1 ? " reader" : " readers") + ": median of liburcu-qsbr's",
                    "synchronize", threads, {"urcu-qsbr"}, kP50, Bound::kAtMost, 1.0, true));
    }
    goals.push_back(against("qsbr-large-blocks",
                            "large blocks: at most 1.3x of the memory of freeing at once",
                            "large_blocks", 2, {"free at once"}, kRss, Bound::kAtMost, 1.3, false));
    goals.push_back(
        against("qsbr-hard-cap",
                "a stuck reader: no more than the cap and what is retired between two safepoints",
                "stuck_reader", 2, {}, kValue, Bound::kAtMost, 1.0, false));
    goals.push_back(against("qsbr-hard-cap-4", "the same with four threads that retire",
                            "stuck_reader_many", 5, {}, kValue, Bound::kAtMost, 1.0, false));
    goals.push_back(against("qsbr-stall", "a stuck reader is reported within one second",
                            "stuck_reader", 2, {}, kMax, Bound::kAtMost, 1e9, false));
    for (Goal &goal : goals) {
        if (goal.against.implementations.empty()) {
            goal.against = {};
        }
    }
    return goals;
}

/* Too long for a quick run. */
Case in_full_only(Case question) {
    question.full_only = true;
    return question;
}

} // namespace

Suite qsbr_suite() {
    Suite suite;
    suite.name = "qsbr";
    suite.about = "Quiescent-state-based reclamation.";
    suite.cases = {
        quiescent_case(),
        pause_case(),
        retire_case(),
        backlog_case(),
        large_blocks_case("large_blocks", {1, 3 * kBlocks}),
        in_full_only(large_blocks_case("large_blocks_10ms", {10, 4 * kBlocks})),
        in_full_only(large_blocks_case("large_blocks_50ms", {50, 16 * kBlocks})),
        stuck_reader_case("stuck_reader", "a reader that stays attached and passes no safepoint",
                          {2}),
        in_full_only(stuck_reader_case(
            "stuck_reader_many", "a reader that stays attached, and several that retire", {3, 5})),
        synchronize_case(),
    };
    suite.goals = qsbr_goals();
    return suite;
}

} // namespace weft_bench
