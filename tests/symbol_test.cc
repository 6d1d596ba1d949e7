#include "scenario_gtest.h"
#include "symbol_scenarios.h"

namespace {
const bool registered =
    weft_tests::register_scenarios("Symbol", symbol_scenarios) &&
    weft_tests::register_scenarios("SymbolConcurrent", symbol_concurrent_scenarios);
} // namespace

TEST(Symbol, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
