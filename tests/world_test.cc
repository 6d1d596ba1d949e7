#include "scenario_gtest.h"
#include "world_scenarios.h"

namespace {

const bool registered = weft_tests::register_scenarios("World", world_scenarios);

TEST(WorldDeathTest, StopDetached) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(world_misuse_stop_detached(),
                 "weft: stop of the world by a thread that is not attached \\[thread at 0x");
}

TEST(WorldDeathTest, StopAllDetached) {
    EXPECT_DEATH(world_misuse_stop_all_detached(),
                 "weft: stop of all worlds by a thread that is not attached \\[thread at 0x");
}

TEST(WorldDeathTest, StopTwice) {
    EXPECT_DEATH(world_misuse_stop_twice(),
                 "weft: stop inside a world that the thread has stopped \\[thread at 0x");
}

TEST(WorldDeathTest, ResumeARunningWorld) {
    EXPECT_DEATH(world_misuse_resume_a_running_world(),
                 "weft: resume of a world that the thread has not stopped \\[thread at 0x");
}

TEST(WorldDeathTest, DetachInAStoppedWorld) {
    EXPECT_DEATH(world_misuse_detach_in_a_stopped_world(),
                 "weft: detach inside a world that the thread has stopped \\[thread at 0x");
}

TEST(WorldDeathTest, UnregisterInAStoppedWorld) {
    EXPECT_DEATH(world_misuse_unregister_in_a_stopped_world(),
                 "weft: unregister inside a world that the thread has stopped \\[thread at 0x");
}

TEST(WorldDeathTest, EnsureInAStoppedWorld) {
    EXPECT_DEATH(world_misuse_ensure_in_a_stopped_world(),
                 "weft: ensure inside a world that the thread has stopped \\[thread at 0x");
}

TEST(WorldDeathTest, EndInAStoppedWorld) {
    EXPECT_DEATH(world_misuse_end_in_a_stopped_world(),
                 "weft: a thread ended inside a world that it has stopped \\[thread at 0x");
}

#if WEFT_CHECKED
TEST(WorldDeathTest, WaitInAStoppedWorld) {
    EXPECT_DEATH(world_misuse_wait_in_a_stopped_world(),
                 "weft: wait inside a world that the thread has stopped \\[thread at 0x");
}
#endif

} // namespace
