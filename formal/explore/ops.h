/* The visible operations of the program, on the current coroutine: each is one or two events of the graph. */
#ifndef EXPLORE_OPS_H
#define EXPLORE_OPS_H

#include "machine.h"

/* One memory access of the program: where, how wide, and the call site. */
typedef struct access {
    int space;
    uintptr_t addr;
    int size;
    uintptr_t pc;
    bool unchecked; /* the object may be gone already */
} access;

enum rmw_op { RMW_XCHG, RMW_ADD, RMW_SUB, RMW_AND, RMW_OR, RMW_XOR, RMW_NAND };

uint64_t op_load(access at, int order);
/* The operating system looks at the word, right after its queue operation (op_update). */
uint64_t op_load_by_wait(access at);
void op_store(access at, uint64_t value, int order);
uint64_t op_rmw(access at, enum rmw_op op, uint64_t operand, int order);
/* Returns the old value; *done says whether it stored. */
uint64_t op_cas(access at, uint64_t expected, uint64_t desired, int order, int fail_order,
                bool weak, bool *done);
void op_fence(int order, int flags, uintptr_t pc);
/* A number below n that the explorer enumerates; 0 is the usual course. */
int op_choose(int n, uintptr_t pc);
int op_create(void *(*entry)(void *), void *arg, uintptr_t pc);
void *op_join(int tid, uintptr_t pc);

/* The general read-modify-write: old value to new one; *store says whether there is one. May call op_choose. */
typedef uint64_t rmw_function(uint64_t old, void *context, bool *store);
uint64_t op_update(access at, int order, rmw_function *f, void *context);

/* A plain store is about to happen: atomic locations it covers get a new value. */
void op_plain_store(uintptr_t addr, size_t size, uintptr_t pc);
/* The stores announced last are in memory now. Every entry from the program calls this first: op_settle, or op_settle_stores where
 * the program does no more than a plain access. */
void op_settle(void);
void op_settle_stores(void);

/* What the platform may do but need not: at most budget times in what happens before this point. Is it done now? */
enum liberty { LIBERTY_CAS = 1, LIBERTY_WAKE, LIBERTY_TIMEOUT, LIBERTY_CLOCK, LIBERTY_KINDS };
int op_liberty(int kind, int budget, uintptr_t pc);
/* Looks at the clock (from hooks.S): nanoseconds. */
uint64_t op_clock(uintptr_t pc);
/* How often it was done in what happens before this point. */
int op_liberties_used(int kind);

#endif
