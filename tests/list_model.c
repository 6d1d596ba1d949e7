#include "list_model.h"

#include "shrink.h"

#include <stdio.h>
#include <string.h>

/* Long enough that all sizes of arrays occur, short enough that all is compared after each operation. */
#define LONGEST 96U

typedef struct array {
    uint32_t numbers[2 * LONGEST];
    size_t count;
} array;

typedef struct pair {
    weft_thread *self;
    weft_list *list[2];
    array model[2];
    uint32_t next; /* number */
    unsigned on;
    bool good;
} pair;

uint8_t list_model_sabotage;

static void expect(pair *both, bool condition) {
    both->good = both->good && condition;
}

/* ---- the model ----------------------------------------------------------------------------------- */

static void model_splice(array *model, size_t first, size_t count, const uint32_t *numbers,
                         size_t added) {
    size_t rest = model->count - first - count;
    memmove(&model->numbers[first + added], &model->numbers[first + count],
            rest * sizeof(uint32_t));
    if (added != 0) {
        memcpy(&model->numbers[first], numbers, added * sizeof(uint32_t));
    }
    model->count = first + added + rest;
}

static int by_number(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* The positions of a slice one after another, as Python defines them, found the slow way. */
static size_t model_positions(const array *model, weft_list_slice slice, size_t *positions) {
    intptr_t size = (intptr_t)model->count;
    intptr_t low = slice.step > 0 ? 0 : -1;
    intptr_t high = slice.step > 0 ? size : size - 1;
    intptr_t start = slice.start < 0 ? slice.start + size : slice.start;
    intptr_t stop = slice.stop < 0 ? slice.stop + size : slice.stop;
    start = start < low ? low : start > high ? high : start;
    stop = stop < low ? low : stop > high ? high : stop;
    size_t count = 0;
    for (intptr_t at = start; slice.step > 0 ? at < stop : at > stop; at += slice.step) {
        positions[count++] = (size_t)at;
    }
    return count;
}

/* ---- operations ---------------------------------------------------------------------------------- */

typedef struct operation {
    const char *name;
    void (*run)(pair *both, uint8_t left, uint8_t right);
} operation;

static intptr_t index_of(const array *model, uint8_t byte) {
    return (intptr_t)(byte % (2 * model->count + 3)) - (intptr_t)model->count - 1;
}

static bool inside(const array *model, intptr_t index, size_t *position) {
    intptr_t at = index < 0 ? index + (intptr_t)model->count : index;
    *position = (size_t)at;
    return at >= 0 && at < (intptr_t)model->count;
}

static size_t clamped(const array *model, intptr_t index) {
    intptr_t at = index < 0 ? index + (intptr_t)model->count : index;
    return at<0 ? 0 : at>(intptr_t) model->count ? model->count : (size_t)at;
}

static void append(pair *both, uint8_t left, uint8_t right) {
    (void)left;
    (void)right;
    array *model = &both->model[both->on];
    uint32_t number = both->next++;
    if (model->count < LONGEST) {
        expect(both, list_add(both->self, both->list[both->on], number) == WEFT_LIST_OK);
        model_splice(model, model->count, 0, &number, 1);
    }
}

static void insert(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    array *model = &both->model[both->on];
    uint32_t number = both->next++;
    if (model->count < LONGEST) {
        intptr_t index = index_of(model, left);
        weft_ref *item = numbered_make(both->self, number);
        expect(both,
               weft_list_insert(both->self, both->list[both->on], index, item) == WEFT_LIST_OK);
        weft_ref_decref(both->self, item);
        model_splice(model, clamped(model, index), 0, &number, 1);
    }
}

static void set(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    array *model = &both->model[both->on];
    intptr_t index = index_of(model, left);
    size_t position;
    uint32_t number = both->next++;
    weft_ref *item = numbered_make(both->self, number);
    weft_list_result result = weft_list_set(both->self, both->list[both->on], index, item);
    weft_ref_decref(both->self, item);
    bool there = inside(model, index, &position);
    expect(both, result == (there ? WEFT_LIST_OK : WEFT_LIST_RANGE));
    if (there) {
        model->numbers[position] = number;
    }
}

static void pop(pair *both, uint8_t left, uint8_t right) {
    array *model = &both->model[both->on];
    /* The ends more often than the middle. */
    intptr_t index = right % 3 == 0 ? -1 : right % 3 == 1 ? 0 : index_of(model, left);
    size_t position;
    weft_ref *item = NULL;
    weft_list_result result = weft_list_pop(both->self, both->list[both->on], index, &item);
    bool there = inside(model, index, &position);
    expect(both, result == (there ? WEFT_LIST_OK : WEFT_LIST_RANGE));
    if (result == WEFT_LIST_OK) {
        expect(both, there && number_of(item) == model->numbers[position]);
        weft_ref_decref(both->self, item);
    }
    if (there) {
        model_splice(model, position, 1, NULL, 0);
    }
}

static void delete_one(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    array *model = &both->model[both->on];
    intptr_t index = index_of(model, left);
    size_t position;
    bool there = inside(model, index, &position);
    expect(both, weft_list_delete(both->self, both->list[both->on], index) ==
                     (there ? WEFT_LIST_OK : WEFT_LIST_RANGE));
    if (there) {
        model_splice(model, position, 1, NULL, 0);
    }
}

static size_t make_items(pair *both, uint8_t byte, weft_ref **items, uint32_t *numbers) {
    size_t count = byte % 12;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = both->next++;
        items[i] = numbered_make(both->self, numbers[i]);
    }
    return count;
}

