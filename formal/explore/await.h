/* Loops that only wait.
 *
 * An iteration that starts and ends at the same load in the same thread state (registers, stack, and every plain location the
 * thread stored to hold what they held) and that changed nothing another thread can see could be left out of the execution: the
 * thread may as well read at its start what it reads at its end. So the thread stops there, and only the executions in which
 * the first iteration reads something else go on. No annotation is needed.
 */
#ifndef EXPLORE_AWAIT_H
#define EXPLORE_AWAIT_H

#include "machine.h"

/* At the last entry from the program (hooks.S): registers that survive a call, the stack pointer, and the first argument, which may be
 * all that an iteration keeps: the address of what it looks at. */
typedef struct entry_state {
    uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rdi;
} entry_state;
extern entry_state explore_entry;

/* The current thread is at a load. Does not return if the loop it is in only waits (unless the driver wakes awaits). */
void await_check(uintptr_t pc);
/* The current thread changed something others can see: a loop around this is no await. */
void await_progress(void);
/* A plain store by the current thread is about to happen. */
void await_plain_store(uintptr_t addr, size_t size);
/* Thread t gives way to others, and is back: what they stored in its frames meanwhile is no step of its own. */
void await_give_way(thread *t);
void await_back(thread *t);
/* All threads wait for good. Does one of them by a choice of the program's (explore_choose) that may end the loop? */
enum await_choice { NO_CHOICE, OTHER_NUMBERS_TO_COME, SEVERAL_CHOICES };
enum await_choice await_by_choice(void);

#endif
