/* thread.c: threads of a program, and the module _thread, which threading (in lib/) stands on.
 *
 * A program begins with one thread, and as long as there is no other nothing is locked that need not be (vm.alone). The first
 * start ends that for good: what all threads will read is shared before, so that none of them has to.
 *
 * A thread is an operating system's thread with a stack of its own, a slot of the runtime (weft_thread) and a vm. It is attached while it
 * runs; whatever may block detaches, by itself (weft's locks) or between vm_detach and vm_attach.
 *
 * Locks. A weft_mutex guards what a lock knows, for a moment; who finds it taken waits for a weft_cond. So a lock may be released
 * by another thread than the one that took it, as in python3.
 *
 * The end. The main thread waits for all that are no daemons (threads_join). If daemons are left, it closes the runtime: they stop
 * where they are, for ever.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "object.h"

enum {
    C_RESERVE = 1 << 18, /* of a C stack, for what does not check */
    THREAD_C_STACK = 64 << 20,
    THREAD_VALUE_STACK = 32 << 20,
};

/* ---- a thread's vm ------------------------------------------------------------------------------- */

vm *thread_begin(runtime *rt, weft_thread *weft, size_t c_stack, size_t value_stack) {
    size_t room = 0;
    vm *t = (vm *)grow_array(NULL, sizeof *t, &room, 1);
    memset(t, 0, sizeof *t);
    t->weft = weft;
    t->rt = rt;
    t->threshold = 50000;
    /* Pages come as they are touched. */
    void *stack = mmap(NULL, value_stack, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        free(t);
        return NULL;
    }
    t->stack = t->top = (value *)stack;
    t->stack_end = t->stack + value_stack / sizeof(value);
    char here;
    t->c_limit = (const char *)((uintptr_t)&here - c_stack + C_RESERVE); /* NOLINT */
    memory_set_current(t);
    (void)pthread_mutex_lock(&rt->list_lock);
    t->next = rt->threads;
    if (t->next != NULL) {
        t->next->previous = t;
    }
    rt->threads = t;
    (void)pthread_mutex_unlock(&rt->list_lock);
    return t;
}

/* Under the lock. */
static void leave_key(local_entry *e) {
    *e->key_back = e->key_next;
    if (e->key_next != NULL) {
        e->key_next->key_back = e->key_back;
    }
}
static void leave_thread(local_entry *e) {
    *e->back = e->next;
    if (e->next != NULL) {
        e->next->back = e->back;
    }
}

/* The thread's values in locals. */
static void drop_locals(vm *t) {
    weft_mutex_lock(&t->rt->locals_lock);
    local_entry *all = t->locals;
    for (local_entry *e = all; e != NULL; e = e->next) {
        leave_key(e);
    }
    t->locals = NULL;
    t->leaving = true;
    weft_mutex_unlock(&t->rt->locals_lock);
    while (all != NULL) {
        local_entry *e = all;
        all = e->next;
        decref(t, e->names);
        free(e);
    }
}

void thread_drop(vm *t) {
    assign(t, &t->returned, NIL);
    assign(t, &t->current, NIL);
    drop_locals(t);
    t->keeps_nothing = true;
    spares_drop(t);
}

void thread_free(vm *t) {
    runtime *rt = t->rt;
    (void)pthread_mutex_lock(&rt->list_lock);
    *(t->previous != NULL ? &t->previous->next : &rt->threads) = t->next;
    if (t->next != NULL) {
        t->next->previous = t->previous;
    }
    (void)pthread_mutex_unlock(&rt->list_lock);
    memory_return(t);
    memory_set_current(NULL);
    (void)munmap(t->stack, (size_t)(t->stack_end - t->stack) * sizeof(value));
    for (size_t i = 0; i < t->site_room; i++) {
        free(t->sites[i]);
    }
    free((void *)t->sites);
    while (t->spare != NULL) {
        frame *f = t->spare;
        t->spare = f->next;
        free(f);
    }
    free(t);
}

void vm_detach(vm *t) {
    if (!t->alone) {
        spares_drop(t);
        weft_thread_detach(t->weft);
    }
}
void vm_attach(vm *t) {
    if (!t->alone && weft_thread_attach(t->weft) != WEFT_THREAD_OK) {
        /* The program has ended: a daemon stops here. */
        for (;;) {
            (void)pause();
        }
    }
}

/* ---- the first start ----------------------------------------------------------------------------- */

/* What threads will use all the time, whichever made it: the count of such an object may be spread over them. */
static bool is_hot(unsigned type) {
    return type != T_INT && type != T_FLOAT && type != T_ITER && type != T_CELL;
}

