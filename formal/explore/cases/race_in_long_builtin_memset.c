/* expect: 1 data race */
#include <pthread.h>

char text[1024];
static void *one(void *u) {
    __builtin_memset(text, 0, sizeof text);
    return u;
}
static void *two(void *u) {
    text[1017] = 'x';
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
