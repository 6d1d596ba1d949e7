/* dict_scenarios.h: what lib/dict's dicts promise: one thread's view, host code in the middle, and concurrent views. */
#ifndef WEFT_TESTS_DICT_SCENARIOS_H
#define WEFT_TESTS_DICT_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario dict_scenarios[];
extern const scenario dict_hooks_scenarios[];
extern const scenario dict_concurrent_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_DICT_SCENARIOS_H */
