/* shared.c: see shared.h. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared.h"

/* ---- the runtime ------------------------------------------------------------------------------- */

static weft_once made;
static weft_runtime *runtime;

static weft_ref_verdict finalize(weft_thread *self, weft_ref *value);
static void release(weft_ref *value) {
    free(value);
}

static bool hash_key(weft_thread *self, weft_ref *key, uint64_t *hash);
static int compare_keys(weft_thread *self, weft_dict_key candidate, weft_dict_key key);

static int make_runtime(void *unused) {
    static const weft_ref_hooks HOOKS = {.dealloc = finalize, .free = release};
    static const weft_dict_hooks KEY_HOOKS = {.hash = hash_key, .equal = compare_keys};
    (void)unused;
    weft_ref_install(&HOOKS);
    weft_dict_set_hooks(&KEY_HOOKS);
    runtime = weft_runtime_create(NULL);
    return runtime == NULL;
}

static void attach_again(weft_thread *self) {
    if (weft_thread_attach(self) != WEFT_THREAD_OK) {
        abort(); /* cannot be: the runtime is never closed */
    }
}

weft_thread *shared_enter(void) {
    weft_thread *self = NULL;
    if (weft_once_call(&made, make_runtime, NULL) != 0 ||
        weft_thread_register(runtime, NULL, &self) != WEFT_THREAD_OK) {
        return NULL;
    }
    attach_again(self);
    return self;
}

void shared_leave(weft_thread *self) {
    weft_thread_unregister(self);
}

void shared_sleep(weft_thread *self, double seconds) {
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    weft_thread_detach(self);
    (void)nanosleep(&time, NULL);
    attach_again(self);
}

size_t shared_count_threads(weft_thread *self) {
    size_t count = 0;
    if (weft_world_stop(self) == WEFT_THREAD_OK) {
        for (weft_thread *thread = weft_world_first(runtime); thread != NULL;
             thread = weft_world_next(thread)) {
            count++;
        }
        weft_world_resume(self);
    }
    return count;
}

/* ---- values ------------------------------------------------------------------------------------ */

typedef struct scalar {
    weft_ref head;
    union {
        bool boolean;
        int64_t integer;
        double number;
    } as;
} scalar;

typedef struct string {
    weft_ref head;
    size_t length;
    char bytes[];
} string;

typedef struct lock {
    weft_ref head;
    weft_atomic_ptr owner;
} lock;

static weft_ref *allocate(size_t size) {
    return (weft_ref *)malloc(size < WEFT_REF_SMALLEST ? WEFT_REF_SMALLEST : size);
}

/* A value is published with its kind: lists and threads order that. */
static weft_ref *set_kind(weft_ref *value, shared_kind kind) {
    weft_init_u16(&value->host, (uint16_t)kind);
    return value;
}

static scalar *new_scalar(weft_thread *self, shared_kind kind) {
    scalar *value = (scalar *)allocate(sizeof *value);
    if (value != NULL) {
        weft_ref_init(self, &value->head);
        set_kind(&value->head, kind);
    }
    return value;
}

weft_ref *shared_boolean(weft_thread *self, bool boolean) {
    scalar *value = new_scalar(self, SHARED_BOOLEAN);
    if (value != NULL) {
        value->as.boolean = boolean;
    }
    return (weft_ref *)value;
}

weft_ref *shared_integer(weft_thread *self, int64_t integer) {
    scalar *value = new_scalar(self, SHARED_INTEGER);
    if (value != NULL) {
        value->as.integer = integer;
    }
    return (weft_ref *)value;
}

weft_ref *shared_number(weft_thread *self, double number) {
    scalar *value = new_scalar(self, SHARED_NUMBER);
    if (value != NULL) {
        value->as.number = number;
    }
    return (weft_ref *)value;
}

weft_ref *shared_string(weft_thread *self, const char *bytes, size_t length) {
    string *value = (string *)allocate(sizeof *value + length + 1);
    if (value != NULL) {
        weft_ref_init(self, &value->head);
        set_kind(&value->head, SHARED_STRING);
        value->length = length;
        memcpy(value->bytes, bytes, length);
        value->bytes[length] = 0;
    }
    return (weft_ref *)value;
}

