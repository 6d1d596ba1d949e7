/* expect: 2 code that is not modelled */
/* An instruction on the line of its label is an instruction. */
#include <pthread.h>

long shared;
static void *add(void *u) {
    __asm__ volatile("1: lock addq $1,%0" : "+m"(shared) : : "cc");
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, add, NULL);
    add(NULL);
    pthread_join(a, NULL);
    return 0;
}
