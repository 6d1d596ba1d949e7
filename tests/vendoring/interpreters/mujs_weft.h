/* mujs_weft.h: what MuJS itself calls: for jsrun.c, jsstate.c and jsgc.c, after jsi.h. */
#ifndef MUJS_WEFT_H
#define MUJS_WEFT_H

#include "shared.h"

/* A state's part: its thread, and whether the state brought the thread into the runtime. */
typedef struct mujs_weft {
    weft_thread *self;
    bool entered;
} mujs_weft;

/* Gives a new state its object `weft`; when everything of a state has been freed. */
void mujs_weft_open(js_State *J);
void mujs_weft_close(js_State *J);

/* Between two instructions. */
static inline void mujs_weft_safepoint(js_State *J) {
    mujs_weft *mine = (mujs_weft *)J->uctx;
    if (mine != NULL) {
        shared_safepoint(mine->self);
    }
}

#endif
