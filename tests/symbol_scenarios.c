#include "symbol_scenarios.h"

#include "symbol_model.h"
#include "weft_world.h"

#include <stdlib.h>
#include <string.h>

#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
#define SOME(many) ((many) / 10)
#else
#define SOME(many) (many)
#endif

static weft_thread *begin(weft_symbol_table *table, const weft_symbol_options *options) {
    weft_thread *self = symbol_begin();
    CHECK(weft_symbol_table_init(self, table, options) == WEFT_SYMBOL_OK);
    return self;
}

/* Nothing is left in the table. */
static void end(weft_thread *self, weft_symbol_table *table) {
    CHECK(weft_symbol_count(table) == 0);
    weft_symbol_table_end(table, NULL, NULL);
    CHECK(symbol_objects(self) == 0);
    symbol_end(self);
}

static weft_symbol *named(weft_thread *self, weft_symbol_table *table, const char *text) {
    weft_symbol *symbol = NULL;
    CHECK(weft_symbol_intern(self, table, text, strlen(text), &symbol) == WEFT_SYMBOL_OK);
    return symbol;
}

/* References to the symbols of first, first + 1, ... */
static void intern_range(weft_thread *self, weft_symbol_table *table, uint64_t first, size_t count,
                         weft_symbol **symbols) {
    for (size_t i = 0; i < count; i++) {
        symbols[i] = symbol_intern(self, table, first + i);
        CHECK(symbol_is(symbols[i], first + i));
    }
}

static void drop_all(weft_thread *self, size_t count, weft_symbol **symbols) {
    for (size_t i = 0; i < count; i++) {
        symbol_drop(self, symbols[i]);
    }
}

/* ---- texts and hashes ------------------------------------------------------------------------------ */

static void equal_texts_are_one_symbol(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    static const struct {
        const char *bytes;
        size_t length;
    } TEXTS[] = {{"", 0},  {NULL, 0},   {"a", 1},    {"ab", 2},
                 {"b", 1}, {"a\0b", 3}, {"a\0c", 3}, {"a longer text than fits", 23}};
    weft_symbol *symbols[8];
    for (size_t i = 0; i < 8; i++) {
        CHECK(weft_symbol_intern(self, &table, TEXTS[i].bytes, TEXTS[i].length, &symbols[i]) ==
              WEFT_SYMBOL_OK);
        CHECK(weft_symbol_length(symbols[i]) == TEXTS[i].length);
        CHECK(TEXTS[i].length == 0 ||
              memcmp(weft_symbol_text(symbols[i]), TEXTS[i].bytes, TEXTS[i].length) == 0);
        CHECK(weft_symbol_text(symbols[i])[TEXTS[i].length] == 0);
        CHECK(weft_symbol_hash(symbols[i]) ==
              weft_symbol_hash_text(&table, TEXTS[i].bytes, TEXTS[i].length));
        for (size_t j = 0; j < i; j++) {
            CHECK((symbols[i] == symbols[j]) == (i == 1 && j == 0));
        }
        weft_symbol *again = weft_symbol_find(self, &table, TEXTS[i].bytes, TEXTS[i].length);
        CHECK(again == symbols[i]);
        symbol_drop(self, again);
    }
    CHECK(weft_symbol_count(&table) == 7);
    CHECK(weft_symbol_find(self, &table, "abc", 3) == NULL);
    CHECK(weft_symbol_find(self, &table, "a\0", 2) == NULL);
    drop_all(self, 8, symbols);
    end(self, &table);
}

static void long_texts(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    weft_symbol *symbol = NULL;
    weft_symbol *made = NULL;
    /* Refused before anything of it is read. */
    CHECK(weft_symbol_intern(self, &table, "", WEFT_SYMBOL_MAX + 1, &symbol) ==
          WEFT_SYMBOL_TOO_LONG);
    CHECK(weft_symbol_intern_hashed(self, &table, "", SIZE_MAX, 0, &symbol) ==
          WEFT_SYMBOL_TOO_LONG);
    CHECK(weft_symbol_make(self, &table, "", WEFT_SYMBOL_MAX + 1, &made) == WEFT_SYMBOL_TOO_LONG);
    CHECK(symbol == NULL && made == NULL);
    size_t length = 1000000;
    char *text = malloc(length);
    CHECK(text != NULL);
    memset(text, 'x', length);
    CHECK(weft_symbol_intern(self, &table, text, length, &symbol) == WEFT_SYMBOL_OK);
    text[length - 1] = 'y';
    CHECK(weft_symbol_find(self, &table, text, length) == NULL);
    text[length - 1] = 'x';
    CHECK(weft_symbol_find(self, &table, text, length) == symbol);
    symbol_drop(self, symbol);
    symbol_drop(self, symbol);
    free(text);
    end(self, &table);
}

