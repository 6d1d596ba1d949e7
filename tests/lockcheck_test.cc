#include "lockcheck_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Lockcheck", lockcheck_scenarios);
} // namespace

TEST(Lockcheck, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
