#include "bench/suites/reclaimer_weft.h"

static WEFT_NOINLINE void quiescent(weft_thread *self) {
    weft_qsbr_quiescent(self);
}

#define RECLAIMER bench_weft_qsbr_call
#define HERE_QUIESCENT(self) quiescent(self)
#include "bench/suites/reclaimer_loops.h"
