/* object.h: what a value is, the objects, and what the files of the interpreter call of each other.
 *
 * A value is a word. Small ints (50 bits) and floats are in the word itself, everything else is the address of an
 * object that begins with weft's header:
 *
 *     0000 0000 0000 0000    NIL: no value. An exception is raised, or a variable is not bound
 *     0000 pppp pppp pppp    an object, or
 *     0001 pppp pppp pppp    (there are no such addresses)
 *     0002 ... to FFFB ...   a float: its bits + 2^49
 *     FFFC ... to FFFF ...   a small int
 *
 * weft's containers hold objects. What a list or a dict takes is boxed on the way in (box), and unboxed on the way out: a box
 * never reaches the program. So arithmetic neither allocates nor counts, and a store does what it does anyway.
 *
 * Which type an object has is in the header's 16 bits for the host: a look at the type is a look at the object.
 *
 * Counting. Functions borrow their arguments and return references of the caller's, unless a comment says otherwise. NIL
 * from a function that returns a value means that an exception is raised (t->raised).
 *
 * Discipline. All lists and dicts are DEFERRED: a module's globals, classes and what many threads read at once are then
 * read without a count. The price is that what a container gives up dies a little later, at a quiescent state. Programs
 * with a __del__ are to see it at once: as soon as there is one, each back edge and call is a quiescent state (vm_safepoint).
 * Borrowed values do not live across such a point: what is on the value stack is counted.
 */
#ifndef MINIPY_OBJECT_H
#define MINIPY_OBJECT_H

#include <gmp.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "weft_cond.h"
#include "weft_critical.h"
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_list.h"
#include "weft_ref.h"
#include "weft_symbol.h"
#include "weft_thread.h"
#include "weft_world.h"

/* ---- values -------------------------------------------------------------------------------------- */

typedef uint64_t value;

#define NIL ((value)0)
#define FLOAT_OFFSET UINT64_C(0x0002000000000000)
#define INT_TAG UINT64_C(0xFFFC000000000000)
#define INT_BITS 50
#define INT_MAX_SMALL ((INT64_C(1) << (INT_BITS - 1)) - 1)
#define INT_MIN_SMALL (-INT_MAX_SMALL - 1)

static inline bool is_int(value v) {
    return v >= INT_TAG;
}
static inline bool both_int(value a, value b) {
    return (a & b) >= INT_TAG;
}
/* Not NIL. */
static inline bool is_object(value v) {
    return v - 1 < FLOAT_OFFSET - 1;
}
static inline bool is_float(value v) {
    return v - FLOAT_OFFSET < INT_TAG - FLOAT_OFFSET;
}
static inline int64_t int_of(value v) {
    return (int64_t)(v << (64 - INT_BITS)) >> (64 - INT_BITS);
}
static inline bool int_fits(int64_t number) {
    return (uint64_t)number - (uint64_t)INT_MIN_SMALL < UINT64_C(1) << INT_BITS;
}
static inline value from_small(int64_t number) {
    return INT_TAG | (uint64_t)number;
}
static inline value from_int32(int64_t number) {
    return INT_TAG | ((uint64_t)number & ~INT_TAG);
}
static inline double float_of(value v) {
    double number;
    v -= FLOAT_OFFSET;
    memcpy(&number, &v, sizeof number);
    return number;
}
static inline value from_float(double number) {
    value v;
    memcpy(&v, &number, sizeof v);
    return v + FLOAT_OFFSET;
}
static inline weft_ref *ref_of(value v) {
    return (weft_ref *)(uintptr_t)v; /* NOLINT(performance-no-int-to-ptr) */
}
static inline value from_ref(const void *object) {
    return (value)(uintptr_t)object;
}
#define AS(type, v) ((struct type *)(uintptr_t)(v)) /* NOLINT(performance-no-int-to-ptr) */

/* A member that threads read and change without a lock. It counts what it holds; who takes something out drops that after a
 * grace period, once there are threads: a reader borrows what it loads, and keeps it by counting. See member_load. */
typedef struct member {
    weft_atomic_u64 word;
} member;

/* ---- types --------------------------------------------------------------------------------------- */

/* Builtin classes: enumerator, name, base. Those before EXC have a layout of their own: the class's number is the type
 * number of its objects. */
