#include "rwmutex_scenarios.h"
#include "scenario_gtest.h"

namespace {

const bool registered = weft_tests::register_scenarios("Rwmutex", rwmutex_scenarios);

TEST(RwmutexDeathTest, ReadUnlock) {
    EXPECT_TRUE(registered);
#if !WEFT_CHECKED
    const char *message = "weft: read unlock of a lock that no reader owns \\[rwmutex at 0x";
#else
    const char *message = "\\[rwmutex at 0x";
#endif
    EXPECT_DEATH(rwmutex_misuse_read_unlock_of_free(), message);
    EXPECT_DEATH(rwmutex_misuse_read_unlock_of_written(),
                 "weft: read unlock of a lock that no reader owns \\[rwmutex at 0x");
}

TEST(RwmutexDeathTest, WriteUnlock) {
#if !WEFT_CHECKED
    const char *message = "weft: write unlock of a lock that no writer owns \\[rwmutex at 0x";
#else
    const char *message = "\\[rwmutex at 0x";
#endif
    EXPECT_DEATH(rwmutex_misuse_write_unlock_of_free(), message);
    EXPECT_DEATH(rwmutex_misuse_write_unlock_of_read(),
                 "weft: write unlock of a lock that no writer owns \\[rwmutex at 0x");
}

TEST(RwmutexDeathTest, Downgrade) {
    EXPECT_DEATH(rwmutex_misuse_downgrade_of_read(),
                 "weft: downgrade of a lock that no writer owns \\[rwmutex at 0x");
}

TEST(RwmutexDeathTest, TooManyReaders) {
    EXPECT_DEATH(rwmutex_misuse_too_many_readers(),
                 "weft: a lock has too many readers \\[rwmutex at 0x");
}

#if WEFT_CHECKED
TEST(RwmutexDeathTest, NestedRead) {
    EXPECT_DEATH(rwmutex_misuse_nested_read(), "\\[rwmutex at 0x");
}
#endif

} // namespace
