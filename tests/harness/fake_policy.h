// A policy for unit tests of protocol classes on one thread: the clock is a variable, nobody sleeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "cmwq/detail/os/lock_rank.h"
#include "cmwq/detail/os/std_policy.h"

namespace cmwq::test {

struct fake_policy {
  template <class T>
  using atomic = std::atomic<T>;

  static constexpr std::uint64_t kNever = ~0ULL;
  static inline std::uint64_t time_ns = 0;
  static std::uint64_t now() noexcept { return time_ns; }

  static void futex_wait(atomic<std::uint32_t>&, std::uint32_t, std::uint64_t = kNever) noexcept { std::abort(); }
  static void futex_wake(atomic<std::uint32_t>&, int) noexcept {}
  static void relax() noexcept {}
  static void yield() noexcept {}
  static void lock_order_enter(detail::lock_rank) noexcept {}
  static void lock_order_enter_unordered(detail::lock_rank) noexcept {}
  static void lock_order_leave(detail::lock_rank) noexcept {}
  static void* allocate(std::size_t size, std::size_t) noexcept { return fail_allocations ? nullptr : std::calloc(1, size); }
  static void release(void* memory) noexcept { std::free(memory); }

  static inline bool fail_allocations = false;
};

}  // namespace cmwq::test
