/* report.h: the run as one HTML page that needs nothing else: no script, no font, no network. */
#ifndef WEFT_BENCH_REPORT_H
#define WEFT_BENCH_REPORT_H

#include <string>
#include <utility>
#include <vector>

#include "bench/goals.h"
#include "bench/runner.h"

namespace weft_bench {

struct ReportInput {
    const std::vector<Suite> *suites;
    const std::vector<Block> *blocks;
    const std::vector<Judgement> *judgements;
    std::vector<std::pair<std::string, std::string>> machine;
    bool quick;
    double seconds;
};

std::string report_html(const ReportInput &input);

} // namespace weft_bench

#endif /* WEFT_BENCH_REPORT_H */
