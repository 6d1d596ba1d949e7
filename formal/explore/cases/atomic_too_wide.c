/* expect: 2 calls what is not modelled: __ */
#include <stdatomic.h>

typedef struct pair {
    long a, b;
} pair;
static _Atomic pair shared;
int main(void) {
    pair mine = atomic_load(&shared);
    mine.a++;
    atomic_store(&shared, mine);
    return 0;
}
