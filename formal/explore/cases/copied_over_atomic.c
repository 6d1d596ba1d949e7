/* expect: 1 assertion */
/* A struct with an atomic in it is copied over as a whole: the atomic has the new value at once, and not the old one. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

typedef struct slot {
    long a[3];
    atomic_int count;
} slot;
static slot shared, fresh;
static atomic_int done;
static void *one(void *u) {
    atomic_fetch_add(&shared.count, 1);
    atomic_store(&done, 1);
    return u;
}
int main(void) {
    pthread_t a;
    atomic_init(&fresh.count, 7);
    fresh.a[0] = 1;
    pthread_create(&a, NULL, one, NULL);
    while (!atomic_load(&done)) {
    }
    __builtin_memcpy(&shared, &fresh, sizeof shared);
    assert(atomic_load(&shared.count) != 7);
    pthread_join(a, NULL);
    return 0;
}