static void drop_items(pair *both, weft_ref **items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        weft_ref_decref(both->self, items[i]);
    }
}

static void extend(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    array *model = &both->model[both->on];
    weft_ref *items[12] = {NULL};
    uint32_t numbers[12] = {0};
    size_t count = make_items(both, left, items, numbers);
    if (model->count + count <= LONGEST) {
        expect(both,
               weft_list_extend(both->self, both->list[both->on], items, count) == WEFT_LIST_OK);
        model_splice(model, model->count, 0, numbers, count);
    }
    drop_items(both, items, count);
}

static void extend_list(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    array *model = &both->model[both->on];
    array *other = &both->model[left % 2];
    if (model->count + other->count <= LONGEST) {
        expect(both, weft_list_extend_list(both->self, both->list[both->on],
                                           both->list[left % 2]) == WEFT_LIST_OK);
        array copied = *other;
        model_splice(model, model->count, 0, copied.numbers, copied.count);
    }
}

static void clear(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    if (left % 8 == 0) {
        expect(both, weft_list_clear(both->self, both->list[both->on]) == WEFT_LIST_OK);
        both->model[both->on].count = 0;
    }
}

static void reserve(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    expect(both, weft_list_reserve(both->self, both->list[both->on], left) == WEFT_LIST_OK);
}

static void reverse(pair *both, uint8_t left, uint8_t right) {
    (void)left;
    (void)right;
    array *model = &both->model[both->on];
    expect(both, weft_list_reverse(both->self, both->list[both->on]) == WEFT_LIST_OK);
    for (size_t i = 0; i < model->count / 2; i++) {
        uint32_t first = model->numbers[i];
        model->numbers[i] = model->numbers[model->count - 1 - i];
        model->numbers[model->count - 1 - i] = first;
    }
}

static int is_less(weft_thread *self, void *argument, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)argument;
    return number_of(left) < number_of(right);
}

static void sort(pair *both, uint8_t left, uint8_t right) {
    (void)left;
    (void)right;
    array *model = &both->model[both->on];
    expect(both, weft_list_sort(both->self, both->list[both->on], is_less, NULL) == WEFT_LIST_OK);
    qsort(model->numbers, model->count, sizeof(uint32_t), by_number);
}

static weft_list_slice slice_of(const array *model, uint8_t left, uint8_t right) {
    static const intptr_t STEPS[] = {1, 1, 1, -1, 2, -2, 3, -5};
    intptr_t step = STEPS[left % 8];
    weft_list_slice slice = {index_of(model, (uint8_t)(left / 8 * 3)), index_of(model, right),
                             step};
    return slice;
}

