/* symbol.cc: tables of names: weft_symbol against ck_hs, liburcu's lfht and TBB's map. */
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <malloc.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suites/names.h"
#include "bench/suites/peers.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

/* ---- what is measured ---------------------------------------------------------------------------- */

struct Immortal {
    static constexpr const char *kName = "weft_symbol, immortal";
    static constexpr Family kFamily = Family::kSubject;
    static const bench_names &names() { return bench_weft_immortal; }
};
struct Weak {
    static constexpr const char *kName = "weft_symbol, weak";
    static constexpr Family kFamily = Family::kBlocking;
    static const bench_names &names() { return bench_weft_weak; }
};
/* The same, where there is nothing immortal to compare with. */
struct WeakSubject : Weak {
    static constexpr Family kFamily = Family::kSubject;
};
#if BENCH_PEER_CK
struct Ck {
    static constexpr const char *kName = "ck_hs";
    static constexpr Family kFamily = Family::kBlocking;
    static const bench_names &names() { return bench_ck_hs; }
};
#else
struct Ck : Absent {
    static constexpr const char *kName = "ck_hs";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
#endif
#if BENCH_PEER_URCU
struct Lfht {
    static constexpr const char *kName = "liburcu lfht";
    static constexpr Family kFamily = Family::kBlocking;
    static const bench_names &names() { return bench_lfht; }
};
#else
struct Lfht : Absent {
    static constexpr const char *kName = "liburcu lfht";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_URCU_MISSING;
};
#endif
#if BENCH_PEER_TBB
struct Tbb {
    static constexpr const char *kName = "tbb::concurrent_hash_map";
    static constexpr Family kFamily = Family::kBlocking;
    static const bench_names &names() { return bench_tbb_map; }
};
#else
struct Tbb : Absent {
    static constexpr const char *kName = "tbb::concurrent_hash_map";
    static constexpr Family kFamily = Family::kBlocking;
    static constexpr const char *kMissing = BENCH_PEER_TBB_MISSING;
};
#endif

/* ---- texts --------------------------------------------------------------------------------------- */

struct Free {
    void operator()(bench_text *texts) const { std::free(texts); }
};
using Texts = std::unique_ptr<bench_text[], Free>;

/* Identifiers of 12 to 14 letters, none in two lines of the cache. */
Texts texts_from(uint32_t first, uint32_t count) {
    constexpr size_t kLine = 64;
    size_t size = (count * sizeof(bench_text) + kLine - 1) / kLine * kLine;
    Texts texts(static_cast<bench_text *>(std::aligned_alloc(kLine, size)));
    for (uint32_t i = 0; i < count; i++) {
        bench_text &one = texts[i] = {};
        one.length =
            static_cast<uint32_t>(std::snprintf(one.text, sizeof one.text, "%.*s_%u",
                                                static_cast<int>(4 + i % 3), "nameof", first + i));
        one.hash = bench_text_hash(one.text, one.length);
    }
    return texts;
}

constexpr uint32_t kInBatch = 256;

/* What malloc gives from now on lies in large pages, where the system has some. Which small ones a process happens to be given decides
 * which lines share a set of a cache: half of 40 processes took 18 to 24 ns for one of 100000 texts, in large pages 16 to 20.
 * For all tables alike. */
void take_large_pages() {
#ifdef __linux__
    constexpr size_t kPage = size_t{2} << 20;
    constexpr size_t kHeap = 15 * kPage;
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    void *heap = std::malloc(kHeap);
    uintptr_t first = (reinterpret_cast<uintptr_t>(heap) + kPage - 1) / kPage * kPage;
    (void)madvise(reinterpret_cast<void *>(first), kHeap - kPage, MADV_HUGEPAGE);
    std::free(heap);
#endif
}

enum class Look : uint8_t { kHit, kMiss, kHash };

template <class Table, uint32_t kSize, Look kLook> Sample look_up(const Work &work) {
    const bench_names &names = Table::names();
    if (kSize > 1000) {
        take_large_pages();
    }
    Texts there = texts_from(1000000, kSize);
    Texts others = texts_from(5000000, kLook == Look::kMiss ? kSize : 0);
    const bench_text *asked = kLook == Look::kMiss ? others.get() : there.get();
    names.start(kSize);
    names.enter();
    names.intern(there.get(), kSize);
    names.sleep();
    std::vector<uint64_t> wrong(work.threads * 16UL);
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [&](unsigned index) {
        auto *find = kLook == Look::kHash ? names.look_up : names.look_up_hashed;
        uint64_t random = uint64_t{88172645463325252} * (index + 1);
        auto stay = stay_in(names);
        for (uint32_t warmed = 0; warmed < 2 * kSize; warmed += kInBatch) {
            (void)find(asked, kSize, &random, kInBatch);
        }
        return [stay, find, asked, random, bad = &wrong[index * 16UL]](bool) mutable -> uint64_t {
            uint64_t found = find(asked, kSize, &random, kInBatch);
            *bad += found != (kLook == Look::kMiss ? 0 : kInBatch);
            return 0;
        };
    });
    for (uint64_t bad : wrong) {
        if (bad != 0) {
            sample.fail("found what is not there, or not what is");
        }
    }
    sample.metric[kOpsPerS] *= kInBatch;
    sample.metric[kNsPerOp] /= kInBatch;
    return sample;
}

