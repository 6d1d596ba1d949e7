#include "park_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Park", park_scenarios);
} // namespace

TEST(Park, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
