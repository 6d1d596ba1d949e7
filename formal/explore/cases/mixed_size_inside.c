/* expect: 1 mixed size */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static union {
    unsigned word;
    unsigned char byte[4];
} v;
static void *one(void *u) {
    __atomic_store_n(&v.word, 1, __ATOMIC_SEQ_CST);
    return u;
}
static void *two(void *u) {
    return __atomic_load_n(&v.byte[1], __ATOMIC_SEQ_CST) ? u : NULL;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
