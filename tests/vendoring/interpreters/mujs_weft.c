/* mujs_weft.c: the object `weft` of MuJS: threads that run a state each, and values that they share.
 *
 *     weft.list(value...)                 a shared list
 *         list.append(v)  list.get(i)  list.set(i, v)  list.insert(i, v)  list.pop([i])  list.size()
 *     weft.dict()                         a shared dict, in the order of insertion; keys are strings and whole numbers
 *         dict.get(k)  dict.set(k, v)  dict.remove(k)  dict.keys()  dict.size()
 *     weft.lock()                         a lock
 *         lock.hold(f)                    f() while it is held
 *     weft.spawn(source, ...)             the source of a function, called with copies of the values in a new state
 *         task.join()                     what it returned; its error
 *     weft.sleep(seconds)  weft.threads()
 *
 * Numbers, strings, booleans are copied into a container; lists, dicts and locks are shared. Indices begin with 0; negative ones count from the
 * end. No scripts run inside of these functions but by lock.hold, so what they borrow stays good. */
#include <stdlib.h>
#include <string.h>

#include "jsi.h"

#include "mujs_weft.h"

#define HANDLE "weft"
enum { ARGUMENTS = 64 };

static weft_thread *self_of(js_State *J) {
    return ((mujs_weft *)js_getcontext(J))->self;
}

static void no_memory(js_State *J) {
    js_error(J, "not enough memory");
}

/* ---- values ------------------------------------------------------------------------------------ */

static void drop(js_State *J, void *pointer) {
    weft_ref *value = (weft_ref *)pointer;
    if (shared_kind_of(value) == SHARED_TASK) {
        shared_join(self_of(J), (shared_task *)value);
    }
    weft_ref_decref(self_of(J), value);
}

/* Takes over the caller's reference. */
static void push_handle(js_State *J, weft_ref *value) {
    if (value == NULL) {
        no_memory(J);
    }
    if (js_try(J)) {
        weft_ref_decref(self_of(J), value);
        js_throw(J);
    }
    js_getregistry(J, HANDLE);
    js_newuserdata(J, HANDLE, value, drop);
    js_endtry(J);
}

static weft_ref *check_handle(js_State *J, shared_kind kind) {
    weft_ref *value = js_isuserdata(J, 0, HANDLE) ? (weft_ref *)js_touserdata(J, 0, HANDLE) : NULL;
    if (value == NULL || shared_kind_of(value) != kind) {
        js_typeerror(J, "another kind of object expected");
    }
    return value;
}

static void check_shareable(js_State *J, int index) {
    if (js_isuserdata(J, index, HANDLE)
            ? shared_kind_of((weft_ref *)js_touserdata(J, index, HANDLE)) == SHARED_TASK
            : !js_isboolean(J, index) && !js_isnumber(J, index) && !js_isstring(J, index)) {
        js_typeerror(J, "number, string, boolean, list, dict or lock expected");
    }
}

/* A new reference to what is shareable. NULL: no memory. */
static weft_ref *try_shared(js_State *J, int index) {
    weft_thread *self = self_of(J);
    if (js_isuserdata(J, index, HANDLE)) {
        weft_ref *value = (weft_ref *)js_touserdata(J, index, HANDLE);
        weft_ref_incref(self, value);
        return value;
    }
    if (js_isboolean(J, index)) {
        return shared_boolean(self, js_toboolean(J, index));
    }
    if (js_isnumber(J, index)) {
        return shared_number(self, js_tonumber(J, index));
    }
    const char *text = js_tostring(J, index);
    return shared_string(self, text, strlen(text));
}

static weft_ref *to_shared(js_State *J, int index) {
    check_shareable(J, index);
    weft_ref *value = try_shared(J, index);
    if (value == NULL) {
        no_memory(J);
    }
    return value;
}

/* What is no handle; it may be borrowed. */
static void push_plain(js_State *J, const weft_ref *value) {
    size_t length;
    switch (shared_kind_of(value)) {
    case SHARED_BOOLEAN:
        js_pushboolean(J, shared_boolean_of(value));
        break;
    case SHARED_NUMBER:
        js_pushnumber(J, shared_number_of(value));
        break;
    case SHARED_STRING:
        js_pushstring(J, shared_string_of(value, &length));
        break;
    default:
        js_pushundefined(J);
        break;
    }
}

/* Takes over the caller's reference. */
static void push_owned(js_State *J, weft_ref *value) {
    if (shared_is_handle(value)) {
        push_handle(J, value);
        return;
    }
    if (js_try(J)) {
        weft_ref_decref(self_of(J), value);
        js_throw(J);
    }
    push_plain(J, value);
    js_endtry(J);
    weft_ref_decref(self_of(J), value);
}

