/* memory.c: where objects lie, and how the collector finds them.
 *
 * Objects come from chunks of one size size_class each, so that a free list serves an allocation, and walking the chunks finds
 * every object: nothing in an object links it. A free slot has type T_FREE in its header. A thread keeps free slots of its own; what
 * is too many goes to a list that all threads of an interpreter share, its heap. Large objects have a chunk alone, which is freed
 * with them. weft's tables, arrays and strings come from malloc.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>

#include "object.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define UNPOISON(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#else
#define POISON(memory, size) ((void)(memory), (void)(size))
#define UNPOISON(memory, size) ((void)(memory), (void)(size))
#endif

enum {
    CHUNK_BYTES = 1 << 16,
    GRAIN = 16,
    HEADER = 64,
    SMALL_MAX = (POOL_CLASSES - 1) * GRAIN,
    KEEP = 1024, /* free slots of a size_class that a thread keeps; as many again move at once */
};

typedef struct chunk {
    struct heap *heap;
    struct chunk *next, *previous;
    size_t slot; /* bytes */
    size_t count;
    uint32_t *scratch;
} chunk;

typedef struct slot { /* free */
    weft_ref head;
    struct slot *next;
} slot;

struct heap {
    /* Not weft's: a thread that allocates stays attached, so that what it has borrowed stays good. It is held for a moment, and
     * never across a safepoint: in a stopped world it is free. */
    pthread_mutex_t lock;
    chunk *chunks;
    slot *free[POOL_CLASSES];
};

static _Thread_local vm *current;

vm *memory_current(void) {
    return current;
}
void memory_set_current(vm *t) {
    current = t;
}

static chunk *chunk_of(const void *object) {
    return (chunk *)((uintptr_t)object & ~(uintptr_t)(CHUNK_BYTES - 1)); /* NOLINT */
}
static slot *slot_at(chunk *c, size_t number) {
    return (slot *)((char *)c + HEADER + number * c->slot);
}

/* Plain malloc: weft asks for no more than its alignment, but for large tables of cells. */
static void *host_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    void *memory = NULL;
    if (alignment <= 16) {
        return malloc(size);
    }
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}
static void host_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    free(memory);
}
static void host_fatal(void *context, const char *message) {
    (void)context;
    flush_output();
    (void)fprintf(stderr, "minipy: %s\n", message);
    abort();
}
static void *gmp_allocate(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        (void)fputs("minipy: out of memory for an int\n", stderr);
        exit(1);
    }
    return memory;
}
static void *gmp_reallocate(void *old, size_t old_size, size_t size) {
    (void)old_size;
    void *memory = realloc(old, size);
    if (memory == NULL) {
        (void)fputs("minipy: out of memory for an int\n", stderr);
        exit(1);
    }
    return memory;
}
static void gmp_free(void *memory, size_t size) {
    (void)size;
    free(memory);
}

void memory_start(void) {
    static const weft_host HOST = {
        .allocate = host_allocate, .free = host_free, .fatal = host_fatal};
    weft_host_set(&HOST);
    mp_set_memory_functions(gmp_allocate, gmp_reallocate, gmp_free);
}

heap *heap_new(void) {
    heap *h = (heap *)calloc(1, sizeof *h);
    if (h != NULL) {
        (void)pthread_mutex_init(&h->lock, NULL);
    }
    return h;
}

void heap_free(heap *h) {
    while (h->chunks != NULL) {
        chunk *c = h->chunks;
        h->chunks = c->next;
        UNPOISON(c, HEADER + c->slot * c->count);
        free(c);
    }
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}

void *grow_array(void *array, size_t count, size_t *room, size_t size) {
    if (count < *room) {
        return array;
    }
    while (*room <= count) {
        *room = *room * 2 + 8;
    }
    void *grown = realloc(array, *room * size);
    if (grown == NULL) {
        (void)fputs("minipy: out of memory\n", stderr);
        exit(1);
    }
    return grown;
}