static void get_slice(pair *both, uint8_t left, uint8_t right) {
    array from = both->model[both->on];
    unsigned to = (unsigned)(left ^ right) % 2;
    size_t positions[LONGEST];
    weft_list_slice slice = slice_of(&from, left, right);
    expect(both, weft_list_get_slice(both->self, both->list[both->on], slice, both->list[to]) ==
                     WEFT_LIST_OK);
    both->model[to].count = model_positions(&from, slice, positions);
    for (size_t i = 0; i < both->model[to].count; i++) {
        both->model[to].numbers[i] = from.numbers[positions[i]];
    }
}

static void set_slice(pair *both, uint8_t left, uint8_t right) {
    array *model = &both->model[both->on];
    weft_ref *items[12] = {NULL};
    uint32_t numbers[12] = {0};
    size_t positions[LONGEST];
    weft_list_slice slice = slice_of(model, left, right);
    size_t there = model_positions(model, slice, positions);
    size_t count = make_items(both, slice.step == 1 ? (uint8_t)(left ^ right) : (uint8_t)there,
                              items, numbers);
    if (model->count - there + count <= LONGEST) {
        weft_list_result result =
            weft_list_set_slice(both->self, both->list[both->on], slice, items, count);
        bool fits = slice.step == 1 || count == there;
        expect(both, result == (fits ? WEFT_LIST_OK : WEFT_LIST_LENGTH));
        if (slice.step == 1) {
            model_splice(model, there != 0 ? positions[0] : clamped(model, slice.start), there,
                         numbers, count);
        }
        for (size_t i = 0; slice.step != 1 && fits && i < count; i++) {
            model->numbers[positions[i]] = numbers[i];
        }
    }
    drop_items(both, items, count);
}

static void delete_slice(pair *both, uint8_t left, uint8_t right) {
    array *model = &both->model[both->on];
    size_t positions[LONGEST];
    weft_list_slice slice = slice_of(model, left, right);
    size_t there = model_positions(model, slice, positions);
    expect(both, weft_list_delete_slice(both->self, both->list[both->on], slice) == WEFT_LIST_OK);
    for (size_t i = 0; i < there; i++) {
        /* From the right, so that the others stay where they are. */
        size_t number = slice.step > 0 ? there - 1 - i : i;
        model_splice(model, positions[number], 1, NULL, 0);
    }
}

static void copy(pair *both, uint8_t left, uint8_t right) {
    (void)left;
    (void)right;
    unsigned to = 1 - both->on;
    expect(both, weft_list_copy(both->self, both->list[both->on], both->list[to]) == WEFT_LIST_OK);
    both->model[to] = both->model[both->on];
}

static void snapshot(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    unsigned to = left % 2;
    expect(both,
           weft_list_snapshot(both->self, both->list[both->on], both->list[to]) == WEFT_LIST_OK);
    both->model[to] = both->model[both->on];
}

static void find(pair *both, uint8_t left, uint8_t right) {
    array *model = &both->model[both->on];
    size_t found = 0;
    intptr_t start = index_of(model, right);
    weft_ref *wanted = weft_list_get(both->self, both->list[both->on], index_of(model, left));
    if (wanted == NULL) {
        return;
    }
    size_t at = clamped(model, start);
    while (at < model->count && model->numbers[at] != number_of(wanted)) {
        at++;
    }
    weft_list_result result = weft_list_index(both->self, both->list[both->on], wanted, start,
                                              WEFT_LIST_LAST, NULL, NULL, &found);
    expect(both, result == (at < model->count ? WEFT_LIST_OK : WEFT_LIST_RANGE));
    expect(both, result != WEFT_LIST_OK || found == at);
    weft_ref_decref(both->self, wanted);
}

static void quiesce(pair *both, uint8_t left, uint8_t right) {
    (void)left;
    (void)right;
    weft_qsbr_quiescent(both->self);
}

