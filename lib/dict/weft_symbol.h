/* weft_symbol.h: interned texts: equal texts are one object, so names are compared by their addresses.
 *
 * What it is for. The names of a language runtime: identifiers, attributes, keys of its namespaces. A table leads from a text
 * to its symbol, an object (weft_ref.h); threads look up and intern at any time, and none of them waits for another. When not
 * to use it: for texts that are compared rarely; for keys that are no bytes.
 *
 *     weft_symbol_options options = {.seed = {random(), random()}};
 *     weft_symbol_table_init(self, &names, &options);             // once
 *     weft_symbol *name;
 *     if (weft_symbol_intern(self, &names, "spam", 4, &name) != WEFT_SYMBOL_OK) { ... }
 *     ...                                                         // `name` is a reference of the caller's
 *     weft_ref_decref(self, &name->head);
 *
 *     in the host's hooks (weft_ref_install), for objects that are symbols:
 *         dealloc  weft_symbol_finalize(self, symbol); return WEFT_REF_FREE;
 *         free     weft_symbol_free(symbol);
 *         size     return weft_symbol_size(symbol);
 *
 * Weak or immortal, chosen for a table. A weak symbol lives as long as there are references to it; the table has none. Its
 * count's zero ends its identity: from then on the text has no symbol, and who interns it makes a new one without waiting
 * for the dealloc hook of the old. So a hook cannot bring a symbol back as that: it has to return WEFT_REF_FREE. An immortal symbol
 * is never counted, and stays until the table ends. The host may immortalise (weft_ref_immortalise) a weak symbol, or let it be sharded.
 *
 * A symbol, and whose its parts are
 *     prefix   `prefix` bytes before the header, the host's (what a collector links by)
 *     head     weft_ref's
 *     table    the table it is of, or NULL: not interned, or its table has ended
 *     host     the host's, as a pointer to its type. The node that retires the symbol lies over these two
 *     hash, length, prefix, body     never written after the symbol was published, nor over by the node
 *     body     `body` bytes of the host's
 *     text     the same; `length` bytes, and one more that is 0
 * The host's parts are zero at first; its hook `made` fills them before any other thread knows the symbol.
 *
 * A table: a pointer to an array of cells; each text has its place by linear probing from the group of four cells where its hash
 * points.
 *     cell                  state                                          changed by compare-exchange, by
 *     0                     empty: ends every probe                        interners: to a symbol
 *     symbol                of its text, alive or dead                     interners, if it is dead: to a new one of the
 *                                                                          same text; its finalizer: to REMOVED
 *     REMOVED               was a symbol's; probes pass over it            nobody (until the next growth)
 *     0, FROZEN             the probe goes on in the next array            nobody any more
 *     symbol, FROZEN        to be copied into the next array if alive      its finalizer: to REMOVED, FROZEN
 *     REMOVED, FROZEN       as without FROZEN                              nobody any more
 *     any without FROZEN                                                   who grows: sets FROZEN (fetch_or)
 *     A symbol's cell has bits of its hash where its address has none (see WEFT_SYMBOL_ADDRESS_BITS).
 *
 *     root's next  reserve of next   state of the table
 *     NULL                           at rest
 *     an array     not 0             growing: the root's cells are frozen and copied, 16 at a time, by interners that pass
 *     an array     0                 all are copied; the root is about to be replaced by its next
 *
 * Rules
 *   - A cell belongs to one text from its first symbol on, within its array. What a probe may pass over stays so: other texts',
 *     REMOVED, dead ones that are FROZEN. So all who look for one text stop at the same cell, and one compare-exchange there decides.
 *   - Who copies a symbol holds a reference: it cannot die, nor its finalizer go past, before the copy is there. The dead are not
 *     copied. Until it is copied, a living symbol is found in its frozen cell: look-ups never wait for a growth.
 *   - A finalizer goes through all arrays from the root on, and removes its own symbol alone.
 *   - An array is replaced only when all of it is copied, and grows only when it is the root. Whoever needs room copies what is left
 *     itself: what other threads were about to do is done twice, and harmless.
 *   - Symbols' memory is freed after a grace period (they are MAYBE_SHARED), arrays', too.
 *
 * Growth. At 5/8 of an array a new one is made, in which the living symbols and 3/4 more have room: it is twice as large, as large, or
 * half as large. So removed cells are never more than 3/4 of the array, and memory is bounded by what was alive at once, also if symbols come
 * and go for ever. An interner copies at most 16 cells for others before it does its own work; only if an array is full (at 3/4) before all
 * is copied, it copies the rest. If there is no memory, interning goes on up to 3/4.
 *
 * Promises to concurrent observers. intern and find take effect at one moment between call and return: two living symbols
 * with the same text, of the same table, do not exist. find that returns NULL: at some moment the text had no symbol. count may
 * lag by what other threads are doing.
 *
 * Hash flooding. Without a hash function of the host's, the table uses SipHash-1-3 with the table's seed: if texts come from
 * outside, fill it at random. A function of the host's has to be good in all of its 64 bits (the table takes its index from the
 * lower, and tells cells apart by the uppermost), and keyed, if texts come from outside; a poor one costs time, never correctness.
 *
 * Threads: attached, of the runtime of the table. find, count, hash_text neither block nor detach. intern, intern_made
 * may run dealloc hooks of symbols that die while they are copied, and detach if those do; if one comes back detached, because the
 * runtime was closed meanwhile, the result is CLOSED, and what the call holds stays held. fork: the child finds every
 * table usable, whatever other threads were doing.
 *
 * Misuse that ends in the host's fatal hook: finalizing what is not in its dealloc hook; interning a made symbol in a second
 * table; a prefix that is no multiple of 16 or too large; a body that is too large; an allocator whose addresses need more than
 * WEFT_SYMBOL_ADDRESS_BITS; in checked builds also a thread that is not attached or of another runtime, and a hash that is
 * not the text's.
 *
 * Not promised. Bytes are compared, nothing is normalised. Addresses in cells are not found by leak checkers and conservative
 * collectors. A text that is interned and dropped over and over takes a new cell each time. A table shrinks only when it would grow.
 *
 * Cost: find is the hash, a group of four cells, rarely two, and one look at the symbol; counting it is the rest if it is not the
 * thread's own. It calls nothing as long as it finds the text, or that there is none, in the first group.
 * A symbol has 48 bytes besides text and host's parts, a cell 8 bytes; 13 to 26 bytes of cells a symbol.
 *
 * Source. Growing a lock-free hash table by freezing and copying its cells: Cliff Click's (2007), and Michael's and Shalev's on what must
 * not be reused; SipHash: Aumasson and Bernstein (2012). Weak symbols without a lock, by the count's zero, are ours.
 */
