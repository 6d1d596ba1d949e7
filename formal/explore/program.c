#include "program.h"

#include "await.h"
#include "heap.h"
#include "options.h"
#include "pthread_model.h"
#include "race.h"
#include "names.h"
#include "report.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEGMENTS = 8 };

typedef struct segment {
    char *start;
    size_t size;
    char *initial;
} segment;

static struct {
    const char *path;
    uintptr_t base;
    int (*main)(int, char **);
    segment data[MAX_SEGMENTS];
    int ndata;
    uintptr_t code_start, code_end;
    const char *tls_initial;
    size_t tls_file_size, tls_size, tls_align;
} P;

/* ---- loading ---- */

static void note_segment(const struct dl_phdr_info *info, const ElfW(Phdr) * ph) {
    char *start = (char *)(info->dlpi_addr + ph->p_vaddr);
    if (ph->p_type == PT_TLS) {
        P.tls_initial = start;
        P.tls_file_size = ph->p_filesz;
        P.tls_size = ph->p_memsz;
        P.tls_align = ph->p_align;
    }
    if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X)) {
        P.code_start = (uintptr_t)start;
        P.code_end = P.code_start + ph->p_memsz;
    }
    if (ph->p_type == PT_LOAD && (ph->p_flags & PF_W) && P.ndata < MAX_SEGMENTS) {
        P.data[P.ndata++] = (segment){.start = start, .size = ph->p_memsz};
    }
}

/* The part of a writable segment that the loader makes read-only after relocation cannot be restored and need not be. */
static void skip_relro(const struct dl_phdr_info *info) {
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type != PT_GNU_RELRO) {
            continue;
        }
        uintptr_t end = (info->dlpi_addr + ph->p_vaddr + ph->p_memsz + 4095) & ~(uintptr_t)4095;
        for (int k = 0; k < P.ndata; k++) {
            segment *s = &P.data[k];
            uintptr_t start = (uintptr_t)s->start;
            if (start >= end || start + s->size <= info->dlpi_addr + ph->p_vaddr) {
                continue;
            }
            size_t gone = end - start < s->size ? end - start : s->size;
            s->start += gone;
            s->size -= gone;
        }
    }
}

static int find_program(struct dl_phdr_info *info, size_t size, void *base) {
    (void)size;
    if (info->dlpi_addr != *(uintptr_t *)base) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        note_segment(info, &info->dlpi_phdr[i]);
    }
    skip_relro(info);
    return 1;
}

const char *program_load(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        return dlerror();
    }
    P.path = path;
    P.main = (int (*)(int, char **))(uintptr_t)dlsym(handle, "main");
    if (!P.main) {
        return "no function main";
    }
    P.base = ((struct link_map *)handle)->l_addr;
    if (!dl_iterate_phdr(find_program, &P.base)) {
        return "cannot find its segments";
    }
    for (int i = 0; i < P.ndata; i++) {
        P.data[i].initial = malloc(P.data[i].size + 1);
        if (!P.data[i].initial) {
            return "no memory";
        }
        memcpy(P.data[i].initial, P.data[i].start, P.data[i].size);
    }
    return NULL;
}

const char *program_path(void) {
    return P.path;
}
uintptr_t program_offset(uintptr_t pc) {
    return pc - P.base;
}
bool program_has_code(uintptr_t pc) {
    return pc >= P.code_start && pc < P.code_end;
}

void program_reset(void) {
    for (int i = 0; i < P.ndata; i++) {
        memcpy(P.data[i].start, P.data[i].initial, P.data[i].size);
    }
    program_thread_start(&M.th[0]);
}

void *program_main(void *unused) {
    (void)unused;
    int result = P.main(options.argc, options.argv);
    if (result != 0) {
        violation("exit status", "main returned %d", result);
    }
    M.exited = M.current->left_main = true;
    return NULL;
}

/* ---- threads ---- */

bool program_in_tls(const thread *t, uintptr_t addr) {
    return t->tls && addr - (uintptr_t)t->tls < P.tls_size;
}

void program_thread_start(thread *t) {
    if (P.tls_size == 0) {
        return;
    }
    if (!t->tls && posix_memalign((void **)&t->tls, P.tls_align < 64 ? 64 : P.tls_align,
                                  P.tls_size + 64) != 0) {
        abort();
    }
    memcpy(t->tls, P.tls_initial, P.tls_file_size);
    memset(t->tls + P.tls_file_size, 0, P.tls_size - P.tls_file_size);
}

/* The objects of t below limit are gone. Another thread's access must come before that; where the run happened to have it first is
 * not enough. */
static void end_of_storage(thread *t, uintptr_t limit, uintptr_t pc) {
    int left = 0;
    for (int i = 0; i < t->ntouched; i++) {
        range r = t->touched[i];
        if (r.addr >= limit || (limit != UINTPTR_MAX && program_in_tls(t, r.addr))) {
            t->touched[left++] = r;
        } else {
            race_check(r.addr, r.size, RACE_END, pc);
        }
    }
    t->ntouched = left;
}

void program_check_held(const thread *t, const char *what) {
    if (t->nheld) {
        violation("deadlock", "thread %d %s while it holds the mutex %s", t->tid, what,
                  name_of_address(t->held[0]));
    }
}