/* A new list, private again. */
static void renew(pair *both, uint8_t left, uint8_t right) {
    (void)right;
    if (left % 4 == 0) {
        bool prompt = ((uintptr_t)weft_load_relaxed_ptr(&both->list[both->on]->array) &
                       WEFT_LIST_PROMPT_TAG) != 0;
        list_drop(both->self, both->list[both->on]);
        both->list[both->on] =
            list_make(both->self, prompt ? WEFT_LIST_PROMPT : WEFT_LIST_DEFERRED);
        both->model[both->on].count = 0;
    }
}

static const operation OPERATIONS[] = {
    {"append", append},
    {"append", append},
    {"append", append},
    {"insert", insert},
    {"set", set},
    {"pop", pop},
    {"pop", pop},
    {"delete", delete_one},
    {"extend", extend},
    {"extend_list", extend_list},
    {"clear", clear},
    {"reserve", reserve},
    {"reverse", reverse},
    {"sort", sort},
    {"get_slice", get_slice},
    {"set_slice", set_slice},
    {"delete_slice", delete_slice},
    {"copy", copy},
    {"snapshot", snapshot},
    {"index", find},
    {"quiesce", quiesce},
    {"new", renew},
};
#define KINDS (sizeof OPERATIONS / sizeof OPERATIONS[0])

/* ---- sequences ----------------------------------------------------------------------------------- */

static bool alike(pair *both) {
    bool good = both->good;
    for (unsigned i = 0; i < 2 && good; i++) {
        weft_list_iterator iterator;
        weft_ref *item;
        size_t at = 0;
        const array *model = &both->model[i];
        weft_list_iterate(both->self, both->list[i], true, &iterator);
        while (good && weft_list_next(both->self, &iterator, &item) == WEFT_LIST_OK) {
            good = at < model->count && number_of(item) == model->numbers[at];
            weft_ref_decref(both->self, item);
            at++;
        }
        good = good && at == model->count && weft_list_len(both->self, both->list[i]) == at;
    }
    return good;
}

static bool step(pair *both, const uint8_t *bytes) {
    size_t kind = bytes[0] % KINDS;
    both->on = bytes[1] % 2;
    OPERATIONS[kind].run(both, bytes[2], bytes[3]);
    array *model = &both->model[both->on];
    if (list_model_sabotage != 0 && kind == list_model_sabotage && model->count > 2) {
        model->numbers[0]++;
    }
    return alike(both);
}

size_t list_model_run(weft_thread *self, weft_list_discipline discipline, const uint8_t *bytes,
                      size_t size) {
    uint64_t before = list_objects(self);
    pair both = {.self = self, .good = true};
    size_t failed = 0;
    for (unsigned i = 0; i < 2; i++) {
        both.list[i] = list_make(self, discipline);
    }
    size_t number = 0;
    for (size_t at = 0; at + LIST_MODEL_STEP <= size && failed == 0; at += LIST_MODEL_STEP) {
        number++;
        failed = step(&both, &bytes[at]) ? 0 : number;
    }
    for (unsigned i = 0; i < 2; i++) {
        list_drop(self, both.list[i]);
    }
    if (failed == 0 && list_objects(self) != before) {
        failed = number + 1;
    }
    return failed;
}

/* A run, for the shrinker. */
typedef struct model_run {
    weft_thread *self;
    weft_list_discipline discipline;
} model_run;

static bool run_fails(const void *context, const uint8_t *bytes, size_t size) {
    const model_run *run = context;
    return list_model_run(run->self, run->discipline, bytes, size) != 0;
}

size_t list_model_shrink(weft_thread *self, weft_list_discipline discipline, uint8_t *bytes,
                         size_t size) {
    model_run run = {self, discipline};
    return shrink(bytes, size, LIST_MODEL_STEP, run_fails, &run);
}

void list_model_print(const uint8_t *bytes, size_t size) {
    for (size_t at = 0; at + LIST_MODEL_STEP <= size; at += LIST_MODEL_STEP) {
        fprintf(stderr, "%s on list %u: %u %u\n", OPERATIONS[bytes[at] % KINDS].name,
                bytes[at + 1] % 2U, bytes[at + 2], bytes[at + 3]);
    }
}
