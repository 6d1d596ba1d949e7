/* reclaimer_weft.h: lib/qsbr as a reclaimer. See reclaimer_loops.h. */
#include "weft_qsbr.h"

#include <stdlib.h>

typedef weft_thread *here_thread;

static weft_runtime *runtime;
static _Thread_local weft_thread *attached;

static weft_thread *here_self(void) {
    return attached;
}

static void here_start(void) {
    weft_qsbr_install();
    runtime = weft_runtime_create(NULL);
    if (runtime == NULL) {
        abort();
    }
}

static void here_enter(void) {
    if (weft_thread_register(runtime, NULL, &attached) != WEFT_THREAD_OK ||
        weft_thread_attach(attached) != WEFT_THREAD_OK) {
        abort();
    }
}

static void here_leave(void) {
    weft_thread_unregister(attached);
}

static void here_pause(weft_thread *self) {
    weft_thread_detach(self);
    if (weft_thread_attach(self) != WEFT_THREAD_OK) {
        abort();
    }
}

static void here_begin_reading(weft_thread *self) {
    (void)self;
}

static void here_tick(weft_thread *self) {
    weft_thread_safepoint(self);
    weft_qsbr_quiescent(self);
}

static void here_end_reading(weft_thread *self) {
    here_tick(self);
}

static void free_block(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    free(node);
}

static void here_retire(weft_thread *self, void *block, size_t size) {
    weft_qsbr_retire(self, block, free_block, size);
}

static void here_synchronize(void) {
    weft_qsbr_synchronize(attached);
}

static void here_settle(void) {
    weft_qsbr_barrier(attached);
}
