// Assertions of the library's own invariants.  Misuse by callers is not asserted but reported and
// refused (core/domain.h, warn_once); corruption of our own state prints and aborts.
#pragma once

#include "cmwq/detail/base/config.h"

namespace cmwq::detail {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace cmwq::detail

// Checked in paranoid builds (CMWQ_PARANOID); otherwise the condition is compiled but not evaluated.
#if defined(CMWQ_PARANOID)
#define CMWQ_ASSERT(condition) \
  ((condition) ? void(0) : ::cmwq::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define CMWQ_ASSERT(condition) ((void)sizeof(!(condition)))
#endif
