/* Ways to explore that add events in the order they happen: one interleaving at a time.
 *
 * MODE_BRUTE tries every thread at every event, every store a read may read, every place of a store. Because porf is acyclic
 * each consistent graph can be built this way, so this mode is what the reduction is checked against. A prefix seen before
 * (same graph, whatever the order that led to it) is not continued again.
 * MODE_BOUNDED is the same with a limit on preemptions. MODE_RANDOM draws instead of trying.
 */
#include "engine.h"
#include "options.h"
#include "report.h"

#include <stdlib.h>

/* ---- choices: a path of numbers, counted up like digits ---- */

typedef struct digit {
    int chosen, n;
} digit;

static digit *path;
static int length, at, capacity;

static int decide(int n) {
    if (n == 1) {
        return 0;
    }
    if (at == length) {
        if (length == capacity) {
            capacity = capacity * 2 + 256;
            path = realloc(path, (size_t)capacity * sizeof *path);
            if (!path) {
                abort();
            }
        }
        path[length++] = (digit){.n = n};
    }
    return path[at++].chosen;
}

static bool next_path(void) {
    while (length && path[length - 1].chosen + 1 == path[length - 1].n) {
        length--;
    }
    if (!length) {
        return false;
    }
    path[length - 1].chosen++;
    return true;
}

/* ---- brute force and bounded preemption ---- */

static hash_set visited;
static int last_thread, preemptions;

static bool never_stay(thread *t) {
    (void)t;
    return false;
}

static bool seen_before(void) {
    if (at < length) {
        return false; /* still on the way to where this run differs from the last */
    }
    uint64_t h = graph_hash(M.g);
    if (options.mode == MODE_BOUNDED) {
        h = (h ^ (uint64_t)(last_thread * 64 + preemptions)) * 0x9E3779B97F4A7C15ull;
    }
    return !hash_set_add(&visited, h);
}

static int pick(const bool *enabled) {
    int candidate[MAX_THREADS], n = 0;
    bool free_switch = last_thread < 0 || !enabled[last_thread];
    if (!free_switch) {
        candidate[n++] = last_thread;
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        if (!enabled[t] || t == last_thread) {
            continue;
        }
        if (options.mode == MODE_BOUNDED && !free_switch && preemptions == options.preemptions) {
            stats.bound = "preemptions";
        } else {
            candidate[n++] = t;
        }
    }
    if (seen_before()) {
        stats.duplicates++;
        return -1;
    }
    int tid = candidate[decide(n)];
    if (!free_switch && tid != last_thread) {
        preemptions++;
    }
    return last_thread = tid;
}

static int choose_rf(event *e, const event_id *source, int n) {
    (void)e;
    (void)source;
    return decide(n);
}

static event_id place_list[UINT16_MAX];

static bool place_by(event *e, int (*draw)(int)) {
    int n = graph_places(M.g, e, place_list);
    if (!n) {
        return false;
    }
    graph_set_co(M.g, e, place_list[draw(n)]);
    return true;
}

static bool place(event *e) {
    return place_by(e, decide);
}

static int choose(event *e, int n) {
    (void)e;
    return decide(n);
}

static int choose_block(event *e, const event_id *freed, int n) {
    (void)e;
    (void)freed;
    return decide(n + 1);
}

static void freed(event *e) {
    (void)e;
}

static const driver brute = {
    .name = "brute force",
    .stay = never_stay,
    .pick = pick,
    .choose_rf = choose_rf,
    .place = place,
    .choose = choose,
    .choose_block = choose_block,
    .freed = freed,
};

static const driver bounded = {
    .name = "bounded preemptions",
    .stay = never_stay,
    .pick = pick,
    .choose_rf = choose_rf,
    .place = place,
    .choose = choose,
    .choose_block = choose_block,
    .freed = freed,
    .wakes_awaits = true,
};

