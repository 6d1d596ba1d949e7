/* A program of a project that has taken the library in: a little of what is in the headers, and of the code behind them. With
 * EXPECT_SWITCHES both have all switches. */
#include "weft_mutex.h"
#include "weft_qsbr.h"
#include "weft_seqlock.h"
#include "weft_world.h"

#if defined(EXPECT_CHECKED) && !WEFT_CHECKED
#error "the checked library is not what this is compiled with"
#endif

#ifdef EXPECT_SWITCHES
#if !(WEFT_CHECKED && WEFT_STATISTICS && WEFT_WAIT_PTHREAD && WEFT_PARK_SYMMETRIC &&               \
      WEFT_WITHOUT_HINTS)
#error "a switch is not passed on to users"
#endif

/* That the library counts, too: a wait for a word that has changed already. */
static bool has_switches(void) {
    uint8_t word = 0;
    weft_park_request request = {.address = &word, .size = 1, .mask = 1, .expected = 1};
    weft_park_statistics counted;
    bool changed = weft_park(&request, NULL) == WEFT_PARK_MISMATCH;
    weft_park_get_statistics(&counted);
    return changed && counted.mismatches != 0;
}
#else
static bool has_switches(void) {
    return true;
}
#endif

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
    return has_switches() && held && !weft_mutex_is_locked(&mutex) ? 0 : 1;
}
