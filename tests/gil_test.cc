#include "scenario_gtest.h"
#include "gil_scenarios.h"

namespace {

const bool registered = weft_tests::register_scenarios("Gil", gil_scenarios);

TEST(Gil, IsRegistered) {
    EXPECT_TRUE(registered);
}

} // namespace
