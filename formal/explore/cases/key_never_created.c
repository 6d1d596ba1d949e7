/* expect: 1 bad key */
/* A key of zeros is not the first one that is created. */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_key_t created, other;
int main(void) {
    pthread_key_create(&created, NULL);
    pthread_setspecific(other, &other);
    return 0;
}
