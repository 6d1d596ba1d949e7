#define _POSIX_C_SOURCE 200809L
#include "symbol_scenarios.h"

#include "symbol_support.h"
#include "thread_support.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <sys/mman.h>
#include <unistd.h>
#endif

#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
#define SOME(many) ((many) / 10)
#else
#define SOME(many) (many)
#endif

/* ---- threads --------------------------------------------------------------------------------------- */

/* A thread of the runtime that does one thing until it has done it, or is told to stop. */
typedef struct worker {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_thread *self;
    void (*work)(struct worker *one);
    weft_symbol_table *table;
    weft_atomic_u32 ready;
    weft_atomic_u32 stop;
    uint64_t random;
    uint32_t number;
    uint64_t done;
} worker;

static void worker_run(void *argument) {
    worker *one = argument;
    CHECK(weft_thread_register(one->runtime, NULL, &one->self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(one->self) == WEFT_THREAD_OK);
    weft_store_release_u32(&one->ready, 1);
    one->work(one);
    weft_thread_unregister(one->self);
}

static void start(worker *one, weft_thread *self, weft_symbol_table *table,
                  void (*work)(worker *one)) {
    one->runtime = weft_thread_runtime(self);
    one->table = table;
    one->work = work;
    weft_store_relaxed_u32(&one->ready, 0);
    weft_store_relaxed_u32(&one->stop, 0);
    one->done = 0;
    scenario_start(&one->thread, worker_run, one);
    AWAIT(weft_load_acquire_u32(&one->ready) != 0);
}

static bool stopped(const worker *one) {
    return weft_load_acquire_u32(&one->stop) != 0;
}

static void finish(worker *one, weft_thread *self) {
    weft_store_release_u32(&one->stop, 1);
    weft_thread_detach(self);
    scenario_join(&one->thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
}

static void breathe(weft_thread *self) {
    (void)weft_thread_safepoint(self);
    weft_qsbr_quiescent(self);
}

static weft_thread *begin(weft_symbol_table *table, const weft_symbol_options *options) {
    weft_thread *self = symbol_begin();
    CHECK(weft_symbol_table_init(self, table, options) == WEFT_SYMBOL_OK);
    return self;
}

/* Nothing is left in the table. */
static void end(weft_thread *self, weft_symbol_table *table) {
    while (symbol_objects(self) != 0) { /* what other threads owned is merged at safepoints */
    }
    CHECK(weft_symbol_count(table) == 0);
    weft_symbol_table_end(table, NULL, NULL);
    symbol_end(self);
}

/* ---- one thread is made to be late ------------------------------------------------------------------ */

/* The hook `made` stands between an interner's look and its insertion: what another thread does in that moment. */
static struct late {
    weft_atomic_u32 arrived; /* the late thread is in its hook */
    weft_atomic_u32 go;
    uint32_t armed;
} late;

static void wait_in_made(void *context, weft_thread *self, weft_symbol *symbol) {
    (void)context;
    (void)self;
    if (late.armed != 0 && symbol_is(symbol, 7)) {
        late.armed = 0;
        weft_store_release_u32(&late.arrived, 1);
        AWAIT(weft_load_acquire_u32(&late.go) != 0);
    }
}

static weft_symbol *late_result;
static weft_symbol *meanwhile_seven; /* kept by the other thread, or NULL */
static void interns_seven_late(worker *one) {
    late_result = symbol_intern(one->self, one->table, 7);
    CHECK(symbol_is(late_result, 7));
}

/* `meanwhile` runs while the other thread, which wants to intern 7, stands between look and insertion. */
static void with_a_late_interner(void (*meanwhile)(weft_thread *self, weft_symbol_table *table),
                                 uint64_t (*hash)(void *, const void *, size_t)) {
    static worker one;
    weft_symbol_table table;
    weft_symbol_options options = {.made = wait_in_made, .hash = hash};
    weft_thread *self = begin(&table, &options);
    late.armed = 1;
    weft_store_relaxed_u32(&late.arrived, 0);
    weft_store_relaxed_u32(&late.go, 0);
    start(&one, self, &table, interns_seven_late);
    AWAIT(weft_load_acquire_u32(&late.arrived) != 0);
    meanwhile(self, &table);
    weft_store_release_u32(&late.go, 1);
    finish(&one, self);
    weft_symbol *seven = symbol_intern(self, &table, 7);
    CHECK(seven == late_result);
    symbol_drop(self, seven);
    symbol_drop(self, late_result);
    if (meanwhile_seven != NULL) {
        CHECK(meanwhile_seven == seven);
        symbol_drop(self, meanwhile_seven);
        meanwhile_seven = NULL;
    }
    end(self, &table);
}

static void intern_seven(weft_thread *self, weft_symbol_table *table) {
    meanwhile_seven = symbol_intern(self, table, 7);
}

/* The slower of two interners of one text takes the other's symbol. */
static void the_second_interner_takes_the_first_symbol(void) {
    weft_symbol_statistics before;
    weft_symbol_statistics after;
    weft_symbol_get_statistics(&before);
    with_a_late_interner(intern_seven, NULL);
    weft_symbol_get_statistics(&after);
    CHECK(!WEFT_STATISTICS || after.lost == before.lost + 1);
}

/* Another symbol took the cell; it died and left a hole; both. */
static void take_and_leave(weft_thread *self, weft_symbol_table *table) {
    for (uint64_t i = 100; i < 104; i++) {
        symbol_drop(self, symbol_intern(self, table, i));
    }
}
static void the_cell_is_taken_between_look_and_insertion(void) {
    with_a_late_interner(take_and_leave, NULL);
    with_a_late_interner(take_and_leave, symbol_poor_hash);
}

/* The text came and went. */
static void seven_comes_and_goes(weft_thread *self, weft_symbol_table *table) {
    symbol_drop(self, symbol_intern(self, table, 7));
}
static void the_text_comes_and_goes_between_look_and_insertion(void) {
    with_a_late_interner(seven_comes_and_goes, NULL);
    with_a_late_interner(seven_comes_and_goes, symbol_poor_hash);
}

/* The table grows, several times: what the late thread looked at is frozen, and no part of the table any more. */
static void grow_much(weft_thread *self, weft_symbol_table *table) {
    size_t before = weft_symbol_table_bytes(table);
    static weft_symbol *symbols[1000];
    for (uint64_t i = 0; i < 1000; i++) {
        symbols[i] = symbol_intern(self, table, 1000 + i);
    }
    CHECK(weft_symbol_table_bytes(table) > before);
    for (uint64_t i = 0; i < 1000; i++) {
        symbol_drop(self, symbols[i]);
    }
}
static void the_table_grows_between_look_and_insertion(void) {
    with_a_late_interner(grow_much, NULL);
    with_a_late_interner(grow_much, symbol_poor_hash);
}

/* ---- many threads ---------------------------------------------------------------------------------- */

enum { THREADS = 4, SHARED_TEXTS = 3000 };

static weft_symbol *kept[THREADS][SHARED_TEXTS];
static weft_atomic_u32 at_the_start;

static void together(worker *one, uint32_t count) {
    (void)one;
    weft_fetch_add_acq_rel_u32(&at_the_start, 1);
    AWAIT(weft_load_acquire_u32(&at_the_start) >= count);
}

static void interns_all(worker *one) {
    together(one, THREADS);
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        uint32_t number = (one->number % 2 == 0) ? i : SOME(SHARED_TEXTS) - 1 - i;
        kept[one->number][number] = symbol_intern(one->self, one->table, number);
        CHECK(symbol_is(kept[one->number][number], number));
        weft_symbol *again = symbol_find(one->self, one->table, number);
        CHECK(again == kept[one->number][number]);
        symbol_drop(one->self, again);
        breathe(one->self);
    }
}

static int forget(void *argument, weft_symbol *symbol) {
    (void)argument;
    weft_symbol_free(symbol);
    return 0;
}

/* The same texts by all threads at once, while the table grows: all get the same symbols. */
static void intern_the_same(bool immortal, uint64_t (*hash)(void *, const void *, size_t)) {
    static worker workers[THREADS];
    weft_symbol_table table;
    weft_symbol_options options = {.immortal = immortal, .hash = hash};
    weft_thread *self = begin(&table, &options);
    weft_store_relaxed_u32(&at_the_start, 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].number = i;
        start(&workers[i], self, &table, interns_all);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        finish(&workers[i], self);
    }
    CHECK(weft_symbol_count(&table) == SOME(SHARED_TEXTS));
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        for (uint32_t t = 0; t < THREADS; t++) {
            CHECK(kept[t][i] == kept[0][i]);
            symbol_drop(self, kept[t][i]);
        }
    }
    if (immortal) {
        weft_symbol_table_end(&table, forget, NULL);
        CHECK(weft_symbol_table_init(self, &table, NULL) == WEFT_SYMBOL_OK);
    }
    end(self, &table);
}

