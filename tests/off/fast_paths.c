/* What a program's own object files get of the locks: off_test.sh looks at what this is compiled to. */
#include "weft_cond.h"
#include "weft_event.h"
#include "weft_mutex.h"
#include "weft_once.h"
#include "weft_recursive.h"
#include "weft_rwmutex.h"

void mutex_pair(weft_mutex *mutex);
bool mutex_attempts(weft_mutex *mutex, weft_interrupt *interrupt);
void recursive_pair(weft_recursive *lock);
void read_pair(weft_rwmutex *lock);
bool write_pair(weft_rwmutex *lock);
void waits(weft_once *once, weft_event *event, weft_cond *cond, weft_mutex *mutex);

static int nothing(void *unused) {
    (void)unused;
    return 0;
}

void mutex_pair(weft_mutex *mutex) {
    weft_mutex_lock(mutex);
    weft_mutex_unlock(mutex);
}

bool mutex_attempts(weft_mutex *mutex, weft_interrupt *interrupt) {
    return weft_mutex_try_lock(mutex) || weft_mutex_lock_for(mutex, 1) == WEFT_LOCK_OK ||
           weft_mutex_lock_interruptible(mutex, 1, interrupt) == WEFT_LOCK_OK;
}

void recursive_pair(weft_recursive *lock) {
    weft_recursive_lock(lock);
    weft_recursive_unlock(lock);
}

void read_pair(weft_rwmutex *lock) {
    weft_rwmutex_read_lock(lock);
    weft_rwmutex_read_unlock(lock);
}

bool write_pair(weft_rwmutex *lock) {
    weft_rwmutex_write_lock(lock);
    weft_rwmutex_write_unlock(lock);
    return weft_rwmutex_try_read_lock(lock) || weft_rwmutex_try_write_lock(lock);
}

void waits(weft_once *once, weft_event *event, weft_cond *cond, weft_mutex *mutex) {
    (void)weft_once_call(once, nothing, NULL);
    weft_event_wait(event);
    weft_event_set(event);
    weft_cond_notify_one(cond);
    weft_cond_wait(cond, mutex);
}