#define BUILTIN_CLASSES(X)                                                                         \
    X(OBJECT, "object", OBJECT)                                                                    \
    X(STR, "str", OBJECT)                                                                          \
    X(INT, "int", OBJECT)                                                                          \
    X(FLOAT, "float", OBJECT)                                                                      \
    X(BIG, "int", OBJECT)                                                                          \
    X(BOOL, "bool", INT)                                                                           \
    X(NONE, "NoneType", OBJECT)                                                                    \
    X(ELLIPSIS, "ellipsis", OBJECT)                                                                \
    X(NOTIMPL, "NotImplementedType", OBJECT)                                                       \
    X(TUPLE, "tuple", OBJECT)                                                                      \
    X(LIST, "list", OBJECT)                                                                        \
    X(DICT, "dict", OBJECT)                                                                        \
    X(SET, "set", OBJECT)                                                                          \
    X(FROZENSET, "frozenset", OBJECT)                                                              \
    X(RANGE, "range", OBJECT)                                                                      \
    X(SLICE, "slice", OBJECT)                                                                      \
    X(ITER, "iterator", OBJECT)                                                                    \
    X(FUNC, "function", OBJECT)                                                                    \
    X(BUILTIN, "builtin_function_or_method", OBJECT)                                               \
    X(METHOD, "method", OBJECT)                                                                    \
    X(CELL, "cell", OBJECT)                                                                        \
    X(CODE, "code", OBJECT)                                                                        \
    X(GEN, "generator", OBJECT)                                                                    \
    X(COROUTINE, "coroutine", OBJECT)                                                              \
    X(CLASS, "type", OBJECT)                                                                       \
    X(MODULE, "module", OBJECT)                                                                    \
    X(PROPERTY, "property", OBJECT)                                                                \
    X(STATICMETHOD, "staticmethod", OBJECT)                                                        \
    X(CLASSMETHOD, "classmethod", OBJECT)                                                          \
    X(SUPER, "super", OBJECT)                                                                      \
    X(LOCK, "lock", OBJECT)                                                                        \
    X(RLOCK, "RLock", OBJECT)                                                                      \
    X(LOCAL, "local_key", OBJECT)                                                                  \
    X(TRACEBACK, "traceback", OBJECT)                                                              \
    X(SHAPE, "shape", OBJECT)                                                                      \
    X(VIEW, "dict_keys", OBJECT)                                                                   \
    X(VIEW_OF_VALUES, "dict_values", OBJECT)                                                       \
    X(VIEW_OF_ITEMS, "dict_items", OBJECT)                                                         \
    X(ITER_OF_LIST, "list_iterator", ITER)                                                         \
    X(ITER_OF_TUPLE, "tuple_iterator", ITER)                                                       \
    X(ITER_OF_STR, "str_iterator", ITER)                                                           \
    X(ITER_OF_RANGE, "range_iterator", ITER)                                                       \
    X(ITER_OF_DICT, "dict_keyiterator", ITER)                                                      \
    X(ITER_OF_SET, "set_iterator", ITER)                                                           \
    X(ITER_OF_REVERSED, "reversed", ITER)                                                          \
    X(ITER_OF_SEQUENCE, "iterator", ITER)                                                          \
    X(ITER_OF_CALL, "callable_iterator", ITER)                                                     \
    X(ITER_OF_ENUMERATE, "enumerate", ITER)                                                        \
    X(ITER_OF_ZIP, "zip", ITER)                                                                    \
    X(ITER_OF_MAP, "map", ITER)                                                                    \
    X(ITER_OF_FILTER, "filter", ITER)                                                              \
    X(ITER_OF_ASCII, "str_ascii_iterator", ITER)                                                   \
    X(ITER_OF_DICT_VALUES, "dict_valueiterator", ITER)                                             \
    X(ITER_OF_DICT_ITEMS, "dict_itemiterator", ITER)                                               \
    X(ITER_OF_LIST_REVERSED, "list_reverseiterator", ITER)                                         \
    X(ITER_OF_DICT_REVERSED, "dict_reversekeyiterator", ITER)                                      \
    X(EXC, "BaseException", OBJECT)                                                                \
    X(Exception, "Exception", EXC)                                                                 \
    X(GeneratorExit, "GeneratorExit", EXC)                                                         \
    X(KeyboardInterrupt, "KeyboardInterrupt", EXC)                                                 \
    X(SystemExit, "SystemExit", EXC)                                                               \
    X(ArithmeticError, "ArithmeticError", Exception)                                               \
    X(ZeroDivisionError, "ZeroDivisionError", ArithmeticError)                                     \
    X(OverflowError, "OverflowError", ArithmeticError)                                             \
    X(FloatingPointError, "FloatingPointError", ArithmeticError)                                   \
    X(AssertionError, "AssertionError", Exception)                                                 \
    X(AttributeError, "AttributeError", Exception)                                                 \
    X(EOFError, "EOFError", Exception)                                                             \
    X(ImportError, "ImportError", Exception)                                                       \
    X(ModuleNotFoundError, "ModuleNotFoundError", ImportError)                                     \
    X(LookupError, "LookupError", Exception)                                                       \
    X(IndexError, "IndexError", LookupError)                                                       \
    X(KeyError, "KeyError", LookupError)                                                           \
    X(MemoryError, "MemoryError", Exception)                                                       \
    X(NameError, "NameError", Exception)                                                           \
    X(UnboundLocalError, "UnboundLocalError", NameError)                                           \
    X(OSError, "OSError", Exception)                                                               \
    X(FileNotFoundError, "FileNotFoundError", OSError)                                             \
    X(FileExistsError, "FileExistsError", OSError)                                                 \
    X(PermissionError, "PermissionError", OSError)                                                 \
    X(IsADirectoryError, "IsADirectoryError", OSError)                                             \
    X(NotADirectoryError, "NotADirectoryError", OSError)                                           \
    X(InterruptedError, "InterruptedError", OSError)                                               \
    X(BlockingIOError, "BlockingIOError", OSError)                                                 \
    X(ChildProcessError, "ChildProcessError", OSError)                                             \
    X(ProcessLookupError, "ProcessLookupError", OSError)                                           \
    X(TimeoutError, "TimeoutError", OSError)                                                       \
    X(ConnectionError, "ConnectionError", OSError)                                                 \
    X(BrokenPipeError, "BrokenPipeError", ConnectionError)                                         \
    X(ConnectionAbortedError, "ConnectionAbortedError", ConnectionError)                           \
    X(ConnectionRefusedError, "ConnectionRefusedError", ConnectionError)                           \
    X(ConnectionResetError, "ConnectionResetError", ConnectionError)                               \
    X(RuntimeError, "RuntimeError", Exception)                                                     \
    X(NotImplementedError, "NotImplementedError", RuntimeError)                                    \
    X(RecursionError, "RecursionError", RuntimeError)                                              \
    X(StopIteration, "StopIteration", Exception)                                                   \
    X(StopAsyncIteration, "StopAsyncIteration", Exception)                                         \
    X(SyntaxError, "SyntaxError", Exception)                                                       \
    X(IndentationError, "IndentationError", SyntaxError)                                           \
    X(TabError, "TabError", IndentationError)                                                      \
    X(TypeError, "TypeError", Exception)                                                           \
    X(ValueError, "ValueError", Exception)                                                         \
    X(UnicodeError, "UnicodeError", ValueError)                                                    \
    X(UnicodeEncodeError, "UnicodeEncodeError", UnicodeError)                                      \
    X(UnicodeDecodeError, "UnicodeDecodeError", UnicodeError)                                      \
    X(Warning, "Warning", Exception)                                                               \
    X(DeprecationWarning, "DeprecationWarning", Warning)                                           \
    X(UserWarning, "UserWarning", Warning)                                                         \
    X(RuntimeWarning, "RuntimeWarning", Warning)

/* The number of a builtin class, and the type in an object's header; 0: no object, free memory. */
enum {
    T_FREE = 0,
#define X(name, text, base) T_##name,
    BUILTIN_CLASSES(X)
#undef X
        T_COUNT
};

/* Of the type in a header: an instance of a subclass of list, dict or set that a program has made. What tests for the
 * exact type takes the fast way only for objects without it. */
#define T_SUBCLASS 0x100U

/* Names that the interpreter itself uses. */
#define NAMES(X)                                                                                   \
    X(init, "__init__")                                                                            \
    X(new_, "__new__")                                                                             \
    X(del, "__del__")                                                                              \
    X(repr, "__repr__")                                                                            \
    X(str, "__str__")                                                                              \
    X(format, "__format__")                                                                        \
    X(hash, "__hash__")                                                                            \
    X(bool_, "__bool__")                                                                           \
    X(len, "__len__")                                                                              \
    X(iter, "__iter__")                                                                            \
    X(next, "__next__")                                                                            \
    X(reversed, "__reversed__")                                                                    \
    X(contains, "__contains__")                                                                    \
    X(getitem, "__getitem__")                                                                      \
    X(setitem, "__setitem__")                                                                      \
    X(delitem, "__delitem__")                                                                      \
    X(missing, "__missing__")                                                                      \
    X(call, "__call__")                                                                            \
    X(get, "__get__")                                                                              \
    X(set, "__set__")                                                                              \
    X(delete, "__delete__")                                                                        \
    X(getattr, "__getattr__")                                                                      \
    X(getattribute, "__getattribute__")                                                            \
    X(setattr, "__setattr__")                                                                      \
    X(delattr, "__delattr__")                                                                      \
    X(enter, "__enter__")                                                                          \
    X(exit, "__exit__")                                                                            \
    X(aenter, "__aenter__")                                                                        \
    X(aexit, "__aexit__")                                                                          \
    X(aiter, "__aiter__")                                                                          \
    X(anext, "__anext__")                                                                          \
    X(await, "__await__")                                                                          \
    X(index, "__index__")                                                                          \
    X(int_, "__int__")                                                                             \
    X(float_, "__float__")                                                                         \
    X(round, "__round__")                                                                          \
    X(abs, "__abs__")                                                                              \
    X(neg, "__neg__")                                                                              \
    X(pos, "__pos__")                                                                              \
    X(invert, "__invert__")                                                                        \
    X(lt, "__lt__")                                                                                \
    X(le, "__le__")                                                                                \
    X(eq, "__eq__")                                                                                \
    X(ne, "__ne__")                                                                                \
    X(gt, "__gt__")                                                                                \
    X(ge, "__ge__")                                                                                \
    X(dict, "__dict__")                                                                            \
    X(class_, "__class__")                                                                         \
    X(name, "__name__")                                                                            \
    X(qualname, "__qualname__")                                                                    \
    X(module, "__module__")                                                                        \
    X(doc, "__doc__")                                                                              \
    X(bases, "__bases__")                                                                          \
    X(mro, "__mro__")                                                                              \
    X(slots, "__slots__")                                                                          \
    X(set_name, "__set_name__")                                                                    \
    X(init_subclass, "__init_subclass__")                                                          \
    X(main, "__main__")                                                                            \
    X(file, "__file__")                                                                            \
    X(builtins, "builtins")                                                                        \
    X(annotations, "__annotations__")                                                              \
    X(self, "self")                                                                                \
    X(send, "send")                                                                                \
    X(throw, "throw")                                                                              \
    X(close, "close")                                                                              \
    X(keys, "keys")                                                                                \
    X(args, "args")                                                                                \
    X(cause, "__cause__")                                                                          \
    X(context, "__context__")                                                                      \
    X(suppress, "__suppress_context__")                                                            \
    X(traceback, "__traceback__")                                                                  \
    X(notes, "__notes__")                                                                          \
    X(with_traceback, "with_traceback")                                                            \
    X(value, "value")                                                                              \
    X(code, "code")                                                                                \
    X(dot_zero, ".0")                                                                              \
    X(prelude, "_prelude")                                                                         \
    X(long_range, "_long_range")

