#include "heap.h"

#include "await.h"
#include "machine.h"
#include "ops.h"
#include "options.h"
#include "program.h"
#include "race.h"
#include "names.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ARENA_BITS = 28, RED_ZONE = 32 };
#define ARENA_SIZE ((size_t)1 << ARENA_BITS)

typedef struct block {
    uintptr_t addr;
    size_t size;
    bool live, kept;
    uint64_t generation;
    uintptr_t alloc_pc, free_pc;
    int freed_by;
} block;

/* One per thread, so that a block's address does not depend on what other threads do meanwhile. */
typedef struct arena {
    uintptr_t next;
    int n, cap;
    block *blocks; /* by address */
} arena;

static uintptr_t heap_base;
static arena arenas[MAX_THREADS];

static uintptr_t arena_base(int tid) {
    return heap_base + (uintptr_t)tid * ARENA_SIZE;
}

void heap_reset(void) {
    if (!heap_base) {
        void *p = mmap(NULL, ARENA_SIZE * MAX_THREADS, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) {
            report_internal("no address space for the heap");
        }
        heap_base = (uintptr_t)p;
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        arenas[t].n = 0;
        arenas[t].next = arena_base(t) + RED_ZONE;
    }
}

bool heap_contains(uintptr_t addr) {
    return addr - heap_base < ARENA_SIZE * MAX_THREADS;
}

/* The block that begins at or before addr. */
static block *block_before(uintptr_t addr) {
    arena *a = &arenas[(addr - heap_base) >> ARENA_BITS];
    int low = 0, high = a->n;
    while (low < high) {
        int mid = (low + high) / 2;
        if (a->blocks[mid].addr <= addr) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low ? &a->blocks[low - 1] : NULL;
}

static block *fresh_block(size_t size, size_t align) {
    arena *a = &arenas[M.current->tid];
    uintptr_t addr = (a->next + align - 1) & ~(uintptr_t)(align - 1);
    uintptr_t end = arena_base(M.current->tid) + ARENA_SIZE;
    if (addr > end || size > ARENA_SIZE || addr + size + RED_ZONE > end) {
        machine_bound("heap of a thread");
    }
    if (a->n == a->cap) {
        a->cap = a->cap * 2 + 64;
        a->blocks = realloc(a->blocks, (size_t)a->cap * sizeof *a->blocks);
        if (!a->blocks) {
            abort();
        }
    }
    a->next = addr + size + RED_ZONE;
    a->blocks[a->n] = (block){.addr = addr, .size = size};
    return &a->blocks[a->n++];
}

/* ---- reuse as a choice: a malloc event reads from the free event whose block it takes ---- */

static bool taken(event_id freed) {
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < M.g->th[t].n; i++) {
            const event *e = &M.g->th[t].ev[i];
            if (e->kind == EV_MALLOC && e->rf.idx && same_id(e->rf, freed)) {
                return true;
            }
        }
    }
    return false;
}

bool heap_fits(const event *freed, const event *request) {
    return freed->alternatives == request->alternatives && freed->value % request->expected == 0;
}

/* Every free that was carried out, and whose block the request may take. */
static int free_blocks(const event *request, event_id *found) {
    int n = 0;
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < M.th[t].pos; i++) {
            const event *e = &M.g->th[t].ev[i];
            if (e->kind == EV_FREE && heap_fits(e, request) && !taken(e->self)) {
                found[n++] = e->self;
            }
        }
    }
    return n;
}

static block *choose_block(size_t size, size_t align, uintptr_t pc) {
    static event_id found[UINT16_MAX]; /* more than there are events */
    machine_point();
    event proto = {.kind = EV_MALLOC, .loc = -1, .pc = pc, .alternatives = size, .expected = align};
    int n = free_blocks(&proto, found);
    bool fresh;
    event *e = machine_event(&proto, &fresh);
    if (fresh) {
        int chosen = M.drive->choose_block(e, found, n);
        graph_set_rf(M.g, e, chosen < n ? found[chosen] : (event_id){0, 0}, 0);
    }
    event_id self = e->self;
    block *b = e->rf.idx ? block_before(graph_event(M.g, e->rf)->value) : fresh_block(size, align);
    graph_event(M.g, self)->value = b->addr;
    b->generation = (uint64_t)self.tid << 32 | self.idx;
    return b;
}

