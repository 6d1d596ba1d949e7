/* expect: 1 data race */
/* A struct returned by value is written where it is assigned. */
#include <pthread.h>

typedef struct big {
    long a[8];
} big;
static big shared;
__attribute__((noinline)) static big filled(long with) {
    big b;
    for (int i = 0; i < 8; i++) {
        b.a[i] = with;
    }
    return b;
}
static void *one(void *u) {
    shared = filled(3);
    return u;
}
static void *two(void *u) {
    return (char *)u + shared.a[5];
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
