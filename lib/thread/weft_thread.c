/* Threads and runtimes. Read in this order: layers, slots, leaving and entering, the park hook,
 * safepoints, registering, runtimes, foreign threads, claims, fork. */
#include "weft_thread.h"

#include "weft_critical.h"
#include "weft_gil.h"
#include "weft_host.h"
#include "weft_world.h"

#include <string.h>

#define ATTACHED WEFT_THREAD_ATTACHED
#define SUSPENDED WEFT_THREAD_SUSPENDED
#define FREE WEFT_THREAD_FREE
#define CLAIMED WEFT_THREAD_CLAIMED
#define STOP WEFT_THREAD_STOP
#define PENDING WEFT_THREAD_PENDING
#define WANTS_ATTACH WEFT_THREAD_WANTS_ATTACH
#define GONE WEFT_THREAD_GONE
#define DROP_GIL WEFT_THREAD_DROP_GIL

/* The process's list of runtimes and the pool of dead ones. Held from stop to resume over all. Order
 * of locks: this, a runtime's list_lock, slots_lock, a GIL's lock. */
static weft_mutex runtimes_lock;
static weft_runtime *runtimes;
static weft_runtime *dead_runtimes;

/* The calling thread: its attached slot, and all its slots. */
static _Thread_local weft_thread *current;
static _Thread_local weft_thread *here;
static _Thread_local weft_thread_end end;
static _Thread_local bool awaits_end; /* `end` is known to the operating system seam */

/* An address that no other living thread has. */
static const void *this_thread(void) {
    return (const void *)&here;
}

weft_thread *weft_thread_current(void) {
    return current;
}

weft_thread *weft_thread_of(const weft_runtime *runtime) {
    weft_thread *thread = here;
    while (thread != NULL && weft_thread_runtime(thread) != runtime) {
        thread = thread->next_here;
    }
    return thread;
}

/* Who has stopped a world has its list's lock, and maybe more. */
static void check_no_stopped_world(const char *what) {
    if (WEFT_UNLIKELY(current != NULL && current->world_stopped)) {
        weft_fatal(what, "thread", current, NULL);
    }
}

static void check_owner(const weft_thread *self) {
    if (WEFT_UNLIKELY(self->owner != this_thread())) {
        weft_fatal("a slot is used by a thread that did not register it", "thread", self, NULL);
    }
}

/* ---- layers --------------------------------------------------------------------------------- */

/* Written under runtimes_lock while there is no runtime: whoever uses a runtime was handed it after
 * its creation took the lock. */
static const weft_thread_layer *layers[WEFT_AREA_COUNT];

void weft_thread_set_layer(unsigned area, const weft_thread_layer *layer) {
    weft_mutex_lock(&runtimes_lock);
    bool changes = layers[area] != layer;
    bool allowed = !changes || runtimes == NULL;
    if (changes && allowed) {
        layers[area] = layer;
    }
    weft_mutex_unlock(&runtimes_lock);
    if (!allowed) {
        weft_fatal("a layer is plugged in or out while runtimes exist", "layer", layer, NULL);
    }
}

