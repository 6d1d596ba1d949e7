/* weft_critical.h: sections that lock objects, and let go of them when the thread blocks.
 *
 * What it is for: the operations of an interpreter on one, two or more objects, each of which has a
 * weft_mutex. While a section is the innermost one of an attached thread its objects are locked.
 * Whenever the thread blocks (it detaches, is stopped, waits for a lock) all objects of all its
 * sections are released; when it is back the innermost section locks its objects again, and an outer
 * section does once the inner ones have ended. So sections never deadlock, whatever is locked
 * inside them, and a stopped world finds no object locked. The price: what the objects guard may
 * have changed after every call that may detach. When not to use it: where that price is too high,
 * take a plain mutex.
 *
 *     weft_critical section;
 *     weft_critical_begin(self, &section, &object->mutex);
 *     object->count++;
 *     weft_critical_end(self, &section);
 *
 * A section record lies on the stack; sections nest and end in reverse order.
 *
 * States of a section
 *     locked  suspended  busy
 *     count   no         no     its objects are locked by this thread
 *     0       yes        no     suspended: the thread blocked inside it; so are all outer ones
 *     0       no         no     lent: an inner section on the same single object has it
 *     any     any        yes    it is being locked, lowest address first; if the thread sleeps
 *                               meanwhile the objects locked so far are released as well
 *
 * Rules
 *   - Blocking releases all held objects, also those of a section that is half locked.
 *   - Only the innermost section is restored on attach; the one under it when it has ended.
 *   - A section on an object that the section around it has locked alone takes it over without
 *     letting go of it, and gives it back at its end. On an object of any other outer section: all
 *     sections are suspended first, as if the thread had blocked.
 *   - longjmp, C++ exceptions: take a mark where the jump goes to, and unwind to it before the frames
 *     with the sections are gone: in the function that throws, not in the one that catches. In C++
 *     a weft_critical_guard ends its section when its frame unwinds.
 *
 * When a runtime is closed (see weft_thread.h) the sections of its other threads stay suspended, and
 * only their ends remain to be called.
 *
 * A mutex that guards an object is locked through sections only: in the child of a fork it is set free
 * if a thread waited for it that is gone, unless a section of the forking thread has it.
 *
 * Sections lock also while the GIL is on: switching it off needs no more than a stopped world.
 *
 * Not promised. That what a section guards is unchanged after a call that may detach. Fairness beyond that of
 * weft_mutex.h.
 *
 * Cost: begin and end of an uncontended section on one object: the mutex's pair and a few stores, which the pair waits
 * for; of a brief section the pair alone.
 *
 * Source. CPython's critical sections (Sam Gross, PEP 703).
 */
#ifndef WEFT_CRITICAL_H
#define WEFT_CRITICAL_H

#include "weft_thread.h"

WEFT_BEGIN_DECLS

/* A section on one object. Its address is its identity; do not copy. */
typedef struct weft_critical {
    struct weft_critical *previous; /* the section around it */
    weft_mutex *const *objects;     /* lowest address first, none twice */
    weft_mutex *only;               /* of one object: that */
    uint32_t count;
    uint32_t locked; /* objects[0 .. locked) are locked by this thread */
    /* See the states above. */
    bool suspended;
    bool busy;
} weft_critical;

/* A section on two. `section` is what a thread's other sections see of it. */
typedef struct weft_critical2 {
    weft_critical section;
    weft_mutex *objects[2]; /* the section's */
} weft_critical2;

/* Slow paths, not called by users. */
void weft_critical_begin_slow(weft_thread *self, weft_critical *section);
void weft_critical_end_slow(weft_thread *self, weft_critical *section);
bool weft_critical_brief_begin_checked(weft_thread *self, weft_mutex *mutex);
void weft_critical_brief_end_slow(weft_mutex *mutex);

/* The record of a section on one object, locked. */
static inline void weft_critical_record_(weft_thread *self, weft_critical *section,
                                         weft_mutex *mutex) {
    section->previous = self->section;
    section->objects = &section->only;
    section->only = mutex;
    section->count = 1;
    section->locked = 1;
    section->suspended = false;
    section->busy = false;
}

/* Begins a section on one object. Blocks until the object is free; may detach, and outer sections
 * are suspended then. The thread is attached. */
