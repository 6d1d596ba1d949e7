#include "weft_weak.h"

#include "weft_host.h"

weft_weak *weft_weak_create(weft_thread *self, weft_ref *object) {
    (void)self;
    weft_weak *cell = weft_host_allocate(sizeof *cell, sizeof(void *));
    if (cell == NULL) {
        return NULL;
    }
    weft_init_ptr(&cell->target, object);
    weft_init_uptr(&cell->references, 2);
    weft_ref_maybe_share(object);
    /* Relaxed: the host orders those who may. */
    if ((weft_fetch_or_relaxed_u8(&object->flags, WEFT_REF_HAS_WEAK) & WEFT_REF_HAS_WEAK) != 0) {
        weft_host_free(cell, sizeof *cell, sizeof(void *));
        weft_fatal("second weak cell of an object", "object", object, NULL);
    }
    return cell;
}

weft_ref *weft_weak_get(weft_thread *self, weft_weak *cell) {
    /* Relaxed: who may use the cell has it by a release and an acquire of the host, which order the object's
     * beginning, too; after that the target only becomes NULL. */
    weft_ref *object = weft_load_relaxed_ptr(&cell->target);
    if (object == NULL || !weft_ref_try_incref(self, object)) {
        return NULL;
    }
    return object;
}

void weft_weak_clear(weft_thread *self, weft_weak *cell, weft_ref *object) {
    /* Relaxed: only the hook of the object's one death changes it. */
    if (weft_load_relaxed_ptr(&cell->target) != object) {
        weft_fatal("clear of a weak cell that is not the object's", "weak cell", cell, NULL);
    }
    /* Relaxed: a reader that comes too late for it finds a dead header, until the grace period after
     * which the memory goes, and which this store precedes, ends. */
    weft_store_relaxed_ptr(&cell->target, NULL);
    weft_fetch_and_relaxed_u8(&object->flags, (uint8_t)~WEFT_REF_HAS_WEAK);
    weft_weak_release(self, cell);
}

void weft_weak_retain(weft_weak *cell) {
    /* Relaxed: the caller has a handle. */
    weft_fetch_add_relaxed_uptr(&cell->references, 1);
}

static void free_cell(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    void *cell = (unsigned char *)node - offsetof(weft_weak, node);
    weft_qsbr_free(cell, sizeof(weft_weak), sizeof(void *));
}

void weft_weak_release(weft_thread *self, weft_weak *cell) {
    /* Relaxed: the grace period orders what others did with the cell before it is freed. */
    if (weft_fetch_sub_relaxed_uptr(&cell->references, 1) != 1) {
        return;
    }
    /* Where no thread is left nobody looks. */
    if (self == NULL || weft_ref_slot_of(self)->stand_in) {
        free_cell(self, &cell->node);
        return;
    }
    weft_qsbr_retire(self, &cell->node, free_cell, sizeof *cell);
}
