#include "base_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Base", base_scenarios);

TEST(BaseDeathTest, HalfAnAllocator) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(base_misuse_half_an_allocator(),
                 "weft: allocate and free must be replaced together \\[host at 0x");
}

TEST(BaseDeathTest, FatalHookThatReturns) {
    EXPECT_DEATH(base_misuse_fatal_hook_returns(), "");
}

TEST(BaseDeathTest, MessageNamesTheObject) {
    EXPECT_DEATH(base_misuse_with_detail(), "weft: it broke \\[thing at 0x12ab\\]: here and there");
}

} // namespace
