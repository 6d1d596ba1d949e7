/* expect: 0 safe */
/* The return of main ends the program, not the thread: the destructor does not run. */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_key_t key;
static void destroy(void *value) {
    assert(!value);
}
int main(void) {
    pthread_key_create(&key, destroy);
    pthread_setspecific(key, &key);
    return 0;
}
