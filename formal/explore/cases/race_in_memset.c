/* expect: 1 data race */
#include <pthread.h>
#include <string.h>

static struct {
    long word[4];
} s;
/* Of a constant size: the compiler would rather make stores of it, of which the explorer hears nothing. */
static void *clear(void *u) {
    memset(&s, 0, sizeof s);
    return u;
}
int main(void) {
    pthread_t t;
    pthread_create(&t, NULL, clear, NULL);
    long seen = s.word[2];
    pthread_join(t, NULL);
    return seen != 0;
}