/* ---- lists ------------------------------------------------------------------------------------- */

static weft_list *check_list(js_State *J) {
    return shared_list_of(check_handle(J, SHARED_LIST));
}

static void check_result(js_State *J, weft_list_result result) {
    if (result == WEFT_LIST_NO_MEMORY) {
        no_memory(J);
    } else if (result != WEFT_LIST_OK) {
        js_rangeerror(J, "index out of range");
    }
}

static void finish_change(js_State *J, weft_ref *value, weft_list_result result) {
    weft_ref_decref(self_of(J), value);
    check_result(J, result);
    js_pushundefined(J);
}

static void list_append(js_State *J) {
    weft_list *list = check_list(J);
    weft_ref *value = to_shared(J, 1);
    finish_change(J, value, weft_list_append(self_of(J), list, value));
}

static void list_set(js_State *J) {
    weft_list *list = check_list(J);
    int index = js_tointeger(J, 1);
    weft_ref *value = to_shared(J, 2);
    finish_change(J, value, weft_list_set(self_of(J), list, index, value));
}

static void list_insert(js_State *J) {
    weft_list *list = check_list(J);
    int index = js_tointeger(J, 1);
    weft_ref *value = to_shared(J, 2);
    finish_change(J, value, weft_list_insert(self_of(J), list, index, value));
}

/* The item, or undefined if there is none. */
static void list_get(js_State *J) {
    weft_list *list = check_list(J);
    int index = js_tointeger(J, 1);
    weft_ref *value = weft_list_borrow(self_of(J), list, index);
    if (value != NULL && !shared_is_handle(value)) {
        push_plain(J, value);
        return;
    }
    value = weft_list_get(self_of(J), list, index);
    if (value == NULL) {
        js_pushundefined(J);
    } else {
        push_owned(J, value);
    }
}

static void list_pop(js_State *J) {
    weft_list *list = check_list(J);
    int index = js_isdefined(J, 1) ? js_tointeger(J, 1) : -1;
    weft_ref *value = NULL;
    weft_list_result result = weft_list_pop(self_of(J), list, index, &value);
    if (result == WEFT_LIST_RANGE) {
        js_pushundefined(J);
        return;
    }
    check_result(J, result);
    push_owned(J, value);
}

static void list_new(js_State *J) {
    int count = js_gettop(J) - 1;
    weft_ref *list = shared_list(self_of(J));
    push_handle(J, list);
    for (int i = 1; i <= count; i++) {
        weft_ref *value = to_shared(J, i);
        weft_list_result result = weft_list_append(self_of(J), shared_list_of(list), value);
        weft_ref_decref(self_of(J), value);
        check_result(J, result);
    }
}

/* ---- dicts ------------------------------------------------------------------------------------- */

static weft_dict *check_dict(js_State *J) {
    return shared_dict_of(check_handle(J, SHARED_DICT));
}

static void dict_new(js_State *J) {
    push_handle(J, shared_dict(self_of(J)));
}

/* A key from the stack; of a string, a new object, which the caller drops. */
static weft_dict_key check_key(js_State *J, int index) {
    weft_dict_key key;
    if (js_isnumber(J, index)) {
        double number = js_tonumber(J, index);
        if (!(number >= -0x1p53 && number <= 0x1p53) || number != (double)(int64_t)number ||
            !shared_key_of_integer((int64_t)number, &key)) {
            js_typeerror(J, "string or whole number expected");
        }
        return key;
    }
    if (!js_isstring(J, index)) {
        js_typeerror(J, "string or whole number expected");
    }
    weft_ref *made = try_shared(J, index);
    if (made == NULL) {
        no_memory(J);
    }
    return weft_dict_of_object(made);
}

static void drop_key(js_State *J, weft_dict_key key) {
    weft_ref *object = weft_dict_object_of(key);
    if (object != NULL) {
        weft_ref_decref(self_of(J), object);
    }
}

static void dict_get(js_State *J) {
    weft_dict *dict = check_dict(J);
    weft_dict_key key = check_key(J, 1);
    weft_ref *value = NULL;
    weft_dict_result result = weft_dict_get(self_of(J), dict, key, &value);
    drop_key(J, key);
    if (result != WEFT_DICT_OK) {
        js_pushundefined(J);
    } else {
        push_owned(J, value);
    }
}

