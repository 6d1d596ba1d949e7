/* expect: 2 a thread does not repeat itself */
/* As in does_not_repeat_itself.c, but what the thread did before is missing now, and nothing else is there. */
#include <pthread.h>
#include <stdatomic.h>

#include "explore.h"

static atomic_int x;
static void *one(void *text) {
    char *letter = text;
    int first = *letter != '1';
    *letter = first ? '1' : '2';
    explore_assume(first);
    atomic_store(&x, 1);
    return NULL;
}
int main(int n, char **text) {
    pthread_t a;
    pthread_create(&a, NULL, one, text[n - 1]);
    int seen = atomic_load(&x);
    pthread_join(a, NULL);
    return seen == 7;
}
