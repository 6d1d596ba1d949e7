/* ref.cc: the counts of lib/ref against a plain, an atomic, a shared_ptr's, and CPython's biased ones. */
#include <thread>

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suites/counts.h"
#include "bench/suites/owner.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

constexpr size_t kSmall = 64;

template <class Count>
void pairs(typename Count::Actor &actor, typename Count::Object *object, uint64_t count) {
    auto &&self = Count::self_of(actor);
    for (uint64_t i = 0; i < count; i++) {
        forget(object);
        Count::incref(self, object);
        forget(object);
        Count::decref(self, object);
    }
}

/* What a reader does: the reference is there for the body's sake. */
template <class Count>
void readings(typename Count::Actor &actor, typename Count::Object *object, uint64_t count) {
    auto &&self = Count::self_of(actor);
    for (uint64_t i = 0; i < count; i++) {
        forget(object);
        Count::incref(self, object);
        forget(object);
        __asm__ volatile("" : : "r"(Count::read(object)) : "memory");
        Count::decref(self, object);
    }
}

/* Objects of a thread that stays as long as this lives. */
template <class Count> struct Owned {
    explicit Owned(unsigned number, size_t size, bool sleeps)
        : owner(
              [this, number, size](typename Count::Actor &actor) {
                  for (unsigned i = 0; i < number; i++) {
                      objects.push_back(Count::make(actor, size));
                  }
              },
              sleeps) {}
    std::vector<typename Count::Object *> objects;
    Owner<Count> owner;
};

template <class Count> Sample owner_pair(const Work &work) {
    typename Count::Actor actor;
    auto *object = Count::make(actor, kSmall);
    return measure_pair(work, [&](uint64_t count) { pairs<Count>(actor, object, count); });
}

template <class Count> Sample foreign_pair(const Work &work) {
    Owned<Count> owner(1, kSmall, true);
    typename Count::Actor actor;
    Sample sample =
        measure_pair(work, [&](uint64_t count) { pairs<Count>(actor, owner.objects[0], count); });
    Count::drop_last(actor, owner.objects[0]);
    return sample;
}

/* All threads count in one object, and may read it. */
template <class Count, bool kReads> Sample one_object(const Work &work) {
    constexpr uint64_t kPairs = 100;
    Owned<Count> owner(1, kSmall, true);
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [&](unsigned) {
        auto actor = std::make_shared<typename Count::Actor>();
        return [actor, object = owner.objects[0]](bool) -> uint64_t {
            (kReads ? readings<Count> : pairs<Count>)(*actor, object, kPairs);
            Count::safepoint(*actor);
            return 0;
        };
    });
    sample.metric[kOpsPerS] *= kPairs;
    sample.metric[kNsPerOp] /= kPairs;
    typename Count::Actor actor;
    Count::drop_last(actor, owner.objects[0]);
    return sample;
}

/* A ring between two threads. */
struct Ring {
    static constexpr uint64_t kPlaces = 1024;
    alignas(128) std::atomic<uint64_t> written{0};
    alignas(128) std::atomic<uint64_t> read{0};
    alignas(128) void *places[kPlaces] = {};
};

template <class Count> class Churn {
  public:
    explicit Churn(const Work &work) : seconds_(work.seconds) {}

    Sample run() {
        std::thread consumer([this] { consume(); });
        produce();
        consumer.join();
        Sample sample;
        sample.set_rate(static_cast<double>(counted_), elapsed_);
        return sample;
    }

    uint64_t allocations_late = 0; /* of the library, in the second half */
    uint64_t made_late = 0;

  private:
    static constexpr uint64_t kBetweenSafepoints = 32;

    void produce() {
        pin_to(0);
        typename Count::Actor actor;
        fill(actor);
        uint64_t start = monotonic_ns();
        uint64_t now = start;
        uint64_t made_at_start = made_;
        auto length = static_cast<uint64_t>(seconds_ * 1e9);
        bool late = false;
        uint64_t allocations_before = 0;
        uint64_t made_before = 0;
        while (now - start < length) {
            for (uint64_t i = 0; i < kBetweenSafepoints; i++) {
                put(actor, Count::make(actor, kSmall));
            }
            Count::safepoint(actor);
            now = monotonic_ns();
            if (!late && now - start > length / 2) {
                late = true;
                allocations_before = WeftRef::allocations();
                made_before = made_;
            }
        }
        allocations_late = WeftRef::allocations() - allocations_before;
        made_late = made_ - made_before;
        counted_ = made_ - made_at_start;
        elapsed_ = static_cast<double>(now - start) * 1e-9;
        stop_.store(true, std::memory_order_release);
        while (!stopped_.load(std::memory_order_acquire)) {
            Count::safepoint(actor);
        }
        Count::safepoint(actor);
    }

    /* More are dropped before the maker's next safepoint than ever later, also when it loses its CPU: a
     * ring, and what lies between two safepoints. */
    void fill(typename Count::Actor &actor) {
        for (uint64_t i = 0; i < Ring::kPlaces + 4 * kBetweenSafepoints; i++) {
            while (made_ - ring_.read.load(std::memory_order_acquire) == Ring::kPlaces) {
            }
            put(actor, Count::make(actor, kSmall));
        }
        while (ring_.read.load(std::memory_order_acquire) != made_) {
        }
        Count::safepoint(actor);
    }

    void put(typename Count::Actor &actor, void *object) {
        while (made_ - ring_.read.load(std::memory_order_acquire) == Ring::kPlaces) {
            Count::safepoint(actor);
        }
        ring_.places[made_ % Ring::kPlaces] = object;
        ring_.written.store(++made_, std::memory_order_release);
    }

    void consume() {
        pin_to(1);
        typename Count::Actor actor;
        uint64_t read = 0;
        for (;;) {
            bool last = stop_.load(std::memory_order_acquire);
            uint64_t written = ring_.written.load(std::memory_order_acquire);
            while (read < written) {
                void *object = ring_.places[read % Ring::kPlaces];
                ring_.read.store(++read, std::memory_order_release);
                Count::drop_last(actor, static_cast<typename Count::Object *>(object));
            }
            Count::safepoint(actor);
            if (last) {
                break;
            }
        }
        stopped_.store(true, std::memory_order_release);
    }

    double seconds_;
    double elapsed_ = 0;
    uint64_t made_ = 0;
    uint64_t counted_ = 0;
    Ring ring_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> stopped_{false};
};

