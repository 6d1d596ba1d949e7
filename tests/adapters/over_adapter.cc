/* Linked into the tests of a module: they run over a host's own domain, unchanged. */
#include "adapter_support.h"

#include <gtest/gtest.h>

namespace {

class OverAdapter : public ::testing::Environment {
    void SetUp() override {
        if (const char *reason = adapter_use()) {
            GTEST_SKIP() << reason;
        }
    }
};

const ::testing::Environment *const environment =
    ::testing::AddGlobalTestEnvironment(new OverAdapter);

} // namespace

TEST(OverAdapter, IsInForce) {
    EXPECT_NE(environment, nullptr);
}
