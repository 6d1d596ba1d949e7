/* The machine: runs the program once, as coroutines, along a graph that a driver extends.
 *
 * One run (machine_run) starts main in a fresh state, first carries out the events already in the graph, in an order that fits
 * po and rf (replay), then lets the driver decide about each new event. Everything the program does to the world is undone
 * before the next run.
 */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H

#include "graph.h"
#include "locations.h"

#include <setjmp.h>
#include <stddef.h>
#include <ucontext.h>

enum run_end {
    RUN_COMPLETE, /* every thread finished */
    RUN_BLOCKED, /* some wait for something another execution delivers: not a behaviour of its own */
    RUN_DEADLOCK,  /* no thread can ever go on, and deadlocks are only counted */
    RUN_DROPPED,   /* cut by the driver: inconsistent or seen before */
    RUN_VIOLATION, /* reported */
    RUN_BOUND,     /* cut by a bound: undecided */
};

enum thread_status {
    TH_UNUSED,
    TH_READY,
    TH_JOINING,   /* until thread waits_for ends */
    TH_AWAITING,  /* until a location read in events await_first.. changes */
    TH_ABANDONED, /* failed an assumption: the run shows nothing more of it */
    TH_EXITED,    /* called exit: its stack and what it holds stay as they are */
    TH_DONE,
};

/* One visit of a load, to see a loop that only waits. */
typedef struct visit {
    uintptr_t pc, sp;
    uint64_t state;      /* hash of registers and stack */
    uint16_t next_event; /* index the load's event gets */
    uint32_t undo_mark;  /* plain stores the thread had made */
} visit;

typedef struct plain_store {
    uint8_t *addr;
    uint8_t size, old[16];
} plain_store;

enum { MAX_HELD = 32, MAX_FRAMES = 1024, MAX_PENDING = 256 };

typedef struct frame {
    uintptr_t top; /* its highest address + 1, that of the return address */
    uint64_t serial;
    uint16_t entered; /* events that its thread had carried out then */
} frame;

/* What a thread stored for a key, and in which round of its end the destructor ran last. */
typedef struct key_value {
    unsigned key;
    int round;
    void *value;
} key_value;

typedef struct range {
    uintptr_t addr;
    size_t size;
} range;

typedef struct thread {
    int tid;
    enum thread_status status;
    uint16_t pos; /* events carried out in this run */
    int waits_for;
    uint16_t await_first;
    const char *await_what;
    bool reads_newest; /* woken from an await: no more stale reads until it got on */
    bool tries_again;  /* its loop went on by a choice, and is to choose again in this run */
    enum {
        UNTIMED,
        MAY_TIME_OUT,
        OUT_OF_TIMEOUTS
    } await_timed; /* does its wait have a deadline that passes in another execution, or that
                                                                    no liberty is left for? */
    /* its last look at the clock: after event clock_pos, clock_looks times without another event */
    int clock_looks;
    uint16_t clock_pos;
    void *(*entry)(void *);
    void *arg, *result;
    bool detached, joined;
    bool left_main; /* its end is the program's: no destructor of a key runs */
    /* coroutine */
    char *stack;
    size_t stack_size;
    ucontext_t first;
    jmp_buf restart, here;
    bool made;
    uintptr_t sp;         /* where the program's part of its stack begins */
    uintptr_t program_sp; /* its stack pointer in the program, at its last entry to the explorer */
    /* frames, to name stack objects independently of the interleaving */
    int depth;
    uint64_t frame_serial;
    frame frames[MAX_FRAMES];
    /* what other threads accessed of its stack and thread-local storage: to be checked when that ends */
    range *touched;
    int ntouched, cap_touched;
    /* awaits */
    visit *visits;
    int nvisits, cap_visits;
    char *lent; /* its stack from lent_from on, as it was when others got a turn */
    uintptr_t lent_from;
    size_t lent_size, cap_lent;
    plain_store *stores;
    uint32_t nstores, cap_stores;
    /* plain stores to atomic locations whose value is not yet in memory */
    int pending[MAX_PENDING], npending;
    uintptr_t pending_pc;
    /* pthread state */
    char *tls;
    int error_number;
    int nkeys; /* how many it created */
    key_value *values;
    int nvalues, cap_values;
    uintptr_t gives_up; /* the mutex of the condition it waits for */
    uintptr_t held[MAX_HELD];
    int nheld;
} thread;

