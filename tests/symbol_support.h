/* symbol_support.h: what the scenarios of weft_symbol share: a runtime whose objects are symbols, memory that is counted and
 * may run out, short texts by number. */
#ifndef WEFT_TESTS_SYMBOL_SUPPORT_H
#define WEFT_TESTS_SYMBOL_SUPPORT_H

#include "scenario.h"
#include "weft_symbol.h"

WEFT_BEGIN_DECLS

/* A runtime with the calling thread attached, and its end: every symbol that was made has been freed. */
weft_thread *symbol_begin(void);
void symbol_end(weft_thread *self);

/* The text of a number: SYMBOL_TEXT bytes or less, and its length. */
#define SYMBOL_TEXT 16U
size_t symbol_text(uint64_t number, char text[SYMBOL_TEXT]);

/* intern and find by number; NULL: no memory, not there. */
weft_symbol *symbol_intern(weft_thread *self, weft_symbol_table *table, uint64_t number);
weft_symbol *symbol_find(weft_thread *self, weft_symbol_table *table, uint64_t number);
bool symbol_is(const weft_symbol *symbol, uint64_t number);
void symbol_drop(weft_thread *self, weft_symbol *symbol);

/* A hash function that has four values only: for the `hash` of a table's options. */
uint64_t symbol_poor_hash(void *context, const void *text, size_t length);

/* Symbols whose memory is not freed. Waits for grace periods; the calling thread is the only attached one. */
uint64_t symbol_objects(weft_thread *self);

/* The library's allocations, of the whole process, fail from the n-th on (0: the next one); UINT64_MAX: none does. Those that
 * failed since. */
void symbol_fail_after(uint64_t allocations);
uint64_t symbol_failures(void);

/* Called by the dealloc hook of every symbol, before and after it is finalized. NULL: nobody. */
extern void (*symbol_before_finalize)(weft_thread *self, weft_symbol *symbol);
extern void (*symbol_after_finalize)(weft_thread *self, weft_symbol *symbol);

WEFT_END_DECLS

#endif /* WEFT_TESTS_SYMBOL_SUPPORT_H */
