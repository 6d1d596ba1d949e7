/* list_scenarios.h: what lib/list promises: one thread's view, and concurrent ones (list_concurrent.c). */
#ifndef WEFT_TESTS_LIST_SCENARIOS_H
#define WEFT_TESTS_LIST_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario list_scenarios[];
extern const scenario list_concurrent_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_LIST_SCENARIOS_H */
