/* A runtime is closed beside a thread that attaches and passes a safepoint: it is told at one of them, and can leave. What is left
 * of its slot's state is that it is gone, which a claimant of the slot may rely on. */
#include "weft_thread.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_atomic_u32 ready;

static void gone(weft_thread *self) {
    assert(weft_thread_current() == NULL && !weft_thread_is_attached(self));
}

static void *is_told(void *unused) {
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_store_release_u32(&ready, 1);
    if (weft_thread_attach(self) == WEFT_THREAD_OK) {
        while (weft_thread_safepoint(self) != WEFT_THREAD_GONE) {
        }
    }
    assert(weft_thread_current() == NULL);
    assert(weft_load_relaxed_u32(&self->state) == WEFT_THREAD_GONE);
    assert(weft_thread_try_claim(self));
    assert(weft_thread_try_unclaim(self));
    weft_thread_unregister(self);
    return unused;
}

int main(void) {
    const weft_runtime_config config = {.gone = gone};
    pthread_t thread;
    runtime = weft_runtime_create(&config);
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, is_told, NULL);
    await_value(&ready, 1);
    weft_runtime_close(self);
    weft_thread *late = NULL;
    assert(weft_thread_register(runtime, NULL, &late) == WEFT_THREAD_CLOSED);
    weft_thread_unregister(self);
    pthread_join(thread, NULL);
    weft_runtime_release(runtime);
    return 0;
}
