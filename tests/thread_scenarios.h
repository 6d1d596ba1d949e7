#ifndef WEFT_TESTS_THREAD_SCENARIOS_H
#define WEFT_TESTS_THREAD_SCENARIOS_H

#include "scenario.h"

WEFT_BEGIN_DECLS

extern const scenario thread_scenarios[];

/* Misuse: each of these must not return. */
void thread_misuse_attach_twice(void);
void thread_misuse_attach_in_two_runtimes(void);
void thread_misuse_detach_when_detached(void);
void thread_misuse_safepoint_when_detached(void);
void thread_misuse_slot_of_another_thread(void);
void thread_misuse_unregister_twice(void);
void thread_misuse_unregister_with_a_guard(void);
void thread_misuse_guards_out_of_order(void);
void thread_misuse_release_a_dead_runtime(void);
void thread_misuse_retain_a_dead_runtime(void);
void thread_misuse_unclaim_unclaimed(void);
void thread_misuse_layer_while_running(void);
void thread_misuse_fork_detached(void);
void thread_misuse_fork_without_its_slot(void);
void thread_misuse_fork_in_a_stopped_world(void);
void thread_misuse_register_in_a_stopped_world(void);
void thread_misuse_create_in_a_stopped_world(void);
void thread_misuse_release_in_a_stopped_world(void);
void thread_misuse_safepoint_hook_detaches(void);
void thread_misuse_pending_hook_detaches(void);
void thread_misuse_exit_hook_detaches(void);

WEFT_END_DECLS

#endif /* WEFT_TESTS_THREAD_SCENARIOS_H */
