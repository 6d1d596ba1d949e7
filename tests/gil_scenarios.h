#ifndef WEFT_TESTS_GIL_SCENARIOS_H
#define WEFT_TESTS_GIL_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario gil_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_GIL_SCENARIOS_H */
