/* expect: 2 not modelled: pthread_rwlock_unlock pthread_rwlock_wrlock */
/* A weak reference to what libc has is a call of it like any other. */
#include <pthread.h>

#pragma weak pthread_rwlock_wrlock
#pragma weak pthread_rwlock_unlock
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int n;
static void *one(void *u) {
    pthread_rwlock_wrlock(&lock);
    n++;
    pthread_rwlock_unlock(&lock);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return n != 1;
}
