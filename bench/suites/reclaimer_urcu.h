/* reclaimer_urcu.h: a flavour of liburcu as a reclaimer, by its mapped names (rcu_read_lock...). The
 * file that includes it has included the flavour's header. See reclaimer_loops.h. */
#include <stdlib.h>

typedef int here_thread;

static int here_self(void) {
    return 0;
}

/* Here and not at the first retire: the thread that frees would inherit a pinned thread's core. */
static void here_start(void) {
    (void)get_default_call_rcu_data();
}

static void here_enter(void) {
    rcu_register_thread();
}

static void here_leave(void) {
    rcu_unregister_thread();
}

static void here_begin_reading(int self) {
    (void)self;
    rcu_read_lock();
}

/* These flavours differ in what a reader says, and when. */
#ifdef URCU_HAS_QUIESCENT_STATES
#define HERE_QUIESCENT(self) rcu_quiescent_state()

static void here_tick(int self) {
    (void)self;
    rcu_quiescent_state();
}

static void here_end_reading(int self) {
    rcu_read_unlock();
    here_tick(self);
}

static void here_pause(int self) {
    (void)self;
    rcu_thread_offline();
    rcu_thread_online();
}
#else
static void here_tick(int self) {
    (void)self;
}

static void here_end_reading(int self) {
    (void)self;
    rcu_read_unlock();
}

static void here_pause(int self) {
    (void)self;
    rcu_read_lock();
    rcu_read_unlock();
}
#endif

/* The head is the block's begin. */
static void free_block(struct rcu_head *head) {
    free(head);
}

static void here_retire(int self, void *block, size_t size) {
    (void)self;
    (void)size;
    call_rcu(block, free_block);
}

static void here_synchronize(void) {
    synchronize_rcu();
}

static void here_settle(void) {
    rcu_barrier();
}
