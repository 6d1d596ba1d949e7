/* opcode.h: the instructions. A word each: the operation in the low byte, its argument above; those with a look-up of their
 * own have the look-up's number in a second word.
 *
 * The second column is what an instruction adds to the operand stack, where that does not depend on its argument. */
#ifndef MINIPY_OPCODE_H
#define MINIPY_OPCODE_H

#define OPCODES(X)                                                                                 \
    X(NOP, 0)                                                                                      \
    X(POP, -1)                                                                                     \
    X(POP_UNDER, -1) /* a b -> b */                                                                \
    X(DUP, 1)                                                                                      \
    X(DUP2, 2) /* a b -> a b a b */                                                                \
    X(SWAP, 0) /* a b -> b a */                                                                    \
    X(ROT3, 0) /* a b c -> c a b */                                                                \
    X(ROT4, 0) /* a b c d -> d a b c */                                                            \
    X(LOAD_CONST, 1)                                                                               \
    X(LOAD_FAST, 1)                                                                                \
    X(LOAD_SLOT, 1) /* the cell itself, for closures */                                            \
    X(STORE_FAST, -1)                                                                              \
    X(DELETE_FAST, 0)                                                                              \
    X(LOAD_DEREF, 1)                                                                               \
    X(STORE_DEREF, -1)                                                                             \
    X(DELETE_DEREF, 0)                                                                             \
    X(LOAD_CLASS_DEREF, 1)                                                                         \
    X(LOAD_GLOBAL, 1) /* with a look-up */                                                         \
    X(STORE_GLOBAL, -1)                                                                            \
    X(DELETE_GLOBAL, 0)                                                                            \
    X(LOAD_NAME, 1)                                                                                \
    X(STORE_NAME, -1)                                                                              \
    X(DELETE_NAME, 0)                                                                              \
    X(LOAD_ATTR, 0)   /* with a look-up */                                                         \
    X(LOAD_METHOD, 1) /* with a look-up: o -> f o, or NIL-marked: see the VM */                    \
    X(STORE_ATTR, -2) /* with a look-up: v o -> */                                                 \
    X(DELETE_ATTR, -1)                                                                             \
    X(PUSH_NULL, 1)                                                                                \
    X(CALL, 0)         /* f self|null args -> result */                                            \
    X(CALL_KW, 0)      /* f null args names -> result */                                           \
    X(CALL_SPREAD, -3) /* f null tuple dict -> result */                                           \
    X(BINARY_ADD, -1)                                                                              \
    X(BINARY_SUB, -1)                                                                              \
    X(BINARY_MUL, -1)                                                                              \
    X(BINARY, -1)                                                                                  \
    X(INPLACE, -1)                                                                                 \
    X(UNARY, 0)                                                                                    \
    X(NOT, 0)                                                                                      \
    X(COMPARE, -1)                                                                                 \
    X(IS, -1)           /* argument 1: is not */                                                   \
    X(IN, -1)           /* argument 1: not in */                                                   \
    X(COMPARE_JUMP, -2) /* jumps if it does not hold; the comparison in the second word */         \
    X(SUBSCRIPT, -1)                                                                               \
    X(STORE_SUBSCRIPT, -3) /* v o i -> */                                                          \
    X(DELETE_SUBSCRIPT, -2)                                                                        \
    X(BUILD_SLICE, -2)                                                                             \
    X(BUILD_TUPLE, 0)                                                                              \
    X(BUILD_LIST, 0)                                                                               \
    X(BUILD_SET, 0)                                                                                \
    X(BUILD_DICT, 0) /* so many pairs */                                                           \
    X(BUILD_STRING, 0)                                                                             \
    X(LIST_TO_TUPLE, 0)                                                                            \
    X(LIST_EXTEND, -1)                                                                             \
    X(SET_UPDATE, -1)                                                                              \
    X(DICT_UPDATE, -1) /* argument 1: of a call's keywords, none twice */                          \
    X(LIST_APPEND, -1) /* to the list so far below */                                              \
    X(SET_ADD, -1)                                                                                 \
    X(DICT_ADD, -2)                                                                                \
    X(UNPACK, 0)                                                                                   \
    X(UNPACK_STAR, 0) /* before << 8 | after */                                                    \
    X(FORMAT, 0)      /* conversion << 1 | has a specification */                                  \
    X(JUMP, 0)                                                                                     \
    X(JUMP_BACK, 0) /* with a safepoint */                                                         \
    X(JUMP_IF_FALSE, -1)                                                                           \
    X(JUMP_IF_TRUE, -1)                                                                            \
    X(JUMP_IF_FALSE_KEEP, -1) /* keeps the value if it jumps */                                    \
    X(JUMP_IF_TRUE_KEEP, -1)                                                                       \
    X(GET_ITER, 0)                                                                                 \
    X(FOR_ITER, 1)      /* jumps when it is over; the iterator is gone then */                     \
    X(MAKE_FUNCTION, 0) /* flags: 1 defaults, 2 kwdefaults, 4 closure; code on top */              \
    X(MAKE_CLASS, 0)    /* function name bases keywords -> class */                                \
    X(RETURN, -1)                                                                                  \
    X(YIELD, 0)                                                                                    \
    X(YIELD_FROM, -1)   /* iterator sent -> result */                                              \
    X(GET_AWAITABLE, 0) /* argument: an AWAIT_... */                                               \
    X(GET_AITER, 0)                                                                                \
    X(GET_ANEXT, 1)                                                                                \
    X(END_ASYNC_FOR, -2) /* iterator e -> */                                                       \
    X(WRAP, 0)           /* what an asynchronous generator yields, not what it awaits */           \
    X(RAISE, 0)                                                                                    \
    X(PUSH_EXC, 1)     /* e -> before e; e is handled now */                                       \
    X(POP_EXC, 0)      /* before e [v] -> [v] */                                                   \
    X(MATCH_EXC, 0)    /* e types -> e bool */                                                     \
    X(RERAISE, -2)     /* before e -> */                                                           \
    X(END_HANDLER, -3) /* before e raised -> */                                                    \
    X(WITH_ENTER, 1)   /* o -> exit value; argument 1: async */                                    \
    X(WITH_LEAVE, -1)  /* exit ->; async: exit -> awaitable */                                     \
    X(WITH_EXC, 1)     /* exit before e -> exit before e bool; async: ... awaitable */             \
    X(IMPORT, 1)                                                                                   \
    X(IMPORT_FROM, 1)                                                                              \
    X(IMPORT_ALL, -1)                                                                              \
    X(LOAD_FAST_FAST, 2)                                                                           \
    X(LOAD_FAST_CONST, 2)

/* What is awaited: for messages. */
enum { AWAIT_EXPRESSION, AWAIT_ENTER, AWAIT_EXIT, AWAIT_NEXT };

enum opcode {
#define X(name, effect) I_##name,
    OPCODES(X)
#undef X
        OPCODE_COUNT
};

#endif /* MINIPY_OPCODE_H */
