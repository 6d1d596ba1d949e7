/* expect: 1 bad detach */
#include <pthread.h>

static void *one(void *u) {
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_detach(a);
    pthread_detach(a);
    return 0;
}
