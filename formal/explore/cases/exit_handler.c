/* expect: 2 calls what is not modelled: atexit */
#include <stdlib.h>

static volatile int called; /* else a compiler leaves the registration out */
static void last(void) {
    called = 1;
}
int main(void) {
    atexit(last);
    return 0;
}