/* It holds nothing of the program's that goes with it, or would. */
static bool is_bare(const func *f) {
    bool bare = f->closure == NIL && f->kwdefaults == NIL && member_load(&f->attributes) == NIL;
    size_t count = f->defaults != NIL ? AS(tuple, f->defaults)->size : 0;
    for (size_t i = 0; i < count && bare; i++) {
        value v = AS(tuple, f->defaults)->items[i];
        bare = !is_object(v) || is_str(v) || v == NONE || v == TRUE || v == FALSE;
    }
    return bare;
}

/* What each call and each new object uses, and programs hardly ever give up: nobody counts it any more. */
static bool is_for_good(const weft_ref *object, unsigned type) {
    return type == T_CLASS || type == T_SHAPE || type == T_MODULE || type == T_CODE ||
           type == T_BUILTIN || (type == T_FUNC && is_bare((const func *)object));
}

typedef struct shared_objects {
    weft_thread *weft;
    weft_ref **found;
    size_t count, room;
} shared_objects;

/* NOLINTNEXTLINE(readability-non-const-parameter): an object_visit */
static void add_hot(void *argument, weft_ref *object, uint32_t *scratch) {
    shared_objects *all = (shared_objects *)argument;
    (void)scratch;
    unsigned type = weft_load_relaxed_u16(&object->host) & ~T_SUBCLASS;
    if (is_for_good(object, type)) {
        weft_ref_immortalise(all->weft, object);
    } else if (is_hot(type)) {
        weft_ref_allow_sharding(object);
    }
    if (type == T_CODE) {
        for (size_t i = 0; i < ((code *)object)->const_count; i++) {
            if (is_str(((code *)object)->consts[i])) {
                weft_ref_allow_sharding(ref_of(((code *)object)->consts[i]));
            }
        }
    }
    if (type == T_CLASS || type == T_MODULE) {
        all->found =
            (weft_ref **)grow_array((void *)all->found, all->count, &all->room, sizeof(weft_ref *));
        all->found[all->count++] = object;
    }
}

/* Names, keys and constants that all threads meet everywhere: nobody counts them any more. They go with the table. */
static int keep_symbol(void *argument, weft_symbol *symbol) {
    weft_ref_immortalise(((vm *)argument)->weft, &symbol->head);
    return 0;
}

/* Namespaces become shared: a look-up in one never has to wait then. */
static void share_all(vm *t) {
    shared_objects all = {.weft = t->weft};
    (void)weft_symbol_traverse(&t->rt->symbols, keep_symbol, t);
    memory_walk(t->rt->heap, add_hot, &all);
    for (size_t i = 0; i < all.count; i++) {
        weft_dict *d = weft_load_relaxed_u16(&all.found[i]->host) == T_CLASS
                           ? &((class *)all.found[i])->dict
                           : &((struct module *)all.found[i])->dict;
        (void)weft_dict_set_shared(t->weft, d);
    }
    free((void *)all.found);
}

/* ---- starting, ending ---------------------------------------------------------------------------- */

typedef struct start {
    runtime *rt;
    value function, args, kwargs; /* references that go over to the thread */
    bool daemon;
} start;

/* One thread more or less. False: none may begin, for the program is ending, and nobody would wait for it. */
static bool count_thread(runtime *rt, bool daemon, int by) {
    weft_mutex_lock(&rt->threads_lock);
    bool may = by < 0 || !rt->ending;
    if (may) {
        *(daemon ? &rt->daemons : &rt->workers) += by;
        weft_cond_notify_all(&rt->threads_changed);
    }
    weft_mutex_unlock(&rt->threads_lock);
    return may;
}

static void run_started(vm *t, start *s) {
    value result = call_spread(t, s->function, s->args, s->kwargs);
    if (result == NIL && raised_is(t, T_SystemExit)) {
        forget_raised(t);
    } else if (result == NIL) {
        value e = take_raised(t);
        value text = to_repr(t, s->function);
        forget_raised(t);
        value header = str_format(t, "Exception ignored in thread started by: %s",
                                  text != NIL ? text_of(text) : "?");
        print_exception_under(t, header, e);
        drop(t, text);
        drop(t, header);
        decref(t, e);
    }
    drop(t, result);
    decref(t, s->function);
    decref(t, s->args);
    drop(t, s->kwargs);
    thread_drop(t);
}