static void dict_set(js_State *J) {
    weft_dict *dict = check_dict(J);
    check_shareable(J, 2);
    weft_dict_key key = check_key(J, 1);
    weft_ref *value = try_shared(J, 2);
    weft_dict_result result =
        value != NULL ? weft_dict_set(self_of(J), dict, key, value) : WEFT_DICT_NO_MEMORY;
    drop_key(J, key);
    if (value != NULL) {
        weft_ref_decref(self_of(J), value);
    }
    if (result != WEFT_DICT_OK) {
        no_memory(J);
    }
    js_pushundefined(J);
}

/* Whether it was there. */
static void dict_remove(js_State *J) {
    weft_dict *dict = check_dict(J);
    weft_dict_key key = check_key(J, 1);
    weft_dict_result result = weft_dict_delete(self_of(J), dict, key);
    drop_key(J, key);
    if (result == WEFT_DICT_NO_MEMORY) {
        no_memory(J);
    }
    js_pushboolean(J, result == WEFT_DICT_OK);
}

/* An array of the keys that are there, as weak iteration sees them. `held` is what is lost to an error otherwise. */
static void next_keys(js_State *J, weft_dict_iterator *iterator, weft_ref **held) {
    weft_dict_key key;
    weft_ref *value;
    js_newarray(J);
    for (int i = 0; weft_dict_next(self_of(J), iterator, &key, &value) == WEFT_DICT_OK; i++) {
        weft_ref_decref(self_of(J), value);
        weft_ref *object = weft_dict_object_of(key);
        *held = object;
        if (object == NULL) {
            js_pushnumber(J, (double)shared_integer_of_key(key));
        } else {
            push_plain(J, object);
        }
        js_setindex(J, -2, i);
        drop_key(J, key);
        *held = NULL;
    }
}

/* Apart: what changes between setjmp and longjmp is not to be this function's own. */
static bool try_next_keys(js_State *J, weft_dict_iterator *iterator, weft_ref **held) {
    if (js_try(J)) {
        return false;
    }
    next_keys(J, iterator, held);
    js_endtry(J);
    return true;
}

static void dict_keys(js_State *J) {
    weft_dict_iterator iterator;
    weft_ref *held = NULL;
    if (weft_dict_iterate(self_of(J), check_dict(J), false, &iterator) != WEFT_DICT_OK) {
        js_error(J, "the runtime is closed");
    }
    if (!try_next_keys(J, &iterator, &held)) {
        weft_dict_iterate_end(self_of(J), &iterator);
        if (held != NULL) {
            weft_ref_decref(self_of(J), held);
        }
        js_throw(J);
    }
}

/* ---- what lists and dicts both have ------------------------------------------------------------ */

static bool is_dict(js_State *J) {
    return js_isuserdata(J, 0, HANDLE) &&
           shared_kind_of((weft_ref *)js_touserdata(J, 0, HANDLE)) == SHARED_DICT;
}
static void any_get(js_State *J) {
    (is_dict(J) ? dict_get : list_get)(J);
}
static void any_set(js_State *J) {
    (is_dict(J) ? dict_set : list_set)(J);
}
static void any_size(js_State *J) {
    js_pushnumber(J, (double)(is_dict(J) ? weft_dict_len(self_of(J), check_dict(J))
                                         : weft_list_len(self_of(J), check_list(J))));
}

/* ---- locks ------------------------------------------------------------------------------------- */

static void lock_new(js_State *J) {
    push_handle(J, shared_lock(self_of(J)));
}

/* What the function throws leaves by this function, not over it: the lock is released first. */
static void lock_hold(js_State *J) {
    weft_ref *lock = check_handle(J, SHARED_LOCK);
    if (!shared_lock_enter(self_of(J), lock)) {
        js_error(J, "this thread holds the lock already");
    }
    if (js_try(J)) {
        shared_lock_leave(self_of(J), lock);
        js_throw(J);
    }
    js_copy(J, 1);
    js_pushundefined(J);
    js_call(J, 0);
    js_endtry(J);
    shared_lock_leave(self_of(J), lock);
}

/* ---- tasks ------------------------------------------------------------------------------------- */

/* In the new state, protected. */
static void call_task(js_State *J, shared_task *task) {
    js_loadstring(J, "task", task->code);
    js_pushundefined(J);
    js_call(J, 0);
    js_pop(J, 1);
    js_getglobal(J, "task");
    js_pushundefined(J);
    for (size_t i = 0; i < task->count; i++) {
        weft_ref *value = task->arguments[i];
        if (shared_is_handle(value)) {
            weft_ref_incref(self_of(J), value);
            push_handle(J, value);
        } else {
            push_plain(J, value);
        }
    }
    js_call(J, (int)task->count);
    task->result = js_isundefined(J, -1) ? NULL : to_shared(J, -1);
}

