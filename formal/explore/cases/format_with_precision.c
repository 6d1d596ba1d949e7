/* expect: 0 safe */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char out[16], *s = malloc(4);
    volatile int precision = 2;
    memcpy(s, "abcd", 4);
    int n = snprintf(out, sizeof out, "%.*s", precision, s);
    assert(n == 2);
    free(s);
    return 0;
}
