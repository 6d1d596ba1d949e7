/* list.cc: lists that many threads read and change, lib/list against arrays, TBB's vector, and CPython's protocol. */
#include <memory>

#include <malloc.h>
#include <sys/resource.h>

#include "bench/crew.h"
#include "bench/random.h"
#include "bench/suites/lists.h"
#include "bench/suites/owner.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

constexpr size_t kItems = 1024;
constexpr size_t kPool = 64;

template <class List> using Actor = typename List::Count::Actor;

/* The list gets so many items more, with keys in order. Their maker keeps a reference. */
template <class List> void fill(Actor<List> &actor, typename List::List *list, size_t number) {
    for (size_t i = 0; i < number; i++) {
        List::append(List::Count::self_of(actor), list, make_item<typename List::Count>(actor, i));
    }
}

/* Items with keys in order, which are in no list yet. */
template <class List>
std::vector<typename List::Item *> make_items(Actor<List> &actor, size_t number) {
    std::vector<typename List::Item *> items;
    for (size_t i = 0; i < number; i++) {
        items.push_back(make_item<typename List::Count>(actor, i));
    }
    return items;
}

/* A list of a thread that sleeps, detached. */
template <class List> struct Foreign {
    explicit Foreign(size_t number)
        : owner([this, number](Actor<List> &actor) {
              list = List::make(actor);
              fill<List>(actor, list, number);
          }) {}
    typename List::List *list = nullptr;
    Owner<typename List::Count> owner;
};

/* ---- one thread ---------------------------------------------------------------------------------- */

/* Inlined, all of them: a compiler left to itself calls some and inlines others, and the call costs as much as a get. */
template <class List> struct Borrow {
    template <class Self>
    WEFT_ALWAYS_INLINE void one(Self &&self, typename List::List *list, size_t index) {
        auto *item = List::borrow(self, list, index);
        forget(item);
    }
};
template <class List> struct Get {
    template <class Self>
    WEFT_ALWAYS_INLINE void one(Self &&self, typename List::List *list, size_t index) {
        auto *item = List::get(self, list, index);
        forget(item);
    }
};
template <class List> struct GetAndDrop {
    template <class Self>
    WEFT_ALWAYS_INLINE void one(Self &&self, typename List::List *list, size_t index) {
        auto *item = List::get(self, list, index);
        forget(item);
        List::Count::decref(self, &item->object);
    }
};

template <class List, class Read>
void read_all(Actor<List> &actor, typename List::List *list, uint64_t count) {
    auto &&self = List::Count::self_of(actor);
    for (uint64_t i = 0; i < count; i++) {
        forget(list);
        Read::one(self, list, i % kItems);
    }
}

template <class List, template <class> class Read> Sample read_own(const Work &work) {
    Actor<List> actor;
    auto *list = List::make(actor);
    fill<List>(actor, list, kItems);
    return measure_pair(work,
                        [&](uint64_t count) { read_all<List, Read<List>>(actor, list, count); });
}

template <class List, template <class> class Read> Sample read_foreign(const Work &work) {
    Foreign<List> foreign(kItems);
    Actor<List> actor;
    return measure_pair(
        work, [&](uint64_t count) { read_all<List, Read<List>>(actor, foreign.list, count); });
}

/* What was given up is freed. */
template <class Any> void settle(Any &) {}
void settle(WeftRef::Actor &actor) {
    weft_qsbr_barrier(actor.self);
}
void settle(CpythonCount::Actor &actor) {
    weft_qsbr_barrier(actor.thread.self);
}

/* Memory that was freed stays the process's, as in one that has run for a while: without this the kernel's work for pages
 * that come and go with each list is most of an append. */
void keep_pages() {
#ifdef M_TRIM_THRESHOLD
    constexpr int kMuch = 1 << 28;
    (void)mallopt(M_MMAP_THRESHOLD, kMuch);
    (void)mallopt(M_TRIM_THRESHOLD, kMuch);
#endif
}

/* An empty list grows; what it has outgrown is freed on the way. */
template <class List> Sample append(const Work &work) {
    constexpr uint64_t kAppends = 20000;
    keep_pages();
    Actor<List> actor;
    auto &&self = List::Count::self_of(actor);
    auto *list = List::make(actor);
    auto items = make_items<List>(actor, kPool);
    auto prepare = [&] {
        List::cut(self, list, 0);
        settle(actor);
    };
    auto block = [&](uint64_t count) {
        for (uint64_t i = 0; i < count; i++) {
            List::append(self, list, items[i % kPool]);
            if (i % kItems == kItems - 1) {
                List::Count::safepoint(actor);
            }
        }
    };
    return measure_blocks(work, kAppends, prepare, block);
}

