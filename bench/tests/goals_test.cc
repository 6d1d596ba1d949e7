#include <cmath>

#include <gtest/gtest.h>

#include "bench/goals.h"
#include "bench/tests/fixture.h"

namespace weft_bench {
namespace {

/* The judgement refers to the goal in the fixture. */
Judgement judged(Fixture *made, const Goal &goal) {
    made->suites[0].goals = {goal};
    return judge_goals(made->suites, made->blocks()).at(0);
}

TEST(Goals, RatioIsTheMedianOfPairedRatios) {
    Fixture made;
    /* Medians alone would say 20 / 20; within the rounds ours takes half the time, twice. */
    made.round(10, 10, 20, 99);
    made.round(20, 20, 40, 99);
    made.round(30, 30, 15, 99);
    Judgement result = judged(&made, made.goal({"peer"}, Bound::kAtMost, 0.6, false));
    EXPECT_DOUBLE_EQ(result.measured, 0.5);
    EXPECT_DOUBLE_EQ(result.least, 0.5);
    EXPECT_DOUBLE_EQ(result.most, 2);
    EXPECT_EQ(result.verdict, Verdict::kMet);
}

TEST(Goals, WithoutMarginTheBoundIsTheBound) {
    Fixture made;
    for (int i = 0; i < 5; i++) {
        made.round(101, 111, 100, 200);
    }
    EXPECT_EQ(judged(&made, made.goal({"peer"}, Bound::kAtMost, 1, false)).verdict,
              Verdict::kNotMet);
    EXPECT_EQ(judged(&made, made.goal({"peer"}, Bound::kAtMost, 1.02, false)).verdict,
              Verdict::kMet);
}

TEST(Goals, BelowIsNotReachedByTheBoundItself) {
    Fixture made;
    for (int i = 0; i < 5; i++) {
        made.round(100, 100, 100, 200);
    }
    EXPECT_EQ(judged(&made, made.goal({"peer"}, Bound::kAtMost, 1, false)).verdict, Verdict::kMet);
    Judgement below = judged(&made, made.goal({"peer"}, Bound::kBelow, 1, false));
    EXPECT_EQ(below.verdict, Verdict::kNotMet);
    EXPECT_EQ(bound_for_people(below).substr(0, 2), "< ");
}

TEST(Goals, TheMarginIsTheNoiseOfOurOwnRow) {
    Fixture made;
    for (int i = 0; i < 5; i++) {
        made.round(103, 103 * 1.04, 100, 200);
    }
    Judgement result = judged(&made, made.goal({"peer"}, Bound::kAtMost, 1, true));
    EXPECT_NEAR(result.margin, 0.04, 1e-9);
    EXPECT_EQ(result.verdict, Verdict::kMet);
    EXPECT_NE(bound_for_people(result).find("4.0 % noise"), std::string::npos);
}

TEST(Goals, NoiseAloneMeetsNoGoal) {
    Fixture made;
    for (int i = 0; i < 5; i++) {
        made.round(150, 300, 100, 200);
    }
    Judgement result = judged(&made, made.goal({"peer"}, Bound::kAtMost, 1, true));
    EXPECT_DOUBLE_EQ(result.margin, kLargestMargin);
    EXPECT_EQ(result.verdict, Verdict::kNotMet);
    EXPECT_NE(result.note.find("A/A noise 100 %"), std::string::npos);
}

TEST(Goals, AtLeastHasItsMarginBelow) {
    Goal goal = Fixture().goal({"peer"}, Bound::kAtLeast, 2, true);
    EXPECT_DOUBLE_EQ(effective_bound(goal, 0.1), 1.8);
    EXPECT_TRUE(within(goal, 1.81, 0.1));
    EXPECT_FALSE(within(goal, 1.79, 0.1));
    EXPECT_FALSE(within(goal, kNotMeasured, 0.1));
}

TEST(Goals, OfSeveralPeersTheBestByMedian) {
    Fixture made;
    for (int i = 0; i < 3; i++) {
        made.round(100, 100, 200, 50);
    }
    Judgement result = judged(&made, made.goal({"peer", "other"}, Bound::kAtMost, 1, false));
    EXPECT_DOUBLE_EQ(result.measured, 2);
    EXPECT_NE(result.note.find("best is other"), std::string::npos);
}

TEST(Goals, AMissingPeerIsSaidAndNeverMet) {
    Fixture made;
    made.round(1, 1, 100, 100);
    Judgement alone = judged(&made, made.goal({"gone"}, Bound::kAtMost, 1, false));
    EXPECT_EQ(alone.verdict, Verdict::kUnknown);
    EXPECT_TRUE(std::isnan(alone.measured));
    EXPECT_NE(alone.note.find("gone is missing"), std::string::npos);

    Judgement among = judged(&made, made.goal({"peer", "gone"}, Bound::kAtMost, 1, false));
    EXPECT_EQ(among.verdict, Verdict::kUnknown);
    EXPECT_DOUBLE_EQ(among.measured, 0.01);

    Judgement lost = judged(&made, made.goal({"peer", "gone"}, Bound::kAtMost, 0.001, false));
    EXPECT_EQ(lost.verdict, Verdict::kNotMet);
}

/* As of a lock that nobody waited for: the sample is good, the wait was not measured. */
TEST(Goals, ARowWithoutAFigureIsSaidAndNeverMet) {
    Fixture made;
    made.round(1, 1, kNotMeasured, 1);
    made.round(1, 1, kNotMeasured, 1);
    Judgement against = judged(&made, made.goal({"peer"}, Bound::kAtMost, 1, false));
    EXPECT_EQ(against.verdict, Verdict::kUnknown);
    EXPECT_TRUE(std::isnan(against.measured));
    EXPECT_NE(against.note.find("peer gave no figure"), std::string::npos);

    Fixture other;
    other.round(kNotMeasured, kNotMeasured, 1, 1);
    Judgement subject = judged(&other, other.goal({"peer"}, Bound::kAtMost, 1, true));
    EXPECT_EQ(subject.verdict, Verdict::kUnknown);
    EXPECT_NE(subject.note.find("ours gave no figure"), std::string::npos);
}

TEST(Goals, FiguresOfDifferentRoundsAreNoRatio) {
    Fixture made;
    made.round(1, 1, kNotMeasured, 1);
    made.round(kNotMeasured, kNotMeasured, 100, 1);
    for (Bound direction : {Bound::kAtMost, Bound::kAtLeast}) {
        Judgement result = judged(&made, made.goal({"peer"}, direction, 1, false));
        EXPECT_EQ(result.verdict, Verdict::kUnknown);
        EXPECT_TRUE(std::isnan(result.measured));
        EXPECT_NE(result.note.find("no round in which both"), std::string::npos);
    }
    made.round(1, 1, 100, 1);
    EXPECT_EQ(judged(&made, made.goal({"peer"}, Bound::kAtMost, 1, false)).verdict, Verdict::kMet);
}

TEST(Goals, ARowThatDoesNotExistIsSaid) {
    Fixture made;
    made.round(1, 1, 1, 1);
    Goal goal = made.goal({}, Bound::kAtMost, 1, false);
    goal.subject.case_name = "elsewhere";
    EXPECT_NE(judged(&made, goal).note.find("elsewhere was not run"), std::string::npos);
    goal.subject = {"pair", {"nobody"}, 1};
    EXPECT_NE(judged(&made, goal).note.find("has no nobody"), std::string::npos);
}

/* "pair" at 1 thread, and the same at 2 with other figures. */
std::vector<Block> at_two_places(Fixture *made, double peer_at_two) {
    made->rounds.clear();
    made->round(10, 10, 20, 99);
    std::vector<Block> blocks = made->blocks();
    made->rounds.clear();
    made->round(10, 10, peer_at_two, 99);
    blocks.push_back(made->blocks()[0]);
    blocks[1].threads = 2;
    return blocks;
}

TEST(Goals, AMeanOverPlacesIsGeometric) {
    Fixture made;
    Goal goal = made.goal({"peer"}, Bound::kAtMost, 0.3, false);
    goal.subject.case_name = goal.against.case_name = "";
    goal.across = {{"pair", 1}, {"pair", 2}};
    made.suites[0].goals = {goal};
    std::vector<Block> blocks = at_two_places(&made, 80); /* 0.5 and 0.125 */
    Judgement met = judge_goals(made.suites, blocks).at(0);
    EXPECT_DOUBLE_EQ(met.measured, 0.25);
    EXPECT_DOUBLE_EQ(met.least, 0.25);
    EXPECT_EQ(met.verdict, Verdict::kMet);
    EXPECT_EQ(met.goal, &made.suites[0].goals[0]);
    EXPECT_NE(met.note.find("pair 2: 0.12"), std::string::npos);
    blocks = at_two_places(&made, 20); /* 0.5 twice */
    EXPECT_EQ(judge_goals(made.suites, blocks).at(0).verdict, Verdict::kNotMet);
}

TEST(Goals, AMeanOverPlacesNeedsThemAll) {
    Fixture made;
    Goal goal = made.goal({"peer"}, Bound::kAtMost, 1, false);
    goal.across = {{"pair", 1}, {"pair", 8}};
    made.suites[0].goals = {goal};
    Judgement result = judge_goals(made.suites, at_two_places(&made, 80)).at(0);
    EXPECT_EQ(result.verdict, Verdict::kUnknown);
    EXPECT_TRUE(std::isnan(result.measured));
    EXPECT_NE(result.note.find("was not run"), std::string::npos);
}

TEST(Goals, FailedSamplesDoNotCount) {
    Fixture made;
    made.round(10, 10, 1, 1);
    made.round(20, 20, 1, 1);
    made.rounds[1].samples[0].fail("hung");
    EXPECT_DOUBLE_EQ(judged(&made, made.goal({}, Bound::kAtMost, 15, false)).measured, 10);
}

TEST(Goals, DisturbedRoundsAreLeftOutWhileThreeOthersRemain) {
    Fixture made;
    made.round(1000, 1000, 1, 1, true);
    made.round(10, 10, 1, 1);
    made.round(10, 10, 1, 1);
    Goal goal = made.goal({}, Bound::kAtMost, 15, false);
    Judgement disturbed = judged(&made, goal);
    EXPECT_DOUBLE_EQ(disturbed.most, 1000);
    EXPECT_NE(disturbed.note.find("disturbed"), std::string::npos);
    made.round(10, 10, 1, 1);
    Judgement clean = judged(&made, goal);
    EXPECT_DOUBLE_EQ(clean.most, 10);
    EXPECT_EQ(clean.note, "");
}

} // namespace
} // namespace weft_bench
