#include "recursive_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Recursive", recursive_scenarios);

TEST(RecursiveDeathTest, NotLocked) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(recursive_misuse_not_locked(),
                 "weft: unlock of a recursive lock that is not locked \\[recursive at 0x");
}

TEST(RecursiveDeathTest, OtherThread) {
    EXPECT_DEATH(recursive_misuse_other_thread(),
                 "weft: unlock of a recursive lock by a thread that "
                 "does not own it \\[recursive at 0x");
}

TEST(RecursiveDeathTest, TooDeep) {
    EXPECT_DEATH(recursive_misuse_too_deep(),
                 "weft: a recursive lock was locked too many times \\[recursive at 0x");
}

} // namespace
