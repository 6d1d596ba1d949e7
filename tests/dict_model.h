/* dict_model.h: operation sequences run on dicts and, step by step, on plain arrays.
 *
 * A sequence is a string of bytes, four for each operation (what, on which dict with which sort of key, which key, an argument),
 * so that any bytes are a sequence: a random one, a fuzzer's, or one with operations cut out. */
#ifndef WEFT_TESTS_DICT_MODEL_H
#define WEFT_TESTS_DICT_MODEL_H

#include "dict_support.h"

WEFT_BEGIN_DECLS

#define DICT_MODEL_STEP 4U

/* How a sequence is run: the kind of both dicts at first, the number of different keys, what hashes are taken modulo. */
typedef struct dict_model_setup {
    weft_dict_discipline discipline;
    weft_dict_kind kind;
    uint32_t keys;
    uint64_t modulus;
} dict_model_setup;

/* Runs the operations on two dicts. 0: the dicts did what the arrays did, and nothing is left afterwards; else the
 * number of the operation, counted from 1, after which they differed. */
size_t dict_model_run(weft_thread *self, const dict_model_setup *setup, const uint8_t *bytes,
                      size_t size);

/* Cuts operations out of a sequence that fails for as long as it fails still. Returns the new size. */
size_t dict_model_shrink(weft_thread *self, const dict_model_setup *setup, uint8_t *bytes,
                         size_t size);

/* One line for each operation, to standard error. */
void dict_model_print(const uint8_t *bytes, size_t size);

/* For the test of the shrinking: an operation of this kind on a dict of more than two items is done wrong; 0: none. */
extern uint8_t dict_model_sabotage;

WEFT_END_DECLS

#endif /* WEFT_TESTS_DICT_MODEL_H */