static inline void weft_critical_begin(weft_thread *self, weft_critical *section,
                                       weft_mutex *mutex) {
    weft_park_may_detach();
    weft_critical_record_(self, section, mutex);
    if (WEFT_UNLIKELY(WEFT_CHECKED || !weft_mutex_fast_lock_(mutex))) {
        weft_critical_begin_slow(self, section);
    } else {
        self->section = section;
    }
}

/* Ends the innermost section (else fatal). If the section around it was suspended it is restored:
 * may detach then. */
static inline void weft_critical_end(weft_thread *self, weft_critical *section) {
    weft_critical *previous = section->previous;
    if (WEFT_LIKELY(!WEFT_CHECKED && self->section == section && section->count == 1 &&
                    section->locked == 1 && (previous == NULL || previous->locked != 0))) {
        self->section = previous;
        if (WEFT_UNLIKELY(!weft_mutex_fast_unlock_(section->only))) {
            weft_mutex_unlock_slow(section->only);
        }
    } else {
        weft_critical_end_slow(self, section);
    }
}

/* A brief section: on one object that is free at this moment, without a record. Until its end the thread does nothing that may
 * block, detach or pass a safepoint, and runs no host code: there is nobody who would have to find the object, and let go of
 * it. False: it is not free, or the thread's own; take a section then. May detach, for the checks of borrows. */
static inline bool weft_critical_brief_begin(weft_thread *self, weft_mutex *mutex) {
    weft_park_may_detach();
#if WEFT_CHECKED
    return weft_critical_brief_begin_checked(self, mutex);
#else
    (void)self;
    return weft_mutex_fast_lock_(mutex);
#endif
}

/* Ends a brief section. */
static inline void weft_critical_brief_end(weft_mutex *mutex) {
    if (WEFT_UNLIKELY(WEFT_CHECKED || !weft_mutex_fast_unlock_(mutex))) {
        weft_critical_brief_end_slow(mutex);
    }
}

/* A brief section becomes a section, which ends with weft_critical_end. */
static inline void weft_critical_widen(weft_thread *self, weft_critical *section,
                                       weft_mutex *mutex) {
    weft_critical_record_(self, section, mutex);
    self->section = section;
}

/* A section on two objects, which may be the same one. Ends with weft_critical2_end. */
void weft_critical2_begin(weft_thread *self, weft_critical2 *section, weft_mutex *first,
                          weft_mutex *second);
static inline void weft_critical2_end(weft_thread *self, weft_critical2 *section) {
    weft_critical_end(self, &section->section);
}

/* A section on any number of objects, also none. The array belongs to the section until it ends; it
 * is sorted by address, and duplicates are dropped from it. Ends with weft_critical_end. */
void weft_critical_begin_all(weft_thread *self, weft_critical *section, weft_mutex **objects,
                             size_t count);

/* The innermost section as it is now, for weft_critical_unwind. */
static inline weft_critical *weft_critical_mark(const weft_thread *self) {
    return self->section;
}

/* Ends all sections begun since the mark was taken, and restores the one that is innermost then. May
 * detach. The records of the sections must still be there. A mark that is not among the thread's
 * sections is fatal. */
void weft_critical_unwind(weft_thread *self, weft_critical *mark);

/* ---- for the other files of this folder ------------------------------------------------------ */

/* The thread is about to leave its runtime: releases what its sections hold. */
void weft_critical_suspend_(weft_thread *self);
/* The thread is attached again. */
void weft_critical_restore_(weft_thread *self);
/* In the child of a fork: `dead` may have been handed an object that it could not take yet. `own` is
 * the list of the slots of the thread that is left. */
void weft_critical_after_fork_child_(weft_thread *dead, const weft_thread *own);

WEFT_END_DECLS

#ifdef __cplusplus
/* A section for the life of a C++ object. */
class weft_critical_guard {
  public:
    weft_critical_guard(weft_thread *self, weft_mutex *mutex) : self_(self) {
        weft_critical_begin(self_, &section_, mutex);
    }
    ~weft_critical_guard() { weft_critical_end(self_, &section_); }
    weft_critical_guard(const weft_critical_guard &) = delete;
    weft_critical_guard &operator=(const weft_critical_guard &) = delete;

  private:
    weft_thread *self_;
    weft_critical section_;
};
#endif

#endif /* WEFT_CRITICAL_H */