/* A list of 20000 items is emptied from its end. */
template <class List> Sample pop(const Work &work) {
    constexpr uint64_t kPops = 20000;
    keep_pages();
    Actor<List> actor;
    auto &&self = List::Count::self_of(actor);
    auto *list = List::make(actor);
    auto items = make_items<List>(actor, kPool);
    auto prepare = [&] {
        for (uint64_t i = 0; i < kPops; i++) {
            List::append(self, list, items[i % kPool]);
        }
        settle(actor);
    };
    auto block = [&](uint64_t count) {
        for (uint64_t i = 0; i < count; i++) {
            List::Count::decref(self, &List::pop(self, list)->object);
            if (i % kItems == kItems - 1) {
                List::Count::safepoint(actor);
            }
        }
    };
    return measure_blocks(work, kPops, prepare, block);
}

template <class List> Sample sort(const Work &work) {
    Actor<List> actor;
    auto &&self = List::Count::self_of(actor);
    auto *list = List::make(actor);
    auto items = make_items<List>(actor, kItems);
    Random random(1);
    auto prepare = [&] {
        List::cut(self, list, 0);
        for (size_t i = kItems; i > 1; i--) {
            std::swap(items[i - 1], items[random.below(static_cast<uint32_t>(i))]);
        }
        for (auto *item : items) {
            List::append(self, list, item);
        }
        settle(actor);
    };
    return measure_blocks(work, kItems, prepare, [&](uint64_t) { List::sort(self, list); });
}

/* ---- all threads on one list --------------------------------------------------------------------- */

/* What a thread has when it uses the list. */
template <class List> struct Worker {
    explicit Worker(unsigned index) : random(index + 1) {
        for (auto *&item : pool) {
            item = make_item<typename List::Count>(actor, random.next());
        }
    }
    Actor<List> actor;
    typename List::Item *pool[kPool];
    Random random;
};

template <class List, class Operation> Sample together(const Work &work) {
    Foreign<List> foreign(Operation::kSize);
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [&](unsigned index) {
        auto worker = std::make_shared<Worker<List>>(index);
        return [worker, list = foreign.list](bool) -> uint64_t {
            Operation::template step<List>(*worker, list);
            List::Count::safepoint(worker->actor);
            return 0;
        };
    });
    sample.metric[kOpsPerS] *= Operation::kInStep;
    sample.metric[kNsPerOp] /= Operation::kInStep;
    return sample;
}

/* The same item by all threads; any of them. */
template <template <class> class Read, bool kOneItem> struct Reads {
    static constexpr size_t kSize = kItems;
    static constexpr uint64_t kInStep = 256;
    template <class List> static void step(Worker<List> &worker, typename List::List *list) {
        auto &&self = List::Count::self_of(worker.actor);
        for (uint64_t i = 0; i < kInStep; i++) {
            forget(list);
            Read<List>::one(self, list, kOneItem ? 0 : worker.random.below(kItems));
        }
    }
};

template <class List, class Self> void drop(Self &&self, typename List::Item *item) {
    if (item != nullptr) {
        List::Count::decref(self, &item->object);
    }
}

enum class Change : uint8_t { kAppendPop, kAppendPopFirst, kInsertPop };

template <Change kChange> struct Changes {
    static constexpr size_t kSize = kItems;
    static constexpr uint64_t kInStep = 16;
    template <class List> static void step(Worker<List> &worker, typename List::List *list) {
        auto &&self = List::Count::self_of(worker.actor);
        for (uint64_t i = 0; i < kInStep; i++) {
            if constexpr (kChange == Change::kInsertPop) {
                List::insert(self, list, kSize / 2, worker.pool[i]);
            } else {
                List::append(self, list, worker.pool[i]);
            }
            if constexpr (kChange == Change::kAppendPopFirst) {
                drop<List>(self, List::pop_first(self, list));
            } else {
                drop<List>(self, List::pop(self, list));
            }
        }
    }
};

struct Iterates {
    static constexpr size_t kSize = 256;
    static constexpr uint64_t kInStep = kSize;
    template <class List> static void step(Worker<List> &worker, typename List::List *list) {
        if (List::iterate(List::Count::self_of(worker.actor), list) != kSize) {
            std::abort();
        }
    }
};

