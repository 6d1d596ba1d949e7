/* random.h: numbers good enough to spread work, cheap enough to be drawn in every step. */
#ifndef WEFT_BENCH_RANDOM_H
#define WEFT_BENCH_RANDOM_H

#include <cstdint>

namespace weft_bench {

struct Random {
    uint64_t state;
    explicit Random(uint64_t seed) : state(seed * 2654435761u + 88172645463325252u) {}
    uint32_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return static_cast<uint32_t>(state >> 32);
    }
    /* Below `bound`, by multiplication instead of division. */
    uint32_t below(uint32_t bound) {
        return static_cast<uint32_t>((static_cast<uint64_t>(next()) * bound) >> 32);
    }
};

} // namespace weft_bench

#endif /* WEFT_BENCH_RANDOM_H */
