/* A program of a project that has taken the library in: a little of what is in the headers, and of the code behind them. */
#include "weft_mutex.h"
#include "weft_qsbr.h"
#include "weft_seqlock.h"
#include "weft_world.h"

int main(void) {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_thread *self = NULL;
    weft_qsbr_install();
    weft_runtime *runtime = weft_runtime_create(NULL);
    if (runtime == NULL || weft_thread_register(runtime, NULL, &self) != WEFT_THREAD_OK ||
        weft_thread_attach(self) != WEFT_THREAD_OK) {
        return 1;
    }
    weft_mutex_lock(&mutex);
    bool held = weft_mutex_is_locked(&mutex);
    weft_mutex_unlock(&mutex);
    if (weft_world_stop(self) == WEFT_THREAD_OK) {
        weft_world_resume(self);
    }
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return held && !weft_mutex_is_locked(&mutex) ? 0 : 1;
}