/* Now and then the list begins anew; TBB's vector only grows. */
struct Appends {
    static constexpr size_t kSize = 0;
    static constexpr uint64_t kInStep = 16;
    static constexpr uint32_t kStepsToCut = 256;
    template <class List> static void step(Worker<List> &worker, typename List::List *list) {
        auto &&self = List::Count::self_of(worker.actor);
        for (uint64_t i = 0; i < kInStep; i++) {
            List::append(self, list, worker.pool[i]);
        }
        if constexpr (!std::is_same_v<List, TbbVector>) {
            if (worker.random.below(kStepsToCut) == 0) {
                List::cut(self, list, 0);
            }
        }
    }
};

/* One item is replaced by another at the end, then the list sorted. */
struct Sorts {
    static constexpr size_t kSize = 256;
    static constexpr uint64_t kInStep = 1;
    template <class List> static void step(Worker<List> &worker, typename List::List *list) {
        auto &&self = List::Count::self_of(worker.actor);
        drop<List>(self, List::pop_first(self, list));
        List::append(self, list, worker.pool[worker.random.below(kPool)]);
        List::sort(self, list);
    }
};

/* An operation of the cases above by one thread, on a list of its own: what cannot be shared is measured, too. */
template <class List, class Operation> Sample by_itself(const Work &work) {
    constexpr uint64_t kSteps = 64;
    Worker<List> worker(0);
    auto *list = List::make(worker.actor);
    fill<List>(worker.actor, list, Operation::kSize);
    auto block = [&](uint64_t) {
        for (uint64_t i = 0; i < kSteps; i++) {
            Operation::template step<List>(worker, list);
            List::Count::safepoint(worker.actor);
        }
    };
    return measure_blocks(work, kSteps * Operation::kInStep, [] {}, block);
}

/* ---- readers beside a writer --------------------------------------------------------------------- */

enum class Writer : uint8_t { kRests, kLocks, kAppends, kGrows };

constexpr size_t kBatch = 64;
constexpr size_t kMost = size_t{1} << 16; /* then the list is cut */
constexpr size_t kMostEver = size_t{1} << 24;

template <class List, Writer kWriter> class Writes {
  public:
    explicit Writes(typename List::List *list) : worker_(0), list_(list) {}

    void step() {
        auto &&self = List::Count::self_of(worker_.actor);
        if constexpr (kWriter == Writer::kRests) {
            spend(1, 1000);
        } else if constexpr (kWriter == Writer::kLocks) {
            for (size_t i = 0; i < kPool; i++) {
                List::lock_and_unlock(self, list_);
            }
        } else if constexpr (kWriter == Writer::kAppends) {
            append(self);
            for (size_t i = 0; i < kPool; i++) {
                drop<List>(self, List::pop(self, list_));
            }
        } else {
            grow(self);
        }
        List::Count::safepoint(worker_.actor);
    }

  private:
    template <class Self> void append(Self &&self) {
        for (auto *item : worker_.pool) {
            List::append(self, list_, item);
        }
    }
    template <class Self> void grow(Self &&self) {
        if constexpr (std::is_same_v<List, TbbVector>) {
            if (size_ >= kMostEver) {
                return;
            }
        } else if (size_ >= kMost) {
            List::cut(self, list_, kItems);
            size_ = kItems;
        }
        append(self);
        size_ += kPool;
    }

    Worker<List> worker_;
    typename List::List *list_;
    size_t size_ = kItems;
};

