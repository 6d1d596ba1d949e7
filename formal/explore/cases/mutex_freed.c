/* expect: 1 use after free */
#include <pthread.h>
#include <stdlib.h>

int main(void) {
    pthread_mutex_t *m = malloc(sizeof *m);
    pthread_mutex_init(m, NULL);
    free(m);
    pthread_mutex_lock(m);
    return 0;
}
