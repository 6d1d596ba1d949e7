#ifndef WEFT_TESTS_RECURSIVE_SCENARIOS_H
#define WEFT_TESTS_RECURSIVE_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario recursive_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_RECURSIVE_SCENARIOS_H */
