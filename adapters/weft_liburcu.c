/* The domain of liburcu, QSBR flavour. */
#include "weft_liburcu.h"

#if defined(__has_include) && !__has_include(<urcu/urcu-qsbr.h>)
/* Not installed: who calls weft_liburcu_use does not link. */
typedef int weft_liburcu_is_not_installed;
#else

#include "weft_host.h"

#include <urcu/urcu-qsbr.h>

#include <stddef.h>

/* Written before the first runtime is made. */
static bool registers;

/* How many runtimes the calling thread is online for. */
static _Thread_local unsigned depth;

/* Of the one grace period that is under way for weft. */
static struct rcu_head head;

static void go_online(void *argument, void **word) {
    (void)argument;
    (void)word;
    if (depth++ != 0) {
        return;
    }
    if (registers) {
        urcu_qsbr_register_thread(); /* and online */
    } else {
        urcu_qsbr_thread_online();
    }
}

static void go_offline(void *argument, void **word) {
    (void)argument;
    (void)word;
    if (--depth != 0) {
        return;
    }
    if (registers) {
        urcu_qsbr_unregister_thread();
    } else {
        urcu_qsbr_thread_offline();
    }
}

static void pass_quiescent_state(void *argument, void **word) {
    (void)argument;
    (void)word;
    urcu_qsbr_quiescent_state();
}

/* By liburcu's thread for callbacks. */
static void on_ended(struct rcu_head *ended) {
    (void)ended;
    weft_qsbr_foreign_ended();
}

static void begin(void *argument) {
    /* call_rcu wants a thread that is online; a waiting one is not. */
    bool was_offline = depth == 0;
    if (was_offline) {
        go_online(argument, NULL);
    }
    urcu_qsbr_call_rcu(&head, on_ended);
    if (was_offline) {
        go_offline(argument, NULL);
    }
}

static void synchronize(void *argument) {
    (void)argument;
    urcu_qsbr_synchronize_rcu();
}

void weft_liburcu_use(weft_liburcu_threads threads) {
    static const weft_qsbr_foreign DOMAIN_OF_LIBURCU = {
        .online = go_online,
        .offline = go_offline,
        .quiescent = pass_quiescent_state,
        .begin = begin,
        .synchronize = synchronize,
    };
    static bool is_used;
    bool wanted = threads == WEFT_LIBURCU_REGISTER;
    if (is_used && registers != wanted) {
        weft_fatal("liburcu's domain is used with the other mode already", "mode", &registers,
                   NULL);
    }
    weft_qsbr_use(&DOMAIN_OF_LIBURCU);
    registers = wanted;
    is_used = true;
}

#endif
