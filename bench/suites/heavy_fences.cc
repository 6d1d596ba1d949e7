/* heavy_fences.cc: the linker's --wrap (BUILD) notes each heavy fence that the parking lot asks for. */
#include "bench/suites/heavy_fences.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/clock.h"
#include "weft_wait.h"

namespace {

constexpr size_t kNoted = 100000;
std::atomic<uint64_t> times[kNoted];
std::atomic<size_t> noted{0};

} // namespace

extern "C" {
bool __real_weft_heavy_fence(void);
bool __wrap_weft_heavy_fence(void);

bool __wrap_weft_heavy_fence(void) {
    size_t mine = noted.fetch_add(1, std::memory_order_relaxed);
    if (mine < kNoted) {
        times[mine].store(weft_bench::monotonic_ns(), std::memory_order_relaxed);
    }
    return __real_weft_heavy_fence();
}
}

namespace weft_bench {

void note_heavy_fences() {
    noted.store(0);
}

double heavy_fences_per_second_at_worst() {
    constexpr uint64_t kWindow = 100000000;
    size_t count = noted.load();
    if (count > kNoted) {
        return -1;
    }
    std::vector<uint64_t> sorted(times, times + count);
    std::sort(sorted.begin(), sorted.end());
    size_t most = 0;
    for (size_t first = 0, end = 0; first < count; first++) {
        while (end < count && sorted[end] - sorted[first] < kWindow) {
            end++;
        }
        most = std::max(most, end - first);
    }
    return 10.0 * static_cast<double>(most);
}

} // namespace weft_bench
