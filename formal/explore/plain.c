#include "plain.h"

#include "await.h"
#include "heap.h"
#include "machine.h"
#include "ops.h"
#include "program.h"
#include "race.h"
#include "watch.h"

#include <string.h>

announced plain_announced;

void plain_forget_announced(void) {
    plain_announced = (announced){0, 0, 0, 0};
}

void plain_enter(uintptr_t pc) {
    if (watch_time_over) {
        watch_end_run(pc);
    }
    op_settle_stores();
}

static void check_read(uintptr_t addr, size_t size, uintptr_t pc) {
    plain_enter(pc);
    heap_check(addr, size, pc);
    race_check(addr, size, RACE_PLAIN_READ, pc);
}

static void check_write(uintptr_t addr, size_t size, uintptr_t pc) {
    heap_check(addr, size, pc);
    race_check(addr, size, RACE_PLAIN_WRITE, pc);
    await_plain_store(addr, size);
}

void plain_read(uintptr_t addr, size_t size, uintptr_t pc) {
    if (M.current && size) {
        check_read(addr, size, pc);
    }
}

void plain_write(uintptr_t addr, size_t size, uintptr_t pc) {
    if (M.current && size) {
        plain_enter(pc);
        op_plain_store(addr, size, pc);
        check_write(addr, size, pc);
    }
}

size_t plain_read_string(const char *s, size_t most, uintptr_t pc) {
    op_settle_stores(); /* another thread may go on there, and change the string */
    size_t n = strnlen(s, most);
    plain_read((uintptr_t)s, n < most ? n + 1 : n, pc);
    return n;
}

/* ---- announced by the compiler ---- */

void plain_announce_read(uintptr_t addr, size_t size, uintptr_t pc) {
    if (M.current && size) {
        check_read(addr, size, pc);
        plain_announced.read_from = addr;
        plain_announced.read_to = addr + size;
    }
}

/* A store to an atomic object is told by its instruction: its value is in memory as soon as that is over, and not before. */
void plain_announce_write(uintptr_t addr, size_t size, uintptr_t pc) {
    int found[MAX_PENDING];
    if (!M.current || !size) {
        return;
    }
    plain_enter(pc);
    if (race_atomics_in(addr, size, found, MAX_PENDING) > 0) {
        return;
    }
    check_write(addr, size, pc);
    plain_announced.write_from = addr;
    plain_announced.write_to = addr + size;
}

/* ---- told by an instruction that was not announced (hooks.S) ---- */

static bool own_stack(uintptr_t addr) {
    const thread *t = M.current;
    return addr - (uintptr_t)t->stack < t->stack_size;
}

/* Most of these are spilled registers. */
static void stack_access(uintptr_t addr, size_t size, bool write, uintptr_t pc) {
    op_settle_stores();
    program_check_thread_memory(addr, size, pc);
    if (write) {
        op_plain_store(addr, size, pc);
    }
    race_check(addr, size, write ? RACE_PLAIN_WRITE : RACE_PLAIN_READ, pc);
}

void plain_seen(uintptr_t addr, size_t size, int write, uintptr_t pc, uintptr_t sp);
void plain_seen(uintptr_t addr, size_t size, int write, uintptr_t pc, uintptr_t sp) {
    if (!M.current || !size) {
        return;
    }
    M.current->program_sp = sp;
    if (own_stack(addr)) {
        stack_access(addr, size, write, pc);
    } else if (!program_has_data(addr)) {
        return; /* constants, or libc's */
    } else if (write) {
        plain_write(addr, size, pc);
    } else {
        plain_read(addr, size, pc);
    }
}

void plain_seen_string(uintptr_t to, uintptr_t from, size_t size, uintptr_t pc, uintptr_t sp);
void plain_seen_string(uintptr_t to, uintptr_t from, size_t size, uintptr_t pc, uintptr_t sp) {
    if (from) {
        plain_seen(from, size, 0, pc, sp);
    }
    plain_seen(to, size, 1, pc, sp);
}
