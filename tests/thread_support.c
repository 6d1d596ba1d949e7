#include "thread_support.h"

weft_thread *support_enter(weft_runtime *runtime) {
    weft_thread *self = NULL;
    CHECK(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    return self;
}

weft_thread *support_solo(const weft_runtime_config *config) {
    weft_runtime *runtime = weft_runtime_create(config);
    CHECK(runtime != NULL);
    weft_thread *self = support_enter(runtime);
    weft_runtime_release(runtime);
    return self;
}

void support_solo_end(weft_thread *self) {
    weft_thread_unregister(self);
}

void support_nap(void) {
    weft_atomic_u32 word = WEFT_ATOMIC_INIT(0);
    weft_park_request request = {
        .address = &word, .size = 4, .mask = UINT32_MAX, .deadline = weft_now_ns() + 1000000};
    CHECK(weft_park(&request, NULL) == WEFT_PARK_TIMEOUT);
}

uint32_t support_state(const weft_thread *thread) {
    return weft_load_acquire_u32(&thread->state);
}

uint64_t support_stress_end(void) {
    return weft_now_ns() + scenario_stress_ns();
}

#ifndef _WIN32
typedef struct forked {
    weft_thread *self;
    void (*child)(weft_thread *self, void *argument);
    void *argument;
} forked;

static void go_on_in_the_child(void *argument) {
    forked *in = argument;
    weft_thread_after_fork_child(in->self);
    in->child(in->self, in->argument);
}

void support_fork(weft_thread *self, void (*child)(weft_thread *self, void *argument),
                  void *argument) {
    forked in = {self, child, argument};
    weft_thread_before_fork(self);
    CHECK(scenario_forked(go_on_in_the_child, &in));
    weft_thread_after_fork_parent(self);
}
#endif
