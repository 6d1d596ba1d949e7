/* expect: 1 deadlock */
/* As if main returned, or a thread ended, that holds one. */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
int main(void) {
    pthread_mutex_lock(&mutex);
    exit(0);
}
