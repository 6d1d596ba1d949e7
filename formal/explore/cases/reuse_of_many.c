/* expect: 1 assertion; options: --reuse */
/* Any of the freed blocks may come back, also the last of seventy. */
#include <assert.h>
#include <stdlib.h>

enum { BLOCKS = 70 };
static void *volatile block[BLOCKS];
int main(void) {
    for (int i = 0; i < BLOCKS; i++) {
        block[i] = malloc(8);
    }
    for (int i = 0; i < BLOCKS; i++) {
        free(block[i]);
    }
    void *volatile fresh = malloc(8);
    assert(fresh != block[BLOCKS - 1]);
    return 0;
}
