/* lweft.c: the least module of Lua 5.4 over weft, for docs/vendoring.md to start with: Lua states on several threads, which share one
 * number.
 *
 *     weft.run(n, code)  runs the text in n states, each on a thread of its own; says in how many it ended without an error
 *     weft.add(n)        adds to the number, and says what it is then
 *
 * lua_weft.c goes on from here: values that states share, and the rules for what a thread keeps of them. */
#include <pthread.h>
#include <stdlib.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include "weft.h"

enum { INSTRUCTIONS = 1000, THREADS = 1000 };

__attribute__((visibility("default"))) int luaopen_weft(lua_State *L);

static weft_once made;
static weft_runtime *runtime;
static weft_mutex number_lock;
static lua_Integer number;

static int make_runtime(void *unused) {
    (void)unused;
    runtime = weft_runtime_create(NULL);
    return runtime == NULL;
}

/* From here on the calling thread is one of the runtime's, attached. The program's first one stays so; it would detach where it
 * blocks, as `run` does. */
static bool enter(void) {
    weft_thread *self = NULL;
    return weft_once_call(&made, make_runtime, NULL) == 0 &&
           (weft_thread_of(runtime) != NULL ||
            (weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK &&
             weft_thread_attach(self) == WEFT_THREAD_OK));
}

/* Between two instructions of Lua: nothing asks a thread of this module for anything, but a stop of the world would. */
static void at_instructions(lua_State *L, lua_Debug *event) {
    (void)L, (void)event;
    (void)weft_thread_safepoint(weft_thread_of(runtime));
}

static int add(lua_State *L) {
    lua_Integer more = luaL_checkinteger(L, 1);
    weft_thread *self = weft_thread_of(runtime);
    weft_critical section;
    weft_critical_begin(self, &section, &number_lock);
    number = (lua_Integer)((lua_Unsigned)number + (lua_Unsigned)more); /* as Lua adds */
    lua_Integer sum = number;
    weft_critical_end(self, &section);
    lua_pushinteger(L, sum);
    return 1;
}

typedef struct task {
    pthread_t thread;
    const char *code;
    bool started;
    bool worked;
} task;

static int run_code(lua_State *L) {
    luaL_openlibs(L);
    luaL_requiref(L, "weft", luaopen_weft, true);
    if (luaL_loadstring(L, (const char *)lua_touserdata(L, 1)) != LUA_OK) {
        return lua_error(L);
    }
    lua_call(L, 0, 0);
    return 0;
}

static void *run_task(void *argument) {
    task *own = (task *)argument;
    lua_State *L = luaL_newstate();
    if (L != NULL) {
        lua_pushcfunction(L, run_code);
        lua_pushlightuserdata(L, (void *)own->code);
        own->worked = lua_pcall(L, 1, 0, 0) == LUA_OK;
        lua_close(L); /* finalizers may add, too */
    }
    return NULL; /* the library unregisters a thread that ends; not on Windows */
}

static int run(lua_State *L) {
    lua_Integer count = luaL_checkinteger(L, 1);
    const char *code = luaL_checkstring(L, 2);
    luaL_argcheck(L, count >= 0 && count <= THREADS, 1, "how many threads?");
    weft_thread *self = weft_thread_of(runtime);
    task *tasks = (task *)lua_newuserdatauv(L, (size_t)count * sizeof *tasks + 1, 0);
    lua_Integer worked = 0;
    for (lua_Integer i = 0; i < count; i++) {
        tasks[i] = (task){.code = code};
        tasks[i].started = pthread_create(&tasks[i].thread, NULL, run_task, &tasks[i]) == 0;
    }
    weft_thread_detach(self); /* around what blocks */
    for (lua_Integer i = 0; i < count; i++) {
        worked += tasks[i].started && pthread_join(tasks[i].thread, NULL) == 0 && tasks[i].worked;
    }
    if (weft_thread_attach(self) != WEFT_THREAD_OK) {
        abort(); /* cannot be: the runtime is never closed */
    }
    lua_pushinteger(L, worked);
    return 1;
}

int luaopen_weft(lua_State *L) {
    static const luaL_Reg FUNCTIONS[] = {{"run", run}, {"add", add}, {NULL, NULL}};
    if (!enter()) {
        return luaL_error(L, "not enough memory");
    }
    lua_sethook(L, at_instructions, LUA_MASKCOUNT, INSTRUCTIONS);
    luaL_newlib(L, FUNCTIONS);
    return 1;
}
