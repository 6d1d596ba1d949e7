/* What is plugged into the parking lot is whole when it is called: the runtime's hook, the profiler's and its
 * argument, and a handler for forks (SEAMS: it is used from within). The thread that uses them knows only by a relaxed flag that they may be there. */
#include "weft_park.h"

#include "harness.h"
#include "seams.h"

static weft_park_hook hook; /* filled in by a thread, plainly */
static int context;
static int profile;
static weft_atomic_u32 plugged;
static weft_atomic_uptr handler;
static int entered;
static int reported;

static void *current(void) {
    return &context;
}
static void enter(void *given) {
    assert(given == &context);
    entered = 1;
}
static bool try_leave(void *given) {
    (void)given;
    return true;
}
static void leave(void *given) {
    (void)given;
}

static void report(void *argument, const void *address, uint64_t waited) {
    (void)address;
    (void)waited;
    assert(argument == &profile && profile == 1);
    reported = 1;
}

static void in_the_child(void) {}

#ifdef SEAMS
/* The C library allocates while it registers a handler, and its allocator parks: that passes by, or registers the other one. */
bool seam(int where, void (*child)(void)) {
    static _Thread_local int registrations;
    (void)child;
    if (where == SEAM_FORK_HANDLER) {
        assert(++registrations <= 2);
        weft_unpark_one(&profile, NULL, NULL);
        weft_park_ensure_fork_handler(&handler, in_the_child);
        registrations--;
    }
    return true;
}
#endif

static void *plugs(void *unused) {
    (void)unused;
    hook = (weft_park_hook){current, enter, try_leave, leave, NULL};
    weft_park_set_hook(&hook);
    profile = 1;
    weft_park_set_contention_hook(report, &profile);
    weft_store_relaxed_u32(&plugged, 1);
    return NULL;
}

static void wake(const weft_park_request *request) {
    weft_unpark_one(request->address, NULL, NULL);
}

static void use(void) {
    weft_park_request request = {
        .address = &plugged, .deadline = WEFT_WAIT_FOREVER, .queued = wake};
    weft_park_ensure_fork_handler(&handler, in_the_child);
    (void)weft_park(&request, NULL);
    weft_park_contention_end(&plugged, 1);
}

static void *uses(void *unused) {
    (void)unused;
    if (weft_load_relaxed_u32(&plugged)) {
        use();
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {plugs, uses};
    run_threads(2, bodies);
    use();
    assert(entered && reported);
    assert(weft_load_relaxed_uptr(&handler) == 1);
    weft_park_set_contention_hook(NULL, NULL);
    weft_park_set_hook(NULL);
    return 0;
}
