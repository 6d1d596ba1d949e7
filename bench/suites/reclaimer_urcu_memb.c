#include "bench/suites/peers.h"
#include "bench/suites/reclaimer.h"

#if BENCH_PEER_URCU
#define _LGPL_SOURCE /* the inlined calls */
#define RCU_MEMB
#include <urcu.h>

#include "bench/suites/reclaimer_urcu.h"

#define RECLAIMER bench_urcu_memb
#include "bench/suites/reclaimer_loops.h"
#endif
