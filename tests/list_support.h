/* list_support.h: what the scenarios of lib/list share: counted items with a number, lists as objects, a runtime. */
#ifndef WEFT_TESTS_LIST_SUPPORT_H
#define WEFT_TESTS_LIST_SUPPORT_H

#include "scenario.h"
#include "weft_list.h"

WEFT_BEGIN_DECLS

/* An item. Its number is damaged when it dies, so that who uses it afterwards notices. */
typedef struct numbered {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)]; /* the library's, once it is dead */
    weft_atomic_u32 number;
} numbered;

#define NUMBERED_DEAD 0xDEADBEEFU

weft_ref *numbered_make(weft_thread *self, uint32_t number);
uint32_t number_of(const weft_ref *item);

/* A list as an object; it is finalized when it dies. */
weft_list *list_make(weft_thread *self, weft_list_discipline discipline);
void list_drop(weft_thread *self, weft_list *list);

/* A list of the numbers 0, 1, ... */
weft_list *list_of(weft_thread *self, weft_list_discipline discipline, uint32_t count);

/* Appends a new item with this number; the item at an index, NUMBERED_DEAD if there is none. */
weft_list_result list_add(weft_thread *self, weft_list *list, uint32_t number);
uint32_t list_at(weft_thread *self, weft_list *list, intptr_t index);

/* Whether the list has these numbers, `count` of them. */
bool list_is(weft_thread *self, weft_list *list, const uint32_t *numbers, size_t count);

/* A runtime with the calling thread attached, and its end: every object that was made has been freed once. */
weft_thread *list_begin(void);
void list_end(weft_thread *self);

/* Runs a scenario with lists of both disciplines, in a runtime each; then nothing is left. */
void list_with_both(void (*run)(weft_thread *self, weft_list_discipline discipline));

/* Objects that live now. Waits for grace periods; the calling thread is the only attached one. */
uint64_t list_objects(weft_thread *self);

/* Allocations of the library fail from the n-th on (0: the next one); UINT64_MAX: none does. Of the whole process. */
void list_fail_after(uint64_t allocations);
uint64_t list_failures(void);

/* Called in the dealloc hook of every item. NULL: nobody. */
extern void (*list_on_dealloc)(weft_thread *self, weft_ref *item);

WEFT_END_DECLS

#endif /* WEFT_TESTS_LIST_SUPPORT_H */
