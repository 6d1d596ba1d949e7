/* A budget of one heavy fence: the second waiter finds it spent, and one more fence sets all hints for a while. Nobody is left
 * out of the count, also when its exchange fails for no reason. */
#include "weft_mutex.h"

#include "hint.h"

static weft_mutex mutex;

static void *waits_often(void *unused) {
    (void)unused;
    for (int i = 0; i < 3; i++) {
        park_once();
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits_often};
    run_threads(1, bodies);
    EXPECT(look().heavy_fences == 3); /* to try it, one in the budget, one for the rest */
    EXPECT(look().clear_hints == 0);
    return 0;
}
