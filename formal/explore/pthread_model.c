/* pthread and the parking layer's OS seam, made of the explorer's own atomic operations on hidden locations.
 *
 * A mutex is a word: 0 or 1 + the owner. A condition variable and the waiters of a word are each the set of the threads that
 * wait, one bit per thread, changed by read-modify-writes only: so a wake-up is never lost between two of them, a waker picks
 * exactly one of those that wait, and whoever waits after it is ordered after it. A destroyed mutex or condition holds DESTROYED.
 *
 * Every operation on a mutex or a condition counts as an access to it, but for what a waiter does after it was woken: whoever woke it
 * may destroy the condition at once.
 *
 * A key of thread-specific data is a word that says whether it lives. Each use of it looks there, so its creation and its deletion are
 * explored in every order against its uses and against the ends of threads that hold a value.
 */
#include "pthread_model.h"

#include "await.h"
#include "explore.h"
#include "heap.h"
#include "ops.h"
#include "options.h"
#include "plain.h"
#include "race.h"
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MODEL(result, name, ...)                                                                   \
    result explore_##name(__VA_ARGS__);                                                            \
    result explore_##name(__VA_ARGS__)

static const uint64_t DESTROYED = 1ull << 63;

/* The model keeps nothing in the object itself: it holds what its initialiser gave it. The type of a mutex lies where glibc's static
 * initialisers put it. */
static void check_initialised(int space, const void *p, uintptr_t pc) {
    static const char zero[sizeof(pthread_cond_t) + sizeof(pthread_mutex_t)];
    pthread_mutex_t m;
    switch (space) {
    case SPACE_MUTEX:
        memcpy(&m, p, sizeof m);
        if (m.__data.__kind >= 0 && m.__data.__kind <= 3) {
            m.__data.__kind = 0;
        }
        if (memcmp(&m, zero, sizeof m) != 0) {
            violation_at(pc, "uninitialised", "a mutex that was never initialised is used");
        }
        break;
    case SPACE_COND:
        if (memcmp(p, zero, sizeof(pthread_cond_t)) != 0) {
            violation_at(pc, "uninitialised", "a condition that was never initialised is used");
        }
        break;
    case SPACE_ONCE:
        if (memcmp(p, zero, sizeof(pthread_once_t)) != 0) {
            violation_at(pc, "uninitialised", "a once that was never initialised is used");
        }
        break;
    default:
        break;
    }
}

static void check_destroyed(uint64_t state, const char *what, uintptr_t pc) {
    if (state == DESTROYED) {
        violation_at(pc, "use after destroy", "a %s that was destroyed is used", what);
    }
}

static uint64_t destroy(uint64_t old, void *context, bool *store) {
    (void)old;
    (void)context;
    (void)store;
    return DESTROYED;
}

static access hidden(int space, const void *p, uintptr_t pc) {
    heap_check((uintptr_t)p, 1, pc);
    check_initialised(space, p, pc);
    return (access){.space = space, .addr = (uintptr_t)p, .size = 8, .pc = pc};
}

static void read_attributes(const void *attr, size_t size, uintptr_t pc) {
    if (attr) {
        plain_read((uintptr_t)attr, size, pc);
    }
}

/* ---- threads ---- */

MODEL(int, pthread_create, pthread_t *out, const pthread_attr_t *attr, void *(*entry)(void *),
      void *arg) {
    read_attributes(attr, sizeof *attr, PC);
    pthread_t id = (pthread_t)op_create(entry, arg, PC) + 1;
    plain_write((uintptr_t)out, sizeof *out, PC);
    *out = id;
    return 0;
}

/* The thread with this id, which is neither detached nor joined. */
static int joinable(pthread_t id, const char *what, uintptr_t pc) {
    int tid = (int)id - 1;
    if (id == 0 || id > MAX_THREADS || M.th[tid].status == TH_UNUSED) {
        violation_at(pc, what, "no such thread");
    }
    if (M.th[tid].detached || M.th[tid].joined) {
        violation_at(pc, what, "thread %d is detached or already joined", tid);
    }
    return tid;
}

MODEL(int, pthread_join, pthread_t id, void **result) {
    int tid = joinable(id, "bad join", PC);
    if (tid == M.current->tid) {
        violation_at(PC, "deadlock", "a thread joins itself");
    }
    M.th[tid].joined = true;
    void *value = op_join(tid, PC);
    if (result) {
        plain_write((uintptr_t)result, sizeof *result, PC);
        *result = value;
    }
    return 0;
}

MODEL(int, pthread_detach, pthread_t id) {
    M.th[joinable(id, "bad detach", PC)].detached = true;
    await_progress(); /* once more would be wrong */
    return 0;
}