static void run_task(weft_thread *self, shared_task *task) {
    js_State *J = js_newstate(NULL, NULL, JS_STRICT);
    if (J == NULL) {
        task->failed = true;
        return;
    }
    if (js_try(J)) {
        const char *message = js_trystring(J, -1, "error");
        task->failed = true;
        task->result = shared_string(self, message, strlen(message));
    } else {
        call_task(J, task);
        js_endtry(J);
    }
    js_freestate(J);
}

static void spawn(js_State *J) {
    int count = js_gettop(J) - 2;
    weft_ref *arguments[ARGUMENTS];
    if (count > ARGUMENTS) {
        js_rangeerror(J, "too many arguments");
    }
    for (int i = 0; i < count; i++) {
        check_shareable(J, i + 2);
    }
    js_pushliteral(J, "var task = (");
    js_copy(J, 1);
    js_concat(J);
    js_pushliteral(J, ")");
    js_concat(J);
    const char *code = js_tostring(J, -1);
    for (int i = 0; i < count; i++) {
        arguments[i] = try_shared(J, i + 2);
        if (arguments[i] == NULL) {
            while (i > 0) {
                weft_ref_decref(self_of(J), arguments[--i]);
            }
            no_memory(J);
        }
    }
    shared_task *task =
        shared_start(self_of(J), run_task, code, strlen(code), arguments, (size_t)count);
    if (task == NULL) {
        js_error(J, "no memory or no thread for a task");
    }
    push_handle(J, &task->head);
}

static void task_join(js_State *J) {
    shared_task *task = (shared_task *)check_handle(J, SHARED_TASK);
    shared_join(self_of(J), task);
    if (task->failed && task->result == NULL) {
        no_memory(J);
    } else if (task->failed) {
        size_t length;
        js_error(J, "%s", shared_string_of(task->result, &length));
    } else if (task->result == NULL) {
        js_pushundefined(J);
    } else {
        weft_ref_incref(self_of(J), task->result);
        push_owned(J, task->result);
    }
}

/* ---- the object -------------------------------------------------------------------------------- */

static void sleep_for(js_State *J) {
    shared_sleep(self_of(J), js_tonumber(J, 1));
    js_pushundefined(J);
}

static void threads(js_State *J) {
    js_pushnumber(J, (double)shared_count_threads(self_of(J)));
}

typedef struct function {
    const char *name;
    js_CFunction code;
    int arguments;
} function;

static void push_functions(js_State *J, const function *functions) {
    js_newobject(J);
    for (; functions->name != NULL; functions++) {
        js_newcfunction(J, functions->code, functions->name, functions->arguments);
        js_setproperty(J, -2, functions->name);
    }
}

void mujs_weft_open(js_State *J) {
    static const function FUNCTIONS[] = {{"list", list_new, 0},   {"dict", dict_new, 0},
                                         {"lock", lock_new, 0},   {"spawn", spawn, 1},
                                         {"sleep", sleep_for, 1}, {"threads", threads, 0},
                                         {NULL, NULL, 0}};
    static const function METHODS[] = {
        {"append", list_append, 1}, {"get", any_get, 1},    {"set", any_set, 2},
        {"insert", list_insert, 2}, {"pop", list_pop, 1},   {"size", any_size, 0},
        {"remove", dict_remove, 1}, {"keys", dict_keys, 0}, {"hold", lock_hold, 1},
        {"join", task_join, 0},     {NULL, NULL, 0}};
    mujs_weft *mine = (mujs_weft *)calloc(1, sizeof *mine);
    if (mine == NULL) {
        no_memory(J);
        return;
    }
    mine->self = weft_thread_current();
    if (mine->self == NULL) {
        mine->self = shared_enter();
        mine->entered = mine->self != NULL;
    }
    if (mine->self == NULL) {
        free(mine);
        no_memory(J);
        return;
    }
    js_setcontext(J, mine);
    push_functions(J, METHODS);
    js_setregistry(J, HANDLE);
    push_functions(J, FUNCTIONS);
    js_setglobal(J, "weft");
}

void mujs_weft_close(js_State *J) {
    mujs_weft *mine = (mujs_weft *)js_getcontext(J);
    if (mine != NULL && mine->entered) {
        shared_leave(mine->self);
    }
    free(mine);
}
