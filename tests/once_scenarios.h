#ifndef WEFT_TESTS_ONCE_SCENARIOS_H
#define WEFT_TESTS_ONCE_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario once_scenarios[];

/* Misuse: each of these must not return. */
void once_misuse_end_of_nothing(void);
void once_misuse_end_of_done(void);
#if WEFT_CHECKED
void once_misuse_recursion(void);
#endif

WEFT_END_DECLS

#endif /* WEFT_TESTS_ONCE_SCENARIOS_H */
