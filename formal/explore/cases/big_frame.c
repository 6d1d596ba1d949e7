/* expect: 0 safe */
/* A mebibyte on the stack is not too much. */
#include <pthread.h>

static void *one(void *u) {
    volatile char big[1 << 20];
    for (int i = (int)sizeof big - 1; i >= 0; i -= 4096) {
        big[i] = 1;
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
