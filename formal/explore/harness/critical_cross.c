/* Sections over the same two objects never deadlock and exclude each other, in whatever order they are
 * begun: at once, two objects by one call; NESTS: one inside the other, where who waits lets go of what it
 * holds. */
#include "weft_critical.h"
#include "weft_host.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_mutex objects[2];
static int counters[2]; /* plain */

static void *locks_both(void *argument) {
    uintptr_t first = (uintptr_t)argument;
    weft_thread *self = enter(runtime);
#ifdef NESTS
    weft_critical outer, inner;
    weft_critical_begin(self, &outer, &objects[first]);
    counters[first]++;
    weft_critical_begin(self, &inner, &objects[1 - first]);
    counters[1 - first]++;
    weft_critical_end(self, &inner);
    assert(weft_load_relaxed_ptr(&self->waits_for) == NULL);
    counters[first]++;
    weft_critical_end(self, &outer);
#else
    weft_critical2 both;
    weft_critical2_begin(self, &both, &objects[first], &objects[1 - first]);
    counters[0]++;
    counters[1]++;
    weft_critical2_end(self, &both);
#endif
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    void *(*const bodies[])(void *) = {locks_both, locks_both};
    runtime = weft_runtime_create(NULL);
    run_threads(2, bodies);
#ifdef NESTS
    assert(counters[0] == 3 && counters[1] == 3);
#else
    assert(counters[0] == 2 && counters[1] == 2);
#endif
    assert(!weft_mutex_is_locked(&objects[0]) && !weft_mutex_is_locked(&objects[1]));
    weft_runtime_release(runtime);
    return 0;
}
