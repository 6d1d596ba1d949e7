/* runner.h: measures the cases in rounds and keeps what every round gave.
 *
 * In a round every implementation of a case runs once, the subject twice, one after the other
 * (A/B/A/B); the order rotates from round to round. So whatever changes slowly on the machine hits
 * all of them alike, and ratios are taken within a round.
 *
 * A round in which other processes took more than kDisturbedShare of the machine is disturbed: it
 * is repeated, as long as the budget for repetitions lasts, and otherwise kept and marked.
 */
#ifndef WEFT_BENCH_RUNNER_H
#define WEFT_BENCH_RUNNER_H

#include <functional>
#include <string>
#include <vector>

#include "bench/suite.h"

namespace weft_bench {

constexpr double kDisturbedShare = 0.05;

struct Round {
    std::vector<Sample> samples; /* one per implementation; unmeasured ones are empty samples */
    Sample again;                /* the subject, a second time */
    double others_share;         /* of the machine, taken by others; NaN: not known */
    bool disturbed;
};

/* All rounds of one case at one number of threads. */
struct Block {
    const Suite *suite;
    const Case *question;
    unsigned threads;
    bool oversubscribed;
    std::vector<Round> rounds;
    unsigned repeated; /* disturbed rounds that were replaced */

    /* The rounds to judge by: the undisturbed ones if there are at least three. */
    std::vector<const Round *> judged() const;
    bool judged_on_disturbed() const;
    /* What others took of the machine in the judged rounds, on average; NaN: not known. */
    double others_share() const;
    /* A metric over the judged rounds, NaN where a sample failed. */
    std::vector<double> values(size_t implementation, Metric metric) const;
    std::vector<double> values_again(Metric metric) const;
};

using Progress = std::function<void(const std::string &line)>;

struct RunOptions {
    bool quick = false;
    std::vector<std::string> suites; /* empty: all */
    std::vector<std::string> cases;  /* empty: all */
};

/* Planned seconds of measuring, without repetitions. */
double planned_seconds(const std::vector<Suite> &suites, const RunOptions &options);

std::vector<Block> run_suites(const std::vector<Suite> &suites, const RunOptions &options,
                              const Progress &progress);

} // namespace weft_bench

#endif /* WEFT_BENCH_RUNNER_H */
