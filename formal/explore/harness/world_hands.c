/* Main stops the world while another thread sleeps for a mutex, and lets go of that mutex: it is handed over, and given
 * back, for the other thread may not go on. So main, which does, gets it again. */
#include "weft_world.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_mutex mutex;
static weft_thread *sleeper;
static weft_atomic_u32 ready;
static int counter; /* plain */

static void *sleeps(void *unused) {
    sleeper = enter(runtime);
    weft_store_release_u32(&ready, 1);
    weft_mutex_lock(&mutex);
    counter++;
    weft_mutex_unlock(&mutex);
    weft_thread_unregister(sleeper);
    return unused;
}

int main(void) {
    pthread_t thread;
    weft_mutex_set_fairness(0); /* each unlock with a waiter hands over */
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_mutex_lock(&mutex);
    pthread_create(&thread, NULL, sleeps, NULL);
    await_value(&ready, 1);
    while ((weft_load_acquire_u32(&sleeper->state) & WEFT_THREAD_ATTACHED) != 0) {
    }
    assert(weft_world_stop(self) == WEFT_THREAD_OK);
    weft_mutex_unlock(&mutex);
    weft_mutex_lock(&mutex);
    counter++;
    weft_mutex_unlock(&mutex);
    weft_world_resume(self);
    weft_thread_unregister(self);
    pthread_join(thread, NULL);
    assert(counter == 2);
    weft_runtime_release(runtime);
    return 0;
}
