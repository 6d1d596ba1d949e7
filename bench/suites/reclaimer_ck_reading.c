#define _POSIX_C_SOURCE 200809L
#include "bench/suites/peers.h"

#if BENCH_PEER_CK
#define HERE_READS 1
#include "bench/suites/reclaimer_ck.h"

#define RECLAIMER bench_ck_epoch_reading
#include "bench/suites/reclaimer_loops.h"
#endif