MODEL(pthread_t, pthread_self, void) {
    return (pthread_t)M.current->tid + 1;
}
MODEL(int, pthread_equal, pthread_t a, pthread_t b) {
    return a == b;
}
MODEL(_Noreturn void, pthread_exit, void *result) {
    machine_exit_thread(result);
}

/* ---- mutexes ---- */

static int times_held(const thread *t, const pthread_mutex_t *m) {
    int n = 0;
    for (int i = 0; i < t->nheld; i++) {
        n += t->held[i] == (uintptr_t)m;
    }
    return n;
}

static void note_held(pthread_mutex_t *m) {
    thread *t = M.current;
    if (t->nheld == MAX_HELD) {
        machine_bound_thread("mutexes held by a thread");
    }
    t->held[t->nheld++] = (uintptr_t)m;
    await_progress(); /* a recursive one may be locked again and again */
}

static void forget_held(const pthread_mutex_t *m) {
    thread *t = M.current;
    for (int i = 0; i < t->nheld; i++) {
        if (t->held[i] == (uintptr_t)m) {
            t->held[i] = t->held[--t->nheld];
            await_progress();
            return;
        }
    }
}

/* To find it locked orders nothing: graph.c. */
static bool take_lock(pthread_mutex_t *m, uintptr_t pc) {
    bool mine;
    uint64_t old = op_cas(hidden(SPACE_MUTEX, m, pc), 0, (uint64_t)M.current->tid + 1, MO_ACQUIRE,
                          MO_RELAXED, false, &mine);
    check_destroyed(old, "mutex", pc);
    if (mine) {
        note_held(m);
    }
    return mine;
}

/* What a thread may do to a mutex that it holds. glibc keeps the type where its static initialisers put it, and so do we. */
static int mutex_type(const pthread_mutex_t *m) {
    return m->__data.__kind & 3;
}

static int lock_again(pthread_mutex_t *m, uintptr_t pc) {
    switch (mutex_type(m)) {
    case PTHREAD_MUTEX_RECURSIVE:
        note_held(m);
        return 0;
    case PTHREAD_MUTEX_ERRORCHECK:
        return EDEADLK;
    default:
        violation_at(pc, "deadlock", "thread %d locks a mutex it holds", M.current->tid);
    }
}

static int lock(pthread_mutex_t *m, uintptr_t pc) {
    if (times_held(M.current, m)) {
        return lock_again(m, pc);
    }
    while (!take_lock(m, pc)) {
        machine_await(M.current->pos, "waits for a mutex");
    }
    return 0;
}

static int try_lock(pthread_mutex_t *m, uintptr_t pc) {
    if (times_held(M.current, m) && mutex_type(m) == PTHREAD_MUTEX_RECURSIVE) {
        return lock_again(m, pc);
    }
    return take_lock(m, pc) ? 0 : EBUSY;
}

static int unlock(pthread_mutex_t *m, uintptr_t pc) {
    access word = hidden(SPACE_MUTEX, m, pc);
    int held = times_held(M.current, m);
    if (!held && mutex_type(m) == PTHREAD_MUTEX_ERRORCHECK) {
        return EPERM;
    }
    if (!held) {
        violation_at(pc, "bad unlock", "thread %d unlocks a mutex it does not hold",
                     M.current->tid);
    }
    forget_held(m);
    if (held == 1) {
        op_store(word, 0, MO_RELEASE);
    }
    return 0;
}

/* The attribute holds the type and nothing else. */
MODEL(int, pthread_mutexattr_init, pthread_mutexattr_t *attr) {
    plain_write((uintptr_t)attr, sizeof *attr, PC);
    memset(attr, 0, sizeof *attr);
    return 0;
}
MODEL(int, pthread_mutexattr_destroy, pthread_mutexattr_t *attr) {
    (void)attr;
    return 0;
}
MODEL(int, pthread_mutexattr_settype, pthread_mutexattr_t *attr, int type) {
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK) {
        return EINVAL;
    }
    plain_write((uintptr_t)attr, sizeof *attr, PC);
    attr->__size[0] = (char)type;
    return 0;
}

MODEL(int, pthread_mutex_init, pthread_mutex_t *m, const pthread_mutexattr_t *attr) {
    for (int t = 0; t < MAX_THREADS; t++) {
        if (times_held(&M.th[t], m)) {
            violation_at(PC, "bad init", "a locked mutex is initialised");
        }
    }
    read_attributes(attr, sizeof *attr, PC);
    plain_write((uintptr_t)m, sizeof *m, PC);
    memset(m, 0, sizeof *m);
    access word = hidden(SPACE_MUTEX, m, PC);
    m->__data.__kind = attr ? attr->__size[0] : PTHREAD_MUTEX_DEFAULT;
    op_store(word, 0, MO_RELAXED);
    return 0;
}