static chunk *chunk_new(heap *h, size_t slot_bytes, size_t count) {
    void *memory = NULL;
    size_t bytes = HEADER + slot_bytes * count;
    bytes = (bytes + CHUNK_BYTES - 1) & ~(size_t)(CHUNK_BYTES - 1);
    if (posix_memalign(&memory, CHUNK_BYTES, bytes) != 0) {
        return NULL;
    }
    chunk *made = (chunk *)memory;
    *made = (chunk){.heap = h, .slot = slot_bytes, .count = count};
    for (size_t i = 0; i < count; i++) {
        weft_init_u16(&slot_at(made, i)->head.host, T_FREE);
    }
    (void)pthread_mutex_lock(&h->lock);
    made->next = h->chunks;
    if (made->next != NULL) {
        made->next->previous = made;
    }
    h->chunks = made;
    (void)pthread_mutex_unlock(&h->lock);
    return made;
}

static void chunk_free(chunk *c) {
    heap *h = c->heap;
    (void)pthread_mutex_lock(&h->lock);
    *(c->previous != NULL ? &c->previous->next : &h->chunks) = c->next;
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    (void)pthread_mutex_unlock(&h->lock);
    free(c->scratch);
    UNPOISON(c, HEADER + c->slot * c->count);
    free(c);
}

/* Fills a thread's list of a size size_class: from what others gave back, else from a new chunk. */
static bool refill(vm *t, size_t size_class) {
    heap *h = t->rt->heap;
    (void)pthread_mutex_lock(&h->lock);
    slot *list = h->free[size_class];
    uint32_t count = 0;
    if (list != NULL) {
        slot *last = list;
        for (count = 1; count < KEEP && last->next != NULL; count++) {
            last = last->next;
        }
        h->free[size_class] = last->next;
        last->next = NULL;
    }
    (void)pthread_mutex_unlock(&h->lock);
    if (list == NULL) {
        size_t bytes = size_class * GRAIN;
        size_t slots = (CHUNK_BYTES - HEADER) / bytes;
        chunk *made = chunk_new(h, bytes, slots);
        if (made == NULL) {
            return false;
        }
        for (size_t i = slots; i-- > 0; count++) {
            slot *s = slot_at(made, i);
            s->next = list;
            list = s;
            POISON(s + 1, bytes - sizeof *s);
        }
    }
    t->pool[size_class] = list;
    t->pool_count[size_class] = count;
    return true;
}

static void *allocate(vm *t, size_t size) {
    size_t size_class = (size + GRAIN - 1) / GRAIN;
    if (WEFT_UNLIKELY(size_class >= POOL_CLASSES)) {
        chunk *alone = chunk_new(t->rt->heap, (size + GRAIN - 1) & ~(size_t)(GRAIN - 1), 1);
        return alone != NULL ? slot_at(alone, 0) : NULL;
    }
    if (WEFT_UNLIKELY(t->pool[size_class] == NULL) && !refill(t, size_class)) {
        return NULL;
    }
    slot *s = (slot *)t->pool[size_class];
    t->pool[size_class] = s->next;
    t->pool_count[size_class]--;
    UNPOISON(s, size_class * GRAIN);
    return s;
}

void *object_new(vm *t, size_t size, unsigned type) {
    weft_ref *made = (weft_ref *)allocate(t, size);
    if (WEFT_UNLIKELY(made == NULL)) {
        (void)raise_memory(t);
        return NULL;
    }
    weft_ref_init(t->weft, made);
    weft_store_relaxed_u16(&made->host, (uint16_t)type);
    if (WEFT_UNLIKELY(++t->growth > t->threshold)) {
        weft_thread_break(t->weft, 1U << WEFT_BREAK_HOST_SHIFT);
        t->threshold += t->threshold / 8; /* until the next safepoint comes */
    }
    return made;
}

/* Half of what a thread has goes to all. */
static void give_back(vm *t, size_t size_class) {
    slot *first = (slot *)t->pool[size_class];
    slot *last = first;
    for (uint32_t i = 1; i < KEEP; i++) {
        last = last->next;
    }
    t->pool[size_class] = last->next;
    t->pool_count[size_class] -= KEEP;
    heap *h = t->rt->heap;
    (void)pthread_mutex_lock(&h->lock);
    last->next = h->free[size_class];
    h->free[size_class] = first;
    (void)pthread_mutex_unlock(&h->lock);
}

