/* Violations, and the trace that shows one. */
#ifndef EXPLORE_REPORT_H
#define EXPLORE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* The program did something wrong in this execution. On a coroutine these do not return. */
void violation(const char *kind, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void violation_at(uintptr_t pc, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of an execution that is over; off the coroutines. */
void violation_in_the_end(uintptr_t pc, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Two places are involved. */
_Noreturn void violation_pair(uintptr_t pc, uintptr_t other, const char *kind, const char *format,
                              ...) __attribute__((format(printf, 4, 5)));
void report_deadlock(void);
/* A bug of the explorer: ends the process, exit status 3. */
_Noreturn void report_internal(const char *what);

/* Prints the violation and its trace, and writes the trace file. */
void report_print(void);
const char *report_kind(void);

#endif
