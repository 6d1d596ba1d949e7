/* isolate.h: one measurement in a process of its own.
 *
 * So one implementation leaves nothing behind for the next (threads, queues, heap), its memory can
 * be told from the harness', and one that hangs or crashes costs one sample and not the run.
 */
#ifndef WEFT_BENCH_ISOLATE_H
#define WEFT_BENCH_ISOLATE_H

#include "bench/suite.h"

namespace weft_bench {

/* Runs measure(work) in a child and fills in kRss. A child that takes more than `limit_seconds`, or
 * dies, gives a failed sample that says so. The caller has one thread. */
Sample measure_isolated(const Measure &measure, const Work &work, unsigned limit_seconds);

} // namespace weft_bench

#endif /* WEFT_BENCH_ISOLATE_H */
