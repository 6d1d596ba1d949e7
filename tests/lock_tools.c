#define _POSIX_C_SOURCE 200809L
#include "lock_tools.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- threads -------------------------------------------------------------------------------- */

static void *run_thread(void *argument) {
    test_thread *thread = argument;
    thread->function(thread->argument);
    return NULL;
}

void thread_start(test_thread *thread, thread_function *function, void *argument) {
    pthread_attr_t attributes;
    thread->function = function;
    thread->argument = argument;
    pthread_attr_init(&attributes);
    /* A thousand threads fit into a small machine; sanitizers need some room in each. */
    pthread_attr_setstacksize(&attributes, 512U * 1024U);
    int error = pthread_create(&thread->handle, &attributes, run_thread, thread);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        fprintf(stderr, "cannot start a thread: %s\n", strerror(error));
        abort();
    }
}

static void on_alarm(int number) {
    static const char message[] = "a thread has not ended: a lost wake-up or a deadlock\n";
    (void)number;
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    abort();
}

static unsigned patience_seconds(void) {
    const char *text = getenv("SCENARIO_PATIENCE");
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : PATIENCE_SECONDS;
}

static void begin_patience(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    alarm(patience_seconds());
}

void thread_join(test_thread *thread) {
    begin_patience();
    pthread_join(thread->handle, NULL);
    alarm(0);
}

void run_threads(unsigned count, thread_function *function, void *argument) {
    test_thread *threads = calloc(count, sizeof *threads);
    if (threads == NULL) {
        abort();
    }
    for (unsigned i = 0; i < count; i++) {
        thread_start(&threads[i], function, argument);
    }
    for (unsigned i = 0; i < count; i++) {
        thread_join(&threads[i]);
    }
    free(threads);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static weft_unpark_choice count_and_leave(void *argument, uintptr_t tag) {
    size_t *count = argument;
    (void)tag;
    ++*count;
    return WEFT_UNPARK_SKIP;
}

size_t sleepers(const void *address) {
    size_t count = 0;
    weft_unpark_select(address, count_and_leave, NULL, &count);
    return count;
}

static void give_up_after_patience(uint64_t began, const char *what) {
    if (weft_now_ns() - began > patience_seconds() * UINT64_C(1000000000)) {
        fprintf(stderr, "waited in vain for %s\n", what);
        abort();
    }
}

void await_sleepers(const void *address, size_t count) {
    uint64_t began = weft_now_ns();
    while (sleepers(address) < count) {
        weft_sleep_ns(20000);
        give_up_after_patience(began, "threads to sleep");
    }
}

void await_count(const weft_atomic_u32 *value, uint32_t count) {
    uint64_t began = weft_now_ns();
    /* Acquire: what the threads did before they counted is visible. */
    while (weft_load_acquire_u32(value) < count) {
        sched_yield();
        give_up_after_patience(began, "a count");
    }
}

void yield_now(void) {
    sched_yield();
}

void sleep_ms(unsigned milliseconds) {
    weft_sleep_ns(milliseconds * UINT64_C(1000000));
}

static void do_nothing(int number) {
    (void)number;
}

void handle_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = do_nothing;
    sigaction(SIGUSR1, &action, NULL);
}

void send_signal(test_thread *thread) {
    pthread_kill(thread->handle, SIGUSR1);
}

/* ---- stress --------------------------------------------------------------------------------- */

uint64_t stress_deadline(void) {
    const char *text = getenv("STRESS_SECONDS");
    double seconds = text != NULL && *text != '\0' ? strtod(text, NULL) : 0.3;
    return weft_now_ns() + (uint64_t)(seconds * 1e9);
}

uint64_t stress_seed(const char *scenario_name) {
    const char *text = getenv("SCENARIO_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : weft_now_ns();
    printf("%s: SCENARIO_SEED=%llu\n", scenario_name, (unsigned long long)seed);
    fflush(stdout);
    return seed | 1;
}

uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- a world that stops --------------------------------------------------------------------- */

static _Thread_local test_world *this_world;

static void *current_world(void) {
    return this_world;
}

static void detach(void *context) {
    test_world *world = context;
    weft_fetch_add_relaxed_u32(&world->detached, 1);
}

static bool try_attach(void *context) {
    test_world *world = context;
    weft_fetch_add_release_u32(&world->at_gate, 1);
    while (weft_load_acquire_u32(&world->gate) != 0) {
        weft_sleep_ns(50000);
    }
    weft_fetch_sub_release_u32(&world->at_gate, 1);
    if (weft_load_acquire_u32(&world->stopped) != 0) {
        weft_fetch_add_release_u32(&world->refused, 1);
        return false;
    }
    weft_fetch_sub_relaxed_u32(&world->detached, 1);
    return true;
}

static void attach(void *context) {
    test_world *world = context;
    weft_fetch_add_release_u32(&world->held_up, 1);
    while (weft_load_acquire_u32(&world->stopped) != 0) {
        weft_sleep_ns(50000);
    }
    weft_fetch_sub_release_u32(&world->held_up, 1);
    weft_fetch_sub_relaxed_u32(&world->detached, 1);
}

static const weft_park_hook WORLD_HOOK = {
    .current = current_world,
    .enter = detach,
    .try_leave = try_attach,
    .leave = attach,
};

void world_plug_in(test_world *world) {
    memset(world, 0, sizeof *world);
    weft_park_set_hook(&WORLD_HOOK);
}

void world_plug_out(void) {
    weft_park_set_hook(NULL);
}

void world_enter(test_world *world) {
    this_world = world;
}

void world_exit(void) {
    this_world = NULL;
}

void world_stop(test_world *world) {
    weft_store_release_u32(&world->stopped, 1);
}

void world_go_on(test_world *world) {
    weft_store_release_u32(&world->stopped, 0);
}

/* ---- fork ----------------------------------------------------------------------------------- */

static void fail_in_child(const char *file, int line, const char *expression) {
    fprintf(stderr, "%s:%d: check failed in the forked child: %s\n", file, line, expression);
    _exit(1);
}

bool run_in_child(thread_function *function, void *argument) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        scenario_on_failure(fail_in_child);
        begin_patience();
        function(argument);
        _exit(0);
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
