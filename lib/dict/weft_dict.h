/* weft_dict.h: an ordered dict of counted objects whose reads take no lock.
 *
 * What it is for. The dict of a language runtime: names, attributes, globals, and whatever its programs put into one. An
 * object (weft_ref.h) that any thread may read and change at any time, without more from its users than that they are
 * attached (weft_thread.h) and pass quiescent states (weft_qsbr.h). When not to use it: for values that are no objects,
 * or if nobody needs the order of insertion.
 *
 *     typedef struct namespace { weft_dict dict; ... } namespace;    // the host's object begins with the dict
 *     weft_dict_init(self, &made->dict, WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS);
 *     if (weft_dict_set(self, &made->dict, weft_dict_of_symbol(name), value) == WEFT_DICT_NO_MEMORY) { ... }
 *     weft_ref *found = weft_dict_borrow(self, &made->dict, weft_dict_of_symbol(name));   // not counted; NULL: not there
 *     weft_dict_result result = weft_dict_get(self, &made->dict, key, &found);            // a reference of the caller's
 *     ...
 *     weft_dict_finalize(self, &made->dict);                         // in the dealloc hook of the object
 *
 * Keys are words: a symbol (weft_symbol.h), any other object, or an immediate, a number of 63 bits. Which it is, the
 * two lowest bits say. Symbols equal only themselves, immediates too; where an object takes part the host is asked, for its
 * hash (once) and whether it equals a candidate of the same hash. What equals a symbol must have weft_symbol_hash for its
 * hash, what equals an immediate weft_dict_hash_of_number. A host without hooks compares objects by their addresses.
 *
 * Disciplines, chosen when the dict is made (see weft_ref.h).
 *     PROMPT    A reference that the dict gives up is dropped before the operation returns. A read increments what it
 *               found if it can, and looks again. Nothing can be borrowed.
 *     DEFERRED  Every reference that the dict gives up is dropped after a grace period. A read may borrow; keeping
 *               what was borrowed is an increment without a condition.
 *
 * Private and shared: as lists are (weft_list.h). A dict begins private to the thread that owns its header. Any other
 * thread takes the lock first, flags all keys and values, and makes the dict shared, for ever; so does a snapshot.
 * Writers always lock, and look only then which it is. Private mode changes what writers do with memory (tables are
 * freed at once), not what they store, nor what readers read.
 *
 * The word `table`: a pointer to the table, and tags
 *     PRIVATE PROMPT     state                               changed by
 *     1       0 or 1     private: read by the owner          whoever holds the lock and is not the owner, or takes a
 *                        alone                               snapshot: clears it (release), after flagging everything
 *     0       0 or 1     shared                              nobody: the tags stay
 *     The pointer is changed under the lock (release). PROMPT never changes.
 *
 * A table: a header, an index, entries in the order of their insertion. By kind:
 *     SYMBOLS, IMMEDIATES   {key, value}          every key is one of these
 *     GENERAL               {hash, key, value}    any keys
 *     SPLIT                 {value}               of one dict; index and keys are shared by all dicts of a shape
 *     KEYS                  {key}                 what these share: weft_dict_keys
 *     A dict is made with one of the first four; a key that does not fit converts it: to GENERAL, or, while it is
 *     empty, to what fits. A SPLIT dict holds a part of its shape's keys in their order; what does not fit (another order,
 *     a key put back after its deletion, more keys than the shape has room for) makes it SYMBOLS.
 *
 * An index slot has 16, 32 or 64 bits by size: tag in the high bits, the entry's number + 2 in the low ones. Four of 16 bits
 * are one word, which is loaded and stored as a whole; a larger one is a word of its own. A probe begins with the first slot of a word.
 *     slot      means                          written under the lock
 *     0         empty: a probe ends            before the table is published
 *     entry     its tag is the hash's          once, from 0 (release), when the entry is complete
 *     1         dummy: a probe goes on         once, from an entry (release), after the value has gone
 *
 * An entry's     is
 *     key, hash  written once, before the slot is; never used again, not even when the table's last entry is popped
 *     value      NULL from the deletion on (never otherwise); else changed in place. In a SPLIT table NULL until it is set
 *
 * Counters of a table, written under the lock
 *     begun   entries begun; rises before the slot is published. A SPLIT table's: one more than the last that was set
 *     count   entries published; rises after it. count <= begun; equal when no insertion is under way
 *     live    entries with a value; changes before the insertion, or the deletion, takes effect
 *
 * `id`, `serial`: NONE until somebody needs one, then a number that no other table ever has. A SPLIT table's id is its keys'.
 * What is copied with every key in its place inherits the serial, until a key comes or goes: strict iterators go by it.
 *
 * `holders`: dicts (snapshots) and weak iterators that have the table. FROZEN: more than one dict has had it;
 * nothing in it is ever written again. Who gives up the last hold retires it. References are the
 * table's; they move to a new one only if nobody else holds the old.
 *
 * `version` rises by one before each change, and by one after it, under the lock: odd while one is under way. Bit 63 says
 * that the dict is watched.
 *
 * How a read works. It loads the table (acquire), index slots (acquire) until one with the tag leads to the key or one is
 * empty, and the value (acquire). Nothing is looked at twice: cells are written once, so what was found is
 * right for the moment the value was loaded, if the table was the dict's at some moment of the call. Before the host is
 * asked about a candidate, both get a reference and the table an id; afterwards the read starts over unless the dict
 * has a table with that id. After 16 times it goes on under the lock.
 *
 * How a change works. The key is looked up under the lock (a look before it only fetches what will be needed), or a cache says where it is. Where the host has to be asked about a candidate, the lock is
 * let go, and the look-up repeated with the answers that are there: they are about two objects, which are held, so nothing that
 * others do to the dict makes them wrong. A new key: the entry, begun, the slot (release): here it happens; count (release).
 * A deletion: the value becomes NULL (release): here it happens; the slot becomes a dummy (release). A full or frozen table
 * is replaced by a new one: built, published by one store (release), the old one retired as it is.
 *
 * Promises to concurrent observers. get, borrow, set, cached_set, set_default, delete, pop, popitem, clear take effect at one
 * moment between their call and return (are linearizable), as do snapshot and copy for the dict they read, as far as happens-before
 * goes: the moments of two dicts, or of one and a field, have no order together without a fence (as weft_list.h). Exceptions:
 *     len             may count an insertion or a deletion that is under way
 *     update          reads the other dict as weak iteration does, and sets key after key
 *     copy, snapshot  read at one moment; `into` is filled at a later one
 *     iteration       strict: keys are those of the beginning, each with its value of the moment; else CHANGED. Weak: what
 *                     is there from the beginning until the dict's table is replaced is seen once, later insertions
 *                     perhaps. After that, the values are of the moment it was replaced
 *     borrow          NULL means "not there, or cannot be borrowed now": weft_dict_get tells
 *     watchers        are told after the change, maybe in another order than the changes; the version tells
 *
 * Inline caches. A hit is guarded by the table's id: it finds its entry whatever happens to other keys. A miss by the id
 * and begun, both read before the probe, while count is equal to it: an insertion under way might publish its slot behind
 * the probe without begun rising again.
 *
 * Host code (hash, equality, watchers, deallocation) runs while no lock is held. It may detach, fail, and change this dict. If it comes
 * back detached, because the runtime was closed meanwhile, the operation ends there, and drops nothing that it holds.
 *
 * Memory. Reads allocate nothing, except under the lock for more than 8 candidates of one hash. An operation that finds no
 * memory returns NO_MEMORY, and the dict is unchanged. clear needs none; delete, pop and popitem need none unless the
 * table is frozen. At least a third of a new table is free: insertion is amortised constant, and memory is proportional to the
 * entries of late: at most 22 bytes for each in a full table of symbols or numbers. A dict has at most WEFT_DICT_MAX entries.
 *
 * Collectors. weft_dict_traverse in a stopped world. References that wait in retired tables for a
 * grace period look like references from outside until then.
 *
 * fork, thread exit. The lock is a critical section's (weft_critical.h), held for a moment: a stopped world, so the child of a
 * fork, finds every dict at rest. Closed runtimes: operations that wait or run host code return CLOSED or NULL to a
 * thread that is left detached; it calls no more of them.
 *
 * Misuse that ends in the host's fatal hook: NULL for a value or a key, a borrow from a PROMPT dict, a snapshot into a dict of
 * the other discipline.
 *
 * Not promised. Readers take the lock, and may wait and detach, if the dict is private to another thread, or changed
 * each of 16 times while the host compared keys. Fairness among writers beyond that of weft_mutex.h.
 * Speed against who chooses keys so that they meet: hashes are spread by a constant that everybody knows. Patterns that programs have, such
 * as numbers that differ in some bits alone, wherever these are, and doubles by their bits, do not meet more often than chance has it.
 *
 * Source. Order and sparse index: Raymond Hettinger's compact dict (CPython 3.6); split tables: PEP 412; optimistic reads: CPython's
 * free-threaded build (PEP 703). Write-once cells, the tags, borrowed values, guards on begun are ours.
 */
