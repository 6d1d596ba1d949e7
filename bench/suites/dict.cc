/* dict.cc: maps that many threads read and change, lib/dict against tables of other libraries and CPython's protocol. */
#include <malloc.h>
#include <sys/resource.h>

#include <memory>

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suites/dict_cases.h"
#include "bench/suites/maps.h"
#include "bench/suites/maps_boost.h"
#include "bench/suites/peers.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

/* ---- maps ---------------------------------------------------------------------------------------- */

struct Borrow {
    static constexpr const char *kName = "weft_dict, borrow";
    static constexpr Family kFamily = Family::kSubject;
    static constexpr const bench_map &kMap = bench_weft_borrow;
};
struct Get {
    static constexpr const char *kName = "weft_dict, get";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const bench_map &kMap = bench_weft_get;
};
struct Prompt {
    static constexpr const char *kName = "weft_dict, prompt, get";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const bench_map &kMap = bench_weft_prompt;
};
struct Plain {
    static constexpr const char *kName = "the same layout, plain loads";
    static constexpr Family kFamily = Family::kFloor;
    static constexpr const bench_map &kMap = bench_weft_plain;
};
struct Cpython {
    static constexpr const char *kName = "CPython 3.14's protocol, re-created";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const bench_map &kMap = bench_cpython_map;
};
struct Rwlock {
    static constexpr const char *kName = "open addressing, pthread_rwlock";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const bench_map &kMap = bench_rwlock_map;
};

