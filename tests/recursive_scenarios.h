#ifndef WEFT_TESTS_RECURSIVE_SCENARIOS_H
#define WEFT_TESTS_RECURSIVE_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario recursive_scenarios[];

/* Misuse: each of these must not return. */
void recursive_misuse_not_locked(void);
void recursive_misuse_other_thread(void);
void recursive_misuse_too_deep(void);

WEFT_END_DECLS

#endif /* WEFT_TESTS_RECURSIVE_SCENARIOS_H */
