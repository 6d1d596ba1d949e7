#include "bench/runner.h"

#include <algorithm>
#include <cstdio>

#include "bench/clock.h"
#include "bench/isolate.h"
#include "bench/machine.h"

namespace weft_bench {

namespace {

constexpr double kRepeatBudget = 0.25; /* of the planned time, and as many rounds again per block */
constexpr double kShortestJudged = 0.3; /* seconds; the system counts CPU time in steps of 10 ms */
constexpr double kOverhead = 0.01;      /* seconds per sample for starting and ending it */
constexpr unsigned kPatience = 20;      /* seconds on top of a sample's time before it is killed */

bool among(const std::vector<std::string> &names, const std::string &name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool wanted(const Suite &suite, const Case &question, const RunOptions &options) {
    if (options.quick && question.full_only && options.cases.empty()) {
        return false;
    }
    return among(options.suites, suite.name) && among(options.cases, question.name);
}

const Effort &effort_of(const Case &question, const RunOptions &options) {
    return options.quick ? question.quick : question.full;
}

std::vector<unsigned> threads_of(const Case &question) {
    return question.threads.empty() ? thread_ladder(cores()) : question.threads;
}

double seconds_of_round(const Case &question, const Effort &effort) {
    size_t samples = 1;
    for (const Implementation &implementation : question.implementations) {
        samples += implementation.measure ? 1 : 0;
    }
    return static_cast<double>(samples) * (effort.seconds * 1.1 + kOverhead);
}

/* Compares what the machine did during a round with what this process and its children did. */
class Disturbance {
  public:
    Disturbance() { restart(); }
    void restart() {
        machine_ = machine_busy_seconds();
        own_ = own_busy_seconds();
        start_ = monotonic_ns();
    }
    double others_share() const {
        double wall = static_cast<double>(monotonic_ns() - start_) * 1e-9;
        if (machine_ < 0 || wall < kShortestJudged) {
            return kNotMeasured;
        }
        double others = machine_busy_seconds() - machine_ - (own_busy_seconds() - own_);
        return std::max(0.0, others / (wall * cores()));
    }

  private:
    double machine_, own_;
    uint64_t start_;
};

class Run {
  public:
    Run(const RunOptions &options, const Progress &progress, double planned)
        : options_(options), progress_(progress), planned_(planned),
          repeats_left_(planned * kRepeatBudget) {}

    Block block(const Suite &suite, const Case &question, unsigned threads) {
        const Effort &effort = effort_of(question, options_);
        Block result = {&suite, &question, threads, threads > cores(), {}, 0};
        double round_seconds = seconds_of_round(question, effort);
        for (unsigned number = 0; number < effort.rounds;) {
            report(result, number, effort.rounds);
            Round round = one_round(question, threads, effort, number);
            if (round.disturbed && result.repeated < effort.rounds &&
                repeats_left_ > round_seconds) {
                repeats_left_ -= round_seconds;
                result.repeated++;
                continue;
            }
            done_ += round_seconds;
            result.rounds.push_back(std::move(round));
            number++;
        }
        return result;
    }

  private:
    Round one_round(const Case &question, unsigned threads, const Effort &effort, unsigned number) {
        size_t count = question.implementations.size();
        Round round;
        round.samples.resize(count);
        Work work = {threads, effort.seconds};
        unsigned limit = static_cast<unsigned>(effort.seconds) + kPatience;
        Disturbance disturbance;
        /* count + 1 places, rotated; the subject's second run is half a turn from its first. */
        for (size_t place = 0; place <= count; place++) {
            size_t turn = (place + number) % (count + 1);
            size_t half = (count + 1) / 2;
            bool again = turn == half;
            size_t index = again ? question.subject : turn - (turn > half ? 1 : 0);
            const Implementation &implementation = question.implementations[index];
            if (implementation.measure) {
                Sample sample = measure_isolated(implementation.measure, work, limit);
                (again ? round.again : round.samples[index]) = sample;
            }
        }
        round.others_share = disturbance.others_share();
        round.disturbed = measured(round.others_share) && round.others_share > kDisturbedShare;
        return round;
    }

    void report(const Block &block, unsigned number, unsigned rounds) {
        char line[200];
        std::snprintf(line, sizeof line,
                      "[%3.0f %%] %s / %s, %u thread%s: round %u of %u, about %.0f s to go%s",
                      100 * done_ / planned_, block.suite->name.c_str(),
                      block.question->name.c_str(), block.threads, block.threads == 1 ? "" : "s",
                      number + 1, rounds, planned_ - done_,
                      block.repeated != 0 ? " (repeating a disturbed round)" : "");
        progress_(line);
    }

    const RunOptions &options_;
    const Progress &progress_;
    double planned_;
    double repeats_left_;
    double done_ = 0;
};

double metric_or_nan(const Sample &sample, Metric metric) {
    return sample.good() ? sample.metric[metric] : kNotMeasured;
}

} // namespace

std::vector<const Round *> Block::judged() const {
    std::vector<const Round *> clean;
    std::vector<const Round *> all;
    for (const Round &round : rounds) {
        all.push_back(&round);
        if (!round.disturbed) {
            clean.push_back(&round);
        }
    }
    return clean.size() >= std::min<size_t>(3, all.size()) ? clean : all;
}

bool Block::judged_on_disturbed() const {
    for (const Round *round : judged()) {
        if (round->disturbed) {
            return true;
        }
    }
    return false;
}

double Block::others_share() const {
    double sum = 0;
    for (const Round *round : judged()) {
        sum += round->others_share;
    }
    return sum / static_cast<double>(judged().size());
}

std::vector<double> Block::values(size_t implementation, Metric metric) const {
    std::vector<double> result;
    for (const Round *round : judged()) {
        result.push_back(metric_or_nan(round->samples[implementation], metric));
    }
    return result;
}

std::vector<double> Block::values_again(Metric metric) const {
    std::vector<double> result;
    for (const Round *round : judged()) {
        result.push_back(metric_or_nan(round->again, metric));
    }
    return result;
}

double planned_seconds(const std::vector<Suite> &suites, const RunOptions &options) {
    double total = 0;
    for (const Suite &suite : suites) {
        for (const Case &question : suite.cases) {
            if (wanted(suite, question, options)) {
                const Effort &effort = effort_of(question, options);
                total += static_cast<double>(effort.rounds * threads_of(question).size()) *
                         seconds_of_round(question, effort);
            }
        }
    }
    return total;
}

std::vector<Block> run_suites(const std::vector<Suite> &suites, const RunOptions &options,
                              const Progress &progress) {
    std::vector<Block> blocks;
    Run run(options, progress, planned_seconds(suites, options));
    for (const Suite &suite : suites) {
        for (const Case &question : suite.cases) {
            if (!wanted(suite, question, options)) {
                continue;
            }
            for (unsigned threads : threads_of(question)) {
                blocks.push_back(run.block(suite, question, threads));
            }
        }
    }
    return blocks;
}

} // namespace weft_bench
