/* thread_support.h: what the scenarios of lib/thread share. */
#ifndef WEFT_TESTS_THREAD_SUPPORT_H
#define WEFT_TESTS_THREAD_SUPPORT_H

#include "scenario.h"
#include "weft_thread.h"

#include <pthread.h>

WEFT_BEGIN_DECLS

/* Registers the calling thread and attaches it. */
weft_thread *support_enter(weft_runtime *runtime);

/* One attached thread in a runtime of its own; the runtime ends with the thread's unregistering. */
weft_thread *support_solo(const weft_runtime_config *config);
void support_solo_end(weft_thread *self);

/* Sleeps in the parking lot for a millisecond, as a wait for a lock does that times out. */
void support_nap(void);

pthread_t support_start(void *(*run)(void *), void *argument);
void support_join(pthread_t thread);

/* Waits until a word has a value, or the bits of a state word are set or clear; gives up, with a
 * failed check, after a minute. The calling thread should be detached. */
void support_await_value(weft_atomic_u32 *word, uint32_t value);
void support_await_set(weft_thread *thread, uint32_t bits);
void support_await_clear(weft_thread *thread, uint32_t bits);

uint32_t support_state(const weft_thread *thread);

/* How long a stress case runs: STRESS_SECONDS, or a moment. */
uint64_t support_stress_end(void);

/* Fewer threads where each is expensive (sanitizers). */
#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
#define SUPPORT_MANY 100
#else
#define SUPPORT_MANY 1000
#endif

/* Runs `child` in a child process, which has to return 0. Between the calls that a fork needs. */
void support_fork(weft_thread *self, int (*child)(weft_thread *self, void *argument),
                  void *argument);

WEFT_END_DECLS

#endif /* WEFT_TESTS_THREAD_SUPPORT_H */