/* Values of another implementation of SipHash-1-3, with the key zero; and the seed matters. */
static void the_hash_is_siphash(void) {
    static const struct {
        const char *text;
        uint64_t hash;
    } KNOWN[] = {{"a", 0x407448d2b89b1813U},
                 {"ab", 0x555508cbc6add439U},
                 {"abc", 0xc03bc3a0042630f2U},
                 {"abcdefg", 0x6db12aae9070f506U},
                 {"abcdefgh", 0x3f7b849c0b8e35eaU},
                 {"abcdefghi", 0xf89b34a3d11eb6e5U},
                 {"0123456789abcdef", 0x1d42b30f7e060c24U}};
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        const char *text = KNOWN[i].text;
        CHECK(weft_symbol_hash_text(&table, text, strlen(text)) == KNOWN[i].hash);
        table.options.seed[i % 2] = i + 1;
        CHECK(weft_symbol_hash_text(&table, text, strlen(text)) != KNOWN[i].hash);
        table.options.seed[i % 2] = 0;
    }
    end(self, &table);
}

/* All texts on four chains, through growths; holes in the chains hide nothing. */
static void collisions_on_purpose(void) {
    enum { COUNT = 300 };
    static weft_symbol *symbols[COUNT];
    weft_symbol_table table;
    weft_symbol_options options = {.hash = symbol_poor_hash};
    weft_thread *self = begin(&table, &options);
    intern_range(self, &table, 0, COUNT, symbols);
    for (size_t i = 0; i < COUNT; i += 2) {
        symbol_drop(self, symbols[i]);
    }
    CHECK(weft_symbol_count(&table) == COUNT / 2);
    for (size_t i = 0; i < COUNT; i++) {
        weft_symbol *found = symbol_find(self, &table, i);
        CHECK(found == (i % 2 == 0 ? NULL : symbols[i]));
        if (found != NULL) {
            symbol_drop(self, found);
            symbol_drop(self, found);
        }
    }
    end(self, &table);
}

/* Of one length and hash; and the difference anywhere. */
static void collisions_of_every_length(void) {
    weft_symbol_table table;
    weft_symbol_options options = {.hash = symbol_poor_hash};
    weft_thread *self = begin(&table, &options);
    char text[41];
    memset(text, 'x', sizeof text);
    for (size_t length = 1; length <= 40; length++) {
        weft_symbol *symbol = NULL;
        CHECK(weft_symbol_intern(self, &table, text, length, &symbol) == WEFT_SYMBOL_OK);
        for (size_t i = 0; i < length; i++) {
            text[i] = 'y';
            CHECK(weft_symbol_find(self, &table, text, length) == NULL);
            text[i] = 'x';
        }
        CHECK(weft_symbol_find(self, &table, text, length) == symbol);
        symbol_drop(self, symbol);
        symbol_drop(self, symbol);
    }
    end(self, &table);
}

/* Texts of 8 bytes, which are their hashes. */
static uint64_t hash_in_text(void *context, const void *text, size_t length) {
    uint64_t hash;
    (void)context;
    CHECK(length == sizeof hash);
    memcpy(&hash, text, sizeof hash);
    return hash;
}

/* What a table of 16 cells tells apart texts of one group by: here the last group, and the upper half of the hash. */
static uint64_t of_last_group(uint64_t upper, uint64_t number) {
    return upper << 32 | 3U << 6 | number;
}

static weft_symbol *found_by(weft_thread *self, weft_symbol_table *table, uint64_t hash) {
    return weft_symbol_find(self, table, &hash, sizeof hash);
}

static void intern_by(weft_thread *self, weft_symbol_table *table, uint64_t hash,
                      weft_symbol **symbol) {
    CHECK(found_by(self, table, hash) == NULL);
    CHECK(weft_symbol_intern(self, table, &hash, sizeof hash, symbol) == WEFT_SYMBOL_OK);
    weft_symbol *found = found_by(self, table, hash);
    CHECK(found == *symbol);
    symbol_drop(self, found);
}

/* A text behind `others` of its group, whose hashes have `upper` but for one bit each, or for none: everywhere in a group, and in the
 * next one, which is the first. */
static void look_behind(uint64_t upper, unsigned others) {
    weft_symbol_table table;
    weft_symbol_options options = {.hash = hash_in_text};
    weft_thread *self = begin(&table, &options);
    weft_symbol *symbols[9];
    for (unsigned i = 0; i < others; i++) {
        uint64_t other = i % 3 == 2 ? upper : upper ^ (uint64_t)1 << (12 + (upper + 5 * i) % 20);
        intern_by(self, &table, of_last_group(other, i), &symbols[i]);
    }
    intern_by(self, &table, of_last_group(upper, 8), &symbols[others]);
    for (unsigned bit = 0; bit < 32; bit++) {
        CHECK(found_by(self, &table, of_last_group(upper ^ (uint64_t)1 << bit, 9)) == NULL);
    }
    drop_all(self, others + 1, symbols);
    end(self, &table);
}

static void all_bits_of_a_hash(void) {
    for (unsigned others = 0; others <= 8; others++) {
        look_behind(0, others);
        look_behind(UINT32_MAX, others);
        for (unsigned bit = 0; bit < 32; bit++) {
            look_behind((uint64_t)1 << bit, others);
        }
    }
}

