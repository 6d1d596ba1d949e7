/* expect: 0 safe */
/* The last of two to hold it destroys and frees it, and another is made of the memory: as POSIX has it. */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t *m;
static int n;
static void *one(void *u) {
    pthread_mutex_t *mine = m;
    pthread_mutex_lock(mine);
    int last = ++n == 2;
    pthread_mutex_unlock(mine);
    if (last) {
        pthread_mutex_destroy(mine);
        pthread_mutex_init(mine, NULL);
        pthread_mutex_lock(mine);
        pthread_mutex_unlock(mine);
        pthread_mutex_destroy(mine);
        free(mine);
    }
    return u;
}
int main(void) {
    pthread_t a, b;
    m = malloc(sizeof *m);
    pthread_mutex_init(m, NULL);
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
