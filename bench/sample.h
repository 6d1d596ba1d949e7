/* sample.h: what one measurement is asked to do, and what it gives back.
 *
 * A sample crosses a process boundary through shared memory (isolate.h), so it is plain data.
 */
#ifndef WEFT_BENCH_SAMPLE_H
#define WEFT_BENCH_SAMPLE_H

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>

namespace weft_bench {

/* The columns of results.json. kValue is for what no other column names (bytes per entry, fences
 * per second): the case says what it is and in which unit. */
enum Metric : uint8_t {
    kNsPerOp,
    kOpsPerS,
    kP50,
    kP99,
    kP999,
    kP9999,
    kMax,
    kPreempted,
    kJain,
    kRss,
    kValue,
    kMetrics,
};

struct MetricInfo {
    const char *key;   /* in results.json */
    const char *label; /* for people */
    const char *unit;
};

inline const MetricInfo &metric_info(Metric metric) {
    static const MetricInfo infos[kMetrics] = {
        {"ns_per_op", "time per operation", "ns"},
        {"ops_per_s", "throughput", "operations/s"},
        {"p50_ns", "wait, median", "ns"},
        {"p99_ns", "wait, 99 %", "ns"},
        {"p999_ns", "wait, 99.9 %", "ns"},
        {"p9999_ns", "wait, 99.99 %", "ns"},
        {"max_ns", "longest wait", "ns"},
        {"preempted_per_million", "batches that lost their CPU, per million", ""},
        {"jain", "Jain's fairness index", ""},
        {"rss_kib", "memory added", "KiB"},
        {"value", "value", ""},
    };
    return infos[metric];
}

constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
inline bool measured(double value) {
    return !std::isnan(value);
}

struct Work {
    unsigned threads = 1;
    double seconds = 0.1;
};

struct Sample {
    double metric[kMetrics];
    double cpu_share;  /* of min(threads, cores) CPUs, in the measured window */
    char failure[160]; /* empty: the measurement is good */

    Sample() : cpu_share(kNotMeasured), failure{} {
        for (double &value : metric) {
            value = kNotMeasured;
        }
    }
    bool good() const { return failure[0] == '\0'; }
    void fail(const char *why) { std::snprintf(failure, sizeof failure, "%s", why); }
    void set_rate(double operations, double seconds) {
        metric[kOpsPerS] = operations / seconds;
        metric[kNsPerOp] = operations > 0 ? seconds * 1e9 / operations : kNotMeasured;
    }
};

} // namespace weft_bench

#endif /* WEFT_BENCH_SAMPLE_H */
