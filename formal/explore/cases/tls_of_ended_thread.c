/* expect: 1 use after return */
#include <pthread.h>

static _Thread_local int mine;
static void *one(void *u) {
    (void)u;
    mine = 1;
    return &mine;
}
int main(void) {
    pthread_t a;
    void *p;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, &p);
    return *(int *)p == 7;
}
