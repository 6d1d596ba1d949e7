/* adapter_scenarios.h: what an adapter promises, whichever it is (adapter_support.h). */
#ifndef WEFT_TESTS_ADAPTER_SCENARIOS_H
#define WEFT_TESTS_ADAPTER_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario adapter_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_ADAPTER_SCENARIOS_H */
