/* lua_weft.c: the module `weft` of Lua: threads that run a Lua state each, and values that they share.
 *
 *     weft.list(value...)                 a shared list
 *         list:append(v)  list:get(i)  list:set(i, v)  list:insert(i, v)  list:pop([i])  #list
 *     weft.dict()                         a shared dict, in the order of insertion; keys are strings and integers
 *         dict:get(k)  dict:set(k, v)  dict:delete(k)  dict:keys()  #dict
 *     weft.lock()                         a lock
 *         lock:with(f, ...)               f(...) while it is held
 *     weft.spawn(f, ...)                  runs f, which has no upvalues, with copies of the values in a new state
 *         task:join()                     what it returned; its error
 *     weft.sleep(seconds)  weft.threads()
 *
 * Numbers, strings, booleans are copied into a container; lists, dicts and locks are shared. Indices are Lua's: 1 is the first, -1 the last.
 *
 * A borrowed value is good until the next safepoint, which is where this module's hook runs: between two instructions of Lua. So
 * none is kept over anything that may run Lua code, as finalizers do in an allocation. */
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include <stdlib.h>
#include <string.h>

#include "shared.h"

#define HANDLE "weft.handle"
enum { INSTRUCTIONS = 1000, ARGUMENTS = 64 };

int luaopen_weft(lua_State *L);

/* Each state has its thread in the space that Lua keeps beside it. */
static weft_thread *self_of(lua_State *L) {
    return *(weft_thread **)lua_getextraspace(L);
}

static void at_instructions(lua_State *L, lua_Debug *event) {
    (void)event;
    shared_safepoint(self_of(L));
}

static int no_memory(lua_State *L) {
    return luaL_error(L, "not enough memory");
}

/* ---- values ------------------------------------------------------------------------------------ */

/* A handle is a userdata with a reference; empty until it is given one, so that nothing is lost if Lua has no memory. */
static weft_ref **push_empty(lua_State *L) {
    weft_ref **handle = (weft_ref **)lua_newuserdatauv(L, sizeof *handle, 0);
    *handle = NULL;
    luaL_setmetatable(L, HANDLE);
    return handle;
}

static int drop(lua_State *L) {
    weft_ref **handle = (weft_ref **)luaL_checkudata(L, 1, HANDLE);
    if (*handle != NULL) {
        if (shared_kind_of(*handle) == SHARED_TASK) {
            shared_join(self_of(L), (shared_task *)*handle);
        }
        weft_ref_decref(self_of(L), *handle);
        *handle = NULL;
    }
    return 0;
}

static weft_ref *check_handle(lua_State *L, int index, shared_kind kind, const char *name) {
    weft_ref **handle = (weft_ref **)luaL_checkudata(L, index, HANDLE);
    luaL_argexpected(L, *handle != NULL && shared_kind_of(*handle) == kind, index, name);
    return *handle;
}
static weft_list *check_list(lua_State *L) {
    return shared_list_of(check_handle(L, 1, SHARED_LIST, "list"));
}

/* What may go to another state. */
static bool is_shareable(lua_State *L, int index) {
    weft_ref **handle = (weft_ref **)luaL_testudata(L, index, HANDLE);
    int type = lua_type(L, index);
    return handle != NULL ? *handle != NULL && shared_kind_of(*handle) != SHARED_TASK
                          : type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
}

/* A new reference to what stands at an index of the stack, which is shareable. NULL: no memory. */
static weft_ref *try_shared(lua_State *L, int index) {
    weft_thread *self = self_of(L);
    size_t length;
    const char *bytes;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return shared_boolean(self, lua_toboolean(L, index));
    case LUA_TNUMBER:
        return lua_isinteger(L, index) ? shared_integer(self, lua_tointeger(L, index))
                                       : shared_number(self, lua_tonumber(L, index));
    case LUA_TSTRING:
        bytes = lua_tolstring(L, index, &length);
        return shared_string(self, bytes, length);
    default: {
        weft_ref *value = *(weft_ref **)lua_touserdata(L, index);
        weft_ref_incref(self, value);
        return value;
    }
    }
}

