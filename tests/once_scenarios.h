#ifndef WEFT_TESTS_ONCE_SCENARIOS_H
#define WEFT_TESTS_ONCE_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario once_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_ONCE_SCENARIOS_H */
