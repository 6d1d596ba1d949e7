/* expect: 0 safe */
/* Once more for each value that a destructor stores, and not for ever. */
#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

static pthread_key_t key;
static int ran;
static void destroy(void *value) {
    ran++;
    pthread_setspecific(key, value);
}
static void *one(void *u) {
    pthread_setspecific(key, &ran);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_key_create(&key, destroy);
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    assert(ran == PTHREAD_DESTRUCTOR_ITERATIONS);
    return 0;
}