typedef struct driver {
    const char *name;
    bool (*stay)(thread *t);          /* may the running thread add another event at once? */
    int (*pick)(const bool *enabled); /* next thread to run, -1: abandon the run */
    int (*choose_rf)(event *e, const event_id *source,
                     int n); /* newest store first; -1: abandon the run */
    bool (*place)(event *e); /* puts a write into co; false: abandon the run */
    int (*choose_block)(event *e, const event_id *freed,
                        int n);     /* malloc: index of the block to use again, n: a fresh one */
    int (*choose)(event *e, int n); /* a choice event */
    void (*freed)(event *e);        /* a block was freed (only if blocks are reused) */
    bool wakes_awaits;              /* a waiting thread goes on within the run */
    bool (*try_again)(void); /* and one whose loop goes on by a choice of the program's? NULL: no */
} driver;

typedef struct machine {
    graph *g;
    const driver *drive;
    thread th[MAX_THREADS];
    thread *current;
    uint64_t run; /* number of this run, from 1 */
    bool replaying;
    bool assumption_failed; /* the run is of no interest, except for the revisits it leads to */
    bool
        violated; /* a thread did wrong during the replay: whether an assumption fails in it is open */
    bool turn;    /* the running thread may carry out one event without asking */
    bool exited; /* main returned, or a thread called exit: whoever waits now is no deadlock */
    enum run_end end;
    event_id *log; /* events in the order carried out */
    int nlog, cap_log;
    const char *bound;      /* the bound that ended the run, if one did */
    const char *unmodelled; /* what the program did, for good */
    bool astray;            /* an execution could not be repeated: no other can be trusted either */
    bool
        clock_stands; /* a thread waits for the clock, which never passes unless options.clock_passes */
} machine;

extern machine M;

enum run_end machine_run(graph *g, const driver *d);

/* ---- for the layers that carry out operations, on the current coroutine ---- */

/* Is t between the halves of a read-modify-write? Nobody else gets a turn then. */
bool machine_inside_rmw(const thread *t);
/* Waits until the current thread may carry out its next event. */
void machine_point(void);
/* The current thread's next event: the one in the graph, or a new one appended. Sets *fresh. Call machine_point first. */
event *machine_event(const event *proto, bool *fresh);
/* Ends the run: control goes back to machine_run. */
_Noreturn void machine_stop(enum run_end end);
_Noreturn void machine_bound(const char *which);
/* The same for the current thread alone. The others go on: what they still do may matter, and may even set this thread free. */
_Noreturn void machine_bound_thread(const char *which);
/* The program does what no verdict can be given for. */
_Noreturn void machine_unmodelled(const char *what);
/* The current thread does not do in the replay what it did before: the exploration is over. */
_Noreturn void machine_astray(void);
/* The current thread waits for others to change what its events from first on read. Returns only if the driver wakes awaits. */
void machine_await(uint16_t first, const char *what);
_Noreturn void machine_abandon_thread(void);
/* The current thread failed an assumption. The others go on: what they store may let it hold. */
_Noreturn void machine_assumption_failed(void);
/* The current thread did something wrong, which is reported unless an assumption fails in this run. */
_Noreturn void machine_violation(void);
void machine_wait_join(int tid);
_Noreturn void machine_exit_thread(void *result);
/* Does the address lie below the current thread's stack? */
bool machine_overflowed(uintptr_t addr);
/* The current thread ends the program. The others go on as far as they can, for they may run until it is over. */
_Noreturn void machine_exit_program(void);
/* The id of the thread that this one creates as its nth: the same in every execution, whatever the order. Ends the run when there
 * are too many. */
int machine_thread_id(int creator, int nth);
thread *machine_spawn(int tid, void *(*entry)(void *), void *arg);

/* Where the ids came from: births[id]; the first born_threads of them. Main is 0. */
typedef struct birth {
    int creator, nth;
} birth;
extern birth births[MAX_THREADS];
extern int born_threads;

/* What every entry from the program begins with: where the program goes on. What lies below its stack pointer is nobody's. */
#define PC machine_entered(__builtin_return_address(0), __builtin_frame_address(0))
static inline uintptr_t machine_entered(void *return_address, void *below) {
    if (M.current) {
        M.current->program_sp = (uintptr_t)below + 2 * sizeof(void *);
    }
    return (uintptr_t)return_address;
}

/* Is thread t past its event id? */
static inline bool carried_out(event_id id) {
    return id.idx <= M.th[id.tid].pos;
}
/* Last event carried out by t: its clocks are the thread's. NULL before the first. */
static inline const event *last_event(const thread *t) {
    return t->pos ? &M.g->th[t->tid].ev[t->pos - 1] : NULL;
}

#endif
