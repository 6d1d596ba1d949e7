#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "scenario.h"

#include "weft_host.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif
#if WEFT_TSAN && defined(__linux__)
#include <sys/syscall.h>
#endif

/* ---- failures ----------------------------------------------------------------------------- */

static weft_atomic_u64 seed_in_use;

static void print_seed(void) {
    uint64_t seed = weft_load_relaxed_u64(&seed_in_use);
    if (seed != 0) {
        fprintf(stderr, "repeat with STRESS_SEED=%llu\n", (unsigned long long)seed);
    }
}

static void print_and_abort(const char *file, int line, const char *expression) {
    fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
    print_seed();
    abort();
}

/* Set before the first scenario runs, so plain. */
static scenario_failure_hook *on_failure = print_and_abort;

void scenario_on_failure(scenario_failure_hook *hook) {
    on_failure = hook != NULL ? hook : print_and_abort;
}

void scenario_failed(const char *file, int line, const char *expression) {
    print_seed();
    on_failure(file, line, expression);
}

/* ---- waiting ------------------------------------------------------------------------------ */

uint64_t scenario_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void scenario_sleep_ns(uint64_t nanoseconds) {
    struct timespec duration;
    duration.tv_sec = (time_t)(nanoseconds / 1000000000U);
    duration.tv_nsec = (long)(nanoseconds % 1000000000U);
    nanosleep(&duration, NULL);
}

static double environment_number(const char *name, double otherwise) {
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtod(text, NULL) : otherwise;
}

static uint64_t patience_ns(void) {
    return (uint64_t)(environment_number("SCENARIO_PATIENCE", 150) * 1e9);
}

/* Between two looks; beyond that the process was stopped, or starved, and others no less. */
#define MOST_AT_ONCE_NS UINT64_C(1000000000)

void scenario_wait_a_little(scenario_patience *patience, const char *file, int line,
                            const char *expression) {
    uint64_t now = scenario_now_ns();
    uint64_t passed =
        now - patience->seen < MOST_AT_ONCE_NS ? now - patience->seen : MOST_AT_ONCE_NS;
    patience->seen = now;
    if (patience->step++ == 0) {
        /* What it waits for may be the end of a stress scenario's threads. */
        patience->left = patience_ns() + scenario_stress_ns();
    } else if (passed <= patience->left) {
        patience->left -= passed;
    } else {
        fprintf(stderr, "%s:%d: waited in vain for: %s\n", file, line, expression);
        print_seed();
        abort();
    }
    scenario_sleep_ns(patience->step < 50 ? 20000 : 1000000);
}

/* ---- threads ------------------------------------------------------------------------------ */

#define STACK_BYTES ((size_t)256 * 1024)

static pthread_key_t running_key;
static pthread_once_t running_once = PTHREAD_ONCE_INIT;

static void note_finished(void *argument) {
    scenario_thread *thread = argument;
    weft_store_release_u32(&thread->finished, 1);
}

static void create_running_key(void) {
    if (pthread_key_create(&running_key, note_finished) != 0) {
        print_and_abort(__FILE__, __LINE__, "pthread_key_create");
    }
}

/* It may also end by pthread_exit, which runs destructors everywhere, and cleanup handlers not in winpthreads. */
static void *run_thread(void *argument) {
    scenario_thread *thread = argument;
    pthread_once(&running_once, create_running_key);
    if (pthread_setspecific(running_key, thread) != 0) {
        print_and_abort(__FILE__, __LINE__, "pthread_setspecific");
    }
    thread->run(thread->argument);
    return NULL;
}

void scenario_start(scenario_thread *thread, void (*run)(void *argument), void *argument) {
    pthread_attr_t attributes;
    thread->run = run;
    thread->argument = argument;
    weft_init_u32(&thread->finished, 0);
    int status = pthread_attr_init(&attributes);
    status = status != 0 ? status : pthread_attr_setstacksize(&attributes, STACK_BYTES);
    status = status != 0 ? status : pthread_create(&thread->id, &attributes, run_thread, thread);
    if (status != 0) {
        print_and_abort(__FILE__, __LINE__, "pthread_create");
    }
    pthread_attr_destroy(&attributes);
}

