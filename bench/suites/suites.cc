#include "bench/suites/suites.h"

namespace weft_bench {

std::vector<Suite> all_suites() {
    return {mutex_suite(), rwmutex_suite(), world_suite(), qsbr_suite(),   seqlock_suite(),
            ref_suite(),   list_suite(),    dict_suite(),  symbol_suite(), minipy_suite()};
}

} // namespace weft_bench
