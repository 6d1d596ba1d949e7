/* When a thread asks itself for a safepoint, for want of cells or of memory, and what that safepoint does. By one thread. */
#include "weft_host.h"
#include "weft_ref.h"

#include "harness.h"
#include "memory.h"

static weft_runtime *runtime;
static int freed;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    (void)self;
    (void)head;
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof *head, sizeof(void *));
    freed++;
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

static weft_ref *make(weft_thread *self) {
    weft_ref *made = weft_host_allocate(sizeof *made, sizeof(void *));
    weft_ref_init(self, made);
    return made;
}

static bool is_asked(const weft_thread *self) {
    return (weft_load_relaxed_u32(&self->state) & WEFT_BREAK_LAYER(WEFT_AREA_REF)) != 0;
}

static uint64_t leaked(void) {
    weft_ref_statistics now;
    weft_ref_get_statistics(runtime, &now);
    return now.leaked;
}

static void drop_later(weft_thread *self, weft_ref *object) {
    weft_ref_incref(self, object);
    weft_ref_retire_decref(self, object, sizeof *object);
}

/* Who finds neither an entry nor memory looks again at its next safepoint. */
static void runs_out(void) {
    weft_thread *self = enter(runtime);
    weft_ref *it = make(self);
    memory_is_out = true;
    while (weft_ref_slot_of(self)->entries != NULL) {
        drop_later(self, it);
    }
    weft_thread_safepoint(self);
    assert(!is_asked(self) && leaked() == 0); /* in vain */
    drop_later(self, it);
    assert(is_asked(self) && leaked() == 1);
    memory_is_out = false;
    weft_thread_safepoint(self);
    assert(weft_ref_slot_of(self)->spare >= WEFT_REF_RESERVE);
    weft_qsbr_poll(self);
    for (int i = 0; i < 2; i++) { /* what has leaked, too */
        weft_ref_decref(self, it);
    }
    assert(freed == 1);
    weft_thread_unregister(self);
}

/* Who counts in a header for want of cells has some after its next safepoint. */
static void wants_cells(void) {
    weft_thread *self = enter(runtime);
    weft_ref *hot = make(self);
    assert(weft_ref_shard(self, hot));
    weft_thread_detach(self);
    weft_thread *other = enter(runtime);
    weft_ref_slot *slot = weft_ref_slot_of(other);
    assert(weft_load_relaxed_ptr(&slot->cells) == NULL && !is_asked(other));
    weft_ref_incref(other, hot);
    assert(is_asked(other));
    weft_thread_safepoint(other);
    assert(weft_load_relaxed_ptr(&slot->cells) != NULL);
    weft_ref_decref(other, hot);
    weft_ref_decref(other, hot);
    weft_qsbr_poll(other);
    assert(freed == 2);
    weft_thread_unregister(other);
    weft_thread_unregister(self);
}

int main(void) {
    static const weft_host host = {.allocate = allocate, .free = give_memory_back};
    weft_host_set(&host);
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    runs_out(); /* while the runtime has no other entries */
    wants_cells();
    weft_runtime_release(runtime);
    return 0;
}
