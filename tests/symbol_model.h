/* symbol_model.h: operation sequences run on two tables and, step by step, on plain arrays.
 *
 * A sequence is a string of bytes, two for each operation (what, and of which text), so that any bytes are a sequence: a random
 * one, a fuzzer's, or one with operations cut out. */
#ifndef WEFT_TESTS_SYMBOL_MODEL_H
#define WEFT_TESTS_SYMBOL_MODEL_H

#include "symbol_support.h"

WEFT_BEGIN_DECLS

#define SYMBOL_MODEL_STEP 2U

/* `collide`: with symbol_poor_hash. 0: the tables did what the arrays did, and nothing is left afterwards; else the number of the
 * operation, counted from 1, after which they differed. */
size_t symbol_model_run(weft_thread *self, bool collide, const uint8_t *bytes, size_t size);

/* Cuts operations out of a sequence that fails for as long as it fails still. Returns the new size. */
size_t symbol_model_shrink(weft_thread *self, bool collide, uint8_t *bytes, size_t size);

/* One line for each operation, to standard error. */
void symbol_model_print(const uint8_t *bytes, size_t size);

/* For the test of the shrinking: an operation of this kind that leaves a symbol with more than two references fails; 0: none. */
extern uint8_t symbol_model_sabotage;

WEFT_END_DECLS

#endif /* WEFT_TESTS_SYMBOL_MODEL_H */
