/* memory.c: where objects lie, and how the collector finds them.
 *
 * Objects come from chunks of one size class each, so that a free list serves an allocation, and walking the chunks finds
 * every object: nothing in an object links it. A free slot has type T_FREE in its header. A thread keeps free slots of its own; what
 * is too many goes to a list that all threads of an interpreter share, its heap. Large objects have a chunk alone, which is freed
 * with them.
 *
 * weft's tables, arrays and strings come from malloc if they are large, and else from chunks of a heap that the process has for
 * them: a deferred death frees hundreds at once, where malloc keeps seven of a size for a thread, and takes a lock for the next,
 * once there is a second thread.
 *
 * What a program once needed does not stay for ever: chunks are the operating system's pages, not malloc's, whose arenas would
 * keep them and what lies between them; and a collection gives back chunks without any object, but for some.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "object.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define UNPOISON(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#else
#define POISON(memory, size) ((void)(memory), (void)(size))
#define UNPOISON(memory, size) ((void)(memory), (void)(size))
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum {
    CHUNK_BYTES = 1 << 16,
    PAGE_BYTES = 1 << 12, /* at least */
    GRAIN = 16,
    HEADER = 64,
    COLOURS = 16,      /* places of a chunk's header in its first page */
    FINE_CLASSES = 32, /* a GRAIN apart: up to FINE_MAX bytes */
    FINE_MAX = FINE_CLASSES * GRAIN,
    SMALL_MAX =
        8192, /* of the last class; above FINE_MAX four classes lie between a size and twice that size */
    /* Free slots move between a thread and its heap by bundles of so many bytes, or less. With 1024 slots of any size a thread took
     * all free slots of a size that there were, others had to make new chunks, and the heap grew with each such coincidence: 86 chunks
     * after 1900 rounds of tests/stress, of which what lives at the end of a round needs 6. */
    KEEP_BYTES = 4 << 10,
    /* What a thread keeps of a class besides those that it takes from: what a grace period frees is used again by the same thread,
     * while it is in its cache. */
    KEEP_BUNDLES = 16,
    /* Empty chunks that a collection leaves, and one for each two that are in use: a program may need as much again. */
    EMPTY_CHUNKS = 8,
    /* Of what weft asks for. A sanitizer sees more in malloc's. */
    TABLE_MAX = SANITIZED ? 0 : FINE_MAX,
};

typedef struct chunk {
    struct heap *heap;
    struct chunk *next, *previous;
    size_t slot;         /* bytes */
    uint32_t room;       /* slots that fit */
    uint32_t count;      /* slots that were ever used: those behind are untouched memory */
    uint16_t size_class; /* 0: an object alone */
    uint32_t free;       /* in memory_trim: slots in the heap's list */
    uint32_t *scratch;   /* while the collector marks */
} chunk;
_Static_assert(sizeof(chunk) <= HEADER, "a chunk's first slot");

typedef struct slot { /* free */
    weft_ref head;
    struct slot *next;
    struct slot *others; /* of the first of a bundle: the next bundle */
} slot;

struct heap {
    /* Not weft's: a thread that allocates stays attached, so that what it has borrowed stays good. It is held for a moment, and
     * never across a safepoint: in a stopped world it is free. */
    pthread_mutex_t lock;
    chunk *chunks;
    chunk *open[POOL_CLASSES]; /* has untouched slots; NULL: none */
    slot *free[POOL_CLASSES];  /* bundles */
};

/* What weft asks for, in all interpreters. */
static heap tables = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local vm *current;

vm *memory_current(void) {
    return current;
}
void memory_set_current(vm *t) {
    current = t;
}

/* Not at the same place in each: all would be in the few lines of the cache that addresses with the same lower bits share. */
static chunk *chunk_at(uintptr_t pages) {
    return (chunk *)(pages + pages / CHUNK_BYTES % COLOURS * HEADER); /* NOLINT */
}
static chunk *chunk_of(const void *object) {
    return chunk_at((uintptr_t)object & ~(uintptr_t)(CHUNK_BYTES - 1));
}
static void *pages_of(chunk *c) {
    return (void *)((uintptr_t)c & ~(uintptr_t)(CHUNK_BYTES - 1)); /* NOLINT */
}
static slot *slot_at(chunk *c, size_t number) {
    return (slot *)((char *)c + HEADER + number * c->slot);
}

