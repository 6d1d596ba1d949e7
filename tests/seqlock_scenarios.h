/* seqlock_scenarios.h: what lib/seqlock promises. */
#ifndef WEFT_TESTS_SEQLOCK_SCENARIOS_H
#define WEFT_TESTS_SEQLOCK_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario seqlock_scenarios[];

/* Each ends in the host's fatal hook. */
void seqlock_misuse_end_without_begin(void);
void seqlock_misuse_abandon_without_begin(void);

/* Fatal in a checked build; a deadlock, or unnoticed, in any other. */
void seqlock_misuse_read_inside_write(void);
void seqlock_misuse_write_inside_write(void);
void seqlock_misuse_end_by_other_thread(void);

WEFT_END_DECLS

#endif /* WEFT_TESTS_SEQLOCK_SCENARIOS_H */