static void *run_thread(void *argument) {
    start s = *(start *)argument;
    weft_thread *weft;
    free(argument);
    if (weft_thread_register(s.rt->weft, NULL, &weft) != WEFT_THREAD_OK ||
        weft_thread_attach(weft) != WEFT_THREAD_OK) {
        for (;;) { /* the program has ended */
            (void)pause();
        }
    }
    vm *t = thread_begin(s.rt, weft, THREAD_C_STACK, THREAD_VALUE_STACK);
    if (t == NULL) {
        (void)fputs("minipy: out of memory for a thread\n", stderr);
        exit(1);
    }
    run_started(t, &s);
    settle(t, weft_qsbr_quiescent);
    /* What dies by leaving still finds the vm. */
    weft_thread_unregister(weft);
    thread_free(t);
    (void)count_thread(s.rt, s.daemon, -1);
    return NULL;
}

static bool start_thread(start *s) {
#ifdef MINIPY_PLAIN_H
    (void)s;
    (void)run_thread;
    return false; /* its counts and locks are for one thread */
#else
    pthread_attr_t attributes;
    pthread_t made;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    bool done = pthread_attr_setstacksize(&attributes, THREAD_C_STACK) == 0 &&
                pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
                pthread_create(&made, &attributes, run_thread, s) == 0;
    (void)pthread_attr_destroy(&attributes);
    return done;
#endif
}

BUILTIN(thread_start_new) {
    if (!is_a(args[1], T_TUPLE) || (args[2] != NIL && args[2] != NONE && !is_a(args[2], T_DICT))) {
        return raise(t, T_TypeError,
                     is_a(args[1], T_TUPLE) ? "optional 3rd arg must be a dictionary"
                                            : "2nd arg must be a tuple");
    }
    int daemon = args[3] != NIL ? truth(t, args[3]) : 0;
    if (daemon < 0) {
        return NIL;
    }
    if (!count_thread(t->rt, daemon == 1, 1)) {
        return raise(t, T_RuntimeError, "can't create new thread at interpreter shutdown");
    }
    size_t room = 0;
    start *s = (start *)grow_array(NULL, sizeof *s, &room, 1);
    *s = (start){.rt = t->rt,
                 .function = keep(t, args[0]),
                 .args = keep(t, args[1]),
                 .kwargs = args[2] != NIL && args[2] != NONE ? keep(t, args[2]) : NIL,
                 .daemon = daemon == 1};
    if (t->alone) {
        share_all(t);
        t->alone = false;
    }
    if (!start_thread(s)) {
        (void)count_thread(t->rt, daemon == 1, -1);
        decref(t, s->function);
        decref(t, s->args);
        drop(t, s->kwargs);
        free(s);
        return raise(t, T_RuntimeError, "can't start new thread");
    }
    return NONE;
}

void call_hook(vm *t, const char *module, const char *function_name) {
    value name = str_name(t, module, strlen(module));
    value hook = str_name(t, function_name, strlen(function_name));
    value m = dict_get(t, t->rt->modules, name);
    value function = m != NIL ? get_attribute(t, m, hook) : NIL;
    value result = function != NIL ? call(t, function, 0, NULL) : NIL;
    if (t->raised != NIL) {
        value e = take_raised(t);
        print_exception(t, e);
        decref(t, e);
    }
    drop(t, result);
    drop(t, function);
    drop(t, m);
    decref(t, hook);
    decref(t, name);
}

bool threads_join(vm *t) {
    runtime *rt = t->rt;
    if (t->alone) {
        rt->ending = true;
        return true;
    }
    call_hook(t, "threading", "_shutdown");
    weft_mutex_lock(&rt->threads_lock);
    while (rt->workers > 0) {
        weft_cond_wait(&rt->threads_changed, &rt->threads_lock);
    }
    bool none_left = rt->daemons == 0;
    rt->ending = true;
    weft_mutex_unlock(&rt->threads_lock);
    if (!none_left) {
        weft_runtime_close(t->weft);
    }
    t->alone = true;
    return none_left;
}

/* ---- locks --------------------------------------------------------------------------------------- */

/* guard   everything below is read and changed by its owner
 * free    somebody has made it free
 * depth   how often it is taken; 0: free. Not above 1, but for an RLock
 * owner   the thread that took it */
typedef struct lock {
    weft_ref head;
    weft_mutex guard;
    weft_cond free;
    const vm *owner;
    uint64_t depth;
} lock;

static value lock_new(vm *t, unsigned type) {
    lock *l = (lock *)object_new(t, sizeof *l, type);
    if (l == NULL) {
        return NIL;
    }
    memset((char *)l + sizeof l->head, 0, sizeof *l - sizeof l->head);
    return from_ref(l);
}

