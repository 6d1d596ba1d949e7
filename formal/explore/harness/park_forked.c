/* The child of a fork, as far as memory goes: the other thread is gone from amidst its bucket's lock, and left itself in a
 * queue (UNQUEUED: it did not). SEAMS: it is gone while it has pages mapped for more records, or runs the heavy fence of a change of
 * the protocol. Who is left cleans up; then the lot works, and no record is used twice. */
#include "weft_park.h"

#include "harness.h"

#ifdef SEAMS
#include "seams.h"

static _Thread_local bool vanishes;

bool seam(int where, void (*child)(void)) {
    (void)child;
    if (vanishes && where == SEAMS) {
        pthread_exit(NULL);
    }
    return true;
}
#endif

static weft_atomic_u32 words[4];

static void park_and(weft_atomic_u32 *word, void (*queued)(const weft_park_request *request)) {
    weft_park_request request = {.address = word, .deadline = WEFT_WAIT_FOREVER, .queued = queued};
    assert(weft_park(&request, NULL) == WEFT_PARK_WOKEN);
}

static void wake(const weft_park_request *request) {
    weft_unpark_one(request->address, NULL, NULL);
}

static void park_at_the_next(const weft_park_request *outer) {
    weft_atomic_u32 *next = (weft_atomic_u32 *)(uintptr_t)outer->address + 1;
    park_and(next, next == &words[3] ? wake : park_at_the_next);
    wake(outer);
}

#ifndef SEAMS
static uintptr_t vanish(void *argument, const weft_unparked *unparked) {
    (void)argument;
    (void)unparked;
    pthread_exit(NULL);
    return 0;
}

#endif

#if !defined(UNQUEUED) && !defined(SEAMS)
static void vanish_from_unpark(const weft_park_request *request) {
    (void)request;
    weft_unpark_one(&words[0], vanish, NULL);
}
#endif

static void *is_left_behind(void *unused) {
    (void)unused;
#ifdef SEAMS
    vanishes = true;
    if (SEAMS == SEAM_FENCE) {
        weft_park_set_asymmetric(false);
    }
    park_and(&words[1], park_at_the_next); /* three records at once */
    assert(0);
#elif defined(UNQUEUED)
    weft_unpark_one(&words[0], vanish, NULL);
#else
    park_and(&words[1], vanish_from_unpark);
#endif
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {is_left_behind};
    weft_park_description now;
    park_and(&words[2], park_at_the_next); /* two records at once */
#ifdef SEAMS
    weft_park_set_asymmetric(SEAMS == SEAM_FENCE);
#endif
    run_threads(1, bodies);
    weft_park_after_fork_child();
    park_and(&words[1], park_at_the_next); /* three */
    park_and(&words[1], park_at_the_next);
    weft_park_describe(&now);
    assert(now.waiters == 3);
    return 0;
}
