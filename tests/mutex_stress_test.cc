#include "mutex_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("MutexStress", mutex_stress);
} // namespace

TEST(MutexStress, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
