#include "await.h"

#include "engine.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>

entry_state explore_entry;

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * 0x9E3779B97F4A7C15ull;
    return h ^ (h >> 32);
}

/* A word of the stack; a state has the sum of all, so that one can be exchanged. */
static uint64_t word_hash(uintptr_t addr, uint64_t value) {
    return mix(addr * 0xC2B2AE3D27D4EB4Full, value);
}

/* Everything that decides what the thread does next, except memory outside its stack. */
static uint64_t thread_state(const thread *t) {
    const entry_state *s = &explore_entry;
    const uint64_t registers[] = {s->rsp, s->rbx, s->rbp, s->r12, s->r13, s->r14, s->r15, s->rdi};
    uint64_t h = 0;
    /* One after the other: mixed in pairs, a pointer in two of them and the distance to its neighbour in a third are the same for
     * both. */
    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++) {
        h = mix(h, registers[i]);
    }
    for (uintptr_t at = s->rsp; at < (t->sp & ~7ull); at += 8) {
        h += word_hash(at, *(const uint64_t *)at);
    }
    return h;
}

/* Do all plain locations stored to since the mark hold what they held then? The oldest record of a location decides. */
static bool memory_as_before(const thread *t, uint32_t mark) {
    for (uint32_t i = mark; i < t->nstores; i++) {
        const plain_store *s = &t->stores[i];
        bool older = false;
        for (uint32_t j = mark; j < i && !older; j++) {
            older = t->stores[j].addr == s->addr && t->stores[j].size >= s->size;
        }
        if (!older && memcmp(s->addr, s->old, s->size) != 0) {
            return false;
        }
    }
    return true;
}

static void remember(thread *t, visit v) {
    if (t->nvisits == t->cap_visits) {
        t->cap_visits = t->cap_visits * 2 + 16;
        t->visits = realloc(t->visits, (size_t)t->cap_visits * sizeof *t->visits);
        if (!t->visits) {
            abort();
        }
    }
    t->visits[t->nvisits++] = v;
}

/* A clock that does not pass is no cause to wait, and in the next iteration it might have. */
static bool waits_for_clock(const thread *t, const visit *v) {
    return t->clock_looks && t->clock_pos >= v->next_event && !options.clock_passes &&
           options.mode != MODE_REPLAY;
}

void await_check(uintptr_t pc) {
    thread *t = M.current;
    if (options.unroll) {
        return;
    }
    visit now = {.pc = pc,
                 .sp = explore_entry.rsp,
                 .state = thread_state(t),
                 .next_event = (uint16_t)(t->pos + 1),
                 .undo_mark = t->nstores};
    bool in_graph = t->pos < M.g->th[t->tid].n;
    for (int i = t->nvisits - 1; i >= 0 && !in_graph; i--) {
        const visit *v = &t->visits[i];
        if (v->pc != pc || v->state != now.state || v->next_event == now.next_event) {
            continue;
        }
        if (!memory_as_before(t, v->undo_mark)) {
            continue;
        }
        M.clock_stands |= waits_for_clock(t, v);
        machine_await(v->next_event, "spins");
        return;
    }
    remember(t, now);
}

/* ---- frames that others store to ----
 *
 * An atomic object in a frame of this thread changes when another one stores to it, at a time that depends on the run and not on the
 * graph. What this thread sees of it are the events of its own loads; so it counts as if it had held the new value at every
 * visit. The same goes for plain stores of others: between two visits, nothing in between stored by this thread, it cannot have
 * looked there both before and after such a store without a race. */

static void exchange_word(thread *t, uintptr_t at, uint64_t old, uint64_t new) {
    for (int i = 0; i < t->nvisits; i++) {
        if (at >= t->visits[i].sp) {
            t->visits[i].state += word_hash(at, new) - word_hash(at, old);
        }
    }
}

