/* weft_base.h: facts about the compiler and the build that every other header relies on.
 *
 * Nothing here has state. Headers of this library compile as C11 and as C++17 with gcc and clang;
 * a compiler that is neither has to be added here and in weft_atomic.h, and nowhere else.
 *
 * Not promised. That names which end with an underscore stay, or mean the same in the next version.
 */
#ifndef WEFT_BASE_H
#define WEFT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version: docs/versions.md says what each number promises. */
#define WEFT_VERSION_MAJOR 0
#define WEFT_VERSION_MINOR 1
#define WEFT_VERSION_PATCH 0

/* What the two languages write differently. */
#ifdef __cplusplus
#define WEFT_BEGIN_DECLS extern "C" {
#define WEFT_END_DECLS }
#define WEFT_STATIC_ASSERT(condition, message) static_assert(condition, message)
#define WEFT_NORETURN [[noreturn]]
#else
#define WEFT_BEGIN_DECLS
#define WEFT_END_DECLS
#define WEFT_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#define WEFT_NORETURN _Noreturn
#endif

#if !defined(__GNUC__)
#error "weft: this compiler has no backend yet; add one to weft_base.h and weft_atomic.h"
#endif

/* Where the condition is nearly always true, or false. */
#define WEFT_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define WEFT_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* For fast paths that the compiler takes for rare where they are called. */
#define WEFT_ALWAYS_INLINE static inline __attribute__((always_inline))

/* A slow path: kept out of line and away from hot code, so that the inlined fast path is small. */
#define WEFT_COLD __attribute__((noinline, cold))
#define WEFT_NOINLINE __attribute__((noinline))
#define WEFT_WARN_UNUSED __attribute__((warn_unused_result))

/* Destructive interference size. 128 where adjacent lines are fetched in pairs or lines are that
 * long; 64 elsewhere costs nothing but the prefetcher's neighbour. */
#if defined(__powerpc64__) || defined(__aarch64__)
#define WEFT_CACHE_LINE 128
#elif defined(__s390x__)
#define WEFT_CACHE_LINE 256
#else
#define WEFT_CACHE_LINE 64
#endif
#define WEFT_ALIGNED(bytes) __attribute__((aligned(bytes)))

/* Checked build: compile the library *and its users* with -DWEFT_CHECKED=1. It costs time and
 * memory, reports misuse with both sites, and changes no layout of a public type. */
#ifndef WEFT_CHECKED
#define WEFT_CHECKED 0
#endif

/* Statistics: compile the library with -DWEFT_STATISTICS=1 to count slow-path events. Off, no
 * instruction of them remains. */
#ifndef WEFT_STATISTICS
#define WEFT_STATISTICS 0
#endif

/* True when the code is compiled under ThreadSanitizer. */
#if defined(__SANITIZE_THREAD__)
#define WEFT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TSAN 1
#endif
#endif
#ifndef WEFT_TSAN
#define WEFT_TSAN 0
#endif

/* A place in the caller's source, for reports of the checked build. */
#define WEFT_STRINGIFY_(text) #text
#define WEFT_STRINGIFY(text) WEFT_STRINGIFY_(text)
#define WEFT_HERE __FILE__ ":" WEFT_STRINGIFY(__LINE__)

#endif /* WEFT_BASE_H */
