// Compiler facts and build switches.  Everything the library spells with a macro starts here.
#pragma once

#include <cstddef>

#if defined(__GNUC__)
#define CMWQ_API __attribute__((visibility("default")))
// Lets the compiler check the arguments of a printf-style function (positions count from 1).
#define CMWQ_PRINTF(format_at, first_argument_at) \
  __attribute__((format(printf, format_at, first_argument_at)))
#else
#define CMWQ_API
#define CMWQ_PRINTF(format_at, first_argument_at)
#endif

#if defined(__SANITIZE_THREAD__)
#define CMWQ_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CMWQ_TSAN 1
#endif
#endif

#if defined(CMWQ_TSAN) || defined(__SANITIZE_ADDRESS__)
#define CMWQ_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define CMWQ_SANITIZED 1
#endif
#endif

// The checks of how items are initialised and destroyed are part of the paranoid ones.
#if defined(CMWQ_PARANOID) && !defined(CMWQ_DEBUG_WORK)
#define CMWQ_DEBUG_WORK 1
#endif

#define CMWQ_VERSION_MAJOR 0
#define CMWQ_VERSION_MINOR 1
#define CMWQ_VERSION_PATCH 0
#define CMWQ_VERSION (CMWQ_VERSION_MAJOR * 10000 + CMWQ_VERSION_MINOR * 100 + CMWQ_VERSION_PATCH)

namespace cmwq::detail {

// Not std::hardware_destructive_interference_size: clang 14 and 16 lack it, and its value is ABI.
inline constexpr std::size_t kCacheLine = 64;

}  // namespace cmwq::detail
