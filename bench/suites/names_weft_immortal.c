#include "bench/suites/names.h"

#define IMMORTAL true
#include "bench/suites/names_weft.h"

uint64_t bench_text_hash(const char *text, size_t length) {
    static const weft_symbol_table UNSEEDED;
    return weft_symbol_hash_text(&UNSEEDED, text, length);
}

#define NAMES bench_weft_immortal
#include "bench/suites/names_loops.h"