static void hashed_by_the_caller(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    weft_symbol *symbol = NULL;
    uint64_t hash = weft_symbol_hash_text(&table, "spam", 4);
    CHECK(weft_symbol_find_hashed(self, &table, "spam", 4, hash) == NULL);
    CHECK(weft_symbol_intern_hashed(self, &table, "spam", 4, hash, &symbol) == WEFT_SYMBOL_OK);
    CHECK(weft_symbol_find_hashed(self, &table, "spam", 4, hash) == symbol);
    CHECK(weft_symbol_find(self, &table, "spam", 4) == symbol);
    for (unsigned i = 0; i < 3; i++) {
        symbol_drop(self, symbol);
    }
    end(self, &table);
}

/* ---- life and death -------------------------------------------------------------------------------- */

static void weak_symbols_die(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    weft_symbol *symbol = named(self, &table, "spam");
    CHECK(weft_ref_unique(self, &symbol->head) == WEFT_REF_UNIQUE_BODY); /* the table has none */
    CHECK(symbol_objects(self) == 1);
    symbol_drop(self, symbol);
    CHECK(weft_symbol_count(&table) == 0);
    CHECK(weft_symbol_find(self, &table, "spam", 4) == NULL);
    CHECK(symbol_objects(self) == 0);
    symbol = named(self, &table, "spam");
    CHECK(weft_symbol_count(&table) == 1);
    symbol_drop(self, symbol);
    end(self, &table);
}

static int free_immortal(void *argument, weft_symbol *symbol) {
    ++*(size_t *)argument;
    weft_symbol_free(symbol);
    return 0;
}

static void immortal_symbols_stay(void) {
    weft_symbol_table table;
    weft_symbol_options options = {.immortal = true};
    weft_thread *self = begin(&table, &options);
    weft_symbol *symbol = named(self, &table, "spam");
    uintptr_t count = weft_load_relaxed_uptr(&symbol->head.shared);
    for (unsigned i = 0; i < 100; i++) {
        symbol_drop(self, symbol);
        CHECK(symbol_find(self, &table, i) == NULL);
        CHECK(named(self, &table, "spam") == symbol);
    }
    CHECK(weft_load_relaxed_uptr(&symbol->head.shared) == count);
    for (unsigned i = 0; i < 100; i++) {
        CHECK(symbol_is(symbol_intern(self, &table, i), i));
    }
    CHECK(weft_symbol_count(&table) == 101);
    size_t visited = 0;
    weft_symbol_table_end(&table, free_immortal, &visited);
    CHECK(visited == 101);
    symbol_end(self);
}

/* The dealloc hook of a symbol runs, and its text is interned: nobody waits, and nobody brings the old one back. */
static weft_symbol_table *hook_table;
static weft_symbol *hook_made;
static unsigned hook_calls;
static void intern_again(weft_thread *self, weft_symbol *symbol) {
    CHECK(!weft_ref_try_incref(self, &symbol->head));
    CHECK(weft_symbol_find(self, hook_table, weft_symbol_text(symbol),
                           weft_symbol_length(symbol)) == NULL);
    if (hook_calls++ == 0) {
        hook_made = named(self, hook_table, weft_symbol_text(symbol));
        CHECK(hook_made != symbol);
    }
}

static void the_dead_are_replaced_before_their_finalizer(void) {
    weft_symbol_table table;
    weft_symbol_statistics before;
    weft_symbol_statistics after;
    weft_thread *self = begin(&table, NULL);
    hook_table = &table;
    hook_calls = 0;
    symbol_before_finalize = intern_again;
    weft_symbol_get_statistics(&before);
    symbol_drop(self, named(self, &table, "spam"));
    weft_symbol_get_statistics(&after);
    CHECK(!WEFT_STATISTICS || after.replaced == before.replaced + 1);
    CHECK(hook_calls == 1);
    CHECK(weft_symbol_count(&table) == 1); /* the finalizer has not removed the new one */
    CHECK(named(self, &table, "spam") == hook_made);
    symbol_before_finalize = NULL;
    symbol_drop(self, hook_made);
    symbol_drop(self, hook_made);
    end(self, &table);
}

static void the_dead_are_interned_after_their_finalizer(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    hook_table = &table;
    hook_calls = 0;
    symbol_after_finalize = intern_again;
    symbol_drop(self, named(self, &table, "spam"));
    CHECK(hook_calls == 1 && weft_symbol_count(&table) == 1);
    symbol_after_finalize = NULL;
    symbol_drop(self, hook_made);
    end(self, &table);
}

/* The table grows, once or several times, while a dead symbol is in it whose finalizer has not come. */
enum { AFTERWARDS = 300 };
static size_t hook_growth;
static weft_symbol *hook_symbols[2000];
static void grow_and_intern_again(weft_thread *self, weft_symbol *symbol) {
    if (hook_calls != 0) {
        return;
    }
    intern_range(self, hook_table, 1000, hook_growth, hook_symbols);
    intern_again(self, symbol);
    intern_range(self, hook_table, 5000, AFTERWARDS, &hook_symbols[hook_growth]);
    weft_symbol *found = named(self, hook_table, weft_symbol_text(symbol));
    CHECK(found == hook_made);
    symbol_drop(self, found);
}

