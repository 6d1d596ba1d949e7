/* expect: 1 bad key */
#include <pthread.h>
#include <stddef.h>

static pthread_key_t key;
static void *one(void *u) {
    return pthread_getspecific(key) ? u : NULL;
}
int main(void) {
    pthread_t a;
    pthread_key_create(&key, NULL);
    pthread_create(&a, NULL, one, NULL);
    pthread_key_delete(key);
    pthread_join(a, NULL);
    return 0;
}
