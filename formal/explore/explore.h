/* What a harness may say to the explorer. Everything else is plain C11, pthread and assert.
 *
 * Compiled without the explorer (WEFT_EXPLORE is not defined) the calls fall back to something harmless, so that a harness also
 * runs natively and under other checkers.
 */
#ifndef WEFT_EXPLORE_H
#define WEFT_EXPLORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef WEFT_EXPLORE
#ifdef __cplusplus
extern "C" {
#endif

/* A number from 0 to n - 1: each is explored. */
int explore_choose(int n);
/* An execution in which the condition is false is of no interest: it is dropped, counted as blocked, and whatever else goes wrong in
 * it, in any thread, is not reported, unless that had happened when the assumption came. */
void explore_assume(int condition);
/* The asymmetric pair: the light side costs nothing, the heavy side interrupts every thread (membarrier). A light fence may
 * also be written atomic_signal_fence(memory_order_seq_cst). */
void explore_light_fence(void);
void explore_heavy_fence(void);
/* Sleep while *word == expected, as a futex does; wake at most count of those that sleep. The word is an atomic object.
 * Waiting may time out only if deadline is not 0. */
enum explore_wait_end { EXPLORE_WOKEN, EXPLORE_TIMED_OUT, EXPLORE_SPURIOUS };
enum explore_wait_end explore_wait(uint32_t *word, uint32_t expected, int deadline);
void explore_wake(uint32_t *word, int count);
/* A flag inside the operating system, clear at first: whoever sets it or looks at it is ordered with nobody by that. */
void explore_set_system_flag(void);
int explore_system_flag(void);
/* Nanoseconds; leaps ahead when --clock-jumps allows it. */
uint64_t explore_now(void);
/* Zeroed memory that is never given back, and no leak. */
void *explore_map(size_t size);
/* Adds a name and a value to the outcome of this execution (--outcomes lists the distinct ones). */
void explore_outcome(const char *name, uint64_t value);

#ifdef __cplusplus
}
#endif
#else
static inline int explore_choose(int n) {
    (void)n;
    return 0;
}
static inline void explore_assume(int condition) {
    (void)condition;
}
static inline void explore_outcome(const char *name, uint64_t value) {
    (void)name;
    (void)value;
}
#endif

#endif
