/* A program with the two files that have an adapter among them: what is retired is freed once a grace period of the host's domain has
 * passed as well. With CK: that of a ck_epoch; else liburcu's. */
#include "weft.h"

#ifdef CK
#include <ck_epoch.h>

static ck_epoch_t epoch;
#endif

static void use_domain(void) {
#ifdef CK
    ck_epoch_init(&epoch);
    weft_ck_epoch_use(&epoch);
#else
    weft_liburcu_use(WEFT_LIBURCU_REGISTER);
#endif
}

static int freed;

static void count(weft_thread *self, weft_qsbr_node *node) {
    (void)self;
    (void)node;
    freed++;
}

int main(void) {
    static weft_qsbr_node node;
    weft_thread *self = NULL;
    use_domain();
    weft_qsbr_install();
    weft_runtime *runtime = weft_runtime_create(NULL);
    if (runtime == NULL || weft_thread_register(runtime, NULL, &self) != WEFT_THREAD_OK ||
        weft_thread_attach(self) != WEFT_THREAD_OK) {
        return 1;
    }
    weft_qsbr_retire(self, &node, count, sizeof node);
    int early = freed;
    weft_qsbr_barrier(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    return early == 0 && freed == 1 ? 0 : 1;
}