static void check_shareable(lua_State *L, int index) {
    luaL_argcheck(L, is_shareable(L, index), index,
                  "number, string, boolean, list, dict or lock expected");
}

static weft_ref *to_shared(lua_State *L, int index) {
    check_shareable(L, index);
    weft_ref *value = try_shared(L, index);
    if (value == NULL) {
        no_memory(L);
    }
    return value;
}

/* Pushes what is no handle. The value may be borrowed: Lua copies it before it runs anything. */
static void push_plain(lua_State *L, const weft_ref *value) {
    size_t length;
    const char *bytes;
    switch (shared_kind_of(value)) {
    case SHARED_BOOLEAN:
        lua_pushboolean(L, shared_boolean_of(value));
        break;
    case SHARED_INTEGER:
        lua_pushinteger(L, shared_integer_of(value));
        break;
    case SHARED_NUMBER:
        lua_pushnumber(L, shared_number_of(value));
        break;
    case SHARED_STRING:
        bytes = shared_string_of(value, &length);
        lua_pushlstring(L, bytes, length);
        break;
    default:
        lua_pushnil(L);
        break;
    }
}

/* Pushes a value, and takes over the caller's reference, which stands in an empty handle meanwhile. */
static void push_owned(lua_State *L, weft_ref **handle, weft_ref *value) {
    *handle = value;
    if (!shared_is_handle(value)) {
        push_plain(L, value);
    }
}

/* ---- lists ------------------------------------------------------------------------------------- */

/* From Lua's way of counting; 0, and what fits no index, is an error. */
static intptr_t check_index(lua_State *L, int argument) {
    lua_Integer index = luaL_checkinteger(L, argument);
    luaL_argcheck(L, index != 0 && index >= INTPTR_MIN && index <= INTPTR_MAX, argument,
                  "index out of range");
    return (intptr_t)(index > 0 ? index - 1 : index);
}

static int check_result(lua_State *L, weft_list_result result) {
    if (result == WEFT_LIST_NO_MEMORY) {
        return no_memory(L);
    }
    luaL_argcheck(L, result == WEFT_LIST_OK, 2, "index out of range");
    return 0;
}

static int list_append(lua_State *L) {
    weft_list *list = check_list(L);
    weft_ref *value = to_shared(L, 2);
    weft_list_result result = weft_list_append(self_of(L), list, value);
    weft_ref_decref(self_of(L), value);
    return check_result(L, result);
}

static int list_set(lua_State *L) {
    weft_list *list = check_list(L);
    intptr_t index = check_index(L, 2);
    weft_ref *value = to_shared(L, 3);
    weft_list_result result = weft_list_set(self_of(L), list, index, value);
    weft_ref_decref(self_of(L), value);
    return check_result(L, result);
}

static int list_insert(lua_State *L) {
    weft_list *list = check_list(L);
    intptr_t index = check_index(L, 2);
    weft_ref *value = to_shared(L, 3);
    weft_list_result result = weft_list_insert(self_of(L), list, index, value);
    weft_ref_decref(self_of(L), value);
    return check_result(L, result);
}

/* The item, or nil if there is none. Plain values are only borrowed. */
static int list_get(lua_State *L) {
    weft_list *list = check_list(L);
    intptr_t index = check_index(L, 2);
    weft_ref *value = weft_list_borrow(self_of(L), list, index);
    if (value != NULL && !shared_is_handle(value)) {
        push_plain(L, value);
        return 1;
    }
    weft_ref **handle = push_empty(L);
    value = weft_list_get(self_of(L), list, index);
    if (value == NULL) {
        lua_pushnil(L);
        return 1;
    }
    push_owned(L, handle, value);
    return 1;
}

static int list_pop(lua_State *L) {
    weft_list *list = check_list(L);
    intptr_t index = lua_isnoneornil(L, 2) ? -1 : check_index(L, 2);
    weft_ref **handle = push_empty(L);
    weft_ref *value = NULL;
    weft_list_result result = weft_list_pop(self_of(L), list, index, &value);
    if (result == WEFT_LIST_RANGE) {
        lua_pushnil(L);
        return 1;
    }
    check_result(L, result);
    push_owned(L, handle, value);
    return 1;
}