void object_free(weft_ref *object) {
    unsigned type = weft_load_relaxed_u16(&object->host);
    if (type == T_STR) {
        weft_symbol_free((weft_symbol *)object);
        return;
    }
    chunk *c = chunk_of(object);
    vm *t = current;
    if (c->slot > SMALL_MAX) {
        chunk_free(c);
        return;
    }
    size_t size_class = c->slot / GRAIN;
    slot *s = (slot *)object;
    weft_store_relaxed_u16(&s->head.host, T_FREE);
    POISON(s + 1, c->slot - sizeof *s);
    if (WEFT_UNLIKELY(t == NULL)) {
        heap *h = c->heap;
        (void)pthread_mutex_lock(&h->lock);
        s->next = h->free[size_class];
        h->free[size_class] = s;
        (void)pthread_mutex_unlock(&h->lock);
        return;
    }
    t->growth--;
    s->next = (slot *)t->pool[size_class];
    t->pool[size_class] = s;
    if (WEFT_UNLIKELY(++t->pool_count[size_class] > 2 * KEEP)) {
        give_back(t, size_class);
    }
}

size_t object_size(const weft_ref *object) {
    if (weft_load_relaxed_u16(&object->host) == T_STR) {
        return weft_symbol_size((const weft_symbol *)object);
    }
    return weft_load_relaxed_u32(&object->local) == WEFT_REF_IMMORTAL ? WEFT_REF_SMALLEST
                                                                      : chunk_of(object)->slot;
}

void memory_return(vm *t) {
    heap *h = t->rt->heap;
    (void)pthread_mutex_lock(&h->lock);
    for (size_t size_class = 0; size_class < POOL_CLASSES; size_class++) {
        while (t->pool[size_class] != NULL) {
            slot *s = (slot *)t->pool[size_class];
            t->pool[size_class] = s->next;
            s->next = h->free[size_class];
            h->free[size_class] = s;
        }
        t->pool_count[size_class] = 0;
    }
    (void)pthread_mutex_unlock(&h->lock);
}

/* ---- for the collector --------------------------------------------------------------------------- */

/* Dead objects wait for a grace period; their header says so. */
static bool is_alive(const weft_ref *object) {
    return weft_load_relaxed_u16(&object->host) != T_FREE &&
           (weft_load_relaxed_u32(&object->local) != 0 ||
            weft_load_relaxed_uptr(&object->shared) >> WEFT_REF_COUNT_SHIFT != 0);
}

bool memory_scratch_begin(heap *h) {
    for (chunk *c = h->chunks; c != NULL; c = c->next) {
        c->scratch = (uint32_t *)calloc(c->count, sizeof *c->scratch);
        if (c->scratch == NULL) {
            memory_scratch_end(h);
            return false;
        }
    }
    return true;
}

void memory_scratch_end(heap *h) {
    for (chunk *c = h->chunks; c != NULL; c = c->next) {
        free(c->scratch);
        c->scratch = NULL;
    }
}

uint32_t *memory_scratch(const weft_ref *object) {
    chunk *c = chunk_of(object);
    return &c->scratch[((size_t)((const char *)object - (char *)c) - HEADER) / c->slot];
}

void memory_walk(heap *h, object_visit visit, void *argument) {
    for (chunk *c = h->chunks; c != NULL; c = c->next) {
        for (size_t i = 0; i < c->count; i++) {
            weft_ref *object = &slot_at(c, i)->head;
            if (is_alive(object)) {
                visit(argument, object, c->scratch != NULL ? &c->scratch[i] : NULL);
            }
        }
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): an object_visit */
static void count_one(void *argument, weft_ref *object, uint32_t *scratch) {
    (void)object;
    (void)scratch;
    ++*(size_t *)argument;
}

size_t memory_live(heap *h) {
    size_t count = 0;
    memory_walk(h, count_one, &count);
    return count;
}