MODEL(int, pthread_mutex_destroy, pthread_mutex_t *m) {
    uint64_t old = op_update(hidden(SPACE_MUTEX, m, PC), MO_RELAXED, destroy, NULL);
    check_destroyed(old, "mutex", PC);
    if (old != 0) {
        violation_at(PC, "bad destroy", "a locked mutex is destroyed");
    }
    race_check((uintptr_t)m, sizeof *m, RACE_DESTROY, PC);
    return 0;
}

MODEL(int, pthread_mutex_lock, pthread_mutex_t *m) {
    return lock(m, PC);
}
/* From hooks.S: a loop may do nothing but try. */
int impl_explore_pthread_mutex_trylock(pthread_mutex_t *m);
int impl_explore_pthread_mutex_trylock(pthread_mutex_t *m) {
    await_check(PC);
    return try_lock(m, PC);
}
MODEL(int, pthread_mutex_unlock, pthread_mutex_t *m) {
    return unlock(m, PC);
}

/* ---- sets of waiting threads ---- */

static uint64_t own_bit(void) {
    return 1ull << M.current->tid;
}

static uint64_t enter_set(uint64_t old, void *context, bool *store) {
    check_destroyed(old, "condition", *(uintptr_t *)context);
    (void)store;
    return old | own_bit();
}

static uint64_t leave_set(uint64_t old, void *context, bool *store) {
    (void)context;
    (void)store;
    return old & ~own_bit();
}

/* Takes out one of the threads that wait, whichever. Stores even if there is none: it stays ordered with those that come. */
static uint64_t take_one(uint64_t old, void *context, bool *store) {
    (void)store;
    check_destroyed(old, "condition", *(uintptr_t *)context);
    int n = __builtin_popcountll(old);
    uint64_t rest = old;
    for (int skip = op_choose(n, *(uintptr_t *)context); skip > 0; skip--) {
        rest &= rest - 1;
    }
    return old & ~(rest & -rest);
}

static uint64_t take_all(uint64_t old, void *context, bool *store) {
    check_destroyed(old, "condition", *(uintptr_t *)context);
    (void)store;
    return 0;
}

/* Leaves the set. false: a waker had taken the thread out already. */
static bool leave(access set) {
    return (op_update(set, MO_RELAXED, leave_set, NULL) & own_bit()) != 0;
}

/* Waits until somebody takes the thread out of the set it entered. Whoever was taken out was woken, whatever else happened. */
static enum explore_wait_end wait_in_set(access set, bool deadline, const char *what) {
    bool may_time_out = op_liberties_used(LIBERTY_TIMEOUT) < options.timeouts;
    if (deadline && op_liberty(LIBERTY_TIMEOUT, options.timeouts, set.pc)) {
        return leave(set) ? EXPLORE_TIMED_OUT : EXPLORE_WOKEN;
    }
    if (op_liberty(LIBERTY_WAKE, options.spurious_wakes, set.pc)) {
        return leave(set) ? EXPLORE_SPURIOUS : EXPLORE_WOKEN;
    }
    while (op_load(set, MO_RELAXED) & own_bit()) {
        M.current->await_timed = !deadline      ? UNTIMED
                                 : may_time_out ? MAY_TIME_OUT
                                                : OUT_OF_TIMEOUTS;
        machine_await(M.current->pos, what);
    }
    return EXPLORE_WOKEN;
}

/* ---- condition variables ---- */

/* All that wait for a condition at a time give up the same mutex. */
static uint64_t enter_condition(uint64_t old, void *context, bool *store) {
    for (int t = 0; t < MAX_THREADS; t++) {
        if (old != DESTROYED && (old >> t & 1) && M.th[t].gives_up != M.current->gives_up) {
            violation_at(*(uintptr_t *)context, "bad wait",
                         "thread %d waits for the condition with another mutex", t);
        }
    }
    return enter_set(old, context, store);
}

static enum explore_wait_end cond_wait(pthread_cond_t *c, pthread_mutex_t *m, bool deadline,
                                       uintptr_t pc) {
    access set = hidden(SPACE_COND, c, pc);
    if (times_held(M.current, m) != 1) {
        violation_at(pc, "bad wait", "a condition is waited for with its mutex held %d times",
                     times_held(M.current, m));
    }
    M.current->gives_up = (uintptr_t)m;
    op_update(set, MO_RELAXED, enter_condition, &pc);
    set.unchecked = true;
    unlock(m, pc);
    enum explore_wait_end end = wait_in_set(set, deadline, "waits for a condition");
    lock(m, pc);
    return end;
}

