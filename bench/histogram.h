/* histogram.h: wait times of one thread, recorded without allocating and without a division.
 *
 * Buckets are logarithmic: 32 to an octave, so a percentile is off by at most 3 %; the longest
 * value is kept exactly. Values are clock ticks (clock.h), converted when they are read.
 */
#ifndef WEFT_BENCH_HISTOGRAM_H
#define WEFT_BENCH_HISTOGRAM_H

#include <cstdint>

namespace weft_bench {

class Histogram {
  public:
    void record(uint64_t value) {
        buckets_[bucket_of(value)]++;
        count_++;
        longest_ = value > longest_ ? value : longest_;
    }

    void merge(const Histogram &other) {
        for (unsigned i = 0; i < kBuckets; i++) {
            buckets_[i] += other.buckets_[i];
        }
        count_ += other.count_;
        longest_ = other.longest_ > longest_ ? other.longest_ : longest_;
    }

    /* The smallest recorded value (rounded up to its bucket's end, never above the longest) that at
     * least `fraction` of all values do not exceed. 0 when nothing was recorded. */
    uint64_t percentile(double fraction) const {
        uint64_t wanted = static_cast<uint64_t>(fraction * static_cast<double>(count_));
        wanted = wanted == 0 ? 1 : wanted;
        uint64_t seen = 0;
        for (unsigned i = 0; i < kBuckets; i++) {
            seen += buckets_[i];
            if (seen >= wanted) {
                uint64_t end = bucket_end(i);
                return end < longest_ ? end : longest_;
            }
        }
        return longest_;
    }

    uint64_t count() const { return count_; }
    uint64_t longest() const { return longest_; }

  private:
    static constexpr unsigned kSubBits = 5;
    static constexpr unsigned kSub = 1u << kSubBits;
    static constexpr unsigned kOctaves = 45; /* up to 2^50 ticks: days */
    static constexpr unsigned kBuckets = kSub + kOctaves * kSub;

    static unsigned bucket_of(uint64_t value) {
        if (value < kSub) {
            return static_cast<unsigned>(value);
        }
        unsigned exponent = 63u - static_cast<unsigned>(__builtin_clzll(value));
        unsigned sub = static_cast<unsigned>(value >> (exponent - kSubBits)) & (kSub - 1);
        unsigned bucket = kSub + (exponent - kSubBits) * kSub + sub;
        return bucket < kBuckets ? bucket : kBuckets - 1;
    }
    /* The largest value that falls into the bucket. */
    static uint64_t bucket_end(unsigned bucket) {
        if (bucket < kSub) {
            return bucket;
        }
        unsigned shift = (bucket - kSub) / kSub;
        uint64_t first = (uint64_t{kSub} + (bucket & (kSub - 1))) << shift;
        return first + ((uint64_t{1} << shift) - 1);
    }

    uint64_t buckets_[kBuckets] = {};
    uint64_t count_ = 0;
    uint64_t longest_ = 0;
};

} // namespace weft_bench

#endif /* WEFT_BENCH_HISTOGRAM_H */
