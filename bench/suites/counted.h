/* counted.h: the mutex of a second copy of the library, compiled with its statistics (WEFT_STATISTICS).
 *
 * Behind functions: the program has the other copy's headers already. A lock is a byte, zero when it is free. */
#ifndef WEFT_BENCH_COUNTED_H
#define WEFT_BENCH_COUNTED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void bench_counted_lock(uint8_t *byte);
void bench_counted_unlock(uint8_t *byte);
void bench_counted_pairs(uint8_t *byte, uint64_t count);

/* How many threads have slept: that it does count. */
uint64_t bench_counted_parks(void);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BENCH_COUNTED_H */
