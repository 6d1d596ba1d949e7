#ifndef WEFT_TESTS_PARK_SCENARIOS_H
#define WEFT_TESTS_PARK_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario park_scenarios[];

/* Run by STRESS_SECONDS. */
extern const scenario park_stress[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_PARK_SCENARIOS_H */
