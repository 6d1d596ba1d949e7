/* A lock taken twice is free only after the second unlock; others are kept out meanwhile (the plain
 * counter would race), and a thread never takes itself for the owner when it is not. */
#include "weft_recursive.h"

#include "harness.h"

static weft_recursive lock;
static int sections;

static void *locks(void *unused) {
    (void)unused;
    assert(!weft_recursive_is_owner(&lock));
    weft_recursive_lock(&lock);
    assert(weft_recursive_try_lock(&lock));
    assert(weft_recursive_depth(&lock) == 2);
    weft_recursive_unlock(&lock);
    assert(weft_recursive_is_owner(&lock));
    sections++;
    weft_recursive_unlock(&lock);
    assert(!weft_recursive_is_owner(&lock));
    return NULL;
}

int main(void) {
    run_alike(locks);
    weft_recursive_lock(&lock);
    assert(sections == THREADS);
    weft_recursive_unlock(&lock);
    assert(!weft_recursive_is_locked(&lock));
    return 0;
}
