/* The checked build's memory of who holds what, without the locks themselves: two threads lock and want the same one, and each
 * holds more than are listed for it, so that the table of owners is asked; what is reported is nothing (weft_fatal fails).
 * MEMORY_OUT: an owner could not be recorded: what is not known is not reported. FORKED: the other thread stays where it changes the
 * orders, as in the child of a fork; its handler empties the tables. */
#include "weft_lockcheck.h"
#include "weft_wait.h"

#include "harness.h"
#include "seams.h"

static char common, mine[2], others[2];

static void lock(const char *which) {
    weft_lockcheck_before(which, "mutex", "here");
    weft_lockcheck_acquired(which, "mutex", "here");
}
static void unlock(const char *which) {
    weft_lockcheck_released(which, "mutex", "here");
}

#ifdef SEAMS

static _Thread_local bool memory_out;
static _Thread_local bool stays;
static weft_atomic_uptr handler;
static weft_atomic_u32 ready;
static weft_atomic_u32 never;

bool seam(int where, void (*child)(void)) {
    if (where == SEAM_FORK_HANDLER) {
        weft_store_relaxed_uptr(&handler, (uintptr_t)child);
    }
    if (where == SEAM_PAGES && stays) {
        weft_store_release_u32(&ready, 1);
        await_value(&never, 1);
    }
    return where != SEAM_PAGES || !memory_out;
}

#endif

#if defined(MEMORY_OUT)

int main(void) {
    memory_out = true;
    lock(&mine[0]);
    unlock(&common); /* whose owner may have been lost */
    unlock(&mine[0]);
    return 0;
}

#elif defined(FORKED)

static void *stays_behind(void *unused) {
    lock(&others[0]);
    stays = true;
    lock(&common); /* the first order of all: memory for it */
    return unused;
}

int main(void) {
    pthread_t thread;
    lock(&mine[0]);
    weft_lockcheck_acquired(&mine[1], "mutex", "here"); /* tried: no order */
    pthread_create(&thread, NULL, stays_behind, NULL);
    await_value(&ready, 1);
    ((void (*)(void))weft_load_relaxed_uptr(&handler))();
    assert(weft_lockcheck_held(&mine[0]) != NULL);
    assert(weft_lockcheck_held(&others[0]) == NULL);
    unlock(&mine[1]);
    unlock(&common); /* owners of what a list has no place for are lost */
    lock(&mine[1]);
    unlock(&mine[1]);
    unlock(&mine[0]);
    return 0;
}

#else

static void *locks_it(void *unused) {
    (void)unused;
    lock(&others[0]);
    lock(&common);
    unlock(&common);
    unlock(&others[0]);
    return NULL;
}

static void *wants_it(void *unused) {
    (void)unused;
    lock(&mine[0]);
    lock(&mine[1]);
    weft_lockcheck_before(&common, "mutex", "here"); /* and gives up */
    unlock(&mine[1]);
    unlock(&mine[0]);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {locks_it, wants_it};
    run_threads(2, bodies);
    return 0;
}

#endif
