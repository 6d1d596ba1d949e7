/* expect: 1 out of bounds */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static void *one(void *u) {
    char *p = malloc(8);
    volatile int i = 8;
    p[i] = 1;
    free(p);
    return u;
}
static void *two(void *u) {
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
