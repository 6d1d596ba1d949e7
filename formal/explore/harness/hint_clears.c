/* The life of a hint, by one thread that parks, is woken by itself, and unlocks a mutex of the same hint: the hint is set,
 * with one heavy fence, stays set while it was set a moment ago, is cleared by unlocks in a quiet time, and so on.
 * Too many fences: all hints rest. FORKED: as after a fork, whose child has to ask for the fence again. */
#include "weft_mutex.h"

#include "hint.h"

static weft_mutex mutex;

/* As many unlocks as it takes at most until one is sampled. */
static void unlock_in_a_quiet_time(void) {
    for (int i = 0; i < 4; i++) {
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
    }
}

static void *lives(void *unused) {
    (void)unused;
    for (int i = 0; i < 2; i++) {
        uint64_t fences = look().heavy_fences;
        EXPECT(look().clear_hints == WEFT_PARK_HINTS);
        park_once();
        EXPECT(look().heavy_fences == fences + 1);
        EXPECT(look().clear_hints == WEFT_PARK_HINTS - 1);
        park_once();
        EXPECT(look().heavy_fences == fences + 1);
        unlock_in_a_quiet_time();
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {lives};
    run_threads(1, bodies);
    uint64_t fences = look().heavy_fences;
    EXPECT(fences == 3); /* the first tries whether it works */
#ifdef FORKED
    weft_park_after_fork_child();
    EXPECT(look().clear_hints == 0);
    park_once();
    EXPECT(look().heavy_fences == fences);
    unlock_in_a_quiet_time();
    EXPECT(look().heavy_fences == fences + 1);
    EXPECT(look().clear_hints == WEFT_PARK_HINTS);
    fences++;
#endif
    weft_park_set_asymmetric(false);
    EXPECT(look().heavy_fences == fences + 1);
    park_once();
    unlock_in_a_quiet_time();
    EXPECT(look().heavy_fences == fences + 1);
    EXPECT(look().clear_hints == 0);
    return 0;
}
