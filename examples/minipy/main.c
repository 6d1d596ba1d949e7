/* main.c: minipy [--gil] [--interpreters N] FILE.py ARGUMENTS...: makes a runtime, runs the program on a thread with a large stack, and
 * takes everything down again; N times at once, if that is asked for: interpreters share nothing but what is written once, before
 * they begin.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "object.h"
#include "weft_park.h"

enum {
    C_STACK = 512 << 20,
    VALUE_STACK = 64 << 20,
    MOST_INTERPRETERS = 1000,
};

struct single none_object, true_object, false_object, ellipsis_object, not_implemented_object;

/* Objects in static memory: never counted. */
static void start_static(void) {
    static const weft_ref IMMORTAL = WEFT_REF_IMMORTAL_INIT;
    struct single *const objects[] = {&none_object, &true_object, &false_object, &ellipsis_object,
                                      &not_implemented_object};
    static const uint16_t TYPES[] = {T_NONE, T_BOOL, T_BOOL, T_ELLIPSIS, T_NOTIMPL};
    for (size_t i = 0; i < 5; i++) {
        objects[i]->head = IMMORTAL;
        weft_init_u16(&objects[i]->head.host, TYPES[i]);
    }
    for (int64_t i = 0; i < SMALL_BOX_COUNT; i++) {
        small_boxes[i].head = IMMORTAL;
        weft_init_u16(&small_boxes[i].head.host, T_INT);
        small_boxes[i].content = from_int32(i + SMALL_BOX_MIN);
    }
}

static bool start_names(vm *t) {
    static const char *const TEXTS[] = {
#define X(name, text) text,
        NAMES(X)
#undef X
    };
    static const char *const OPERATORS[OP_COUNT] = {"add", "sub", "mul",    "truediv", "floordiv",
                                                    "mod", "pow", "lshift", "rshift",  "and",
                                                    "xor", "or",  "matmul"};
    static const char *const PREFIXES[] = {"__", "__r", "__i"};
    for (size_t i = 0; i < N_COUNT; i++) {
        t->rt->names[i] = str_name(t, TEXTS[i], strlen(TEXTS[i]));
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t op = 0; op < OP_COUNT; op++) {
            char name[24];
            (void)snprintf(name, sizeof name, "%s%s__", PREFIXES[i], OPERATORS[op]);
            t->rt->op_names[i][op] = str_name(t, name, strlen(name));
        }
    }
    for (int i = 0; i < 128; i++) {
        char c = (char)i;
        t->rt->chars[i] = str_name(t, &c, 1);
    }
    t->rt->empty_str = str_name(t, "", 0);
    t->rt->empty_tuple = tuple_new(t, 0);
    t->rt->modules = dict_new(t);
    return t->rt->modules != NIL;
}

/* Random, unless the environment asks for the same each time. */
static void make_seed(uint64_t *seed) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    seed[0] = (uint64_t)now.tv_nsec * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)getpid();
    seed[1] = seed[0] * UINT64_C(0xBF58476D1CE4E5B9) ^ (uint64_t)(uintptr_t)&now;
    const char *wanted = getenv("MINIPY_SEED");
    if (wanted != NULL) {
        seed[0] = strtoull(wanted, NULL, 0);
        /* Not its complement: that of 1 makes all hashes the same. */
        seed[1] = (seed[0] + 1) * UINT64_C(0x9E3779B97F4A7C15);
    }
}

/* The command line, and the interpreters that run it. */
typedef struct program {
    int argc; /* without what was for the interpreter */
    char **argv;
    bool gil;
    unsigned interpreters; /* 0: one, which was not asked for */
    pthread_mutex_t lock;  /* guards the rest */
    pthread_cond_t changed;
    unsigned running;
    int status; /* the first that is not 0 */
} program;

/* One interpreter is through. */
static void program_over(program *p, int status) {
    (void)pthread_mutex_lock(&p->lock);
    p->running--;
    p->status = p->status == 0 ? status : p->status;
    (void)pthread_cond_signal(&p->changed);
    (void)pthread_mutex_unlock(&p->lock);
}

