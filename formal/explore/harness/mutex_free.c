/* The next owner frees the mutex: unlock must not touch the byte after its releasing store. */
#include "weft_mutex.h"

#include "harness.h"

typedef struct object {
    weft_mutex mutex;
    int users;
} object;

static object *shared;

static void *use_and_drop(void *unused) {
    (void)unused;
    object *mine = shared;
    weft_mutex_lock(&mine->mutex);
    int left = --mine->users;
    weft_mutex_unlock(&mine->mutex);
    if (left == 0) {
        free(mine);
    }
    return NULL;
}

int main(void) {
    shared = calloc(1, sizeof *shared);
    shared->users = THREADS;
    run_alike(use_and_drop);
    return 0;
}
