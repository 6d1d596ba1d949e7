/* modules.c: import, and the modules in C: _math, time, sys, os, gc (_thread: thread.c). Others are in Python, in lib/ and part of the program. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "weft_gil.h" /* before object.h: a parameter there has the name of a type here */

#include "object.h"

/* ---- import -------------------------------------------------------------------------------------- */

/* `loading`: 1 while its text is run. */
static struct module *module_make(vm *t, const char *name, uint8_t loading) {
    struct module *m = (struct module *)object_new(t, sizeof *m, T_MODULE);
    if (m == NULL) {
        return NULL;
    }
    weft_dict_init(t->weft, &m->dict, WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS);
    weft_store_relaxed_u16(&m->dict.head.host, T_MODULE);
    weft_init_u8(&m->loading, loading);
    m->name = str_name(t, name, strlen(name));
    if ((!t->alone && weft_dict_set_shared(t->weft, &m->dict) != WEFT_DICT_OK) || m->name == NIL ||
        !names_set(t, &m->dict, NAME(name), m->name) ||
        !dict_set(t, t->rt->modules, m->name, from_ref(m))) {
        drop_object(t, m);
        return NULL;
    }
    return m;
}

struct module *module_new(vm *t, const char *name) {
    return module_make(t, name, 0);
}

bool module_set(vm *t, struct module *m, const char *name, value item) {
    value key = str_name(t, name, strlen(name));
    bool fine = key != NIL && item != NIL && names_set(t, &m->dict, key, item);
    drop(t, key);
    drop(t, item);
    return fine;
}

/* Runs a module's source. The module, or NIL. */
static value run_module(vm *t, const char *name, const char *filename, value source) {
    struct module *m = module_make(t, name, 1);
    code *c = m != NULL ? compile(t, filename, source) : NULL;
    value result = c != NULL ? vm_exec(t, c, m) : NIL;
    if (m != NULL) {
        /* Release: pairs with import_module. */
        weft_store_release_u8(&m->loading, 0);
    }
    if (c != NULL) {
        drop_object(t, c);
    }
    if (result == NIL) {
        if (m != NULL) {
            bool found;
            value raised = take_raised(t);
            (void)dict_delete(t, t->rt->modules, m->name, &found);
            drop_object(t, m);
            t->raised = raised;
        }
        return NIL;
    }
    decref(t, result);
    return from_ref(m);
}

/* Raises. What stands before the last point is looked for first: it may be what is missing. */
static void module_missing(vm *t, value name) {
    const char *point = strrchr(text_of(name), '.');
    if (point == NULL) {
        (void)raise(t, T_ModuleNotFoundError, "No module named '%s'", text_of(name));
        return;
    }
    value around = str_name(t, text_of(name), (size_t)(point - text_of(name)));
    value m = import_module(t, around);
    if (m != NIL) {
        (void)raise(t, T_ModuleNotFoundError, "No module named '%s'; '%s' is not a package",
                    text_of(name), text_of(around));
    }
    drop(t, m);
    decref(t, around);
}

/* A file beside the program. */
static value import_file(vm *t, value name) {
    value first = list_item(t, t->rt->argv, 0);
    const char *program = first != NIL ? text_of(first) : "";
    const char *slash = strrchr(program, '/');
    value path = str_format(t, "%.*s%s.py", slash != NULL ? (int)(slash - program + 1) : 0, program,
                            text_of(name));
    drop(t, first);
    value source = path != NIL ? read_file(t, text_of(path)) : NIL;
    value m = NIL;
    if (source != NIL) {
        m = run_module(t, text_of(name), text_of(path), source);
        decref(t, source);
    } else if (raised_is(t, T_OSError)) {
        forget_raised(t);
        module_missing(t, name);
    }
    drop(t, path);
    return m;
}

