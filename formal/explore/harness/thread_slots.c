/* The slots can be walked without a lock while they are made: a slot that is counted is initialised. */
#include "weft_thread.h"

#include "harness.h"

static weft_runtime *runtime;

static void *registers(void *unused) {
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    weft_thread_unregister(self);
    return unused;
}

int main(void) {
    pthread_t thread;
    runtime = weft_runtime_create(NULL);
    pthread_create(&thread, NULL, registers, NULL);
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_thread *slot = weft_thread_slot(index);
        assert(slot->index == index && weft_thread_by_id((uint16_t)(index + 1)) == slot);
    }
    pthread_join(thread, NULL);
    assert(weft_thread_slot_count() == 1);
    weft_thread *with = NULL;
    weft_thread *without = NULL;
    weft_thread_set_id_limit(1);
    assert(weft_thread_register(runtime, NULL, &with) == WEFT_THREAD_OK);
    assert(weft_thread_register(runtime, NULL, &without) == WEFT_THREAD_OK);
    assert(weft_thread_id(with) == 1 && weft_thread_id(without) == WEFT_NO_ID);
    weft_thread_unregister(with);
    weft_thread_unregister(without);
    weft_runtime_release(runtime);
    return 0;
}
