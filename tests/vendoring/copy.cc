// One C++ user of one copy of the library, as copy.c is in C: a section for the life of an object.
#include "weft.h"

extern "C" int ENTRY();

extern "C" int ENTRY() {
    weft_runtime *runtime = weft_runtime_create(nullptr);
    weft_thread *self = nullptr;
    if (runtime == nullptr || weft_thread_register(runtime, nullptr, &self) != WEFT_THREAD_OK ||
        weft_thread_attach(self) != WEFT_THREAD_OK) {
        return 0;
    }
    weft_mutex mutex = WEFT_MUTEX_INIT;
    bool held = false;
    {
        weft_critical_guard guard(self, &mutex);
        held = weft_mutex_is_locked(&mutex);
    }
    bool released = !weft_mutex_is_locked(&mutex);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return held && released ? 1 : 0;
}
