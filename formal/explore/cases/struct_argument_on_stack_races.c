/* expect: 1 data race */
/* One too big for registers, from the frame of a thread that lends it to another. */
#include <pthread.h>

typedef struct big {
    long a[8];
} big;
__attribute__((noinline)) static long third(big b) {
    return b.a[3];
}
static void *one(void *u) {
    ((big *)u)->a[3] = 1;
    return u;
}
int main(void) {
    pthread_t a;
    big mine = {{0}};
    pthread_create(&a, NULL, one, &mine);
    long found = third(mine);
    pthread_join(a, NULL);
    return found > 1;
}
