/* RC11 straight from its definition, as a second opinion on the explorer: for a random program (random_program.h) lists every
 * outcome of every consistent execution graph, and counts the graphs.
 *
 * Shares nothing with the explorer but the program. Where the explorer adds one event at a time and keeps clocks, this guesses
 * everything at once (which conditions hold, who reads from whom, the order of the stores) and then tests the axioms of the
 * paper (Lahav et al., PLDI 2017) on whole relations, as boolean matrices. A read-modify-write is one event here, two there.
 * The mutex is a location: to lock it is an acquiring read-modify-write that reads 0, to unlock it a releasing store of 0; a trylock
 * may also read something else, and then stores nothing and synchronizes with nothing. A light fence is a seq_cst fence towards heavy
 * ones, and nothing towards anything else (P1202). Those that wait for a word or a condition are in a set, the queue of that; once is
 * a location that goes from 0 to 1, and to 2 by a releasing store that all others acquire.
 *
 *   oracle SEED THREADS OPS LOCATIONS KINDS TIMEOUTS WAKES    kinds: l s u c f a i m y p q v b o (no spurious failures); at most so
 *                                                             many timeouts and spurious returns before each
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_program.h"

enum {
    MAX = 40,
    MAX_OUTCOMES = 100000,
    OUTCOME = 256,
    MUTEX = RP_MAX_LOCATIONS,
    COND,
    ONCE,
    QUEUE
};

/* The parts of an operation under the mutex, after the kinds of whole ones. A trylock that fails is alone. A check finds whether
 * the condition has to be waited for. */
enum { PART_LOCK = 100, PART_TRYLOCK, PART_CHECK, PART_LOAD, PART_STORE, PART_UNLOCK };

/* Those of once: whoever begins it calls the function, which adds 1 to a location. */
enum { PART_BEGIN = 150, PART_CALL, PART_FINISH };

/* Those of a wait, and of a wake: it enters the queue of its word, looks at the word, and then was woken, or leaves; whoever wakes
 * takes one out of the queue, if there is one. */
enum { PART_ENTER = 200, PART_LOOK, PART_WOKEN, PART_LEAVE, PART_TAKE };

/* What a wait comes to: it sleeps, or finds another value and is still in the queue, or not any more. Then the wake is another's. Or it
 * sleeps and times out or returns for no reason, unless a wake was earlier. */
enum { SLEEPS, LEAVES, PASSES_ON, TIMES_OUT, TIMES_OUT_LATE, RETURNS, RETURNS_LATE };

/* What a check comes to. */
enum { NEED_NOT, MUST_SLEEP, MUST_SLEEP_AND_RETURNS };

typedef bool relation[MAX][MAX];

typedef struct node {
    int thread, index;  /* thread -1: initial store */
    int kind, location; /* location -1: fence */
    bool reads, writes;
    int order; /* of what really happens: a failed compare-exchange has its failure order */
    int read_value, write_value;
    const rp_op *op;
    int guess;   /* compare-exchange, trylock: succeeds; conditional store: taken; a look, a check:
                    see above; a wake: which of those that wait; once: begins */
    bool absent; /* does not happen */
} node;

static rp_program program;
static node ev[MAX];
static int n;
static int rf[MAX]; /* for each reader, its store */
static int co[MAX]; /* for each store, its place among the stores of its location */
static unsigned long graphs;
static int timeouts, wakes; /* liberties */
static char *outcomes[MAX_OUTCOMES];
static int noutcomes;

/* ---- relations ---- */

static void closure(relation r) {
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; r[i][k] && j < n; j++) {
                r[i][j] |= r[k][j];
            }
        }
    }
}

static bool cyclic(relation r) {
    closure(r);
    for (int i = 0; i < n; i++) {
        if (r[i][i]) {
            return true;
        }
    }
    return false;
}

static bool po(int a, int b) {
    if (ev[a].absent || ev[b].absent) {
        return false;
    }
    if (ev[a].thread < 0) {
        return ev[b].thread >= 0;
    }
    return ev[a].thread == ev[b].thread && ev[a].index < ev[b].index;
}

