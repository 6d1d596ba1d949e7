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

/* The atomic objects in a cell. */
typedef struct atomics {
    int n, loc[8];
    uint16_t served
        [8]; /* by each byte: atomic objects, one after the other, before the one that is there */
} atomics;

enum { NEAR_RECORDS = 2 };

/* Eight bytes of memory. Most have few records. */
typedef struct cell {
    uint64_t run; /* valid in this run only */
    int nrecords, cap;
    record near[NEAR_RECORDS], *far;
    atomics *atomics; /* NULL: there never was one */
} cell;

enum { PAGE_CELLS = 128, RECENT_PAGES = 64 };

/* Cells of neighbours lie side by side: what a program touches in one go is looked up in one go. */
typedef struct page {
    uintptr_t number;
    cell cells[PAGE_CELLS];
} page;

static page **table; /* open addressing */
static uint32_t table_size, used;

static page **slot_for(uintptr_t number) {
    uint32_t i = (uint32_t)((number * 0x9E3779B97F4A7C15ull) >> 32) & (table_size - 1);
    while (table[i] && table[i]->number != number) {
        i = (i + 1) & (table_size - 1);
    }
    return &table[i];
}

static void grow(void) {
    page **old = table;
    uint32_t old_size = table_size;
    table_size = table_size ? table_size * 2 : 256;
    table = calloc(table_size, sizeof(page *));
    if (!table) {
        abort();
    }
    for (uint32_t i = 0; i < old_size; i++) {
        if (old[i]) {
            *slot_for(old[i]->number) = old[i];
        }
    }
    free(old);
}

static page *page_numbered(uintptr_t number) {
    if (used * 2 >= table_size) {
        grow();
    }
    page **slot = slot_for(number);
    if (!*slot) {
        *slot = calloc(1, sizeof **slot);
        if (!*slot) {
            abort();
        }
        (*slot)->number = number;
        used++;
    }
    return *slot;
}

static void clear(cell *c) {
    c->nrecords = 0;
    if (c->atomics) {
        *c->atomics = (atomics){0};
    }
}

static cell *cell_at(uintptr_t granule) {
    static page *recent[RECENT_PAGES];
    uintptr_t number = granule / PAGE_CELLS;
    page **p = &recent[number % RECENT_PAGES];
    if (!*p || (*p)->number != number) {
        *p = page_numbered(number);
    }
    cell *c = &(*p)->cells[granule % PAGE_CELLS];
    if (c->run != M.run) {
        c->run = M.run;
        clear(c);
    }
    return c;
}

static record *record_at(cell *c, int i) {
    return i < NEAR_RECORDS ? &c->near[i] : &c->far[i - NEAR_RECORDS];
}

static record *new_record(cell *c) {
    int far = c->nrecords - NEAR_RECORDS;
    if (far == c->cap) {
        c->cap = c->cap * 2 + 4;
        c->far = realloc(c->far, (size_t)c->cap * sizeof *c->far);
        if (!c->far) {
            abort();
        }
    }
    return record_at(c, c->nrecords++);
}

static bool writes(int kind) {
    return kind != RACE_PLAIN_READ && kind != RACE_ATOMIC_READ;
}
static bool plain(int kind) {
    return kind != RACE_ATOMIC_READ && kind != RACE_ATOMIC_WRITE;
}

/* Atomic accesses that overlap, but are not of one object. */
static bool mixed(const record *r, int kind, uint8_t mask) {
    return !plain(r->kind) && !plain(kind) && r->mask != mask;
}

/* A free, or an end, conflicts with everything; otherwise one must write and one must be plain. */
static bool conflict(const record *r, int kind, uint8_t mask) {
    return ((writes(r->kind) || writes(kind)) && (plain(r->kind) || plain(kind))) ||
           mixed(r, kind, mask);
}

static const char *const kind_name[] = {"plain read", "plain write", "atomic read", "atomic write",
                                        "free",       "end",         "destruction"};

