/* tbb::concurrent_hash_map: a reader holds the lock of what it has found. */
#include "bench/suites/names.h"
#include "bench/suites/peers.h"

#if BENCH_PEER_TBB
#include <cstring>
#include <memory>

#include <tbb/concurrent_hash_map.h>

namespace {

struct Same {
    static size_t hash(const bench_text *text) { return text->hash; }
    static bool equal(const bench_text *one, const bench_text *other) {
        return one->hash == other->hash && one->length == other->length &&
               std::memcmp(one->text, other->text, one->length) == 0;
    }
};
using Map = tbb::concurrent_hash_map<const bench_text *, char, Same>;

Map *table;

void here_start(size_t expected) {
    table = new Map(expected);
}
void here_enter() {}
void here_leave() {}
void here_sleep() {}
void here_wake() {}
void here_begin_reading() {}
void here_end_reading() {}
void here_settle() {}

/* It takes the hash from the key. */
inline bool here_find(const bench_text *text, uint64_t /* hash */) {
    Map::const_accessor found;
    return table->find(found, text);
}

void here_intern(const bench_text *text) {
    auto object = std::make_unique<bench_text>(*text);
    if (table->insert({object.get(), 0})) {
        (void)object.release();
    }
}

void here_churn(const bench_text *text) {
    here_intern(text);
    Map::accessor found;
    if (table->find(found, text)) {
        const bench_text *object = found->first;
        table->erase(found);
        delete object;
    }
}

} // namespace

#define NAMES bench_tbb_map
#include "bench/suites/names_loops.h"
#endif
