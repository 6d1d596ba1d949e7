/* The host's bits share the byte: locks, tries and unlocks go the slow way, and preserve them while a
 * thread without the lock sets another one. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static int sections;

static void *locks(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    sections++;
    weft_mutex_unlock(&mutex);
    return NULL;
}

static void *tries(void *unused) {
    (void)unused;
    if (weft_mutex_try_lock(&mutex)) {
        sections++;
        weft_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *sets_a_bit(void *unused) {
    (void)unused;
    weft_mutex_set_host_bits(&mutex, 0x80);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {locks, tries, sets_a_bit};
    weft_mutex_set_host_bits(&mutex, 0x40);
    run_threads(THREADS, bodies);
    weft_mutex_lock(&mutex);
    assert(sections == 1 || sections == 2);
    weft_mutex_unlock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == (THREADS == 3 ? 0xC0 : 0x40));
    assert(weft_mutex_clear_host_bits(&mutex, 0x40) == (THREADS == 3 ? 0xC0 : 0x40));
    assert(weft_mutex_host_bits(&mutex) == (THREADS == 3 ? 0x80 : 0));
    return 0;
}
