#include "sleeper.h"

#include <errno.h>

static void count_abandon(const weft_park_request *request, bool more) {
    sleeper *self = request->argument;
    weft_store_relaxed_u32(&self->more, more);
    weft_fetch_add_relaxed_u32(&self->abandoned, 1);
}

enum { ERRNO_BEFORE = 4711 };

static void park_once(void *argument) {
    sleeper *self = argument;
    errno = ERRNO_BEFORE;
    self->result = weft_park(&self->request, &self->token);
    self->errno_after = errno;
}

void sleeper_start_unqueued(sleeper *self, const void *address, uintptr_t tag,
                            void (*prepare)(sleeper *self)) {
    *self = (sleeper){
        .request = {.address = address,
                    .deadline = WEFT_WAIT_FOREVER,
                    .tag = tag,
                    .abandon = count_abandon,
                    .argument = self},
        .token = 12345,
    };
    if (prepare != NULL) {
        prepare(self);
    }
    scenario_start(&self->thread, park_once, self);
}

void sleeper_start(sleeper *self, const void *address, uintptr_t tag,
                   void (*prepare)(sleeper *self)) {
    size_t before = sleepers_on(address);
    sleeper_start_unqueued(self, address, tag, prepare);
    AWAIT(sleepers_on(address) == before + 1);
}

weft_park_result sleeper_result(sleeper *self) {
    scenario_join(&self->thread);
    CHECK(self->errno_after == ERRNO_BEFORE);
    CHECK(self->result == WEFT_PARK_WOKEN || self->token == 0);
    return self->result;
}

bool sleeper_woken(sleeper *self, uintptr_t token) {
    return sleeper_result(self) == WEFT_PARK_WOKEN && self->token == token &&
           weft_load_relaxed_u32(&self->abandoned) == 0;
}

typedef struct tag_list {
    uintptr_t *tags;
    size_t capacity;
    size_t count;
} tag_list;

static weft_unpark_choice note_tag(void *argument, uintptr_t tag) {
    tag_list *list = argument;
    if (list->count < list->capacity) {
        list->tags[list->count] = tag;
    }
    list->count++;
    return WEFT_UNPARK_SKIP;
}

size_t sleeper_tags(const void *address, uintptr_t *tags, size_t capacity) {
    tag_list list = {tags, capacity, 0};
    size_t woken = weft_unpark_select(address, note_tag, NULL, &list);
    CHECK(woken == 0);
    return list.count;
}

size_t sleepers_on(const void *address) {
    return sleeper_tags(address, NULL, 0);
}
