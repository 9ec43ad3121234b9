// Declared waits on a word.
#include "cmwq/cxx/event.hpp"

#include "cmwq/cxx/blocking_section.hpp"
#include "cmwq/detail/base/memory_order.h"

namespace cmwq::detail {

namespace {

using P = std_policy;

// Sleeps while @word is @value.  Return: false once @deadline has passed.
bool sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t deadline) noexcept {
  if (deadline != kNoDeadline && P::now() >= deadline) return false;
  P::futex_wait(word, value, deadline);
  return true;
}

}  // namespace

std::uint64_t monotonic_ns() noexcept { return P::now(); }

void event::wake(std::atomic<std::uint32_t>& word) noexcept { P::futex_wake(word, 1 << 30); }
void countdown::wake(std::atomic<std::uint32_t>& word) noexcept { P::futex_wake(word, 1 << 30); }

bool event::wait(std::uint64_t deadline) noexcept {
  if (done()) return true;
  const blocking_section declared;
  while (!done()) {
    std::uint32_t seen = kFresh;
    // relaxed: announces a sleeper; the futex compares the word again before sleeping
    word_.compare_exchange_strong(seen, kWaiting, kRelaxed, kRelaxed);
    if (seen != kDone && !sleep_on(word_, kWaiting, deadline)) return done();
  }
  return true;
}

bool countdown::wait(std::uint64_t deadline) noexcept {
  if (zero()) return true;
  const blocking_section declared;
  while (!zero()) {
    const std::uint32_t seen = word_.fetch_or(kWaiting, kRelaxed) | kWaiting;  // relaxed: announces a sleeper
    if (seen < kOne) continue;
    if (!sleep_on(word_, seen, deadline)) return zero();
  }
  return true;
}

}  // namespace cmwq::detail
