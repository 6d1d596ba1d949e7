/* linearize_list.h: the sequential model of a list of small numbers, for histories of lists (linearize.h). */
#ifndef WEFT_TESTS_LINEARIZE_LIST_H
#define WEFT_TESTS_LINEARIZE_LIST_H

#include "linearize.h"

WEFT_BEGIN_DECLS

#define LINEARIZE_LIST_CELLS 62U

typedef struct linearize_list {
    uint16_t count;
    uint16_t items[LINEARIZE_LIST_CELLS]; /* behind the last: 0 */
} linearize_list;

/* The calls. Numbers are from 1 to 65535; where there is no item, the result is -1. */
enum {
    LINEARIZE_GET,     /* index -> number */
    LINEARIZE_LAST,    /* -> number */
    LINEARIZE_LEN,     /* -> count */
    LINEARIZE_APPEND,  /* number -> 0 */
    LINEARIZE_POP,     /* -> number */
    LINEARIZE_POP_AT,  /* index -> number */
    LINEARIZE_SET,     /* index, number -> 0 or -1 */
    LINEARIZE_INSERT,  /* index (at most the count), number -> 0 */
    LINEARIZE_REVERSE, /* -> 0 */
    LINEARIZE_CLEAR,   /* -> 0 */
    LINEARIZE_EXTEND,  /* number -> 0: by it and the next number */
    LINEARIZE_SORT,    /* -> 0: the greatest first; or -1: the list has changed meanwhile */
    LINEARIZE_SET_SLICE, /* index, number -> 0: the item there, if any, becomes two, the number and the next one */
    LINEARIZE_DELETE_SLICE, /* index, step -> 0: each step-th from there on */
    LINEARIZE_BECOME,       /* number -> 0: a snapshot, into it, of a list of this one */
    LINEARIZE_SUM, /* -> what a snapshot, or an iteration that must not miss a change, adds up to */
    LINEARIZE_LIST_KINDS
};

extern const linearize_model linearize_list_model;

/* As linearize_check, of a list. Moreover, each sort that says "changed" overlaps a call of another thread that may have changed the
 * list: the model alone would let it say so always. */
bool linearize_list_check(const linearize_list *initial, const linearize_history *history);

WEFT_END_DECLS

#endif /* WEFT_TESTS_LINEARIZE_LIST_H */
