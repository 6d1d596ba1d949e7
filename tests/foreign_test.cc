#include "foreign_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Foreign", foreign_scenarios);
} // namespace

TEST(Foreign, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