#ifndef WEFT_DICT_H
#define WEFT_DICT_H

#include "weft_ref.h"
#include "weft_symbol.h"

WEFT_BEGIN_DECLS

/* ---- keys ---------------------------------------------------------------------------------------- */

/* A key; made, and taken apart, by the functions below. */
typedef uint64_t weft_dict_key;

#define WEFT_DICT_NUMBER_TAG 1U /* of a key: the rest is a number */
#define WEFT_DICT_SYMBOL_TAG 2U /* the rest is a symbol's address */
#define WEFT_DICT_KEY_TAGS 3U   /* both 0: another object's address */

/* The key that is a symbol, another object, or a number. Holds no reference. */
static inline weft_dict_key weft_dict_of_symbol(const weft_symbol *symbol) {
    /* So that the compiler knows what the tags are, and leaves out what is for other keys. */
    const void *aligned = __builtin_assume_aligned(symbol, 4);
    return (uint64_t)(uintptr_t)aligned | WEFT_DICT_SYMBOL_TAG;
}
static inline weft_dict_key weft_dict_of_object(const weft_ref *object) {
    return (uint64_t)(uintptr_t)object;
}
static inline weft_dict_key weft_dict_of_number(uint64_t number) {
    return number << 1 | WEFT_DICT_NUMBER_TAG; /* the highest bit is lost */
}

/* The object of a key, or NULL; the number of one that has none. */
static inline weft_ref *weft_dict_object_of(weft_dict_key key) {
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): keys are words. */
    return (key & WEFT_DICT_NUMBER_TAG) != 0 ? NULL : (weft_ref *)(uintptr_t)(key & ~(uint64_t)3);
}
static inline uint64_t weft_dict_number_of(weft_dict_key key) {
    return key >> 1;
}

