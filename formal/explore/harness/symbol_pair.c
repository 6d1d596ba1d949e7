/* A table of weak symbols and two threads that use it, a letter for each operation (MAINS, OTHERS):
 *     a b c ...   intern that text, and keep it        A B C ...   drop it
 *     0 1 ...     find "a", "b", ...: it is there, for somebody keeps it
 *     ( ) ...     find "a", "b", which may be there
 *     [ ] ...     intern "a", "b" as symbols that this thread has made, and keep them
 *     q           a quiescent state   . wait until the other has done all (main only)
 * First main interns the texts of FIRST and keeps them. In the end texts that both threads keep are the same symbols. All texts share one
 * chain, beginning with the array's first cell; or GROUPS says for each in which group of cells its chain begins. SAME: all have one
 * hash. The other thread leaves when main has done all. */
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_symbol.h"

#include "harness.h"

#ifndef FIRST
#define FIRST "a"
#define MAINS "Ab"
#define OTHERS "ab"
#endif

enum { TEXTS = 16 };

static weft_runtime *runtime;
static weft_symbol_table table;
static weft_atomic_u32 ready;
static weft_atomic_u32 done[2];     /* main, and it has detached; the other */
static weft_symbol *kept[2][TEXTS]; /* main's, the other's */

static weft_ref_verdict torn_down(weft_thread *self, weft_ref *object) {
    weft_symbol_finalize(self, (weft_symbol *)object);
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *object) {
    weft_symbol_free((weft_symbol *)object);
}

static uint64_t hash_of(void *context, const void *text, size_t length) {
    (void)context;
    (void)length;
#ifdef GROUPS
    size_t number = (size_t)(*(const char *)text - 'a');
    uint64_t group = (uint64_t)(GROUPS[number] - '0') << 6;
#else
    uint64_t group = 0;
#endif
#ifdef SAME
    return group;
#else
    return group | (uint64_t)*(const unsigned char *)text << 52;
#endif
}

static weft_symbol *find(weft_thread *self, char text) {
    weft_symbol *found = weft_symbol_find(self, &table, &text, 1);
    if (found != NULL) {
        assert(weft_symbol_text(found)[0] == text);
        weft_ref_decref(self, &found->head);
    }
    return found;
}

static void intern_made(weft_thread *self, char text, weft_symbol **symbol) {
    weft_symbol *made = NULL;
    assert(weft_symbol_make(self, &table, &text, 1, &made) == WEFT_SYMBOL_OK);
    assert(weft_symbol_intern_made(self, &table, made, symbol) == WEFT_SYMBOL_OK);
    weft_ref_decref(self, &made->head);
}

static void operate(weft_thread *self, weft_symbol **mine, char what) {
    if (what == 'q') {
        weft_qsbr_quiescent(self);
    } else if (what == '.') {
        await_value(&done[1], 1);
    } else if (what == '(' || what == ')') {
        (void)find(self, what == '(' ? 'a' : 'b');
    } else if (what == '[' || what == ']') {
        intern_made(self, what == '[' ? 'a' : 'b', &mine[what == '[' ? 0 : 1]);
    } else if (what >= '0' && what <= '9') {
        assert(find(self, (char)('a' + what - '0')) != NULL);
    } else if (what >= 'a') {
        weft_symbol **symbol = &mine[what - 'a'];
        assert(*symbol == NULL);
        assert(weft_symbol_intern(self, &table, &what, 1, symbol) == WEFT_SYMBOL_OK);
        assert(weft_symbol_text(*symbol)[0] == what);
    } else {
        weft_symbol *symbol = mine[what - 'A'];
        mine[what - 'A'] = NULL;
        weft_ref_decref(self, &symbol->head);
    }
}

static void *others(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    for (const char *what = OTHERS; *what != '\0'; what++) {
        operate(self, kept[1], *what);
    }
    weft_store_release_u32(&done[1], 1);
    await_value(&done[0], 1);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    static const weft_ref_hooks HOOKS = {torn_down, give_back, NULL};
    pthread_t other;
    weft_symbol_options options = {.hash = hash_of};
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    assert(weft_symbol_table_init(self, &table, &options) == WEFT_SYMBOL_OK);
    for (const char *what = FIRST; *what != '\0'; what++) {
        operate(self, kept[0], *what);
    }
    pthread_create(&other, NULL, others, NULL);
    await_value(&ready, 1);
    for (const char *what = MAINS; *what != '\0'; what++) {
        operate(self, kept[0], *what);
    }
    weft_thread_detach(self);
    weft_store_release_u32(&done[0], 1);
    pthread_join(other, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    for (int i = 0; i < TEXTS; i++) {
        assert(kept[0][i] == NULL || kept[1][i] == NULL || kept[0][i] == kept[1][i]);
        for (int j = 0; j < 2; j++) {
            if (kept[j][i] != NULL) {
                weft_ref_decref(self, &kept[j][i]->head);
            }
        }
    }
    assert(weft_symbol_count(&table) == 0);
    weft_symbol_table_end(&table, NULL, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
