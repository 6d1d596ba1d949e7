/* expect: 1 assertion */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../explore.h"
static void *one(void *u) {
    int a = explore_choose(3), b = explore_choose(3);
    assert(a != 2 || b != 1);
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
