#include "event_scenarios.h"
#include "scenario_gtest.h"

namespace {
const bool registered = weft_tests::register_scenarios("Event", event_scenarios);
} // namespace

TEST(Event, ScenariosAreRegistered) {
    EXPECT_TRUE(registered);
}
