/* The host hooks (lib/base/weft_host.h) for harnesses: C's allocator, and misuse is a failure. Of what a harness sets only the
 * kick and `allocate` are called. */
#include "weft_host.h"

#include <assert.h>
#include <stdlib.h>

static weft_host host; /* set before there are other threads */

void weft_host_set(const weft_host *hooks) {
    host = *hooks;
}

void *weft_host_allocate(size_t size, size_t alignment) {
    if (host.allocate != NULL) {
        return host.allocate(host.context, size, alignment);
    }
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void weft_host_free(void *memory, size_t size, size_t alignment) {
    (void)size;
    (void)alignment;
    free(memory);
}

void weft_host_kick(void *thread) {
    if (host.kick != NULL) {
        host.kick(host.context, thread);
    }
}

WEFT_NORETURN void weft_fatal(const char *what, const char *kind, const void *object,
                              const char *detail) {
    (void)what;
    (void)kind;
    (void)object;
    (void)detail;
    assert(!"weft_fatal was called");
    abort();
}
