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

/* How many places an object may have: the first, and those beside it. A thousand objects that two threads read in turn do not all find
 * one of 2048 with two ways; what finds none is counted in its header, and its line goes to and fro. With 4096 and four they do. */
enum { WAYS = 4 };

static weft_ref *object_of(uint64_t word) {
    return (weft_ref *)(uintptr_t)(word >> SPARE_SHIFT); /* NOLINT(performance-no-int-to-ptr) */
}

static WEFT_NOINLINE uint32_t find_further(const vm *t, uint32_t place, uint64_t word) {
    for (uint32_t way = 1; way < WAYS; way++) {
        if (spare_has(t, place ^ way, word)) {
            return place ^ way;
        }
    }
    return SPARES;
}

/* The place that has so many of the object's; SPARES: none. */
static uint32_t find(const vm *t, const weft_ref *object, uint64_t least) {
    uint32_t place = spare_place(object);
    uint64_t word = spare_word(object, least);
    return WEFT_LIKELY(spare_has(t, place, word)) ? place : find_further(t, place, word);
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
    for (uint64_t count = word & SPARE_MOST; count > 0; count--) {
        weft_ref_decref(t->weft, object_of(word));
    }
}

/* Of an object that has none, or SPARE_MOST. */
static void make_spare(vm *t, weft_ref *object) {
    uint32_t place = spare_place(object);
    for (uint32_t way = 0; way < WAYS; way++) {
        if (t->spares[place ^ way] == 0) {
            place ^= way;
            t->spare_places[t->spare_count++] = (uint16_t)place;
            break;
        }
    }
    uint64_t old = t->spares[place];
    t->spares[place] = spare_word(object, 1);
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
            for (uint64_t count = word & SPARE_MOST; count > 0; count--) {
                visit(argument, object_of(word));
            }
        }
    }
    (void)pthread_mutex_unlock(&rt->list_lock);
}