static bool is_sc(int order) {
    return order == RP_SEQ_CST || order == RP_HEAVY;
}
static bool is_release(int order) {
    return order == RP_RELEASE || order == RP_ACQ_REL || is_sc(order);
}
static bool is_acquire(int order) {
    return order == RP_ACQUIRE || order == RP_ACQ_REL || is_sc(order);
}
static bool fence(int a) {
    return ev[a].kind == RP_FENCE;
}
static bool light(int a) {
    return fence(a) && ev[a].order == RP_LIGHT;
}
static bool heavy(int a) {
    return fence(a) && ev[a].order == RP_HEAVY;
}
static bool locks(int a) {
    return ev[a].kind == PART_LOCK || ev[a].kind == PART_TRYLOCK;
}
static bool finds_locked(int a) {
    return ev[a].kind == PART_TRYLOCK && !ev[a].guess;
}
/* Inside the operating system: orders nothing for the program. */
static bool seam(int a) {
    return ev[a].kind >= PART_ENTER;
}
static bool sc(int a) {
    return ev[a].thread >= 0 && (is_sc(ev[a].order) || light(a));
}
/* What a light fence orders, it orders with a heavy one. */
static bool ordered_by(int a, int b) {
    return (!light(a) || heavy(b)) && (!light(b) || heavy(a));
}
static bool same_location(int a, int b) {
    return ev[a].location >= 0 && ev[a].location == ev[b].location;
}
static bool mo(int a, int b) {
    return ev[a].writes && ev[b].writes && same_location(a, b) && co[a] < co[b];
}
static bool fr(int a, int b) {
    return ev[a].reads && a != b && mo(rf[a], b);
}
static bool reads_from(int w, int r) {
    return ev[r].reads && rf[r] == w;
}

/* ---- the axioms ---- */

static bool in_release_sequence(int head, int w) {
    while (w != head) {
        if (!ev[w].reads) {
            return false;
        }
        w = rf[w];
    }
    return true;
}

/* Does a, which is w or a fence before it, publish with w: for any reader, or for a fence of the other kind? */
static bool releases(int a, int w) {
    return fence(a) ? (is_release(ev[a].order) || light(a)) && po(a, w)
                    : a == w && is_release(ev[a].order);
}

static bool acquires(int r, int b) {
    return fence(b) ? (is_acquire(ev[b].order) || light(b)) && po(r, b)
                    : r == b && is_acquire(ev[b].order);
}

/* sw = [rel] ; ([F] ; po)? ; rs ; rf ; (po ; [F])? ; [acq], where a light fence is one only for a heavy one */
static bool synchronizes(int a, int b) {
    for (int r = 0; ordered_by(a, b) && r < n; r++) {
        if (!ev[r].reads || !acquires(r, b) || finds_locked(r) || seam(r)) {
            continue;
        }
        for (int w = 0; w < n; w++) {
            if (ev[w].writes && ev[w].thread >= 0 && releases(a, w) &&
                in_release_sequence(w, rf[r])) {
                return true;
            }
        }
    }
    return false;
}

/* No access of the program, that po!=loc could go by: light fences order nothing on their own. */
static bool no_access(int a) {
    return light(a) || seam(a) || finds_locked(a);
}
/* A queue of the operating system and a mutex that is found locked are no atomic objects: their order is none for fences. */
static bool in_eco(int a) {
    return !finds_locked(a) && (!seam(a) || ev[a].kind == PART_LOOK);
}

