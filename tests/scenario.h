/* scenario.h: what a test scenario is.
 *
 * A scenario is a C11 function that returns when all went well and reports through CHECK what did
 * not. A module's scenarios stand in one table in <module>_scenarios.c. A thin GoogleTest file
 * registers the table; programs for other CPUs, which have no GoogleTest, walk the same table.
 */
#ifndef WEFT_TESTS_SCENARIO_H
#define WEFT_TESTS_SCENARIO_H

#include "weft_base.h"

WEFT_BEGIN_DECLS

typedef struct scenario {
    const char *name; /* a C identifier; NULL ends the table */
    void (*run)(void);
} scenario;

/* Called from any thread for each check that fails. The default prints and aborts. */
typedef void scenario_failure_hook(const char *file, int line, const char *expression);
void scenario_on_failure(scenario_failure_hook *hook);

void scenario_failed(const char *file, int line, const char *expression);

/* Goes on after a failure: a scenario joins its threads whatever happens. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            scenario_failed(__FILE__, __LINE__, #condition);                                       \
        }                                                                                          \
    } while (0)

WEFT_END_DECLS

#endif /* WEFT_TESTS_SCENARIO_H */
