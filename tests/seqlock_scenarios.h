/* seqlock_scenarios.h: what lib/seqlock promises. */
#ifndef WEFT_TESTS_SEQLOCK_SCENARIOS_H
#define WEFT_TESTS_SEQLOCK_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario seqlock_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_SEQLOCK_SCENARIOS_H */
