/* A budget of one heavy fence: the second waiter finds it spent, and one more fence sets all hints for a while. Nobody is left
 * out of the count, also when its exchange fails for no reason. */
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

static void *waits_often(void *unused) {
    weft_park_request request = {
        .address = &word, .deadline = WEFT_WAIT_FOREVER, .hinted = true, .queued = wake};
    (void)unused;
    for (int i = 0; i < 3; i++) {
        assert(weft_park(&request, NULL) == WEFT_PARK_WOKEN);
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits_often};
    weft_park_description now;
    run_threads(1, bodies);
    weft_park_describe(&now);
    EXPECT(now.heavy_fences == 3); /* to try it, one in the budget, one for the rest */
    EXPECT(now.clear_hints == 0);
    return 0;
}
