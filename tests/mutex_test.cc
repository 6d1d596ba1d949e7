#include "mutex_scenarios.h"
#include "scenario_gtest.h"
#include "weft_mutex.h"

namespace {

const bool registered = weft_tests::register_scenarios("Mutex", mutex_scenarios);

weft_mutex static_mutex = WEFT_MUTEX_INIT;

} // namespace

/* The inline half of the header, compiled as C++. */
TEST(Mutex, WorksFromCxx) {
    EXPECT_TRUE(registered);
    weft_mutex_lock(&static_mutex);
    EXPECT_TRUE(weft_mutex_is_locked(&static_mutex));
    EXPECT_EQ(weft_mutex_set_host_bits(&static_mutex, 0xff), 0);
    EXPECT_EQ(weft_mutex_clear_host_bits(&static_mutex, 0xff), WEFT_MUTEX_HOST_BITS);
    weft_mutex_unlock(&static_mutex);
    EXPECT_EQ(weft_mutex_lock_for(&static_mutex, 0), WEFT_LOCK_OK);
    weft_mutex_unlock(&static_mutex);
}

TEST(MutexDeathTest, UnlockOfAnUnlockedMutex) {
    EXPECT_DEATH(weft_mutex_unlock(&static_mutex), "weft: unlock .*mutex at 0x");
}
