/* stumble.c: runs a program and holds its threads up, at random places and for random times.
 *
 *     stumble PROGRAM ARGUMENT...        bazel test --config=stumble //tests/...
 *
 * A machine may be arbitrarily slow, and one thread slower than all others: a test that counts on
 * a thread to get somewhere before a timeout ends, or before another thread does, fails here within
 * seconds and elsewhere once in a thousand runs. Each thread and child process is traced (ptrace);
 * every few milliseconds one of them is stopped where it happens to be, every fourth new one before
 * its first instruction, and goes on after up to 0.15 s. No signal is delivered and system calls go on
 * as they would after a stop, so nothing but the time changes. Linux only; not with
 * LeakSanitizer, which wants to trace by itself.
 *
 * STUMBLE_SEED repeats the choices (not the schedule; it is printed), STUMBLE_HOLD_MS (150) is the
 * longest stop, STUMBLE_GAP_MS (5) the mean time between two, STUMBLE_AT_ONCE (3) how many threads
 * are held at the same time. The exit code is the program's, or 128 and its signal.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS UINT64_C(1000000)
#define CANNOT 125 /* the exit code when this program failed, not the one it runs */

enum { MOST_THREADS = 8192 };

typedef struct traced {
    uint64_t held_until; /* 0: it runs */
    pid_t id;
    bool asked; /* to stop, and has not yet */
} traced;

static traced all[MOST_THREADS];
static size_t count;
static uint64_t holds;
static uint64_t random_state;

static uint64_t from_environment(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Below `bound` (xorshift64*, S. Vigna 2016). */
static uint64_t random_below(uint64_t bound) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return bound == 0 ? 0 : (random_state * UINT64_C(0x2545f4914f6cdd1d)) % bound;
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

static _Noreturn void give_up(const char *what) {
    perror(what);
    exit(CANNOT);
}

/* ---- the threads -------------------------------------------------------------------------- */

static traced *thread_of(pid_t id) {
    for (size_t i = 0; i < count; i++) {
        if (all[i].id == id) {
            return &all[i];
        }
    }
    if (count == MOST_THREADS) {
        errno = EAGAIN;
        give_up("stumble: too many threads");
    }
    all[count] = (traced){.id = id};
    return &all[count++];
}

static void forget(pid_t id) {
    traced *thread = thread_of(id);
    *thread = all[--count];
}

/* Any ptrace call may find that its thread is gone: it was killed. waitpid will say so. */
static void go_on(pid_t id, int signal_number) {
    (void)ptrace(PTRACE_CONT, id, NULL, (void *)(intptr_t)signal_number);
}

static void stopped(pid_t id, int status, uint64_t longest) {
    traced *thread = thread_of(id);
    int event = status >> 16;
    int signal_number = WSTOPSIG(status);
    if (event == 0) {
        go_on(id, signal_number); /* a signal on its way */
    } else if (event != PTRACE_EVENT_STOP) {
        go_on(id, 0); /* it has made a thread or a process, which stops by itself */
    } else if (signal_number == SIGTRAP) {
        if (!thread->asked && random_below(4) != 0) {
            go_on(id, 0); /* it is new; a test that starts thousands has to end */
            return;
        }
        thread->asked = false;
        thread->held_until = now_ns() + random_below(longest) + 1;
        holds++;
    } else {
        (void)ptrace(PTRACE_LISTEN, id, NULL, NULL); /* stopped by its own job control */
    }
}

/* Returns how many are still held. */
static size_t release_expired(uint64_t now) {
    size_t held = 0;
    for (size_t i = 0; i < count; i++) {
        if (all[i].held_until == 0) {
            continue;
        }
        if (all[i].held_until <= now) {
            all[i].held_until = 0;
            go_on(all[i].id, 0);
        } else {
            held++;
        }
    }
    return held;
}

static void stop_one(void) {
    traced *thread = &all[random_below(count)];
    if (thread->held_until == 0 && !thread->asked) {
        thread->asked = ptrace(PTRACE_INTERRUPT, thread->id, NULL, NULL) == 0;
    }
}

/* Takes note of all that stopped or ended; *code becomes the root's. False if nothing did. */
static bool take_note(pid_t root, uint64_t longest, int *code) {
    bool any = false;
    int status = 0;
    for (pid_t id; (id = waitpid(-1, &status, __WALL | WNOHANG)) > 0; any = true) {
        if (WIFSTOPPED(status)) {
            stopped(id, status, longest);
            continue;
        }
        if (id == root) {
            *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        forget(id);
    }
    return any;
}

/* ---- the program -------------------------------------------------------------------------- */

/* The child waits until it is traced. */
static pid_t start(char **command) {
    int gate[2];
    char byte = 0;
    if (pipe(gate) != 0) {
        give_up("stumble: pipe");
    }
    pid_t child = fork();
    if (child < 0) {
        give_up("stumble: fork");
    }
    if (child == 0) {
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1) {
            _exit(CANNOT);
        }
        close(gate[0]);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    close(gate[0]);
    long options =
        PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, NULL, (void *)(intptr_t)options) != 0) {
        give_up("stumble: this machine does not let one trace");
    }
    (void)thread_of(child);
    if (write(gate[1], &byte, 1) != 1) {
        give_up("stumble: pipe");
    }
    close(gate[1]);
    return child;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: stumble PROGRAM ARGUMENT...\n");
        return CANNOT;
    }
    uint64_t longest = from_environment("STUMBLE_HOLD_MS", 150) * MS;
    uint64_t gap = from_environment("STUMBLE_GAP_MS", 5) * MS;
    uint64_t at_once = from_environment("STUMBLE_AT_ONCE", 3);
    uint64_t seed = from_environment("STUMBLE_SEED", now_ns());
    int code = CANNOT;
    random_state = seed | 1;
    printf("stumble: STUMBLE_SEED=%" PRIu64 "\n", seed);
    fflush(stdout);
    pid_t root = start(argv + 1);
    uint64_t next = 0;
    while (count > 0) {
        bool any = take_note(root, longest, &code);
        uint64_t now = now_ns();
        size_t held = release_expired(now);
        if (count > 0 && now >= next && held < at_once) {
            stop_one();
            next = now + random_below(2 * gap);
        }
        if (!any) {
            nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
        }
    }
    printf("stumble: %" PRIu64 " stops\n", holds);
    return code;
}
