/* A table of weak symbols and two threads that use it, a letter for each operation (MAINS, OTHERS; THIRDS: and a third one):
 *     a b c ...   intern that text, and keep it        A B C ...   drop it
 *     0 1 ...     find "a", "b", ...: it is there, for somebody keeps it
 *     ( ) ...     find "a", "b", which may be there
 *     [ ] ...     intern "a", "b" as symbols that this thread has made, and keep them
 *     q           a quiescent state   . wait until the other, or others, have done all (main only)
 * First main interns the texts of FIRST and keeps them. In the end texts that several threads keep are the same symbols. All texts share one
 * chain, beginning with the array's first cell; or GROUPS says for each in which group of cells its chain begins. SAME: all have one
 * hash. The others leave when main has done all. */
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_symbol.h"

#include "harness.h"

#ifndef FIRST
#define FIRST "a"
#define MAINS "Ab"
#define OTHERS "ab"
#endif

#ifdef THIRDS
enum { USERS = 3 };
#else
#define THIRDS ""
enum { USERS = 2 };
#endif
enum { TEXTS = 16 };

static weft_runtime *runtime;
static weft_symbol_table table;
static const char *const wanted[] = {MAINS, OTHERS, THIRDS};
static weft_atomic_u32 ready[USERS];
static weft_atomic_u32 done[USERS];     /* main, and it has detached; the others */
static weft_symbol *kept[USERS][TEXTS]; /* main's, the others' */

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
        for (int user = 1; user < USERS; user++) {
            await_value(&done[user], 1);
        }
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

static void *uses(void *which) {
    int user = (int)(uintptr_t)which;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready[user], 1);
    for (const char *what = wanted[user]; *what != '\0'; what++) {
        operate(self, kept[user], *what);
    }
    weft_store_release_u32(&done[user], 1);
    await_value(&done[0], 1);
    weft_thread_unregister(self);
    return NULL;
}

/* Drops what they keep; of each text it is one symbol. */
static void drop_kept(weft_thread *self) {
    for (int i = 0; i < TEXTS; i++) {
        weft_symbol *first = NULL;
        for (int user = 0; user < USERS; user++) {
            weft_symbol *symbol = kept[user][i];
            assert(symbol == NULL || first == NULL || symbol == first);
            first = symbol == NULL ? first : symbol;
        }
        for (int user = 0; user < USERS; user++) {
            if (kept[user][i] != NULL) {
                weft_ref_decref(self, &kept[user][i]->head);
            }
        }
    }
}

int main(void) {
    static const weft_ref_hooks HOOKS = {torn_down, give_back, NULL};
    pthread_t others[USERS];
    weft_symbol_options options = {.hash = hash_of};
    weft_ref_install(&HOOKS);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    assert(weft_symbol_table_init(self, &table, &options) == WEFT_SYMBOL_OK);
    for (const char *what = FIRST; *what != '\0'; what++) {
        operate(self, kept[0], *what);
    }
    for (int user = 1; user < USERS; user++) {
        pthread_create(&others[user], NULL, uses, (void *)(uintptr_t)user);
        await_value(&ready[user], 1);
    }
    for (const char *what = MAINS; *what != '\0'; what++) {
        operate(self, kept[0], *what);
    }
    weft_thread_detach(self);
    weft_store_release_u32(&done[0], 1);
    for (int user = 1; user < USERS; user++) {
        pthread_join(others[user], NULL);
    }
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    drop_kept(self);
    assert(weft_symbol_count(&table) == 0);
    weft_symbol_table_end(&table, NULL, NULL);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return 0;
}
