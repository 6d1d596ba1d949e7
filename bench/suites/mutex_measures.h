/* mutex_measures.h: the two ways in which the suite `mutex` measures any lock policy. */
#ifndef WEFT_BENCH_MUTEX_MEASURES_H
#define WEFT_BENCH_MUTEX_MEASURES_H

#include <memory>

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/random.h"
#include "bench/suite.h"

namespace weft_bench {

template <class Lock> Sample uncontended(const Work &work) {
    alignas(128) Lock lock;
    return measure_pair(work, [&](uint64_t count) { lock.pairs(count); });
}

/* One pair after another on different locks, as a program locks its objects: the store that releases
 * one has left the processor before that lock is taken again. */
template <class Lock> Sample uncontended_in_turn(const Work &work) {
    constexpr uint64_t kLocks = 64;
    struct alignas(128) Apart {
        Lock lock;
    };
    auto locks = std::make_unique<Apart[]>(kLocks);
    typename Lock::Local local;
    return measure_pair(work, [&](uint64_t count) {
        for (; count != 0; count--) {
            Lock &lock = locks[count % kLocks].lock;
            lock.lock(local);
            lock.unlock(local);
        }
    });
}

/* What a thread does: outside work of a varying length around the same mean as the section, then
 * the section under one of `locks` locks. */
struct Load {
    double section_ns;
    unsigned locks;
};

/* A lock, and the data it guards on the next line. */
template <class Lock> struct Guarded {
    alignas(128) Lock lock;
    alignas(128) uint64_t chain = 1;
    uint64_t visits = 0; /* not atomic: a broken lock loses some */
};

template <class Lock> class Visitor {
  public:
    Visitor(Guarded<Lock> *guarded, const Load &load, unsigned index)
        : guarded_(guarded), locks_(load.locks), pace_(pace_for(load.section_ns)),
          random_(index + 1) {}

    uint64_t operator()(bool timed) {
        uint32_t steps = timed ? pace_.timed_steps : pace_.plain_steps;
        chain_ = spend(chain_, steps / 2 + random_.below(steps + 1));
        Guarded<Lock> &target = guarded_[locks_ == 1 ? 0 : random_.below(locks_)];
        return timed ? visit<true>(target, steps) : visit<false>(target, steps);
    }

  private:
    template <bool kTimed> uint64_t visit(Guarded<Lock> &target, uint32_t steps) {
        uint64_t before = kTimed ? ticks() : 0;
        target.lock.lock(local_);
        uint64_t after = kTimed ? ticks() : 0;
        target.chain = spend(target.chain ^ after, steps);
        target.visits++;
        target.lock.unlock(local_);
        return after - before;
    }

    Guarded<Lock> *guarded_;
    uint32_t locks_;
    Pace pace_;
    Random random_;
    uint64_t chain_ = 1;
    typename Lock::Local local_;
};

template <class Lock> Sample contended(const Work &work, const Load &load) {
    auto guarded = std::make_unique<Guarded<Lock>[]>(load.locks);
    Crew crew(work);
    Sample sample = crew.run(pace_for(load.section_ns).timing_mask, [&](unsigned index) {
        return Visitor<Lock>(guarded.get(), load, index);
    });
    uint64_t visits = 0;
    for (unsigned i = 0; i < load.locks; i++) {
        visits += guarded[i].visits;
    }
    if (visits != crew.total_steps()) {
        sample.fail("two threads were inside at once");
    }
    return sample;
}

} // namespace weft_bench

#endif /* WEFT_BENCH_MUTEX_MEASURES_H */
