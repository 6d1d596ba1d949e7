/* Who waits for a writer sleeps: the writer goes on only when it does. And what the child of a fork finds where a thread that does not
 * exist there was writing: no writer any more. */
#include "weft_seqlock.h"

#include "harness.h"

static weft_seqlock lock;
static weft_seqlock left_behind;
static weft_atomic_u32 asleep;
static _Thread_local int self;

static void *current(void) {
    return &self;
}
static void enter_sleep(void *context) {
    (void)context;
    weft_store_relaxed_u32(&asleep, 1);
}
static bool try_leave(void *context) {
    (void)context;
    return true;
}
static void leave(void *context) {
    (void)context;
}

static const weft_park_hook HOOK = {current, enter_sleep, try_leave, leave, NULL};

static void *waits(void *unused) {
    weft_seqlock_write_begin(&lock);
    weft_seqlock_write_end(&lock);
    return unused;
}

int main(void) {
    pthread_t thread;
    weft_park_set_hook(&HOOK);
    weft_seqlock_write_begin(&lock);
    pthread_create(&thread, NULL, waits, NULL);
    while (weft_load_acquire_u32(&asleep) == 0) {
        weft_park_statistics now;
        weft_park_get_statistics(&now);
        assert(now.mismatches < 8);
    }
    weft_seqlock_write_end(&lock);
    pthread_join(thread, NULL);

    weft_seqlock_write_begin(&left_behind);
    assert(weft_seqlock_after_fork_child(&left_behind));
    assert(!weft_seqlock_is_writing(&left_behind));
    assert(!weft_seqlock_after_fork_child(&left_behind));
    weft_seqlock_write_begin(&left_behind);
    weft_seqlock_write_end(&left_behind);
    return 0;
}