/* Lower areas first. */
#define EACH_LAYER(member, ...)                                                                    \
    do {                                                                                           \
        for (unsigned area_ = 0; area_ < WEFT_AREA_COUNT; area_++) {                               \
            if (layers[area_] != NULL && layers[area_]->member != NULL) {                          \
                layers[area_]->member(__VA_ARGS__);                                                \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* Higher areas first: what they still give up is seen by the lower ones. */
#define EACH_LAYER_DOWN(member, ...)                                                               \
    do {                                                                                           \
        for (unsigned area_ = WEFT_AREA_COUNT; area_-- > 0;) {                                     \
            if (layers[area_] != NULL && layers[area_]->member != NULL) {                          \
                layers[area_]->member(__VA_ARGS__);                                                \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* A thread whose runtime was closed while it was away is detached for good, and what it still does
 * on its way out does nothing. */
static bool is_gone(const weft_thread *self) {
    return current != self && self->owner == this_thread() &&
           (weft_load_relaxed_u32(&self->state) & GONE) != 0;
}

void weft_thread_check_gone_(const weft_thread *self) {
    if (WEFT_UNLIKELY(current != self) && !is_gone(self)) {
        weft_fatal("host code that the runtime called came back detached", "thread", self,
                   "a callback, a finalizer or another hook has to attach again");
    }
}

/* As EACH_LAYER_DOWN, of hooks that run host code. That may detach, and come back detached for good from a
 * closed runtime: the layers below hear of it by `orphan`. */
#define EACH_LAYER_DOWN_ATTACHED(member, self, ...)                                                \
    do {                                                                                           \
        for (unsigned area_ = WEFT_AREA_COUNT; area_-- > 0 && current == (self);) {                \
            if (layers[area_] != NULL && layers[area_]->member != NULL) {                          \
                layers[area_]->member(__VA_ARGS__);                                                \
            }                                                                                      \
        }                                                                                          \
        weft_thread_check_gone_(self);                                                             \
    } while (0)

/* ---- slots ---------------------------------------------------------------------------------- */

/* Chunk 0 has slots 0 .. 63, chunk c > 0 the next 64 << (c - 1): as many as all before it. They
 * never move and are never given back; the part not used yet is not touched. */
#define FIRST_CHUNK 64U
#define CHUNK_LIMIT 20U
static weft_atomic_ptr chunks[CHUNK_LIMIT];
static weft_atomic_u32 slots_made; /* changed under slots_lock */
static weft_atomic_u32 id_limit = WEFT_ATOMIC_INIT(WEFT_MAX_ID);

/* Guards making slots and the free ones that no runtime has reserved: with an id, without. */
static weft_mutex slots_lock;
enum { WITH_ID = 0, WITHOUT_ID = 1 };
static weft_thread *free_slots[2];

static uint32_t chunk_of(uint32_t index) {
    uint32_t chunk = 0;
    while (index >= FIRST_CHUNK << chunk) {
        chunk++;
    }
    return chunk;
}

static uint32_t chunk_start(uint32_t chunk) {
    return chunk == 0 ? 0 : FIRST_CHUNK << (chunk - 1);
}

static uint32_t chunk_size(uint32_t chunk) {
    return chunk == 0 ? FIRST_CHUNK : FIRST_CHUNK << (chunk - 1);
}

uint32_t weft_thread_slot_count(void) {
    /* Acquire: pairs with the release in make_slot: the slots counted are initialised. */
    return weft_load_acquire_u32(&slots_made);
}

weft_thread *weft_thread_slot(uint32_t index) {
    uint32_t chunk = chunk_of(index);
    /* Relaxed: the caller's index is below a count that it loaded with acquire, and the chunk was
     * stored before that count. */
    weft_thread *slots = weft_load_relaxed_ptr(&chunks[chunk]);
    return &slots[index - chunk_start(chunk)];
}

weft_thread *weft_thread_by_id(uint16_t id) {
    if (id == WEFT_NO_ID || id > weft_thread_slot_count()) {
        return NULL;
    }
    weft_thread *thread = weft_thread_slot(id - 1U);
    return thread->id == id ? thread : NULL;
}

void weft_thread_set_id_limit(uint16_t limit) {
    /* Relaxed: read under slots_lock, and orders nothing. */
    weft_store_relaxed_u32(&id_limit, limit < WEFT_MAX_ID ? limit : WEFT_MAX_ID);
}

/* Under slots_lock. */
static weft_thread *make_slot(void) {
    /* Relaxed: changed under slots_lock only. */
    uint32_t index = weft_load_relaxed_u32(&slots_made);
    uint32_t chunk = chunk_of(index);
    if (chunk >= CHUNK_LIMIT) {
        return NULL;
    }
    /* Relaxed: stored under slots_lock only. */
    if (weft_load_relaxed_ptr(&chunks[chunk]) == NULL) {
        void *memory = weft_host_allocate(chunk_size(chunk) * sizeof(weft_thread), WEFT_CACHE_LINE);
        if (memory == NULL) {
            return NULL;
        }
        /* Relaxed: published by the release of slots_made. */
        weft_store_relaxed_ptr(&chunks[chunk], memory);
    }
    weft_thread *thread = weft_thread_slot(index);
    memset(thread, 0, sizeof *thread);
    thread->index = index;
    thread->id = index < weft_load_relaxed_u32(&id_limit) ? (uint16_t)(index + 1) : WEFT_NO_ID;
    weft_init_u32(&thread->state, FREE);
    /* Release: pairs with the acquire in weft_thread_slot_count. */
    weft_store_release_u32(&slots_made, index + 1);
    return thread;
}

static weft_thread *pop(weft_thread **list) {
    weft_thread *thread = *list;
    if (thread != NULL) {
        *list = thread->next;
    }
    return thread;
}

static void push(weft_thread **lists, weft_thread *thread) {
    weft_thread **list = &lists[thread->id != WEFT_NO_ID ? WITH_ID : WITHOUT_ID];
    thread->next = *list;
    *list = thread;
}

/* slots_lock, by who holds a list's lock, which it would keep if it came to be detached here: while its world is
 * stopped, by somebody who may wait for that lock; for good, if its runtime is closed. So it stays attached. Not for
 * long: all who lock it do so like this, and wait for nothing while they have it but the host's memory. A list's lock is
 * never waited for like this: it may have been handed to a thread that waits for its GIL, which this thread may hold. */
static void lock_slots(void) {
    weft_thread *attached = current;
    if (attached != NULL) {
        attached->unhooked = true;
    }
    weft_mutex_lock(&slots_lock);
    if (attached != NULL) {
        attached->unhooked = false;
    }
}

/* Under the runtime's list_lock. A slot with an id if there is any, the runtime's own first. */
static weft_thread *take_slot(weft_runtime *runtime) {
    weft_thread *thread = pop(&runtime->free_slots[WITH_ID]);
    if (thread != NULL) {
        return thread;
    }
    lock_slots();
    thread = pop(&free_slots[WITH_ID]);
    /* Relaxed, both: see make_slot. */
    if (thread == NULL && weft_load_relaxed_u32(&slots_made) < weft_load_relaxed_u32(&id_limit)) {
        thread = make_slot();
    }
    if (thread == NULL) {
        thread = pop(&runtime->free_slots[WITHOUT_ID]);
    }
    if (thread == NULL) {
        thread = pop(&free_slots[WITHOUT_ID]);
    }
    if (thread == NULL) {
        thread = make_slot();
    }
    weft_mutex_unlock(&slots_lock);
    return thread;
}

/* ---- leaving and entering -------------------------------------------------------------------- */

/* ATTACHED -> `becomes` (0: DETACHED, or SUSPENDED). Runs no host code and does not wait: the thread
 * may be queued for a lock that is being handed to it. Nothing, if it was left behind by a closed runtime: it
 * has left then, and who stops the world does not count it. */
static void leave(weft_thread *self, uint32_t becomes) {
    weft_runtime *runtime = weft_thread_runtime(self);
    uint32_t seen;
    if (WEFT_UNLIKELY(current != self)) {
        return;
    }
    if (self->section != NULL) {
        weft_critical_suspend_(self);
    }
    do {
        if (weft_load_relaxed_u32(&self->state) & PENDING) {
            if (weft_thread_take_pending(self)) {
                EACH_LAYER_DOWN(pending, self, false);
            }
        }
        EACH_LAYER_DOWN(detach, self);
        seen = weft_load_relaxed_u32(&self->state);
        /* Release: pairs with the acquires of who claims the slot (weft_thread_try_claim), stops
         * the world (weft_world.c) or sees it detached (a grace period's poll). What DROP_GIL asked
         * for is done here. */
        while ((seen & PENDING) == 0 &&
               !weft_cas_weak_release_u32(&self->state, &seen,
                                          (seen & ~(ATTACHED | DROP_GIL)) | becomes)) {
        }
    } while ((seen & PENDING) != 0);
    current = NULL;
    if (self->holds_gil) {
        weft_gil_release_(self);
    }
    if ((seen & STOP) != 0) {
        weft_world_arrive_(runtime);
    }
}

typedef enum entry { ENTERED, BLOCKED, CLOSED } entry;

/* One attempt to become ATTACHED. */
static entry try_enter(weft_thread *self) {
    uint32_t seen = weft_load_relaxed_u32(&self->state);
    for (;;) {
        if ((seen & (STOP | CLAIMED)) != 0) {
            return BLOCKED;
        }
        if ((seen & GONE) != 0) {
            return CLOSED;
        }
        uint32_t attached = (seen & ~(SUSPENDED | WANTS_ATTACH)) | ATTACHED;
        /* Sequentially consistent: who misses this thread, behind a fence, comes before it in the total order, so what
         * the thread reads so comes after what that one did. Acquire: pairs with the releases that cleared STOP
         * (resume) and CLAIMED (weft_thread_try_unclaim). Release: pairs with the acquires of who asks something of the
         * thread (weft_thread_break). */
        if (weft_cas_weak_seq_cst_u32(&self->state, &seen, attached)) {
            return ENTERED;
        }
    }
}

/* Sleeps while the world is stopped or the slot claimed. */
WEFT_COLD static void wait_unblocked(weft_thread *self) {
    /* Relaxed: who clears STOP or CLAIMED finds the bit by the same word's order, or was before. */
    uint32_t seen = weft_fetch_or_relaxed_u32(&self->state, WANTS_ATTACH) | WANTS_ATTACH;
    while ((seen & (STOP | CLAIMED)) != 0) {
        weft_wait_word(&self->state, seen, WEFT_WAIT_FOREVER);
        /* Relaxed: try_enter reads it again, in order. */
        seen = weft_load_relaxed_u32(&self->state);
    }
}

/* DETACHED or SUSPENDED -> ATTACHED. With `refuse`: returns BLOCKED, and nothing has changed, if the
 * world is stopping. CLOSED: DETACHED for good. */
static entry enter(weft_thread *self, bool refuse) {
    weft_runtime *runtime = weft_thread_runtime(self);
    for (;;) {
        /* Relaxed: a guess, compared again below. */
        bool gil = weft_load_relaxed_u32(&runtime->gil.on) != 0;
        if (WEFT_UNLIKELY(gil)) {
            weft_gil_take_(self);
        }
        entry attempt = try_enter(self);
        if (WEFT_LIKELY(attempt == ENTERED)) {
            current = self;
            EACH_LAYER(attach, self);
            if (WEFT_LIKELY(gil == weft_gil_is_on(runtime))) {
                if (self->section != NULL) {
                    weft_critical_restore_(self);
                }
                return ENTERED;
            }
            /* The world was stopped and the GIL switched between the guess and the entry. */
            leave(self, 0);
            continue;
        }
        if (self->holds_gil) {
            weft_gil_release_(self);
        }
        if (attempt == CLOSED) {
            /* Relaxed: the thread's own bits. */
            weft_fetch_and_relaxed_u32(&self->state, ~(SUSPENDED | WANTS_ATTACH));
            return CLOSED;
        }
        /* Relaxed: a world that stops after this is as good as one that stops after the entry. */
        if (refuse && (weft_load_relaxed_u32(&self->state) & STOP) != 0) {
            return BLOCKED;
        }
        wait_unblocked(self);
    }
}

/* A thread that comes back to a runtime that is gone has nowhere to go. */
WEFT_COLD static void enter_gone(weft_thread *self) {
    void (*gone)(weft_thread *) = weft_thread_runtime(self)->config.gone;
    if (self->leaving) {
        return;
    }
    if (gone != NULL) {
        gone(self);
        return;
    }
    weft_atomic_u32 never = WEFT_ATOMIC_INIT(0);
    for (;;) {
        weft_wait_word(&never, 0, WEFT_WAIT_FOREVER);
    }
}

static void enter_again(weft_thread *self) {
    if (WEFT_UNLIKELY(enter(self, false) == CLOSED)) {
        enter_gone(self);
    }
}

weft_thread_result weft_thread_attach(weft_thread *self) {
    check_owner(self);
    if (WEFT_UNLIKELY(current != NULL)) {
        weft_fatal(current == self ? "attach of a thread that is attached"
                                   : "attach of a thread that is attached in another runtime",
                   "thread", self, NULL);
    }
    self->leaving = true; /* it is told by the result, not by the hook `gone` */
    (void)enter(self, false);
    self->leaving = false;
    /* It may have waited for the objects of its section, attached, and have been left behind there. */
    return current == self ? WEFT_THREAD_OK : WEFT_THREAD_CLOSED;
}

static void check_attached(const weft_thread *self, const char *what) {
    if (WEFT_UNLIKELY(current != self)) {
        weft_fatal(what, "thread", self, NULL);
    }
}

void weft_thread_detach(weft_thread *self) {
    if (WEFT_UNLIKELY(is_gone(self))) {
        return;
    }
    check_attached(self, "detach of a thread that is not attached");
    if (self->world_stopped) {
        weft_fatal("detach inside a world that the thread has stopped", "thread", self, NULL);
    }
    weft_park_may_detach();
    /* Here host code may run; in leave it may not. */
    if ((weft_load_relaxed_u32(&self->state) & PENDING) != 0 && weft_thread_take_pending(self)) {
        EACH_LAYER_DOWN_ATTACHED(pending, self, self, true);
    }
    leave(self, 0);
}

/* ---- the park hook --------------------------------------------------------------------------- */

static void *hook_current(void) {
    return current != NULL && !current->unhooked ? current : NULL;
}

static void hook_enter(void *context) {
    weft_thread *self = context;
    if (WEFT_CHECKED && self->world_stopped) {
        weft_fatal("wait inside a world that the thread has stopped", "thread", self,
                   "a stopped or detached thread may hold what it waits for");
    }
    leave(self, 0);
}

static bool hook_try_leave(void *context) {
    return enter(context, true) == ENTERED;
}

static void hook_leave(void *context) {
    enter_again(context);
}

static void hook_may_detach(void *context) {
    weft_thread *self = context;
    EACH_LAYER(may_detach, self);
}

static const weft_park_hook HOOK = {
    .current = hook_current,
    .enter = hook_enter,
    .try_leave = hook_try_leave,
    .leave = hook_leave,
    .may_detach = hook_may_detach,
};

/* ---- safepoints ------------------------------------------------------------------------------ */

static void call_layer_breaks(weft_thread *self, uint32_t seen) {
    for (unsigned area = 0; area < WEFT_AREA_COUNT && current == self; area++) {
        const weft_thread_layer *layer = layers[area];
        if ((seen & WEFT_BREAK_LAYER(area)) != 0 && layer != NULL && layer->safepoint != NULL) {
            layer->safepoint(self);
        }
    }
    weft_thread_check_gone_(self);
}

uint32_t weft_thread_safepoint_slow(weft_thread *self) {
    if (is_gone(self)) {
        return GONE;
    }
    check_attached(self, "safepoint of a thread that is not attached");
    uint32_t seen = weft_load_relaxed_u32(&self->state);
    if ((seen & PENDING) != 0 && weft_thread_take_pending(self)) {
        EACH_LAYER_DOWN_ATTACHED(pending, self, self, true);
    }
    if ((seen & WEFT_BREAK_LAYERS) != 0) {
        call_layer_breaks(self, seen);
    }
    if ((seen & (STOP | DROP_GIL)) != 0 && !self->world_stopped && current == self) {
        leave(self, SUSPENDED);
        enter_again(self);
    }
    if (WEFT_UNLIKELY(is_gone(self))) {
        return GONE; /* since it left here, or since a hook did */
    }
    return (seen & WEFT_BREAK_HOST) != 0 ? weft_thread_clear_break(self, WEFT_BREAK_HOST) : 0;
}

void weft_thread_break(weft_thread *thread, uint32_t bits) {
    bits &= WEFT_BREAK_HOST | WEFT_BREAK_LAYERS;
    /* Release: pairs with the acquire in weft_thread_clear_break. Acquire: pairs with the attach: the pointer that
     * is kicked is this thread's, and what it points to is seen. */
    if ((weft_fetch_or_acq_rel_u32(&thread->state, bits) & ATTACHED) != 0) {
        weft_host_kick(weft_load_relaxed_ptr(&thread->host));
    }
}

/* ---- registering ----------------------------------------------------------------------------- */

static void at_thread_end(void);

/* A runtime whose last reference has gone is dead, and stays so. */
static bool retain_if_alive(weft_runtime *runtime) {
    uint32_t count = weft_load_relaxed_u32(&runtime->references);
    do {
        if (count == 0) {
            return false;
        }
        /* Relaxed: the caller holds list_lock, which a release that ends the runtime takes too. */
    } while (!weft_cas_weak_relaxed_u32(&runtime->references, &count, count + 1));
    return true;
}

/* True if it was the last: then the caller ends the runtime, without a lock. Who is on the runtime's list drops
 * its reference before it lets go of the list's lock: in the child of a fork it would be lost. */
static bool drop_reference(weft_runtime *runtime) {
    /* Acquire and release: what holders of other references did to it is over before it ends. */
    uint32_t before = weft_fetch_sub_acq_rel_u32(&runtime->references, 1);
    if (before == 0) {
        weft_fatal("release of a runtime that is gone", "runtime", runtime, NULL);
    }
    return before == 1;
}

static void end_runtime(weft_runtime *runtime);

/* Under list_lock. */
static void link_thread(weft_runtime *runtime, weft_thread *thread) {
    thread->previous = NULL;
    thread->next = runtime->threads;
    if (thread->next != NULL) {
        thread->next->previous = thread;
    }
    runtime->threads = thread;
}

/* Under list_lock. */
static void unlink_thread(weft_runtime *runtime, weft_thread *thread) {
    if (thread->previous != NULL) {
        thread->previous->next = thread->next;
    } else {
        runtime->threads = thread->next;
    }
    if (thread->next != NULL) {
        thread->next->previous = thread->previous;
    }
}

/* Under list_lock: a slot becomes this thread's. */
static void occupy(weft_runtime *runtime, weft_thread *thread, void *host) {
    /* Relaxed: others read it in slots they know to be registered, or for comparison only. */
    weft_store_relaxed_ptr(&thread->runtime, runtime);
    weft_store_relaxed_ptr(&thread->host, host);
    thread->owner = this_thread();
    thread->section = NULL;
    weft_store_relaxed_ptr(&thread->waits_for, NULL);
    thread->ensured = 0;
    thread->holds_gil = false;
    thread->world_stopped = false;
    thread->unhooked = false;
    thread->leaving = false;
    link_thread(runtime, thread);
    EACH_LAYER(birth, thread);
    /* Relaxed: the attach acquires what the last claimant released. CLAIMED and PENDING may be set: the
     * claimant goes on, and attach waits for it. */
    weft_fetch_and_relaxed_u32(&thread->state, ~FREE);
}

weft_thread_result weft_thread_register(weft_runtime *runtime, void *host, weft_thread **self) {
    *self = NULL;
    check_no_stopped_world("register inside a world that the thread has stopped");
    if (!awaits_end) {
        end.run = at_thread_end;
        awaits_end = weft_at_thread_end(&end);
    }
    weft_mutex_lock(&runtime->list_lock);
    if (runtime->closed || !retain_if_alive(runtime)) {
        weft_mutex_unlock(&runtime->list_lock);
        return WEFT_THREAD_CLOSED;
    }
    bool last = false;
    weft_thread *thread = awaits_end ? take_slot(runtime) : NULL;
    if (thread != NULL) {
        occupy(runtime, thread, host);
        thread->next_here = here;
        here = thread;
    } else {
        last = drop_reference(runtime);
    }
    weft_mutex_unlock(&runtime->list_lock);
    if (last) {
        end_runtime(runtime);
    }
    *self = thread;
    return thread != NULL ? WEFT_THREAD_OK : WEFT_THREAD_NO_MEMORY;
}

static void forget_here(weft_thread *self) {
    weft_thread **link = &here;
    while (*link != self) {
        link = &(*link)->next_here;
    }
    *link = self->next_here;
}

/* Under list_lock, by a thread that is attached or GONE: -> FREE. False if work is pending. */
static bool vacate(weft_thread *self) {
    uint32_t seen = weft_load_relaxed_u32(&self->state);
    do {
        if ((seen & ATTACHED) != 0 && (seen & PENDING) != 0) {
            return false;
        }
        /* Release: pairs with the acquire of claimants; the next owner has the list's lock. What is left
         * of the other bits was meant for this thread. */
    } while (!weft_cas_weak_release_u32(&self->state, &seen, FREE | (seen & (CLAIMED | PENDING))));
    return true;
}

/* Attached, or detached from a closed runtime: leaves the runtime for good. */
static void withdraw(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    self->leaving = true;
    for (;;) {
        if (current == self && weft_thread_take_pending(self)) {
            EACH_LAYER_DOWN_ATTACHED(pending, self, self, true);
        }
        EACH_LAYER_DOWN_ATTACHED(exit, self, self);
        /* May detach and attach again: then the runtime may have been closed in between. */
        weft_mutex_lock(&runtime->list_lock);
        if (current != self) {
            EACH_LAYER_DOWN(orphan, self);
        }
        if (vacate(self)) {
            break;
        }
        weft_mutex_unlock(&runtime->list_lock);
    }
    if (current == self) {
        current = NULL;
    }
    if (self->holds_gil) {
        weft_gil_release_(self);
    }
    unlink_thread(runtime, self);
    EACH_LAYER_DOWN(freed, self);
    forget_here(self);
    self->owner = NULL;
    push(runtime->free_slots, self);
    bool last = drop_reference(runtime);
    weft_mutex_unlock(&runtime->list_lock);
    if (last) {
        end_runtime(runtime);
    }
}

void weft_thread_unregister(weft_thread *self) {
    check_owner(self);
    if (self->section != NULL) {
        weft_fatal("unregister of a thread inside a critical section", "thread", self, NULL);
    }
    if (self->world_stopped) {
        weft_fatal("unregister inside a world that the thread has stopped", "thread", self, NULL);
    }
    if (self->ensured != 0) {
        weft_fatal("unregister of a thread that a guard counts on", "thread", self, NULL);
    }
    weft_thread *elsewhere = current != self ? current : NULL;
    if (elsewhere != NULL) {
        weft_thread_detach(elsewhere);
    }
    if (current != self) {
        (void)enter(self, false); /* if the runtime is closed: withdraw sees it */
    }
    withdraw(self);
    if (elsewhere != NULL) {
        enter_again(elsewhere);
    }
}

/* Runs when the thread ends, after its other destructors. */
static void at_thread_end(void) {
    awaits_end = false;
    while (here != NULL) {
        weft_thread *self = current != NULL ? current : here;
        if (self->section != NULL && self == current) {
            weft_fatal("a thread ended inside a critical section", "thread", self, NULL);
        }
        /* Sections of a detached thread hold nothing, and their records are gone with the stack. */
        self->section = NULL;
        if (self->world_stopped) {
            weft_fatal("a thread ended inside a world that it has stopped", "thread", self, NULL);
        }
        self->ensured = 0;
        weft_thread_unregister(self);
    }
}

/* ---- runtimes -------------------------------------------------------------------------------- */

static void set_up(weft_runtime *runtime, const weft_runtime_config *config) {
    static const weft_runtime_config DEFAULTS = {0};
    runtime->config = config != NULL ? *config : DEFAULTS;
    weft_store_relaxed_u32(&runtime->gil.on, runtime->config.gil);
    weft_store_relaxed_u64(&runtime->gil.switches, 0);
    weft_gil_set_interval(runtime, runtime->config.gil_interval);
}

static bool call_runtime_births(weft_runtime *runtime) {
    for (unsigned area = 0; area < WEFT_AREA_COUNT; area++) {
        const weft_thread_layer *layer = layers[area];
        if (layer == NULL || layer->runtime_birth == NULL || layer->runtime_birth(runtime)) {
            continue;
        }
        while (area-- > 0) {
            if (layers[area] != NULL && layers[area]->runtime_end != NULL) {
                layers[area]->runtime_end(runtime);
            }
        }
        return false;
    }
    return true;
}

/* Under runtimes_lock. With its list_lock. The memory of a dead runtime keeps its lock, which somebody with a stale
 * pointer may be holding at this moment: then it is left for a later one. */
static weft_runtime *take_runtime(void) {
    for (weft_runtime **link = &dead_runtimes; *link != NULL; link = &(*link)->next) {
        weft_runtime *dead = *link;
        if (weft_mutex_try_lock(&dead->list_lock)) {
            *link = dead->next;
            return dead;
        }
    }
    weft_runtime *runtime = weft_host_allocate(sizeof *runtime, WEFT_CACHE_LINE);
    if (runtime != NULL) {
        memset(runtime, 0, sizeof *runtime);
        runtime->closed = true;
        weft_mutex_lock(&runtime->list_lock); /* nobody else knows it */
    }
    return runtime;
}

weft_runtime *weft_runtime_create(const weft_runtime_config *config) {
    check_no_stopped_world("creation of a runtime inside a world that the thread has stopped");
    weft_park_decide(); /* its threads would be held up by that for milliseconds */
    weft_mutex_lock(&runtimes_lock);
    weft_park_set_hook(&HOOK);
    weft_runtime *runtime = take_runtime();
    if (runtime != NULL) {
        set_up(runtime, config);
        if (call_runtime_births(runtime)) {
            runtime->closed = false;
            /* Relaxed: read under list_lock, or by who was handed the runtime. */
            weft_store_relaxed_u32(&runtime->references, 1);
            weft_mutex_unlock(&runtime->list_lock);
            runtime->next = runtimes;
            runtimes = runtime;
        } else {
            weft_mutex_unlock(&runtime->list_lock);
            runtime->next = dead_runtimes;
            dead_runtimes = runtime;
            runtime = NULL;
        }
    }
    weft_mutex_unlock(&runtimes_lock);
    return runtime;
}

void weft_runtime_retain(weft_runtime *runtime) {
    /* Relaxed: the caller relies on a reference that is there already. */
    if (weft_fetch_add_relaxed_u32(&runtime->references, 1) == 0) {
        weft_fatal("retain of a runtime that is gone", "runtime", runtime, NULL);
    }
}

/* Under runtimes_lock and list_lock: slots go back to the process. */
static void give_slots(weft_runtime *runtime) {
    weft_thread *thread;
    lock_slots();
    for (int kind = WITH_ID; kind <= WITHOUT_ID; kind++) {
        while ((thread = pop(&runtime->free_slots[kind])) != NULL) {
            weft_store_relaxed_ptr(&thread->runtime, NULL);
            push(free_slots, thread);
        }
    }
    weft_mutex_unlock(&slots_lock);
}

/* Under runtimes_lock, and with list_lock, which it unlocks. */
static void bury(weft_runtime *runtime) {
    weft_runtime **link = &runtimes;
    while (*link != runtime) {
        link = &(*link)->next;
    }
    *link = runtime->next;
    runtime->closed = true;
    EACH_LAYER_DOWN(runtime_end, runtime);
    give_slots(runtime);
    memset(runtime->areas, 0, sizeof runtime->areas);
    weft_mutex_unlock(&runtime->list_lock);
    /* The memory's next runtime has another place in the list, which is the order of the locks. */
    weft_lockcheck_forget(runtime, sizeof *runtime);
    runtime->next = dead_runtimes;
    dead_runtimes = runtime;
}

/* runtimes_lock and the runtime's list_lock. Somebody with a stale pointer may have the latter for long: he is waited for
 * with nothing in hand. */
static void lock_to_bury(weft_runtime *runtime) {
    weft_mutex_lock(&runtimes_lock);
    while (!weft_mutex_try_lock(&runtime->list_lock)) {
        weft_mutex_unlock(&runtimes_lock);
        weft_mutex_lock(&runtime->list_lock);
        weft_mutex_unlock(&runtime->list_lock);
        weft_mutex_lock(&runtimes_lock);
    }
}

/* No reference is left, so nobody registers (retain_if_alive) while this runs. */
static void end_runtime(weft_runtime *runtime) {
    check_no_stopped_world("end of a runtime inside a world that the thread has stopped");
    EACH_LAYER_DOWN(runtime_last, runtime);
    lock_to_bury(runtime);
    bury(runtime);
    weft_mutex_unlock(&runtimes_lock);
}

void weft_runtime_release(weft_runtime *runtime) {
    if (drop_reference(runtime)) {
        end_runtime(runtime);
    }
}

void weft_runtime_close(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    if (weft_world_stop(self) != WEFT_THREAD_OK) {
        return;
    }
    runtime->closed = true;
    for (weft_thread *thread = runtime->threads; thread != NULL; thread = thread->next) {
        if (thread != self) {
            /* Relaxed: the release that clears STOP comes after it in the word's order. */
            weft_fetch_or_relaxed_u32(&thread->state, GONE);
        }
    }
    weft_world_resume(self);
}

/* ---- foreign threads ------------------------------------------------------------------------- */

static void step_out(weft_thread *previous) {
    if (previous != NULL) {
        if (previous->world_stopped) {
            weft_fatal("ensure inside a world that the thread has stopped", "thread", previous,
                       NULL);
        }
        weft_thread_detach(previous);
    }
}

static void step_back(weft_thread *previous) {
    if (previous != NULL) {
        enter_again(previous);
    }
}

weft_thread_result weft_thread_ensure(weft_runtime *runtime, void *host, weft_thread_guard *guard) {
    weft_thread *previous = current;
    *guard = (weft_thread_guard){NULL, NULL, false};
    if (previous != NULL && weft_thread_runtime(previous) == runtime) {
        guard->thread = previous;
        previous->ensured++;
        return WEFT_THREAD_OK;
    }
    step_out(previous);
    weft_thread *self = weft_thread_of(runtime);
    weft_thread_result result = WEFT_THREAD_OK;
    if (self == NULL) {
        result = weft_thread_register(runtime, host, &self);
    }
    if (result == WEFT_THREAD_OK) {
        result = weft_thread_attach(self);
    }
    if (result != WEFT_THREAD_OK) {
        step_back(previous);
        return result;
    }
    self->ensured++;
    *guard = (weft_thread_guard){self, previous, true};
    return WEFT_THREAD_OK;
}

static bool may_release(const weft_thread *self) {
    return self != NULL && (self == current || is_gone(self)) && self->ensured != 0;
}

void weft_thread_release(weft_thread_guard *guard) {
    weft_thread *self = guard->thread;
    if (!may_release(self)) {
        weft_fatal("release of a guard out of order", "thread", self, NULL);
    }
    self->ensured--;
    guard->thread = NULL;
    if (guard->attached) {
        weft_thread_detach(self);
        step_back(guard->previous);
    }
}

/* ---- claims ---------------------------------------------------------------------------------- */

bool weft_thread_post(weft_thread *thread) {
    /* Release: pairs with the acquire in weft_thread_take_pending: the queued work. Acquire: as in
     * weft_thread_break. */
    uint32_t seen = weft_fetch_or_acq_rel_u32(&thread->state, PENDING);
    if ((seen & ATTACHED) != 0) {
        weft_host_kick(weft_load_relaxed_ptr(&thread->host));
        return false;
    }
    if ((seen & GONE) != 0) {
        return (seen & CLAIMED) == 0;
    }
    return (seen & (SUSPENDED | CLAIMED | WANTS_ATTACH)) == 0;
}

bool weft_thread_try_claim(weft_thread *thread) {
    uint32_t seen = weft_load_relaxed_u32(&thread->state);
    for (;;) {
        if ((seen & (ATTACHED | CLAIMED)) != 0 ||
            ((seen & (SUSPENDED | WANTS_ATTACH)) != 0 && (seen & GONE) == 0)) {
            return false;
        }
        /* Acquire: pairs with the releases of leave, vacate and weft_thread_try_unclaim. */
        if (weft_cas_weak_acquire_u32(&thread->state, &seen, seen | CLAIMED)) {
            return true;
        }
    }
}

bool weft_thread_try_unclaim(weft_thread *thread) {
    uint32_t seen = weft_load_relaxed_u32(&thread->state);
    do {
        if ((seen & CLAIMED) == 0) {
            weft_fatal("unclaim of a slot that is not claimed", "thread", thread, NULL);
        }
        if ((seen & PENDING) != 0) {
            return false;
        }
        /* Release: pairs with the acquires of try_enter and weft_thread_try_claim. */
    } while (!weft_cas_weak_release_u32(&thread->state, &seen, seen & ~CLAIMED));
    if ((seen & WANTS_ATTACH) != 0) {
        weft_wake_word(&thread->state);
    }
    return true;
}

/* ---- fork ------------------------------------------------------------------------------------ */

/* With runtimes_lock. A wait for a list's lock detaches; if the thread's runtime is closed meanwhile, it comes
 * back all the same, to give runtimes_lock up again: current is not `self` then. */
static void stop_each(weft_thread *self) {
    if (self != NULL) {
        self->leaving = true;
    }
    weft_world_stop_each_(runtimes, self);
    if (self != NULL) {
        self->leaving = false;
    }
}

/* Between before_fork and what comes after it: this thread holds all locks. Under runtimes_lock. */
static bool forking;

void weft_thread_before_fork(weft_thread *self) {
    if (self != NULL) {
        check_attached(self, "fork with a slot that is not attached");
    } else if (current != NULL) {
        weft_fatal("fork without the slot in which the thread is attached", "thread", current,
                   NULL);
    }
    check_no_stopped_world("fork inside a world that the thread has stopped");
    weft_mutex_lock(&runtimes_lock);
    stop_each(self);
    weft_mutex_lock(&slots_lock);
    forking = true;
}

void weft_thread_after_fork_parent(weft_thread *self) {
    forking = false;
    weft_mutex_unlock(&slots_lock);
    weft_world_resume_each_(runtimes, self);
    weft_mutex_unlock(&runtimes_lock);
    if (self != NULL && current != self) {
        enter_gone(self);
    }
}

/* One thread is left. A lock that it took before the fork is its own; without that, whoever held it
 * is gone. */
static void reset_lock(weft_mutex *lock) {
    static const weft_mutex FRESH = WEFT_MUTEX_INIT;
    if (forking) {
        weft_mutex_unlock(lock);
    } else {
        *lock = FRESH;
    }
}

/* Drops the reference of each thread that does not exist here. */
static void free_the_dead(weft_runtime *runtime) {
    weft_thread *next;
    for (weft_thread *thread = runtime->threads; thread != NULL; thread = next) {
        next = thread->next;
        if (thread->owner == this_thread()) {
            weft_fetch_and_relaxed_u32(&thread->state, ~(STOP | CLAIMED | WANTS_ATTACH));
            continue;
        }
        weft_critical_after_fork_child_(thread, here);
        EACH_LAYER_DOWN(orphan, thread);
        weft_store_relaxed_u32(&thread->state, FREE);
        unlink_thread(runtime, thread);
        EACH_LAYER_DOWN(freed, thread);
        thread->owner = NULL;
        push(runtime->free_slots, thread);
        weft_fetch_sub_relaxed_u32(&runtime->references, 1);
    }
}

static void call_fork_children(void) {
    for (unsigned area = 0; area < WEFT_AREA_COUNT; area++) {
        if (layers[area] != NULL && layers[area]->fork_child != NULL) {
            layers[area]->fork_child();
        }
    }
}

static weft_thread *gil_holder_here(weft_runtime *runtime) {
    weft_thread *thread = runtime->threads;
    while (thread != NULL && !thread->holds_gil) {
        thread = thread->next;
    }
    return thread;
}

/* Runtimes that only threads held which do not exist here. */
static void release_unused(void) {
    weft_runtime *next;
    weft_mutex_lock(&runtimes_lock);
    for (weft_runtime *runtime = runtimes; runtime != NULL; runtime = next) {
        next = runtime->next;
        if (weft_load_relaxed_u32(&runtime->references) == 0) {
            weft_mutex_lock(&runtime->list_lock); /* there is no other thread */
            bury(runtime);
        }
    }
    weft_mutex_unlock(&runtimes_lock);
}

void weft_thread_after_fork_child(weft_thread *self) {
    if (self != NULL) {
        self->world_stopped = false;
    }
    weft_park_decide(); /* before there are threads again, which would make it slow, and while nothing waits for `self` */
    /* Claims that dead threads held on slots that nobody has. */
    for (uint32_t index = 0; index < weft_thread_slot_count(); index++) {
        weft_thread *thread = weft_thread_slot(index);
        if ((weft_load_relaxed_u32(&thread->state) & FREE) != 0) {
            weft_fetch_and_relaxed_u32(&thread->state, ~CLAIMED);
        }
    }
    for (weft_runtime *runtime = runtimes; runtime != NULL; runtime = runtime->next) {
        reset_lock(&runtime->list_lock);
        weft_store_relaxed_u32(&runtime->running, 0);
        free_the_dead(runtime);
        weft_gil_after_fork_child_(runtime, gil_holder_here(runtime));
    }
    /* Somebody with a stale pointer may have held one of these. */
    for (weft_runtime *dead = dead_runtimes; dead != NULL; dead = dead->next) {
        dead->list_lock = (weft_mutex)WEFT_MUTEX_INIT;
    }
    call_fork_children();
    reset_lock(&slots_lock);
    reset_lock(&runtimes_lock);
    forking = false;
    release_unused();
    /* Without the hook it goes on: there is nobody else to end a process whose only thread sleeps for ever. */
    if (self != NULL && current != self && weft_thread_runtime(self)->config.gone != NULL) {
        enter_gone(self);
    }
}

/* ---- all worlds: here because the list of runtimes is ---------------------------------------- */

weft_thread_result weft_world_stop_all(weft_thread *self) {
    check_attached(self, "stop of all worlds by a thread that is not attached");
    if (self->world_stopped) {
        weft_fatal("stop inside a world that the thread has stopped", "thread", self, NULL);
    }
    weft_mutex_lock(&runtimes_lock);
    if (current != self) {
        weft_mutex_unlock(&runtimes_lock);
        return WEFT_THREAD_CLOSED;
    }
    stop_each(self);
    if (current != self) {
        weft_world_resume_all(self);
        enter_gone(self);
        return WEFT_THREAD_CLOSED;
    }
    return WEFT_THREAD_OK;
}

void weft_world_resume_all(weft_thread *self) {
    weft_world_resume_each_(runtimes, self);
    weft_mutex_unlock(&runtimes_lock);
}
