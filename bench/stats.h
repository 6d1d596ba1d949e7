/* stats.h: the few statistics the harness judges by. Values that were not measured are NaN. */
#ifndef WEFT_BENCH_STATS_H
#define WEFT_BENCH_STATS_H

#include <cstdint>
#include <vector>

namespace weft_bench {

struct Spread {
    double median, least, most;
    unsigned count;
};

/* Median, least and most of the values that are numbers; all NaN if there is none. */
Spread spread_of(std::vector<double> values);
double median_of(const std::vector<double> &values);

/* over[i] / under[i] for every i at which both are numbers. */
std::vector<double> paired_ratios(const std::vector<double> &over,
                                  const std::vector<double> &under);

/* Jain's index of how equally operations were shared out: 1 is equal, 1/n is one taking all. */
double jain_index(const std::vector<uint64_t> &shares);

/* A/A noise: the same thing measured twice in every round; the median of |second / first - 1|. */
double aa_noise(const std::vector<double> &first, const std::vector<double> &second);

} // namespace weft_bench

#endif /* WEFT_BENCH_STATS_H */
