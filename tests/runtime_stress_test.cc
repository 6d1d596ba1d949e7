#include "runtime_stress.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("RuntimeStress", runtime_stress);
} // namespace

TEST(RuntimeStress, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
