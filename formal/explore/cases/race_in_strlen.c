/* expect: 1 data race */
#include <pthread.h>
#include <string.h>

static char text[8] = "abc";
static volatile size_t n;
static void *one(void *u) {
    n = strlen(text);
    return u;
}
static void *two(void *u) {
    text[1] = 0;
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
