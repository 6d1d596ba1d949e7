#include "event_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Event", event_scenarios);

TEST(Event, Registered) {
    EXPECT_TRUE(registered);
}

} // namespace
