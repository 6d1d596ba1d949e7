/* expect: 0 safe */
/* Twelve objects, one after the other, in one place of the stack. */
#include <assert.h>
#include <stdatomic.h>

__attribute__((noinline)) static int next(int i) {
    atomic_int mine = i;
    atomic_fetch_add(&mine, 1);
    return atomic_load(&mine);
}
int main(void) {
    for (int i = 0; i < 12; i++) {
        assert(next(i) == i + 1);
    }
    return 0;
}
