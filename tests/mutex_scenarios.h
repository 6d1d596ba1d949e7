#ifndef WEFT_TESTS_MUTEX_SCENARIOS_H
#define WEFT_TESTS_MUTEX_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario mutex_scenarios[];

/* Run by STRESS_SECONDS. */
extern const scenario mutex_stress[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_MUTEX_SCENARIOS_H */
