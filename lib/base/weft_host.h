/* weft_host.h: what the host (an interpreter, or any C program) supplies.
 *
 * Every hook has a default, so a program that only wants a lock sets none. Hooks are for the whole
 * process: set them once, before the first use of the library and before other threads use it.
 *
 * Rule. allocate and free neither call the library, nor reach a safepoint, nor detach: the library
 * calls them while it holds internal state. Only weft_thread_break may be
 * called, as from anywhere. No lock of the library is held while fatal runs.
 *
 * Not promised. When, how often and on which thread a hook is called, nor that free comes from the thread that allocated.
 */
#ifndef WEFT_HOST_H
#define WEFT_HOST_H

#include "weft_base.h"

WEFT_BEGIN_DECLS

/* What a host may replace. A NULL member means the default; allocate and free come as a pair, and
 * one without the other is fatal.
 *
 * context      passed to every hook.
 * allocate     memory of `size` bytes aligned to `alignment` (a power of two), or NULL. Never
 *              called by lock, unlock, park, or a read of a container.
 *              Default: posix_memalign.
 * free         takes back what allocate gave, with the same size and alignment. Default: free.
 * fatal        misuse that cannot be returned as an error. `message` names the object and what was
 *              done to it. Must not return: if it does, the process is aborted.
 *              Default: message to standard error, abort.
 * kick         asks the host to get `thread` (the host's pointer for it) to a safepoint soon, e.g.
 *              by its own break flag or a signal. May be called from any thread; must be
 *              async-signal-safe and must not block. A safepoint may leave for later what it was asked for: who comes to
 *              safepoints only when its own flag is set leaves that set while weft_thread_is_asked. May come when `thread` has unregistered
 *              (weft_thread_register says how long the pointer has to be usable). Default: nothing. */
typedef struct weft_host {
    void *context;
    void *(*allocate)(void *context, size_t size, size_t alignment);
    void (*free)(void *context, void *memory, size_t size, size_t alignment);
    void (*fatal)(void *context, const char *message);
    void (*kick)(void *context, void *thread);
} weft_host;

/* Replaces the hooks. NULL restores the defaults. Thread requirement: no other thread is inside the
 * library. Never blocks, cannot fail. */
void weft_host_set(const weft_host *host);

/* The hooks in force, every member filled in. */
const weft_host *weft_host_get(void);

/* Allocates through the host. Returns NULL when memory is out. `alignment` is a power of two, at
 * least sizeof(void *). May block as the host's allocator does. */
void *weft_host_allocate(size_t size, size_t alignment) WEFT_WARN_UNUSED;

/* Gives memory back with the size and alignment it was asked for. NULL is allowed. */
void weft_host_free(void *memory, size_t size, size_t alignment);

/* Asks the host to bring its thread to a safepoint. Async-signal-safe. */
void weft_host_kick(void *thread);

/* Reports misuse through the host's fatal hook and never returns. The message is
 * "weft: <what> [<kind> at <address>]", followed by ": <detail>" if detail is not NULL.
 * Async-signal-safe if the hook is. */
WEFT_NORETURN void weft_fatal(const char *what, const char *kind, const void *object,
                              const char *detail);

WEFT_END_DECLS

#endif /* WEFT_HOST_H */
