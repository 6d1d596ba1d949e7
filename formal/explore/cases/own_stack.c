/* expect: 0 safe */
/* Objects of callers, blocks of any length, arguments on the stack: all live. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct big {
    int v[40];
};
__attribute__((noinline)) static int sum(struct big b, const int *more, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) {
        s += b.v[i] + more[i];
    }
    return s;
}
__attribute__((noinline)) static struct big filled(int *out, int n) {
    struct big b;
    memset(&b, 0, sizeof b);
    for (int i = 0; i < n; i++) {
        b.v[i] = out[i] = i;
    }
    return b;
}
int main(void) {
    volatile int n = 40;
    int *block = __builtin_alloca((size_t)n * sizeof *block);
    int array[n];
    struct big b = filled(block, n);
    memcpy(array, block, sizeof array);
    assert(sum(b, array, n) == 1560 && sum(filled(array, n), block, n) == 1560);
    return 0;
}
