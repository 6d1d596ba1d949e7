#include "qsbr_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Qsbr", qsbr_scenarios);
} // namespace

TEST(Qsbr, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
