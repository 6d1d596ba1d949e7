/* How a lock spins before it sleeps, by a clock of this program's: between its yields it spins for WEFT_SPIN_NS, as long as yields
 * find nobody else to run. Where one takes longer, another thread ran: the steps that are left are yields. A quick one ends that. */
#include "weft_lock.h"
#include "weft_wait.h"

#include "harness.h"
#include "seams.h"

static uint64_t yield_takes;
static int yields;

#ifdef SEAMS
#define EXPECT(x) assert(x)

bool seam(int where, void (*child)(void)) {
    (void)child;
    if (where == SEAM_CLOCK) {
        seam_clock += 100;
    } else if (where == SEAM_YIELD) {
        seam_clock += yield_takes;
        yields++;
    }
    return true;
}
#else
#define EXPECT(x) ((void)(x))
#endif

/* Steps of one whole spin. */
static int spin(void) {
    weft_backoff backoff = {0};
    int steps = 0;
    yields = 0;
    while (weft_backoff_yield(&backoff)) {
        steps++;
    }
    return steps;
}

enum { STEPS = 10, PAUSES = 3, YIELDS = STEPS - PAUSES };

int main(void) {
    int alone = spin();
    assert(alone >= STEPS);
    EXPECT(yields == YIELDS);
    EXPECT(alone > STEPS + YIELDS);
    yield_takes = 100000;
    spin();
    EXPECT(spin() == STEPS);
    EXPECT(yields == YIELDS);
    yield_takes = 0;
    spin();
    EXPECT(spin() == alone);
    return 0;
}
