/* expect: 1 use after return */
/* The pointer is to a frame that is gone; another one lies there when it is used. Its user knows nothing of that. */
#include <pthread.h>
#include <stdatomic.h>

static int *_Atomic shared;
static atomic_int seen;
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
    while (!atomic_load(&seen)) {
    }
    return own[0];
}
static void *two(void *u) {
    const int *p = atomic_load(&shared);
    if (p) {
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
