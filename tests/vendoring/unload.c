/* Loads the shared object that it is given, calls `plugin` of it on another thread, unloads it, and only then lets that thread
 * end: what the library has arranged for a thread's end has to be there still. Prints a line if it was unloaded indeed. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int (*plugin)(void);
static pthread_barrier_t step;

static void *use(void *worked) {
    *(int *)worked = plugin();
    pthread_barrier_wait(&step); /* used */
    pthread_barrier_wait(&step); /* unloaded */
    return NULL;
}

int main(int count, char **arguments) {
    int worked = 0;
    pthread_t user;
    void *object = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    void *function = object == NULL ? NULL : dlsym(object, "plugin");
    if (function == NULL) {
        fprintf(stderr, "%s\n", count == 2 ? dlerror() : "usage: unload OBJECT");
        return 2;
    }
    memcpy(&plugin, &function, sizeof plugin); /* ISO C has no cast from the one to the other. */
    if (pthread_barrier_init(&step, NULL, 2) != 0 ||
        pthread_create(&user, NULL, use, &worked) != 0) {
        return 2;
    }
    pthread_barrier_wait(&step);
    (void)dlclose(object);
    object = dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD);
    puts(object == NULL ? "unloaded" : "stays");
    (void)fflush(stdout);
    pthread_barrier_wait(&step);
    (void)pthread_join(user, NULL);
    return worked ? 0 : 1;
}
