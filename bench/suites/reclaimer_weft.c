#include "bench/suites/reclaimer_weft.h"

#define RECLAIMER bench_weft_qsbr
#define HERE_QUIESCENT(self) weft_qsbr_quiescent(self)
#include "bench/suites/reclaimer_loops.h"

void bench_load_and_compare(uint64_t count) {
    static weft_atomic_uptr word;
    static uintptr_t seen;
    uintptr_t *own = &seen;
    /* As a slot is reached: by a register, and with contents that the compiler does not know. Without
     * this it takes `seen` for the constant that it is, and leaves its load out. */
    __asm__ volatile("" : "+r"(own) : : "memory");
    for (; count != 0; count--) {
        if (WEFT_UNLIKELY(weft_load_relaxed_uptr(&word) != *own)) {
            abort();
        }
        FORGET_MEMORY();
    }
}
