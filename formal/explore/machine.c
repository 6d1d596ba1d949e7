/* Coroutines and the run loop. */
#include "machine.h"

#include "await.h"
#include "options.h"
#include "ops.h"
#include "plain.h"
#include "program.h"
#include "report.h"
#include "heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

machine M;

static jmp_buf scheduler, maker;
static thread *starting;

/* As much as threads have by default; the guard is longer than any frame that is not looked at from its high end. */
enum { STACK_SIZE = 8 << 20, GUARD = 16 << 20 };

/* ---- coroutines ---- */

static void thread_body(thread *t);

/* Lives as long as the process: each run jumps back to restart and leaves whatever the last run had on this stack. */
static void trampoline(void) {
    thread *t = starting;
    if (_setjmp(t->restart) == 0) {
        _longjmp(maker, 1);
    }
    thread_body(M.current);
    abort();
}

static void make_coroutine(thread *t) {
    char *base = mmap(NULL, STACK_SIZE + GUARD, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED || mprotect(base, GUARD, PROT_NONE) != 0) {
        abort();
    }
    t->stack = base + GUARD;
    t->stack_size = STACK_SIZE;
    getcontext(&t->first);
    t->first.uc_stack.ss_sp = t->stack;
    t->first.uc_stack.ss_size = t->stack_size;
    t->first.uc_link = NULL;
    makecontext(&t->first, trampoline, 0);
    starting = t;
    if (_setjmp(maker) == 0) {
        setcontext(&t->first);
    }
    t->made = true;
}

bool machine_overflowed(uintptr_t addr) {
    return (uintptr_t)M.current->stack - addr - 1 < GUARD;
}

static void to_scheduler(void) {
    await_give_way(M.current);
    if (_setjmp(M.current->here) == 0) {
        _longjmp(scheduler, 1);
    }
    await_back(M.current);
}

static void run_thread(thread *t) {
    M.current = t;
    plain_forget_announced();
    if (_setjmp(scheduler) == 0) {
        _longjmp(t->here, 1);
    }
    M.current = NULL;
}

void machine_stop(enum run_end end) {
    M.end = end;
    _longjmp(scheduler, 2);
}

void machine_bound(const char *which) {
    M.bound = which;
    machine_stop(RUN_BOUND);
}

void machine_unmodelled(const char *what) {
    M.unmodelled = what;
    machine_bound(what);
}

static void go_astray(void) {
    M.astray = true;
    M.unmodelled = "a thread does not repeat itself, it depends on something else than the program";
    M.bound = M.unmodelled;
    M.end = RUN_BOUND;
}

void machine_astray(void) {
    go_astray();
    machine_stop(RUN_BOUND);
}

/* ---- threads ---- */

birth births[MAX_THREADS];
int born_threads = 1;

int machine_thread_id(int creator, int nth) {
    for (int t = 1; t < born_threads; t++) {
        if (births[t].creator == creator && births[t].nth == nth) {
            return t;
        }
    }
    if (born_threads == MAX_THREADS) {
        machine_bound("threads");
    }
    births[born_threads] = (birth){creator, nth};
    return born_threads++;
}

thread *machine_spawn(int tid, void *(*entry)(void *), void *arg) {
    thread *t = &M.th[tid];
    if (!t->made) {
        make_coroutine(t);
    }
    t->tid = tid;
    t->status = TH_READY;
    t->entry = entry;
    t->arg = arg;
    memcpy(t->here, t->restart, sizeof t->here);
    return t;
}

static void reset_thread(thread *t) {
    t->status = TH_UNUSED;
    t->pos = 0;
    t->detached = t->joined = t->left_main = t->reads_newest = false;
    t->await_timed = UNTIMED;
    t->clock_looks = 0;
    t->result = NULL;
    t->depth = t->nvisits = t->npending = t->nheld = t->ntouched = 0;
    t->nkeys = t->nvalues = 0;
    t->program_sp = 0;
    t->frame_serial = 0;
    t->nstores = 0;
    t->error_number = 0;
}

static void boundary_event(int kind, event_id source) {
    event proto = {.kind = (uint8_t)kind, .loc = -1};
    bool fresh;
    machine_point();
    event *e = machine_event(&proto, &fresh);
    if (fresh) {
        graph_set_rf(M.g, e, source, 0);
    }
}

/* The CREATE event that named this thread; none for main. */
static event_id creator(int tid) {
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < M.g->th[t].n; i++) {
            const event *e = &M.g->th[t].ev[i];
            if (e->kind == EV_CREATE && e->value == (uint64_t)tid) {
                return e->self;
            }
        }
    }
    return (event_id){0, 0};
}

static void thread_body(thread *t) {
    t->sp = (uintptr_t)__builtin_frame_address(0);
    boundary_event(EV_START, t->tid ? creator(t->tid) : (event_id){0, 0});
    machine_exit_thread(t->entry(t->arg));
}

