#include "symbol_model.h"

#include "shrink.h"

#include <stdio.h>
#include <string.h>

uint8_t symbol_model_sabotage;

enum { TABLES = 2, TEXTS = 256 };

/* A table and what it should be. */
typedef struct modelled {
    weft_symbol_table table;
    weft_symbol *symbols[TEXTS]; /* NULL: not there */
    uint32_t references[TEXTS];
} modelled;

typedef struct world {
    weft_thread *self;
    modelled *on;
    bool good;
} world;

/* ---- operations ---------------------------------------------------------------------------------- */

static void expect(world *in, bool condition) {
    in->good = in->good && condition;
}

static void got(world *in, uint8_t text, weft_symbol *symbol) {
    expect(in, symbol_is(symbol, text));
    expect(in, in->on->symbols[text] == NULL || in->on->symbols[text] == symbol);
    in->on->symbols[text] = symbol;
    in->on->references[text]++;
}

static void intern(world *in, uint8_t text) {
    got(in, text, symbol_intern(in->self, &in->on->table, text));
}

static void intern_without_memory(world *in, uint8_t text) {
    symbol_fail_after(0);
    weft_symbol *symbol = symbol_intern(in->self, &in->on->table, text);
    symbol_fail_after(UINT64_MAX);
    expect(in, (symbol != NULL) == (in->on->symbols[text] != NULL));
    if (symbol != NULL) {
        got(in, text, symbol);
    }
}

static void intern_made(world *in, uint8_t number) {
    char text[SYMBOL_TEXT];
    size_t length = symbol_text(number, text);
    weft_symbol *made = NULL;
    weft_symbol *symbol = NULL;
    expect(in, weft_symbol_make(in->self, &in->on->table, text, length, &made) == WEFT_SYMBOL_OK);
    expect(in, weft_symbol_intern_made(in->self, &in->on->table, made, &symbol) == WEFT_SYMBOL_OK);
    expect(in, (symbol == made) == (in->on->symbols[number] == NULL));
    got(in, number, symbol);
    symbol_drop(in->self, made);
}

static void find(world *in, uint8_t text) {
    weft_symbol *symbol = symbol_find(in->self, &in->on->table, text);
    expect(in, symbol == in->on->symbols[text]);
    if (symbol != NULL) {
        got(in, text, symbol);
    }
}

static void drop(world *in, uint8_t text) {
    modelled *on = in->on;
    if (on->references[text] != 0) {
        symbol_drop(in->self, on->symbols[text]);
        on->references[text]--;
        on->symbols[text] = on->references[text] != 0 ? on->symbols[text] : NULL;
    }
}

static void drop_many(world *in, uint8_t text) {
    for (unsigned i = 0; i < 32; i++) {
        while (in->on->references[(uint8_t)(text + i)] != 0) {
            drop(in, (uint8_t)(text + i));
        }
    }
}

static void intern_many(world *in, uint8_t text) {
    for (unsigned i = 0; i < 16; i++) {
        intern(in, (uint8_t)(text + i));
    }
}

static void quiesce(world *in, uint8_t text) {
    (void)text;
    weft_qsbr_quiescent(in->self);
}

static int visit(void *argument, weft_symbol *symbol) {
    world *in = argument;
    unsigned long number = strtoul(weft_symbol_text(symbol) + 1, NULL, 10);
    expect(in, number < TEXTS && in->on->symbols[number] == symbol);
    return 0;
}

static const struct operation {
    const char *name;
    void (*run)(world *in, uint8_t text);
} OPERATIONS[] = {
    {"intern", intern},
    {"intern", intern},
    {"intern_without_memory", intern_without_memory},
    {"intern_made", intern_made},
    {"find", find},
    {"drop", drop},
    {"drop", drop},
    {"drop", drop},
    {"drop_many", drop_many},
    {"intern_many", intern_many},
    {"quiesce", quiesce},
};
#define KINDS (sizeof OPERATIONS / sizeof OPERATIONS[0])

/* ---- sequences ----------------------------------------------------------------------------------- */

static int count(void *argument, weft_symbol *symbol) {
    (void)symbol;
    ++*(size_t *)argument;
    return 0;
}

static bool alike(world *in) {
    size_t expected = 0;
    size_t visited = 0;
    for (unsigned i = 0; i < TEXTS; i++) {
        expected += in->on->symbols[i] != NULL ? 1 : 0;
    }
    expect(in, weft_symbol_count(&in->on->table) == expected);
    expect(in, weft_symbol_traverse(&in->on->table, visit, in) == 0);
    expect(in, weft_symbol_traverse(&in->on->table, count, &visited) == 0 && visited == expected);
    return in->good;
}

static bool step(world *in, modelled tables[TABLES], const uint8_t *bytes) {
    size_t kind = bytes[0] / TABLES % KINDS;
    in->on = &tables[bytes[0] % TABLES];
    OPERATIONS[kind].run(in, bytes[1]);
    bool sabotaged = symbol_model_sabotage != 0 && kind == symbol_model_sabotage &&
                     in->on->references[bytes[1]] > 2;
    return alike(in) && !sabotaged;
}

static void end_table(world *in, modelled *on) {
    in->on = on;
    weft_symbol_table_end(&on->table, visit, in);
    for (unsigned i = 0; i < TEXTS; i++) {
        for (; on->references[i] != 0; on->references[i]--) {
            symbol_drop(in->self, on->symbols[i]);
        }
    }
}

size_t symbol_model_run(weft_thread *self, bool collide, const uint8_t *bytes, size_t size) {
    static modelled tables[TABLES];
    weft_symbol_options options = {.seed = {1, 2}, .hash = collide ? symbol_poor_hash : NULL};
    world in = {.self = self, .good = true};
    size_t failed = 0;
    size_t number = 0;
    memset(tables, 0, sizeof tables);
    for (unsigned i = 0; i < TABLES; i++) {
        expect(&in, weft_symbol_table_init(self, &tables[i].table, &options) == WEFT_SYMBOL_OK);
    }
    for (size_t at = 0; at + SYMBOL_MODEL_STEP <= size && failed == 0; at += SYMBOL_MODEL_STEP) {
        number++;
        failed = step(&in, tables, &bytes[at]) ? 0 : number;
    }
    for (unsigned i = 0; i < TABLES; i++) {
        end_table(&in, &tables[i]);
    }
    if (failed == 0 && (!in.good || symbol_objects(self) != 0)) {
        failed = number + 1;
    }
    return failed;
}

/* A run, for the shrinker. */
typedef struct model_run {
    weft_thread *self;
    bool collide;
} model_run;

static bool run_fails(const void *context, const uint8_t *bytes, size_t size) {
    const model_run *run = context;
    return symbol_model_run(run->self, run->collide, bytes, size) != 0;
}

size_t symbol_model_shrink(weft_thread *self, bool collide, uint8_t *bytes, size_t size) {
    model_run run = {self, collide};
    return shrink(bytes, size, SYMBOL_MODEL_STEP, run_fails, &run);
}

void symbol_model_print(const uint8_t *bytes, size_t size) {
    for (size_t at = 0; at + SYMBOL_MODEL_STEP <= size; at += SYMBOL_MODEL_STEP) {
        fprintf(stderr, "%s in table %u: s%u\n", OPERATIONS[bytes[at] / TABLES % KINDS].name,
                (unsigned)(bytes[at] % TABLES), bytes[at + 1]);
    }
}
