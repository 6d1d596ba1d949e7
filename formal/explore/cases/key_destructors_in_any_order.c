/* expect: 1 assertion */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_key_t first, second;
static int order;
static void destroy_first(void *value) {
    (void)value;
    order = order * 10 + 1;
}
static void destroy_second(void *value) {
    (void)value;
    order = order * 10 + 2;
}
static void *one(void *u) {
    pthread_setspecific(first, &order);
    pthread_setspecific(second, &order);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_key_create(&first, destroy_first);
    pthread_key_create(&second, destroy_second);
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    assert(order == 12);
    return 0;
}
