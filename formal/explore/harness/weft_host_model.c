/* The host hooks (lib/base/weft_host.h) for harnesses: C's allocator, and misuse is a failure. */
#include "weft_host.h"

#include <assert.h>
#include <stdlib.h>

void *weft_host_allocate(size_t size, size_t alignment) {
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void weft_host_free(void *memory, size_t size, size_t alignment) {
    (void)size;
    (void)alignment;
    free(memory);
}

void weft_host_kick(void *thread) {
    (void)thread;
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