/* WEFT_DICT_NUMBER_TAG, WEFT_DICT_SYMBOL_TAG, or 0. A number's next bit is its own. */
WEFT_ALWAYS_INLINE unsigned weft_dict_tag_of(weft_dict_key key) {
    return (key & WEFT_DICT_NUMBER_TAG) != 0 ? WEFT_DICT_NUMBER_TAG
                                             : (unsigned)key & WEFT_DICT_SYMBOL_TAG;
}

/* What the host's hash hook says for objects that equal a number. */
static inline uint64_t weft_dict_hash_of_number(uint64_t number) {
    return weft_dict_of_number(number);
}

/* hash   of a key that is an object, neither symbol nor number. False: failed.
 * equal  1, 0; less than 0: failed. Of the two at least one is such an object. Both are held.
 * Without a lock; may block, detach, and use the dict. */
typedef struct weft_dict_hooks {
    bool (*hash)(weft_thread *self, weft_ref *key, uint64_t *hash);
    int (*equal)(weft_thread *self, weft_dict_key candidate, weft_dict_key key);
} weft_dict_hooks;

/* For the process, while no dict is used. NULL: none. */
void weft_dict_set_hooks(const weft_dict_hooks *hooks);

/* ---- what a dict is ------------------------------------------------------------------------------ */

typedef struct weft_dict {
    weft_ref head; /* its mutex is the dict's lock */
    weft_atomic_ptr table;
    weft_atomic_u64 version;
} weft_dict;

WEFT_STATIC_ASSERT(sizeof(weft_dict) >= WEFT_REF_SMALLEST, "has room for the node that retires it");
WEFT_STATIC_ASSERT(sizeof(weft_dict) <= sizeof(weft_ref) + 16, "16 bytes more than a header");

/* See "A table" above. */
typedef enum weft_dict_kind {
    WEFT_DICT_GENERAL = 0,
    WEFT_DICT_IMMEDIATES = WEFT_DICT_NUMBER_TAG, /* as the tag of its keys */
    WEFT_DICT_SYMBOLS = WEFT_DICT_SYMBOL_TAG,
    WEFT_DICT_SPLIT = 3,
    WEFT_DICT_KEYS = 4 /* of no dict */
} weft_dict_kind;

/* See "Disciplines" above. */
typedef enum weft_dict_discipline {
    WEFT_DICT_PROMPT = 0,
    WEFT_DICT_DEFERRED = 1
} weft_dict_discipline;

/* How an operation ended. Zero is success. */
typedef enum weft_dict_result {
    WEFT_DICT_OK = 0,        /* done */
    WEFT_DICT_NO_MEMORY = 1, /* nothing has changed */
    WEFT_DICT_MISSING = 2,   /* no such key, no more items; nothing has changed */
    WEFT_DICT_CHANGED = 3,   /* keys came or went during a strict iteration */
    WEFT_DICT_STOPPED = 4,   /* a hook failed; nothing has changed */
    WEFT_DICT_CLOSED =
        5 /* the runtime was closed and this thread is detached; nothing has changed */
} weft_dict_result;

struct weft_dict_keys;

/* See "A table" above. The first line is read by every look-up, and hardly ever written; the second by every insertion and
 * deletion, snapshot and weak iteration, which so take no more than that from readers (of reads beside weak iterations, an AMD Zen 5,
 * `holders` in the first line was 7 % of the time). */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what is read together is in one line. */
typedef struct weft_dict_table {
    weft_atomic_u64 id;
    unsigned char *entries;      /* the first */
    uint64_t tags;               /* the bits of an index word that are of tags */
    uint32_t mask;               /* words of the index, less one */
    uint32_t low;                /* the bits of a slot that are the entry's number + 2 */
    uint8_t kind;                /* a weft_dict_kind */
    uint8_t width;               /* of a slot: 2^width bytes; 0: no index */
    uint8_t stride;              /* bytes of an entry */
    uint8_t doomed;              /* once nobody has it: its references go with it */
    uint32_t capacity;           /* entries */
    struct weft_dict_keys *keys; /* SPLIT */
    weft_atomic_u64 serial;      /* as id, but for exceptions; see the top of the file */
    uint64_t inherited;          /* whether the serial is; ends the line */
    weft_atomic_u32 begun;
    weft_atomic_u32 count;
    weft_atomic_u32 live;
    weft_atomic_u32 holders; /* and FROZEN */
    union {
        struct {
            /* For who looks for the first and the last: entries below `first` and from `last` on have no value, nor
             * those of the gaps. */
            uint32_t first, last, gaps;
        } ends;
        weft_qsbr_node node;
    } of;
    /* Then the index; then the entries; then gaps, of tables that have an index. */
} weft_dict_table;

/* Entries that have no value any more, as many as WEFT_DICT_GAP at least: who goes from the last item to the one before does not go
 * through them, however often items are put and popped behind them. */
typedef struct weft_dict_gap {
    uint32_t from, to; /* the numbers of the first of them, and of the entry behind them */
} weft_dict_gap;

/* So such a walk passes fewer entries than that, but for those that died since the last one; for a quarter of a byte by entry: half as
 * long gaps would take a half, and 22 bytes are what an entry may have. */
#define WEFT_DICT_GAP 32U

/* An entry of SYMBOLS, IMMEDIATES; of GENERAL. */
typedef struct weft_dict_pair {
    uint64_t key;
    weft_atomic_ptr value;
} weft_dict_pair;

/* As weft_dict_pair, with the hash. */
typedef struct weft_dict_triple {
    uint64_t hash;
    uint64_t key;
    weft_atomic_ptr value;
} weft_dict_triple;

