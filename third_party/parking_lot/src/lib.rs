//! Rust's parking_lot behind a C interface, for the benchmarks.
//!
//! The locks live in the caller's memory: a RawMutex is one byte, a RawRwLock one word, and zero is
//! an unlocked one. Loops of uncontended pairs are here so that Rust inlines them as it would in Rust.

use parking_lot::lock_api::{RawMutex as _, RawRwLock as _};
use parking_lot::{RawMutex, RawRwLock};

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_lock(mutex: *const RawMutex) {
    (*mutex).lock();
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_unlock(mutex: *const RawMutex) {
    (*mutex).unlock();
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_pairs(mutex: *const RawMutex, count: u64) {
    for _ in 0..count {
        (*mutex).lock();
        (*mutex).unlock();
    }
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_read_lock(lock: *const RawRwLock) {
    (*lock).lock_shared();
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_read_unlock(lock: *const RawRwLock) {
    (*lock).unlock_shared();
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_write_lock(lock: *const RawRwLock) {
    (*lock).lock_exclusive();
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_write_unlock(lock: *const RawRwLock) {
    (*lock).unlock_exclusive();
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_read_pairs(lock: *const RawRwLock, count: u64) {
    for _ in 0..count {
        (*lock).lock_shared();
        (*lock).unlock_shared();
    }
}

#[no_mangle]
pub unsafe extern "C" fn bench_parking_lot_write_pairs(lock: *const RawRwLock, count: u64) {
    for _ in 0..count {
        (*lock).lock_exclusive();
        (*lock).unlock_exclusive();
    }
}