enum {
#define X(name, text) N_##name,
    NAMES(X)
#undef X
        N_COUNT
};

/* Binary operators, in the order of their special methods: see class.c. */
enum {
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_FLOORDIV,
    OP_MOD,
    OP_POW,
    OP_LSHIFT,
    OP_RSHIFT,
    OP_AND,
    OP_XOR,
    OP_OR,
    OP_MATMUL,
    OP_COUNT
};
/* Comparisons. */
enum { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE };

/* ---- objects ------------------------------------------------------------------------------------- */

/* A string has a symbol's layout, interned or not; in UTF-8. Between header and text: the number of its characters. */
typedef weft_symbol str;

typedef struct box {
    weft_ref head;
    value content; /* of INT, FLOAT: an int or a float, as it is in a container */
    void *unused;  /* the node that retires it needs it */
} box;

typedef struct big {
    weft_ref head;
    mpz_t z;
} big;

struct single { /* None, True... */
    weft_ref head;
    void *unused[2];
};

typedef struct tuple {
    weft_ref head;
    size_t size;
    struct class *cls; /* of a subclass */
    value items[1];
} tuple;

typedef struct class class;

/* The members of an instance, in front of what its class adds. */
struct object {
    weft_dict attributes; /* SPLIT: the class's instances share their keys */
    class *cls;
    bool finalized; /* its __del__ was called */
};

struct list {
    weft_list list;
    class *cls;
    member attributes; /* of a subclass: a dict, or NIL */
};

/* And set, frozenset: the values are None. */
typedef struct dict {
    weft_dict dict;
    class *cls;
    member attributes;
} dict;

typedef struct range {
    weft_ref head;
    int64_t start, stop, step;
    int64_t length;
} range;

typedef struct slice {
    weft_ref head;
    value start, stop, step;
} slice;

/* Iterators of builtin types; what the members are used for is up to the kind. Their classes are in this order, too. */
enum {
    ITER_LIST,
    ITER_TUPLE,
    ITER_STR,
    ITER_RANGE,
    ITER_DICT,
    ITER_SET,
    ITER_REVERSED,
    ITER_SEQUENCE,
    ITER_CALL,
    ITER_ENUMERATE,
    ITER_ZIP,
    ITER_MAP,
    ITER_FILTER
};
enum { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS }; /* the classes are in this order, too */
typedef struct iter {
    weft_ref head;
    value source; /* NIL: over */
    value other;
    int64_t position, stop, step;
    uint8_t kind, view;
    bool strict; /* ITER_ZIP */
    weft_dict_iterator walk;
} iter;

struct view {
    weft_ref head;
    value source;
    uint8_t kind;
};

typedef struct vm vm;

/* A function in C. Arguments are borrowed. `params` names them, so that they may be given by name: "a,b|c,d": of these c and d may
 * be left out, then they are NIL; ",/" at the end: by position only. "*a,b": any number of arguments, `count`; what can only be given by name
 * comes after them in `args`. "**": any number, then a dict of what was given by name, or NIL. */
typedef value (*builtin_call)(vm *t, const value *args, size_t count);
#define UNUSED __attribute__((unused))
#define BUILTIN(name) static value name(vm *t UNUSED, const value *args UNUSED, size_t count UNUSED)
typedef struct builtin_def {
    const char *name; /* ".name": an attribute; "@name": a method of the class */
    builtin_call call;
    const char *params;
} builtin_def;

typedef struct builtin {
    weft_ref head;
    const builtin_def *def;
    value self;  /* its module, or NIL: a builtin */
    value owner; /* the class whose method it is, or NIL */
    uint8_t required, named;
    bool variadic, positional, keywords;
} builtin;

typedef struct code code;
struct module;

typedef struct func {
    weft_ref head;
    code *code;
    struct module *globals;
    member name, qualname, doc;
    value defaults;    /* a tuple or NIL */
    value kwdefaults;  /* a dict or NIL */
    value closure;     /* a tuple of cells or NIL */
    member attributes; /* a dict or NIL */
} func;

struct method {
    weft_ref head;
    value func, self;
};

struct cell {
    weft_ref head;
    member content;
    void *unused;
};

struct module {
    weft_dict dict;
    value name;
    weft_atomic_u8 loading; /* its text is being run */
};

typedef struct property { /* property, staticmethod, classmethod */
    weft_ref head;
    value get, set, del, doc;
    member name;
} property;

typedef struct super {
    weft_ref head;
    class *from;
    value self;
    class *of;
} super;

struct class {
    weft_dict dict;
    value name, qualname;
    value bases, mro;
    weft_dict_keys *shape; /* of its instances */
    uint32_t guessed;      /* attributes of an instance */
    uint16_t layout;       /* the type of its instances */
    bool user;             /* a program made it */
    value construct;       /* what a call of a builtin class calls, or NIL */
    /* What it knows about its names and its bases', and above that when it looked: see class_has. */
    weft_atomic_u64 traits;
};

enum {
    HAS_DEL = 1,
    HAS_GETATTR = 2,
    HAS_SETATTR = 4,
    HAS_GETATTRIBUTE = 8,
    HAS_NEW = 16,
};
#define TRAIT_BITS 8U

/* The keys that the instances of a class share. */
typedef struct shape {
    weft_dict_keys keys;
} shape;

/* Where in the source an instruction comes from; columns in characters. Of an operator: its own place, too. */
typedef struct location {
    int line, column, end_line, end_column;
    int mark, mark_end; /* an operator's columns; -1: none */
} location;

/* What an instruction of one thread has found out about a class and an instance; see class.c. One that meets objects of several classes
 * has SITE_WAYS of them in a row: richards calls the same method of four classes in turn. */
#define SITE_WAYS 4U
typedef struct lookup {
    uint64_t epoch;
    const class *cls;
    const void *
        name; /* in vm.lookups: of which name, and a part of its hash: another name may get its address */
    uint32_t name_hash;
    uint8_t kind; /* the VM's: see there */
    uint8_t turn; /* of the first of a site's: which one is filled next */
    class *owner; /* whose dict has it; NULL: no class of the MRO */
    weft_dict_cache in_class;
    weft_dict_cache in_object;
} lookup;

/* Where exceptions lead to: innermost first. */
typedef struct handler {
    uint32_t start, end, target;
    uint32_t depth;
} handler;

