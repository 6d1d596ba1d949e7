/* expect: 0 safe */
/* There is no block of such a size, wherever it might begin. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int main(void) {
    volatile size_t size = SIZE_MAX - 60;
    void *block = malloc(4), *huge = malloc(size);
    assert(!huge && errno == ENOMEM);
    assert(!realloc(block, size));
    assert(!calloc(size, 2));
    assert(!aligned_alloc(64, size));
    assert(posix_memalign(&huge, 64, size) == ENOMEM);
    assert(posix_memalign(&huge, 24, 64) == EINVAL);
    free(block);
    return 0;
}