/* All are. */
static int program_wait(program *p) {
    (void)pthread_mutex_lock(&p->lock);
    while (p->running > 0) {
        (void)pthread_cond_wait(&p->changed, &p->lock);
    }
    int status = p->status;
    (void)pthread_mutex_unlock(&p->lock);
    return status;
}

/* Daemons find it long after: it is not on the stack. */
typedef struct interpreter {
    runtime rt;
    program *program;
    pthread_t thread;
    bool stays; /* for its daemons: the process ends around it */
} interpreter;

/* What an uncaught exception ends the program with. */
static int report(vm *t) {
    value e = take_raised(t);
    int status = 1;
    flush_output();
    if (class_is_sub(AS(object, e)->cls, t->rt->classes[T_SystemExit])) {
        tuple *args = AS(tuple, member_load(&AS(exception, e)->args));
        value code_given = args->size > 0 ? args->items[0] : NONE;
        int64_t number;
        if (code_given == NONE) {
            status = 0;
        } else if (as_int64(code_given, &number)) {
            status = (int)number;
        } else {
            value text = to_str(t, code_given);
            (void)fprintf(stderr, "%s\n", text != NIL ? text_of(text) : "?");
            drop(t, text);
        }
    } else {
        print_exception(t, e);
    }
    decref(t, e);
    return status;
}

static bool run_prelude(vm *t) {
    value name = str_name(t, "_prelude", 8);
    value m = import_module(t, name);
    decref(t, name);
    if (m == NIL) {
        return false;
    }
    /* What it defines is builtin, but for what begins with an underscore; and the hook for __dict__. */
    value names = names_list(t, &AS(module, m)->dict);
    for (int64_t i = 0; names != NIL; i++) {
        value each = list_item(t, names, i);
        if (each == NIL) {
            break;
        }
        const char *text = text_of(each);
        if (*text != '_' || strcmp(text, "_prelude") == 0 || strcmp(text, "_long_range") == 0) {
            (void)names_set(t, &t->rt->builtins->dict, each,
                            names_get(t, &AS(module, m)->dict, each));
        }
        decref(t, each);
    }
    drop(t, names);
    decref(t, m);
    return t->raised == NIL;
}

static value absolute(vm *t, const char *path) {
    /* NOLINTNEXTLINE(clang-analyzer-unix.StdCLibraryFunctions): NULL lets it allocate, as far as minipy runs */
    char *folder = *path == '/' ? NULL : getcwd(NULL, 0);
    value made = folder == NULL ? str_of(t, path) : str_format(t, "%s/%s", folder, path);
    free(folder);
    return made;
}

static value run_file(vm *t, const char *path) {
    value source = read_file(t, path);
    if (source == NIL) {
        (void)fprintf(stderr, "minipy: can't open file '%s': %s\n", path, strerror(errno));
        forget_raised(t);
        return raise_value(t, T_SystemExit, from_int32(2));
    }
    struct module *m = module_new(t, "__main__");
    code *c = NULL;
    if (m != NULL && module_set(t, m, "__file__", absolute(t, path))) {
        c = compile(t, path, source);
    }
    decref(t, source);
    value result = c != NULL ? vm_exec(t, c, m) : NIL;
    if (c != NULL) {
        drop_object(t, c);
    }
    if (m != NULL) {
        drop_object(t, m);
    }
    return result;
}

/* What the main module had dies now. */
static void clear_main(vm *t) {
    value main_module = dict_get(t, t->rt->modules, NAME(main));
    if (main_module != NIL) {
        (void)weft_dict_clear(t->weft, &AS(module, main_module)->dict);
        decref(t, main_module);
        settle(t, weft_qsbr_barrier);
    }
    while (collect(t) > 0) {
        settle(t, weft_qsbr_barrier);
    }
}

/* Daemons are stopped where they are, and have hold of what they were using: the rest is the operating system's. */
static void leave_daemons(interpreter *i, vm *t, int status) {
    call_hook(t, "_prelude", "_write_all");
    clear_main(t);
    flush_lines(t->rt);
    i->stays = true;
    program_over(i->program, status);
    for (;;) {
        (void)pause();
    }
}

