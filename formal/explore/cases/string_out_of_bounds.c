/* expect: 1 out of bounds */
#include <stdlib.h>
#include <string.h>

int main(void) {
    char *volatile text = malloc(4);
    strncpy(text, "abcd", 4);
    return strlen(text) == 4;
}
