/* A hint while a thread waits for the mutex, and after: busy, so that no unlock looks at it, and set again. Main holds the mutex,
 * and the waiter gives it up in main's stead once it is queued. NEVER: a hint that is not to be cleared stays as it is. */
#include "weft_mutex.h"

#include "hint.h"

#ifdef NEVER
#define WHILE_WAITING WEFT_HINT_NEVER
#define AFTERWARDS WEFT_HINT_NEVER
#define AT_LAST WEFT_HINT_NEVER
#else
#define WHILE_WAITING WEFT_HINT_BUSY
#define AFTERWARDS WEFT_HINT_SET
#define AT_LAST WEFT_HINT_CLEAR
#endif

static weft_mutex mutex;
static int slept;

static void *current(void) {
    return &slept;
}
static void enter(void *context) {
    (void)context;
    slept++;
    EXPECT(weft_park_hint(&mutex) == WHILE_WAITING);
    weft_mutex_unlock(&mutex);
    EXPECT(weft_park_hint(&mutex) == WHILE_WAITING);
}
static bool try_leave(void *context) {
    (void)context;
    return true;
}
static void leave(void *context) {
    (void)context;
}

static const weft_park_hook HOOK = {current, enter, try_leave, leave, NULL};

static void *waits(void *unused) {
    (void)unused;
#ifdef NEVER
    assert(weft_park_set_asymmetric(false));
#endif
    park_once(); /* set */
    weft_park_set_hook(&HOOK);
    weft_mutex_lock(&mutex);
    EXPECT(weft_park_hint(&mutex) == AFTERWARDS);
    weft_mutex_unlock(&mutex);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits};
    weft_mutex_lock(&mutex);
    run_threads(1, bodies);
    assert(slept == 1);
    weft_park_set_hook(NULL);
    EXPECT(weft_park_hint(&mutex) == AT_LAST);
    return 0;
}