long times_preempted() {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

/* Batches of reads. Those in which the thread lost its CPU say nothing about the list. */
struct alignas(128) Batches {
    Histogram undisturbed;
    uint64_t preempted = 0;
    bool wrong = false;
};

template <class List> class Reader {
  public:
    Reader(unsigned index, typename List::List *list, Batches *batches)
        : random_(index), list_(list), batches_(batches), before_(times_preempted()) {}

    void step() {
        auto &&self = List::Count::self_of(actor_);
        size_t first = random_.below(kItems - kBatch);
        uint64_t wrong = 0;
        uint64_t start = ticks();
        for (size_t i = first; i < first + kBatch; i++) {
            auto *item = List::get(self, list_, i);
            wrong |= item->key ^ i;
            List::Count::decref(self, &item->object);
        }
        uint64_t took = ticks() - start;
        long now = times_preempted();
        if (now == before_) {
            batches_->undisturbed.record(took);
        } else {
            batches_->preempted++;
        }
        before_ = now;
        batches_->wrong |= wrong != 0;
        List::Count::safepoint(actor_);
    }

  private:
    Actor<List> actor_;
    Random random_;
    typename List::List *list_;
    Batches *batches_;
    long before_;
};

void summarise(const std::vector<Batches> &all, Sample *sample) {
    Batches sum;
    for (const Batches &one : all) {
        sum.undisturbed.merge(one.undisturbed);
        sum.preempted += one.preempted;
        sum.wrong |= one.wrong;
    }
    auto number = static_cast<double>(sum.undisturbed.count() + sum.preempted);
    sample->metric[kP50] = ticks_to_ns(sum.undisturbed.percentile(0.5));
    sample->metric[kP99] = ticks_to_ns(sum.undisturbed.percentile(0.99));
    sample->metric[kP999] = ticks_to_ns(sum.undisturbed.percentile(0.999));
    sample->metric[kMax] = ticks_to_ns(sum.undisturbed.longest());
    sample->metric[kPreempted] = static_cast<double>(sum.preempted) * 1e6 / number;
    if (sum.wrong) {
        sample->fail("a reader found another item than the index has");
    }
}

/* The first thread writes, the others read the items that stay where they are. */
template <class List, Writer kWriter> Sample read_beside(const Work &work) {
    Foreign<List> foreign(kItems);
    std::vector<Batches> batches(work.threads);
    Crew crew(work);
    crew.member(0).counted = false;
    Sample sample = crew.run(UINT32_MAX, [&](unsigned index) {
        std::shared_ptr<Writes<List, kWriter>> writer;
        std::shared_ptr<Reader<List>> reader;
        if (index == 0) {
            writer = std::make_shared<Writes<List, kWriter>>(foreign.list);
        } else {
            reader = std::make_shared<Reader<List>>(index, foreign.list, &batches[index]);
        }
        return [writer, reader](bool) -> uint64_t {
            if (writer != nullptr) {
                writer->step();
            } else {
                reader->step();
            }
            return 0;
        };
    });
    summarise(batches, &sample);
    return sample;
}

/* ---- memory -------------------------------------------------------------------------------------- */

template <class List, size_t kSize> Sample memory(const Work &) {
    constexpr size_t kInAll = 100000;
    Actor<List> actor;
    auto &&self = List::Count::self_of(actor);
    auto *item = make_item<typename List::Count>(actor, 0);
    int64_t before = Held::now();
    for (size_t number = 0; number < kInAll / kSize; number++) {
        auto *list = List::make(actor);
        for (size_t i = 0; i < kSize; i++) {
            List::append(self, list, item);
        }
    }
    settle(actor);
    Sample sample;
    sample.metric[kValue] = static_cast<double>(Held::now() - before) / kInAll;
    return sample;
}

/* ---- cases --------------------------------------------------------------------------------------- */

constexpr const char *kForeignGet = "CPython 3.14's protocol, re-created: another thread's get";

/* Implementations of Measures::of<List>. */
template <class Measures, class... Lists>
Case of_lists(const char *name, const char *title, const char *about) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = implementations_of<Lists...>(
        [](auto tag) -> Measure { return Measures::template of<typename decltype(tag)::Type>; });
    return question;
}

