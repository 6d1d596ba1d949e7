/* ref_scenarios.h: what lib/ref promises. */
#ifndef WEFT_TESTS_REF_SCENARIOS_H
#define WEFT_TESTS_REF_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario ref_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_REF_SCENARIOS_H */