static int list_new(lua_State *L) {
    int count = lua_gettop(L);
    weft_ref **handle = push_empty(L);
    *handle = shared_list(self_of(L));
    if (*handle == NULL) {
        return no_memory(L);
    }
    for (int i = 1; i <= count; i++) {
        weft_ref *value = to_shared(L, i);
        weft_list_result result = weft_list_append(self_of(L), shared_list_of(*handle), value);
        weft_ref_decref(self_of(L), value);
        check_result(L, result);
    }
    return 1;
}

/* ---- dicts ------------------------------------------------------------------------------------- */

static weft_dict *check_dict(lua_State *L) {
    return shared_dict_of(check_handle(L, 1, SHARED_DICT, "dict"));
}

static int dict_new(lua_State *L) {
    weft_ref **handle = push_empty(L);
    *handle = shared_dict(self_of(L));
    return *handle != NULL ? 1 : no_memory(L);
}

/* A key from the stack; if it is a string, one for all states stands in a handle that this pushes. */
static weft_dict_key check_key(lua_State *L, int index) {
    weft_dict_key key;
    if (lua_isinteger(L, index)) {
        luaL_argcheck(L, shared_key_of_integer(lua_tointeger(L, index), &key), index,
                      "integer of 63 bits expected");
        return key;
    }
    luaL_argexpected(L, lua_type(L, index) == LUA_TSTRING, index, "string or integer");
    weft_ref **handle = push_empty(L);
    *handle = try_shared(L, index);
    if (*handle == NULL) {
        no_memory(L);
    }
    return weft_dict_of_object(*handle);
}

static int dict_get(lua_State *L) {
    weft_dict *dict = check_dict(L);
    weft_dict_key key = check_key(L, 2);
    weft_ref *value = weft_dict_borrow(self_of(L), dict, key);
    if (value != NULL && !shared_is_handle(value)) {
        push_plain(L, value);
        return 1;
    }
    weft_ref **handle = push_empty(L);
    if (weft_dict_get(self_of(L), dict, key, &value) != WEFT_DICT_OK) {
        lua_pushnil(L);
        return 1;
    }
    push_owned(L, handle, value);
    return 1;
}

static int dict_set(lua_State *L) {
    weft_dict *dict = check_dict(L);
    weft_dict_key key = check_key(L, 2);
    weft_ref *value = to_shared(L, 3);
    weft_dict_result result = weft_dict_set(self_of(L), dict, key, value);
    weft_ref_decref(self_of(L), value);
    return result == WEFT_DICT_OK ? 0 : no_memory(L);
}

/* Whether it was there. */
static int dict_delete(lua_State *L) {
    weft_dict *dict = check_dict(L);
    weft_dict_result result = weft_dict_delete(self_of(L), dict, check_key(L, 2));
    if (result == WEFT_DICT_NO_MEMORY) {
        return no_memory(L);
    }
    lua_pushboolean(L, result == WEFT_DICT_OK);
    return 1;
}

/* A table of the keys that are there, as weak iteration sees them. What Lua is given to keep may run finalizers: so the
 * iterator is ended on an error, and the key stands in a handle. */
