/* The symbols that are keys: no table has them. And numbers of keys that are drawn before. */
#include "bench/suites/maps.h"

#include <math.h>
#include <stdlib.h>

uint32_t bench_zipf[BENCH_DRAWN];

/* The sum of 1/1 to 1/n is about ln n + 0.58, so n is about e to the share of it that was drawn. */
void bench_zipf_draw(uint32_t below) {
    uint64_t random = 1;
    for (size_t i = 0; i < BENCH_DRAWN; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double share = (double)(random >> 11) / (double)(UINT64_C(1) << 53);
        double number = exp(share * (log((double)below) + 0.58) - 0.58);
        bench_zipf[i] = number<2 ? 0 : number>(double) below ? below - 1 : (uint32_t)number - 1;
    }
}

weft_symbol **bench_symbols;

void bench_symbols_make(size_t count) {
    static const weft_ref IMMORTAL = WEFT_REF_IMMORTAL_INIT;
    bench_symbols = (weft_symbol **)malloc(count * sizeof *bench_symbols);
    for (size_t i = 0; i < count; i++) {
        weft_symbol *symbol = calloc(1, sizeof *symbol + 16);
        if (symbol == NULL) {
            abort();
        }
        symbol->head = IMMORTAL;
        symbol->hash = (i + 1) * UINT64_C(0xD6E8FEB86659FD93);
        symbol->hash ^= symbol->hash >> 29;
        bench_symbols[i] = symbol;
    }
}