/* By the thread that is to load it. */
static value import_new(vm *t, value name) {
    value found = dict_get(t, t->rt->modules, name); /* another thread was here first */
    if (found != NIL || t->raised != NIL) {
        return found;
    }
    for (const library_module *l = library; l->name != NULL; l++) {
        if (strcmp(l->name, text_of(name)) == 0) {
            value source = str_of(t, l->text);
            value filename = str_format(t, "<minipy>/%s.py", l->name);
            value m = source != NIL ? run_module(t, l->name, text_of(filename), source) : NIL;
            drop(t, source);
            drop(t, filename);
            return m;
        }
    }
    return import_file(t, name);
}

/* Modules that are being loaded, each by the thread that came first. Others wait until it is done, as with a lock for each module:
 * but for one that waits, be it by way of other threads and modules, for the one that would have to wait. That one takes the module as it is. */
typedef struct loading {
    struct loading *next;
    value name; /* borrowed */
    vm *owner;
} loading;

static loading *loading_find(runtime *rt, value name) {
    for (loading *l = rt->loading; l != NULL; l = l->next) {
        if (str_equal(l->name, name)) {
            return l;
        }
    }
    return NULL;
}

/* Whether this thread itself is at the end of those that would have to go on first. */
static bool would_wait_for_itself(vm *t, const loading *l) {
    while (l != NULL && l->owner != t) {
        l = l->owner->awaited != NIL ? loading_find(t->rt, l->owner->awaited) : NULL;
    }
    return l != NULL;
}

enum { TO_LOAD, LOADED, AS_IT_IS };

/* Without other threads there is nobody to wait for: those that load one may be daemons that have been stopped. */
static int loading_begin(vm *t, loading *mine) {
    runtime *rt = t->rt;
    bool alone = t->alone;
    int result = TO_LOAD;
    if (!alone) {
        weft_mutex_lock(&rt->import_lock);
        const loading *other = loading_find(rt, mine->name);
        if (other != NULL) {
            result = would_wait_for_itself(t, other) ? AS_IT_IS : LOADED;
        }
        t->awaited = result == LOADED ? mine->name : NIL;
        while (result == LOADED && loading_find(rt, mine->name) == other) {
            weft_cond_wait(&rt->import_done, &rt->import_lock);
        }
        t->awaited = NIL;
    }
    if (result == TO_LOAD) {
        mine->next = rt->loading;
        rt->loading = mine;
    }
    if (!alone) {
        weft_mutex_unlock(&rt->import_lock);
    }
    return result;
}

static void loading_end(vm *t, const loading *mine) {
    runtime *rt = t->rt;
    bool alone = t->alone;
    if (!alone) {
        weft_mutex_lock(&rt->import_lock);
    }
    loading **at = &rt->loading;
    while (*at != mine) {
        at = &(*at)->next;
    }
    *at = mine->next;
    if (!alone) {
        weft_cond_notify_all(&rt->import_done);
        weft_mutex_unlock(&rt->import_lock);
    }
}

value import_module(vm *t, value name) {
    value found = dict_get(t, t->rt->modules, name);
    /* Acquire: pairs with the end of run_module: what the module has defined is there. */
    if (t->raised != NIL ||
        (found != NIL &&
         (!is_a(found, T_MODULE) || weft_load_acquire_u8(&AS(module, found)->loading) == 0))) {
        return found;
    }
    loading mine = {.name = name, .owner = t};
    switch (loading_begin(t, &mine)) {
    case TO_LOAD:
        drop(t, found);
        found = import_new(t, name);
        loading_end(t, &mine);
        return found;
    case LOADED:
        drop(t, found);
        return import_module(t, name);
    default:
        return found != NIL
                   ? found
                   : raise(t, T_RuntimeError, "deadlock between imports of '%s'", text_of(name));
    }
}

value library_call(vm *t, const char *module, const char *function, size_t count,
                   const value *args) {
    value name = str_name(t, module, strlen(module));
    value m = name != NIL ? import_module(t, name) : NIL;
    value key = m != NIL ? str_name(t, function, strlen(function)) : NIL;
    value f = key != NIL ? get_attribute(t, m, key) : NIL;
    value result = f != NIL ? call(t, f, count, args) : NIL;
    drop(t, name);
    drop(t, m);
    drop(t, key);
    drop(t, f);
    return result;
}

