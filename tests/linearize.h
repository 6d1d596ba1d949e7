/* linearize.h: were these concurrent calls linearizable?
 *
 * What it is for. Threads call operations of a concurrent structure and note, for each, what they asked, what they got, and
 * when the call began and ended. The history is linearizable if there is an order of the calls, each placed
 * between its beginning and its end, in which a sequential model of the structure gives the same answers. When not to use
 * it: for long histories. The search may take time exponential in the number of calls that overlap; so record many
 * short histories (a few threads, some ten calls each at most), on few cells, from a known state.
 *
 *     static bool apply(void *state, const linearize_call *call);      // the sequential model
 *     static const linearize_model MODEL = {sizeof(cells), apply, print};
 *
 *     linearize_history history;
 *     linearize_begin(&history, threads);
 *     ... each thread:
 *         linearize_call *call = linearize_call_begin(&history, thread, KIND, first, second);
 *         int64_t result = the_operation(...);
 *         linearize_call_end(&history, call, result);
 *     ... joined:
 *     if (!linearize_check(&MODEL, &initial_cells, &history)) { linearize_print(&MODEL, &history); }
 *
 * Times are taken from one counter, by read-modify-writes that acquire and release: if one call ended before another
 * began, that order is real, and the memory model has it, too. This orders more than the operations alone
 * would: weak memory is the explorer's (formal/explore), and not to be found by this.
 *
 * A call that has not ended (its thread was stopped) may have taken effect or not; here all calls have ended.
 *
 * Source. The search: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993); remembering which sets of calls
 * have led to which states: Lowe, "Testing for linearizability" (2017).
 */
#ifndef WEFT_TESTS_LINEARIZE_H
#define WEFT_TESTS_LINEARIZE_H

#include "scenario.h"

WEFT_BEGIN_DECLS

#define LINEARIZE_THREADS 8U
#define LINEARIZE_CALLS 64U  /* of a history: a bit each in a word */
#define LINEARIZE_STATE 128U /* bytes of a model's state */

typedef struct linearize_call {
    uint32_t thread;
    uint32_t kind; /* the model's */
    int64_t first, second;
    int64_t result;
    uint64_t began, ended;
} linearize_call;

typedef struct linearize_history {
    weft_atomic_u64 clock;
    uint32_t threads;
    uint32_t counts[LINEARIZE_THREADS];
    linearize_call calls[LINEARIZE_THREADS][LINEARIZE_CALLS];
} linearize_history;

typedef struct linearize_model {
    size_t state_bytes; /* all of them are compared: no padding, or always zero */
    /* Does the call to the state. False: it could not have had this result; the state does not matter any more. */
    bool (*apply)(void *state, const linearize_call *call);
    /* The call as text. */
    void (*print)(const linearize_call *call, char *text, size_t size);
} linearize_model;

/* An empty history of so many threads. */
void linearize_begin(linearize_history *history, uint32_t threads);

/* A call by a thread, which is the only one with this number; ends before the thread's next. More than LINEARIZE_CALLS in all:
 * the check fails. */
linearize_call *linearize_call_begin(linearize_history *history, uint32_t thread, uint32_t kind,
                                     int64_t first, int64_t second);
void linearize_call_end(linearize_history *history, linearize_call *call, int64_t result);

/* Whether there is such an order, from the state `initial` on. All threads have ended, or are ordered before. */
bool linearize_check(const linearize_model *model, const void *initial,
                     const linearize_history *history);

/* The calls as they began, one line each, to standard error. */
void linearize_print(const linearize_model *model, const linearize_history *history);

WEFT_END_DECLS

#endif /* WEFT_TESTS_LINEARIZE_H */