static void all_threads_get_the_same_symbols(void) {
    intern_the_same(false, NULL);
    intern_the_same(true, NULL);
}

/* Few texts that come and go on all threads: whoever holds a symbol says so, and nobody else holds another one with
 * the same text. The stores before the loads, in one order for all: of two that hold different ones at once, one sees the other. */
enum { CHURNED = 5 };
static weft_atomic_ptr holding[THREADS][CHURNED];

static void churns(worker *one) {
    weft_symbol *mine[CHURNED] = {NULL};
    uint64_t until = support_stress_end();
    together(one, THREADS);
    for (uint64_t round = 0; round < 2000 || weft_now_ns() < until; round++) {
        uint32_t number = (uint32_t)(scenario_random(&one->random) >> 32) % CHURNED;
        weft_atomic_ptr *said = &holding[one->number][number];
        if (mine[number] == NULL) {
            bool finds = round % 7 == 0;
            weft_symbol *symbol = finds ? symbol_find(one->self, one->table, number)
                                        : symbol_intern(one->self, one->table, number);
            if (symbol == NULL) {
                CHECK(finds);
                continue;
            }
            CHECK(symbol_is(symbol, number));
            mine[number] = symbol;
            weft_store_seq_cst_ptr(said, symbol);
            for (uint32_t t = 0; t < THREADS; t++) {
                weft_symbol *other = weft_load_seq_cst_ptr(&holding[t][number]);
                CHECK(other == NULL || other == symbol);
            }
            one->done++;
        } else {
            weft_store_seq_cst_ptr(said, NULL);
            symbol_drop(one->self, mine[number]);
            mine[number] = NULL;
        }
        if (round % 4 == 0) {
            breathe(one->self);
        }
    }
    for (uint32_t number = 0; number < CHURNED; number++) {
        weft_store_seq_cst_ptr(&holding[one->number][number], NULL);
        if (mine[number] != NULL) {
            symbol_drop(one->self, mine[number]);
        }
    }
}

