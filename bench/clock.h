/* clock.h: the clocks of the harness, and work of a known length.
 *
 * ticks() is the cheapest clock that runs at a constant rate on every CPU: the CPU's own counter
 * where the kernel itself trusts it, clock_gettime elsewhere. One read costs 10 to 30 ns, as much
 * as a short critical section. So a timed section does not get the clock on top: the read is part
 * of the section's length, and the rest of it is spent in a chain of multiplications (spend).
 */
#ifndef WEFT_BENCH_CLOCK_H
#define WEFT_BENCH_CLOCK_H

#include <cstdint>
#include <ctime>

namespace weft_bench {

struct Calibration {
    bool counter; /* ticks() reads the CPU's counter */
    double ns_per_tick;
    double ns_per_read; /* cost of ticks() */
    double ns_per_step; /* cost of one step of spend() */
};

/* Measured once, by the first call, which must happen before threads are started. */
const Calibration &calibration();

inline uint64_t monotonic_ns() {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t thread_cpu_ns();
uint64_t process_cpu_ns();
void sleep_seconds(double seconds);

extern bool clock_uses_counter; /* set by calibration() */

inline uint64_t ticks() {
#if defined(__x86_64__) || defined(__i386__)
    if (__builtin_expect(clock_uses_counter, 1)) {
        return __builtin_ia32_rdtsc();
    }
#elif defined(__aarch64__)
    if (__builtin_expect(clock_uses_counter, 1)) {
        uint64_t now;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
        return now;
    }
#endif
    return monotonic_ns();
}

inline double ticks_to_ns(uint64_t count) {
    return static_cast<double>(count) * calibration().ns_per_tick;
}

/* A chain no compiler can shorten and no CPU can overlap with itself. */
inline uint64_t spend(uint64_t seed, uint32_t steps) {
    for (; steps != 0; steps--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(seed));
    }
    return seed;
}

/* Steps of spend() that make a section of `ns` together with one read of the clock, and alone. */
struct Pace {
    uint32_t timed_steps;
    uint32_t plain_steps;
    uint32_t timing_mask; /* operation n is timed if (n & mask) == 0 */
};
Pace pace_for(double section_ns);

} // namespace weft_bench

#endif /* WEFT_BENCH_CLOCK_H */
