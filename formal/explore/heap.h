/* The program's heap: addresses that depend on the thread and its own allocations only, blocks that are never unmapped. */
#ifndef EXPLORE_HEAP_H
#define EXPLORE_HEAP_H

#include "graph.h"

#include <stddef.h>

void heap_reset(void);
/* NULL if no object can be so big. */
void *heap_alloc(size_t size, size_t align, bool zero, uintptr_t pc);
void heap_free(void *p, uintptr_t pc);
void *heap_realloc(void *p, size_t size, uintptr_t pc);
/* Ends the run if the range is heap memory outside a live block, or in a stack frame that is gone. */
void heap_check(uintptr_t addr, size_t size, uintptr_t pc);
/* Tells apart the blocks that live at one address one after the other. 0: not heap. */
uint64_t heap_generation(uintptr_t addr);
bool heap_contains(uintptr_t addr);
void heap_describe(uintptr_t addr, char *out, size_t size);
/* May this malloc take the block of this free? */
bool heap_fits(const event *freed, const event *request);
/* The block is meant to stay. */
void heap_keep(void *p);
/* Ends the run if a block is still allocated. */
void heap_check_leaks(void);

#endif