static void churn_by_all(uint64_t (*hash)(void *, const void *, size_t)) {
    static worker workers[THREADS];
    weft_symbol_table table;
    weft_symbol_options options = {.hash = hash};
    weft_thread *self = begin(&table, &options);
    uint64_t random = scenario_seed();
    weft_store_relaxed_u32(&at_the_start, 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].number = i;
        workers[i].random = scenario_random(&random) | 1;
        start(&workers[i], self, &table, churns);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        finish(&workers[i], self);
        CHECK(workers[i].done > 0);
    }
    CHECK(weft_symbol_table_bytes(&table) <= 4000);
    end(self, &table);
}

static void two_living_symbols_never_exist(void) {
    churn_by_all(NULL);
    churn_by_all(symbol_poor_hash);
}

/* Readers that look for what is always there, and for what never is, while the table grows and shrinks. */
enum { STANDING = 64 };
static weft_symbol *standing[STANDING];

static void looks_up(worker *one) {
    while (!stopped(one)) {
        uint32_t number = (uint32_t)(scenario_random(&one->random) >> 32) % STANDING;
        weft_symbol *found = symbol_find(one->self, one->table, number);
        CHECK(found == standing[number]);
        if (found != NULL) {
            symbol_drop(one->self, found);
        }
        CHECK(symbol_find(one->self, one->table, 1000000 + number) == NULL);
        one->done++;
        breathe(one->self);
    }
}

