#include "bench/clock.h"

#include <cmath>
#include <algorithm>
#include <fstream>
#include <string>

namespace weft_bench {

bool clock_uses_counter = false;

namespace {

uint64_t read_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

/* The kernel keeps time by the counter only if it found it constant and equal on all CPUs. */
bool kernel_trusts_counter() {
    std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    std::string source;
    file >> source;
    return source == "tsc" || source == "arch_sys_counter" || source == "kvm-clock";
}

double measure_ns_per_tick() {
    uint64_t ns = monotonic_ns();
    uint64_t count = ticks();
    while (monotonic_ns() - ns < 30000000u) {
    }
    uint64_t ticks_passed = ticks() - count;
    return static_cast<double>(monotonic_ns() - ns) / static_cast<double>(ticks_passed);
}

/* The least of several batches, by CPU time: what the operation costs when nothing interferes. */
template <class Operation> double cheapest_ns(unsigned count, Operation operation) {
    double best = 1e9;
    for (int batch = 0; batch < 15; batch++) {
        uint64_t start = thread_cpu_ns();
        for (unsigned i = 0; i < count; i++) {
            operation();
        }
        double ns = static_cast<double>(thread_cpu_ns() - start) / count;
        best = std::min(best, ns);
    }
    return best;
}

Calibration calibrate() {
    Calibration result;
    clock_uses_counter = kernel_trusts_counter();
    result.counter = clock_uses_counter;
    result.ns_per_tick = measure_ns_per_tick();
    volatile uint64_t sink = 0;
    result.ns_per_read = cheapest_ns(20000, [&] { sink = ticks(); });
    uint64_t chain = 1;
    result.ns_per_step = cheapest_ns(200, [&] { chain = spend(chain, 1000); }) / 1000;
    sink = chain;
    return result;
}

} // namespace

const Calibration &calibration() {
    static const Calibration measured_once = calibrate();
    return measured_once;
}

uint64_t thread_cpu_ns() {
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t process_cpu_ns() {
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void sleep_seconds(double seconds) {
    struct timespec left;
    left.tv_sec = static_cast<time_t>(seconds);
    left.tv_nsec = static_cast<long>((seconds - static_cast<double>(left.tv_sec)) * 1e9);
    while (nanosleep(&left, &left) != 0) {
    }
}

Pace pace_for(double section_ns) {
    const Calibration &known = calibration();
    Pace pace;
    double rest = std::max(0.0, section_ns - known.ns_per_read);
    pace.timed_steps = static_cast<uint32_t>(std::lround(rest / known.ns_per_step));
    pace.plain_steps = static_cast<uint32_t>(std::lround(section_ns / known.ns_per_step));
    /* A clock dearer than the section would be measured instead of the lock: time one in 16. */
    pace.timing_mask = known.ns_per_read <= section_ns ? 0 : 15;
    return pace;
}

} // namespace weft_bench
