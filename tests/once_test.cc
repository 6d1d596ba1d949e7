#include "once_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Once", once_scenarios);
} // namespace

TEST(Once, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
