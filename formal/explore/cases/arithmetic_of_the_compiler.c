/* expect: 0 safe */
/* What the processor has no instruction for is a call of the compiler's library. */
#include <assert.h>
#include <stdint.h>

static volatile uint64_t n = 0xF0F0;
int main(void) {
    unsigned __int128 wide = (unsigned __int128)n << 64;
    assert(__builtin_popcountll(n) == 8);
    assert(__builtin_parityll(n) == 0);
    assert((uint64_t)(wide / 3 % n) == (uint64_t)((wide / 3) - wide / 3 / n * n));
    assert((__int128)wide / -(__int128)n % 7 == -(__int128)(wide / n % 7));
    return 0;
}
