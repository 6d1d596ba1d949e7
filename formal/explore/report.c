#include "report.h"

#include "machine.h"
#include "names.h"
#include "options.h"
#include "ops.h"
#include "trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    const char *kind;
    char text[1024];
    uintptr_t pc, other;
    int tid;
} found;

const char *report_kind(void) {
    return M.end == RUN_VIOLATION ? found.kind : NULL;
}

static void keep(uintptr_t pc, uintptr_t other, const char *kind, const char *format,
                 va_list args) {
    if (M.violated) {
        return; /* the first one counts */
    }
    found.kind = kind;
    found.pc = pc;
    found.other = other;
    found.tid = M.current ? M.current->tid : -1;
    vsnprintf(found.text, sizeof found.text, format, args);
}

void violation(const char *kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    keep(0, 0, kind, format, args);
    va_end(args);
    if (M.current) {
        machine_violation();
    }
    M.end = RUN_VIOLATION;
}

void violation_at(uintptr_t pc, const char *kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    keep(pc, 0, kind, format, args);
    va_end(args);
    machine_violation();
}

void violation_in_the_end(uintptr_t pc, const char *kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    keep(pc, 0, kind, format, args);
    va_end(args);
    M.end = RUN_VIOLATION;
}

void violation_pair(uintptr_t pc, uintptr_t other, const char *kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    keep(pc, other, kind, format, args);
    va_end(args);
    machine_violation();
}

void report_internal(const char *what) {
    fprintf(stderr, "explore: internal error: %s\n", what);
    exit(3);
}

void report_deadlock(void) {
    char text[900] = "";
    bool spins = false;
    for (int t = 0; t < MAX_THREADS; t++) {
        const thread *th = &M.th[t];
        size_t used = strlen(text);
        if (th->status == TH_JOINING) {
            snprintf(text + used, sizeof text - used, "; thread %d joins thread %d", t,
                     th->waits_for);
        }
        if (th->status == TH_AWAITING) {
            snprintf(text + used, sizeof text - used, "; thread %d %s", t, th->await_what);
            spins |= strcmp(th->await_what, "spins") == 0;
        }
    }
    violation(spins ? "livelock" : "deadlock", "no thread can ever go on%s", text);
}

/* ---- printing ---- */

static const char *const order_name[] = {"relaxed", "consume", "acquire",
                                         "release", "acq_rel", "seq_cst"};
static const char *const liberty_name[] = {"choice", "weak compare-exchange fails spuriously",
                                           "returns spuriously", "times out", "clock leaps"};
static const char *const space_name[] = {"",      "mutex ", "condition ",        "waiters of ",
                                         "once ", "key ",   "flag of the system"};

static int step_of(event_id id) {
    for (int i = 0; i < M.nlog; i++) {
        if (same_id(M.log[i], id)) {
            return i + 1;
        }
    }
    return 0;
}

static void print_location(const event *e) {
    const location *l = &locations[e->loc];
    printf("%s%s", space_name[l->space], l->space == SPACE_FLAG ? "" : name_of_address(l->addr));
}

static void print_read(const event *e) {
    printf("%s %s ",
           e->flags & EF_RMW   ? "rmw-load "
           : e->flags & EF_CAS ? "cas-load "
                               : "load ",
           order_name[e->order]);
    print_location(e);
    printf(" = %llu", (unsigned long long)e->value);
    if (e->rf.idx) {
        printf("   reads from step %d (thread %d)", step_of(e->rf), e->rf.tid);
    } else {
        printf("   reads the initial value");
    }
    int newer = graph_co_count(M.g, e->loc) - graph_co_position(M.g, e->loc, e->rf);
    if (newer && !(e->flags & EF_RMW)) {
        printf(", %d newer", newer);
    }
}

static void print_event(const event *e) {
    switch (e->kind) {
    case EV_START:
        printf("starts");
        break;
    case EV_END:
        printf("ends");
        break;
    case EV_CREATE:
        printf("creates thread %llu", (unsigned long long)e->value);
        break;
    case EV_JOIN:
        printf("joins thread %d", e->rf.tid);
        break;
    case EV_READ:
        print_read(e);
        break;
    case EV_WRITE:
        printf("%s %s ",
               e->flags & EF_PLAIN ? "plain store"
               : e->flags & EF_RMW ? "rmw-store"
                                   : "store",
               order_name[e->order]);
        print_location(e);
        printf(" := %llu", (unsigned long long)e->value);
        break;
    case EV_FENCE:
        printf("fence %s", e->flags & EF_LIGHT   ? "light"
                           : e->flags & EF_HEAVY ? "heavy"
                                                 : order_name[e->order]);
        break;
    case EV_CHOICE:
        printf("%s: %llu", liberty_name[e->order], (unsigned long long)e->value);
        break;
    case EV_MALLOC:
        printf("malloc %llu bytes, %s block", (unsigned long long)e->alternatives,
               e->rf.idx ? "freed" : "fresh");
        break;
    case EV_FREE:
        printf("free");
        break;
    }
}

static void print_steps(void) {
    for (int i = 0; i < M.nlog; i++) {
        const event *e = graph_event(M.g, M.log[i]);
        printf("  %4d  thread %-2d %-28s ", i + 1, e->self.tid, name_of_line(e->pc));
        print_event(e);
        printf("\n");
    }
}

void report_print(void) {
    names_prepare(found.pc, found.other);
    printf("\nviolation: %s: %s\n", found.kind, found.text);
    if (found.pc) {
        printf("  at %s\n", name_of_line(found.pc));
    }
    if (found.other) {
        printf("  and %s\n", name_of_line(found.other));
    }
    printf("trace:\n");
    print_steps();
    if (found.tid >= 0) {
        printf("        thread %-2d %-28s %s\n", found.tid, name_of_line(found.pc), found.kind);
    }
    if (options.trace_out) {
        trace_write(options.trace_out, found.kind, found.tid);
    }
}
