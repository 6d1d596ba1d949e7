#include "bench/suites/names.h"

#define IMMORTAL false
#include "bench/suites/names_weft.h"

#define NAMES bench_weft_weak
#include "bench/suites/names_loops.h"
