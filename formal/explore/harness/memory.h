/* memory.h: a host whose memory is out when the harness says so. */
#ifndef WEFT_HARNESS_MEMORY_H
#define WEFT_HARNESS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static bool memory_is_out;

static void *allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    return memory_is_out ? NULL
                         : aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void give_memory_back(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    free(memory);
}

#endif /* WEFT_HARNESS_MEMORY_H */
