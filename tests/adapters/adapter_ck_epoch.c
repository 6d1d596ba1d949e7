#include "adapter_support.h"

#if defined(__has_include) && !__has_include(<ck_epoch.h>)

const char *adapter_use(void) {
    return "Concurrency Kit is not installed (package libck-dev)";
}
void adapter_reader_begin(void) {}
void adapter_reader_end(void) {}

#else

#include "weft_ck_epoch.h"

#include <ck_epoch.h>

#include <stddef.h>

static ck_epoch_t epoch;

/* One reader at a time. */
static ck_epoch_record_t reader;

const char *adapter_use(void) {
    static bool is_used;
    if (!is_used) {
        ck_epoch_init(&epoch);
        ck_epoch_register(&epoch, &reader, NULL);
        is_used = true;
    }
    weft_ck_epoch_use(&epoch);
    return NULL;
}

void adapter_reader_begin(void) {
    ck_epoch_begin(&reader, NULL);
}

void adapter_reader_end(void) {
    (void)ck_epoch_end(&reader, NULL);
}

#endif
