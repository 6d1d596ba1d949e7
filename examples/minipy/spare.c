/* spare.c: references that a thread keeps for its next use of an object that is not its own.
 *
 * An object's owner counts without an atomic instruction, all others need one, and who uses the same object at the same time waits
 * for its cache line: two threads that read one dict would be slower than one. But what an instruction counts it nearly always drops soon
 * after. So a thread that drops such a reference keeps it instead, in a table of its own, and counts by taking it from there:
 * the header is not written. A spare reference is a reference like any other; who has it is nobody else's business.
 *
 * The price: what other threads have made lives a little longer. A thread gives back what it has before it waits, at its end, before it
 * collects, and after so many safepoints; with a __del__ around it keeps nothing. The collector takes what threads have off the counts.
 */
#include "object.h"

enum { COUNT_BITS = 16, MOST = (1 << COUNT_BITS) - 1 };

/* How many places an object may have: the first, and those beside it. A thousand objects that two threads read in turn do not all find
 * one of 2048 with two ways; what finds none is counted in its header, and its line goes to and fro. With 4096 and four they do. */
enum { WAYS = 4 };

static uint32_t place_of(const weft_ref *object) {
    /* Multiplicative hashing (Knuth): the upper bits of the product are well mixed. */
    uint32_t bits = (uint32_t)((uintptr_t)object >> 4);
    return (bits * UINT32_C(2654435769)) >> (32 - SPARE_BITS);
}
static uint64_t word_of(const weft_ref *object, uint64_t count) {
    return (uint64_t)(uintptr_t)object << COUNT_BITS | count;
}
static weft_ref *object_of(uint64_t word) {
    return (weft_ref *)(uintptr_t)(word >> COUNT_BITS); /* NOLINT(performance-no-int-to-ptr) */
}

/* The place that has so many of the object's or more, but not MOST; SPARES: none. */
WEFT_ALWAYS_INLINE uint32_t find(const vm *t, const weft_ref *object, uint64_t least) {
    uint32_t place = place_of(object);
    for (uint32_t way = 0; way < WAYS; way++) {
        /* The difference is how many there are, if the object is the place's. */
        if (t->spares[place ^ way] - word_of(object, least) < MOST - least) {
            return place ^ way;
        }
    }
    return SPARES;
}

/* Of an object that is neither the thread's own nor immortal, or whose own count is full. */
void incref_slow(vm *t, weft_ref *object) {
    uint32_t place = find(t, object, 1);
    if (WEFT_LIKELY(place != SPARES)) {
        t->spares[place]--;
    } else {
        weft_ref_incref(t->weft, object);
    }
}

static void drop_spares(vm *t, uint64_t word) {
    for (uint64_t count = word & MOST; count > 0; count--) {
        weft_ref_decref(t->weft, object_of(word));
    }
}

/* Of an object that has none, or MOST. */
static void make_spare(vm *t, weft_ref *object) {
    uint32_t place = place_of(object);
    for (uint32_t way = 0; way < WAYS; way++) {
        if (t->spares[place ^ way] == 0) {
            place ^= way;
            t->spare_places[t->spare_count++] = (uint16_t)place;
            break;
        }
    }
    uint64_t old = t->spares[place];
    t->spares[place] = word_of(object, 1);
    drop_spares(t, old); /* may run a program's code: afterwards */
}

void decref_slow(vm *t, weft_ref *object) {
    uint32_t place = find(t, object, 0);
    if (WEFT_LIKELY(place != SPARES)) {
        t->spares[place]++;
        /* Relaxed: a hint. */
    } else if (t->keeps_nothing || t->alone || weft_load_relaxed_u32(&t->rt->eager) != 0) {
        weft_ref_decref(t->weft, object);
    } else {
        make_spare(t, object);
    }
}

void spares_drop(vm *t) {
    while (t->spare_count > 0) {
        uint32_t place = t->spare_places[--t->spare_count];
        uint64_t word = t->spares[place];
        t->spares[place] = 0;
        drop_spares(t, word);
    }
}

void spares_each(runtime *rt, void (*visit)(void *argument, weft_ref *object), void *argument) {
    /* A thread that has ended may be leaving the list: it is no part of the world any more. */
    (void)pthread_mutex_lock(&rt->list_lock);
    for (const vm *t = rt->threads; t != NULL; t = t->next) {
        for (uint32_t i = 0; i < t->spare_count; i++) {
            uint64_t word = t->spares[t->spare_places[i]];
            for (uint64_t count = word & MOST; count > 0; count--) {
                visit(argument, object_of(word));
            }
        }
    }
    (void)pthread_mutex_unlock(&rt->list_lock);
}