static bool psc_acyclic(relation hb, relation eco) {
    static relation scb, psc;
    memset(scb, 0, sizeof scb);
    memset(psc, 0, sizeof psc);
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
            bool between = false;
            for (int x = 0; x < n && !between; x++) {
                for (int y = 0; y < n && !between; y++) {
                    between = po(a, x) && !same_location(a, x) && !no_access(x) && hb[x][y] &&
                              !no_access(y) && po(y, b) && !same_location(y, b);
                }
            }
            bool in_order = (hb[a][b] && same_location(a, b)) || mo(a, b) || fr(a, b);
            scb[a][b] = po(a, b) || between || (in_order && in_eco(a) && in_eco(b));
        }
    }
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
            if (!sc(a) || !sc(b) || !ordered_by(a, b)) {
                continue;
            }
            bool edge = fence(a) && fence(b) && hb[a][b];
            for (int x = 0; x < n && !edge; x++) {
                for (int y = 0; y < n && !edge; y++) {
                    bool from = x == a || (fence(a) && hb[a][x]),
                         to = y == b || (fence(b) && hb[y][b]);
                    edge = (from && to && scb[x][y]) ||
                           (fence(a) && fence(b) && hb[a][x] && eco[x][y] && in_eco(x) &&
                            in_eco(y) && hb[y][b]);
                }
            }
            psc[a][b] = edge;
        }
    }
    return !cyclic(psc);
}

/* Does a look see what its queue knows? What happened before an operation that the queue had before the look's own is not newer
 * than what is seen. */
static bool sees_enough(int look, relation hb) {
    for (int u = 0; u < n; u++) {
        if (!mo(u, look - 1)) {
            continue;
        }
        for (int a = 0; a < n; a++) {
            int store = ev[a].writes ? a : rf[a];
            if (hb[a][u] && same_location(a, look) && mo(rf[look], store)) {
                return false;
            }
        }
    }
    return true;
}

static bool consistent(void) {
    static relation hb, eco;
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
            hb[a][b] = po(a, b) || synchronizes(a, b);
            eco[a][b] = mo(a, b) || fr(a, b) || reads_from(a, b);
        }
    }
    closure(hb);
    if (cyclic(eco)) {
        return false;
    }
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
            if (hb[a][b] && (eco[b][a] || hb[b][a])) {
                return false;
            }
        }
        if (ev[a].kind == PART_LOOK && !sees_enough(a, hb)) {
            return false;
        }
        for (int w = 0; ev[a].reads && ev[a].writes && w < n; w++) {
            if (mo(rf[a], w) && mo(w, a)) {
                return false;
            }
        }
    }
    return psc_acyclic(hb, eco);
}

/* ---- values ---- */

static const char *name_of_outcome(const node *e) {
    int kind = e->op ? e->op->kind : -1;
    switch (e->kind) {
    case RP_LOAD:
        return "r";
    case RP_ADD:
        return "u";
    case RP_CAS:
        return "c";
    case PART_LOAD:
        return kind == RP_COND_WAIT ? "v" : kind == RP_ONCE ? "o" : NULL;
    default:
        return NULL;
    }
}

static void record(const node *e, char *text) {
    if (e->op && e->op->kind == RP_TRYLOCK && (e->kind == PART_TRYLOCK || e->kind == PART_LOAD)) {
        if (!e->absent && (e->kind == PART_LOAD || !e->guess)) {
            sprintf(text + strlen(text), "y=%d ", e->kind == PART_LOAD ? 1 + e->read_value : 0);
        }
        return;
    }
    if (e->kind == PART_LOOK) {
        int end = e->guess == TIMES_OUT ? 1 : e->guess == RETURNS ? 2 : 0; /* as in explore.h */
        sprintf(text + strlen(text), "p=%d ", end);
    }
    const char *name = name_of_outcome(e);
    if (name) {
        sprintf(text + strlen(text), "%s=%d ", name, e->read_value);
    }
}

static int bit_of(const node *e) {
    return 1 << e->thread;
}

/* The set without the one that was chosen. */
static int take_one(int set, int choice) {
    int rest = set;
    for (; choice > 0; choice--) {
        rest &= rest - 1;
    }
    return set & ~(rest & -rest);
}

static int value_stored(const node *e) {
    switch (e->kind) {
    case PART_ENTER:
        return e->read_value | bit_of(e);
    case PART_LEAVE:
        return e->read_value & ~bit_of(e);
    case PART_TAKE:
        return take_one(e->read_value, e->guess);
    case RP_ADD:
        return e->read_value + e->op->value;
    case PART_LOCK:
    case PART_TRYLOCK:
    case PART_BEGIN:
        return 1;
    case PART_CALL:
        return e->read_value + 1;
    case PART_FINISH:
        return 2;
    case PART_STORE:
        return (e - 1)->read_value + e->op->value;
    case PART_UNLOCK:
        return 0;
    default:
        return e->op->value;
    }
}

