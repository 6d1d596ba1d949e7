/* Visible operations: from a call of the program to events of the graph. */
#include "ops.h"

#include "await.h"
#include "heap.h"
#include "options.h"
#include "plain.h"
#include "program.h"
#include "race.h"
#include "report.h"

#include <string.h>

static uint64_t mask_of(int size) {
    return size >= 8 ? ~0ull : (1ull << (8 * size)) - 1;
}

static uint64_t read_memory(uintptr_t addr, int size) {
    uint64_t v = 0;
    memcpy(&v, (const void *)addr, (size_t)size);
    return v;
}

/* The atomic object that lies just there. Where there is another, as big as it is not, that one is over: the same memory serves one
 * object after the other (unions, blocks of one function, inlined ones). Both may be accessed only in an order that happens-before
 * has (race.c). Its initial value is what memory holds when a run first meets it: a plain store before that must happen before every
 * atomic access, or it is reported as a race. */
static int object_at(access at) {
    int loc = race_atomic_at(at.addr, at.size);
    if (loc >= 0) {
        return loc;
    }
    if (at.addr % (unsigned)at.size != 0) {
        machine_unmodelled("an atomic access that is not aligned");
    }
    location id = {.space = SPACE_MEMORY,
                   .addr = at.addr,
                   .generation = program_generation(at.addr),
                   .size = (uint8_t)at.size,
                   .successor = race_end_atomics(at.addr, at.size)};
    loc = location_intern(&id);
    locations[loc].init = read_memory(at.addr, at.size);
    race_mark_atomic(at.addr, loc);
    return loc;
}

/* A key and a flag of the system are no objects, and whoever was woken from a word may free that at once. */
static bool in_memory(access at) {
    return at.space != SPACE_WAIT && at.space != SPACE_KEY && at.space != SPACE_FLAG;
}

static int location_of(access at) {
    if (at.space == SPACE_MEMORY) {
        return object_at(at);
    }
    location id = {.space = (uint8_t)at.space,
                   .addr = at.addr,
                   .generation = in_memory(at) ? program_generation(at.addr) : 0,
                   .size = (uint8_t)at.size};
    return location_intern(&id);
}

static int begin(access at) {
    op_settle();
    if (at.space == SPACE_MEMORY) {
        program_check_frame_known(at.addr, at.pc);
    }
    return location_of(at);
}

/* The access took place: is it in live memory, and not in a race with a plain one? */
static void check_access(access at, int loc, bool store) {
    size_t size = (size_t)at.size;
    if (!in_memory(at) || at.unchecked) {
        return;
    }
    if (at.space != SPACE_MEMORY) {
        size = 1; /* whatever its size is: it must not be freed meanwhile */
    }
    heap_check(at.addr, size, at.pc);
    if (locations[loc].ended_in == M.run) {
        machine_unmodelled("atomics of mixed size that take turns"); /* since begin */
    }
    race_check(at.addr, size, store ? RACE_ATOMIC_WRITE : RACE_ATOMIC_READ, at.pc);
}

/* ---- reads ---- */

/* Lists the stores the fresh read e may read from, newest first, and lets the driver choose. */
static void choose_source(event *e) {
    static event_id source[UINT16_MAX];
    int loc = e->loc, n = 0;
    int newest = graph_co_count(M.g, loc), floor = graph_coherence_floor(M.g, e);
    for (int at = newest; at >= floor; at--) {
        event_id w = graph_co_at(M.g, loc, at);
        graph_set_rf(M.g, e, w, locations[loc].init);
        if (graph_sc_ok(M.g, e)) {
            source[n++] = w;
        }
        if (n && M.current->reads_newest) {
            break;
        }
    }
    if (!n) {
        report_internal("a read with no store to read from");
    }
    int chosen = M.drive->choose_rf(e, source, n);
    if (chosen < 0) {
        machine_stop(RUN_DROPPED);
    }
    graph_set_rf(M.g, e, source[chosen], locations[loc].init);
}

