#include "recursive_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Recursive", recursive_scenarios);
} // namespace

TEST(Recursive, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
