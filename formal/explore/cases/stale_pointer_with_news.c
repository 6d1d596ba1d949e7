/* expect: 0 safe */
/* What is not seen (README.md): the pointer is stale as in stale_pointer.c, but its user has heard, in some other way, of something
 * that happened in the frame that lies there now. It might have its address from there. */
#include <pthread.h>
#include <stdatomic.h>

static int *_Atomic shared;
static atomic_int news, seen;
static __attribute__((noinline)) void set(int *to) {
    *to = 1;
}
static __attribute__((noinline)) void lend(void) {
    int mine[64];
    set(&mine[16]);
    atomic_store(&shared, &mine[16]);
}
static __attribute__((noinline)) int wait(void) {
    int own[64];
    set(own);
    atomic_store(&news, 1);
    while (!atomic_load(&seen)) {
    }
    return own[0];
}
static void *two(void *u) {
    const int *p = atomic_load(&shared);
    if (p && atomic_load(&news)) {
        (void)*(const volatile int *)p;
    }
    atomic_store(&seen, 1);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, two, NULL);
    lend();
    int one = wait();
    pthread_join(a, NULL);
    return one != 1;
}
