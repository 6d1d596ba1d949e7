#include "cond_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Cond", cond_scenarios);
} // namespace

TEST(Cond, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
