/* parked_waiter.h: what one wait for a mutex asks of the operating system and of the allocator. */
#ifndef WEFT_BENCH_PARKED_WAITER_H
#define WEFT_BENCH_PARKED_WAITER_H

#include "bench/sample.h"

namespace weft_bench {

/* kValue, for each thread that parked and was let in: waits and wakes of the operating system; yields before it
 * parked; heavy fences. Each is one system call. */
Sample waits_and_wakes_per_waiter(const Work &work);
Sample yields_per_waiter(const Work &work);
Sample heavy_fences_per_waiter(const Work &work);

/* kValue: allocations, and pages mapped, for each thread that parked and was let in. */
Sample allocations_per_waiter(const Work &work);

} // namespace weft_bench

#endif /* WEFT_BENCH_PARKED_WAITER_H */
