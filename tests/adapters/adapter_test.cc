#include "adapter_scenarios.h"
#include "adapter_support.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Adapter", adapter_scenarios) &&
                        weft_tests::register_scenarios("Adapter", adapter_own_scenarios);
} // namespace

TEST(Adapter, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
