/* expect: 0 safe */
/* Structs passed, returned and copied, each of its own thread or under the mutex, and neighbours that are nobody's business. */
#include <assert.h>
#include <pthread.h>
#include <string.h>

typedef struct big {
    long a[8];
} big;
typedef struct pair {
    char a, b, c;
} pair;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static big shared, own[2];
static pair near[3];
__attribute__((noinline)) static big raised(big b) {
    for (int i = 0; i < 8; i++) {
        b.a[i]++;
    }
    return b;
}
__attribute__((noinline)) static pair swapped(pair p) {
    return (pair){p.b, p.a, p.c};
}
static void *one(void *u) {
    big *mine = u;
    __builtin_memset(mine, 1, sizeof *mine);
    *mine = raised(*mine);
    near[2 * (mine - own)] = swapped(near[2 * (mine - own)]);
    pthread_mutex_lock(&m);
    shared = raised(shared);
    __builtin_memcpy(mine, &shared, 24);
    pthread_mutex_unlock(&m);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, &own[0]);
    pthread_create(&b, NULL, one, &own[1]);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(shared.a[7] == 2 && own[0].a[0] + own[1].a[0] == 3);
    return 0;
}
