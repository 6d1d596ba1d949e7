/* absl::flat_hash_map: one thread, or threads that only read. */
#include "bench/suites/peers.h"

#if BENCH_PEER_ABSL
#include "bench/suites/maps_cpp.h"

#include <absl/container/flat_hash_map.h>

namespace {

absl::flat_hash_map<uint64_t, uint64_t> *table;

void here_make(size_t /* size */, bool /* symbols */) {
    table = new absl::flat_hash_map<uint64_t, uint64_t>;
}
void here_drop() {
    delete table;
}
inline bool here_read(int /* self */, uint64_t key) {
    auto found = table->find(key);
    return found != table->end() && found->second != 0;
}
void here_set(uint64_t key, uint32_t number) {
    (*table)[key] = number + UINT64_C(1);
}
void here_remove(uint64_t key) {
    table->erase(key);
}

} // namespace

#define MAP bench_absl_map
#include "bench/suites/maps_loops.h"
#endif