heap *heap_new(void) {
    heap *h = (heap *)calloc(1, sizeof *h);
    if (h != NULL) {
        (void)pthread_mutex_init(&h->lock, NULL);
    }
    return h;
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

static size_t class_of_size(size_t size) {
    if (WEFT_LIKELY(size <= FINE_MAX)) {
        return (size + GRAIN - 1) / GRAIN;
    }
    unsigned shift = 61 - (unsigned)__builtin_clzll(size - 1); /* to the three highest bits */
    return FINE_CLASSES + 4 * (shift - 7) + ((size - 1) >> shift) - 3;
}
static size_t size_of_class(size_t size_class) {
    if (size_class <= FINE_CLASSES) {
        return size_class * GRAIN;
    }
    size_class -= FINE_CLASSES + 1;
    return (5 + size_class % 4) << (7 + size_class / 4);
}

/* Whole pages, on a border of CHUNK_BYTES. */
static void *map_pages(size_t bytes) {
    char *mapped = (char *)mmap(NULL, bytes + CHUNK_BYTES, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == (char *)MAP_FAILED) {
        return NULL;
    }
    size_t before = -(uintptr_t)mapped & (CHUNK_BYTES - 1);
    if (before > 0) {
        (void)munmap(mapped, before);
    }
    (void)munmap(mapped + before + bytes, CHUNK_BYTES - before);
    return mapped + before;
}

static size_t chunk_bytes(const chunk *c) {
    size_t bytes = (size_t)COLOURS * HEADER + c->slot * c->room;
    return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

/* Under the lock. NULL: no memory. */
static chunk *chunk_new(heap *h, size_t slot_bytes, uint32_t room) {
    chunk made = {.heap = h, .next = h->chunks, .slot = slot_bytes, .room = room};
    void *pages = map_pages(chunk_bytes(&made));
    if (pages == NULL) {
        return NULL;
    }
    chunk *c = chunk_at((uintptr_t)pages);
    *c = made;
    if (c->next != NULL) {
        c->next->previous = c;
    }
    h->chunks = c;
    return c;
}

/* Under the lock. */
static void chunk_free(chunk *c) {
    *(c->previous != NULL ? &c->previous->next : &c->heap->chunks) = c->next;
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    UNPOISON(pages_of(c), chunk_bytes(c)); /* others may get these addresses */
    (void)munmap(pages_of(c), chunk_bytes(c));
}

void heap_free(heap *h) {
    while (h->chunks != NULL) {
        chunk_free(h->chunks);
    }
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}

/* A bundle of slots that nobody has had yet. */
static slot *open_slots(heap *h, size_t size_class) {
    size_t bytes = size_of_class(size_class);
    chunk *c = h->open[size_class];
    if (c == NULL) {
        c = chunk_new(h, bytes, (uint32_t)((CHUNK_BYTES - COLOURS * HEADER) / bytes));
        if (c == NULL) {
            return NULL;
        }
        c->size_class = (uint16_t)size_class;
    }
    slot *list = NULL;
    uint32_t first = c->count;
    uint32_t most = (uint32_t)(bytes < KEEP_BYTES ? KEEP_BYTES / bytes : 1);
    c->count += c->room - first < most ? c->room - first : most;
    h->open[size_class] = c->count < c->room ? c : NULL;
    for (uint32_t i = c->count; i-- > first;) {
        slot *s = slot_at(c, i);
        weft_init_u16(&s->head.host, T_FREE);
        s->next = list;
        list = s;
        POISON(s + 1, bytes - sizeof *s);
    }
    return list;
}

static void add_bundle(slot **bundles, slot *bundle) {
    bundle->others = *bundles;
    *bundles = bundle;
}

static slot *take_bundle(slot **bundles) {
    slot *bundle = *bundles;
    *bundles = bundle->others;
    return bundle;
}

/* Fills a thread's list of a size class. */
static WEFT_NOINLINE bool refill(heap *h, pool *p, size_t size_class) {
    slot *list;
    if (p->bundles[size_class] != NULL) {
        list = take_bundle(&p->bundles[size_class]);
        p->bundle_count[size_class]--;
    } else {
        (void)pthread_mutex_lock(&h->lock);
        list = h->free[size_class] != NULL ? take_bundle(&h->free[size_class])
                                           : open_slots(h, size_class);
        (void)pthread_mutex_unlock(&h->lock);
    }
    p->slots[size_class] = list;
    p->bytes[size_class] = KEEP_BYTES; /* as if it was a full one */
    return list != NULL;
}

/* The list is full: it becomes a bundle, and what is too much goes to all. */
static WEFT_NOINLINE void bundle_up(heap *h, pool *p, size_t size_class) {
    slot *list = p->slots[size_class];
    p->slots[size_class] = NULL;
    p->bytes[size_class] = 0;
    if (p->bundle_count[size_class] < KEEP_BUNDLES) {
        add_bundle(&p->bundles[size_class], list);
        p->bundle_count[size_class]++;
    } else {
        (void)pthread_mutex_lock(&h->lock);
        add_bundle(&h->free[size_class], list);
        (void)pthread_mutex_unlock(&h->lock);
    }
}

static void *allocate_alone(vm *t, size_t size) {
    heap *h = t->rt->heap;
    (void)pthread_mutex_lock(&h->lock);
    chunk *c = chunk_new(h, (size + GRAIN - 1) & ~(size_t)(GRAIN - 1), 1);
    if (c != NULL) {
        c->count = 1;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return c != NULL ? slot_at(c, 0) : NULL;
}

WEFT_ALWAYS_INLINE void *take_slot(heap *h, pool *p, size_t size_class) {
    if (WEFT_UNLIKELY(p->slots[size_class] == NULL) && !refill(h, p, size_class)) {
        return NULL;
    }
    slot *s = p->slots[size_class];
    int32_t bytes = (int32_t)size_of_class(size_class);
    p->slots[size_class] = s->next;
    p->bytes[size_class] -= bytes;
    UNPOISON(s, (size_t)bytes);
    return s;
}

void *object_new(vm *t, size_t size, unsigned type) {
    weft_ref *made = (weft_ref *)(WEFT_LIKELY(size <= SMALL_MAX)
                                      ? take_slot(t->rt->heap, &t->objects, class_of_size(size))
                                      : allocate_alone(t, size));
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

WEFT_ALWAYS_INLINE void keep_slot(heap *h, pool *p, slot *s, size_t size_class, size_t bytes) {
    s->next = p->slots[size_class];
    p->slots[size_class] = s;
    p->bytes[size_class] += (int32_t)bytes;
    if (WEFT_UNLIKELY(p->bytes[size_class] >= KEEP_BYTES)) {
        bundle_up(h, p, size_class);
    }
}

/* An object alone, or what no thread keeps. */
static void free_in_heap(chunk *c, slot *s) {
    heap *h = c->heap;
    (void)pthread_mutex_lock(&h->lock);
    slot *first = h->free[c->size_class];
    if (c->size_class == 0) {
        chunk_free(c);
    } else { /* in front of a bundle */
        s->next = first;
        s->others = first != NULL ? first->others : NULL;
        h->free[c->size_class] = s;
    }
    (void)pthread_mutex_unlock(&h->lock);
}

void object_free(weft_ref *object) {
    if (weft_load_relaxed_u16(&object->host) == T_STR) {
        weft_symbol_free((weft_symbol *)object);
        return;
    }
    chunk *c = chunk_of(object);
    vm *t = current;
    slot *s = (slot *)object;
    size_t size_class = c->size_class;
    weft_store_relaxed_u16(&s->head.host, T_FREE);
    POISON(s + 1, c->slot - sizeof *s);
    if (t != NULL) {
        t->growth--;
    }
    if (WEFT_UNLIKELY(t == NULL || size_class == 0)) {
        free_in_heap(c, s);
        return;
    }
    keep_slot(c->heap, &t->objects, s, size_class, c->slot);
}

size_t object_size(const weft_ref *object) {
    switch (weft_load_relaxed_u16(&object->host)) {
    case T_STR:
        return weft_symbol_size((const weft_symbol *)object);
    case T_INT: /* most of what is asked for: without a look at the chunk's header */
    case T_FLOAT:
        return sizeof(box);
    case T_OBJECT:
        return sizeof(struct object);
    default:
        return weft_load_relaxed_u32(&object->local) == WEFT_REF_IMMORTAL ? WEFT_REF_SMALLEST
                                                                          : chunk_of(object)->slot;
    }
}

static void return_pool(heap *h, pool *p) {
    (void)pthread_mutex_lock(&h->lock);
    for (size_t size_class = 0; size_class < POOL_CLASSES; size_class++) {
        if (p->slots[size_class] != NULL) {
            add_bundle(&p->bundles[size_class], p->slots[size_class]);
        }
        while (p->bundles[size_class] != NULL) {
            add_bundle(&h->free[size_class], take_bundle(&p->bundles[size_class]));
        }
    }
    (void)pthread_mutex_unlock(&h->lock);
    *p = (pool){0};
}

void memory_return(vm *t) {
    return_pool(t->rt->heap, &t->objects);
    return_pool(&tables, &t->tables);
}

/* ---- what weft and GMP ask for -------------------------------------------------------------------- */

static size_t class_of_table(size_t size) {
    return class_of_size(size < sizeof(slot) ? sizeof(slot) : size);
}

/* For who has no vm. */
static WEFT_NOINLINE void *take_from_all(heap *h, size_t size_class) {
    pool p = {0};
    void *taken = take_slot(h, &p, size_class);
    return_pool(h, &p);
    return taken;
}

static void *host_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    vm *t = current;
    if (WEFT_LIKELY(size <= TABLE_MAX && alignment <= GRAIN)) {
        return t != NULL ? take_slot(&tables, &t->tables, class_of_table(size))
                         : take_from_all(&tables, class_of_table(size));
    }
    void *memory = NULL;
    if (alignment <= GRAIN) {
        return malloc(size);
    }
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

static void host_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    vm *t = current;
    if (WEFT_UNLIKELY(memory == NULL || size > TABLE_MAX || alignment > GRAIN)) {
        free(memory);
    } else if (t != NULL) {
        size_t size_class = class_of_table(size);
        keep_slot(&tables, &t->tables, (slot *)memory, size_class, size_of_class(size_class));
    } else {
        free_in_heap(chunk_of(memory), (slot *)memory);
    }
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
#ifdef __GLIBC__
    /* One of malloc's arenas for each processor, not eight: threads come and go, and what one has left in an arena stays there. After
     * 600 rounds of tests/stress 8.7 MB were resident with two, 13.4 MB with sixteen. */
    (void)mallopt(M_ARENA_MAX, (int)sysconf(_SC_NPROCESSORS_ONLN));
#endif
    weft_host_set(&HOST);
    mp_set_memory_functions(gmp_allocate, gmp_reallocate, gmp_free);
}

/* ---- giving memory back --------------------------------------------------------------------------- */

/* Counts each chunk's free slots in the heap's lists. */
static void count_free(heap *h) {
    for (size_t size_class = 0; size_class < POOL_CLASSES; size_class++) {
        for (slot *bundle = h->free[size_class]; bundle != NULL; bundle = bundle->others) {
            for (slot *s = bundle; s != NULL; s = s->next) {
                chunk_of(s)->free++;
            }
        }
    }
}

/* Leaves `free` above 0 only in chunks that are to go. False: none. */
static bool choose_empty(heap *h) {
    size_t empty = 0, used = 0;
    for (chunk *c = h->chunks; c != NULL; c = c->next) {
        c->free = c->free == c->count ? 1 : 0; /* an object alone has none */
        empty += c->free;
        used += 1 - c->free;
    }
    size_t stay = EMPTY_CHUNKS + used / 2;
    for (chunk *c = h->chunks; c != NULL && stay > 0; c = c->next) {
        stay -= c->free;
        c->free = 0;
    }
    return empty > EMPTY_CHUNKS + used / 2;
}

/* Slots that stay, in bundles anew. */
static void unlink_slots(heap *h, size_t size_class) {
    slot *bundle = h->free[size_class];
    slot *list = NULL;
    size_t bytes = 0;
    h->free[size_class] = NULL;
    while (bundle != NULL) {
        slot *s = bundle;
        bundle = bundle->others;
        for (slot *next; s != NULL; s = next) {
            next = s->next;
            if (chunk_of(s)->free != 0) {
                continue;
            }
            s->next = list;
            list = s;
            bytes += chunk_of(s)->slot;
            if (bytes >= KEEP_BYTES) {
                add_bundle(&h->free[size_class], list);
                list = NULL;
                bytes = 0;
            }
        }
    }
    if (list != NULL) {
        add_bundle(&h->free[size_class], list);
    }
}

static void trim(heap *h) {
    (void)pthread_mutex_lock(&h->lock);
    count_free(h);
    if (choose_empty(h)) {
        for (size_t size_class = 0; size_class < POOL_CLASSES; size_class++) {
            unlink_slots(h, size_class);
            if (h->open[size_class] != NULL && h->open[size_class]->free != 0) {
                h->open[size_class] = NULL;
            }
        }
        for (chunk *c = h->chunks, *next; c != NULL; c = next) {
            next = c->next;
            if (c->free != 0) {
                chunk_free(c);
            }
        }
    }
    (void)pthread_mutex_unlock(&h->lock);
}

void memory_trim(vm *t) {
    memory_return(t);
    trim(t->rt->heap);
    trim(&tables);
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

static size_t heap_bytes(heap *h) {
    size_t bytes = 0;
    (void)pthread_mutex_lock(&h->lock);
    for (const chunk *c = h->chunks; c != NULL; c = c->next) {
        bytes += chunk_bytes(c);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return bytes;
}

memory_figures memory_look(vm *t) {
    heap *h = t->rt->heap;
    memory_figures figures = {0};
    weft_qsbr_statistics waiting;
    weft_ref_statistics counts;
    spares_drop(t);
    if (weft_world_stop(t->weft) == WEFT_THREAD_OK) {
        figures.objects = memory_live(h);
        weft_world_resume(t->weft);
    }
    figures.heap = heap_bytes(h);
    figures.tables = heap_bytes(&tables);
    weft_qsbr_get_statistics(t->rt->weft, &waiting);
    weft_ref_get_statistics(t->rt->weft, &counts);
    figures.waiting = waiting.pending;
    figures.blocks = counts.blocks;
    figures.symbols = weft_symbol_count(&t->rt->symbols);
#ifdef __GLIBC__
    figures.tables += mallinfo2().uordblks;
#endif
    return figures;
}
