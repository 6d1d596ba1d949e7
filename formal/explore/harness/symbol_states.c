/* What the counters of a table of symbols, and the words beside them, promise, by one thread: each is looked at by an operation
 * that would be wrong without it. Memory for arrays is out at times. */
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_symbol.h"

#include "harness.h"

/* Of the smallest array: 10 of its cells are filled without growth, 12 at most. */
enum { CELLS = 16, SOFT = 10, HARD = 12, TEXTS = 26 };

/* Each who interns copies one. */
#ifdef WEFT_SYMBOL_CHUNK
enum { CHUNKS = CELLS / WEFT_SYMBOL_CHUNK };
#else
enum { CHUNKS = 1 };
#endif

static weft_runtime *runtime;
static weft_symbol_table *table;
static weft_symbol *kept[TEXTS];
static int out; /* of memory for arrays */

static void *allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    if (out && size > CELLS * sizeof(uint64_t)) {
        return NULL;
    }
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void give_memory_back(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    free(memory);
}

static weft_ref_verdict torn_down(weft_thread *self, weft_ref *object) {
    weft_symbol_finalize(self, (weft_symbol *)object);
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *object) {
    weft_symbol_free((weft_symbol *)object);
}

static weft_symbol_result intern(weft_thread *self, int text) {
    char letter = (char)('a' + text);
    return weft_symbol_intern(self, table, &letter, 1, &kept[text]);
}

static void drop(weft_thread *self, int text) {
    weft_ref_decref(self, &kept[text]->head);
    kept[text] = NULL;
}

/* Who is refused a cell has not taken one; and who could not make the next array does not keep others from it. */
static void without_memory(weft_thread *self) {
    out = 1;
    int texts = 0;
    while (intern(self, texts) == WEFT_SYMBOL_OK) {
        texts++;
    }
    assert(texts == HARD && weft_symbol_count(table) == HARD);
    assert(intern(self, texts) == WEFT_SYMBOL_NO_MEMORY);
    assert(weft_symbol_count(table) == HARD);
    while (texts > 0) {
        drop(self, --texts);
    }
    assert(weft_symbol_count(table) == 0);
    out = 0;
}

static void begin(weft_thread *self) {
    table = aligned_alloc(64, (sizeof *table + 63) / 64 * 64);
    assert(weft_symbol_table_init(self, table, NULL) == WEFT_SYMBOL_OK);
}

static void end(void) {
    weft_symbol_table_end(table, NULL, NULL);
    free(table);
}

/* Beyond the soft limit each that comes tries to make the next array. */
static void tries_again(weft_thread *self) {
    size_t bytes = weft_symbol_table_bytes(table);
    for (int i = 0; i <= SOFT; i++) {
        out = i == SOFT;
        assert(intern(self, i) == WEFT_SYMBOL_OK);
    }
    out = 0;
    assert(weft_symbol_table_bytes(table) == bytes);
    assert(intern(self, SOFT + 1) == WEFT_SYMBOL_OK);
    assert(weft_symbol_table_bytes(table) > bytes);
}

/* Growth counts what it copies, and ends when all is copied: the table has one array again. Symbols outlive the table, whose memory is another's then. */
static void grows(weft_thread *self) {
    size_t both = weft_symbol_table_bytes(table);
    for (int i = SOFT + 2; i < TEXTS; i++) {
        assert(intern(self, i) == WEFT_SYMBOL_OK);
        assert(i != SOFT + 1 + CHUNKS || weft_symbol_table_bytes(table) < both);
        assert(weft_symbol_count(table) == (size_t)i + 1);
    }
    drop(self, 0);
    assert(weft_symbol_count(table) == TEXTS - 1);
    end();
    for (int i = 1; i < TEXTS; i++) {
        drop(self, i);
    }
}

int main(void) {
    static const weft_ref_hooks HOOKS = {torn_down, give_back, NULL};
    static const weft_host HOST = {NULL, allocate, give_memory_back, NULL, NULL};
    weft_host_set(&HOST);
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    begin(self);
    without_memory(self);
    end();
    begin(self);
    tries_again(self);
    grows(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