MODEL(int, pthread_cond_init, pthread_cond_t *c, const pthread_condattr_t *attr) {
    read_attributes(attr, sizeof *attr, PC);
    plain_write((uintptr_t)c, sizeof *c, PC);
    memset(c, 0, sizeof *c);
    op_store(hidden(SPACE_COND, c, PC), 0, MO_RELAXED);
    return 0;
}

MODEL(int, pthread_cond_destroy, pthread_cond_t *c) {
    uint64_t old = op_update(hidden(SPACE_COND, c, PC), MO_RELAXED, destroy, NULL);
    check_destroyed(old, "condition", PC);
    if (old != 0) {
        violation_at(PC, "bad destroy", "a condition with waiters is destroyed");
    }
    race_check((uintptr_t)c, sizeof *c, RACE_DESTROY, PC);
    return 0;
}

MODEL(int, pthread_cond_wait, pthread_cond_t *c, pthread_mutex_t *m) {
    cond_wait(c, m, false, PC);
    return 0;
}

MODEL(int, pthread_cond_timedwait, pthread_cond_t *c, pthread_mutex_t *m,
      const struct timespec *until) {
    plain_read((uintptr_t)until, sizeof *until, PC);
    if (until->tv_nsec < 0 || until->tv_nsec >= 1000000000) {
        return EINVAL;
    }
    return cond_wait(c, m, true, PC) == EXPLORE_TIMED_OUT ? ETIMEDOUT : 0;
}

MODEL(int, pthread_cond_signal, pthread_cond_t *c) {
    uintptr_t pc = PC;
    op_update(hidden(SPACE_COND, c, pc), MO_RELAXED, take_one, &pc);
    return 0;
}

MODEL(int, pthread_cond_broadcast, pthread_cond_t *c) {
    uintptr_t pc = PC;
    op_update(hidden(SPACE_COND, c, pc), MO_RELAXED, take_all, &pc);
    return 0;
}

/* ---- once ---- */

MODEL(int, pthread_once, pthread_once_t *once, void (*init)(void)) {
    access word = hidden(SPACE_ONCE, once, PC);
    enum { NEW, RUNNING, FINISHED };
    for (;;) {
        bool mine;
        uint64_t old = op_cas(word, NEW, RUNNING, MO_ACQUIRE, MO_ACQUIRE, false, &mine);
        if (mine) {
            init();
            op_store(word, FINISHED, MO_RELEASE);
            return 0;
        }
        if (old == FINISHED) {
            return 0;
        }
        machine_await(M.current->pos, "waits for pthread_once");
    }
}

/* ---- keys ----
 *
 * Every creation makes a new key. Its number goes by the thread and how many it created before, so it does not depend on the
 * interleaving; 0 is nobody's, that an uninitialised key is seen. */

enum key_state { KEY_ABSENT, KEY_LIVE, KEY_DELETED };
enum {
    KEYS_PER_THREAD = 1024 /* PTHREAD_KEYS_MAX: more than that may live at a time in no program */
};

typedef void destructor(void *);

static destructor *key_destructor[1 + MAX_THREADS * KEYS_PER_THREAD];

static access key_word(pthread_key_t key, uintptr_t pc) {
    return (access){.space = SPACE_KEY, .addr = key, .size = 8, .pc = pc};
}

static void check_key(uint64_t state, uintptr_t pc) {
    if (state != KEY_LIVE) {
        violation_at(pc, "bad key", "a key is used that was %s",
                     state == KEY_ABSENT ? "never created" : "deleted");
    }
}

/* The current thread's value for the key; NULL if it has no place for one. */
static key_value *find_value(pthread_key_t key) {
    thread *t = M.current;
    for (int i = 0; i < t->nvalues; i++) {
        if (t->values[i].key == key) {
            return &t->values[i];
        }
    }
    return NULL;
}

static key_value *add_value(pthread_key_t key) {
    thread *t = M.current;
    if (t->nvalues == t->cap_values) {
        t->cap_values = t->cap_values * 2 + 8;
        t->values = realloc(t->values, (size_t)t->cap_values * sizeof *t->values);
        if (!t->values) {
            abort();
        }
    }
    t->values[t->nvalues] = (key_value){.key = key};
    return &t->values[t->nvalues++];
}

