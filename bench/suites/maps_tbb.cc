/* tbb::concurrent_hash_map: a reader holds the lock of what it has found. */
#include "bench/suites/peers.h"

#if BENCH_PEER_TBB
#include "bench/suites/maps_cpp.h"

#include <tbb/concurrent_hash_map.h>

namespace {

struct Same {
    static size_t hash(uint64_t key) { return Mixed{}(key); }
    static bool equal(uint64_t one, uint64_t other) { return one == other; }
};
using Map = tbb::concurrent_hash_map<uint64_t, uint64_t, Same>;
Map *table;

void here_make(size_t /* size */, bool /* symbols */) {
    table = new Map;
}
void here_drop() {
    delete table;
}
inline bool here_read(int /* self */, uint64_t key) {
    Map::const_accessor found;
    return table->find(found, key) && found->second != 0;
}
void here_set(uint64_t key, uint32_t number) {
    Map::accessor place;
    table->insert(place, key);
    place->second = number + UINT64_C(1);
}
void here_remove(uint64_t key) {
    table->erase(key);
}

} // namespace

#define MAP bench_tbb_words
#include "bench/suites/maps_loops.h"
#endif
