/* adapter_support.h: the host's side of an adapter, in C: ck's headers are not C++. */
#ifndef WEFT_TESTS_ADAPTER_SUPPORT_H
#define WEFT_TESTS_ADAPTER_SUPPORT_H

#include "weft_base.h"

WEFT_BEGIN_DECLS

/* What the host calls before its first runtime is made. NULL, or why it cannot. */
const char *adapter_use(void);

/* A reader of the host's, on a thread of which weft knows nothing: reads from begin to end. */
void adapter_reader_begin(void);
void adapter_reader_end(void);

WEFT_END_DECLS

#endif /* WEFT_TESTS_ADAPTER_SUPPORT_H */
