/* hints.h: lets scenarios that ask for hints be compiled without them (-DWEFT_WITHOUT_HINTS=1). The answers are those of a
 * layer without a heavy fence, where such scenarios look at what is left. */
#ifndef WEFT_TESTS_HINTS_H
#define WEFT_TESTS_HINTS_H

#include "weft_park.h"

#if WEFT_WITHOUT_HINTS
static inline bool weft_park_set_asymmetric(bool wanted) {
    return !wanted;
}
static inline uint8_t weft_park_hint(const void *address) {
    (void)address;
    return WEFT_HINT_NEVER;
}
#endif

#endif /* WEFT_TESTS_HINTS_H */