static void growth_between_death_and_finalizer(void) {
    weft_symbol_table table;
    weft_symbol_options options = {.hash = NULL};
    for (size_t growth = 0; growth < 300; growth++) {
        options.hash = growth % 2 == 0 ? NULL : symbol_poor_hash;
        weft_thread *self = begin(&table, &options);
        hook_table = &table;
        hook_calls = 0;
        hook_growth = growth;
        symbol_before_finalize = grow_and_intern_again;
        symbol_drop(self, named(self, &table, "spam"));
        symbol_before_finalize = NULL;
        CHECK(weft_symbol_count(&table) == growth + AFTERWARDS + 1);
        symbol_drop(self, hook_made);
        drop_all(self, growth + AFTERWARDS, hook_symbols);
        CHECK(weft_symbol_find(self, &table, "spam", 4) == NULL);
        end(self, &table);
    }
}

/* ---- the host's parts ------------------------------------------------------------------------------ */

typedef struct made_in {
    weft_symbol_table *table;
    unsigned calls;
} made_in;

static void fill(void *context, weft_thread *self, weft_symbol *symbol) {
    static const unsigned char ZEROES[32];
    made_in *in = context;
    (void)self;
    in->calls++;
    CHECK(memcmp((unsigned char *)symbol - 32, ZEROES, 32) == 0);
    CHECK(memcmp(weft_symbol_body(symbol), ZEROES, 24) == 0);
    CHECK(symbol->host == NULL && (uintptr_t)symbol % 16 == 0);
    memset((unsigned char *)symbol - 32, 1, 32);
    memset(weft_symbol_body(symbol), 2, 24);
    symbol->host = in;
}

static void hosts_have_their_parts(void) {
    weft_symbol_table table;
    made_in in = {&table, 0};
    weft_symbol_options options = {.made = fill, .context = &in, .prefix = 32, .body = 20};
    weft_thread *self = begin(&table, &options);
    static const unsigned char ONES[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                           1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    weft_symbol *symbols[100];
    intern_range(self, &table, 0, 100, symbols);
    CHECK(in.calls == 100);
    for (unsigned i = 0; i < 100; i++) {
        CHECK(symbols[i]->host == &in);
        CHECK(memcmp((unsigned char *)symbols[i] - 32, ONES, 32) == 0);
        CHECK(weft_symbol_text(symbols[i]) - (const char *)weft_symbol_body(symbols[i]) == 24);
        CHECK(weft_symbol_size(symbols[i]) ==
              32 + sizeof(weft_symbol) + 24 + weft_symbol_length(symbols[i]) + 1);
    }
    drop_all(self, 100, symbols);
    end(self, &table);
}

static void strings_become_symbols_in_place(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    weft_symbol *first = NULL;
    weft_symbol *second = NULL;
    weft_symbol *symbol = NULL;
    CHECK(weft_symbol_make(self, &table, "spam", 4, &first) == WEFT_SYMBOL_OK);
    CHECK(weft_symbol_make(self, &table, "spam", 4, &second) == WEFT_SYMBOL_OK);
    CHECK(first != second && weft_symbol_count(&table) == 0);
    CHECK(weft_symbol_hash(first) == weft_symbol_hash_text(&table, "spam", 4));
    CHECK(weft_symbol_intern_made(self, &table, first, &symbol) == WEFT_SYMBOL_OK);
    CHECK(symbol == first && weft_symbol_count(&table) == 1);
    CHECK(weft_symbol_intern_made(self, &table, first, &symbol) == WEFT_SYMBOL_OK);
    CHECK(symbol == first);
    CHECK(weft_symbol_intern_made(self, &table, second, &symbol) == WEFT_SYMBOL_OK);
    CHECK(symbol == first && weft_symbol_count(&table) == 1);
    weft_symbol_table other;
    CHECK(weft_symbol_table_init(self, &other, NULL) == WEFT_SYMBOL_OK);
    CHECK(weft_symbol_intern_made(self, &other, second, &symbol) == WEFT_SYMBOL_OK);
    CHECK(symbol == second); /* was never in the first table */
    symbol_drop(self, second);
    symbol_drop(self, second);
    CHECK(weft_symbol_count(&other) == 0);
    weft_symbol_table_end(&other, NULL, NULL);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(weft_symbol_count(&table) == 1);
        symbol_drop(self, first);
    }
    CHECK(weft_symbol_find(self, &table, "spam", 4) == first);
    symbol_drop(self, first);
    symbol_drop(self, first);
    CHECK(weft_symbol_make(self, &table, "eggs", 4, &first) == WEFT_SYMBOL_OK);
    symbol_drop(self, first); /* was of no table */
    end(self, &table);
}

