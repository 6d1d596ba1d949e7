#include "once_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Once", once_scenarios);

TEST(OnceDeathTest, EndOfNothing) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(once_misuse_end_of_nothing(),
                 "weft: end of a once that is not running \\[once at 0x");
}

TEST(OnceDeathTest, EndOfDone) {
    EXPECT_DEATH(once_misuse_end_of_done(),
                 "weft: end of a once that is not running \\[once at 0x");
}

#if WEFT_CHECKED
TEST(OnceDeathTest, Recursion) {
    EXPECT_DEATH(once_misuse_recursion(), "\\[once at 0x");
}
#endif

} // namespace
