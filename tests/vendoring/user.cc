// The header from C++17.
#include "weft.h"

int main() {
    weft_mutex mutex = WEFT_MUTEX_INIT;
    weft_mutex_lock(&mutex);
    bool held = weft_mutex_is_locked(&mutex);
    weft_mutex_unlock(&mutex);
    return held && !weft_mutex_is_locked(&mutex) ? 0 : 1;
}