static void strings_become_immortal_symbols(void) {
    weft_symbol_table table;
    weft_symbol_options options = {.immortal = true};
    weft_thread *self = begin(&table, &options);
    weft_symbol *made = NULL;
    weft_symbol *symbol = NULL;
    CHECK(weft_symbol_make(self, &table, "spam", 4, &made) == WEFT_SYMBOL_OK);
    CHECK(weft_symbol_intern_made(self, &table, made, &symbol) == WEFT_SYMBOL_OK);
    CHECK(symbol == made);
    for (unsigned i = 0; i < 5; i++) {
        symbol_drop(self, made);
    }
    CHECK(weft_symbol_find(self, &table, "spam", 4) == made);
    size_t visited = 0;
    weft_symbol_table_end(&table, free_immortal, &visited);
    CHECK(visited == 1);
    symbol_end(self);
}

/* ---- growth and memory ----------------------------------------------------------------------------- */

typedef struct seen_all {
    uint64_t first;
    size_t count;
    weft_symbol **symbols;
    unsigned char *times;
    bool good;
} seen_all;

static int see(void *argument, weft_symbol *symbol) {
    seen_all *all = argument;
    uint64_t number = strtoul(weft_symbol_text(symbol) + 1, NULL, 10) - all->first;
    all->good = all->good && number < all->count && all->symbols[number] == symbol;
    if (number < all->count) {
        all->times[number]++;
    }
    return 0;
}

/* Exactly these are in the table, and a traversal visits each once. */
static bool has_exactly(weft_symbol_table *table, uint64_t first, size_t count,
                        weft_symbol **symbols) {
    unsigned char *times = calloc(count + 1, 1);
    if (times == NULL) {
        abort();
    }
    seen_all all = {first, count, symbols, times, true};
    CHECK(weft_symbol_traverse(table, see, &all) == 0);
    for (size_t i = 0; all.good && i < count; i++) {
        all.good = times[i] == 1;
    }
    free(times);
    return all.good && weft_symbol_count(table) == count;
}

static void growth_keeps_everything(void) {
    enum { COUNT = SOME(100000) };
    static weft_symbol *symbols[COUNT];
    weft_symbol_table table;
    weft_symbol_statistics before;
    weft_symbol_statistics after;
    weft_thread *self = begin(&table, NULL);
    weft_symbol_get_statistics(&before);
    intern_range(self, &table, 0, COUNT, symbols);
    CHECK(has_exactly(&table, 0, COUNT, symbols));
    for (size_t i = 0; i < COUNT; i++) {
        weft_symbol *found = symbol_find(self, &table, i);
        CHECK(found == symbols[i]);
        symbol_drop(self, symbols[i]);
    }
    weft_symbol_get_statistics(&after);
    CHECK(!WEFT_STATISTICS ||
          (after.growths >= before.growths + 8 && after.helped > before.helped));
    CHECK(weft_symbol_table_bytes(&table) <= (size_t)COUNT * 8 * 6);
    drop_all(self, COUNT, symbols);
    end(self, &table);
}

/* At each step of growths on the way, with holes. */
static void traversal_during_growth(void) {
    enum { COUNT = 500 };
    static weft_symbol *symbols[COUNT];
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    unsigned growing = 0;
    size_t before = 0;
    for (size_t i = 0; i < COUNT; i++) {
        intern_range(self, &table, i, 1, &symbols[i]);
        symbol_drop(self, symbol_intern(self, &table, 10000 + i));
        CHECK(has_exactly(&table, 0, i + 1, symbols));
        size_t bytes = weft_symbol_table_bytes(&table);
        growing += bytes > before && before != 0 ? 1 : 0;
        before = bytes;
    }
    CHECK(growing >= 4);
    drop_all(self, COUNT, symbols);
    end(self, &table);
}

static int stop_at_three(void *argument, weft_symbol *symbol) {
    (void)symbol;
    return ++*(int *)argument == 3 ? -7 : 1;
}

static void traversal_may_be_ended(void) {
    weft_symbol_table table;
    weft_symbol *symbols[10];
    weft_thread *self = begin(&table, NULL);
    int visited = 0;
    intern_range(self, &table, 0, 10, symbols);
    CHECK(weft_symbol_traverse(&table, stop_at_three, &visited) == -7 && visited == 3);
    drop_all(self, 10, symbols);
    end(self, &table);
}

/* A finalizer that has not come yet: not visited. */
static void dead_symbols_are_not_traversed(weft_thread *self, weft_symbol *symbol) {
    int visited = 0;
    (void)self;
    (void)symbol;
    CHECK(weft_symbol_traverse(hook_table, stop_at_three, &visited) == 0 && visited == 1);
    hook_calls++;
}
static void the_dead_are_not_traversed(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    weft_symbol *other = named(self, &table, "eggs");
    hook_table = &table;
    hook_calls = 0;
    symbol_before_finalize = dead_symbols_are_not_traversed;
    symbol_drop(self, named(self, &table, "spam"));
    CHECK(hook_calls == 1);
    symbol_before_finalize = NULL;
    symbol_drop(self, other);
    end(self, &table);
}