/* ---- math ---------------------------------------------------------------------------------------- */

static value domain(vm *t, double x, double result) {
    if (isnan(result) && !isnan(x)) {
        return raise(t, T_ValueError, "math domain error");
    }
    if (isinf(result) && isfinite(x)) {
        return raise(t, T_OverflowError, "math range error");
    }
    return from_float(result);
}
#define MATH_FUNCTION(name, function)                                                              \
    BUILTIN(math_##name) {                                                                         \
        double x;                                                                                  \
        return as_double(t, args[0], &x) ? domain(t, x, function(x)) : NIL;                        \
    }
MATH_FUNCTION(sqrt, sqrt)
MATH_FUNCTION(sin, sin)
MATH_FUNCTION(cos, cos)
MATH_FUNCTION(tan, tan)
MATH_FUNCTION(asin, asin)
MATH_FUNCTION(acos, acos)
MATH_FUNCTION(atan, atan)
MATH_FUNCTION(sinh, sinh)
MATH_FUNCTION(cosh, cosh)
MATH_FUNCTION(tanh, tanh)
MATH_FUNCTION(exp, exp)
MATH_FUNCTION(expm1, expm1)
MATH_FUNCTION(fabs, fabs)
MATH_FUNCTION(gamma, tgamma)
MATH_FUNCTION(lgamma, lgamma)
MATH_FUNCTION(erf, erf)

BUILTIN(math_pow) {
    double x;
    double y;
    if (!as_double(t, args[0], &x) || !as_double(t, args[1], &y)) {
        return NIL;
    }
    double r = pow(x, y);
    if ((isnan(r) && !isnan(x) && !isnan(y)) || (x == 0 && y < 0)) {
        return raise(t, T_ValueError, "math domain error");
    }
    return isinf(r) && isfinite(x) && isfinite(y) ? raise(t, T_OverflowError, "math range error")
                                                  : from_float(r);
}
#define MATH_FUNCTION2(name, function)                                                             \
    BUILTIN(math_##name) {                                                                         \
        double x;                                                                                  \
        double y;                                                                                  \
        return as_double(t, args[0], &x) && as_double(t, args[1], &y) ? from_float(function(x, y)) \
                                                                      : NIL;                       \
    }
MATH_FUNCTION2(atan2, atan2)
MATH_FUNCTION2(copysign, copysign)

BUILTIN(math_fmod) {
    double x;
    double y;
    return as_double(t, args[0], &x) && as_double(t, args[1], &y) ? domain(t, x + y, fmod(x, y))
                                                                  : NIL;
}

/* The logarithm of an int may be far beyond a float's range. */
static bool log_of(vm *t, value v, double (*function)(double), double *result) {
    double x;
    double shift = 0;
    if (is_a(v, T_BIG) && mpz_sgn(AS(big, v)->z) > 0 && mpz_sizeinbase(AS(big, v)->z, 2) > 1023) {
        long exponent;
        x = mpz_get_d_2exp(&exponent, AS(big, v)->z);
        shift = (double)exponent * function(2.0);
    } else if (!as_double(t, v, &x)) {
        return false;
    }
    if (x <= 0) {
        (void)raise(t, T_ValueError, "math domain error");
        return false;
    }
    *result = function(x) + shift;
    return true;
}
BUILTIN(math_log) {
    double x;
    double base;
    if (!log_of(t, args[0], log, &x)) {
        return NIL;
    }
    if (args[1] == NIL) {
        return from_float(x);
    }
    if (!log_of(t, args[1], log, &base)) {
        return NIL;
    }
    return base == 0 ? raise(t, T_ZeroDivisionError, "float division by zero")
                     : from_float(x / base);
}
BUILTIN(math_log2) {
    double x;
    return log_of(t, args[0], log2, &x) ? from_float(x) : NIL;
}
BUILTIN(math_log10) {
    double x;
    return log_of(t, args[0], log10, &x) ? from_float(x) : NIL;
}
BUILTIN(math_log1p) {
    double x;
    if (!as_double(t, args[0], &x)) {
        return NIL;
    }
    return x <= -1 ? raise(t, T_ValueError, "math domain error") : from_float(log1p(x));
}

