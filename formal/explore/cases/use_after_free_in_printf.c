/* expect: 1 use after free */
/* What it reads: the third of its arguments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char mine[32], *text = malloc(8);
    strcpy(text, "abc");
    free(text);
    return snprintf(mine, sizeof mine, "%5.1f %*ld %.2s", 1.5, 4, 3L, text) < 0;
}
