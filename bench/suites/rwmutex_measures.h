/* rwmutex_measures.h: the ways in which the suite `rwmutex` measures any reader-writer lock. */
#ifndef WEFT_BENCH_RWMUTEX_MEASURES_H
#define WEFT_BENCH_RWMUTEX_MEASURES_H

#include <memory>

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/random.h"
#include "bench/suite.h"

namespace weft_bench {

template <class Lock> Sample read_pair(const Work &work) {
    auto lock = std::make_unique<Lock>();
    return measure_pair(work, [&](uint64_t count) { lock->read_pairs(count); });
}

template <class Lock> Sample write_pair(const Work &work) {
    auto lock = std::make_unique<Lock>();
    return measure_pair(work, [&](uint64_t count) { lock->write_pairs(count); });
}

/* What one thread does, over and over. */
struct Role {
    unsigned reads_in_100;
    double outside_ns; /* on average; 0: comes back at once */
    double section_ns;
};

/* The lock, and the data it guards on the next line: two words that only writers change, together.
 */
template <class Lock> struct SharedData {
    alignas(128) Lock lock;
    alignas(128) uint64_t first = 0;
    uint64_t second = 0;
    std::atomic<bool> torn{false};
};

template <class Lock> class Guest {
  public:
    Guest(SharedData<Lock> *data, const Role &role, unsigned index)
        : data_(data), reads_in_100_(role.reads_in_100), outside_(pace_for(role.outside_ns)),
          section_(pace_for(role.section_ns)), random_(index + 1), local_(data->lock) {}

    uint64_t operator()(bool timed) {
        if (outside_.plain_steps != 0) {
            uint32_t steps = timed ? outside_.timed_steps : outside_.plain_steps;
            chain_ = spend(chain_, steps / 2 + random_.below(steps + 1));
        }
        bool reads = random_.below(100) < reads_in_100_;
        return reads ? read(timed) : write(timed);
    }

  private:
    uint64_t read(bool timed) {
        uint64_t before = timed ? ticks() : 0;
        data_->lock.read_lock(local_);
        uint64_t after = timed ? ticks() : 0;
        uint64_t first = data_->first;
        chain_ = spend(chain_ ^ after, timed ? section_.timed_steps : section_.plain_steps);
        if (__builtin_expect(first != data_->second, 0)) {
            data_->torn.store(true, std::memory_order_relaxed);
        }
        data_->lock.read_unlock(local_);
        return after - before;
    }

    uint64_t write(bool timed) {
        uint64_t before = timed ? ticks() : 0;
        data_->lock.write_lock();
        uint64_t after = timed ? ticks() : 0;
        data_->first++;
        chain_ = spend(chain_ ^ after, timed ? section_.timed_steps : section_.plain_steps);
        data_->second++;
        data_->lock.write_unlock();
        return after - before;
    }

    SharedData<Lock> *data_;
    unsigned reads_in_100_;
    Pace outside_, section_;
    Random random_;
    uint64_t chain_ = 1;
    typename Lock::Local local_;
};

/* Thread 0 plays `first`; it alone is counted if the others play a different part. */
template <class Lock>
Sample shared_load(const Work &work, const Role &first, const Role &others, bool count_all) {
    auto data = std::make_unique<SharedData<Lock>>();
    Crew crew(work);
    for (unsigned index = 1; index < work.threads; index++) {
        crew.member(index).counted = count_all;
    }
    uint32_t mask = pace_for(first.section_ns).timing_mask;
    Sample sample = crew.run(mask, [&](unsigned index) {
        return Guest<Lock>(data.get(), index == 0 ? first : others, index);
    });
    if (data->torn || data->first != data->second) {
        sample.fail("a reader or writer was inside with a writer");
    }
    return sample;
}

} // namespace weft_bench

#endif /* WEFT_BENCH_RWMUTEX_MEASURES_H */