static value to_whole(vm *t, value v, double (*function)(double), const char *special) {
    if (is_integer(v)) {
        return number_unary(t, '+', v);
    }
    if (is_a(v, T_OBJECT)) {
        value name = str_name(t, special, strlen(special));
        value made = try_special(t, v, name, 0, NULL);
        decref(t, name);
        if (made != NIL || t->raised != NIL) {
            return made;
        }
    }
    double x;
    return as_double(t, v, &x) ? int_from_double(t, function(x)) : NIL;
}
BUILTIN(math_floor) {
    return to_whole(t, args[0], floor, "__floor__");
}
BUILTIN(math_ceil) {
    return to_whole(t, args[0], ceil, "__ceil__");
}
BUILTIN(math_trunc) {
    return to_whole(t, args[0], trunc, "__trunc__");
}

static value math_test(vm *t, const value *args, int which) {
    double x;
    if (!as_double(t, args[0], &x)) {
        return NIL;
    }
    return from_bool(which == 0 ? isnan(x) : which == 1 ? isinf(x) : isfinite(x));
}
BUILTIN(math_isnan) {
    return math_test(t, args, 0);
}
BUILTIN(math_isinf) {
    return math_test(t, args, 1);
}
BUILTIN(math_isfinite) {
    return math_test(t, args, 2);
}
/* The longer mantissa makes the sum of squares exact enough for one rounding, and its range needs no scaling. */
BUILTIN(math_hypot) {
    long double sum = 0;
    bool infinite = false;
    for (size_t i = 0; i < count; i++) {
        double x;
        if (!as_double(t, args[i], &x)) {
            return NIL;
        }
        infinite |= isinf(x);
        sum += (long double)x * x;
    }
    return from_float(infinite ? INFINITY : (double)sqrtl(sum));
}
BUILTIN(math_modf) {
    double x;
    double whole;
    if (!as_double(t, args[0], &x)) {
        return NIL;
    }
    double rest = modf(x, &whole);
    return tuple_pair(t, from_float(rest), from_float(whole));
}
BUILTIN(math_frexp) {
    double x;
    int exponent = 0;
    if (!as_double(t, args[0], &x)) {
        return NIL;
    }
    double m = frexp(x, &exponent);
    return tuple_pair(t, from_float(m), from_int32(isfinite(x) ? exponent : 0));
}
BUILTIN(math_ldexp) {
    double x;
    int64_t exponent;
    if (!as_double(t, args[0], &x) || !as_index(t, args[1], &exponent, true)) {
        return NIL;
    }
    exponent = exponent > 100000 ? 100000 : exponent < -100000 ? -100000 : exponent;
    double result = ldexp(x, (int)exponent);
    return isinf(result) && isfinite(x) ? raise(t, T_OverflowError, "math range error")
                                        : from_float(result);
}

/* Functions of ints by way of GMP. */
static bool to_mpz(vm *t, value v, mpz_t z) {
    int64_t small;
    if (is_a(v, T_BIG)) {
        mpz_init_set(z, AS(big, v)->z);
        return true;
    }
    if (!as_index(t, v, &small, false)) {
        return false;
    }
    mpz_init_set_si(z, small);
    return true;
}
BUILTIN(math_gcd) {
    mpz_t total;
    mpz_init(total);
    for (size_t i = 0; i < count; i++) {
        mpz_t z;
        if (!to_mpz(t, args[i], z)) {
            mpz_clear(total);
            return NIL;
        }
        mpz_gcd(total, total, z);
        mpz_clear(z);
    }
    return int_from_mpz(t, total);
}
BUILTIN(math_isqrt) {
    mpz_t z;
    if (!to_mpz(t, args[0], z)) {
        return NIL;
    }
    if (mpz_sgn(z) < 0) {
        mpz_clear(z);
        return raise(t, T_ValueError, "isqrt() argument must be nonnegative");
    }
    mpz_sqrt(z, z);
    return int_from_mpz(t, z);
}