static int next_keys(lua_State *L) {
    weft_dict_iterator *iterator = (weft_dict_iterator *)lua_touserdata(L, 1);
    weft_ref **held = push_empty(L);
    weft_dict_key key;
    weft_ref *value;
    lua_newtable(L);
    for (lua_Integer i = 1; weft_dict_next(self_of(L), iterator, &key, &value) == WEFT_DICT_OK;
         i++) {
        weft_ref_decref(self_of(L), value);
        *held = weft_dict_object_of(key);
        if (*held == NULL) {
            lua_pushinteger(L, shared_integer_of_key(key));
        } else {
            push_plain(L, *held);
            weft_ref_decref(self_of(L), *held);
            *held = NULL;
        }
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int dict_keys(lua_State *L) {
    weft_dict *dict = check_dict(L);
    weft_dict_iterator iterator;
    lua_pushcfunction(L, next_keys);
    lua_pushlightuserdata(L, &iterator);
    if (weft_dict_iterate(self_of(L), dict, false, &iterator) != WEFT_DICT_OK) {
        return luaL_error(L, "the runtime is closed");
    }
    int status = lua_pcall(L, 1, 1, 0);
    weft_dict_iterate_end(self_of(L), &iterator);
    return status == LUA_OK ? 1 : lua_error(L);
}

/* Lists and dicts have some methods of the same names. */
static bool is_dict(lua_State *L) {
    weft_ref **handle = (weft_ref **)luaL_checkudata(L, 1, HANDLE);
    return *handle != NULL && shared_kind_of(*handle) == SHARED_DICT;
}

/* #handle: a list's items, a dict's keys. */
static int length(lua_State *L) {
    size_t size = is_dict(L) ? weft_dict_len(self_of(L), check_dict(L))
                             : weft_list_len(self_of(L), check_list(L));
    lua_pushinteger(L, (lua_Integer)size);
    return 1;
}

static int any_get(lua_State *L) {
    return is_dict(L) ? dict_get(L) : list_get(L);
}
static int any_set(lua_State *L) {
    return is_dict(L) ? dict_set(L) : list_set(L);
}

/* ---- locks ------------------------------------------------------------------------------------- */

static int lock_new(lua_State *L) {
    weft_ref **handle = push_empty(L);
    *handle = shared_lock(self_of(L));
    return *handle != NULL ? 1 : no_memory(L);
}

/* An error in the function leaves by this function, not over it: the lock is released first. */
static int lock_with(lua_State *L) {
    weft_ref *lock = check_handle(L, 1, SHARED_LOCK, "lock");
    luaL_checkany(L, 2);
    if (!shared_lock_enter(self_of(L), lock)) {
        return luaL_error(L, "this thread holds the lock already");
    }
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    shared_lock_leave(self_of(L), lock);
    return status == LUA_OK ? lua_gettop(L) - 1 : lua_error(L);
}

/* ---- tasks ------------------------------------------------------------------------------------- */

/* Inside the new state, protected: the code, and its arguments from the task. One result at most. */
static int call_task(lua_State *L) {
    shared_task *task = (shared_task *)lua_touserdata(L, 1);
    luaL_openlibs(L);
    luaL_checkstack(L, (int)task->count + 8, "too many arguments");
    if (luaL_loadbufferx(L, task->code, task->size, "=task", "b") != LUA_OK) {
        return lua_error(L);
    }
    for (size_t i = 0; i < task->count; i++) {
        weft_ref *value = task->arguments[i];
        if (shared_is_handle(value)) {
            weft_ref **handle = push_empty(L);
            weft_ref_incref(self_of(L), value);
            *handle = value;
        } else {
            push_plain(L, value);
        }
    }
    lua_call(L, (int)task->count, 1);
    task->result = lua_isnil(L, -1) ? NULL : to_shared(L, lua_gettop(L));
    return 0;
}

static void run_task(weft_thread *self, shared_task *task) {
    lua_State *L = luaL_newstate();
    if (L == NULL) {
        task->failed = true;
        return;
    }
    *(weft_thread **)lua_getextraspace(L) = self;
    lua_pushcfunction(L, call_task);
    lua_pushlightuserdata(L, task);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        size_t size = 0;
        const char *message = lua_tolstring(L, -1, &size);
        task->failed = true;
        task->result = message != NULL ? shared_string(self, message, size) : NULL;
    }
    lua_close(L);
}

/* A buffer takes a place on the stack when it begins: after lua_dump has looked for the function there. */
typedef struct dump {
    bool begun;
    luaL_Buffer buffer;
} dump;

static int write_code(lua_State *L, const void *bytes, size_t size, void *argument) {
    dump *code = (dump *)argument;
    if (!code->begun) {
        code->begun = true;
        luaL_buffinit(L, &code->buffer);
    }
    luaL_addlstring(&code->buffer, (const char *)bytes, size);
    return 0;
}

/* spawn(function, arguments...): above them come the handle, the function once more, its code. */
static int spawn(lua_State *L) {
    int count = lua_gettop(L) - 1;
    weft_ref *arguments[ARGUMENTS];
    luaL_argcheck(L, lua_isfunction(L, 1) && !lua_iscfunction(L, 1), 1, "Lua function expected");
    luaL_argcheck(L, count <= ARGUMENTS, 2 + ARGUMENTS, "too many arguments");
    for (int i = 0; i < count; i++) {
        check_shareable(L, i + 2);
    }
    weft_ref **handle = push_empty(L);
    dump code = {.begun = false};
    lua_pushvalue(L, 1);
    lua_dump(L, write_code, &code, 1);
    luaL_pushresult(&code.buffer);
    size_t size;
    const char *bytes = lua_tolstring(L, -1, &size);
    for (int i = 0; i < count; i++) {
        arguments[i] = try_shared(L, i + 2);
        if (arguments[i] == NULL) {
            while (i > 0) {
                weft_ref_decref(self_of(L), arguments[--i]);
            }
            return no_memory(L);
        }
    }
    *handle = (weft_ref *)shared_start(self_of(L), run_task, bytes, size, arguments, (size_t)count);
    if (*handle == NULL) {
        return luaL_error(L, "no memory or no thread for a task");
    }
    lua_settop(L, count + 2);
    return 1;
}

static int task_join(lua_State *L) {
    shared_task *task = (shared_task *)check_handle(L, 1, SHARED_TASK, "task");
    shared_join(self_of(L), task);
    if (task->failed) {
        if (task->result == NULL) {
            return no_memory(L);
        }
        push_plain(L, task->result);
        return lua_error(L);
    }
    if (task->result == NULL) {
        return 0;
    }
    weft_ref **handle = push_empty(L);
    weft_ref_incref(self_of(L), task->result);
    push_owned(L, handle, task->result);
    return 1;
}

/* ---- the module -------------------------------------------------------------------------------- */

static int sleep_for(lua_State *L) {
    shared_sleep(self_of(L), luaL_checknumber(L, 1));
    return 0;
}

static int threads(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)shared_count_threads(self_of(L)));
    return 1;
}

