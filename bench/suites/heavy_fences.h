/* heavy_fences.h: how often the process runs heavy fences, at its worst. */
#ifndef WEFT_BENCH_HEAVY_FENCES_H
#define WEFT_BENCH_HEAVY_FENCES_H

namespace weft_bench {

/* From here on they are noted, each with its time. */
void note_heavy_fences();

/* Of those noted: the most that fall into any tenth of a second, wherever that begins, times ten; or -1 if
 * there were too many to note. */
double heavy_fences_per_second_at_worst();

} // namespace weft_bench

#endif /* WEFT_BENCH_HEAVY_FENCES_H */
