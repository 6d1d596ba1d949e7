/* expect: 2 bound hit: more than 512 seq_cst accesses and fences */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int n;
static void *many(void *u) {
    for (int i = 0; i < 300; i++) {
        atomic_fetch_add(&n, 1);
    }
    return u;
}
static void *look(void *u) {
    atomic_load(&n);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, many, NULL);
    pthread_create(&b, NULL, look, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
