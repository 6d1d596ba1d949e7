/* expect: 2 calls what is not modelled: atexit */
#include <stdlib.h>

static void last(void) {}
int main(void) {
    atexit(last);
    return 0;
}
