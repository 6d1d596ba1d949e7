#include "race.h"

#include "machine.h"
#include "program.h"
#include "names.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An access on record: it happens before an event of another thread exactly if that event's clock has reached when. */
typedef struct record {
    uint8_t tid, kind, mask; /* mask: the bytes of the cell it touched */
    uint16_t when;
    uint64_t frame;     /* that it lies in; 0: none */
    uintptr_t pc, addr; /* the whole access, of which the cell may hold a part */
    size_t size;
} record;

/* Eight bytes of memory. */
typedef struct cell {
    uintptr_t granule;
    uint64_t run; /* valid in this run only */
    int nrecords, cap;
    record *records;
    int nlocs;
    int loc[8];
    uint16_t served
        [8]; /* by each byte: atomic objects, one after the other, before the one that is there */
} cell;

static cell *table;
static uint32_t table_size, used;

static uint32_t hash(uintptr_t granule) {
    return (uint32_t)((granule * 0x9E3779B97F4A7C15ull) >> 32);
}

static cell *slot_for(uintptr_t granule) {
    uint32_t i = hash(granule) & (table_size - 1);
    while (table[i].granule && table[i].granule != granule) {
        i = (i + 1) & (table_size - 1);
    }
    return &table[i];
}

static void grow(void) {
    cell *old = table;
    uint32_t old_size = table_size;
    table_size = table_size ? table_size * 2 : 4096;
    table = calloc(table_size, sizeof *table);
    if (!table) {
        abort();
    }
    for (uint32_t i = 0; i < old_size; i++) {
        if (old[i].granule) {
            *slot_for(old[i].granule) = old[i];
        }
    }
    free(old);
}

static void clear(cell *c) {
    c->nrecords = c->nlocs = 0;
    memset(c->served, 0, sizeof c->served);
}

static cell *cell_at(uintptr_t granule) {
    if (used * 2 >= table_size) {
        grow();
    }
    cell *c = slot_for(granule);
    if (!c->granule) {
        c->granule = granule;
        used++;
    }
    if (c->run != M.run) {
        c->run = M.run;
        clear(c);
    }
    return c;
}

static bool writes(int kind) {
    return kind != RACE_PLAIN_READ && kind != RACE_ATOMIC_READ;
}
static bool plain(int kind) {
    return kind != RACE_ATOMIC_READ && kind != RACE_ATOMIC_WRITE;
}

static bool conflict(int a, int b) {
    /* A free, or an end, conflicts with everything; otherwise one must write and one must be plain. */
    return (writes(a) || writes(b)) && (plain(a) || plain(b));
}

/* Atomic accesses that overlap, but are not of one object. */
static bool mixed(const record *a, const record *b) {
    return !plain(a->kind) && !plain(b->kind) && a->mask != b->mask;
}

static const char *const kind_name[] = {"plain read", "plain write", "atomic read", "atomic write",
                                        "free",       "end",         "destruction"};

static void report_race(const record *r, const record *now) {
    int kind = now->kind;
    char here[128];
    snprintf(here, sizeof here, "%s", name_of_address(now->addr));
    bool freed = kind == RACE_FREE || r->kind == RACE_FREE;
    bool ended = kind == RACE_END || r->kind == RACE_END;
    violation_pair(
        now->pc, r->pc,
        freed           ? "use after free"
        : ended         ? "use after return"
        : mixed(r, now) ? "mixed size"
                        : "data race",
        "the %s of %zu bytes at %s by thread %d is not ordered with the %s of %zu bytes at %s by "
        "thread %d",
        kind_name[kind], now->size, here, now->tid, kind_name[r->kind], r->size,
        name_of_address(r->addr), r->tid);
}

/* Did what is on record come before the current thread's access? In a frame that is gone it was to another object, though the
 * memory is the same: no order is asked for there, but only who came to know of the new frame's object has it, by whatever way. Who
 * did not has the old one's address. */
static bool before(const record *r, const record *now, const event *last) {
    if (!last) {
        return false;
    }
    const clock_vec *known = r->frame == now->frame ? &last->hb : &last->porf;
    return r->when <= known->count[r->tid];
}

static void check_cell(const cell *c, const record *now) {
    const event *last = last_event(M.current);
    for (int i = 0; i < c->nrecords; i++) {
        const record *r = &c->records[i];
        if (r->tid == now->tid || !(r->mask & now->mask) ||
            (!conflict(r->kind, now->kind) && !mixed(r, now))) {
            continue;
        }
        if (!before(r, now, last)) {
            report_race(r, now);
        }
    }
}

