/* expect: 2 not aligned */
#include <assert.h>
#include <stdatomic.h>

static char bytes[16] __attribute__((aligned(8)));
int main(void) {
    _Atomic long *volatile value = (_Atomic long *)(bytes + 4);
    atomic_store_explicit(value, 1, memory_order_relaxed);
    assert(atomic_load_explicit(value, memory_order_relaxed) == 1);
    return 0;
}
