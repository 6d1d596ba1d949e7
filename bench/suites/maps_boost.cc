/* boost::concurrent_flat_map, from Boost 1.83 on: locks by groups of slots. */
#include "bench/suites/maps_boost.h"

#if BENCH_BOOST_CONCURRENT
#include "bench/suites/maps_cpp.h"

#include <boost/unordered/concurrent_flat_map.hpp>

namespace {

boost::concurrent_flat_map<uint64_t, uint64_t, Mixed> *table;

void here_make(size_t /* size */, bool /* symbols */) {
    table = new boost::concurrent_flat_map<uint64_t, uint64_t, Mixed>;
}
void here_drop() {
    delete table;
}
inline bool here_read(int /* self */, uint64_t key) {
    bool there = false;
    table->cvisit(key, [&](const auto &found) { there = found.second != 0; });
    return there;
}
void here_set(uint64_t key, uint32_t number) {
    table->insert_or_assign(key, number + UINT64_C(1));
}
void here_remove(uint64_t key) {
    table->erase(key);
}

} // namespace

#define MAP bench_boost_concurrent
#include "bench/suites/maps_loops.h"
#endif