static void look_ups_during_growth(void) {
    static worker readers[2];
    enum { MANY = SOME(5000) };
    static weft_symbol *many[MANY];
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    uint64_t until = support_stress_end();
    for (uint32_t i = 0; i < STANDING; i++) {
        standing[i] = symbol_intern(self, &table, i);
    }
    for (uint32_t i = 0; i < 2; i++) {
        readers[i].random = i + 1;
        start(&readers[i], self, &table, looks_up);
    }
    do {
        for (uint32_t i = 0; i < MANY; i++) {
            many[i] = symbol_intern(self, &table, 1000 + i);
            breathe(self);
        }
        for (uint32_t i = 0; i < MANY; i++) {
            symbol_drop(self, many[i]);
        }
        for (uint32_t i = 0; i < 2 * MANY; i++) { /* smaller again */
            symbol_drop(self, symbol_intern(self, &table, 1000 + i % 3));
            breathe(self);
        }
    } while (weft_now_ns() < until);
    for (uint32_t i = 0; i < 2; i++) {
        finish(&readers[i], self);
    }
    for (uint32_t i = 0; i < STANDING; i++) {
        symbol_drop(self, standing[i]);
    }
    end(self, &table);
}

/* Symbols that one thread has made die on others, which own none of them. */
static void drops_all_of_the_first(worker *one) {
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        symbol_drop(one->self, kept[0][i]);
        breathe(one->self);
    }
}
static void symbols_die_on_other_threads(void) {
    static worker one;
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        kept[0][i] = symbol_intern(self, &table, i);
    }
    start(&one, self, &table, drops_all_of_the_first);
    finish(&one, self);
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS);
         i++) { /* dead, or still to be merged by this thread */
        symbol_drop(self, symbol_intern(self, &table, i));
    }
    end(self, &table);
}

/* One string becomes a symbol by all threads at once. */
static weft_symbol *offered[SHARED_TEXTS];
static void interns_what_is_offered(worker *one) {
    together(one, THREADS);
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        weft_symbol *symbol = NULL;
        CHECK(weft_symbol_intern_made(one->self, one->table, offered[i], &symbol) ==
              WEFT_SYMBOL_OK);
        CHECK(symbol == offered[i]);
        symbol_drop(one->self, symbol);
        breathe(one->self);
    }
}
static void strings_become_symbols_by_all_at_once(void) {
    static worker workers[THREADS];
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    char text[SYMBOL_TEXT];
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        size_t length = symbol_text(i, text);
        CHECK(weft_symbol_make(self, &table, text, length, &offered[i]) == WEFT_SYMBOL_OK);
    }
    weft_store_relaxed_u32(&at_the_start, 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        start(&workers[i], self, &table, interns_what_is_offered);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        finish(&workers[i], self);
    }
    CHECK(weft_symbol_count(&table) == SOME(SHARED_TEXTS));
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        symbol_drop(self, offered[i]);
    }
    end(self, &table);
}

#ifndef _WIN32

/* ---- nobody waits ---------------------------------------------------------------------------------- */

#if !WEFT_TSAN &&                                                                                  \
    !defined(__SANITIZE_ADDRESS__) /* these hold signals back, and lock when they allocate */

/* A thread is stopped by a signal wherever it is in its interning, and the others go on. Memory comes from where no lock
 * is: the stopped one may be in there. */
static unsigned char *pool;
static weft_atomic_uptr pool_used;
#define POOL_BYTES ((size_t)64 << 20)

static void pool_make(void) {
    pool = aligned_alloc((size_t)1 << 16, POOL_BYTES);
    CHECK(pool != NULL);
    weft_store_relaxed_uptr(&pool_used, 0);
}

static void *pool_take(void *context, size_t size, size_t alignment) {
    (void)context;
    size_t from = weft_fetch_add_relaxed_uptr(&pool_used, size + alignment) + alignment - 1;
    return from + size > POOL_BYTES ? NULL : pool + (from & ~(alignment - 1));
}
static void pool_leave(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)memory;
    (void)size;
    (void)alignment;
}

static weft_atomic_u32 caught;
static weft_atomic_u32 released;
static void stand_still(int number) {
    (void)number;
    weft_store_release_u32(&caught, 1);
    while (weft_load_acquire_u32(&released) == 0) {
        sched_yield();
    }
}

