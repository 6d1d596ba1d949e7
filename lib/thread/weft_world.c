#include "weft_world.h"

#include "weft_host.h"
#include "weft_lock.h"

#define ATTACHED WEFT_THREAD_ATTACHED
#define STOP WEFT_THREAD_STOP
#define WANTS_ATTACH WEFT_THREAD_WANTS_ATTACH

/* The word `running` of a runtime is 0 between stops. Threads that arrive subtract one each, maybe
 * before the stopper has added their number: it is then below zero, by wrapping round, and becomes
 * zero exactly when all have arrived. */

void weft_world_arrive_(weft_runtime *runtime) {
    /* Release: pairs with the acquire in await: what the thread did is visible to the
     * stopper. The runtime outlives the wake: this thread's slot holds a reference. */
    if (weft_fetch_sub_release_u32(&runtime->running, 1) == 1) {
        weft_wake_word(&runtime->running);
    }
}

/* Under list_lock. Each slot is attached or not at its RMW, and what it was decides who is waited
 * for: an attached one leaves that state once before it finds STOP clear again. */
static void request(weft_runtime *runtime, weft_thread *self) {
    uint32_t attached = 0;
    for (weft_thread *thread = runtime->threads; thread != NULL; thread = thread->next) {
        if (thread == self) {
            continue;
        }
        /* Acquire: pairs with the release of a thread that has detached. */
        if ((weft_fetch_or_acquire_u32(&thread->state, STOP) & ATTACHED) != 0) {
            attached++;
            weft_host_kick(weft_load_relaxed_ptr(&thread->host));
        }
    }
    /* Relaxed: as an RMW it goes on with the release sequences of those who were faster, for await. */
    weft_fetch_add_relaxed_u32(&runtime->running, attached);
}

static void await(weft_runtime *runtime) {
    weft_backoff backoff = {0};
    for (;;) {
        /* Acquire: pairs with weft_world_arrive_. */
        uint32_t running = weft_load_acquire_u32(&runtime->running);
        if (running == 0) {
            return;
        }
        /* A thread that loops is at its next safepoint sooner than a sleeping stopper wakes. */
        if (weft_backoff_pause(&backoff)) {
            continue;
        }
        weft_wait_word(&runtime->running, running, WEFT_WAIT_FOREVER);
    }
}

/* Under list_lock. */
static void resume(weft_runtime *runtime, weft_thread *self) {
    for (weft_thread *thread = runtime->threads; thread != NULL; thread = thread->next) {
        if (thread == self) {
            continue;
        }
        /* Release: pairs with the acquire of the attach: what was done in the stopped world. */
        if ((weft_fetch_and_release_u32(&thread->state, ~STOP) & WANTS_ATTACH) != 0) {
            weft_wake_word(&thread->state);
        }
    }
}

weft_thread_result weft_world_stop(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    if (weft_thread_current() != self) {
        weft_fatal("stop of the world by a thread that is not attached", "thread", self, NULL);
    }
    if (self->world_stopped) {
        weft_fatal("stop inside a world that the thread has stopped", "thread", self, NULL);
    }
    weft_mutex_lock(&runtime->list_lock);
    if (!weft_thread_is_attached(self)) {
        weft_mutex_unlock(&runtime->list_lock);
        return WEFT_THREAD_CLOSED;
    }
    request(runtime, self);
    await(runtime);
    self->world_stopped = true;
    return WEFT_THREAD_OK;
}

static void check_stopped(weft_thread *self) {
    if (!self->world_stopped) {
        weft_fatal("resume of a world that the thread has not stopped", "thread", self, NULL);
    }
}

void weft_world_resume(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    check_stopped(self);
    self->world_stopped = false;
    resume(runtime, self);
    weft_mutex_unlock(&runtime->list_lock);
}

void weft_world_stop_each_(weft_runtime *runtimes, weft_thread *self) {
    /* A wait for a list's lock detaches `self`, which nobody can keep from attaching again: its own
     * world, if stopped already, is stopped by itself. */
    for (weft_runtime *runtime = runtimes; runtime != NULL; runtime = runtime->next) {
        weft_mutex_lock(&runtime->list_lock);
        request(runtime, self);
    }
    for (weft_runtime *runtime = runtimes; runtime != NULL; runtime = runtime->next) {
        await(runtime);
    }
    if (self != NULL) {
        self->world_stopped = true;
    }
}

void weft_world_resume_each_(weft_runtime *runtimes, weft_thread *self) {
    if (self != NULL) {
        check_stopped(self);
        self->world_stopped = false;
    }
    for (weft_runtime *runtime = runtimes; runtime != NULL; runtime = runtime->next) {
        resume(runtime, self);
        weft_mutex_unlock(&runtime->list_lock);
    }
}