enum {
    CODE_VARARGS = 1,
    CODE_KWARGS = 2,
    CODE_GENERATOR = 4, /* and what is made of generators: */
    CODE_CLASS = 8,
    CODE_COROUTINE = 16,
    CODE_ASYNC_GENERATOR = 32
};
struct code {
    weft_ref head;
    value name, qualname, filename;
    uint32_t *ops;
    location *places;
    value *consts;
    value *names; /* of local slots: parameters first */
    handler *handlers;
    uint32_t op_count, const_count, handler_count, lookup_count;
    uint32_t slots, depth; /* values a frame needs */
    uint32_t params, posonly, kwonly, flags;
    uint32_t *cells; /* slots that become cells; then those that come from the closure */
    uint32_t cell_count, free_count;
    uint32_t number; /* no other code has or had it: where a thread keeps its look-ups for it */
    int first_line;
    value source; /* the text of the file, for tracebacks */
};

enum { FRAME_ENTRY = 1, FRAME_INIT = 2, FRAME_GENERATOR = 4, FRAME_FOR = 8 };
typedef struct frame {
    struct frame *back, *next;
    code *code;
    func *func;
    struct module *globals;
    value *locals, *sp;
    value *base; /* where the result goes */
    value *top;  /* what t->top was before */
    const uint32_t *pc;
    lookup *lookups; /* the running thread's, for this code */
    dict *names;     /* of a class body */
    value self;      /* FRAME_INIT: the new instance; FRAME_GENERATOR: the generator (borrowed) */
    unsigned flags;
} frame;

enum { GEN_NEW, GEN_SUSPENDED, GEN_RUNNING, GEN_DONE };
typedef struct generator {
    weft_ref head;
    func *func;
    value handled; /* the exception that it handles while it is suspended, or NIL */
    frame frame;
    /* Who has made it RUNNING (acquire) has all of it alone until the state is another one (release). */
    weft_atomic_u8 state;
    uint8_t next; /* state, once the one who runs it is done with it */
    bool coroutine;
    value stack[1]; /* locals, operands */
} generator;

struct exception {
    struct object object;
    member args; /* a tuple */
    member traceback, cause, context;
    weft_atomic_u8 suppress;
};

typedef struct traceback {
    weft_ref head;
    code *code;
    uint32_t op;
    value next; /* towards where it was raised */
} traceback;

/* What stands for a threading.local: the values that threads have for it (a dict each) go with it, or with their thread. */
typedef struct local_entry {
    struct local_key *key;
    value names;
    struct local_entry *next, **back;         /* of the thread */
    struct local_entry *key_next, **key_back; /* of the key */
} local_entry;
typedef struct local_key {
    weft_ref head;
    local_entry *entries;
    struct runtime *rt;
} local_key;

/* ---- the interpreter ----------------------------------------------------------------------------- */

/* A text that grows. Ends by buffer_take or buffer_drop. */
typedef struct buffer {
    char *text;
    size_t length, room;
} buffer;

/* One for each weft_runtime. */
typedef struct runtime {
    weft_runtime *weft;
    struct heap *heap;
    unsigned number;  /* sys.interpreter_id */
    uint64_t seed[2]; /* of hashes */
    bool whole_lines; /* other interpreters print, too: a line is printed when it is complete */
    pthread_mutex_t line_lock;
    buffer line; /* under it */
    weft_symbol_table symbols;
    value names[N_COUNT];
    value op_names[3][OP_COUNT];
    class *classes[T_COUNT];
    weft_atomic_u64 epoch;       /* rises when what classes have may be found elsewhere */
    weft_atomic_u64 trait_epoch; /* rises when traits of some class may be others */
    weft_atomic_u32 eager;       /* there is a __del__ */
    value modules;               /* a dict */
    struct module *builtins;
    value argv;
    value empty_tuple, empty_str;
    value chars[128]; /* strings of one character */
    weft_atomic_u64 recursion_limit;
    weft_atomic_u64 digits_limit;
    weft_atomic_u32 codes;     /* ever made */
    weft_mutex class_lock;     /* while names of a class change */
    weft_mutex import_lock;    /* guards what follows, and the threads' `awaited` */
    weft_cond import_done;     /* a module less is being loaded */
    struct loading *loading;   /* modules that are being loaded */
    weft_mutex locals_lock;    /* guards the lists of local_entry */
    bool ending;               /* no thread starts any more */
    weft_mutex threads_lock;   /* guards the two numbers and the flag */
    weft_cond threads_changed; /* when they do */
    pthread_mutex_t list_lock; /* for a moment, without detaching: as a heap's */
    vm *threads;               /* under it */
    int workers, daemons;      /* threads but the main one; the program's end waits for workers */
} runtime;

#define POOL_CLASSES 49U
/* Free slots of a heap that a thread keeps, by size class: a list, about how many bytes it is, and full lists. */
typedef struct pool {
    struct slot *slots[POOL_CLASSES];
    struct slot *bundles[POOL_CLASSES];
    int32_t bytes[POOL_CLASSES];
    uint8_t bundle_count[POOL_CLASSES];
} pool;

#define LOOKUPS 1024U
#define SPARE_BITS 12
#define SPARES (1U << SPARE_BITS)
#define SPARE_SHIFT 16
#define SPARE_MOST (((uint64_t)1 << SPARE_SHIFT) - 1)

/* One for each thread. */
struct vm {
    weft_thread *weft;
    runtime *rt;
    value raised;   /* the exception that is on its way, or NIL */
    value handled;  /* the one that is handled, or NIL */
    value returned; /* by a generator that has just ended, or NIL */
    frame *frame;
    frame *spare; /* frames for reuse */
    value *stack, *stack_end, *top;
    int64_t depth;
    const char *c_limit; /* the C stack must not go below */
    int32_t safepoints;  /* until one is a quiescent state */
    bool alone;          /* no other thread has been started: nobody else touches anything */
    lookup **sites;      /* of this thread, by the number of the code; NULL: none yet */
    size_t site_room;
    pool objects, tables;
    int64_t growth, threshold;
    uint64_t deaths; /* of objects other than strings, on this thread */
    value current;   /* the object that threading has for the thread, or NIL */
    value awaited;   /* the name of the module that it waits for, or NIL; under the import lock */
    local_entry *locals; /* its values in local_keys */
    bool leaving;        /* its values have gone already */
    bool collecting;
    lookup lookups[LOOKUPS];
    value printing[64]; /* containers that are being printed */
    unsigned printing_count;
    vm *next, *previous;     /* in runtime.threads */
    bool keeps_nothing;      /* no spare references any more: it ends */
    uint32_t spare_count;    /* places in use: spare.c */
    uint32_t flush;          /* how often safepoints were quiescent states */
    uint64_t spares[SPARES]; /* object << SPARE_SHIFT | how many */
    uint16_t spare_places[SPARES];
};

/* ---- counting: the one place ----------------------------------------------------------------------- */

/* spare.c: of what the thread does not own. */
void incref_slow(vm *t, weft_ref *object);
void decref_slow(vm *t, weft_ref *object);
void spares_drop(vm *t);
/* Of all threads, in a stopped world. */
void spares_each(runtime *rt, void (*visit)(void *argument, weft_ref *object), void *argument);

/* The first place for an object. */
static inline uint32_t spare_place(const weft_ref *object) {
    /* Multiplicative hashing (Knuth): the upper bits of the product are well mixed. */
    uint32_t bits = (uint32_t)((uintptr_t)object >> 4);
    return (bits * UINT32_C(2654435769)) >> (32 - SPARE_BITS);
}
static inline uint64_t spare_word(const weft_ref *object, uint64_t count) {
    return (uint64_t)(uintptr_t)object << SPARE_SHIFT | count;
}
/* Whether a place has so many of an object's, `word`, or more, but not SPARE_MOST: the difference is how many more there are. */
static inline bool spare_has(const vm *t, uint32_t place, uint64_t word) {
    return t->spares[place] - word < SPARE_MOST - (word & SPARE_MOST);
}