Case alone(Case question) {
    question.threads = {1};
    question.quick = {9, 0.025};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

template <template <class> class Read> struct Own {
    template <class List> static Sample of(const Work &work) { return read_own<List, Read>(work); }
};
template <template <class> class Read> struct OfAnother {
    template <class List> static Sample of(const Work &work) {
        return read_foreign<List, Read>(work);
    }
};
struct Appending {
    template <class List> static Sample of(const Work &work) { return append<List>(work); }
};
struct Popping {
    template <class List> static Sample of(const Work &work) { return pop<List>(work); }
};
template <class Operation> struct ByItself {
    template <class List> static Sample of(const Work &work) {
        return by_itself<List, Operation>(work);
    }
};
struct Sorting {
    template <class List> static Sample of(const Work &work) { return sort<List>(work); }
};
template <class Operation> struct Together {
    template <class List> static Sample of(const Work &work) {
        return together<List, Operation>(work);
    }
};
template <size_t kSize> struct Memory {
    template <class List> static Sample of(const Work &work) { return memory<List, kSize>(work); }
};

Case borrow_case() {
    Case question = alone(of_lists<Own<Borrow>, WeftList, WeftPrivateList, PlainArray, TbbVector>(
        "borrow", "an item that is not counted",
        "One thread, CPU time, 1024 items one after the other; list, bounds and item are loaded "
        "anew "
        "each time, and the item is not looked at. The floor loads an array's pointer, compares "
        "the index, and loads. The last row is what it takes with CPython's protocol, which has to "
        "count: a get of an item that another thread has made, without the drop."));
    question.implementations.push_back(
        {kForeignGet, Family::kBlocking, read_foreign<CpythonList, Get>, ""});
    return question;
}

Case get_own_case() {
    return alone(of_lists<Own<GetAndDrop>, WeftList, WeftPrivateList, WeftPromptList, PlainArray,
                          MutexArray, CpythonList>(
        "get_own", "a counted item, and its drop, by the items' maker",
        "One thread, CPU time, 1024 items one after the other. The floor's count is not atomic."));
}

Case get_foreign_case() {
    return alone(of_lists<OfAnother<GetAndDrop>, WeftList, WeftPromptList, MutexArray, TbbVector,
                          CpythonList>(
        "get_foreign", "a counted item, and its drop, by another thread than the items' maker",
        "One thread, CPU time; the thread that has made list and items sleeps, detached."));
}

Case get_foreign_only_case() {
    return alone(
        of_lists<OfAnother<Get>, WeftList, WeftPromptList, MutexArray, TbbVector, CpythonList>(
            "get_foreign_only", "a counted item, by another thread than the items' maker",
            "As `get_foreign`, but the references are kept."));
}

Case append_case() {
    return alone(of_lists<Appending, WeftList, WeftPrivateList, WeftPromptList, PlainArray,
                          MutexArray, TbbVector, CpythonList>(
        "append", "20000 items appended to an empty list",
        "One thread, CPU time of one append, growth included; a safepoint after each 1024th, "
        "where outgrown arrays are freed. The list begins without room; 64 items of the thread's "
        "own, over and over. Ours and the array grow by half, CPython's by an eighth."));
}

template <class Measures> Case floor_case(const char *name, const char *title, const char *about) {
    Case question = alone(of_lists<Measures, WeftList, WeftPrivateList, WeftPromptList, PlainArray,
                                   MutexArray, CpythonList>(name, title, about));
    question.full_only = true;
    return question;
}

Case sort_case() {
    return alone(of_lists<Sorting, WeftList, WeftPrivateList, WeftPromptList, PlainArray,
                          MutexArray, CpythonList>(
        "sort", "sorting 1024 items in random order",
        "One thread, CPU time, by item; each comparison is a call. The arrays and CPython's "
        "list use std::stable_sort, under their locks; ours compares without a lock, and "
        "holds the items meanwhile."));
}

Case with_all(Case question) {
    question.threads = {1, 2, 8};
    question.quick = {5, 0.05};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}};
    question.columns = {kNsPerOp, kOpsPerS, kJain};
    return question;
}

Case append_together_case() {
    Case question = with_all(of_lists<Together<Appends>, WeftList, WeftPromptList, MutexArray,
                                      TbbVector, CpythonList>(
        "append_together", "append by all threads",
        "All threads on one list, items of their own; about each 4096th append of a thread empties "
        "the list, which is included. TBB's vector only grows."));
    question.full_only = true;
    return question;
}

void add_gets(Case *question, bool one_item) {
    Implementation ours = {"weft_list, get", Family::kBlocking,
                           together<WeftList, Reads<GetAndDrop, false>>, ""};
    Implementation theirs = {CpythonList::kName, Family::kBlocking,
                             together<CpythonList, Reads<GetAndDrop, false>>, ""};
    Implementation locked = {MutexArray::kName, Family::kBlocking,
                             together<MutexArray, Reads<GetAndDrop, false>>, ""};
    if (one_item) {
        ours.measure = together<WeftList, Reads<GetAndDrop, true>>;
        theirs.measure = together<CpythonList, Reads<GetAndDrop, true>>;
        locked.measure = together<MutexArray, Reads<GetAndDrop, true>>;
    }
    for (const Implementation &one : {ours, theirs, locked}) {
        question->implementations.push_back(one);
    }
}