static void interns_and_drops(worker *one) {
    for (uint64_t i = 0; !stopped(one); i++) {
        weft_symbol *symbols[8];
        if (weft_load_relaxed_uptr(&pool_used) > POOL_BYTES / 2) {
            sched_yield(); /* the other thread is late */
            continue;
        }
        for (uint64_t j = 0; j < 8; j++) {
            symbols[j] = symbol_intern(one->self, one->table, 100 * i + j);
        }
        for (uint64_t j = 0; j < 8; j++) {
            CHECK(symbol_is(symbols[j], 100 * i + j));
            symbol_drop(one->self, symbols[j]);
        }
        one->done++;
    }
}

static void nobody_waits_for_a_thread_that_stands_still(void) {
    static const weft_host POOL = {.allocate = pool_take, .free = pool_leave};
    enum { ROUNDS = 30, TEXTS = 200 };
    for (unsigned round = 0; round < ROUNDS; round++) {
        static worker victim;
        weft_symbol_table table;
        weft_symbol *symbols[TEXTS];
        weft_thread *self = symbol_begin();
        pool_make();
        weft_host_set(&POOL);
        CHECK(weft_symbol_table_init(self, &table, NULL) == WEFT_SYMBOL_OK);
        weft_store_relaxed_u32(&caught, 0);
        weft_store_relaxed_u32(&released, 0);
        struct sigaction action;
        struct sigaction before;
        memset(&action, 0, sizeof action);
        action.sa_handler = stand_still;
        CHECK(sigaction(SIGUSR1, &action, &before) == 0);
        start(&victim, self, &table, interns_and_drops);
        for (unsigned i = 0; i < round; i++) {
            sched_yield();
        }
        CHECK(pthread_kill(victim.thread.id, SIGUSR1) == 0);
        AWAIT(weft_load_acquire_u32(&caught) != 0);
        for (uint32_t i = 0; i < TEXTS; i++) { /* three growths */
            symbols[i] = symbol_intern(self, &table, 1000000 + i);
            CHECK(symbol_is(symbols[i], 1000000 + i));
        }
        for (uint32_t i = 0; i < TEXTS; i++) {
            weft_symbol *found = symbol_find(self, &table, 1000000 + i);
            CHECK(found == symbols[i]);
            symbol_drop(self, found);
            symbol_drop(self, found);
            CHECK(symbol_find(self, &table, 1000000 + i) == NULL);
        }
        weft_store_release_u32(&released, 1);
        finish(&victim, self);
        CHECK(sigaction(SIGUSR1, &before, NULL) == 0);
        (void)symbol_objects(self);
        CHECK(weft_symbol_count(&table) == 0);
        weft_symbol_table_end(&table, NULL, NULL);
        symbol_end(self);
        free(pool);
    }
}

/* One thread is stopped where it freezes the first cell of a page, by taking away the right to write there; whoever else comes
 * gets that right back, and goes on. So it has begun to copy a chunk, and does not end.
 *
 * The numbers of texts are the cells where their probes begin, as long as the array has so many. */
static struct blocked {
    unsigned char *root; /* the first array */
    size_t root_bytes;
    size_t page;
    unsigned char *locked; /* nobody may write to this page */
    pthread_t victim;
    bool arrays_fail;
    size_t cell; /* the first of the page */
    weft_atomic_u32 finished;
} blocked;

static uint64_t cell_hash(void *context, const void *text, size_t length) {
    const char *digits = text;
    uint64_t number = 0;
    (void)context;
    for (size_t i = 1; i < length; i++) {
        number = number * 10 + (uint64_t)(digits[i] - '0');
    }
    return number << 4 | (number * UINT64_C(0x9E3779B97F4A7C15)) >> 48 << 48;
}

static void *page_take(void *context, size_t size, size_t alignment) {
    if (size < blocked.root_bytes / 2) {
        return pool_take(context, size, alignment);
    }
    if (blocked.arrays_fail) {
        return NULL;
    }
    size_t bytes = (size + blocked.page - 1) / blocked.page * blocked.page;
    unsigned char *memory = pool_take(context, bytes, blocked.page);
    if (memory != NULL) {
        memset(memory, 0, bytes);
        blocked.root = blocked.root != NULL ? blocked.root : memory;
    }
    return memory;
}