void await_give_way(thread *t) {
    t->lent_size = 0;
    if (t->nvisits == 0) {
        return;
    }
    t->lent_from = t->program_sp & ~7ull;
    t->lent_size = (t->sp & ~7ull) - t->lent_from;
    if (t->lent_size > t->cap_lent) {
        t->cap_lent = t->lent_size * 2;
        free(t->lent);
        t->lent = malloc(t->cap_lent);
        if (!t->lent) {
            abort();
        }
    }
    memcpy(t->lent, (const void *)t->lent_from, t->lent_size);
}

void await_back(thread *t) {
    if (!t->lent_size || memcmp(t->lent, (const void *)t->lent_from, t->lent_size) == 0) {
        return;
    }
    const uint64_t *old = (const uint64_t *)t->lent, *new = (const uint64_t *)t->lent_from;
    for (size_t i = 0; i < t->lent_size / 8; i++) {
        if (old[i] != new[i]) {
            exchange_word(t, (uintptr_t)&new[i], old[i], new[i]);
        }
    }
}

void await_progress(void) {
    M.current->nvisits = 0;
    M.current->nstores = 0;
    M.current->reads_newest = false;
}

void await_plain_store(uintptr_t addr, size_t size) {
    thread *t = M.current;
    bool own_stack = addr >= (uintptr_t)t->stack && addr < (uintptr_t)t->stack + t->stack_size;
    if (own_stack || t->nvisits == 0) {
        return;
    }
    for (size_t done = 0; done < size; done += sizeof t->stores->old) {
        if (t->nstores == t->cap_stores) {
            t->cap_stores = t->cap_stores * 2 + 64;
            t->stores = realloc(t->stores, t->cap_stores * sizeof *t->stores);
            if (!t->stores) {
                abort();
            }
        }
        plain_store *s = &t->stores[t->nstores++];
        s->addr = (uint8_t *)addr + done;
        s->size = (uint8_t)(size - done < sizeof s->old ? size - done : sizeof s->old);
        memcpy(s->old, s->addr, s->size);
    }
}

/* ---- choices of the program in a loop that only waits ----
 *
 * A loop that goes on by one number may end by another: one execution cannot tell. The loops of all threads that have one choice
 * never end if all numbers together lead back to their starts in executions that are alike otherwise; the last to come is the
 * livelock. Of a loop with several choices it is not told, which is a bound. */

static int program_choices(const thread *t, const event **found) {
    int n = 0;
    for (int i = t->await_first; t->status == TH_AWAITING && i <= t->pos; i++) {
        const event *e = &M.g->th[t->tid].ev[i - 1];
        if (e->kind == EV_CHOICE && e->order == 0) {
            *found = e;
            n++;
        }
    }
    return n;
}

/* The choices of all loops, one for each thread that has any. Are these numbers the last that they can have together? */
static bool every_number_seen(const event_id *choices) {
    static hash_set seen;
    uint64_t alike = graph_hash_without(M.g, choices), chosen = alike, all = 1, numbers = 0;
    for (int t = 0; t < MAX_THREADS; t++) {
        if (choices[t].idx) {
            const event *e = graph_event(M.g, choices[t]);
            chosen = mix(chosen, e->value);
            all *= (uint64_t)e->alternatives;
        }
    }
    if (!hash_set_add(&seen, chosen)) {
        return false;
    }
    do { /* a member more for each that was new */
        numbers++;
    } while (!hash_set_add(&seen, mix(mix(alike, UINT64_MAX), numbers)));
    return numbers == all;
}

enum await_choice await_by_choice(void) {
    event_id choices[MAX_THREADS] = {{0}};
    int loops = 0;
    for (int t = 0; t < MAX_THREADS && options.mode != MODE_REPLAY; t++) {
        const event *choice = NULL;
        int n = program_choices(&M.th[t], &choice);
        if (n > 1) {
            return SEVERAL_CHOICES;
        }
        if (n == 1) {
            choices[t] = choice->self;
            loops++;
        }
    }
    return loops == 0 || every_number_seen(choices) ? NO_CHOICE : OTHER_NUMBERS_TO_COME;
}
