/* expect: 0 safe; options: --reuse */
/* A block that is not aligned enough does not come back for an aligned one, whichever of the two was first. */
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

static void *volatile kept; /* or the compiler knows how aligned it is */
static void *one(void *u) {
    free(malloc(64));
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    kept = aligned_alloc(4096, 64);
    assert((uintptr_t)kept % 4096 == 0);
    free(kept);
    pthread_join(a, NULL);
    return 0;
}
