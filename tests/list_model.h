/* list_model.h: operation sequences run on lists and, step by step, on plain arrays.
 *
 * A sequence is a string of bytes, four for each operation (what, on which list, two arguments), so that any bytes
 * are a sequence: a random one, a fuzzer's, or one with operations cut out. */
#ifndef WEFT_TESTS_LIST_MODEL_H
#define WEFT_TESTS_LIST_MODEL_H

#include "list_support.h"

WEFT_BEGIN_DECLS

#define LIST_MODEL_STEP 4U

/* Runs the operations on two lists of a discipline. 0: the lists did what the arrays did, and nothing is left afterwards; else the
 * number of the operation, counted from 1, after which they differed. */
size_t list_model_run(weft_thread *self, weft_list_discipline discipline, const uint8_t *bytes,
                      size_t size);

/* Cuts operations out of a sequence that fails for as long as it fails still. Returns the new size. */
size_t list_model_shrink(weft_thread *self, weft_list_discipline discipline, uint8_t *bytes,
                         size_t size);

/* One line for each operation, to standard error. */
void list_model_print(const uint8_t *bytes, size_t size);

/* For the test of the shrinking: an operation of this kind on a list of more than two items is done wrong; 0: none. */
extern uint8_t list_model_sabotage;

WEFT_END_DECLS

#endif /* WEFT_TESTS_LIST_MODEL_H */
