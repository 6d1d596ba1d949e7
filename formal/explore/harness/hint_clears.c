/* The life of a hint, by one thread that parks, is woken by itself, and unlocks a mutex of the same hint: the hint is set,
 * with one heavy fence, stays set while it was set a moment ago, is cleared by unlocks in a quiet time, and so on.
 * Too many fences: all hints rest. FORKED: as after a fork, whose child has to ask for the fence again. */
#include "weft_mutex.h"

#include "harness.h"

/* What is so only with one hint that was clear at first, and no quiet time: not natively. */
#ifdef CLEAR_HINTS
#define EXPECT(x) assert(x)
#else
#define EXPECT(x) ((void)(x))
#endif

static weft_atomic_u32 word;
static weft_mutex mutex;

static void wake(const weft_park_request *request) {
    weft_unpark_one(request->address, NULL, NULL);
}

static void park_once(void) {
    weft_park_request request = {
        .address = &word, .deadline = WEFT_WAIT_FOREVER, .hinted = true, .queued = wake};
    assert(weft_park(&request, NULL) == WEFT_PARK_WOKEN);
}

static weft_park_description look(void) {
    weft_park_description now;
    weft_park_describe(&now);
    return now;
}

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