/* Of the word `table`, of `id`, index slots, `holders`, `version`; and the most entries. */
#define WEFT_DICT_PRIVATE ((uintptr_t)1)
#define WEFT_DICT_PROMPT_TAG ((uintptr_t)2)
#define WEFT_DICT_TAGS ((uintptr_t)3)
#define WEFT_DICT_NO_ID UINT64_MAX
#define WEFT_DICT_DUMMY 1U
#define WEFT_DICT_FIRST_NUMBER 2U
#define WEFT_DICT_FROZEN 0x80000000U /* of `holders` */
#define WEFT_DICT_WATCHED ((uint64_t)1 << 63)
#define WEFT_DICT_MAX ((size_t)3 << 28)

/* Makes a dict: empty, private to the calling thread, one reference, the caller's. Initialises the header, too. The
 * memory is the host's, only the caller knows it. Not SPLIT. Allocates nothing. */
void weft_dict_init(weft_thread *self, weft_dict *dict, weft_dict_discipline discipline,
                    weft_dict_kind kind);

/* For the dealloc hook of the object, and only there: gives up what the dict holds. PROMPT: drops it here; DEFERRED: after a
 * grace period. The dict is empty then and may be used again if the object lives on. */
void weft_dict_finalize(weft_thread *self, weft_dict *dict);

/* ---- shapes -------------------------------------------------------------------------------------- */

/* The keys that the dicts of a shape share: an object of the host's begins with it. Its keys only grow, up to
 * `capacity` (at most WEFT_DICT_KEYS_MAX), and are symbols. Every SPLIT dict has room for that many values. */
typedef struct weft_dict_keys {
    weft_ref head;          /* its mutex is the keys' lock */
    weft_dict_table *table; /* of kind KEYS; stays */
    void *reserved[1];      /* the node that retires it lies here */
} weft_dict_keys;

WEFT_STATIC_ASSERT(sizeof(weft_dict_keys) >= WEFT_REF_SMALLEST, "has room for the node");

#define WEFT_DICT_KEYS_MAX 96U

/* One reference, the caller's. OK, NO_MEMORY: not initialised. */
weft_dict_result weft_dict_keys_init(weft_thread *self, weft_dict_keys *keys, size_t capacity);
void weft_dict_keys_finalize(weft_thread *self, weft_dict_keys *keys); /* in its dealloc hook */
int weft_dict_keys_traverse(weft_dict_keys *keys, int (*visit)(void *argument, weft_ref *object),
                            void *argument);

/* A SPLIT dict, else as weft_dict_init. It takes a reference to `keys`. OK, NO_MEMORY: not initialised. */
weft_dict_result weft_dict_init_split(weft_thread *self, weft_dict *dict,
                                      weft_dict_discipline discipline, weft_dict_keys *keys);

/* ---- reading, for inlining ------------------------------------------------------------------------ */

/* Spreads a hash: words of the index are numbered by its low bits, tags are of its other bits. A multiplication carries upwards
 * alone, so the upper half of the product, where all bits of the hash meet, is folded into the lower one.
 * The constant is one of 3000 drawn at random, that with which the worst of sixty families of numbers (distances of a power of two,
 * doubles by their bits, addresses) needs the fewest probes: at most 2.4 times those of chance in tables of up to 300 000, fewer than
 * chance on the average. By the golden ratio's they are up to 18 times as many. */
#define WEFT_DICT_SPREAD UINT64_C(0xAD85F508AC5DAC59)

/* Where no integer has 128 bits: the product by halves. */
static inline uint64_t weft_dict_mix_by_halves(uint64_t hash) {
    uint64_t low = hash & UINT32_MAX;
    uint64_t high = hash >> 32;
    uint64_t crossed = low * (WEFT_DICT_SPREAD >> 32);
    uint64_t middle = high * (WEFT_DICT_SPREAD & UINT32_MAX) + (crossed & UINT32_MAX) +
                      (low * (WEFT_DICT_SPREAD & UINT32_MAX) >> 32);
    return hash * WEFT_DICT_SPREAD ^
           (high * (WEFT_DICT_SPREAD >> 32) + (crossed >> 32) + (middle >> 32));
}

static inline uint64_t weft_dict_mix(uint64_t hash) {
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)hash * WEFT_DICT_SPREAD;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    return weft_dict_mix_by_halves(hash);
#endif
}

/* A private dict is its owner's. Threads without an id own none. */
static inline bool weft_dict_owned(weft_thread *self, const weft_dict *dict) {
    /* Relaxed: only this thread makes it this thread's, or who acts for it while it is detached. */
    return weft_ref_is_own(self, weft_load_relaxed_u32(&dict->head.local));
}

/* The one place where readers decide: the table of a word that was loaded with acquire, or NULL if the dict is
 * private to another thread. */
static inline weft_dict_table *weft_dict_decide(weft_thread *self, const weft_dict *dict,
                                                unsigned char *word) {
    uintptr_t tags = (uintptr_t)word & WEFT_DICT_TAGS;
    if (WEFT_UNLIKELY(tags != 0)) {
        if ((tags & WEFT_DICT_PRIVATE) != 0 && !weft_dict_owned(self, dict)) {
            return NULL;
        }
        word -= tags;
    }
    if (word == NULL) {
        __builtin_unreachable(); /* spares callers the look whether it is the NULL from above */
    }
    return (weft_dict_table *)word;
}

static inline weft_dict_table *weft_dict_table_of(weft_thread *self, const weft_dict *dict) {
    /* Acquire: pairs with the release that published the table, or shared the dict. */
    return weft_dict_decide(self, dict, (unsigned char *)weft_load_acquire_ptr(&dict->table));
}