template <class Count> Sample churn(const Work &work) {
    return Churn<Count>(work).run();
}

Sample allocations(const Work &work) {
    Churn<WeftRef> churning(work);
    Sample sample = churning.run();
    sample.metric[kValue] = static_cast<double>(churning.allocations_late) * 1e6 /
                            static_cast<double>(churning.made_late);
    return sample;
}

/* Another thread drops what the owner has made, and makes as much for itself. */
template <class Count, bool kSleeps> Sample memory_held(const Work &) {
    constexpr unsigned kObjects = 16384;
    constexpr size_t kSize = 1024;
    Sample sample;
    int64_t before = Held::now();
    Owned<Count> owner(kObjects, kSize, kSleeps);
    typename Count::Actor actor;
    for (auto *object : owner.objects) {
        Count::drop_last(actor, object);
    }
    std::vector<typename Count::Object *> own;
    for (unsigned i = 0; i < kObjects; i++) {
        own.push_back(Count::make(actor, kSize));
    }
    sample.metric[kValue] = static_cast<double>(Held::now() - before) / (1 << 20);
    for (auto *object : own) {
        Count::drop_last(actor, object);
    }
    return sample;
}

Implementation bytes(const char *name, Family family, double size) {
    Measure measure = [size](const Work &) {
        Sample sample;
        sample.metric[kValue] = size;
        return sample;
    };
    return {name, family, measure, ""};
}

Case of_one_value(const char *name, const char *title, const char *value, const char *unit) {
    Case question;
    question.name = name;
    question.title = title;
    question.threads = {1};
    question.quick = question.full = {5, 0};
    question.value_name = value;
    question.value_unit = unit;
    question.columns = {kValue};
    question.plots = {{PlotKind::kBars, kValue, false}};
    return question;
}

Case size_case() {
    Case question = of_one_value("size", "bytes of an object's header", "size", "B");
    question.about =
        "The counts, and what stands with them: ours has the object's mutex, flags and 16 bits "
        "for the host. CPython 3.14's free-threaded header has 24 without the type (as "
        "published). A shared_ptr's is its control block, without the pointers.";
    question.implementations = {
        bytes(WeftRef::kName, Family::kSubject, sizeof(weft_ref)),
        bytes(AtomicCount::kName, Family::kBlocking, sizeof(std::atomic<uintptr_t>)),
        bytes(SharedPtr::kName, Family::kBlocking, 16),
        bytes(Cpython314::kName, Family::kBlocking, 24),
    };
    return question;
}

template <class... Counts, class Make>
Case of_counts(const char *name, const char *title, const char *about, const Make &make) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = implementations_of<Counts...>(make);
    return question;
}

Case owner_case() {
    Case question = of_counts<WeftRef, PlainCount, AtomicCount, SharedPtr, Cpython314>(
        "owner_pair", "increment + decrement by the object's maker",
        "One thread, CPU time; a second thread exists. The floor is a count that only one thread "
        "may use, with its "
        "test for zero; nothing moves across the compiler barrier between the two.",
        [](auto tag) -> Measure { return owner_pair<typename decltype(tag)::Type>; });
    question.threads = {1};
    question.quick = {9, 0.03};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case foreign_case() {
    Case question = of_counts<WeftRef, AtomicCount, SharedPtr, Cpython314>(
        "foreign_pair", "increment + decrement by another thread than the maker",
        "One thread, CPU time; the thread that made the object sleeps, detached.",
        [](auto tag) -> Measure { return foreign_pair<typename decltype(tag)::Type>; });
    question.threads = {1};
    question.quick = {9, 0.03};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case shared_case() {
    Case question =
        of_counts<WeftSharded, WeftSwitched, WeftBiased, AtomicCount, SharedPtr, Cpython314>(
            "one_object", "one object, counted by all threads",
            "Each thread increments and decrements the same object all the time, with a safepoint "
            "every 100 "
            "pairs; its maker sleeps. 2 threads are the ping-pong of one cache line.",
            [](auto tag) -> Measure { return one_object<typename decltype(tag)::Type, false>; });
    question.threads = {1, 2, 8};
    question.quick = {5, 0.1};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}};
    return question;
}

