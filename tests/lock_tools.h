/* lock_tools.h: what the scenarios of locks share beyond scenario.h: groups of threads, signals, and
 * a world that stops. */
#ifndef WEFT_TESTS_LOCK_TOOLS_H
#define WEFT_TESTS_LOCK_TOOLS_H

#include "scenario.h"
#include "sleeper.h"
#include "weft_lock.h"
#include "weft_park.h"

WEFT_BEGIN_DECLS

/* Runs function(argument) on `count` threads and joins them. */
void run_threads(unsigned count, void (*function)(void *argument), void *argument);

/* The same for stress that ends of its own accord at the time `end`. */
void run_threads_until(uint64_t end, unsigned count, void (*function)(void *argument),
                       void *argument);

/* More threads than there are records of waiting, and no pages for more: the rest naps. Runs function(argument) on them, and
 * go(argument) once all that can sleep on the address, and the others have asked in vain again and again. Returns how many. */
size_t run_without_pages(const void *address, void (*function)(void *argument),
                         void (*go)(void *argument), void *argument);

/* The next owner frees a lock as soon as it may: while the wake by `release`, which this thread runs, is on its way to the
 * operating system. For ASan, which sees a late touch. `next` runs on another thread, waits for the lock and frees it. */
void free_while_the_wake_is_under_way(void *lock, void (*next)(void *lock),
                                      void (*release)(void *lock));

/* Whether the operating system's wait can tell that a signal handler ran. */
#if defined(_WIN32) || WEFT_WAIT_PTHREAD
#define SIGNALS_END_WAITS 0
#else
#define SIGNALS_END_WAITS 1
#endif

#ifndef _WIN32
/* SIGUSR1 gets a handler that does nothing and does not restart system calls. */
void handle_signals(void);
void send_signal(scenario_thread *thread);

/* Sends signals until the waiters on the address are fewer than `count`: one that comes between
 * queueing and sleeping is missed, one of several is not. */
void signal_until_fewer(scenario_thread *thread, const void *address, size_t count);

/* Sends some, to a thread that does not heed them. */
void signal_in_vain(scenario_thread *thread);
#endif

/* A runtime's part in parking: threads that have called world_enter belong to it. While it is
 * stopped, a thread that was handed something is refused, and does not come back from weft_park. */
typedef struct test_world {
    weft_atomic_u32 stopped;
    weft_atomic_u32 refused;  /* how often try_leave said no */
    weft_atomic_u32 held_up;  /* threads that wait in leave now */
    weft_atomic_u32 detached; /* threads that sleep, or have not come back yet */
    weft_atomic_u32 gate; /* while not 0, a thread that was handed something stays in try_leave */
    weft_atomic_u32 at_gate;
} test_world;

void world_plug_in(test_world *world); /* while no thread is parked */
void world_plug_out(void);
void world_enter(test_world *world); /* by each thread that belongs to it */
void world_exit(void);
void world_stop(test_world *world);
void world_go_on(test_world *world);

WEFT_END_DECLS

#endif /* WEFT_TESTS_LOCK_TOOLS_H */
