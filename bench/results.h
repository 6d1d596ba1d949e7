/* results.h: what the rounds of one implementation come to: a row of results.json. */
#ifndef WEFT_BENCH_RESULTS_H
#define WEFT_BENCH_RESULTS_H

#include <string>
#include <vector>

#include "bench/runner.h"
#include "bench/stats.h"

namespace weft_bench {

struct Row {
    const Block *block;
    const Implementation *implementation;
    Spread metric[kMetrics]; /* over the judged rounds */
    double noise[kMetrics];  /* A/A noise; the subject's row only */
    Spread lead;             /* how many times better the subject is, by lead_metric */
    double cpu_share;
    std::string failure; /* of the first sample that failed */
    unsigned failures;

    bool is_subject() const;
};

/* The metric a case is about: that of its first plot. */
Metric lead_metric(const Case &question);
bool higher_is_better(Metric metric);

/* One per implementation that was measured. They point into the block. */
std::vector<Row> rows_of(const Block &block);

/* NULL if there is none. */
const Block *find_block(const std::vector<Block> &blocks, const std::string &suite,
                        const std::string &case_name, unsigned threads);

/* "26.4 M/s", "1.20 us", "0.98": a value for people, with its unit. */
std::string for_people(double value, Metric metric, const std::string &value_unit = "");

std::string results_json(const std::vector<Suite> &suites, const std::vector<Block> &blocks,
                         const std::vector<std::pair<std::string, std::string>> &machine,
                         bool quick);

} // namespace weft_bench

#endif /* WEFT_BENCH_RESULTS_H */