/* The entry with a key that equals nothing but itself, in a table of pairs; NULL: there is none. */
weft_dict_pair *weft_dict_find_slow(const weft_dict_table *table, uint64_t key, uint64_t mixed);

/* In each slot of a word of slots of 16 bits: the lowest, the highest bit. */
#define WEFT_DICT_EACH UINT64_C(0x0001000100010001)
#define WEFT_DICT_TOPS UINT64_C(0x8000800080008000)

/* The same, where slots have 16 bits: a look at the first four, which are one word and compared together. In which of them the key
 * is would be a branch, foretold badly: 1000 numbers, an AMD Zen 5: 5.2 ns slot by slot, 4.1 so; misses 8.4 and 6.2.
 * In `others` a slot is 0 if its tag is the wanted one; its lowest bit is always 0, so that no borrow makes it look like that.
 * Acquire: pairs with the release that published the slot: key and hash are there. */
WEFT_ALWAYS_INLINE weft_dict_pair *weft_dict_find_16(const weft_dict_table *table, uint64_t key,
                                                     uint64_t mixed) {
    const weft_atomic_u64 *index = (const weft_atomic_u64 *)(table + 1);
    uint64_t word = weft_load_acquire_u64(&index[mixed & table->mask]);
    uint64_t others = (word ^ mixed) & table->tags;
    uint64_t matches = (others - WEFT_DICT_EACH) & ~others & WEFT_DICT_TOPS;
    if (WEFT_LIKELY(matches != 0)) {
        size_t number = (size_t)(word >> (__builtin_ctzll(matches) & 48) & table->low);
        if (WEFT_LIKELY(number >= WEFT_DICT_FIRST_NUMBER)) {
            weft_dict_pair *pairs = (weft_dict_pair *)table->entries;
            weft_dict_pair *pair = &pairs[number - WEFT_DICT_FIRST_NUMBER];
            if (WEFT_LIKELY(pair->key == key)) {
                return pair;
            }
        }
    } else if (WEFT_LIKELY(((word - WEFT_DICT_EACH) & ~word & WEFT_DICT_TOPS) != 0)) {
        return NULL; /* a slot is empty */
    }
    return weft_dict_find_slow(table, key, mixed);
}

/* The same, where they have 32 bits: one after the other. What takes the time there is the memory, and the fewer instructions a
 * look-up has, the more of them wait for it at once: words of two slots were slower by a tenth at 10 million keys, two words at a
 * time by a third.
 * Acquire: as above. */
WEFT_ALWAYS_INLINE weft_dict_pair *weft_dict_find_32(const weft_dict_table *table, uint64_t key,
                                                     uint64_t mixed) {
    const weft_atomic_u32 *index = (const weft_atomic_u32 *)(table + 1);
    weft_dict_pair *pairs = (weft_dict_pair *)table->entries;
    const uint32_t mask = table->mask;
    const uint32_t low = table->low;
    const uint32_t tag = (uint32_t)(mixed >> 32);
    for (uint32_t at = (uint32_t)mixed & mask;; at = (at + 1) & mask) {
        uint32_t slot = weft_load_acquire_u32(&index[at]);
        if ((slot ^ tag) <= low) {
            size_t number = slot & low;
            if (WEFT_LIKELY(number >= WEFT_DICT_FIRST_NUMBER)) {
                weft_dict_pair *pair = &pairs[number - WEFT_DICT_FIRST_NUMBER];
                if (WEFT_LIKELY(pair->key == key)) {
                    return pair;
                }
            }
        }
        if (slot == 0) {
            return NULL;
        }
    }
}

WEFT_ALWAYS_INLINE weft_dict_pair *weft_dict_find(const weft_dict_table *table, uint64_t key,
                                                  uint64_t mixed) {
    if (WEFT_LIKELY(table->width == 1)) {
        return weft_dict_find_16(table, key, mixed);
    }
    if (WEFT_LIKELY(table->width == 2)) {
        return weft_dict_find_32(table, key, mixed);
    }
    return weft_dict_find_slow(table, key, mixed); /* more than 2^26 slots */
}

/* The hash of a key that equals nothing but itself. */
WEFT_ALWAYS_INLINE uint64_t weft_dict_own_hash(weft_dict_key key) {
    if ((key & WEFT_DICT_NUMBER_TAG) != 0) {
        return key;
    }
    return weft_symbol_hash((const weft_symbol *)weft_dict_object_of(key));
}

/* What a reader has seen. */
typedef struct weft_dict_sight {
    unsigned char *word;
    weft_atomic_ptr *cell;
    weft_ref *value; /* NULL: the key is not there */
} weft_dict_sight;

/* A look at a table whose keys are of the wanted key's kind. False: another table, or none that this thread may read, or borrow
 * from if it `borrows`. */
