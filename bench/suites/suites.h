/* suites.h: one function per suite. A new suite is declared here and listed in suites.cc. */
#ifndef WEFT_BENCH_SUITES_H
#define WEFT_BENCH_SUITES_H

#include "bench/suite.h"

namespace weft_bench {

Suite mutex_suite();
Suite rwmutex_suite();
Suite world_suite();
Suite qsbr_suite();
Suite seqlock_suite();
Suite ref_suite();
Suite list_suite();
Suite dict_suite();
Suite symbol_suite();
Suite minipy_suite();

} // namespace weft_bench

#endif /* WEFT_BENCH_SUITES_H */
