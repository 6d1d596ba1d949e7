/* parking_lot.h: Rust's parking_lot behind C functions (third_party/parking_lot). Zero is unlocked.
 */
#ifndef WEFT_BENCH_PARKING_LOT_H
#define WEFT_BENCH_PARKING_LOT_H

#include <stdint.h>

extern "C" {
void bench_parking_lot_lock(uint8_t *mutex);
void bench_parking_lot_unlock(uint8_t *mutex);
void bench_parking_lot_pairs(uint8_t *mutex, uint64_t count);
void bench_parking_lot_read_lock(uintptr_t *lock);
void bench_parking_lot_read_unlock(uintptr_t *lock);
void bench_parking_lot_write_lock(uintptr_t *lock);
void bench_parking_lot_write_unlock(uintptr_t *lock);
void bench_parking_lot_read_pairs(uintptr_t *lock, uint64_t count);
void bench_parking_lot_write_pairs(uintptr_t *lock, uint64_t count);
}

#endif /* WEFT_BENCH_PARKING_LOT_H */