WEFT_ALWAYS_INLINE bool weft_dict_look(weft_thread *self, const weft_dict *dict, weft_dict_key key,
                                       bool borrows, weft_dict_sight *seen) {
    /* Acquire: as weft_dict_table_of. */
    seen->word = (unsigned char *)weft_load_acquire_ptr(&dict->table);
    if (weft_dict_tag_of(key) == 0) {
        return false;
    }
    uintptr_t tags = (uintptr_t)seen->word & WEFT_DICT_TAGS;
    if (WEFT_UNLIKELY(tags != 0) && borrows && (tags & WEFT_DICT_PROMPT_TAG) != 0) {
        return false; /* here, where the usual dict, without tags, need not be asked */
    }
    const weft_dict_table *table = weft_dict_decide(self, dict, seen->word);
    if (WEFT_UNLIKELY(table == NULL || table->kind != weft_dict_tag_of(key))) {
        return false;
    }
    weft_dict_pair *pair = weft_dict_find(table, key, weft_dict_mix(weft_dict_own_hash(key)));
    seen->value = NULL;
    if (WEFT_LIKELY(pair != NULL)) {
        seen->cell = &pair->value;
        /* Acquire: pairs with the release that stored it: the value is as it was put there; and who sees NULL sees
         * that an entry less is live. */
        seen->value = (weft_ref *)weft_load_acquire_ptr(&pair->value);
    }
    return true;
}

/* A reference to what was seen in a PROMPT dict. It may be dead; and if it is not, somebody may have taken it out and found it
 * unique before the increment: then it is not where it was any more. */
static inline bool weft_dict_keep(weft_thread *self, const weft_dict *dict,
                                  const weft_dict_sight *seen) {
    if (!weft_ref_try_incref(self, seen->value)) {
        return false;
    }
    /* The acquire of the increment pairs with the release of the drop, or of the look for uniqueness, that came after the
     * value was taken out. So relaxed, the table; but who has taken it out and changed it may have put it back meanwhile:
     * acquire, the cell, pairs with the release of that. */
    if (WEFT_LIKELY(weft_load_relaxed_ptr(&dict->table) == seen->word &&
                    weft_load_acquire_ptr(seen->cell) == seen->value)) {
        return true;
    }
    weft_ref_decref(self, seen->value);
    return false;
}

/* Slow paths, not called by users. */
weft_dict_result weft_dict_get_slow(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                    weft_ref **value);
weft_ref *weft_dict_borrow_slow(weft_thread *self, weft_dict *dict, weft_dict_key key);
size_t weft_dict_len_slow(weft_thread *self, weft_dict *dict);

/* ---- reading ------------------------------------------------------------------------------------- */

/* The value of a key, a reference of the caller's. OK, MISSING, STOPPED, CLOSED. The caller has a reference to the key; if the
 * dict is DEFERRED, it may as well borrow it (that borrow ends here: the call may detach). For symbols and numbers it
 * never blocks or runs host code, but for dicts that are private to another thread, or GENERAL and hold an object of
 * the same hash. */
WEFT_ALWAYS_INLINE weft_dict_result weft_dict_get(weft_thread *self, weft_dict *dict,
                                                  weft_dict_key key, weft_ref **value) {
    weft_dict_sight seen;
    weft_park_may_detach();
    if (WEFT_LIKELY(weft_dict_look(self, dict, key, false, &seen))) {
        if (seen.value == NULL) {
            return WEFT_DICT_MISSING;
        }
        if (WEFT_LIKELY(((uintptr_t)seen.word & WEFT_DICT_PROMPT_TAG) == 0)) {
            weft_ref_incref(self, seen.value);
            *value = seen.value;
            return WEFT_DICT_OK;
        }
        if (WEFT_LIKELY(weft_dict_keep(self, dict, &seen))) {
            *value = seen.value;
            return WEFT_DICT_OK;
        }
    }
    return weft_dict_get_slow(self, dict, key, value);
}

/* The value of a key, without a count: good until the thread's next quiescent state or call that may detach
 * (weft_qsbr_borrow_stamp checks that). weft_ref_incref keeps it. NULL: there is none, or it cannot be had without
 * waiting, or a hook failed; weft_dict_get tells which. The caller has a reference to the key. DEFERRED dicts only.
 * Never blocks; hooks may. */
WEFT_ALWAYS_INLINE weft_ref *weft_dict_borrow(weft_thread *self, weft_dict *dict,
                                              weft_dict_key key) {
    weft_dict_sight seen;
    if (WEFT_LIKELY(weft_dict_look(self, dict, key, true, &seen))) {
        return seen.value;
    }
    return weft_dict_borrow_slow(self, dict, key);
}

/* The number of items, give or take changes under way. May detach if the dict is private to another thread. */
static inline size_t weft_dict_len(weft_thread *self, weft_dict *dict) {
    weft_park_may_detach();
    weft_dict_table *table = weft_dict_table_of(self, dict);
    if (WEFT_LIKELY(table != NULL)) {
        /* Relaxed: a number, behind which nobody looks. */
        return weft_load_relaxed_u32(&table->live);
    }
    return weft_dict_len_slow(self, dict);
}

/* A number that has risen whenever the dict has changed; odd while a change is under way. Acquire. */
static inline uint64_t weft_dict_version(const weft_dict *dict) {
    /* Acquire: pairs with the release of changes: what is read afterwards is not older than this version. */
    return weft_load_acquire_u64(&dict->version) & ~WEFT_DICT_WATCHED;
}

/* ---- inline caches ------------------------------------------------------------------------------- */

/* Where a key was, or that it was not there. All zero: nothing. Plain data, the host's: one thread's, or copied by a
 * sequence lock (weft_seqlock.h). */
typedef struct weft_dict_cache {
    uint64_t id;
    uint32_t begun;  /* of a miss */
    uint32_t offset; /* of the value in its table; 0: a miss */
} weft_dict_cache;

/* Remembers where the key is, or that it is not there. False: it cannot be said, the cache is empty then: the key is an
 * object, is being inserted, or was deleted just now; the dict is private to another thread, or GENERAL with an
 * object of the same hash; more than 4 GiB. Never blocks, runs no host code. */
