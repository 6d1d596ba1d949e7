/* expect: 2 code that is not modelled: inline assembly */
/* Data in the code are instructions, whatever their directive is called: this one stores to shared. */
#include <pthread.h>

static int shared;
static void *one(void *u) {
    __asm__ volatile(".short 0x07c7, 1, 0" : : "D"(&shared) : "memory");
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    one(NULL);
    pthread_join(a, NULL);
    return 0;
}