static void stop_the_victim(int number) {
    (void)number;
    if (!pthread_equal(pthread_self(), blocked.victim)) {
        (void)mprotect(blocked.locked, blocked.page, PROT_READ | PROT_WRITE);
        return;
    }
    stand_still(number);
}

/* Interns what is there, and copies a chunk each time, until it is stopped. */
static void copies_until_it_is_stopped(worker *one) {
    blocked.victim = pthread_self();
    while (!stopped(one) && weft_load_acquire_u32(&caught) == 0) {
        symbol_drop(one->self, symbol_intern(one->self, one->table, 0));
        breathe(one->self);
    }
}

/* A text whose place is in the page; then so many that the next array is full. */
static void fills_the_next_array(worker *one) {
    weft_symbol **symbols = malloc(one->number * sizeof *symbols);
    uint64_t first = blocked.cell;
    CHECK(symbols != NULL);
    for (uint32_t i = 0; i < one->number; i++) {
        uint64_t number = i == 0 ? first : 1000000 + (uint64_t)i * 7;
        symbols[i] = symbol_intern(one->self, one->table, number);
        CHECK(symbol_is(symbols[i], number));
        weft_symbol *found = symbol_find(one->self, one->table, number);
        CHECK(found == symbols[i]);
        symbol_drop(one->self, found);
    }
    weft_store_release_u32(&blocked.finished, 1);
    while (!stopped(one)) {
        sched_yield();
    }
    for (uint32_t i = 0; i < one->number; i++) {
        symbol_drop(one->self, symbols[i]);
    }
    free(symbols);
}

/* `filled`: the page's cells have symbols; else they are empty. */
static void copy_beside_a_blocked_thread(bool filled) {
    static const weft_host PAGES = {.allocate = page_take, .free = pool_leave};
    static worker victim;
    static worker other;
    weft_symbol_table table;
    struct sigaction action;
    struct sigaction before[2];
    weft_thread *self = symbol_begin();
    pool_make();
    memset(&blocked, 0, sizeof blocked);
    blocked.page = (size_t)sysconf(_SC_PAGESIZE);
    size_t cells = blocked.page; /* eight pages of them */
    blocked.root_bytes = cells * 8;
    weft_host_set(&PAGES);
    weft_symbol_options options = {.hash = cell_hash, .expected = cells / 8 * 5};
    CHECK(weft_symbol_table_init(self, &table, &options) == WEFT_SYMBOL_OK);
    size_t header = weft_symbol_table_bytes(&table) - cells * 8;
    CHECK(blocked.root != NULL && header < blocked.page);
    weft_symbol **symbols = malloc(cells * sizeof *symbols);
    CHECK(symbols != NULL);
    blocked.arrays_fail = true; /* full, and not yet growing */
    for (size_t i = 0; i < cells / 4 * 3; i++) {
        symbols[i] = symbol_intern(self, &table, i);
        CHECK(symbols[i] != NULL);
    }
    blocked.arrays_fail = false;
    symbols[cells / 4 * 3] = symbol_intern(self, &table, cells - 4);
    CHECK(weft_symbol_table_bytes(&table) > 2 * cells * 8);
    size_t number_of_page = filled ? 3 : 7;
    blocked.locked = blocked.root + number_of_page * blocked.page;
    blocked.cell = (number_of_page * blocked.page - header) / 8;
    weft_store_relaxed_u32(&caught, 0);
    weft_store_relaxed_u32(&released, 0);
    memset(&action, 0, sizeof action);
    action.sa_handler = stop_the_victim;
    CHECK(sigaction(SIGSEGV, &action, &before[0]) == 0);
    CHECK(sigaction(SIGBUS, &action, &before[1]) == 0);
    CHECK(mprotect(blocked.locked, blocked.page, PROT_READ) == 0);
    start(&victim, self, &table, copies_until_it_is_stopped);
    AWAIT(weft_load_acquire_u32(&caught) != 0);
    size_t next = (weft_symbol_table_bytes(&table) - 2 * header) / 8 - cells;
    other.number = (uint32_t)(next / 4 * 3);
    start(&other, self, &table, fills_the_next_array);
    AWAIT(weft_load_acquire_u32(&blocked.finished) != 0);
    CHECK(weft_symbol_count(&table) >= cells / 4 * 3 + other.number);
    weft_store_release_u32(&released, 1);
    finish(&victim, self);
    finish(&other, self);
    CHECK(sigaction(SIGSEGV, &before[0], NULL) == 0);
    CHECK(sigaction(SIGBUS, &before[1], NULL) == 0);
    for (size_t i = 0; i <= cells / 4 * 3; i++) {
        symbol_drop(self, symbols[i]);
    }
    free(symbols);
    (void)symbol_objects(self);
    CHECK(weft_symbol_count(&table) == 0);
    weft_symbol_table_end(&table, NULL, NULL);
    symbol_end(self);
    free(pool);
}

