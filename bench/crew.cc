#include "bench/crew.h"

#include <algorithm>

#include "bench/stats.h"

namespace weft_bench {

void Crew::measure_window(Sample *sample) {
    pthread_barrier_wait(&start_);
    sleep_seconds(std::max(0.005, work_.seconds / 10));
    uint64_t cpu = process_cpu_ns();
    uint64_t start = monotonic_ns();
    phase_.store(Phase::kMeasure, std::memory_order_relaxed);
    sleep_seconds(work_.seconds);
    phase_.store(Phase::kStop, std::memory_order_relaxed);
    double nanoseconds = static_cast<double>(monotonic_ns() - start);
    double cpu_used = static_cast<double>(process_cpu_ns() - cpu);
    sample->cpu_share = cpu_used / (nanoseconds * std::min(work_.threads, cores()));
    window_seconds_ = nanoseconds * 1e-9;
}

void Crew::summarise(Sample *sample) {
    Histogram all;
    std::vector<uint64_t> shares;
    uint64_t operations = 0;
    for (const Member &member : members_) {
        if (member.counted) {
            all.merge(member.waits);
            shares.push_back(member.operations);
            operations += member.operations;
        }
    }
    sample->set_rate(static_cast<double>(operations), window_seconds_);
    sample->metric[kJain] = jain_index(shares);
    if (all.count() != 0) {
        sample->metric[kP50] = ticks_to_ns(all.percentile(0.5));
        sample->metric[kP99] = ticks_to_ns(all.percentile(0.99));
        sample->metric[kP9999] = ticks_to_ns(all.percentile(0.9999));
        sample->metric[kMax] = ticks_to_ns(all.longest());
    }
}

uint64_t Crew::total_steps() const {
    uint64_t total = 0;
    for (const Member &member : members_) {
        total += member.steps;
    }
    return total;
}

} // namespace weft_bench
