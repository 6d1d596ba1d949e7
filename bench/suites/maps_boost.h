/* maps_boost.h: whether Boost has concurrent_flat_map. */
#ifndef WEFT_BENCH_MAPS_BOOST_H
#define WEFT_BENCH_MAPS_BOOST_H

#include "bench/suites/peers.h"

#if BENCH_PEER_BOOST && __has_include(<boost/unordered/concurrent_flat_map.hpp>)
#define BENCH_BOOST_CONCURRENT 1
#else
#define BENCH_BOOST_CONCURRENT 0
#endif

#endif /* WEFT_BENCH_MAPS_BOOST_H */
