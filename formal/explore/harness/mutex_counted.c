/* The scenario of tests/mutex_scenarios.c in which threads count under one mutex, with two threads: the same function. */
#include "harness.h"

#define CHECK(expression) assert(expression)
#define ROUNDS 1
#include "../../../tests/mutex_counted.h"

static shared_counter shared;

static void *count(void *unused) {
    count_under_the_lock(&shared);
    return unused;
}

int main(void) {
    run_alike(count);
    assert(shared.count == THREADS * ROUNDS);
    assert(weft_load_relaxed_u8(&shared.mutex.state) == 0);
    return 0;
}