/* Lets go of everything, in an order in which __del__ methods find what they need for a while. */
static void take_down(vm *t) {
    runtime *rt = t->rt;
    value modules = to_list(t, rt->modules);
    clear_main(t);
    for (int64_t i = 0; modules != NIL; i++) {
        value name = list_item(t, modules, i);
        value m = name != NIL ? dict_get(t, rt->modules, name) : NIL;
        if (m == NIL) {
            break;
        }
        if (m != from_ref(rt->builtins)) {
            (void)weft_dict_clear(t->weft, &AS(module, m)->dict);
        }
        decref(t, name);
        decref(t, m);
    }
    drop(t, modules);
    immortals_clear(t);
    drop(t, rt->modules);
    drop(t, rt->argv);
    (void)weft_dict_clear(t->weft, &rt->builtins->dict);
    drop_object(t, rt->builtins);
    for (unsigned i = 1; i < T_COUNT; i++) {
        class *c = rt->classes[i];
        assign(t, &c->construct, NIL);
    }
    for (unsigned i = 1; i < T_COUNT; i++) {
        (void)weft_dict_clear(t->weft, &rt->classes[i]->dict);
    }
    settle(t, weft_qsbr_barrier);
    while (collect(t) > 0) {
        settle(t, weft_qsbr_barrier);
    }
    for (unsigned i = T_COUNT; i-- > 1;) {
        class *c = rt->classes[i];
        if (i != T_BIG) {
            assign(t, &c->mro, NIL);
        }
    }
    for (unsigned i = T_COUNT; i-- > 1;) {
        drop_object(t, rt->classes[i]);
    }
    for (size_t i = 0; i < N_COUNT; i++) {
        drop(t, rt->names[i]);
    }
    for (size_t i = 0; i < (size_t)3 * OP_COUNT; i++) {
        drop(t, rt->op_names[i / OP_COUNT][i % OP_COUNT]);
    }
    for (size_t i = 0; i < 128; i++) {
        drop(t, rt->chars[i]);
    }
    drop(t, rt->empty_str);
    drop(t, rt->empty_tuple);
    settle(t, weft_qsbr_barrier);
    immortals_free(t);
}

static int run_program(vm *t, program *p) {
    t->rt->argv = list_new(t);
    for (int i = 1; i < p->argc; i++) {
        (void)list_append_take(t, t->rt->argv, str_of(t, p->argv[i]));
    }
    if (!builtins_start(t) || !modules_start(t) || !run_prelude(t)) {
        return report(t);
    }
    value result = run_file(t, p->argv[1]);
    int status = result != NIL ? 0 : report(t);
    drop(t, result);
    return status;
}

static void out_of_memory(void) {
    (void)fputs("minipy: out of memory\n", stderr);
    exit(1);
}

/* The interpreter's first thread, attached. */
static vm *interpreter_begin(interpreter *i) {
    runtime *rt = &i->rt;
    const weft_runtime_config config = {.gil = i->program->gil};
    const weft_symbol_options options = {
        .hash = str_hash, .made = str_made, .context = rt->seed, .expected = 2000, .body = 8};
    weft_thread *weft;
    vm *t = NULL;
    make_seed(rt->seed);
    rt->heap = heap_new();
    rt->weft = weft_runtime_create(&config);
    if (rt->heap != NULL && rt->weft != NULL &&
        weft_thread_register(rt->weft, NULL, &weft) == WEFT_THREAD_OK &&
        weft_thread_attach(weft) == WEFT_THREAD_OK &&
        weft_symbol_table_init(weft, &rt->symbols, &options) == WEFT_SYMBOL_OK) {
        t = thread_begin(rt, weft, C_STACK, VALUE_STACK);
    }
    if (t != NULL) {
        t->alone = true;
    }
    if (t == NULL || !start_names(t)) {
        out_of_memory();
    }
    return t;
}

/* Nobody has a reference to it: all objects are gone. */
static int free_symbol(void *argument, weft_symbol *symbol) {
    (void)argument;
    if (weft_load_relaxed_u32(&symbol->head.local) == WEFT_REF_IMMORTAL) {
        weft_symbol_free(symbol);
    }
    return 0;
}

