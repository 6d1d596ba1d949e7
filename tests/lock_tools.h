/* lock_tools.h: what the scenarios of locks share: threads, waiting until a thread sleeps, a world
 * that stops, and the length and seed of stress. Nothing here depends on speed: what is waited for
 * comes, or the watchdog says which scenario it did not come in. */
#ifndef WEFT_TESTS_LOCK_TOOLS_H
#define WEFT_TESTS_LOCK_TOOLS_H

#include <pthread.h>

#include "scenario.h"
#include "weft_lock.h"
#include "weft_park.h"

WEFT_BEGIN_DECLS

/* ---- threads -------------------------------------------------------------------------------- */

typedef void thread_function(void *argument);

typedef struct test_thread {
    pthread_t handle;
    thread_function *function;
    void *argument;
} test_thread;

/* The thread object stays in place until it is joined. */
void thread_start(test_thread *thread, thread_function *function, void *argument);

/* Joins; aborts with a message when the thread has not ended after PATIENCE_SECONDS. */
void thread_join(test_thread *thread);

/* Runs function(argument) on `count` threads and joins them. */
void run_threads(unsigned count, thread_function *function, void *argument);

#define PATIENCE_SECONDS 150 /* or the environment's SCENARIO_PATIENCE */

/* ---- waiting -------------------------------------------------------------------------------- */

/* How many threads are queued on the address now. */
size_t sleepers(const void *address);

/* Returns once `count` threads or more are queued on the address. */
void await_sleepers(const void *address, size_t count);

/* Returns once the value is at least `count`; yields meanwhile. */
void await_count(const weft_atomic_u32 *value, uint32_t count);

void yield_now(void);
void sleep_ms(unsigned milliseconds);

/* SIGUSR1 gets a handler that does nothing and does not restart system calls. */
void handle_signals(void);
void send_signal(test_thread *thread);

/* ---- stress --------------------------------------------------------------------------------- */

/* weft_now_ns() time at which stress ends: STRESS_SECONDS from now, 0.3 by default. */
uint64_t stress_deadline(void);

/* A seed, printed, so that the output of a failed run has it: SCENARIO_SEED or the time. */
uint64_t stress_seed(const char *scenario_name);

/* The next number of a sequence (xorshift, George Marsaglia); the state is not 0. */
uint64_t next_random(uint64_t *state);

/* ---- a world that stops --------------------------------------------------------------------- */

/* A runtime's part in parking: threads that have called world_enter belong to it. While it is
 * stopped, a thread that was handed something is refused, and does not come back from weft_park. */
typedef struct test_world {
    weft_atomic_u32 stopped;
    weft_atomic_u32 refused; /* how often try_leave said no */
    weft_atomic_u32 held_up; /* threads that wait in leave now */
    weft_atomic_u32 detached;
    weft_atomic_u32 gate; /* while not 0, a thread that was handed something stays in try_leave */
    weft_atomic_u32 at_gate;
} test_world;

void world_plug_in(test_world *world); /* while no thread is parked */
void world_plug_out(void);
void world_enter(test_world *world); /* by each thread that belongs to it */
void world_exit(void);
void world_stop(test_world *world);
void world_go_on(test_world *world);

/* ---- fork ----------------------------------------------------------------------------------- */

/* Runs function(argument) in a forked child; true if every CHECK in it held. */
bool run_in_child(thread_function *function, void *argument);

WEFT_END_DECLS

#endif /* WEFT_TESTS_LOCK_TOOLS_H */
