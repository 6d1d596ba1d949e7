/* Runs the litmus test named by the first argument. Compiled with -DLIST it is a native program that lists the tests. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "../explore.h"

typedef struct test {
    const char *name, *outcome, *verdict;
    void (*part[5])(void); /* up to four threads, then what main reads */
} test;

static atomic_int x, y, z;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define W(v, n, o) atomic_store_explicit(&v, n, memory_order_##o)
#define R(r, v, o) record(#r, atomic_load_explicit(&v, memory_order_##o))
#define A(r, v, n, o) record(#r, atomic_fetch_add_explicit(&v, n, memory_order_##o))
#define X(r, v, n, o) record(#r, atomic_exchange_explicit(&v, n, memory_order_##o))
#define C(r, v, e, n, o, f)                                                                        \
    int r = e;                                                                                     \
    atomic_compare_exchange_strong_explicit(&v, &r, n, memory_order_##o, memory_order_##f);        \
    record(#r, r)
#define CW(r, v, e, n, o, f)                                                                       \
    int r = e;                                                                                     \
    atomic_compare_exchange_weak_explicit(&v, &r, n, memory_order_##o, memory_order_##f);          \
    record(#r, r)
#define F(o) atomic_thread_fence(memory_order_##o)
#ifdef WEFT_EXPLORE
#define LIGHT explore_light_fence()
#define HEAVY explore_heavy_fence()
#define WAKE(v) explore_wake((uint32_t *)&v, 1)
#define WAIT(v, n) explore_wait((uint32_t *)&v, n, 1)
#else
#define LIGHT atomic_signal_fence(memory_order_seq_cst)
#define HEAVY atomic_thread_fence(memory_order_seq_cst)
#define WAKE(v)
#define WAIT(v, n) 0
#endif
#define WAITED(r, v, n) record(#r, (int)WAIT(v, n))
#define LOCK pthread_mutex_lock(&mutex)
#define TRYLOCK pthread_mutex_trylock(&mutex)
#define TRY(r) record(#r, pthread_mutex_trylock(&mutex) ? 1 : pthread_mutex_unlock(&mutex))
#define UNLOCK pthread_mutex_unlock(&mutex)
#define FINAL(v) record(#v, atomic_load_explicit(&v, memory_order_relaxed))

static void record(const char *name, int value) {
    explore_outcome(name, (uint64_t)value);
}

#define TEST2(name, outcome, verdict, t1, t2, end)                                                 \
    static void name##_1(void) t1 static void name##_2(void) t2 static void name##_end(void) end
#define TEST3(name, outcome, verdict, t1, t2, t3)                                                  \
    static void name##_1(void) t1 static void name##_2(void) t2 static void name##_3(void) t3
#define TEST4(name, outcome, verdict, t1, t2, t3, t4)                                              \
    static void name##_1(void) t1 static void name##_2(void) t2 static void name##_3(void)         \
        t3 static void name##_4(void) t4
#include "tests.table"
#undef TEST2
#undef TEST3
#undef TEST4

static const test tests[] = {
#define TEST2(name, outcome, verdict, t1, t2, end)                                                 \
    {#name, outcome, #verdict, {name##_1, name##_2, NULL, NULL, name##_end}},
#define TEST3(name, outcome, verdict, t1, t2, t3)                                                  \
    {#name, outcome, #verdict, {name##_1, name##_2, name##_3, NULL, NULL}},
#define TEST4(name, outcome, verdict, t1, t2, t3, t4)                                              \
    {#name, outcome, #verdict, {name##_1, name##_2, name##_3, name##_4, NULL}},
#include "tests.table"
};

enum { TESTS = sizeof tests / sizeof *tests };

static void *run(void *part) {
    (*(void (*const *)(void))part)();
    return NULL;
}

static int run_test(const test *t) {
    pthread_t thread[4];
    int n = 0;
    for (; n < 4 && t->part[n]; n++) {
        pthread_create(&thread[n], NULL, run, (void *)&t->part[n]);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(thread[i], NULL);
    }
    if (t->part[4]) {
        t->part[4]();
    }
    return 0;
}

int main(int argc, char **argv) {
#ifdef LIST
    (void)argc;
    (void)argv;
    for (int i = 0; i < TESTS; i++) {
        printf("%s %s %s\n", tests[i].name, tests[i].verdict, tests[i].outcome);
    }
    return run_test == NULL;
#else
    for (int i = 0; argc == 2 && i < TESTS; i++) {
        if (strcmp(tests[i].name, argv[1]) == 0) {
            return run_test(&tests[i]);
        }
    }
    return 2;
#endif
}
