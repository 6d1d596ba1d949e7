/* reclaimer_ck.h: ck_epoch as a reclaimer. See reclaimer_loops.h. HERE_READS: each thread is in a section from the first to the
 * last, but for the moments without reading; else only while it reads. */
#include <ck_epoch.h>
#include <stdlib.h>

typedef ck_epoch_record_t *here_thread;

static ck_epoch_t epoch;
static _Thread_local ck_epoch_record_t *registered;

static ck_epoch_record_t *here_self(void) {
    return registered;
}

static void here_start(void) {
    ck_epoch_init(&epoch);
}

static void here_enter(void) {
    void *memory;
    if (posix_memalign(&memory, 128, sizeof *registered) != 0) {
        abort();
    }
    registered = memory;
    ck_epoch_register(&epoch, registered, NULL);
    if (HERE_READS) {
        ck_epoch_begin(registered, NULL);
    }
}

static void here_leave(void) {
    ck_epoch_unregister(registered);
}

static void here_begin_reading(ck_epoch_record_t *self) {
    ck_epoch_begin(self, NULL);
}

static void here_end_reading(ck_epoch_record_t *self) {
    ck_epoch_end(self, NULL);
}

static void here_pause(ck_epoch_record_t *self) {
    ck_epoch_begin(self, NULL);
    ck_epoch_end(self, NULL);
}

/* Nobody but this thread frees what it has retired. */
static void here_tick(ck_epoch_record_t *self) {
    if (HERE_READS) {
        ck_epoch_end(self, NULL);
    }
    ck_epoch_poll(self);
    if (HERE_READS) {
        ck_epoch_begin(self, NULL);
    }
}

static void free_block(ck_epoch_entry_t *entry) {
    free(entry);
}

static void here_retire(ck_epoch_record_t *self, void *block, size_t size) {
    (void)size;
    ck_epoch_call(self, block, free_block);
}

static void here_synchronize(void) {
    ck_epoch_synchronize(registered);
}

static void here_settle(void) {
    if (HERE_READS) {
        ck_epoch_end(registered, NULL);
    }
    ck_epoch_barrier(registered);
}
