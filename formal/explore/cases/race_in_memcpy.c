/* expect: 1 data race */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct {
    char bytes[40];
} from, to;
static void *one(void *u) {
    memcpy(&to, &from, sizeof to);
    return u;
}
static void *two(void *u) {
    to.bytes[33] = 1;
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
