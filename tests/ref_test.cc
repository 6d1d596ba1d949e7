#include "ref_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Ref", ref_scenarios);
} // namespace

TEST(Ref, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
