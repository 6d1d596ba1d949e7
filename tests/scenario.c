#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

static void print_and_abort(const char *file, int line, const char *expression) {
    fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
    abort();
}

/* Set before the first scenario runs, so plain. */
static scenario_failure_hook *on_failure = print_and_abort;

void scenario_on_failure(scenario_failure_hook *hook) {
    on_failure = hook != NULL ? hook : print_and_abort;
}

void scenario_failed(const char *file, int line, const char *expression) {
    on_failure(file, line, expression);
}