#ifdef MINIPY_PLAIN_H
WEFT_ALWAYS_INLINE void count_up(vm *t, weft_ref *object) {
    weft_ref_incref(t->weft, object);
}
WEFT_ALWAYS_INLINE void count_down(vm *t, weft_ref *object) {
    weft_ref_decref(t->weft, object);
}
#else
/* The owner's part of weft_ref_incref and weft_ref_decref; for all others see spare.c. */
WEFT_ALWAYS_INLINE void count_up(vm *t, weft_ref *object) {
    weft_ref_checked(t->weft, object);
    /* Relaxed: as in weft_ref_incref. */
    uint32_t word = weft_load_relaxed_u32(&object->local);
    uint32_t next = word + WEFT_REF_LOCAL_ONE;
    if (WEFT_LIKELY(weft_ref_is_own(t->weft, word) && next >= word)) {
        weft_store_relaxed_u32(&object->local, next);
    } else if (WEFT_UNLIKELY(word != WEFT_REF_IMMORTAL)) {
        incref_slow(t, object);
    }
}
WEFT_ALWAYS_INLINE void count_down(vm *t, weft_ref *object) {
    weft_ref_checked(t->weft, object);
    uint32_t word = weft_load_relaxed_u32(&object->local);
    if (WEFT_LIKELY(weft_ref_is_own(t->weft, word))) {
        if (WEFT_LIKELY(word >= 2 * WEFT_REF_LOCAL_ONE)) {
            weft_store_relaxed_u32(&object->local, word - WEFT_REF_LOCAL_ONE);
        } else {
            weft_ref_decref_last(t->weft, object);
        }
    } else if (WEFT_UNLIKELY(word != WEFT_REF_IMMORTAL)) {
        decref_slow(t, object);
    }
}
#endif

#ifndef MINIPY_PLAIN_H
/* Whether what the thread keeps of an object that it does not own can become one more, or one less if `least` is 1. */
WEFT_ALWAYS_INLINE bool is_spare(vm *t, weft_ref *object, uint32_t place, uint64_t least) {
    uint32_t word = weft_load_relaxed_u32(&object->local);
    return WEFT_UNLIKELY(!weft_ref_is_own(t->weft, word) && word != WEFT_REF_IMMORTAL &&
                         spare_has(t, place, spare_word(object, least)));
}
#endif

/* As count_up and count_down, where instructions count most: what is kept for later is found inline. */
WEFT_ALWAYS_INLINE void count_up_often(vm *t, weft_ref *object) {
#ifndef MINIPY_PLAIN_H
    uint32_t place = spare_place(object);
    if (is_spare(t, object, place, 1)) {
        t->spares[place]--;
        return;
    }
#endif
    count_up(t, object);
}
WEFT_ALWAYS_INLINE void count_down_often(vm *t, weft_ref *object) {
#ifndef MINIPY_PLAIN_H
    uint32_t place = spare_place(object);
    if (is_spare(t, object, place, 0)) {
        t->spares[place]++;
        return;
    }
#endif
    count_down(t, object);
}

WEFT_ALWAYS_INLINE void incref(vm *t, value v) {
    if (is_object(v)) {
        count_up(t, ref_of(v));
    }
}
WEFT_ALWAYS_INLINE void decref(vm *t, value v) {
    if (is_object(v)) {
        count_down(t, ref_of(v));
    }
}
static inline value keep(vm *t, value v) {
    incref(t, v);
    return v;
}
/* Of what may be NIL. */
static inline void drop(vm *t, value v) {
    if (v != NIL) {
        decref(t, v);
    }
}
static inline void assign(vm *t, value *where, value v) {
    value old = *where;
    *where = v;
    drop(t, old);
}
static inline void drop_object(vm *t, void *object) {
    drop(t, from_ref(object));
}

/* What is there, borrowed: good until this thread may detach or passes a safepoint. */
static inline value member_load(const member *p) {
    /* Acquire: pairs with the release of member_set and member_give: what is found is complete. */
    return weft_load_acquire_u64(&p->word);
}
static inline value member_keep(vm *t, const member *p) {
    return keep(t, member_load(p));
}
/* Of an object that nobody else knows yet, or in a stopped world. */
static inline void member_init(member *p, value v) {
    weft_init_u64(&p->word, v);
}
/* What was taken out of a place. */
static inline void member_dropped(vm *t, value old) {
    if (is_object(old) && t->alone) {
        decref(t, old);
    } else if (is_object(old)) {
        weft_ref_retire_decref(t->weft, ref_of(old), WEFT_REF_SMALLEST);
    }
}
/* Takes the reference. */
static inline void member_set(vm *t, member *p, value v) {
    value old;
    if (WEFT_LIKELY(t->alone)) {
        old = p->word.value;
        p->word.value = v;
    } else {
        /* Release: pairs with member_load. Acquire: the old one is this thread's to drop. */
        old = weft_exchange_acq_rel_u64(&p->word, v);
    }
    member_dropped(t, old);
}
/* If there is nothing yet. Takes the reference if so. */
static inline bool member_give(member *p, value v) {
    value none = NIL;
    /* Release: pairs with member_load. */
    return weft_cas_release_u64(&p->word, &none, v);
}

/* The type in the header; 0 for a value that is no object. */
static inline unsigned exact_type(value v) {
    return is_object(v) ? weft_load_relaxed_u16(&ref_of(v)->host) : 0;
}
static inline bool is_a(value v, unsigned type) {
    return exact_type(v) == type;
}
/* Also of an instance of a subclass. */
static inline bool is_kind(value v, unsigned type) {
    return (exact_type(v) & ~T_SUBCLASS) == type;
}
static inline bool is_str(value v) {
    return is_a(v, T_STR);
}

extern struct single none_object, true_object, false_object, ellipsis_object,
    not_implemented_object;
#define NONE from_ref(&none_object)
#define TRUE from_ref(&true_object)
#define FALSE from_ref(&false_object)
#define ELLIPSIS from_ref(&ellipsis_object)
#define NOT_IMPLEMENTED from_ref(&not_implemented_object)
static inline value from_bool(bool condition) {
    return condition ? TRUE : FALSE;
}
#define NAME(name) (t->rt->names[N_##name])

/* Several steps on one container that are to look like one: a critical section, once there are threads. It is suspended where a step
 * runs the program's code, or waits. */
static inline void hold(vm *t, weft_critical *section, value container) {
    section->count = 0;
    if (WEFT_UNLIKELY(!t->alone)) {
        weft_critical_begin(t->weft, section, &ref_of(container)->mutex);
    }
}
static inline void unhold(vm *t, weft_critical *section) {
    if (WEFT_UNLIKELY(section->count != 0)) {
        weft_critical_end(t->weft, section);
    }
}

/* ---- memory.c ------------------------------------------------------------------------------------ */

