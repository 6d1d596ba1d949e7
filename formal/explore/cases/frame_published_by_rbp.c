/* expect: 1 data race */
/* A compiler may keep the address of a local in rbp, which is then no frame pointer: the frame is shared. */
#include <pthread.h>

typedef struct pair {
    long a[2];
} pair;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pair *shared;
static pthread_t reader;
static void *read_it(void *u) {
    pthread_mutex_lock(&mutex);
    pair *p = shared;
    pthread_mutex_unlock(&mutex);
    return p != NULL ? (char *)u + p->a[1] : u;
}
static void start(void) {
    pthread_create(&reader, NULL, read_it, NULL);
}
static void end(void) {
    pthread_join(reader, NULL);
}
__attribute__((noinline, no_sanitize("thread"))) static void publish(void) {
    pair local;
    __builtin_memset(&local, 1, sizeof local);
    pthread_mutex_lock(&mutex);
    shared = &local;
    pthread_mutex_unlock(&mutex);
    __builtin_memset(&local, 2, sizeof local);
    end();
}
int main(void) {
    start();
    publish();
    return 0;
}