MODEL(int, pthread_key_create, pthread_key_t *out, destructor *d) {
    thread *t = M.current;
    if (t->nkeys == KEYS_PER_THREAD) {
        machine_bound_thread("keys created by a thread");
    }
    pthread_key_t key = (pthread_key_t)(1 + t->tid * KEYS_PER_THREAD + t->nkeys++);
    key_destructor[key] = d;
    op_store(key_word(key, PC), KEY_LIVE, MO_RELAXED);
    plain_write((uintptr_t)out, sizeof *out, PC);
    *out = key;
    return 0;
}

static uint64_t delete_key(uint64_t old, void *context, bool *store) {
    (void)store;
    check_key(old, *(uintptr_t *)context);
    return KEY_DELETED;
}

MODEL(int, pthread_key_delete, pthread_key_t key) {
    uintptr_t pc = PC;
    op_update(key_word(key, pc), MO_RELAXED, delete_key, &pc);
    return 0;
}

MODEL(void *, pthread_getspecific, pthread_key_t key) {
    check_key(op_load(key_word(key, PC), MO_RELAXED), PC);
    const key_value *v = find_value(key);
    return v ? v->value : NULL;
}

MODEL(int, pthread_setspecific, pthread_key_t key, const void *value) {
    check_key(op_load(key_word(key, PC), MO_RELAXED), PC);
    key_value *v = find_value(key);
    if (!v) {
        v = add_value(key);
    }
    v->value = (void *)(uintptr_t)value;
    await_progress();
    return 0;
}

/* One of the values whose destructor is to run in this round, whichever; NULL: there is none. */
static key_value *choose_value(int round) {
    thread *t = M.current;
    int n = 0;
    for (int i = 0; i < t->nvalues; i++) {
        const key_value *v = &t->values[i];
        n += v->value && v->round < round && key_destructor[v->key];
    }
    int skip = op_choose(n, 0);
    for (int i = 0; i < t->nvalues; i++) {
        key_value *v = &t->values[i];
        if (v->value && v->round < round && key_destructor[v->key] && skip-- == 0) {
            return v;
        }
    }
    return NULL;
}

/* As POSIX has it: in any order, again while destructors store new values, but not for ever, and not for a key that is deleted. */
void pthread_model_thread_exit(void) {
    for (int round = 1; round <= PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
        for (key_value *v; (v = choose_value(round));) {
            void *value = v->value;
            pthread_key_t key = v->key;
            v->value = NULL;
            v->round = round;
            if (op_load(key_word(key, 0), MO_RELAXED) == KEY_LIVE) {
                key_destructor[key](value);
            }
        }
    }
}

/* ---- the OS seam of the parking layer, and the explorer's own calls (explore.h) ---- */

enum explore_wait_end explore_wait(uint32_t *word, uint32_t expected, int deadline) {
    uintptr_t pc = PC;
    access set = hidden(SPACE_WAIT, word, pc);
    op_update(set, MO_RELAXED, enter_set, &pc);
    uint64_t value = op_load_by_wait(
        (access){.space = SPACE_MEMORY, .addr = (uintptr_t)word, .size = 4, .pc = pc});
    if (value != expected) {
        if (!leave(set)) {
            op_update(set, MO_RELAXED, take_one, &pc); /* it never slept: the wake is another's */
        }
        return EXPLORE_WOKEN;
    }
    return wait_in_set(set, deadline, "sleeps on a word");
}

void explore_wake(uint32_t *word, int count) {
    uintptr_t pc = PC;
    for (int i = 0; i < count && i < MAX_THREADS; i++) {
        op_update((access){.space = SPACE_WAIT, .addr = (uintptr_t)word, .size = 8, .pc = pc},
                  MO_RELAXED, take_one, &pc);
    }
}

static access system_flag(uintptr_t pc) {
    return (access){.space = SPACE_FLAG, .size = 8, .pc = pc};
}

void explore_set_system_flag(void) {
    op_store(system_flag(PC), 1, MO_RELAXED);
}
int explore_system_flag(void) {
    return op_load(system_flag(PC), MO_RELAXED) != 0;
}

void *explore_map(size_t size) {
    void *p = heap_alloc(size, 4096, true, PC);
    if (p) {
        heap_keep(p);
    }
    return p;
}

int explore_choose(int n) {
    return op_choose(n, PC);
}
void explore_heavy_fence(void) {
    op_fence(MO_SEQ_CST, EF_HEAVY, PC);
}
void explore_light_fence(void) {
    op_fence(MO_RELAXED, EF_LIGHT, PC);
}

void explore_assume(int condition) {
    if (!condition) {
        machine_assumption_failed();
    }
}

uint64_t impl_explore_now(void);
uint64_t impl_explore_now(void) {
    return op_clock(PC);
}
