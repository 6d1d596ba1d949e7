#include "rwmutex_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Rwmutex", rwmutex_scenarios);
} // namespace

TEST(Rwmutex, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