void explore_interleavings(void) {
    static graph g; /* the report of a violation still looks at it */
    length = 0;
    const driver *d = options.mode == MODE_BOUNDED ? &bounded : &brute;
    do {
        graph_clear(&g);
        at = preemptions = 0;
        last_thread = -1;
        if (!engine_count(machine_run(&g, d))) {
            break;
        }
    } while (next_path());
    hash_set_clear(&visited);
}

/* ---- random, with priorities (PCT: Burckhardt et al., ASPLOS 2010) ---- */

static uint64_t random_state;
static int priority[MAX_THREADS];
/* Events that there are when the running thread gets a low priority. NEVER: it has had it. */
static uint32_t change_at[64];
static const uint32_t NEVER = UINT32_MAX;
static uint32_t last_events; /* how many the execution before had */

static uint64_t draw_bits(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545F4914F6CDD1Dull >> 11;
}

static int draw(int n) {
    return (int)(draw_bits() % (uint64_t)n);
}
/* Half of the time the newest: a run of stale reads alone gets nowhere. */
static int draw_newest(int n) {
    return draw(2) ? 0 : draw(n);
}

/* How many events the execution to come may have. The longest so far may be much longer than most, and most changes would never take
 * place; the last one is as long as any. */
static int likely_events(uint64_t number) {
    if (number == 0) {
        return 100;
    }
    return (int)(draw(2) ? stats.events : last_events);
}

static void start_random_run(uint64_t number) {
    random_state = (options.seed + number) * 0x9E3779B97F4A7C15ull | 1;
    for (int i = 0; i < 4; i++) {
        draw_bits();
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        priority[t] = 1000 + draw(1000000);
    }
    for (int i = 0; i < options.depth; i++) {
        change_at[i] = (uint32_t)draw(likely_events(number));
    }
}

/* The priority that a change of now gives, -1: there is none now. A turn may add several events, as a read-modify-write does, so
 * the number of events goes past that of a change; and two changes in one turn would be worth one. */
static int change_now(void) {
    for (int i = 0; i < options.depth; i++) {
        if (change_at[i] <= M.g->total) {
            change_at[i] = NEVER;
            stats.changes++;
            return i;
        }
    }
    return -1;
}

static int pick_priority(const bool *enabled) {
    int best = -1;
    for (int t = 0; t < MAX_THREADS; t++) {
        if (enabled[t] && (best < 0 || priority[t] > priority[best])) {
            best = t;
        }
    }
    int lower = best < 0 ? -1 : change_now();
    if (lower >= 0) {
        priority[best] = lower;
    }
    return best;
}

/* A read-modify-write of a store that already has one leads nowhere: draw again, within reason. */
static int random_rf(event *e, const event_id *source, int n) {
    int chosen = 0;
    for (int tries = 0; tries < 8; tries++) {
        chosen = draw_newest(n);
        if (!(e->flags & EF_RMW) ||
            !graph_rmw_follows(M.g, e->loc, graph_co_position(M.g, e->loc, source[chosen]))) {
            break;
        }
    }
    return chosen;
}

static bool random_place(event *e) {
    return place_by(e, draw_newest);
}

/* A loop that goes on by a choice of the program's ends by another one: it may make it in this execution as well. Not for ever: who waits
 * with each number is a livelock (await.c). */
static bool random_try_again(void) {
    return draw(8) != 0;
}

static int random_choice(event *e, int n) {
    (void)e;
    return draw(n);
}

static int random_block(event *e, const event_id *blocks, int n) {
    (void)e;
    (void)blocks;
    return draw(n + 1);
}

static const driver random_driver = {
    .name = "random",
    .stay = never_stay,
    .pick = pick_priority,
    .choose_rf = random_rf,
    .place = random_place,
    .choose = random_choice,
    .choose_block = random_block,
    .freed = freed,
    .wakes_awaits = true,
    .try_again = random_try_again,
};

void explore_random(void) {
    static graph g; /* the report of a violation still looks at it */
    for (uint64_t number = 0;; number++) {
        graph_clear(&g);
        start_random_run(number);
        enum run_end end = machine_run(&g, &random_driver);
        last_events = g.total;
        if (!engine_count(end)) {
            break;
        }
    }
}