/* One text that comes and goes; many that pass through, a hundred at a time. */
static void churn_is_bounded(void) {
    enum { WINDOW = 100 };
    static weft_symbol *window[WINDOW];
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    size_t most = weft_symbol_table_bytes(&table);
    for (size_t i = 0; i < SOME(200000); i++) {
        symbol_drop(self, symbol_intern(self, &table, 1));
        weft_qsbr_quiescent(self);
        size_t bytes = weft_symbol_table_bytes(&table);
        most = bytes > most ? bytes : most;
    }
    CHECK(most <= 2000);
    memset((void *)window, 0, sizeof window);
    for (size_t i = 0; i < SOME(200000); i++) {
        if (window[i % WINDOW] != NULL) {
            symbol_drop(self, window[i % WINDOW]);
        }
        window[i % WINDOW] = symbol_intern(self, &table, i);
        weft_qsbr_quiescent(self);
        size_t bytes = weft_symbol_table_bytes(&table);
        most = bytes > most ? bytes : most;
    }
    CHECK(weft_symbol_count(&table) == WINDOW);
    /* 1024 cells, and beside them for a moment the array that they follow: 128 at most, by the order of the hashes. */
    CHECK(most <= (size_t)8 * (1024 + 128));
    drop_all(self, WINDOW, window);
    end(self, &table);
}

static void tables_shrink(void) {
    enum { COUNT = 10000 };
    static weft_symbol *symbols[COUNT];
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    intern_range(self, &table, 0, COUNT, symbols);
    size_t large = weft_symbol_table_bytes(&table);
    drop_all(self, COUNT, symbols);
    for (size_t i = 0; i < (size_t)10 * COUNT; i++) {
        symbol_drop(self, symbol_intern(self, &table, i));
    }
    CHECK(weft_symbol_table_bytes(&table) < large / 8);
    end(self, &table);
}

static void room_for_what_is_expected(void) {
    enum { COUNT = 1000 };
    static weft_symbol *symbols[COUNT];
    weft_symbol_table table;
    weft_symbol_options options = {.expected = COUNT};
    weft_thread *self = begin(&table, &options);
    size_t bytes = weft_symbol_table_bytes(&table);
    intern_range(self, &table, 0, COUNT, symbols);
    CHECK(weft_symbol_table_bytes(&table) == bytes);
    drop_all(self, COUNT, symbols);
    end(self, &table);
}

/* ---- several tables, and their end ----------------------------------------------------------------- */

static int count_visit(void *argument, weft_symbol *symbol) {
    (void)symbol;
    ++*(size_t *)argument;
    return -1; /* ignored */
}

/* Ended at every stage of growths; what is left lives on. */
static void tables_end_and_symbols_live_on(void) {
    enum { COUNT = 150 };
    weft_symbol *symbols[COUNT];
    for (size_t count = 0; count <= COUNT; count += 1) {
        weft_symbol_table table;
        weft_symbol_table other;
        weft_thread *self = begin(&table, NULL);
        CHECK(weft_symbol_table_init(self, &other, NULL) == WEFT_SYMBOL_OK);
        weft_symbol *elsewhere = symbol_intern(self, &other, 0);
        intern_range(self, &table, 0, count, symbols);
        CHECK(count == 0 || symbols[0] != elsewhere);
        size_t visited = 0;
        weft_symbol_table_end(&table, count_visit, &visited);
        CHECK(visited == count);
        memset(&table, 0xAA, sizeof table);
        for (size_t i = 0; i < count; i++) {
            CHECK(symbol_is(symbols[i], i));
            symbol_drop(self, symbols[i]);
        }
        CHECK(weft_symbol_count(&other) == 1);
        CHECK(symbol_find(self, &other, 0) == elsewhere);
        symbol_drop(self, elsewhere);
        symbol_drop(self, elsewhere);
        end(self, &other);
    }
}

/* The table ends while a symbol is dead and its hook has not finalized it. */
static void end_table_in_hook(weft_thread *self, weft_symbol *symbol) {
    size_t visited = 0;
    (void)self;
    (void)symbol;
    weft_symbol_table_end(hook_table, count_visit, &visited);
    CHECK(visited == 0);
    memset(hook_table, 0xAA, sizeof *hook_table);
    hook_calls++;
}
static void tables_end_before_a_finalizer_comes(void) {
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    hook_table = &table;
    hook_calls = 0;
    symbol_before_finalize = end_table_in_hook;
    symbol_drop(self, named(self, &table, "spam"));
    CHECK(hook_calls == 1);
    symbol_end(self);
}

/* ---- misuse ---------------------------------------------------------------------------------------- */

