#include "cond_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Cond", cond_scenarios);

TEST(CondDeathTest, MutexNotLocked) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(cond_misuse_mutex_not_locked(),
                 "weft: wait with a mutex that is not locked \\[condition at 0x");
}

} // namespace
