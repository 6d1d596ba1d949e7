/* peers.h: which peers there are. Bazel's detection (third_party/bench_peers.bzl) writes the answer
 * into bench_peers.h; without it, as for a linter, none is there. */
#ifndef WEFT_BENCH_PEERS_H
#define WEFT_BENCH_PEERS_H

#if __has_include("bench_peers.h")
#include "bench_peers.h"
#else
#define BENCH_PEER_CK 0
#define BENCH_PEER_CK_MISSING "not looked for"
#define BENCH_PEER_NSYNC 0
#define BENCH_PEER_NSYNC_MISSING "not looked for"
#define BENCH_PEER_ABSL 0
#define BENCH_PEER_ABSL_MISSING "not looked for"
#define BENCH_PEER_URCU 0
#define BENCH_PEER_URCU_MISSING "not looked for"
#define BENCH_PEER_TBB 0
#define BENCH_PEER_TBB_MISSING "not looked for"
#define BENCH_PEER_BOOST 0
#define BENCH_PEER_BOOST_MISSING "not looked for"
#define BENCH_PEER_PARKING_LOT 0
#define BENCH_PEER_PARKING_LOT_MISSING "not looked for"
#endif

#endif /* WEFT_BENCH_PEERS_H */
