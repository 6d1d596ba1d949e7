/* expect: 0 safe */
/* Nobody signals: the deadline passes one day, and that is the end of it. */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ok;
int main(void) {
    struct timespec soon = {0, 0};
    int late = 0;
    pthread_mutex_lock(&m);
    while (!ok && !late) {
        late = pthread_cond_timedwait(&c, &m, &soon);
    }
    pthread_mutex_unlock(&m);
    return 0;
}
