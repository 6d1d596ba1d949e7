#include "linearize_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Linearize", linearize_scenarios);
} // namespace

TEST(Linearize, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
