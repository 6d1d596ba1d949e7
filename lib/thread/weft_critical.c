#include "weft_critical.h"

#include "weft_gil.h"
#include "weft_host.h"

#define KIND "critical section"

/* ---- objects --------------------------------------------------------------------------------- */

/* In a stopped world an object can be locked for a moment yet, by a thread that was handed it and is
 * about to give it back; the stopper waits for that attached. If that thread needs the GIL to find
 * out that the world is stopped, it gets it: in a stopped world nobody else can do anything with it. */
WEFT_COLD static void lock_object_slow(weft_thread *self, weft_mutex *mutex) {
    bool lends_gil = self->world_stopped && self->holds_gil;
    self->unhooked = self->world_stopped;
    /* Relaxed, both: the thread is detached whenever another one could need it. */
    weft_store_relaxed_ptr(&self->waits_for, mutex);
    if (lends_gil) {
        weft_gil_release_(self);
    }
    (void)weft_mutex_lock_slow(mutex, WEFT_WAIT_FOREVER, false, NULL);
    if (lends_gil) {
        weft_gil_take_(self);
    }
    weft_store_relaxed_ptr(&self->waits_for, NULL);
    self->unhooked = false;
}

/* Sections have no order among themselves, as they let go when they block: the checked build knows
 * who holds an object, and records no order for it. */
static void lock_object(weft_thread *self, weft_mutex *mutex) {
    if (!weft_mutex_fast_lock_(mutex)) {
        lock_object_slow(self, mutex);
    }
    weft_lockcheck_acquired(mutex, KIND, NULL);
}

static bool try_lock_object(weft_mutex *mutex) {
    bool locked = weft_mutex_fast_lock_(mutex) || weft_mutex_try_lock_slow(mutex);
    if (locked) {
        weft_lockcheck_acquired(mutex, KIND, NULL);
    }
    return locked;
}

static void unlock_object(weft_mutex *mutex) {
    weft_lockcheck_released(mutex, KIND, NULL);
    if (!weft_mutex_fast_unlock_(mutex)) {
        weft_mutex_unlock_slow(mutex);
    }
}

static void unlock_objects(weft_critical *section) {
    while (section->locked > 0) {
        section->locked--;
        unlock_object(section->objects[section->locked]);
    }
}

/* ---- locking a section ------------------------------------------------------------------------- */

/* The thread slept for objects[last], and what was locked below it has been released: takes that
 * again if it is free, else lets go of objects[last] too. */
static void lock_below(weft_critical *section, uint32_t last) {
    for (uint32_t i = 0; i < last; i++) {
        if (!try_lock_object(section->objects[i])) {
            section->locked = i;
            unlock_objects(section);
            unlock_object(section->objects[last]);
            return;
        }
    }
    section->locked = last + 1;
}

/* Locks the objects of the innermost section. The locks below the one that is waited for are counted
 * in `locked`, where weft_critical_suspend_ finds them if the thread sleeps. */
static void lock_objects(weft_thread *self, weft_critical *section) {
    section->busy = true;
    while (section->locked < section->count) {
        uint32_t next = section->locked;
        lock_object(self, section->objects[next]);
        if (WEFT_UNLIKELY(!weft_thread_is_attached(self))) {
            /* The runtime was closed meanwhile: nobody is here to use the objects. */
            unlock_object(section->objects[next]);
            section->busy = false;
            return;
        }
        if (section->locked == next) {
            section->locked = next + 1;
        } else {
            lock_below(section, next);
        }
    }
    section->suspended = false;
    section->busy = false;
}

static bool is_lent(const weft_critical *outer, const weft_critical *inner) {
    return outer != NULL && outer->count == 1 && inner->count == 1 &&
           outer->objects[0] == inner->objects[0];
}

/* Whether a section of the thread has locked one of these objects. */
static bool holds_any(const weft_critical *sections, const weft_critical *wanted) {
    for (const weft_critical *held = sections; held != NULL && !held->suspended;
         held = held->previous) {
        for (uint32_t i = 0; i < held->locked; i++) {
            for (uint32_t j = 0; j < wanted->count; j++) {
                if (held->objects[i] == wanted->objects[j]) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* Makes the section the innermost one; its objects are not locked yet. */
static void begin(weft_thread *self, weft_critical *section) {
    weft_critical *previous = self->section;
    section->locked = 0;
    section->suspended = false;
    section->busy = false;
    if (is_lent(previous, section) && previous->locked == 1) {
        previous->locked = 0;
        section->locked = 1;
        self->section = section;
        return;
    }
    if (holds_any(previous, section)) {
        weft_critical_suspend_(self);
    }
    section->previous = previous;
    section->busy = true; /* before it can be found: whoever attaches must not restore it */
    self->section = section;
    lock_objects(self, section);
}

void weft_critical_begin_slow(weft_thread *self, weft_critical *section) {
    if (WEFT_CHECKED && !weft_thread_is_attached(self)) {
        weft_fatal("critical section of a thread that is not attached", "thread", self, NULL);
    }
    if (try_lock_object(section->only)) {
        self->section = section;
        return;
    }
    begin(self, section);
}

void weft_critical2_begin(weft_thread *self, weft_critical2 *section, weft_mutex *first,
                          weft_mutex *second) {
    section->objects[0] = first;
    section->objects[1] = second;
    weft_critical_begin_all(self, &section->section, section->objects, 2);
}

static bool is_below(const weft_mutex *left, const weft_mutex *right) {
    return (uintptr_t)left < (uintptr_t)right;
}

static size_t drop_duplicates(weft_mutex **objects, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || objects[i] != objects[kept - 1]) {
            objects[kept++] = objects[i];
        }
    }
    return kept;
}

/* Heap sort: the C library's may allocate. */
static void sift_down(weft_mutex **objects, size_t root, size_t count) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && is_below(objects[child], objects[child + 1])) {
            child++;
        }
        if (!is_below(objects[root], objects[child])) {
            return;
        }
        weft_mutex *swapped = objects[root];
        objects[root] = objects[child];
        objects[child] = swapped;
    }
}

