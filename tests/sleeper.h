/* sleeper.h: a thread that parks once, and what can be seen of those who sleep on an address. */
#ifndef WEFT_TESTS_SLEEPER_H
#define WEFT_TESTS_SLEEPER_H

#include "scenario.h"
#include "weft_park.h"

WEFT_BEGIN_DECLS

typedef struct sleeper {
    uintptr_t token;
    scenario_thread thread;
    weft_park_request request;
    weft_park_result result;
    int errno_after;
    weft_atomic_u32 abandoned; /* calls of abandon */
    weft_atomic_u32 more;      /* what the last of them was told */
} sleeper;

/* Starts a thread that parks on `address`; `prepare` may change its request before, and may be
 * NULL. Returns once the thread is queued. */
void sleeper_start(sleeper *self, const void *address, uintptr_t tag,
                   void (*prepare)(sleeper *self));

/* The same for a request that may not queue at all: does not wait. */
void sleeper_start_unqueued(sleeper *self, const void *address, uintptr_t tag,
                            void (*prepare)(sleeper *self));

/* Joins. True if the thread was woken with this token. */
bool sleeper_woken(sleeper *self, uintptr_t token);

/* Joins and returns how its wait ended. */
weft_park_result sleeper_result(sleeper *self);

/* How many sleep on an address now, and their tags in the order they would be woken. */
size_t sleepers_on(const void *address);
size_t sleeper_tags(const void *address, uintptr_t *tags, size_t capacity);

WEFT_END_DECLS

#endif /* WEFT_TESTS_SLEEPER_H */
