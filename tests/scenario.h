/* scenario.h: what a test scenario is, and what scenarios share.
 *
 * A scenario is a C11 function that returns when all went well and reports through CHECK what did
 * not. A module's scenarios stand in one table in <module>_scenarios.c. A thin GoogleTest file
 * registers the table; programs for other CPUs, which have no GoogleTest, walk the same table
 * (scenario_main.c). Threads are pthreads, also on Windows (mingw's winpthreads).
 *
 * Time. No scenario asserts that something is fast: a machine may be arbitrarily slow. AWAIT ends
 * the process after SCENARIO_PATIENCE seconds (default 150; STRESS_SECONDS come on top), so that a lost
 * wake-up is a failure with a line number and not a test that hangs. Time in which the process is
 * stopped does not count.
 */
#ifndef WEFT_TESTS_SCENARIO_H
#define WEFT_TESTS_SCENARIO_H

#include <pthread.h>

#include "weft_atomic.h"

WEFT_BEGIN_DECLS

typedef struct scenario {
    const char *name; /* a C identifier; NULL ends the table */
    void (*run)(void);
} scenario;

/* Called from any thread for each check that fails. The default prints and aborts. */
typedef void scenario_failure_hook(const char *file, int line, const char *expression);
void scenario_on_failure(scenario_failure_hook *hook);

void scenario_failed(const char *file, int line, const char *expression);

/* Goes on after a failure: a scenario joins its threads whatever happens. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            scenario_failed(__FILE__, __LINE__, #condition);                                       \
        }                                                                                          \
    } while (0)

/* A place that must not be reached. */
#define CHECK_UNREACHED(what) scenario_failed(__FILE__, __LINE__, what)

/* ---- waiting ------------------------------------------------------------------------------ */

/* Waits until the condition holds; aborts the process, with the place, when patience is out. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        scenario_patience patience_ = {0, 0, 0};                                                   \
        while (!(condition)) {                                                                     \
            scenario_wait_a_little(&patience_, __FILE__, __LINE__, #condition);                    \
        }                                                                                          \
    } while (0)

typedef struct scenario_patience {
    uint64_t left;
    uint64_t seen;
    unsigned step;
} scenario_patience;
void scenario_wait_a_little(scenario_patience *patience, const char *file, int line,
                            const char *expression);

uint64_t scenario_now_ns(void);
void scenario_sleep_ns(uint64_t nanoseconds);

/* ---- threads ------------------------------------------------------------------------------ */

/* A thread with a small stack, so that a thousand fit into a 32-bit address space. */
typedef struct scenario_thread {
    pthread_t id;
    void (*run)(void *argument);
    void *argument;
    weft_atomic_u32 finished;
} scenario_thread;

void scenario_start(scenario_thread *thread, void (*run)(void *argument), void *argument);
void scenario_join_at(scenario_thread *thread, const char *file, int line);
#define scenario_join(thread) scenario_join_at((thread), __FILE__, __LINE__)
bool scenario_finished(const scenario_thread *thread);

/* ---- misuse ------------------------------------------------------------------------------- */

/* Runs something that has to end in the host's fatal hook, and returns the message; NULL if it came
 * back instead. The hook jumps out, which also shows that it is called without a lock: what follows
 * would stand still. Valid until the next call on the same thread. */
const char *scenario_fatal_message(void (*misuse)(void *argument), void *argument);

/* The misuse is fatal and the message has the given parts, in this order. NULL: no such part. */
bool scenario_is_fatal(void (*misuse)(void *argument), void *argument, const char *part,
                       const char *next_part);

/* Whether a forked child may start threads: not under TSan, and not under qemu-user. */
#if WEFT_TSAN || defined(SCENARIO_NO_THREADS_AFTER_FORK)
#define SCENARIO_THREADS_AFTER_FORK 0
#else
#define SCENARIO_THREADS_AFTER_FORK 1
#endif

/* Whether a thread may fork while others run and do not sleep: qemu-user 7.2 loses count of its CPUs. */
#if defined(_WIN32) || defined(SCENARIO_NO_THREADS_AFTER_FORK)
#define SCENARIO_FORK_AMONG_RUNNING_THREADS 0
#else
#define SCENARIO_FORK_AMONG_RUNNING_THREADS 1
#endif

#ifndef _WIN32
/* Runs `child` in a forked process and waits for it. True if it ended well: no check failed and it
 * came back within SCENARIO_PATIENCE. */
bool scenario_forked(void (*child)(void *argument), void *argument);
#endif

/* ---- stress ------------------------------------------------------------------------------- */

/* How long each stress scenario runs: STRESS_SECONDS from the environment (a decimal fraction is
 * allowed), 0.3 without it. */
uint64_t scenario_stress_ns(void);

/* With how many sequences of operations a container is tried beside its model: MODEL_SEQUENCES if that is set. */
unsigned scenario_model_sequences(unsigned otherwise);

/* A seed for this run: STRESS_SEED from the environment, else the clock. Failures print it. */
uint64_t scenario_seed(void);

/* The next number of a sequence whose state is not zero (xorshift64*, S. Vigna 2016). */
uint64_t scenario_random(uint64_t *state);

WEFT_END_DECLS

#endif /* WEFT_TESTS_SCENARIO_H */
