#include "seqlock_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Seqlock", seqlock_scenarios);

TEST(SeqlockDeathTest, EndWithoutBegin) {
    EXPECT_TRUE(registered);
    EXPECT_DEATH(seqlock_misuse_end_without_begin(),
                 "weft: end of a write that was not begun \\[seqlock at 0x");
}

TEST(SeqlockDeathTest, AbandonWithoutBegin) {
    EXPECT_DEATH(seqlock_misuse_abandon_without_begin(),
                 "weft: abandon of a write that was not begun \\[seqlock at 0x");
}

} // namespace
