/* expect: 0 safe */
/* The twin of key_published_relaxed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_uint key;
static void *one(void *u) {
    pthread_key_t k = atomic_load_explicit(&key, memory_order_acquire);
    if (k) {
        pthread_setspecific(k, &key);
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_key_t k;
    pthread_create(&a, NULL, one, NULL);
    pthread_key_create(&k, NULL);
    atomic_store_explicit(&key, k, memory_order_release);
    pthread_join(a, NULL);
    return 0;
}
