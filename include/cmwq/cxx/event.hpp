// Waiting as a worker must: declared, so that its pool starts somebody else meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

#include "cmwq/workqueue.h"

namespace cmwq {
namespace detail {

/* Nanoseconds on the monotonic clock. */
CMWQ_API std::uint64_t monotonic_ns() noexcept;

// A deadline that is never reached.
inline constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0};

/* When @from_now will have passed; negative durations are over at once, endless ones never. */
template <duration_like D>
std::uint64_t deadline_after(const D& from_now) noexcept {
  const long double ns = static_cast<long double>(from_now.count()) * D::period::num * 1'000'000'000 / D::period::den;
  if (!(ns > 0)) return 0;
  if (ns > 9e18L) return kNoDeadline;
  return monotonic_ns() + static_cast<std::uint64_t>(ns);
}

// A one-shot event.  The waiter may destroy it as soon as it knows that it is done: complete() uses only its address
// after the exchange.
class event {
 public:
  bool done() const noexcept {
    return word_.load(std::memory_order_acquire) == kDone;  // (CE2) acquire, with (CE1)
  }
  void complete() noexcept {
    // (CE1) acq_rel, with (CE2): what happened before completion is visible to who waited.
    if (word_.exchange(kDone, std::memory_order_acq_rel) == kWaiting) wake(word_);
  }

  /* Waits until it is done or @deadline is reached.  Blocks; from a worker it is a declared block.
   * Return: whether it is done. */
  CMWQ_API bool wait(std::uint64_t deadline = kNoDeadline) noexcept;

 private:
  enum : std::uint32_t { kFresh, kWaiting, kDone };
  CMWQ_API static void wake(std::atomic<std::uint32_t>& word) noexcept;

  std::atomic<std::uint32_t> word_{kFresh};  // AT: CE1, CE2
};

// Counts what is still to be done; may go up again after it was 0.
class countdown {
 public:
  explicit countdown(std::uint32_t count = 0) noexcept : word_(count * kOne) {}

  void add(std::uint32_t n = 1) noexcept {
    word_.fetch_add(n * kOne, std::memory_order_relaxed);  // relaxed: whoever adds may still use the object
  }

  // The last one may find the object destroyed right after its exchange, unless somebody has asked to be told: only
  // the address is used then.  Return: whether the count is 0 now and somebody has asked.
  bool done(std::uint32_t n = 1) noexcept {
    // (CE3) acq_rel, with (CE4) and itself: who sees 0 sees what all did.
    const std::uint32_t was = word_.fetch_sub(n * kOne, std::memory_order_acq_rel);
    if (was / kOne != n) return false;
    if (was & kWaiting) wake(word_);
    return was & kAsked;
  }
  bool zero() const noexcept {
    return word_.load(std::memory_order_acquire) < kOne;  // (CE4) acquire, with (CE3)
  }

  /* Asks to be told of the next 0 by the return value of done(), at most one at a time.
   * Return: false if the count is 0 already. */
  bool ask() noexcept {
    // (CE3) acq_rel, with itself: who is told sees what was prepared before; (CE4), with (CE3)
    if (word_.fetch_or(kAsked, std::memory_order_acq_rel) >= kOne) return true;
    ask_no_more();
    return false;
  }
  void ask_no_more() noexcept { word_.fetch_and(~kAsked, std::memory_order_relaxed); /* relaxed: nobody is told */ }

  /* The same as event::wait(), for zero(). */
  CMWQ_API bool wait(std::uint64_t deadline = kNoDeadline) noexcept;

 private:
  static constexpr std::uint32_t kWaiting = 1, kAsked = 2, kOne = 4;
  CMWQ_API static void wake(std::atomic<std::uint32_t>& word) noexcept;

  std::atomic<std::uint32_t> word_;  // AT: CE3, CE4; two bits, and the count above them
};

}  // namespace detail

// std::latch that a worker may wait for: while it does, its pool starts the next item, so those who are to arrive
// cannot be kept out by those who wait.
class latch {
 public:
  explicit latch(std::uint32_t expected) noexcept : left_(expected) {}
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;

  /* Arrives @n times, at most as often as was expected in all.  Any thread; never blocks. */
  void count_down(std::uint32_t n = 1) noexcept { left_.done(n); }
  bool try_wait() const noexcept { return left_.zero(); }

  /* Waits until all have arrived.  Blocks; from a worker it is a declared block. */
  void wait() noexcept { left_.wait(); }
  void arrive_and_wait() noexcept {
    count_down();
    wait();
  }

  /* The same for at most @time.  Return: whether all have arrived. */
  template <duration_like D>
  bool wait_for(const D& time) noexcept {
    return left_.wait(detail::deadline_after(time));
  }

 private:
  detail::countdown left_;
};

}  // namespace cmwq
