/* weft_symbol.h: interned texts: equal texts are one object, so names are compared by their addresses.
 *
 * What it is for. The names of a language runtime: identifiers, attributes, keys of its namespaces. When not to use
 * it: for texts that are compared rarely.
 *
 * A symbol: weft_ref's header; `table` and `host`, over which the node lies that retires the symbol; then what
 * readers of a table look at until the grace period ends: hash, length and text are never written again.
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

/* The hash of its text: one load. By who has a reference, or borrows it. */
static inline uint64_t weft_symbol_hash(const weft_symbol *symbol) {
    return symbol->hash;
}

static inline size_t weft_symbol_length(const weft_symbol *symbol) {
    return symbol->length;
}

/* `length` bytes, and one that is 0. */
static inline const char *weft_symbol_text(const weft_symbol *symbol) {
    return (const char *)(symbol + 1) + symbol->body;
}

WEFT_END_DECLS

#endif /* WEFT_SYMBOL_H */
