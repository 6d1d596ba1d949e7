/* shared.h: what the two interpreters of this folder share between their threads: values that any state may hold, in one
 * runtime, and threads that run a state each.
 *
 * An interpreter's state is one thread's. What goes from one state to another is a shared value, a counted object
 * (weft_ref.h) whose kind stands in the header's host field: scalars and strings never change, lists and dicts are the
 * library's, a lock is the mutex that every object has. The functions that make a value return a reference
 * of the caller's, or NULL when memory is out. */
#ifndef SHARED_H
#define SHARED_H

#include "weft.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shared_kind {
    SHARED_BOOLEAN = 1,
    SHARED_INTEGER,
    SHARED_NUMBER,
    SHARED_STRING,
    SHARED_LIST,
    SHARED_DICT,
    SHARED_LOCK,
    SHARED_TASK
} shared_kind;

static inline shared_kind shared_kind_of(const weft_ref *value) {
    /* Relaxed: written before the value was published. */
    return (shared_kind)weft_load_relaxed_u16(&value->host);
}

/* Lists, dicts and locks are handed out as they are; all else becomes a value of the interpreter. */
static inline bool shared_is_handle(const weft_ref *value) {
    return shared_kind_of(value) >= SHARED_LIST;
}

/* ---- threads of the runtime -------------------------------------------------------------------- */

/* Registers the calling thread in the process's runtime, which the first one makes, and attaches it. NULL: memory is out. */
weft_thread *shared_enter(void);
void shared_leave(weft_thread *self);

/* What an interpreter does between two of its instructions. */
static inline void shared_safepoint(weft_thread *self) {
    (void)weft_thread_safepoint(self);
    weft_qsbr_quiescent(self);
}

/* Blocks, detached. */
void shared_sleep(weft_thread *self, double seconds);

/* Stops all other threads, counts them all, lets them go on. */
size_t shared_count_threads(weft_thread *self);

/* ---- values ------------------------------------------------------------------------------------ */

weft_ref *shared_boolean(weft_thread *self, bool value);
weft_ref *shared_integer(weft_thread *self, int64_t value);
weft_ref *shared_number(weft_thread *self, double value);
weft_ref *shared_string(weft_thread *self, const char *bytes, size_t length);
weft_ref *shared_list(weft_thread *self);
weft_ref *shared_dict(weft_thread *self);
weft_ref *shared_lock(weft_thread *self);

bool shared_boolean_of(const weft_ref *value);
int64_t shared_integer_of(const weft_ref *value);
double shared_number_of(const weft_ref *value);
const char *shared_string_of(const weft_ref *value, size_t *length); /* ends with a zero byte */
weft_list *shared_list_of(weft_ref *value);
weft_dict *shared_dict_of(weft_ref *value);

/* Keys of dicts are strings, the host's objects, and whole numbers of 63 bits with their sign. False: too large. */
bool shared_key_of_integer(int64_t integer, weft_dict_key *key);
int64_t shared_integer_of_key(weft_dict_key key);

/* A lock is held while the interpreter's code runs. False: the thread has it already, or has it not. */
bool shared_lock_enter(weft_thread *self, weft_ref *lock);
bool shared_lock_leave(weft_thread *self, weft_ref *lock);

/* ---- tasks ------------------------------------------------------------------------------------- */

/* Code that runs in a state of its own on a thread of its own. */
typedef struct shared_task {
    weft_ref head;
    pthread_t thread;
    void (*run)(weft_thread *self, struct shared_task *task);
    char *code;
    size_t size;
    weft_ref **arguments; /* the task's references */
    size_t count;
    weft_ref *result; /* run leaves a reference here, or NULL; of an error its message */
    bool failed;
    bool joined;
} shared_task;

/* Starts one. The code is copied; the references to the arguments are the task's from here on, also when this returns NULL: no memory, no
 * thread. */
shared_task *shared_start(weft_thread *self, void (*run)(weft_thread *self, shared_task *task),
                          const char *code, size_t size, weft_ref **arguments, size_t count);

/* Waits, detached, until it has run. Its maker's thread only; again does nothing. */
void shared_join(weft_thread *self, shared_task *task);

#endif
