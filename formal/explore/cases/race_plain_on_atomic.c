/* expect: 1 data race */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

int word;
static void *one(void *u) {
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    return u;
}
static void *two(void *u) {
    word = 2;
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
