/* Races between plain accesses, between plain and atomic ones, and between atomic ones of different places or sizes that overlap.
 *
 * Each execution is a linear extension of happens-before, so of two conflicting accesses that are not ordered one is checked
 * while the other is on record. Exact per execution: no sampling, no bounded history.
 */
#ifndef EXPLORE_RACE_H
#define EXPLORE_RACE_H

#include <stddef.h>
#include <stdint.h>

enum race_kind {
    RACE_PLAIN_READ,
    RACE_PLAIN_WRITE,
    RACE_ATOMIC_READ,
    RACE_ATOMIC_WRITE,
    RACE_FREE,
    RACE_END,     /* of a stack frame, or of a thread's local storage */
    RACE_DESTROY, /* of a mutex or a condition */
};

/* The current thread makes this access, or ends the life of this memory; ends the run if it races. */
void race_check(uintptr_t addr, size_t size, enum race_kind kind, uintptr_t pc);
/* A fresh block begins here: what was known of the memory before is over. (The records of a stack frame tell which it was.) */
void race_forget(uintptr_t addr, size_t size);

/* The atomic locations known in this run: the one of just this place and size (-1: none); remember one; list those in a range (at
 * most max). */
int race_atomic_at(uintptr_t addr, int size);
void race_mark_atomic(uintptr_t addr, int loc);
/* Those that overlap this place are over. Returns how many its memory served one after the other. */
uint16_t race_end_atomics(uintptr_t addr, int size);
int race_atomics_in(uintptr_t addr, size_t size, int *found, int max);

#endif