/* Is it still in the queue when it leaves? */
static bool leaves(int guess) {
    return guess == LEAVES || guess == TIMES_OUT || guess == RETURNS;
}

/* Is what e read what was guessed? */
static bool guessed_right(const node *e) {
    switch (e->kind) {
    case RP_CAS:
        return (e->guess != 0) == (e->read_value == 0);
    case PART_LOCK:
        return e->read_value == 0;
    case PART_TRYLOCK:
        return (e->guess != 0) == (e->read_value == 0);
    case PART_CHECK:
        return (e->guess != NEED_NOT) == (e->read_value == 0);
    case PART_BEGIN:
        return e->read_value == (e->guess ? 0 : 2);
    case PART_LOOK:
        return (e->guess != LEAVES && e->guess != PASSES_ON) == (e->read_value == 0);
    case PART_WOKEN:
        return !(e->read_value & bit_of(e));
    case PART_LEAVE:
        return e->op->kind == RP_COND_WAIT ||
               leaves(e->guess) == ((e->read_value & bit_of(e)) != 0);
    case PART_TAKE:
        return e->guess == 0 || e->guess < __builtin_popcount((unsigned)e->read_value);
    default:
        return true;
    }
}

/* Follows po and rf in an order that fits both. false: there is none (a cycle), or a guess was wrong. */
static bool evaluate(char *text) {
    bool done[MAX] = {false};
    int left = n;
    while (left) {
        int before = left;
        for (int i = 0; i < n; i++) {
            bool ready = !done[i] && (!ev[i].reads || done[rf[i]]);
            for (int j = 0; j < n && ready; j++) {
                ready = !po(j, i) || done[j];
            }
            if (!ready) {
                continue;
            }
            node *e = &ev[i];
            e->read_value = e->reads ? ev[rf[i]].write_value : 0;
            if (e->thread >= 0) {
                e->write_value = value_stored(e);
            }
            if (!e->absent && !guessed_right(e)) {
                return false;
            }
            done[i] = true;
            left--;
        }
        if (left == before) {
            return false;
        }
    }
    text[0] = 0;
    for (int t = 0; t < program.n; t++) {
        int last = 0;
        for (int i = 0; i < n; i++) {
            if (ev[i].thread != t) {
                continue;
            }
            if (ev[i].kind == RP_IF && (ev[i].guess != 0) != (last == 0)) {
                return false;
            }
            if (ev[i].kind == RP_LOAD || ev[i].kind == RP_ADD || ev[i].kind == RP_CAS) {
                last = ev[i].read_value;
            }
            record(&ev[i], text);
        }
    }
    return true;
}

/* ---- liberties ---- */

static bool times_out(int i) {
    return ev[i].kind == PART_LOOK && (ev[i].guess == TIMES_OUT || ev[i].guess == TIMES_OUT_LATE);
}
static bool returns_early(int i) {
    return (ev[i].kind == PART_LOOK && (ev[i].guess == RETURNS || ev[i].guess == RETURNS_LATE)) ||
           (ev[i].kind == PART_CHECK && ev[i].guess == MUST_SLEEP_AND_RETURNS);
}

/* A liberty is taken between two parts of a wait: the last one before it, and the one by which the thread leaves the queue. */
static int part_before(int i) {
    return ev[i].kind == PART_LOOK ? i : i + 2;
}
static int part_after(int i) {
    return ev[i].kind == PART_LOOK ? i + 2 : i + 4;
}

/* Is each taken after fewer than so many others, in po and rf? */
static bool within(bool (*taken)(int), int budget) {
    static relation porf;
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
            porf[a][b] = po(a, b) || reads_from(a, b);
        }
    }
    closure(porf);
    for (int i = 0; i < n; i++) {
        int others = 0;
        for (int j = 0; taken(i) && j < n; j++) {
            others += j != i && taken(j) && porf[part_after(j)][part_before(i)];
        }
        if (taken(i) && others >= budget) {
            return false;
        }
    }
    return true;
}

