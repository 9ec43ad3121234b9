// A four-byte lock that spins briefly and then sleeps on a futex.
//
// Word: 0 free, 1 held, 2 held and somebody may sleep.  unlock() touches the word once and after that
// uses only its address, so the memory may be reused as soon as the next owner has it.
#pragma once

#include <cstdint>
#include <utility>

#include "cmwq/detail/base/assert.h"
#include "cmwq/detail/base/memory_order.h"
#include "cmwq/detail/os/lock_rank.h"
#include "cmwq/detail/os/std_policy.h"

namespace cmwq::detail {

template <class P, lock_rank Rank>
class mutex {
 public:
  constexpr mutex() noexcept = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  void lock() noexcept {
    P::lock_order_enter(Rank);
    std::uint32_t expected = 0;
    // (L1) acquire, with (L2): sees what the last holder wrote.
    if (!word_.compare_exchange_strong(expected, 1, kAcquire, kRelaxed)) lock_contended();
  }

  [[nodiscard]] bool try_lock() noexcept {
    std::uint32_t expected = 0;
    if (!word_.compare_exchange_strong(expected, 1, kAcquire, kRelaxed)) return false;  // (L1), with (L2)
    P::lock_order_enter_unordered(Rank);  // a try cannot deadlock
    return true;
  }

  void unlock() noexcept {
    P::lock_order_leave(Rank);
    // (L2) release, with (L1) and (L3).
    if (word_.exchange(0, kRelease) == 2) P::futex_wake(word_, 1);
  }

  bool held() const noexcept { return word_.load(kRelaxed) != 0; /* relaxed: assertions only */ }

 private:
  static constexpr int kSpins = 100;  // about the length of the longest section under a pool lock

  void lock_contended() noexcept {
    for (int i = 0; i < kSpins; ++i) {
      P::relax();
      std::uint32_t expected = 0;
      if (word_.load(kRelaxed) == 0 &&  // relaxed: a hint, the exchange decides
          word_.compare_exchange_weak(expected, 1, kAcquire, kRelaxed))  // (L1), with (L2)
        return;
    }
    // (L3) acquire, with (L2).  From here on the word says 2: this thread cannot know of other sleepers.
    while (word_.exchange(2, kAcquire) != 0) P::futex_wait(word_, 2);
  }

  typename P::template atomic<std::uint32_t> word_{0};  // AT: tags L1 .. L3
};

template <class Mutex>
class lock_guard {
 public:
  explicit lock_guard(Mutex& m) noexcept : mutex_(m) { mutex_.lock(); }
  ~lock_guard() { mutex_.unlock(); }
  lock_guard(const lock_guard&) = delete;
  lock_guard& operator=(const lock_guard&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace cmwq::detail