/* Where the objects of one interpreter lie. */
typedef struct heap heap;
heap *heap_new(void); /* NULL: no memory */
void heap_free(heap *h);
void memory_start(void);
vm *memory_current(void);
void memory_set_current(vm *t);
/* An object of so many bytes with one reference; NULL: MemoryError is raised. */
void *object_new(vm *t, size_t size, unsigned type);
void object_free(weft_ref *object);
size_t object_size(const weft_ref *object);
/* What a compiler or a buffer needs; a message and the end if there is no memory. */
void *grow_array(void *array, size_t count, size_t *room, size_t size);
/* Calls `visit` for every living object; in a stopped world. `scratch`: a word for each. */
typedef void (*object_visit)(void *argument, weft_ref *object, uint32_t *scratch);
bool memory_scratch_begin(heap *h);
void memory_scratch_end(heap *h);
void memory_walk(heap *h, object_visit visit, void *argument);
uint32_t *memory_scratch(const weft_ref *object);
size_t memory_live(heap *h);
/* What an interpreter has: objects, bytes of its chunks, of what waits for grace periods, and of what the process
 * has for weft's tables and by malloc (0: not known); symbols, and blocks of entries for counts. */
typedef struct memory_figures {
    size_t objects, heap, waiting, tables, symbols, blocks;
} memory_figures;
memory_figures memory_look(vm *t);
/* Gives what the thread keeps to all, and most chunks without an object back to the system. */
void memory_trim(vm *t);
void memory_return(vm *t);

/* ---- gc.c ---------------------------------------------------------------------------------------- */

typedef int (*traverse_visit)(void *argument, weft_ref *child);
int traverse(weft_ref *object, traverse_visit visit, void *argument);
weft_ref_verdict object_dealloc(weft_thread *weft, weft_ref *object);
/* How many objects were in cycles that nobody refers to; they are gone. */
size_t collect(vm *t);
/* At the end of an interpreter: what immortal objects hold goes; later, when nothing refers to them any more, they themselves. */
void immortals_clear(vm *t);
void immortals_free(vm *t);
/* Quiescent states until what died has killed all it held: what a dead list has held dies a grace period after it. */
void settle(vm *t, void (*quiescent)(weft_thread *weft));

/* ---- int.c, float.c ------------------------------------------------------------------------------ */

value int_big(vm *t, int64_t number);
static inline value int_new(vm *t, int64_t number) {
    return WEFT_LIKELY(int_fits(number)) ? from_int32(number) : int_big(t, number);
}
value int_from_mpz(vm *t, mpz_t z); /* clears z */
value int_parse(vm *t, const char *digits, size_t length, int base);
value int_from_double(vm *t, double number);
bool is_number(value v);
bool is_integer(value v); /* int, bool */
bool as_int64(value v, int64_t *number);
/* An index: of what has __index__. False: raised. Too large ones are clamped if `clamp`, else an IndexError. */
bool as_index(vm *t, value v, int64_t *number, bool clamp);
bool as_double(vm *t, value v, double *number);
/* NOT_IMPLEMENTED if one is no number. */
value number_binary(vm *t, int op, value a, value b);
value number_power_mod(vm *t, value base, value exponent, value modulus);
int number_compare(value a, value b); /* -1, 0, 1; 2: unordered */
value number_unary(vm *t, char op, value v);
value int_to_str(vm *t, value v, int base);
value float_repr(vm *t, double number);
void float_repr_into(char *buffer, double number); /* 32 bytes */
uint64_t number_hash(value v);
bool number_is_zero(value v);
value format_int(vm *t, value v, value spec);
value format_number(vm *t, value v, const char *spec, size_t length);
value number_round(vm *t, value v, value digits);
extern const builtin_def int_methods[], float_methods[];

/* ---- str.c, format.c ----------------------------------------------------------------------------- */

