#include "scenario_gtest.h"
#include "thread_scenarios.h"
#include "weft_critical.h" // the headers are C++ as well
#include "weft_gil.h"
#include "weft_world.h"

namespace {

const bool registered = weft_tests::register_scenarios("Thread", thread_scenarios);

TEST(ThreadDeathTest, AttachTwice) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(thread_misuse_attach_twice(),
                 "weft: attach of a thread that is attached \\[thread at 0x");
}

TEST(ThreadDeathTest, AttachInTwoRuntimes) {
    EXPECT_DEATH(thread_misuse_attach_in_two_runtimes(),
                 "weft: attach of a thread that is attached in another runtime \\[thread at 0x");
}

TEST(ThreadDeathTest, DetachWhenDetached) {
    EXPECT_DEATH(thread_misuse_detach_when_detached(),
                 "weft: detach of a thread that is not attached \\[thread at 0x");
}

TEST(ThreadDeathTest, SafepointWhenDetached) {
    EXPECT_DEATH(thread_misuse_safepoint_when_detached(),
                 "weft: safepoint of a thread that is not attached \\[thread at 0x");
}

TEST(ThreadDeathTest, SlotOfAnotherThread) {
    EXPECT_DEATH(thread_misuse_slot_of_another_thread(),
                 "weft: a slot is used by a thread that did not register it \\[thread at 0x");
}

TEST(ThreadDeathTest, UnregisterTwice) {
    EXPECT_DEATH(thread_misuse_unregister_twice(),
                 "weft: a slot is used by a thread that did not register it \\[thread at 0x");
}

TEST(ThreadDeathTest, UnregisterWithAGuard) {
    EXPECT_DEATH(thread_misuse_unregister_with_a_guard(),
                 "weft: unregister of a thread that a guard counts on \\[thread at 0x");
}

TEST(ThreadDeathTest, GuardsOutOfOrder) {
    EXPECT_DEATH(thread_misuse_guards_out_of_order(),
                 "weft: release of a guard out of order \\[thread at 0x");
}

TEST(ThreadDeathTest, ReleaseADeadRuntime) {
    EXPECT_DEATH(thread_misuse_release_a_dead_runtime(),
                 "weft: release of a runtime that is gone \\[runtime at 0x");
}

TEST(ThreadDeathTest, RetainADeadRuntime) {
    EXPECT_DEATH(thread_misuse_retain_a_dead_runtime(),
                 "weft: retain of a runtime that is gone \\[runtime at 0x");
}

TEST(ThreadDeathTest, UnclaimUnclaimed) {
    EXPECT_DEATH(thread_misuse_unclaim_unclaimed(),
                 "weft: unclaim of a slot that is not claimed \\[thread at 0x");
}

TEST(ThreadDeathTest, LayerWhileRunning) {
    EXPECT_DEATH(thread_misuse_layer_while_running(),
                 "weft: a layer is plugged in or out while runtimes exist \\[layer at 0x");
}

TEST(ThreadDeathTest, ForkWithADetachedSlot) {
    EXPECT_DEATH(thread_misuse_fork_detached(),
                 "weft: fork with a slot that is not attached \\[thread at 0x");
}

TEST(ThreadDeathTest, ForkWithoutItsSlot) {
    EXPECT_DEATH(thread_misuse_fork_without_its_slot(),
                 "weft: fork without the slot in which the thread is attached \\[thread at 0x");
}

TEST(ThreadDeathTest, ForkInAStoppedWorld) {
    EXPECT_DEATH(thread_misuse_fork_in_a_stopped_world(),
                 "weft: fork inside a world that the thread has stopped \\[thread at 0x");
}

TEST(ThreadDeathTest, RegisterInAStoppedWorld) {
    EXPECT_DEATH(thread_misuse_register_in_a_stopped_world(),
                 "weft: register inside a world that the thread has stopped \\[thread at 0x");
}

TEST(ThreadDeathTest, CreateInAStoppedWorld) {
    EXPECT_DEATH(
        thread_misuse_create_in_a_stopped_world(),
        "weft: creation of a runtime inside a world that the thread has stopped \\[thread at 0x");
}

TEST(ThreadDeathTest, ReleaseInAStoppedWorld) {
    EXPECT_DEATH(
        thread_misuse_release_in_a_stopped_world(),
        "weft: end of a runtime inside a world that the thread has stopped \\[thread at 0x");
}

TEST(ThreadDeathTest, HookComesBackDetached) {
    const char *message =
        "weft: host code that the runtime called came back detached \\[thread at 0x";
    EXPECT_DEATH(thread_misuse_safepoint_hook_detaches(), message);
    EXPECT_DEATH(thread_misuse_pending_hook_detaches(), message);
    EXPECT_DEATH(thread_misuse_exit_hook_detaches(), message);
}

} // namespace
