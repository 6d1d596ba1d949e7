/* fixture.h: a suite whose figures are made up. */
#ifndef WEFT_BENCH_FIXTURE_H
#define WEFT_BENCH_FIXTURE_H

#include <vector>

#include "bench/runner.h"

namespace weft_bench {

inline Sample nothing(const Work &) {
    return {};
}

/* One case "pair" of "ours", "peer", "other" and a missing "gone", at 1 thread. Figures are ns. */
class Fixture {
  public:
    Fixture() {
        Suite suite;
        suite.name = "made <up>";
        suite.about = "Figures & goals of no meaning.";
        Case question;
        question.name = "pair";
        question.title = "a \"pair\"";
        question.about = "a < b";
        question.implementations = {{"ours", Family::kSubject, nothing, ""},
                                    {"peer", Family::kBlocking, nothing, ""},
                                    {"other", Family::kSpinning, nothing, ""},
                                    missing("gone", Family::kBlocking, "not <installed>")};
        question.plots = {{PlotKind::kBars, kNsPerOp, false},
                          {PlotKind::kThreads, kNsPerOp, true},
                          {PlotKind::kSteps, kNsPerOp, false}};
        suite.cases = {question};
        suites = {suite};
    }
    Fixture(const Fixture &) = delete; /* blocks point into it */

    Goal goal(const std::vector<std::string> &against, Bound direction, double bound, bool margin) {
        RowRef other = against.empty() ? RowRef{} : RowRef{"pair", against, 1};
        RowRef ours = {"pair", {"ours"}, 1};
        return {"id", suites[0].name, "text", ours, other, kNsPerOp, direction, bound, margin};
    }

    void round(double ours, double again, double peer, double other, bool disturbed = false) {
        Round one;
        one.samples.resize(4);
        one.samples[0].metric[kNsPerOp] = ours;
        one.samples[1].metric[kNsPerOp] = peer;
        one.samples[2].metric[kNsPerOp] = other;
        one.again.metric[kNsPerOp] = again;
        one.others_share = 0;
        one.disturbed = disturbed;
        rounds.push_back(one);
    }

    std::vector<Block> blocks() const {
        return {{&suites[0], &suites[0].cases[0], 1, false, rounds, 0}};
    }

    std::vector<Suite> suites;
    std::vector<Round> rounds;
};

} // namespace weft_bench

#endif /* WEFT_BENCH_FIXTURE_H */
