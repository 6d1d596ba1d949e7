/* expect: 1 deadlock; options: --no-deadlines */
/* Nobody signals, and waits have no deadlines: the one that waits is stuck. */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
int main(void) {
    struct timespec soon = {0, 0};
    pthread_mutex_lock(&m);
    pthread_cond_timedwait(&c, &m, &soon);
    pthread_mutex_unlock(&m);
    return 0;
}