static weft_thread *misuser;
static void finalize_the_living(void *argument) {
    weft_symbol_finalize(misuser, argument);
}
static weft_symbol_table second;
static void second_table(void *argument) {
    weft_symbol *symbol;
    (void)!weft_symbol_intern_made(misuser, &second, argument, &symbol);
}
static void odd_prefix(void *argument) {
    weft_symbol_options options = {.prefix = 8};
    (void)!weft_symbol_table_init(misuser, argument, &options);
}
static void huge_prefix(void *argument) {
    weft_symbol_options options = {.prefix = WEFT_SYMBOL_MAX_PREFIX + 16};
    (void)!weft_symbol_table_init(misuser, argument, &options);
}
static void huge_body(void *argument) {
    weft_symbol_options options = {.body = WEFT_SYMBOL_MAX_BODY + 1};
    (void)!weft_symbol_table_init(misuser, argument, &options);
}
#if WEFT_CHECKED
static void detached_use(void *argument) {
    weft_thread_detach(misuser);
    (void)!weft_symbol_find(misuser, argument, "", 0);
}
static void wrong_hash(void *argument) {
    (void)!weft_symbol_find_hashed(misuser, argument, "", 0, 1);
}
static void other_runtime(void *argument) {
    weft_symbol_table *table = argument;
    weft_symbol *symbol;
    weft_runtime *own = table->runtime;
    table->runtime = NULL;
    (void)own;
    (void)!weft_symbol_intern(misuser, table, "", 0, &symbol);
}
#endif

static void misuse_is_fatal(void) {
    weft_symbol_table table;
    weft_symbol_table none;
    misuser = begin(&table, NULL);
    weft_symbol *symbol = named(misuser, &table, "spam");
    CHECK(scenario_is_fatal(finalize_the_living, symbol, "outside of its dealloc hook", NULL));
    CHECK(scenario_is_fatal(odd_prefix, &none, "a prefix", NULL));
    CHECK(scenario_is_fatal(huge_prefix, &none, "a prefix", NULL));
    CHECK(scenario_is_fatal(huge_body, &none, "a body", NULL));
    symbol_drop(misuser, symbol);
#if WEFT_CHECKED
    weft_runtime *runtime = table.runtime;
    CHECK(scenario_is_fatal(wrong_hash, &table, "a hash", "symbol table"));
    CHECK(scenario_is_fatal(other_runtime, &table, "another runtime", NULL));
    table.runtime = runtime;
    CHECK(scenario_is_fatal(detached_use, &table, "not attached", "symbol table"));
    CHECK(weft_thread_attach(misuser) == WEFT_THREAD_OK);
#endif
    end(misuser, &table);
}

static void one_table_for_a_symbol(void) {
    weft_symbol_table table;
    misuser = begin(&table, NULL);
    CHECK(weft_symbol_table_init(misuser, &second, NULL) == WEFT_SYMBOL_OK);
    weft_symbol *symbol = named(misuser, &table, "spam");
    CHECK(scenario_is_fatal(second_table, symbol, "a second table", NULL));
    symbol_drop(misuser, symbol);
    weft_symbol_table_end(&second, NULL, NULL);
    end(misuser, &table);
}

/* ---- memory that runs out -------------------------------------------------------------------------- */

static void no_memory_for_a_table(void) {
    weft_symbol_table table;
    weft_thread *self = symbol_begin();
    symbol_fail_after(0);
    CHECK(weft_symbol_table_init(self, &table, NULL) == WEFT_SYMBOL_NO_MEMORY);
    symbol_fail_after(UINT64_MAX);
    weft_symbol_options options = {.expected = SIZE_MAX};
    CHECK(weft_symbol_table_init(self, &table, &options) == WEFT_SYMBOL_NO_MEMORY);
    symbol_end(self);
}

/* The n-th allocation fails, and all after it, for each n, while texts are interned; afterwards nothing is missing. */
static void allocation_failure_at_every_allocation(void) {
    enum { COUNT = 60 };
    weft_symbol *symbols[COUNT];
    unsigned failed = 0;
    for (uint64_t n = 0; n < COUNT + 10; n++) {
        weft_symbol_table table;
        weft_symbol *made = NULL;
        weft_thread *self = begin(&table, NULL);
        size_t count = 0;
        symbol_fail_after(n);
        while (count < COUNT && (symbols[count] = symbol_intern(self, &table, count)) != NULL) {
            count++;
        }
        failed += count < COUNT ? 1 : 0;
        if (count < COUNT) {
            CHECK(weft_symbol_make(self, &table, "", 0, &made) == WEFT_SYMBOL_NO_MEMORY);
            CHECK(symbol_find(self, &table, count) == NULL);
        }
        CHECK(has_exactly(&table, 0, count, symbols));
        for (size_t i = 0; i < count; i++) { /* what is there needs no memory */
            symbol_drop(self, symbol_intern(self, &table, i));
        }
        symbol_fail_after(UINT64_MAX);
        intern_range(self, &table, count, COUNT - count, &symbols[count]);
        CHECK(has_exactly(&table, 0, COUNT, symbols));
        drop_all(self, COUNT, symbols);
        end(self, &table);
    }
    CHECK(failed > COUNT);
}

