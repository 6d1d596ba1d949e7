/* shrink.h: makes a sequence of operations that fails as short as it can. */
#ifndef WEFT_TESTS_SHRINK_H
#define WEFT_TESTS_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Whether a run of the operations fails. */
typedef bool (*shrink_fails)(const void *context, const uint8_t *bytes, size_t size);

/* Leaves out half of the operations, quarters, and so on, for as long as any of these still fails. `step`: the bytes of
 * an operation. Changes `bytes` in place; returns how many are left. */
static inline size_t shrink(uint8_t *bytes, size_t size, size_t step, shrink_fails fails,
                            const void *context) {
    size -= size % step;
    uint8_t *shorter = malloc(size);
    if (shorter == NULL) {
        return size;
    }
    size_t chunk = size / 2 - size / 2 % step;
    while (chunk >= step) {
        bool progress = false;
        for (size_t at = 0; at + chunk <= size;) {
            memcpy(shorter, bytes, at);
            memcpy(&shorter[at], &bytes[at + chunk], size - at - chunk);
            if (fails(context, shorter, size - chunk)) {
                size -= chunk;
                memcpy(bytes, shorter, size);
                progress = true;
            } else {
                at += chunk;
            }
        }
        if (!progress) {
            chunk = chunk / 2 - chunk / 2 % step;
        }
    }
    free(shorter);
    return size;
}

#endif /* WEFT_TESTS_SHRINK_H */