static void nobody_waits_for_who_copies(void) {
    copy_beside_a_blocked_thread(false);
    copy_beside_a_blocked_thread(true);
}
#endif

/* ---- fork ------------------------------------------------------------------------------------------ */

static void child_uses_the_table(weft_thread *self, void *argument) {
    weft_symbol_table *table = argument;
    for (uint32_t i = 0; i < 500; i++) {
        weft_symbol *symbol = symbol_intern(self, table, i);
        CHECK(symbol_is(symbol, i));
        weft_symbol *found = symbol_find(self, table, i);
        CHECK(found == symbol);
        symbol_drop(self, found);
        if (i >= STANDING) {
            symbol_drop(self, symbol);
        } else {
            CHECK(symbol == standing[i]);
        }
    }
}

static void interns_new_ones(worker *one) {
    for (uint64_t i = 0; !stopped(one); i++) {
        symbol_drop(one->self, symbol_intern(one->self, one->table, 500 + i % 300));
        breathe(one->self);
    }
}

static int counts_the_living(void *argument, weft_symbol *symbol) {
    (void)symbol;
    ++*(size_t *)argument;
    return 0;
}

static void child_counts(weft_thread *self, void *argument) {
    weft_symbol_table *table = argument;
    size_t living = 0;
    (void)self;
    CHECK(weft_symbol_traverse(table, counts_the_living, &living) == 0);
    CHECK(weft_symbol_count(table) == living);
}

/* At every stage of a growth, and while another thread interns: a fork stops it between two calls. */
static void children_have_the_right_count(void) {
#if SCENARIO_FORK_AMONG_RUNNING_THREADS
    enum { MANY = 400 };
    static weft_symbol *many[MANY];
    static worker one;
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    unsigned growing = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        size_t before = weft_symbol_table_bytes(&table);
        many[i] = symbol_intern(self, &table, 1000 + i);
        if (weft_symbol_table_bytes(&table) > before) {
            growing = 4;
        }
        if (growing != 0) {
            growing--;
            support_fork(self, child_counts, &table);
        }
    }
    weft_store_relaxed_u32(&at_the_start, THREADS - 1);
    one.number = 0;
    start(&one, self, &table, interns_all);
    for (unsigned i = 0; i < 5; i++) {
        support_fork(self, child_counts, &table);
        breathe(self);
    }
    weft_thread_detach(self); /* the other may wait for what this one owns */
    AWAIT(scenario_finished(&one.thread));
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    support_fork(self, child_counts, &table); /* beside a thread that ended and was not joined */
    finish(&one, self);
    for (uint32_t i = 0; i < SOME(SHARED_TEXTS); i++) {
        symbol_drop(self, kept[0][i]);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        symbol_drop(self, many[i]);
    }
    end(self, &table);
#else
    (void)child_counts;
#endif
}

static void children_have_usable_tables(void) {
#if SCENARIO_FORK_AMONG_RUNNING_THREADS
    static worker one;
    weft_symbol_table table;
    weft_thread *self = begin(&table, NULL);
    for (uint32_t i = 0; i < STANDING; i++) {
        standing[i] = symbol_intern(self, &table, i);
    }
    start(&one, self, &table, interns_new_ones);
    for (unsigned i = 0; i < 5; i++) {
        support_fork(self, child_uses_the_table, &table);
        breathe(self);
    }
    finish(&one, self);
    for (uint32_t i = 0; i < STANDING; i++) {
        symbol_drop(self, standing[i]);
    }
    end(self, &table);
#else
    (void)child_uses_the_table;
    (void)interns_new_ones;
#endif
}
#endif

