#include "list_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("List", list_scenarios) &&
                        weft_tests::register_scenarios("ListConcurrent", list_concurrent_scenarios);
} // namespace

TEST(List, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
