/* Programs drawn from a seed: the explored program and the oracle draw the same one. */
#ifndef EXPLORE_RANDOM_PROGRAM_H
#define EXPLORE_RANDOM_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { RP_MAX_THREADS = 5, RP_MAX_OPS = 12, RP_MAX_LOCATIONS = 6 };

enum rp_kind {
    RP_LOAD,
    RP_STORE,
    RP_ADD,
    RP_CAS,
    RP_FENCE,
    RP_MUTEX,
    RP_IF,
    RP_AWAIT,
    RP_CHOOSE,
    RP_WAIT,
    RP_WAKE,
    RP_SPAWN,
    RP_NEW,
    RP_DROP,
    RP_COND_WAIT,
    RP_COND_SIGNAL,
    RP_ONCE,
    RP_TRYLOCK,
    RP_KEY_USE,
    RP_KEY_DELETE,
    RP_CLOCK
};
enum rp_order { RP_RELAXED, RP_ACQUIRE, RP_RELEASE, RP_ACQ_REL, RP_SEQ_CST, RP_LIGHT, RP_HEAVY };

typedef struct rp_op {
    int kind, order, location, value;
} rp_op;

typedef struct rp_thread {
    int n;
    rp_op op[RP_MAX_OPS];
} rp_thread;

typedef struct rp_program {
    int n, locations;
    rp_thread thread[RP_MAX_THREADS];
} rp_program;

/* SplitMix64: of a plain congruence n = 2 would see a bit that depends on few others, from one number to the next. */
static inline unsigned rp_next(uint64_t *state, unsigned n) {
    uint64_t z = *state += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return (unsigned)((z ^ z >> 31) % n);
}

static inline int rp_pick(uint64_t *state, const int *from, unsigned n) {
    return from[rp_next(state, n)];
}

static inline int rp_order_for(uint64_t *state, int kind, char letter) {
    static const int loads[] = {RP_RELAXED, RP_RELAXED, RP_ACQUIRE, RP_SEQ_CST},
                     stores[] = {RP_RELAXED, RP_RELAXED, RP_RELEASE, RP_SEQ_CST};
    static const int any[] = {RP_RELAXED, RP_ACQUIRE, RP_RELEASE, RP_ACQ_REL, RP_SEQ_CST};
    static const int asymmetric[] = {RP_LIGHT, RP_HEAVY};
    switch (kind) {
    case RP_LOAD:
    case RP_AWAIT:
        return rp_pick(state, loads, 4);
    case RP_STORE:
    case RP_WAKE:
    case RP_IF:
        return rp_pick(state, stores, 4);
    case RP_FENCE:
        return letter == 'a' ? rp_pick(state, asymmetric, 2) : rp_pick(state, any + 1, 4);
    default:
        return rp_pick(state, any, 5);
    }
}

/* How many kinds of operation there are before the capital letters. */
static inline unsigned rp_kinds(const char *letters) {
    unsigned n = 0;
    while (letters[n] >= 'a') {
        n++;
    }
    return n;
}

static inline void rp_draw(rp_program *p, unsigned long seed, int threads, int ops, int locations,
                           const char *letters) {
    static const char letter_of[] = "lsucfamiwxpqtndvboykez";
    static const int kind_of[] = {RP_LOAD,       RP_STORE,       RP_ADD,   RP_CAS,     RP_FENCE,
                                  RP_FENCE,      RP_MUTEX,       RP_IF,    RP_AWAIT,   RP_CHOOSE,
                                  RP_WAIT,       RP_WAKE,        RP_SPAWN, RP_NEW,     RP_DROP,
                                  RP_COND_WAIT,  RP_COND_SIGNAL, RP_ONCE,  RP_TRYLOCK, RP_KEY_USE,
                                  RP_KEY_DELETE, RP_CLOCK};
    uint64_t state = seed;
    unsigned kinds = rp_kinds(letters);
    bool between = strchr(letters, 'B');
    p->n = threads;
    p->locations = locations;
    for (int t = 0; t < threads; t++) {
        p->thread[t].n = ops;
        for (int i = 0; i < ops; i++) {
            unsigned drawn = rp_next(&state, between ? kinds - 1 : kinds);
            char letter = letters[between && i % 2 ? kinds - 1 : drawn];
            rp_op *o = &p->thread[t].op[i];
            o->kind = kind_of[strchr(letter_of, letter) - letter_of];
            o->location = (int)rp_next(&state, (unsigned)locations);
            o->value = t * 16 + i + 1;
            o->order = rp_order_for(&state, o->kind, letter);
        }
    }
}

#endif
