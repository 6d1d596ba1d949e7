/* expect: 1 assertion */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

/* Wrong only if a thread loses its turn between two critical sections. */
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int broken;
static void set(int value) {
    pthread_mutex_lock(&m);
    broken = value;
    pthread_mutex_unlock(&m);
}
static void *change(void *unused) {
    set(1);
    set(0);
    return unused;
}
static void *look(void *unused) {
    pthread_mutex_lock(&m);
    assert(!broken);
    pthread_mutex_unlock(&m);
    return unused;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, change, NULL);
    pthread_create(&b, NULL, look, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