static bool within_liberties(void) {
    bool any = false;
    for (int i = 0; i < n; i++) {
        any |= times_out(i) || returns_early(i);
    }
    return !any || (within(times_out, timeouts) && within(returns_early, wakes));
}

static void keep(const char *text) {
    graphs++;
    for (int i = 0; i < noutcomes; i++) {
        if (strcmp(outcomes[i], text) == 0) {
            return;
        }
    }
    if (noutcomes < MAX_OUTCOMES) {
        outcomes[noutcomes++] = strdup(text);
    }
}

/* ---- guessing ---- */

static bool stores_to(int i, int location) {
    return ev[i].writes && ev[i].location == location;
}

/* Can store i, the later ones not placed yet, stand there? Else no order of the others makes it right: it comes before a store that
 * precedes it in its thread, or something comes between a read-modify-write and what it reads. */
static bool may_stand(int i, int place) {
    for (int j = 0; j < i; j++) {
        if (!stores_to(j, ev[i].location)) {
            continue;
        }
        if (po(j, i) && place <= co[j]) {
            return false;
        }
        if (ev[j].reads && rf[j] < i && co[rf[j]] < place && place <= co[j]) {
            return false;
        }
    }
    return !ev[i].reads || rf[i] > i || place == co[rf[i]] + 1;
}

/* Gives the stores of each location, from event i on, every order; the initial one is first. */
static void guess_co(int i, const char *text) {
    while (i < n && (!ev[i].writes || ev[i].thread < 0)) {
        i++;
    }
    if (i == n) {
        if (consistent()) {
            keep(text);
        }
        return;
    }
    int before = 0;
    for (int j = 0; j < i; j++) {
        before += ev[j].thread >= 0 && stores_to(j, ev[i].location);
    }
    for (int place = 1; place <= before + 1; place++) {
        if (!may_stand(i, place)) {
            continue;
        }
        for (int j = 0; j < i; j++) {
            co[j] += stores_to(j, ev[i].location) && co[j] >= place;
        }
        co[i] = place;
        guess_co(i + 1, text);
        for (int j = 0; j < i; j++) {
            co[j] -= stores_to(j, ev[i].location) && co[j] > place;
        }
    }
}

/* Not what is to come in its own thread, what another read-modify-write took, or a mutex or once in a state that it does not want. */
static bool may_read(int i, int w) {
    if (w == i || !stores_to(w, ev[i].location) || po(i, w)) {
        return false;
    }
    for (int j = 0; j < i && ev[i].writes; j++) {
        if (ev[j].reads && ev[j].writes && rf[j] == w) {
            return false;
        }
    }
    if (ev[i].kind == PART_BEGIN) {
        return ev[i].guess ? ev[w].thread < 0 : ev[w].kind == PART_FINISH;
    }
    if (ev[i].kind == PART_WOKEN) {
        return ev[w].thread >= 0 && (ev[w].kind != PART_ENTER || ev[w].thread != ev[i].thread);
    }
    return !locks(i) || finds_locked(i) == locks(w);
}

static void guess_rf(int i) {
    while (i < n && !ev[i].reads) {
        i++;
    }
    if (i == n) {
        char text[OUTCOME];
        if (evaluate(text) && within_liberties()) {
            memset(co, 0, sizeof co);
            guess_co(0, text);
        }
        return;
    }
    for (int w = 0; w < n; w++) {
        if (may_read(i, w)) {
            rf[i] = w;
            guess_rf(i + 1);
        }
    }
}

static int failure_order(int order) {
    return order == RP_RELAXED || order == RP_ACQUIRE ? RP_RELAXED
           : order == RP_SEQ_CST                      ? RP_SEQ_CST
                                                      : RP_ACQUIRE;
}

/* How many guesses there are for an event. */
static int guesses(const node *e) {
    switch (e->kind) {
    case RP_CAS:
    case RP_IF:
    case PART_TRYLOCK:
    case PART_BEGIN:
        return 2;
    case PART_CHECK:
        return wakes ? 3 : 2;
    case PART_LOOK:
        return wakes ? 7 : timeouts ? 5 : 3;
    case PART_TAKE:
        return e->absent ? 1 : program.n;
    default:
        return 1;
    }
}