weft_ref *shared_list(weft_thread *self) {
    weft_list *list = (weft_list *)malloc(sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    weft_list_init(self, list, WEFT_LIST_DEFERRED);
    return set_kind(&list->head, SHARED_LIST);
}

weft_ref *shared_dict(weft_thread *self) {
    weft_dict *dict = (weft_dict *)malloc(sizeof *dict);
    if (dict == NULL) {
        return NULL;
    }
    weft_dict_init(self, dict, WEFT_DICT_DEFERRED, WEFT_DICT_GENERAL);
    return set_kind(&dict->head, SHARED_DICT);
}

weft_ref *shared_lock(weft_thread *self) {
    lock *value = (lock *)allocate(sizeof *value);
    if (value == NULL) {
        return NULL;
    }
    weft_ref_init(self, &value->head);
    weft_init_ptr(&value->owner, NULL);
    return set_kind(&value->head, SHARED_LOCK);
}

bool shared_boolean_of(const weft_ref *value) {
    return ((const scalar *)value)->as.boolean;
}
int64_t shared_integer_of(const weft_ref *value) {
    return ((const scalar *)value)->as.integer;
}
double shared_number_of(const weft_ref *value) {
    return ((const scalar *)value)->as.number;
}
const char *shared_string_of(const weft_ref *value, size_t *length) {
    *length = ((const string *)value)->length;
    return ((const string *)value)->bytes;
}
weft_list *shared_list_of(weft_ref *value) {
    return (weft_list *)value;
}

weft_dict *shared_dict_of(weft_ref *value) {
    return (weft_dict *)value;
}

/* ---- keys of dicts ----------------------------------------------------------------------------- */

/* FNV-1a. */
static bool hash_key(weft_thread *self, weft_ref *key, uint64_t *hash) {
    size_t length;
    const char *bytes = shared_string_of(key, &length);
    (void)self;
    *hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) {
        *hash = (*hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    }
    return true;
}

/* All keys that are objects are strings; no string equals a number. */
static int compare_keys(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    weft_ref *left = weft_dict_object_of(candidate);
    weft_ref *right = weft_dict_object_of(key);
    size_t length;
    size_t other;
    (void)self;
    if (left == NULL || right == NULL) {
        return 0;
    }
    const char *bytes = shared_string_of(left, &length);
    const char *others = shared_string_of(right, &other);
    return length == other && memcmp(bytes, others, length) == 0;
}

bool shared_key_of_integer(int64_t integer, weft_dict_key *key) {
    *key = weft_dict_of_number((uint64_t)integer);
    return shared_integer_of_key(*key) == integer;
}

/* The sign is the highest of the 63 bits. */
int64_t shared_integer_of_key(weft_dict_key key) {
    uint64_t number = weft_dict_number_of(key);
    return (int64_t)((number ^ UINT64_C(1) << 62) - (UINT64_C(1) << 62));
}

/* ---- locks ------------------------------------------------------------------------------------- */

bool shared_lock_enter(weft_thread *self, weft_ref *value) {
    weft_atomic_ptr *owner = &((lock *)value)->owner;
    /* Relaxed: only this thread writes its own name there. */
    if (weft_load_relaxed_ptr(owner) == self) {
        return false;
    }
    weft_mutex_lock(&value->mutex);
    weft_store_relaxed_ptr(owner, self);
    return true;
}

bool shared_lock_leave(weft_thread *self, weft_ref *value) {
    weft_atomic_ptr *owner = &((lock *)value)->owner;
    /* Relaxed: as above. */
    if (weft_load_relaxed_ptr(owner) != self) {
        return false;
    }
    weft_store_relaxed_ptr(owner, NULL);
    weft_mutex_unlock(&value->mutex);
    return true;
}

/* ---- the end of a value ------------------------------------------------------------------------ */

static weft_ref_verdict finalize(weft_thread *self, weft_ref *value) {
    if (shared_kind_of(value) == SHARED_LIST) {
        weft_list_finalize(self, shared_list_of(value));
    } else if (shared_kind_of(value) == SHARED_DICT) {
        weft_dict_finalize(self, shared_dict_of(value));
    } else if (shared_kind_of(value) == SHARED_TASK) {
        shared_task *task = (shared_task *)value;
        for (size_t i = 0; i < task->count; i++) {
            weft_ref_decref(self, task->arguments[i]);
        }
        if (task->result != NULL) {
            weft_ref_decref(self, task->result);
        }
        free(task->arguments);
        free(task->code);
    }
    return WEFT_REF_FREE;
}

/* ---- tasks ------------------------------------------------------------------------------------- */

static void *thread_main(void *argument) {
    shared_task *task = (shared_task *)argument;
    weft_thread *self = shared_enter();
    if (self == NULL) {
        task->failed = true; /* without a message: there is no memory for one */
        return NULL;
    }
    task->run(self, task);
    shared_leave(self);
    return NULL;
}

shared_task *shared_start(weft_thread *self, void (*run)(weft_thread *self, shared_task *task),
                          const char *code, size_t size, weft_ref **arguments, size_t count) {
    shared_task *task = (shared_task *)calloc(1, sizeof *task);
    weft_ref **list = (weft_ref **)malloc((count + 1) * sizeof *list);
    char *copy = (char *)malloc(size + 1);
    if (task == NULL || list == NULL || copy == NULL) {
        for (size_t i = 0; i < count; i++) {
            weft_ref_decref(self, arguments[i]);
        }
        free(task);
        free(list);
        free(copy);
        return NULL;
    }
    if (count > 0) {
        memcpy(list, arguments, count * sizeof *list);
    }
    memcpy(copy, code, size);
    copy[size] = 0;
    weft_ref_init(self, &task->head);
    set_kind(&task->head, SHARED_TASK);
    task->run = run;
    task->code = copy;
    task->size = size;
    task->arguments = list;
    task->count = count;
    if (pthread_create(&task->thread, NULL, thread_main, task) != 0) {
        weft_ref_decref(self, &task->head);
        return NULL;
    }
    return task;
}

void shared_join(weft_thread *self, shared_task *task) {
    if (!task->joined) {
        task->joined = true;
        weft_thread_detach(self);
        (void)pthread_join(task->thread, NULL);
        attach_again(self);
    }
}