/* Texts that have no symbol; the table grows on the way. All threads intern texts of their own. */
template <class Table> Sample intern_new(const Work &work) {
    constexpr uint32_t kTexts = 100000;
    const bench_names &names = Table::names();
    Texts texts = texts_from(1000000, kTexts);
    names.start(0);
    names.enter();
    Companion companion;
    pin_to(0);
    uint64_t start = thread_cpu_ns();
    for (uint32_t i = 0; i < kTexts; i += kInBatch) {
        names.intern(&texts[i], std::min(kInBatch, kTexts - i));
        names.pause();
    }
    Sample sample;
    sample.metric[kNsPerOp] = static_cast<double>(thread_cpu_ns() - start) / kTexts;
    sample.metric[kOpsPerS] = 1e9 / sample.metric[kNsPerOp];
    (void)work;
    return sample;
}

/* All threads intern the same few texts and drop them at once; others stay in the table. */
template <class Table> Sample churn(const Work &work) {
    constexpr uint32_t kStanding = 1000;
    constexpr uint32_t kTexts = 64;
    const bench_names &names = Table::names();
    Texts standing = texts_from(1000000, kStanding);
    std::vector<Texts> own;
    own.reserve(work.threads);
    for (uint32_t i = 0; i < work.threads; i++) {
        own.push_back(texts_from(5000000 + i * kTexts, kTexts));
    }
    names.start(kStanding);
    names.enter();
    names.intern(standing.get(), kStanding);
    names.sleep();
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [&](unsigned index) {
        auto stay = stay_in(names);
        return [stay, &names, texts = own[index].get()](bool) -> uint64_t {
            names.churn(texts, kTexts);
            names.pause();
            return 0;
        };
    });
    sample.metric[kOpsPerS] *= kTexts;
    sample.metric[kNsPerOp] /= kTexts;
    return sample;
}

/* What the table and its objects take of the heap, by text. */
template <class Table, uint32_t kSize> Sample memory(const Work &) {
    const bench_names &names = Table::names();
    Texts texts = texts_from(1000000, kSize);
    auto used = [] {
        struct mallinfo2 heap = mallinfo2();
        return heap.uordblks + heap.hblkhd;
    };
    size_t before = used();
    names.start(0);
    names.enter();
    for (uint32_t i = 0; i < kSize; i += kInBatch) {
        names.intern(&texts[i], std::min(kInBatch, kSize - i));
        names.pause();
    }
    names.settle();
    Sample sample;
    sample.metric[kValue] = static_cast<double>(used() - before) / kSize;
    return sample;
}

/* ---- cases --------------------------------------------------------------------------------------- */

template <uint32_t kSize, Look kLook>
Case look_up_case(const char *name, const char *title, const char *about) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = implementations_of<Immortal, Weak, Ck, Lfht, Tbb>(
        [](auto tag) -> Measure { return look_up<typename decltype(tag)::Type, kSize, kLook>; });
    question.threads = {1, 2, 8};
    /* What does not fit into a core's own caches differs from process to process, and with what the machine's other cores do. */
    question.quick = {kSize > 1000 ? 9U : 5U, 0.03};
    question.full = {15, 0.2};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}};
    question.columns = {kNsPerOp, kOpsPerS, kJain};
    return question;
}

Case intern_case() {
    Case question;
    question.name = "intern_new";
    question.title = "100000 new texts interned";
    question.about = "One thread, CPU time of one text, growth of the table and making of the "
                     "object included; a "
                     "moment without reading after each 256th. The tables begin empty.";
    question.implementations = implementations_of<Immortal, Weak, Ck, Lfht, Tbb>(
        [](auto tag) -> Measure { return intern_new<typename decltype(tag)::Type>; });
    question.threads = {1};
    question.quick = {5, 0};
    question.full = {15, 0};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    question.columns = {kNsPerOp};
    return question;
}