void machine_exit_thread(void *result) {
    thread *t = M.current;
    t->result = result;
    program_thread_exit(t);
    boundary_event(EV_END, (event_id){0, 0});
    t->status = TH_DONE;
    to_scheduler();
    abort();
}

void machine_exit_program(void) {
    program_check_held(M.current, "exits");
    M.exited = true;
    M.current->status = TH_EXITED;
    to_scheduler();
    abort();
}

/* ---- operations ---- */

/* Can thread t carry out its next event of the graph: is the event it depends on already done? */
static bool replay_ready(const thread *t) {
    if (t->pos >= M.g->th[t->tid].n) {
        return false;
    }
    const event *e = &M.g->th[t->tid].ev[t->pos];
    return !e->rf.idx || carried_out(e->rf);
}

static bool replay_over(void) {
    uint32_t done = 0;
    for (int t = 0; t < MAX_THREADS; t++) {
        done += M.th[t].pos;
    }
    return done >= M.g->total;
}

bool machine_inside_rmw(const thread *t) {
    const event *last = last_event(t);
    return last && last->kind == EV_READ && (last->flags & EF_RMW);
}

void machine_point(void) {
    thread *t = M.current;
    if (M.replaying) {
        while (M.replaying && !replay_ready(t)) {
            to_scheduler();
        }
        if (t->pos < M.g->th[t->tid].n) {
            return;
        }
    }
    if (t->pos >= options.max_events) {
        machine_bound_thread("events per thread");
    }
    if (!M.turn && !machine_inside_rmw(t) && !M.drive->stay(t)) {
        to_scheduler();
    }
    M.turn = false;
}

static void note_in_log(event_id id) {
    if (M.nlog == M.cap_log) {
        M.cap_log = M.cap_log * 2 + 256;
        M.log = realloc(M.log, (size_t)M.cap_log * sizeof *M.log);
        if (!M.log) {
            abort();
        }
    }
    M.log[M.nlog++] = id;
}

event *machine_event(const event *proto, bool *fresh) {
    thread *t = M.current;
    event *e;
    *fresh = t->pos >= M.g->th[t->tid].n;
    if (*fresh) {
        e = graph_append(M.g, t->tid, proto);
    } else {
        e = &M.g->th[t->tid].ev[t->pos];
        if (e->kind != proto->kind || e->loc != proto->loc) {
            machine_astray();
        }
        e->pc = proto->pc;
    }
    t->pos++;
    note_in_log(e->self);
    if (M.replaying && replay_over()) {
        M.replaying = false;
    }
    return e;
}

/* Did the program choose anything in the iteration that t is at the end of? */
static bool chose(const thread *t) {
    for (int i = t->await_first; i <= t->pos; i++) {
        const event *e = &M.g->th[t->tid].ev[i - 1];
        if (e->kind == EV_CHOICE && e->order == 0) {
            return true;
        }
    }
    return false;
}

void machine_await(uint16_t first, const char *what) {
    thread *t = M.current;
    t->status = TH_AWAITING;
    t->await_first = first;
    t->await_what = what;
    t->tries_again = M.drive->try_again && chose(t) && M.drive->try_again();
    to_scheduler();
    t->await_timed = UNTIMED;
    t->nvisits = 0;
}

void machine_abandon_thread(void) {
    M.current->status = TH_ABANDONED;
    to_scheduler();
    abort();
}

void machine_bound_thread(const char *which) {
    M.bound = which;
    machine_abandon_thread();
}

static bool assumption_ever_failed;

void machine_assumption_failed(void) {
    M.assumption_failed = assumption_ever_failed = true;
    machine_abandon_thread();
}

/* Where assumptions fail, the replay is not cut short by a violation: the assumption that an earlier run saw fail first may still
 * come. A fault ends here too, on the signal's stack: nothing goes on from where the thread is. */
void machine_violation(void) {
    M.violated = M.replaying && assumption_ever_failed;
    if (!M.violated && !M.assumption_failed) {
        machine_stop(RUN_VIOLATION);
    }
    M.current->status = TH_ABANDONED;
    _longjmp(scheduler, 1);
}

void machine_wait_join(int tid) {
    thread *t = M.current;
    t->waits_for = tid;
    while (M.th[tid].status != TH_DONE) {
        t->status = TH_JOINING;
        to_scheduler();
    }
    t->status = TH_READY;
}

/* ---- the run loop ---- */

/* A spurious failure or the like does not last for ever. A clock that leaps does. What the program itself has chosen is no luck:
 * await_by_choice. */
static bool is_bad_luck(const event *e) {
    return e->kind == EV_CHOICE && e->order != LIBERTY_CLOCK && e->order != 0 && e->value != 0;
}

/* May the next iteration go another way: has a location that t waits for a newer store than the one it read, or was this iteration
 * only bad luck (a spurious failure, of which there is a bounded number), or a choice that is to be made again? */
