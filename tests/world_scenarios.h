#ifndef WEFT_TESTS_WORLD_SCENARIOS_H
#define WEFT_TESTS_WORLD_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario world_scenarios[];

/* Misuse: each of these must not return. */
void world_misuse_stop_detached(void);
void world_misuse_stop_all_detached(void);
void world_misuse_stop_twice(void);
void world_misuse_resume_a_running_world(void);
void world_misuse_detach_in_a_stopped_world(void);
void world_misuse_unregister_in_a_stopped_world(void);
void world_misuse_ensure_in_a_stopped_world(void);
void world_misuse_end_in_a_stopped_world(void);
#if WEFT_CHECKED
void world_misuse_wait_in_a_stopped_world(void);
#endif

WEFT_END_DECLS

#endif /* WEFT_TESTS_WORLD_SCENARIOS_H */
