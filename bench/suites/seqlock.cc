/* seqlock.cc: a few words that are seen together, weft_seqlock against ck_sequence and locks. */
#include <cstring>
#include <memory>

#include <pthread.h>

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suite.h"
#include "bench/suites/peers.h"
#include "bench/suites/suites.h"
#include "weft_rwmutex.h"
#include "weft_seqlock.h"

#if BENCH_PEER_CK
#include <ck_sequence.h>
#endif

namespace weft_bench {

namespace {

template <size_t kWords> struct Payload {
    uint64_t words[kWords];
};

/* Everything was loaded, and will be loaded anew. */
template <size_t kWords> inline void use(const Payload<kWords> &payload) {
    if constexpr (kWords == 2) {
        __asm__ volatile("" : : "r"(payload.words[0]), "r"(payload.words[1]) : "memory");
    } else {
        __asm__ volatile("" : : "r"(&payload) : "memory");
    }
}

struct WeftSeqlock {
    static constexpr const char *kName = "weft_seqlock";
    static constexpr Family kFamily = Family::kSubject;
    weft_seqlock lock = {};
    template <class Data> void read(Data *out, Data *shared) {
        weft_seqlock_read(&lock, out, shared);
    }
    template <class Data> void write(Data *shared, const Data *in) {
        weft_seqlock_write(&lock, shared, in);
    }
};

#if BENCH_PEER_CK
/* Copies plainly, as its manual does, and leaves it to the caller that there is one writer. */
struct CkSequence {
    static constexpr const char *kName = "ck_sequence";
    static constexpr Family kFamily = Family::kSpinning;
    ck_sequence_t sequence = {0};
    template <class Data> void read(Data *out, Data *shared) {
        unsigned version;
        do {
            version = ck_sequence_read_begin(&sequence);
            *out = *shared;
        } while (ck_sequence_read_retry(&sequence, version));
    }
    template <class Data> void write(Data *shared, const Data *in) {
        ck_sequence_write_begin(&sequence);
        *shared = *in;
        ck_sequence_write_end(&sequence);
    }
};
#else
struct CkSequence : Absent {
    static constexpr const char *kName = "ck_sequence";
    static constexpr Family kFamily = Family::kSpinning;
    static constexpr const char *kMissing = BENCH_PEER_CK_MISSING;
};
#endif

struct PthreadRwlock {
    static constexpr const char *kName = "pthread_rwlock";
    static constexpr Family kFamily = Family::kBlocking;
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    template <class Data> void read(Data *out, Data *shared) {
        pthread_rwlock_rdlock(&lock);
        *out = *shared;
        pthread_rwlock_unlock(&lock);
    }
    template <class Data> void write(Data *shared, const Data *in) {
        pthread_rwlock_wrlock(&lock);
        *shared = *in;
        pthread_rwlock_unlock(&lock);
    }
};

struct WeftRwmutex {
    static constexpr const char *kName = "weft_rwmutex";
    static constexpr Family kFamily = Family::kBlocking;
    weft_rwmutex lock = {};
    template <class Data> void read(Data *out, Data *shared) {
        weft_rwmutex_read_lock(&lock);
        *out = *shared;
        weft_rwmutex_read_unlock(&lock);
    }
    template <class Data> void write(Data *shared, const Data *in) {
        weft_rwmutex_write_lock(&lock);
        *shared = *in;
        weft_rwmutex_write_unlock(&lock);
    }
};

struct PlainCopy {
    static constexpr const char *kName = "plain copy (floor)";
    static constexpr Family kFamily = Family::kFloor;
    template <class Data> void read(Data *out, Data *shared) { *out = *shared; }
    template <class Data> void write(Data *shared, const Data *in) { *shared = *in; }
};

template <class Lock, size_t kWords> struct Guarded {
    alignas(128) Lock lock;
    Payload<kWords> payload = {};
};

/* ---- alone --------------------------------------------------------------------------------------- */

template <class Lock, size_t kWords> Sample read_alone(const Work &work) {
    auto guarded = std::make_unique<Guarded<Lock, kWords>>();
    return measure_pair(work, [&](uint64_t count) {
        for (; count != 0; count--) {
            Payload<kWords> mine;
            guarded->lock.read(&mine, &guarded->payload);
            use(mine);
        }
    });
}

template <class Lock, size_t kWords> Sample write_alone(const Work &work) {
    auto guarded = std::make_unique<Guarded<Lock, kWords>>();
    return measure_pair(work, [&](uint64_t count) {
        Payload<kWords> mine = {};
        for (; count != 0; count--) {
            mine.words[0]++;
            guarded->lock.write(&guarded->payload, &mine);
        }
    });
}

Case alone_case(const std::string &name, const std::string &title,
                std::vector<Implementation> all) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = "CPU time of one thread; nobody else is at the lock.";
    question.implementations = std::move(all);
    question.threads = {1};
    question.quick = {9, 0.04};
    question.full = {31, 0.06};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    return question;
}

template <class Make> std::vector<Implementation> each_lock(const Make &make) {
    return implementations_of<WeftSeqlock, CkSequence, PthreadRwlock, WeftRwmutex, PlainCopy>(make);
}

template <size_t kWords> Case read_case(const std::string &name, const std::string &title) {
    return alone_case(name, title, each_lock([](auto tag) {
                          return Measure(read_alone<typename decltype(tag)::Type, kWords>);
                      }));
}

template <size_t kWords> Case write_case(const std::string &name, const std::string &title) {
    return alone_case(name, title, each_lock([](auto tag) {
                          return Measure(write_alone<typename decltype(tag)::Type, kWords>);
                      }));
}

/* ---- readers beside a writer ---------------------------------------------------------------------- */

constexpr double kWriterPause = 1000;

template <class Lock> Sample read_beside_writer(const Work &work) {
    auto guarded = std::make_unique<Guarded<Lock, 2>>();
    std::atomic<bool> torn{false};
    uint32_t pause = pace_for(kWriterPause).plain_steps;
    Crew crew(work);
    crew.member(0).counted = false;
    Sample sample = crew.run(63, [&](unsigned index) {
        return [&, index, mine = Payload<2>{}](bool timed) mutable -> uint64_t {
            if (index == 0) {
                mine.words[0]++;
                mine.words[1]++;
                guarded->lock.write(&guarded->payload, &mine);
                spend(1, pause);
                return 0;
            }
            uint64_t before = timed ? ticks() : 0;
            guarded->lock.read(&mine, &guarded->payload);
            if (__builtin_expect(mine.words[0] != mine.words[1], 0)) {
                torn.store(true, std::memory_order_relaxed);
            }
            return timed ? ticks() - before : 0;
        };
    });
    if (torn) {
        sample.fail("a reader saw one word old and one new");
    }
    return sample;
}

Case beside_writer_case() {
    Case question;
    question.name = "beside_writer";
    question.title = "reading two words that a writer changes once in a microsecond";
    question.about = "The first thread writes; the figures are the others'.";
    question.implementations =
        implementations_of<WeftSeqlock, CkSequence, PthreadRwlock, WeftRwmutex>(
            [](auto tag) { return Measure(read_beside_writer<typename decltype(tag)::Type>); });
    question.threads = {2, 8};
    question.quick = {5, 0.08};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}, {PlotKind::kThreads, kMax, true}};
    return question;
}

} // namespace

Suite seqlock_suite() {
    Suite suite;
    suite.name = "seqlock";
    suite.about = "The lock of four bytes whose readers write nothing.";
    suite.cases = {
        read_case<2>("read_16", "reading two words"),
        read_case<8>("read_64", "reading eight words"),
        write_case<2>("write_16", "writing two words"),
        beside_writer_case(),
    };
    suite.goals = {
        {"seqlock-read-16",
         "seqlock",
         "a read of two words costs at most 1.1x of ck_sequence's",
         {"read_16", {WeftSeqlock::kName}, 1},
         {"read_16", {CkSequence::kName}, 1},
         kNsPerOp,
         Bound::kAtMost,
         1.1,
         false},
    };
    return suite;
}

} // namespace weft_bench
