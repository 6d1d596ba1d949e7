/* expect: 2 has code that is not modelled: inline assembly */
#include <pthread.h>

static int n;
static void *one(void *u) {
    __asm__ volatile("lock; addl $1, %0" : "+m"(n));
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    one(NULL);
    pthread_join(a, NULL);
    return 0;
}
