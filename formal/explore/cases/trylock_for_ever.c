/* expect: 1 livelock */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
int main(void) {
    pthread_mutex_lock(&m);
    while (pthread_mutex_trylock(&m) != 0) {
    }
    return 0;
}
