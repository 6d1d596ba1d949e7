/* dict_cases.h: cases of the suite `dict` that ask for more than a map of words: see dict_cases.cc. */
#ifndef WEFT_BENCH_DICT_CASES_H
#define WEFT_BENCH_DICT_CASES_H

#include <vector>

#include "bench/suite.h"

namespace weft_bench {

std::vector<Case> dict_cases();

} // namespace weft_bench

#endif /* WEFT_BENCH_DICT_CASES_H */
