/* parked_waiter.h: what one wait for a mutex asks of the operating system and of the allocator. */
#ifndef WEFT_BENCH_PARKED_WAITER_H
#define WEFT_BENCH_PARKED_WAITER_H

#include "bench/sample.h"

namespace weft_bench {

/* kValue: waits and wakes of the operating system for each thread that parked and was let in. */
Sample system_calls_per_waiter(const Work &work);

/* kValue: allocations, and pages mapped, for each thread that parked and was let in. */
Sample allocations_per_waiter(const Work &work);

} // namespace weft_bench

#endif /* WEFT_BENCH_PARKED_WAITER_H */