#if BENCH_PEER_CK
struct Ck {
    static constexpr const bench_map &kMap = bench_ck_ht;
#else
struct Ck : Absent {
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
#endif
    static constexpr const char *kName = "ck_ht";
    static constexpr Family kFamily = Family::kBlocking;
};
#if BENCH_PEER_URCU
struct Lfht {
    static constexpr const bench_map &kMap = bench_lfht_map;
#else
struct Lfht : Absent {
    static constexpr const char *kMissing = BENCH_PEER_URCU_MISSING;
#endif
    static constexpr const char *kName = "liburcu lfht, presized";
    static constexpr Family kFamily = Family::kBlocking;
};
#if BENCH_PEER_TBB
struct Tbb {
    static constexpr const bench_map &kMap = bench_tbb_words;
#else
struct Tbb : Absent {
    static constexpr const char *kMissing = BENCH_PEER_TBB_MISSING;
#endif
    static constexpr const char *kName = "tbb::concurrent_hash_map";
    static constexpr Family kFamily = Family::kBlocking;
};
#if BENCH_PEER_ABSL
struct Absl {
    static constexpr const bench_map &kMap = bench_absl_map;
#else
struct Absl : Absent {
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
#endif
    static constexpr const char *kName = "absl::flat_hash_map";
    static constexpr Family kFamily = Family::kFloor;
};
#if BENCH_BOOST_CONCURRENT
struct Boost {
    static constexpr const bench_map &kMap = bench_boost_concurrent;
#else
struct Boost : Absent {
    static constexpr const char *kMissing = "Boost has it from 1.83 on";
#endif
    static constexpr const char *kName = "boost::concurrent_flat_map";
    static constexpr Family kFamily = Family::kBlocking;
};

/* ---- measures ------------------------------------------------------------------------------------ */

enum class Keys : uint8_t { kIntegers = 0, kSymbols = 1 };
constexpr uint32_t kBatch = 64;

/* The map, with keys 0 to size - 1; as many more exist that are not in it. */
void make(const bench_map &map, Keys keys, size_t size) {
    if (keys == Keys::kSymbols || &map == &bench_cpython_map) {
        bench_symbols_make(2 * size);
    }
    map.enter();
    map.prepare(size);
    map.fill[static_cast<size_t>(keys)](size);
}

void expect(uint64_t found, uint64_t wanted) {
    if (found != wanted) {
        std::abort();
    }
}

/* One thread, which has made the map. */
template <const bench_map &kMap, Keys kKeys, size_t kSize, bool kHits>
Sample read_alone(const Work &work) {
    make(kMap, kKeys, kSize);
    uint64_t random = 1;
    constexpr uint32_t kTimes = 20000;
    bench_loop loop = {&random, kHits ? 0 : static_cast<uint32_t>(kSize),
                       static_cast<uint32_t>(kSize), kTimes};
    return measure_blocks(
        work, kTimes, [] {},
        [&](uint64_t) {
            expect(kMap.read[static_cast<size_t>(kKeys)](&loop), kHits ? kTimes : 0);
        });
}

/* How a thread mixes writes into a batch of 64. */
struct Mix {
    uint32_t overwrites;
    uint32_t replaces;
    uint32_t range; /* of the keys; 0: all */
};

/* Threads on one map, which a thread made that sleeps. */
template <const bench_map &kMap, Keys kKeys, size_t kSize, uint32_t kOverwrites, uint32_t kReplaces,
          uint32_t kRange>
Sample together(const Work &work) {
    make(kMap, kKeys, kSize);
    kMap.sleep();
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [](unsigned index) {
        auto stay = stay_in(kMap);
        auto random = std::make_shared<uint64_t>(index * 7919 + 1);
        return [stay, random](bool) -> uint64_t {
            constexpr size_t kWhich = static_cast<size_t>(kKeys);
            constexpr uint32_t kBelow = kRange != 0 ? kRange : static_cast<uint32_t>(kSize);
            bench_loop loop = {random.get(), 0, kBelow, kBatch - kOverwrites - kReplaces};
            if (loop.times != 0) {
                (void)kMap.read[kWhich](&loop);
            }
            loop.times = kOverwrites;
            if (kOverwrites != 0) {
                kMap.overwrite[kWhich](&loop);
            }
            loop.times = kReplaces;
            if (kReplaces != 0) {
                kMap.replace[kWhich](&loop);
            }
            kMap.pause();
            return 0;
        };
    });
    sample.metric[kOpsPerS] *= kBatch;
    sample.metric[kNsPerOp] /= kBatch;
    return sample;
}

/* A thread makes a map of `size` and drops it, over and over: by key. */
template <const bench_map &kMap, Keys kKeys, size_t kSize> Sample build(const Work &work) {
    make(kMap, kKeys, kSize);
    return measure_blocks(
        work, kSize, [] { kMap.pause(); },
        [](uint64_t) {
            kMap.drop();
            kMap.fill[static_cast<size_t>(kKeys)](kSize);
        });
}

/* The same threads, whose keys are drawn beforehand: few of them very often. */
template <const bench_map &kMap, Keys kKeys, size_t kSize> Sample zipf(const Work &work) {
    make(kMap, kKeys, kSize);
    bench_zipf_draw(kSize);
    kMap.sleep();
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [](unsigned index) {
        auto stay = stay_in(kMap);
        auto place = std::make_shared<uint64_t>(index * 7919);
        return [stay, place](bool) -> uint64_t {
            bench_loop loop = {place.get(), 0, 0, kBatch};
            expect(kMap.read_zipf[static_cast<size_t>(kKeys)](&loop), kBatch);
            kMap.pause();
            return 0;
        };
    });
    sample.metric[kOpsPerS] *= kBatch;
    sample.metric[kNsPerOp] /= kBatch;
    return sample;
}

long times_preempted() {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

/* Batches of reads. Those in which the thread lost its CPU say nothing about the map. */
struct alignas(128) Batches {
    Histogram undisturbed;
    uint64_t preempted = 0;
};

constexpr uint32_t kStay = 1024;
constexpr uint32_t kCome = 65536;

/* The readers' keys stay; the writer's come and go, or it does something else. */
template <const bench_map &kMap, bool kStorm> void write_step(uint64_t *random) {
    bench_loop loop = {random, kStay, kCome, kBatch};
    if (kStorm) {
        kMap.replace[1](&loop);
    } else {
        spend(1, 1000);
    }
    kMap.pause();
}

template <const bench_map &kMap> void read_step(uint64_t *random, long *before, Batches *batches) {
    bench_loop loop = {random, 0, kStay, kBatch};
    uint64_t start = ticks();
    uint64_t found = kMap.read[1](&loop);
    uint64_t took = ticks() - start;
    long now = times_preempted();
    expect(found, kBatch);
    if (now == *before) {
        batches->undisturbed.record(took);
    } else {
        batches->preempted++;
    }
    *before = now;
}

void summarise(const std::vector<Batches> &all, Sample *sample) {
    Batches sum;
    for (const Batches &one : all) {
        sum.undisturbed.merge(one.undisturbed);
        sum.preempted += one.preempted;
    }
    auto number = static_cast<double>(sum.undisturbed.count() + sum.preempted);
    sample->metric[kP50] = ticks_to_ns(sum.undisturbed.percentile(0.5));
    sample->metric[kP99] = ticks_to_ns(sum.undisturbed.percentile(0.99));
    sample->metric[kP999] = ticks_to_ns(sum.undisturbed.percentile(0.999));
    sample->metric[kMax] = ticks_to_ns(sum.undisturbed.longest());
    sample->metric[kPreempted] = static_cast<double>(sum.preempted) * 1e6 / number;
}

template <const bench_map &kMap, bool kStorm> Sample beside(const Work &work) {
    bench_symbols_make(kStay + kCome);
    kMap.enter();
    kMap.prepare(kStay + kCome);
    kMap.fill[1](kStay);
    kMap.sleep();
    std::vector<Batches> batches(work.threads);
    Crew crew(work);
    crew.member(0).counted = false;
    Sample sample = crew.run(UINT32_MAX, [&](unsigned index) {
        auto stay = stay_in(kMap);
        auto random = std::make_shared<uint64_t>(index * 7919 + 1);
        auto before = std::make_shared<long>(times_preempted());
        Batches *own = &batches[index];
        return [stay, random, before, own, index](bool) -> uint64_t {
            if (index == 0) {
                write_step<kMap, kStorm>(random.get());
            } else {
                read_step<kMap>(random.get(), before.get(), own);
            }
            return 0;
        };
    });
    summarise(batches, &sample);
    return sample;
}

double heap() {
    struct mallinfo2 info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

/* The map alone, by key: keys and values are there before. */
template <const bench_map &kMap, Keys kKeys, size_t kSize> Sample memory(const Work &) {
    if (kKeys == Keys::kSymbols) {
        bench_symbols_make(kSize);
    }
    kMap.enter();
    kMap.prepare(kSize);
    auto settle = [] {
        for (unsigned i = 0; i < 100; i++) {
            kMap.pause();
        }
    };
    /* Once before: reserves and the like are not the map's. */
    kMap.fill[static_cast<size_t>(kKeys)](kSize);
    kMap.drop();
    settle();
    double before = heap();
    kMap.fill[static_cast<size_t>(kKeys)](kSize);
    settle();
    Sample sample;
    sample.metric[kValue] = (heap() - before) / static_cast<double>(kSize);
    return sample;
}

/* ---- cases --------------------------------------------------------------------------------------- */

template <class Measures, class... Maps>
Case of_maps(const std::string &name, const std::string &title, const std::string &about) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = implementations_of<Maps...>(
        [](auto tag) -> Measure { return Measures::template of<decltype(tag)::Type::kMap>; });
    return question;
}

Case alone(Case question) {
    question.threads = {1};
    question.quick = {5, 0.03};
    question.full = {21, 0.1};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}
Case shared(Case question) {
    question.threads = {1, 2, 8};
    question.quick = {5, 0.03};
    question.full = {11, 0.2};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}};
    question.columns = {kNsPerOp, kOpsPerS, kJain};
    return question;
}

template <Keys kKeys, size_t kSize, bool kHits> struct Reading {
    template <const bench_map &kMap> static Sample of(const Work &work) {
        return read_alone<kMap, kKeys, kSize, kHits>(work);
    }
};
template <Keys kKeys, size_t kSize, uint32_t kOverwrites, uint32_t kReplaces, uint32_t kRange>
struct Mixing {
    template <const bench_map &kMap> static Sample of(const Work &work) {
        return together<kMap, kKeys, kSize, kOverwrites, kReplaces, kRange>(work);
    }
};
template <Keys kKeys, size_t kSize> struct Drawing {
    template <const bench_map &kMap> static Sample of(const Work &work) {
        return zipf<kMap, kKeys, kSize>(work);
    }
};
template <Keys kKeys, size_t kSize> struct Building {
    template <const bench_map &kMap> static Sample of(const Work &work) {
        return build<kMap, kKeys, kSize>(work);
    }
};
template <Keys kKeys, size_t kSize> struct Memory {
    template <const bench_map &kMap> static Sample of(const Work &work) {
        return memory<kMap, kKeys, kSize>(work);
    }
};
template <bool kStorm> struct Beside {
    template <const bench_map &kMap> static Sample of(const Work &work) {
        return beside<kMap, kStorm>(work);
    }
};

constexpr const char *kSymbolsAbout =
    "One thread, CPU time; symbols drawn at random. Ours and CPython's take the symbol's hash from "
    "it and compare addresses; "
    "the floor reads our tables with plain loads, without a look at whose they are. get counts the "
    "value and drops it.";
constexpr const char *kIntegersAbout =
    "One thread, CPU time; integers drawn at random, 62 bits of them. Ours finds an object's "
    "address, the others a word. "
    "get counts the object and drops it, the other rows count nothing.";

template <size_t kSize, bool kHits> Case symbols_case(const char *name, const char *title) {
    return alone(of_maps<Reading<Keys::kSymbols, kSize, kHits>, Borrow, Get, Prompt, Plain, Cpython,
                         Ck, Lfht, Tbb, Absl>(name, title, kSymbolsAbout));
}
template <size_t kSize, bool kHits> Case integers_case(const char *name, const char *title) {
    return alone(of_maps<Reading<Keys::kIntegers, kSize, kHits>, Borrow, Get, Prompt, Plain, Rwlock,
                         Ck, Lfht, Tbb, Absl, Boost>(name, title, kIntegersAbout));
}

template <Keys kKeys, size_t kSize, uint32_t kOverwrites, uint32_t kReplaces, uint32_t kRange>
Case mix_case(const char *name, const char *title, const char *about) {
    using Mixed = Mixing<kKeys, kSize, kOverwrites, kReplaces, kRange>;
    if constexpr (kKeys == Keys::kSymbols) {
        return shared(of_maps<Mixed, Borrow, Get, Prompt, Cpython, Rwlock, Ck, Lfht, Tbb, Boost>(
            name, title, about));
    } else {
        return shared(
            of_maps<Mixed, Borrow, Get, Prompt, Rwlock, Ck, Lfht, Tbb, Boost>(name, title, about));
    }
}

/* What takes too long for a quick run, or stands behind no goal. */
Case at_length(Case question) {
    question.full_only = true;
    return question;
}

/* Filling takes seconds: few rounds, and only what the goals speak of, and what else has many keys. */
template <bool kHits> Case many_integers_case(const char *name, const char *title) {
    constexpr size_t kMany = 10000000;
    Case question =
        alone(of_maps<Reading<Keys::kIntegers, kMany, kHits>, Borrow, Get, Plain, Absl, Ck, Tbb>(
            name, title, kIntegersAbout));
    question.full = {5, 0.3};
    return at_length(question);
}

Case many_symbols_case() {
    Case question =
        alone(of_maps<Reading<Keys::kSymbols, 10000000, true>, Borrow, Get, Plain, Cpython, Absl>(
            "symbols_1e7", "hits, 10 million symbols", kSymbolsAbout));
    question.full = {5, 0.3};
    return at_length(question);
}

template <Keys kKeys> Case zipf_case(const char *name, const char *title) {
    using Drawn = Drawing<kKeys, 100000>;
    const char *about = "Hits among 100000, key n drawn in proportion to 1/n, in batches of 64. "
                        "The map was made by a thread that sleeps.";
    return at_length(
        shared(of_maps<Drawn, Borrow, Get, Prompt, Cpython, Rwlock, Ck, Lfht, Tbb, Boost>(
            name, title, about)));
}

template <size_t kSize> Case build_case(const char *name, const char *title) {
    return alone(
        of_maps<Building<Keys::kIntegers, kSize>, Borrow, Prompt, Rwlock, Ck, Tbb, Absl, Boost>(
            name, title,
            "One thread, CPU time by key: an empty map, the keys inserted one by "
            "one, the map dropped. Ours is shared, so its tables wait for grace "
            "periods."));
}

template <size_t kSize> Case memory_case(const char *name, const char *title) {
    Case question =
        of_maps<Memory<Keys::kSymbols, kSize>, Borrow, Cpython, Rwlock, Ck, Lfht, Absl, Boost>(
            name, title,
            "By key, without keys and values; inserted one by one, and what was outgrown "
            "freed. Of what the allocator has given out, its own overhead included; TBB has "
            "another one, which does not tell.");
    question.threads = {1};
    question.quick = question.full = {5, 0};
    question.value_name = "memory by key";
    question.value_unit = "B";
    question.columns = {kValue};
    question.plots = {{PlotKind::kBars, kValue, false}};
    return question;
}

Case many_in_memory_case() {
    constexpr size_t kMany = 12582912; /* 3/4 of 2^24 */
    Case few = memory_case<1536>("memory_12582912", "memory of 12582912 symbols");
    Case many = of_maps<Memory<Keys::kSymbols, kMany>, Borrow, Cpython, Absl>(few.name, few.title,
                                                                              few.about);
    few.implementations = many.implementations;
    few.full = {2, 0};
    return at_length(few);
}

template <class Map, bool kStorm> Implementation row_beside(const char *doing) {
    Implementation one = implementation_of<Map>(
        [](auto tag) -> Measure { return beside<decltype(tag)::Type::kMap, kStorm>; });
    one.name += std::string(", ") + doing;
    if (one.family == Family::kSubject && !kStorm) {
        one.family = Family::kBlocking;
    }
    return one;
}

Case storm_case() {
    Case question;
    question.name = "storm";
    question.title =
        "batches of 64 reads beside a writer that makes the table grow and be replaced";
    question.about =
        "The first thread deletes and inserts symbols of 65536, in a map with 1024 others that "
        "the other threads read; or it only reads the clock. Times of a batch; batches in which a "
        "reader lost its CPU "
        "are only counted.";
    question.implementations = {
        row_beside<Borrow, true>("storm"),  row_beside<Borrow, false>("at rest"),
        row_beside<Get, true>("storm"),     row_beside<Get, false>("at rest"),
        row_beside<Cpython, true>("storm"), row_beside<Cpython, false>("at rest"),
        row_beside<Rwlock, true>("storm"),  row_beside<Rwlock, false>("at rest"),
        row_beside<Tbb, true>("storm"),     row_beside<Tbb, false>("at rest"),
    };
    question.threads = {2, 8};
    question.quick = {5, 0.06};
    question.full = {11, 0.2};
    question.plots = {{PlotKind::kThreads, kP999, true}, {PlotKind::kThreads, kP50, true}};
    question.columns = {kP50, kP99, kP999, kMax, kPreempted};
    return question;
}

/* ---- goals --------------------------------------------------------------------------------------- */

Goal goal(const char *id, const char *text, const RowRef &ours,
          const std::vector<std::string> &peers, Metric metric, Bound direction, double bound) {
    return {id,     "dict",    text,  ours,      {ours.case_name, peers, ours.threads},
            metric, direction, bound, bound == 1};
}

/* Cases of one thread, and what ours may take of the peer's time. */
void add_alone(std::vector<Goal> *goals, const std::vector<std::string> &cases, const char *ours,
               const std::vector<std::string> &peers, double bound, const char *text) {
    for (const std::string &name : cases) {
        std::string id = "dict-" + name + "-" + std::to_string(goals->size());
        goals->push_back(
            goal(id.c_str(), text, {name, {ours}, 1}, peers, kNsPerOp, Bound::kAtMost, bound));
    }
}

std::vector<Goal> dict_goals() {
    std::vector<Goal> goals;
    const std::vector<std::string> concurrent = {Ck::kName, Lfht::kName, Tbb::kName};
    const std::vector<std::string> symbols = {"symbols_8", "symbols_1e3", "symbols_1e5"};
    add_alone(&goals, symbols, Borrow::kName, {Plain::kName}, 1.15,
              "a borrow at most 1.15x of the same layout read with plain loads");
    add_alone(&goals, symbols, Get::kName, {Cpython::kName}, 1,
              "a get and drop not slower than by CPython's protocol");
    add_alone(&goals, {"integers_1e3", "integers_1e5"}, Borrow::kName, {Absl::kName}, 1.2,
              "integer hits at most 1.2x of absl's");
    add_alone(&goals, {"integers_1e7"}, Borrow::kName, {Absl::kName}, 1,
              "integer hits no slower than absl's");
    add_alone(&goals, {"integers_miss_1e7"}, Borrow::kName, {Absl::kName}, 1.5,
              "integer misses at most 1.5x of absl's");
    add_alone(&goals, {"integers_1e3", "integers_1e5"}, Borrow::kName, concurrent, 0.5,
              "integer hits at least 2x faster than the best of ck_ht, lfht and tbb");
    add_alone(&goals, {"integers_1e3", "integers_1e5"}, Borrow::kName, {Boost::kName}, 1,
              "integer hits at least as fast as boost's");
    goals.push_back(goal("dict-reads-2",
                         "2 threads, integer hits: at least 2x the best of ck_ht, lfht and tbb",
                         {"reads", {Borrow::kName}, 2}, concurrent, kOpsPerS, Bound::kAtLeast, 2));
    goals.push_back(goal("dict-reads-2-boost", "2 threads, integer hits: at least boost's",
                         {"reads", {Borrow::kName}, 2}, {Boost::kName}, kOpsPerS, Bound::kAtLeast,
                         1));
    goals.push_back(goal(
        "dict-overwrites", "5 % overwrites on 2 threads: at least 1.5x the best concurrent peer",
        {"overwrites", {Borrow::kName}, 2}, {Rwlock::kName, Ck::kName, Lfht::kName, Tbb::kName},
        kOpsPerS, Bound::kAtLeast, 1.5));
    goals.push_back(goal(
        "dict-replaces", "5 % delete and insert on 2 threads: at least the best concurrent peer",
        {"replaces", {Borrow::kName}, 2}, {Rwlock::kName, Ck::kName, Lfht::kName, Tbb::kName},
        kOpsPerS, Bound::kAtLeast, 1));
    goals.push_back(goal(
        "dict-storm", "99.9 % of the readers' batches in a storm of resizes: at most 3x of at rest",
        {"storm", {std::string(Borrow::kName) + ", storm"}, 2},
        {std::string(Borrow::kName) + ", at rest"}, kP999, Bound::kAtMost, 3));
    for (const char *name : {"memory_1536", "memory_98304", "memory_12582912"}) {
        Goal bytes = goal(name, "at most 22 bytes by symbol at full load",
                          {name, {Borrow::kName}, 1}, {}, kValue, Bound::kAtMost, 22);
        bytes.id = std::string("dict-") + name;
        goals.push_back(bytes);
    }
    Goal mean = goal("dict-get-mean",
                     "a get and drop at least 1.3x faster than by CPython's protocol, "
                     "on the average",
                     {"", {Get::kName}, 0}, {Cpython::kName}, kNsPerOp, Bound::kAtMost, 1 / 1.3);
    mean.across = {{"symbols_8", 1},        {"symbols_1e3", 1},      {"symbols_1e5", 1},
                   {"symbols_miss_1e3", 1}, {"symbols_miss_1e5", 1}, {"one_key", 1},
                   {"one_key", 2},          {"symbol_reads", 1},     {"symbol_reads", 2}};
    goals.push_back(mean);
    goals.push_back(goal("dict-one-key-get",
                         "one value read by 2 threads: get and drop not slower than "
                         "by CPython's protocol",
                         {"one_key", {Get::kName}, 2}, {Cpython::kName}, kOpsPerS, Bound::kAtLeast,
                         1));
    goals.push_back(goal("dict-one-key-borrow",
                         "one value read by 2 threads: a borrow at least 10x "
                         "CPython's protocol",
                         {"one_key", {Borrow::kName}, 2}, {Cpython::kName}, kOpsPerS,
                         Bound::kAtLeast, 10));
    return goals;
}

} // namespace

Suite dict_suite() {
    Suite suite;
    suite.name = "dict";
    suite.about = "Maps that many threads read and change.";
    suite.cases = {
        symbols_case<8, true>("symbols_8", "hits, 8 symbols"),
        symbols_case<1000, true>("symbols_1e3", "hits, 1000 symbols"),
        symbols_case<100000, true>("symbols_1e5", "hits, 100000 symbols"),
        symbols_case<1000, false>("symbols_miss_1e3", "misses, 1000 symbols"),
        symbols_case<100000, false>("symbols_miss_1e5", "misses, 100000 symbols"),
        many_symbols_case(),
        at_length(integers_case<8, true>("integers_8", "hits, 8 integers")),
        integers_case<1000, true>("integers_1e3", "hits, 1000 integers"),
        integers_case<100000, true>("integers_1e5", "hits, 100000 integers"),
        many_integers_case<true>("integers_1e7", "hits, 10 million integers"),
        at_length(integers_case<1000, false>("integers_miss_1e3", "misses, 1000 integers")),
        at_length(integers_case<100000, false>("integers_miss_1e5", "misses, 100000 integers")),
        many_integers_case<false>("integers_miss_1e7", "misses, 10 million integers"),
        mix_case<Keys::kSymbols, 1000, 0, 0, 1>(
            "one_key", "one key read by all threads",
            "A symbol of 1000. Value and map were made by a thread that sleeps."),
        mix_case<Keys::kSymbols, 100000, 0, 0, 0>(
            "symbol_reads", "100000 symbols read by all threads", "As `one_key`, any of them."),
        mix_case<Keys::kIntegers, 100000, 0, 0, 0>(
            "reads", "100000 integers read by all threads",
            "Hits, in batches of 64. The map was made by a thread that sleeps."),
        mix_case<Keys::kIntegers, 100000, 3, 0, 0>("overwrites", "5 % overwrites",
                                                   "As `reads`, but 3 of 64 are overwrites."),
        mix_case<Keys::kIntegers, 100000, 0, 3, 0>(
            "replaces", "5 % deleted and inserted again",
            "As `reads`, but 3 of 64 delete a key and insert it again."),
        at_length(mix_case<Keys::kIntegers, 100000, 32, 0, 0>(
            "half_writes", "50 % overwrites", "As `reads`, but 32 of 64 are overwrites.")),
        zipf_case<Keys::kSymbols>("zipf_symbols", "a few symbols read much more often than others"),
        zipf_case<Keys::kIntegers>("zipf_integers",
                                   "a few integers read much more often than others"),
        at_length(build_case<8>("build_8", "maps of 8 integers made and dropped")),
        at_length(build_case<100000>("build_1e5", "maps of 100000 integers made and dropped")),
        storm_case(),
        memory_case<1536>("memory_1536", "memory of 1536 symbols"),
        memory_case<98304>("memory_98304", "memory of 98304 symbols"),
        many_in_memory_case(),
    };
    for (const Case &question : dict_cases()) {
        suite.cases.push_back(question);
    }
    suite.goals = dict_goals();
    return suite;
}

} // namespace weft_bench
