/* Over liburcu; with HOST_REGISTERS the host registers its threads there itself. */
#include "adapter_support.h"

#if defined(__has_include) && !__has_include(<urcu/urcu-qsbr.h>)

const char *adapter_use(void) {
    return "liburcu is not installed (package liburcu-dev)";
}
void adapter_reader_begin(void) {}
void adapter_reader_end(void) {}
void adapter_thread_begin(void) {}
void adapter_thread_end(void) {}
void adapter_synchronize(void) {}
void adapter_before_fork(void) {}
void adapter_after_fork_parent(void) {}
void adapter_after_fork_child(void) {}
const scenario adapter_own_scenarios[] = {{NULL, NULL}};

#else

#include "weft_liburcu.h"

#include <urcu/urcu-qsbr.h>

#include <stddef.h>

const char *adapter_use(void) {
#ifdef HOST_REGISTERS
    weft_liburcu_use(WEFT_LIBURCU_REGISTERED);
#else
    weft_liburcu_use(WEFT_LIBURCU_REGISTER);
#endif
    return NULL;
}

void adapter_reader_begin(void) {
    urcu_qsbr_register_thread();
}

void adapter_reader_end(void) {
    urcu_qsbr_unregister_thread();
}

/* Offline until it attaches, so that it may sleep. */
void adapter_thread_begin(void) {
#ifdef HOST_REGISTERS
    urcu_qsbr_register_thread();
    urcu_qsbr_thread_offline();
#endif
}

void adapter_thread_end(void) {
#ifdef HOST_REGISTERS
    urcu_qsbr_unregister_thread();
#endif
}

void adapter_synchronize(void) {
    weft_qsbr_foreign_wait_begin();
    urcu_qsbr_synchronize_rcu();
    weft_qsbr_foreign_wait_end();
}

void adapter_before_fork(void) {
    urcu_qsbr_call_rcu_before_fork();
}
void adapter_after_fork_parent(void) {
    urcu_qsbr_call_rcu_after_fork_parent();
}
void adapter_after_fork_child(void) {
    urcu_qsbr_call_rcu_after_fork_child();
}

const scenario adapter_own_scenarios[] = {{NULL, NULL}};

#endif