static void set_present(node *e, bool reads, bool writes) {
    e->absent = !reads && !writes;
    e->reads = reads;
    e->writes = writes;
}

static void set_look(node *look, int guess) {
    bool passes_on = guess == PASSES_ON;
    set_present(look + 1, guess == SLEEPS, false);
    set_present(look + 2, guess != SLEEPS, guess != SLEEPS);
    set_present(look + 3, passes_on, passes_on);
    look[2].guess = guess;
}

static void set_check(node *check, int guess) {
    bool waits = guess != NEED_NOT, returns = guess == MUST_SLEEP_AND_RETURNS;
    set_present(check + 1, waits, waits);
    set_present(check + 2, false, waits);
    set_present(check + 3, waits && !returns, false);
    set_present(check + 4, returns, returns);
    set_present(check + 5, waits, waits);
}

/* The parts that only a trylock that succeeds, or whoever begins once, has. */
static void set_rest(node *e, bool yes) {
    int rest = e->kind == PART_TRYLOCK ? 3 : e->kind == PART_BEGIN ? 2 : 0;
    for (node *part = e + 1; part <= e + rest; part++) {
        set_present(part, yes && (part->kind == PART_LOAD || part->kind == PART_CALL),
                    yes && part->kind != PART_LOAD);
    }
}

static void set_guess(node *e, int guess) {
    e->guess = guess;
    switch (e->kind) {
    case PART_TAKE:
        return;
    case PART_LOOK:
        set_look(e, guess);
        return;
    case PART_CHECK:
        set_check(e, guess);
        return;
    case RP_CAS:
        e->order = guess ? e->op->order : failure_order(e->op->order);
        break;
    case RP_IF:
        e->absent = !guess;
        break;
    default:
        set_rest(e, guess != 0);
    }
    e->writes = guess != 0;
}

static void guess_conditions(int i) {
    while (i < n && guesses(&ev[i]) == 1) {
        i++;
    }
    if (i == n) {
        guess_rf(0);
        return;
    }
    for (int guess = 0, all = guesses(&ev[i]); guess < all; guess++) {
        set_guess(&ev[i], guess);
        guess_conditions(i + 1);
    }
}

static node *add_event(int thread, int kind, int location) {
    if (n == MAX) {
        exit(2);
    }
    ev[n] = (node){.thread = thread, .index = n, .kind = kind, .location = location};
    return &ev[n++];
}

static void add_part(int thread, int kind, int location, int order, const rp_op *o) {
    node *e = add_event(thread, kind, location);
    e->order = order;
    e->op = o;
    e->reads = kind != RP_STORE && kind != PART_STORE && kind != PART_UNLOCK && kind != PART_FINISH;
    e->writes = kind != PART_LOAD && kind != PART_LOOK && kind != PART_WOKEN && kind != PART_CHECK;
}

static void add_locked(int thread, const rp_op *o) {
    add_part(thread, o->kind == RP_MUTEX ? PART_LOCK : PART_TRYLOCK, MUTEX, RP_ACQUIRE, o);
    add_part(thread, PART_LOAD, o->location, RP_RELAXED, o);
    add_part(thread, PART_STORE, o->location, RP_RELAXED, o);
    add_part(thread, PART_UNLOCK, MUTEX, RP_RELEASE, o);
}

static void add_wait(int thread, const rp_op *o) {
    add_part(thread, PART_ENTER, QUEUE + o->location, RP_RELAXED, o);
    add_part(thread, PART_LOOK, o->location, RP_RELAXED, o);
    add_part(thread, PART_WOKEN, QUEUE + o->location, RP_RELAXED, o);
    add_part(thread, PART_LEAVE, QUEUE + o->location, RP_RELAXED, o);
    add_part(thread, PART_TAKE, QUEUE + o->location, RP_RELAXED, o);
}