/* The main program's thread leaves with its state: this goes last, for it came first. */
static int leave(lua_State *L) {
    shared_leave(self_of(L));
    return 0;
}

static void enter(lua_State *L) {
    weft_thread *self = weft_thread_current();
    if (self == NULL) {
        lua_newuserdatauv(L, 0, 0);
        lua_createtable(L, 0, 1);
        self = shared_enter();
        if (self == NULL) {
            no_memory(L);
        }
        lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
        *(weft_thread **)lua_getextraspace(lua_tothread(L, -1)) = self;
        *(weft_thread **)lua_getextraspace(L) = self;
        lua_pop(L, 1);
        lua_pushcfunction(L, leave);
        lua_setfield(L, -2, "__gc");
        lua_setmetatable(L, -2);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &luaopen_weft);
    }
    lua_sethook(L, at_instructions, LUA_MASKCOUNT, INSTRUCTIONS);
}

int luaopen_weft(lua_State *L) {
    static const luaL_Reg FUNCTIONS[] = {
        {"list", list_new},   {"dict", dict_new},   {"lock", lock_new}, {"spawn", spawn},
        {"sleep", sleep_for}, {"threads", threads}, {NULL, NULL}};
    static const luaL_Reg METHODS[] = {{"append", list_append}, {"get", any_get},
                                       {"set", any_set},        {"delete", dict_delete},
                                       {"keys", dict_keys},     {"insert", list_insert},
                                       {"pop", list_pop},       {"with", lock_with},
                                       {"join", task_join},     {NULL, NULL}};
    enter(L);
    luaL_newmetatable(L, HANDLE);
    lua_pushcfunction(L, drop);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, length);
    lua_setfield(L, -2, "__len");
    luaL_newlib(L, METHODS);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, FUNCTIONS);
    return 1;
}
