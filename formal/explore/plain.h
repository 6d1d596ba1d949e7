/* Plain accesses of the program: what -fsanitize=thread announces, and what the instructions then do (accesses.awk). */
#ifndef EXPLORE_PLAIN_H
#define EXPLORE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

/* Whatever the program does comes by here, or by an event of the graph, of which there is a bounded number. */
void plain_enter(uintptr_t pc);

/* The explorer is about to make this access for the program. */
void plain_read(uintptr_t addr, size_t size, uintptr_t pc);
void plain_write(uintptr_t addr, size_t size, uintptr_t pc);
/* A string that ends with 0, or after most bytes. Returns its length. */
size_t plain_read_string(const char *s, size_t most, uintptr_t pc);

/* The compiler says that the program's next instructions make this access. */
void plain_announce_read(uintptr_t addr, size_t size, uintptr_t pc);
void plain_announce_write(uintptr_t addr, size_t size, uintptr_t pc);

/* What was announced last, and nothing but plain accesses happened since: hooks.S lets instructions pass that do only this. A read may
 * be wider than announced: the compiler may look at the neighbours. */
typedef struct announced {
    uintptr_t read_from, read_to, write_from, write_to;
} announced;
extern announced plain_announced;
void plain_forget_announced(void);

#endif
