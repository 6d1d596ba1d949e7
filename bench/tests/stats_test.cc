#include <cmath>

#include <gtest/gtest.h>

#include "bench/histogram.h"
#include "bench/random.h"
#include "bench/sample.h"
#include "bench/stats.h"
#include "bench/suite.h"

namespace weft_bench {
namespace {

TEST(Median, OddAndEvenCounts) {
    EXPECT_EQ(median_of({3, 1, 2}), 2);
    EXPECT_EQ(median_of({4, 1, 2, 3}), 2.5);
    EXPECT_EQ(median_of({7}), 7);
}

TEST(Median, LeavesOutWhatWasNotMeasured) {
    Spread spread = spread_of({kNotMeasured, 5, 1, kNotMeasured});
    EXPECT_EQ(spread.median, 3);
    EXPECT_EQ(spread.least, 1);
    EXPECT_EQ(spread.most, 5);
    EXPECT_EQ(spread.count, 2u);
    EXPECT_EQ(spread_of({kNotMeasured}).count, 0u);
    EXPECT_TRUE(std::isnan(median_of({})));
}

TEST(Jain, OneTakesAllOrAllShareEqually) {
    EXPECT_DOUBLE_EQ(jain_index({5, 5, 5, 5}), 1);
    EXPECT_DOUBLE_EQ(jain_index({8, 0, 0, 0}), 0.25);
    EXPECT_DOUBLE_EQ(jain_index({3, 1}), 16.0 / 20.0);
    EXPECT_TRUE(std::isnan(jain_index({0, 0})));
}

TEST(PairedRatios, OnlyWholePairs) {
    std::vector<double> ratios = paired_ratios({2, kNotMeasured, 9, 4}, {1, 1, 3, 0});
    EXPECT_EQ(ratios, (std::vector<double>{2, 3}));
}

TEST(Noise, IsTheMedianDistanceFromEqual) {
    EXPECT_NEAR(aa_noise({100, 100, 100}, {101, 97, 102}), 0.02, 1e-12);
    EXPECT_TRUE(std::isnan(aa_noise({}, {})));
}

TEST(Histogram, SmallValuesAreExact) {
    Histogram histogram;
    for (uint64_t value = 0; value < 32; value++) {
        histogram.record(value);
    }
    EXPECT_EQ(histogram.percentile(0.5), 15u);
    EXPECT_EQ(histogram.percentile(1), 31u);
    EXPECT_EQ(histogram.longest(), 31u);
    EXPECT_EQ(histogram.count(), 32u);
}

TEST(Histogram, PercentilesAreWithinThreePercent) {
    Histogram histogram;
    for (uint64_t value = 1; value <= 100000; value++) {
        histogram.record(value * 10);
    }
    for (double fraction : {0.5, 0.9, 0.99, 0.9999}) {
        double exact = fraction * 1e6;
        EXPECT_NEAR(static_cast<double>(histogram.percentile(fraction)), exact, exact * 0.032);
    }
    EXPECT_EQ(histogram.percentile(1), 1000000u);
}

TEST(Histogram, OneValueIsKeptExactlyAtEveryMagnitude) {
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t value = (uint64_t{1} << bits) | (uint64_t{1} << bits) / 3;
        Histogram histogram;
        histogram.record(value);
        EXPECT_EQ(histogram.longest(), value);
        if (bits < 50) {
            EXPECT_EQ(histogram.percentile(0.5), value);
        }
    }
    Histogram empty;
    EXPECT_EQ(empty.percentile(0.99), 0u);
}

TEST(Histogram, MergingIsRecordingInOne) {
    Histogram one, other, both;
    Random random(7);
    for (int i = 0; i < 10000; i++) {
        uint64_t value = random.next() >> (i % 30);
        (i % 2 != 0 ? one : other).record(value);
        both.record(value);
    }
    one.merge(other);
    EXPECT_EQ(one.count(), both.count());
    EXPECT_EQ(one.longest(), both.longest());
    for (double fraction : {0.01, 0.5, 0.99, 0.9999}) {
        EXPECT_EQ(one.percentile(fraction), both.percentile(fraction));
    }
}

TEST(Random, BelowStaysBelowAndReachesAll) {
    Random random(1);
    unsigned seen[8] = {};
    for (int i = 0; i < 8000; i++) {
        uint32_t number = random.below(8);
        ASSERT_LT(number, 8u);
        seen[number]++;
    }
    for (unsigned count : seen) {
        EXPECT_GT(count, 800u);
    }
}

TEST(ThreadLadder, ReachesTwiceTheCoresAndEight) {
    EXPECT_EQ(thread_ladder(1), (std::vector<unsigned>{1, 2, 4, 8}));
    EXPECT_EQ(thread_ladder(2), (std::vector<unsigned>{1, 2, 4, 8}));
    EXPECT_EQ(thread_ladder(6), (std::vector<unsigned>{1, 2, 4, 6, 8, 12}));
    EXPECT_EQ(thread_ladder(16), (std::vector<unsigned>{1, 2, 4, 8, 16, 32}));
}

} // namespace
} // namespace weft_bench
