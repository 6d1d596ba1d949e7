/* ref_object.h: objects that are nothing but counted, and how many of them have died. */
#ifndef WEFT_HARNESS_REF_OBJECT_H
#define WEFT_HARNESS_REF_OBJECT_H

#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_ref.h"

typedef struct object {
    weft_ref head;
    unsigned char node[sizeof(weft_qsbr_node)];
} object;

static int deallocated;

static weft_ref_verdict dealloc(weft_thread *self, weft_ref *head) {
    (void)self;
    (void)head;
    deallocated++;
    return WEFT_REF_FREE;
}

static void give_back(weft_ref *head) {
    weft_host_free(head, sizeof(object), sizeof(void *));
}

static const weft_ref_hooks HOOKS = {dealloc, give_back, NULL};

#endif /* WEFT_HARNESS_REF_OBJECT_H */
