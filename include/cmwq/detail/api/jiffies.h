// Time as the kernel's API counts it: in jiffies, and 1 jiffy is 1 ms.
#pragma once

#include "cmwq/detail/base/config.h"

// <sys/param.h> has a macro of this name, which counts another clock.
#pragma push_macro("HZ")
#undef HZ

namespace cmwq {

inline constexpr unsigned long HZ = 1000;

/* The monotonic clock in jiffies; never 0 in practice, does not go back.  Kernel: jiffies. */
CMWQ_API unsigned long get_jiffies() noexcept;

/* @m milliseconds, @u microseconds (rounded up) or @s seconds as jiffies, and back.  Kernel: the same names. */
constexpr unsigned long msecs_to_jiffies(unsigned int m) noexcept { return m; }
constexpr unsigned long usecs_to_jiffies(unsigned int u) noexcept { return (u + 999UL) / 1000; }
constexpr unsigned long secs_to_jiffies(unsigned int s) noexcept { return s * HZ; }
constexpr unsigned int jiffies_to_msecs(unsigned long j) noexcept { return static_cast<unsigned int>(j); }

// Any type shaped like std::chrono::duration, so that <chrono>, which is slow to compile, is included only by
// those who have one.
template <class D>
concept duration_like = requires(const D& d) {
  typename D::rep;
  D::period::num;
  D::period::den;
  d.count();
};

/* Rounds up to whole jiffies, so that a delay stays a minimum; negative delays are 0. */
template <duration_like D>
constexpr unsigned long to_jiffies(const D& delay) noexcept {
  const long double exact = static_cast<long double>(delay.count()) * D::period::num * HZ / D::period::den;
  if (!(exact > 0)) return 0;
  const auto whole = static_cast<unsigned long>(exact);
  return static_cast<long double>(whole) < exact ? whole + 1 : whole;
}

}  // namespace cmwq

#pragma pop_macro("HZ")