static const builtin_def MATH[] = {{"sqrt", math_sqrt, "x,/"},
                                   {"sin", math_sin, "x,/"},
                                   {"cos", math_cos, "x,/"},
                                   {"tan", math_tan, "x,/"},
                                   {"asin", math_asin, "x,/"},
                                   {"acos", math_acos, "x,/"},
                                   {"atan", math_atan, "x,/"},
                                   {"sinh", math_sinh, "x,/"},
                                   {"cosh", math_cosh, "x,/"},
                                   {"tanh", math_tanh, "x,/"},
                                   {"exp", math_exp, "x,/"},
                                   {"expm1", math_expm1, "x,/"},
                                   {"fabs", math_fabs, "x,/"},
                                   {"gamma", math_gamma, "x,/"},
                                   {"lgamma", math_lgamma, "x,/"},
                                   {"erf", math_erf, "x,/"},
                                   {"pow", math_pow, "x,y,/"},
                                   {"atan2", math_atan2, "y,x,/"},
                                   {"copysign", math_copysign, "x,y,/"},
                                   {"fmod", math_fmod, "x,y,/"},
                                   {"log", math_log, "x|base,/"},
                                   {"log2", math_log2, "x,/"},
                                   {"log10", math_log10, "x,/"},
                                   {"log1p", math_log1p, "x,/"},
                                   {"floor", math_floor, "x,/"},
                                   {"ceil", math_ceil, "x,/"},
                                   {"trunc", math_trunc, "x,/"},
                                   {"isnan", math_isnan, "x,/"},
                                   {"isinf", math_isinf, "x,/"},
                                   {"isfinite", math_isfinite, "x,/"},
                                   {"hypot", math_hypot, "*"},
                                   {"modf", math_modf, "x,/"},
                                   {"frexp", math_frexp, "x,/"},
                                   {"ldexp", math_ldexp, "x,i,/"},
                                   {"gcd", math_gcd, "*"},
                                   {"isqrt", math_isqrt, "n,/"},
                                   {0}};

/* ---- time ---------------------------------------------------------------------------------------- */