static void record_access(cell *c, const record *now) {
    for (int i = 0; i < c->nrecords; i++) {
        record *r = &c->records[i];
        if (r->tid == now->tid && r->kind == now->kind && r->mask == now->mask) {
            *r = *now;
            return;
        }
    }
    if (c->nrecords == c->cap) {
        c->cap = c->cap * 2 + 4;
        c->records = realloc(c->records, (size_t)c->cap * sizeof *c->records);
        if (!c->records) {
            abort();
        }
    }
    c->records[c->nrecords++] = *now;
}

/* Calls for each cell of a range: the bytes of it that the range covers. */
static uint8_t cell_mask(uintptr_t granule, uintptr_t addr, size_t size) {
    uintptr_t base = granule * 8;
    unsigned first = addr > base ? (unsigned)(addr - base) : 0;
    unsigned last = addr + size < base + 8 ? (unsigned)(addr + size - base) : 8;
    return (uint8_t)((0xFFu << first) & (0xFFu >> (8 - last)));
}

void race_check(uintptr_t addr, size_t size, enum race_kind kind, uintptr_t pc) {
    const thread *t = M.current;
    /* An atomic access is the thread's last event; a plain one lies between the last and the next. */
    record now = {.tid = (uint8_t)t->tid,
                  .kind = (uint8_t)kind,
                  .when = (uint16_t)(plain(kind) ? t->pos + 1 : t->pos),
                  .frame = program_frame(addr),
                  .pc = pc,
                  .addr = addr,
                  .size = size};
    for (uintptr_t granule = addr / 8; size && granule <= (addr + size - 1) / 8; granule++) {
        cell *c = cell_at(granule);
        now.mask = cell_mask(granule, addr, size);
        check_cell(c, &now);
        record_access(c, &now);
    }
}

void race_forget(uintptr_t addr, size_t size) {
    for (uintptr_t granule = addr / 8; size && granule <= (addr + size - 1) / 8; granule++) {
        clear(cell_at(granule));
    }
}

static bool lives(const location *l) {
    return l->generation == program_generation(l->addr);
}

int race_atomic_at(uintptr_t addr, int size) {
    const cell *c = cell_at(addr / 8);
    for (int i = 0; i < c->nlocs; i++) {
        const location *l = &locations[c->loc[i]];
        if (l->addr == addr && l->size == size && lives(l)) {
            return c->loc[i];
        }
    }
    return -1;
}

/* Objects are aligned: each lies in one cell. */
uint16_t race_end_atomics(uintptr_t addr, int size) {
    cell *c = cell_at(addr / 8);
    int left = 0;
    uint16_t served = 0;
    for (int i = 0; i < c->nlocs; i++) {
        location *l = &locations[c->loc[i]];
        if (l->addr + l->size <= addr || l->addr >= addr + (unsigned)size || !lives(l)) {
            c->loc[left++] = c->loc[i];
            continue;
        }
        l->ended_in = M.run;
        for (unsigned at = 0; at < l->size; at++) {
            c->served[(l->addr + at) % 8] = (uint16_t)(l->successor + 1);
        }
    }
    c->nlocs = left;
    for (int at = 0; at < size; at++) {
        uint16_t n = c->served[(addr + (unsigned)at) % 8];
        served = n > served ? n : served;
    }
    if (served == UINT16_MAX) {
        machine_bound("atomic objects of different size in one place");
    }
    return served;
}

void race_mark_atomic(uintptr_t addr, int loc) {
    cell *c = cell_at(addr / 8);
    int left = 0;
    for (int i = 0; i < c->nlocs; i++) { /* the objects of frames that are gone make room */
        if (lives(&locations[c->loc[i]])) {
            c->loc[left++] = c->loc[i];
        }
    }
    if (left == 8) {
        report_internal("more than eight atomic objects in eight bytes");
    }
    c->loc[left] = loc;
    c->nlocs = left + 1;
}

int race_atomics_in(uintptr_t addr, size_t size, int *found, int max) {
    int n = 0;
    for (uintptr_t granule = addr / 8; size && granule <= (addr + size - 1) / 8; granule++) {
        cell *c = cell_at(granule);
        for (int i = 0; i < c->nlocs; i++) {
            const location *l = &locations[c->loc[i]];
            if (l->addr + l->size <= addr || l->addr >= addr + size || !lives(l)) {
                continue;
            }
            if (n == max) {
                machine_bound("atomic objects in one plain store");
            }
            found[n++] = c->loc[i];
        }
    }
    return n;
}
