/* Windows 8 and later: WaitOnAddress. Link with synchronization.lib (-lsynchronization). */
#include "weft_wait.h"

#ifdef _WIN32

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* No single wait is longer: the relative timeout has 32 bits and the caller looks at the clock. */
#define LONGEST_WAIT_MS 1000000U

weft_wait_result weft_wait_word(weft_atomic_u32 *word, uint32_t expected, uint64_t deadline) {
    DWORD milliseconds = INFINITE;
    if (deadline != WEFT_WAIT_FOREVER) {
        uint64_t now = weft_now_ns();
        uint64_t left = deadline > now ? deadline - now : 0;
        uint64_t rounded = left / 1000000U + (left % 1000000U != 0);
        milliseconds = rounded < LONGEST_WAIT_MS ? (DWORD)rounded : LONGEST_WAIT_MS;
    }
    BOOL woken =
        WaitOnAddress((volatile VOID *)&word->value, &expected, sizeof expected, milliseconds);
    return woken || GetLastError() != ERROR_TIMEOUT ? WEFT_WAIT_WOKEN : WEFT_WAIT_TIMED_OUT;
}

void weft_wake_word(weft_atomic_u32 *word) {
    WakeByAddressSingle(&word->value);
}

#if !WEFT_WITHOUT_HINTS
/* In Wine (8.0) FlushProcessWriteBuffers returns at once and fences nothing: waiters are forgotten. */
static bool is_wine(void) {
    HMODULE system = GetModuleHandleA("ntdll.dll");
    return system != NULL && GetProcAddress(system, "wine_get_version") != NULL;
}

bool weft_register_heavy_fence(void) {
    return !is_wine();
}

bool weft_heavy_fence(void) {
    FlushProcessWriteBuffers();
    return true;
}
#endif

uint64_t weft_now_ns(void) {
    LARGE_INTEGER frequency;
    LARGE_INTEGER count;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);
    uint64_t per_second = (uint64_t)frequency.QuadPart;
    uint64_t ticks = (uint64_t)count.QuadPart;
    /* Whole seconds apart, so that the product cannot overflow. */
    return ticks / per_second * 1000000000U + ticks % per_second * 1000000000U / per_second;
}

void weft_sleep_ns(uint64_t nanoseconds) {
    Sleep((DWORD)(nanoseconds / 1000000U + 1));
}

void weft_yield(void) {
    SwitchToThread();
}

void *weft_map_pages(size_t size) {
    return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

bool weft_at_fork_child(void (*child)(void)) {
    (void)child;
    return true;
}

bool weft_at_thread_end(weft_thread_end *end) {
    (void)end;
    return true;
}

void weft_wait_after_fork_child(void) {}

#else
typedef int weft_wait_windows_not_used; /* ISO C wants a declaration in every file. */
#endif
