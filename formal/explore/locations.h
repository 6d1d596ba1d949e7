/* The locations of all executions: one id per (space, address, generation, size, successor), never forgotten.
 *
 * The generation tells apart objects that live at one address one after the other (a heap block used again, the frames of a
 * stack), the successor those of one block or frame. They must not depend on the interleaving, so that a replayed prefix finds the ids its graph names.
 */
#ifndef EXPLORE_LOCATIONS_H
#define EXPLORE_LOCATIONS_H

#include <stdint.h>

enum space {
    SPACE_MEMORY, /* an object of the program, accessed by atomic operations */
    SPACE_MUTEX,  /* hidden state of a pthread mutex at the address */
    SPACE_COND,   /* hidden queue of the threads that wait for a condition */
    SPACE_WAIT,   /* hidden queue of the threads that wait on a word, by address alone */
    SPACE_ONCE,
    SPACE_KEY,  /* a key of thread-specific data, by its number: whether it lives */
    SPACE_FLAG, /* the operating system's */
};

typedef struct location {
    uintptr_t addr;
    uint64_t generation;
    uint8_t space, size;
    uint16_t successor; /* how many atomic objects of another size its memory served before */
    uint64_t init;      /* initial value in this execution */
    uint64_t ended_in;  /* the execution in which an object of another size took its place */
    uint16_t
        written_by; /* position + 1 of the newest store (in co) carried out in this execution */
} location;

extern location *locations;
extern int location_count;

/* The location that these members name; the others are not looked at. */
int location_intern(const location *id);

#endif
