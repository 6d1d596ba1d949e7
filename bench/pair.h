/* pair.h: what a pair of calls costs when nobody else wants anything.
 *
 * By CPU time of the thread, so that losing the CPU to others does not count; as the median over blocks, so
 * that interrupts do not; and with a second thread alive, because glibc and libstdc++ leave atomic
 * instructions out while a process has only one.
 */
#ifndef WEFT_BENCH_PAIR_H
#define WEFT_BENCH_PAIR_H

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/clock.h"
#include "bench/machine.h"
#include "bench/sample.h"
#include "bench/stats.h"

namespace weft_bench {

/* The compiler knows nothing about the object, and moves nothing across. */
template <class Object> void forget(Object *&object) {
    __asm__ volatile("" : "+r"(object) : : "memory");
}

/* A thread that exists and sleeps. */
class Companion {
  public:
    Companion();
    ~Companion();

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool leave_ = false;
    std::thread thread_;
};

/* block(count) does `count` operations; before each block prepare() does what does not count. */
template <class Prepare, class Block>
Sample measure_blocks(const Work &work, uint64_t count, Prepare &&prepare, Block &&block) {
    Companion companion;
    pin_to(0);
    prepare();
    block(count);
    std::vector<double> costs;
    uint64_t end = monotonic_ns() + static_cast<uint64_t>(work.seconds * 1e9);
    do {
        prepare();
        uint64_t start = thread_cpu_ns();
        block(count);
        costs.push_back(static_cast<double>(thread_cpu_ns() - start) / static_cast<double>(count));
    } while (monotonic_ns() < end);
    Sample sample;
    sample.metric[kNsPerOp] = median_of(costs);
    sample.metric[kOpsPerS] = 1e9 / sample.metric[kNsPerOp];
    return sample;
}

/* block(count) does `count` pairs. */
template <class Block> Sample measure_pair(const Work &work, Block &&block) {
    constexpr uint64_t kPairs = 20000;
    return measure_blocks(work, kPairs, [] {}, block);
}

} // namespace weft_bench

#endif /* WEFT_BENCH_PAIR_H */
