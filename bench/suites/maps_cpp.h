/* maps_cpp.h: what the maps of C++ libraries have in common. See maps_loops.h. */
#include <cstdint>

#include "bench/suites/maps.h"
#include "bench/suites/peers.h"

namespace {

struct Mixed {
    size_t operator()(uint64_t key) const {
        uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15);
        return mixed ^ mixed >> 32;
    }
};

void here_prepare(size_t /* size */) {}
void here_enter() {}
void here_leave() {}
void here_sleep() {}
void here_wake() {}
void here_begin_reading() {}
void here_end_reading() {}

} // namespace
