/* qsbr_scenarios.h: what lib/qsbr promises. */
#ifndef WEFT_TESTS_QSBR_SCENARIOS_H
#define WEFT_TESTS_QSBR_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario qsbr_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_QSBR_SCENARIOS_H */
