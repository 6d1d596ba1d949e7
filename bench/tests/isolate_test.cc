#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "bench/isolate.h"

namespace weft_bench {
namespace {

TEST(Isolate, GivesBackWhatTheChildMeasured) {
    Sample sample = measure_isolated(
        [](const Work &work) {
            Sample measured_there;
            measured_there.set_rate(work.threads * 100, 2);
            return measured_there;
        },
        {3, 0.1}, 10);
    EXPECT_TRUE(sample.good());
    EXPECT_EQ(sample.metric[kOpsPerS], 150);
    EXPECT_NEAR(sample.metric[kNsPerOp], 1e9 / 150, 1e-3);
}

TEST(Isolate, AChildThatDiesIsAFailedSample) {
    Sample sample = measure_isolated(
        [](const Work &) -> Sample {
            signal(SIGTERM, SIG_DFL);
            kill(getpid(), SIGTERM);
            return {};
        },
        {}, 10);
    EXPECT_FALSE(sample.good());
    EXPECT_NE(std::string(sample.failure).find("died"), std::string::npos);
}

TEST(Isolate, AChildThatHangsIsAFailedSample) {
    Sample sample = measure_isolated(
        [](const Work &) -> Sample {
            for (;;) {
                pause();
            }
        },
        {}, 1);
    EXPECT_STREQ(sample.failure, "did not end within 1 s");
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
TEST(Isolate, MemoryIsWhatTheChildAdded) {
    Sample sample = measure_isolated(
        [](const Work &) {
            std::vector<char> memory(32u << 20);
            std::memset(memory.data(), 1, memory.size());
            Sample touched;
            touched.metric[kValue] = memory[12345];
            return touched;
        },
        {}, 10);
    EXPECT_GE(sample.metric[kRss], 31 * 1024.0);
    EXPECT_LE(sample.metric[kRss], 40 * 1024.0);
}
#endif

} // namespace
} // namespace weft_bench
