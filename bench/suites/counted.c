#include "bench/suites/counted.h"

#include "bench/suites/counted/weft.h"

_Static_assert(sizeof(weft_mutex) == sizeof(uint8_t), "a lock is a byte");

static weft_mutex *mutex_of(uint8_t *byte) {
    return (weft_mutex *)(void *)byte;
}

void bench_counted_lock(uint8_t *byte) {
    weft_mutex_lock(mutex_of(byte));
}

void bench_counted_unlock(uint8_t *byte) {
    weft_mutex_unlock(mutex_of(byte));
}

void bench_counted_pairs(uint8_t *byte, uint64_t count) {
    weft_mutex *mutex = mutex_of(byte);
    for (; count != 0; count--) {
        weft_mutex_lock(mutex);
        weft_mutex_unlock(mutex);
    }
}

uint64_t bench_counted_parks(void) {
    weft_park_statistics statistics;
    weft_park_get_statistics(&statistics);
    return statistics.parks;
}
