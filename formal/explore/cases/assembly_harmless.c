/* expect: 0 safe */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int flag;
static void *one(void *u) {
    while (!atomic_load_explicit(&flag, memory_order_acquire)) {
        __asm__ volatile("pause" ::: "memory");
        __asm__ volatile("rep; nop");
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    atomic_store_explicit(&flag, 1, memory_order_release);
    pthread_join(a, NULL);
    return 0;
}
