#include "bench/suites/peers.h"
#include "bench/suites/reclaimer.h"

#if BENCH_PEER_URCU
#define _LGPL_SOURCE /* the inlined calls */
#include <urcu-qsbr.h>

#define URCU_HAS_QUIESCENT_STATES
#include "bench/suites/reclaimer_urcu.h"

#define RECLAIMER bench_urcu_qsbr
#include "bench/suites/reclaimer_loops.h"
#endif
