/* expect: 1 out of bounds */
/* A negative precision is none: the string is read to its end. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char out[16], *s = malloc(4);
    volatile int precision = -1;
    memcpy(s, "abcd", 4);
    int n = snprintf(out, sizeof out, "%.*s", precision, s);
    assert(n == 4);
    free(s);
    return 0;
}
