/* lib/dict, values borrowed. */
#define DISCIPLINE WEFT_DICT_DEFERRED
#include "bench/suites/maps_weft.h"

static inline __attribute__((always_inline)) bool here_read(weft_thread *self, weft_dict_key key) {
    return weft_dict_borrow(self, dict, key) != NULL;
}

#define MAP bench_weft_borrow
#include "bench/suites/maps_loops.h"
