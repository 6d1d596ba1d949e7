/* The symbols that are keys: no table has them. */
#include "bench/suites/maps.h"

#include <stdlib.h>

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
