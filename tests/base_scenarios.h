#ifndef WEFT_TESTS_BASE_SCENARIOS_H
#define WEFT_TESTS_BASE_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario base_scenarios[];

/* Misuse: each of these must not return. */
void base_misuse_half_an_allocator(void);
void base_misuse_fatal_hook_returns(void);
void base_misuse_with_detail(void);

WEFT_END_DECLS

#endif /* WEFT_TESTS_BASE_SCENARIOS_H */