#ifndef WEFT_SYMBOL_H
#define WEFT_SYMBOL_H

#include "weft_ref.h"

WEFT_BEGIN_DECLS

/* ---- what a symbol is ---------------------------------------------------------------------------- */

typedef struct weft_symbol {
    weft_ref head;
    weft_atomic_ptr table; /* that it is of; NULL: of none (any more) */
    void *host;            /* the host's, e.g. its type */
    uint64_t hash;
    uint32_t length; /* of the text, in bytes */
    uint16_t prefix; /* bytes of the host's before the header, and ... */
    uint16_t body;   /* ... between this and the text */
} weft_symbol;

WEFT_STATIC_ASSERT(offsetof(weft_symbol, hash) >= WEFT_REF_SMALLEST, "readers see it to the end");

/* The longest text. */
#define WEFT_SYMBOL_MAX ((size_t)0x3FFFFFFF)
/* What the host may put before a symbol. */
#define WEFT_SYMBOL_MAX_PREFIX 4096U
/* And between it and its text. */
#define WEFT_SYMBOL_MAX_BODY 0xFFF8U

/* How many bits of an address may be set; those above hold a part of the hash. 48 is what Linux, Windows and macOS give to
 * programs unless they ask for more. 64: only two bits of the hash are left, and probes look at more symbols. */
#ifndef WEFT_SYMBOL_ADDRESS_BITS
#if UINTPTR_MAX == UINT32_MAX
#define WEFT_SYMBOL_ADDRESS_BITS 32
#elif defined(__SANITIZE_HWADDRESS__)
#define WEFT_SYMBOL_ADDRESS_BITS 64
#else
#define WEFT_SYMBOL_ADDRESS_BITS 48
#endif
#endif

/* The hash of its text: one load. By who has a reference, or borrows it. */
static inline uint64_t weft_symbol_hash(const weft_symbol *symbol) {
    return symbol->hash;
}

/* In bytes. */
static inline size_t weft_symbol_length(const weft_symbol *symbol) {
    return symbol->length;
}

/* `length` bytes, and one that is 0. */
static inline const char *weft_symbol_text(const weft_symbol *symbol) {
    return (const char *)(symbol + 1) + symbol->body;
}

/* The host's bytes between header and text; aligned to 8. */
static inline void *weft_symbol_body(weft_symbol *symbol) {
    return symbol + 1;
}

/* ---- tables -------------------------------------------------------------------------------------- */

/* How an operation ended. Zero is success. */
typedef enum weft_symbol_result {
    WEFT_SYMBOL_OK = 0,
    WEFT_SYMBOL_NO_MEMORY = 1, /* nothing has changed */
    WEFT_SYMBOL_TOO_LONG = 2,  /* more than WEFT_SYMBOL_MAX bytes; nothing has changed */
    WEFT_SYMBOL_CLOSED =
        3 /* the runtime was closed and this thread is detached; the text is as it was */
} weft_symbol_result;

/* All may be zero.
 * seed      of the library's hash function
 * hash      the host's, instead
 * made      called with each new symbol before others know it, to fill the host's parts. As the allocate hook, it neither detaches,
 *           reaches a safepoint, nor calls weft but for this object; and it owns nothing, for the symbol is freed without a
 *           further call if another thread has interned the text meanwhile
 * context   passed to both
 * expected  symbols there will be, so that the table need not grow until then
 * prefix, body  see the top of the file; prefix a multiple of 16
 * immortal  all symbols are */
