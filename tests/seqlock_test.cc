#include "seqlock_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Seqlock", seqlock_scenarios);
} // namespace

TEST(Seqlock, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
