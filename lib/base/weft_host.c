/* posix_memalign is hidden by -std=c11 without this. */
#define _POSIX_C_SOURCE 200809L
#include "weft_host.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef _WIN32
#include <malloc.h>
#endif

static void *default_allocate(void *context, size_t size, size_t alignment) {
    (void)context;
#ifdef _WIN32
    return _aligned_malloc(size, alignment);
#else
    void *memory = NULL;
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
#endif
}

static void default_free(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
#ifdef _WIN32
    _aligned_free(memory);
#else
    free(memory);
#endif
}

static void default_fatal(void *context, const char *message) {
    (void)context;
    fputs(message, stderr);
    fputc('\n', stderr);
    fflush(stderr);
    abort();
}

static void default_kick(void *context, void *thread) {
    (void)context;
    (void)thread;
}

static const weft_host DEFAULT_HOST = {
    .context = NULL,
    .allocate = default_allocate,
    .free = default_free,
    .fatal = default_fatal,
    .kick = default_kick,
};

/* Written only by weft_host_set, which runs before other threads use the library: thread creation
 * orders it before every read. */
static weft_host current_host = {
    .context = NULL,
    .allocate = default_allocate,
    .free = default_free,
    .fatal = default_fatal,
    .kick = default_kick,
};

void weft_host_set(const weft_host *host) {
    weft_host next = host != NULL ? *host : DEFAULT_HOST;
    /* Memory comes from one allocator: half a pair would free with a function that never
     * allocated it. */
    if ((next.allocate == NULL) != (next.free == NULL)) {
        weft_fatal("allocate and free must be replaced together", "host", host, NULL);
    }
    if (next.allocate == NULL) {
        next.allocate = default_allocate;
        next.free = default_free;
    }
    if (next.fatal == NULL) {
        next.fatal = default_fatal;
    }
    if (next.kick == NULL) {
        next.kick = default_kick;
    }
    current_host = next;
}

const weft_host *weft_host_get(void) {
    return &current_host;
}

void *weft_host_allocate(size_t size, size_t alignment) {
    return current_host.allocate(current_host.context, size, alignment);
}

void weft_host_free(void *memory, size_t size, size_t alignment) {
    if (memory != NULL) {
        current_host.free(current_host.context, memory, size, alignment);
    }
}

void weft_host_kick(void *thread) {
    current_host.kick(current_host.context, thread);
}

/* Appends text without stdio, so that the message can be built in a signal handler. */
static size_t append(char *buffer, size_t capacity, size_t length, const char *text) {
    while (*text != '\0' && length + 1 < capacity) {
        buffer[length++] = *text++;
    }
    buffer[length] = '\0';
    return length;
}

static size_t append_address(char *buffer, size_t capacity, size_t length, const void *address) {
    char digits[2 + 2 * sizeof(uintptr_t) + 1];
    size_t position = sizeof digits - 1;
    uintptr_t value = (uintptr_t)address;
    digits[position] = '\0';
    do {
        digits[--position] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value != 0);
    digits[--position] = 'x';
    digits[--position] = '0';
    return append(buffer, capacity, length, digits + position);
}

void weft_fatal(const char *what, const char *kind, const void *object, const char *detail) {
    char message[1024];
    size_t length = append(message, sizeof message, 0, "weft: ");
    length = append(message, sizeof message, length, what);
    length = append(message, sizeof message, length, " [");
    length = append(message, sizeof message, length, kind);
    length = append(message, sizeof message, length, " at ");
    length = append_address(message, sizeof message, length, object);
    length = append(message, sizeof message, length, "]");
    if (detail != NULL) {
        length = append(message, sizeof message, length, ": ");
        append(message, sizeof message, length, detail);
    }
    current_host.fatal(current_host.context, message);
    abort();
}
