/* Two mutexes share a hint. One unlocks and looks whether the hint may be cleared, while somebody waits
 * for the other. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static weft_mutex neighbour;

static void *waits(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    return NULL;
}

static void *unlocks_the_other(void *unused) {
    (void)unused;
    weft_mutex_lock(&neighbour);
    weft_mutex_unlock(&neighbour);
    return NULL;
}

static void *owns(void *unused) {
    (void)unused;
    weft_mutex_unlock(&mutex); /* the owner is the program: main locked it */
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits, unlocks_the_other, owns};
    weft_mutex_lock(&mutex);
    run_threads(3, bodies);
    assert(!weft_mutex_is_locked(&mutex));
    return 0;
}