typedef struct weft_symbol_options {
    uint64_t seed[2];
    uint64_t (*hash)(void *context, const void *text, size_t length);
    void (*made)(void *context, weft_thread *self, weft_symbol *symbol);
    void *context;
    size_t expected;
    uint16_t prefix;
    uint16_t body;
    bool immortal;
} weft_symbol_options;

/* A table; the host sets no member. */
typedef struct weft_symbol_table {
    weft_atomic_ptr root;        /* the array */
    weft_runtime *runtime;       /* that it was made for */
    weft_symbol_options options; /* as given */
} weft_symbol_table;

/* Makes a table, for the runtime of the calling thread. NULL: all options zero. */
weft_symbol_result weft_symbol_table_init(weft_thread *self, weft_symbol_table *table,
                                          const weft_symbol_options *options) WEFT_WARN_UNUSED;

/* Called for each symbol; less than 0 ends the walk. */
typedef int (*weft_symbol_visit)(void *argument, weft_symbol *symbol);

/* Each living symbol once, not counted. In a world that the caller has stopped, or while no other thread uses the table. For
 * collectors, to which the table is no reference (but immortal symbols are alive). Returns what
 * ended it, or 0. */
int weft_symbol_traverse(weft_symbol_table *table, weft_symbol_visit visit, void *argument);

/* The end of a table, in a world that the caller has stopped, while no other thread is inside a call with it (also not in a dealloc hook that such
 * a call runs). Symbols that are left are of no table from now on, and live on with their references; `visit`, which may be NULL, is called
 * with each, its result is ignored. It may free an immortal one to which nobody refers any more (weft_symbol_free). The memory of `table`
 * itself stays until the symbols that died in it have been finalized. */
void weft_symbol_table_end(weft_symbol_table *table, weft_symbol_visit visit, void *argument);

/* Symbols in the table: exact at rest; the dead whose dealloc hooks have not run yet included. */
size_t weft_symbol_count(const weft_symbol_table *table);

/* The bytes of the arrays it has now. */
size_t weft_symbol_table_bytes(const weft_symbol_table *table);

/* ---- texts to symbols ---------------------------------------------------------------------------- */

/* The hash of a text, as the table's symbols have it. */
uint64_t weft_symbol_hash_text(const weft_symbol_table *table, const void *text, size_t length);

/* The symbol of a text, a reference of the caller's; it is made if there is none. */
weft_symbol_result weft_symbol_intern(weft_thread *self, weft_symbol_table *table, const void *text,
                                      size_t length, weft_symbol **symbol) WEFT_WARN_UNUSED;

/* The symbol of a text, a reference of the caller's, or NULL: it has none. Allocates nothing. */
weft_symbol *weft_symbol_find(weft_thread *self, weft_symbol_table *table, const void *text,
                              size_t length) WEFT_WARN_UNUSED;

/* Both, for callers that know the hash (weft_symbol_hash_text). */
weft_symbol_result weft_symbol_intern_hashed(weft_thread *self, weft_symbol_table *table,
                                             const void *text, size_t length, uint64_t hash,
                                             weft_symbol **symbol) WEFT_WARN_UNUSED;
weft_symbol *weft_symbol_find_hashed(weft_thread *self, weft_symbol_table *table, const void *text,
                                     size_t length, uint64_t hash) WEFT_WARN_UNUSED;

/* For hosts whose strings have the layout of symbols, and become such in place. make: a string that is not interned, one
 * reference, private to the caller. intern_made: the symbol of its text, a reference of the caller's: `made` itself, if there was
 * none; the caller's reference to `made` stays (CLOSED: so does one of the call's). */
weft_symbol_result weft_symbol_make(weft_thread *self, const weft_symbol_table *table,
                                    const void *text, size_t length,
                                    weft_symbol **made) WEFT_WARN_UNUSED;
weft_symbol_result weft_symbol_intern_made(weft_thread *self, weft_symbol_table *table,
                                           weft_symbol *made,
                                           weft_symbol **symbol) WEFT_WARN_UNUSED;

/* ---- for the hooks of weft_ref_install ------------------------------------------------------------- */

/* In the dealloc hook of a symbol, and only there: takes it out of its table. */
void weft_symbol_finalize(weft_thread *self, weft_symbol *symbol);

/* The free hook's, and the size hook's part. */
void weft_symbol_free(weft_symbol *symbol);
size_t weft_symbol_size(const weft_symbol *symbol);

/* ---- statistics ------------------------------------------------------------------------------------ */

/* Of the process, counted in builds with WEFT_STATISTICS; else 0. */
typedef struct weft_symbol_statistics {
    uint64_t growths;  /* arrays that were replaced */
    uint64_t helped;   /* chunks copied by interners that passed */
    uint64_t finished; /* times an interner copied all that was left */
    uint64_t replaced; /* dead symbols replaced before their finalizers came */
    uint64_t lost;     /* symbols made in vain: another thread was first */
} weft_symbol_statistics;
void weft_symbol_get_statistics(weft_symbol_statistics *statistics);

WEFT_END_DECLS

#endif /* WEFT_SYMBOL_H */
