/* Interned symbols. Read in this order: hashing, symbols, arrays of cells, probing, copying, growth, interning, a symbol's
 * end, a table's beginning and end. */
#include "weft_symbol.h"

#include <string.h>

#include "weft_host.h"
#include "weft_park.h"

#if WEFT_STATISTICS
static struct {
    weft_atomic_u64 growths, helped, finished, replaced, lost;
} counters;
#define COUNT(event) ((void)weft_fetch_add_relaxed_u64(&counters.event, 1))
#else
#define COUNT(event) ((void)0)
#endif

/* ---- hashing ------------------------------------------------------------------------------------- */

typedef struct sip {
    uint64_t v0, v1, v2, v3;
} sip;

static inline uint64_t rotated(uint64_t word, unsigned by) {
    return word << by | word >> (64 - by);
}

static inline void sip_round(sip *state) {
    state->v0 += state->v1;
    state->v2 += state->v3;
    state->v1 = rotated(state->v1, 13) ^ state->v0;
    state->v3 = rotated(state->v3, 16) ^ state->v2;
    state->v0 = rotated(state->v0, 32) + state->v3;
    state->v2 += state->v1;
    state->v3 = rotated(state->v3, 21) ^ state->v0;
    state->v1 = rotated(state->v1, 17) ^ state->v2;
    state->v2 = rotated(state->v2, 32);
}

static inline void sip_compress(sip *state, uint64_t word) {
    state->v3 ^= word;
    sip_round(state);
    state->v0 ^= word;
}

