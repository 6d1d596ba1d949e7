#include "park_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("ParkStress", park_stress);
} // namespace

TEST(ParkStress, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
