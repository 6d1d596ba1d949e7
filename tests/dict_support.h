/* dict_support.h: what the scenarios of lib/dict share: keys of every sort, counted values with a number, dicts as objects, a
 * runtime.
 *
 * Keys. A key has a number and a sort. Texts equal symbols and texts of the same number; reals equal numbers and reals. So a
 * symbol and a text of one number are the same key, as are a number and a real. */
#ifndef WEFT_TESTS_DICT_SUPPORT_H
#define WEFT_TESTS_DICT_SUPPORT_H

#include "scenario.h"
#include "weft_dict.h"

WEFT_BEGIN_DECLS

/* A value. Its number is damaged when it dies, so that who uses it afterwards notices. */
typedef struct valued {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)]; /* the library's, once it is dead */
    weft_atomic_u32 number;
} valued;

#define VALUED_DEAD 0xDEADBEEFU

weft_ref *valued_make(weft_thread *self, uint32_t number);
uint32_t valued_number(const weft_ref *value);

typedef enum sort { SORT_SYMBOL, SORT_NUMBER, SORT_TEXT, SORT_REAL } sort;
#define SORTS 4U
#define DICT_SYMBOLS 4096U

/* A key; for texts and reals a new object, for symbols the only one of that number (less than DICT_SYMBOLS), with a
 * reference that dict_key_drop gives back. */
weft_dict_key dict_key(weft_thread *self, sort of, uint32_t number);
void dict_key_drop(weft_thread *self, weft_dict_key key);

/* What a key is in the eyes of a dict: its number, and whether it is a symbol or a text. */
uint32_t dict_key_number(weft_dict_key key);
bool dict_key_is_text(weft_dict_key key);

/* Hashes of symbols and texts are taken modulo this: 0: not at all; 1: all collide. Numbers are as they are, so reals are. While
 * there is no key. */
void dict_collide(weft_thread *self, uint64_t modulus);

/* A dict as an object; it is finalized when it dies. SPLIT: of a shape of its own, with room for 6 keys; see dict_shape. */
weft_dict *dict_make(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind);
weft_dict *dict_of_shape(weft_thread *self, weft_dict_discipline discipline, weft_dict_keys *keys);
void dict_drop(weft_thread *self, weft_dict *dict);
weft_dict_keys *dict_shape(weft_thread *self, size_t capacity);

/* A new value with this number; the number of a key's value, VALUED_DEAD if there is none. Fresh key objects each time. */
weft_dict_result dict_put(weft_thread *self, weft_dict *dict, sort of, uint32_t key,
                          uint32_t number);
uint32_t dict_at(weft_thread *self, weft_dict *dict, sort of, uint32_t key);
weft_dict_result dict_remove(weft_thread *self, weft_dict *dict, sort of, uint32_t key);

/* Whether the dict has these keys in this order, `count` of them, each with a value of 100 more. */
bool dict_is(weft_thread *self, weft_dict *dict, const uint32_t *keys, size_t count);

/* A runtime with the calling thread attached, and its end: every object that was made has been freed once. */
weft_thread *dict_begin(void);
void dict_end(weft_thread *self);

/* Runs a scenario with dicts of both disciplines, in a runtime each; then nothing is left. */
void dict_with_both(void (*run)(weft_thread *self, weft_dict_discipline discipline));

/* Objects that live now, without the symbols. Waits for grace periods; the calling thread is the only attached one. */
uint64_t dict_objects(weft_thread *self);

/* Allocations of the library fail from the n-th on (0: the next one); UINT64_MAX: none does. Of the whole process. */
void dict_fail_after(uint64_t allocations);
uint64_t dict_failures(void);

/* Bytes that the library has now, if it allocates by dict_count_memory's hooks. */
void dict_count_memory(bool on);
uint64_t dict_memory(void);

/* Called in the hooks; NULL: nobody. What equal returns is the answer, but for DICT_USUAL. */
#define DICT_USUAL 2
extern int (*dict_on_equal)(weft_thread *self, weft_dict_key candidate, weft_dict_key key);
extern bool (*dict_on_hash)(weft_thread *self, weft_ref *key);
extern void (*dict_on_dealloc)(weft_thread *self, weft_ref *value);

WEFT_END_DECLS

#endif /* WEFT_TESTS_DICT_SUPPORT_H */
