/* lib/dict, values counted, and dropped; references dropped at once. */
#define DISCIPLINE WEFT_DICT_PROMPT
#include "bench/suites/maps_weft.h"

static inline __attribute__((always_inline)) bool here_read(weft_thread *self, weft_dict_key key) {
    weft_ref *value;
    if (weft_dict_get(self, dict, key, &value) != WEFT_DICT_OK) {
        return false;
    }
    weft_ref_decref(self, value);
    return true;
}

#define MAP bench_weft_prompt
#include "bench/suites/maps_loops.h"