static void add_wake(int thread, const rp_op *o) {
    add_part(thread, RP_STORE, o->location, o->order, o);
    add_part(thread, PART_TAKE, QUEUE + o->location, RP_RELAXED, o);
}

static void add_cond_wait(int thread, const rp_op *o) {
    add_part(thread, PART_LOCK, MUTEX, RP_ACQUIRE, o);
    add_part(thread, PART_CHECK, o->location, RP_RELAXED, o);
    add_part(thread, PART_ENTER, COND, RP_RELAXED, o);
    add_part(thread, PART_UNLOCK, MUTEX, RP_RELEASE, o);
    add_part(thread, PART_WOKEN, COND, RP_RELAXED, o);
    add_part(thread, PART_LEAVE, COND, RP_RELAXED, o);
    add_part(thread, PART_LOCK, MUTEX, RP_ACQUIRE, o);
    add_part(thread, PART_LOAD, o->location, RP_RELAXED, o);
    add_part(thread, PART_UNLOCK, MUTEX, RP_RELEASE, o);
}

static void add_cond_signal(int thread, const rp_op *o) {
    add_part(thread, PART_LOCK, MUTEX, RP_ACQUIRE, o);
    add_part(thread, RP_STORE, o->location, RP_RELAXED, o);
    add_part(thread, PART_TAKE, COND, RP_RELAXED, o);
    add_part(thread, PART_UNLOCK, MUTEX, RP_RELEASE, o);
}

static void add_once(int thread, const rp_op *o) {
    add_part(thread, PART_BEGIN, ONCE, RP_ACQUIRE, o);
    add_part(thread, PART_CALL, 0, RP_RELAXED, o);
    add_part(thread, PART_FINISH, ONCE, RP_RELEASE, o);
    add_part(thread, PART_LOAD, 0, RP_RELAXED, o);
}

static void add_simple(int thread, const rp_op *o) {
    node *e = add_event(thread, o->kind, o->kind == RP_FENCE ? -1 : o->location);
    e->order = o->order;
    e->op = o;
    e->reads = o->kind == RP_LOAD || o->kind == RP_ADD || o->kind == RP_CAS;
    e->writes = o->kind == RP_STORE || o->kind == RP_ADD;
}

static void add_operation(int thread, const rp_op *o) {
    switch (o->kind) {
    case RP_WAIT:
        add_wait(thread, o);
        break;
    case RP_WAKE:
        add_wake(thread, o);
        break;
    case RP_MUTEX:
    case RP_TRYLOCK:
        add_locked(thread, o);
        break;
    case RP_COND_WAIT:
        add_cond_wait(thread, o);
        break;
    case RP_COND_SIGNAL:
        add_cond_signal(thread, o);
        break;
    case RP_ONCE:
        add_once(thread, o);
        break;
    default:
        add_simple(thread, o);
    }
}

static void add_operations(void) {
    for (int t = 0; t < program.n; t++) {
        for (int i = 0; i < program.thread[t].n; i++) {
            add_operation(t, &program.thread[t].op[i]);
        }
    }
}

/* The initial stores, of the locations that are used, come first. */
static void add_events(void) {
    unsigned used = 0;
    add_operations();
    for (int i = 0; i < n; i++) {
        used |= ev[i].location < 0 ? 0 : 1u << ev[i].location;
    }
    n = 0;
    for (int l = 0; l < QUEUE + program.locations; l++) {
        if (used >> l & 1) {
            add_event(-1, -1, l)->writes = true;
        }
    }
    add_operations();
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv) {
    if (argc != 8) {
        return 2;
    }
    timeouts = atoi(argv[6]);
    wakes = atoi(argv[7]);
    rp_draw(&program, strtoul(argv[1], NULL, 10), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
            argv[5]);
    add_events();
    guess_conditions(0);
    qsort(outcomes, (size_t)noutcomes, sizeof *outcomes, by_text);
    for (int i = 0; i < noutcomes; i++) {
        size_t length = strlen(outcomes[i]);
        if (length) {
            printf("%.*s\n", (int)length - 1, outcomes[i]);
        }
    }
    fprintf(stderr, "%lu\n", graphs);
    return 0;
}
