/* A program drawn from a seed, to compare the ways to explore with each other and with the oracle (oracle.c).
 *
 * Arguments: seed, threads, operations per thread, locations, and which kinds of operation: a string of l (loads), s (stores),
 * u (read-modify-writes), c (compare-exchange), f (fences), a (asymmetric fences), m (mutex), i (dependence on a value read),
 * w (await), x (explorer's choice), p (sleep on a word), q (store and wake), t (a thread of its own adds). Every value read is part
 * of the outcome.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../explore.h"
#include "random_program.h"

static atomic_int location[RP_MAX_LOCATIONS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static rp_program program;

static int load(atomic_int *x, int order) {
    switch (order) {
    case RP_RELAXED:
        return atomic_load_explicit(x, memory_order_relaxed);
    case RP_ACQUIRE:
        return atomic_load_explicit(x, memory_order_acquire);
    default:
        return atomic_load_explicit(x, memory_order_seq_cst);
    }
}

static void store(atomic_int *x, int value, int order) {
    switch (order) {
    case RP_RELAXED:
        atomic_store_explicit(x, value, memory_order_relaxed);
        break;
    case RP_RELEASE:
        atomic_store_explicit(x, value, memory_order_release);
        break;
    default:
        atomic_store_explicit(x, value, memory_order_seq_cst);
    }
}

static int add(atomic_int *x, int value, int order) {
    switch (order) {
    case RP_RELAXED:
        return atomic_fetch_add_explicit(x, value, memory_order_relaxed);
    case RP_ACQUIRE:
        return atomic_fetch_add_explicit(x, value, memory_order_acquire);
    case RP_RELEASE:
        return atomic_fetch_add_explicit(x, value, memory_order_release);
    case RP_ACQ_REL:
        return atomic_fetch_add_explicit(x, value, memory_order_acq_rel);
    default:
        return atomic_fetch_add_explicit(x, value, memory_order_seq_cst);
    }
}

static int compare_exchange(atomic_int *x, int expected, int value, int order) {
    switch (order) {
    case RP_RELAXED:
        atomic_compare_exchange_strong_explicit(x, &expected, value, memory_order_relaxed,
                                                memory_order_relaxed);
        break;
    case RP_ACQUIRE:
        atomic_compare_exchange_strong_explicit(x, &expected, value, memory_order_acquire,
                                                memory_order_relaxed);
        break;
    case RP_RELEASE:
        atomic_compare_exchange_weak_explicit(x, &expected, value, memory_order_release,
                                              memory_order_acquire);
        break;
    case RP_ACQ_REL:
        atomic_compare_exchange_strong_explicit(x, &expected, value, memory_order_acq_rel,
                                                memory_order_acquire);
        break;
    default:
        atomic_compare_exchange_strong_explicit(x, &expected, value, memory_order_seq_cst,
                                                memory_order_seq_cst);
    }
    return expected;
}

static void fence(int order) {
    switch (order) {
    case RP_ACQUIRE:
        atomic_thread_fence(memory_order_acquire);
        break;
    case RP_RELEASE:
        atomic_thread_fence(memory_order_release);
        break;
    case RP_ACQ_REL:
        atomic_thread_fence(memory_order_acq_rel);
        break;
    case RP_LIGHT:
        explore_light_fence();
        break;
    case RP_HEAVY:
        explore_heavy_fence();
        break;
    default:
        atomic_thread_fence(memory_order_seq_cst);
    }
}

static void locked(atomic_int *x, int value) {
    pthread_mutex_lock(&mutex);
    int before = load(x, RP_RELAXED);
    store(x, before + value, RP_RELAXED);
    pthread_mutex_unlock(&mutex);
}

static void *add_once(void *argument) {
    const rp_op *o = argument;
    explore_outcome("t", (uint64_t)add(&location[o->location], o->value, o->order));
    return NULL;
}

static void spawn(const rp_op *o) {
    pthread_t unused;
    pthread_create(&unused, NULL, add_once, (void *)(uintptr_t)o);
}

static void *run(void *argument) {
    const rp_thread *t = argument;
    int last = 0;
    for (int i = 0; i < t->n; i++) {
        const rp_op *o = &t->op[i];
        atomic_int *x = &location[o->location];
        switch (o->kind) {
        case RP_LOAD:
            explore_outcome("r", (uint64_t)(last = load(x, o->order)));
            break;
        case RP_STORE:
            store(x, o->value, o->order);
            break;
        case RP_ADD:
            explore_outcome("u", (uint64_t)(last = add(x, o->value, o->order)));
            break;
        case RP_CAS:
            explore_outcome("c", (uint64_t)(last = compare_exchange(x, 0, o->value, o->order)));
            break;
        case RP_FENCE:
            fence(o->order);
            break;
        case RP_MUTEX:
            locked(x, o->value);
            break;
        case RP_IF:
            if (last == 0) {
                store(x, o->value, o->order);
            }
            break;
        case RP_AWAIT:
            while (load(x, o->order) == 0) {
            }
            break;
        case RP_WAIT:
            explore_outcome("p", explore_wait((uint32_t *)x, 0, 1));
            break;
        case RP_WAKE:
            store(x, o->value, o->order);
            explore_wake((uint32_t *)x, 1);
            break;
        case RP_SPAWN:
            spawn(o);
            break;
        case RP_CHOOSE:
            explore_outcome("x", (uint64_t)(last = explore_choose(2)));
            break;
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        return 1;
    }
    pthread_t thread[RP_MAX_THREADS];
    rp_draw(&program, strtoul(argv[1], NULL, 10), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
            argv[5]);
    for (int i = 1; i < program.n; i++) {
        pthread_create(&thread[i], NULL, run, &program.thread[i]);
    }
    run(&program.thread[0]);
    pthread_exit(NULL); /* the others go on: a return would end them */
}
