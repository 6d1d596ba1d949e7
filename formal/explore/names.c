#include "names.h"

#include "heap.h"
#include "machine.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

enum { FRAMES_SHOWN = 3, LINE_SIZE = 256 };

typedef struct line {
    uintptr_t pc;
    int frames;
    char text[LINE_SIZE];
} line;

static line *lines;
static int nlines;

static line *line_for(uintptr_t pc) {
    for (int i = 0; i < nlines; i++) {
        if (lines[i].pc == pc) {
            return &lines[i];
        }
    }
    return NULL;
}

static void add_line(uintptr_t pc) {
    if (!pc || line_for(pc)) {
        return;
    }
    lines = realloc(lines, (size_t)(nlines + 1) * sizeof *lines);
    if (!lines) {
        abort();
    }
    lines[nlines++] = (line){.pc = pc};
}

/* addr2line -a prints each address, then a line for it and one for each function it is inlined into. */
static void read_lines(FILE *f) {
    char text[LINE_SIZE];
    int at = -1;
    while (fgets(text, sizeof text, f)) {
        text[strcspn(text, " (\n")] = 0;
        if (strncmp(text, "0x", 2) == 0) {
            at++;
            continue;
        }
        if (at < 0 || at >= nlines || lines[at].frames == FRAMES_SHOWN) {
            continue;
        }
        line *l = &lines[at];
        size_t used = strlen(l->text);
        snprintf(l->text + used, sizeof l->text - used, "%s%s", l->frames++ ? " in " : "", text);
    }
}

void names_prepare(uintptr_t pc, uintptr_t other) {
    add_line(pc);
    add_line(other);
    for (int i = 0; i < M.nlog; i++) {
        add_line(graph_event(M.g, M.log[i])->pc);
    }
    if (!nlines) {
        return;
    }
    char *command = NULL;
    size_t size;
    FILE *text = open_memstream(&command, &size);
    if (!text) {
        return;
    }
    fprintf(text, "addr2line -a -s -i -e '%s'", program_path());
    /* A call site is the address it returns to: the call itself lies before. */
    for (int i = 0; i < nlines; i++) {
        fprintf(text, " %#lx", (unsigned long)program_offset(lines[i].pc) - 1);
    }
    fprintf(text, " 2>/dev/null");
    fclose(text);
    FILE *f = popen(command, "r");
    if (f) {
        read_lines(f);
        pclose(f);
    }
    free(command);
}

const char *name_of_line(uintptr_t pc) {
    const line *l = line_for(pc);
    return l ? l->text : "";
}

/* ---- data ---- */

typedef struct symbol {
    unsigned long start;
    long size;
    char name[64];
} symbol;

static symbol *symbols;
static int nsymbols = -1;

static void read_symbols(void) {
    char command[4096], text[1024];
    symbol s;
    nsymbols = 0;
    snprintf(command, sizeof command, "readelf -sW '%s' 2>/dev/null", program_path());
    FILE *f = popen(command, "r");
    while (f && fgets(text, sizeof text, f)) {
        /* number, address, size (decimal or hexadecimal), type, binding, visibility, section, name */
        if (sscanf(text, "%*d: %lx %li OBJECT %*s %*s %*s %63s", &s.start, &s.size, s.name) != 3) {
            continue;
        }
        symbols = realloc(symbols, (size_t)(nsymbols + 1) * sizeof *symbols);
        if (!symbols) {
            abort();
        }
        symbols[nsymbols++] = s;
    }
    if (f) {
        pclose(f);
    }
}

static void describe_global(uintptr_t addr, char *out, size_t size) {
    unsigned long offset = program_offset(addr);
    if (nsymbols < 0) {
        read_symbols();
    }
    for (int i = 0; i < nsymbols; i++) {
        const symbol *s = &symbols[i];
        if (offset - s->start >= (unsigned long)s->size) {
            continue;
        }
        if (offset == s->start) {
            snprintf(out, size, "%s", s->name);
        } else {
            snprintf(out, size, "%s+%lu", s->name, offset - s->start);
        }
        return;
    }
    snprintf(out, size, "%p", (void *)addr);
}

const char *name_of_address(uintptr_t addr) {
    static char buffer[200];
    if (heap_contains(addr)) {
        heap_describe(addr, buffer, sizeof buffer);
        return buffer;
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        const thread *th = &M.th[t];
        if (th->made && addr - (uintptr_t)th->stack < th->stack_size) {
            snprintf(buffer, sizeof buffer, "stack of thread %d -%zu", t,
                     (size_t)((uintptr_t)th->stack + th->stack_size - addr));
            return buffer;
        }
        if (program_in_tls(th, addr)) {
            snprintf(buffer, sizeof buffer, "thread-local storage of thread %d +%zu", t,
                     (size_t)(addr - (uintptr_t)th->tls));
            return buffer;
        }
    }
    describe_global(addr, buffer, sizeof buffer);
    return buffer;
}