Case one_value_case() {
    Case question =
        with_all(of_lists<Together<Reads<Borrow, true>>, WeftList, PlainArray, TbbVector>(
            "one_value", "one item read by all threads",
            "Made by a thread that sleeps. weft_list, the plain array and TBB's vector without a "
            "count; weft_list, get and the others with one, and its drop."));
    add_gets(&question, true);
    return question;
}

Case many_values_case() {
    Case question =
        with_all(of_lists<Together<Reads<Borrow, false>>, WeftList, PlainArray, TbbVector>(
            "many_values", "1024 items read by all threads at random",
            "As `one_value`; the drawing of the index is included."));
    add_gets(&question, false);
    return question;
}

template <class Operation>
Case change_case(const char *name, const char *title, const char *about) {
    return with_all(
        of_lists<Together<Operation>, WeftList, WeftPromptList, MutexArray, CpythonList>(
            name, title, about));
}

Case iterate_case() {
    return with_all(of_lists<Together<Iterates>, WeftList, WeftPromptList, MutexArray, TbbVector,
                             CpythonList>(
        "iterate", "one list of 256 items iterated over by all threads",
        "By item: counted and dropped. Ours by the weak iterator; the others by index, as their "
        "iterators would."));
}

template <class List, Writer kWriter> Implementation beside(const char *doing) {
    Implementation one = implementation_of<List>(
        [](auto tag) -> Measure { return read_beside<typename decltype(tag)::Type, kWriter>; });
    one.name += std::string(", ") + doing;
    if (one.family == Family::kSubject && kWriter != Writer::kGrows) {
        one.family = Family::kBlocking;
    }
    return one;
}

Case beside_writer_case() {
    Case question;
    question.name = "beside_writer";
    question.title = "batches of 64 gets beside a writer";
    question.about =
        "The first thread grows the list from 1024 items to 65536 and cuts it back, over and over "
        "(TBB's vector only grows); or appends and pops 64; or locks and unlocks it, and changes "
        "nothing: so much the readers wait for the cache line of any object whose lock they do not "
        "take; "
        "or leaves it at rest, and calculates. "
        "The others get and drop the first 1024 items, which another thread has made. Times of a "
        "batch; batches in which a reader lost its CPU are only counted.";
    question.implementations = {
        beside<WeftList, Writer::kGrows>("growing"),
        beside<WeftList, Writer::kAppends>("appended to"),
        beside<WeftList, Writer::kLocks>("locked and unlocked (floor)"),
        beside<WeftList, Writer::kRests>("at rest"),
        beside<MutexArray, Writer::kGrows>("growing"),
        beside<MutexArray, Writer::kRests>("at rest"),
        beside<TbbVector, Writer::kGrows>("growing"),
        beside<TbbVector, Writer::kRests>("at rest"),
        beside<CpythonList, Writer::kGrows>("growing"),
        beside<CpythonList, Writer::kRests>("at rest"),
    };
    question.threads = {2, 8};
    question.quick = {5, 0.1};
    question.full = {15, 0.1};
    question.plots = {{PlotKind::kThreads, kP999, true}, {PlotKind::kThreads, kP50, true}};
    question.columns = {kP50, kP99, kP999, kMax, kPreempted};
    return question;
}

template <size_t kSize> Case memory_case(const char *name, const char *title, const char *about) {
    Case question = of_lists<Memory<kSize>, WeftList, WeftPrivateList, PlainArray, MutexArray,
                             TbbVector, CpythonList>(name, title, about);
    question.threads = {1};
    question.quick = question.full = {5, 0};
    question.value_name = "memory by item";
    question.value_unit = "B";
    question.columns = {kValue};
    question.plots = {{PlotKind::kBars, kValue, false}};
    return question;
}

/* ---- goals --------------------------------------------------------------------------------------- */

Goal goal(const char *id, const char *text, const RowRef &ours, const char *peer, Metric metric,
          Bound direction, double bound, bool noise) {
    return {id,     "list",    text,  ours, {ours.case_name, {peer}, ours.threads},
            metric, direction, bound, noise};
}

