/* expect: 2 an argument named by its position */
/* What it reads of a freed block would go unseen. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    char *text = calloc(4, 1);
    free(text);
    printf("%1$s %1$s\n", text);
    return 0;
}