Case read_case() {
    Case question =
        of_counts<WeftSharded, WeftSwitched, WeftBiased, AtomicCount, SharedPtr, Cpython314>(
            "read_mostly", "one object, read by all threads",
            "As `one_object`, and between the two each thread reads a word of the object's body, "
            "which nobody writes: but it may lie on the cache line of the count.",
            [](auto tag) -> Measure { return one_object<typename decltype(tag)::Type, true>; });
    question.threads = {8};
    question.quick = {5, 0.1};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case churn_case() {
    Case question = of_counts<WeftRef, AtomicCount, SharedPtr, Cpython314>(
        "churn", "made by one thread, dropped by another",
        "Objects of 64 bytes through a ring of 1024 places, allocation included; the maker passes "
        "a safepoint "
        "every 32 objects, and those that were queued to it are freed there.",
        [](auto tag) -> Measure { return churn<typename decltype(tag)::Type>; });
    question.threads = {2};
    question.quick = {5, 0.1};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

Case allocations_case() {
    Case question =
        of_one_value("allocations", "allocations of the library while objects change hands",
                     "allocations per million objects", "");
    question.about = "As `churn`: in the second half of the time. Before it starts a whole ring is "
                     "dropped without a "
                     "safepoint of the maker, so that as many entries exist as can be in flight.";
    question.implementations = {{WeftRef::kName, Family::kSubject, allocations, ""}};
    question.threads = {2};
    question.quick = question.full = {5, 0.2};
    return question;
}

template <bool kSleeps> Case memory_case(const char *name, const char *title, const char *about) {
    Case question = of_one_value(name, title, "memory held", "MiB");
    question.about = about;
    question.implementations = implementations_of<WeftRef, AtomicCount, SharedPtr, Cpython314>(
        [](auto tag) -> Measure { return memory_held<typename decltype(tag)::Type, kSleeps>; });
    return question;
}

std::vector<Goal> ref_goals() {
    const std::string ours = WeftRef::kName;
    const std::string atomic = AtomicCount::kName;
    return {
        {"ref-owner-plain",
         "ref",
         "owner's pair at most 1.5x of a plain count's",
         {"owner_pair", {ours}, 1},
         {"owner_pair", {PlainCount::kName}, 1},
         kNsPerOp,
         Bound::kAtMost,
         1.5,
         false},
        {"ref-owner-atomic",
         "ref",
         "owner's pair at least 2.5x faster than an atomic count's",
         {"owner_pair", {ours}, 1},
         {"owner_pair", {atomic}, 1},
         kNsPerOp,
         Bound::kAtMost,
         1 / 2.5,
         false},
        {"ref-foreign",
         "ref",
         "another thread's pair at most 1.1x of an atomic count's",
         {"foreign_pair", {ours}, 1},
         {"foreign_pair", {atomic}, 1},
         kNsPerOp,
         Bound::kAtMost,
         1.1,
         false},
        {"ref-sharded",
         "ref",
         "one object on 2 threads, sharded: at least 5x an atomic count's throughput",
         {"one_object", {WeftSharded::kName}, 2},
         {"one_object", {atomic}, 2},
         kOpsPerS,
         Bound::kAtLeast,
         5,
         false},
        {"ref-memory",
         "ref",
         "memory while an owner sleeps detached at most 1.05x of prompt freeing",
         {"memory_detached", {ours}, 1},
         {"memory_detached", {atomic}, 1},
         kValue,
         Bound::kAtMost,
         1.05,
         false},
        {"ref-size",
         "ref",
         "header of 16 bytes",
         {"size", {ours}, 1},
         {},
         kValue,
         Bound::kAtMost,
         16,
         false},
        {"ref-allocations",
         "ref",
         "no allocation while objects change hands",
         {"allocations", {ours}, 2},
         {},
         kValue,
         Bound::kAtMost,
         0,
         false},
    };
}

} // namespace

Suite ref_suite() {
    Suite suite;
    suite.name = "ref";
    suite.about = "Reference counts.";
    suite.cases = {
        size_case(),
        owner_case(),
        foreign_case(),
        shared_case(),
        read_case(),
        churn_case(),
        allocations_case(),
        memory_case<true>(
            "memory_detached", "memory held while the owner sleeps detached",
            "16 MiB of objects are dropped by another thread, which then makes 16 MiB of its own: "
            "what is allocated then. Prompt freeing has 16."),
        memory_case<false>("memory_native", "memory held while the owner is in a native call",
                           "The same, but the owner stays attached and passes no safepoint."),
    };
    suite.goals = ref_goals();
    return suite;
}

} // namespace weft_bench
