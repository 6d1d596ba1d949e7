#ifndef WEFT_TESTS_RWMUTEX_SCENARIOS_H
#define WEFT_TESTS_RWMUTEX_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario rwmutex_scenarios[];

/* Misuse: each of these must not return. */
void rwmutex_misuse_read_unlock_of_free(void);
void rwmutex_misuse_read_unlock_of_written(void);
void rwmutex_misuse_write_unlock_of_free(void);
void rwmutex_misuse_write_unlock_of_read(void);
void rwmutex_misuse_downgrade_of_read(void);
void rwmutex_misuse_too_many_readers(void);
#if WEFT_CHECKED
void rwmutex_misuse_nested_read(void);
#endif

WEFT_END_DECLS

#endif /* WEFT_TESTS_RWMUTEX_SCENARIOS_H */