static event *read_event(const event *proto) {
    bool fresh;
    machine_point();
    event *e = machine_event(proto, &fresh);
    if (fresh) {
        choose_source(e);
    }
    return e;
}

/* A queue or a flag inside the operating system, or a table of keys, orders its own operations, and nothing for the program. */
static int seam(access at) {
    return !in_memory(at) || at.space == SPACE_COND ? EF_SEAM : 0;
}

static event read_proto(access at, int loc, int order, int flags) {
    return (event){.kind = EV_READ,
                   .order = (uint8_t)order,
                   .flags = (uint8_t)(flags | seam(at)),
                   .loc = loc,
                   .size = (uint8_t)at.size,
                   .pc = at.pc};
}

static uint64_t load(access at, int order, int flags) {
    int loc = begin(at);
    event proto = read_proto(at, loc, order, flags);
    event *e = read_event(&proto);
    uint64_t value = e->value & mask_of(at.size);
    check_access(at, loc, false);
    return value;
}

uint64_t op_load(access at, int order) {
    return load(at, order, 0);
}

uint64_t op_load_by_wait(access at) {
    return load(at, MO_RELAXED, EF_SEAM);
}

/* ---- writes ---- */

/* Memory holds the newest of the stores carried out, for the plain accesses that are ordered after all of them. */
static void write_through(const event *e) {
    const location *l = &locations[e->loc];
    if (l->space != SPACE_MEMORY) {
        return;
    }
    const colist *c = &M.g->co[e->loc];
    for (int i = graph_co_position(M.g, e->loc, e->self); i < c->n; i++) {
        if (carried_out(c->w[i])) {
            return;
        }
    }
    memcpy((void *)l->addr, &e->value, l->size);
}

static event *write_event(const event *proto) {
    bool fresh;
    event *e = machine_event(proto, &fresh);
    if (!fresh && e->value != proto->value) {
        machine_astray();
    }
    if (fresh && !M.drive->place(e)) {
        machine_stop(RUN_DROPPED);
    }
    e = graph_event(M.g, e->self);
    write_through(e);
    return e;
}

void op_store(access at, uint64_t value, int order) {
    int loc = begin(at);
    machine_point();
    event proto = {.kind = EV_WRITE,
                   .order = (uint8_t)order,
                   .flags = (uint8_t)seam(at),
                   .loc = loc,
                   .size = (uint8_t)at.size,
                   .pc = at.pc,
                   .value = value & mask_of(at.size)};
    write_event(&proto);
    await_progress();
    check_access(at, loc, true);
}

/* What the read half of a read-modify-write leaves for the rest of it: the event itself may move. */
typedef struct read_half {
    event_id self, rf;
    uint64_t value;
} read_half;

static read_half begin_rmw(access at, int loc, int order) {
    event proto = read_proto(at, loc, order, EF_RMW);
    const event *e = read_event(&proto);
    return (read_half){e->self, e->rf, e->value};
}

/* The write half of a read-modify-write: nothing comes between it and the read. A store of the value that was read is silent:
 * a loop around it may still be an await (a test-and-set lock that spins on exchange). */
static void write_half(access at, int loc, read_half read, uint64_t value, int order) {
    event proto = {.kind = EV_WRITE,
                   .order = (uint8_t)order,
                   .flags = (uint8_t)(EF_RMW | seam(at)),
                   .loc = loc,
                   .size = (uint8_t)at.size,
                   .pc = at.pc,
                   .rf = read.rf,
                   .value = value & mask_of(at.size)};
    bool silent = proto.value == (read.value & mask_of(at.size));
    write_event(&proto);
    if (!silent) {
        await_progress();
    }
}

static uint64_t apply(enum rmw_op op, uint64_t old, uint64_t operand) {
    switch (op) {
    case RMW_XCHG:
        return operand;
    case RMW_ADD:
        return old + operand;
    case RMW_SUB:
        return old - operand;
    case RMW_AND:
        return old & operand;
    case RMW_OR:
        return old | operand;
    case RMW_XOR:
        return old ^ operand;
    case RMW_NAND:
        return ~(old & operand);
    }
    report_internal("unknown read-modify-write");
}

