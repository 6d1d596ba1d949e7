/* mutex_family.h: cases of the suite `mutex` for what stands on the mutex or beside it. */
#ifndef WEFT_BENCH_MUTEX_FAMILY_H
#define WEFT_BENCH_MUTEX_FAMILY_H

#include <vector>

#include "bench/suite.h"

namespace weft_bench {

/* Recursive locks, once, events and conditions: what each costs when nobody has to wait, and a turn that two
 * threads hand to and fro. */
std::vector<Case> mutex_family_cases();

} // namespace weft_bench

#endif /* WEFT_BENCH_MUTEX_FAMILY_H */
