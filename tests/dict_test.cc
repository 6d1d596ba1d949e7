#include "dict_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Dict", dict_scenarios) &&
                        weft_tests::register_scenarios("DictHooks", dict_hooks_scenarios) &&
                        weft_tests::register_scenarios("DictConcurrent", dict_concurrent_scenarios);
} // namespace

TEST(Dict, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