uint64_t op_rmw(access at, enum rmw_op op, uint64_t operand, int order) {
    int loc = begin(at);
    read_half read = begin_rmw(at, loc, order);
    uint64_t old = read.value & mask_of(at.size);
    write_half(at, loc, read, apply(op, old, operand), order);
    check_access(at, loc, true);
    return old;
}

/* Lets a weak compare-exchange that could succeed fail all the same. */
static bool fails_spuriously(event *e, uintptr_t pc) {
    if (!(e->flags & EF_WEAK) || options.spurious_cas == 0) {
        return false;
    }
    event_id read = e->self;
    if (op_liberty(LIBERTY_CAS, options.spurious_cas, pc) == 0) {
        return false;
    }
    graph_set_spurious(M.g, graph_event(M.g, read));
    graph_refresh(graph_event(M.g, (event_id){read.tid, (uint16_t)(read.idx + 1)}));
    return true;
}

uint64_t op_cas(access at, uint64_t expected, uint64_t desired, int order, int fail_order,
                bool weak, bool *done) {
    int loc = begin(at);
    event proto = read_proto(at, loc, order, EF_CAS | (weak ? EF_WEAK : 0));
    proto.fail_order = (uint8_t)fail_order;
    proto.expected = expected & mask_of(at.size);
    proto.alternatives = (uint64_t)order;
    event *e = read_event(&proto);
    read_half read = {e->self, e->rf, e->value};
    uint64_t old = read.value & mask_of(at.size);
    *done = old == (expected & mask_of(at.size)) && !fails_spuriously(e, at.pc);
    if (*done) {
        write_half(at, loc, read, desired, order);
    }
    check_access(at, loc, *done);
    return old;
}

uint64_t op_update(access at, int order, rmw_function *f, void *context) {
    int loc = begin(at);
    read_half read = begin_rmw(at, loc, order);
    bool store = true;
    uint64_t value = f(read.value, context, &store);
    event *half =
        graph_event(M.g, read.self); /* it may have been re-pointed to another store since */
    half->flags = (uint8_t)(store ? half->flags | EF_RMW : half->flags & ~EF_RMW);
    if (store) {
        write_half(at, loc, read, value, order);
    }
    check_access(at, loc, store);
    return read.value;
}

/* ---- plain stores to atomic locations ---- */

void op_plain_store(uintptr_t addr, size_t size, uintptr_t pc) {
    thread *t = M.current;
    int found[MAX_PENDING];
    int n = race_atomics_in(addr, size, found, MAX_PENDING);
    if (n == 0) {
        return;
    }
    machine_point();
    memcpy(t->pending, found, sizeof found);
    t->npending = n;
    t->pending_pc = pc;
}

void op_settle(void) {
    plain_forget_announced();
    op_settle_stores();
}

void op_settle_stores(void) {
    thread *t = M.current;
    if (t->npending) {
        plain_forget_announced();
    }
    for (int n = t->npending, i = 0; i < n; i++) {
        const location *l = &locations[t->pending[i]];
        event proto = {.kind = EV_WRITE,
                       .order = MO_RELAXED,
                       .flags = EF_PLAIN,
                       .loc = t->pending[i],
                       .size = l->size,
                       .pc = t->pending_pc,
                       .value = read_memory(l->addr, l->size)};
        t->npending = 0;
        bool fresh;
        machine_point();
        event *e = machine_event(&proto, &fresh);
        /* Ordered after every access to the location, or it would have been reported as a race: it is the newest store. */
        if (fresh) {
            graph_set_co(M.g, e, graph_co_at(M.g, e->loc, graph_co_count(M.g, e->loc)));
        }
        await_progress();
    }
}

/* ---- fences, choices, threads ---- */

void op_fence(int order, int flags, uintptr_t pc) {
    op_settle();
    machine_point();
    event proto = {
        .kind = EV_FENCE, .order = (uint8_t)order, .flags = (uint8_t)flags, .loc = -1, .pc = pc};
    bool fresh;
    machine_event(&proto, &fresh);
}

