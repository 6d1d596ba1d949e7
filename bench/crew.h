/* crew.h: N pinned threads that do the same step over and over for a given time.
 *
 * Everything contended is measured by it: start together, warm up, measure, stop. A cell is bounded
 * by time and never by a number of operations, because a FIFO lock with more threads than cores
 * would take minutes for what others do in milliseconds.
 */
#ifndef WEFT_BENCH_CREW_H
#define WEFT_BENCH_CREW_H

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <pthread.h>

#include "bench/clock.h"
#include "bench/histogram.h"
#include "bench/machine.h"
#include "bench/sample.h"

namespace weft_bench {

enum class Phase : uint8_t { kWarmUp, kMeasure, kStop };

struct alignas(128) Member {
    uint64_t operations = 0; /* in the measured window */
    uint64_t steps = 0;      /* all, for checks of the outcome */
    bool counted = true;     /* false: the thread is only there to disturb the others */
    Histogram waits;
};

/* Enters what threads enter and leave, such as a map, and leaves it on the thread that drops the last copy: its step has one. A thread
 * that ended without leaving would be in the registers of a peer, which look at it later. */
template <class Entered> std::shared_ptr<const Entered> stay_in(const Entered &entered) {
    entered.enter();
    return {&entered, [](const Entered *left) { left->leave(); }};
}

class Crew {
  public:
    explicit Crew(const Work &work) : work_(work), members_(work.threads) {
        pthread_barrier_init(&start_, nullptr, work.threads + 1);
    }
    ~Crew() { pthread_barrier_destroy(&start_); }

    Member &member(unsigned index) { return members_[index]; }

    /* make_step(index) is called on the new thread and returns its step: uint64_t step(bool timed)
     * does one operation and returns the ticks it waited (ignored unless timed). Operation n is
     * timed if (n & timing_mask) == 0. */
    template <class MakeStep> Sample run(uint32_t timing_mask, const MakeStep &make_step) {
        std::vector<std::thread> threads;
        threads.reserve(work_.threads);
        for (unsigned index = 0; index < work_.threads; index++) {
            threads.emplace_back([this, index, timing_mask, &make_step] {
                pin_to(index);
                auto step = make_step(index);
                pthread_barrier_wait(&start_);
                repeat(members_[index], timing_mask, step);
            });
        }
        Sample sample;
        measure_window(&sample);
        for (std::thread &thread : threads) {
            thread.join();
        }
        summarise(&sample);
        return sample;
    }

    uint64_t total_steps() const;

  private:
    /* A wait that began before the window or ended after it belongs to it: a starved thread must
     * not be able to hide. Only what ended during the warm-up is dropped. */
    template <class Step> void repeat(Member &member, uint32_t timing_mask, Step &step) {
        uint64_t steps = 0;
        uint64_t operations = 0;
        Phase phase;
        do {
            bool timed = (steps & timing_mask) == 0;
            uint64_t waited = step(timed);
            steps++;
            phase = phase_.load(std::memory_order_relaxed);
            operations += phase == Phase::kMeasure;
            if (timed && phase != Phase::kWarmUp) {
                member.waits.record(waited);
            }
        } while (phase != Phase::kStop);
        member.steps = steps;
        member.operations = operations;
    }

    void measure_window(Sample *sample);
    void summarise(Sample *sample);

    Work work_;
    std::vector<Member> members_;
    pthread_barrier_t start_;
    double window_seconds_ = 0;
    alignas(128) std::atomic<Phase> phase_{Phase::kWarmUp};
    char phase_line_[128 - sizeof(Phase)];
};

} // namespace weft_bench

#endif /* WEFT_BENCH_CREW_H */
