/* The domain of a ck_epoch. */
#include "weft_ck_epoch.h"

#if defined(__has_include) && !__has_include(<ck_epoch.h>)
/* Not installed: who calls weft_ck_epoch_use does not link. */
typedef int weft_ck_epoch_is_not_installed;
#else

#include "weft_host.h"

#include <ck_epoch.h>

#include <stddef.h>

/* A slot's section. The slot's word points to it from the slot's first attach on: ck never lets go of a
 * record. */
typedef struct section {
    ck_epoch_record_t record;
    struct section *next; /* the same thread's, online for another runtime */
} section;

/* Written before the first runtime is made. */
static ck_epoch_t *domain;

/* The calling thread's sections. */
static _Thread_local section *mine;

/* For weft's own grace periods: used under weft's lock, in no section ever. */
static ck_epoch_record_t caller;
static ck_epoch_entry_t entry;
static bool is_under_way;

static section *new_section(void) {
    section *made = weft_host_allocate(sizeof *made, WEFT_CACHE_LINE);
    if (made == NULL) {
        weft_fatal("no memory for a record of ck_epoch", "epoch", domain, NULL);
    }
    ck_epoch_register(domain, &made->record, NULL);
    return made;
}

static void go_online(void *argument, void **word) {
    (void)argument;
    if (*word == NULL) {
        *word = new_section();
    }
    section *begun = *word;
    begun->next = mine;
    mine = begun;
    ck_epoch_begin(&begun->record, NULL);
}

static void go_offline(void *argument, void **word) {
    (void)argument;
    section *ended = *word;
    section **link = &mine;
    while (*link != ended) {
        link = &(*link)->next;
    }
    *link = ended->next;
    (void)ck_epoch_end(&ended->record, NULL);
}

static void pass_quiescent_state(void *argument, void **word) {
    (void)argument;
    section *passing = *word;
    (void)ck_epoch_end(&passing->record, NULL);
    ck_epoch_begin(&passing->record, NULL);
}

/* Its thread does not exist in this process, nor does that thread's list. */
static void end_for_the_lost(void *argument, void **word) {
    (void)argument;
    section *left = *word;
    (void)ck_epoch_end(&left->record, NULL);
}

static void on_ended(ck_epoch_entry_t *ended) {
    (void)ended;
    is_under_way = false;
    weft_qsbr_foreign_ended();
}

static void begin(void *argument) {
    (void)argument;
    is_under_way = true;
    ck_epoch_call(&caller, &entry, on_ended);
}

/* A grace period of ck's is two steps of its epoch, and another finds its end. Whether a poll took a
 * step it does not say. */
#define STEPS 3

static void poll(void *argument) {
    (void)argument;
    for (int step = 0; step < STEPS && is_under_way; step++) {
        (void)ck_epoch_poll(&caller);
    }
}

/* The calling thread must not wait for itself. `waiter` is ck's again afterwards. */
static void synchronize(void *argument) {
    (void)argument;
    for (section *left = mine; left != NULL; left = left->next) {
        (void)ck_epoch_end(&left->record, NULL);
    }
    ck_epoch_record_t *waiter = ck_epoch_recycle(domain, NULL);
    if (waiter == NULL) {
        waiter = &new_section()->record;
    }
    ck_epoch_synchronize(waiter);
    ck_epoch_unregister(waiter);
    for (section *left = mine; left != NULL; left = left->next) {
        ck_epoch_begin(&left->record, NULL);
    }
}

void weft_ck_epoch_use(struct ck_epoch *epoch) {
    static const weft_qsbr_foreign DOMAIN_OF_CK = {
        .online = go_online,
        .offline = go_offline,
        .lost = end_for_the_lost,
        .quiescent = pass_quiescent_state,
        .begin = begin,
        .poll = poll,
        .synchronize = synchronize,
    };
    if (domain != NULL && domain != epoch) {
        weft_fatal("a second ck_epoch for reclamation", "epoch", epoch, NULL);
    }
    if (domain == NULL) {
        weft_qsbr_use(&DOMAIN_OF_CK);
        domain = epoch;
        ck_epoch_register(domain, &caller, NULL);
    }
}

#endif