static double seconds(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#define CLOCK_FUNCTIONS(name, clock)                                                               \
    BUILTIN(time_##name) {                                                                         \
        return from_float(seconds(clock));                                                         \
    }                                                                                              \
    BUILTIN(time_##name##_ns) {                                                                    \
        return int_new(t, nanoseconds(clock));                                                     \
    }
CLOCK_FUNCTIONS(time, CLOCK_REALTIME)
CLOCK_FUNCTIONS(perf_counter, CLOCK_MONOTONIC)
CLOCK_FUNCTIONS(process_time, CLOCK_PROCESS_CPUTIME_ID)

BUILTIN(time_sleep) {
    double wanted;
    if (!as_double(t, args[0], &wanted)) {
        return NIL;
    }
    if (!(wanted >= 0)) {
        return raise(t, T_ValueError, "sleep length must be non-negative");
    }
    struct timespec length_of_sleep = {.tv_sec = (time_t)wanted};
    length_of_sleep.tv_nsec = (long)((wanted - floor(wanted)) * 1e9);
    vm_detach(t);
    (void)fflush(stdout);
    (void)nanosleep(&length_of_sleep, NULL);
    vm_attach(t);
    return NONE;
}

static const builtin_def TIME[] = {{"time", time_time, ""},
                                   {"time_ns", time_time_ns, ""},
                                   {"perf_counter", time_perf_counter, ""},
                                   {"perf_counter_ns", time_perf_counter_ns, ""},
                                   {"monotonic", time_perf_counter, ""},
                                   {"monotonic_ns", time_perf_counter_ns, ""},
                                   {"process_time", time_process_time, ""},
                                   {"process_time_ns", time_process_time_ns, ""},
                                   {"sleep", time_sleep, "seconds,/"},
                                   {0}};

/* ---- sys, os, gc --------------------------------------------------------------------------------- */

BUILTIN(sys_exit) {
    value e = exception_new(t, t->rt->classes[T_SystemExit], args[0] != NIL, args);
    return e != NIL ? raise_object(t, e) : NIL;
}
BUILTIN(sys_getrecursionlimit) {
    return int_new(t, (int64_t)weft_load_relaxed_u64(&t->rt->recursion_limit));
}
BUILTIN(sys_setrecursionlimit) {
    int64_t limit;
    if (!as_index(t, args[0], &limit, true)) {
        return NIL;
    }
    if (limit < 1) {
        return raise(t, T_ValueError, "recursion limit must be greater or equal than 1");
    }
    weft_store_relaxed_u64(&t->rt->recursion_limit, (uint64_t)limit);
    return NONE;
}
BUILTIN(sys_set_digits) {
    int64_t limit;
    if (!as_index(t, args[0], &limit, true)) {
        return NIL;
    }
    weft_store_relaxed_u64(&t->rt->digits_limit, (uint64_t)limit);
    return NONE;
}
BUILTIN(sys_get_digits) {
    return int_new(t, (int64_t)weft_load_relaxed_u64(&t->rt->digits_limit));
}
BUILTIN(sys_intern) {
    return is_str(args[0]) ? str_intern(t, args[0])
                           : raise(t, T_TypeError, "intern() argument must be str");
}
BUILTIN(sys_exc_info) {
    value e = t->handled;
    value tb = e != NIL ? member_load(&AS(exception, e)->traceback) : NIL;
    value parts[3] = {e != NIL ? from_ref(AS(object, e)->cls) : NONE, e != NIL ? e : NONE,
                      tb != NIL ? tb : NONE};
    return tuple_of(t, 3, parts);
}
/* minipy's own: switches the lock that lets one thread run at a time, while they run. What it was before. */
BUILTIN(sys_setgil) {
    int on = truth(t, args[0]);
    bool was = weft_gil_is_on(t->rt->weft);
    if (on < 0) {
        return NIL;
    }
    if (weft_gil_set(t->weft, on != 0) != WEFT_THREAD_OK) {
        return raise(t, T_RuntimeError, "the interpreter is closed");
    }
    return from_bool(was);
}
BUILTIN(sys_is_gil_enabled) {
    return from_bool(weft_gil_is_on(t->rt->weft));
}
/* minipy's own, too: memory_figures, by name. */
BUILTIN(sys_memory) {
    memory_figures look = memory_look(t);
    const struct {
        const char *name;
        size_t figure;
    } parts[] = {{"objects", look.objects}, {"heap", look.heap},       {"waiting", look.waiting},
                 {"tables", look.tables},   {"symbols", look.symbols}, {"blocks", look.blocks}};
    value made = dict_new(t);
    for (size_t i = 0; made != NIL && i < sizeof parts / sizeof *parts; i++) {
        value name = str_of(t, parts[i].name);
        (void)dict_set(t, made, name, int_new(t, (int64_t)parts[i].figure));
        decref(t, name);
    }
    return made;
}
BUILTIN(sys_setswitchinterval) {
    double wanted;
    if (!as_double(t, args[0], &wanted)) {
        return NIL;
    }
    if (!(wanted > 0)) {
        return raise(t, T_ValueError, "switch interval must be strictly positive");
    }
    weft_gil_set_interval(t->rt->weft, (uint64_t)(wanted * 1e9));
    return NONE;
}
static const builtin_def SYS[] = {{"exit", sys_exit, "|status,/"},
                                  {"getrecursionlimit", sys_getrecursionlimit, ""},
                                  {"setrecursionlimit", sys_setrecursionlimit, "limit,/"},
                                  {"set_int_max_str_digits", sys_set_digits, "maxdigits"},
                                  {"get_int_max_str_digits", sys_get_digits, ""},
                                  {"intern", sys_intern, "string,/"},
                                  {"exc_info", sys_exc_info, ""},
                                  {"setgil", sys_setgil, "on,/"},
                                  {"memory", sys_memory, ""},
                                  {"_is_gil_enabled", sys_is_gil_enabled, ""},
                                  {"setswitchinterval", sys_setswitchinterval, "interval,/"},
                                  {0}};

BUILTIN(os_cpu_count) {
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return cpus > 0 ? int_new(t, cpus) : NONE;
}
BUILTIN(os_getpid) {
    return int_new(t, getpid());
}
static const builtin_def OS[] = {{"cpu_count", os_cpu_count, ""}, {"getpid", os_getpid, ""}, {0}};

BUILTIN(gc_collect) {
    return int_new(t, (int64_t)collect(t));
}
BUILTIN(gc_nothing) {
    return NONE;
}
static const builtin_def GC[] = {{"collect", gc_collect, "|generation"},
                                 {"enable", gc_nothing, ""},
                                 {"disable", gc_nothing, ""},
                                 {"freeze", gc_nothing, ""},
                                 {0}};

static struct module *make_module(vm *t, const char *name, const builtin_def *functions) {
    struct module *m = module_new(t, name);
    for (const builtin_def *def = functions; m != NULL && def->name != NULL; def++) {
        value made = builtin_new(t, def, NIL);
        if (made != NIL) {
            AS(builtin, made)->self = keep(t, from_ref(m));
        }
        if (!module_set(t, m, def->name, made)) {
            return NULL;
        }
    }
    return m;
}

bool modules_start(vm *t) {
    struct module *math = make_module(t, "_math", MATH);
    struct module *time_module = make_module(t, "time", TIME);
    struct module *sys = make_module(t, "sys", SYS);
    struct module *os = make_module(t, "os", OS);
    struct module *gc = make_module(t, "gc", GC);
    struct module *thread = make_module(t, "_thread", thread_functions);
    if (thread == NULL || math == NULL || time_module == NULL || sys == NULL || os == NULL ||
        gc == NULL) {
        return false;
    }
    assign(t, &math->name, str_name(t, "math", 4)); /* so errors call it */
    value version[3] = {from_int32(3), from_int32(11), from_int32(7)};
    bool fine = module_set(t, math, "pi", from_float(3.14159265358979323846)) &&
                module_set(t, math, "e", from_float(2.71828182845904523536)) &&
                module_set(t, math, "tau", from_float(6.28318530717958647692)) &&
                module_set(t, math, "inf", from_float(INFINITY)) &&
                module_set(t, math, "nan", from_float(NAN)) &&
                module_set(t, sys, "argv", keep(t, t->rt->argv)) &&
                module_set(t, sys, "modules", keep(t, t->rt->modules)) &&
                module_set(t, sys, "maxsize", int_new(t, INT64_MAX)) &&
                module_set(t, sys, "maxunicode", from_int32(0x10FFFF)) &&
                module_set(t, sys, "version", str_of(t, "3.11.7 (minipy)")) &&
                module_set(t, sys, "version_info", tuple_of(t, 3, version)) &&
                module_set(t, sys, "platform", str_of(t, "linux")) &&
                module_set(t, sys, "byteorder", str_of(t, "little")) &&
                module_set(t, sys, "interpreter_id", from_int32(t->rt->number)) &&
                module_set(t, os, "sep", str_of(t, "/")) &&
                module_set(t, os, "linesep", str_of(t, "\n")) &&
                module_set(t, os, "name", str_of(t, "posix"));
    drop_object(t, math);
    drop_object(t, time_module);
    drop_object(t, sys);
    drop_object(t, os);
    drop_object(t, gc);
    drop_object(t, thread);
    return fine;
}
