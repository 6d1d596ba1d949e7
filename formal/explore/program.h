/* The program under exploration: a shared object made from instrumented code. Its globals, thread-local storage and stacks. */
#ifndef EXPLORE_PROGRAM_H
#define EXPLORE_PROGRAM_H

#include "machine.h"

/* Loads the shared object; NULL on success, else why not. */
const char *program_load(const char *path);
/* main, as the entry of thread 0. */
void *program_main(void *unused);
/* Puts globals back to what they were after loading. */
void program_reset(void);
/* A thread of the program begins and ends (TLS, keys). */
void program_thread_start(thread *t);
void program_thread_exit(thread *t);
/* Ends the run if t, which is about to end, or to end the program, holds a mutex. */
void program_check_held(const thread *t, const char *what);
/* The program is over: what must hold then. */
void program_finished(void);
/* Tells apart the objects at an address in time: heap blocks and stack frames. */
uint64_t program_generation(uintptr_t addr);
/* The same of stack frames alone. 0: it lies in none. */
uint64_t program_frame(uintptr_t addr);
/* Ends the run if the range is another thread's: a frame that is gone, or anything of a thread that ended. */
void program_check_thread_memory(uintptr_t addr, size_t size, uintptr_t pc);
/* Ends the run if the range lies in another thread's frame of which the current thread cannot know. An atomic access asks before its
 * event: what it reads there might tell it. */
void program_check_frame_known(uintptr_t addr, uintptr_t pc);
/* Where an address of the code lies, for addr2line. */
const char *program_path(void);
uintptr_t program_offset(uintptr_t pc);
bool program_has_code(uintptr_t pc);
/* Is this memory of the program that can change: heap, globals, thread-local storage, stacks? */
bool program_has_data(uintptr_t addr);
/* Stack frames, from the instrumentation: the stack pointer, and where the frame ends (0: not known). */
void program_enter(uintptr_t sp, uintptr_t top);
void program_leave(uintptr_t pc);
bool program_in_tls(const thread *t, uintptr_t addr);

#endif
