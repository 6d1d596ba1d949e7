/* expect: 1 abort */
#include <stdlib.h>

int main(void) {
    abort();
}
