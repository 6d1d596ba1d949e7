/* goals.h: judges the goals of the suites by what was measured. */
#ifndef WEFT_BENCH_GOALS_H
#define WEFT_BENCH_GOALS_H

#include <string>
#include <vector>

#include "bench/runner.h"

namespace weft_bench {

/* No goal may be met by noise alone: a noisier row counts with this margin, and says so. */
constexpr double kLargestMargin = 0.10;

enum class Verdict : uint8_t { kMet, kNotMet, kUnknown };

struct Judgement {
    const Goal *goal;
    double measured;    /* NaN if a row is missing */
    double least, most; /* over the rounds */
    double margin;      /* 0 if the goal has none */
    Verdict verdict;
    std::string note; /* which peer was the best, what is missing, how noisy */
};

/* Every goal of every suite that was run. */
std::vector<Judgement> judge_goals(const std::vector<Suite> &suites,
                                   const std::vector<Block> &blocks);

/* The bound with its margin, and whether `measured` is within it. */
double effective_bound(const Goal &goal, double margin);
bool within(const Goal &goal, double measured, double margin);

std::string measured_for_people(const Judgement &judgement);
std::string bound_for_people(const Judgement &judgement);

std::string goals_json(const std::vector<Judgement> &judgements);

} // namespace weft_bench

#endif /* WEFT_BENCH_GOALS_H */
