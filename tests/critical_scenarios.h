#ifndef WEFT_TESTS_CRITICAL_SCENARIOS_H
#define WEFT_TESTS_CRITICAL_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario critical_scenarios[];

/* Misuse: each of these must not return. */
void critical_misuse_end_out_of_order(void);
void critical_misuse_unwind_to_a_stranger(void);
void critical_misuse_unregister_inside(void);
void critical_misuse_end_thread_inside(void);

WEFT_END_DECLS

#endif /* WEFT_TESTS_CRITICAL_SCENARIOS_H */