/* False: an object is left, and should not be. */
static bool interpreter_end(vm *t) {
    runtime *rt = t->rt;
    weft_thread *weft = t->weft;
    size_t left = memory_live(rt->heap);
    bool fine = left == 0 || getenv("MINIPY_LEAKS") == NULL;
    if (!fine) {
        (void)fprintf(stderr, "minipy: %zu objects are left\n", left);
    }
    weft_symbol_table_end(&rt->symbols, left == 0 ? free_symbol : NULL, NULL);
    thread_free(t);
    weft_thread_unregister(weft);
    weft_runtime_release(rt->weft);
    heap_free(rt->heap);
    return fine;
}

static void *interpreter_run(void *argument) {
    interpreter *i = (interpreter *)argument;
    vm *t = interpreter_begin(i);
    int status = run_program(t, i->program);
    flush_output();
    if (!threads_join(t)) {
        leave_daemons(i, t, status);
    }
    call_hook(t, "_prelude", "_write_all");
    flush_output();
    thread_drop(t);
    take_down(t);
    flush_lines(t->rt);
    program_over(i->program, interpreter_end(t) ? status : 99);
    return NULL;
}

static interpreter *interpreter_start(program *p, unsigned number) {
    pthread_attr_t attributes;
    interpreter *i = (interpreter *)calloc(1, sizeof *i);
    if (i == NULL) {
        out_of_memory();
    }
    i->program = p;
    i->rt.number = number;
    i->rt.whole_lines = p->interpreters > 0;
    (void)pthread_mutex_init(&i->rt.line_lock, NULL);
    (void)pthread_mutex_init(&i->rt.list_lock, NULL);
    weft_init_u64(&i->rt.recursion_limit, 1000);
    weft_init_u64(&i->rt.digits_limit, 4300);
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, C_STACK) != 0 ||
        pthread_create(&i->thread, &attributes, interpreter_run, i) != 0) {
        (void)fputs("minipy: cannot start a thread\n", stderr);
        exit(1);
    }
    (void)pthread_attr_destroy(&attributes);
    return i;
}

/* Takes the interpreter's own options off the command line. False: it is none. */
static bool parse(program *p) {
    for (; p->argc > 1 && strncmp(p->argv[1], "--", 2) == 0; p->argc--, p->argv++) {
        if (strcmp(p->argv[1], "--gil") == 0) {
            p->gil = true;
        } else if (strcmp(p->argv[1], "--interpreters") == 0 && p->argc > 2) {
            char *end;
            unsigned long number = strtoul(p->argv[2], &end, 10);
            if (*end != '\0' || number < 1 || number > MOST_INTERPRETERS) {
                return false;
            }
            p->interpreters = (unsigned)number;
            p->gil = true;
            p->argc--;
            p->argv++;
        } else {
            return false;
        }
    }
    return p->argc > 1;
}

int main(int argc, char **argv) {
    static const weft_ref_hooks HOOKS = {
        .dealloc = object_dealloc, .free = object_free, .size = object_size};
    interpreter *interpreters[MOST_INTERPRETERS];
    program p = {.argc = argc,
                 .argv = argv,
                 .lock = PTHREAD_MUTEX_INITIALIZER,
                 .changed = PTHREAD_COND_INITIALIZER};
    if (!parse(&p)) {
        (void)fputs("usage: minipy [--gil] [--interpreters N] FILE.py [ARGUMENT]...\n", stderr);
        return 2;
    }
    weft_park_decide(); /* while there is one thread: the runtime is made on another one */
    memory_start();
    start_static();
    weft_ref_install(&HOOKS);
    dict_start();
    if (WEFT_CHECKED) {
        weft_qsbr_set_batch(0); /* what was borrowed for too long is gone */
    }
    unsigned count = p.interpreters > 0 ? p.interpreters : 1;
    p.running = count;
    for (unsigned i = 0; i < count; i++) {
        interpreters[i] = interpreter_start(&p, i);
    }
    int status = program_wait(&p);
    bool stays = false;
    for (unsigned i = 0; i < count; i++) {
        if (interpreters[i]->stays) {
            stays = true;
        } else {
            (void)pthread_join(interpreters[i]->thread, NULL);
            free(interpreters[i]);
        }
    }
    flush_output();
    if (stays) {
        _exit(status);
    }
    return status;
}