Case churn_case() {
    Case question;
    question.name = "churn";
    question.title = "texts that are interned and dropped at once";
    question.about =
        "64 texts of each thread's own, over and over, beside 1000 that stay. Ours: weak symbols; "
        "the "
        "peers insert, and delete again. ck_hs has one writer at a time, under a pthread mutex.";
    question.implementations = implementations_of<WeakSubject, Ck, Lfht, Tbb>(
        [](auto tag) -> Measure { return churn<typename decltype(tag)::Type>; });
    question.threads = {1, 2, 8};
    question.quick = {5, 0.03};
    question.full = {15, 0.2};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}};
    question.columns = {kNsPerOp, kOpsPerS, kJain};
    return question;
}

template <uint32_t kSize> Case memory_case(const char *name, const char *title) {
    Case question;
    question.name = name;
    question.title = title;
    question.about =
        "Of the heap, by text, the objects included: ours have 48 bytes and the text, the peers' "
        "32 with the text and what their table wants in an object.";
    question.implementations = implementations_of<Immortal, Ck, Lfht, Tbb>(
        [](auto tag) -> Measure { return memory<typename decltype(tag)::Type, kSize>; });
    question.threads = {1};
    question.quick = question.full = {5, 0};
    question.value_name = "memory by text";
    question.value_unit = "B";
    question.columns = {kValue};
    question.plots = {{PlotKind::kBars, kValue, false}};
    return question;
}

/* ---- goals --------------------------------------------------------------------------------------- */

Goal twice(const char *id, const char *text, const char *name, unsigned threads) {
    return {id,
            "symbol",
            text,
            {name, {Immortal::kName}, threads},
            {name, {Ck::kName, Lfht::kName, Tbb::kName}, threads},
            kOpsPerS,
            Bound::kAtLeast,
            2,
            false};
}

} // namespace

Suite symbol_suite() {
    Suite suite;
    suite.name = "symbol";
    suite.about = "Tables of names.";
    suite.cases = {
        look_up_case<1000, Look::kHit>(
            "hit_1e3", "look-ups of 1000 texts that are there",
            "Texts drawn at random, their hashes known to the caller; each thread has drawn twice "
            "as "
            "many before. The table was filled by a thread that sleeps. All compare hash, length "
            "and text of what they find (ours 18 bits of the hash), and nobody allocates. Immortal "
            "symbols are not counted, nor are the peers' objects, which an epoch, a grace period "
            "or "
            "(TBB) a lock of their own protects; weak ones are counted and dropped. A moment "
            "without reading after each 256th. Library calls are calls, into shared libraries for "
            "ck and lfht, with a call back for the comparison; TBB's are inlined."),
        look_up_case<100000, Look::kHit>("hit_1e5", "look-ups of 100000 texts that are there",
                                         "As `hit_1e3`. What malloc gives lies in large pages, "
                                         "where the system has some."),
        look_up_case<1000, Look::kMiss>("miss_1e3", "look-ups of texts that are not among 1000",
                                        "As `hit_1e3`."),
        look_up_case<100000, Look::kMiss>("miss_1e5", "look-ups of texts that are not among 100000",
                                          "As `hit_1e3`."),
        look_up_case<1000, Look::kHash>(
            "hash_1e3", "look-ups of 1000 texts, hashed first",
            "As `hit_1e3`, with the hash of the text in each look-up: SipHash-1-3 for all, which "
            "takes 132 of 237 instructions with ours, of 270 with ck_hs."),
        look_up_case<100000, Look::kHash>("hash_1e5", "look-ups of 100000 texts, hashed first",
                                          "As `hash_1e3`."),
        intern_case(),
        churn_case(),
        memory_case<1000>("memory_1e3", "memory of 1000 texts"),
        memory_case<100000>("memory_1e5", "memory of 100000 texts"),
    };
    suite.goals = {
        twice("symbol-hit-1e3", "1000 texts: hits at least 2x the best peer's", "hit_1e3", 1),
        twice("symbol-hit-1e5", "100000 texts: hits at least 2x the best peer's", "hit_1e5", 1),
        twice("symbol-hit-1e5-2", "the same on 2 threads", "hit_1e5", 2),
        twice("symbol-miss-1e5", "100000 texts: misses at least 2x the best peer's", "miss_1e5", 1),
        twice("symbol-miss-1e5-2", "the same on 2 threads", "miss_1e5", 2),
        twice("symbol-hash-1e5", "100000 texts, hashed first: hits at least 2x the best peer's",
              "hash_1e5", 1),
    };
    return suite;
}

} // namespace weft_bench
