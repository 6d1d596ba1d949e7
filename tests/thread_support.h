/* thread_support.h: what the scenarios of lib/thread share. */
#ifndef WEFT_TESTS_THREAD_SUPPORT_H
#define WEFT_TESTS_THREAD_SUPPORT_H

#include "scenario.h"
#include "weft_thread.h"

WEFT_BEGIN_DECLS

/* Registers the calling thread and attaches it. */
weft_thread *support_enter(weft_runtime *runtime);

/* One attached thread in a runtime of its own; the runtime ends with the thread's unregistering. */
weft_thread *support_solo(const weft_runtime_config *config);
void support_solo_end(weft_thread *self);

/* Sleeps in the parking lot for a millisecond, as a wait for a lock does that times out. */
void support_nap(void);

/* Waits until a word has a value, or the bits of a state word are set or clear. The calling thread
 * should be detached. */
#define support_await_value(word, value) AWAIT(weft_load_acquire_u32(word) == (value))
#define support_await_set(thread, bits) AWAIT((support_state(thread) & (bits)) == (bits))
#define support_await_clear(thread, bits) AWAIT((support_state(thread) & (bits)) == 0)

uint32_t support_state(const weft_thread *thread);

/* Until when (weft_now_ns) a stress case runs: see scenario_stress_ns. */
uint64_t support_stress_end(void);

/* Fewer threads where each is expensive (sanitizers). */
#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
#define SUPPORT_MANY 100
#else
#define SUPPORT_MANY 1000
#endif

#ifndef _WIN32
/* Runs `child` in a forked process, between the calls that a fork needs; its checks have to hold. */
void support_fork(weft_thread *self, void (*child)(weft_thread *self, void *argument),
                  void *argument);
#endif

WEFT_END_DECLS

#endif /* WEFT_TESTS_THREAD_SUPPORT_H */