value str_new(vm *t, const char *text, size_t length);
value str_of(vm *t, const char *text);
value str_format(vm *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
value str_intern(vm *t, value v);
value str_name(vm *t, const char *text, size_t length); /* interned */
static inline const char *text_of(value v) {
    return weft_symbol_text(AS(weft_symbol, v));
}
static inline size_t length_of(value v) {
    return weft_symbol_length(AS(weft_symbol, v));
}
static inline size_t char_count(value v) {
    return *(uint32_t *)weft_symbol_body(AS(weft_symbol, v));
}
static inline bool is_ascii(value v) {
    return char_count(v) == length_of(v);
}
int str_compare(value a, value b);
bool str_equal(value a, value b);
value str_char(vm *t, uint32_t c);
value str_index(vm *t, value s, int64_t index);
value str_slice(vm *t, value s, int64_t start, int64_t stop, int64_t step);
value str_concat(vm *t, value a, value b);
value str_repeat(vm *t, value s, int64_t count);
bool str_contains(value s, value part);
value str_join(vm *t, value separator, value iterable);
uint32_t utf8_decode(const char **text);
size_t utf8_encode(uint32_t c, char *into);
size_t utf8_offset(value s, size_t index);
int digit_of(uint32_t c); /* -1: no decimal digit of any script */
bool is_in_name(uint32_t c, bool first);
bool is_space(uint32_t c);
void str_made(void *context, weft_thread *self, weft_symbol *symbol);
uint64_t str_hash(void *context, const void *text, size_t length);
extern const builtin_def str_methods[];

void buffer_add(buffer *b, const char *text, size_t length);
void buffer_add_str(buffer *b, value s);
void buffer_fill(buffer *b, const char *fill, size_t fill_length, size_t count);
value buffer_take(vm *t, buffer *b);
void buffer_drop(buffer *b);

/* What is between the colon and the brace. */
typedef struct format_spec {
    char fill[8];
    char align, sign, type, group;
    bool alternate, zero;
    int width, precision; /* -1: not given */
} format_spec;
bool format_parse(vm *t, const char *spec, size_t length, format_spec *into);
void format_pad(buffer *b, const format_spec *spec, const char *prefix, const char *body,
                size_t length, size_t chars, char align);
value format_value(vm *t, value v, value spec);

/* ---- list.c (with tuple, range, slice), dict.c (with set) ------------------------------------------ */

weft_ref *box_new(vm *t, value v);
extern box small_boxes[];
#define SMALL_BOX_MIN (-256)
#define SMALL_BOX_COUNT 4352
/* The object that a container holds for a value. New ones are the caller's: unbox_done drops them. */
static inline weft_ref *box_value(vm *t, value v) {
    if (is_object(v)) {
        return ref_of(v);
    }
    if (is_int(v)) {
        uint64_t at = (uint64_t)(int_of(v) - SMALL_BOX_MIN);
        if (at < SMALL_BOX_COUNT) {
            return &small_boxes[at].head;
        }
    }
    return box_new(t, v);
}
static inline void box_done(vm *t, value v, weft_ref *boxed) {
    if (!is_object(v)) {
        decref(t, from_ref(boxed));
    }
}
static inline bool is_box(const weft_ref *object) {
    unsigned type = weft_load_relaxed_u16(&object->host);
    return type == T_INT || type == T_FLOAT;
}
/* A number in place of the one that a container has there: what was found is the container's own box, which nobody else can
 * reach. Saves a box, and the old one's death. A container that threads share has flagged its boxes: those are not written.
 * With other threads around only under the container's lock, which who shares it takes first: box_lock. */
static inline bool box_takes(vm *t, weft_ref *found, value v) {
    if (found == NULL || !is_box(found) || is_int(v) != is_int(((box *)found)->content) ||
        weft_ref_unique(t->weft, found) != WEFT_REF_UNIQUE) {
        return false;
    }
    ((box *)found)->content = v;
    return true;
}
/* Whether a number may be looked for a box in this container now. */
static inline bool box_lock(vm *t, weft_ref *container) {
    return WEFT_LIKELY(t->alone) || weft_critical_brief_begin(t->weft, &container->mutex);
}
static inline void box_unlock(vm *t, weft_ref *container) {
    if (WEFT_UNLIKELY(!t->alone)) {
        weft_critical_brief_end(&container->mutex);
    }
}
/* The value of an object from a container: borrowed, or the caller's reference to it. */
static inline value unbox_borrowed(vm *t, weft_ref *object) {
    return is_box(object) ? ((box *)object)->content : keep(t, from_ref(object));
}
static inline value unbox_owned(vm *t, weft_ref *object) {
    if (is_box(object)) {
        value v = ((box *)object)->content;
        decref(t, from_ref(object));
        return v;
    }
    return from_ref(object);
}

value tuple_new(vm *t, size_t size); /* items NIL */
value tuple_of(vm *t, size_t size, const value *items);
value tuple_pair(vm *t, value a, value b); /* takes the references */
value list_new(vm *t);
value list_of(vm *t, size_t size, const value *items);
size_t list_size(vm *t, value v);
value list_item(vm *t, value v, int64_t index); /* NIL, nothing raised: not there */
bool list_append(vm *t, value v, value item);
bool list_append_take(vm *t, value v, value item); /* takes the reference */
bool list_set(vm *t, value v, int64_t index, value item);
bool list_extend(vm *t, value v, value iterable);
bool list_sort(vm *t, value v, value key, bool reverse);
value range_new(vm *t, int64_t start, int64_t stop, int64_t step);
value slice_new(vm *t, value start, value stop, value step);
bool slice_indices(vm *t, value v, int64_t length, int64_t *start, int64_t *stop, int64_t *step,
                   int64_t *count);
/* A list, dict, set or view as it is at one moment, for who goes through it in several steps: itself while there are no threads. */
value at_rest(vm *t, value v);
/* The same, but for instances of subclasses, which may iterate in their own way. */
value to_iterate(vm *t, value v);
value to_list(vm *t, value iterable);  /* a new one */
value to_tuple(vm *t, value iterable); /* the same if it is one */
value sequence_subscript(vm *t, value v, value index);
bool list_store(vm *t, value v, value index, value item); /* item NIL: delete */
value sequence_concat(vm *t, value a, value b);
value sequence_repeat(vm *t, value v, int64_t count);
extern const builtin_def list_methods[], tuple_methods[], range_methods[], slice_methods[];

bool list_failed(vm *t, weft_list_result result); /* raises; false if there is nothing to raise */
bool dict_failed(vm *t, weft_dict_result result);
void dict_start(void);
value dict_new(vm *t);
value set_new(vm *t, unsigned type);
size_t dict_size(vm *t, value v);
/* What there is for a key that is compared by nobody's code, borrowed; NULL: nothing. False: that cannot be said so quickly. */
bool dict_look(vm *t, value d, value key, weft_ref **found);
/* NIL: raised, or with nothing raised: not there. */
value dict_get(vm *t, value d, value key);
bool dict_set(vm *t, value d, value key, value item);
bool dict_delete(vm *t, value d, value key, bool *found);
int dict_contains(vm *t, value d, value key); /* -1: raised */
bool dict_update(vm *t, value d, value other);
bool set_add(vm *t, value s, value key);
bool set_update(vm *t, value s, value iterable);
value set_binary(vm *t, int op, value a, value b);
int set_compare(vm *t, int op, value a, value b); /* 1, 0, -1 */
int dict_equal(vm *t, value a, value b);
value dict_merge(vm *t, value a, value b);
value dict_view(vm *t, value d, int kind);
/* Names: keys are symbols, no host code runs. Borrowed. May detach, and so end other borrows, if the dict is another thread's
 * private one yet: names_open before, where that matters. */
weft_ref *names_get_shared(vm *t, weft_dict *d, value name);
static inline value names_get(vm *t, weft_dict *d, value name) {
    weft_ref *found = weft_dict_borrow(t->weft, d, weft_dict_of_symbol(AS(weft_symbol, name)));
    if (WEFT_UNLIKELY(found == NULL) && !t->alone) {
        found = names_get_shared(t, d, name);
    }
    if (WEFT_UNLIKELY(found == NULL)) {
        return NIL;
    }
    return is_box(found) ? ((box *)found)->content : from_ref(found);
}
/* Makes the dict one that this thread may read without a lock. */
static inline void names_open(vm *t, weft_dict *d) {
    if (!t->alone && WEFT_UNLIKELY(weft_dict_table_of(t->weft, d) == NULL)) {
        (void)weft_dict_set_shared(t->weft, d);
    }
}
bool names_set(vm *t, weft_dict *d, value name, value item);
bool names_set_at(vm *t, weft_dict *d, value name, value item,
                  weft_dict_cache *place);          /* NULL, or where it may be, and is then */
bool names_delete(vm *t, weft_dict *d, value name); /* false: not there */
value names_list(vm *t, weft_dict *d);
value names_copy(vm *t, weft_dict *d); /* a dict */
/* Walks a dict: keys and values are the caller's. False: over, or raised. */
typedef struct dict_walk {
    weft_dict_iterator walk;
    bool over;
} dict_walk;
bool dict_walk_begin(vm *t, weft_dict *d, dict_walk *walk);
bool dict_walk_next(vm *t, dict_walk *walk, value *key, value *item);
void dict_walk_end(vm *t, dict_walk *walk);
void iter_end(weft_thread *weft, iter *it);
extern const builtin_def dict_methods[], set_methods[], frozenset_methods[];

/* ---- class.c --------------------------------------------------------------------------------------- */

/* What the class has, by itself or by a base. */
unsigned class_look_at_traits(vm *t, class *cls);
static inline bool class_has(vm *t, class *cls, unsigned trait) {
    /* Relaxed: who knows of a change by other means sees it. */
    uint64_t traits = weft_load_relaxed_u64(&cls->traits);
    if (WEFT_UNLIKELY(traits >> TRAIT_BITS != weft_load_relaxed_u64(&t->rt->trait_epoch))) {
        traits = class_look_at_traits(t, cls);
    }
    return (traits & trait) != 0;
}
class *class_of(vm *t, value v);
const char *type_name(vm *t, value v);
bool class_is_sub(const class *cls, const class *of);
static inline bool is_instance(vm *t, value v, unsigned type) {
    return class_is_sub(class_of(t, v), t->rt->classes[type]);
}
value class_make(vm *t, value name, value bases, value names, value keywords);
class *class_builtin(vm *t, const char *name, class *base, unsigned layout);
bool class_methods(vm *t, class *cls, const builtin_def *methods);
/* What the classes of the MRO have for a name, borrowed; NIL: nothing. */
value class_find(vm *t, const class *cls, value name);
class *class_extend(vm *t, unsigned type, const builtin_def *methods);
value class_of_value(vm *t, value v);
value class_call(vm *t, class *cls, const value *args, size_t count, value kwnames);
value instance_new(vm *t, class *cls);
value bind(vm *t, value found, value self, const class *cls); /* a descriptor's get */
value get_attribute(vm *t, value v, value name);
value get_attribute_or_nil(vm *t, value v, value name); /* NIL, nothing raised: no such attribute */
bool set_attribute(vm *t, value v, value name, value item); /* NIL: delete */
bool set_attribute_plain(vm *t, value v, value name, value item);
value object_setattr(vm *t, const value *args, size_t count); /* object.__setattr__ */
/* What a class has for a name, borrowed, by an instruction's own look-up. */
value lookup_find(vm *t, lookup *site, const class *cls, value name);
void class_changed(vm *t);
bool is_data_descriptor(vm *t, value found);
/* Whether instances may have an attribute of that name; NIL: any name. See __slots__. */
bool class_has_room(vm *t, const class *cls, value name);
value call_special(vm *t, value v, value name, size_t count, const value *args);
/* Calls the special method if there is one; NIL and nothing raised: there is none. */
value try_special(vm *t, value v, value name, size_t count, const value *args);
value attributes_of(vm *t, value v);              /* __dict__ */
bool attributes_read(vm *t, value v, value into); /* makes a dict have what is in __dict__ */
bool is_subclass_of(vm *t, value cls, value of, bool *result);
extern const builtin_def object_methods[], class_methods_[], super_methods[], property_methods[];

/* ---- operators: abstract.c -------------------------------------------------------------------------- */

value binary(vm *t, int op, value a, value b);
value inplace(vm *t, int op, value a, value b);
value unary(vm *t, char op, value v);
value compare(vm *t, int op, value a, value b);
int compare_bool(vm *t, int op, value a, value b); /* -1: raised */
int equal(vm *t, value a, value b);                /* is, or == */
int truth(vm *t, value v);                         /* -1: raised */
int contains(vm *t, value container, value item);
value subscript(vm *t, value v, value index);
bool store_subscript(vm *t, value v, value index, value item); /* NIL: delete */
int64_t length(vm *t, value v);                                /* -1: raised */
bool hash_of(vm *t, value v, uint64_t *hash);
bool hash_builtin(vm *t, value v, uint64_t *hash); /* not by a __hash__ of the program's */
value to_str(vm *t, value v);
value to_repr(vm *t, value v);
value to_ascii(vm *t, value v); /* repr, with nothing but ASCII */
value get_iter(vm *t, value v);
/* The next value; NIL and nothing raised: no more. */
value iter_next(vm *t, value iterator);
value iter_new(vm *t, int kind, value source);
/* Nobody else can reach it: this thread's stack has the only reference. */
static inline bool iter_is_mine(vm *t, iter *it) {
    return WEFT_LIKELY(t->alone) || weft_ref_unique(t->weft, &it->head) == WEFT_REF_UNIQUE;
}
extern const builtin_def iter_methods[], container_methods[], store_methods[], number_methods[];

/* ---- function.c -------------------------------------------------------------------------------------- */

value call(vm *t, value f, size_t count, const value *args);
value call_kw(vm *t, value f, size_t count, const value *args, value kwnames);
value call_spread(vm *t, value f, value args, value kwargs);
value call_builtin(vm *t, builtin *b, const value *args, size_t count, value kwnames);
value builtin_new(vm *t, const builtin_def *def, value owner);
value method_new(vm *t, value f, value self);
value cell_new(vm *t, value content);
/* Puts arguments where the function's code wants them: `locals` has the positional ones, then those given by name. Takes them.
 * False: raised, and they are gone. */
bool bind_arguments(vm *t, func *f, value *locals, size_t count, value kwnames);
value generator_new(vm *t, func *f, value *locals);
value generator_resume(vm *t, generator *g, value sent, bool raise);
/* Makes it this thread's to run or to end; false: it is running, or over. `was`: the state before. */
static inline bool generator_claim(vm *t, generator *g, uint8_t *was) {
    /* Relaxed: the exchange looks again. */
    *was = weft_load_relaxed_u8(&g->state);
    if (WEFT_LIKELY(t->alone)) {
        if (*was > GEN_SUSPENDED) {
            return false;
        }
        weft_store_relaxed_u8(&g->state, GEN_RUNNING);
        return true;
    }
    while (*was <= GEN_SUSPENDED) {
        /* Acquire: pairs with generator_release: what it has done until now is seen. */
        if (weft_cas_weak_acquire_u8(&g->state, was, GEN_RUNNING)) {
            return true;
        }
    }
    return false;
}
static inline void generator_release(generator *g, uint8_t state) {
    /* Release: pairs with generator_claim. */
    weft_store_release_u8(&g->state, state);
}
value generator_close(vm *t, generator *g);
void generator_clear(vm *t, generator *g); /* without running anything */
/* What `await` goes on with: a coroutine, or an iterator of another object's. NIL: raised. */
value get_awaitable(vm *t, value v, uint32_t kind);
extern const builtin_def generator_methods[], coroutine_methods[], func_methods[];

/* ---- vm.c ---------------------------------------------------------------------------------------------- */

value vm_run(vm *t, frame *entry);
value vm_call(vm *t, func *f, size_t count, const value *args, value kwnames);
value vm_exec(vm *t, code *c, struct module *globals);
bool c_stack_room(vm *t); /* false: RecursionError */
void vm_safepoint_slow(vm *t);

/* ---- thread.c ------------------------------------------------------------------------------------------ */

vm *thread_begin(runtime *rt, weft_thread *weft, size_t c_stack, size_t value_stack);
/* Drops what the thread has, while it is attached; gives the vm back, when all is over. */
void thread_drop(vm *t);
void thread_free(vm *t);
/* Around what may block without weft knowing. Ends borrows and critical sections, as every detaching does. */
void vm_detach(vm *t);
void vm_attach(vm *t);
/* Waits for all other threads but daemons. True: there are none left; false: there are, and they never run again. */
bool threads_join(vm *t);
/* What a module in lib/ has to do before the end, if it was imported. */
void call_hook(vm *t, const char *module, const char *function_name);
/* Gives up all values of a key. */
void local_clear(weft_thread *weft, local_key *key);
extern const builtin_def thread_functions[], lock_methods[], rlock_methods[];

/* ---- exception.c --------------------------------------------------------------------------------------- */

/* Raise; return NIL, so that a function can return it. */
value raise(vm *t, unsigned type, const char *format, ...) __attribute__((format(printf, 3, 4)));
value raise_value(vm *t, unsigned type, value argument); /* takes it */
value raise_object(vm *t, value exception);              /* takes it */
value raise_memory(vm *t);
value exception_new(vm *t, class *cls, size_t count, const value *args);
bool raised_is(vm *t, unsigned type);
void forget_raised(vm *t);
value take_raised(vm *t);
void traceback_add(vm *t, code *c, uint32_t op);
void print_exception(vm *t, value exception);
/* With a line above it, and nothing of other threads between. */
void print_exception_under(vm *t, value header, value exception);
value exception_str(vm *t, value v);
/* OSError(number, ...) makes an instance of the class for the number. */
class *os_error_class(vm *t, class *cls, size_t count, const value *args);
extern const builtin_def exception_methods[];

/* ---- lexer to compiler: compiler.c --------------------------------------------------------------------- */

/* A module's code; NULL: SyntaxError is raised. */
code *compile(vm *t, const char *filename, value source);

/* ---- builtins.c, modules.c ------------------------------------------------------------------------------ */

bool builtins_start(vm *t);
value import_module(vm *t, value name);
/* A function of a module in lib/. */
value library_call(vm *t, const char *module, const char *function, size_t count,
                   const value *args);
bool module_set(vm *t, struct module *m, const char *name, value item); /* takes it */
struct module *module_new(vm *t, const char *name);
bool modules_start(vm *t);
value read_file(vm *t, const char *path);
void flush_output(void);
void flush_lines(runtime *rt); /* a last line that was not complete */

/* A module in Python that is part of the program: name, text. */
typedef struct library_module {
    const char *name;
    const char *text;
} library_module;
extern const library_module library[];

static inline void vm_safepoint(vm *t) {
    /* As weft_thread_safepoint; and a quiescent state now and then, with a __del__ around each time. */
    if (WEFT_UNLIKELY(weft_load_relaxed_u32(&t->weft->state) != WEFT_THREAD_ATTACHED ||
                      --t->safepoints <= 0)) {
        vm_safepoint_slow(t);
    }
}

#endif /* MINIPY_OBJECT_H */
