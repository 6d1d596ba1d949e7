/* symbol_scenarios.h: what weft_symbol promises: one thread's view, and concurrent ones (symbol_concurrent.c). */
#ifndef WEFT_TESTS_SYMBOL_SCENARIOS_H
#define WEFT_TESTS_SYMBOL_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario symbol_scenarios[];
extern const scenario symbol_concurrent_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_SYMBOL_SCENARIOS_H */
