/* scenario_gtest.h: makes a GoogleTest case of each scenario in a table. */
#ifndef WEFT_TESTS_SCENARIO_GTEST_H
#define WEFT_TESTS_SCENARIO_GTEST_H

#include <gtest/gtest.h>

#include "hints.h"
#include "scenario.h"

namespace weft_tests {

class ScenarioTest : public ::testing::Test {
  public:
    explicit ScenarioTest(void (*run)()) : run_(run) {}
    /* Each scenario begins with clear hints, where there is a heavy fence: see weft_park.h. */
    void TestBody() override {
        weft_park_set_asymmetric(true);
        run_();
    }

  private:
    void (*run_)();
};

inline void report_to_gtest(const char *file, int line, const char *expression) {
    ADD_FAILURE_AT(file, line) << expression;
}

/* Call it from a namespace-scope initialiser, before main runs the tests. */
inline bool register_scenarios(const char *suite, const scenario *table) {
    scenario_on_failure(report_to_gtest);
    for (; table->name != nullptr; table++) {
        void (*run)() = table->run;
        ::testing::RegisterTest(suite, table->name, nullptr, nullptr, __FILE__, __LINE__,
                                [run]() -> ::testing::Test * { return new ScenarioTest(run); });
    }
    return true;
}

} // namespace weft_tests

#endif /* WEFT_TESTS_SCENARIO_GTEST_H */