/* Only arrays fail: texts are interned up to 3/4, then refused, and the table grows when there is memory again. */
static void regression_ck_217_growth_fails(void) {
    enum { COUNT = 300 };
    static weft_symbol *symbols[COUNT];
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    unsigned refused = 0;
    for (size_t i = 0; i < COUNT; i++) {
        symbol_fail_after(1); /* the symbol's is there, the array's is not */
        symbols[i] = symbol_intern(self, &table, i);
        symbol_fail_after(UINT64_MAX);
        if (symbols[i] == NULL) {
            refused++;
            CHECK(has_exactly(&table, 0, i, symbols));
            intern_range(self, &table, i, 1, &symbols[i]);
        }
    }
    CHECK(refused >= 3);
    CHECK(has_exactly(&table, 0, COUNT, symbols));
    drop_all(self, COUNT, symbols);
    end(self, &table);
}

/* ---- operation sequences beside their model --------------------------------------------------------- */

#define MODEL_BYTES 1000U

static void fill_random(uint8_t *bytes, uint64_t *random) {
    for (size_t i = 0; i < MODEL_BYTES; i++) {
        bytes[i] = (uint8_t)(scenario_random(random) >> 40);
    }
}

static void model_random_operations(void) {
    weft_thread *self = symbol_begin();
    const unsigned sequences = scenario_model_sequences(SOME(100U));
    const bool longer = getenv("STRESS_SECONDS") != NULL;
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    uint64_t random = longer ? scenario_seed() : 20260607;
    static uint8_t bytes[MODEL_BYTES];
    for (unsigned i = 0; i < sequences || (longer && scenario_now_ns() < until); i++) {
        bool collide = i % 2 != 0;
        fill_random(bytes, &random);
        if (symbol_model_run(self, collide, bytes, MODEL_BYTES) != 0) {
            size_t size = symbol_model_shrink(self, collide, bytes, MODEL_BYTES);
            symbol_model_print(bytes, size);
            CHECK_UNREACHED("the tables differ from their model after these operations");
            return;
        }
    }
    symbol_end(self);
}

static void failing_sequences_shrink(void) {
    weft_thread *self = symbol_begin();
    static uint8_t bytes[MODEL_BYTES];
    uint64_t random = 7;
    fill_random(bytes, &random);
    symbol_model_sabotage = 4; /* find */
    CHECK(symbol_model_run(self, false, bytes, MODEL_BYTES) != 0);
    size_t size = symbol_model_shrink(self, false, bytes, MODEL_BYTES);
    CHECK(symbol_model_run(self, false, bytes, size) != 0);
    CHECK(size / SYMBOL_MODEL_STEP >= 2 && size / SYMBOL_MODEL_STEP <= 4);
    symbol_model_sabotage = 0;
    CHECK(symbol_model_run(self, false, bytes, size) == 0);
    symbol_end(self);
}

const scenario symbol_scenarios[] = {
    {"EqualTextsAreOneSymbol", equal_texts_are_one_symbol},
    {"LongTexts", long_texts},
    {"TheHashIsSiphash", the_hash_is_siphash},
    {"CollisionsOnPurpose", collisions_on_purpose},
    {"CollisionsOfEveryLength", collisions_of_every_length},
    {"AllBitsOfAHash", all_bits_of_a_hash},
    {"HashedByTheCaller", hashed_by_the_caller},
    {"WeakSymbolsDie", weak_symbols_die},
    {"ImmortalSymbolsStay", immortal_symbols_stay},
    {"TheDeadAreReplacedBeforeTheirFinalizer", the_dead_are_replaced_before_their_finalizer},
    {"TheDeadAreInternedAfterTheirFinalizer", the_dead_are_interned_after_their_finalizer},
    {"GrowthBetweenDeathAndFinalizer", growth_between_death_and_finalizer},
    {"HostsHaveTheirParts", hosts_have_their_parts},
    {"StringsBecomeSymbolsInPlace", strings_become_symbols_in_place},
    {"StringsBecomeImmortalSymbols", strings_become_immortal_symbols},
    {"GrowthKeepsEverything", growth_keeps_everything},
    {"TraversalDuringGrowth", traversal_during_growth},
    {"TraversalMayBeEnded", traversal_may_be_ended},
    {"TheDeadAreNotTraversed", the_dead_are_not_traversed},
    {"ChurnIsBounded", churn_is_bounded},
    {"TablesShrink", tables_shrink},
    {"RoomForWhatIsExpected", room_for_what_is_expected},
    {"TablesEndAndSymbolsLiveOn", tables_end_and_symbols_live_on},
    {"TablesEndBeforeAFinalizerComes", tables_end_before_a_finalizer_comes},
    {"MisuseIsFatal", misuse_is_fatal},
    {"OneTableForASymbol", one_table_for_a_symbol},
    {"NoMemoryForATable", no_memory_for_a_table},
    {"AllocationFailureAtEveryAllocation", allocation_failure_at_every_allocation},
    {"RegressionCk217GrowthFails", regression_ck_217_growth_fails},
    {"ModelRandomOperations", model_random_operations},
    {"FailingSequencesShrink", failing_sequences_shrink},
    {NULL, NULL},
};
