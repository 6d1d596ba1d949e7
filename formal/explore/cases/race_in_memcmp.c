/* expect: 1 data race */
#include <pthread.h>
#include <string.h>

static char s[40], t[40];
static volatile int same;
static void *one(void *u) {
    same = memcmp(s, t, sizeof s) == 0;
    return u;
}
static void *two(void *u) {
    t[33] = 1;
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
