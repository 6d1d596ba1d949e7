/* expect: 2 keys created by a thread; options: --events=3000 */
#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

static pthread_key_t key[PTHREAD_KEYS_MAX + 1];
static int ran;
static void destroy(void *value) {
    ran += *(int *)value;
}
static void *one(void *u) {
    static int v = 1;
    for (int i = 0; i < PTHREAD_KEYS_MAX + 1; i++) {
        assert(pthread_setspecific(key[i], &v) == 0);
        assert(pthread_getspecific(key[i]) == &v);
    }
    return u;
}
int main(void) {
    pthread_t a;
    for (int i = 0; i < PTHREAD_KEYS_MAX + 1; i++) {
        assert(pthread_key_create(&key[i], i < 2 ? destroy : NULL) == 0);
    }
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    assert(ran == 2);
    return 0;
}
