/* expect: 2 a thread does not repeat itself */
/* The arguments of main are not put back to what they were: what the program does depends on the executions before. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int x;
static void *one(void *text) {
    atomic_store(&x, ++*(char *)text);
    return NULL;
}
int main(int n, char **text) {
    pthread_t a;
    pthread_create(&a, NULL, one, text[n - 1]);
    int seen = atomic_load(&x);
    pthread_join(a, NULL);
    return seen == 1;
}
