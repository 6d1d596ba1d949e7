/* A lone thread spins before it would sleep; what it waits for comes free during the first pause, and it takes that after the next
 * look. WHAT: mutex, rwmutex. */
#include "weft_mutex.h"
#include "weft_rwmutex.h"

#include "harness.h"

#define MUTEX 0
#define RWMUTEX 1
#ifndef WHAT
#define WHAT MUTEX
#endif

#if WHAT == MUTEX

enum { FIRST_STEP = 1 }; /* pauses */
static weft_mutex mutex;

static void hold(void) {
    weft_mutex_lock(&mutex);
}
static void give_up(void) {
    weft_mutex_unlock(&mutex);
}

#else

enum { FIRST_STEP = 32 };
static weft_rwmutex lock;

static void hold(void) {
    weft_rwmutex_write_lock(&lock);
}
static void give_up(void) {
    weft_rwmutex_write_unlock(&lock);
}

#endif

void spins_pause(void);

static int pauses;

/* In place of the processor's instruction. */
void spins_pause(void) {
    if (pauses++ == 0) {
        give_up();
    }
}

static void *waits(void *unused) {
    (void)unused;
    hold();
#ifdef WEFT_SPIN_PAUSE
    assert(pauses == FIRST_STEP);
#endif
    give_up();
    return NULL;
}

#ifndef WEFT_SPIN_PAUSE
static void *gives_up(void *unused) {
    (void)unused;
    give_up();
    return NULL;
}
#endif

int main(void) {
#ifdef WEFT_SPIN_PAUSE
    void *(*bodies[])(void *) = {waits};
#else
    void *(*bodies[])(void *) = {waits, gives_up};
#endif
    hold();
    run_threads(sizeof bodies / sizeof *bodies, bodies);
    return 0;
}
