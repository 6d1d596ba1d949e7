/* expect: 1 data race */
/* What it writes. */
#include <pthread.h>
#include <stdio.h>

char text[16];
static void *one(void *u) {
    snprintf(text, sizeof text, "%d", 3);
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