static void sort(weft_mutex **objects, size_t count) {
    for (size_t root = count / 2; root-- > 0;) {
        sift_down(objects, root, count);
    }
    for (size_t end = count; end-- > 1;) {
        weft_mutex *largest = objects[0];
        objects[0] = objects[end];
        objects[end] = largest;
        sift_down(objects, 0, end);
    }
}

void weft_critical_begin_all(weft_thread *self, weft_critical *section, weft_mutex **objects,
                             size_t count) {
    weft_park_may_detach();
    if (WEFT_CHECKED && !weft_thread_is_attached(self)) {
        weft_fatal("critical section of a thread that is not attached", "thread", self, NULL);
    }
    sort(objects, count);
    section->previous = self->section;
    section->objects = objects;
    section->count = (uint32_t)drop_duplicates(objects, count);
    section->only = section->count == 1 ? objects[0] : NULL;
    begin(self, section);
}

bool weft_critical_brief_begin_checked(weft_thread *self, weft_mutex *mutex) {
    if (!weft_thread_is_attached(self)) {
        weft_fatal("critical section of a thread that is not attached", "thread", self, NULL);
    }
    bool locked = weft_mutex_fast_lock_(mutex);
    if (locked) {
        weft_lockcheck_acquired(mutex, KIND, NULL);
    }
    return locked;
}

/* ---- ending ------------------------------------------------------------------------------------ */

void weft_critical_brief_end_slow(weft_mutex *mutex) {
    unlock_object(mutex);
}

/* Ends the innermost section without restoring the one around it. */
static void pop(weft_thread *self, weft_critical *section) {
    weft_critical *previous = section->previous;
    if (section->locked == 1 && is_lent(previous, section)) {
        section->locked = 0;
        previous->locked = 1;
        previous->suspended = false;
    }
    self->section = previous;
    unlock_objects(section);
}

static void restore(weft_thread *self) {
    weft_critical *section = self->section;
    if (section != NULL && section->locked < section->count && weft_thread_is_attached(self)) {
        lock_objects(self, section);
    }
}

void weft_critical_end_slow(weft_thread *self, weft_critical *section) {
    if (self->section != section) {
        weft_fatal("end of a critical section that is not the innermost", "thread", self, NULL);
    }
    pop(self, section);
    restore(self);
}

void weft_critical_unwind(weft_thread *self, weft_critical *mark) {
    while (self->section != mark) {
        if (self->section == NULL) {
            weft_fatal("unwind to a mark that is not among the sections", "thread", self, NULL);
        }
        pop(self, self->section);
    }
    restore(self);
}

/* ---- blocking ---------------------------------------------------------------------------------- */

void weft_critical_suspend_(weft_thread *self) {
    /* All sections around a suspended one are suspended. */
    for (weft_critical *section = self->section; section != NULL; section = section->previous) {
        bool reached = section->suspended && !section->busy;
        unlock_objects(section);
        section->suspended = true;
        if (reached) {
            break;
        }
    }
}

void weft_critical_restore_(weft_thread *self) {
    weft_critical *section = self->section;
    if (!section->busy) {
        restore(self);
    }
}

/* ---- fork -------------------------------------------------------------------------------------- */

static bool is_held(const weft_thread *own, const weft_mutex *mutex) {
    for (; own != NULL; own = own->next_here) {
        for (const weft_critical *section = own->section; section != NULL;
             section = section->previous) {
            for (uint32_t i = 0; i < section->locked; i++) {
                if (section->objects[i] == mutex) {
                    return true;
                }
            }
        }
    }
    return false;
}

void weft_critical_after_fork_child_(weft_thread *dead, const weft_thread *own) {
    weft_mutex *mutex = weft_load_relaxed_ptr(&dead->waits_for);
    if (mutex != NULL && !is_held(own, mutex)) {
        /* Handed to `dead` while the world was stopped: it would have given it back. */
        weft_fetch_and_relaxed_u8(&mutex->state, WEFT_MUTEX_HOST_BITS);
    }
}