/* ---- the end of a runtime --------------------------------------------------------------------------- */

/* A symbol that another thread drops dies in the hands of an interner that copies it, and the dealloc hook comes back to a closed
 * runtime: so does interning, without another look at the table. */
static struct closing {
    weft_atomic_ptr interner; /* while it interns */
    weft_atomic_u32 inside;
    weft_atomic_u32 closed;
} closing;

static void comes_back_detached(weft_thread *self, weft_symbol *symbol) {
    (void)symbol;
    if (self != weft_load_relaxed_ptr(&closing.interner) ||
        weft_load_relaxed_u32(&closing.inside) != 0) {
        return;
    }
    weft_thread_detach(self);
    weft_store_release_u32(&closing.inside, 1);
    AWAIT(weft_load_acquire_u32(&closing.closed) != 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
}

static void interns_until_closed(worker *one) {
    weft_thread *self = one->self;
    for (uint64_t i = 0; weft_load_relaxed_u32(&closing.inside) == 0; i++) {
        char text[SYMBOL_TEXT];
        size_t length = symbol_text(2 * i, text);
        weft_symbol *symbol;
        weft_store_relaxed_ptr(&closing.interner, self);
        weft_symbol_result result = weft_symbol_intern(self, one->table, text, length, &symbol);
        weft_store_relaxed_ptr(&closing.interner, NULL);
        if (weft_load_relaxed_u32(&closing.inside) != 0) {
            CHECK(result == WEFT_SYMBOL_CLOSED);
        } else {
            CHECK(result == WEFT_SYMBOL_OK);
            symbol_drop(self, symbol);
            breathe(self);
        }
    }
}

static void interning_that_comes_back_to_a_closed_runtime(void) {
    static weft_symbol_table table;
    static worker one;
    weft_thread *self = begin(&table, NULL);
    weft_store_relaxed_u32(&closing.inside, 0);
    weft_store_relaxed_u32(&closing.closed, 0);
    symbol_before_finalize = comes_back_detached;
    start(&one, self, &table, interns_until_closed);
    for (uint64_t i = 0; weft_load_acquire_u32(&closing.inside) == 0; i++) {
        weft_symbol *symbol = symbol_intern(self, &table, 2 * i + 1);
        CHECK(symbol != NULL);
        for (uint64_t pause = i % 64; pause != 0; pause--) {
            (void)weft_symbol_count(&table);
        }
        symbol_drop(self, symbol);
        breathe(self);
    }
    weft_runtime_close(self);
    weft_store_release_u32(&closing.closed, 1);
    finish(&one, self);
    symbol_before_finalize = NULL;
    end(self, &table);
}

const scenario symbol_concurrent_scenarios[] = {
    {"TheSecondInternerTakesTheFirstSymbol", the_second_interner_takes_the_first_symbol},
    {"TheCellIsTakenBetweenLookAndInsertion", the_cell_is_taken_between_look_and_insertion},
    {"TheTextComesAndGoesBetweenLookAndInsertion",
     the_text_comes_and_goes_between_look_and_insertion},
    {"TheTableGrowsBetweenLookAndInsertion", the_table_grows_between_look_and_insertion},
    {"AllThreadsGetTheSameSymbols", all_threads_get_the_same_symbols},
    {"TwoLivingSymbolsNeverExist", two_living_symbols_never_exist},
    {"LookUpsDuringGrowth", look_ups_during_growth},
    {"SymbolsDieOnOtherThreads", symbols_die_on_other_threads},
    {"StringsBecomeSymbolsByAllAtOnce", strings_become_symbols_by_all_at_once},
    {"InterningThatComesBackToAClosedRuntime", interning_that_comes_back_to_a_closed_runtime},
#ifndef _WIN32
#if !WEFT_TSAN && !defined(__SANITIZE_ADDRESS__)
    {"NobodyWaitsForAThreadThatStandsStill", nobody_waits_for_a_thread_that_stands_still},
    {"NobodyWaitsForWhoCopies", nobody_waits_for_who_copies},
#endif
    {"ChildrenHaveUsableTables", children_have_usable_tables},
    {"ChildrenHaveTheRightCount", children_have_the_right_count},
#endif
    {NULL, NULL},
};
