/* Addresses of the program in words: file:line for code, symbol, heap block or stack for data. From addr2line and nm, each run
 * once, when a violation is to be shown. */
#ifndef EXPLORE_NAMES_H
#define EXPLORE_NAMES_H

#include <stdint.h>

/* Looks up the call sites of every event of the current execution, and two more, in one go. */
void names_prepare(uintptr_t pc, uintptr_t other);
/* file:line, and what it was inlined into: "a.h:3 in f.c:10". Only what was prepared. */
const char *name_of_line(uintptr_t pc);
/* Static buffer. */
const char *name_of_address(uintptr_t addr);

#endif