void program_thread_exit(thread *t) {
    if (!t->left_main) {
        pthread_model_thread_exit();
    }
    end_of_storage(t, UINTPTR_MAX, 0);
    program_check_held(t, "ends");
}

void program_finished(void) {
    if (options.leaks) {
        heap_check_leaks();
    }
}

typedef struct tls_index {
    unsigned long module, offset;
} tls_index;

/* What the compiler calls for the address of a thread-local variable (symbols.txt renames __tls_get_addr). */
void *explore_tls_get_addr(tls_index *index);
void *explore_tls_get_addr(tls_index *index) {
    return (M.current ? M.current : &M.th[0])->tls + index->offset;
}

/* ---- stack frames ---- */

void program_enter(uintptr_t sp, uintptr_t top) {
    thread *t = M.current;
    if (t->depth == MAX_FRAMES) {
        machine_bound("call depth");
    }
    t->program_sp = sp;
    t->frames[t->depth++] =
        (frame){.top = top ? top : sp, .serial = ++t->frame_serial, .entered = t->pos};
}

/* The objects of the frame that ends are gone: what comes to lie there is something else. They end as this frame's. */
void program_leave(uintptr_t pc) {
    thread *t = M.current;
    if (t->depth) {
        end_of_storage(t, t->frames[t->depth - 1].top, pc);
        t->depth--;
    }
}

/* The frame that holds addr now; NULL: none does. */
static const frame *frame_at(const thread *t, uintptr_t addr) {
    /* The stack grows downwards: the innermost frame that ends above addr holds it, blocks of variable length too. */
    for (int i = t->depth - 1; i >= 0; i--) {
        if (addr < t->frames[i].top) {
            return &t->frames[i];
        }
    }
    return NULL;
}

static uint64_t frame_generation(const thread *t, uintptr_t addr) {
    const frame *f = frame_at(t, addr);
    return f ? f->serial : 0;
}

static bool on_stack(const thread *t, uintptr_t addr) {
    return t->made && addr - (uintptr_t)t->stack < t->stack_size;
}

static thread *owner(uintptr_t addr) {
    for (int t = 0; t < born_threads; t++) {
        thread *th = &M.th[t];
        if (th->status != TH_UNUSED && (on_stack(th, addr) || program_in_tls(th, addr))) {
            return th;
        }
    }
    return NULL;
}

bool program_has_data(uintptr_t addr) {
    for (int i = 0; i < P.ndata; i++) {
        if (addr - (uintptr_t)P.data[i].start < P.data[i].size) {
            return true;
        }
    }
    return heap_contains(addr) || owner(addr);
}

static void note_touched(thread *t, uintptr_t addr, size_t size) {
    for (int i = 0; i < t->ntouched; i++) {
        if (t->touched[i].addr == addr && t->touched[i].size >= size) {
            return;
        }
    }
    if (t->ntouched == t->cap_touched) {
        t->cap_touched = t->cap_touched * 2 + 16;
        t->touched = realloc(t->touched, (size_t)t->cap_touched * sizeof *t->touched);
        if (!t->touched) {
            abort();
        }
    }
    t->touched[t->ntouched++] = (range){addr, size};
}

static _Noreturn void frame_gone(const thread *t, uintptr_t pc) {
    violation_at(pc, "use after return", "an access to a stack frame of thread %d that is gone",
                 t->tid);
}

/* Who has the address of an object of the frame that lies there now knows, by whatever way, of something that happened since the frame
 * was entered. Who does not has an address from a frame that lay there before. */
static void check_frame_known(const thread *t, uintptr_t addr, uintptr_t pc) {
    const frame *f = frame_at(t, addr);
    const event *last = last_event(M.current);
    if (f && (!last || last->porf.count[t->tid] <= f->entered)) {
        frame_gone(t, pc);
    }
}

void program_check_frame_known(uintptr_t addr, uintptr_t pc) {
    const thread *t = owner(addr);
    if (t && t != M.current && on_stack(t, addr)) {
        check_frame_known(t, addr, pc);
    }
}

/* Frames that ended, and what belonged to threads that ended, are nobody's memory. */
void program_check_thread_memory(uintptr_t addr, size_t size, uintptr_t pc) {
    thread *t = owner(addr);
    if (!t) {
        return;
    }
    if (on_stack(t, addr) && addr < t->program_sp) {
        frame_gone(t, pc);
    }
    if (t == M.current) {
        return;
    }
    if (t->status == TH_DONE) {
        violation_at(pc, "use after return", "an access to %s of thread %d, which has ended",
                     program_in_tls(t, addr) ? "a thread-local variable" : "the stack", t->tid);
    }
    if (on_stack(t, addr)) {
        check_frame_known(t, addr, pc);
    }
    note_touched(t, addr, size);
}

uint64_t program_frame(uintptr_t addr) {
    if (on_stack(M.current, addr)) {
        return frame_generation(M.current, addr);
    }
    for (int t = 0; t < born_threads; t++) {
        if (on_stack(&M.th[t], addr)) {
            return frame_generation(&M.th[t], addr);
        }
    }
    return 0;
}

uint64_t program_generation(uintptr_t addr) {
    return heap_contains(addr) ? heap_generation(addr) : program_frame(addr);
}
