/* The few functions of libc that a program may call and that must not reach the real ones: symbols.txt renames the calls. */
#include "engine.h"
#include "explore.h"
#include "heap.h"
#include "machine.h"
#include "ops.h"
#include "options.h"
#include "race.h"
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PC ((uintptr_t)__builtin_return_address(0))
#define MODEL(result, name, ...)                                                                   \
    result explore_##name(__VA_ARGS__);                                                            \
    result explore_##name(__VA_ARGS__)

void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int c, size_t n);

/* ---- memory ---- */

MODEL(void *, malloc, size_t size) {
    return heap_alloc(size, 16, false, PC);
}
MODEL(void *, realloc, void *p, size_t size) {
    return heap_realloc(p, size, PC);
}
MODEL(void *, aligned_alloc, size_t align, size_t size) {
    return heap_alloc(size, align, false, PC);
}
MODEL(void, free, void *p) {
    heap_free(p, PC);
}

MODEL(void *, calloc, size_t n, size_t size) {
    if (size && n > SIZE_MAX / size) {
        return NULL;
    }
    return heap_alloc(n * size, 16, true, PC);
}

MODEL(int, posix_memalign, void **out, size_t align, size_t size) {
    *out = heap_alloc(size, align, false, PC);
    return 0;
}

MODEL(void *, memcpy, void *to, const void *from, size_t n) {
    return __tsan_memcpy(to, from, n);
}
MODEL(void *, memmove, void *to, const void *from, size_t n) {
    return __tsan_memmove(to, from, n);
}
MODEL(void *, memset, void *to, int c, size_t n) {
    return __tsan_memset(to, c, n);
}

MODEL(int *, errno_location, void) {
    return &M.current->error_number;
}

/* ---- ends ---- */

MODEL(_Noreturn void, assert_fail, const char *condition, const char *file, unsigned line,
      const char *function) {
    const char *slash = strrchr(file, '/');
    violation_at(PC, "assertion", "%s (%s, %s:%u)", condition, function, slash ? slash + 1 : file,
                 line);
}

MODEL(_Noreturn void, abort, void) {
    violation_at(PC, "abort", "abort was called");
}

MODEL(_Noreturn void, exit, int status) {
    if (status != 0) {
        violation_at(PC, "exit status", "exit(%d)", status);
    }
    machine_exit_thread(NULL);
}

/* ---- output: only a replay shows it, an exploration would repeat it for every execution ---- */

static int show(const char *format, va_list args) {
    return options.mode == MODE_REPLAY ? vprintf(format, args) : 0;
}

MODEL(int, printf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = show(format, args);
    va_end(args);
    return n;
}

MODEL(int, fprintf, FILE *f, const char *format, ...) {
    (void)f;
    va_list args;
    va_start(args, format);
    int n = show(format, args);
    va_end(args);
    return n;
}

MODEL(int, puts, const char *s) {
    return options.mode == MODE_REPLAY ? puts(s) : 0;
}
MODEL(int, putchar, int c) {
    return options.mode == MODE_REPLAY ? putchar(c) : c;
}
MODEL(int, fputs, const char *s, FILE *f) {
    (void)f;
    return options.mode == MODE_REPLAY ? fputs(s, stdout) : 0;
}

MODEL(int, fputc, int c, FILE *f) {
    (void)f;
    return options.mode == MODE_REPLAY ? putchar(c) : c;
}

MODEL(size_t, fwrite, const void *p, size_t size, size_t n, FILE *f) {
    (void)f;
    return options.mode == MODE_REPLAY ? fwrite(p, size, n, stdout) : n;
}

MODEL(int, fflush, FILE *f) {
    (void)f;
    return 0;
}

MODEL(void, perror, const char *s) {
    explore_puts(s);
}

/* ---- time passes only where the clock is read ---- */

MODEL(int, sched_yield, void) {
    return 0;
}

MODEL(int, usleep, unsigned microseconds) {
    (void)microseconds;
    return 0;
}

MODEL(unsigned, sleep, unsigned seconds) {
    (void)seconds;
    return 0;
}

MODEL(int, nanosleep, const struct timespec *wanted, struct timespec *rest) {
    (void)wanted;
    (void)rest;
    return 0;
}

MODEL(int, clock_gettime, int clock, struct timespec *out) {
    (void)clock;
    uint64_t now = explore_now();
    out->tv_sec = (time_t)(now / 1000000000u);
    out->tv_nsec = (long)(now % 1000000000u);
    return 0;
}

void explore_outcome(const char *name, uint64_t value) {
    engine_outcome(name, value);
}
