/* weft_weak.h: weak cells: a way to an object that does not keep it alive.
 *
 * What it is for. Weak references, caches, registries: a cell leads to its object while that lives, and
 * to nothing afterwards. When not to use it: inside a structure that is torn down with the object.
 *
 *     weft_weak *cell = weft_weak_create(self, &object->head);   // one for each object
 *     weft_ref *found = weft_weak_get(self, cell);               // a reference, or NULL
 *     ...in the object's dealloc hook, once it is sure that it does not come back:
 *     weft_weak_clear(self, object->cell, &object->head);
 *
 * The words `target` and `references`
 *     target      references        state                        by
 *     object      1 + handles       live                         weft_weak_create
 *     NULL        handles           cleared                      weft_weak_clear
 *     NULL        0                 retired                      the last weft_weak_release
 *
 * An object has one cell at most; the host keeps it with the object and gives out handles to it. The
 * object's own reference to the cell is dropped by weft_weak_clear. While the dealloc hook runs a get finds
 * nothing; if the object comes back, and the cell was not cleared, it leads to the object again.
 * An object with a cell is never unique (weft_ref_unique). A cell is freed after a grace period, so
 * that who borrows it may still look.
 *
 * Not promised. That an object which a get did not find stays dead: its hook may bring it back (see above).
 *
 * Misuse that ends in the host's fatal hook: a second cell for an object, clearing another object's
 * cell, the verdict WEFT_REF_FREE for an object whose cell was not cleared.
 */
#ifndef WEFT_WEAK_H
#define WEFT_WEAK_H

#include "weft_ref.h"

WEFT_BEGIN_DECLS

typedef struct weft_weak {
    weft_atomic_ptr target;
    weft_atomic_uptr references;
    weft_qsbr_node node; /* once retired */
} weft_weak;

/* Makes the object's cell; the caller gets a handle. By a thread that has a reference to the object; of several
 * that might, the host lets one at a time. NULL: out of memory, nothing has changed. Flags the object
 * MAYBE_SHARED. Publish the cell by a release. */
weft_weak *weft_weak_create(weft_thread *self, weft_ref *object) WEFT_WARN_UNUSED;

/* A new reference to the object, or NULL if it is dead or dying. By a thread with a handle, or one that
 * borrows the cell. No quiescent state and nothing that may detach inside. Never blocks. */
weft_ref *weft_weak_get(weft_thread *self, weft_weak *cell);

/* The object is about to be freed: called by its dealloc hook. Drops the object's own handle. */
void weft_weak_clear(weft_thread *self, weft_weak *cell, weft_ref *object);

/* One handle more, by who has one; one less, the cell is freed after the last. `self` is NULL only in a
 * callback of lib/qsbr that was given NULL. */
void weft_weak_retain(weft_weak *cell);
void weft_weak_release(weft_thread *self, weft_weak *cell);

WEFT_END_DECLS

#endif /* WEFT_WEAK_H */