bool weft_dict_cache_fill(weft_thread *self, weft_dict *dict, weft_dict_key key,
                          weft_dict_cache *cache);

/* Whether the key is still missing, as a cache of a miss says. False: look it up. */
static inline bool weft_dict_cached_miss(weft_thread *self, const weft_dict *dict,
                                         const weft_dict_cache *cache) {
    const weft_dict_table *table = weft_dict_table_of(self, dict);
    /* Relaxed, both: an id never changes into another; if begun has risen that was before the insertion, and who knows
     * of the insertion sees it. */
    return WEFT_LIKELY(table != NULL && weft_load_relaxed_u64(&table->id) == cache->id &&
                       cache->offset == 0 && weft_load_relaxed_u32(&table->begun) == cache->begun);
}

/* The cell of a cached hit, or NULL. */
WEFT_ALWAYS_INLINE bool weft_dict_cached_look(weft_thread *self, const weft_dict *dict,
                                              const weft_dict_cache *cache, weft_dict_sight *seen) {
    /* Acquire: as weft_dict_table_of. */
    seen->word = (unsigned char *)weft_load_acquire_ptr(&dict->table);
    weft_dict_table *table = weft_dict_decide(self, dict, seen->word);
    /* Relaxed: as above. */
    if (WEFT_UNLIKELY(table == NULL || weft_load_relaxed_u64(&table->id) != cache->id ||
                      cache->offset == 0)) {
        return false;
    }
    seen->cell = (weft_atomic_ptr *)((unsigned char *)table + cache->offset);
    /* Acquire: as in weft_dict_look. */
    seen->value = (weft_ref *)weft_load_acquire_ptr(seen->cell);
    return seen->value != NULL;
}

/* The value that a cache of a hit leads to, borrowed as by weft_dict_borrow; NULL: look it up. */
static inline weft_ref *weft_dict_cached_borrow(weft_thread *self, const weft_dict *dict,
                                                const weft_dict_cache *cache) {
    weft_dict_sight seen;
    if (WEFT_LIKELY(weft_dict_cached_look(self, dict, cache, &seen) &&
                    ((uintptr_t)seen.word & WEFT_DICT_PROMPT_TAG) == 0)) {
        return seen.value;
    }
    return NULL;
}

/* The same, counted. Of a PROMPT dict it may drop the last reference to what was replaced meanwhile, whose dealloc hook runs here and may
 * detach: NULL, and the thread is not attached any more, if the runtime was closed then. */
static inline weft_ref *weft_dict_cached_get(weft_thread *self, const weft_dict *dict,
                                             const weft_dict_cache *cache) {
    weft_dict_sight seen;
    if (WEFT_UNLIKELY(!weft_dict_cached_look(self, dict, cache, &seen))) {
        return NULL;
    }
    if (WEFT_LIKELY(((uintptr_t)seen.word & WEFT_DICT_PROMPT_TAG) == 0)) {
        weft_ref_incref(self, seen.value);
        return seen.value;
    }
    weft_park_may_detach();
    return weft_dict_keep(self, dict, &seen) ? seen.value : NULL;
}

/* ---- iteration ----------------------------------------------------------------------------------- */

/* The caller keeps a reference to the dict. */
typedef struct weft_dict_iterator {
    weft_dict *dict;       /* NULL: over */
    weft_dict_table *held; /* weak: the table that is gone through */
    uint64_t serial;       /* strict: the same by its number, ... */
    uint32_t begun, live;  /* ... and its counters at the beginning */
    uint32_t position;     /* of the next entry */
    bool prompt;           /* the dict's discipline */
} weft_dict_iterator;

/* OK, CLOSED. A weak iterator holds the dict's table: it has to be ended, by weft_dict_iterate_end or by
 * weft_dict_next that says that it is over. May detach. */
weft_dict_result weft_dict_iterate(weft_thread *self, weft_dict *dict, bool strict,
                                   weft_dict_iterator *iterator);

/* The next item, references of the caller's: to the value, and to the key's object if it has one. OK, MISSING: no more; CLOSED:
 * the iterator is not over. May detach if the dict is private to another thread, and where host code does: a PROMPT dict's item that was
 * taken out meanwhile may die here, and with the end of a weak iterator what only it held. Strict:
 * CHANGED if a key was inserted or deleted since the beginning, or the dict cleared; values may change, and room be reserved. */
weft_dict_result weft_dict_next(weft_thread *self, weft_dict_iterator *iterator, weft_dict_key *key,
                                weft_ref **value);

/* Nothing, if the thread was left detached by a closed runtime: the iterator then stays as it is. */
void weft_dict_iterate_end(weft_thread *self, weft_dict_iterator *iterator);

/* ---- changing ------------------------------------------------------------------------------------ */

/* All of these may wait for the dict's lock and may detach then: they end the caller's borrows. The dict takes references
 * of its own to what it is given; the caller has one to each, and to the dict. Where a key is an object, or the dict holds
 * objects as keys, they may be STOPPED by a hook. */

/* A key that is there stays the same object. OK, NO_MEMORY. */
weft_dict_result weft_dict_set(weft_thread *self, weft_dict *dict, weft_dict_key key,
                               weft_ref *value);

/* As weft_dict_set, without a search where the cache says where the key is, or, in a dict with a shape, would be; so it serves all
 * dicts of a shape, those that do not have the key yet, too. After a search the cache says where the key is now (not of an object,
 * nor in a GENERAL dict: it is empty then). The cache is one that this key alone is looked up with. */
weft_dict_result weft_dict_cached_set(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                      weft_ref *value, weft_dict_cache *cache);

