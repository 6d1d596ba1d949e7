#include "bench/suite.h"

#include <algorithm>

namespace weft_bench {

std::vector<unsigned> thread_ladder(unsigned cores) {
    unsigned most = std::max(8u, 2 * cores);
    std::vector<unsigned> ladder = {cores, most};
    for (unsigned threads = 1; threads < most; threads *= 2) {
        ladder.push_back(threads);
    }
    std::sort(ladder.begin(), ladder.end());
    ladder.erase(std::unique(ladder.begin(), ladder.end()), ladder.end());
    return ladder;
}

} // namespace weft_bench