static bool await_over(const thread *t) {
    if (t->tries_again) {
        return true;
    }
    for (int i = t->await_first; i <= t->pos; i++) {
        const event *e = &M.g->th[t->tid].ev[i - 1];
        if (is_bad_luck(e)) {
            return true;
        }
        if (e->kind != EV_READ) {
            continue;
        }
        int seen = graph_co_position(M.g, e->loc, e->rf) + ((e->flags & EF_RMW) != 0);
        if (seen < graph_co_count(M.g, e->loc)) {
            return true;
        }
    }
    return false;
}

static bool thread_enabled(thread *t) {
    switch (t->status) {
    case TH_READY:
        return !M.replaying || replay_ready(t);
    case TH_JOINING:
        return M.th[t->waits_for].status == TH_DONE && (!M.replaying || replay_ready(t));
    case TH_AWAITING:
        if (!M.drive->wakes_awaits || !await_over(t)) {
            return false;
        }
        t->status = TH_READY;
        t->reads_newest = true;
        return true;
    default:
        return false;
    }
}

/* During replay any thread that can go on may: the order does not matter to the program. */
static int first_enabled(const bool *enabled) {
    for (int t = 0; t < MAX_THREADS; t++) {
        if (enabled[t]) {
            return t;
        }
    }
    return -1;
}

static bool step(void) {
    if (M.violated && !M.replaying && !M.assumption_failed) {
        M.end = RUN_VIOLATION;
        return false;
    }
    bool enabled[MAX_THREADS], any = false;
    for (int t = 0; t < MAX_THREADS; t++) {
        any |= enabled[t] = thread_enabled(&M.th[t]);
    }
    if (!any) {
        return false;
    }
    int tid = M.replaying ? first_enabled(enabled) : M.drive->pick(enabled);
    if (tid < 0) {
        M.end = RUN_DROPPED;
        return false;
    }
    M.turn = !M.replaying;
    run_thread(&M.th[tid]);
    return M.end == RUN_COMPLETE;
}

/* Would thread t, if it went on for ever reading the newest stores, see again what it saw? */
static bool stuck_for_good(const thread *t) {
    for (int i = t->await_first; i <= t->pos; i++) {
        const event *e = &M.g->th[t->tid].ev[i - 1];
        if (is_bad_luck(e)) {
            return false;
        }
        if (e->kind == EV_CHOICE && e->order == LIBERTY_CLOCK && e->value == 0) {
            return false; /* in another execution it leaps */
        }
        if (e->kind != EV_READ) {
            continue;
        }
        int newest = graph_co_count(M.g, e->loc);
        uint64_t value = newest ? graph_event(M.g, graph_co_at(M.g, e->loc, newest))->value
                                : locations[e->loc].init;
        if (value != e->value) {
            return false;
        }
    }
    return true;
}

static void classify(void) {
    int waiting = 0, unsettled = 0, timed = 0;
    enum await_choice choice = NO_CHOICE;
    for (int t = 0; t < MAX_THREADS; t++) {
        const thread *th = &M.th[t];
        bool awaits = th->status == TH_AWAITING;
        waiting += awaits || th->status == TH_JOINING || th->status == TH_ABANDONED;
        unsettled += th->status == TH_ABANDONED ||
                     (awaits && (th->await_timed == MAY_TIME_OUT || !stuck_for_good(th)));
        timed += awaits && th->await_timed == OUT_OF_TIMEOUTS && !options.no_deadlines;
    }
    if (M.replaying && M.violated) {
        M.end = RUN_VIOLATION; /* the thread did not repeat itself */
        return;
    }
    if (M.replaying) {
        go_astray(); /* some thread ended, or waits, earlier than it did */
        return;
    }
    if (!waiting) {
        program_finished();
    } else if (unsettled) {
        M.end = RUN_BLOCKED;
    } else if (M.exited) {
        program_finished(); /* nobody waits any more */
    } else if ((choice = await_by_choice()) == OTHER_NUMBERS_TO_COME) {
        M.end = RUN_BLOCKED;
    } else if (choice == SEVERAL_CHOICES) {
        M.bound = "several choices in loops that wait";
        M.end = RUN_BOUND;
    } else if (timed) {
        M.bound = "timeouts per execution";
        M.end = RUN_BOUND;
    } else if (options.count_deadlocks) {
        M.end = RUN_DEADLOCK;
    } else {
        report_deadlock();
    }
}

enum run_end machine_run(graph *g, const driver *d) {
    M.g = g;
    M.drive = d;
    M.run++;
    M.nlog = 0;
    M.end = RUN_COMPLETE;
    M.bound = NULL;
    M.assumption_failed = M.violated = M.exited = M.clock_stands = false;
    M.replaying = g->total > 0;
    for (int t = 0; t < MAX_THREADS; t++) {
        reset_thread(&M.th[t]);
    }
    heap_reset();
    program_reset();
    machine_spawn(0, program_main, NULL);
    while (step()) {
    }
    if (M.end == RUN_COMPLETE) {
        classify();
    }
    return M.end;
}