bool scenario_finished(const scenario_thread *thread) {
    return weft_load_acquire_u32(&thread->finished) != 0;
}

void scenario_join_at(scenario_thread *thread, const char *file, int line) {
    scenario_patience patience = {0, 0, 0};
    while (!scenario_finished(thread)) {
        scenario_wait_a_little(&patience, file, line, "the thread ends");
    }
    if (pthread_join(thread->id, NULL) != 0) {
        print_and_abort(file, line, "pthread_join");
    }
}

/* ---- misuse ------------------------------------------------------------------------------- */

typedef struct way_out {
    jmp_buf place;
    char message[1024];
} way_out;

static _Thread_local way_out *out;
static _Thread_local char last_message[1024];

static void jump_out(void *context, const char *message) {
    (void)context;
    if (out == NULL) {
        fprintf(stderr, "unexpected: %s\n", message);
        print_seed();
        abort();
    }
    snprintf(out->message, sizeof out->message, "%s", message);
    longjmp(out->place, 1);
}

const char *scenario_fatal_message(void (*misuse)(void *argument), void *argument) {
    way_out here;
    const weft_host *host = weft_host_get();
    const weft_host before = *host;
    weft_host jumping = before;
    jumping.fatal = jump_out;
    bool fatal = false;
    /* The hooks are the process's: other threads may run here, and none of them changes hooks. */
    weft_host_set(&jumping);
    out = &here;
    if (setjmp(here.place) == 0) {
        misuse(argument);
    } else {
        fatal = true;
    }
    out = NULL;
    weft_host_set(&before);
    if (!fatal) {
        return NULL;
    }
    memcpy(last_message, here.message, sizeof last_message);
    return last_message;
}

bool scenario_is_fatal(void (*misuse)(void *argument), void *argument, const char *part,
                       const char *next_part) {
    const char *message = scenario_fatal_message(misuse, argument);
    if (message == NULL) {
        fprintf(stderr, "not fatal\n");
        return false;
    }
    const char *found = part != NULL ? strstr(message, part) : message;
    if (found == NULL || (next_part != NULL && strstr(found, next_part) == NULL)) {
        fprintf(stderr, "fatal, but with another message: %s\n", message);
        return false;
    }
    return true;
}

#ifndef _WIN32
static weft_atomic_u32 child_failures;

static void print_and_count(const char *file, int line, const char *expression) {
    fprintf(stderr, "%s:%d: check failed in a forked child: %s\n", file, line, expression);
    weft_fetch_add_relaxed_u32(&child_failures, 1);
}

/* TSan's own _exit reports as leaked what no child can join: threads of the parent that had ended when it forked. Races are
 * reported at once (.bazelrc, halt_on_error). */
static void end_child(int code) {
#if WEFT_TSAN && defined(__linux__)
    syscall(SYS_exit_group, code);
#endif
    _exit(code);
}

bool scenario_forked(void (*child)(void *argument), void *argument) {
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        /* A child that stands still is ended by its alarm clock. */
        alarm((unsigned)(patience_ns() / 1000000000U) + 1);
        on_failure = print_and_count;
        child(argument);
        end_child(weft_load_relaxed_u32(&child_failures) == 0 ? 0 : 1);
    }
    int status = -1;
    while (process > 0 && waitpid(process, &status, 0) < 0) {
    }
    if (status != 0) {
        fprintf(stderr, "a forked child ended with status 0x%x\n", (unsigned)status);
    }
    return process > 0 && status == 0;
}
#endif

/* ---- stress ------------------------------------------------------------------------------- */

uint64_t scenario_stress_ns(void) {
    return (uint64_t)(environment_number("STRESS_SECONDS", 0.3) * 1e9);
}

unsigned scenario_model_sequences(unsigned otherwise) {
    return (unsigned)environment_number("MODEL_SEQUENCES", otherwise);
}

uint64_t scenario_seed(void) {
    const char *text = getenv("STRESS_SEED");
    uint64_t seed = text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : scenario_now_ns();
    seed = seed != 0 ? seed : 1;
    weft_store_relaxed_u64(&seed_in_use, seed);
    return seed;
}

uint64_t scenario_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}