/* By value, so that a record that is only compared needs no memory. */
static void report_race(record r, record now, uint8_t mask) {
    int kind = now.kind;
    char here[128];
    snprintf(here, sizeof here, "%s", name_of_address(now.addr));
    bool freed = kind == RACE_FREE || r.kind == RACE_FREE;
    bool ended = kind == RACE_END || r.kind == RACE_END;
    violation_pair(
        now.pc, r.pc,
        freed                   ? "use after free"
        : ended                 ? "use after return"
        : mixed(&r, kind, mask) ? "mixed size"
                                : "data race",
        "the %s of %zu bytes at %s by thread %d is not ordered with the %s of %zu bytes at %s by "
        "thread %d",
        kind_name[kind], now.size, here, now.tid, kind_name[r.kind], r.size,
        name_of_address(r.addr), r.tid);
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

/* Field by field: as a whole it would be read from memory right after it was put together there, which takes longer. */
static void put(record *r, const record *now, uint8_t mask) {
    r->tid = now->tid;
    r->kind = now->kind;
    r->mask = mask;
    r->when = now->when;
    r->frame = now->frame;
    r->pc = now->pc;
    r->addr = now->addr;
    r->size = now->size;
}

/* Checks the access, to these bytes of the cell, against what is on record there, and puts it on record. It takes the place of one by
 * the same thread that it is like. */
static void access_cell(cell *c, const record *now, uint8_t mask, const event *last) {
    record *place = NULL;
    for (int i = 0; i < c->nrecords; i++) {
        record *r = record_at(c, i);
        if (r->tid == now->tid) {
            place = r->kind == now->kind && r->mask == mask ? r : place;
        } else if ((r->mask & mask) && conflict(r, now->kind, mask) && !before(r, now, last)) {
            report_race(*r, *now, mask);
        }
    }
    put(place ? place : new_record(c), now, mask);
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
    const event *last = last_event(t);
    for (uintptr_t granule = addr / 8; size && granule <= (addr + size - 1) / 8; granule++) {
        access_cell(cell_at(granule), &now, cell_mask(granule, addr, size), last);
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
    const atomics *a = cell_at(addr / 8)->atomics;
    for (int i = 0; a && i < a->n; i++) {
        const location *l = &locations[a->loc[i]];
        if (l->addr == addr && l->size == size && lives(l)) {
            return a->loc[i];
        }
    }
    return -1;
}

static atomics *atomics_at(uintptr_t addr) {
    cell *c = cell_at(addr / 8);
    if (!c->atomics) {
        c->atomics = calloc(1, sizeof *c->atomics);
        if (!c->atomics) {
            abort();
        }
    }
    return c->atomics;
}

/* Objects are aligned: each lies in one cell. */
uint16_t race_end_atomics(uintptr_t addr, int size) {
    atomics *a = atomics_at(addr);
    int left = 0;
    uint16_t served = 0;
    for (int i = 0; i < a->n; i++) {
        location *l = &locations[a->loc[i]];
        if (l->addr + l->size <= addr || l->addr >= addr + (unsigned)size || !lives(l)) {
            a->loc[left++] = a->loc[i];
            continue;
        }
        l->ended_in = M.run;
        for (unsigned at = 0; at < l->size; at++) {
            a->served[(l->addr + at) % 8] = (uint16_t)(l->successor + 1);
        }
    }
    a->n = left;
    for (int at = 0; at < size; at++) {
        uint16_t n = a->served[(addr + (unsigned)at) % 8];
        served = n > served ? n : served;
    }
    if (served == UINT16_MAX) {
        machine_bound("atomic objects of different size in one place");
    }
    return served;
}

void race_mark_atomic(uintptr_t addr, int loc) {
    atomics *a = atomics_at(addr);
    int left = 0;
    for (int i = 0; i < a->n; i++) { /* the objects of frames that are gone make room */
        if (lives(&locations[a->loc[i]])) {
            a->loc[left++] = a->loc[i];
        }
    }
    if (left == 8) {
        report_internal("more than eight atomic objects in eight bytes");
    }
    a->loc[left] = loc;
    a->n = left + 1;
}

int race_atomics_in(uintptr_t addr, size_t size, int *found, int max) {
    int n = 0;
    for (uintptr_t granule = addr / 8; size && granule <= (addr + size - 1) / 8; granule++) {
        const atomics *a = cell_at(granule)->atomics;
        for (int i = 0; a && i < a->n; i++) {
            const location *l = &locations[a->loc[i]];
            if (l->addr + l->size <= addr || l->addr >= addr + size || !lives(l)) {
                continue;
            }
            if (n == max) {
                machine_bound("atomic objects in one plain store");
            }
            found[n++] = a->loc[i];
        }
    }
    return n;
}
