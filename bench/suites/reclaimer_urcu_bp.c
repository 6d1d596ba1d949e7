#include "bench/suites/peers.h"
#include "bench/suites/reclaimer.h"

#if BENCH_PEER_URCU
#define _LGPL_SOURCE /* the inlined calls */
#include <urcu-bp.h>

#include "bench/suites/reclaimer_urcu.h"

#define RECLAIMER bench_urcu_bp
#include "bench/suites/reclaimer_loops.h"
#endif