static void free_event(const block *b, uintptr_t pc) {
    machine_point();
    event proto = {.kind = EV_FREE, .loc = -1, .pc = pc, .value = b->addr, .alternatives = b->size};
    bool fresh;
    event *e = machine_event(&proto, &fresh);
    if (fresh) {
        M.drive->freed(e);
    }
}

/* ---- the interface ---- */

void *heap_alloc(size_t size, size_t align, bool zero, uintptr_t pc) {
    op_settle();
    if (size > PTRDIFF_MAX) {
        return NULL; /* no object is so big; memory is never short otherwise */
    }
    if (align < 16) {
        align = 16;
    }
    block *b = options.reuse ? choose_block(size, align, pc) : fresh_block(size, align);
    b->live = true;
    b->kept = false;
    b->alloc_pc = pc;
    race_forget(b->addr, size);
    memset((void *)b->addr, zero ? 0 : 0xA5, size);
    await_progress();
    return (void *)b->addr;
}

void heap_keep(void *p) {
    block_before((uintptr_t)p)->kept = true;
}

static block *owned_block(void *p, uintptr_t pc) {
    block *b = heap_contains((uintptr_t)p) ? block_before((uintptr_t)p) : NULL;
    if (!b || b->addr != (uintptr_t)p) {
        violation_at(pc, "bad free", "free of %p, which is not the start of a block", p);
    }
    if (!b->live) {
        violation_pair(pc, b->free_pc, "double free", "the block was already freed by thread %d",
                       b->freed_by);
    }
    return b;
}

void heap_free(void *p, uintptr_t pc) {
    op_settle();
    if (!p) {
        return;
    }
    block *b = owned_block(p, pc);
    if (options.reuse) {
        free_event(b, pc);
        b = owned_block(p, pc); /* others ran meanwhile */
    }
    race_check(b->addr, b->size, RACE_FREE, pc);
    b->live = false;
    b->free_pc = pc;
    b->freed_by = M.current->tid;
    await_progress();
}

void *heap_realloc(void *p, size_t size, uintptr_t pc) {
    void *q = heap_alloc(size, 16, false, pc);
    if (!p || !q) {
        return q;
    }
    const block *b = owned_block(p, pc);
    size_t kept = b->size < size ? b->size : size;
    race_check(b->addr, kept, RACE_PLAIN_READ, pc);
    memcpy(q, p, kept);
    heap_free(p, pc);
    return q;
}

void heap_check(uintptr_t addr, size_t size, uintptr_t pc) {
    if (!heap_contains(addr)) {
        program_check_thread_memory(addr, size, pc);
        return;
    }
    const block *b = block_before(addr);
    if (!b || addr + size > b->addr + b->size) {
        violation_at(pc, "out of bounds", "an access of %zu bytes outside any block, at %s", size,
                     name_of_address(addr));
    }
    if (!b->live) {
        violation_pair(pc, b->free_pc, "use after free",
                       "an access of %zu bytes to a block freed by thread %d", size, b->freed_by);
    }
}

uint64_t heap_generation(uintptr_t addr) {
    const block *b = heap_contains(addr) ? block_before(addr) : NULL;
    return b ? b->generation : 0;
}

void heap_describe(uintptr_t addr, char *out, size_t size) {
    const block *b = block_before(addr);
    if (!b) {
        snprintf(out, size, "heap, outside any block");
    } else {
        snprintf(out, size, "heap block %d.%d (%zu bytes%s) +%zu",
                 (int)((addr - heap_base) >> ARENA_BITS),
                 (int)(b - arenas[(addr - heap_base) >> ARENA_BITS].blocks), b->size,
                 b->live ? "" : ", freed", (size_t)(addr - b->addr));
    }
}

void heap_check_leaks(void) {
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < arenas[t].n; i++) {
            const block *b = &arenas[t].blocks[i];
            if (b->live && !b->kept) {
                violation_in_the_end(b->alloc_pc, "leak", "a block of %zu bytes is never freed",
                                     b->size);
                return;
            }
        }
    }
}
