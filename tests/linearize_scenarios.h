/* linearize_scenarios.h: the checker of linearizability accepts and rejects what it should. */
#ifndef WEFT_TESTS_LINEARIZE_SCENARIOS_H
#define WEFT_TESTS_LINEARIZE_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario linearize_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_LINEARIZE_SCENARIOS_H */