/* The next event, a choice of this kind. One alternative: value, always. */
static event *choice_event(int n, int kind, uint64_t value, uintptr_t pc, bool *fresh) {
    op_settle();
    machine_point();
    event proto = {.kind = EV_CHOICE,
                   .order = (uint8_t)kind,
                   .loc = -1,
                   .pc = pc,
                   .alternatives = (uint64_t)n,
                   .value = value};
    return machine_event(&proto, fresh);
}

static int choice(int n, int kind, uintptr_t pc) {
    bool fresh;
    event *e = choice_event(n, kind, 0, pc, &fresh);
    if (fresh) {
        int value = M.drive->choose(e, n);
        if (value < 0) {
            machine_stop(RUN_DROPPED);
        }
        e->value = (uint64_t)value;
    }
    return (int)e->value;
}

int op_choose(int n, uintptr_t pc) {
    return n > 1 ? choice(n, 0, pc) : 0;
}

/* The budget counts what this thread and what happens before it used: it does not depend on the interleaving. */
int op_liberties_used(int kind) {
    const event *last = last_event(M.current);
    int used = 0;
    for (int t = 0; last && t < MAX_THREADS; t++) {
        for (int i = 0; i < last->porf.count[t]; i++) {
            const event *e = &M.g->th[t].ev[i];
            used += e->kind == EV_CHOICE && e->order == kind && e->value != 0;
        }
    }
    return used;
}

int op_liberty(int kind, int budget, uintptr_t pc) {
    if (op_liberties_used(kind) >= budget) {
        return 0;
    }
    return choice(2, kind, pc);
}

enum { MANY_LOOKS = 64 };

uint64_t op_clock(uintptr_t pc) {
    thread *t = M.current;
    if (options.clock_passes) {
        await_check(pc); /* a loop may do nothing but look */
    }
    t->clock_looks = t->clock_pos == t->pos ? t->clock_looks + 1 : 1;
    t->clock_pos = t->pos;
    if (!op_liberty(LIBERTY_CLOCK, options.clock_jumps, pc)) {
        if (options.clock_passes && op_liberties_used(LIBERTY_CLOCK) >= options.clock_jumps) {
            bool fresh;
            choice_event(1, LIBERTY_CLOCK, 1, pc,
                         &fresh); /* as in every execution that comes here */
        } else if (t->clock_looks > MANY_LOOKS) {
            M.clock_stands = true;
            machine_stop(RUN_BOUND);
        }
    }
    /* Each leap is as long as all the time before it: no deadline is far. */
    int leaps = op_liberties_used(LIBERTY_CLOCK);
    return 1000000000ull << (leaps < 32 ? leaps : 32);
}

/* A thread that others create at the same time must not change its id: a revisited read may see it. */
static int id_of_next_thread(void) {
    const thread_events *mine = &M.g->th[M.current->tid];
    int nth = 0;
    for (int i = 0; i < M.current->pos; i++) {
        nth += mine->ev[i].kind == EV_CREATE;
    }
    return machine_thread_id(M.current->tid, nth);
}

int op_create(void *(*entry)(void *), void *arg, uintptr_t pc) {
    op_settle();
    machine_point();
    int tid = id_of_next_thread();
    event proto = {.kind = EV_CREATE, .loc = -1, .pc = pc, .value = (uint64_t)tid};
    bool fresh;
    machine_event(&proto, &fresh);
    await_progress();
    program_thread_start(machine_spawn(tid, entry, arg));
    return tid;
}

void *op_join(int tid, uintptr_t pc) {
    op_settle();
    machine_wait_join(tid);
    machine_point();
    event proto = {.kind = EV_JOIN, .loc = -1, .pc = pc};
    bool fresh;
    event *e = machine_event(&proto, &fresh);
    if (fresh) {
        graph_set_rf(M.g, e, (event_id){(uint16_t)tid, M.th[tid].pos}, 0);
    }
    await_progress();
    return M.th[tid].result;
}
