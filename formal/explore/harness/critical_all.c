/* Sections on three objects by one call, named in any order and twice, beside another thread's that uses the same
 * objects: it takes some one inside the other and unwinds to a mark, at which the outermost is held again; BRIEF: it takes one of
 * them briefly, and keeps it as a section where it has more to do. */
#include "weft_critical.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_mutex objects[3];
static int counters[3]; /* plain */

static void *locks_all(void *unused) {
    weft_thread *self = enter(runtime);
    weft_critical section;
    weft_mutex *all[] = {&objects[2], &objects[0], &objects[2], &objects[1]};
    weft_critical_begin_all(self, &section, all, 4);
    assert(section.count == 3 && section.locked == 3);
    for (int i = 0; i < 3; i++) {
        counters[i]++;
    }
    weft_critical_end(self, &section);
    weft_thread_unregister(self);
    return unused;
}

#ifdef BRIEF
static void *locks_some(void *unused) {
    weft_thread *self = enter(runtime);
    weft_critical section;
    if (weft_critical_brief_begin(self, &objects[1])) {
        counters[1]++;
        weft_critical_brief_end(&objects[1]);
    } else {
        weft_critical_begin(self, &section, &objects[1]);
        counters[1]++;
        weft_critical_end(self, &section);
    }
    if (weft_critical_brief_begin(self, &objects[0])) {
        weft_critical_widen(self, &section, &objects[0]);
    } else {
        weft_critical_begin(self, &section, &objects[0]);
    }
    counters[0]++;
    weft_critical_end(self, &section);
    weft_thread_unregister(self);
    return unused;
}
#else
static void *locks_some(void *unused) {
    weft_thread *self = enter(runtime);
    weft_critical outer;
    weft_critical inner;
    weft_critical innermost;
    weft_mutex *others[] = {&objects[2], &objects[0]};
    weft_critical_begin(self, &outer, &objects[1]);
    weft_critical *mark = weft_critical_mark(self);
    assert(mark == &outer);
    weft_critical_begin_all(self, &inner, others, 2);
    counters[0]++;
    weft_critical_begin_all(self, &innermost, NULL, 0);
    weft_critical_unwind(self, mark);
    assert(weft_critical_mark(self) == mark && outer.locked == 1);
    counters[1]++;
    weft_critical_end(self, &outer);
    weft_thread_unregister(self);
    return unused;
}
#endif

int main(void) {
    void *(*const bodies[])(void *) = {locks_all, locks_some};
    runtime = weft_runtime_create(NULL);
    run_threads(2, bodies);
    assert(counters[0] == 2 && counters[1] == 2 && counters[2] == 1);
    for (int i = 0; i < 3; i++) {
        assert(!weft_mutex_is_locked(&objects[i]));
    }
    weft_runtime_release(runtime);
    return 0;
}