static int64_t now(void) {
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

/* timeout: nanoseconds; less than 0: none. */
static bool lock_take(vm *t, lock *l, int64_t timeout, uint64_t depth) {
    int64_t deadline = timeout > 0 ? now() + timeout : 0;
    weft_mutex_lock(&l->guard);
    bool mine = l->depth > 0 && l->owner == t && is_a(from_ref(l), T_RLOCK);
    if (l->depth > 0 && !mine && timeout != 0 && t->spare_count > 0) {
        weft_mutex_unlock(&l->guard); /* what dies may run a program's code */
        spares_drop(t);
        return lock_take(t, l, timeout, depth);
    }
    while (l->depth > 0 && !mine && timeout != 0) {
        if (timeout < 0) {
            weft_cond_wait(&l->free, &l->guard);
        } else {
            int64_t left = deadline - now();
            if (left <= 0) {
                break;
            }
            (void)weft_cond_wait_for(&l->free, &l->guard, left);
        }
    }
    bool taken = l->depth == 0 || mine;
    if (taken) {
        l->owner = t;
        l->depth += depth;
    }
    weft_mutex_unlock(&l->guard);
    return taken;
}

/* How often it was taken; all of them, or one, is given back. 0: it was not this thread's to release. */
static uint64_t lock_give(vm *t, lock *l, bool all) {
    weft_mutex_lock(&l->guard);
    uint64_t depth = l->depth;
    if (is_a(from_ref(l), T_RLOCK) && l->owner != t) {
        depth = 0;
    }
    if (depth > 0) {
        l->depth = all ? 0 : depth - 1;
        if (l->depth == 0) {
            l->owner = NULL;
            weft_cond_notify_one(&l->free);
        }
    }
    weft_mutex_unlock(&l->guard);
    return depth;
}

#define LOCK AS(lock, args[0])

/* Seconds, or NIL: no end. False: raised. */
static bool to_timeout(vm *t, value given, int64_t *timeout) {
    double wanted;
    *timeout = -1;
    if (given == NIL || given == NONE) {
        return true;
    }
    if (!as_double(t, given, &wanted)) {
        return false;
    }
    if (wanted != wanted) {
        (void)raise(t, T_ValueError, "Invalid value NaN (not a number)");
        return false;
    }
    if (wanted < 0 && wanted != -1) {
        (void)raise(t, T_ValueError, "timeout value must be positive");
        return false;
    }
    if (wanted > 9e9) {
        (void)raise(t, T_OverflowError, "timeout value is too large");
        return false;
    }
    *timeout = wanted < 0 ? -1 : (int64_t)(wanted * 1e9);
    return true;
}
BUILTIN(lock_acquire) {
    int64_t timeout;
    int blocking = args[1] == NIL ? 1 : truth(t, args[1]);
    if (blocking < 0 || !to_timeout(t, args[2], &timeout)) {
        return NIL;
    }
    if (blocking == 0 && timeout != -1) {
        return raise(t, T_ValueError, "can't specify a timeout for a non-blocking call");
    }
    return from_bool(lock_take(t, LOCK, blocking != 0 ? timeout : 0, 1));
}
BUILTIN(lock_release) {
    if (lock_give(t, LOCK, false) > 0) {
        return NONE;
    }
    return raise(t, T_RuntimeError,
                 is_a(args[0], T_RLOCK) ? "cannot release un-acquired lock"
                                        : "release unlocked lock");
}
BUILTIN(lock_enter) {
    return from_bool(lock_take(t, LOCK, -1, 1));
}
BUILTIN(lock_locked) {
    weft_mutex_lock(&LOCK->guard);
    bool locked = LOCK->depth > 0;
    weft_mutex_unlock(&LOCK->guard);
    return from_bool(locked);
}
/* For conditions: gives back all, however often it was taken, and takes as much again. */
BUILTIN(lock_release_save) {
    uint64_t depth = lock_give(t, LOCK, true);
    return depth > 0 ? int_new(t, (int64_t)depth)
                     : raise(t, T_RuntimeError, "cannot release un-acquired lock");
}
BUILTIN(lock_acquire_restore) {
    int64_t depth;
    if (!as_index(t, args[1], &depth, false)) {
        return NIL;
    }
    (void)lock_take(t, LOCK, -1, (uint64_t)depth);
    return NONE;
}
BUILTIN(lock_is_owned) {
    weft_mutex_lock(&LOCK->guard);
    bool mine = LOCK->depth > 0 && LOCK->owner == t;
    weft_mutex_unlock(&LOCK->guard);
    return from_bool(mine);
}

const builtin_def lock_methods[] = {{"acquire", lock_acquire, "self|blocking,timeout"},
                                    {"release", lock_release, "self"},
                                    {"locked", lock_locked, "self"},
                                    {"__enter__", lock_enter, "self"},
                                    {"__exit__", lock_release, "self|type,value,traceback"},
                                    {0}};
const builtin_def rlock_methods[] = {{"acquire", lock_acquire, "self|blocking,timeout"},
                                     {"release", lock_release, "self"},
                                     {"__enter__", lock_enter, "self"},
                                     {"__exit__", lock_release, "self|type,value,traceback"},
                                     {"_release_save", lock_release_save, "self"},
                                     {"_acquire_restore", lock_acquire_restore, "self,state"},
                                     {"_is_owned", lock_is_owned, "self"},
                                     {0}};

BUILTIN(thread_lock) {
    return lock_new(t, T_LOCK);
}
BUILTIN(thread_rlock) {
    return lock_new(t, T_RLOCK);
}

/* ---- the module ---------------------------------------------------------------------------------- */

BUILTIN(thread_ident) {
    return int_new(t, (int64_t)(uintptr_t)t);
}
BUILTIN(thread_native) {
    return int_new(t, gettid());
}
/* The object that threading has for this thread, or None. */
BUILTIN(thread_current) {
    return keep(t, t->current != NIL ? t->current : NONE);
}
BUILTIN(thread_set_current) {
    assign(t, &t->current, keep(t, args[0]));
    return NONE;
}
void local_clear(weft_thread *weft, local_key *key) {
    weft_mutex_lock(&key->rt->locals_lock);
    local_entry *all = key->entries;
    for (local_entry *e = all; e != NULL; e = e->key_next) {
        leave_thread(e);
    }
    key->entries = NULL;
    weft_mutex_unlock(&key->rt->locals_lock);
    while (all != NULL) {
        local_entry *e = all;
        all = e->key_next;
        weft_ref_decref(weft, ref_of(e->names));
        free(e);
    }
}

BUILTIN(thread_local_key) {
    local_key *key = (local_key *)object_new(t, sizeof *key, T_LOCAL);
    if (key == NULL) {
        return NIL;
    }
    key->entries = NULL;
    key->rt = t->rt;
    return from_ref(key);
}

/* The dict that this thread has for a key; None: none yet. */
BUILTIN(thread_local_get) {
    value found = NONE;
    weft_mutex_lock(&t->rt->locals_lock);
    for (const local_entry *e = t->locals; e != NULL && found == NONE; e = e->next) {
        if (from_ref(e->key) == args[0]) {
            found = keep(t, e->names);
        }
    }
    weft_mutex_unlock(&t->rt->locals_lock);
    return found;
}
/* A new one. A thread that is leaving has none any more. */
BUILTIN(thread_local_new) {
    local_key *key = AS(local_key, args[0]);
    value names = dict_new(t);
    if (names == NIL || t->leaving) {
        return names;
    }
    size_t room = 0;
    local_entry *e = (local_entry *)grow_array(NULL, sizeof *e, &room, 1);
    *e = (local_entry){
        .key = key, .names = keep(t, names), .back = &t->locals, .key_back = &key->entries};
    weft_mutex_lock(&t->rt->locals_lock);
    e->next = t->locals;
    e->key_next = key->entries;
    if (e->next != NULL) {
        e->next->back = &e->next;
    }
    if (e->key_next != NULL) {
        e->key_next->key_back = &e->key_next;
    }
    t->locals = e;
    key->entries = e;
    weft_mutex_unlock(&t->rt->locals_lock);
    return names;
}
BUILTIN(thread_count) {
    weft_mutex_lock(&t->rt->threads_lock);
    int running = t->rt->workers + t->rt->daemons;
    weft_mutex_unlock(&t->rt->threads_lock);
    return from_int32(running);
}
/* Header and traceback, with nothing of another thread's between them. */
BUILTIN(thread_print) {
    flush_output();
    if (is_str(args[0]) && is_a(args[1], T_EXC)) {
        print_exception_under(t, args[0], args[1]);
    }
    return NONE;
}

const builtin_def thread_functions[] = {
    {"allocate_lock", thread_lock, ""},
    {"RLock", thread_rlock, ""},
    {"start_new_thread", thread_start_new, "function,args|kwargs,daemon,/"},
    {"get_ident", thread_ident, ""},
    {"get_native_id", thread_native, ""},
    {"_current", thread_current, ""},
    {"_set_current", thread_set_current, "thread,/"},
    {"_local_key", thread_local_key, ""},
    {"_local_get", thread_local_get, "key,/"},
    {"_local_new", thread_local_new, "key,/"},
    {"_count", thread_count, ""},
    {"_print_exception", thread_print, "header,exception,/"},
    {0}};
