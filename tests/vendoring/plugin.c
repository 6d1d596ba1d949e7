/* What a program loads for a while: a shared object that holds a copy of the library. See unload.c. */
#include "weft.h"

__attribute__((visibility("default"))) int plugin(void);

/* The calling thread is known to the library from here until it ends. */
int plugin(void) {
    weft_runtime *runtime = weft_runtime_create(NULL);
    weft_thread *self = NULL;
    if (runtime == NULL || weft_thread_register(runtime, NULL, &self) != WEFT_THREAD_OK) {
        return 0;
    }
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 1;
}
