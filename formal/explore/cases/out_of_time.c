/* expect: 2 bound hit: time; options: --time=0.000001 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int n;
static void *one(void *u) {
    for (int i = 0; i < 12; i++) {
        atomic_fetch_add_explicit(&n, 1, memory_order_relaxed);
    }
    return u;
}
static void *two(void *u) {
    return one(u);
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
