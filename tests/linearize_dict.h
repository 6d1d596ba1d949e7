/* linearize_dict.h: the sequential model of an ordered dict of small numbers, for histories of dicts (linearize.h). */
#ifndef WEFT_TESTS_LINEARIZE_DICT_H
#define WEFT_TESTS_LINEARIZE_DICT_H

#include "linearize.h"

WEFT_BEGIN_DECLS

#define LINEARIZE_DICT_KEYS 8U

/* The items in their order: key and value. */
typedef struct linearize_dict {
    uint16_t count;
    uint16_t keys[LINEARIZE_DICT_KEYS]; /* behind the last: 0, both */
    uint16_t values[LINEARIZE_DICT_KEYS];
} linearize_dict;

/* The calls. Keys are below LINEARIZE_DICT_KEYS, values from 1 to 65535; where there is nothing, the result is -1. */
enum {
    LINEARIZE_DICT_GET,     /* key -> value */
    LINEARIZE_DICT_SET,     /* key, value -> 0 */
    LINEARIZE_DICT_DEFAULT, /* key, value -> value now */
    LINEARIZE_DICT_DELETE,  /* key -> 0 or -1 */
    LINEARIZE_DICT_POP,     /* key -> value */
    LINEARIZE_DICT_LAST,    /* -> key * 65536 + value of the last, which goes */
    LINEARIZE_DICT_FIRST,   /* -> the same of the first */
    LINEARIZE_DICT_CLEAR,   /* -> 0 */
    LINEARIZE_DICT_SUM,     /* -> what a snapshot adds up to */
    LINEARIZE_DICT_KINDS
};

/* Of an item at a place, as part of the sum. */
static inline int64_t linearize_dict_weight(size_t place, int64_t key, int64_t value) {
    return (int64_t)(place + 1) * (key * 65536 + value);
}

extern const linearize_model linearize_dict_model;

WEFT_END_DECLS

#endif /* WEFT_TESTS_LINEARIZE_DICT_H */
