#include "linearize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- recording ----------------------------------------------------------------------------------- */

void linearize_begin(linearize_history *history, uint32_t threads) {
    memset(history, 0, sizeof *history);
    history->threads = threads;
}

static uint64_t tick(linearize_history *history) {
    /* Acquire and release: a call that ends before another begins happens before it. */
    return weft_fetch_add_acq_rel_u64(&history->clock, 1);
}

linearize_call *linearize_call_begin(linearize_history *history, uint32_t thread, uint32_t kind,
                                     int64_t first, int64_t second) {
    uint32_t number = history->counts[thread]++;
    /* One too many overwrites the last; the count says so to the check. */
    linearize_call *call =
        &history->calls[thread][number < LINEARIZE_CALLS ? number : LINEARIZE_CALLS - 1];
    *call = (linearize_call){thread, kind, first, second, 0, 0, UINT64_MAX};
    call->began = tick(history);
    return call;
}

void linearize_call_end(linearize_history *history, linearize_call *call, int64_t result) {
    call->ended = tick(history);
    call->result = result;
}

/* ---- what has been tried -------------------------------------------------------------------------- */

/* A set of calls that were placed, and the state they led to. */
typedef struct node {
    struct node *next;
    uint64_t placed;
    unsigned char state[];
} node;

#define BUCKETS 256U

typedef struct search {
    const linearize_model *model;
    const linearize_call *calls[LINEARIZE_CALLS]; /* as they began */
    uint32_t count;
    node *tried[BUCKETS];
} search;

static uint64_t hash(uint64_t placed, const unsigned char *state, size_t bytes) {
    uint64_t mixed = placed * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < bytes; i++) {
        mixed = (mixed ^ state[i]) * UINT64_C(0x100000001B3); /* FNV-1a's prime */
    }
    return mixed ^ mixed >> 32;
}

/* False: it has been tried before. */
static bool is_new(search *all, uint64_t placed, const unsigned char *state) {
    size_t bytes = all->model->state_bytes;
    node **bucket = &all->tried[hash(placed, state, bytes) % BUCKETS];
    for (const node *at = *bucket; at != NULL; at = at->next) {
        if (at->placed == placed && memcmp(at->state, state, bytes) == 0) {
            return false;
        }
    }
    node *made = malloc(sizeof *made + bytes);
    if (made == NULL) {
        abort();
    }
    made->next = *bucket;
    made->placed = placed;
    memcpy(made->state, state, bytes);
    *bucket = made;
    return true;
}

static void forget(search *all) {
    for (size_t i = 0; i < BUCKETS; i++) {
        while (all->tried[i] != NULL) {
            node *next = all->tried[i]->next;
            free(all->tried[i]);
            all->tried[i] = next;
        }
    }
}

/* ---- the search ---------------------------------------------------------------------------------- */

/* The first end of a call that is not placed yet: what began later cannot be the next. */
static uint64_t first_end(const search *all, uint64_t placed) {
    uint64_t end = UINT64_MAX;
    for (uint32_t i = 0; i < all->count; i++) {
        if ((placed >> i & 1) == 0 && all->calls[i]->ended < end) {
            end = all->calls[i]->ended;
        }
    }
    return end;
}

/* Places one more call, in every way that is possible. As deep as there are calls. */
/* NOLINTNEXTLINE(misc-no-recursion): it has at most 64 levels. */
static bool place(search *all, uint64_t placed, const unsigned char *state) {
    uint64_t done = all->count == 64 ? UINT64_MAX : (UINT64_C(1) << all->count) - 1;
    if (placed == done) {
        return true;
    }
    if (!is_new(all, placed, state)) {
        return false;
    }
    uint64_t end = first_end(all, placed);
    for (uint32_t i = 0; i < all->count && all->calls[i]->began < end; i++) {
        unsigned char next[LINEARIZE_STATE];
        if ((placed >> i & 1) != 0) {
            continue;
        }
        memcpy(next, state, all->model->state_bytes);
        if (all->model->apply(next, all->calls[i]) && place(all, placed | UINT64_C(1) << i, next)) {
            return true;
        }
    }
    return false;
}

static int by_beginning(const void *left, const void *right) {
    const linearize_call *a = *(const linearize_call *const *)left;
    const linearize_call *b = *(const linearize_call *const *)right;
    return a->began < b->began ? -1 : a->began > b->began;
}

/* UINT32_MAX: more than fit. */
static uint32_t in_order(const linearize_history *history, const linearize_call **calls) {
    uint32_t count = 0;
    for (uint32_t thread = 0; thread < history->threads; thread++) {
        for (uint32_t i = 0; i < history->counts[thread]; i++) {
            if (count == LINEARIZE_CALLS) {
                return UINT32_MAX;
            }
            calls[count++] = &history->calls[thread][i];
        }
    }
    qsort((void *)calls, count, sizeof *calls, by_beginning);
    return count;
}

bool linearize_check(const linearize_model *model, const void *initial,
                     const linearize_history *history) {
    unsigned char state[LINEARIZE_STATE];
    search *all = calloc(1, sizeof *all);
    if (all == NULL || model->state_bytes > sizeof state) {
        abort();
    }
    all->model = model;
    all->count = in_order(history, all->calls);
    memcpy(state, initial, model->state_bytes);
    bool found = all->count != UINT32_MAX && place(all, 0, state);
    forget(all);
    free(all);
    return found;
}

void linearize_print(const linearize_model *model, const linearize_history *history) {
    const linearize_call *calls[LINEARIZE_CALLS];
    uint32_t count = in_order(history, calls);
    if (count == UINT32_MAX) {
        fprintf(stderr, "more than %u calls\n", LINEARIZE_CALLS);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        char text[120];
        model->print(calls[i], text, sizeof text);
        fprintf(stderr, "%4llu to %4llu, thread %u: %s\n", (unsigned long long)calls[i]->began,
                (unsigned long long)calls[i]->ended, calls[i]->thread, text);
    }
}
