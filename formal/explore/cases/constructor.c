/* expect: 2 code that is not modelled: constructor */
/* It would run when the program is loaded, before there is an execution. */
#include <stdatomic.h>

static atomic_int x;
static volatile int one = 1; /* or the compiler does it for good */
__attribute__((constructor)) static void before_main(void) {
    atomic_store(&x, one);
}
int main(void) {
    return atomic_load(&x) != 1;
}
