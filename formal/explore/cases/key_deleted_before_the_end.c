/* expect: 1 assertion */
/* The thread may end before the key is deleted, or after. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_key_t key;
static int ran;
static atomic_int stored;
static void destroy(void *value) {
    (void)value;
    ran = 1;
}
static void *one(void *u) {
    pthread_setspecific(key, &key);
    atomic_store_explicit(&stored, 1, memory_order_release);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_key_create(&key, destroy);
    pthread_create(&a, NULL, one, NULL);
    while (!atomic_load_explicit(&stored, memory_order_acquire)) {
    }
    pthread_key_delete(key);
    pthread_join(a, NULL);
    assert(ran);
    return 0;
}
