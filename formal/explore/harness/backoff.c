/* How a lock spins before it sleeps, by a clock of this program's: between its yields it spins for WEFT_SPIN_NS, as long as yields
 * find nobody else to run. Where one takes longer, another thread ran: the steps that are left are yields, and the thread stays
 * away from the lock for a while behind each. A quick one ends that. */
#include "weft_lock.h"
#include "weft_wait.h"

#include "harness.h"
#include "seams.h"

static uint64_t yield_takes;
static int yields, pauses;

void spins_pause(void);

/* In place of the processor's instruction. */
void spins_pause(void) {
    pauses++;
}

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
static int spin(bool (*step)(weft_backoff *)) {
    weft_backoff backoff = {0};
    int steps = 0;
    yields = pauses = 0;
    while (step(&backoff)) {
        steps++;
    }
    return steps;
}

enum { STEPS = 10, SHORT = 3, YIELDS = STEPS - SHORT };
enum { FIRST = 32, AWAY = 128 }; /* pauses */

static void to_itself(void) {
    yield_takes = 0;
    spin(weft_backoff_yield);
    int alone = spin(weft_backoff_yield);
    assert(alone >= 1 + YIELDS); /* natively others may run, as among many */
    EXPECT(yields == YIELDS);
    EXPECT(alone > STEPS + YIELDS);
    EXPECT(spin(weft_backoff_stand_back) == SHORT);
    EXPECT(yields == 0 && pauses == 32 + 64 + 128);
}

static void among_many(void) {
    yield_takes = 100000;
    spin(weft_backoff_yield);
    EXPECT(spin(weft_backoff_yield) == 1 + YIELDS);
    EXPECT(yields == YIELDS && pauses == FIRST + YIELDS * AWAY);
}

int main(void) {
    to_itself();
    among_many();
    to_itself();
    return 0;
}
