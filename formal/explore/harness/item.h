/* item.h: what the harnesses of containers put into them. */
#ifndef WEFT_HARNESS_ITEM_H
#define WEFT_HARNESS_ITEM_H

#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_ref.h"

typedef struct item {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
    int value;
} item;

static int made;
static int freed;

/* The caller's reference is the only one. */
static inline weft_ref *make_item(weft_thread *self, int value) {
    item *fresh = weft_host_allocate(sizeof *fresh, sizeof(void *));
    weft_ref_init(self, &fresh->head);
    fresh->value = value;
    made++;
    return &fresh->head;
}

static weft_ref_verdict torn_down(weft_thread *self, weft_ref *object) {
    (void)self;
    (void)object;
    return WEFT_REF_FREE;
}

static void free_item(weft_ref *object) {
    weft_host_free(object, sizeof(item), sizeof(void *));
    freed++;
}

#endif /* WEFT_HARNESS_ITEM_H */
