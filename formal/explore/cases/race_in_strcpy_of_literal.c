/* expect: 1 data race */
/* The compiler makes stores of it. */
#include <pthread.h>
#include <string.h>

char text[16];
static void *one(void *u) {
    strcpy(text, "hello");
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