/* The value that is there, or else this one, which is put there; a reference of the caller's. `there` says which. OK, NO_MEMORY. */
weft_dict_result weft_dict_set_default(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                       weft_ref *value, weft_ref **now, bool *there);

/* OK, MISSING; NO_MEMORY if the table is frozen. pop: the reference is the caller's. */
weft_dict_result weft_dict_delete(weft_thread *self, weft_dict *dict, weft_dict_key key);
weft_dict_result weft_dict_pop(weft_thread *self, weft_dict *dict, weft_dict_key key,
                               weft_ref **value);

/* The item that was inserted last, or first; references of the caller's, as weft_dict_next. OK, MISSING: the dict is empty;
 * NO_MEMORY if the table is frozen. Amortised constant. */
weft_dict_result weft_dict_popitem(weft_thread *self, weft_dict *dict, bool last,
                                   weft_dict_key *key, weft_ref **value);

/* OK. Memory that was reserved goes, too. */
weft_dict_result weft_dict_clear(weft_thread *self, weft_dict *dict);

/* Sets the items of another dict, one after the other. OK; NO_MEMORY, STOPPED: some may be set. */
weft_dict_result weft_dict_update(weft_thread *self, weft_dict *dict, weft_dict *other);

/* Whatever `into` had is replaced by a copy, by a snapshot. OK, NO_MEMORY. A snapshot costs constant time (but the first,
 * of a private dict, flags every item); both dicts have the same table then, and the first change of either copies it. */
weft_dict_result weft_dict_copy(weft_thread *self, weft_dict *dict, weft_dict *into);
weft_dict_result weft_dict_snapshot(weft_thread *self, weft_dict *dict, weft_dict *into);

/* Room for so many items in all. OK, NO_MEMORY. No change: iterators go on, caches of places have to be filled again. */
weft_dict_result weft_dict_reserve(weft_thread *self, weft_dict *dict, size_t count);

/* Shares the dict now: other threads that find it later need not lock it for that. OK. */
weft_dict_result weft_dict_set_shared(weft_thread *self, weft_dict *dict);

/* ---- watchers, collectors, statistics ------------------------------------------------------------ */

/* What a watcher is told. */
typedef enum weft_dict_change_kind {
    WEFT_DICT_SET = 1, /* a key has another value now */
    WEFT_DICT_ADDED,   /* a key is new */
    WEFT_DICT_REMOVED, /* a key is gone */
    WEFT_DICT_REPLACED /* all of it: clear, and what copies fill */
} weft_dict_change_kind;

/* A change, for a watcher. */
typedef struct weft_dict_change {
    weft_dict_change_kind kind; /* what happened */
    weft_dict_key key;          /* a removed one is held until the watcher returns; REPLACED: 0 */
    uint64_t version;           /* that the change made; 0: no change */
} weft_dict_change;

/* The host's watcher, for the process; NULL: none. Called by the thread that has changed a watched dict, after the change,
 * without a lock. Set it while no dict is used. */
typedef void (*weft_dict_watcher)(weft_thread *self, weft_dict *dict,
                                  const weft_dict_change *change);
void weft_dict_set_watcher(weft_dict_watcher watcher);

/* Begins or ends the watching of a dict. OK. */
weft_dict_result weft_dict_watch(weft_thread *self, weft_dict *dict, bool watched);

/* Calls `visit` for each reference the dict has, to values, keys and its shape, until it returns less than 0 (then STOPPED). In a
 * stopped world, or where nobody else can reach the dict. */
typedef int (*weft_dict_visit)(void *argument, weft_ref *object);
weft_dict_result weft_dict_traverse(weft_dict *dict, weft_dict_visit visit, void *argument);

/* Whether the references that traverse visits are this dict's alone. If not, a collector that subtracts what it visits has
 * to leave them out: snapshots, and weak iterators, have them together. As traverse. */
bool weft_dict_is_alone(const weft_dict *dict);

/* What the dict's table takes, in bytes; without the dict itself. By a thread that may read it, at rest. */
size_t weft_dict_bytes(const weft_dict *dict);
weft_dict_kind weft_dict_kind_of(const weft_dict *dict);

/* For tests of the widths: indexes of up to 2^bits_16 slots have slots of 16 bits, up to 2^bits_32 of 32, others of 64. For tables
 * made from now on. The defaults are the most there can be. */
#define WEFT_DICT_BITS_16 12U
#define WEFT_DICT_BITS_32 26U
void weft_dict_set_widths(unsigned bits_16, unsigned bits_32);

/* For tests of the bound: tables that are made from now on have at most so many entries, instead of WEFT_DICT_MAX. */
void weft_dict_set_most(size_t entries);

/* Events since the start, if the library is compiled with -DWEFT_STATISTICS=1; else all zero. */
typedef struct weft_dict_statistics {
    uint64_t slow_reads;   /* get, borrow or len that were not answered inline */
    uint64_t locked_reads; /* of these: with the lock */
    uint64_t asked;        /* the host, whether two keys are equal */
    uint64_t restarts;     /* reads that started over because the table was another after that */
    uint64_t shares;       /* dicts that became shared */
    uint64_t copies;       /* tables built in place of another */
    uint64_t thaws;        /* of these: because the other was frozen */
    uint64_t conversions;  /* of these: to another kind */
    uint64_t passed;       /* dead entries that popitem went through */
} weft_dict_statistics;
void weft_dict_get_statistics(weft_dict_statistics *statistics);

WEFT_END_DECLS

#endif /* WEFT_DICT_H */