/* Little-endian, whatever the CPU is. Written out: a compiler makes one load of it, but not of a loop. */
static inline uint64_t word_at(const unsigned char *bytes) {
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/* The last bytes, fewer than 8. After `whole` words without a branch for each length. */
static inline uint64_t tail_of(const unsigned char *bytes, size_t length, bool whole) {
    uint64_t tail = 0;
    if (whole) {
        return word_at(bytes + length - 8) >> (8 * (7 - length)) >> 8;
    }
    for (size_t i = 0; i < length; i++) {
        tail |= (uint64_t)bytes[i] << (8 * i);
    }
    return tail;
}

/* SipHash-1-3, J.-P. Aumasson and D. J. Bernstein: a round for each word, three at the end. */
static uint64_t siphash(const uint64_t seed[2], const unsigned char *bytes, size_t length) {
    sip state = {seed[0] ^ 0x736f6d6570736575U, seed[1] ^ 0x646f72616e646f6dU,
                 seed[0] ^ 0x6c7967656e657261U, seed[1] ^ 0x7465646279746573U};
    uint64_t last = (uint64_t)length << 56;
    bool whole = length >= 8;
    for (; length >= 8; bytes += 8, length -= 8) {
        sip_compress(&state, word_at(bytes));
    }
    last |= tail_of(bytes, length, whole);
    sip_compress(&state, last);
    state.v2 ^= 0xff;
    sip_round(&state);
    sip_round(&state);
    sip_round(&state);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

uint64_t weft_symbol_hash_text(const weft_symbol_table *table, const void *text, size_t length) {
    const weft_symbol_options *options = &table->options;
    if (options->hash != NULL) {
        return options->hash(options->context, text, length);
    }
    return siphash(options->seed, text, length);
}

/* ---- symbols ------------------------------------------------------------------------------------- */

/* Both for the allocator and for the bits of an address that a cell uses otherwise. */
#define ALIGNMENT ((size_t)16)

/* What a probe looks for. */
typedef struct wanted {
    const void *text;
    size_t length;
    uint64_t hash;
} wanted;

size_t weft_symbol_size(const weft_symbol *symbol) {
    return (size_t)symbol->prefix + sizeof *symbol + symbol->body + symbol->length + 1;
}

static void *memory_of(weft_symbol *symbol) {
    return (unsigned char *)symbol - symbol->prefix;
}

void weft_symbol_free(weft_symbol *symbol) {
    weft_qsbr_free(memory_of(symbol), weft_symbol_size(symbol), ALIGNMENT);
}

/* No other thread has ever seen it. */
static void discard(weft_symbol *symbol) {
    weft_host_free(memory_of(symbol), weft_symbol_size(symbol), ALIGNMENT);
}

#define ADDRESS ((UINT64_MAX >> (64 - WEFT_SYMBOL_ADDRESS_BITS)) & ~(uint64_t)(ALIGNMENT - 1))

static weft_symbol *make(weft_thread *self, const weft_symbol_table *table, const wanted *key) {
    const weft_symbol_options *options = &table->options;
    size_t before_text = (size_t)options->prefix + sizeof(weft_symbol) + options->body;
    unsigned char *memory = weft_host_allocate(before_text + key->length + 1, ALIGNMENT);
    if (memory == NULL) {
        return NULL;
    }
    if (((uintptr_t)memory & ~ADDRESS) != 0) {
        weft_fatal("an address needs more than WEFT_SYMBOL_ADDRESS_BITS", "symbol table", table,
                   NULL);
    }
    memset(memory, 0, before_text);
    if (key->length != 0) {
        memcpy(memory + before_text, key->text, key->length);
    }
    memory[before_text + key->length] = 0;
    weft_symbol *symbol = (void *)(memory + options->prefix);
    weft_ref_init(self, &symbol->head);
    symbol->hash = key->hash;
    symbol->length = (uint32_t)key->length;
    symbol->prefix = options->prefix;
    symbol->body = options->body;
    if (options->made != NULL) {
        options->made(options->context, self, symbol);
    }
    return symbol;
}

static inline uint64_t eight_at(const unsigned char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint32_t four_at(const unsigned char *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Two words cover 8 to 16 bytes, which most names have, and two halves 4 to 7. */
WEFT_ALWAYS_INLINE bool eight_or_more(const unsigned char *one, const unsigned char *other,
                                      size_t length) {
    return ((eight_at(one) ^ eight_at(other)) |
            (eight_at(one + length - 8) ^ eight_at(other + length - 8))) == 0;
}

static inline bool less_than_eight(const unsigned char *one, const unsigned char *other,
                                   size_t length) {
    if (length >= 4) {
        return ((four_at(one) ^ four_at(other)) |
                (four_at(one + length - 4) ^ four_at(other + length - 4))) == 0;
    }
    /* The first, the middle and the last are all. */
    return length == 0 || ((one[0] ^ other[0]) | (one[length / 2] ^ other[length / 2]) |
                           (one[length - 1] ^ other[length - 1])) == 0;
}

/* Without a call: one of memcmp takes longer than all else here, and a find that calls nothing saves no registers. Who has met the
 * symbol has compared what a cell has of its hash (TAG); equal texts have equal hashes, so the rest of it needs no look. */
WEFT_ALWAYS_INLINE bool is_equal(const weft_symbol *symbol, const wanted *key) {
    const unsigned char *one = (const unsigned char *)weft_symbol_text(symbol);
    const unsigned char *other = key->text;
    size_t length = key->length;
    if (symbol->length != length) {
        return false;
    }
    if (length < 8) {
        return less_than_eight(one, other, length);
    }
    for (; WEFT_UNLIKELY(length > 16); one += 8, other += 8, length -= 8) {
        if (eight_at(one) != eight_at(other)) {
            return false;
        }
    }
    return eight_or_more(one, other, length);
}

static wanted text_of(const weft_symbol *symbol) {
    return (wanted){weft_symbol_text(symbol), symbol->length, symbol->hash};
}

/* ---- arrays of cells ----------------------------------------------------------------------------- */

/* A symbol's cell has, from the uppermost bit on: two of the hash, SYMBOL, FROZEN, the hash's where addresses have none, and the
 * address without the bits that its alignment makes 0. So what differs in more than the address is the larger difference
 * (look_at_group). */
#define ADDRESS_SHIFT 4
#define EMPTY ((uint64_t)0)
#define FROZEN ((uint64_t)1 << 60)
#define SYMBOL ((uint64_t)1 << 61)
#define REMOVED ((uint64_t)1 << 62) /* without SYMBOL */

/* What a symbol's cell has of its hash. Not the bits of the index (see first_of). */
#define TAG (~(ADDRESS >> ADDRESS_SHIFT) & ~(FROZEN | SYMBOL))

/* The smallest array, and what one interner copies for others. 16 cells are two cache lines, and cost an interner that
 * passes less than the symbol it makes. */
#ifndef WEFT_SYMBOL_SMALLEST
#define WEFT_SYMBOL_SMALLEST ((size_t)16)
#endif
#ifndef WEFT_SYMBOL_CHUNK
#define WEFT_SYMBOL_CHUNK ((size_t)16)
#endif
#define CHUNK WEFT_SYMBOL_CHUNK
#define HELD                                                                                       \
    (2 *                                                                                           \
     CHUNK) /* references while one is copied: to each symbol, and to what its text has in the next array */

typedef struct cells {
    uint64_t number; /* of the table's arrays, in order */
    size_t mask;     /* capacity - 1 */
    weft_atomic_ptr next;
    weft_qsbr_node node;
    /* What interners write, not on the line that all read. */
    weft_atomic_uptr
        used WEFT_ALIGNED(WEFT_CACHE_LINE); /* cells that interners took, or are about to */
    weft_atomic_uptr copied;  /* cells that were filled by growth, or are about to be */
    weft_atomic_uptr reserve; /* until growth is done: how many that may become */
    weft_atomic_uptr removed; /* symbols whose finalizers came */
    weft_atomic_uptr claimed; /* chunks that interners have begun to copy from here */
    weft_atomic_uptr done;    /* ... and copied */
    weft_atomic_u32 growing;  /* a hint: some thread is making the next array */
    weft_atomic_u64 cell[] WEFT_ALIGNED(WEFT_CACHE_LINE);
} cells;

static inline size_t capacity_of(const cells *array) {
    return array->mask + 1;
}

/* Beyond this many cells an array grows ... At 5/8, in a full array, a hit looks at 1.8 cells and a miss at 4, as theory has it. */
static size_t soft_limit(size_t capacity) {
    return capacity / 8 * 5 + capacity % 8 * 5 / 8;
}

/* ... and beyond this no more are taken: some are always empty, so that every probe ends. */
static size_t hard_limit(size_t capacity) {
    return capacity - capacity / 4;
}

static size_t chunks_of(const cells *array) {
    return (capacity_of(array) + CHUNK - 1) / CHUNK;
}

static size_t bytes_of(size_t capacity) {
    return sizeof(cells) + capacity * sizeof(weft_atomic_u64);
}

static cells *make_cells(size_t capacity, uint64_t number) {
    if (capacity > SIZE_MAX / 2 / sizeof(weft_atomic_u64)) {
        return NULL;
    }
    cells *array = weft_host_allocate(bytes_of(capacity), WEFT_CACHE_LINE);
    if (array != NULL) {
        memset(array, 0, bytes_of(capacity));
        array->number = number;
        array->mask = capacity - 1;
    }
    return array;
}

static void unmake_cells(cells *array) {
    weft_host_free(array, bytes_of(capacity_of(array)), WEFT_CACHE_LINE);
}

static void free_cells(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    cells *array = (void *)((unsigned char *)node - offsetof(cells, node));
    weft_qsbr_free(array, bytes_of(capacity_of(array)), WEFT_CACHE_LINE);
}

static inline cells *root_of(const weft_symbol_table *table) {
    /* Acquire: pairs with the release of advance: what was copied into it. */
    return weft_load_acquire_ptr(&table->root);
}

static inline cells *next_of(const cells *array) {
    /* Acquire: pairs with the release of grow: its cells are empty. */
    return weft_load_acquire_ptr(&array->next);
}

static inline uint64_t tag_of(uint64_t hash) {
    return (hash & TAG) | SYMBOL;
}

/* Where the text's probe begins: with a group of cells, which a look-up takes together. */
#define GROUP ((size_t)4)
static inline size_t first_of(const cells *array, uint64_t hash) {
    return (size_t)(hash >> 4) & array->mask & ~(GROUP - 1);
}

static inline uint64_t word_of(const weft_symbol *symbol) {
    return (uint64_t)(uintptr_t)symbol >> ADDRESS_SHIFT | tag_of(symbol->hash);
}

static inline bool is_symbol(uint64_t word) {
    return (word & SYMBOL) != 0;
}

static inline weft_symbol *symbol_in(uint64_t word) {
    return (weft_symbol *)(uintptr_t)(word << ADDRESS_SHIFT & ADDRESS);
}

/* How many cells are not empty, or may be any moment. */
static size_t taken(const cells *array, size_t used) {
    /* Acquire: pairs with the release of advance: `copied` has all copies. */
    size_t reserve = weft_load_acquire_uptr(&array->reserve);
    size_t copied = weft_load_relaxed_uptr(&array->copied);
    return used + (reserve > copied ? reserve : copied);
}

/* An empty cell may be filled. False: there are not enough. */
static bool take(cells *array, size_t *now_taken) {
    /* Relaxed: a number of cells; what is in them they order themselves. */
    *now_taken = taken(array, weft_fetch_add_relaxed_uptr(&array->used, 1) + 1);
    if (WEFT_LIKELY(*now_taken <= hard_limit(capacity_of(array)))) {
        return true;
    }
    weft_fetch_sub_relaxed_uptr(&array->used, 1);
    return false;
}

/* ---- probing ------------------------------------------------------------------------------------- */

/* Where a probe has ended. */
typedef struct place {
    weft_symbol *found; /* a reference; or NULL: the text has no symbol, and gets one ... */
    cells *array;
    weft_atomic_u64 *cell; /* ... here, ... */
    uint64_t seen;         /* ... in place of this: EMPTY, or a dead symbol */
} place;

/* False: the next array knows. */
static inline bool probe(weft_thread *self, cells *array, const wanted *key, place *spot) {
    uint64_t tag = tag_of(key->hash);
    size_t mask = array->mask;
    for (size_t i = first_of(array, key->hash);; i = (i + 1) & mask) {
        weft_atomic_u64 *cell = &array->cell[i];
        /* Acquire: pairs with the release that put the symbol there, which is as it was made; and with that of
         * freeze: there is a next array. */
        uint64_t seen = weft_load_acquire_u64(cell);
        if (((seen ^ tag) & (TAG | SYMBOL)) == 0) {
            weft_symbol *symbol = symbol_in(seen);
            if (!is_equal(symbol, key)) {
                continue;
            }
            if (WEFT_LIKELY(weft_ref_try_incref(self, &symbol->head))) {
                spot->found = symbol;
                return true;
            }
            if ((seen & FROZEN) != 0) {
                continue; /* dead, and will not be copied */
            }
        } else if (seen > FROZEN) {
            continue;
        } else if (seen != EMPTY) {
            return false;
        }
        spot->found = NULL;
        spot->array = array;
        spot->cell = cell;
        spot->seen = seen;
        return true;
    }
}

/* What a look at a group of cells tells of a text. */
typedef enum glance {
    MATCHED, /* its symbol is there, maybe dead */
    ABSENT,  /* at some moment it had none */
    PASSED,  /* it is not in this group, whose cells are all others' for ever: look at the next */
    UNKNOWN  /* any of these, or the next array knows */
} glance;

static inline uint64_t lesser(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

static inline uint64_t cell_at(const weft_atomic_u64 *group, size_t i) {
    /* Acquire: pairs with the release of insert and of copy: the symbol is as it was made. */
    return weft_load_acquire_u64(&group[i]);
}

/* Takes the cells of a group together, with one branch for a text that is there and one for a text that is not. (1000 texts in
 * 2048 cells, drawn at random: cell by cell a branch for each, foretold badly.) */
WEFT_ALWAYS_INLINE glance look_at_group(const weft_atomic_u64 *group, const wanted *key,
                                        weft_symbol **found) {
    uint64_t tag = tag_of(key->hash);
    uint64_t first = cell_at(group, 0);
    uint64_t second = cell_at(group, 1);
    uint64_t third = cell_at(group, 2);
    uint64_t fourth = cell_at(group, 3);
    /* A cell that has the tag and is not FROZEN differs from it in the address alone, and so less than all that have not. */
    uint64_t least = lesser(lesser(first ^ tag, second ^ tag), lesser(third ^ tag, fourth ^ tag));
    if ((least & (TAG | SYMBOL)) == 0) {
        *found = symbol_in(least); /* the address alone, but for FROZEN */
        return is_equal(*found, key) ? MATCHED : UNKNOWN;
    }
    /* Nor has any the tag, if none is FROZEN. They are filled from the first on, never become empty again, and never another
     * text's. So if the fourth is empty, the text's place was in this group, and the text not there when the first of those that were
     * found empty was loaded. Who knows of the text by happens-before finds its cell as it became, here, or the cell where it
     * would be FROZEN. */
    bool frozen = ((first | second | third | fourth) & FROZEN) != 0;
    if (WEFT_LIKELY(!frozen & (fourth == EMPTY))) {
        return ABSENT;
    }
    bool full = (first != EMPTY) & (second != EMPTY) & (third != EMPTY);
    return (full & !frozen) ? PASSED : UNKNOWN;
}

static inline void look(weft_thread *self, const weft_symbol_table *table, const wanted *key,
                        place *spot) {
    cells *array = root_of(table);
    while (WEFT_UNLIKELY(!probe(self, array, key, spot))) {
        array = next_of(array);
    }
}

/* ---- copying ------------------------------------------------------------------------------------- */

/* Puts a living symbol into the next array. True: into a cell that was empty. In *found a reference to what is there already, or
 * NULL. */
static bool copy(weft_thread *self, cells *next, weft_symbol *symbol, weft_symbol **found) {
    wanted key = text_of(symbol);
    place spot;
    *found = NULL;
    for (;;) {
        if (!probe(self, next, &key, &spot)) {
            return false; /* the next array grows: so others have copied everything, and gone on */
        }
        if (spot.found != NULL) {
            *found = spot.found;
            return false;
        }
        bool empty = spot.seen == EMPTY;
        /* Release: pairs with the acquire of probes. A dead symbol there was copied before it died, and its text was then
         * interned again in the array that is copied. */
        if (weft_cas_release_u64(spot.cell, &spot.seen, word_of(symbol))) {
            return empty;
        }
    }
}

static uint64_t freeze(weft_atomic_u64 *cell) {
    /* Relaxed: a frozen cell stays one, and the caller has loaded `next` itself. */
    uint64_t seen = weft_load_relaxed_u64(cell);
    if ((seen & FROZEN) == 0) {
        /* Release: pairs with the acquire of probes: there is a next array. */
        seen = weft_fetch_or_release_u64(cell, FROZEN);
    }
    return seen;
}

/* Copies a chunk. Returns how many symbols are in `held` (HELD at most), each with a reference to be dropped when the arrays are not
 * needed any more: it may be the last. */
static size_t copy_chunk(weft_thread *self, cells *old, cells *next, size_t chunk,
                         weft_symbol **held) {
    size_t first = chunk * CHUNK;
    size_t end = first + CHUNK < capacity_of(old) ? first + CHUNK : capacity_of(old);
    size_t symbols = 0;
    size_t filled = 0;
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
        symbols += is_symbol(freeze(&old->cell[i])) ? 1 : 0;
    }
    if (symbols == 0) {
        return 0;
    }
    /* Relaxed: before the copies themselves, whose releases order it. */
    weft_fetch_add_relaxed_uptr(&next->copied, symbols);
    for (size_t i = first; i < end; i++) {
        /* Acquire: pairs with the release that interned the symbol. */
        uint64_t seen = weft_load_acquire_u64(&old->cell[i]);
        if (is_symbol(seen) && weft_ref_try_incref(self, &symbol_in(seen)->head)) {
            weft_symbol *symbol = symbol_in(seen);
            weft_symbol *found;
            filled += copy(self, next, symbol, &found) ? 1 : 0;
            held[count++] = symbol;
            if (found != NULL) {
                held[count++] = found;
            }
        }
    }
    weft_fetch_sub_relaxed_uptr(&next->copied, symbols - filled);
    return count;
}

/* May run dealloc hooks, and so detach: no pointer to an array is good afterwards. Where one comes back to a closed runtime the
 * rest stays held, and nobody may look at the table. */
static void drop(weft_thread *self, weft_symbol **held, size_t count) {
    for (size_t i = 0; i < count && !weft_ref_is_left_behind(self); i++) {
        weft_ref_decref(self, &held[i]->head);
    }
}

/* ---- growth -------------------------------------------------------------------------------------- */

/* All is copied. */
static void advance(weft_thread *self, weft_symbol_table *table, cells *old, cells *next) {
    void *expected = old;
    /* Release: pairs with the acquire of taken. */
    weft_store_release_uptr(&next->reserve, 0);
    /* Release: pairs with the acquire of root_of. One of those who have copied everything wins. */
    if (weft_cas_release_ptr(&table->root, &expected, next)) {
        COUNT(growths);
        weft_qsbr_retire(self, &old->node, free_cells, bytes_of(capacity_of(old)));
    }
}

/* Copies a chunk, if the table is growing and there is one that nobody has begun. False: host code has come back to a closed
 * runtime, here or before. */
static bool help(weft_thread *self, weft_symbol_table *table) {
    if (weft_ref_is_left_behind(self)) {
        return false;
    }
    cells *old = root_of(table);
    cells *next = next_of(old);
    weft_symbol *held[HELD];
    /* Relaxed: who gets which chunk. */
    if (WEFT_LIKELY(next == NULL) || weft_load_relaxed_uptr(&old->claimed) >= chunks_of(old)) {
        return true;
    }
    size_t chunk = weft_fetch_add_relaxed_uptr(&old->claimed, 1);
    if (chunk >= chunks_of(old)) {
        return true;
    }
    size_t count = copy_chunk(self, old, next, chunk, held);
    COUNT(helped);
    /* Release: the copies are before the last one's advance. Acquire: if that is this thread. */
    if (weft_fetch_add_acq_rel_uptr(&old->done, 1) + 1 == chunks_of(old)) {
        advance(self, table, old, next);
    }
    drop(self, held, count);
    return !weft_ref_is_left_behind(self);
}

/* Copies everything, whatever others are about to copy: they may sleep. */
static void finish(weft_thread *self, weft_symbol_table *table, uint64_t number) {
    weft_symbol *held[HELD];
    COUNT(finished);
    for (size_t chunk = 0; !weft_ref_is_left_behind(self); chunk++) {
        cells *old = root_of(table);
        if (old->number != number) {
            return;
        }
        cells *next = next_of(old);
        if (chunk == chunks_of(old)) {
            advance(self, table, old, next);
            return;
        }
        drop(self, held, copy_chunk(self, old, next, chunk, held));
    }
}

/* The next array of the root, unless there is one. */
static bool grow(cells *old) {
    if (next_of(old) != NULL) {
        return true;
    }
    size_t capacity = capacity_of(old);
    size_t removed = weft_load_relaxed_uptr(&old->removed);
    size_t now_taken = taken(old, weft_load_relaxed_uptr(&old->used));
    size_t alive = now_taken > removed ? now_taken - removed : 0;
    size_t wanted_capacity = capacity > WEFT_SYMBOL_SMALLEST ? capacity / 2 : capacity;
    size_t reserve = hard_limit(capacity) - removed;
    while (soft_limit(wanted_capacity) < alive + alive / 4 * 3 ||
           hard_limit(wanted_capacity) < reserve) {
        wanted_capacity *= 2;
    }
    cells *made = make_cells(wanted_capacity, old->number + 1);
    if (made == NULL) {
        return false;
    }
    weft_init_uptr(&made->reserve, reserve);
    void *expected = NULL;
    /* Release: pairs with the acquire of next_of. */
    if (!weft_cas_release_ptr(&old->next, &expected, made)) {
        unmake_cells(made);
    }
    return true;
}

/* The cell that was found empty may not be filled, the array has too few. False: no memory. */
static bool make_room(weft_thread *self, weft_symbol_table *table, const place *spot) {
    cells *root = root_of(table);
    if (root == spot->array) {
        if (!grow(root)) {
            return false;
        }
        freeze(spot->cell); /* so the text's place is in the next array from now on */
    } else if (root->number < spot->array->number) {
        finish(self, table, root->number);
    }
    return true;
}

/* An array has passed its soft limit. */
WEFT_NOINLINE static void make_next(weft_symbol_table *table, cells *array) {
    /* Relaxed, all: a hint, so that not all who pass make an array of which one is used. */
    if (root_of(table) == array && next_of(array) == NULL &&
        weft_load_relaxed_u32(&array->growing) == 0 &&
        weft_exchange_relaxed_u32(&array->growing, 1) == 0 && !grow(array)) {
        weft_store_relaxed_u32(&array->growing, 0);
    }
}

/* ---- interning ----------------------------------------------------------------------------------- */

static void check(weft_thread *self, const weft_symbol_table *table, const wanted *key) {
#if WEFT_CHECKED
    if (weft_thread_current() != self) {
        weft_fatal("use by a thread that is not attached", "symbol table", table, NULL);
    }
    if (weft_thread_runtime(self) != table->runtime) {
        weft_fatal("use by a thread of another runtime", "symbol table", table, NULL);
    }
    if (weft_symbol_hash_text(table, key->text, key->length) != key->hash) {
        weft_fatal("a hash that is not the text's", "symbol table", table, NULL);
    }
#else
    (void)self;
    (void)table;
    (void)key;
#endif
}

/* Puts a symbol where a probe has ended. False: look again. */
static bool insert(weft_symbol_table *table, place *spot, weft_symbol *symbol, size_t now_taken) {
    bool empty = spot->seen == EMPTY;
    /* Release: pairs with the acquire of probes: the symbol is as it was made. */
    if (!weft_cas_release_u64(spot->cell, &spot->seen, word_of(symbol))) {
        if (empty) {
            weft_fetch_sub_relaxed_uptr(&spot->array->used, 1);
        }
        return false;
    }
    if (!empty) {
        COUNT(replaced);
    } else if (WEFT_UNLIKELY(now_taken > soft_limit(capacity_of(spot->array)))) {
        make_next(table, spot->array);
    }
    return true;
}

/* What is to be interned: made by the host, or when it is needed. */
static weft_symbol *prepare(weft_thread *self, weft_symbol_table *table, const wanted *key) {
    weft_symbol *symbol = make(self, table, key);
    if (symbol != NULL) {
        weft_init_ptr(&symbol->table, table);
        if (table->options.immortal) {
            weft_ref_immortalise(self, &symbol->head);
        }
        weft_ref_maybe_share(&symbol->head);
    }
    return symbol;
}

/* `made` is the host's, with a reference that becomes the table's user's or is dropped; or NULL. */
static weft_symbol_result intern(weft_thread *self, weft_symbol_table *table, const wanted *key,
                                 weft_symbol *made, weft_symbol **symbol) {
    weft_symbol *fresh = NULL;
    weft_symbol_result result = WEFT_SYMBOL_OK;
    place spot;
    check(self, table, key);
    weft_park_may_detach();
    for (;;) {
        size_t now_taken = 0;
        if (!help(self, table)) {
            result = WEFT_SYMBOL_CLOSED;
            break;
        }
        look(self, table, key, &spot);
        if (spot.found != NULL) {
            *symbol = spot.found;
            break;
        }
        if (made == NULL && fresh == NULL) {
            fresh = prepare(self, table, key);
            if (fresh == NULL) {
                return WEFT_SYMBOL_NO_MEMORY;
            }
        }
        if (spot.seen == EMPTY && !take(spot.array, &now_taken)) {
            if (make_room(self, table, &spot)) {
                continue;
            }
            result = WEFT_SYMBOL_NO_MEMORY;
            break;
        }
        if (insert(table, &spot, made != NULL ? made : fresh, now_taken)) {
            *symbol = made != NULL ? made : fresh;
            return WEFT_SYMBOL_OK;
        }
    }
    if (fresh != NULL) {
        COUNT(lost);
        discard(fresh);
    } else if (made != NULL && result != WEFT_SYMBOL_CLOSED) {
        weft_ref_decref(self, &made->head); /* not the last: the caller has one */
    }
    return result;
}

weft_symbol_result weft_symbol_intern_hashed(weft_thread *self, weft_symbol_table *table,
                                             const void *text, size_t length, uint64_t hash,
                                             weft_symbol **symbol) {
    if (length > WEFT_SYMBOL_MAX) {
        return WEFT_SYMBOL_TOO_LONG;
    }
    wanted key = {text, length, hash};
    return intern(self, table, &key, NULL, symbol);
}

weft_symbol_result weft_symbol_intern(weft_thread *self, weft_symbol_table *table, const void *text,
                                      size_t length, weft_symbol **symbol) {
    if (length > WEFT_SYMBOL_MAX) {
        return WEFT_SYMBOL_TOO_LONG;
    }
    wanted key = {text, length, weft_symbol_hash_text(table, text, length)};
    return intern(self, table, &key, NULL, symbol);
}

/* The rest of a look-up: the text is in a later group, or its symbol is counted as only weft_ref.c can, or dead, or the table
 * grows. */
WEFT_NOINLINE static weft_symbol *find_further(weft_thread *self, const weft_symbol_table *table,
                                               const void *text, size_t length, uint64_t hash) {
    wanted key = {text, length, hash};
    cells *array = root_of(table);
    weft_symbol *found;
    place spot;
    glance seen = PASSED;
    for (size_t i = first_of(array, hash); seen == PASSED; i = (i + GROUP) & array->mask) {
        seen = look_at_group(&array->cell[i], &key, &found);
    }
    if (seen == ABSENT) {
        return NULL;
    }
    if (seen == MATCHED && weft_ref_try_incref(self, &found->head)) {
        return found;
    }
    look(self, table, &key, &spot);
    return spot.found;
}

weft_symbol *weft_symbol_find_hashed(weft_thread *self, weft_symbol_table *table, const void *text,
                                     size_t length, uint64_t hash) {
    wanted key = {text, length, hash};
    weft_symbol *found;
    check(self, table, &key);
    cells *array = root_of(table);
    /* The usual: the text's symbol, or the end of the probe, is in the first group. */
    glance seen = look_at_group(&array->cell[first_of(array, hash)], &key, &found);
    if (WEFT_LIKELY(seen == MATCHED) &&
        WEFT_LIKELY(weft_ref_try_incref_inline(self, &found->head))) {
        return found;
    }
    return seen == ABSENT ? NULL : find_further(self, table, text, length, hash);
}

weft_symbol *weft_symbol_find(weft_thread *self, weft_symbol_table *table, const void *text,
                              size_t length) {
    return weft_symbol_find_hashed(self, table, text, length,
                                   weft_symbol_hash_text(table, text, length));
}

weft_symbol_result weft_symbol_make(weft_thread *self, const weft_symbol_table *table,
                                    const void *text, size_t length, weft_symbol **made) {
    if (length > WEFT_SYMBOL_MAX) {
        return WEFT_SYMBOL_TOO_LONG;
    }
    wanted key = {text, length, weft_symbol_hash_text(table, text, length)};
    *made = make(self, table, &key);
    return *made != NULL ? WEFT_SYMBOL_OK : WEFT_SYMBOL_NO_MEMORY;
}

static void check_table(const weft_symbol *made, const weft_symbol_table *table,
                        const weft_symbol_table *has) {
    if (has != NULL && has != table) {
        weft_fatal("interned in a second table", "symbol", made, NULL);
    }
}

weft_symbol_result weft_symbol_intern_made(weft_thread *self, weft_symbol_table *table,
                                           weft_symbol *made, weft_symbol **symbol) {
    /* Relaxed: it does not change while somebody has a reference, but here. */
    check_table(made, table, weft_load_relaxed_ptr(&made->table));
    weft_ref_maybe_share(&made->head);
    wanted key = text_of(made);
    weft_ref_incref(self, &made->head); /* before others find it */
    weft_symbol_result result = intern(self, table, &key, made, symbol);
    if (result == WEFT_SYMBOL_OK && *symbol == made) {
        void *expected = NULL;
        /* Relaxed: read again by its finalizer, after all that was done with it; this thread has a reference. */
        if (!weft_cas_relaxed_ptr(&made->table, &expected, table)) {
            check_table(made, table, expected);
        }
        if (table->options.immortal) {
            weft_ref_immortalise(self, &made->head);
        }
    }
    return result;
}

/* ---- a symbol's end ------------------------------------------------------------------------------ */

/* The cell of a symbol that nobody adds to this array any more. */
static weft_atomic_u64 *cell_of(cells *array, const weft_symbol *symbol, uint64_t *seen) {
    uint64_t word = word_of(symbol);
    for (size_t i = first_of(array, symbol->hash);; i = (i + 1) & array->mask) {
        /* Relaxed: that it was put there is before the drop that ended it; and nothing is followed. */
        *seen = weft_load_relaxed_u64(&array->cell[i]);
        if ((*seen & ~FROZEN) == word) {
            return &array->cell[i];
        }
        if (*seen <= FROZEN) {
            return NULL;
        }
    }
}

static bool remove_from(cells *array, const weft_symbol *symbol) {
    uint64_t seen;
    weft_atomic_u64 *cell = cell_of(array, symbol, &seen);
    /* Relaxed: nothing is published; the memory waits for a grace period. It fails if the cell was frozen
     * meanwhile, or if an interner has replaced the symbol. */
    while (cell != NULL && (seen & ~FROZEN) == word_of(symbol)) {
        if (weft_cas_relaxed_u64(cell, &seen, REMOVED | (seen & FROZEN))) {
            return true;
        }
    }
    return false;
}

void weft_symbol_finalize(weft_thread *self, weft_symbol *symbol) {
    (void)self;
    /* Relaxed, both: the last drop has ordered them. */
    uintptr_t shared = weft_load_relaxed_uptr(&symbol->head.shared);
    weft_symbol_table *table = weft_load_relaxed_ptr(&symbol->table);
    if ((shared & WEFT_REF_DYING) != WEFT_REF_DYING) {
        weft_fatal("finalized outside of its dealloc hook", "symbol", symbol, NULL);
    }
    if (table == NULL) {
        return;
    }
    cells *last = NULL;
    for (cells *array = root_of(table); array != NULL; array = next_of(array)) {
        last = remove_from(array, symbol) ? array : last;
    }
    if (last != NULL) {
        weft_fetch_add_relaxed_uptr(&last->removed, 1); /* once, for count */
    }
}

/* ---- a table's beginning and end ----------------------------------------------------------------- */

weft_symbol_result weft_symbol_table_init(weft_thread *self, weft_symbol_table *table,
                                          const weft_symbol_options *options) {
    table->options = options != NULL ? *options : (weft_symbol_options){.body = 0};
    table->runtime = weft_thread_runtime(self);
    if (table->options.prefix % ALIGNMENT != 0 || table->options.prefix > WEFT_SYMBOL_MAX_PREFIX) {
        weft_fatal("a prefix that is too large, or no multiple of 16", "symbol table", table, NULL);
    }
    if (table->options.body > WEFT_SYMBOL_MAX_BODY) {
        weft_fatal("a body that is too large", "symbol table", table, NULL);
    }
    table->options.body = (uint16_t)((table->options.body + 7U) & ~7U);
    size_t capacity = WEFT_SYMBOL_SMALLEST;
    while (soft_limit(capacity) < table->options.expected && capacity <= SIZE_MAX / 16) {
        capacity *= 2;
    }
    weft_init_ptr(&table->root, make_cells(capacity, 0));
    return root_of(table) != NULL ? WEFT_SYMBOL_OK : WEFT_SYMBOL_NO_MEMORY;
}

static bool is_alive(const weft_symbol *symbol) {
    /* Relaxed: the stop has ordered it. */
    uintptr_t shared = weft_load_relaxed_uptr(&symbol->head.shared);
    bool dead = (shared & (WEFT_REF_MERGED | WEFT_REF_SHARDED)) == WEFT_REF_MERGED &&
                shared >> WEFT_REF_COUNT_SHIFT == 0;
    return !dead && (shared & WEFT_REF_DYING) != WEFT_REF_DYING;
}

/* The i-th cell's symbol, or NULL. */
static weft_symbol *symbol_at(const cells *array, size_t i) {
    /* Relaxed: the stop has ordered it. */
    uint64_t seen = weft_load_relaxed_u64(&array->cell[i]);
    return is_symbol(seen) ? symbol_in(seen) : NULL;
}

int weft_symbol_traverse(weft_symbol_table *table, weft_symbol_visit visit, void *argument) {
    cells *root = root_of(table);
    for (cells *array = root; array != NULL; array = next_of(array)) {
        for (size_t i = 0; i < capacity_of(array); i++) {
            weft_symbol *symbol = symbol_at(array, i);
            uint64_t seen;
            if (symbol == NULL || !is_alive(symbol) ||
                (array != root && cell_of(root, symbol, &seen) != NULL)) {
                continue;
            }
            int result = visit(argument, symbol);
            if (result < 0) {
                return result;
            }
        }
    }
    return 0;
}

void weft_symbol_table_end(weft_symbol_table *table, weft_symbol_visit visit, void *argument) {
    for (cells *array = root_of(table), *next; array != NULL; array = next) {
        next = next_of(array);
        for (size_t i = 0; i < capacity_of(array); i++) {
            weft_symbol *symbol = symbol_at(array, i);
            if (symbol == NULL) {
                continue;
            }
            if (next != NULL) {
                (void)remove_from(next, symbol); /* visited once */
            }
            weft_store_relaxed_ptr(&symbol->table, NULL);
            if (visit != NULL && is_alive(symbol)) {
                (void)visit(argument, symbol);
            }
        }
        unmake_cells(array);
    }
    weft_init_ptr(&table->root, NULL);
}

size_t weft_symbol_count(const weft_symbol_table *table) {
    const cells *root = root_of(table);
    const cells *next = next_of(root);
    /* Relaxed, all: figures. What is only in the root is counted there, what was interned since in the next. */
    size_t count =
        taken(root, weft_load_relaxed_uptr(&root->used)) - weft_load_relaxed_uptr(&root->removed);
    if (next != NULL) {
        count += weft_load_relaxed_uptr(&next->used) - weft_load_relaxed_uptr(&next->removed);
    }
    return (intptr_t)count < 0 ? 0 : count;
}

size_t weft_symbol_table_bytes(const weft_symbol_table *table) {
    const cells *root = root_of(table);
    const cells *next = next_of(root);
    return bytes_of(capacity_of(root)) + (next != NULL ? bytes_of(capacity_of(next)) : 0);
}

void weft_symbol_get_statistics(weft_symbol_statistics *statistics) {
#if WEFT_STATISTICS
    statistics->growths = weft_load_relaxed_u64(&counters.growths);
    statistics->helped = weft_load_relaxed_u64(&counters.helped);
    statistics->finished = weft_load_relaxed_u64(&counters.finished);
    statistics->replaced = weft_load_relaxed_u64(&counters.replaced);
    statistics->lost = weft_load_relaxed_u64(&counters.lost);
#else
    *statistics = (weft_symbol_statistics){0};
#endif
}
