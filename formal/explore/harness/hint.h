/* hint.h: a thread that parks on a word by which a hint is set, and is woken by itself; and what has become of the hints. */
#ifndef WEFT_HARNESS_HINT_H
#define WEFT_HARNESS_HINT_H

#include "weft_park.h"

#include "harness.h"

/* What is so only with one hint that was clear at first, and no quiet time: not natively. */
#ifdef CLEAR_HINTS
#define EXPECT(x) assert(x)
#else
#define EXPECT(x) ((void)(x))
#endif

static weft_atomic_u32 hinted_word;

static inline void wake_itself(const weft_park_request *request) {
    weft_unpark_one(request->address, NULL, NULL);
}

static inline void park_once(void) {
    weft_park_request request = {.address = &hinted_word,
                                 .deadline = WEFT_WAIT_FOREVER,
                                 .hinted = true,
                                 .queued = wake_itself};
    assert(weft_park(&request, NULL) == WEFT_PARK_WOKEN);
}

static inline weft_park_description look(void) {
    weft_park_description now;
    weft_park_describe(&now);
    return now;
}

#endif /* WEFT_HARNESS_HINT_H */
