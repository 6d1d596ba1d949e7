/* expect: 1 use after free */
#include <stdlib.h>
#include <string.h>

int main(void) {
    char *p = malloc(32);
    free(p);
    memset(p, 0, 32);
    return p[3];
}
