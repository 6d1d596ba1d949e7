/* A program drawn from a seed, to compare the ways to explore with each other and with the oracle (oracle.c).
 *
 * Arguments: seed, threads, operations per thread, locations, and which kinds of operation: a string of l (loads), s (stores),
 * u (read-modify-writes), c (compare-exchange), f (fences), a (asymmetric fences), m (mutex), i (dependence on a value read),
 * w (await), x (explorer's choice), p (sleep on a word), q (store and wake), t (a thread of its own adds), n (a new block, in place of
 * the one that is there), d (drops that one), v (waits for a condition, if need be), b (store and signal), o (once), y (trylock), k (stores a
 * value for a key and looks at it), e (deletes a key that nobody uses any more, but for the ends of the threads that stored a value), z (looks at the clock);
 * Capital letters after these: B (every second operation is of the last kind, and no other), F (the locations are in main's frame).
 * Every value read, and the place of every block, is part of the outcome.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../explore.h"
#include "random_program.h"

static atomic_int *location;
static _Atomic(atomic_int *) block[RP_MAX_LOCATIONS];
static char *first_block;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key[RP_MAX_LOCATIONS];
static bool deleted[RP_MAX_LOCATIONS];
static bool keys;
static atomic_int over; /* threads whose operations are over */
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

static void locked_if_free(atomic_int *x, int value) {
    if (pthread_mutex_trylock(&mutex) != 0) {
        explore_outcome("y", 0);
        return;
    }
    int before = load(x, RP_RELAXED);
    explore_outcome("y", 1 + (uint64_t)before);
    store(x, before + value, RP_RELAXED);
    pthread_mutex_unlock(&mutex);
}

static void use_key(const rp_op *o) {
    if (deleted[o->location]) {
        return; /* by this thread */
    }
    const rp_op *before = pthread_getspecific(key[o->location]);
    pthread_setspecific(key[o->location], o);
    explore_outcome("k", before ? (uint64_t)before->value : 0);
}

static void at_thread_end(void *value) {
    const rp_op *o = value;
    explore_outcome("K", (uint64_t)add(&location[o->location], o->value, RP_RELAXED));
}

/* No thread but this one uses keys any more. */
static void delete_key(int place) {
    int others = atomic_load_explicit(&over, memory_order_acquire);
    explore_outcome("e", (uint64_t)others);
    if (others == program.n - 1 && !deleted[place]) {
        deleted[place] = true;
        pthread_key_delete(key[place]);
    }
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

/* Whoever takes a block out of its place owns it. */
static void replace_block(int place, atomic_int *by) {
    atomic_int *old = atomic_exchange_explicit(&block[place], by, memory_order_acq_rel);
    if (old) {
        explore_outcome("d", (uint64_t)load(old, RP_RELAXED));
        free(old);
    }
}

/* Of two sizes, and aligned in two ways: not every free block fits. */
static void new_block(const rp_op *o) {
    atomic_int *fresh = aligned_alloc(o->order & 1 ? 16 : 256, o->order == RP_RELAXED ? 8 : 16);
    explore_outcome("n", (uint64_t)((char *)fresh - first_block));
    add(fresh, o->value, RP_RELAXED);
    replace_block(o->location, fresh);
}

static void cond_wait(atomic_int *x) {
    pthread_mutex_lock(&mutex);
    if (load(x, RP_RELAXED) == 0) {
        pthread_cond_wait(&condition, &mutex);
    }
    explore_outcome("v", (uint64_t)load(x, RP_RELAXED));
    pthread_mutex_unlock(&mutex);
}

static void cond_signal(atomic_int *x, int value) {
    pthread_mutex_lock(&mutex);
    store(x, value, RP_RELAXED);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
}

static void first(void) {
    add(&location[0], 1, RP_RELAXED);
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
        case RP_NEW:
            new_block(o);
            break;
        case RP_DROP:
            replace_block(o->location, NULL);
            break;
        case RP_COND_WAIT:
            cond_wait(x);
            break;
        case RP_COND_SIGNAL:
            cond_signal(x, o->value);
            break;
        case RP_ONCE:
            pthread_once(&once, first);
            explore_outcome("o", (uint64_t)load(&location[0], RP_RELAXED));
            break;
        case RP_TRYLOCK:
            locked_if_free(x, o->value);
            break;
        case RP_KEY_USE:
            use_key(o);
            break;
        case RP_KEY_DELETE:
            delete_key(o->location);
            break;
        case RP_CLOCK:
            explore_outcome("z", (uint64_t)(last = (int)(explore_now() / 1000000000u)));
            break;
        case RP_CHOOSE:
            explore_outcome("x", (uint64_t)(last = explore_choose(2)));
            break;
        }
    }
    if (keys) {
        atomic_fetch_add_explicit(&over, 1, memory_order_release);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        return 1;
    }
    static atomic_int in_memory[RP_MAX_LOCATIONS];
    atomic_int in_frame[RP_MAX_LOCATIONS] = {0};
    pthread_t thread[RP_MAX_THREADS];
    bool frame = strchr(argv[5], 'F');
    location = frame ? in_frame : in_memory;
    rp_draw(&program, strtoul(argv[1], NULL, 10), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
            argv[5]);
    first_block = malloc(1);
    keys = strchr(argv[5], 'k') || strchr(argv[5], 'e');
    for (int i = 0; keys && i < program.locations; i++) {
        pthread_key_create(&key[i], at_thread_end);
    }
    for (int i = 1; i < program.n; i++) {
        pthread_create(&thread[i], NULL, run, &program.thread[i]);
    }
    run(&program.thread[0]);
    for (int i = 1; frame && i < program.n; i++) {
        pthread_join(thread[i], NULL);
    }
    pthread_exit(NULL); /* the others go on: a return would end them */
}
