#include "scenario_gtest.h"
#include "critical_scenarios.h"
#include "thread_support.h"
#include "weft_critical.h"

#include <stdexcept>

namespace {

const bool registered = weft_tests::register_scenarios("Critical", critical_scenarios);

TEST(Critical, ExceptionsEndGuardedSections) {
    weft_thread *self = support_solo(nullptr);
    weft_mutex outer = WEFT_MUTEX_INIT, inner = WEFT_MUTEX_INIT;
    EXPECT_TRUE(registered);
    {
        weft_critical_guard section(self, &outer);
        try {
            weft_critical_guard nested(self, &inner);
            EXPECT_TRUE(weft_mutex_is_locked(&inner));
            throw std::runtime_error("out of here");
        } catch (const std::runtime_error &) {
            EXPECT_FALSE(weft_mutex_is_locked(&inner));
        }
        EXPECT_TRUE(weft_mutex_is_locked(&outer));
    }
    EXPECT_FALSE(weft_mutex_is_locked(&outer));
    support_solo_end(self);
}

TEST(CriticalDeathTest, EndOutOfOrder) {
    EXPECT_DEATH(critical_misuse_end_out_of_order(),
                 "weft: end of a critical section that is not the innermost \\[thread at 0x");
}

TEST(CriticalDeathTest, UnwindToAStranger) {
    EXPECT_DEATH(critical_misuse_unwind_to_a_stranger(),
                 "weft: unwind to a mark that is not among the sections \\[thread at 0x");
}

TEST(CriticalDeathTest, UnregisterInside) {
    EXPECT_DEATH(critical_misuse_unregister_inside(),
                 "weft: unregister of a thread inside a critical section \\[thread at 0x");
}

TEST(CriticalDeathTest, EndThreadInside) {
    EXPECT_DEATH(critical_misuse_end_thread_inside(),
                 "weft: a thread ended inside a critical section \\[thread at 0x");
}

} // namespace
