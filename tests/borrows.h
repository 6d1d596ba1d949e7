/* borrows.h: whether a borrow has ended, which checked builds tell. */
#ifndef WEFT_TESTS_BORROWS_H
#define WEFT_TESTS_BORROWS_H

#include "scenario.h"
#include "weft_qsbr.h"

#if WEFT_CHECKED
typedef struct borrow {
    weft_thread *self;
    weft_qsbr_stamp stamp;
} borrow;

static void use(void *argument) {
    borrow *of = argument;
    weft_qsbr_borrow_check(of->self, of->stamp);
}

/* And begins the next one. */
static bool has_ended(borrow *of) {
    bool ended =
        scenario_is_fatal(use, of, "use of a borrowed pointer after its end", "thread at 0x");
    of->stamp = weft_qsbr_borrow_stamp(of->self);
    return ended;
}
#endif

#endif /* WEFT_TESTS_BORROWS_H */