std::vector<Goal> list_goals() {
    const std::string ours = WeftList::kName;
    const char *const cpython = CpythonList::kName;
    return {
        goal("list-borrow-floor", "a borrow costs at most 1.2x of a plain array's load",
             {"borrow", {ours}, 1}, PlainArray::kName, kNsPerOp, Bound::kAtMost, 1.2, false),
        goal("list-borrow-cpython",
             "a borrow at least 4x faster than another thread's get by CPython's protocol",
             {"borrow", {ours}, 1}, kForeignGet, kNsPerOp, Bound::kAtMost, 0.25, false),
        goal("list-get-own", "the maker's get and drop not slower than by CPython's protocol",
             {"get_own", {ours}, 1}, cpython, kNsPerOp, Bound::kAtMost, 1.0, true),
        goal("list-get-own-prompt", "the same, of a prompt list",
             {"get_own", {WeftPromptList::kName}, 1}, cpython, kNsPerOp, Bound::kAtMost, 1.0, true),
        goal("list-get-foreign",
             "another thread's get and drop not slower than by CPython's protocol",
             {"get_foreign", {ours}, 1}, cpython, kNsPerOp, Bound::kAtMost, 1.0, true),
        goal("list-get-foreign-only",
             "another thread's get alone not slower than by CPython's protocol",
             {"get_foreign_only", {ours}, 1}, cpython, kNsPerOp, Bound::kAtMost, 1.0, true),
        goal("list-get-foreign-prompt",
             "another thread's get and drop, prompt list: not slower than by CPython's protocol",
             {"get_foreign", {WeftPromptList::kName}, 1}, cpython, kNsPerOp, Bound::kAtMost, 1.0,
             true),
        goal("list-append", "an append at most 1.3x of an array's under the mutex",
             {"append", {ours}, 1}, MutexArray::kName, kNsPerOp, Bound::kAtMost, 1.3, false),
        goal("list-one-value",
             "one item borrowed by 2 threads: at least 10x the reads of CPython's protocol",
             {"one_value", {ours}, 2}, cpython, kOpsPerS, Bound::kAtLeast, 10, false),
        goal("list-growing",
             "99.9 % of the readers' batches while the list grows: at most 3x of at rest",
             {"beside_writer", {ours + ", growing"}, 2}, "weft_list, at rest", kP999,
             Bound::kAtMost, 3, false),
    };
}

} // namespace

Suite list_suite() {
    Suite suite;
    suite.name = "list";
    suite.about = "Lists that many threads read and change.";
    suite.cases = {
        borrow_case(),
        get_own_case(),
        get_foreign_case(),
        get_foreign_only_case(),
        append_case(),
        floor_case<Popping>(
            "pop", "a list of 20000 items emptied from its end",
            "One thread, CPU time of one pop and the drop of what it gave; a safepoint "
            "after each 1024th."),
        floor_case<ByItself<Iterates>>(
            "iterate_own", "one thread iterates over its list",
            "As `iterate`, CPU time of one item; the array is the floor."),
        floor_case<ByItself<Changes<Change::kAppendPopFirst>>>(
            "append_pop_first_own", "one thread appends to its list, and pops the first",
            "As `append_pop_first`, CPU time of both; the array moves all items."),
        floor_case<ByItself<Changes<Change::kInsertPop>>>(
            "insert_pop_own", "one thread inserts in the middle of its list, and pops the last",
            "As `insert_pop`, CPU time of both; the array moves half of the items."),
        append_together_case(),
        sort_case(),
        one_value_case(),
        many_values_case(),
        iterate_case(),
        change_case<Changes<Change::kAppendPop>>(
            "append_pop", "append, and pop the last",
            "All threads on one list of 1024 items; each appends items of its own."),
        change_case<Changes<Change::kAppendPopFirst>>(
            "append_pop_first", "append, and pop the first",
            "As `append_pop`. Ours moves the beginning; the others move all items."),
        change_case<Changes<Change::kInsertPop>>(
            "insert_pop", "insert in the middle, and pop the last",
            "As `append_pop`. Ours builds a new array for each insert, which readers never wait "
            "for; the others move items in place."),
        change_case<Sorts>(
            "sort_shared", "one of 256 items replaced, and the list sorted again",
            "All threads on one list. A sort of ours whose list was changed by another "
            "thread meanwhile starts anew; the others hold their locks."),
        beside_writer_case(),
        memory_case<10>("memory_short", "memory of lists of 10 items",
                        "By item, headers of the lists included, items not."),
        memory_case<100000>("memory_long", "memory of a list of 100000 items",
                            "As `memory_short`; appended one by one, outgrown arrays freed."),
    };
    suite.goals = list_goals();
    return suite;
}

} // namespace weft_bench
