/* adapter_support.h: the host's side of an adapter, in C: ck's headers are not C++. What is not installed
 * does nothing. */
#ifndef WEFT_TESTS_ADAPTER_SUPPORT_H
#define WEFT_TESTS_ADAPTER_SUPPORT_H

#include "scenario.h"

WEFT_BEGIN_DECLS

/* What the host calls before its first runtime is made. NULL, or why it cannot. */
const char *adapter_use(void);

/* A reader of the host's, on a thread of which weft knows nothing: reads from begin to end. */
void adapter_reader_begin(void);
void adapter_reader_end(void);

/* What the host does in a thread before it attaches for the first time, and when it has unregistered from
 * weft: where the host registers its threads itself. */
void adapter_thread_begin(void);
void adapter_thread_end(void);

/* A wait of the host's for a grace period of its own, by a thread of which weft knows nothing. */
void adapter_synchronize(void);

/* What the host calls before a fork besides what weft wants, and in the parent and the child after it. */
void adapter_before_fork(void);
void adapter_after_fork_parent(void);
void adapter_after_fork_child(void);

/* Scenarios of this adapter alone. */
extern const scenario adapter_own_scenarios[];

WEFT_END_DECLS

#endif /* WEFT_TESTS_ADAPTER_SUPPORT_H */
