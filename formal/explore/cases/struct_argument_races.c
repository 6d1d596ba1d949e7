/* expect: 1 data race */
/* A struct passed by value is read where it is passed. */
#include <pthread.h>

typedef struct pair {
    int a, b;
} pair;
static pair shared;
__attribute__((noinline)) static long sum(pair p) {
    return p.a + p.b;
}
static void *one(void *u) {
    return (char *)u + sum(shared);
}
static void *two(void *u) {
    shared.b = 1;
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
