/* The few functions of libc that a program may call and that must not reach the real ones: symbols.txt renames the calls. */
#include "await.h"
#include "engine.h"
#include "explore.h"
#include "heap.h"
#include "machine.h"
#include "ops.h"
#include "options.h"
#include "plain.h"
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define MODEL(result, name, ...)                                                                   \
    result explore_##name(__VA_ARGS__);                                                            \
    result explore_##name(__VA_ARGS__)

void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int c, size_t n);

/* ---- memory ---- */

static void set_errno(int error) {
    int *e = &M.current->error_number;
    await_plain_store((uintptr_t)e, sizeof *e);
    *e = error;
}

static void *or_errno(void *block, int error) {
    if (!block) {
        set_errno(error);
    }
    return block;
}

static bool power_of_two(size_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

MODEL(void *, malloc, size_t size) {
    return or_errno(heap_alloc(size, 16, false, PC), ENOMEM);
}
MODEL(void *, realloc, void *p, size_t size) {
    return or_errno(heap_realloc(p, size, PC), ENOMEM);
}
MODEL(void *, aligned_alloc, size_t align, size_t size) {
    if (!power_of_two(align)) {
        return or_errno(NULL, EINVAL);
    }
    return or_errno(heap_alloc(size, align, false, PC), ENOMEM);
}
MODEL(void, free, void *p) {
    heap_free(p, PC);
}

MODEL(void *, calloc, size_t n, size_t size) {
    if (size && n > SIZE_MAX / size) {
        return or_errno(NULL, ENOMEM);
    }
    return or_errno(heap_alloc(n * size, 16, true, PC), ENOMEM);
}

MODEL(int, posix_memalign, void **out, size_t align, size_t size) {
    if (!power_of_two(align) || align % sizeof(void *) != 0) {
        return EINVAL;
    }
    void *block = heap_alloc(size, align, false, PC);
    if (!block) {
        return ENOMEM;
    }
    plain_write((uintptr_t)out, sizeof *out, PC);
    *out = block;
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

/* ---- strings: read to their end, or as far as the function looks ---- */

#define READ(s, n) plain_read((uintptr_t)(s), n, PC)
#define WRITE(s, n) plain_write((uintptr_t)(s), n, PC)
#define READ_STRING(s) plain_read_string(s, SIZE_MAX, PC)

MODEL(size_t, strlen, const char *s) {
    return READ_STRING(s);
}
MODEL(size_t, strnlen, const char *s, size_t most) {
    return plain_read_string(s, most, PC);
}

/* Up to where two strings differ both are read. */
static size_t same_until(const char *a, const char *b, size_t most) {
    size_t n = 0;
    while (n < most && a[n] == b[n] && a[n]) {
        n++;
    }
    return n < most ? n + 1 : n;
}

MODEL(int, strncmp, const char *a, const char *b, size_t most) {
    op_settle_stores();
    size_t n = same_until(a, b, most);
    READ(a, n);
    READ(b, n);
    return strncmp(a, b, n);
}
MODEL(int, strcmp, const char *a, const char *b) {
    op_settle_stores();
    size_t n = same_until(a, b, SIZE_MAX);
    READ(a, n);
    READ(b, n);
    return strncmp(a, b, n);
}
MODEL(int, memcmp, const void *a, const void *b, size_t n) {
    READ(a, n);
    READ(b, n);
    return memcmp(a, b, n);
}
MODEL(int, bcmp, const void *a, const void *b, size_t n) {
    READ(a, n);
    READ(b, n);
    return memcmp(a, b, n);
}
MODEL(void *, memchr, const void *s, int c, size_t n) {
    op_settle_stores();
    const char *found = memchr(s, c, n);
    READ(s, found ? (size_t)(found - (const char *)s) + 1 : n);
    return (void *)(uintptr_t)found;
}
MODEL(char *, strchr, const char *s, int c) {
    READ_STRING(s);
    return (char *)(uintptr_t)strchr(s, c);
}
MODEL(char *, strrchr, const char *s, int c) {
    READ_STRING(s);
    return (char *)(uintptr_t)strrchr(s, c);
}
MODEL(char *, strstr, const char *s, const char *part) {
    READ_STRING(s);
    READ_STRING(part);
    return (char *)(uintptr_t)strstr(s, part);
}

MODEL(char *, stpcpy, char *to, const char *from) {
    size_t n = READ_STRING(from);
    WRITE(to, n + 1);
    memmove(to, from, n + 1);
    return to + n;
}
MODEL(char *, strcpy, char *to, const char *from) {
    size_t n = READ_STRING(from);
    WRITE(to, n + 1);
    return memmove(to, from, n + 1);
}
MODEL(char *, strncpy, char *to, const char *from, size_t most) {
    size_t n = plain_read_string(from, most, PC);
    WRITE(to, most);
    memset(to + n, 0, most - n);
    return memmove(to, from, n);
}
MODEL(char *, strncat, char *to, const char *from, size_t most) {
    size_t before = READ_STRING(to), n = plain_read_string(from, most, PC);
    WRITE(to + before, n + 1);
    memmove(to + before, from, n);
    to[before + n] = 0;
    return to;
}
MODEL(char *, strcat, char *to, const char *from) {
    size_t before = READ_STRING(to), n = READ_STRING(from);
    WRITE(to + before, n + 1);
    memmove(to + before, from, n + 1);
    return to;
}
MODEL(char *, strdup, const char *s) {
    size_t n = READ_STRING(s);
    char *copy = heap_alloc(n + 1, 16, false, PC);
    return memcpy(copy, s, n + 1);
}

MODEL(int, atoi, const char *s) {
    READ_STRING(s);
    return atoi(s);
}
MODEL(long, atol, const char *s) {
    READ_STRING(s);
    return atol(s);
}
/* What the explorer's libc said, for the program. */
static void pass_errno(void) {
    if (errno) {
        set_errno(errno);
    }
}

static void write_end(char **end, char *value, uintptr_t pc) {
    if (end) {
        plain_write((uintptr_t)end, sizeof *end, pc);
        *end = value;
    }
}

MODEL(long, strtol, const char *s, char **end, int base) {
    char *stop;
    READ_STRING(s);
    errno = 0;
    long value = strtol(s, &stop, base);
    pass_errno();
    write_end(end, stop, PC);
    return value;
}
MODEL(unsigned long, strtoul, const char *s, char **end, int base) {
    char *stop;
    READ_STRING(s);
    errno = 0;
    unsigned long value = strtoul(s, &stop, base);
    pass_errno();
    write_end(end, stop, PC);
    return value;
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

static _Noreturn void end_program(int status, uintptr_t pc) {
    if (status != 0) {
        violation_at(pc, "exit status", "exit(%d)", status);
    }
    op_settle();
    machine_exit_program();
}

MODEL(_Noreturn void, exit, int status) {
    end_program(status, PC);
}
MODEL(_Noreturn void, exit_at_once, int status) { /* _exit: no handler is modelled anyway */
    end_program(status, PC);
}
MODEL(_Noreturn void, exit_at_once_c, int status) { /* _Exit */
    end_program(status, PC);
}

MODEL(void, feraiseexcept,
      int exceptions) { /* of atomic floating-point operations: nothing looks at them */
    (void)exceptions;
}

/* ---- output: only a replay shows it, an exploration would repeat it for every execution ---- */

/* One conversion of a format: reads the string, steps over anything else. Returns where it ends. */
static const char *read_conversion(const char *f, va_list *args, uintptr_t pc) {
    size_t most = SIZE_MAX;
    int longs = 0;
    for (bool precision = false;; f++) {
        if (*f == '*') {
            int n = va_arg(*args, int);
            most = precision && n >= 0 ? (size_t)n : SIZE_MAX; /* a negative one is none */
        } else if (*f == '.') {
            precision = true;
            most = strtoul(f + 1, NULL, 10);
        } else if (*f == 'l' || *f == 'z' || *f == 'j' || *f == 't' || *f == 'L') {
            longs += *f == 'L' ? 4 : 1;
        } else if (*f == '$') {
            machine_unmodelled("an argument named by its position in a format");
        } else if (!*f || !strchr("0123456789-+ #'h", *f)) {
            break;
        }
    }
    switch (*f) {
    case 's':
        if (longs) {
            machine_unmodelled("a string of wide characters in a format");
        }
        plain_read_string(va_arg(*args, const char *), most, pc);
        break;
    case 'n':
        machine_unmodelled("%n in a format");
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        longs >= 4 ? (void)va_arg(*args, long double) : (void)va_arg(*args, double);
        break;
    case '%':
    case 'm':
    case 0:
        break;
    default: /* narrower ones take a place of the same size */
        (void)va_arg(*args, long);
    }
    return *f ? f + 1 : f;
}

/* What a function of the printf family reads of the program's memory. */
static void read_format(const char *format, va_list given, uintptr_t pc) {
    va_list args;
    va_copy(args, given);
    plain_read_string(format, SIZE_MAX, pc);
    for (const char *f = format; (f = strchr(f, '%'));) {
        f = read_conversion(f + 1, &args, pc);
    }
    va_end(args);
}

static int show(const char *format, va_list args, uintptr_t pc) {
    read_format(format, args, pc);
    if (options.mode == MODE_REPLAY) {
        return vprintf(format, args);
    }
    return vsnprintf(NULL, 0, format, args);
}

static int print_into(char *to, size_t size, const char *format, va_list args, uintptr_t pc) {
    va_list again;
    va_copy(again, args);
    read_format(format, args, pc);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n >= 0 && size > 0) {
        plain_write((uintptr_t)to, (size_t)n < size ? (size_t)n + 1 : size, pc);
    }
    return vsnprintf(to, size, format, args);
}

/* Defines a function of the printf family: its arguments but for those of the format, and what it does with them as args. */
#define PRINTF_MODEL(name, body, ...)                                                              \
    MODEL(int, name, __VA_ARGS__, const char *format, ...) {                                       \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        int n = body;                                                                              \
        va_end(args);                                                                              \
        return n;                                                                                  \
    }

MODEL(int, printf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = show(format, args, PC);
    va_end(args);
    return n;
}
MODEL(int, vprintf, const char *format, va_list args) {
    return show(format, args, PC);
}
PRINTF_MODEL(fprintf, ((void)f, show(format, args, PC)), FILE *f)
PRINTF_MODEL(snprintf, print_into(to, size, format, args, PC), char *to, size_t size)
PRINTF_MODEL(sprintf, print_into(to, SIZE_MAX, format, args, PC), char *to)
MODEL(int, vsnprintf, char *to, size_t size, const char *format, va_list args) {
    return print_into(to, size, format, args, PC);
}
MODEL(int, vsprintf, char *to, const char *format, va_list args) {
    return print_into(to, SIZE_MAX, format, args, PC);
}

MODEL(int, puts, const char *s) {
    READ_STRING(s);
    return options.mode == MODE_REPLAY ? puts(s) : 0;
}
MODEL(int, putchar, int c) {
    return options.mode == MODE_REPLAY ? putchar(c) : c;
}
MODEL(int, fputs, const char *s, FILE *f) {
    (void)f;
    READ_STRING(s);
    return options.mode == MODE_REPLAY ? fputs(s, stdout) : 0;
}

MODEL(int, fputc, int c, FILE *f) {
    (void)f;
    return options.mode == MODE_REPLAY ? putchar(c) : c;
}

MODEL(size_t, fwrite, const void *p, size_t size, size_t n, FILE *f) {
    (void)f;
    READ(p, size * n);
    return options.mode == MODE_REPLAY ? fwrite(p, size, n, stdout) : n;
}

MODEL(int, fflush, FILE *f) {
    (void)f;
    return 0;
}

MODEL(void, perror, const char *s) {
    READ_STRING(s);
    if (options.mode == MODE_REPLAY) {
        puts(s);
    }
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
    (void)rest; /* only when a signal comes */
    plain_read((uintptr_t)wanted, sizeof *wanted, PC);
    if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 || wanted->tv_nsec >= 1000000000) {
        set_errno(EINVAL);
        return -1;
    }
    return 0;
}

static void look_at_clock(struct timespec *out, uintptr_t pc) {
    uint64_t now = op_clock(pc);
    plain_write((uintptr_t)out, sizeof *out, pc);
    out->tv_sec = (time_t)(now / 1000000000u);
    out->tv_nsec = (long)(now % 1000000000u);
}

/* These come by hooks.S. */
#define CLOCK_MODEL(result, name, ...)                                                             \
    result impl_explore_##name(__VA_ARGS__);                                                       \
    result impl_explore_##name(__VA_ARGS__)

CLOCK_MODEL(int, clock_gettime, int clock, struct timespec *out) {
    (void)clock;
    look_at_clock(out, PC);
    return 0;
}
CLOCK_MODEL(int, timespec_get, struct timespec *out, int base) {
    look_at_clock(out, PC);
    return base;
}
CLOCK_MODEL(time_t, time, time_t *out) {
    time_t now = (time_t)(op_clock(PC) / 1000000000u);
    if (out) {
        plain_write((uintptr_t)out, sizeof *out, PC);
        *out = now;
    }
    return now;
}
CLOCK_MODEL(int, gettimeofday, struct timeval *out, void *zone) {
    (void)zone;
    uint64_t now = op_clock(PC);
    plain_write((uintptr_t)out, sizeof *out, PC);
    *out = (struct timeval){.tv_sec = (time_t)(now / 1000000000u),
                            .tv_usec = (suseconds_t)(now % 1000000000u / 1000u)};
    return 0;
}

void explore_outcome(const char *name, uint64_t value) {
    engine_outcome(name, value);
}
