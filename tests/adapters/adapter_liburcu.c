#include "adapter_support.h"

#if defined(__has_include) && !__has_include(<urcu/urcu-qsbr.h>)

const char *adapter_use(void) {
    return "liburcu is not installed (package liburcu-dev)";
}
void adapter_reader_begin(void) {}
void adapter_reader_end(void) {}

#else

#include "weft_liburcu.h"

#include <urcu/urcu-qsbr.h>

#include <stddef.h>

const char *adapter_use(void) {
    weft_liburcu_use(WEFT_LIBURCU_REGISTER);
    return NULL;
}

void adapter_reader_begin(void) {
    urcu_qsbr_register_thread();
}

void adapter_reader_end(void) {
    urcu_qsbr_unregister_thread();
}

#endif
