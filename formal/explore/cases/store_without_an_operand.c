/* expect: 2 code that is not modelled: maskmovdqu */
/* An instruction that stores through a register it does not name. */
#include <emmintrin.h>
#include <pthread.h>

static char shared[16];
static void *one(void *u) {
    _mm_maskmoveu_si128(_mm_set1_epi8(1), _mm_set1_epi8(-1), shared);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    one(NULL);
    pthread_join(a, NULL);
    return 0;
}
